//! Keeping sessions alive, and ending them: a refresh is one critical section across processes, because GitLab
//! takes a refresh token once and takes the old access token back with it.

use super::connection::{Connection, Renewal, TokenKind};
use super::error::AuthError;
use super::server::AuthorizationServer;
use super::store::{LockedStore, Store};
use crate::model::secret::Secret;

/// The stored session of one instance, and the server that renews it.
#[derive(Clone, Copy)]
pub struct Sessions<'a> {
    /// Where connections are kept.
    pub store: &'a Store,
    /// The instance.
    pub server: AuthorizationServer<'a>,
}

/// Why a token is to be renewed.
#[derive(Clone, Copy)]
enum Reason<'t> {
    /// Its time is over, or nearly.
    Age,
    /// The server rejected this one.
    Rejected(&'t Secret),
}

impl Sessions<'_> {
    /// The stored connection with a token that is good for some minutes, renewed if need be;
    /// `None` where there is no connection. A token whose end is not known is taken as it is.
    pub fn usable(&self) -> Result<Option<Connection>, AuthError> {
        let Some(connection) = self.store.find(self.server.instance)? else {
            return Ok(None);
        };
        self.server.learn(connection.secrets());
        if !self.is_wanted(&connection, Reason::Age) {
            return Ok(Some(connection));
        }
        self.renew(Reason::Age, connection).map(Some)
    }

    /// A token in place of one that the server answered with 401: a newer one from the store,
    /// or a renewed one. `None` for a personal access token, which nothing renews. To be asked
    /// only about a token that came from the store.
    pub fn after_rejection(&self, rejected: &Secret) -> Result<Option<Connection>, AuthError> {
        let Some(connection) = self.store.find(self.server.instance)? else {
            return Ok(None);
        };
        self.server.learn(connection.secrets());
        let reason = Reason::Rejected(rejected);
        if !self.is_wanted(&connection, reason) {
            return Ok(Some(connection));
        }
        match connection.kind {
            TokenKind::PersonalAccessToken => Ok(None),
            TokenKind::OAuth => self.renew(reason, connection).map(Some),
        }
    }

    fn is_wanted(&self, connection: &Connection, reason: Reason<'_>) -> bool {
        match reason {
            Reason::Rejected(token) => connection.access_token.expose() == token.expose(),
            Reason::Age => {
                connection.kind == TokenKind::OAuth && connection.is_old_at(self.server.clock.now())
            }
        }
    }

    /// Renews. Where that fails the old token is used as long as it is good, unless it was
    /// taken back for certain.
    fn renew(&self, reason: Reason<'_>, known: Connection) -> Result<Connection, AuthError> {
        let failed = match self.renew_locked(reason) {
            Ok(connection) => return Ok(connection),
            Err(error) => error,
        };
        let is_lost = matches!(
            failed,
            AuthError::NotConnected { .. }
                | AuthError::SessionNotSaved { .. }
                | AuthError::StoreUnreadable { .. }
        );
        let is_good = known.is_good_at(self.server.clock.now());
        if matches!(reason, Reason::Age) && is_good && !is_lost { Ok(known) } else { Err(failed) }
    }

    /// The critical section: read, decide, ask, write.
    fn renew_locked(&self, reason: Reason<'_>) -> Result<Connection, AuthError> {
        let store = self.store.lock(self.server.clock)?;
        let connection = self.current(&store)?;
        if !self.is_wanted(&connection, reason) {
            return Ok(connection);
        }
        let Some((renewal, refresh_token)) = alive(&connection) else {
            return self.without_refresh(connection, reason);
        };
        if self.server.sent.contains(refresh_token) {
            let instance = self.server.instance.clone();
            return Err(AuthError::RefreshUnanswered { instance });
        }
        store.probe_writable()?;
        match self.server.refresh(refresh_token, renewal) {
            Ok(tokens) => {
                let renewed = connection.renewed(tokens);
                store.update(&renewed).map_err(|error| not_saved(error, &store))?;
                Ok(renewed)
            }
            Err(AuthError::OAuth { error, .. }) if error == "invalid_grant" => {
                self.after_invalid_grant(&store, refresh_token)
            }
            Err(error) => Err(error),
        }
    }

    /// The connection as it is under the lock.
    fn current(&self, store: &LockedStore) -> Result<Connection, AuthError> {
        let instance = self.server.instance;
        let connection = store
            .find(instance)?
            .ok_or_else(|| AuthError::NotConnected { instance: instance.clone() })?;
        self.server.learn(connection.secrets());
        Ok(connection)
    }

    /// A token that cannot be renewed is used up to its end.
    fn without_refresh(
        &self,
        connection: Connection,
        reason: Reason<'_>,
    ) -> Result<Connection, AuthError> {
        let is_good = connection.is_good_at(self.server.clock.now());
        if matches!(reason, Reason::Age) && is_good { Ok(connection) } else { Err(self.ended()) }
    }

    /// Somebody who does not know our lock may have been faster: a newer pair wins. Otherwise
    /// the session is over, and is marked so that the token is not sent at every run.
    fn after_invalid_grant(
        &self,
        store: &LockedStore,
        refused: &Secret,
    ) -> Result<Connection, AuthError> {
        let mut now = self.current(store)?;
        match &mut now.renewal {
            Some(renewal) if is_same(renewal.refresh_token.as_ref(), refused) => {
                renewal.ended = true;
                // Without the mark the next run asks once more, and hears the same.
                let _ = store.update(&now);
                Err(self.ended())
            }
            _ => Ok(now),
        }
    }

    fn ended(&self) -> AuthError {
        AuthError::SessionEnded { instance: self.server.instance.clone() }
    }
}

/// What renews a connection, unless GitLab said that it no longer does.
fn alive(connection: &Connection) -> Option<(&Renewal, &Secret)> {
    let renewal = connection.renewal.as_ref().filter(|it| !it.ended)?;
    Some((renewal, renewal.refresh_token.as_ref()?))
}

fn is_same(token: Option<&Secret>, other: &Secret) -> bool {
    token.is_some_and(|token| token.expose() == other.expose())
}

/// The old pair is spent and the new one is lost.
fn not_saved(error: AuthError, store: &LockedStore) -> AuthError {
    let path = store.path().to_owned();
    let error = match error {
        AuthError::StoreNotWritable { error, .. } => error,
        other => std::io::Error::other(other.to_string()),
    };
    AuthError::SessionNotSaved { path, error }
}

/// What became of the token on the server.
#[derive(Debug)]
pub enum Revocation {
    /// The server takes it no more.
    Done,
    /// It was pasted: the person made it, may use it elsewhere, and revokes it on the
    /// instance's own page.
    LeftToOwner,
    /// The server could not be told, so that the token lives on there until its end.
    Failed(AuthError),
    /// The stored entry could not be read, and was removed without its token being known.
    Unknown,
}

/// Forgets the connection with an instance; `None` where there was none. Done under the lock,
/// so that no refresh of another process brings the session back.
pub fn log_out(
    store: &Store,
    server: &AuthorizationServer<'_>,
) -> Result<Option<Revocation>, AuthError> {
    if !store.path().is_some_and(std::path::Path::exists) {
        return Ok(None);
    }
    let store = store.lock(server.clock)?;
    store.probe_writable()?;
    let revocation = match store.find(server.instance) {
        Ok(Some(connection)) => revoke(server, &connection),
        Ok(None) => return Ok(None),
        Err(_) => Revocation::Unknown,
    };
    store.remove(server.instance)?;
    Ok(Some(revocation))
}

fn revoke(server: &AuthorizationServer<'_>, connection: &Connection) -> Revocation {
    server.learn(connection.secrets());
    let (TokenKind::OAuth, Some(renewal)) = (connection.kind, &connection.renewal) else {
        return Revocation::LeftToOwner;
    };
    let refresh_token = renewal.refresh_token.iter();
    let tokens = refresh_token.chain(std::iter::once(&connection.access_token));
    for token in tokens {
        if let Err(error) = server.revoke(token, renewal) {
            return Revocation::Failed(error);
        }
    }
    Revocation::Done
}

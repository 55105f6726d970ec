//! Ending a connection: revoked where that can be done, deleted regardless.

use super::connection::{Connection, TokenKind};
use super::error::AuthError;
use super::server::AuthorizationServer;
use super::store::Store;

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

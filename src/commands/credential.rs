//! The credential of a run: where glduo looks for it, in which order, and what renews it.

use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::auth::opencode::{self, Opencode};
use crate::auth::{
    AuthError, AuthorizationServer, Connection, SentRefreshes, Sessions, Store, TokenKind, kind_of,
};
use crate::config::Settings;
use crate::http::{Client, Identity, Renewal};
use crate::model::address::BaseUrl;
use crate::model::credential::{Credential, CredentialSource, Scheme};
use crate::model::redact::Redactor;
use crate::model::timestamp;
use crate::system::clock::Clock;
use crate::system::environment::Environment;
use crate::system::notes::Notes;

/// How long before its end a token that nothing renews is warned of.
const LAST_DAYS: Duration = Duration::from_hours(7 * 24);

/// A credential and what is known of it before the instance is asked.
pub(super) struct Found {
    pub(super) identity: Identity,
    /// The stored or foreign connection that it belongs to; `None` for one from the environment.
    pub(super) connection: Option<Connection>,
}

impl Found {
    fn outside_store(credential: Credential) -> Self {
        Self { identity: Identity::new(credential, None), connection: None }
    }

    pub(super) fn credential(&self) -> &Credential {
        self.identity.credential()
    }

    /// `pat`, `oauth` or `job_token`; a guess from the token's text if it has no connection.
    pub(super) fn auth(&self) -> &'static str {
        let kind = self.connection.as_ref().map(|connection| connection.kind);
        match (self.credential().scheme, kind) {
            (Scheme::JobToken, _) => "job_token",
            (Scheme::Bearer, Some(kind)) => kind.as_str(),
            (Scheme::Bearer, None) => kind_of(self.credential().secret.expose())
                .unwrap_or(TokenKind::PersonalAccessToken)
                .as_str(),
        }
    }

    /// The token's kind, if a login made it.
    pub(super) fn known_kind(&self) -> Option<TokenKind> {
        let kind = self.connection.as_ref().map(|connection| connection.kind);
        kind.filter(|kind| *kind == TokenKind::OAuth)
    }
}

/// Renews the stored session of an instance when a server rejects its token during a run. The
/// requests of `client` are not renewed themselves.
struct StoredSession {
    store: Store,
    instance: BaseUrl,
    client: Client,
    clock: Arc<dyn Clock>,
    redactor: Redactor,
    sent: SentRefreshes,
    /// What replaced the first credential.
    latest: Mutex<Option<Credential>>,
}

impl fmt::Debug for StoredSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoredSession({})", self.instance)
    }
}

impl Renewal for StoredSession {
    fn latest(&self) -> Option<Credential> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn renew(
        &self,
        rejected: &Credential,
    ) -> Result<Option<Credential>, Box<dyn StdError + Send + Sync>> {
        let server = AuthorizationServer {
            instance: &self.instance,
            http: &self.client,
            clock: &*self.clock,
            redactor: &self.redactor,
            sent: &self.sent,
        };
        let renewed = Sessions { store: &self.store, server }.after_rejection(&rejected.secret)?;
        let credential = renewed.map(|connection| connection.credential());
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&credential);
        Ok(credential)
    }
}

/// Where a run looks for credentials.
pub(super) struct Search<'r> {
    pub(super) store: Store,
    pub(super) settings: &'r Settings,
    pub(super) env: &'r Environment,
    pub(super) http: &'r Client,
    pub(super) clock: &'r Arc<dyn Clock>,
    pub(super) notes: &'r Notes,
    pub(super) sent: &'r SentRefreshes,
}

impl<'r> Search<'r> {
    /// An instance as the server that issues and revokes tokens.
    pub(super) fn server(&self, instance: &'r BaseUrl) -> AuthorizationServer<'r> {
        let (http, redactor, sent) = (self.http, self.notes.redactor(), self.sent);
        AuthorizationServer { instance, http, clock: &**self.clock, redactor, sent }
    }

    /// The environment's token, the stored connection of the instance, opencode's, and last the
    /// CI job's.
    pub(super) fn find(&self) -> anyhow::Result<Found> {
        let instance = &self.settings.instance.value;
        if let Some(credential) = self.settings.credential_from_env(self.env)? {
            return Ok(Found::outside_store(credential));
        }
        if let Some(found) = self.stored(instance)? {
            return Ok(found);
        }
        match self.settings.credential_from_job(self.env)? {
            Some(credential) => Ok(Found::outside_store(credential)),
            None => Err(AuthError::NotConnected { instance: instance.clone() }.into()),
        }
    }

    /// Whether the run has a credential, usable or not, that is none of the stored connections.
    pub(super) fn is_outside_store(&self, stored: &[BaseUrl]) -> bool {
        if !matches!(self.settings.credential_from_env(self.env), Ok(None)) {
            return true;
        }
        !stored.contains(&self.settings.instance.value)
            && !self.find().is_err_and(|error| is_not_connected(&error))
    }

    /// The stored connection of an instance, or opencode's.
    pub(super) fn stored(&self, instance: &'r BaseUrl) -> anyhow::Result<Option<Found>> {
        let sessions = Sessions { store: &self.store, server: self.server(instance) };
        if let Some(connection) = sessions.usable()? {
            self.tell_of_end(
                instance,
                end_of(&connection),
                "glduo connect --token takes a new one",
            );
            return Ok(Some(self.renewable(connection)));
        }
        match opencode::find(self.env, instance, self.clock.now()) {
            Opencode::Usable(connection) => {
                self.notes.redactor().learn(&connection.access_token);
                let identity = Identity::new(connection.credential(), None);
                Ok(Some(Found { identity, connection: Some(*connection) }))
            }
            Opencode::Expired => Err(AuthError::SessionEnded { instance: instance.clone() }.into()),
            Opencode::Broken { path, reason } => {
                self.notes.note(&format!("{} is ignored: {reason}", path.display()));
                Ok(None)
            }
            Opencode::Nothing => Ok(None),
        }
    }

    fn renewable(&self, connection: Connection) -> Found {
        let renewal = StoredSession {
            store: self.store.clone(),
            instance: connection.instance.clone(),
            client: self.http.apart(),
            clock: Arc::clone(self.clock),
            redactor: self.notes.redactor().clone(),
            sent: self.sent.clone(),
            latest: Mutex::default(),
        };
        let identity = Identity::new(connection.credential(), Some(Arc::new(renewal)));
        Found { identity, connection: Some(connection) }
    }

    /// The variable whose token takes precedence over every stored one, if it is set.
    pub(super) fn variable_in_use(&self) -> Option<&'static str> {
        match self.settings.credential_from_env(self.env) {
            Ok(Some(Credential { source: CredentialSource::Env(name), .. })) => Some(name),
            _ => None,
        }
    }

    /// A token that nothing renews is warned of in its last week.
    pub(super) fn tell_of_end(&self, instance: &BaseUrl, end: Option<SystemTime>, then: &str) {
        let now = self.clock.now();
        if end.is_some_and(|end| end > now && end <= now + LAST_DAYS) {
            let day = end.and_then(timestamp::to_iso_utc).unwrap_or_default();
            let day = day.split('T').next().unwrap_or_default();
            let words = format!("the token for {instance} expires on {day}, within seven days");
            self.notes.warn(&format!("{words}; {then}"));
        }
    }
}

/// Whether an error says that no credential is known for the instance.
pub(super) fn is_not_connected(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(AuthError::NotConnected { .. }))
}

/// The end of a connection that nothing renews.
pub(super) fn end_of(connection: &Connection) -> Option<SystemTime> {
    connection.expires_at.filter(|_| connection.renewal.is_none())
}

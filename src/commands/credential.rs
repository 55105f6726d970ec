//! The credential of a run: where it is looked for, in which order, and what renews it.

use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::auth::opencode::{self, Opencode};
use crate::auth::{
    AuthError, AuthorizationServer, Connection, Sessions, Store, TokenKind, kind_of,
};
use crate::config::Settings;
use crate::http::{Client, Renewal};
use crate::model::address::BaseUrl;
use crate::model::credential::{Credential, CredentialSource, Scheme};
use crate::model::redact::Redactor;
use crate::system::clock::Clock;
use crate::system::environment::Environment;
use crate::system::notes::Notes;

/// How long before its end a token that nothing renews is warned of.
const LAST_DAYS: Duration = Duration::from_hours(7 * 24);

/// A credential and what is known of it without asking the instance.
pub(super) struct Found {
    pub(super) credential: Credential,
    /// The stored or foreign connection it belongs to; none for one from the environment.
    pub(super) connection: Option<Connection>,
}

impl Found {
    fn of(connection: Connection) -> Self {
        Self { credential: connection.credential(), connection: Some(connection) }
    }

    /// `pat`, `oauth` or `job_token`, as far as the token's own text tells.
    pub(super) fn auth(&self) -> &'static str {
        let kind = self.connection.as_ref().map(|connection| connection.kind);
        match (self.credential.scheme, kind) {
            (Scheme::JobToken, _) => "job_token",
            (Scheme::Bearer, Some(kind)) => kind.as_str(),
            (Scheme::Bearer, None) => kind_of(self.credential.secret.expose())
                .unwrap_or(TokenKind::PersonalAccessToken)
                .as_str(),
        }
    }
}

/// The stored session as what renews it in mid-flight; its client knows of no renewal itself.
pub(super) struct StoredSession {
    pub(super) store: Store,
    pub(super) instance: BaseUrl,
    pub(super) client: Client,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) redactor: Redactor,
    /// What took the place of the first credential.
    pub(super) latest: Mutex<Option<Credential>>,
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
    pub(super) clock: &'r dyn Clock,
    pub(super) notes: &'r Notes,
}

impl<'r> Search<'r> {
    /// An instance as the server that gives out and takes back tokens.
    pub(super) fn server(&self, instance: &'r BaseUrl) -> AuthorizationServer<'r> {
        let (http, clock, redactor) = (self.http, self.clock, self.notes.redactor());
        AuthorizationServer { instance, http, clock, redactor }
    }

    /// The environment's token, the stored connection of the instance, opencode's, and last the
    /// CI job's.
    pub(super) fn find(&self) -> anyhow::Result<Found> {
        let instance = &self.settings.instance.value;
        if let Some(credential) = self.settings.credential_from_env(self.env)? {
            return Ok(Found { credential, connection: None });
        }
        if let Some(found) = self.stored(instance)? {
            return Ok(found);
        }
        match self.settings.credential_from_job(self.env)? {
            Some(credential) => Ok(Found { credential, connection: None }),
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
            return Ok(Some(Found::of(connection)));
        }
        match opencode::find(self.env, instance, self.clock.now()) {
            Opencode::Usable(connection) => {
                self.notes.redactor().learn(&connection.access_token);
                Ok(Some(Found::of(*connection)))
            }
            Opencode::Expired => Err(AuthError::SessionEnded { instance: instance.clone() }.into()),
            Opencode::Broken { path, reason } => {
                self.notes.note(&format!("{} is ignored: {reason}", path.display()));
                Ok(None)
            }
            Opencode::Nothing => Ok(None),
        }
    }

    /// Says that the environment's token goes before every stored one, where there is one.
    pub(super) fn tell_of_precedence(&self) {
        if let Ok(Some(Credential { source: CredentialSource::Env(name), .. })) =
            self.settings.credential_from_env(self.env)
        {
            self.notes.note(&format!("{name} is set and is used before a stored connection"));
        }
    }

    /// A token that nothing renews is warned of in its last week.
    pub(super) fn tell_of_end(&self, instance: &BaseUrl, end: Option<SystemTime>, then: &str) {
        let now = self.clock.now();
        if end.is_some_and(|end| end > now && end <= now + LAST_DAYS) {
            let words = format!("the token for {instance} ends within seven days; {then}");
            self.notes.warn(&words);
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

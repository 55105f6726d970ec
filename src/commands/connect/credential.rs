//! The credential of a run: where it is looked for, in which order.

use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use crate::auth::opencode::{self, Opencode};
use crate::auth::{
    AuthError, AuthorizationServer, Connection, Sessions, Store, TokenKind, kind_of,
};
use crate::commands::context::{Context, NotConnected};
use crate::config::Settings;
use crate::http::{Client, Renewal};
use crate::model::address::BaseUrl;
use crate::model::credential::{Credential, Scheme};
use crate::model::redact::Redactor;
use crate::system::clock::Clock;

/// A credential and what is known of it without asking the instance.
pub(in crate::commands) struct Found {
    pub(in crate::commands) credential: Credential,
    /// The stored or foreign connection it belongs to; none for one from the environment.
    pub(in crate::commands) connection: Option<Connection>,
}

impl Found {
    fn of(connection: Connection) -> Self {
        Self { credential: connection.credential(), connection: Some(connection) }
    }

    /// `pat`, `oauth` or `job_token`, as far as the token's own text tells.
    pub(in crate::commands) fn auth(&self) -> &'static str {
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
pub(in crate::commands) struct StoredSession {
    pub(in crate::commands) store: Store,
    pub(in crate::commands) instance: BaseUrl,
    pub(in crate::commands) client: Client,
    pub(in crate::commands) clock: Arc<dyn Clock>,
    pub(in crate::commands) redactor: Redactor,
    /// What took the place of the first credential.
    pub(in crate::commands) latest: Mutex<Option<Credential>>,
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

/// The environment's token, the stored connection of the instance, opencode's, and last the
/// CI job's.
pub(in crate::commands) fn find(context: &Context<'_>) -> anyhow::Result<Found> {
    let settings = context.settings()?;
    if let Some(credential) = settings.credential_from_env(context.env())? {
        return Ok(Found { credential, connection: None });
    }
    if let Some(found) = stored(&settings.instance.value, context)? {
        return Ok(found);
    }
    of_job(settings, context)
}

/// Whether the run has a credential, usable or not, that is none of the stored connections.
pub(super) fn is_outside_store(stored: &[BaseUrl], context: &Context<'_>) -> anyhow::Result<bool> {
    let settings = context.settings()?;
    if !matches!(settings.credential_from_env(context.env()), Ok(None)) {
        return Ok(true);
    }
    if stored.contains(&settings.instance.value) {
        return Ok(false);
    }
    Ok(!find(context).is_err_and(|error| error.is::<NotConnected>()))
}

/// The stored connection of an instance, or opencode's.
pub(in crate::commands) fn stored(
    instance: &BaseUrl,
    context: &Context<'_>,
) -> anyhow::Result<Option<Found>> {
    let store = context.store();
    let sessions = Sessions { store: &store, server: context.server(instance)? };
    if let Some(connection) = sessions.usable()? {
        tell_of_end(instance, end_of(&connection), context);
        return Ok(Some(Found::of(connection)));
    }
    match opencode::find(context.env(), instance, context.clock().now()) {
        Opencode::Usable(connection) => {
            context.notes().redactor().learn(&connection.access_token);
            Ok(Some(Found::of(*connection)))
        }
        Opencode::Expired => Err(AuthError::SessionEnded { instance: instance.clone() }.into()),
        Opencode::Broken { path, reason } => {
            context.notes().note(&format!("{} is ignored: {reason}", path.display()));
            Ok(None)
        }
        Opencode::Nothing => Ok(None),
    }
}

fn of_job(settings: &Settings, context: &Context<'_>) -> anyhow::Result<Found> {
    match settings.credential_from_job(context.env())? {
        Some(credential) => Ok(Found { credential, connection: None }),
        None => Err(NotConnected { instance: settings.instance.value.to_string() }.into()),
    }
}

/// A token that nothing renews is warned of in its last week.
pub(super) fn tell_of_end(
    instance: &BaseUrl,
    expires_at: Option<SystemTime>,
    context: &Context<'_>,
) {
    let now = context.clock().now();
    let week = std::time::Duration::from_hours(7 * 24);
    if expires_at.is_some_and(|end| end > now && end <= now + week) {
        context.notes().warn(&format!(
            "the token for {instance} ends within seven days; glduo connect --token takes a new one"
        ));
    }
}

/// The end of a connection that nothing renews.
pub(super) fn end_of(connection: &Connection) -> Option<SystemTime> {
    connection.expires_at.filter(|_| connection.renewal.is_none())
}

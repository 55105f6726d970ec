//! `glduo connect status`.

use clap::Args;

use super::credential::{self, Found};
use crate::auth::{Abilities, AuthError, Connection, Store, TokenFacts, TokenKind, inspect};
use crate::commands::context::{Context, NotConnected};
use crate::config::ConfigError;
use crate::http::{HttpError, HttpErrorKind};
use crate::model::address::BaseUrl;
use crate::model::credential::Scheme;
use crate::model::timestamp;
use crate::view::connection::{Can, Status, print_status};
use crate::view::output::Format;

/// Which connections.
#[derive(Args, Debug)]
pub(super) struct StatusArgs {
    /// Every stored connection
    #[arg(long)]
    all: bool,
}

pub(super) fn run(args: &StatusArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    let mut printer = context.printer()?;
    let statuses = if args.all { of_all(context)? } else { vec![of_run(context)?] };
    match (printer.format(), args.all) {
        (Format::Table, _) => {
            for status in &statuses {
                print_status(status, context.clock().now(), &mut printer.stdout)?;
            }
        }
        (_, true) => {
            let rows: Result<Vec<String>, _> = statuses.iter().map(serde_json::to_string).collect();
            printer.objects(&rows?)?;
        }
        (_, false) => {
            for status in &statuses {
                printer.object(serde_json::to_string(status)?.as_bytes(), &[])?;
            }
        }
    }
    let usable = statuses.iter().all(|status| status.authenticated);
    Ok(if usable { 0 } else { 4 })
}

/// The status of a connection that was just made and verified.
pub(super) fn of_connection(
    connection: &Connection,
    context: &Context<'_>,
) -> anyhow::Result<Status> {
    let found = Found { credential: connection.credential(), connection: Some(connection.clone()) };
    known(&found, &connection.instance, &TokenFacts::default(), context)
}

/// The status of every credential there is: first the one of the environment, of opencode or of
/// the job, where commands would use that now, then the stored ones.
fn of_all(context: &Context<'_>) -> anyhow::Result<Vec<Status>> {
    let instance = &context.settings()?.instance.value;
    let stored = Store::new(context.env()).instances()?;
    let tolerant = |status: anyhow::Result<Status>, instance: &BaseUrl| {
        status.or_else(|error| hidden(error, instance, context))
    };
    let mut all = Vec::new();
    if credential::is_outside_store(&stored, context)? {
        all.push(tolerant(of_run(context), instance)?);
    }
    for instance in &stored {
        all.push(tolerant(of_stored(instance, context), instance)?);
    }
    Ok(all)
}

/// The status of the credential that commands would use now.
fn of_run(context: &Context<'_>) -> anyhow::Result<Status> {
    let instance = context.settings()?.instance.value.clone();
    checked(credential::find(context), &instance, context)
}

fn of_stored(instance: &BaseUrl, context: &Context<'_>) -> anyhow::Result<Status> {
    let found = credential::stored(instance, context).and_then(|found| {
        found.ok_or_else(|| NotConnected { instance: instance.to_string() }.into())
    });
    checked(found, instance, context)
}

/// Asks the instance about the credential. What makes it unusable is an answer, trouble on the
/// way to it is an error.
fn checked(
    found: anyhow::Result<Found>,
    instance: &BaseUrl,
    context: &Context<'_>,
) -> anyhow::Result<Status> {
    let found = match found {
        Ok(found) => found,
        Err(error) => return unusable(error, instance, context),
    };
    if found.credential.scheme == Scheme::JobToken {
        return known(&found, instance, &TokenFacts::default(), context);
    }
    match inspect(&context.server(instance)?, &found.credential) {
        Ok(facts) => {
            if found.connection.is_none() {
                credential::tell_of_end(instance, facts.expires_at, context);
            }
            known(&found, instance, &facts, context)
        }
        Err(error) => {
            let status = known(&found, instance, &TokenFacts::default(), context)?;
            match reason(&error) {
                Some(reason) => Ok(Status {
                    authenticated: false,
                    reason: Some(reason),
                    can: Can { chat: false, read: false, write: false },
                    ..status
                }),
                None => Err(error.into()),
            }
        }
    }
}

fn known(
    found: &Found,
    instance: &BaseUrl,
    facts: &TokenFacts,
    context: &Context<'_>,
) -> anyhow::Result<Status> {
    let is_job = found.credential.scheme == Scheme::JobToken;
    let stored = found.connection.as_ref();
    let scopes = facts.scopes.clone().or_else(|| stored.and_then(|stored| stored.scopes.clone()));
    let expires_at = facts.expires_at.or_else(|| stored.and_then(|stored| stored.expires_at));
    let abilities = Abilities::of(scopes.as_deref());
    Ok(Status {
        instance_url: instance.to_string(),
        authenticated: true,
        reason: None,
        username: facts
            .username
            .clone()
            .or_else(|| stored.and_then(|stored| stored.username.clone())),
        auth: Some(facts.kind.map_or(found.auth(), TokenKind::as_str)),
        source: Some(found.credential.source.to_string()),
        scopes: scopes.unwrap_or_default(),
        expires_at: expires_at.and_then(timestamp::to_iso_utc),
        gateway_url: context.settings()?.gateway.value.to_string(),
        can: Can {
            chat: abilities.chat && !is_job,
            read: abilities.read,
            write: abilities.write && !is_job,
        },
    })
}

fn unusable(
    error: anyhow::Error,
    instance: &BaseUrl,
    context: &Context<'_>,
) -> anyhow::Result<Status> {
    let of_auth = error.downcast_ref::<AuthError>().and_then(reason);
    let none = error.is::<NotConnected>()
        || matches!(error.downcast_ref(), Some(ConfigError::Token { .. }));
    let Some(reason) = of_auth.or(none.then_some("unauthenticated")) else {
        return Err(error);
    };
    not_usable(reason, instance, context)
}

/// The status of one of many that could not be looked at, so that the others are still told.
fn hidden(
    error: anyhow::Error,
    instance: &BaseUrl,
    context: &Context<'_>,
) -> anyhow::Result<Status> {
    let Some(reason) = error.downcast_ref().and_then(trouble) else {
        return Err(error);
    };
    context.notes().warn(&format!("{instance}: {error}"));
    not_usable(reason, instance, context)
}

fn not_usable(
    reason: &'static str,
    instance: &BaseUrl,
    context: &Context<'_>,
) -> anyhow::Result<Status> {
    Ok(Status {
        instance_url: instance.to_string(),
        authenticated: false,
        reason: Some(reason),
        username: None,
        auth: None,
        source: None,
        scopes: Vec::new(),
        expires_at: None,
        gateway_url: context.settings()?.gateway.value.to_string(),
        can: Can { chat: false, read: false, write: false },
    })
}

/// The error code of a credential that cannot be used; none for any other trouble.
fn reason(error: &AuthError) -> Option<&'static str> {
    match error {
        AuthError::SessionEnded { .. } => Some("token_expired"),
        AuthError::NotConnected { .. } => Some("unauthenticated"),
        AuthError::Http(HttpError {
            kind: HttpErrorKind::Status { status: 401, body, .. },
            ..
        }) => {
            let expired = String::from_utf8_lossy(body).contains("expired");
            Some(if expired { "token_expired" } else { "unauthenticated" })
        }
        _ => None,
    }
}

/// The error code of trouble that is that of one instance or one entry of the store.
fn trouble(error: &AuthError) -> Option<&'static str> {
    use HttpErrorKind::{
        CaFile, Connect, Dns, Interrupted, Malformed, Redirect, Status, Timeout, Tls, TooLarge,
        WrongContent,
    };
    match error {
        AuthError::StoreUnreadable { .. } => Some("unauthenticated"),
        AuthError::BadAnswer { .. } => Some("bad_response"),
        AuthError::Http(HttpError { kind, .. }) => match kind {
            Dns { .. } | Connect { .. } | Interrupted { .. } => Some("network"),
            Tls { .. } | CaFile { .. } => Some("tls"),
            Timeout { .. } => Some("timeout"),
            Status { status: 429, .. } => Some("rate_limited"),
            Status { status: 500.., .. } => Some("server_error"),
            Status { .. }
            | WrongContent { .. }
            | Malformed { .. }
            | TooLarge { .. }
            | Redirect { .. } => Some("bad_response"),
            _ => None,
        },
        _ => None,
    }
}

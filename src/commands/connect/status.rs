//! `glduo connect status`.

use clap::Args;

use crate::auth::{AuthError, Connection, TokenFacts, TokenKind, inspect};
use crate::commands::context::Context;
use crate::commands::credential::Found;
use crate::config::ConfigError;
use crate::gitlab::{Refusal, RefusalKind};
use crate::http::{HttpError, HttpErrorKind, Identity};
use crate::model::address::BaseUrl;
use crate::model::credential::{CredentialSource, Scheme};
use crate::model::scopes::Abilities;
use crate::model::timestamp;
use crate::view::connection::{Status, print_status};
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
    let statuses = if args.all { of_all(context)? } else { vec![of_run(Scope::One, context)?] };
    match (printer.format(), args.all) {
        (Format::Table, _) => {
            for status in &statuses {
                print_status(status, context.clock().now(), &mut printer.stdout)?;
            }
            statuses.iter().filter_map(way_out).for_each(|words| context.notes().note(&words));
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

/// What mends a credential that cannot be used, where that is another one.
fn way_out(status: &Status) -> Option<String> {
    let instance = &status.instance_url;
    let is_token = ["unauthenticated", "token_expired"].contains(&status.reason?);
    is_token.then(|| match status.source.as_deref().and_then(|it| it.strip_prefix("env:")) {
        Some(name) => format!("set {name} to a token that is valid on {instance}"),
        None => format!("log in with glduo connect --instance {instance}"),
    })
}

/// The status of a connection that was just made and verified.
pub(super) fn of_connection(
    connection: &Connection,
    context: &Context<'_>,
) -> anyhow::Result<Status> {
    let identity = Identity::new(connection.credential(), None);
    let found = Found { identity, connection: Some(connection.clone()) };
    known(&found, &connection.instance, &TokenFacts::default(), context)
}

/// Whether one status is asked for, or many, of which none must hide the others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    One,
    OfMany,
}

/// The status of every credential there is: first the one of the environment, of opencode or of
/// the job, where commands would use that now, then the stored ones.
fn of_all(context: &Context<'_>) -> anyhow::Result<Vec<Status>> {
    let stored = context.store().instances()?;
    let search = context.credentials()?;
    let mut all = Vec::new();
    if search.is_outside_store(&stored) {
        all.push(of_run(Scope::OfMany, context)?);
    }
    for instance in &stored {
        let found = search.stored(instance).and_then(|found| {
            found.ok_or_else(|| AuthError::NotConnected { instance: instance.clone() }.into())
        });
        all.push(checked(found, instance, Scope::OfMany, context)?);
    }
    Ok(all)
}

/// The status of the credential that commands would use now.
fn of_run(scope: Scope, context: &Context<'_>) -> anyhow::Result<Status> {
    let found = context.credentials()?.find();
    checked(found, &context.settings()?.instance.value, scope, context)
}

/// Asks the instance about the credential. What makes it unusable is an answer; trouble on the
/// way to it is an error, or one of many answers.
fn checked(
    found: anyhow::Result<Found>,
    instance: &BaseUrl,
    scope: Scope,
    context: &Context<'_>,
) -> anyhow::Result<Status> {
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            let status = not_found(&error, instance, context)?;
            return unusable(status, error, scope, context);
        }
    };
    if found.credential().scheme == Scheme::JobToken {
        return known(&found, instance, &TokenFacts::default(), context);
    }
    let search = context.credentials()?;
    match inspect(&search.server(instance), &found.identity, found.known_kind()) {
        Ok(facts) => {
            if let CredentialSource::Env(name) = found.credential().source {
                let then = format!("set {name} to a new one");
                search.tell_of_end(instance, facts.expires_at, &then);
            }
            known(&found, instance, &facts, context)
        }
        Err(error) => {
            let status = known(&found, instance, &TokenFacts::default(), context)?;
            unusable(status, error.into(), scope, context)
        }
    }
}

fn known(
    found: &Found,
    instance: &BaseUrl,
    facts: &TokenFacts,
    context: &Context<'_>,
) -> anyhow::Result<Status> {
    let stored = found.connection.as_ref();
    let scopes = facts.scopes.clone().or_else(|| stored.and_then(|stored| stored.scopes.clone()));
    let expires_at = facts.expires_at.or_else(|| stored.and_then(|stored| stored.expires_at));
    let can = match found.credential().scheme {
        Scheme::JobToken => Abilities::OF_JOB_TOKEN,
        Scheme::Bearer => Abilities::from_scopes(scopes.as_deref()),
    };
    Ok(Status {
        instance_url: instance.to_string(),
        authenticated: true,
        reason: None,
        username: facts
            .username
            .clone()
            .or_else(|| stored.and_then(|stored| stored.username.clone())),
        auth: Some(facts.kind.map_or(found.auth(), TokenKind::as_str)),
        source: Some(found.credential().source.to_string()),
        scopes,
        expires_at: expires_at.and_then(timestamp::to_iso_utc),
        gateway_url: context.settings()?.gateway.value.to_string(),
        can,
    })
}

/// What is known of a credential that was not had: what the store tells of it, unless it is one
/// of the environment.
fn not_found(
    error: &anyhow::Error,
    instance: &BaseUrl,
    context: &Context<'_>,
) -> anyhow::Result<Status> {
    let is_stored = error.is::<AuthError>();
    let stored = context.store().find(instance).ok().flatten();
    if let Some(connection) = stored.filter(|_| is_stored) {
        return of_connection(&connection, context);
    }
    Ok(Status {
        instance_url: instance.to_string(),
        authenticated: false,
        reason: None,
        username: None,
        auth: None,
        source: None,
        scopes: None,
        expires_at: None,
        gateway_url: context.settings()?.gateway.value.to_string(),
        can: Abilities::NONE,
    })
}

/// The status with what makes it unusable; any other error stays one.
fn unusable(
    status: Status,
    error: anyhow::Error,
    scope: Scope,
    context: &Context<'_>,
) -> anyhow::Result<Status> {
    let of_auth = error.downcast_ref::<AuthError>();
    let reason = match error.downcast_ref() {
        Some(ConfigError::Token { .. }) => Some("unauthenticated"),
        _ => of_auth.and_then(reason),
    };
    let trouble = of_auth.and_then(trouble).filter(|_| scope == Scope::OfMany && reason.is_none());
    if trouble.is_some() {
        context.notes().warn(&format!("{}: {error}", status.instance_url));
    }
    let Some(reason) = reason.or(trouble) else {
        return Err(error);
    };
    Ok(Status { authenticated: false, reason: Some(reason), can: Abilities::NONE, ..status })
}

/// The error code of a credential that cannot be used; none for any other trouble.
fn reason(error: &AuthError) -> Option<&'static str> {
    match error {
        AuthError::SessionEnded { .. } => Some("token_expired"),
        // OAuth's no to a refresh, other than that the refresh token is spent.
        AuthError::NotConnected { .. } | AuthError::OAuth { .. } => Some("unauthenticated"),
        AuthError::Http(error) => match Refusal::read(error)?.kind {
            RefusalKind::Unauthenticated => Some("unauthenticated"),
            RefusalKind::TokenExpired => Some("token_expired"),
            RefusalKind::InsufficientScope => Some("insufficient_scope"),
            RefusalKind::Forbidden => Some("forbidden"),
            _ => None,
        },
        _ => None,
    }
}

/// The error code of trouble that is that of one instance or one entry of the store.
fn trouble(error: &AuthError) -> Option<&'static str> {
    use HttpErrorKind::{
        CaFile, Connect, Dns, Interrupted, Malformed, Redirect, Status, Timeout, Tls, TooLarge,
        WrongContent, WrongScheme,
    };
    match error {
        AuthError::StoreUnreadable { .. } | AuthError::StoreOpen(_) => Some("unauthenticated"),
        AuthError::BadAnswer { .. } => Some("bad_response"),
        AuthError::Http(HttpError { kind, .. }) => match kind {
            Dns { .. } | Connect { .. } | Interrupted { .. } => Some("network"),
            Tls { .. } | WrongScheme { .. } => Some("tls"),
            CaFile { .. } => Some("usage"),
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

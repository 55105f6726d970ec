//! `glduo connect logout`.

use clap::Args;

use crate::auth::{AuthError, Revocation, Store, log_out};
use crate::commands::context::Context;
use crate::model::address::BaseUrl;

/// Which connections.
#[derive(Args, Debug)]
pub(super) struct LogoutArgs {
    /// Every stored connection
    #[arg(long)]
    all: bool,
}

pub(super) fn run(args: &LogoutArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    let store = context.store();
    if args.all {
        for instance in store.instances()? {
            forget(&instance, &store, context)?;
        }
    } else {
        let instance = context.settings()?.instance.value.clone();
        if !forget(&instance, &store, context)? {
            return Err(match context.credentials()?.variable_in_use() {
                Some(variable) => AuthError::NothingStored { instance, variable }.into(),
                None => AuthError::NotConnected { instance }.into(),
            });
        }
    }
    if let Some(variable) = context.credentials()?.variable_in_use() {
        context.notes().note(&format!("{variable} is set and still applies; unset it, too"));
    }
    Ok(0)
}

/// Whether there was a connection to forget.
fn forget(instance: &BaseUrl, store: &Store, context: &Context<'_>) -> anyhow::Result<bool> {
    let Some(revocation) = log_out(store, &context.server(instance)?)? else {
        return Ok(false);
    };
    let notes = context.notes();
    match revocation {
        Revocation::Done => notes.note(&format!("logged out of {instance}; GitLab revoked the session")),
        Revocation::LeftToOwner => notes.note(&format!(
            "forgot the token for {instance}; revoke it at {instance}/-/user_settings/personal_access_tokens"
        )),
        Revocation::Failed(error) => notes.warn(&format!(
            "forgot the session with {instance}, but GitLab could not be told ({error}); its token lives for up to two hours; end it at {instance}/-/user_settings/applications"
        )),
        Revocation::Unknown => notes.warn(&format!("forgot an unreadable entry for {instance}")),
    }
    Ok(true)
}

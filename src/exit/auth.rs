//! What goes wrong with credentials, in words.

use std::error::Error as StdError;

use super::{Code, Report, gitlab, http};
use crate::auth::{AuthError, Purpose, Way};
use crate::commands::UnusableToken;
use crate::gitlab::{Refusal, RefusalKind};
use crate::http::HttpError;

pub(super) fn of(cause: &(dyn StdError + 'static)) -> Option<Report> {
    let token = cause.downcast_ref::<UnusableToken>();
    let token = token.map(|error| {
        Report::new(Code::Usage, error.to_string()).hint("give it on one line and nothing else")
    });
    token.or_else(|| cause.downcast_ref().map(report))
}

fn report(error: &AuthError) -> Report {
    match error {
        AuthError::NoHome
        | AuthError::StoreUnreadable { .. }
        | AuthError::StoreOpen(_)
        | AuthError::StoreNotWritable { .. }
        | AuthError::StoreLocked { .. }
        | AuthError::SessionNotSaved { .. } => of_store(error),
        AuthError::NotConnected { instance } => {
            let message = format!("not connected to {instance}: no token was found");
            Report::new(Code::Unauthenticated, message).hint(format!(
                "log in with glduo connect --instance {instance}, or set GITLAB_TOKEN"
            ))
        }
        AuthError::NothingStored { variable, .. } => {
            Report::new(Code::Unauthenticated, error.to_string())
                .hint(format!("unset {variable} to end its use"))
        }
        AuthError::SessionEnded { instance } => {
            Report::new(Code::TokenExpired, format!("the session with {instance} is over"))
                .hint(format!("log in again: glduo connect --instance {instance}"))
        }
        AuthError::RefreshUnanswered { instance } => Report::new(Code::Network, error.to_string())
            .hint(format!(
                "try again; if that fails, log in again: glduo connect --instance {instance}"
            )),
        AuthError::Http(error) => of_request(error),
        AuthError::TokenNotTaken { instance, error } => of_request(error).hint(format!(
            "copy the whole token, and check that it was made on {instance} and is neither revoked nor expired"
        )),
        AuthError::BadAnswer { .. } => Report::new(Code::BadResponse, error.to_string())
            .hint("check that the address is a GitLab instance"),
        AuthError::NoRandomness => Report::new(Code::Other, error.to_string())
            .hint("try again; a system just started may need a moment"),
        _ => of_login(error),
    }
}

fn of_store(error: &AuthError) -> Report {
    match error {
        AuthError::NoHome => {
            Report::new(Code::Io, "there is no place for credentials: no home directory is known")
                .hint("set HOME or XDG_DATA_HOME, or give the token in GITLAB_TOKEN")
        }
        AuthError::StoreUnreadable { purpose, .. } => {
            let code = match purpose {
                Purpose::Read => Code::Unauthenticated,
                Purpose::Write => Code::Io,
            };
            Report::new(code, format!("the stored credentials cannot be read: {error}")).hint(
                "mend or move that file away, then log in again; GITLAB_TOKEN works meanwhile",
            )
        }
        AuthError::StoreOpen(open) => Report::new(
            Code::Unauthenticated,
            format!("the stored credentials are not used: {open}"),
        )
        .hint(format!(
            "run chmod {:o} '{}' as its owner; GITLAB_TOKEN works meanwhile",
            open.wanted,
            open.path.display()
        )),
        AuthError::StoreLocked { .. } => {
            Report::new(Code::Timeout, format!("another glduo holds the credentials: {error}"))
                .hint("try again")
        }
        AuthError::SessionNotSaved { .. } => Report::new(
            Code::SessionNotSaved,
            format!("the session was renewed and could not be kept, so it is lost: {error}"),
        )
        .hint("mend the place of that file, then log in again with glduo connect"),
        _ => Report::new(Code::Io, format!("the credentials cannot be kept: {error}"))
            .hint("check the file's place, its permissions and the room there"),
    }
}

fn of_login(error: &AuthError) -> Report {
    match error {
        AuthError::NoApplicationId { instance, callback_url, scopes } => Report::new(
            Code::Usage,
            format!("no OAuth application is known for {instance}"),
        )
        .hint(format!(
            "register one at {instance}/-/user_settings/applications with the redirect URI {callback_url} and the scopes {}, then set GITLAB_OAUTH_APP_ID (and GITLAB_OAUTH_APP_SECRET if it is confidential); or use glduo connect --token",
            scopes.join(" ")
        )),
        AuthError::CallbackUrl { .. } => Report::new(Code::Usage, error.to_string())
            .hint("the default is http://localhost:42456/callback"),
        AuthError::PortInUse { port } => Report::new(
            Code::PortInUse,
            format!("port {port} is in use, so the browser's answer could not arrive"),
        )
        .hint("end the other login or program, or register another callback URL and give it with --callback-url"),
        AuthError::Listen { .. } => Report::new(Code::Io, error.to_string())
            .hint("use glduo connect --device or --token"),
        AuthError::InCi => Report::new(Code::Unauthenticated, "nobody can log in in a CI job")
            .hint("set GITLAB_TOKEN as a masked CI/CD variable"),
        AuthError::WaitOver { limit, way } => wait_over(limit.as_secs(), way),
        AuthError::Refused => Report::new(Code::Unauthenticated, "the login was refused in the browser")
            .hint("run glduo connect again and authorize it"),
        AuthError::DeviceExpired => Report::new(Code::Unauthenticated, "the code was not entered in time")
            .hint("run glduo connect --device again"),
        AuthError::DeviceUnsupported { instance } => {
            Report::new(Code::BadRequest, format!("{instance} has no login by device code (GitLab 17.2 and later have)"))
                .hint("use glduo connect --oauth or --token")
        }
        AuthError::OAuth { error: code, .. } => of_oauth(code, error),
        _ => Report::new(Code::Other, error.to_string()),
    }
}

fn wait_over(seconds: u64, way: &Way) -> Report {
    let report = Report::new(Code::Unauthenticated, format!("nobody logged in within {seconds} s"));
    match way {
        Way::Browser { callback_url } => report.hint(format!(
            "if the browser shows an error page: the application must have exactly the redirect URI {callback_url} and every scope that is asked for; --wait waits longer"
        )),
        Way::Device => report.hint("run glduo connect --device again; --wait waits longer"),
    }
}

fn of_oauth(code: &str, error: &AuthError) -> Report {
    let hint = match code {
        "invalid_client" | "unauthorized_client" => {
            "check GITLAB_OAUTH_APP_ID, and GITLAB_OAUTH_APP_SECRET where the application is confidential, then log in again with glduo connect"
        }
        "invalid_scope" => "ask for scopes that the application is registered with: --scopes",
        "invalid_grant" => {
            "run glduo connect again; the redirect URI must be the registered one to the letter"
        }
        _ => "run glduo connect again",
    };
    Report::new(Code::Unauthenticated, format!("GitLab did not give a token: {error}")).hint(hint)
}

/// A token that GitLab rejects has the text that it has everywhere. So does a failed request.
fn of_request(error: &HttpError) -> Report {
    match Refusal::read(error) {
        // Every GitLab has these endpoints: a server without them is not one.
        Some(refusal) if matches!(refusal.kind, RefusalKind::NotFound | RefusalKind::NoRoute) => {
            gitlab::with_facts(http::report(error), &refusal)
        }
        Some(refusal) => gitlab::of_refusal(&refusal),
        None => http::report(error),
    }
}

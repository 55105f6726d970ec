//! Requests that did not bring what was asked, in words.

use std::error::Error as StdError;

use super::{Code, Report};
use crate::http::{HttpError, HttpErrorKind, Phase};

pub(super) fn of(cause: &(dyn StdError + 'static)) -> Option<Report> {
    cause.downcast_ref().map(report)
}

/// The report of a request whose other end is GitLab or an unknown server.
pub(super) fn report(error: &HttpError) -> Report {
    let report = words(error);
    Report { url: Some(error.url.clone()), request_id: error.request_id.clone(), ..report }
}

fn words(error: &HttpError) -> Report {
    let url = &error.url;
    let check = "check the address, your network and proxy settings";
    match &error.kind {
        HttpErrorKind::Status { status, retry_after, .. } => Report {
            http_status: Some(*status),
            retry_after: *retry_after,
            ..status_words(*status, url)
        },
        HttpErrorKind::Dns { host } => {
            Report::new(Code::Network, format!("the name {host} is not known")).hint(check)
        }
        HttpErrorKind::Connect { reason } => {
            Report::new(Code::Network, format!("no connection to {url}: {reason}")).hint(check)
        }
        HttpErrorKind::Interrupted { reason } => {
            Report::new(Code::Network, format!("the connection to {url} broke: {reason}"))
                .hint("try again")
        }
        HttpErrorKind::Tls { reason } => {
            Report::new(Code::Tls, format!("no trusted connection to {url}: {reason}"))
                .hint("for a private CA set gitlab.caFile or SSL_CERT_FILE to its PEM file")
        }
        HttpErrorKind::CaFile { path, reason } => Report::new(
            Code::Tls,
            format!("the CA file {} cannot be used: {reason}", path.display()),
        )
        .hint("name a PEM file with at least one certificate"),
        HttpErrorKind::Proxy { variable } => {
            Report::new(Code::Usage, format!("{variable} holds no proxy address"))
                .hint("a proxy address looks like http://proxy.example.com:3128")
        }
        HttpErrorKind::Timeout { phase, limit } => {
            // What is left of a limit is told as the limit.
            timeout(*phase, limit.as_millis().div_ceil(1000), url)
        }
        HttpErrorKind::WrongContent { .. }
        | HttpErrorKind::Malformed { .. }
        | HttpErrorKind::TooLarge { .. }
        | HttpErrorKind::Redirect { .. }
        | HttpErrorKind::Pages { .. } => not_gitlab(error),
        HttpErrorKind::Renewal { source } => super::typed(source.as_ref())
            .unwrap_or_else(|| Report::new(Code::Unauthenticated, source.to_string())),
        HttpErrorKind::InsecureHttp => Report::new(
            Code::Usage,
            format!("{url} is plain http, which anyone on the way can read"),
        )
        .hint("use https, or set GLDUO_ALLOW_INSECURE_HTTP=1 if you must"),
        HttpErrorKind::ForeignOrigin { owner } => {
            Report::new(Code::BadResponse, format!("a credential of {owner} was not sent to {url}"))
                .hint(
                    "the server pointed to another host; check the instance's external URL setting",
                )
        }
    }
}

fn status_words(status: u16, url: &str) -> Report {
    match status {
        429 => Report::new(Code::RateLimited, format!("{url} takes no more requests for now"))
            .hint("wait, then try again"),
        500.. => {
            Report::new(Code::ServerError, format!("{url} is in trouble")).hint("try again later")
        }
        _ => Report::new(Code::BadResponse, format!("{url} gave an unexpected answer"))
            .hint("check that the address is a GitLab instance"),
    }
}

fn timeout(phase: Phase, seconds: u128, url: &str) -> Report {
    let (what, hint) = match phase {
        Phase::Connect => ("no connection", "check the address, your network and proxy settings"),
        Phase::Total => ("no whole answer", "raise the limit with --timeout"),
        Phase::Idle => ("nothing more came", "raise the limit with --timeout"),
    };
    Report::new(Code::Timeout, format!("{what} from {url} within {seconds} s")).hint(hint)
}

/// An answer that GitLab would not have given.
fn not_gitlab(error: &HttpError) -> Report {
    let url = &error.url;
    let bad = |message: String, hint: &str| Report::new(Code::BadResponse, message).hint(hint);
    let page = "most likely a login (SSO) or proxy page answered; check the address, or log in to the network";
    match &error.kind {
        HttpErrorKind::WrongContent { content_type, expected } => {
            bad(format!("{url} answered with {content_type} where {expected} was due"), page)
        }
        HttpErrorKind::Redirect { location, reason } => {
            bad(format!("{url} sends us on to {location}: {reason}"), page)
        }
        HttpErrorKind::Malformed { reason } => bad(
            format!("{url} answered with something that is not GitLab's: {reason}"),
            "check that the address is a GitLab instance",
        ),
        HttpErrorKind::TooLarge { limit } => {
            bad(format!("the answer of {url} is larger than {limit} bytes"), "ask for less")
        }
        HttpErrorKind::Pages { reason } => Report::new(
            Code::Incomplete,
            format!("the list at {url} cannot be read to its end: {reason}"),
        )
        .hint("check the instance's external URL setting"),
        _ => bad(format!("{url} gave an unexpected answer"), page),
    }
}

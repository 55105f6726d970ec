//! Requests that did not bring what was asked, in words.

use std::error::Error as StdError;

use super::{Code, Report};
use crate::http::{HttpError, HttpErrorKind, Phase, TlsFailure};

pub(super) fn of(cause: &(dyn StdError + 'static)) -> Option<Report> {
    cause.downcast_ref().map(report)
}

/// The report of a request whose other end is GitLab or an unknown server.
pub(super) fn report(error: &HttpError) -> Report {
    let report = words(error);
    // A connection that broke is not explained by the status before.
    let is_about_answer = matches!(report.code, Code::BadResponse | Code::Incomplete);
    let status = error.answer.as_ref().filter(|_| is_about_answer).map(|answer| answer.status);
    Report {
        http_status: report.http_status.or(status),
        url: Some(error.url.clone()),
        request_id: error.request_id.clone(),
        ..report
    }
}

fn words(error: &HttpError) -> Report {
    let url = &error.url;
    let check = "check the address, your network and proxy settings";
    match &error.kind {
        HttpErrorKind::Status { status, retry_after, .. } => Report {
            http_status: Some(*status),
            retry_after: *retry_after,
            ..status_words(*status, error)
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
        HttpErrorKind::Tls { failure } => {
            Report::new(Code::Tls, format!("no secure connection to {url}: {failure}"))
                .hint(tls_hint(failure))
        }
        HttpErrorKind::WrongScheme { speaks } => wrong_scheme(speaks, url),
        HttpErrorKind::CaFile { file, reason } => {
            Report::new(Code::Usage, format!("CA file {}: {reason}", file.path.display()))
                .hint(format!("name a PEM file with at least one certificate: {}", file.setting))
        }
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
        | HttpErrorKind::NotUpgraded { .. }
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

fn wrong_scheme(speaks: &str, url: &str) -> Report {
    let (message, other) = match speaks {
        "http" => ("the server speaks plain http and not https", "https"),
        _ => ("the server speaks https and not plain http", "plain http"),
    };
    Report::new(Code::Tls, format!("{url}: {message}")).hint(format!(
        "write {speaks}:// in GITLAB_INSTANCE_URL or GITLAB_AI_GATEWAY_URL, or name the port that speaks {other}"
    ))
}

fn tls_hint(failure: &TlsFailure) -> &'static str {
    match failure {
        TlsFailure::UnknownIssuer => {
            "for a private CA set gitlab.caFile or SSL_CERT_FILE to its PEM file"
        }
        TlsFailure::Expired(_) => {
            "renew the certificate on the server; if it is valid, set this machine's clock"
        }
        TlsFailure::NotYetValid(_) => {
            "set this machine's clock; if it is right, replace the certificate on the server"
        }
        TlsFailure::WrongName(_) | TlsFailure::UnknownHost => {
            "use a host name that the server's certificate names, or replace the certificate"
        }
        TlsFailure::Authority => {
            "install a certificate on the server that the authority issued for its host name"
        }
        TlsFailure::Revoked | TlsFailure::BadCertificate(_) => {
            "replace the certificate on the server"
        }
        TlsFailure::NoRoots => {
            "install the system's CA certificates (package ca-certificates), or set SSL_CERT_FILE"
        }
        TlsFailure::ClientCertificate => {
            "glduo has no client certificates; use an address of the instance without them"
        }
        TlsFailure::NothingInCommon | TlsFailure::Alert(_) | TlsFailure::Protocol => {
            "allow TLS 1.2 or 1.3 on the server, or check the proxy in between"
        }
    }
}

fn status_words(status: u16, error: &HttpError) -> Report {
    let url = &error.url;
    match status {
        429 => Report::new(Code::RateLimited, format!("{url} takes no more requests for now"))
            .hint("wait, then try again"),
        500.. => {
            Report::new(Code::ServerError, format!("{url} is in trouble")).hint("try again later")
        }
        _ => Report::new(Code::BadResponse, format!("{url} answered with {}", content(error)))
            .hint(NOT_GITLAB),
    }
}

/// The likely causes of an answer that is not GitLab's.
const NOT_GITLAB: &str = "not GitLab but a proxy, a login (SSO) page or another web server answered; check the address and its path prefix, or log in to the network";

/// What came instead of GitLab's JSON.
fn content(error: &HttpError) -> String {
    let HttpErrorKind::Status { body, is_html, .. } = &error.kind else { return String::new() };
    let content_type = error.answer.as_ref().and_then(|answer| answer.content_type.as_deref());
    let is_json = content_type.is_some_and(|kind| kind.contains("json"));
    match content_type {
        _ if body.trim_ascii().is_empty() => "an empty body instead of JSON".to_owned(),
        _ if serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok() => {
            "something that GitLab does not send".to_owned()
        }
        Some(kind) if *is_html => format!("{kind} instead of JSON"),
        Some(kind) if !is_json => {
            let text = String::from_utf8_lossy(body);
            let line: String =
                text.trim().lines().next().unwrap_or_default().chars().take(200).collect();
            format!("{kind} instead of JSON: {line}")
        }
        None if *is_html => "a web page instead of JSON".to_owned(),
        _ => "JSON that is cut off or broken".to_owned(),
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
    match &error.kind {
        HttpErrorKind::WrongContent { content_type, expected } => {
            bad(format!("{url} answered with {content_type} where {expected} was due"), NOT_GITLAB)
        }
        HttpErrorKind::Redirect { location, reason } => {
            bad(format!("{url} sends us on to {location}: {reason}"), NOT_GITLAB)
        }
        HttpErrorKind::Malformed { reason } => bad(
            format!("{url} answered with something that is not GitLab's: {reason}"),
            "check that the address is a GitLab instance",
        ),
        HttpErrorKind::NotUpgraded { status } => Report {
            http_status: Some(*status),
            ..bad(
                format!("{url}: a proxy or firewall blocks WebSockets"),
                "allow WebSocket upgrades to this host in the proxy, or name the host in NO_PROXY",
            )
        },
        HttpErrorKind::TooLarge { limit } => {
            bad(format!("the answer of {url} is larger than {limit} bytes"), "ask for less")
        }
        HttpErrorKind::Pages { reason } => Report::new(
            Code::Incomplete,
            format!("the list at {url} cannot be read to its end: {reason}"),
        )
        .hint("check the instance's external URL setting"),
        _ => bad(format!("{url} gave an unexpected answer"), NOT_GITLAB),
    }
}

//! What the HTTP library's errors mean.

use std::error::Error;
use std::io;
use std::time::Duration;

use super::error::{HttpErrorKind, Phase};
use super::tls_failure::meaning;
use crate::model::address::Url;
use crate::system::clock::Deadline;

/// The time limits under which a request was made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// What `limit` bounds.
    pub(super) phase: Phase,
    pub(super) limit: Duration,
    pub(super) connect: Duration,
    /// When everything has to be over.
    pub(super) deadline: Option<Deadline>,
}

impl Limits {
    /// The limit of every single wait. A total one is kept by the request itself, from its
    /// start to the end of the body.
    pub(super) fn of_a_wait(&self) -> Option<Duration> {
        let left = self.deadline.map_or(self.limit, |deadline| deadline.left());
        (self.phase == Phase::Idle).then_some(self.limit.min(left))
    }

    pub(super) fn ran_out(&self) -> HttpErrorKind {
        HttpErrorKind::Timeout { phase: self.phase, limit: self.limit }
    }
}

/// No answer came.
pub(super) fn of_request(
    error: &reqwest::Error,
    url: &Url,
    proxy: Option<&Url>,
    limits: Limits,
) -> HttpErrorKind {
    let reason = root_cause(error);
    if let Some(tls) = tls_cause(error) {
        return of_tls(tls);
    }
    match proxy {
        _ if error.is_builder() => HttpErrorKind::Malformed { reason },
        _ if error.is_timeout() && error.is_connect() => {
            HttpErrorKind::Timeout { phase: Phase::Connect, limit: limits.connect }
        }
        _ if error.is_timeout() => limits.ran_out(),
        Some(proxy) if error.is_connect() => {
            HttpErrorKind::Connect { reason: format!("proxy {}: {reason}", host_and_port(proxy)) }
        }
        None if error.is_dns() => {
            HttpErrorKind::Dns { host: url.host_str().unwrap_or_default().to_owned() }
        }
        None if error.is_connect() => HttpErrorKind::Connect { reason },
        _ => HttpErrorKind::Interrupted { reason },
    }
}

/// A TLS error of a server that an https URL names.
pub(super) fn of_tls(error: &rustls::Error) -> HttpErrorKind {
    match meaning(error) {
        Some(failure) => HttpErrorKind::Tls { failure },
        None => HttpErrorKind::WrongScheme { speaks: "http" },
    }
}

/// Whether the server speaks TLS, though no connection came of it.
pub(super) fn is_of_tls(error: &reqwest::Error) -> bool {
    tls_cause(error).is_some_and(|error| meaning(error).is_some())
}

/// Whether a TLS handshake got no answer at all: silence, or a connection that was closed.
pub(super) fn is_no_handshake(error: &reqwest::Error) -> bool {
    use io::ErrorKind::{ConnectionReset, UnexpectedEof};
    let mut kinds = causes(error).filter_map(|cause| cause.downcast_ref().map(io::Error::kind));
    error.is_connect()
        && tls_cause(error).is_none()
        && (error.is_timeout() || kinds.any(|kind| matches!(kind, ConnectionReset | UnexpectedEof)))
}

/// Whether the response to a plain request is no HTTP at all, as that of a TLS port.
pub(super) fn is_no_http(error: &reqwest::Error) -> bool {
    // The HTTP library has no public type for it.
    tls_cause(error).is_none() && root_cause(error).starts_with("invalid HTTP")
}

/// Whether the server tells a person that the request should have been https: nginx, Apache and
/// Go's server do, with status 400.
pub(super) fn asks_for_https(url: &Url, status: u16, body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body).to_ascii_lowercase();
    let asks = ["https port", "https server", "ssl-enabled server port", "tls-enabled server port"];
    url.scheme() == "http" && status == 400 && asks.iter().any(|words| text.contains(words))
}

/// The head of an answer came, its body did not, or not whole.
pub(super) fn of_body(error: &reqwest::Error, limits: Limits) -> HttpErrorKind {
    if error.is_timeout() {
        return limits.ran_out();
    }
    let reason = root_cause(error);
    if is_damaged(error) {
        HttpErrorKind::Malformed { reason: format!("the body is damaged: {reason}") }
    } else {
        HttpErrorKind::Interrupted { reason }
    }
}

/// Wrong framing or packing, in contrast to a connection that ended. Both have `io::Error`s
/// behind them; those of TLS mean the connection.
fn is_damaged(error: &reqwest::Error) -> bool {
    use io::ErrorKind::{InvalidData, InvalidInput, Other};
    let kinds = causes(error).filter_map(|cause| cause.downcast_ref().map(io::Error::kind));
    matches!(kinds.last(), Some(InvalidData | InvalidInput | Other)) && tls_cause(error).is_none()
}

fn tls_cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>())
}

fn root_cause(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map_or_else(|| error.to_string(), ToString::to_string)
}

/// The error and what is behind it. An `io::Error` hides the error it wraps from `source`,
/// which goes straight to that one's own source.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}

fn host_and_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

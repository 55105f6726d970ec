//! What can go wrong with a request, as facts.

use std::fmt;
use std::time::Duration;

use super::options::CaFile;
use super::tls_failure::TlsFailure;
use crate::model::address::Url;

/// A request that did not bring what was asked.
#[derive(Debug)]
pub struct HttpError {
    /// The URL without user info, query and fragment.
    pub url: String,
    /// GitLab's `x-request-id`, where an answer came.
    pub request_id: Option<String>,
    /// The head of the answer that the error is about.
    pub answer: Option<Box<AnswerHead>>,
    /// What happened.
    pub kind: HttpErrorKind,
}

/// What identifies the kind of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerHead {
    /// The status.
    pub status: u16,
    /// The content type as sent.
    pub content_type: Option<String>,
}

/// Which of the time limits ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Making the connection.
    Connect,
    /// An ordinary request with its body.
    Total,
    /// Silence on a stream.
    Idle,
}

/// What happened to a request.
#[derive(Debug)]
pub enum HttpErrorKind {
    /// The server answered with a status that is not 2xx.
    Status {
        /// The status.
        status: u16,
        /// The beginning of the body, at most 64 KiB.
        body: Vec<u8>,
        /// How long the server asks to wait, measured against its own clock.
        retry_after: Option<Duration>,
        /// The body is HTML.
        is_html: bool,
    },
    /// The name is not known to DNS.
    Dns {
        /// The host that was looked up.
        host: String,
    },
    /// No connection: refused, unreachable, reset before the request was out.
    Connect {
        /// The operating system's or proxy's words.
        reason: String,
    },
    /// The connection broke in the middle.
    Interrupted {
        /// The library's words.
        reason: String,
    },
    /// No TLS connection was made.
    Tls {
        /// Why not.
        failure: TlsFailure,
    },
    /// The URL says https and the server speaks plain http, or the reverse.
    WrongScheme {
        /// The scheme that the server speaks.
        speaks: &'static str,
    },
    /// A CA file that was named cannot be used.
    CaFile {
        /// Which.
        file: Box<CaFile>,
        /// Why.
        reason: String,
    },
    /// A proxy variable holds no proxy URL.
    Proxy {
        /// Which variable.
        variable: &'static str,
    },
    /// A time limit ran out.
    Timeout {
        /// Which.
        phase: Phase,
        /// How long it was.
        limit: Duration,
    },
    /// A good status with a body of another kind: most likely a login or proxy page.
    WrongContent {
        /// The content type as sent, `none` where there was none.
        content_type: String,
        /// What was expected.
        expected: &'static str,
    },
    /// The body says JSON and is not, or is of a shape that GitLab's is not.
    Malformed {
        /// What was found.
        reason: String,
    },
    /// A WebSocket was asked for, and the answer was an ordinary one.
    NotUpgraded {
        /// Its status.
        status: u16,
    },
    /// The body is larger than is taken.
    TooLarge {
        /// The most bytes taken.
        limit: u64,
    },
    /// The server sent us to a place where this request must not go.
    Redirect {
        /// Where to, without user info, query and fragment.
        location: String,
        /// Why it was not followed.
        reason: &'static str,
    },
    /// Plain http to a machine that is not this one, without the opt-in.
    InsecureHttp,
    /// A credential was about to leave its origin; a defect of ours or a trick of a server.
    ForeignOrigin {
        /// Where the credential belongs.
        owner: String,
    },
    /// The server rejected the credential, and no newer one could be had.
    Renewal {
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The list of pages did not go on as the server said: a repeat, or a link elsewhere.
    Pages {
        /// What was wrong.
        reason: &'static str,
    },
}

impl HttpError {
    pub(super) fn at(url: &Url, kind: HttpErrorKind) -> Self {
        Self { url: place(url), request_id: None, answer: None, kind }
    }
}

/// The URL without user info, query and fragment.
pub(super) fn place(url: &Url) -> String {
    let mut place = url.clone();
    // Both fail only for URLs without a host, which have no user info either.
    let _ = place.set_username("");
    let _ = place.set_password(None);
    place.set_query(None);
    place.set_fragment(None);
    String::from(place)
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.kind, self.url)
    }
}

impl fmt::Display for HttpErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status { status, .. } => write!(f, "HTTP {status}"),
            Self::Dns { host } => write!(f, "host {host} was not found"),
            Self::Connect { reason } => write!(f, "no connection: {reason}"),
            Self::Interrupted { reason } => write!(f, "the connection broke: {reason}"),
            Self::Tls { failure } => write!(f, "no secure connection: {failure}"),
            Self::WrongScheme { speaks } => write!(f, "the server speaks {speaks}"),
            Self::CaFile { file, reason } => {
                write!(f, "CA file {} ({}): {reason}", file.path.display(), file.setting)
            }
            Self::Proxy { variable } => write!(f, "{variable} holds no proxy URL"),
            Self::Timeout { phase, limit } => {
                let what = match phase {
                    Phase::Connect => "no connection",
                    Phase::Total => "no whole answer",
                    Phase::Idle => "nothing more",
                };
                write!(f, "{what} within {} s", limit.as_secs_f64())
            }
            Self::WrongContent { content_type, expected } => {
                write!(f, "content type {content_type} where {expected} was due")
            }
            Self::Malformed { reason } => f.write_str(reason),
            Self::NotUpgraded { status } => write!(f, "no WebSocket (HTTP {status})"),
            Self::TooLarge { limit } => write!(f, "a body of more than {limit} bytes"),
            Self::Redirect { location, reason } => write!(f, "redirect to {location}: {reason}"),
            Self::InsecureHttp => f.write_str("plain http to another machine"),
            Self::ForeignOrigin { owner } => write!(f, "the credential belongs to {owner}"),
            Self::Renewal { source } => source.fmt(f),
            Self::Pages { reason } => f.write_str(reason),
        }
    }
}

impl std::error::Error for HttpError {}

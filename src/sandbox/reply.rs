//! What the sandbox answers, and the shapes of GitLab's own errors.

use std::time::Duration;

use serde_json::json;

/// An answer. The length or the chunked framing, `date` and `x-request-id` are added when it
/// is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Header fields in order.
    pub headers: Vec<(String, String)>,
    /// What follows them.
    pub body: Body,
}

/// The body of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Sent at once, with its length.
    Whole(Vec<u8>),
    /// Sent piece by piece in chunked coding, each flushed.
    Pieces(Vec<Piece>),
}

/// One chunk of a streamed body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// How long to wait before it.
    pub wait: Duration,
    /// What to send; an empty piece only waits.
    pub bytes: Vec<u8>,
}

impl Reply {
    /// A whole body of some type.
    pub fn whole(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status, headers, body: Body::Whole(body.into()) }
    }

    /// A JSON text.
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::whole(status, "application/json", body)
    }

    /// An event stream.
    pub fn events(pieces: Vec<Piece>) -> Self {
        let reply = Self::whole(200, "text/event-stream; charset=utf-8", "");
        Self { body: Body::Pieces(pieces), ..reply }
    }

    /// With one more header field.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// `{"message": …}`, GitLab's most common error.
    pub fn message(status: u16, text: &str) -> Self {
        Self::json(status, json!({ "message": text }).to_string())
    }

    /// `{"error": …}`, GitLab's error for parameters and routes.
    pub fn error(status: u16, text: &str) -> Self {
        Self::json(status, json!({ "error": text }).to_string())
    }

    /// `{"error": …, "error_description": …}`, the errors of OAuth (RFC 6750 §3.1).
    pub fn oauth_error(status: u16, error: &str, description: &str) -> Self {
        let body = json!({ "error": error, "error_description": description });
        Self::json(status, body.to_string())
    }

    /// `{"detail": …}`, the gateway's own error.
    pub fn detail(status: u16, detail: impl Into<serde_json::Value>) -> Self {
        Self::json(status, json!({ "detail": detail.into() }).to_string())
    }
}

//! What is asked and what comes back, without a word of the HTTP library.

use std::sync::Arc;
use std::time::Duration;

use super::renewal::Renewal;
use crate::model::address::Url;
use crate::model::credential::Credential;

/// The request methods that GitLab's API and its gateway are called with here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, or asks a model.
    Post,
    /// Changes.
    Put,
    /// Changes a part.
    Patch,
    /// Takes away.
    Delete,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// What the body of a good answer has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accept {
    /// JSON; anything else is a proxy's or a login page.
    Json,
    /// A stream of events, or one piece of JSON from a server that does not stream.
    EventStream,
    /// The same, with JSON preferred.
    Answer,
    /// Plain text of any type but HTML, such as a patch or a log.
    Text,
}

/// When a request may be sent a second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resend {
    /// Idempotent: on connect errors, resets, 429, 502, 503 and 504.
    Idempotent,
    /// A model request or a gateway token: only when the connection was never made, or the
    /// status itself says that it was not taken (429, 503, 529).
    WhenNotTaken,
    /// A note, a workflow, an OAuth token: never.
    Never,
}

/// What the body of a refusal says about sending the request again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// Nothing: the status decides.
    Usual,
    /// Not before this time has passed.
    After(Duration),
    /// One more try at most.
    Once,
    /// The same request will be refused again.
    Never,
}

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Where.
    pub url: Url,
    /// What to identify with; attached only where the final URL has its origin.
    pub credential: Option<Credential>,
    /// What gives another credential where that one is rejected.
    pub renewal: Option<Arc<dyn Renewal>>,
    /// Further headers, dropped where a redirect leaves the origin.
    pub headers: Vec<(String, String)>,
    /// The body with its content type.
    pub body: Option<(&'static str, Vec<u8>)>,
    /// What is expected.
    pub accept: Accept,
    /// Whether it may be repeated.
    pub resend: Resend,
    /// The most bytes of the decompressed body that are taken; a stream has no such limit.
    pub limit: u64,
    /// Reads from the status and the body of a refusal whether sending it again makes sense.
    pub advice: Option<fn(u16, &[u8]) -> Advice>,
    /// Its bodies carry credentials (a token exchange) and are never traced.
    pub confidential: bool,
}

impl Request {
    /// The most bytes taken of an ordinary answer: 100 rows of GitLab are well under 1 MiB, a
    /// merge request's diffs can be some MiB.
    pub const ORDINARY_LIMIT: u64 = 64 << 20;

    /// Reads JSON.
    pub fn get(url: Url) -> Self {
        Self {
            method: Method::Get,
            url,
            credential: None,
            renewal: None,
            headers: Vec::new(),
            body: None,
            accept: Accept::Json,
            resend: Resend::Idempotent,
            limit: Self::ORDINARY_LIMIT,
            advice: None,
            confidential: false,
        }
    }

    /// Sends JSON and reads JSON.
    pub fn post_json(url: Url, body: Vec<u8>, resend: Resend) -> Self {
        Self {
            method: Method::Post,
            body: Some(("application/json", body)),
            resend,
            ..Self::get(url)
        }
    }

    /// With a credential.
    #[must_use]
    pub fn with_credential(mut self, credential: Option<Credential>) -> Self {
        self.credential = credential;
        self
    }

    /// With bodies that are never traced.
    #[must_use]
    pub fn confidential(mut self) -> Self {
        self.confidential = true;
        self
    }

    /// With another kind of answer.
    #[must_use]
    pub fn accepting(mut self, accept: Accept) -> Self {
        self.accept = accept;
        self
    }
}

/// A whole answer with a good status (2xx), or what [`super::Client::look`] saw.
#[derive(Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The URL that answered, after redirects.
    pub url: Url,
    /// GitLab's `x-request-id`.
    pub request_id: Option<String>,
    /// All header fields, names in lower case; bytes that are not UTF-8 are U+FFFD.
    pub headers: Vec<(String, String)>,
    /// The decompressed body.
    pub body: Vec<u8>,
    /// The try that succeeded, from its start to the last byte received.
    pub took: Duration,
}

impl Response {
    /// The first field of that name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}

//! An answer whose head has arrived, and what becomes of it: a whole response, a stream or an
//! error.

use std::sync::Arc;
use std::time::Duration;

use super::content;
use super::error::{AnswerHead, HttpError, HttpErrorKind};
use super::incoming::Incoming;
use super::redirect;
use super::request::{Request, Response};
use super::retry;
use super::runtime::Runtime;
use super::stream::Stream;
use super::trace::Trace;
use crate::model::address::Url;
use crate::system::clock::Clock;

/// The most of an error's body that is kept, in bytes.
const ERROR_BODY: usize = 64 << 10;
/// How long an error's body is waited for where no other limit ends it.
const ERROR_BODY_TIME: Duration = Duration::from_secs(30);

pub(super) struct Answer<'a> {
    incoming: Incoming,
    url: Url,
    trace: Trace<'a>,
}

impl<'a> Answer<'a> {
    pub(super) fn new(incoming: Incoming, url: Url, trace: Trace<'a>) -> Self {
        trace.head(incoming.status(), incoming.headers());
        Self { incoming, url, trace }
    }

    pub(super) fn is_good(&self) -> bool {
        (200..300).contains(&self.status())
    }

    /// Where the answer sends us, if it does.
    pub(super) fn redirect(&self) -> Option<String> {
        let location = self.incoming.headers().get(reqwest::header::LOCATION)?;
        redirect::is_redirect(self.status())
            .then(|| String::from_utf8_lossy(location.as_bytes()).into_owned())
    }

    /// An error about this answer.
    pub(super) fn error(&self, kind: HttpErrorKind) -> HttpError {
        let content_type = self.header("content-type").map(str::to_owned);
        let answer = Some(Box::new(AnswerHead { status: self.status(), content_type }));
        HttpError { request_id: self.request_id(), answer, ..HttpError::at(&self.url, kind) }
    }

    /// Says that it has come.
    pub(super) fn traced(&self) {
        self.trace.done(self.status(), self.request_id().as_deref());
    }

    /// The whole of a good answer.
    pub(super) fn into_response(mut self, request: &Request) -> Result<Response, HttpError> {
        let body = match self.body(request.limit) {
            Ok(body) => body,
            Err(kind) => {
                self.trace.failed(&kind);
                return Err(self.error(kind));
            }
        };
        self.traced();
        self.trace.body(&body);
        content::check(request.accept, self.status(), self.header("content-type"), &body)
            .map_err(|kind| self.error(kind))?;
        Ok(self.response(body))
    }

    /// Any answer, with the beginning of its body.
    pub(super) fn into_look(mut self) -> Response {
        let body = self.error_body();
        self.traced();
        self.trace.body(&body);
        self.response(body)
    }

    fn response(self, body: Vec<u8>) -> Response {
        let headers = self.incoming.headers().iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.as_str().to_owned(), value.into_owned())
        });
        Response {
            status: self.status(),
            request_id: self.request_id(),
            headers: headers.collect(),
            took: self.trace.elapsed(),
            url: self.url,
            body,
        }
    }

    /// A good answer whose body is still to come. `content_limit` is how long keep-alives alone
    /// keep it open.
    pub(super) fn into_stream(
        self,
        request: &Request,
        clock: Arc<dyn Clock>,
        content_limit: Duration,
    ) -> Result<Stream, HttpError> {
        self.traced();
        content::check_type(request.accept, self.header("content-type"))
            .map_err(|kind| self.error(kind))?;
        Ok(Stream::new(self.incoming, self.url, clock, content_limit))
    }

    /// An answer that is not a good one. A body that does not come whole is no second error.
    pub(super) fn into_error(mut self, clock: &dyn Clock) -> HttpError {
        let body = self.error_body();
        self.traced();
        self.trace.body(&body);
        let asked = self.header("retry-after");
        self.error(HttpErrorKind::Status {
            status: self.status(),
            retry_after: retry::asked_wait(asked, self.header("date"), clock.now()),
            is_html: content::is_html(self.header("content-type"), &body),
            body,
        })
    }

    /// An answer that switched to the WebSocket protocol (RFC 6455 §4.1) with this proof that the
    /// server read the handshake.
    pub(super) fn into_upgrade(
        self,
        accept: &str,
        clock: &dyn Clock,
    ) -> Result<(reqwest::Response, Runtime), HttpError> {
        let status = self.status();
        if status != 101 {
            let is_ordinary = self.is_good() || status == 426;
            let error = self.into_error(clock);
            let kind = HttpErrorKind::NotUpgraded { status };
            return Err(if is_ordinary { HttpError { kind, ..error } } else { error });
        }
        self.traced();
        let is_ours = self.header("sec-websocket-accept") == Some(accept)
            && self.header("sec-websocket-extensions").is_none();
        if !is_ours {
            let reason = "the answer to the WebSocket handshake is invalid".to_owned();
            return Err(self.error(HttpErrorKind::Malformed { reason }));
        }
        Ok(self.incoming.into_parts())
    }

    fn status(&self) -> u16 {
        self.incoming.status()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.incoming.header(name)
    }

    fn request_id(&self) -> Option<String> {
        self.header("x-request-id").map(str::to_owned)
    }

    /// The limit counts unpacked bytes: a small packed body can be a huge one.
    fn body(&mut self, limit: u64) -> Result<Vec<u8>, HttpErrorKind> {
        let expected = self.incoming.content_length().unwrap_or(0).min(limit);
        let mut body = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
        while let Some(piece) = self.incoming.piece()? {
            if (body.len() + piece.len()) as u64 > limit {
                return Err(HttpErrorKind::TooLarge { limit });
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }

    fn error_body(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        let begun = self.trace.elapsed();
        while body.len() < ERROR_BODY
            && self.trace.elapsed().saturating_sub(begun) < ERROR_BODY_TIME
            && let Ok(Some(piece)) = self.incoming.piece()
        {
            body.extend_from_slice(&piece);
        }
        body.truncate(ERROR_BODY);
        body
    }
}

//! A good answer whose body is read as it comes.

use std::collections::VecDeque;
use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::error::{AnswerHead, HttpError, HttpErrorKind, place};
use super::incoming::Incoming;
use crate::model::address::Url;
use crate::system::clock::Clock;

/// A body on its way. It may be of any length and take any time, but silence for longer than
/// the idle limit ends it with an error.
pub struct Stream {
    incoming: Incoming,
    url: Url,
    /// What came and had no room in the reader's buffer.
    rest: VecDeque<u8>,
    clock: Arc<dyn Clock>,
    /// How long keep-alives alone keep it open.
    content_limit: Duration,
}

impl Stream {
    pub(super) fn new(
        incoming: Incoming,
        url: Url,
        clock: Arc<dyn Clock>,
        content_limit: Duration,
    ) -> Self {
        Self { incoming, url, rest: VecDeque::new(), clock, content_limit }
    }

    pub(super) fn now(&self) -> SystemTime {
        self.clock.now()
    }

    pub(super) fn content_limit(&self) -> Duration {
        self.content_limit
    }

    /// Waits for the next bytes, unpacked; 0 where the body has ended. A body that is cut short
    /// is an error, as far as its framing lets that be known.
    pub fn read(&mut self, buf: &mut [u8]) -> Result<usize, HttpError> {
        while self.rest.is_empty() {
            let piece = self.incoming.piece();
            let Some(piece) = piece.map_err(|kind| self.error(kind))? else {
                return Ok(0);
            };
            let (fits, more) = piece.split_at(piece.len().min(buf.len()));
            buf[..fits.len()].copy_from_slice(fits);
            self.rest.extend(more);
            if !fits.is_empty() {
                return Ok(fits.len());
            }
        }
        // A read from memory cannot fail.
        Ok(self.rest.read(buf).unwrap_or(0))
    }

    /// GitLab's `x-request-id`.
    pub fn request_id(&self) -> Option<&str> {
        self.header("x-request-id")
    }

    /// The first field of that name (lower case), where its value is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.incoming.header(name)
    }

    /// The URL that answered, after redirects.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The same without its query, for a report.
    pub fn place(&self) -> String {
        place(&self.url)
    }

    /// An error about this response, for the code that interprets it.
    pub fn error(&self, kind: HttpErrorKind) -> HttpError {
        let request_id = self.request_id().map(str::to_owned);
        let content_type = self.header("content-type").map(str::to_owned);
        let answer = Some(Box::new(AnswerHead { status: self.incoming.status(), content_type }));
        HttpError { request_id, answer, ..HttpError::at(&self.url, kind) }
    }
}

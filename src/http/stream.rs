//! A good answer whose body is read as it comes.

use std::io::{ErrorKind, Read as _};

use reqwest::blocking;

use super::error::{HttpError, HttpErrorKind};
use super::failure::{self, Limits};
use crate::model::address::Url;

/// A body on its way. It may be of any length and take any time, but silence for longer than
/// the idle limit ends it with an error.
pub struct Stream {
    response: blocking::Response,
    url: Url,
    limits: Limits,
}

impl Stream {
    pub(super) fn new(response: blocking::Response, url: Url, limits: Limits) -> Self {
        Self { response, url, limits }
    }

    /// Waits for the next bytes, unpacked; 0 where the body has ended. A body that is cut short
    /// is an error, as far as its framing lets that be known.
    pub fn read(&mut self, buf: &mut [u8]) -> Result<usize, HttpError> {
        loop {
            match self.response.read(buf) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.error(failure::of_body(&error, self.limits))),
                Ok(count) => return Ok(count),
            }
        }
    }

    /// GitLab's `x-request-id`.
    pub fn request_id(&self) -> Option<&str> {
        self.header("x-request-id")
    }

    /// The `Content-Type` as sent.
    pub fn content_type(&self) -> Option<&str> {
        self.header("content-type")
    }

    /// The first field of that name (lower case), where its value is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// The URL that answered, after redirects.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// An error about this answer, for whoever reads its meaning.
    pub fn error(&self, kind: HttpErrorKind) -> HttpError {
        let request_id = self.request_id().map(str::to_owned);
        HttpError { request_id, ..HttpError::at(&self.url, kind) }
    }
}

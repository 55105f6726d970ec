//! An answer whose head is there and whose body comes piece by piece.

use std::ops::Deref;

use reqwest::Response;
use reqwest::header::HeaderMap;

use super::error::HttpErrorKind;
use super::failure::{self, Limits};
use super::runtime::{OutOfTime, Runtime};

pub(super) struct Incoming {
    response: Response,
    runtime: Runtime,
    limits: Limits,
}

impl Incoming {
    pub(super) fn new(response: Response, runtime: Runtime, limits: Limits) -> Self {
        Self { response, runtime, limits }
    }

    /// The library's own response, for an upgrade.
    pub(super) fn into_parts(self) -> (Response, Runtime) {
        (self.response, self.runtime)
    }

    pub(super) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// The first field of that name (lower case), where its value is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers().get(name)?.to_str().ok()
    }

    /// The length that the server announces, unless it is that of a packed body.
    pub(super) fn content_length(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// Waits for the next bytes, unpacked; `None` where the body has ended.
    pub(super) fn piece(
        &mut self,
    ) -> Result<Option<impl Deref<Target = [u8]> + use<>>, HttpErrorKind> {
        match self.runtime.wait(self.limits.of_a_wait(), self.response.chunk()) {
            Ok(Ok(piece)) => Ok(piece),
            Ok(Err(error)) => Err(failure::of_body(&error, self.limits)),
            Err(OutOfTime) => Err(self.limits.ran_out()),
        }
    }
}

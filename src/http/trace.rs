//! What `-v` and `-vv` say about every try of a request; secrets are taken out on the way.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use reqwest::header::HeaderMap;

use super::error::HttpErrorKind;
use crate::model::redact::REDACTED;
use crate::system::clock::Clock;
use crate::system::notes::{Notes, Verbosity};

/// The most of a body that is shown.
const BODY: usize = 64 << 10;

/// One try of one request, timed from its start.
pub(super) struct Trace<'a> {
    notes: &'a Notes,
    clock: &'a dyn Clock,
    started: SystemTime,
    /// Method and URL; empty where nobody wants to know.
    line: String,
    confidential: bool,
}

impl<'a> Trace<'a> {
    /// Starts the clock.
    pub(super) fn start(
        notes: &'a Notes,
        clock: &'a dyn Clock,
        request: &reqwest::Request,
        confidential: bool,
    ) -> Self {
        let line = match notes.verbosity() {
            Verbosity::Quiet | Verbosity::Normal => String::new(),
            Verbosity::Requests | Verbosity::Bodies => {
                format!("{} {}", request.method(), request.url())
            }
        };
        let trace = Self { notes, clock, started: clock.now(), line, confidential };
        if trace.shows_bodies() {
            trace.say(Verbosity::Bodies, &format!("> {}", trace.line));
            trace.headers('>', request.headers());
            if let Some(body) = request.body().and_then(reqwest::Body::as_bytes) {
                trace.body(body);
            }
        }
        trace
    }

    /// Since the start.
    pub(super) fn elapsed(&self) -> Duration {
        self.clock.now().duration_since(self.started).unwrap_or_default()
    }

    /// The answer is there, an ordinary one with its body, a stream with its head.
    pub(super) fn done(&self, status: u16, request_id: Option<&str>) {
        if self.line.is_empty() {
            return;
        }
        let mut line = format!("{} {status} {} ms", self.line, self.elapsed().as_millis());
        if let Some(id) = request_id {
            // Writing to a string cannot fail.
            let _ = write!(line, " (request id {id})");
        }
        self.say(Verbosity::Requests, &line);
    }

    /// The answer did not come, or not whole.
    pub(super) fn failed(&self, kind: &HttpErrorKind) {
        if !self.line.is_empty() {
            let millis = self.elapsed().as_millis();
            self.say(Verbosity::Requests, &format!("{} failed {millis} ms: {kind}", self.line));
        }
    }

    /// The head of an answer.
    pub(super) fn head(&self, status: u16, headers: &HeaderMap) {
        if self.shows_bodies() {
            self.say(Verbosity::Bodies, &format!("< {status}"));
            self.headers('<', headers);
        }
    }

    /// A body. Redacted before it is cut: half a secret would not be known for one.
    pub(super) fn body(&self, body: &[u8]) {
        if !self.shows_bodies() || body.is_empty() {
            return;
        }
        if self.confidential {
            self.say(Verbosity::Bodies, &format!("({} bytes, not shown)", body.len()));
            return;
        }
        let text = String::from_utf8_lossy(body);
        let clean = self.notes.redactor().redact(&text);
        let shown = &clean[..clean.floor_char_boundary(BODY)];
        self.say(Verbosity::Bodies, shown);
        if shown.len() < clean.len() {
            self.say(Verbosity::Bodies, &format!("(the first {BODY} of {} bytes)", body.len()));
        }
    }

    fn headers(&self, direction: char, headers: &HeaderMap) {
        for (name, value) in headers {
            let value = if value.is_sensitive() {
                REDACTED.into()
            } else {
                String::from_utf8_lossy(value.as_bytes())
            };
            self.say(Verbosity::Bodies, &format!("{direction} {name}: {value}"));
        }
    }

    fn shows_bodies(&self) -> bool {
        self.notes.verbosity() >= Verbosity::Bodies
    }

    fn say(&self, level: Verbosity, text: &str) {
        self.notes.trace(level, text);
    }
}

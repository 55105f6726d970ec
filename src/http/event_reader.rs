//! A response read event by event.

use std::time::SystemTime;

use super::error::{HttpError, HttpErrorKind, Phase};
use super::sse::{Event, EventTooLarge, LARGEST_EVENT, SseParser};
use super::stream::Stream;

/// Reads a stream of events, each as soon as the blank line that ends it has arrived. Keep-alives
/// keep it open for a while only: [`EventReader::content_came`] tells what is none.
pub struct EventReader {
    stream: Stream,
    parser: SseParser,
    /// What the parser found ahead of the reader.
    ahead: Option<Result<(), EventTooLarge>>,
    /// Whether the body is one piece of JSON, once that is known.
    is_json: Option<bool>,
    last_content: SystemTime,
}

impl EventReader {
    /// Reads this response.
    pub fn new(stream: Stream) -> Self {
        let last_content = stream.now();
        Self { stream, parser: SseParser::default(), ahead: None, is_json: None, last_content }
    }

    /// Whether the body is one piece of JSON and not a stream, whatever its type says. Waits for
    /// the first bytes; call it before anything else.
    pub fn is_json(&mut self) -> Result<bool, HttpError> {
        while self.is_json.is_none() {
            self.is_json = match self.parser.first_byte() {
                Some(first) => Some(matches!(first, b'{' | b'[')),
                None if self.fill()? == 0 => Some(false),
                None => None,
            };
        }
        Ok(self.is_json == Some(true))
    }

    /// The whole body of a response that is no stream.
    pub fn read_rest(&mut self, most: usize) -> Result<Vec<u8>, HttpError> {
        let mut body = std::mem::take(&mut self.parser).into_input();
        while body.len() <= most {
            let length = self.fill()?;
            if length == 0 {
                return Ok(body);
            }
            let piece = std::mem::take(&mut self.parser).into_input();
            if !piece.trim_ascii().is_empty() {
                self.content_came();
            }
            body.extend_from_slice(&piece);
        }
        Err(self.stream.error(HttpErrorKind::TooLarge { limit: most as u64 }))
    }

    /// The next event; `None` if the stream has ended. Whether it was allowed to end there
    /// only the protocol above knows. An event without its blank line does not count.
    pub fn next_event(&mut self) -> Result<Option<Event<'_>>, HttpError> {
        while !self.has_buffered_event() {
            if self.fill()? == 0 {
                return Ok(None);
            }
        }
        match self.ahead.take() {
            Some(Err(EventTooLarge)) => {
                let reason = format!("an event of more than {LARGEST_EVENT} bytes");
                Err(self.stream.error(HttpErrorKind::Malformed { reason }))
            }
            Some(Ok(())) | None => Ok(Some(self.parser.current())),
        }
    }

    /// Whether the next event, or what is wrong with it, is in memory already: reading it will
    /// not wait.
    pub fn has_buffered_event(&mut self) -> bool {
        if self.ahead.is_none() {
            self.ahead = match self.parser.advance() {
                Ok(true) => Some(Ok(())),
                Ok(false) => None,
                Err(error) => Some(Err(error)),
            };
        }
        self.ahead.is_some()
    }

    /// What was read last is more than a keep-alive.
    pub fn content_came(&mut self) {
        self.last_content = self.stream.now();
    }

    /// The response that is being read.
    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    /// Reads some bytes; fails if there was no content for too long, whatever else came.
    fn fill(&mut self) -> Result<usize, HttpError> {
        let limit = self.stream.content_limit();
        let silence = self.stream.now().duration_since(self.last_content).unwrap_or_default();
        if silence >= limit {
            return Err(self.stream.error(HttpErrorKind::Timeout { phase: Phase::Idle, limit }));
        }
        let count = self.stream.read(self.parser.room())?;
        self.parser.filled(count);
        Ok(count)
    }
}

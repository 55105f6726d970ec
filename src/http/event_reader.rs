//! An answer read event by event.

use super::error::{HttpError, HttpErrorKind};
use super::sse::{Event, EventTooLarge, LARGEST_EVENT, SseParser};
use super::stream::Stream;

/// Reads a stream of events, each as soon as the blank line that ends it has arrived.
pub struct EventReader {
    stream: Stream,
    parser: SseParser,
    /// What the parser found ahead of the reader.
    ahead: Option<Result<(), EventTooLarge>>,
}

impl EventReader {
    /// Reads from this answer.
    pub fn new(stream: Stream) -> Self {
        Self { stream, parser: SseParser::default(), ahead: None }
    }

    /// The next event; `None` where the stream has ended. Whether it was allowed to end there
    /// only the protocol above knows. An event without its blank line does not count.
    pub fn next_event(&mut self) -> Result<Option<Event<'_>>, HttpError> {
        while !self.has_buffered_event() {
            let count = self.stream.read(self.parser.room())?;
            if count == 0 {
                return Ok(None);
            }
            self.parser.filled(count);
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

    /// The answer that is being read.
    pub fn stream(&self) -> &Stream {
        &self.stream
    }
}

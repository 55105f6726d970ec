//! An answer read event by event.

use super::error::{HttpError, HttpErrorKind};
use super::sse::{Event, EventTooLarge, LARGEST_EVENT, SseParser};
use super::stream::Stream;

/// Reads a stream of events, each as soon as the blank line that ends it has arrived.
pub struct EventReader {
    stream: Stream,
    parser: SseParser,
}

impl EventReader {
    /// Reads from this answer.
    pub fn new(stream: Stream) -> Self {
        Self { stream, parser: SseParser::default() }
    }

    /// The next event; `None` where the stream has ended. Whether it was allowed to end there
    /// only the protocol above knows. An event without its blank line does not count.
    pub fn next_event(&mut self) -> Result<Option<Event<'_>>, HttpError> {
        while !self.advance()? {
            let count = self.stream.read(self.parser.room())?;
            if count == 0 {
                return Ok(None);
            }
            self.parser.filled(count);
        }
        Ok(Some(self.parser.current()))
    }

    /// The answer that is being read.
    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    fn advance(&mut self) -> Result<bool, HttpError> {
        self.parser.advance().map_err(|EventTooLarge| {
            let reason = format!("an event of more than {LARGEST_EVENT} bytes");
            self.stream.error(HttpErrorKind::Malformed { reason })
        })
    }
}

//! One connection from the service's side: frames out and in, signs of life, the close.
//!
//! The stream cannot be read and written at the same time, so that what the client did meanwhile
//! is found out by a ping: whatever it sent before its pong has been read by then.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tungstenite::error::{CapacityError, Error};
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::protocol::frame::{CloseFrame, Frame};
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Message, WebSocket};

use super::fields::{Fields, Wrong};
use crate::system::clock::Clock;

/// A connection that was switched over.
pub trait Stream: Read + Write + Send {}

impl<S: Read + Write + Send> Stream for S {}

/// The most bytes of a message.
const LARGEST: usize = 4 << 20;
/// A longer message goes out in several frames.
const FRAME: usize = 4096;
/// What the websocket library reads ahead, in bytes.
const READ_BUFFER: usize = 128 << 10;
/// The longest reason that a close frame takes (RFC 6455 §5.5).
const REASON: usize = 123;
/// A client shows its life every minute; half of one is forgiven.
const HEARTBEAT: Duration = Duration::from_secs(90);
const PONG: Duration = Duration::from_secs(30);

/// How a conversation ends before its script does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// This side closes.
    Close(u16, String),
    /// The client wants the workflow stopped.
    Stop,
    /// The client closed in good order, which stops the workflow too.
    Left,
    /// The connection is gone, and the workflow waits for another one.
    Lost,
}

/// What the client has to say.
#[derive(Debug, PartialEq)]
pub(super) enum Event {
    Start(Value),
    Answer(Value),
}

pub(super) struct Socket<'w> {
    web: WebSocket<Box<dyn Stream>>,
    clock: &'w dyn Clock,
    /// When the client showed its life last.
    heartbeat: SystemTime,
    /// Pings without a pong yet, and when they went.
    pings: VecDeque<(u64, SystemTime)>,
    count: u64,
    /// Bytes of a message that is not taken in.
    refused: usize,
}

impl From<Wrong> for End {
    /// A wrong type is told by 1000, everything else that is invalid by 4400.
    fn from(wrong: Wrong) -> Self {
        match wrong {
            Wrong::Type(name) => Self::Close(1000, format!("{name} has the wrong type")),
            Wrong::Missing(name) => invalid(&format!("{name} is missing")),
            Wrong::Unknown(name) => invalid(&format!("unknown field {name}")),
            Wrong::Value(words) => invalid(&words),
        }
    }
}

/// An invalid request.
pub(super) fn invalid(words: &str) -> End {
    End::Close(4400, words.to_owned())
}

impl<'w> Socket<'w> {
    pub(super) fn new(stream: Box<dyn Stream>, clock: &'w dyn Clock) -> Self {
        let limits = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .max_message_size(Some(LARGEST))
            .max_frame_size(Some(LARGEST));
        Self {
            web: WebSocket::from_raw_socket(stream, Role::Server, Some(limits)),
            clock,
            heartbeat: clock.now(),
            pings: VecDeque::new(),
            count: 0,
            refused: 0,
        }
    }

    /// Sends a message as GitLab does, in binary.
    pub(super) fn send(&mut self, message: &Value) -> Result<(), End> {
        let bytes = message.to_string().into_bytes();
        let last = bytes.chunks(FRAME).count().saturating_sub(1);
        for (at, part) in bytes.chunks(FRAME).enumerate() {
            let kind = if at == 0 { Data::Binary } else { Data::Continue };
            let frame = Frame::message(part.to_vec(), OpCode::Data(kind), at == last);
            self.web.write(Message::Frame(frame)).map_err(|_| End::Lost)?;
        }
        self.web.flush().map_err(|_| End::Lost)
    }

    /// Sends a ping, whose pong must come in time whatever the client is doing.
    pub(super) fn ping(&mut self) -> Result<u64, End> {
        self.count += 1;
        self.pings.push_back((self.count, self.clock.now()));
        let payload = self.count.to_string().into_bytes();
        self.web.send(Message::Ping(payload.into())).map_err(|_| End::Lost)?;
        Ok(self.count)
    }

    /// Waits a little, then takes in what the client sent meanwhile; it has nothing to say now
    /// but that it wants to stop.
    pub(super) fn pause(&mut self, duration: Duration) -> Result<(), End> {
        self.clock.sleep(duration);
        let ping = self.ping()?;
        while self.pings.iter().any(|(number, _)| *number == ping) {
            match self.message()? {
                Some(Event::Answer(_)) => return Err(invalid("no action waits for an answer")),
                Some(Event::Start(_)) => return Err(invalid("the workflow has started already")),
                None => {}
            }
        }
        Ok(())
    }

    /// Waits for what the client has to say.
    pub(super) fn event(&mut self) -> Result<Event, End> {
        loop {
            if let Some(event) = self.message()? {
                return Ok(event);
            }
        }
    }

    /// Says why, and waits for the client's goodbye.
    pub(super) fn close(mut self, code: u16, reason: &str) {
        let mut end = reason.len().min(REASON);
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        let frame = CloseFrame { code: code.into(), reason: reason[..end].into() };
        if self.web.close(Some(frame)).is_err() {
            return;
        }
        if self.refused > 0 {
            // The reader is of no more use behind a frame it refused, but a client that is not
            // done with writing would never come to read why.
            let rest = self.refused.saturating_sub(READ_BUFFER) as u64;
            let _ = io::copy(&mut self.web.get_mut().take(rest), &mut io::sink());
        } else {
            while self.web.read().is_ok() {}
        }
    }

    /// One message; `None` for one of those that only show life.
    fn message(&mut self) -> Result<Option<Event>, End> {
        let message = self.web.read();
        self.check_pongs()?;
        match message {
            Ok(Message::Text(text)) => self.read(text.as_bytes()),
            Ok(Message::Binary(bytes)) => self.read(&bytes),
            Ok(Message::Pong(payload)) => {
                let number = std::str::from_utf8(&payload).ok().and_then(|text| text.parse().ok());
                // One pong may stand for several pings (RFC 6455 §5.5.3).
                self.pings.retain(|(own, _)| number.is_none_or(|number: u64| *own > number));
                Ok(None)
            }
            Ok(Message::Ping(_) | Message::Frame(_)) => Ok(None),
            Ok(Message::Close(frame)) => {
                let code = frame.map_or(1005, |frame| u16::from(frame.code));
                Err(if matches!(code, 1000 | 1001) { End::Left } else { End::Lost })
            }
            Err(Error::Capacity(error)) => {
                if let CapacityError::MessageTooLong { size, .. } = error {
                    self.refused = size;
                }
                Err(End::Close(1009, "the message is too big".to_owned()))
            }
            Err(Error::Utf8(_)) => Err(End::Close(1007, "the text is no UTF-8".to_owned())),
            Err(Error::Protocol(error)) => Err(End::Close(1002, error.to_string())),
            Err(_) => Err(End::Lost),
        }
    }

    fn check_pongs(&self) -> Result<(), End> {
        let oldest = self.pings.front().map(|(_, sent)| *sent);
        let is_late = oldest.is_some_and(|sent| self.since(sent) > PONG);
        if is_late { Err(End::Lost) } else { Ok(()) }
    }

    fn read(&mut self, bytes: &[u8]) -> Result<Option<Event>, End> {
        let wrong = || End::from(Wrong::Type("the message".to_owned()));
        let message: Value = serde_json::from_slice(bytes).map_err(|_| wrong())?;
        let object = message.as_object().ok_or_else(wrong)?;
        let mut keys = object.iter();
        let (Some((name, value)), None) = (keys.next(), keys.next()) else {
            return Err(invalid("a message has exactly one event"));
        };
        match name.as_str() {
            "heartbeat" => {
                let mut fields = Fields::of(value, name)?;
                fields.number("timestamp")?.ok_or(Wrong::Missing("timestamp".to_owned()))?;
                fields.finish()?;
                self.heartbeat = self.clock.now();
                Ok(None)
            }
            "stopWorkflow" => {
                let mut fields = Fields::of(value, name)?;
                fields.string("reason")?;
                fields.finish()?;
                Err(End::Stop)
            }
            _ if self.since(self.heartbeat) > HEARTBEAT => {
                Err(invalid("the heartbeat is late: it is due every 60 s"))
            }
            "startRequest" => Ok(Some(Event::Start(value.clone()))),
            "actionResponse" => Ok(Some(Event::Answer(value.clone()))),
            _ => Err(invalid(&format!("unknown event {name}"))),
        }
    }

    fn since(&self, earlier: SystemTime) -> Duration {
        self.clock.now().duration_since(earlier).unwrap_or_default()
    }
}

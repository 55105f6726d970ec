//! One connection from the service's side: frames out and in, pings, the close.
//!
//! The stream cannot be read and written at the same time. A ping finds out what the client did
//! meanwhile: whatever it sent before its pong has been read by then.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tungstenite::error::{CapacityError, Error};
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::protocol::frame::{CloseFrame, Frame};
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Message, WebSocket};

use super::events::{self, Event};
use crate::system::clock::Clock;

/// A connection that was switched over.
pub trait Stream: Read + Write + Send {}

impl<S: Read + Write + Send> Stream for S {}

/// The most bytes of one gRPC message, in both directions.
const LARGEST: usize = 4 << 20;
/// A longer message goes out in several frames.
const FRAME: usize = 4096;
/// What the websocket library reads ahead, in bytes.
const READ_BUFFER: usize = 128 << 10;
/// The longest reason that a close frame takes (RFC 6455 §5.5).
const REASON: usize = 123;
const PONG: Duration = Duration::from_secs(30);

/// How a conversation ends before its script does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// This side closes.
    Close(u16, String),
    /// The run fails: a checkpoint says so before the close.
    Fail(u16, String),
    /// The client wants the workflow stopped.
    Stop,
    /// The client closed with 1000 or 1001, which stops the workflow too.
    Left,
    /// The connection is lost, and the workflow waits for another one.
    Lost,
}

impl End {
    /// The close of everything that is over, and of every error without a code of its own.
    pub(super) fn normal() -> Self {
        Self::Close(1000, String::new())
    }
}

pub(super) struct Socket<'w> {
    web: WebSocket<Box<dyn Stream>>,
    clock: &'w dyn Clock,
    /// Pings without a pong yet, and when they were sent.
    pings: VecDeque<(u64, SystemTime)>,
    count: u64,
    /// Bytes of a message that was too long.
    refused: usize,
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
            pings: VecDeque::new(),
            count: 0,
            refused: 0,
        }
    }

    /// Sends a message as Workhorse does, in binary.
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

    /// Waits a little, then reads what the client sent meanwhile. Only a stop counts; other
    /// events belong to nothing now.
    pub(super) fn pause(&mut self, duration: Duration) -> Result<(), End> {
        self.clock.sleep(duration);
        let ping = self.ping()?;
        while self.pings.iter().any(|(number, _)| *number == ping) {
            if let Event::Stop = self.event()? {
                return Err(End::Stop);
            }
        }
        Ok(())
    }

    /// The next event; one that says nothing for a ping, a pong or a heartbeat.
    pub(super) fn event(&mut self) -> Result<Event, End> {
        let message = self.web.read();
        self.check_pongs()?;
        match message {
            Ok(Message::Text(text)) => events::read(text.as_bytes()).ok_or_else(End::normal),
            Ok(Message::Binary(bytes)) => events::read(&bytes).ok_or_else(End::normal),
            Ok(Message::Pong(payload)) => {
                let number = std::str::from_utf8(&payload).ok().and_then(|text| text.parse().ok());
                // One pong may answer several pings (RFC 6455 §5.5.3).
                self.pings.retain(|(own, _)| number.is_none_or(|number: u64| *own > number));
                Ok(Event::Nothing)
            }
            Ok(Message::Ping(_) | Message::Frame(_)) => Ok(Event::Nothing),
            Ok(Message::Close(frame)) => {
                let code = frame.map_or(1005, |frame| u16::from(frame.code));
                Err(if matches!(code, 1000 | 1001) { End::Left } else { End::Lost })
            }
            Err(Error::Capacity(error)) => {
                if let CapacityError::MessageTooLong { size, .. } = error {
                    self.refused = size;
                }
                Err(End::normal())
            }
            Err(Error::Utf8(_)) => Err(End::Close(1007, "the text is no UTF-8".to_owned())),
            Err(Error::Protocol(error)) => Err(End::Close(1002, error.to_string())),
            Err(_) => Err(End::Lost),
        }
    }

    /// Says why, and waits for the client's close.
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
            // The reader is of no more use behind a frame that it refused, but a client that is
            // still writing would never read why.
            let rest = self.refused.saturating_sub(READ_BUFFER) as u64;
            let _ = io::copy(&mut self.web.get_mut().take(rest), &mut io::sink());
        } else {
            while self.web.read().is_ok() {}
        }
    }

    fn check_pongs(&self) -> Result<(), End> {
        let oldest = self.pings.front().map(|(_, sent)| *sent);
        let age = oldest.and_then(|sent| self.clock.now().duration_since(sent).ok());
        if age.is_some_and(|age| age > PONG) { Err(End::Lost) } else { Ok(()) }
    }
}

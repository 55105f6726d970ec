//! One connection to the workflow service that stands: frames in and out, signs of life.

use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tungstenite::error::{CapacityError, Error, ProtocolError};
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tungstenite::{Message, WebSocket};

use super::error::Lost;
use super::inflow::Inflow;
use super::protocol;
use crate::http::Connection;
use crate::system::bell::Bell;
use crate::system::clock::Deadline;

/// The most bytes of a message, whole or in fragments.
pub(super) const LARGEST: usize = 4 << 20;
/// What one look takes from the connection, so that a flood does not keep it for ever.
const LOOK: usize = 256 << 10;
/// Bytes that bring no message: one whole message in the smallest sensible fragments.
const BARREN: usize = 2 * LARGEST;
/// How long a write that nobody takes is borne.
const PATIENCE: Duration = Duration::from_secs(30);

/// When this side shows that it lives, and how long it waits for the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) ping: Duration,
    pub(super) heartbeat: Duration,
    /// An answer after so long a silence of this side comes behind a heartbeat.
    pub(super) quiet: Duration,
    /// How long the other side's close is waited for: it holds a lock until then.
    pub(super) farewell: Duration,
    pub(super) reconnect: Duration,
    pub(super) lock: Duration,
    /// How long an approval may be announced before it says for what.
    pub(super) approval: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            ping: Duration::from_secs(45),
            heartbeat: Duration::from_mins(1),
            quiet: Duration::from_secs(30),
            farewell: Duration::from_secs(3),
            reconnect: Duration::from_secs(1),
            lock: Duration::from_millis(1500),
            approval: Duration::from_secs(10),
        }
    }
}

/// What a look at the socket brought.
pub(super) enum Incoming {
    Message(Vec<u8>),
    /// Something that says nothing, or a part of a message: look again.
    Sign,
    Nothing,
    Closed(u16, String),
}

pub(super) struct Socket {
    frames: WebSocket<Connection>,
    pace: Pace,
    idle: Duration,
    /// Looks that used up all they may take and brought no message, in bytes.
    barren: usize,
    stuck: Option<Deadline>,
    silent_at: Deadline,
    ping_at: Deadline,
    heartbeat_at: Deadline,
    quiet_at: Deadline,
}

impl Socket {
    /// Over a connection whose handshakes are done.
    pub(super) fn over(connection: Connection, pace: Pace, idle: Duration) -> Self {
        connection.allow(LOOK);
        let config = WebSocketConfig::default()
            .max_message_size(Some(LARGEST))
            .max_frame_size(Some(LARGEST));
        Self {
            frames: WebSocket::from_raw_socket(connection, Role::Client, Some(config)),
            pace,
            idle,
            barren: 0,
            stuck: None,
            silent_at: Deadline::after(idle),
            ping_at: Deadline::after(pace.ping),
            heartbeat_at: Deadline::after(pace.heartbeat),
            quiet_at: Deadline::after(pace.quiet),
        }
    }

    /// What is there by now; waits for nothing. Pings are answered here.
    pub(super) fn look(&mut self, now: SystemTime, inflow: &mut Inflow) -> Result<Incoming, Lost> {
        self.show_life(now)?;
        self.frames.get_ref().allow(LOOK);
        let message = match self.frames.read() {
            Ok(message) => message,
            Err(Error::Io(error)) if is_patience(&error) => return self.nothing(),
            Err(error) => return Err(self.fault(&error)),
        };
        self.barren = 0;
        self.silent_at = Deadline::after(self.idle);
        inflow.frame(message.len()).map_err(Lost::Malformed)?;
        Ok(match message {
            Message::Text(text) => Incoming::Message(text.as_bytes().to_vec()),
            Message::Binary(bytes) => Incoming::Message(bytes.to_vec()),
            Message::Close(frame) => {
                let code = frame.as_ref().map_or(1005, |frame| frame.code.into());
                let reason = frame.map(|frame| frame.reason.to_string()).unwrap_or_default();
                Incoming::Closed(code, reason)
            }
            _ => Incoming::Sign,
        })
    }

    fn nothing(&mut self) -> Result<Incoming, Lost> {
        if self.frames.get_ref().is_spent() {
            self.barren += LOOK;
            return if self.barren > BARREN {
                Err(Lost::Malformed("endless fragments".to_owned()))
            } else {
                Ok(Incoming::Sign)
            };
        }
        if self.silent_at.has_passed() {
            return Err(Lost::Silent(self.idle.as_secs()));
        }
        Ok(Incoming::Nothing)
    }

    /// How long there is nothing to be done if nothing comes.
    pub(super) fn rest(&self) -> Duration {
        let soon = if self.stuck.is_some() { Duration::from_millis(20) } else { Duration::MAX };
        let next = [self.silent_at, self.ping_at, self.heartbeat_at];
        next.iter().map(Deadline::left).fold(soon, Duration::min)
    }

    fn show_life(&mut self, now: SystemTime) -> Result<(), Lost> {
        if self.ping_at.has_passed() {
            self.ping_at = Deadline::after(self.pace.ping);
            self.send_message(Message::Ping(Vec::new().into()))?;
        }
        if self.heartbeat_at.has_passed() {
            self.beat(now)?;
        }
        if let Some(until) = self.stuck {
            let flushed = self.frames.flush();
            self.written(flushed)?;
            if self.stuck.is_some() && until.has_passed() {
                return Err(Lost::Broken("the server takes nothing".to_owned()));
            }
        }
        Ok(())
    }

    fn beat(&mut self, now: SystemTime) -> Result<(), Lost> {
        self.heartbeat_at = Deadline::after(self.pace.heartbeat);
        let milliseconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        self.send(protocol::heartbeat(u64::try_from(milliseconds).unwrap_or_default()))
    }

    /// An answer to an action; the service takes one after a long silence for late.
    pub(super) fn answer(&mut self, text: String, now: SystemTime) -> Result<(), Lost> {
        if self.quiet_at.has_passed() {
            self.beat(now)?;
        }
        self.send(text)
    }

    pub(super) fn send(&mut self, text: String) -> Result<(), Lost> {
        self.quiet_at = Deadline::after(self.pace.quiet);
        self.send_message(Message::text(text))
    }

    fn send_message(&mut self, message: Message) -> Result<(), Lost> {
        let sent = self.frames.send(message);
        self.written(sent)
    }

    /// What could not be written at once is kept, and written with the next looks.
    fn written(&mut self, outcome: Result<(), Error>) -> Result<(), Lost> {
        match outcome {
            Ok(()) => {
                self.stuck = None;
                Ok(())
            }
            Err(Error::Io(error)) if is_patience(&error) => {
                self.stuck.get_or_insert(Deadline::after(PATIENCE));
                Ok(())
            }
            Err(error) => Err(Lost::Broken(error.to_string())),
        }
    }

    /// Ends what is not the protocol with the code that says so (RFC 6455 §7.4.1).
    fn fault(&mut self, error: &Error) -> Lost {
        let code = match error {
            Error::Capacity(CapacityError::MessageTooLong { .. }) => CloseCode::Size,
            Error::Utf8(_) => CloseCode::Invalid,
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
                return Lost::Broken("it was reset".to_owned());
            }
            Error::Protocol(_) | Error::Capacity(_) => CloseCode::Protocol,
            other => return Lost::Broken(other.to_string()),
        };
        let _ = self.frames.close(Some(CloseFrame { code, reason: "".into() }));
        Lost::Malformed(error.to_string())
    }

    /// Says goodbye, and waits a little for the other side's.
    pub(super) fn close(mut self, bell: &Bell) {
        let _ = self.frames.close(Some(CloseFrame { code: CloseCode::Normal, reason: "".into() }));
        let until = Deadline::after(self.pace.farewell);
        while !until.has_passed() {
            self.frames.get_ref().allow(LOOK);
            match self.frames.read() {
                Ok(_) => {}
                Err(Error::Io(error)) if is_patience(&error) => {
                    let _ = self.frames.flush();
                    bell.wait(until.left().min(Duration::from_millis(100)));
                }
                Err(_) => break,
            }
        }
        // A ring that was for somebody else is not lost.
        bell.ring();
    }
}

fn is_patience(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}

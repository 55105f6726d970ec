//! The connection to the workflow service through all its sockets: opened on a thread of its own,
//! so that a signal is noticed meanwhile, and opened again after a loss.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use super::error::{Loss, WorkflowError};
use super::event::Limits;
use super::incoming::IncomingLimits;
use super::protocol;
use crate::gitlab::{Gitlab, GitlabError, WorkflowSocket};
use crate::http::{HttpErrorKind, Resend, SocketError, SocketEvent, WebSocket};
use crate::system::clock::{Clock, Deadline};
use crate::system::notes::Verbosity;
use crate::system::notify::Notify;

/// How often to wait for another connection that holds the workflow.
const LOCK_ATTEMPTS: u32 = 8;
/// The longest wait between two attempts.
const LONGEST_BACKOFF: Duration = Duration::from_secs(20);
/// A wait is cut into such pieces, so that a signal is noticed.
const WAIT_PIECE: Duration = Duration::from_millis(100);

/// When this side shows that it is alive, and how long it waits for the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct PingSchedule {
    pub(super) ping: Duration,
    pub(super) reconnect: Duration,
    pub(super) lock: Duration,
    /// How long the service may take to close after a final or waiting status.
    pub(super) close: Duration,
    /// How long the service may take to stop.
    pub(super) stop: Duration,
    /// How long pings alone keep a run alive, unless the idle limit is longer.
    pub(super) content: Duration,
}

impl Default for PingSchedule {
    fn default() -> Self {
        Self {
            ping: Duration::from_secs(45),
            reconnect: Duration::from_secs(1),
            lock: Duration::from_millis(1500),
            close: Duration::from_secs(3),
            stop: Duration::from_secs(5),
            content: Duration::from_mins(10),
        }
    }
}

/// What happened on the connection.
pub(super) enum ConnectionEvent {
    Nothing,
    /// It is open, and nothing was sent on it yet.
    Opened,
    Message(Vec<u8>),
    Closed {
        code: u16,
        reason: String,
    },
    Lost(Loss),
}

enum State {
    /// No socket, and none wanted.
    Closed,
    /// To be opened after this wait.
    Waiting(Duration),
    Opening(Receiver<Result<WebSocket, GitlabError>>),
    Open(Box<OpenSocket>),
}

struct OpenSocket {
    socket: WebSocket,
    /// Nothing at all came until then.
    silent_at: Deadline,
    /// No message came until then.
    empty_at: Deadline,
    ping_at: Deadline,
}

/// A connection that is opened again after a loss.
pub(super) struct ReconnectingConnection<'g> {
    pub(super) gitlab: &'g Gitlab<'g>,
    socket: WorkflowSocket,
    clock: Arc<dyn Clock>,
    pub(super) idle: Duration,
    max_retries: u32,
    pub(super) notify: Notify,
    pub(super) schedule: PingSchedule,
    pub(super) incoming: IncomingLimits,
    state: State,
    /// Counts the sockets that were open.
    number: u32,
    attempts: u32,
    lock_attempts: u32,
}

impl<'g> ReconnectingConnection<'g> {
    pub(super) fn new(
        gitlab: &'g Gitlab<'g>,
        socket: WorkflowSocket,
        limits: Limits,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            gitlab,
            socket,
            clock,
            idle: limits.idle,
            max_retries: limits.max_retries,
            notify: Notify::default(),
            schedule: PingSchedule::default(),
            incoming: IncomingLimits::default(),
            state: State::Waiting(Duration::ZERO),
            number: 0,
            attempts: 0,
            lock_attempts: 0,
        }
    }

    /// Which socket this is, counted from 1. An action is answered on the socket it came from.
    pub(super) fn number(&self) -> u32 {
        self.number
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    /// Waits for what happens next, at most this long or until `notify` is notified. While
    /// `is_our_turn`, the service waits for this side, and its silence is no fault. An error is
    /// one of opening, and final.
    pub(super) fn next(
        &mut self,
        limit: Duration,
        is_our_turn: bool,
    ) -> Result<ConnectionEvent, WorkflowError> {
        match &mut self.state {
            State::Closed => {
                self.notify.wait(limit);
            }
            State::Waiting(left) if left.is_zero() => self.open(),
            State::Waiting(left) => {
                let piece = WAIT_PIECE.min(*left);
                *left -= piece;
                self.clock.sleep(piece);
            }
            State::Opening(outcome) => match outcome.try_recv() {
                Ok(Ok(socket)) => return Ok(self.opened(socket)),
                Ok(Err(error)) => return self.failed(error),
                Err(TryRecvError::Empty) => {
                    self.notify.wait(limit);
                }
                Err(TryRecvError::Disconnected) => {
                    let reason = "it could not be opened".to_owned();
                    return Ok(self.lost(Loss::Broken(reason)));
                }
            },
            State::Open(_) => return Ok(self.receive(limit, is_our_turn)),
        }
        Ok(ConnectionEvent::Nothing)
    }

    fn open(&mut self) {
        let apart = self.gitlab.apart(self.gitlab.client().apart());
        // Later attempts are counted here.
        let resend = if self.number == 0 { Resend::Idempotent } else { Resend::Never };
        let (sender, outcome) = sync_channel(1);
        let (socket, notify) = (self.socket.clone(), self.notify.clone());
        thread::spawn(move || {
            // Fails if the run has ended meanwhile.
            let _ = sender.send(apart.gitlab().open_workflow_socket(&socket, resend));
            notify.notify();
        });
        self.state = State::Opening(outcome);
    }

    fn opened(&mut self, socket: WebSocket) -> ConnectionEvent {
        self.number += 1;
        self.state = State::Open(Box::new(OpenSocket {
            socket,
            silent_at: Deadline::after(self.idle),
            empty_at: Deadline::after(self.idle.max(self.schedule.content)),
            ping_at: Deadline::after(self.schedule.ping),
        }));
        ConnectionEvent::Opened
    }

    fn failed(&mut self, error: GitlabError) -> Result<ConnectionEvent, WorkflowError> {
        self.state = State::Closed;
        if self.number > 0 && is_temporary(&error) {
            return Ok(ConnectionEvent::Lost(Loss::Broken(error.to_string())));
        }
        Err(error.into())
    }

    fn receive(&mut self, limit: Duration, is_our_turn: bool) -> ConnectionEvent {
        let (idle, longest) = (self.idle, self.idle.max(self.schedule.content));
        let State::Open(open) = &mut self.state else { return ConnectionEvent::Nothing };
        if is_our_turn {
            open.empty_at = Deadline::after(longest);
        }
        if open.ping_at.has_passed() {
            open.ping_at = Deadline::after(self.schedule.ping);
            let now = self.clock.now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let milliseconds = u64::try_from(now.as_millis()).unwrap_or_default();
            let heartbeat = protocol::heartbeat(milliseconds);
            if let Err(error) = open.socket.ping().and_then(|()| open.socket.send(heartbeat)) {
                return self.lost(error.into());
            }
        }
        let timers = [open.silent_at, open.empty_at, open.ping_at];
        let limit = timers.iter().map(Deadline::left).fold(limit, Duration::min);
        let event = match open.socket.receive(&self.notify, limit) {
            Ok(Some(event @ SocketEvent::Message(_))) => event,
            Ok(_) if open.empty_at.has_passed() => {
                return self.lost(Loss::Silent(longest.as_secs()));
            }
            Ok(Some(event)) => event,
            Ok(None) if open.silent_at.has_passed() => {
                return self.lost(Loss::Silent(idle.as_secs()));
            }
            Ok(None) => return ConnectionEvent::Nothing,
            Err(error) => return self.lost(error.into()),
        };
        open.silent_at = Deadline::after(idle);
        let size = if let SocketEvent::Message(bytes) = &event { bytes.len() } else { 0 };
        if let Err(reason) = self.incoming.frame(size) {
            return self.lost(Loss::Malformed(reason));
        }
        match event {
            SocketEvent::Message(bytes) => {
                open.empty_at = Deadline::after(longest);
                self.trace('<', &bytes);
                ConnectionEvent::Message(bytes)
            }
            SocketEvent::Ping => ConnectionEvent::Nothing,
            SocketEvent::Closed { code, reason } => {
                self.state = State::Closed;
                ConnectionEvent::Closed { code, reason }
            }
        }
    }

    fn lost(&mut self, loss: Loss) -> ConnectionEvent {
        self.state = State::Closed;
        ConnectionEvent::Lost(loss)
    }

    /// Sends a message if there is a socket.
    pub(super) fn send(&mut self, text: String) -> Result<(), Loss> {
        self.trace('>', text.as_bytes());
        match &mut self.state {
            State::Open(open) => open.socket.send(text).map_err(Loss::from),
            _ => Ok(()),
        }
    }

    /// The service continued: the workflow is ours, and the connection good.
    pub(super) fn made_progress(&mut self) {
        self.attempts = 0;
        self.lock_attempts = 0;
    }

    /// Drops the socket without a word.
    pub(super) fn close(&mut self) {
        self.state = State::Closed;
    }

    /// Connects again, as after an approval.
    pub(super) fn reopen(&mut self) {
        self.state = State::Waiting(Duration::ZERO);
    }

    /// Connects again after a loss, and returns a note for the user; `None` after the last
    /// attempt.
    pub(super) fn retry(&mut self, loss: &Loss) -> Option<String> {
        self.state = State::Closed;
        if self.attempts >= self.max_retries {
            return None;
        }
        let wait = self.schedule.reconnect.saturating_mul(2_u32.saturating_pow(self.attempts));
        self.attempts += 1;
        self.state = State::Waiting(wait.min(LONGEST_BACKOFF));
        let (attempt, most) = (self.attempts, self.max_retries);
        Some(format!(
            "the connection to the workflow ended ({loss}); reconnecting ({attempt} of {most})"
        ))
    }

    /// Connects again after a wait in which another connection may release the workflow; false
    /// after the last attempt.
    pub(super) fn retry_lock(&mut self) -> bool {
        self.state = State::Closed;
        self.lock_attempts += 1;
        if self.lock_attempts > LOCK_ATTEMPTS {
            return false;
        }
        self.state = State::Waiting(self.schedule.lock * self.lock_attempts);
        true
    }

    /// What `-vv` shows of the messages.
    fn trace(&self, direction: char, message: &[u8]) {
        const SHOWN: usize = 64 << 10;
        let notes = self.gitlab.client().notes();
        if notes.verbosity() >= Verbosity::Bodies {
            let text = String::from_utf8_lossy(message);
            let clean = notes.redactor().redact(&text);
            let shown = &clean[..clean.floor_char_boundary(SHOWN)];
            notes.trace(Verbosity::Bodies, &format!("{direction} {shown}"));
        }
    }
}

impl From<SocketError> for Loss {
    fn from(error: SocketError) -> Self {
        match error {
            SocketError::Broken(reason) => Self::Broken(reason),
            SocketError::Malformed(reason) => Self::Malformed(reason),
        }
    }
}

/// Whether a later attempt may succeed.
fn is_temporary(error: &GitlabError) -> bool {
    match error {
        GitlabError::Refused(refusal) => matches!(refusal.status, 429 | 502 | 503 | 504),
        GitlabError::Http(error) => matches!(
            error.kind,
            HttpErrorKind::Status { status: 429 | 502 | 503 | 504, .. }
                | HttpErrorKind::Dns { .. }
                | HttpErrorKind::Connect { .. }
                | HttpErrorKind::Interrupted { .. }
                | HttpErrorKind::Timeout { .. }
        ),
        _ => false,
    }
}

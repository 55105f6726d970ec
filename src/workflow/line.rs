//! The way to the service through all its connections: made on a thread of their own, made
//! again where they broke, waited for where another one holds the workflow.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread;
use std::time::Duration;

use super::error::{Lost, WorkflowError};
use super::handshake::Address;
use super::inflow::Inflow;
use super::socket::{Incoming, Pace, Socket};
use crate::gitlab::GitlabError;
use crate::http::{Connection, HttpError, HttpErrorKind};
use crate::system::bell::Bell;
use crate::system::clock::{Clock, Deadline};
use crate::system::notes::Verbosity;

const LOCK_TRIES: u32 = 8;
/// Reconnects without a message in between, and in the whole run.
const RECONNECTS: u32 = 3;
const ALL_RECONNECTS: u32 = 50;
/// One piece of a wait, so that an interrupt is noticed.
const PIECE: Duration = Duration::from_millis(100);

/// What a look brought.
pub(super) enum News {
    Nothing,
    /// The connection stands, and nothing was said on it yet.
    Open,
    Sign,
    Message(Vec<u8>),
    Closed(u16, String),
    Lost(Lost),
}

enum State {
    /// No connection, and none wanted.
    Down,
    /// To be made after this wait.
    Later(Duration),
    Connecting(Receiver<Result<Connection, HttpError>>),
    Up(Box<Socket>),
}

pub(super) struct Line<'g> {
    pub(super) address: Address<'g>,
    definition: &'static str,
    clock: Arc<dyn Clock>,
    pub(super) idle: Duration,
    pub(super) bell: Bell,
    pub(super) pace: Pace,
    inflow: Inflow,
    state: State,
    was_up: bool,
    renewed: bool,
    reconnects: u32,
    all_reconnects: u32,
    lock_tries: u32,
}

impl<'g> Line<'g> {
    pub(super) fn new(
        address: Address<'g>,
        definition: &'static str,
        idle: Duration,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            address,
            definition,
            clock,
            idle,
            bell: Bell::default(),
            pace: Pace::default(),
            inflow: Inflow::default(),
            state: State::Later(Duration::ZERO),
            was_up: false,
            renewed: false,
            reconnects: 0,
            all_reconnects: 0,
            lock_tries: 0,
        }
    }

    pub(super) fn inflow(&mut self) -> &mut Inflow {
        &mut self.inflow
    }

    /// What is there by now. An error is one of connecting, and final.
    pub(super) fn look(&mut self) -> Result<News, WorkflowError> {
        let now = self.clock.now();
        match &mut self.state {
            State::Down => Ok(News::Nothing),
            State::Later(left) if left.is_zero() => self.connect().map(|()| News::Nothing),
            State::Later(left) => {
                let piece = PIECE.min(*left);
                *left -= piece;
                self.clock.sleep(piece);
                Ok(News::Nothing)
            }
            State::Connecting(outcome) => match outcome.try_recv() {
                Err(TryRecvError::Empty) => Ok(News::Nothing),
                Ok(Ok(connection)) => {
                    self.was_up = true;
                    self.state =
                        State::Up(Box::new(Socket::over(connection, self.pace, self.idle)));
                    Ok(News::Open)
                }
                Ok(Err(error)) => self.failed(error),
                Err(TryRecvError::Disconnected) => {
                    let reason = "the attempt ended without a word".to_owned();
                    Ok(News::Lost(Lost::Broken(reason)))
                }
            },
            State::Up(socket) => match socket.look(now, &mut self.inflow) {
                Ok(Incoming::Nothing) => Ok(News::Nothing),
                Ok(Incoming::Sign) => Ok(News::Sign),
                Ok(Incoming::Message(bytes)) => Ok(News::Message(bytes)),
                Ok(Incoming::Closed(code, reason)) => {
                    self.state = State::Down;
                    Ok(News::Closed(code, reason))
                }
                Err(how) => {
                    self.state = State::Down;
                    Ok(News::Lost(how))
                }
            },
        }
    }

    /// How long there is nothing to do here if nothing comes.
    pub(super) fn rest(&self) -> Duration {
        match &self.state {
            State::Down | State::Connecting(_) => Duration::MAX,
            State::Later(_) => Duration::ZERO,
            State::Up(socket) => socket.rest(),
        }
    }

    fn connect(&mut self) -> Result<(), WorkflowError> {
        let url = self.address.url(self.definition);
        let client = self.address.gitlab.client();
        let credential = self.address.gitlab.newest_credential();
        let dial = client.dial(&url, &credential).map_err(GitlabError::from)?;
        let handshake = self.address.handshake(&url);
        handshake.trace(client.notes());
        client.notes().trace(Verbosity::Requests, &format!("GET {url} (websocket)"));
        let (give, outcome) = sync_channel(1);
        let bell = self.bell.clone();
        thread::spawn(move || {
            let made = dial.connect(&bell).and_then(|mut connection| {
                handshake.shake(&mut connection)?;
                Ok(connection)
            });
            // Nobody waits for it any more where this fails.
            let _ = give.send(made);
            bell.ring();
        });
        self.state = State::Connecting(outcome);
        Ok(())
    }

    fn failed(&mut self, error: HttpError) -> Result<News, WorkflowError> {
        self.state = State::Down;
        let notes = self.address.gitlab.client().notes();
        notes.trace(Verbosity::Requests, &format!("websocket failed: {error}"));
        if matches!(error.kind, HttpErrorKind::Status { status: 401, .. }) && !self.renewed {
            // A request is what renews a session that ran out meanwhile.
            self.renewed = true;
            self.address.gitlab.check_workflow_access(self.definition, self.address.place)?;
            self.state = State::Later(Duration::ZERO);
            return Ok(News::Nothing);
        }
        if self.was_up && is_passing(&error.kind) {
            return Ok(News::Lost(Lost::Broken(error.to_string())));
        }
        Err(GitlabError::from(error).into())
    }

    /// The service spoke: the lock is ours, and the connection good.
    pub(super) fn proved(&mut self) {
        self.reconnects = 0;
        self.lock_tries = 0;
        self.renewed = false;
    }

    /// Connects anew, as after an approval.
    pub(super) fn reopen(&mut self) {
        self.shut();
        self.state = State::Later(Duration::ZERO);
    }

    /// Connects again after a loss, a few times.
    pub(super) fn again(&mut self, how: Lost) -> Result<(), Lost> {
        self.state = State::Down;
        self.reconnects += 1;
        self.all_reconnects += 1;
        if self.reconnects > RECONNECTS || self.all_reconnects > ALL_RECONNECTS {
            return Err(how);
        }
        self.state = State::Later(self.pace.reconnect * self.reconnects);
        Ok(())
    }

    /// Connects again when the other connection may have let go; false after the last try.
    pub(super) fn locked(&mut self) -> bool {
        self.state = State::Down;
        self.lock_tries += 1;
        if self.lock_tries > LOCK_TRIES {
            return false;
        }
        self.state = State::Later(self.pace.lock * self.lock_tries);
        true
    }

    /// Says it where there is a connection.
    pub(super) fn send(&mut self, text: String) -> Result<(), Lost> {
        self.trace('>', text.as_bytes());
        match &mut self.state {
            State::Up(socket) => socket.send(text),
            _ => Ok(()),
        }
    }

    /// Answers an action.
    pub(super) fn answer(&mut self, text: String) -> Result<(), Lost> {
        self.trace('>', text.as_bytes());
        let now = self.clock.now();
        match &mut self.state {
            State::Up(socket) => socket.answer(text, now),
            _ => Ok(()),
        }
    }

    /// Ends the connection in order.
    pub(super) fn shut(&mut self) {
        if let State::Up(socket) = std::mem::replace(&mut self.state, State::Down) {
            socket.close(&self.bell);
        }
    }

    /// What `-vv` shows of the messages.
    pub(super) fn trace(&self, direction: char, message: &[u8]) {
        const SHOWN: usize = 64 << 10;
        let notes = self.address.gitlab.client().notes();
        if notes.verbosity() >= Verbosity::Bodies {
            let text = String::from_utf8_lossy(message);
            let clean = notes.redactor().redact(&text);
            let shown = &clean[..clean.floor_char_boundary(SHOWN)];
            notes.trace(Verbosity::Bodies, &format!("{direction} {shown}"));
        }
    }
}

/// Whether it may be otherwise in a moment.
fn is_passing(kind: &HttpErrorKind) -> bool {
    match kind {
        HttpErrorKind::Status { status, .. } => matches!(status, 429 | 502 | 503 | 504),
        HttpErrorKind::Dns { .. }
        | HttpErrorKind::Connect { .. }
        | HttpErrorKind::Interrupted { .. }
        | HttpErrorKind::Timeout { .. } => true,
        _ => false,
    }
}

/// The longest of a wait, whatever there is to wait for.
pub(super) fn shorter(rest: Duration, until: Option<Deadline>) -> Duration {
    until.map_or(rest, |until| rest.min(until.left()))
}

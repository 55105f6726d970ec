//! A workflow from its start to its end: what the service says and asks comes out as events,
//! what it may have done is decided by the policy and by the person who is asked.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::checkpoint::{Status, Transcript, Wanted};
use super::error::{Lost, WorkflowError};
use super::event::{Answer, Event, Limits, ToolUse};
use super::handshake::Address;
use super::line::{Line, News, shorter};
use super::protocol::{self, Start, Verdict};
use super::requests::Requests;
use super::worker::Worker;
use crate::gitlab::{Gitlab, WorkflowPlace};
use crate::system::bell::Bell;
use crate::system::clock::{Clock, Deadline};
use crate::tools::{Call, Cancel, Policy, Question, Tools};

/// How long [`Session::next_event`] waits at most.
const TURN: Duration = Duration::from_millis(250);
/// How long children are given to die.
const DEATH: Duration = Duration::from_secs(2);

/// How long the instance is given to take a goodbye.
const GOODBYE: Duration = Duration::from_secs(3);

/// What a call is for.
pub(super) enum Aim {
    /// The service waits for its result.
    Action(String),
    /// The service waits for a yes or no.
    Approval(Wanted),
}

/// A workflow that runs. See the room's documentation for how it is driven.
pub struct Session<'g> {
    pub(super) line: Line<'g>,
    limits: Limits,
    pub(super) until: Option<Deadline>,
    pub(super) start: Start,
    pub(super) policy: Policy,
    pub(super) tools: Arc<Tools>,
    pub(super) cancel: Cancel,
    pub(super) transcript: Transcript,
    pub(super) status: Status,
    pub(super) events: VecDeque<Event>,
    pub(super) requests: Requests,
    pub(super) queue: VecDeque<(Aim, Call)>,
    /// The messages of what waits, in bytes.
    pub(super) waiting_bytes: usize,
    pub(super) asked: Option<(Aim, Question)>,
    pub(super) running: Option<(String, ToolUse, Worker)>,
    /// Approved on the service's asking, and not yet done.
    pub(super) approved: Vec<Call>,
    /// What was decided and is not known to have arrived.
    pub(super) verdict: Option<Verdict>,
    /// An approval was announced; until then it has to say for what.
    pub(super) announced: Option<Deadline>,
    pub(super) uses: Vec<ToolUse>,
    /// How it ended, given out once everything before it was.
    pub(super) end: Option<Result<Status, WorkflowError>>,
}

impl<'g> Session<'g> {
    /// A workflow that begins, or goes on where it had turns before. The connection is made
    /// with the first [`Session::next_event`].
    pub fn begin(
        gitlab: &'g Gitlab<'g>,
        (place, model): (WorkflowPlace, Option<String>),
        (mut start, resumes): (Start, bool),
        (policy, tools): (Policy, Tools),
        limits: Limits,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, WorkflowError> {
        let address = Address { gitlab, place, model };
        start.fit_to(&policy);
        Ok(Self {
            line: Line::new(address, start.definition(), limits.idle, clock),
            limits,
            until: limits.total.map(Deadline::after),
            transcript: Transcript::new(start.goal(), resumes),
            start,
            policy,
            tools: Arc::new(tools),
            cancel: Cancel::default(),
            status: Status::Working("CREATED".to_owned()),
            events: VecDeque::new(),
            requests: Requests::default(),
            queue: VecDeque::new(),
            waiting_bytes: 0,
            asked: None,
            running: None,
            approved: Vec::new(),
            verdict: None,
            announced: None,
            uses: Vec::new(),
            end: None,
        })
    }

    /// What happens next, [`Event::Waiting`] where nothing did for a moment or the bell rang.
    /// After an error or [`Event::End`] nothing of it runs here any more.
    pub fn next_event(&mut self) -> Result<Event, WorkflowError> {
        if self.events.is_empty()
            && self.end.is_none()
            && let Err(error) = self.step()
        {
            self.fail(error);
        }
        if let Some(event) = self.events.pop_front() {
            return Ok(event);
        }
        match self.end.take() {
            Some(Ok(status)) => {
                self.end_tool();
                self.line.shut();
                Ok(Event::End(status))
            }
            Some(Err(error)) => {
                self.line.shut();
                Err(error)
            }
            None => Ok(Event::Waiting),
        }
    }

    /// Decides what [`Event::Ask`] asked.
    pub fn answer(&mut self, answer: Answer) -> Result<(), WorkflowError> {
        let Some((aim, question)) = self.asked.take() else { return Ok(()) };
        match answer {
            Answer::No => self.refuse(aim, &question.refuse()),
            Answer::Yes => self.go_on(aim, question.approve(), false),
            Answer::Always => {
                self.policy.remember(&question);
                self.go_on(aim, question.approve(), true)
            }
        }
    }

    /// Tells the service to stop, and ends whatever runs here; waits some seconds for both.
    pub fn stop(&mut self) {
        self.cancel.cancel();
        self.tell_to_stop();
        self.end_tool();
        self.line.shut();
    }

    /// Over the socket, or, where none stands, as while an approval is thought about, by a request:
    /// the workflow exists and would wait for ever.
    fn tell_to_stop(&mut self) {
        if self.line.is_up() {
            let _ = self.line.send(protocol::stop());
        } else {
            let gitlab = self.line.address.gitlab;
            let quick = gitlab.apart(gitlab.client().until(Deadline::after(GOODBYE)));
            // Instances that do not know this request end it by themselves.
            let _ = quick.gitlab().stop_workflow(self.start.workflow_id());
        }
    }

    /// Wakes a waiting [`Session::next_event`] from any thread.
    pub fn bell(&self) -> Bell {
        self.line.bell.clone()
    }

    /// Ends what runs here, and what would, from any thread; [`Session::stop`] tells the service.
    pub fn cancel(&self) -> Cancel {
        self.cancel.clone()
    }

    /// What the agent said in this turn.
    pub fn text(&self) -> &str {
        self.transcript.text()
    }

    /// The state as it was last told.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// The tools so far.
    pub fn uses(&self) -> &[ToolUse] {
        &self.uses
    }

    fn done(&self) -> (usize, usize) {
        let refused = self.uses.iter().filter(|one| !one.allowed).count();
        (self.uses.len() - refused, refused)
    }

    fn step(&mut self) -> Result<(), WorkflowError> {
        if self.until.is_some_and(|until| until.has_passed()) {
            self.stop();
            let seconds = self.limits.total.unwrap_or_default().as_secs();
            return Err(WorkflowError::OutOfTime { seconds, done: self.done() });
        }
        self.finish_tool()?;
        self.start_next()?;
        if self.events.is_empty() && !self.look()? && self.events.is_empty() && self.end.is_none() {
            let rest = shorter(shorter(TURN.min(self.line.rest()), self.until), self.announced);
            self.line.bell.wait(rest);
        }
        Ok(())
    }

    /// Takes in what came; whether something did.
    pub(super) fn look(&mut self) -> Result<bool, WorkflowError> {
        if self.announced.is_some_and(|until| until.has_passed()) && !self.is_deciding() {
            return Err(self.lost(Lost::Malformed(UNNAMED.to_owned())));
        }
        match self.line.look()? {
            News::Nothing => return Ok(false),
            News::Sign => {}
            News::Open => {
                let start = self.start.message(self.verdict.as_ref());
                if let Err(how) = self.line.send(start) {
                    self.reconnect(how)?;
                }
            }
            News::Message(bytes) => self.message(&bytes)?,
            News::Closed(code, reason) => self.closed(code, reason)?,
            News::Lost(how @ Lost::Broken(_)) => self.reconnect(how)?,
            News::Lost(how) => return Err(self.lost(how)),
        }
        Ok(true)
    }

    fn closed(&mut self, code: u16, reason: String) -> Result<(), WorkflowError> {
        match code {
            1008 => Err(WorkflowError::NoCredits { reason }),
            4400 => Err(WorkflowError::Invalid { reason }),
            1013 if self.line.locked() => {
                self.disconnected();
                Ok(())
            }
            1013 => Err(WorkflowError::Held),
            // It does so after it asked for an approval.
            1000 | 1005 if self.announced.is_some() => {
                self.reconnect(Lost::Closed { code, reason })
            }
            // Going away, no status, restarting.
            1001 | 1005 | 1006 | 1012 => self.reconnect(Lost::Closed { code, reason }),
            _ => Err(self.lost(Lost::Closed { code, reason })),
        }
    }

    /// Goes on with the same workflow. What was asked for on the old connection and not begun
    /// is forgotten: the service asks again for what it still wants. What runs is finished, and
    /// its result kept for a service that asks for it again.
    pub(super) fn reconnect(&mut self, how: Lost) -> Result<(), WorkflowError> {
        self.disconnected();
        if self.is_deciding() {
            return Ok(());
        }
        if self.announced.is_some() && self.verdict.is_none() {
            return Err(self.lost(Lost::Malformed(UNNAMED.to_owned())));
        }
        self.line.again(how).map_err(|how| self.lost(how))
    }

    fn disconnected(&mut self) {
        self.requests.disconnected();
        self.queue.retain(|(aim, _)| matches!(aim, Aim::Approval(_)));
    }

    /// Whether the service waits for a yes or no that is being found here.
    fn is_deciding(&self) -> bool {
        let waits = self.queue.iter().map(|(aim, _)| aim);
        let asked = self.asked.iter().map(|(aim, _)| aim);
        waits.chain(asked).any(|aim| matches!(aim, Aim::Approval(_)))
    }

    pub(super) fn lost(&mut self, how: Lost) -> WorkflowError {
        self.end_tool();
        WorkflowError::Lost { how, done: self.done() }
    }

    /// Nothing of it goes on here; the service is told where it still listens.
    fn fail(&mut self, error: WorkflowError) {
        self.end_tool();
        let is_over = matches!(error, WorkflowError::Failed { .. } | WorkflowError::Stopped { .. });
        if !is_over {
            let _ = self.line.send(protocol::stop());
        }
        self.queue.clear();
        self.asked = None;
        self.end = Some(Err(error));
    }

    /// Kills what runs, and keeps that it ran.
    fn end_tool(&mut self) {
        self.cancel.cancel();
        let Some((_, mut used, worker)) = self.running.take() else { return };
        if let Some(reply) = worker.last(DEATH) {
            used.ended(&reply);
        }
        self.uses.push(used.clone());
        self.events.push_back(Event::Tool(used));
    }
}

const UNNAMED: &str = "an approval is asked for, and not for what";

impl Drop for Session<'_> {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

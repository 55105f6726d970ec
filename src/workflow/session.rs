//! One turn of a workflow as one loop: it waits for the socket, the running tool, the timers and
//! the person's answer, and returns what happened as events. Signals wake it through
//! [`Session::notify`].

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::calls::{Action, Repeatable, Running};
use super::checkpoint::{Status, Transcript};
use super::connection::{ConnectionEvent, ReconnectingConnection};
use super::error::{Loss, WorkflowError};
use super::event::{Event, Limits, PersonAnswer, ToolUse};
use super::incoming::check_depth;
use super::protocol::{self, ApprovalDecision, CheckpointMessage, IncomingMessage, Start};
use crate::gitlab::{Gitlab, WorkflowEvent, WorkflowSocket};
use crate::system::clock::{Clock, Deadline};
use crate::system::notify::Notify;
use crate::tools::{Call, Cancel, Policy, Question, Tools};

/// How long [`Session::next_event`] waits at most.
const WAIT: Duration = Duration::from_millis(250);
/// How long a canceled tool may take to end.
pub(super) const TOOL_END: Duration = Duration::from_secs(2);
/// How long a REST request that stops a workflow may take.
const STOP_REQUEST: Duration = Duration::from_secs(3);
/// No request takes this long.
pub(super) const A_DAY: Duration = Duration::from_hours(24);

/// What the person is asked.
pub(super) enum Asked {
    Action(Action, Question),
    /// All calls of one message of the model, with their names at the service.
    Approval(Vec<(String, Question)>),
    Plan,
}

/// What follows the service's close.
enum AfterClose {
    End(Result<Status, WorkflowError>),
    /// The decision, once there is one, goes with the next connection.
    Decision,
}

/// One turn of a workflow. See the room's documentation for how it is driven.
pub struct Session<'g> {
    pub(super) connection: ReconnectingConnection<'g>,
    limits: Limits,
    pub(super) until: Option<Deadline>,
    pub(super) start: Start,
    pub(super) policy: Policy,
    pub(super) tools: Arc<Tools>,
    pub(super) cancel: Cancel,
    transcript: Transcript,
    status: Status,
    pub(super) events: VecDeque<Event>,
    /// Actions that wait, and the bytes of their messages.
    pub(super) queue: VecDeque<(Action, Call)>,
    pub(super) queued_bytes: usize,
    /// The actions of this socket.
    pub(super) ids: BTreeSet<String>,
    pub(super) asked: Option<Asked>,
    pub(super) running: Option<Running>,
    /// The last command that ran, until the service is seen to continue after it.
    pub(super) unconfirmed: Option<Repeatable>,
    /// Commands of broken connections, which are not run again unnoticed.
    pub(super) repeatable: Vec<Repeatable>,
    /// An action was answered, and the service not seen to continue.
    pub(super) has_replied: bool,
    /// An action of `chat` was open when its connection broke, which fails the workflow.
    broke_in_action: Option<Loss>,
    /// Approved by the person at the service's request, and not run yet.
    pub(super) approved: Vec<Call>,
    /// Decided, and not known to have reached the service.
    pub(super) decision: Option<ApprovalDecision>,
    /// The service sent something.
    is_started: bool,
    after_close: Option<(Deadline, AfterClose)>,
    /// Why the last checkpoint could not be read.
    unreadable: Option<String>,
    pub(super) uses: Vec<ToolUse>,
    /// How the turn ended, returned after all events before it.
    end: Option<Result<Status, WorkflowError>>,
}

impl<'g> Session<'g> {
    /// A workflow that starts, or one that continues if it `resumes`. Sends nothing.
    pub fn new(
        gitlab: &'g Gitlab<'g>,
        socket: WorkflowSocket,
        (mut start, resumes): (Start, bool),
        (policy, tools): (Policy, Tools),
        limits: Limits,
        clock: Arc<dyn Clock>,
    ) -> Self {
        start.fit_to(&policy);
        Self {
            connection: ReconnectingConnection::new(gitlab, socket, limits, clock),
            limits,
            until: limits.total.map(Deadline::after),
            transcript: Transcript::new(start.goal(), resumes),
            start,
            policy,
            tools: Arc::new(tools),
            cancel: Cancel::default(),
            status: Status::Working("CREATED".to_owned()),
            events: VecDeque::new(),
            queue: VecDeque::new(),
            queued_bytes: 0,
            ids: BTreeSet::new(),
            asked: None,
            running: None,
            unconfirmed: None,
            repeatable: Vec::new(),
            has_replied: false,
            broke_in_action: None,
            is_started: false,
            approved: Vec::new(),
            decision: None,
            after_close: None,
            unreadable: None,
            uses: Vec::new(),
            end: None,
        }
    }

    /// Returns what happens next; [`Event::Waiting`] if nothing did for a moment or the session
    /// was notified. After an error or [`Event::End`] nothing of it runs any longer.
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
            None => Ok(Event::Waiting),
            Some(end) => {
                self.end_tool();
                self.connection.close();
                end.map(Event::End)
            }
        }
    }

    /// Takes the answer to [`Event::Ask`] or [`Event::AskPlan`].
    pub fn answer(&mut self, answer: PersonAnswer) -> Result<(), WorkflowError> {
        match self.asked.take() {
            None => {}
            Some(Asked::Action(action, question)) => {
                if answer == PersonAnswer::Always {
                    self.policy.remember(&question);
                }
                if answer == PersonAnswer::No {
                    return self.refuse(&action, &question.refuse());
                }
                self.run(action, question.approve());
            }
            Some(Asked::Approval(questions)) => self.decide(questions, answer),
            Some(Asked::Plan) if answer == PersonAnswer::No => {
                self.send_event(WorkflowEvent::Stop, "the user does not approve the plan")?;
                self.status = Status::Stopped("STOPPED".to_owned());
                self.end = Some(Err(WorkflowError::PlanRefused));
            }
            Some(Asked::Plan) => self.decision = Some(ApprovalDecision::Plan),
        }
        Ok(())
    }

    /// Stops the workflow and what runs here; waits some seconds for both. The socket is kept
    /// until the service closes it, because an earlier close is a second stop that interrupts
    /// the first.
    pub fn stop(&mut self) {
        self.end_tool();
        if self.connection.is_open() && self.connection.send(protocol::stop()).is_ok() {
            let until = Deadline::after(self.connection.schedule.stop);
            while !until.has_passed() {
                match self.connection.next(until.left(), true) {
                    Ok(ConnectionEvent::Closed { .. }) => return,
                    Ok(ConnectionEvent::Message(bytes)) => self.take_last_status(&bytes),
                    Ok(ConnectionEvent::Nothing | ConnectionEvent::Opened) => {}
                    Ok(ConnectionEvent::Lost(_)) | Err(_) => break,
                }
            }
        }
        self.connection.close();
        let gitlab = self.connection.gitlab;
        let quick = gitlab.apart(gitlab.client().until(Deadline::after(STOP_REQUEST)));
        if quick.gitlab().stop_workflow(self.start.workflow_id()).is_ok() {
            self.status = Status::Stopped("STOPPED".to_owned());
        }
    }

    fn take_last_status(&mut self, bytes: &[u8]) {
        if let Ok(IncomingMessage::Checkpoint(message)) = protocol::read(bytes)
            && let status @ Status::Stopped(_) = Status::read(&message.status)
        {
            self.status = status;
        }
    }

    /// Wakes a waiting [`Session::next_event`] from any thread.
    pub fn notify(&self) -> Notify {
        self.connection.notify.clone()
    }

    /// Ends what runs here, from any thread; [`Session::stop`] tells the service.
    pub fn cancel(&self) -> Cancel {
        self.cancel.clone()
    }

    /// What the agent said in this turn.
    pub fn text(&self) -> String {
        self.transcript.text()
    }

    /// The size of the agents' contexts in tokens, if the service told.
    pub fn context_tokens(&self) -> Option<u64> {
        self.transcript.context_tokens()
    }

    /// The last status.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// The tools so far.
    pub fn uses(&self) -> &[ToolUse] {
        &self.uses
    }

    fn step(&mut self) -> Result<(), WorkflowError> {
        if self.until.is_some_and(|until| until.has_passed()) {
            self.end_tool();
            let seconds = self.limits.total.unwrap_or_default().as_secs();
            return Err(WorkflowError::OutOfTime { seconds, done: self.done() });
        }
        self.finish_tool()?;
        self.start_next_call()?;
        self.continue_after_close()?;
        if !self.events.is_empty() || self.end.is_some() {
            return Ok(());
        }
        let close = self.after_close.as_ref().map(|(until, _)| *until);
        let timers = [self.until, close.filter(|_| self.connection.is_open())];
        let limit = timers.iter().flatten().map(Deadline::left).fold(WAIT, Duration::min);
        let is_our_turn = self.running.is_some() || self.asked.is_some();
        match self.connection.next(limit, is_our_turn)? {
            ConnectionEvent::Nothing => Ok(()),
            ConnectionEvent::Opened => self.send_start(),
            ConnectionEvent::Message(bytes) => self.take_message(&bytes),
            ConnectionEvent::Closed { code, reason } => self.closed(code, reason),
            ConnectionEvent::Lost(_) if self.after_close.is_some() => Ok(()),
            ConnectionEvent::Lost(loss @ Loss::Broken(_)) => self.reconnect(loss),
            ConnectionEvent::Lost(loss) => {
                let unreadable = self.unreadable.take().map(Loss::Malformed);
                Err(self.lost(unreadable.unwrap_or(loss)))
            }
        }
    }

    fn send_start(&mut self) -> Result<(), WorkflowError> {
        self.ids.clear();
        let start = self.start.message(self.decision.as_ref(), self.transcript.has_question());
        self.connection.send(start).or_else(|loss| self.reconnect(loss))
    }

    fn take_message(&mut self, bytes: &[u8]) -> Result<(), WorkflowError> {
        let message = check_depth(bytes).and_then(|()| protocol::read(bytes));
        let message = message.map_err(|reason| self.lost(Loss::Malformed(reason)))?;
        self.is_started = true;
        match message {
            IncomingMessage::Checkpoint(message) => self.take_checkpoint(message),
            // A closing service asks for nothing more.
            IncomingMessage::Action { .. } if self.after_close.is_some() => Ok(()),
            IncomingMessage::Action { id, call } => self.take_action(id, call, bytes.len()),
        }
    }

    /// The service continued after the last result.
    pub(super) fn made_progress(&mut self) {
        self.connection.made_progress();
        self.unconfirmed = None;
        self.has_replied = false;
        self.broke_in_action = None;
    }

    fn take_checkpoint(&mut self, message: CheckpointMessage) -> Result<(), WorkflowError> {
        let status = Status::read(&message.status);
        check_depth(message.checkpoint.as_bytes())
            .map_err(|reason| self.lost(Loss::Malformed(reason)))?;
        let change = match self.transcript.take(&status, &message.checkpoint, &message.content) {
            Ok(change) => change,
            Err(reason) => {
                // A later one can make good for it.
                self.unreadable = Some(reason);
                return Ok(());
            }
        };
        if let Some(reason) = self.unreadable.take() {
            self.events.push_back(Event::Note(format!("skipped a part of the log: {reason}")));
        }
        self.transcript.take_contexts(message.contexts);
        if change.retracted > 0 {
            self.events.push_back(Event::Retracted(change.retracted));
        }
        if !change.text.is_empty() {
            self.made_progress();
            self.events.push_back(Event::Text(change.text));
        }
        if status == Status::Working(String::new()) || !self.transcript.is_current() {
            return Ok(());
        }
        self.take_status(status, &message.errors)
    }

    fn take_status(&mut self, status: Status, errors: &[String]) -> Result<(), WorkflowError> {
        if matches!(&self.after_close, Some((_, AfterClose::End(_)))) {
            // Nothing counts after the end, such as a stop after the answer.
            return Ok(());
        }
        let wanted = match status {
            Status::ToolApproval => self.transcript.take_wanted(),
            _ => Ok(Vec::new()),
        };
        let wanted = wanted.map_err(|reason| self.lost(Loss::Malformed(reason)))?;
        if status == Status::ToolApproval && wanted.is_empty() {
            // The state before the decision. Without one, nothing says what to decide.
            return match &self.decision {
                Some(_) => Ok(()),
                None => Err(self.lost(Loss::Malformed(NO_REQUEST.to_owned()))),
            };
        }
        if status != self.status {
            self.events.push_back(Event::Status(status.clone()));
            self.status = status.clone();
        }
        let next = match &status {
            Status::Working(_) => {
                self.decision = None;
                return Ok(());
            }
            Status::ToolApproval => {
                self.request_approval(wanted);
                AfterClose::Decision
            }
            Status::PlanApproval => {
                self.asked = Some(Asked::Plan);
                self.events.push_back(Event::AskPlan(self.transcript.plan().to_vec()));
                AfterClose::Decision
            }
            Status::InputRequired | Status::Finished => AfterClose::End(Ok(status)),
            Status::Failed => AfterClose::End(Err(self.failure(errors))),
            Status::Stopped(word) => {
                AfterClose::End(Err(WorkflowError::Stopped { status: word.clone() }))
            }
        };
        if matches!(next, AfterClose::End(_)) {
            self.end_tool();
        }
        self.after_close = Some((Deadline::after(self.connection.schedule.close), next));
        Ok(())
    }

    fn failure(&mut self, errors: &[String]) -> WorkflowError {
        match self.broke_in_action.take() {
            Some(loss) => self.lost(loss),
            None if errors.is_empty() => {
                WorkflowError::Failed { reason: self.transcript.failure().to_owned() }
            }
            None => WorkflowError::Failed { reason: errors.join("; ") },
        }
    }

    /// Ends the turn, or sends the decision, once the service has closed or took too long.
    fn continue_after_close(&mut self) -> Result<(), WorkflowError> {
        let Some((until, next)) = &self.after_close else { return Ok(()) };
        let (is_late, waits_for_decision) =
            (until.has_passed(), matches!(next, AfterClose::Decision) && self.asked.is_some());
        if self.connection.is_open() && !is_late {
            return Ok(());
        }
        self.connection.close();
        if waits_for_decision {
            return Ok(());
        }
        match self.after_close.take() {
            Some((_, AfterClose::End(end))) => self.end = Some(end),
            Some((_, AfterClose::Decision)) if self.end.is_none() => self.send_decision()?,
            _ => {}
        }
        Ok(())
    }

    fn closed(&mut self, code: u16, reason: String) -> Result<(), WorkflowError> {
        if code == 4400 {
            return Err(WorkflowError::Invalid { reason });
        }
        if self.after_close.is_some() {
            return Ok(());
        }
        if let Some(reason) = self.unreadable.take() {
            return Err(self.lost(Loss::Malformed(reason)));
        }
        match code {
            1008 => Err(WorkflowError::NoCredits { reason }),
            1013 if self.connection.retry_lock() => {
                self.queue.clear();
                Ok(())
            }
            1013 => Err(WorkflowError::Held),
            1000 if !self.is_started => Err(WorkflowError::NotAccepted),
            // The decision was not taken.
            1000 if self.decision.is_some() => self.reconnect(Loss::Closed { code, reason }),
            // Going away, no status, abnormal, restarting.
            1001 | 1005 | 1006 | 1012 => self.reconnect(Loss::Closed { code, reason }),
            _ => Err(self.lost(Loss::Closed { code, reason })),
        }
    }

    /// Connects again, unless the turn is over or waits for a decision.
    pub(super) fn reconnect(&mut self, loss: Loss) -> Result<(), WorkflowError> {
        if self.after_close.is_some() {
            return Ok(());
        }
        if self.is_in_action() && !self.start.is_decided_by_event() {
            self.broke_in_action = Some(loss.clone());
        }
        self.drop_actions();
        match self.connection.retry(&loss) {
            Some(note) => {
                self.events.push_back(Event::Note(note));
                Ok(())
            }
            None => Err(self.lost(loss)),
        }
    }

    pub(super) fn lost(&mut self, loss: Loss) -> WorkflowError {
        self.end_tool();
        WorkflowError::Lost { loss, done: self.done() }
    }

    /// Stops the workflow, unless it is over or another run's.
    fn fail(&mut self, error: WorkflowError) {
        self.queue.clear();
        self.asked = None;
        self.end_tool();
        let is_ours = match error {
            WorkflowError::Lost { .. } | WorkflowError::OutOfTime { .. } => true,
            WorkflowError::Duo(_) => self.connection.number() > 0,
            _ => false,
        };
        if is_ours {
            self.stop();
        }
        self.end = Some(Err(error));
    }

    /// How many tools ran, and how many were refused.
    fn done(&self) -> (usize, usize) {
        let refused = self.uses.iter().filter(|one| !one.allowed).count();
        (self.uses.len() - refused, refused)
    }
}

const NO_REQUEST: &str = "an approval is requested without a request in the log";

impl Drop for Session<'_> {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

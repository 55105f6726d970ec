//! A workflow from its start to its end: what the service says and asks comes out as events,
//! what it may have done is decided by the policy and by the person who is asked.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::approval;
use super::checkpoint::{Status, Transcript, Wanted};
use super::error::{Lost, WorkflowError};
use super::protocol::{self, Message, Start, Verdict};
use super::socket::{Address, Incoming, Socket};
use super::worker::Worker;
use crate::gitlab::{Gitlab, WorkflowPlace};
use crate::system::clock::{Clock, Deadline};
use crate::tools::{
    Call, Cancel, Decision, Permit, Policy, Question, Refusal, Tools, Why, describe,
};

/// How long one look at the socket waits.
const LOOK: Duration = Duration::from_millis(50);
const LOCK_TRIES: u32 = 8;
const LOCK_WAIT: Duration = Duration::from_millis(1500);
const RECONNECTS: u32 = 3;

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Silence on the socket.
    pub idle: Duration,
    /// The whole workflow.
    pub total: Option<Duration>,
}

/// A tool that was asked for, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolUse {
    /// Its name, as in `--deny`.
    pub name: String,
    /// What was asked for, by the names of its fields.
    pub args: serde_json::Value,
    /// Exactly what was asked for.
    pub what: String,
    /// Whether it was let.
    pub allowed: bool,
    /// Whether it did what it should.
    pub ok: bool,
    /// Refused where nobody could be asked.
    pub unasked: bool,
}

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// Nothing yet; time to look at other things.
    Waiting,
    /// More of the agent's text.
    Text(String),
    /// The workflow's state changed.
    Status(Status),
    /// A tool begins its work.
    Begun(String),
    /// A tool is done, or was refused.
    Tool(ToolUse),
    /// A person has to decide; [`Session::answer`] tells how.
    Ask(String),
    /// It came to a good end.
    End(Status),
}

/// What a person said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Not this.
    No,
    /// This, once.
    Yes,
    /// This tool, for this run.
    Always,
}

/// What a call is for.
enum Aim {
    /// The service waits for its result.
    Action(String),
    /// The service waits for a yes or no.
    Approval(Wanted),
}

/// A workflow that runs.
pub struct Session<'g> {
    address: Address<'g>,
    clock: Arc<dyn Clock>,
    limits: Limits,
    until: Option<Deadline>,
    start: Start,
    policy: Policy,
    tools: Arc<Tools>,
    cancel: Cancel,
    socket: Option<Socket>,
    transcript: Transcript,
    status: Status,
    events: VecDeque<Event>,
    seen: BTreeSet<String>,
    queue: VecDeque<(Aim, Call)>,
    asked: Option<(Aim, Question)>,
    running: Option<(String, ToolUse, Worker)>,
    /// Approved on the service's asking, and not yet done.
    approved: Vec<Call>,
    verdict: Option<Verdict>,
    uses: Vec<ToolUse>,
    reconnects: u32,
}

impl<'g> Session<'g> {
    /// Connects and begins, or goes on with a workflow that had turns before.
    pub fn begin(
        gitlab: &'g Gitlab<'g>,
        (place, model): (WorkflowPlace, Option<String>),
        (start, resumes): (Start, bool),
        (policy, tools): (Policy, Tools),
        limits: Limits,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, WorkflowError> {
        let mut session = Self {
            address: Address { gitlab, place, model },
            clock,
            limits,
            until: limits.total.map(Deadline::after),
            transcript: Transcript::new(start.goal(), resumes),
            start,
            policy,
            tools: Arc::new(tools),
            cancel: Cancel::default(),
            socket: None,
            status: Status::Working("CREATED".to_owned()),
            events: VecDeque::new(),
            seen: BTreeSet::new(),
            queue: VecDeque::new(),
            asked: None,
            running: None,
            approved: Vec::new(),
            verdict: None,
            uses: Vec::new(),
            reconnects: 0,
        };
        session.connect()?;
        Ok(session)
    }

    /// What happens next, [`Event::Waiting`] where nothing does for a moment.
    pub fn next(&mut self) -> Result<Event, WorkflowError> {
        if self.until.is_some_and(|until| until.has_passed()) {
            self.stop();
            let seconds = self.limits.total.unwrap_or_default().as_secs();
            return Err(WorkflowError::OutOfTime { seconds, done: self.done() });
        }
        if let Some(event) = self.events.pop_front() {
            return Ok(event);
        }
        self.finish_tool()?;
        self.start_next()?;
        if self.events.is_empty() {
            self.look()?;
        }
        Ok(self.events.pop_front().unwrap_or(Event::Waiting))
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

    /// Tells the service to stop, and ends whatever runs here.
    pub fn stop(&mut self) {
        self.cancel.cancel();
        if let Some(mut socket) = self.socket.take() {
            let _ = socket.send(protocol::stop());
            socket.close();
        }
        let until = Deadline::after(Duration::from_secs(2));
        while let Some((_, _, worker)) = &self.running {
            if until.has_passed() || worker.outcome().is_some() {
                self.running = None;
            } else {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }

    pub fn bell(&self) -> crate::system::bell::Bell {
        crate::system::bell::Bell::default()
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

    fn connect(&mut self) -> Result<(), WorkflowError> {
        let mut socket = Socket::connect(&self.address, self.start.definition(), self.limits.idle)?;
        if let Err(how) = socket.send(self.start.message(self.verdict.as_ref())) {
            return Err(self.lost(how));
        }
        self.socket = Some(socket);
        Ok(())
    }

    fn lost(&self, how: Lost) -> WorkflowError {
        self.cancel.cancel();
        WorkflowError::Lost { how, done: self.done() }
    }

    fn look(&mut self) -> Result<(), WorkflowError> {
        let wait = if self.running.is_some() { LOOK / 5 } else { LOOK };
        let now = self.clock.now();
        let Some(socket) = &mut self.socket else {
            // Between two connections, while a person thinks.
            std::thread::sleep(LOOK);
            return Ok(());
        };
        match socket.next(wait, now) {
            Ok(Incoming::Nothing) => Ok(()),
            Ok(Incoming::Message(bytes)) => match protocol::read(&bytes) {
                Ok(message) => self.take(message),
                Err(reason) => Err(self.lost(Lost::Malformed(reason))),
            },
            Ok(Incoming::Closed(code, reason)) => self.closed(code, reason),
            Err(how @ Lost::Broken(_)) => self.reconnect(how),
            Err(how) => Err(self.lost(how)),
        }
    }

    fn take(&mut self, message: Message) -> Result<(), WorkflowError> {
        match message {
            Message::Checkpoint { status, checkpoint, errors } => {
                let text = self.transcript.take(&checkpoint);
                let text = text.map_err(|reason| self.lost(Lost::Malformed(reason)))?;
                if !text.is_empty() {
                    self.events.push_back(Event::Text(text));
                }
                if status.is_empty() {
                    Ok(())
                } else {
                    self.turn_to(Status::read(&status), &errors)
                }
            }
            Message::Action { id, .. } if !self.seen.insert(id.clone()) => Ok(()),
            Message::Action { id, call: Ok(call) } => {
                self.queue.push_back((Aim::Action(id), call));
                Ok(())
            }
            Message::Action { id, call: Err(words) } => self.reply(&id, &words, false),
        }
    }

    fn turn_to(&mut self, status: Status, errors: &[String]) -> Result<(), WorkflowError> {
        if status != self.status {
            self.events.push_back(Event::Status(status.clone()));
            self.status = status.clone();
        }
        let is_current = self.transcript.is_current();
        match status {
            Status::Working(_) => {}
            _ if !is_current => {}
            Status::InputRequired | Status::Finished => {
                if let Some(socket) = self.socket.take() {
                    socket.close();
                }
                self.events.push_back(Event::End(status));
            }
            Status::Failed => {
                let said = self.transcript.text().trim().to_owned();
                let reason = if errors.is_empty() { said } else { errors.join("; ") };
                return Err(WorkflowError::Failed { reason });
            }
            Status::Stopped(status) => return Err(WorkflowError::Stopped { status }),
            Status::PlanApproval => {
                self.stop();
                return Err(WorkflowError::PlanApproval);
            }
            Status::ToolApproval => {
                for wanted in self.transcript.take_wanted() {
                    let call = approval::call(&wanted);
                    self.queue.push_back((Aim::Approval(wanted), call));
                }
            }
        }
        Ok(())
    }

    fn closed(&mut self, code: u16, reason: String) -> Result<(), WorkflowError> {
        self.socket = None;
        let deciding = self.status == Status::ToolApproval;
        match code {
            // It does so after asking for an approval.
            1000 | 1005 if deciding => Ok(()),
            1008 => Err(WorkflowError::NoCredits { reason }),
            4400 => Err(WorkflowError::Invalid { reason }),
            1013 => self.wait_for_lock(),
            1001 | 1005 | 1006 => self.reconnect(Lost::Closed { code, reason }),
            _ => Err(self.lost(Lost::Closed { code, reason })),
        }
    }

    fn wait_for_lock(&mut self) -> Result<(), WorkflowError> {
        self.reconnects += 1;
        if self.reconnects > LOCK_TRIES {
            return Err(WorkflowError::Held);
        }
        self.clock.sleep(LOCK_WAIT * self.reconnects);
        self.connect()
    }

    /// Goes on with the same workflow. What was asked for on the old connection and not begun
    /// is forgotten: the service asks again for what it still wants.
    fn reconnect(&mut self, how: Lost) -> Result<(), WorkflowError> {
        self.socket = None;
        if self.status == Status::ToolApproval {
            return Ok(());
        }
        self.reconnects += 1;
        if self.reconnects > RECONNECTS {
            return Err(self.lost(how));
        }
        self.queue.clear();
        self.clock.sleep(Duration::from_secs(1) * self.reconnects);
        self.connect().map_err(|_| self.lost(how))
    }

    fn finish_tool(&mut self) -> Result<(), WorkflowError> {
        let Some((id, mut used, worker)) = self.running.take() else { return Ok(()) };
        let Some(outcome) = worker.outcome() else {
            self.running = Some((id, used, worker));
            return Ok(());
        };
        used.allowed = !outcome.refused;
        used.ok = outcome.ok && !outcome.refused;
        self.uses.push(used.clone());
        self.events.push_back(Event::Tool(used));
        self.reply(&id, &outcome.text, outcome.ok)
    }

    fn start_next(&mut self) -> Result<(), WorkflowError> {
        if self.running.is_some() || self.asked.is_some() {
            return Ok(());
        }
        let Some((aim, call)) = self.queue.pop_front() else { return Ok(()) };
        let approved = self.approved.iter().position(|one| *one == call);
        match self.policy.decide(call) {
            Decision::Allowed(permit) => self.go_on(aim, permit, true),
            Decision::Denied(refusal) => self.refuse(aim, &refusal),
            Decision::Ask(question) => match (approved, &aim) {
                (Some(at), Aim::Action(_)) => {
                    self.approved.remove(at);
                    self.go_on(aim, question.approve(), false)
                }
                _ => {
                    self.events.push_back(Event::Ask(question.text()));
                    self.asked = Some((aim, question));
                    Ok(())
                }
            },
        }
    }

    fn go_on(&mut self, aim: Aim, permit: Permit, lasts: bool) -> Result<(), WorkflowError> {
        match aim {
            Aim::Action(id) => {
                let used = used(permit.call(), true, false);
                self.events.push_back(Event::Begun(used.what.clone()));
                self.running = Some((id, used, Worker::start(&self.tools, permit, &self.cancel)));
                Ok(())
            }
            Aim::Approval(wanted) => {
                if lasts {
                    self.start.preapprove(&wanted.name);
                } else {
                    self.approved.push(permit.call().clone());
                }
                let arguments = wanted.arguments.to_string();
                self.decided(Verdict::Approved { name: wanted.name, arguments })
            }
        }
    }

    fn refuse(&mut self, aim: Aim, refusal: &Refusal) -> Result<(), WorkflowError> {
        let used = used(&refusal.call, false, refusal.why != Why::Refused);
        self.uses.push(used.clone());
        self.events.push_back(Event::Tool(used));
        let message = refusal.to_string();
        match aim {
            Aim::Action(id) => self.reply(&id, &message, false),
            Aim::Approval(_) => self.decided(Verdict::Rejected { message }),
        }
    }

    /// Connects again with what was decided. Where several were asked for, the first no counts.
    fn decided(&mut self, verdict: Verdict) -> Result<(), WorkflowError> {
        if matches!(verdict, Verdict::Rejected { .. }) {
            self.queue.retain(|(aim, _)| matches!(aim, Aim::Action(_)));
        }
        self.verdict = Some(verdict);
        if self.queue.iter().any(|(aim, _)| matches!(aim, Aim::Approval(_))) {
            return Ok(());
        }
        if let Some(socket) = self.socket.take() {
            socket.close();
        }
        self.status = Status::Working("RUNNING".to_owned());
        self.reconnects = 0;
        self.connect()
    }

    fn reply(&mut self, id: &str, text: &str, ok: bool) -> Result<(), WorkflowError> {
        let Some(socket) = &mut self.socket else { return Ok(()) };
        match socket.send(protocol::text_answer(id, text, ok)) {
            Ok(()) => Ok(()),
            Err(how) => self.reconnect(how),
        }
    }
}

fn used(call: &Call, allowed: bool, unasked: bool) -> ToolUse {
    let name = call.tool().name().to_owned();
    ToolUse { name, args: call.arguments(), what: describe(call), allowed, ok: false, unasked }
}

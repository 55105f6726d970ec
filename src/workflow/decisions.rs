//! What is done with the calls that wait: decided one after the other, run on a thread, and
//! answered.

use std::time::Duration;

use super::error::WorkflowError;
use super::event::{Event, ToolUse};
use super::protocol::Verdict;
use super::reply::Reply;
use super::session::{Aim, Session};
use super::worker::Worker;
use crate::gitlab::WorkflowEvent;
use crate::system::clock::Deadline;
use crate::tools::{Call, Decision, Permit, Refusal, Why};

/// No request takes so long.
const A_DAY: Duration = Duration::from_hours(24);

impl Session<'_> {
    pub(super) fn finish_tool(&mut self) -> Result<(), WorkflowError> {
        let Some((id, mut used, worker)) = self.running.take() else { return Ok(()) };
        let Some(reply) = worker.reply() else {
            self.running = Some((id, used, worker));
            return Ok(());
        };
        used.ended(&reply);
        self.record(used);
        self.answer_action(&id, &reply)
    }

    pub(super) fn start_next(&mut self) -> Result<(), WorkflowError> {
        if self.running.is_some() || self.asked.is_some() {
            return Ok(());
        }
        let Some((aim, call)) = self.queue.pop_front() else { return Ok(()) };
        if matches!(&aim, Aim::Action(id) if !self.requests.waits(id)) {
            return Ok(());
        }
        let approved = self.approved.iter().position(|one| *one == call);
        match self.policy.decide(call) {
            Decision::Allowed(permit) => self.go_on(aim, permit, true)?,
            Decision::Denied(refusal) => return self.refuse(aim, &refusal),
            Decision::Ask(question) => {
                if let (Some(at), Aim::Action(_)) = (approved, &aim) {
                    self.approved.remove(at);
                    return self.go_on(aim, question.approve(), false);
                }
                self.events.push_back(Event::Ask(question.text()));
                self.asked = Some((aim, question));
            }
        }
        Ok(())
    }

    pub(super) fn go_on(
        &mut self,
        aim: Aim,
        permit: Permit,
        lasts: bool,
    ) -> Result<(), WorkflowError> {
        match aim {
            Aim::Action(id) if self.requests.begin(&id) => self.run(id, permit),
            // Its connection went while the person thought: the yes waits for it to be asked again.
            Aim::Action(_) => self.approved.push(permit.call().clone()),
            Aim::Approval(wanted) => {
                if lasts {
                    self.start.preapprove(&wanted.name);
                } else {
                    self.approved.push(permit.call().clone());
                }
                let arguments = wanted.arguments.to_string();
                return self.decided(Verdict::Approved { name: wanted.name, arguments });
            }
        }
        Ok(())
    }

    fn run(&mut self, id: String, permit: Permit) {
        let used = ToolUse::of(permit.call(), true, false);
        self.events.push_back(Event::Begun(used.what.clone()));
        let bell = &self.line.bell;
        let worker = match permit.call() {
            Call::Http { .. } => {
                let until = self.until.unwrap_or(Deadline::after(A_DAY));
                let gitlab = self.line.address.gitlab;
                Worker::request(gitlab.apart(gitlab.client().until(until)), permit, bell)
            }
            _ => Worker::start(&self.tools, permit, &self.cancel, bell),
        };
        self.running = Some((id, used, worker));
    }

    pub(super) fn refuse(&mut self, aim: Aim, refusal: &Refusal) -> Result<(), WorkflowError> {
        let message = refusal.to_string();
        let used = ToolUse::of(&refusal.call, false, refusal.why != Why::Refused);
        match aim {
            // Asked again on the next connection, where it is refused again.
            Aim::Action(id) if !self.requests.begin(&id) => Ok(()),
            Aim::Action(id) => {
                self.record(used);
                self.answer_action(&id, &Reply::failed(&refusal.call, message))
            }
            Aim::Approval(_) => {
                self.record(used);
                self.decided(Verdict::Rejected { message })
            }
        }
    }

    fn record(&mut self, used: ToolUse) {
        self.uses.push(used.clone());
        self.events.push_back(Event::Tool(used));
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
        self.requests.disconnected();
        self.queue.clear();
        self.send_event()?;
        self.line.reopen();
        Ok(())
    }

    /// Tells a workflow that reads decisions only from REST events. A connection without a
    /// successful event would repeat the request for approval.
    fn send_event(&self) -> Result<(), WorkflowError> {
        if !self.start.is_approved_by_event() {
            return Ok(());
        }
        let (event, message) = match &self.verdict {
            Some(Verdict::Rejected { message }) => (WorkflowEvent::Message, message.as_str()),
            _ => (WorkflowEvent::Resume, "approved"),
        };
        let gitlab = self.line.address.gitlab;
        Ok(gitlab.send_workflow_event(self.start.workflow_id(), event, message)?)
    }

    fn answer_action(&mut self, id: &str, reply: &Reply) -> Result<(), WorkflowError> {
        if self.requests.finish(id, reply) { self.reply(id, reply) } else { Ok(()) }
    }

    pub(super) fn reply(&mut self, id: &str, reply: &Reply) -> Result<(), WorkflowError> {
        self.line.answer(reply.message(id)).or_else(|how| self.reconnect(how))
    }
}

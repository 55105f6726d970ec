//! The actions that the service asks for: decided one after the other, run on a thread, answered
//! on the socket that they came from.

use super::error::{Loss, WorkflowError};
use super::event::{Event, ToolUse};
use super::incoming::{WAITING_ACTIONS, WAITING_BYTES};
use super::reply::Reply;
use super::session::{A_DAY, Asked, Session, TOOL_END};
use super::tool_run::ToolRun;
use crate::system::clock::Deadline;
use crate::tools::{Call, Decision, Permit, Refusal, Why};

/// An action of the service with the socket that it came from.
pub(super) struct Action {
    pub(super) id: String,
    socket: u32,
}

/// A tool at work.
pub(super) struct Running {
    action: Action,
    pub(super) call: Call,
    used: ToolUse,
    run: ToolRun,
}

/// A command whose connection ended before the service was seen to have its result, with its
/// reply if it had one.
pub(super) struct Repeatable {
    pub(super) call: Call,
    pub(super) reply: Option<Reply>,
}

impl Session<'_> {
    pub(super) fn take_action(
        &mut self,
        id: String,
        call: Result<Call, String>,
        bytes: usize,
    ) -> Result<(), WorkflowError> {
        self.made_progress();
        self.decision = None;
        let counted = self.connection.incoming.action(&id);
        counted.map_err(|reason| self.lost(Loss::Malformed(reason)))?;
        if !id.is_empty() && !self.ids.insert(id.clone()) {
            return Ok(());
        }
        let action = Action { id, socket: self.connection.number() };
        let call = match call {
            Ok(call) => call,
            Err(reason) => return self.reply(&action, &Reply::failure(reason)),
        };
        self.queued_bytes = if self.queue.is_empty() { bytes } else { self.queued_bytes + bytes };
        if self.queue.len() >= WAITING_ACTIONS || self.queued_bytes > WAITING_BYTES {
            let reason = format!(
                "more than {WAITING_ACTIONS} actions or {WAITING_BYTES} bytes of them wait"
            );
            return Err(self.lost(Loss::Malformed(reason)));
        }
        self.queue.push_back((action, call));
        Ok(())
    }

    pub(super) fn finish_tool(&mut self) -> Result<(), WorkflowError> {
        let Some(mut running) = self.running.take() else { return Ok(()) };
        let Some(reply) = running.run.reply() else {
            self.running = Some(running);
            return Ok(());
        };
        running.used.finish(&reply);
        self.record(running.used);
        if !self.is_current(&running.action) {
            let mut repeatable = self.repeatable.iter_mut();
            if let Some(one) = repeatable.find(|one| one.call == running.call) {
                one.reply = Some(reply);
            }
            return Ok(());
        }
        if is_command(&running.call) {
            self.unconfirmed = Some(Repeatable { call: running.call, reply: Some(reply.clone()) });
        }
        self.reply(&running.action, &reply)
    }

    pub(super) fn start_next_call(&mut self) -> Result<(), WorkflowError> {
        if self.running.is_some() || self.asked.is_some() || !self.connection.is_open() {
            return Ok(());
        }
        let Some((action, call)) = self.queue.pop_front() else { return Ok(()) };
        let repeated = self.repeatable.iter().position(|one| one.call == call);
        let repeated = repeated.map(|at| self.repeatable.remove(at));
        let is_named = self.policy.names_command(&call);
        let approved = self.approved.iter().position(|one| *one == call);
        match (self.policy.decide(call), repeated) {
            (Decision::Denied(refusal), _) => return self.refuse(&action, &refusal),
            (Decision::Allowed(_), Some(earlier)) if !is_named => {
                return self.reply(&action, &Reply::already_ran(earlier.reply.as_ref()));
            }
            (Decision::Allowed(permit), _) => self.run(action, permit),
            (Decision::Ask(question), None) if approved.is_some() => {
                approved.map(|at| self.approved.remove(at));
                self.run(action, question.approve());
            }
            (Decision::Ask(question), repeated) => {
                let again = "again, although it ran before the connection ended: ";
                let lead = if repeated.is_some() { again } else { "" };
                self.events.push_back(Event::Ask(format!("{lead}{}", question.text())));
                self.asked = Some(Asked::Action(action, question));
            }
        }
        Ok(())
    }

    /// Runs what was permitted. If its socket is gone, the permission waits for the service to
    /// ask again.
    pub(super) fn run(&mut self, action: Action, permit: Permit) {
        let call = permit.call().clone();
        if !self.is_current(&action) {
            self.approved.push(call);
            return;
        }
        let used = ToolUse::new(&call, true, false);
        self.events.push_back(Event::Begun(used.what.clone()));
        let notify = &self.connection.notify;
        let run = match call {
            Call::Http { .. } => {
                let until = self.until.unwrap_or(Deadline::after(A_DAY));
                let gitlab = self.connection.gitlab;
                ToolRun::request(gitlab.apart(gitlab.client().until(until)), permit, notify)
            }
            _ => ToolRun::start(&self.tools, permit, &self.cancel, notify),
        };
        self.running = Some(Running { action, call, used, run });
    }

    pub(super) fn refuse(
        &mut self,
        action: &Action,
        refusal: &Refusal,
    ) -> Result<(), WorkflowError> {
        if !self.is_current(action) {
            // The service asks again.
            return Ok(());
        }
        self.record(ToolUse::new(&refusal.call, false, refusal.why != Why::Refused));
        self.reply(action, &Reply::failed(&refusal.call, refusal.to_string()))
    }

    pub(super) fn record(&mut self, used: ToolUse) {
        self.uses.push(used.clone());
        self.events.push_back(Event::Tool(used));
    }

    fn reply(&mut self, action: &Action, reply: &Reply) -> Result<(), WorkflowError> {
        if !self.is_current(action) {
            return Ok(());
        }
        self.has_replied = true;
        self.connection.send(reply.message(&action.id)).or_else(|loss| self.reconnect(loss))
    }

    fn is_current(&self, action: &Action) -> bool {
        action.socket == self.connection.number() && self.connection.is_open()
    }

    /// Forgets what the old socket asked for: the service asks again, with new ids, for what it
    /// still wants. A running tool is left to finish.
    pub(super) fn drop_actions(&mut self) {
        self.queue.clear();
        self.repeatable.extend(self.unconfirmed.take());
        let running = self.running.as_ref().map(|running| &running.call);
        if let Some(call) = running.filter(|call| is_command(call)) {
            self.repeatable.push(Repeatable { call: call.clone(), reply: None });
        }
    }

    /// Whether an action is open, or its answer not known to have arrived.
    pub(super) fn is_in_action(&self) -> bool {
        self.has_replied
            || self.running.is_some()
            || !self.queue.is_empty()
            || matches!(self.asked, Some(Asked::Action(..)))
    }

    /// Kills what runs, and records that it ran.
    pub(super) fn end_tool(&mut self) {
        self.cancel.cancel();
        let Some(Running { mut used, run, .. }) = self.running.take() else { return };
        if let Some(reply) = run.last_reply(TOOL_END) {
            used.finish(&reply);
        }
        self.record(used);
    }
}

/// Whether a second run can do harm. Reading, writing the same contents and making the same
/// directory cannot.
fn is_command(call: &Call) -> bool {
    matches!(call, Call::Command { .. } | Call::Shell { .. }) || call.changes_gitlab()
}

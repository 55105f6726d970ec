//! What is done with the calls that wait: decided one after the other, run on a thread, and
//! answered.

use std::thread;
use std::time::Duration;

use super::error::WorkflowError;
use super::event::{Event, ToolUse};
use super::http_tool;
use super::protocol::{self, Verdict};
use super::session::{Aim, Session};
use super::worker::Worker;
use crate::tools::{Call, Decision, Outcome, Permit, Refusal, Why};

impl Session<'_> {
    pub(super) fn finish_tool(&mut self) -> Result<(), WorkflowError> {
        let Some((id, mut used, worker)) = self.running.take() else { return Ok(()) };
        let Some(outcome) = worker.outcome() else {
            self.running = Some((id, used, worker));
            return Ok(());
        };
        used.ended(&outcome);
        self.record(used);
        self.answer_action(&id, &outcome)
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
            Decision::Allowed(permit) => self.go_on(aim, permit, true),
            Decision::Denied(refusal) => self.refuse(aim, &refusal),
            Decision::Ask(question) => {
                if let (Some(at), Aim::Action(_)) = (approved, &aim) {
                    self.approved.remove(at);
                    return self.go_on(aim, question.approve(), false);
                }
                self.events.push_back(Event::Ask(question.text()));
                self.asked = Some((aim, question));
                Ok(())
            }
        }
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
            Aim::Action(_) => {
                self.approved.push(permit.call().clone());
                Ok(())
            }
            Aim::Approval(wanted) => {
                if lasts {
                    self.start.preapprove(&wanted.name);
                } else {
                    self.approved.push(permit.call().clone());
                }
                let arguments = wanted.arguments.to_string();
                self.decided(Verdict::Approved { name: wanted.name, arguments });
                Ok(())
            }
        }
    }

    fn run(&mut self, id: String, permit: Permit) -> Result<(), WorkflowError> {
        let used = ToolUse::of(permit.call(), true, false);
        self.events.push_back(Event::Begun(used.what.clone()));
        if let Call::Http { .. } = permit.call() {
            return self.run_http(&id, used, &permit);
        }
        let worker = Worker::start(&self.tools, permit, &self.cancel, &self.line.bell);
        self.running = Some((id, used, worker));
        Ok(())
    }

    /// A request to the instance, while the socket is read.
    fn run_http(
        &mut self,
        id: &str,
        mut used: ToolUse,
        permit: &Permit,
    ) -> Result<(), WorkflowError> {
        let (gitlab, bell) = (self.line.address.gitlab, self.line.bell.clone());
        let sent: Result<_, WorkflowError> = thread::scope(|scope| {
            let job = scope.spawn(|| {
                let sent = http_tool::send(gitlab, permit.call());
                bell.ring();
                sent
            });
            while !job.is_finished() {
                if !self.look()? {
                    self.line.bell.wait(Duration::from_millis(20));
                }
            }
            Ok(job.join().unwrap_or_else(|_| http_tool::failed(&"the request died")))
        });
        // It may have been sent where the socket was lost meanwhile.
        used.ok = sent.as_ref().is_ok_and(http_tool::Answer::is_good);
        used.allowed = !sent.as_ref().is_ok_and(|answer| answer.refused);
        self.record(used);
        let answer = sent?;
        let message = protocol::http_answer(id, &answer);
        let outcome = Outcome { ok: answer.error.is_empty(), ..Outcome::done(answer.body) };
        if !self.requests.finish(id, &outcome) {
            return Ok(());
        }
        self.line.answer(message).or_else(|how| self.reconnect(how))
    }

    pub(super) fn refuse(&mut self, aim: Aim, refusal: &Refusal) -> Result<(), WorkflowError> {
        let message = refusal.to_string();
        let used = ToolUse::of(&refusal.call, false, refusal.why != Why::Refused);
        match aim {
            // Asked again on the next connection, where it is refused again.
            Aim::Action(id) if !self.requests.begin(&id) => Ok(()),
            Aim::Action(id) => {
                self.record(used);
                self.answer_action(&id, &Outcome::failed(message))
            }
            Aim::Approval(_) => {
                self.record(used);
                self.decided(Verdict::Rejected { message });
                Ok(())
            }
        }
    }

    fn record(&mut self, used: ToolUse) {
        self.uses.push(used.clone());
        self.events.push_back(Event::Tool(used));
    }

    /// Connects again with what was decided. Where several were asked for, the first no counts.
    fn decided(&mut self, verdict: Verdict) {
        if matches!(verdict, Verdict::Rejected { .. }) {
            self.queue.retain(|(aim, _)| matches!(aim, Aim::Action(_)));
        }
        self.verdict = Some(verdict);
        if self.queue.iter().any(|(aim, _)| matches!(aim, Aim::Approval(_))) {
            return;
        }
        self.requests.disconnected();
        self.queue.clear();
        self.line.reopen();
    }

    fn answer_action(&mut self, id: &str, outcome: &Outcome) -> Result<(), WorkflowError> {
        if self.requests.finish(id, outcome) { self.reply(id, outcome) } else { Ok(()) }
    }

    pub(super) fn reply(&mut self, id: &str, outcome: &Outcome) -> Result<(), WorkflowError> {
        let answer = protocol::text_answer(id, &outcome.text, outcome.ok);
        self.line.answer(answer).or_else(|how| self.reconnect(how))
    }
}

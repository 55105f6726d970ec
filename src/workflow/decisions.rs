//! What the service requests approval for, by closing the connection: decided by the policy or the
//! person, and sent with the next connection.

use super::approval;
use super::checkpoint::Wanted;
use super::error::WorkflowError;
use super::event::{Event, PersonAnswer, ToolUse};
use super::protocol::ApprovalDecision;
use super::session::{Asked, Session};
use crate::gitlab::WorkflowEvent;
use crate::tools::{Decision, Question, Refusal, Why};

impl Session<'_> {
    /// Decides by the policy, or asks the person, about all calls of one message together. One
    /// that the policy refuses rejects them all.
    pub(super) fn request_approval(&mut self, wanted: Vec<Wanted>) {
        let (mut questions, mut refusals) = (Vec::new(), Vec::new());
        self.decision = wanted.first().map(|wanted| ApprovalDecision::Approved {
            name: wanted.name.clone(),
            arguments: wanted.arguments.to_string(),
        });
        for wanted in wanted {
            match self.policy.decide(approval::call(&wanted)) {
                Decision::Allowed(_) => self.start.preapprove(&wanted.name),
                Decision::Ask(question) => questions.push((wanted.name, question)),
                Decision::Denied(refusal) => refusals.push(refusal),
            }
        }
        if !refusals.is_empty() {
            self.reject(&refusals);
        } else if !questions.is_empty() {
            let texts: Vec<String> =
                questions.iter().map(|(_, question)| question.text()).collect();
            self.events.push_back(Event::Ask(texts.join("\nand\n")));
            self.asked = Some(Asked::Approval(questions));
        }
    }

    pub(super) fn decide(&mut self, questions: Vec<(String, Question)>, answer: PersonAnswer) {
        if answer == PersonAnswer::No {
            let refusals = questions.into_iter().map(|(_, question)| question.refuse());
            self.reject(&refusals.collect::<Vec<_>>());
            return;
        }
        for (name, question) in questions {
            if answer == PersonAnswer::Always {
                self.policy.remember(&question);
                self.start.preapprove(&name);
            } else {
                self.approved.push(question.approve().call().clone());
            }
        }
    }

    fn reject(&mut self, refusals: &[Refusal]) {
        for refusal in refusals {
            self.record(ToolUse::new(&refusal.call, false, refusal.why != Why::Refused));
        }
        let texts: Vec<String> = refusals.iter().map(ToString::to_string).collect();
        self.decision = Some(ApprovalDecision::Rejected { message: texts.join("; ") });
    }

    /// Tells the service of the decision: `chat` by the next start request, `software_development`
    /// by an event. A connection without a successful event would repeat the request.
    pub(super) fn send_decision(&mut self) -> Result<(), WorkflowError> {
        if self.start.is_decided_by_event() || self.decision == Some(ApprovalDecision::Plan) {
            match &self.decision {
                Some(ApprovalDecision::Rejected { message }) => {
                    self.send_event(WorkflowEvent::Message, message)?;
                }
                _ => self.send_event(WorkflowEvent::Resume, "approved")?,
            }
        }
        self.connection.reopen();
        Ok(())
    }

    pub(super) fn send_event(
        &self,
        event: WorkflowEvent,
        message: &str,
    ) -> Result<(), WorkflowError> {
        let gitlab = self.connection.gitlab;
        Ok(gitlab.send_workflow_event(self.start.workflow_id(), event, message)?)
    }
}

//! What the service's messages do to a session.

use super::approval;
use super::checkpoint::Status;
use super::error::{Lost, WorkflowError};
use super::event::Event;
use super::inflow::{WAITING_ACTIONS, WAITING_BYTES, check_depth};
use super::protocol::{self, Message};
use super::requests::Standing;
use super::session::{Aim, Session};
use crate::system::clock::Deadline;
use crate::tools::Outcome;

impl Session<'_> {
    pub(super) fn message(&mut self, bytes: &[u8]) -> Result<(), WorkflowError> {
        self.line.trace('<', bytes);
        let message = check_depth(bytes).and_then(|()| protocol::read(bytes));
        match message.map_err(|reason| self.lost(Lost::Malformed(reason)))? {
            Message::Checkpoint { status, checkpoint, errors } => {
                self.checkpoint(&status, &checkpoint, &errors)
            }
            Message::Action { id, call } => {
                self.line.proved();
                self.arrived();
                let counted = self.line.inflow().action(&id);
                counted.map_err(|reason| self.lost(Lost::Malformed(reason)))?;
                match (self.requests.ask(&id), call) {
                    (Standing::Known, _) => Ok(()),
                    (Standing::Done(outcome), _) => self.reply(&id, &outcome),
                    (Standing::New, Ok(call)) => {
                        self.check_queue(bytes.len())?;
                        self.queue.push_back((Aim::Action(id), call));
                        Ok(())
                    }
                    (Standing::New, Err(words)) => {
                        let outcome = Outcome::failed(words);
                        self.requests.finish(&id, &outcome);
                        self.reply(&id, &outcome)
                    }
                }
            }
        }
    }

    /// What waits is bounded in number and in bytes.
    fn check_queue(&mut self, more: usize) -> Result<(), WorkflowError> {
        self.waiting_bytes = if self.queue.is_empty() { more } else { self.waiting_bytes + more };
        if self.queue.len() >= WAITING_ACTIONS || self.waiting_bytes > WAITING_BYTES {
            let reason = format!(
                "more than {WAITING_ACTIONS} actions or {WAITING_BYTES} bytes of them wait"
            );
            return Err(self.lost(Lost::Malformed(reason)));
        }
        Ok(())
    }

    /// The service went on after what was decided.
    fn arrived(&mut self) {
        self.verdict = None;
        self.announced = None;
    }

    fn checkpoint(
        &mut self,
        status: &str,
        checkpoint: &str,
        errors: &[String],
    ) -> Result<(), WorkflowError> {
        let status = Status::read(status);
        let text = check_depth(checkpoint.as_bytes())
            .and_then(|()| self.transcript.take(checkpoint, status.ends_a_turn()))
            .map_err(|reason| self.lost(Lost::Malformed(reason)))?;
        if !text.is_empty() {
            self.events.push_back(Event::Text(text));
        }
        if status == Status::Working(String::new()) || !self.transcript.is_current() {
            return Ok(());
        }
        self.turn_to(status, errors)
    }

    fn turn_to(&mut self, status: Status, errors: &[String]) -> Result<(), WorkflowError> {
        let wanted = match status {
            Status::ToolApproval => self.transcript.take_wanted(),
            _ => Vec::new(),
        };
        if status == Status::ToolApproval && wanted.is_empty() && self.verdict.is_some() {
            // The snapshot from before the decision.
            return Ok(());
        }
        if status != self.status {
            self.events.push_back(Event::Status(status.clone()));
            self.status = status.clone();
        }
        if status == Status::ToolApproval {
            self.verdict = None;
            self.announced = Some(Deadline::after(self.line.pace.approval));
            for wanted in wanted {
                let call = approval::call(&wanted);
                self.queue.push_back((Aim::Approval(wanted), call));
            }
            return Ok(());
        }
        self.line.proved();
        self.arrived();
        match status {
            Status::Working(_) | Status::ToolApproval => Ok(()),
            Status::InputRequired | Status::Finished => {
                self.end = Some(Ok(status));
                Ok(())
            }
            Status::Failed => {
                let said = self.transcript.text().trim().to_owned();
                let reason = if errors.is_empty() { said } else { errors.join("; ") };
                Err(WorkflowError::Failed { reason })
            }
            Status::Stopped(status) => Err(WorkflowError::Stopped { status }),
            Status::PlanApproval => Err(WorkflowError::PlanApproval),
        }
    }
}

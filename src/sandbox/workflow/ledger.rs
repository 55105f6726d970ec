//! The workflows that were created while the sandbox runs: their states, who holds which, and
//! how far each came at its last saved step.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::log::Log;
use super::script::{Message, Turn};

/// The first workflow; the next ones count up from it.
const FIRST_ID: u64 = 4_120_001;

/// The state of a workflow. The socket can show another one than REST: a run that has begun is
/// `running` here and `CREATED` there until the agent's first step is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Created,
    Running,
    Paused,
    InputRequired,
    PlanApproval,
    ToolApproval,
    Finished,
    Failed,
    Stopped,
}

impl Status {
    /// The name in lower case, as REST has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::InputRequired => "input_required",
            Self::PlanApproval => "plan_approval_required",
            Self::ToolApproval => "tool_call_approval_required",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }

    pub(super) fn is_over(self) -> bool {
        matches!(self, Self::Finished | Self::Failed | Self::Stopped)
    }

    /// Whether the next connection takes the workflow out of its state.
    pub(super) fn is_waiting(self) -> bool {
        use Status::{InputRequired, Paused, PlanApproval, ToolApproval};
        matches!(self, Paused | InputRequired | PlanApproval | ToolApproval)
    }

    /// The state after an event; `Err` has GitLab's words for one that does not fit.
    pub(super) fn after(self, event: &str) -> Result<Self, String> {
        let running = self == Self::Running;
        let (fits, next) = match event {
            "start" => (self == Self::Created, Self::Running),
            "pause" => (running, Self::Paused),
            "require_input" => (running, Self::InputRequired),
            "require_plan_approval" => (running, Self::PlanApproval),
            "require_tool_call_approval" => (running, Self::ToolApproval),
            "resume" => (self.is_waiting(), Self::Running),
            "retry" => {
                (matches!(self, Self::Running | Self::Stopped | Self::Failed), Self::Running)
            }
            "finish" => (running, Self::Finished),
            "drop" => (!self.is_over(), Self::Failed),
            "stop" => (!self.is_over(), Self::Stopped),
            _ => return Err(format!("Can not {event} workflow, unsupported event")),
        };
        let status = self.name().replace('_', " ");
        if fits {
            Ok(next)
        } else {
            Err(format!("Can not {event} workflow that has status {status}"))
        }
    }
}

/// What a workflow was created with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Order {
    /// The owner's user name.
    pub(super) owner: String,
    pub(super) project: Option<u64>,
    pub(super) namespace: u64,
    pub(super) definition: String,
    pub(super) environment: String,
    /// What the agent may do, by GitLab's numbers.
    pub(super) privileges: Vec<u64>,
    /// Those of them that need no approval.
    pub(super) pre_approved: Vec<u64>,
    /// Whether `software_development` asks for approval of its plan.
    pub(super) may_ask: bool,
}

/// A workflow as it stood at its last saved step.
#[derive(Debug, Clone)]
pub(super) struct Workflow {
    pub(super) id: u64,
    pub(super) order: Order,
    pub(super) created_at: SystemTime,
    pub(super) status: Status,
    /// Everything that was said and done in it.
    pub(super) log: Log,
    /// The tasks of the plan.
    pub(super) plan: Vec<(String, String)>,
    pub(super) turn: Turn,
    /// How many turns began.
    pub(super) turns: usize,
    /// What waits for approval: a message of the model, and the state that says so.
    pub(super) waits: Option<(Message, &'static str)>,
    pub(super) plan_is_approved: bool,
    /// Whether the client has a tool to run right now.
    pub(super) is_in_tool: bool,
    /// Tokens of each agent's context.
    pub(super) tokens: BTreeMap<String, u64>,
    /// Decisions that came over REST and no run has read: type and message.
    pub(super) events: Vec<(String, String)>,
    is_held: bool,
}

/// All workflows.
#[derive(Debug, Default)]
pub(in super::super) struct Workflows(Mutex<Book>);

#[derive(Debug, Default)]
struct Book {
    workflows: Vec<Workflow>,
    ids: u64,
}

impl Workflows {
    /// Adds a workflow and returns it with its id.
    pub(super) fn add(&self, order: Order, now: SystemTime) -> Workflow {
        let mut book = self.book();
        let number = u64::try_from(book.workflows.len()).unwrap_or_default();
        let workflow = Workflow {
            id: FIRST_ID + number,
            order,
            created_at: now,
            status: Status::Created,
            log: Log::default(),
            plan: Vec::new(),
            turn: Turn::default(),
            turns: 0,
            waits: None,
            plan_is_approved: false,
            is_in_tool: false,
            tokens: BTreeMap::new(),
            events: Vec::new(),
            is_held: false,
        };
        book.workflows.push(workflow.clone());
        workflow
    }

    /// A workflow of this person's; those of others are not found.
    pub(super) fn find(&self, id: &str, owner: &str) -> Option<Workflow> {
        let book = self.book();
        let found = book.workflows.iter().find(|workflow| workflow.id.to_string() == id);
        found.filter(|workflow| workflow.order.owner == owner).cloned()
    }

    /// Moves a workflow on; `Err` has GitLab's words for an event that does not fit.
    pub(super) fn fire(&self, id: u64, event: &str) -> Result<(), String> {
        let next = self.change(id, |workflow| {
            workflow.status = workflow.status.after(event)?;
            Ok(())
        });
        next.unwrap_or_else(|| Err("404 Workflow Not Found".to_owned()))
    }

    /// Saves a step. The state, the events and the holder are not the agent's to change.
    pub(super) fn save(&self, workflow: &Workflow) {
        self.change(workflow.id, |saved| {
            *saved = Workflow {
                status: saved.status,
                events: saved.events.clone(),
                is_held: saved.is_held,
                ..workflow.clone()
            };
        });
    }

    pub(super) fn status(&self, id: u64) -> Option<Status> {
        self.change(id, |workflow| workflow.status)
    }

    /// Holds a workflow, unless another connection does already.
    pub(super) fn hold(&self, id: u64) -> Option<Hold<'_>> {
        let taken = self.change(id, |workflow| !std::mem::replace(&mut workflow.is_held, true))?;
        // Dropping a `Hold` frees the workflow, so that none may be made in vain.
        taken.then(|| Hold { workflows: self, id })
    }

    /// An id that never comes twice, in the form of a UUID.
    pub(super) fn uuid(&self) -> String {
        let mut book = self.book();
        book.ids += 1;
        // Two steps of SplitMix64, which maps different numbers to different ones.
        let mixed = |number: u64| {
            let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            number ^ (number >> 31)
        };
        let (high, low) = (mixed(book.ids), mixed(!book.ids));
        format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xfff,
            low >> 52,
            low & 0xffff_ffff_ffff
        )
    }

    /// Changes what is saved of a workflow; `None` if there is none.
    pub(super) fn change<T>(&self, id: u64, change: impl FnOnce(&mut Workflow) -> T) -> Option<T> {
        let mut book = self.book();
        book.workflows.iter_mut().find(|workflow| workflow.id == id).map(change)
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A workflow in one connection's hands; it is free again when this is dropped.
pub(super) struct Hold<'w> {
    workflows: &'w Workflows,
    id: u64,
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.workflows.change(self.id, |workflow| workflow.is_held = false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_connection_holds_a_workflow_and_saving_keeps_state_and_holder() {
        let workflows = Workflows::default();
        let workflow = workflows.add(Order::default(), SystemTime::UNIX_EPOCH);
        let hold = workflows.hold(workflow.id);
        assert!(hold.is_some() && workflows.hold(workflow.id).is_none());
        assert_eq!(workflows.fire(workflow.id, "start"), Ok(()));
        workflows.save(&workflow);
        assert_eq!(workflows.status(workflow.id), Some(Status::Running));
        assert!(workflows.hold(workflow.id).is_none());
        drop(hold);
        assert!(workflows.hold(workflow.id).is_some());
    }

    #[test]
    fn an_event_fits_its_states_only() {
        use Status::{Created, Failed, Finished, InputRequired, Running, Stopped};
        for (status, event, next) in [
            (Created, "start", Some(Running)),
            (Running, "require_input", Some(InputRequired)),
            (InputRequired, "require_input", None),
            (InputRequired, "resume", Some(Running)),
            (Stopped, "retry", Some(Running)),
            (Finished, "retry", None),
            (Created, "stop", Some(Stopped)),
            (Failed, "stop", None),
            (Running, "fly", None),
        ] {
            assert_eq!(status.after(event).ok(), next, "{event} in {}", status.name());
        }
        let words = "Can not stop workflow that has status failed";
        assert_eq!(Failed.after("stop"), Err(words.to_owned()));
    }

    #[test]
    fn ids_are_uuids_and_differ() {
        let workflows = Workflows::default();
        let mut ids: Vec<String> = (0..1000).map(|_| workflows.uuid()).collect();
        assert!(ids.iter().all(|id| id.len() == 36 && id.as_bytes()[14] == b'4'), "{}", ids[0]);
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 1000);
    }
}

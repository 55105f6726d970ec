//! The workflows that were created while the sandbox runs, and who holds which.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::checkpoint::Log;
use super::script::Turn;
use super::start::Verdict;

/// The first workflow; the next ones count up from it.
const FIRST_ID: u64 = 4_120_001;

/// Where a workflow stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Created,
    Running,
    InputRequired,
    Finished,
    Stopped,
    ToolApproval,
}

impl Status {
    /// The word on the socket; REST has it in lower case.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Running => "RUNNING",
            Self::InputRequired => "INPUT_REQUIRED",
            Self::Finished => "FINISHED",
            Self::Stopped => "STOPPED",
            Self::ToolApproval => "TOOL_CALL_APPROVAL_REQUIRED",
        }
    }
}

/// What a workflow was created with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    /// The user name of whose it is.
    pub(super) owner: String,
    pub(super) project: Option<u64>,
    pub(super) namespace: u64,
    pub(super) definition: String,
    pub(super) environment: String,
    /// What the agent may do, by GitLab's numbers.
    pub(super) privileges: Vec<u64>,
    /// Those of them that need no approval.
    pub(super) pre_approved: Vec<u64>,
    pub(super) may_ask: bool,
}

/// A workflow.
#[derive(Debug, Clone)]
pub(super) struct Workflow {
    pub(super) id: u64,
    pub(super) order: Order,
    pub(super) created_at: SystemTime,
    pub(super) status: Status,
    /// Everything that was said and done in it.
    pub(super) log: Log,
    /// What it works at, or worked at last.
    pub(super) turn: Option<Turn>,
    /// A decision that came by a REST event.
    pub(super) decision: Option<Verdict>,
    /// Tools that were approved for good.
    pub(super) remembered: Vec<String>,
    /// How many turns there were.
    pub(super) turns: usize,
    /// How many actions were sent.
    pub(super) actions: u64,
    is_held: bool,
}

/// All workflows.
#[derive(Debug, Default)]
pub(in super::super) struct Workflows(Mutex<Vec<Workflow>>);

impl Workflows {
    /// Adds a workflow, with an id of its own, and gives it back.
    pub(super) fn add(&self, order: Order, now: SystemTime) -> Workflow {
        let mut all = self.all();
        let number = u64::try_from(all.len()).unwrap_or_default();
        let workflow = Workflow {
            id: FIRST_ID + number,
            order,
            created_at: now,
            status: Status::Created,
            log: Log::default(),
            turn: None,
            decision: None,
            remembered: Vec::new(),
            turns: 0,
            actions: 0,
            is_held: false,
        };
        all.push(workflow.clone());
        workflow
    }

    /// A workflow of this person's; those of others are not found.
    pub(super) fn find(&self, id: &str, owner: &str) -> Option<Workflow> {
        let all = self.all();
        let found = all.iter().find(|workflow| workflow.id.to_string() == id);
        found.filter(|workflow| workflow.order.owner == owner).cloned()
    }

    pub(super) fn set_status(&self, id: u64, status: Status) {
        self.change(id, |workflow| workflow.status = status);
    }

    pub(super) fn decide(&self, id: u64, decision: Verdict) {
        self.change(id, |workflow| workflow.decision = Some(decision));
    }

    /// Keeps how far a workflow came, unless somebody stopped it meanwhile.
    pub(super) fn keep(&self, workflow: &Workflow) -> bool {
        let mut all = self.all();
        let kept = all.iter_mut().find(|kept| kept.id == workflow.id);
        let Some(kept) = kept.filter(|kept| kept.status != Status::Stopped) else { return false };
        *kept = Workflow { is_held: true, ..workflow.clone() };
        true
    }

    /// Holds a workflow, unless somebody does already.
    pub(super) fn hold(&self, id: u64) -> Option<Hold<'_>> {
        let mut all = self.all();
        let found = all.iter_mut().find(|workflow| workflow.id == id && !workflow.is_held)?;
        found.is_held = true;
        Some(Hold { workflows: self, id })
    }

    fn change(&self, id: u64, change: impl FnOnce(&mut Workflow)) {
        if let Some(workflow) = self.all().iter_mut().find(|workflow| workflow.id == id) {
            change(workflow);
        }
    }

    fn all(&self) -> MutexGuard<'_, Vec<Workflow>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A workflow in one connection's hands; it is free again when this is dropped.
pub(super) struct Hold<'w> {
    workflows: &'w Workflows,
    id: u64,
}

impl Hold<'_> {
    pub(super) fn id(&self) -> u64 {
        self.id
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.workflows.change(self.id, |workflow| workflow.is_held = false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> Order {
        Order {
            owner: "mira".into(),
            project: Some(7),
            namespace: 2,
            definition: "chat".into(),
            environment: "ide".into(),
            privileges: vec![1],
            pre_approved: Vec::new(),
            may_ask: true,
        }
    }

    #[test]
    fn one_connection_holds_a_workflow() {
        let workflows = Workflows::default();
        let id = workflows.add(order(), SystemTime::UNIX_EPOCH).id;
        let hold = workflows.hold(id);
        assert!(hold.is_some() && workflows.hold(id).is_none());
        let _ = workflows.keep(&workflows.find(&id.to_string(), "mira").expect("a workflow"));
        assert!(workflows.hold(id).is_none());
        drop(hold);
        assert!(workflows.hold(id).is_some());
    }

    #[test]
    fn a_workflow_of_somebody_else_is_not_found() {
        let workflows = Workflows::default();
        let id = workflows.add(order(), SystemTime::UNIX_EPOCH).id.to_string();
        assert!(workflows.find(&id, "mira").is_some());
        assert!(workflows.find(&id, "jonas").is_none() && workflows.find("x", "mira").is_none());
    }
}

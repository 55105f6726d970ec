//! One connection from its start request to its close.

use super::super::call::World;
use super::agent::Agent;
use super::handshake::Opened;
use super::ledger::{Hold, Status, Workflow};
use super::script::Turn;
use super::socket::{End, Event, Socket, Stream, invalid};
use super::start::{Start, Verdict};

/// Serves a connection to its end.
pub(in super::super) fn converse(world: &World, stream: Box<dyn Stream>, opened: &Opened) {
    let mut socket = Socket::new(stream, world.clock.as_ref());
    // Kept until the close is through: who comes back earlier finds the workflow locked.
    let mut lock = None;
    let end = talk(world, &mut socket, opened, &mut lock).err();
    let id = lock.as_ref().map(Hold::id);
    match end {
        None => socket.close(1000, ""),
        Some(End::Close(code, reason)) => socket.close(code, &reason),
        Some(End::Stop) => {
            if let Some(workflow) = id.and_then(|id| stopped(world, id, opened)) {
                let goal = workflow.turn.map(|turn| turn.goal).unwrap_or_default();
                // Who is gone by now need not know.
                let _ = socket.send(&workflow.log.message(Status::Stopped, &goal));
            }
            socket.close(1000, "");
        }
        Some(End::Left) => {
            id.and_then(|id| stopped(world, id, opened));
        }
        Some(End::Lost) => {}
    }
}

/// Stops a workflow that is not over.
fn stopped(world: &World, id: u64, opened: &Opened) -> Option<Workflow> {
    let workflow = world.workflows.find(&id.to_string(), &opened.username)?;
    if matches!(workflow.status, Status::Created | Status::Running | Status::Stopped) {
        world.workflows.set_status(id, Status::Stopped);
        return Some(workflow);
    }
    None
}

fn talk<'w>(
    world: &'w World,
    socket: &mut Socket<'w>,
    opened: &Opened,
    lock: &mut Option<Hold<'w>>,
) -> Result<(), End> {
    let Event::Start(start) = socket.event()? else {
        return Err(invalid("a workflow begins with startRequest"));
    };
    let mut start = Start::read(&start)?;
    let workflow = find(world, &start, opened)?;
    *lock = world.workflows.hold(workflow.id);
    if lock.is_none() {
        return Err(End::Close(1013, "Failed to acquire lock on workflow".to_owned()));
    }
    // What was found before the lock may have changed since.
    let mut workflow = find(world, &start, opened)?;
    if let Some(decision) = workflow.decision.take() {
        start.verdict = Some(decision);
    }
    let turn = take_up(world, socket, &mut workflow, &start)?;
    Agent { world, socket, workflow, turn, start: &start, opened }.work()
}

fn find(world: &World, start: &Start, opened: &Opened) -> Result<Workflow, End> {
    let named = opened.workflow.as_deref();
    if named.is_some_and(|named| named != start.workflow) {
        return Err(invalid("workflowID is not that of the address"));
    }
    let found = world.workflows.find(&start.workflow, &opened.username);
    let workflow = found.ok_or_else(|| invalid("workflowID is of no workflow of yours"))?;
    if [&start.definition, &opened.definition].iter().any(|one| **one != workflow.order.definition)
    {
        return Err(invalid("workflowDefinition is not what the workflow was created with"));
    }
    if workflow.order.project.is_some_and(|project| project != opened.project) {
        return Err(invalid("project_id is not what the workflow was created with"));
    }
    Ok(workflow)
}

/// The turn that a start request goes on with, or begins.
fn take_up(
    world: &World,
    socket: &mut Socket<'_>,
    workflow: &mut Workflow,
    start: &Start,
) -> Result<Turn, End> {
    let is_over =
        matches!(workflow.status, Status::InputRequired | Status::Finished | Status::Stopped);
    let open = workflow
        .turn
        .take()
        .filter(|turn| !is_over && (turn.goal == start.goal || start.goal.is_empty()));
    match (&start.verdict, open) {
        (Some(verdict), Some(turn)) => check_verdict(&turn, verdict).map(|()| turn),
        (Some(_), None) => Err(invalid("no tool of this goal waits for approval")),
        (None, Some(turn)) => match &turn.waits {
            Some(_) => {
                // It was asked already, and the answer is still due.
                workflow.turn = Some(turn);
                socket.send(&workflow.log.message(Status::ToolApproval, &start.goal))?;
                Err(End::Close(1000, String::new()))
            }
            None => Ok(turn),
        },
        (None, None) => {
            if workflow.turns == 0 {
                socket.send(&workflow.log.message(Status::Created, &start.goal))?;
            }
            workflow.turns += 1;
            workflow.log.push_goal(&start.goal, world.clock.now());
            Ok(Turn::new(&start.goal))
        }
    }
}

/// A verdict must be about the tool that waits, with exactly its arguments.
fn check_verdict(turn: &Turn, verdict: &Verdict) -> Result<(), End> {
    let waits = turn.waits.as_ref();
    let waits = waits.ok_or_else(|| invalid("no tool waits for approval"))?;
    match verdict {
        Verdict::Approved { tool, arguments, .. }
            if *tool != waits.tool || *arguments != waits.arguments =>
        {
            Err(invalid("the approval is not of the tool that waits"))
        }
        _ => Ok(()),
    }
}

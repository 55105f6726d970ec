//! One connection from its start request to its close.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::call::World;
use super::agent::Agent;
use super::events::Event;
use super::handshake::Opened;
use super::ledger::{Hold, Workflow};
use super::log::{Log, checkpoint};
use super::socket::{End, Socket, Stream};

/// All flows that the sandbox has.
const FLOWS: [&str; 3] = ["chat", "software_development", "software_development/v1"];
const FAILURE: &str = "There was an error processing your request in the Duo Agent Platform, please contact support if the issue persists.";

/// Serves a connection to its end.
pub(in super::super) fn converse(world: &World, stream: Box<dyn Stream>, opened: &Opened) {
    let mut socket = Socket::new(stream, world.clock.as_ref());
    // Kept until the close is through: a client that comes back earlier finds the workflow locked.
    let mut run = Run::default();
    let end = run.talk(world, &mut socket, opened).err().unwrap_or_else(End::normal);
    let fire = |event| run.id.map(|id| world.workflows.fire(id, event));
    match end {
        End::Close(code, reason) => socket.close(code, &reason),
        End::Fail(code, reason) => {
            fire("drop");
            let mut log = Log::default();
            let id = format!("error-{}", world.workflows.uuid());
            log.push("agent", &id, FAILURE, world.clock.now())["status"] = json!("failure");
            // A client that is gone by now need not know.
            let _ = socket.send(&run.last(world, "FAILED", &log.0));
            socket.close(code, &reason);
        }
        End::Stop if socket.pause(Duration::ZERO).is_err() => {
            // The client did not wait: its close interrupts the cleanup of its own stop.
            fire("drop");
        }
        End::Stop => {
            fire("stop");
            let _ = socket.send(&run.last(world, "STOPPED", &[]));
            socket.close(1000, "");
        }
        End::Left => {
            fire("stop");
        }
        End::Lost => {}
    }
}

/// What a connection has come to.
#[derive(Default)]
struct Run<'w> {
    /// The workflow that it runs.
    id: Option<u64>,
    goal: String,
    hold: Option<Hold<'w>>,
}

impl<'w> Run<'w> {
    fn talk(
        &mut self,
        world: &'w World,
        socket: &mut Socket<'w>,
        opened: &Opened,
    ) -> Result<(), End> {
        let Event::Start(start) = socket.event()? else { return Err(End::normal()) };
        self.goal.clone_from(&start.goal);
        if start.workflow.is_empty() {
            return Err(End::normal());
        }
        let find = || world.workflows.find(&start.workflow, &opened.username);
        let found = find();
        if let Some(Workflow { id, .. }) = found {
            self.hold = world.workflows.hold(id);
            if self.hold.is_none() {
                return Err(End::Close(1013, "Failed to acquire lock on workflow".to_owned()));
            }
        }
        if !start.is_readable() {
            return Err(End::normal());
        }
        let definition = start.definition();
        if !FLOWS.contains(&definition.as_str()) {
            let words = format!("Failed to load flow {definition} (version 1.0.0)");
            return Err(End::Close(4400, words));
        }
        // What was found before the lock may have changed since.
        let Some(workflow) = found.and_then(|_| find()) else {
            let words = "Invalid workflow ID: GraphQL errors: [{'message': 'Workflow not found'}]";
            return Err(End::Fail(4400, words.to_owned()));
        };
        self.id = Some(workflow.id);
        Agent::new(world, socket, workflow, &start, opened).work()
    }

    /// The checkpoint that ends a run: it has only these entries.
    fn last(&self, world: &World, status: &str, entries: &[Value]) -> Value {
        let channels = json!({ "ui_chat_log": entries, "plan": { "steps": [] } });
        checkpoint(world, status, &channels, &self.goal, &json!({}))
    }
}

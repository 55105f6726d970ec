//! `glduo chat` with a workflow model: what is started, what the tools may do, what is shown,
//! and what each end means for the exit code.

mod agent;
mod arguments;
mod ends;
mod messages;
mod output;
mod person;
mod policy;
#[cfg(unix)]
mod processes;
mod recorded;
mod start;

use serde_json::{Value, json};

use crate::support::world::{Outcome, World};
use agent::Agent;

/// The context entry that every definition passes to its model.
fn instructions(text: &str) -> Value {
    json!({
        "category": "user_rule", "id": "agents-md-user-instructions",
        "content": text, "metadata": "{}",
    })
}

/// A goal for the default workflow model, and what else the line has.
fn run(world: &World, more: &str) -> Outcome {
    world.run(&format!("chat -n -m duo-workflow-default Tidy {more}"))
}

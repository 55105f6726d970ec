//! What a session reports, and what it is told.

use std::time::Duration;

use serde_json::Value;

use super::checkpoint::Status;
use super::reply::Reply;
use crate::tools::{Call, describe};

/// The limits of a run.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Silence on the socket; the service pings every 20 s.
    pub idle: Duration,
    /// The whole workflow.
    pub total: Option<Duration>,
    /// Attempts to connect again without new text or a new action in between.
    pub max_retries: u32,
}

/// A tool that was asked for, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolUse {
    /// Its name, as in `--deny`.
    pub name: String,
    /// Exactly what was asked for, fit for a terminal.
    pub what: String,
    /// The same for programs: an object of the tool's arguments.
    pub args: Value,
    /// Whether it was allowed.
    pub allowed: bool,
    /// Whether it did what it should.
    pub ok: bool,
    /// Refused by a setting, or without a person to ask.
    pub unasked: bool,
}

impl ToolUse {
    pub(super) fn new(call: &Call, allowed: bool, unasked: bool) -> Self {
        let name = call.tool().name().to_owned();
        Self { name, what: describe(call), args: call.arguments(), allowed, ok: false, unasked }
    }

    /// Takes in the reply of a tool that ran; what its own fences refused was not allowed.
    pub(super) fn finish(&mut self, reply: &Reply) {
        self.allowed = !reply.is_refusal();
        self.ok = reply.is_good();
    }
}

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// Nothing yet; time to look at other things.
    Waiting,
    /// More of the agent's text.
    Text(String),
    /// The last so many characters of the text are no longer part of it.
    Retracted(usize),
    /// Something that the user should know.
    Note(String),
    /// The workflow's state changed.
    Status(Status),
    /// A tool begins its work.
    Begun(String),
    /// A tool is done, or was refused.
    Tool(ToolUse),
    /// A person has to decide; [`super::Session::answer`] takes the answer.
    Ask(String),
    /// The same for a plan with these steps.
    AskPlan(Vec<String>),
    /// It came to a good end.
    End(Status),
}

/// What a person decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonAnswer {
    /// Not this.
    No,
    /// This, once.
    Yes,
    /// This tool, for this run.
    Always,
}

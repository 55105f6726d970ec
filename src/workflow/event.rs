//! What a session tells, and what it is told.

use std::time::Duration;

use serde_json::Value;

use super::checkpoint::Status;
use crate::tools::{Call, Outcome, describe};

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Silence on the socket; the service pings every 20 s.
    pub idle: Duration,
    /// The whole workflow.
    pub total: Option<Duration>,
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
    /// Whether it was let.
    pub allowed: bool,
    /// Whether it did what it should.
    pub ok: bool,
    /// Refused where nobody could be asked, or by a setting.
    pub unasked: bool,
}

impl ToolUse {
    pub(super) fn of(call: &Call, allowed: bool, unasked: bool) -> Self {
        let name = call.tool().name().to_owned();
        Self { name, what: describe(call), args: call.arguments(), allowed, ok: false, unasked }
    }

    /// It was run; what the tool's own fences keep was not let.
    pub(super) fn ended(&mut self, outcome: &Outcome) {
        self.allowed = !outcome.refused;
        self.ok = outcome.ok && !outcome.refused;
    }
}

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// Nothing yet; time to look at other things.
    Waiting,
    /// More of the agent's text.
    Text(String),
    /// The workflow's state changed.
    Status(Status),
    /// A tool begins its work.
    Begun(String),
    /// A tool is done, or was refused.
    Tool(ToolUse),
    /// A person has to decide; [`super::Session::answer`] tells how.
    Ask(String),
    /// It came to a good end.
    End(Status),
}

/// What a person said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Not this.
    No,
    /// This, once.
    Yes,
    /// This tool, for this run.
    Always,
}

//! What the result of a workflow has besides that of a chat.

use serde::Serialize;
use serde_json::Value;

/// A tool that the service asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ToolRow {
    /// Its name, as in `--deny`.
    pub name: String,
    /// What was asked for.
    pub args: Value,
    /// Whether it was let.
    pub allowed: bool,
    /// Whether it did what it should.
    pub ok: bool,
}

/// The members of a workflow's result.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct WorkflowResult<'a> {
    /// GitLab's id of the workflow.
    pub workflow_id: &'a str,
    /// Where it stands, in the service's word.
    pub status: &'a str,
    /// The tools in the order they were asked for.
    pub tools: &'a [ToolRow],
}

//! What a server-driven agent may do on this machine: files below one directory handle, search, git
//! that reads, commands. Every call passes the policy, and every answer is of bounded size.
//!
//! [`Policy::decide`] allows a call with a [`Permit`], asks, or refuses. [`Tools::run`] takes a
//! permit only: one decision, one action.

mod boundaries;
mod call;
mod command;
mod command_line;
mod error;
mod files;
mod git;
mod git_arguments;
mod http;
mod ignored;
mod output;
mod policy;
mod process;
mod repository;
mod search;
#[cfg(test)]
mod tests;
mod workspace;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};
use std::time::Duration;

use crate::system::environment::Environment;

pub use boundaries::Boundaries;
pub use call::{Call, Timeout, Tool, describe};
pub use command_line::{LineFault, words};
pub use error::{EditFault, Protected, ToolError, Withheld};
pub use http::api_address;
pub use output::Outcome;
pub use policy::{Decision, PermissionError, Permit, Policy, Question, Refusal, Why, group_of};
pub use workspace::Workspace;

/// How long a command may run if the agent does not say.
pub const COMMAND_TIME: Duration = Duration::from_mins(10);
/// The most that an agent gets for a command.
const LONGEST_COMMAND_TIME: Duration = Duration::from_hours(1);

/// Stops whatever tool is running, from any thread and for good.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    pub fn cancel(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// The tools of one run, in one directory.
#[derive(Debug)]
pub struct Tools {
    workspace: Workspace,
    env: Environment,
    command_time: Duration,
    /// Whether the ignore files were remembered.
    remembered: Once,
}

impl Tools {
    /// Tools whose commands may run for [`COMMAND_TIME`]; children see only harmless variables of
    /// `env`.
    pub fn new(workspace: Workspace, env: Environment) -> Self {
        Self { workspace, env, command_time: COMMAND_TIME, remembered: Once::new() }
    }

    #[must_use]
    pub fn with_command_time(self, command_time: Duration) -> Self {
        Self { command_time, ..self }
    }

    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Runs what was permitted. A failure is a result too; its text is for the service.
    pub fn run(&self, permit: Permit, cancel: &Cancel) -> Outcome {
        self.answer(&permit.spend(), cancel).unwrap_or_else(Outcome::from)
    }

    fn answer(&self, call: &Call, cancel: &Cancel) -> Result<Outcome, ToolError> {
        let Self { workspace, env, command_time, .. } = self;
        let time = call.timeout().0.unwrap_or(*command_time).min(LONGEST_COMMAND_TIME);
        let directory = workspace.directory();
        if cancel.is_cancelled() {
            return Err(ToolError::Cancelled);
        }
        if matches!(call, Call::Command { .. } | Call::Shell { .. }) {
            // A command may change every file.
            self.remembered.call_once(|| search::remember_ignore_files(workspace, cancel));
        }
        let text = match call {
            Call::Read { path, offset, limit } => files::read(workspace, path, *offset, *limit)?,
            Call::ReadMany { paths } => return Ok(files::read_many(workspace, paths)),
            Call::Write { path, contents } => files::write(workspace, path, contents)?,
            Call::Edit { path, old, new } => files::edit(workspace, path, old, new)?,
            Call::List { path } => files::list(workspace, path)?,
            Call::Find { pattern } => search::find(workspace, pattern, cancel)?,
            Call::Grep { keywords, directory, case_insensitive } => {
                search::grep(workspace, keywords, directory, *case_insensitive, cancel)?
            }
            Call::Mkdir { path } => files::make_directory(workspace, path)?,
            Call::Git { command, arguments } => {
                return git::git(workspace, command, arguments, env, cancel);
            }
            Call::Command { program, arguments, .. } => {
                return command::command(program, arguments, directory, env, time, cancel);
            }
            Call::Shell { command, .. } => {
                return command::shell(command, directory, env, time, cancel);
            }
            Call::Http { .. } | Call::Elsewhere { .. } => {
                return Err(ToolError::NotHere { tool: call.tool().name() });
            }
        };
        Ok(Outcome::done(text))
    }
}

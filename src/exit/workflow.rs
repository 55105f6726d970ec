//! How a workflow ended other than well, in words.

use std::error::Error as StdError;

use super::{Code, Report, duo};
use crate::commands::{GoalTooLong, ToolDenied};
use crate::tools::group_of;
use crate::workflow::{Loss, WorkflowError};

pub(super) fn of(cause: &(dyn StdError + 'static)) -> Option<Report> {
    let denied = cause.downcast_ref().map(denied);
    denied
        .or_else(|| cause.downcast_ref().map(too_long))
        .or_else(|| cause.downcast_ref().map(report))
}

fn too_long(error: &GoalTooLong) -> Report {
    Report::new(Code::ContextTooLong, error.to_string())
        .hint("send less; the agent reads files of the working directory by itself")
}

fn denied(error: &ToolDenied) -> Report {
    let mut groups: Vec<&str> = error.by_policy.iter().filter_map(|name| group_of(name)).collect();
    groups.sort_unstable();
    groups.dedup();
    groups.retain(|group| *group != "read");
    let hint = if groups.is_empty() {
        "attach a file with -f FILE, or choose another directory with -C DIR; other files outside, keys and ignored files are not read".to_owned()
    } else {
        let one = if groups.contains(&"shell") {
            ", or --allow 'run:COMMAND' for one command line"
        } else {
            ""
        };
        format!("use --allow {}{one}, or run glduo on a terminal to be asked", groups.join(","))
    };
    Report::new(Code::ToolDenied, error.to_string()).hint(hint)
}

fn report(error: &WorkflowError) -> Report {
    let words = error.to_string();
    match error {
        WorkflowError::Duo(error) => duo::report(error),
        WorkflowError::Failed { reason } => {
            Report::new(Code::WorkflowFailed, words).hint(if reason.contains("step limit") {
                "begin a new one, with a smaller task"
            } else {
                "ask again, or in another way"
            })
        }
        WorkflowError::Stopped { .. } => Report::new(Code::WorkflowFailed, words)
            .hint("somebody stopped it in GitLab; begin it again if it should go on"),
        WorkflowError::PlanRefused => Report::new(Code::WorkflowFailed, words)
            .hint("change the request, or omit --plan to run the plan without a question"),
        WorkflowError::NotAccepted => {
            Report::new(Code::Incomplete, words).hint("try again; see what was sent with -vv")
        }
        WorkflowError::PersonalNamespace { .. } => Report::new(Code::DuoDisabled, words)
            .hint("move the project to a group, or name a group's project with -R"),
        WorkflowError::OtherProject { .. } => Report::new(Code::Usage, words)
            .hint("name that project with -R, or start another conversation with --session NAME"),
        WorkflowError::InvalidId { .. } => Report::new(Code::BadRequest, words)
            .hint("start another conversation with --session NAME"),
        WorkflowError::NoCredits { .. } => Report::new(Code::NoCredits, words)
            .hint("ask an owner of the group or an administrator about billing"),
        WorkflowError::Invalid { .. } => Report::new(Code::BadRequest, words)
            .hint("begin a new conversation, with a shorter prompt if this one was long"),
        WorkflowError::Held => {
            Report::new(Code::Incomplete, words).hint("wait until the other run has ended")
        }
        WorkflowError::Lost { loss: Loss::Malformed(_), .. } => {
            Report::new(Code::BadResponse, words)
                .hint("check that the address is a GitLab instance, and its version")
        }
        WorkflowError::Lost { .. } => {
            Report::new(Code::Incomplete, words).hint("look at what was done, then ask again")
        }
        WorkflowError::OutOfTime { .. } => {
            Report::new(Code::Timeout, words).hint("give it longer with --max-duration")
        }
    }
}

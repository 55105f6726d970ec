//! What the tools may do in this run: decided by flags and the user's and administrator's files,
//! never by a repository or a server.

use super::super::arguments::WorkflowArgs;
use crate::commands::context::Context;
use crate::commands::usage::UsageError;
use crate::config::Setting;
use crate::tools::{PermissionError, Policy};

const NONE: [&str; 0] = [];

/// Returns the policy: `read`, what the configuration and the flags allow, less what either denies.
pub(super) fn settle(
    args: &WorkflowArgs,
    has_person: bool,
    context: &Context<'_>,
) -> anyhow::Result<Policy> {
    let configured = &context.settings()?.workflow;
    for name in configured.allow.iter().flat_map(each) {
        Policy::new([&name.value], NONE, false).map_err(|error| unknown(&error, &name))?;
    }
    for name in &configured.deny {
        Policy::new(NONE, [&name.value], false).map_err(|error| unknown(&error, name))?;
    }
    let allow =
        configured.allow.iter().flat_map(|names| &names.value).chain(args.allow.iter().flatten());
    let deny = configured.deny.iter().map(|name| &name.value).chain(&args.deny);
    Policy::new(allow, deny, has_person)
        .map_err(|error| UsageError::new(error.to_string(), "see `glduo help workflow`").into())
}

fn each(names: &Setting<Vec<String>>) -> impl Iterator<Item = Setting<String>> {
    names.value.iter().map(|name| Setting::new(name.clone(), names.source.clone()))
}

fn unknown(error: &PermissionError, name: &Setting<String>) -> UsageError {
    UsageError::new(
        format!("{}: gitlab.workflow: {error}", name.source),
        "fix the setting in that file: glduo help workflow",
    )
}

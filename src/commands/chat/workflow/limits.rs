//! Flags that belong to one kind of model and mean nothing to the other.

use super::super::arguments::ChatArgs;
use super::model::CODE_GENERATION;
use crate::commands::usage::UsageError;

/// Refuses what a workflow cannot be told: the agent on the server chooses how its model is
/// asked, and its answer has no form.
pub(in crate::commands::chat) fn check_for_workflow(
    args: &ChatArgs,
    model: &str,
) -> Result<(), UsageError> {
    let answer = &args.answer;
    let given = [
        ("--schema", answer.schema.is_some()),
        ("--max-tokens", answer.max_tokens.is_some()),
        ("--temperature", answer.temperature.is_some()),
        ("--effort", answer.effort.is_some()),
        ("--reasoning", answer.reasoning),
    ];
    match given.iter().find(|(_, is_given)| *is_given) {
        Some((flag, _)) => Err(UsageError::new(
            format!("{flag} is for chat models, and {model} is a workflow model"),
            format!("leave {flag} out, or choose a chat model with -m"),
        )),
        None => Ok(()),
    }
}

/// Refuses to ask about a plan that no agent makes, or if there is no person to ask.
pub(super) fn check_plan(args: &ChatArgs, model: &str, has_person: bool) -> Result<(), UsageError> {
    if !args.workflow.plan {
        return Ok(());
    }
    if model != CODE_GENERATION {
        return Err(UsageError::new(
            format!("--plan is for {CODE_GENERATION}, and {model} makes no plan"),
            format!("omit --plan, or use -m {CODE_GENERATION}"),
        ));
    }
    if !has_person {
        return Err(UsageError::new(
            "--plan needs a terminal to ask on",
            "omit --plan: the agent then runs its plan without a question",
        ));
    }
    Ok(())
}

/// Refuses what only a model with tools can be told.
pub(in crate::commands::chat) fn check_for_chat(
    args: &ChatArgs,
    model: &str,
) -> Result<(), UsageError> {
    let workflow = &args.workflow;
    let given = [
        ("--allow", !workflow.allow.is_empty()),
        ("--deny", !workflow.deny.is_empty()),
        ("--cwd", workflow.directory.is_some()),
        ("--plan", workflow.plan),
    ];
    match given.iter().find(|(_, is_given)| *is_given) {
        Some((flag, _)) => Err(UsageError::new(
            format!("{flag} is for workflow models, and {model} is a chat model without tools"),
            format!("leave {flag} out, or choose a workflow model: -m duo-workflow-default"),
        )),
        None => Ok(()),
    }
}

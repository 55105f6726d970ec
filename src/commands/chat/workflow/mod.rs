//! `glduo chat` with a workflow model: a task that GitLab's agent drives, with this machine's
//! tools under the policy of whoever started it.

mod dry_run;
mod limits;
mod model;
mod permissions;
mod person;
mod report;
mod surroundings;
mod turn;

use std::sync::Arc;

use super::arguments::ChatArgs;
use super::session::Session;
use super::{input, system};
use crate::commands::context::Context;
use crate::gitlab::{Gitlab, NewWorkflow, WorkflowPlace};
use crate::tools::Policy;
use crate::view::output::Printer;
use crate::workflow::{GitFacts, Limits, Start, WorkflowError};
use model::Chosen;
use report::{Asked, Report};
use turn::Turn;

pub(super) use limits::check_for_chat;
pub(crate) use turn::ToolDenied;

/// The most bytes of a goal with its instructions: the service takes 4 MiB in a message, and was
/// seen to fail above 2.
const LONGEST: usize = 1 << 20;
/// How much of the goal a workflow is created with, where it is its title, in characters.
const TITLE: usize = 10_000;

/// Goal and instructions are longer than the service takes.
#[derive(Debug, thiserror::Error)]
#[error("the goal is longer than a workflow takes, {} KiB with its instructions", LONGEST >> 10)]
pub(crate) struct GoalTooLong;

/// One goal, to the end of the agent's turn.
pub(super) fn run(
    id: &str,
    args: &ChatArgs,
    session: &Session,
    printer: &mut Printer,
    context: &mut Context<'_>,
) -> anyhow::Result<u8> {
    limits::check_for_workflow(args, id)?;
    session.check_kind(true)?;
    let has_person = context.can_ask_on_terminal()?;
    let policy = permissions::settle(&args.workflow, has_person, context)?;
    let system = system::prompt(args.system.as_deref(), None, context)?;
    let project = context.project(None)?;
    let tools = surroundings::tools(args, context)?;
    let git = surroundings::git_facts(context)?;
    if !args.dry_run {
        // Found missing before standard input is waited for.
        context.gitlab()?;
    }
    let goal = input::read(args, args.attached.line_numbers, context)?;
    if goal.len() + system.text().len() > LONGEST {
        return Err(GoalTooLong.into());
    }
    let start = |workflow: &str, model: &Chosen, git: &GitFacts| {
        Start::new(workflow.to_owned(), model.definition, goal.clone(), &system, git)
    };
    if args.dry_run {
        let model = Chosen::published(id, context)?.unwrap_or_else(|| Chosen::unpublished(id));
        let workflow = session.workflow().unwrap_or("[the created workflow's id]");
        let start = start(workflow, &model, &git);
        return dry_run::run(&start, &model, &policy, &project, printer, context);
    }
    let started = context.clock().now();
    let prompt = has_person.then(|| context.take_prompt());
    let gitlab = context.gitlab()?;
    let model = model::find(id, &gitlab, &project, context)?;
    let place = gitlab.workflow_place(&project)?;
    gitlab.check_workflow_access(model.definition, place).map_err(WorkflowError::from)?;
    let workflow = match session.workflow() {
        Some(workflow) => {
            note_privileges(args, context);
            workflow.to_owned()
        }
        None => create(&gitlab, &model, &policy, &goal, place)?,
    };
    let limits =
        Limits { idle: context.settings()?.limits.idle.value, total: args.workflow.max_duration };
    let service = crate::workflow::Session::begin(
        &gitlab,
        (place, model.reference.clone()),
        (start(&workflow, &model, &git), session.workflow().is_some()),
        (policy, tools),
        limits,
        Arc::clone(context.shared_clock()),
    )?;
    let (bell, cancel) = (service.bell(), service.cancel());
    let interrupted = context.interrupts().keep_first_and(move || {
        // At once, so that no child is left to whoever is impatient.
        cancel.cancel();
        bell.ring();
    })?;
    let asked = Asked { model: &model, workflow_id: &workflow, started };
    let report = Report::start(args, asked, printer, context)?;
    let turn = Turn::new(service, report, prompt, interrupted, context.notes().progress());
    let code = turn.run(&goal, session, context)?;
    if args.answer.usage {
        context.notes().note("the workflow service does not tell how many tokens were used");
    }
    Ok(code)
}

/// GitLab takes no other privileges for a workflow that is there.
fn note_privileges(args: &ChatArgs, context: &Context<'_>) {
    if !args.workflow.allow.is_empty() {
        context.notes().note(
            "the agent keeps the privileges that its workflow was created with; \
             if it lacks what --allow adds, begin anew without --continue and --session",
        );
    }
}

fn create(
    gitlab: &Gitlab<'_>,
    model: &Chosen,
    policy: &Policy,
    goal: &str,
    place: WorkflowPlace,
) -> anyhow::Result<String> {
    let privileges = policy.privileges();
    let title = goal.char_indices().nth(TITLE).map_or(goal, |(end, _)| &goal[..end]);
    let new = NewWorkflow {
        workflow_definition: model.definition,
        goal: title,
        agent_privileges: &privileges,
        pre_approved: &policy.pre_approved(),
        asks_for_plan: false,
    };
    Ok(gitlab.create_workflow(&new, place).map_err(WorkflowError::from)?)
}

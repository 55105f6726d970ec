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
use std::time::Duration;

use super::arguments::ChatArgs;
use super::session::Session;
use super::{input, system};
use crate::commands::context::Context;
use crate::gitlab::{
    Gitlab, GitlabError, NewWorkflow, WorkflowPlace, WorkflowSocket, WorkflowState,
};
use crate::system::interrupt::Kept;
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

/// How long a workflow may take if no limit is given.
const MAX_DURATION: Duration = Duration::from_mins(30);

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
    limits::check_plan(args, id, has_person)?;
    let policy = permissions::settle(&args.workflow, has_person, context)?;
    let system = system::prompt(args.system.as_deref(), None, context)?;
    let project = context.project(None)?;
    let tools = surroundings::tools(args, context)?;
    let git = surroundings::git_facts(context)?;
    if !args.dry_run {
        // Found missing before standard input is waited for.
        context.gitlab()?;
    }
    let question = input::read(args, args.attached.line_numbers, context)?;
    let goal = goal(&question, id, session, context);
    if goal.len() + system.text().len() > LONGEST {
        return Err(GoalTooLong.into());
    }
    let start = |workflow: &str, model: &Chosen, git: &GitFacts| {
        Start::new(workflow.to_owned(), model.definition, goal.clone(), &system, git)
    };
    if args.dry_run {
        let model = Chosen::published(id, context)?.unwrap_or_else(|| Chosen::unpublished(id));
        let workflow = resumed(id, session).unwrap_or("[the created workflow's id]");
        let start = start(workflow, &model, &git);
        let plan = args.workflow.plan;
        return dry_run::run(&start, &model, (&policy, plan), &project, printer, context);
    }
    let started = context.clock().now();
    let prompt = has_person.then(|| context.take_prompt());
    let gitlab = context.gitlab()?;
    let place = gitlab.workflow_place(&project).map_err(WorkflowError::from)?;
    let place =
        place.ok_or_else(|| WorkflowError::PersonalNamespace { project: project.to_string() })?;
    let model = model::find(id, &gitlab, &project, context).map_err(needs_api)?;
    let resumed = resumed(id, session);
    if let Some(workflow) = resumed {
        check_resumed(workflow, &gitlab, place)?;
        note_privileges(args, context);
    }
    gitlab.check_workflow_access(model.definition, place).map_err(WorkflowError::from)?;
    let workflow = match resumed {
        Some(workflow) => workflow.to_owned(),
        None => create(&gitlab, &model, (&policy, args.workflow.plan), &question, place)?,
    };
    let socket =
        WorkflowSocket { definition: model.definition, place, model: model.reference.clone() };
    let service = crate::workflow::Session::new(
        &gitlab,
        socket,
        (start(&workflow, &model, &git), resumed.is_some()),
        (policy, tools),
        limits(args, context)?,
        Arc::clone(context.shared_clock()),
    );
    let interrupted = keep_signal(&service, context)?;
    let asked = Asked { model: &model, workflow_id: &workflow, started };
    let report = Report::start(args, asked, printer, context)?;
    let turn = Turn::new(service, report, prompt, interrupted, context.notes().progress());
    turn.run((&question, args.answer.usage), session, context)
}

/// Keeps the first signal for the session.
fn keep_signal(
    service: &crate::workflow::Session<'_>,
    context: &Context<'_>,
) -> std::io::Result<Kept> {
    let (notify, cancel) = (service.notify(), service.cancel());
    context.interrupts().keep_first_and(move || {
        // At once, so that an impatient second signal leaves no child behind.
        cancel.cancel();
        notify.notify();
    })
}

fn limits(args: &ChatArgs, context: &Context<'_>) -> anyhow::Result<Limits> {
    let limits = &context.settings()?.limits;
    Ok(Limits {
        idle: limits.idle.value,
        total: Some(args.workflow.max_duration.unwrap_or(MAX_DURATION)),
        max_retries: limits.max_retries.value,
    })
}

/// The workflow that continues. One of software development is finished with its first turn and
/// can never continue.
fn resumed<'s>(id: &str, session: &'s Session) -> Option<&'s str> {
    session.workflow().filter(|_| id != model::CODE_GENERATION)
}

/// The question, behind the last turn of a conversation whose workflow cannot continue.
fn goal(question: &str, id: &str, session: &Session, context: &Context<'_>) -> String {
    match session.last_turn().filter(|_| id == model::CODE_GENERATION) {
        Some((earlier, answer)) => {
            context.notes().note(
                "the last workflow is finished; a new one starts, with its request and answer as context",
            );
            format!(
                "<earlier_request>\n{earlier}\n</earlier_request>\n\
                 <earlier_answer>\n{answer}\n</earlier_answer>\n\n{question}"
            )
        }
        None => question.to_owned(),
    }
}

fn check_resumed(id: &str, gitlab: &Gitlab<'_>, place: WorkflowPlace) -> Result<(), WorkflowError> {
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(WorkflowError::InvalidId { id: id.to_owned() });
    }
    // What else is wrong with it, the service says.
    match gitlab.workflow(id) {
        Ok(Some(WorkflowState { project_id: Some(project) })) if project != place.project => {
            Err(WorkflowError::OtherProject { id: id.to_owned() })
        }
        _ => Ok(()),
    }
}

/// A lookup that lacks a scope lacks the one of the workflow too.
fn needs_api(error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<GitlabError>() {
        Ok(error) => WorkflowError::from(error).into(),
        Err(error) => error,
    }
}

/// GitLab keeps the privileges that a workflow was created with.
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
    (policy, asks_for_plan): (&Policy, bool),
    goal: &str,
    place: WorkflowPlace,
) -> Result<String, WorkflowError> {
    let privileges = policy.privileges();
    let title = goal.char_indices().nth(TITLE).map_or(goal, |(end, _)| &goal[..end]);
    let new = NewWorkflow {
        workflow_definition: model.definition,
        goal: title,
        agent_privileges: &privileges,
        pre_approved: &policy.pre_approved(),
        asks_for_plan,
    };
    Ok(gitlab.create_workflow(&new, place)?)
}

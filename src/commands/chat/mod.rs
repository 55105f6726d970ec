//! `glduo chat`: one prompt, one answer.

mod answer;
mod arguments;
mod attached;
mod attached_text;
mod budget;
mod dry_run;
mod files;
mod input;
mod schema;
mod session;
mod system;
mod usage_line;
mod workflow;

use super::context::Context;
use super::usage::UsageError;
use crate::duo::{Duo, Model, ModelError, Outcome, Question};
use crate::model::scopes::Need;
use crate::system::clock::Deadline;
use crate::system::streams::Output;
use crate::view::output::Printer;
use crate::view::style::RESET_LINE;
use answer::{Answer, Manner};
use schema::Schema;
use session::Session;

pub(crate) use answer::{BrokenAnswer, TooSlow, Truncated};
pub(super) use arguments::ChatArgs;
pub(crate) use input::InputError;
pub(crate) use schema::SchemaMismatch;
pub(crate) use session::NotSaved;
pub(crate) use system::SecretInInstructions;
pub(crate) use workflow::{GoalTooLong, ToolDenied};

pub(super) fn run(args: &ChatArgs, context: &mut Context<'_>) -> anyhow::Result<u8> {
    let mut printer = context.printer()?;
    if let Some(directory) = &args.workflow.directory {
        context.enter(directory)?;
    }
    let session = Session::open(args, context)?;
    match chosen(args, &session, context)? {
        Chosen::Chat(model) => {
            workflow::check_for_chat(args, &model.id)?;
            session.check_kind(false)?;
            chat(&model, args, &session, &mut printer, context)
        }
        Chosen::Workflow(id) => {
            context.needs(Need::Workflow);
            workflow::run(&id, args, &session, &mut printer, context)
        }
    }
}

/// Which way the question goes.
enum Chosen {
    Chat(Model),
    /// A workflow model, by its id.
    Workflow(String),
}

fn chat(
    model: &Model,
    args: &ChatArgs,
    session: &Session,
    printer: &mut Printer,
    context: &mut Context<'_>,
) -> anyhow::Result<u8> {
    let schema = args.answer.schema.as_deref();
    let schema = schema.map(|schema| Schema::read(schema, context)).transpose()?;
    check_temperature(args, model)?;
    let system = system::prompt(args.system.as_deref(), schema.as_ref(), context)?;
    if !args.dry_run {
        // Found missing before standard input is waited for.
        context.gitlab()?;
    }
    let names_lines = schema.as_ref().is_some_and(Schema::has_line);
    let asked = input::read(args, args.attached.line_numbers || names_lines, context)?;
    let conversation = session.with_question(&asked);
    let question = Question {
        model,
        system: &system,
        conversation: &conversation,
        stream: !args.no_stream,
        max_tokens: args.answer.max_tokens,
        temperature: args.answer.temperature,
        effort: args.answer.effort.map(Into::into),
        reasoning: args.answer.reasoning,
    };
    if let Some(note) = model.dialect.left_out(&question) {
        context.notes().note(note);
    }
    if args.dry_run {
        return dry_run::run(&question, printer, context);
    }
    let manner = Manner::new(&args.answer, session.keeps());
    let started = context.clock().now();
    let time_limit = args.workflow.max_duration.map(|limit| (limit, Deadline::after(limit)));
    let mut answer = Answer::start(model, started, manner, printer, time_limit)?;
    end_line_on_interrupt(&answer, context)?;
    let client = match time_limit {
        Some((_, deadline)) => &context.client()?.until(deadline),
        None => context.client()?,
    };
    let gitlab = context.gitlab_by(client)?;
    let duo = Duo { client, ..context.duo(&gitlab)? };
    let outcome = ask(&duo, &question, schema.as_ref(), &mut answer, context)?;
    let kept = session.keep((&model.id, None), asked, answer.text(), context);
    let name = kept.as_ref().ok().and_then(|name| name.as_ref().map(ToString::to_string));
    answer.finish(&outcome, name.as_deref(), context)?;
    kept?;
    Ok(0)
}

/// Asks; where the answer does not fit the schema, once more with what does not fit.
fn ask(
    duo: &Duo<'_>,
    question: &Question<'_>,
    schema: Option<&Schema>,
    answer: &mut Answer<'_>,
    context: &Context<'_>,
) -> anyhow::Result<Outcome> {
    context.progress().say(&format!("waiting for {}", question.model.id));
    let outcome = answer.receive(duo.ask(question), context)?;
    let Some(schema) = schema else { return Ok(outcome) };
    let mismatch = match schema.json(answer.text()) {
        Ok(json) => {
            answer.set_text(json);
            return Ok(outcome);
        }
        Err(mismatch) => mismatch,
    };
    context.notes().note(&format!("{mismatch}; asking once more"));
    let conversation = Schema::repair(question.conversation, answer.text(), &mismatch);
    answer.begin_again(&outcome);
    let outcome =
        answer.receive(duo.ask(&Question { conversation: &conversation, ..*question }), context)?;
    match schema.json(answer.text()) {
        Ok(json) => answer.set_text(json),
        Err(mismatch) => return Err(answer.mismatch(mismatch, &outcome, context)?),
    }
    Ok(outcome)
}

/// A flag's model, else the conversation's, else the configured one.
fn chosen(args: &ChatArgs, session: &Session, context: &Context<'_>) -> anyhow::Result<Chosen> {
    let settings = context.settings()?;
    let name = match (&args.model, session.model()) {
        (Some(name), _) => name,
        (None, _) if args.small => &settings.small_model.value,
        (None, Some(name)) => name,
        (None, None) => &settings.model.value,
    };
    match context.catalogue()?.find(name) {
        Ok(model) => Ok(Chosen::Chat(model.clone())),
        Err(ModelError::Workflow { id }) => Ok(Chosen::Workflow(id)),
        Err(error) => Err(error.into()),
    }
}

fn check_temperature(args: &ChatArgs, model: &Model) -> Result<(), UsageError> {
    let hottest = if model.dialect.provider() == "anthropic" { 1.0 } else { 2.0 };
    if args.answer.temperature.is_some_and(|temperature| temperature > hottest) {
        let message = format!("{} takes a --temperature from 0 to {hottest}", model.id);
        return Err(UsageError::new(message, "choose a lower one"));
    }
    Ok(())
}

/// Text ends with a line feed even if the run is interrupted. On a terminal the shell's prompt
/// gets its own color too.
fn end_line_on_interrupt(answer: &Answer<'_>, context: &Context<'_>) -> std::io::Result<()> {
    let terminal = context.terminal();
    match (terminal.stdout, terminal.stderr && !terminal.dumb) {
        (true, true) => context.interrupts().write_first(context.stderr(), RESET_LINE),
        (true, false) => context.interrupts().end_line_first(context.stderr()),
        (false, _) => context.interrupts().end_line_first(Output::new(answer.line_end())),
    }
}

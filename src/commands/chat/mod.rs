//! `glduo chat`: one prompt, one answer.

mod answer;
mod dry_run;
mod input;

use clap::Args;

use super::context::Context;
use answer::Answer;

pub(crate) use answer::{BrokenAnswer, Refused};
pub(crate) use input::InputError;

use super::usage::UsageError;
use crate::duo::{Model, Question, SystemPrompt};
use crate::model::conversation::Conversation;

/// One question.
#[derive(Args, Debug)]
#[command(after_help = "\
Standard input is read where it is a pipe or a file, and joins the prompt after a blank line.

Examples:
  glduo chat \"What does git rebase --onto do?\"
  glduo mr show 42 | glduo chat \"What should a reviewer look at first?\"
  glduo chat -m haiku-4-5 --json \"Name a branch for this\" < notes.txt | jq -r .text")]
pub(super) struct ChatArgs {
    /// What to ask; several words are joined with spaces
    #[arg(value_name = "PROMPT")]
    prompt: Vec<String>,

    /// The model; the duo-chat- prefix may be left out
    #[arg(short = 'm', long, value_name = "ID", conflicts_with = "small")]
    model: Option<String>,

    /// Use the small model
    #[arg(long)]
    small: bool,

    /// Text for the system prompt, after the configured instructions; @FILE reads a file
    #[arg(short = 's', long, value_name = "TEXT|@FILE")]
    system: Option<String>,

    /// Do not read standard input
    #[arg(short = 'n', long)]
    no_stdin: bool,

    /// Print the answer when it is whole
    #[arg(long)]
    no_stream: bool,

    /// Print the requests that would be sent, secrets left out, and send nothing
    #[arg(long)]
    dry_run: bool,
}

/// The instructions hold a token, which would leave with every request.
#[derive(Debug, thiserror::Error)]
#[error("{kind} in the instructions of {place}")]
pub(crate) struct SecretInInstructions {
    /// What it looks like.
    pub(crate) kind: &'static str,
    /// The file or variable.
    pub(crate) place: String,
}

pub(super) fn run(args: &ChatArgs, context: &mut Context<'_>) -> anyhow::Result<u8> {
    let mut printer = context.printer()?;
    let model = model(args, context)?;
    let system = system_prompt(args, context)?;
    let conversation = Conversation::of_prompt(input::read(&args.prompt, args.no_stdin, context)?);
    let question = Question {
        model: &model,
        system: &system,
        conversation: &conversation,
        stream: !args.no_stream,
        max_tokens: None,
        temperature: None,
        effort: None,
    };
    if args.dry_run {
        return dry_run::run(&question, &mut printer, context);
    }
    let gitlab = context.gitlab()?;
    let duo = context.duo(&gitlab)?;
    let started = context.clock().now();
    if context.terminal().stdout {
        context.interrupts().end_line_first(context.stderr())?;
    }
    let answer = Answer::start(&model, started, &mut printer)?;
    answer.print(duo.ask(&question), context)
}

fn model(args: &ChatArgs, context: &Context<'_>) -> anyhow::Result<Model> {
    let settings = context.settings()?;
    let configured = if args.small { &settings.small_model } else { &settings.model };
    let name = args.model.as_ref().unwrap_or(&configured.value);
    Ok(context.catalogue()?.find(name)?.clone())
}

/// Instructions of every level first. A whole token in them stops the chat before anything is
/// sent.
fn system_prompt(args: &ChatArgs, context: &Context<'_>) -> anyhow::Result<SystemPrompt> {
    let instructions = &context.settings()?.instructions;
    if let Some((kind, place)) = instructions.token() {
        return Err(SecretInInstructions { kind, place: place.to_string() }.into());
    }
    let added = match args.system.as_deref() {
        Some(text) => match text.strip_prefix('@') {
            Some(path) => Some(read_text(path)?),
            None => Some(text.to_owned()),
        },
        None => None,
    };
    Ok(SystemPrompt::new(instructions.text().as_deref().unwrap_or_default(), added.as_deref()))
}

fn read_text(path: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(path).map_err(|error| {
        UsageError::new(
            format!("{path} cannot be read: {error}"),
            "-s @FILE reads a UTF-8 text file",
        )
        .into()
    })
}

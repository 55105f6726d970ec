//! Arguments, and the story of each command.

mod chat;
mod completion;
mod config;
mod connect;
mod context;
mod conversation;
mod credential;
mod deferred;
mod diagnosis;
mod doctor;
mod globals;
mod help;
mod issue;
mod json_fields;
mod list;
mod models;
mod mr;
mod note;
mod paging;
mod pipeline;
mod recent;
mod reference;
mod sandbox;
mod stdin;
mod usage;
mod web;

use std::ffi::OsString;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::config::DefaultView;
use crate::model::scopes::Need;
use crate::system::System;
use crate::system::notes::Notes;
use crate::view::output::Format;
use context::Context;
use deferred::Deferred;
use globals::Globals;

pub(crate) use chat::{
    BrokenAnswer, GoalTooLong, InputError, NotSaved, SchemaMismatch, SecretInInstructions, TooSlow,
    ToolDenied, Truncated,
};
pub(crate) use config::NotSet;
pub(crate) use connect::UnusableToken;
pub(crate) use diagnosis::{Diagnose, Diagnosis};
pub(crate) use doctor::Trouble;
pub use help::{TOPICS, Topic};
pub(crate) use mr::{IncompleteChange, NoMergeRequest, StaleReview};
pub(crate) use note::NoteInput;
pub(crate) use pipeline::{NoJob, NoLog, NoPipeline, StillPending};
pub use reference::{ENVIRONMENT, EXIT_CODES, FILES};
pub(crate) use stdin::StdinError;
pub(crate) use usage::{UsageError, wants_json};

/// GitLab Duo on the command line: chat, merge requests, issues and pipelines
#[derive(Parser, Debug)]
#[command(name = "glduo", version, args_override_self = true, disable_help_subcommand = true)]
#[command(after_help = "\
Topics (glduo help TOPIC):
  exit-codes, environment, files, json, ci, workflow, compliance

Examples:
  glduo mr list
  glduo mr show 42 | glduo chat \"What should a reviewer look at first?\"
  glduo sandbox -- glduo mr list")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    globals: Globals,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Ask a Duo model one question
    #[command(alias = "ask")]
    Chat(Deferred<chat::ChatArgs>),
    /// Log in to a GitLab instance, and keep the connection
    #[command(alias = "auth")]
    Connect(Deferred<connect::ConnectArgs>),
    /// List models, and choose one
    Models(Deferred<models::ModelsArgs>),
    /// List and show merge requests, and write notes on them
    Mr(Deferred<mr::MrArgs>),
    /// List and show issues, and write notes on them
    Issue(Deferred<issue::IssueArgs>),
    /// List and show pipelines, their jobs and logs
    #[command(alias = "ci")]
    Pipeline(Deferred<pipeline::PipelineArgs>),
    /// List, show and delete the saved conversations of chat
    Conversation(Deferred<conversation::ConversationArgs>),
    /// Read and change the configuration
    Config(Deferred<config::ConfigArgs>),
    /// Check everything between this machine and an answer
    Doctor(Deferred<doctor::DoctorArgs>),
    /// Serve a local stand-in for GitLab and its AI gateway
    Sandbox(Deferred<sandbox::SandboxArgs>),
    /// Print a completion script
    Completion(Deferred<completion::CompletionArgs>),
    /// Explain a command or a topic
    Help(Deferred<help::HelpArgs>),
}

/// The definition of the command line, for completions and man pages.
pub(crate) fn definition() -> clap::Command {
    let mut command = Cli::command();
    // Defines what is deferred too.
    command.build();
    command
}

/// Parses the arguments and runs the command; `diagnose` is for those that go on after an error.
pub(crate) fn run(
    args: Vec<OsString>,
    system: &mut System,
    notes: &Notes,
    diagnose: Diagnose,
) -> anyhow::Result<u8> {
    let cli = match usage::parse(args)? {
        usage::Parsed::Command(cli) => *cli,
        usage::Parsed::Help(text) => {
            context::write(system, text.as_bytes())?;
            return Ok(0);
        }
    };
    let mut context = Context::new(cli.globals, system, notes, diagnose);
    let is_chat = matches!(cli.command, Some(Command::Chat(_)));
    let outcome = run_command(cli.command, &mut context);
    if !is_chat {
        context.warn_of_tokens();
    }
    outcome.map_err(|error| {
        let error = match context.last_answer() {
            Some(answer) => error.context(answer),
            None => error,
        };
        match context.need() {
            Some(need) => error.context(need),
            None => error,
        }
    })
}

fn run_command(command: Option<Command>, context: &mut Context<'_>) -> anyhow::Result<u8> {
    match &command {
        Some(Command::Chat(_)) => context.needs(Need::Chat),
        Some(Command::Mr(_) | Command::Issue(_) | Command::Pipeline(_) | Command::Models(_))
        | None => {
            context.needs(Need::Read);
        }
        _ => {}
    }
    match command {
        Some(Command::Chat(args)) => chat::run(&args, context),
        Some(Command::Connect(args)) => connect::run(&args, context),
        Some(Command::Models(args)) => models::run(&args, context),
        Some(Command::Mr(args)) => mr::run(&args, context),
        Some(Command::Issue(args)) => issue::run(&args, context),
        Some(Command::Pipeline(args)) => pipeline::run(&args, context),
        Some(Command::Conversation(args)) => conversation::run(&args, context),
        Some(Command::Config(args)) => config::run(&args, context),
        Some(Command::Doctor(args)) => doctor::run(&args, context),
        Some(Command::Sandbox(args)) => sandbox::run(&args, context),
        Some(Command::Completion(args)) => completion::run(&args, context),
        Some(Command::Help(args)) => help::run(&args, context),
        None => default_view(context),
    }
}

/// The list that `defaultView` names; without one the help, as an error.
fn default_view(context: &Context<'_>) -> anyhow::Result<u8> {
    let is_json = context.printer()?.format() != Format::Table;
    match context.settings()?.default_view.as_ref().map(|view| view.value) {
        Some(DefaultView::MergeRequests) => mr::list_open(context),
        Some(DefaultView::Issues) => issue::list_open(context),
        Some(DefaultView::Pipelines) => pipeline::list_all(context),
        None => {
            let help = Cli::command().render_help().to_string();
            Err(usage::missing_command("glduo", &help, is_json).into())
        }
    }
}

//! `glduo issue`: issues.

mod list;
mod note;
mod show;
mod target;

use clap::{Args, Subcommand};

use super::context::Context;

/// Issues.
#[derive(Args, Debug)]
pub(super) struct IssueArgs {
    #[command(subcommand)]
    command: IssueCommand,
}

#[derive(Subcommand, Debug)]
enum IssueCommand {
    /// List issues; the project's open ones where nothing is said
    #[command(alias = "ls")]
    List(Box<list::ListArgs>),
    /// Show one issue
    #[command(alias = "view")]
    Show(show::ShowArgs),
    /// Write a note on an issue
    #[command(alias = "comment")]
    Note(note::IssueNoteArgs),
}

pub(super) fn run(args: &IssueArgs, context: &mut Context<'_>) -> anyhow::Result<u8> {
    match &args.command {
        IssueCommand::List(args) => list::run(args, context),
        IssueCommand::Show(args) => show::run(args, context),
        IssueCommand::Note(args) => note::run(args, context),
    }
}

/// The list with nothing narrowed, for a bare `glduo`.
pub(super) fn list_open(context: &Context<'_>) -> anyhow::Result<u8> {
    list::run(&list::ListArgs::default(), context)
}

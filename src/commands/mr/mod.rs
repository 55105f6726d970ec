//! `glduo mr`: merge requests.

mod change;
mod list;
mod note;
mod review;
mod show;
mod target;

use clap::{Args, Subcommand};

use super::context::Context;

pub(crate) use change::IncompleteChange;
pub(super) use change::{merge_request, patch};
pub(crate) use review::StaleReview;
pub(crate) use target::{NoMergeRequest, Unused};
pub(super) use target::{Purpose, of_branch, resolve, source_id};

/// Merge requests.
#[derive(Args, Debug)]
pub(super) struct MrArgs {
    #[command(subcommand)]
    command: MrCommand,
}

#[derive(Subcommand, Debug)]
enum MrCommand {
    /// List merge requests; the project's open ones where nothing is said
    #[command(alias = "ls")]
    List(Box<list::ListArgs>),
    /// Show one merge request with its changes
    #[command(alias = "view")]
    Show(show::ShowArgs),
    /// Write a note on a merge request
    #[command(alias = "comment")]
    Note(note::MrNoteArgs),
    /// Post a review: a summary and comments on lines of the diff
    Review(review::ReviewArgs),
}

pub(super) fn run(args: &MrArgs, context: &mut Context<'_>) -> anyhow::Result<u8> {
    match &args.command {
        MrCommand::List(args) => list::run(args, context),
        MrCommand::Show(args) => show::run(args, context),
        MrCommand::Note(args) => note::run(args, context),
        MrCommand::Review(args) => review::run(args, context),
    }
}

/// The list with nothing narrowed, for a bare `glduo`.
pub(super) fn list_open(context: &Context<'_>) -> anyhow::Result<u8> {
    list::run(&list::ListArgs::default(), context)
}

//! `glduo pipeline`: pipelines, their jobs and logs.

mod family;
mod follow;
mod job;
mod list;
mod log;
mod progress;
mod show;
mod target;
mod watch;

use clap::{Args, Subcommand};

use super::context::Context;

pub(crate) use job::NoJob;
pub(crate) use log::NoLog;
pub(crate) use target::NoPipeline;
pub(super) use target::of_surroundings;
pub(crate) use watch::StillPending;

/// Pipelines.
#[derive(Args, Debug)]
pub(super) struct PipelineArgs {
    #[command(subcommand)]
    command: PipelineCommand,
}

#[derive(Subcommand, Debug)]
enum PipelineCommand {
    /// List pipelines, the newest first
    #[command(alias = "ls")]
    List(list::ListArgs),
    /// Show one pipeline with its jobs; wait for it, print logs
    #[command(alias = "view")]
    Show(show::ShowArgs),
}

pub(super) fn run(args: &PipelineArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    match &args.command {
        PipelineCommand::List(args) => list::run(args, context),
        PipelineCommand::Show(args) => show::run(args, context),
    }
}

/// The list with nothing narrowed, for a bare `glduo`.
pub(super) fn list_all(context: &Context<'_>) -> anyhow::Result<u8> {
    list::run(&list::ListArgs::default(), context)
}

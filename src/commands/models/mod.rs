//! `glduo models`: the models that can be named, and the one that is.

mod choose;
mod list;
pub(super) mod offer;

use clap::{Args, Subcommand};

use super::context::Context;
pub(super) use offer::model_id;

/// Models.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct ModelsArgs {
    #[command(subcommand)]
    command: Option<ModelsCommand>,

    #[command(flatten)]
    list: list::ListArgs,
}

#[derive(Subcommand, Debug)]
enum ModelsCommand {
    /// List the models
    #[command(alias = "ls")]
    List(list::ListArgs),
    /// Make a model the default, in the user configuration
    Use(choose::UseArgs),
}

pub(super) fn run(args: &ModelsArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    match &args.command {
        Some(ModelsCommand::List(args)) => list::run(args, context),
        Some(ModelsCommand::Use(args)) => choose::run(args, context),
        None => list::run(&args.list, context),
    }
}

//! `glduo models`: the models that can be named, and the one that is.

mod choose;
mod list;
pub(super) mod offer;

use clap::{Args, Subcommand};

use super::context::Context;
use super::usage::UsageError;
pub(super) use offer::model_id;

/// Models.
#[derive(Args, Debug)]
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
    // Not by clap, for which the flags that stand anywhere would be at odds with a command too.
    if args.command.is_some() && args.list != list::ListArgs::default() {
        let message = "--refresh and --kind go after the command that they are for";
        return Err(UsageError::new(message, "see `glduo models list --help`").into());
    }
    match &args.command {
        Some(ModelsCommand::List(args)) => list::run(args, context),
        Some(ModelsCommand::Use(args)) => choose::run(args, context),
        None => list::run(&args.list, context),
    }
}

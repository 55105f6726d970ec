//! `glduo config`: reading and changing the configuration.

mod change;
mod show;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::context::Context;
use super::usage::UsageError;
use crate::config::{self, FileLevel, KEYS, Key};
use crate::model::spelling::distance;

/// A key that nobody set and that has no default.
#[derive(Debug, thiserror::Error)]
#[error("{key} is not set")]
pub(crate) struct NotSet {
    /// The key.
    pub(crate) key: &'static str,
}

/// The configuration.
#[derive(Args, Debug)]
#[command(after_help = "\
Without --user and --project, get and list tell what is in force, wherever it comes from.
A word that is not JSON stands for a text; a list may be written with commas.

Examples:
  glduo config list
  glduo config set gitlab.model haiku-4-5
  glduo config set --project projectId acme/storefront
  glduo config unset gitlab.model")]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Subcommand, Debug)]
enum ConfigCommand {
    /// Print one value
    Get(show::GetArgs),
    /// Set a key in a file
    Set(change::SetArgs),
    /// Take a key out of a file
    Unset(change::UnsetArgs),
    /// List the values, each with its origin
    #[command(alias = "ls")]
    List(show::ListArgs),
    /// Print where the file is
    Path(show::PathArgs),
}

pub(super) fn run(args: &ConfigArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    match &args.command {
        ConfigCommand::Get(args) => show::get(args, context),
        ConfigCommand::Set(args) => change::set(args, context),
        ConfigCommand::Unset(args) => change::unset(args, context),
        ConfigCommand::List(args) => show::list(args, context),
        ConfigCommand::Path(args) => show::path(args, context),
    }
}

/// Which file.
#[derive(Args, Debug)]
struct Level {
    /// The user's configuration file
    #[arg(long, conflicts_with = "project")]
    user: bool,

    /// The nearest .glduo.json, or a new one at the root of the repository
    #[arg(long)]
    project: bool,
}

impl Level {
    /// The file that was named, none where no flag was given.
    fn named(&self) -> Option<FileLevel> {
        match (self.user, self.project) {
            (_, true) => Some(FileLevel::Project),
            (true, false) => Some(FileLevel::User),
            (false, false) => None,
        }
    }

    fn or_user(&self) -> FileLevel {
        self.named().unwrap_or(FileLevel::User)
    }
}

fn place(level: FileLevel, context: &Context<'_>) -> Result<PathBuf, UsageError> {
    if level == FileLevel::Project {
        return Ok(config::project_file_place(context.working_directory()));
    }
    context.user_file().ok_or_else(|| {
        let message = "there is no place for the user configuration: HOME is not set";
        UsageError::new(message, "set HOME, or name a file with --config")
    })
}

/// The key of that name; an unknown one is told with the nearest.
fn key(name: &str) -> Result<&'static Key, UsageError> {
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    config::key(name).ok_or_else(|| {
        let far = |key: &&Key| {
            let whole = distance(&name.to_ascii_lowercase(), &key.name.to_ascii_lowercase());
            whole.min(distance(&last(name), &last(key.name)))
        };
        let mut keys: Vec<&Key> = KEYS.iter().collect();
        keys.sort_by_key(far);
        let nearest: Vec<&str> = keys.iter().take(3).map(|key| key.name).collect();
        let hint = format!("did you mean {}? `glduo config list` shows them", nearest.join(", "));
        UsageError::new(format!("there is no key {name:?}"), hint)
    })
}

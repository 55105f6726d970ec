//! `glduo help`: the help of a command, or a text about something that concerns them all.

mod topic;

use std::ffi::OsString;

use clap::Args;

use super::context::Context;
use super::usage::{self, Parsed, UsageError};
use crate::model::spelling::distance;
pub use topic::{TOPICS, Topic};

/// What to explain.
#[derive(Args, Debug)]
#[command(after_help = "\
Topics: exit-codes, environment, files, json, ci, workflow, compliance

Examples:
  glduo help mr list
  glduo help exit-codes")]
pub(super) struct HelpArgs {
    /// A command or a topic
    #[arg(value_name = "COMMAND|TOPIC")]
    words: Vec<String>,
}

pub(super) fn run(args: &HelpArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    let topic = match args.words.as_slice() {
        [word] => TOPICS.iter().find(|topic| topic.name == word),
        _ => None,
    };
    let text = match topic {
        Some(topic) => topic.text(),
        None => of_command(&args.words)?,
    };
    context.write(text.as_bytes())?;
    Ok(0)
}

/// What the command prints with `--help`.
fn of_command(words: &[String]) -> Result<String, UsageError> {
    let mut command = super::definition();
    for (at, word) in words.iter().enumerate() {
        let Some(inner) = command.find_subcommand(word) else {
            return Err(unknown(words.get(..=at).unwrap_or(words), &command));
        };
        command = inner.clone();
    }
    let line = ["glduo"].into_iter().chain(words.iter().map(String::as_str)).chain(["--help"]);
    match usage::parse(line.map(OsString::from).collect())? {
        Parsed::Help(text) => Ok(text),
        Parsed::Command(_) => Err(UsageError::new("this has no help", "glduo --help")),
    }
}

/// No command of `parent` has the last of these names, and no topic either.
fn unknown(words: &[String], parent: &clap::Command) -> UsageError {
    let wanted = words.last().map_or("", String::as_str);
    let topics = TOPICS.iter().map(|topic| topic.name).filter(|_| words.len() == 1);
    let commands = parent.get_subcommands().map(clap::Command::get_name);
    let near = |name: &&str| distance(name, wanted) <= wanted.len().div_ceil(3);
    let nearest = commands.chain(topics).filter(near).min_by_key(|name| distance(name, wanted));
    let before = words.get(..words.len().saturating_sub(1)).unwrap_or_default();
    let path = |last: &str| [before, &[last.to_owned()]].concat().join(" ");
    let hint = nearest.map_or_else(
        || "`glduo help` lists the commands and the topics".to_owned(),
        |name| format!("did you mean `glduo help {}`?", path(name)),
    );
    UsageError::new(format!("there is no command or topic {:?}", words.join(" ")), hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(line: &str) -> String {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        of_command(&words).expect_err("no such command").hint.unwrap_or_default()
    }

    #[test]
    fn a_mistyped_name_comes_with_the_one_that_was_meant() {
        assert_eq!(hint("pipline"), "did you mean `glduo help pipeline`?");
        assert_eq!(hint("exit-code"), "did you mean `glduo help exit-codes`?");
        assert_eq!(hint("mr lst"), "did you mean `glduo help mr list`?");
        assert_eq!(hint("xyzzy"), "`glduo help` lists the commands and the topics");
    }

    #[test]
    fn a_command_is_explained_as_with_its_flag() {
        let words = ["mr".to_owned(), "view".to_owned()];
        assert!(of_command(&words).expect("help").contains("Usage: glduo mr show"));
        assert!(of_command(&[]).expect("help").contains("Usage: glduo"));
    }
}

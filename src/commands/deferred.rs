//! Arguments of a command that are defined only when that command is the one: most of what a
//! start costs is defining the flags of commands that are not run.

use std::ops::Deref;

use clap::{ArgMatches, Args, Command, Error, FromArgMatches};

/// The arguments of a command, defined when clap comes to it.
#[derive(Debug)]
pub(super) struct Deferred<T>(Box<T>);

impl<T> Deref for Deferred<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: FromArgMatches> FromArgMatches for Deferred<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches(matches).map(|args| Self(Box::new(args)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}

impl<T: Args> Args for Deferred<T> {
    fn augment_args(command: Command) -> Command {
        command.defer(|command| with_its_line(command, T::augment_args))
    }

    fn augment_args_for_update(command: Command) -> Command {
        command.defer(|command| with_its_line(command, T::augment_args_for_update))
    }
}

/// The command's own line stays; the arguments' would come after it.
fn with_its_line(command: Command, augment: fn(Command) -> Command) -> Command {
    let line = command.get_about().cloned();
    let command = augment(command);
    match line {
        Some(line) => command.about(line),
        None => command,
    }
}

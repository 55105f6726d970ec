//! From arguments to a parsed command line, or to what is wrong with them.

use std::ffi::{OsStr, OsString};
use std::mem::ManuallyDrop;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _};

use super::{Cli, json_fields};
use crate::system::environment::PLATFORM;

/// Arguments that cannot be carried out; nothing was done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct UsageError {
    /// What is wrong.
    pub(crate) message: String,
    /// What to write instead.
    pub(crate) hint: Option<String>,
}

impl UsageError {
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: Some(hint.into()) }
    }
}

/// What the arguments ask for.
pub(super) enum Parsed {
    /// A command.
    Command(Box<Cli>),
    /// Help or version, as asked for.
    Help(String),
}

/// Parses the arguments, the program's name first.
pub(super) fn parse(args: Vec<OsString>) -> Result<Parsed, UsageError> {
    if let Some(error) = json_fields::swallowed(&args) {
        return Err(error);
    }
    let given = args.clone();
    match read(args) {
        Ok(cli) => Ok(Parsed::Command(Box::new(cli))),
        Err(error) => match error.kind() {
            ErrorKind::DisplayVersion if is_verbose(&given) => Ok(Parsed::Help(long_version())),
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                Ok(Parsed::Help(error.render().to_string()))
            }
            _ => Err(json_fields::refused(&given, &error)
                .or_else(|| token_as_value(&given, &error))
                .unwrap_or_else(|| explain(&error, &given))),
        },
    }
}

fn is_verbose(args: &[OsString]) -> bool {
    let mut words = args.iter().skip(1).map(|arg| arg.to_string_lossy());
    words.any(|word| {
        word == "--verbose"
            || word.strip_prefix("-v").is_some_and(|vs| vs.bytes().all(|v| v == b'v'))
    })
}

/// Version, commit and platform, for reports of faults.
fn long_version() -> String {
    let commit = option_env!("GLDUO_COMMIT").unwrap_or("unknown");
    let version = env!("CARGO_PKG_VERSION");
    let (os, architecture) = PLATFORM;
    format!("glduo {version}\ncommit: {commit}\nplatform: {os} {architecture}\n")
}

/// `Cli::try_parse_from`, but that the definition is left to the process's end: taking it apart costs a
/// tenth of `--version`.
fn read(args: Vec<OsString>) -> Result<Cli, clap::Error> {
    let mut definition = ManuallyDrop::new(Cli::command());
    let mut matches = definition.try_get_matches_from_mut(args)?;
    Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut definition))
}

/// clap's error in the form of ours: one line, and one line that helps.
fn explain(error: &clap::Error, args: &[OsString]) -> UsageError {
    let text = error.render().to_string();
    let is_missing_command = matches!(
        error.kind(),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand
    );
    if is_missing_command {
        return missing_command(&command_of(args), &text, wants_json(args));
    }
    let message: Vec<&str> = text.lines().take_while(|line| !line.trim().is_empty()).collect();
    let message = message.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
    let message = message.strip_prefix("error: ").unwrap_or(&message).to_owned();
    let tip = text.lines().find_map(|line| line.trim().strip_prefix("tip: "));
    let hint =
        tip.map(str::to_owned).or_else(|| Some(format!("see `{} --help`", command_of(args))));
    UsageError { message, hint }
}

/// A token that was written after `--token`, as other tools want it. It is not repeated: what is
/// on a terminal is in logs too.
fn token_as_value(args: &[OsString], error: &clap::Error) -> Option<UsageError> {
    let is_about_value =
        matches!(error.kind(), ErrorKind::InvalidSubcommand | ErrorKind::TooManyValues);
    let mut words = args.iter().map(|arg| arg.to_string_lossy());
    let is_given = words.any(|word| word == "--token" || word.starts_with("--token="));
    (is_about_value && is_given).then(|| {
        UsageError::new(
            "--token takes no value, so that no token stands in a list of processes",
            "give it on standard input: glduo connect --token < FILE",
        )
    })
}

/// No command is named after these words: people see those that there are, programs get a line.
pub(super) fn missing_command(words: &str, help: &str, json: bool) -> UsageError {
    let message = "a command is missing";
    if json {
        return UsageError::new(message, format!("see `{words} --help`"));
    }
    UsageError { message: format!("{message}\n\n{}", help.trim_end()), hint: None }
}

/// The command that the arguments name as far as they name one: its help explains the error.
fn command_of(args: &[OsString]) -> String {
    let mut root = Cli::command();
    // What belongs to a command is defined only now.
    root.build();
    let mut command = &root;
    let mut words = vec!["glduo"];
    for arg in args.iter().skip(1).take_while(|arg| *arg != OsStr::new("--")) {
        if let Some(next) = command.find_subcommand(arg) {
            words.push(next.get_name());
            command = next;
        }
    }
    words.join(" ")
}

/// Whether the arguments ask for JSON, so that even a usage error can be JSON.
pub(crate) fn wants_json(args: &[OsString]) -> bool {
    let mut words =
        args.iter().take_while(|arg| *arg != OsStr::new("--")).map(|arg| arg.to_string_lossy());
    while let Some(word) = words.next() {
        let format = match &*word {
            "--json" | "-q" | "--jq" => return true,
            "-F" | "--output" => words.next().map(std::borrow::Cow::into_owned),
            other if other.starts_with("--json=") || other.starts_with("--jq=") => return true,
            other => other
                .strip_prefix("--output=")
                .or_else(|| other.strip_prefix("-F"))
                .map(str::to_owned),
        };
        if matches!(
            format.as_deref().map(|format| format.trim_start_matches('=')),
            Some("json" | "ndjson")
        ) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_on_the_command_line_is_not_repeated() {
        for line in ["connect --token s3cret", "connect --token=s3cret", "auth --token s3cret -q ."]
        {
            let error = refused(&format!("glduo {line}"));
            assert!(error.message.starts_with("--token takes no value"), "{error:?}");
            assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        }
        let other = refused("glduo connect s3cret");
        assert!(other.message.contains("unrecognized subcommand"), "{other:?}");
    }

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    fn refused(line: &str) -> UsageError {
        match parse(words(line)) {
            Err(error) => error,
            Ok(_) => UsageError { message: "it parsed".into(), hint: None },
        }
    }

    #[test]
    fn a_field_list_after_bare_json_is_refused_with_the_right_spelling() {
        assert_eq!(
            refused("glduo mr list --json iid,title").hint.as_deref(),
            Some("--json=iid,title")
        );
        assert_eq!(refused("glduo mr show --json title 3").hint.as_deref(), Some("--json=title"));
        for (line, fields) in [
            ("glduo mr list --json author", "author"),
            ("glduo mr list --json nope", "nope"),
            ("glduo issue list --json labels,web_url -L 3", "labels,web_url"),
            ("glduo pipeline list --json status", "status"),
            ("glduo mr show 3 --json diffs", "diffs"),
            ("glduo mr show --json head_pipeline,nope", "head_pipeline,nope"),
            ("glduo mr -R a/b show --json sha 3", "sha"),
            ("glduo issue show --json labels 3", "labels"),
            ("glduo ci show --json jobs", "jobs"),
            ("glduo chat --json text,usage hello", "text,usage"),
            ("glduo connect status --json username", "username"),
            ("glduo --json iid,title mr list", "iid,title"),
        ] {
            assert_eq!(refused(line).hint, Some(format!("--json={fields}")), "{line}");
        }
    }

    #[test]
    fn bare_json_leaves_what_is_no_field_alone() {
        for line in [
            "glduo mr show --json feature/a,b",
            "glduo mr show --json main",
            "glduo mr show --json 42",
            "glduo pipeline show --json latest",
            "glduo chat --json title",
            "glduo chat --json yes,no",
            "glduo chat -- --json a,b",
            "glduo --json pipeline list",
        ] {
            assert!(parse(words(line)).is_ok(), "{line}: {:?}", refused(line));
        }
        assert_eq!(
            refused("glduo --json mrr list").hint.as_deref(),
            Some("a similar subcommand exists: 'mr'")
        );
    }

    #[test]
    fn an_error_is_one_line_and_names_the_help() {
        let error = refused("glduo mr list --xyzzy");
        assert_eq!(error.message, "unexpected argument '--xyzzy' found");
        assert_eq!(error.hint.as_deref(), Some("see `glduo mr list --help`"));
        for line in ["glduo mr list --per-page x", "glduo -R a/b --quiet mr list --per-page x"] {
            assert_eq!(refused(line).hint.as_deref(), Some("see `glduo mr list --help`"), "{line}");
        }
        assert_eq!(
            refused("glduo --color pink mr list").hint.as_deref(),
            Some("see `glduo mr list --help`")
        );
        let error = refused("glduo ci ls -L 0");
        assert_eq!(error.hint.as_deref(), Some("see `glduo pipeline list --help`"));
    }

    #[test]
    fn json_is_recognised_in_every_spelling() {
        for line in [
            "x --json",
            "x --json=a",
            "x -q .",
            "x --jq=.",
            "x -F json",
            "x -Fndjson",
            "x --output=json",
        ] {
            assert!(wants_json(&words(line)), "{line}");
        }
        for line in ["x", "x -F table", "x -- --json", "x --jsonish"] {
            assert!(!wants_json(&words(line)), "{line}");
        }
    }
}

//! The arguments of `glduo chat`.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser};
use clap::{Args, ValueEnum};

use crate::commands::globals::parse_duration;
use crate::duo::{Effort, SessionName};
use crate::tools::{PermissionError, Policy, Tool};

/// One question.
#[derive(Args, Debug)]
#[command(after_help = "\
Standard input is read where it is a pipe or a file, and joins the prompt after a blank line.

Examples:
  glduo chat \"What does git rebase --onto do?\"
  glduo mr show 42 | glduo chat \"What should a reviewer look at first?\"
  glduo chat \"Why does it fail?\" --pipeline current --mr current
  glduo chat --session release \"Draft the notes\" -f CHANGELOG.md
  glduo chat -m haiku-4-5 \"Name a branch for this\" < notes.txt
  glduo chat -m duo-workflow-default --allow write \"Fix the failing test\"

What a workflow model may do on this machine: glduo help workflow")]
pub(in crate::commands) struct ChatArgs {
    /// What to ask; several words are joined with spaces
    #[arg(value_name = "PROMPT")]
    pub(super) prompt: Vec<String>,

    /// The model; the duo-chat- or duo-workflow- prefix may be left out
    #[arg(short = 'm', long, value_name = "ID", conflicts_with = "small")]
    pub(super) model: Option<String>,

    /// Use the small model
    #[arg(long)]
    pub(super) small: bool,

    /// Text for the system prompt, after the configured instructions; @FILE reads a file
    #[arg(short = 's', long, value_name = "TEXT|@FILE")]
    pub(super) system: Option<String>,

    /// Do not read standard input
    #[arg(short = 'n', long)]
    pub(super) no_stdin: bool,

    /// Print the answer when it is whole
    #[arg(long)]
    pub(super) no_stream: bool,

    /// Print the requests that would be sent, secrets left out, and ask no model
    #[arg(long)]
    pub(super) dry_run: bool,

    #[command(flatten)]
    pub(super) attached: AttachedArgs,

    #[command(flatten)]
    pub(super) session: SessionArgs,

    #[command(flatten)]
    pub(super) answer: AnswerArgs,

    #[command(flatten)]
    pub(super) workflow: WorkflowArgs,
}

/// What goes with the question.
#[derive(Args, Debug)]
#[command(next_help_heading = "With the question")]
pub(super) struct AttachedArgs {
    /// A text file, up to 1 MiB; repeatable
    #[arg(short = 'f', long = "file", value_name = "PATH")]
    pub(super) files: Vec<PathBuf>,

    /// A merge request with its diff; repeatable
    #[arg(long = "mr", value_name = "IID|current")]
    pub(super) merge_requests: Vec<String>,

    /// An issue; repeatable
    #[arg(long = "issue", value_name = "IID")]
    pub(super) issues: Vec<String>,

    /// A pipeline with its failed jobs' logs; repeatable
    #[arg(long = "pipeline", value_name = "ID|current")]
    pub(super) pipelines: Vec<String>,

    /// A job with its log; repeatable
    #[arg(long = "job", value_name = "ID")]
    pub(super) jobs: Vec<String>,

    /// Number the lines of attached diffs [default: if --schema has a line field]
    #[arg(long)]
    pub(super) line_numbers: bool,
}

impl AttachedArgs {
    /// Whether anything of GitLab's is wanted.
    pub(super) fn names_gitlab(&self) -> bool {
        let lists = [&self.merge_requests, &self.issues, &self.pipelines, &self.jobs];
        lists.iter().any(|list| !list.is_empty())
    }
}

/// Which conversation the question belongs to.
#[derive(Args, Debug)]
#[command(next_help_heading = "Conversation")]
pub(super) struct SessionArgs {
    /// Go on with the last conversation
    #[arg(short = 'c', long = "continue", conflicts_with = "name")]
    pub(super) goes_on: bool,

    /// Go on with the conversation of this name, or begin it
    #[arg(long = "session", value_name = "NAME", value_parser = session_name)]
    pub(super) name: Option<SessionName>,

    /// Keep nothing of this question and its answer
    #[arg(long)]
    pub(super) no_save: bool,
}

/// What the answer is to be.
#[derive(Args, Debug)]
#[command(next_help_heading = "Answer")]
pub(super) struct AnswerArgs {
    /// The answer is JSON that fits this JSON Schema
    #[arg(long, value_name = "FILE|JSON")]
    pub(super) schema: Option<String>,

    /// Only the first fenced block, else the whole answer
    #[arg(short = 'x', long, conflicts_with = "schema")]
    pub(super) extract: bool,

    /// Tokens on stderr
    #[arg(short = 'u', long)]
    pub(super) usage: bool,

    /// The most tokens of the answer
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) max_tokens: Option<u32>,

    /// From 0, the same answer again, to 2
    #[arg(long, value_name = "X", allow_negative_numbers = true, value_parser = temperature)]
    pub(super) temperature: Option<f64>,

    /// How hard the model thinks first
    #[arg(long, value_name = "HOW")]
    pub(super) effort: Option<EffortWord>,

    /// Print what the model thought, too; Claude thinks a little where no --effort is given
    #[arg(long)]
    pub(super) reasoning: bool,

    /// Exit 6 where the answer ends at its length limit
    #[arg(long)]
    pub(super) fail_on_truncation: bool,

    /// No colours in the answer on a terminal
    #[arg(long)]
    pub(super) plain: bool,
}

/// What the tools of a workflow model may do.
#[derive(Args, Debug)]
#[command(next_help_heading = "Workflow models")]
pub(super) struct WorkflowArgs {
    /// Allow the agent more than reading here; run:COMMAND allows that command line; repeatable, comma lists
    #[arg(long, value_name = "GROUP|run:COMMAND", value_parser = AllowParser)]
    pub(super) allow: Vec<Vec<String>>,

    /// Deny a group or one tool, whatever else allows it; repeatable, comma lists
    #[arg(long, value_name = "TOOL|GROUP", value_delimiter = ',', value_parser = deniable())]
    pub(super) deny: Vec<String>,

    /// The directory that it works in
    #[arg(short = 'C', long = "cwd", value_name = "DIR")]
    pub(super) directory: Option<PathBuf>,

    /// Show the plan of duo-workflow-codegen and ask before it runs; needs a terminal
    #[arg(long)]
    pub(super) plan: bool,

    /// Limit the time until the answer is complete: 90, 90s, 5m, 1h [default: 30m for workflow models]
    #[arg(long, value_name = "DUR", value_parser = parse_duration, help_heading = "Answer")]
    pub(super) max_duration: Option<Duration>,
}

/// The groups of tools.
const ALLOWABLE: [&str; 6] = ["read", "write", "git", "shell", "gitlab", "all"];

/// Parses a list for `--allow`: groups, and at its end a command, which may have commas itself.
#[derive(Clone)]
struct AllowParser;

impl TypedValueParser for AllowParser {
    type Value = Vec<String>;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Vec<String>, clap::Error> {
        StringValueParser::new().try_map(|list| allowed(&list)).parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(ALLOWABLE.into_iter().map(PossibleValue::new)))
    }
}

fn allowed(list: &str) -> Result<Vec<String>, PermissionError> {
    let (groups, command) = match list.find("run:") {
        Some(0) => ("", Some(list)),
        Some(at) if list[..at].trim_end().ends_with(',') => (&list[..at], Some(&list[at..])),
        _ => (list, None),
    };
    let groups = groups.strip_suffix(',').unwrap_or(groups).split(',').map(str::trim);
    let groups = groups.filter(|name| command.is_none() || !name.is_empty());
    let names: Vec<String> = groups.chain(command).map(str::to_owned).collect();
    Policy::new(&names, [""; 0], false).map(|_| names)
}

/// The groups, and the tools that are not called like one.
fn deniable() -> PossibleValuesParser {
    let tools = Tool::ALL.iter().map(|tool| tool.name());
    ALLOWABLE.into_iter().chain(tools.filter(|name| !ALLOWABLE.contains(name))).into()
}

/// How hard the model thinks first.
#[derive(ValueEnum, Clone, Copy, Debug)]
pub(super) enum EffortWord {
    None,
    Low,
    Medium,
    High,
    Xhigh,
    Max,
}

impl From<EffortWord> for Effort {
    fn from(word: EffortWord) -> Self {
        match word {
            EffortWord::None => Self::None,
            EffortWord::Low => Self::Low,
            EffortWord::Medium => Self::Medium,
            EffortWord::High => Self::High,
            EffortWord::Xhigh => Self::Xhigh,
            EffortWord::Max => Self::Max,
        }
    }
}

fn temperature(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (0.0..=2.0).contains(number));
    number.ok_or_else(|| "a temperature is a number from 0 to 2".to_owned())
}

fn session_name(text: &str) -> Result<SessionName, String> {
    SessionName::parse(text).map_err(|_| {
        "a name has letters, digits, '.', '_' and '-', a letter or digit first, 100 at most"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_ends_a_list_of_permissions_and_may_have_commas() {
        let parsed = |list| allowed(list).map(|names| names.join("|"));
        assert_eq!(parsed("write, git"), Ok("write|git".to_owned()));
        assert_eq!(parsed("run:make a,b"), Ok("run:make a,b".to_owned()));
        assert_eq!(parsed("write,run:make a,b *"), Ok("write|run:make a,b *".to_owned()));
        for list in ["", "write,,git", "edit", "run:", "write,run:a;b", "run", "xrun:make"] {
            assert!(parsed(list).is_err(), "{list:?}");
        }
    }

    #[test]
    fn a_temperature_is_from_zero_to_two() {
        for good in ["0", "0.7", "2", "1e-1"] {
            assert!(temperature(good).is_ok(), "{good}");
        }
        for bad in ["-1", "2.1", "NaN", "inf", "", "warm"] {
            assert!(temperature(bad).is_err(), "{bad}");
        }
    }
}

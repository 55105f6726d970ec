//! What goes wrong on this machine, in words: arguments, settings, output, the sandbox.

use std::error::Error as StdError;

use super::{Code, Report};
use crate::commands::{
    IncompleteChange, InputError, NoJob, NoLog, NoMergeRequest, NoPipeline, NotSaved, NotSet,
    NoteInput, SchemaMismatch, SecretInInstructions, StaleReview, StdinError, StillPending,
    TooSlow, Truncated, UsageError,
};
use crate::config::ConfigError;
use crate::duo::ConversationError;
use crate::model::rows::BadShape;
use crate::model::web_link::BadLink;
use crate::sandbox::SandboxError;
use crate::system::private_file::LockError;
use crate::view::jq::JqError;
use crate::view::output::{self, ViewError};
use crate::view::stdout::OutputError;

pub(super) fn of(cause: &(dyn StdError + 'static)) -> Option<Report> {
    None.or_else(|| cause.downcast_ref().map(usage))
        .or_else(|| cause.downcast_ref().map(config))
        .or_else(|| cause.downcast_ref().map(link))
        .or_else(|| cause.downcast_ref().map(view))
        .or_else(|| cause.downcast_ref().map(shape))
        .or_else(|| cause.downcast_ref().map(jq))
        .or_else(|| cause.downcast_ref().map(of_output))
        .or_else(|| cause.downcast_ref().map(sandbox))
        .or_else(|| cause.downcast_ref().map(input))
        .or_else(|| cause.downcast_ref().map(stdin))
        .or_else(|| cause.downcast_ref().map(conversation))
        .or_else(|| of_chat(cause))
        .or_else(|| of_commands(cause))
        .or_else(|| of_pipelines(cause))
        .or_else(|| cause.downcast_ref().map(io))
}

fn of_commands(cause: &(dyn StdError + 'static)) -> Option<Report> {
    if let Some(error) = cause.downcast_ref::<NotSet>() {
        return Some(
            Report::new(Code::NotFound, error.to_string())
                .hint(format!("glduo config set {} VALUE sets it", error.key)),
        );
    }
    if let Some(error) = cause.downcast_ref::<NoMergeRequest>() {
        let iid = error.unused.first().unwrap_or(42);
        return Some(Report::new(Code::NotFound, error.to_string()).hint(format!(
            "name one by its number, such as {iid}, or push the branch and create a merge request"
        )));
    }
    if let Some(error) = cause.downcast_ref::<IncompleteChange>() {
        let hint = format!("fetch it with git: git fetch origin merge-requests/{}/head", error.iid);
        return Some(Report::new(Code::Incomplete, error.to_string()).hint(hint));
    }
    if let Some(error) = cause.downcast_ref::<StaleReview>() {
        return Some(
            Report::new(Code::Incomplete, error.to_string()).hint(
                "review the new commits, or post this review all the same with --allow-stale",
            ),
        );
    }
    if let Some(error) = cause.downcast_ref::<NoteInput>() {
        return Some(
            Report::new(Code::Io, error.to_string())
                .hint("check the file, or give the text with -m"),
        );
    }
    let SecretInInstructions { kind, place } = cause.downcast_ref()?;
    let message =
        format!("the instructions of {place} contain a {kind}, which every request would send");
    Some(Report::new(Code::Usage, message).hint("remove it from there, and revoke it"))
}

fn of_pipelines(cause: &(dyn StdError + 'static)) -> Option<Report> {
    let report = |code, error: &dyn StdError, hint: &str| {
        Some(Report::new(code, error.to_string()).hint(hint))
    };
    if let Some(error) = cause.downcast_ref::<NoPipeline>() {
        let hint = match error.unused.first() {
            Some(iid) => format!("name the merge request with --mr {iid}, or a branch with -b"),
            None => "see `glduo pipeline list`, or push a commit".to_owned(),
        };
        return report(Code::NotFound, error, &hint);
    }
    if let Some(error) = cause.downcast_ref::<NoJob>() {
        return report(Code::NotFound, error, "`glduo pipeline show` lists the jobs");
    }
    if let Some(error) = cause.downcast_ref::<NoLog>() {
        return report(Code::NotFound, error, "--watch waits for it and follows it");
    }
    let error = cause.downcast_ref::<StillPending>()?;
    report(Code::Pending, error, "wait longer with --wait-timeout")
}

fn of_chat(cause: &(dyn StdError + 'static)) -> Option<Report> {
    if let Some(error) = cause.downcast_ref::<Truncated>() {
        return Some(
            Report::new(Code::Incomplete, error.to_string())
                .hint("raise --max-tokens, or ask for less"),
        );
    }
    if let Some(error) = cause.downcast_ref::<TooSlow>() {
        return Some(
            Report::new(Code::Timeout, error.to_string())
                .hint("allow more time with --max-duration, or ask for less"),
        );
    }
    if let Some(error) = cause.downcast_ref::<SchemaMismatch>() {
        return Some(
            Report::new(Code::SchemaMismatch, error.to_string())
                .hint("ask more precisely, allow more in the schema, or choose another model"),
        );
    }
    cause.downcast_ref::<NotSaved>().map(|error| {
        let report = conversation(&error.source);
        let message = format!("{error}: {}", report.message);
        Report { code: Code::SessionNotSaved, message, ..report }
    })
}

fn conversation(error: &ConversationError) -> Report {
    let (code, hint) = match error {
        ConversationError::Open(open) => {
            let (mode, path) = (open.wanted, open.path.display());
            return Report::new(Code::Io, error.to_string())
                .hint(format!("run chmod {mode:o} '{path}' as its owner, or use --no-save"));
        }
        ConversationError::NoPlace => (Code::Io, "set XDG_DATA_HOME or HOME, or use --no-save"),
        ConversationError::File { .. }
        | ConversationError::Locked { source: LockError::Io(_), .. } => {
            (Code::Io, "check the file's place and its permissions, or use --no-save")
        }
        ConversationError::Malformed { .. } => {
            (Code::Io, "remove the file, or choose another name with --session")
        }
        ConversationError::OtherInstance { .. } => {
            (Code::Usage, "choose another name with --session, or that instance with --instance")
        }
        ConversationError::NotFound { .. } => (Code::NotFound, "see `glduo conversation list`"),
        ConversationError::Ambiguous { .. } => (Code::Usage, "write more of the name"),
        ConversationError::Locked { source: LockError::TimedOut { .. }, .. } => {
            (Code::Io, "try again when the other run has ended")
        }
    };
    Report::new(code, error.to_string()).hint(hint)
}

fn usage(error: &UsageError) -> Report {
    let report = Report::new(Code::Usage, error.message.clone());
    Report { hint: error.hint.clone(), ..report }
}

fn config(error: &ConfigError) -> Report {
    let message = error.to_string();
    let hint = match error {
        ConfigError::Missing { .. } => "create the file, or leave the flag or variable out".to_owned(),
        ConfigError::Unwritable { .. } => {
            return Report::new(Code::Io, message)
                .hint("check the file's place and its permissions");
        }
        ConfigError::Unreadable { .. }
        | ConfigError::NotAFile { .. }
        | ConfigError::TooLarge { .. }
        | ConfigError::NotUtf8 { .. } => "it has to be a readable JSON file".to_owned(),
        ConfigError::Syntax { .. } | ConfigError::Value { .. } => "mend the file there".to_owned(),
        ConfigError::Variable { name, .. } => format!("mend or unset {name}"),
        ConfigError::Address { .. } => {
            "an address looks like https://gitlab.example.com, a path after the host is kept".to_owned()
        }
        ConfigError::PlainHttp { .. } => {
            "use https, or set GLDUO_ALLOW_INSECURE_HTTP=1 if you must".to_owned()
        }
        ConfigError::Token { .. } => "set it again, one line and nothing else".to_owned(),
        ConfigError::Project { .. } => "a project is GROUP/PROJECT, a number or a URL".to_owned(),
        ConfigError::Link { reason, .. } => link_hint(reason).to_owned(),
        ConfigError::NoProject { .. } => {
            "name one with -R GROUP/PROJECT, a URL, GITLAB_REPO, projectId in .glduo.json, or run in a clone of it"
                .to_owned()
        }
    };
    Report::new(Code::Usage, message).hint(hint)
}

fn link(error: &BadLink) -> Report {
    Report::new(Code::Usage, error.to_string()).hint(link_hint(error))
}

fn link_hint(error: &BadLink) -> &'static str {
    match error {
        BadLink::OtherInstance { .. } => "name the URL's instance with --instance",
        BadLink::Group { .. } => "name a project, or give the group to a list with -g",
        BadLink::NoProject { .. } => {
            "a project's URL looks like https://gitlab.example.com/group/project"
        }
    }
}

fn view(error: &ViewError) -> Report {
    match error {
        ViewError::Output(error) => of_output(error),
        ViewError::Shape(error) => shape(error),
        ViewError::Jq(error) => jq(error),
    }
}

fn shape(error: &BadShape) -> Report {
    Report::new(Code::BadResponse, format!("GitLab's answer is not understood: {error}"))
        .hint("check that the address is a GitLab instance")
}

fn jq(error: &JqError) -> Report {
    let hint = "the language is jq's; see https://jqlang.org/manual";
    match error {
        JqError::Syntax { .. } => Report::new(Code::Usage, error.to_string()).hint(hint),
        _ => Report::new(Code::Jq, error.to_string())
            .hint("look at the data with --json and no --jq"),
    }
}

fn of_output(error: &OutputError) -> Report {
    let report = Report::new(Code::Io, error.to_string());
    match error {
        // Its one line says what to do.
        OutputError::ClosedFromStart => report,
        _ => report.hint("check the disk, or where the output goes"),
    }
}

fn sandbox(error: &SandboxError) -> Report {
    match error {
        SandboxError::PortInUse { .. } => Report::new(Code::PortInUse, error.to_string())
            .hint("choose another with --port, or leave it out for a free one"),
        SandboxError::Listen { source, .. } => {
            Report::new(Code::Io, format!("{error}: {source}")).hint("choose another with --port")
        }
        SandboxError::Seed(source) => Report::new(Code::Other, format!("{error}: {source}"))
            .hint("this is a defect of glduo's; please report it"),
    }
}

fn input(error: &InputError) -> Report {
    match error {
        InputError::FileTooLarge { .. } => Report::new(Code::ContextTooLong, error.to_string())
            .hint("send the part that matters, on standard input for example"),
        InputError::TooLarge(_) => Report::new(Code::ContextTooLong, error.to_string())
            .hint("send less, or choose the part that matters"),
    }
}

fn stdin(error: &StdinError) -> Report {
    match error {
        StdinError::Silent(limit) => {
            let seconds = limit.as_secs();
            Report::new(Code::Timeout, format!("standard input brought nothing for {seconds} s"))
                .hint("--timeout waits longer; `chat -n` does not read it")
        }
        StdinError::Unreadable(_) => Report::new(Code::Io, error.to_string())
            .hint("pipe text into it, or leave it closed: < /dev/null"),
    }
}

fn io(error: &std::io::Error) -> Report {
    Report::new(Code::Io, error.to_string()).hint("check the file's place and its permissions")
}

/// Whether the reader of standard output has had enough.
pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(output::is_closed_pipe)
}

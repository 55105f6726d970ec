//! Field names as the next word after a bare `--json`, where other tools take them: told with
//! the right spelling, unless the word may be meant as something else.

use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::usage::UsageError;

/// The top-level fields of a merge request and of a note: a branch's name stands in the same
/// place, so only these are taken for fields.
const MERGE_REQUEST: &str = "\
allow_collaboration allow_maintainer_to_push approvals_before_merge assignee assignees author \
blocking_discussions_resolved body changes_count closed_at closed_by created_at description \
detailed_merge_status diff_refs diffs diffs_complete discussion_locked draft first_contribution \
first_deployed_to_production_at force_remove_source_branch has_conflicts head_pipeline id iid \
imported imported_from labels latest_build_finished_at latest_build_started_at merge_after \
merge_commit_sha merge_error merge_status merge_user merge_when_pipeline_succeeds merged_at \
merged_by milestone notes pipeline prepared_at project_id reference references reviewers sha \
should_remove_source_branch source_branch source_project_id squash squash_commit_sha \
squash_on_merge state subscribed system target_branch target_project_id task_completion_status \
time_stats title updated_at upvotes downvotes user user_notes_count web_url work_in_progress";

/// Those of an answer: any word may be a prompt, so only a list of these is taken for fields.
const ANSWER: &str = "\
id model backend_model provider text finish_reason usage duration_ms session request_id \
workflow_id status tools";

/// The field names after a bare `--json` that would be taken for an argument of the command.
pub(super) fn swallowed(args: &[OsString]) -> Option<UsageError> {
    let words = words(args);
    let (before, next) = around(&words)?;
    let fields: Vec<&str> = next.split(',').collect();
    let is_one_of = |known: &str, field: &str| known.split(' ').any(|word| word == field);
    // The value of a flag between them may be any word.
    let is_noun = |word: &&str| ["mr", "issue", "pipeline", "ci", "chat", "ask"].contains(word);
    let at = before.iter().position(is_noun)?;
    let is_about_one =
        ["show", "view", "note", "comment"].iter().any(|verb| before[at..].contains(verb));
    let meant = match before[at] {
        "mr" => is_about_one && fields.iter().any(|field| is_one_of(MERGE_REQUEST, field)),
        "issue" => is_about_one,
        "chat" | "ask" => fields.len() > 1 && fields.iter().all(|field| is_one_of(ANSWER, field)),
        _ => is_about_one && next != "latest",
    };
    meant.then(|| refusal(next))
}

/// The same where clap could make nothing of the word.
pub(super) fn refused(args: &[OsString], error: &clap::Error) -> Option<UsageError> {
    let words = words(args);
    let (_, next) = around(&words)?;
    let is_next =
        |kind| matches!(error.get(kind), Some(ContextValue::String(word)) if word == next);
    let is_mistyped_command = || error.get(ContextKind::SuggestedSubcommand).is_some();
    let is_unknown = error.kind() == ErrorKind::UnknownArgument;
    let meant = is_unknown && is_next(ContextKind::InvalidArg)
        || is_next(ContextKind::InvalidSubcommand) && !is_mistyped_command();
    meant.then(|| refusal(next))
}

fn refusal(fields: &str) -> UsageError {
    UsageError::new(
        format!(
            "--json takes its field names after an equals sign, not {fields:?} as the next word"
        ),
        format!("--json={fields}"),
    )
}

fn words(args: &[OsString]) -> Vec<&str> {
    let options = args.iter().take_while(|arg| *arg != OsStr::new("--"));
    options.map(|arg| arg.to_str().unwrap_or_default()).collect()
}

/// What stands before a bare `--json`, and the next word if that could be field names.
fn around<'w, 'a>(words: &'w [&'a str]) -> Option<(&'w [&'a str], &'a str)> {
    let at = words.iter().position(|word| *word == "--json")?;
    let next = *words.get(at + 1)?;
    let is_field = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    next.split(',').all(is_field).then_some((&words[..at], next))
}

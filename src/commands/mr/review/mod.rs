//! `glduo mr review`: posts a review as discussions on the lines of the diff.

mod change;
mod outcome;
mod plan;
mod text;

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use super::target::{self, MergeRequestTarget, Purpose};
use crate::commands::chat::BrokenAnswer;
use crate::commands::context::Context;
use crate::commands::note::{self, Key};
use crate::commands::usage::UsageError;
use crate::gitlab::{Gitlab, GitlabError, ReviewRequest, fingerprint};
use crate::model::project::ProjectRef;
use crate::model::quick_actions;
use crate::model::review::{Review, ReviewComment, SCHEMA};
use crate::model::scopes::Need;
use crate::system::interrupt::Kept;
use crate::view::output::{Format, Printer};
use change::{Change, Placement};
use outcome::Outcome;
use plan::{EarlierReview, EarlierSummary, Markers, Remark, Reuse, SUMMARY};

/// Which merge request, and which review.
#[derive(Args, Debug)]
#[command(after_help = "\
The review is JSON, from a file or standard input; --print-schema prints its JSON Schema.
Without a name: the merge request of this CI job, else of the current branch.

Examples:
  glduo chat --mr 42 --schema \"$(glduo mr review --print-schema)\" \"Review this\" > review.json
  glduo mr review 42 -f review.json --replace duo-review
  glduo mr review 42 -f review.json --draft")]
pub(super) struct ReviewArgs {
    /// A number, a URL or a branch
    #[arg(value_name = "IID|URL|BRANCH")]
    which: Option<String>,

    /// Read the review from FILE; - is standard input
    #[arg(short = 'f', long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// Update the review that an earlier run posted with KEY instead of posting it again
    #[arg(long, value_name = "KEY")]
    replace: Option<Key>,

    /// Create draft notes, which only you see until you publish them
    #[arg(long)]
    draft: bool,

    /// Post even if the merge request has new commits since the review
    #[arg(long)]
    allow_stale: bool,

    /// Print the requests instead of sending them
    #[arg(long)]
    dry_run: bool,

    /// Print the JSON Schema of a review
    #[arg(long, exclusive = true)]
    print_schema: bool,
}

/// The merge request has other commits than those that were reviewed.
#[derive(Debug, thiserror::Error)]
#[error("merge request !{iid} has new commits: reviewed {reviewed}, now {current}")]
pub(crate) struct StaleReview {
    iid: u64,
    reviewed: String,
    current: String,
}

pub(super) fn run(args: &ReviewArgs, context: &mut Context<'_>) -> anyhow::Result<u8> {
    if args.print_schema {
        context.write(SCHEMA.as_bytes())?;
        return Ok(0);
    }
    context.needs(Need::Write);
    let review = read(args, context)?;
    let mut printer = context.printer()?;
    let gitlab = context.gitlab()?;
    gitlab.check_notes_can_be_written()?;
    let target = target::resolve(args.which.as_deref(), Purpose::Act, &gitlab, context)?;
    post(args, &review, &target, &gitlab, &mut printer, context)
        .with_context(|| format!("review of merge request !{} of {}", target.iid, target.project))
}

fn read(args: &ReviewArgs, context: &mut Context<'_>) -> anyhow::Result<Review> {
    let text = note::read_text(args.file.as_deref(), "review", "-f FILE", context)?;
    let hint = "see `glduo mr review --print-schema`";
    Review::parse(&text)
        .map_err(|fault| UsageError::new(format!("invalid review: {fault}"), hint).into())
}

fn post(
    args: &ReviewArgs,
    review: &Review,
    target: &MergeRequestTarget,
    gitlab: &Gitlab<'_>,
    printer: &mut Printer,
    context: &Context<'_>,
) -> anyhow::Result<u8> {
    let change = Change::fetch(gitlab, target, context.clock())?;
    check_head(args, review, target, &change, context)?;
    if change.merge_request.state != "opened" {
        let state = &change.merge_request.state;
        context.notes().note(&format!("merge request !{} is {state}", target.iid));
    }
    let interrupted = context.interrupts().keep_first()?;
    let mut run = Run {
        args,
        target: (&target.project, target.iid),
        gitlab,
        context,
        earlier: earlier(args, target, gitlab)?,
        outcome: Outcome::new(&change.merge_request.web_url, args.draft, review.comments.len()),
        planned: Vec::new(),
        unexecuted: BTreeSet::new(),
        interrupted,
    };
    let ended = run.all(review, &change, printer);
    run.conclude(ended, printer)
}

/// Fails if the merge request's head is not the commit that was reviewed: that of the document,
/// else of the CI job of this merge request.
fn check_head(
    args: &ReviewArgs,
    review: &Review,
    target: &MergeRequestTarget,
    change: &Change,
    context: &Context<'_>,
) -> anyhow::Result<()> {
    let settings = context.settings()?;
    let env = context.env();
    let from_job = || {
        let (project, iid) = settings.merge_request_from_ci(env).ok().flatten()?;
        let path = env.get("CI_MERGE_REQUEST_PROJECT_PATH").unwrap_or_default();
        let is_its_job = iid == target.iid
            && (project.is_same(&target.project)
                || path.eq_ignore_ascii_case(&target.project.to_string()));
        let names = ["CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "CI_COMMIT_SHA"];
        names.iter().filter(|_| is_its_job).find_map(|name| env.get(name).map(str::to_owned))
    };
    let Some(reviewed) = review.head_sha.clone().or_else(from_job) else { return Ok(()) };
    let current = change.refs.head_sha.clone();
    let is_current = reviewed.len() >= 7 && current.starts_with(&reviewed.to_ascii_lowercase());
    if is_current || args.allow_stale {
        return Ok(());
    }
    Err(StaleReview { iid: target.iid, reviewed, current }.into())
}

fn earlier(
    args: &ReviewArgs,
    target: &MergeRequestTarget,
    gitlab: &Gitlab<'_>,
) -> anyhow::Result<EarlierReview> {
    let Some(key) = &args.replace else { return Ok(EarlierReview::default()) };
    let me = gitlab.current_user()?.id;
    let discussions = gitlab.discussions(&target.project, target.iid)?;
    let drafts = gitlab.draft_notes(&target.project, target.iid)?;
    Ok(EarlierReview::find(&Markers(key), me, discussions, drafts))
}

/// One review on its way to GitLab.
struct Run<'r, 'w> {
    args: &'r ReviewArgs,
    target: (&'r ProjectRef, u64),
    gitlab: &'r Gitlab<'r>,
    context: &'r Context<'w>,
    earlier: EarlierReview,
    outcome: Outcome,
    /// What `--dry-run` shows.
    planned: Vec<ReviewRequest>,
    /// Quick actions that are posted as text.
    unexecuted: BTreeSet<String>,
    interrupted: Kept,
}

impl Run<'_, '_> {
    /// Posts the comments in order, then resolves what is no longer reported, then writes the
    /// summary, which has the comments that could not be placed. Returns the exit code of a
    /// signal that ended it early.
    fn all(
        &mut self,
        review: &Review,
        change: &Change,
        printer: &mut Printer,
    ) -> anyhow::Result<Option<u8>> {
        let mut outside = Vec::new();
        for comment in &review.comments {
            if let Some(code) = self.interrupted.exit_code() {
                return Ok(Some(code));
            }
            if !self.comment(comment, &change.place(comment))? {
                outside.push(comment);
                self.outcome.in_summary(comment);
            }
            self.outcome.print_new(printer)?;
        }
        for (remark, discussion) in self.obsolete() {
            if let Some(code) = self.interrupted.exit_code() {
                return Ok(Some(code));
            }
            self.send(self.gitlab.resolve_discussion(self.target, &discussion, true))?;
            self.outcome.resolved(&remark);
            self.outcome.print_new(printer)?;
        }
        self.summary(review, &outside)?;
        Ok(None)
    }

    /// The discussions to resolve. Drafts change nothing that others see, so a run with `--draft`
    /// resolves none; drafts are never deleted, since a person may have edited them.
    fn obsolete(&mut self) -> Vec<(Remark, String)> {
        let (open, drafts) = self.earlier.take_obsolete();
        if drafts > 0 {
            self.context.notes().note(&format!(
                "drafts of an earlier run that are no longer reported: {drafts}; delete them on \
                 the page of the merge request if you do not want to publish them"
            ));
        }
        if self.args.draft { Vec::new() } else { open }
    }

    /// Whether the comment is on the diff; if not, it belongs into the summary.
    fn comment(&mut self, comment: &ReviewComment, placement: &Placement) -> anyhow::Result<bool> {
        let Some(position) = &placement.position else { return Ok(false) };
        let body = self.escaped(&text::comment(comment, placement.lines_above));
        let print = fingerprint(&comment.path, &placement.line_text, &body);
        let body = self.marked(&body, &print);
        match self.earlier.take(&print, self.args.draft) {
            Reuse::Keep(remark) => {
                self.outcome.unchanged(comment, &remark);
                return Ok(true);
            }
            Reuse::Reopen(remark, discussion) => {
                self.send(self.gitlab.resolve_discussion(self.target, &discussion, false))?;
                self.outcome.posted(comment, remark.note_id);
                return Ok(true);
            }
            Reuse::Post => {}
        }
        let request = if self.args.draft {
            self.gitlab.new_draft_note(self.target, &body, Some(position))
        } else {
            self.gitlab.new_discussion(self.target, &body, position)
        };
        match self.send(request) {
            Ok(Some(response)) => {
                let id = if self.args.draft {
                    outcome::note_id(&response)?
                } else {
                    outcome::first_note_id(&response)?
                };
                self.outcome.posted(comment, id);
                Ok(true)
            }
            Ok(None) => Ok(true),
            // GitLab does not know the line, for instance because the diff changed meanwhile.
            Err(GitlabError::Refused(refusal)) if refusal.status == 400 => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn summary(&mut self, review: &Review, outside: &[&ReviewComment]) -> anyhow::Result<()> {
        if !outside.is_empty() {
            let places: Vec<String> = outside.iter().map(|comment| comment.place()).collect();
            self.context.notes().note(&format!(
                "not on the lines of the diff, so in the summary: {}",
                places.join(", ")
            ));
        }
        let text = text::summary(&review.summary, outside);
        if text.trim().is_empty() {
            return Ok(());
        }
        let text = self.escaped(&text);
        let text = self.marked(&text, SUMMARY);
        let EarlierReview { summary, draft_summary, .. } = std::mem::take(&mut self.earlier);
        let request = if self.args.draft {
            let is_same = |earlier: &EarlierSummary| earlier.text.trim_end() == text.trim_end();
            if [&summary, &draft_summary].into_iter().flatten().any(is_same) {
                return Ok(());
            }
            match draft_summary {
                Some(draft) => self.gitlab.change_draft_note(self.target, draft.note_id, &text),
                None => self.gitlab.new_draft_note(self.target, &text, None),
            }
        } else {
            self.gitlab.summary_note(self.target, summary.map(|note| note.note_id), &text)
        };
        if let Some(response) = self.send(request)? {
            self.outcome.summary = Some(outcome::raw(&response)?);
        }
        Ok(())
    }

    /// `None` if nothing was sent because of `--dry-run`.
    fn send(&mut self, request: ReviewRequest) -> Result<Option<Vec<u8>>, GitlabError> {
        if self.args.dry_run {
            self.planned.push(request);
            return Ok(None);
        }
        Ok(Some(self.gitlab.send_review_request(&request)?.body))
    }

    fn marked(&self, text: &str, name: &str) -> String {
        match &self.args.replace {
            Some(key) => Markers(key).marked(text, name),
            None => text.to_owned(),
        }
    }

    /// Posts quick actions as text: a model writes it, and the author of the change can steer the
    /// model.
    fn escaped(&mut self, text: &str) -> String {
        let escaped = quick_actions::escape(text);
        self.unexecuted.extend(escaped.commands.iter().map(|command| (*command).to_owned()));
        escaped.text.into_owned()
    }

    /// Prints how it ended, or adds to the error what was done before it.
    fn conclude(
        self,
        ended: anyhow::Result<Option<u8>>,
        printer: &mut Printer,
    ) -> anyhow::Result<u8> {
        let notes = self.context.notes();
        if !self.unexecuted.is_empty() {
            let commands: Vec<String> = self.unexecuted.into_iter().collect();
            notes.note(&format!("posted as text, not run: {}", commands.join(", ")));
        }
        let again = match &self.args.replace {
            Some(_) => "; run the same command again to continue",
            None => "",
        };
        match ended {
            Ok(None) if self.args.dry_run => dry_run(&self.planned, printer, self.context),
            Ok(None) => {
                self.outcome.print_end(printer)?;
                Ok(0)
            }
            Ok(Some(code)) => {
                notes.note(&format!("interrupted: {}{again}", self.outcome.progress()));
                Ok(code)
            }
            Err(error) => {
                notes.note(&format!("stopped: {}{again}", self.outcome.progress()));
                let partial = Some(self.outcome.json());
                Err(error.context(BrokenAnswer {
                    partial,
                    as_event: false,
                    url: None,
                    request_id: None,
                }))
            }
        }
    }
}

fn dry_run(
    planned: &[ReviewRequest],
    printer: &mut Printer,
    context: &Context<'_>,
) -> anyhow::Result<u8> {
    let redactor = context.notes().redactor();
    if printer.format() == Format::Table {
        for request in planned {
            let body = serde_json::to_string_pretty(&request.body)?;
            let text = format!("{} {}\n\n{body}\n\n", request.method.as_str(), request.url);
            printer.text(&redactor.redact(&text))?;
        }
        return Ok(0);
    }
    let rows = planned.iter().map(|request| {
        let method = request.method.as_str();
        let row = json!({ "method": method, "url": request.url.as_str(), "body": request.body });
        redactor.redact(&row.to_string()).into_owned()
    });
    printer.objects(&rows.collect::<Vec<_>>())?;
    Ok(0)
}

//! `glduo mr show`.

use anyhow::Context as _;
use clap::Args;

use super::target::{self, MergeRequestTarget, Purpose};
use crate::commands::context::Context;
use crate::commands::web;
use crate::gitlab::{Gitlab, GitlabError};
use crate::model::merge_request::FileDiff;
use crate::view::merge_request_page::Page;
use crate::view::output::{Format, Printer};
use crate::view::patch;

/// Which merge request, and how much of it.
#[derive(Args, Debug)]
#[command(after_help = "\
Without a name: the merge request of this CI job, else the open one whose source
is the project that the current branch is pushed to, else the newest closed one.

Examples:
  glduo mr show 42
  glduo mr show 42 --diff | git apply --stat
  glduo mr show 42 --comments --json -q '.notes[].body'")]
pub(super) struct ShowArgs {
    /// A number, a URL or a branch
    #[arg(value_name = "IID|URL|BRANCH")]
    which: Option<String>,

    /// Only the changes, as a patch for git apply
    #[arg(long, conflicts_with_all = ["no_diff", "comments"])]
    diff: bool,

    /// Leave the changes out
    #[arg(long)]
    no_diff: bool,

    /// With the comments
    #[arg(short = 'c', long)]
    comments: bool,

    /// Open it in the browser, or print its URL
    #[arg(short = 'w', long, conflicts_with_all = ["diff", "comments"])]
    web: bool,
}

/// GitLab leaves parts of a change out, and has no other way to get them.
#[derive(Debug, thiserror::Error)]
#[error("GitLab left out the changes of {}", files.join(", "))]
pub(crate) struct PartsLeftOut {
    /// The files.
    pub(crate) files: Vec<String>,
}

pub(super) fn run(args: &ShowArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    let mut printer = context.printer()?;
    web::check(args.web, &printer)?;
    let gitlab = context.gitlab()?;
    if !args.no_diff && !args.web {
        gitlab.can_read_diffs()?;
    }
    let target = target::resolve(args.which.as_deref(), Purpose::Show, &gitlab, context)?;
    let shown = show(args, &target, &gitlab, &mut printer, context);
    shown.with_context(|| format!("merge request !{} of {}", target.iid, target.project))?;
    Ok(0)
}

fn show(
    args: &ShowArgs,
    target: &MergeRequestTarget,
    gitlab: &Gitlab<'_>,
    printer: &mut Printer,
    context: &Context<'_>,
) -> anyhow::Result<()> {
    let as_text = printer.format() == Format::Table;
    if args.diff && as_text {
        return print_patch(target, gitlab, printer, context);
    }
    let answer = gitlab.merge_request(&target.project, target.iid)?;
    if args.web {
        return web::open(Page::read(&answer.body)?.web_url(), printer, context);
    }
    let with_diffs = !args.no_diff;
    let diffs = with_diffs.then(|| gitlab.merge_request_diffs(&target.project, target.iid));
    let diffs = diffs.transpose()?;
    let notes = args.comments.then(|| gitlab.notes(target.noteable()));
    let notes = notes.transpose()?;
    if as_text {
        let mut page = Page::read(&answer.body)?;
        if let Some((_, files)) = &diffs {
            page.diffs = files;
        }
        if let Some(notes) = &notes {
            page = page.with_notes(notes)?;
        }
        page.print(context.clock().now(), &mut printer.stdout)?;
    } else {
        let mut members: Vec<(&str, &[u8])> = Vec::new();
        members.extend(diffs.as_ref().map(|(bytes, _)| ("diffs", bytes.as_slice())));
        members.extend(notes.as_ref().map(|bytes| ("notes", bytes.as_slice())));
        printer.object(&answer.body, &members)?;
    }
    Ok(())
}

/// The patch alone and whole: what `/diffs` leaves out is fetched as GitLab's own patch.
fn print_patch(
    target: &MergeRequestTarget,
    gitlab: &Gitlab<'_>,
    printer: &mut Printer,
    context: &Context<'_>,
) -> anyhow::Result<()> {
    let (_, files) = gitlab.merge_request_diffs(&target.project, target.iid)?;
    let left_out: Vec<&FileDiff> = files.iter().filter(|file| file.is_left_out()).collect();
    if left_out.is_empty() {
        let missing = patch::print(&files, &mut printer.stdout)?;
        if !missing.binary.is_empty() {
            let names = missing.binary.join(", ");
            context.notes().note(&format!("binary files are named but not in the patch: {names}"));
        }
        return Ok(());
    }
    let names = left_out.into_iter().map(|file| patch::path(file).to_owned()).collect();
    match gitlab.merge_request_patch(&target.project, target.iid) {
        Ok(whole) => {
            patch::print_text(&whole.body, &mut printer.stdout)?;
            Ok(printer.stdout.flush()?)
        }
        Err(GitlabError::Refused(refusal)) if refusal.status == 404 => {
            Err(PartsLeftOut { files: names }.into())
        }
        Err(error) => Err(error.into()),
    }
}

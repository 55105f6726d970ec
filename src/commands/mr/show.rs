//! `glduo mr show`.

use anyhow::Context as _;
use clap::Args;

use super::change::{self, IncompleteChange, Patch};
use super::target::{self, MergeRequestTarget, Purpose};
use crate::commands::context::Context;
use crate::commands::web;
use crate::gitlab::{Diffs, Gitlab};
use crate::model::change::Gaps;
use crate::model::scopes::Need;
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

pub(super) fn run(args: &ShowArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    let mut printer = context.printer()?;
    web::check(args.web, &printer)?;
    let gitlab = context.gitlab()?;
    if !args.no_diff && !args.web {
        context.needs(Need::ReadWithDiffs);
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
    if args.web || args.no_diff {
        let body = gitlab.merge_request(&target.project, target.iid)?.body;
        if args.web {
            return web::open(Page::read(&body)?.web_url(), printer, context);
        }
        return print(&body, None, args, target, gitlab, printer, context);
    }
    let (project, iid) = (&target.project, target.iid);
    let (body, facts) = change::merge_request(project, iid, gitlab, context.clock())?;
    if args.diff && as_text {
        let patch = change::patch(project, iid, &facts, gitlab)?;
        return print_patch(patch, iid, printer, context);
    }
    let diffs = gitlab.merge_request_diffs(project, iid)?;
    let gaps = Gaps::of_files(&diffs.files, diffs.overflows, &facts);
    if !gaps.is_complete() {
        context.notes().warn(&gaps.to_string());
    }
    print(&body, Some((&diffs, &gaps)), args, target, gitlab, printer, context)
}

fn print(
    body: &[u8],
    diffs: Option<(&Diffs, &Gaps)>,
    args: &ShowArgs,
    target: &MergeRequestTarget,
    gitlab: &Gitlab<'_>,
    printer: &mut Printer,
    context: &Context<'_>,
) -> anyhow::Result<()> {
    let notes = args.comments.then(|| gitlab.notes(target.noteable())).transpose()?;
    if printer.format() == Format::Table {
        let mut page = Page::read(body)?;
        if let Some((diffs, _)) = diffs {
            page.diffs = &diffs.files;
        }
        if let Some(notes) = &notes {
            page = page.with_notes(notes)?;
        }
        page.print(context.clock().now(), &mut printer.stdout)?;
        return Ok(());
    }
    let mut members: Vec<(&str, &[u8])> = Vec::new();
    if let Some((diffs, gaps)) = diffs {
        let complete: &[u8] = if gaps.is_complete() { b"true" } else { b"false" };
        members.extend([("diffs", diffs.json.as_slice()), ("diffs_complete", complete)]);
    }
    members.extend(notes.as_ref().map(|bytes| ("notes", bytes.as_slice())));
    Ok(printer.object(body, &members)?)
}

/// The patch alone: all of it, or nothing.
fn print_patch(
    patch: Patch,
    iid: u64,
    printer: &mut Printer,
    context: &Context<'_>,
) -> anyhow::Result<()> {
    let gaps = patch.gaps;
    if gaps.is_incomplete() {
        return Err(IncompleteChange { gaps, iid }.into());
    }
    patch::print_text(&patch.bytes, &mut printer.stdout)?;
    printer.stdout.flush()?;
    if !gaps.is_complete() {
        context.notes().warn(&gaps.to_string());
    }
    let binary = patch::binary_files(&patch.bytes);
    if !binary.is_empty() {
        let names = binary.join(", ");
        context.notes().note(&format!(
            "the patch has no content for these binary files; git apply --exclude=FILE skips one: {names}"
        ));
    }
    Ok(())
}

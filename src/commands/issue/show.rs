//! `glduo issue show`.

use anyhow::Context as _;
use clap::Args;

use super::target::{self, IssueTarget};
use crate::commands::context::Context;
use crate::commands::web;
use crate::gitlab::Gitlab;
use crate::view::issue_page::Page;
use crate::view::output::{Format, Printer};

/// Which issue, and how much of it.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  glduo issue show 27
  glduo issue show 27 --comments --json -q '.notes[].body'
  glduo issue show 27 --web")]
pub(super) struct ShowArgs {
    /// A number or a URL
    #[arg(value_name = "IID|URL")]
    which: String,

    /// With the comments
    #[arg(short = 'c', long)]
    comments: bool,

    /// Open it in the browser, or print its URL
    #[arg(short = 'w', long, conflicts_with = "comments")]
    web: bool,
}

pub(super) fn run(args: &ShowArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    let mut printer = context.printer()?;
    web::check(args.web, &printer)?;
    let target = target::resolve(&args.which, context)?;
    let gitlab = context.gitlab()?;
    let shown = show(args, &target, &gitlab, &mut printer, context);
    shown.with_context(|| format!("issue #{} of {}", target.iid, target.project))?;
    Ok(0)
}

fn show(
    args: &ShowArgs,
    target: &IssueTarget,
    gitlab: &Gitlab<'_>,
    printer: &mut Printer,
    context: &Context<'_>,
) -> anyhow::Result<()> {
    let answer = gitlab.issue(&target.project, target.iid)?;
    if args.web {
        return web::open(Page::read(&answer.body)?.web_url(), printer, context);
    }
    let notes = args.comments.then(|| gitlab.notes(target.noteable())).transpose()?;
    if printer.format() == Format::Table {
        let mut page = Page::read(&answer.body)?;
        if let Some(notes) = &notes {
            page = page.with_notes(notes)?;
        }
        page.print(context.clock().now(), &mut printer.stdout)?;
    } else {
        let notes = notes.as_ref().map(|bytes| ("notes", bytes.as_slice()));
        printer.object(&answer.body, notes.as_slice())?;
    }
    Ok(())
}

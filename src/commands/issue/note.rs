//! `glduo issue note`.

use anyhow::Context as _;
use clap::Args;

use super::target;
use crate::commands::context::Context;
use crate::commands::note::{self, NoteArgs};
use crate::model::scopes::Need;

/// On which issue, and what.
#[derive(Args, Debug)]
#[command(after_help = "\
The text is that of -m or -f, else of standard input. Text from a file or
standard input runs no GitLab quick action: /close at the start of a line is
posted as text.

Examples:
  glduo issue note 27 -m \"Happens on main too\"
  glduo issue note 27 --replace nightly -f report.md")]
pub(super) struct IssueNoteArgs {
    /// A number or a URL
    #[arg(value_name = "IID|URL")]
    which: String,

    #[command(flatten)]
    note: NoteArgs,
}

pub(super) fn run(args: &IssueNoteArgs, context: &mut Context<'_>) -> anyhow::Result<u8> {
    context.needs(Need::Write);
    let target = target::resolve(&args.which, context)?;
    let text = args.note.text(context)?;
    let mut printer = context.printer()?;
    let gitlab = context.gitlab()?;
    gitlab.check_notes_can_be_written()?;
    let page = || Ok(gitlab.issue(&target.project, target.iid)?.body);
    note::write(&text, target.noteable(), page, &gitlab, &mut printer, context)
        .with_context(|| format!("note on issue #{} of {}", target.iid, target.project))?;
    Ok(0)
}

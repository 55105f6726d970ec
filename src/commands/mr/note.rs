//! `glduo mr note`.

use anyhow::Context as _;
use clap::Args;

use super::target::{self, Purpose};
use crate::commands::context::Context;
use crate::commands::note::{self, NoteArgs};
use crate::model::scopes::Need;

/// On which merge request, and what.
#[derive(Args, Debug)]
#[command(after_help = "\
Without a name: the merge request of this CI job, else the open one whose source
is the project that the current branch is pushed to.
The text is that of -m or -f, else of standard input. Text from a file or
standard input runs no GitLab quick action: /approve at the start of a line is
posted as text.

Examples:
  glduo mr note 42 -m \"Looks good\"
  glduo chat --mr 42 \"Review this\" > review.md && glduo mr note 42 -f review.md
  glduo mr note --replace coverage -f coverage.md")]
pub(super) struct MrNoteArgs {
    /// A number, a URL or a branch
    #[arg(value_name = "IID|URL|BRANCH")]
    which: Option<String>,

    #[command(flatten)]
    note: NoteArgs,
}

pub(super) fn run(args: &MrNoteArgs, context: &mut Context<'_>) -> anyhow::Result<u8> {
    context.needs(Need::Write);
    let text = args.note.text(context)?;
    let mut printer = context.printer()?;
    let gitlab = context.gitlab()?;
    gitlab.check_notes_can_be_written()?;
    let target = target::resolve(args.which.as_deref(), Purpose::Act, &gitlab, context)?;
    let page = || Ok(gitlab.merge_request(&target.project, target.iid)?.body);
    note::write(&text, target.noteable(), page, &gitlab, &mut printer, context)
        .with_context(|| format!("note on merge request !{} of {}", target.iid, target.project))?;
    Ok(0)
}

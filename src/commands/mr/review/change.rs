//! The change that a review is about: its commits, its lines, and where on it a remark goes.

use super::super::change::{IncompleteChange, merge_request};
use super::super::target::MergeRequestTarget;
use crate::gitlab::{DiffRefs, Gitlab, Position, ReviewedMergeRequest, decode};
use crate::model::change::{FileDiff, FileText, Gaps};
use crate::model::diff_lines::{DiffLine, diff_lines};
use crate::model::review::{ReviewComment, Side};
use crate::system::clock::Clock;

pub(super) struct Change {
    pub(super) merge_request: ReviewedMergeRequest,
    pub(super) refs: DiffRefs,
    files: Vec<FileDiff>,
}

/// Where a remark goes.
#[derive(Debug, PartialEq)]
pub(super) struct Placement {
    /// `None` if its line or file is not part of the diff.
    pub(super) position: Option<Position>,
    /// The text of the line that the remark is on; empty for a whole file.
    pub(super) line_text: String,
    /// The number of lines above the remark's line that it covers, counted after the change.
    /// `None` if no suggestion can replace them.
    pub(super) lines_above: Option<u64>,
}

impl Change {
    pub(super) fn fetch(
        gitlab: &Gitlab<'_>,
        target: &MergeRequestTarget,
        clock: &dyn Clock,
    ) -> anyhow::Result<Self> {
        let (project, iid) = (&target.project, target.iid);
        let (body, facts) = merge_request(project, iid, gitlab, clock)?;
        let merge_request: ReviewedMergeRequest = decode("the merge request", &body)?;
        let diffs = gitlab.merge_request_diffs(project, iid)?;
        let Some(refs) = merge_request.diff_refs.clone() else {
            let gaps = Gaps::of_files(&diffs.files, diffs.overflows, &facts);
            return Err(IncompleteChange { gaps, iid }.into());
        };
        let mut files = diffs.files;
        let is_left_out = |file: &FileDiff| file.text() == FileText::Missing;
        if files.iter().any(is_left_out)
            && let Some(patch) = gitlab.merge_request_patch(project, iid)?
        {
            let patch = String::from_utf8_lossy(&patch);
            for file in files.iter_mut().filter(|file| is_left_out(file)) {
                file.diff = section(&patch, &file.new_path).to_owned();
            }
        }
        Ok(Self { merge_request, refs, files })
    }

    pub(super) fn place(&self, comment: &ReviewComment) -> Placement {
        let outside = || Placement { position: None, line_text: String::new(), lines_above: None };
        let Some(file) = self.file(comment) else { return outside() };
        let paths = paths(file);
        let Some(number) = comment.line else {
            let position = Some(Position::on_file(&self.refs, paths));
            return Placement { position, ..outside() };
        };
        let lines = diff_lines(&file.diff);
        let find = |number: i64| {
            let number = u64::try_from(number).ok();
            lines.iter().find(|line| number.is_some() && line.number(comment.side) == number)
        };
        let Some(line) = find(number) else { return outside() };
        let start = comment.start_line.and_then(find);
        Placement {
            position: Some(Position::on_line(&self.refs, paths, line, start)),
            line_text: line.text.to_owned(),
            lines_above: lines_above(line, start),
        }
    }

    /// The file by its path after the change, or before it for the old side.
    fn file(&self, comment: &ReviewComment) -> Option<&FileDiff> {
        let find = |path: &str| {
            let old = self.files.iter().find(|file| file.old_path == path);
            let new = self.files.iter().find(|file| file.new_path == path);
            match comment.side {
                Side::Old => old.or(new),
                Side::New => new.or(old),
            }
        };
        // Models copy the prefixes of a diff.
        let bare = ["./", "a/", "b/"].iter().find_map(|lead| comment.path.strip_prefix(lead));
        find(&comment.path).or_else(|| bare.and_then(find))
    }
}

/// The part of a patch from the first hunk of this file on; empty if the patch has no such file.
fn section<'p>(patch: &'p str, name: &str) -> &'p str {
    let start = [format!("\n+++ b/{name}\n"), format!("\n+++ b/{name}\t\n")]
        .into_iter()
        .find_map(|line| patch.find(&line).map(|at| at + line.len()));
    let rest = start.map_or("", |start| &patch[start..]);
    rest.find("\ndiff --git ").map_or(rest, |end| &rest[..=end])
}

/// The paths before and after the change; GitLab sends both for new and deleted files too.
fn paths(file: &FileDiff) -> (&str, &str) {
    match (file.old_path.as_str(), file.new_path.as_str()) {
        ("", new) => (new, new),
        (old, "") => (old, old),
        both => both,
    }
}

/// A suggestion replaces lines of the file after the change: at most 100 above the remark's.
fn lines_above(line: &DiffLine<'_>, start: Option<&DiffLine<'_>>) -> Option<u64> {
    let last = line.number(Side::New)?;
    match start {
        None => Some(0),
        Some(start) => {
            Some(last.checked_sub(start.number(Side::New)?)?).filter(|above| *above <= 100)
        }
    }
}

//! The lines of one file's diff with their numbers before and after the change.

use std::fmt::Write as _;

use super::review::Side;

/// A line that a diff shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiffLine<'d> {
    pub change: LineChange,
    /// The number before the change. For an added line, that of the next line that was there
    /// before: GitLab's line codes count so.
    pub old: u64,
    /// The number after the change, likewise.
    pub new: u64,
    /// Without the sign and the line end.
    pub text: &'d str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineChange {
    Added,
    Removed,
    Unchanged,
}

impl DiffLine<'_> {
    /// The line's number on that side; `None` if the line does not exist there.
    pub fn number(&self, side: Side) -> Option<u64> {
        match (self.change, side) {
            (LineChange::Added, Side::Old) | (LineChange::Removed, Side::New) => None,
            (_, Side::Old) => Some(self.old),
            (_, Side::New) => Some(self.new),
        }
    }
}

/// Returns the lines of the hunks of one file's unified diff. Text before the first hunk and
/// after a hunk's last line is skipped.
pub fn diff_lines(diff: &str) -> Vec<DiffLine<'_>> {
    let mut lines = Vec::new();
    let mut hunk = Hunk::default();
    for line in diff.split_inclusive('\n') {
        let line = line.strip_suffix('\n').unwrap_or(line);
        if hunk.is_complete() {
            hunk = Hunk::parse(line).unwrap_or_default();
            continue;
        }
        lines.extend(hunk.take(line));
    }
    lines
}

/// Returns a patch with the numbers of each line before and after the change in front of it; a
/// number is blank if the line is not there. Lines outside of hunks stay as they are.
pub fn with_numbers(patch: &str) -> String {
    let mut numbered = String::with_capacity(patch.len() * 2);
    let mut hunk = Hunk::default();
    for line in patch.split_inclusive('\n') {
        let text = line.strip_suffix('\n').unwrap_or(line);
        let taken = if hunk.is_complete() { None } else { hunk.take(text) };
        if let Some(taken) = taken {
            let number = |side| taken.number(side).map_or_else(String::new, |it| it.to_string());
            // Writing to a string cannot fail.
            let _ = write!(numbered, "{:>6} {:>6} ", number(Side::Old), number(Side::New));
        } else if hunk.is_complete() {
            hunk = Hunk::parse(text).unwrap_or_default();
        }
        numbered.push_str(line);
    }
    numbered
}

/// Where the next line of a hunk is, and how many are left on each side.
#[derive(Debug, Default)]
struct Hunk {
    old: u64,
    new: u64,
    old_left: u64,
    new_left: u64,
}

impl Hunk {
    /// Parses `@@ -1,5 +1,6 @@`; a count that is not there is 1.
    fn parse(line: &str) -> Option<Self> {
        let (ranges, _) = line.strip_prefix("@@ -")?.split_once(" @@")?;
        let (old, new) = ranges.split_once(" +")?;
        let range = |text: &str| {
            let (start, count) = text.split_once(',').unwrap_or((text, "1"));
            Some((start.parse::<u64>().ok()?, count.parse::<u64>().ok()?))
        };
        let ((old, old_left), (new, new_left)) = (range(old)?, range(new)?);
        Some(Self { old, new, old_left, new_left })
    }

    fn is_complete(&self) -> bool {
        self.old_left == 0 && self.new_left == 0
    }

    fn take<'d>(&mut self, line: &'d str) -> Option<DiffLine<'d>> {
        let (change, text) = match line.as_bytes().first() {
            Some(b'+') => (LineChange::Added, &line[1..]),
            Some(b'-') => (LineChange::Removed, &line[1..]),
            Some(b' ') => (LineChange::Unchanged, &line[1..]),
            // Some tools cut the space of an empty line.
            None => (LineChange::Unchanged, line),
            // "\ No newline at end of file".
            Some(_) => return None,
        };
        let taken = DiffLine { change, old: self.old, new: self.new, text };
        if change != LineChange::Added {
            self.old += 1;
            self.old_left = self.old_left.saturating_sub(1);
        }
        if change != LineChange::Removed {
            self.new += 1;
            self.new_left = self.new_left.saturating_sub(1);
        }
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::LineChange::{Added, Removed, Unchanged};
    use super::*;

    #[test]
    fn lines_carry_both_numbers() {
        let diff = "--- a/x\n+++ b/x\n@@ -3,4 +3,5 @@ fn main\n a\n-b\n+B\n+C\n c\n d\n\
            \\ No newline at end of file\n@@ -20 +21 @@\n-old\n+new\n";
        let lines = diff_lines(diff);
        let shown: Vec<_> = lines.iter().map(|l| (l.change, l.old, l.new, l.text)).collect();
        assert_eq!(
            shown,
            [
                (Unchanged, 3, 3, "a"),
                (Removed, 4, 4, "b"),
                (Added, 5, 4, "B"),
                (Added, 5, 5, "C"),
                (Unchanged, 5, 6, "c"),
                (Unchanged, 6, 7, "d"),
                (Removed, 20, 21, "old"),
                (Added, 21, 21, "new"),
            ]
        );
        assert_eq!(lines[1].number(Side::New), None);
        assert_eq!(lines[2].number(Side::Old), None);
        assert_eq!((lines[4].number(Side::Old), lines[4].number(Side::New)), (Some(5), Some(6)));
    }

    #[test]
    fn a_margin_has_the_numbers_of_both_sides() {
        let patch = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -3,2 +3,2 @@\n a\n-b\n+B\ndiff --git a/y b/y\n";
        let expected = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -3,2 +3,2 @@\n     3      3  a\n     4        -b\n            4 +B\ndiff --git a/y b/y\n";
        assert_eq!(with_numbers(patch), expected);
    }

    #[test]
    fn lines_that_look_like_headers_are_lines_inside_a_hunk() {
        let lines = diff_lines("@@ -1,2 +1,2 @@\n--- a\n+++ b\n-x\n+@@ -9 +9 @@\n");
        let texts: Vec<_> = lines.iter().map(|line| line.text).collect();
        assert_eq!(texts, ["-- a", "++ b", "x", "@@ -9 +9 @@"]);
        assert!(diff_lines("Binary files a/x and b/x differ\n").is_empty());
        assert_eq!(diff_lines("@@ -0,0 +1 @@\n+one")[0].old, 0);
    }
}

//! GitLab's file changes as a patch that `git apply` takes.

mod file;
mod name;

pub use file::file_patch;
use file::is_binary;

use super::diff;
use super::stdout::{OutputError, Stdout};
use crate::model::merge_request::FileDiff;

/// What a patch does not hold although the merge request has it: paths after the change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Missing {
    /// GitLab left the text out because the change is long; nothing of it is in the patch.
    pub left_out: Vec<String>,
    /// Binary files, of which GitLab tells only that they differ; their line in the patch is
    /// read over by git.
    pub binary: Vec<String>,
}

/// Prints the changes as one patch: exact in a pipe, harmless on a terminal, coloured where
/// colours are on.
pub fn print(diffs: &[FileDiff], stdout: &mut Stdout) -> Result<Missing, OutputError> {
    let mut missing = Missing::default();
    for change in diffs {
        if change.is_left_out() {
            missing.left_out.push(path(change).to_owned());
            continue;
        }
        if is_binary(change) {
            missing.binary.push(path(change).to_owned());
            // Without its header git reads over it; with one it would refuse the whole patch.
            print_text(format!("{}\n", change.diff.trim_end()).as_bytes(), stdout)?;
            continue;
        }
        print_text(file_patch(change).as_bytes(), stdout)?;
    }
    stdout.flush()?;
    Ok(missing)
}

/// Prints a patch that GitLab wrote.
pub fn print_text(patch: &[u8], stdout: &mut Stdout) -> Result<(), OutputError> {
    if stdout.is_terminal || stdout.style.color {
        stdout.exact(diff::for_people(patch, &stdout.style).as_bytes())
    } else {
        stdout.exact(patch)
    }
}

/// The file's path after the change, or before it where there is no other.
pub fn path(change: &FileDiff) -> &str {
    if change.new_path.is_empty() { &change.old_path } else { &change.new_path }
}

#[cfg(test)]
mod tests {
    use super::file::tests::change;
    use super::*;
    use crate::view::stdout::tests::pipe;
    use crate::view::style::Style;

    #[test]
    fn what_the_patch_cannot_hold_is_told() {
        let both = ("100644", "100644");
        let binary = change("b", "b", both, "Binary files a/b and b/b differ\n");
        let long = FileDiff { collapsed: Some(true), ..change("l", "l", both, "") };
        let (mut stdout, written) = pipe();
        let missing = print(&[binary, long], &mut stdout).expect("printed");
        let expected = Missing { left_out: vec!["l".into()], binary: vec!["b".into()] };
        assert_eq!(missing, expected);
        assert_eq!(written.text(), "Binary files a/b and b/b differ\n");
    }

    #[test]
    fn a_pipe_gets_the_exact_patch_unless_it_is_to_be_coloured() {
        let patch = b"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\r\n+\x1b[1m\n";
        let shown = |style| {
            let (mut stdout, written) = pipe();
            stdout.style = style;
            print_text(patch, &mut stdout).and_then(|()| stdout.flush()).expect("printed");
            written.text().into_bytes()
        };
        assert_eq!(shown(Style::default()), patch);
        let colored = shown(Style { color: true, links: false });
        assert!(String::from_utf8_lossy(&colored).contains("\x1b[32m+\\x1b[1m\x1b[0m"));
    }
}

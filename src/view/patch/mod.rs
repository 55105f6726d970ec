//! GitLab's file changes as a patch that `git apply` takes.

mod file;
mod name;

pub use file::file_patch;

use super::diff;
use super::stdout::{OutputError, Stdout};
use crate::model::change::{FileDiff, FileText};

/// The changes as one patch, without the files whose text GitLab left out. Git reads over the
/// line of a binary file; with a header it would refuse the whole patch.
pub fn patch(files: &[FileDiff]) -> String {
    let mut patch = String::new();
    for file in files {
        match file.text() {
            FileText::Missing => {}
            FileText::Binary => {
                patch.push_str(file.diff.trim_end());
                patch.push('\n');
            }
            FileText::Complete | FileText::Doubtful => patch.push_str(&file_patch(file)),
        }
    }
    patch
}

/// The binary files that a patch names but does not hold.
pub fn binary_files(patch: &[u8]) -> Vec<String> {
    let line = |line: &[u8]| {
        let names = line.strip_prefix(b"Binary files ")?.strip_suffix(b" differ")?;
        let names = String::from_utf8_lossy(names).into_owned();
        let (old, new) = names.split_once(" and ")?;
        let name = if new == "/dev/null" { old } else { new };
        Some(name.trim_start_matches("a/").trim_start_matches("b/").to_owned())
    };
    patch.split(|byte| *byte == b'\n').filter_map(line).collect()
}

/// Prints a patch that GitLab wrote.
pub fn print_text(patch: &[u8], stdout: &mut Stdout) -> Result<(), OutputError> {
    if stdout.is_terminal || stdout.style.color {
        stdout.exact(diff::for_people(patch, &stdout.style).as_bytes())
    } else {
        stdout.exact(patch)
    }
}

#[cfg(test)]
mod tests {
    use super::file::tests::change;
    use super::*;
    use crate::view::stdout::tests::pipe;
    use crate::view::style::Style;

    #[test]
    fn what_is_left_out_and_what_is_binary_has_no_header() {
        let both = ("100644", "100644");
        let binary = change("b", "b", both, "Binary files a/b and b/b differ\n");
        let long = FileDiff { collapsed: Some(true), ..change("l", "l", both, "") };
        let text = patch(&[binary, long]);
        assert_eq!(text, "Binary files a/b and b/b differ\n");
        assert_eq!(binary_files(text.as_bytes()), ["b"]);
        let raw = b"diff --git a/x b/x\n-Binary files a and b differ\nBinary files a/x and /dev/null differ\n";
        assert_eq!(binary_files(raw), ["x"]);
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

//! One file's change as `git diff` writes it.

use super::name::quoted_name;
use crate::model::change::FileDiff;

/// One file's part of the patch, as `git diff` writes it but for the `index` line: GitLab does
/// not tell the blobs' ids.
pub fn file_patch(change: &FileDiff) -> String {
    let new = change.path();
    let old = if change.old_path.is_empty() { new } else { &change.old_path };
    let (a, b) = (format!("a/{old}"), format!("b/{new}"));
    let mut patch = format!("diff --git {} {}\n", quoted_name(&a), quoted_name(&b));
    let body = hunks(&change.diff);
    push_headers(&mut patch, change, (old, new), body.is_empty());
    if body.starts_with("@@") {
        let source = if is_new(change) { "/dev/null" } else { &a };
        let target = if is_deleted(change) { "/dev/null" } else { &b };
        push_name(&mut patch, "--- ", source);
        push_name(&mut patch, "+++ ", target);
    }
    patch.push_str(body);
    if !body.is_empty() && !body.ends_with('\n') {
        patch.push('\n');
    }
    patch
}

fn push_headers(patch: &mut String, change: &FileDiff, (old, new): (&str, &str), same: bool) {
    let before = mode(change.a_mode.as_deref());
    let after = mode(change.b_mode.as_deref());
    let mut line = |text: String| {
        patch.push_str(&text);
        patch.push('\n');
    };
    if is_new(change) {
        return line(format!("new file mode {}", after.unwrap_or(REGULAR)));
    }
    if is_deleted(change) {
        return line(format!("deleted file mode {}", before.unwrap_or(REGULAR)));
    }
    if let (Some(before), Some(after)) = (before, after)
        && before != after
    {
        line(format!("old mode {before}"));
        line(format!("new mode {after}"));
    }
    if change.renamed_file == Some(true) && old != new {
        if same {
            line("similarity index 100%".to_owned());
        }
        line(format!("rename from {}", quoted_name(old)));
        line(format!("rename to {}", quoted_name(new)));
    }
}

/// The mode of a file that anybody may read.
const REGULAR: &str = "100644";

/// A mode that is one: GitLab writes `0` where there is no file.
fn mode(mode: Option<&str>) -> Option<&str> {
    mode.filter(|mode| mode.len() == 6 && mode.bytes().all(|byte| (b'0'..=b'7').contains(&byte)))
}

fn is_new(change: &FileDiff) -> bool {
    change.new_file == Some(true)
}

fn is_deleted(change: &FileDiff) -> bool {
    change.deleted_file == Some(true)
}

/// A name with a space is followed by a tab, which tells git where it ends.
fn push_name(patch: &mut String, lead: &str, name: &str) {
    patch.push_str(lead);
    patch.push_str(&quoted_name(name));
    patch.push_str(if name.contains(' ') { "\t\n" } else { "\n" });
}

/// The text from its first hunk on: some servers put the two name lines before it.
fn hunks(diff: &str) -> &str {
    if diff.starts_with("--- ") {
        diff.find("\n@@ ").map_or(diff, |at| &diff[at + 1..])
    } else {
        diff
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::path::Path;
    use std::process::Command;

    use super::super::{binary_files, patch};
    use super::*;

    /// One change as GitLab tells it; mode `0` is no file.
    pub(in crate::view::patch) fn change(
        old: &str,
        new: &str,
        modes: (&str, &str),
        diff: &str,
    ) -> FileDiff {
        FileDiff {
            old_path: old.to_owned(),
            new_path: new.to_owned(),
            a_mode: Some(modes.0.to_owned()),
            b_mode: Some(modes.1.to_owned()),
            diff: diff.to_owned(),
            new_file: Some(modes.0 == "0"),
            renamed_file: Some(old != new),
            deleted_file: Some(modes.1 == "0"),
            collapsed: Some(false),
            too_large: None,
        }
    }

    #[test]
    fn headers_are_those_of_git() {
        let both = ("100644", "100644");
        let text = file_patch(&change("VERSION", "VERSION", both, "@@ -1 +1 @@\n-1.9.7\n+1.9.8"));
        let expected = "diff --git a/VERSION b/VERSION\n--- a/VERSION\n+++ b/VERSION\n@@ -1 +1 @@\n-1.9.7\n+1.9.8\n";
        assert_eq!(text, expected);
        let moved = file_patch(&change("a b", "c\td", ("100644", "100755"), ""));
        let expected = "diff --git a/a b \"b/c\\td\"\nold mode 100644\nnew mode 100755\n\
            similarity index 100%\nrename from a b\nrename to \"c\\td\"\n";
        assert_eq!(moved, expected);
        let added = file_patch(&change("n w", "n w", ("0", "100644"), "@@ -0,0 +1 @@\n+x\n"));
        let expected = "diff --git a/n w b/n w\nnew file mode 100644\n--- /dev/null\n+++ b/n w\t\n@@ -0,0 +1 @@\n+x\n";
        assert_eq!(added, expected);
        let named = file_patch(&change("x", "x", both, "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"));
        assert_eq!(named.matches("--- a/x").count(), 1);
    }

    fn git(directory: &Path, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args([
                "-c",
                "user.name=t",
                "-c",
                "user.email=t@example.com",
                "-c",
                "core.autocrlf=false",
            ])
            .args(arguments)
            .current_dir(directory)
            .env("HOME", directory)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .expect("git runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {errors}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// What GitLab would tell of the changes between two commits.
    fn as_gitlab_tells(directory: &Path) -> Vec<FileDiff> {
        let raw = git(
            directory,
            &["diff", "--raw", "--no-abbrev", "-z", "-M", "--no-rename-empty", "HEAD~", "HEAD"],
        );
        let mut parts = raw.split('\0').filter(|part| !part.is_empty());
        let mut diffs = Vec::new();
        while let Some(facts) = parts.next() {
            let facts: Vec<&str> = facts.trim_start_matches(':').split(' ').collect();
            let old = parts.next().expect("a path");
            let new = if facts[4].starts_with('R') { parts.next().expect("a path") } else { old };
            let text = git(directory, &["diff", "-M", "HEAD~", "HEAD", "--", old, new]);
            let hunks = text.find("\n@@ ").map_or("", |at| &text[at + 1..]);
            let mode = |mode: &str| {
                if mode == "000000" { "0".to_owned() } else { mode.to_owned() }
            };
            diffs.push(change(
                old,
                new,
                (&mode(facts[0]), &mode(facts[1])),
                hunks.trim_end_matches('\n'),
            ));
        }
        diffs
    }

    fn long() -> String {
        (0..40).map(|line| format!("line {line}")).collect::<Vec<_>>().join("\n")
    }

    #[cfg(unix)]
    fn before(folder: &Path) {
        let write =
            |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("written");
        std::fs::create_dir_all(folder.join("dir with space")).expect("a directory");
        write("edited", &long());
        write("dir with space/edited ünï ✓", &long());
        write("no newline", "a\nb");
        write("deleted", &long());
        write("deleted empty", "");
        write("moved as it is", &format!("{}moved", long()));
        write("moved and edited", &format!("edited\n{}", long()));
        write("script", "#!/bin/sh\n");
        write("script edited", "#!/bin/sh\n");
        write("quote\"back\\slash", "x\n");
        write("dos", "a\r\nb\r\n");
        std::os::unix::fs::symlink("edited", folder.join("link")).expect("a link");
    }

    #[cfg(unix)]
    fn after(folder: &Path) {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let at = |name: &str| folder.join(name);
        let write = |name: &str, text: &str| std::fs::write(at(name), text).expect("written");
        for name in ["deleted", "deleted empty", "link"] {
            std::fs::remove_file(at(name)).expect("removed");
        }
        std::fs::rename(at("moved as it is"), at("new\tplace\n")).expect("moved");
        std::fs::rename(at("moved and edited"), at("ünï moved")).expect("moved");
        write("ünï moved", &format!("edited\n{}", long().replace("line 9\n", "nine\n")));
        write(
            "edited",
            &long().replace("line 3\n", "line three\n").replace("line 30\n", "-- thirty\n"),
        );
        write("dir with space/edited ünï ✓", &long().replace("line 20\n", ""));
        write("no newline", "a\nB");
        write("script edited", "#!/bin/sh\necho\n");
        for name in ["script", "script edited"] {
            std::fs::set_permissions(at(name), PermissionsExt::from_mode(0o755)).expect("a mode");
        }
        write("quote\"back\\slash", "y\n");
        write("dos", "a\r\nB\r\n");
        write("new", "one\ntwo");
        write("new empty", "");
        symlink("new", at("link")).expect("a link");
    }

    #[cfg(unix)]
    #[test]
    #[cfg_attr(not(has_git), ignore = "git is not installed")]
    fn git_applies_it_to_the_same_tree() {
        let folder = tempfile::tempdir().expect("a directory");
        git(folder.path(), &["init", "-q"]);
        for (name, make) in [("before", before as fn(&Path)), ("after", after)] {
            make(folder.path());
            git(folder.path(), &["add", "-A"]);
            git(folder.path(), &["commit", "-qm", name]);
        }
        let mut diffs = as_gitlab_tells(folder.path());
        assert_eq!(diffs.len(), 14);
        let binary = "Binary files a/picture and b/picture differ\n";
        diffs.insert(3, change("picture", "picture", ("100644", "100644"), binary));
        let text = patch(&diffs);
        assert_eq!(binary_files(text.as_bytes()), ["picture"]);
        let tree = git(folder.path(), &["rev-parse", "HEAD^{tree}"]);
        git(folder.path(), &["reset", "-q", "--hard", "HEAD~"]);
        std::fs::write(folder.path().join(".git/patch"), text).expect("written");
        git(folder.path(), &["apply", "--index", ".git/patch"]);
        assert_eq!(git(folder.path(), &["write-tree"]), tree);
    }
}

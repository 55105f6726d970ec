//! Taking `git diff` apart into files.

/// What a diff says about one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileChange<'a> {
    pub(super) old_path: &'a str,
    pub(super) new_path: &'a str,
    /// `0` for a new file.
    pub(super) old_mode: &'a str,
    /// `0` for a deleted file.
    pub(super) new_mode: &'a str,
    pub(super) is_new: bool,
    pub(super) is_renamed: bool,
    pub(super) is_deleted: bool,
    /// From the first `@@` on, or the line that says that the files are binary; empty where
    /// only the name or the mode changed.
    pub(super) text: &'a str,
}

const START: &str = "diff --git ";

/// The files of a diff. Text before the first one is skipped; paths must be unquoted.
pub(super) fn files(diff: &str) -> Vec<FileChange<'_>> {
    let mut starts: Vec<usize> = diff.match_indices(START).map(|(at, _)| at).collect();
    // Lines of a hunk begin with a sign or a space, so this is always a heading.
    starts.retain(|at| *at == 0 || diff.as_bytes()[at - 1] == b'\n');
    let ends = starts.iter().skip(1).copied().chain([diff.len()]);
    starts.iter().zip(ends).map(|(from, to)| file(&diff[*from..to])).collect()
}

fn file(section: &str) -> FileChange<'_> {
    let mut offset = 0;
    let mut change = FileChange {
        old_path: "",
        new_path: "",
        old_mode: "",
        new_mode: "",
        is_new: false,
        is_renamed: false,
        is_deleted: false,
        text: "",
    };
    for line in section.split_inclusive('\n') {
        if line.starts_with("@@") || line.starts_with("Binary files ") {
            change.text = &section[offset..];
            break;
        }
        offset += line.len();
        heading(line.trim_end_matches('\n'), &mut change);
    }
    if change.is_new {
        (change.old_path, change.old_mode) = (change.new_path, "0");
    }
    if change.is_deleted {
        (change.new_path, change.new_mode) = (change.old_path, "0");
    }
    change
}

fn heading<'a>(line: &'a str, change: &mut FileChange<'a>) {
    if let Some(both) = line.strip_prefix(START) {
        // `a/PATH b/PATH`: right wherever the name did not change; else later lines say it.
        let half = both.get(2..both.len() / 2).unwrap_or_default();
        (change.old_path, change.new_path) = (half, half);
    } else if let Some(mode) = line.strip_prefix("old mode ") {
        change.old_mode = mode;
    } else if let Some(mode) = line.strip_prefix("new mode ") {
        change.new_mode = mode;
    } else if let Some(mode) = line.strip_prefix("new file mode ") {
        (change.is_new, change.new_mode) = (true, mode);
    } else if let Some(mode) = line.strip_prefix("deleted file mode ") {
        (change.is_deleted, change.old_mode) = (true, mode);
    } else if let Some(path) = line.strip_prefix("rename from ") {
        (change.is_renamed, change.old_path) = (true, path);
    } else if let Some(path) = line.strip_prefix("rename to ") {
        change.new_path = path;
    } else if let Some((_, mode)) =
        line.strip_prefix("index ").and_then(|rest| rest.split_once(' '))
    {
        (change.old_mode, change.new_mode) = (mode, mode);
    } else if let Some(path) = line.strip_prefix("--- a/") {
        // Git ends a name that has a space in it with a tab.
        change.old_path = path.trim_end_matches('\t');
    } else if let Some(path) = line.strip_prefix("+++ b/") {
        change.new_path = path.trim_end_matches('\t');
    }
    if change.is_renamed && change.old_mode.is_empty() {
        (change.old_mode, change.new_mode) = ("100644", "100644");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::seed::Seed;

    fn of(iid: u64) -> String {
        let seed = Seed::storefront().expect("the seed");
        let found = seed.merge_requests.into_iter().find(|mr| mr.iid == iid);
        found.expect("a merge request").diff
    }

    #[test]
    fn every_kind_of_change_is_told_apart() {
        let diff = of(42);
        let files = files(&diff);
        let by = |path: &str| *files.iter().find(|file| file.new_path == path).expect("a file");
        assert_eq!(files.len(), 8);
        let renamed = by("src/cart/discounts.ts");
        assert!(renamed.is_renamed && renamed.old_path == "src/cart/discount.ts");
        assert_eq!((renamed.old_mode, renamed.new_mode), ("100644", "100644"));
        let new = by("src/cart/money.ts");
        assert!(new.is_new && (new.old_mode, new.new_mode) == ("0", "100644"));
        assert_eq!(new.old_path, new.new_path);
        let deleted = by("src/legacy/coupon.js");
        assert!(deleted.is_deleted && (deleted.old_mode, deleted.new_mode) == ("100644", "0"));
        let executable = by("scripts/seed-prices.sh");
        assert_eq!(
            (executable.old_mode, executable.new_mode, executable.text),
            ("100644", "100755", "")
        );
        let spaced = by("docs/Release notes.md");
        assert!(spaced.text.starts_with("@@ -1,5 +1,9 @@\n") && spaced.old_path == spaced.new_path);
        assert!(by("config/regions.json").text.ends_with("\n\\ No newline at end of file\n"));
    }

    #[test]
    fn binary_files_and_other_alphabets() {
        let binary = of(39);
        assert_eq!(
            files(&binary)[0].text,
            "Binary files a/public/favicon.png and b/public/favicon.png differ\n"
        );
        assert_eq!(files(&of(44))[0].new_path, "docs/größen.md");
        assert!(files("no diff at all").is_empty() && files("").is_empty());
    }

    #[test]
    fn a_heading_inside_a_hunk_is_text() {
        let diff = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-diff --git a/y b/y\n+z\n";
        assert_eq!(files(diff).len(), 1);
    }
}

//! What a merge request changes, and what GitLab left out of that. GitLab leaves out what is
//! large (documentation, "Diff limits"), and says so since 18.4 only.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use super::lenient;

/// The most files that are named in one message.
const NAMED: usize = 20;

/// The change of one file (`/diffs`, GitLab 15.7).
#[derive(Debug, Clone, Deserialize)]
pub struct FileDiff {
    /// The path before.
    #[serde(default, deserialize_with = "lenient::string")]
    pub old_path: String,
    /// The path after.
    #[serde(default, deserialize_with = "lenient::string")]
    pub new_path: String,
    /// The mode before, `"0"` for a new file.
    #[serde(default, deserialize_with = "lenient::some_string")]
    pub a_mode: Option<String>,
    /// The mode after, `"0"` for a deleted file.
    #[serde(default, deserialize_with = "lenient::some_string")]
    pub b_mode: Option<String>,
    /// From the first `@@` line on; empty if GitLab left it out, or if no line changed.
    #[serde(default, deserialize_with = "lenient::string")]
    pub diff: String,
    /// Added by this merge request.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub new_file: Option<bool>,
    /// Moved or copied.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub renamed_file: Option<bool>,
    /// Removed.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub deleted_file: Option<bool>,
    /// GitLab left the text out because the whole change is long; absent before 18.4.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub collapsed: Option<bool>,
    /// GitLab left the text out because this file's change is long; absent before 18.4.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub too_large: Option<bool>,
}

/// Whether the text of a file's change is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileText {
    /// It is, or there is none.
    Complete,
    /// GitLab says only that the binary files differ.
    Binary,
    /// There is none, and an instance without flags does not say whether it left it out.
    Doubtful,
    /// GitLab left it out.
    Missing,
}

impl FileDiff {
    /// The path after the change, or before it if there is no other.
    pub fn path(&self) -> &str {
        if self.new_path.is_empty() { &self.old_path } else { &self.new_path }
    }

    /// Whether the text is there.
    pub fn text(&self) -> FileText {
        let is = |flag: Option<bool>| flag == Some(true);
        let has_flags = self.collapsed.is_some() || self.too_large.is_some();
        let changes_file = is(self.new_file) || is(self.deleted_file) || is(self.renamed_file);
        if self.diff.starts_with("Binary files ") {
            FileText::Binary
        } else if is(self.collapsed) || is(self.too_large) {
            FileText::Missing
        } else if !self.diff.is_empty() {
            FileText::Complete
        } else if changes_file {
            if has_flags { FileText::Complete } else { FileText::Doubtful }
        } else if self.a_mode != self.b_mode {
            FileText::Complete
        } else {
            FileText::Missing
        }
    }
}

/// What a merge request says about the size of its change.
#[derive(Debug, Clone, Deserialize)]
pub struct ChangeFacts {
    /// A number as text, `"1000+"` if there are more, null while GitLab prepares it and for a
    /// merge request without commits.
    #[serde(default = "absent")]
    changes_count: Value,
    /// Null until GitLab has prepared it (15.x).
    #[serde(default = "absent")]
    prepared_at: Value,
    #[serde(default)]
    detailed_merge_status: Value,
}

/// Tells a member that is absent from one that is null.
fn absent() -> Value {
    Value::Bool(false)
}

impl ChangeFacts {
    /// Whether GitLab has not prepared the change yet.
    pub fn is_being_prepared(&self) -> bool {
        self.count().is_none()
            && (self.prepared_at.is_null() || self.detailed_merge_status == "preparing")
    }

    /// The number of files, and whether there are more.
    fn count(&self) -> Option<(u64, bool)> {
        match &self.changes_count {
            Value::Number(number) => Some((number.as_u64()?, false)),
            Value::String(text) => {
                let number = text.trim().trim_end_matches('+');
                Some((number.parse().ok()?, text.contains('+')))
            }
            _ => None,
        }
    }

    fn shortfall(&self, files: u64, is_patch: bool) -> Option<Shortfall> {
        if self.is_being_prepared() {
            return Some(Shortfall::Preparing);
        }
        match self.count() {
            Some((count, more)) => {
                let is_short = files < count || (more && files == count);
                let expected = if more { format!("more than {count}") } else { count.to_string() };
                is_short.then_some(Shortfall::Fewer { files, expected })
            }
            // Prepared and without a count: a merge request without commits.
            None if files > 0 || self.prepared_at.is_string() => None,
            None if is_patch || self.changes_count.is_null() => Some(Shortfall::Empty),
            None => None,
        }
    }
}

/// Files that are not even named.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shortfall {
    /// GitLab has not prepared the change.
    Preparing,
    /// There are more files than GitLab sent.
    Fewer { files: u64, expected: String },
    /// There is nothing, and no evidence that there is nothing to be.
    Empty,
    /// GitLab says that it cut the list.
    Overflow,
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Preparing => f.write_str("GitLab is still preparing it"),
            Self::Fewer { files, expected } => write!(f, "GitLab sent {files} of {expected} files"),
            Self::Empty => f.write_str("GitLab sent no files"),
            Self::Overflow => f.write_str("GitLab sent only the first files"),
        }
    }
}

/// What GitLab left out of a change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gaps {
    missing: Vec<String>,
    doubtful: Vec<String>,
    shortfall: Option<Shortfall>,
}

impl Gaps {
    /// Of a change in GitLab's rows; `overflows` is what `/changes` says of its list.
    pub fn of_files(files: &[FileDiff], overflows: bool, facts: &ChangeFacts) -> Self {
        let named = |text| {
            let with = files.iter().filter(|file| file.text() == text);
            with.map(|file| file.path().to_owned()).collect()
        };
        let shortfall = facts.shortfall(files.len() as u64, false);
        Self {
            missing: named(FileText::Missing),
            doubtful: named(FileText::Doubtful),
            shortfall: shortfall.or(overflows.then_some(Shortfall::Overflow)),
        }
    }

    /// Of a change as `git diff` writes it.
    pub fn of_patch(patch: &[u8], facts: &ChangeFacts) -> Self {
        let files = patch.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"diff --"));
        let shortfall = facts.shortfall(files.count() as u64, true);
        Self { shortfall, ..Self::default() }
    }

    /// Whether something is certainly left out.
    pub fn is_incomplete(&self) -> bool {
        !self.missing.is_empty() || self.shortfall.is_some()
    }

    /// Whether everything is certainly there.
    pub fn is_complete(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Gaps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.shortfall.as_ref().map(ToString::to_string));
        for (what, files) in
            [("GitLab left out", &self.missing), ("the text may be missing of", &self.doubtful)]
        {
            if !files.is_empty() {
                let more = match files.len().saturating_sub(NAMED) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                let named = files[..files.len().min(NAMED)].join(", ");
                parts.push(format!("{what} {named}{more}"));
            }
        }
        let lead = if self.is_incomplete() { "is" } else { "may be" };
        write!(f, "the change {lead} incomplete: {}", parts.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> FileDiff {
        let common =
            r#""old_path":"x","new_path":"x","a_mode":"100644","b_mode":"100644","diff":"""#;
        serde_json::from_str(&format!("{{{common}{text}}}")).expect("a file")
    }

    fn facts(text: &str) -> ChangeFacts {
        serde_json::from_str(text).expect("facts")
    }

    fn shortfall(gaps: &Gaps) -> String {
        gaps.shortfall.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    #[test]
    fn an_empty_text_is_explained_or_missing() {
        let flags = r#","collapsed":false,"too_large":false"#;
        for (more, text, without_flags) in [
            ("", FileText::Missing, FileText::Missing),
            (r#","new_file":true"#, FileText::Complete, FileText::Doubtful),
            (r#","deleted_file":true"#, FileText::Complete, FileText::Doubtful),
            (r#","renamed_file":true"#, FileText::Complete, FileText::Doubtful),
        ] {
            assert_eq!(file(&format!("{flags}{more}")).text(), text, "{more}");
            assert_eq!(file(more).text(), without_flags, "{more}");
        }
        assert_eq!(file(r#","collapsed":true,"new_file":true"#).text(), FileText::Missing);
        assert_eq!(file(r#","too_large":true"#).text(), FileText::Missing);
        let mode = FileDiff { b_mode: Some("100755".into()), ..file("") };
        assert_eq!(mode.text(), FileText::Complete);
        let text = |diff: &str, more| FileDiff { diff: diff.into(), ..file(more) }.text();
        assert_eq!(text("@@ -1 +1 @@\n-a\n+b\n", ""), FileText::Complete);
        assert_eq!(text("@@ -1 +1 @@\n-a\n", r#","collapsed":true"#), FileText::Missing);
        for flags in ["", r#","collapsed":true"#, flags] {
            assert_eq!(text("Binary files a/x and b/x differ\n", flags), FileText::Binary);
        }
    }

    #[test]
    fn the_number_of_files_is_that_of_the_merge_request() {
        let files: Vec<FileDiff> = vec![FileDiff { diff: "@@".into(), ..file("") }; 3];
        let gaps =
            |files: &[FileDiff], text| shortfall(&Gaps::of_files(files, false, &facts(text)));
        for (text, expected) in [
            (r#"{"changes_count":"3"}"#, ""),
            (r#"{"changes_count":2}"#, ""),
            (r#"{"changes_count":"4"}"#, "GitLab sent 3 of 4 files"),
            (r#"{"changes_count":4}"#, "GitLab sent 3 of 4 files"),
            (r#"{"changes_count":"3+"}"#, "GitLab sent 3 of more than 3 files"),
            (r#"{"changes_count":"2+"}"#, ""),
            (r#"{"changes_count":null,"prepared_at":null}"#, "GitLab is still preparing it"),
            (r#"{"changes_count":null,"prepared_at":"2026-11-23T12:00:00Z"}"#, ""),
            (r#"{"changes_count":"3","prepared_at":null}"#, ""),
            ("{}", ""),
        ] {
            assert_eq!(gaps(&files, text), expected, "{text}");
        }
        for (text, expected) in [
            (r#"{"changes_count":"0"}"#, ""),
            (r#"{"changes_count":null,"prepared_at":"2026-11-23T12:00:00Z"}"#, ""),
            (r#"{"changes_count":null}"#, "GitLab sent no files"),
            ("{}", ""),
        ] {
            assert_eq!(gaps(&[], text), expected, "{text}");
        }
    }

    #[test]
    fn a_patch_is_counted_by_its_headings() {
        let patch = b"diff --git a/x b/x\n@@ -1 +1 @@\n-diff --git a b\n+b\ndiff --git a/y b/y\n";
        let gaps = |patch, text| shortfall(&Gaps::of_patch(patch, &facts(text)));
        assert_eq!(gaps(patch, r#"{"changes_count":"2"}"#), "");
        assert_eq!(gaps(patch, r#"{"changes_count":"3"}"#), "GitLab sent 2 of 3 files");
        assert_eq!(gaps(b"", "{}"), "GitLab sent no files");
        assert_eq!(gaps(b"", r#"{"changes_count":"0"}"#), "");
    }

    #[test]
    fn what_is_left_out_is_named_up_to_a_number() {
        let files: Vec<FileDiff> = (0..22)
            .map(|n| FileDiff { new_path: format!("f{n}"), ..file(r#","collapsed":true"#) })
            .chain([file(r#","new_file":true"#)])
            .collect();
        let gaps = Gaps::of_files(&files, true, &facts("{}"));
        let text = gaps.to_string();
        let lead = "the change is incomplete: ";
        let text = text.strip_prefix(lead).expect("the lead");
        assert!(text.starts_with("GitLab sent only the first files; GitLab left out f0, f1, "));
        assert!(text.ends_with(", f19 and 2 more; the text may be missing of x"), "{text}");
        assert!(gaps.is_incomplete() && !gaps.is_complete());
        let doubt = Gaps::of_files(&files[22..], false, &facts("{}"));
        assert!(!doubt.is_incomplete() && !doubt.is_complete());
        let text = "the change may be incomplete: the text may be missing of x";
        assert_eq!(doubt.to_string(), text);
    }
}

//! One merge request as a page of text: its details, comments and changes.

use std::time::SystemTime;

use super::merge_request::state;
use super::page::{self, PageWriter, count, name, names};
use super::patch::file_patch;
use super::stdout::{OutputError, Stdout};
use super::style::Paint;
use crate::model::change::{FileDiff, FileText};
use crate::model::merge_request::{MergeRequestDetails, MergeRequestRow, Note};
use crate::model::rows::BadShape;

/// What is on the page.
pub struct Page<'a> {
    row: MergeRequestRow<'a>,
    details: MergeRequestDetails<'a>,
    /// Oldest first; activity among them is left out.
    pub notes: Vec<Note<'a>>,
    /// What each file changed.
    pub diffs: &'a [FileDiff],
}

impl<'a> Page<'a> {
    /// Reads GitLab's merge request; comments and changes are added by the caller.
    pub fn read(body: &'a [u8]) -> Result<Self, BadShape> {
        let (row, details) = (page::read(body)?, page::read(body)?);
        Ok(Self { row, details, notes: Vec::new(), diffs: &[] })
    }

    /// Adds the comments, a JSON array of GitLab's notes.
    pub fn with_notes(self, body: &'a [u8]) -> Result<Self, BadShape> {
        Ok(Self { notes: page::read(body)?, ..self })
    }

    /// The page in the browser.
    pub fn web_url(&self) -> &str {
        &self.row.web_url
    }

    /// Prints it.
    pub fn print(&self, now: SystemTime, stdout: &mut Stdout) -> Result<(), OutputError> {
        let mut writer = PageWriter { stdout, now };
        self.header(&mut writer)?;
        writer.text("\n", self.details.description.as_deref().unwrap_or_default())?;
        writer.comments(&self.notes)?;
        print_changes(self.diffs, &mut writer)?;
        writer.stdout.flush()
    }
}

impl Page<'_> {
    fn header(&self, writer: &mut PageWriter<'_>) -> Result<(), OutputError> {
        let (row, details) = (&self.row, &self.details);
        writer.heading(&format!("!{} {}", row.iid, row.title))?;
        let (word, paint) = state(row);
        writer.detail("State", &word, paint)?;
        let milestone = details.milestone.as_ref().map(|milestone| milestone.title.as_ref());
        let merge_status = details.detailed_merge_status.as_deref().unwrap_or_default();
        let pipeline = details.head_pipeline.as_ref();
        let pipeline = pipeline.map(|pipeline| format!("{} {}", pipeline.id, pipeline.status));
        let files = details.changes_count.as_deref().map(|count| match count {
            "1" => "1 file".to_owned(),
            count => format!("{count} files"),
        });
        writer.details(&[
            ("Author", &name(row.author.as_ref())),
            ("Branches", &format!("{} → {}", row.source_branch, row.target_branch)),
            ("Labels", &details.labels.join(", ")),
            ("Assignees", &names(details.assignees.as_deref())),
            ("Reviewers", &names(details.reviewers.as_deref())),
            ("Milestone", milestone.unwrap_or_default()),
            ("Merge", &merge_status.replace('_', " ")),
            ("Pipeline", &pipeline.unwrap_or_default()),
            ("Changes", &files.unwrap_or_default()),
            ("Comments", &count(details.user_notes_count)),
            ("Created", &writer.time(details.created_at.as_deref())),
            ("Updated", &writer.time(row.updated_at.as_deref())),
            ("URL", &row.web_url),
        ])
    }
}

fn print_changes(diffs: &[FileDiff], writer: &mut PageWriter<'_>) -> Result<(), OutputError> {
    for (at, change) in diffs.iter().enumerate() {
        if at == 0 {
            writer.stdout.exact(b"\n")?;
        }
        let path = change.path();
        let hint = match change.text() {
            FileText::Complete => None,
            FileText::Binary => Some(format!("{path}: binary file, its content is not shown")),
            FileText::Doubtful => Some(format!("{path}: GitLab sent no text, it may be missing")),
            FileText::Missing => {
                Some(format!("{path}: GitLab left out the text of this large or binary file"))
            }
        };
        if change.text() != FileText::Missing {
            let text = file_patch(change);
            let shown = super::diff::for_people(text.as_bytes(), &writer.stdout.style);
            writer.stdout.exact(shown.as_bytes())?;
        }
        if let Some(hint) = hint {
            writer.line(Paint::Hint, &hint)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::stdout::Stdout;
    use super::super::stdout::tests::{Written, pipe, terminal};
    use super::super::style::Style;
    use super::*;
    use crate::model::timestamp::parse_iso;

    const BODY: &str = r#"{"iid":42,"title":"Fix \u001b[31mlogin","state":"opened","draft":true,
        "source_branch":"fix","target_branch":"main","author":null,"labels":["bug","p::1"],
        "assignees":[{"username":"ann"}],"reviewers":[{"username":"bob"},{"username":"cy"}],
        "milestone":{"title":"19.5"},"detailed_merge_status":"not_approved","changes_count":"1",
        "head_pipeline":{"id":9,"status":"failed"},"user_notes_count":1,
        "created_at":"2026-11-20T12:00:00Z","updated_at":"2026-11-23T11:00:00.5Z",
        "web_url":"https://host/g/p/-/merge_requests/42","description":"One\r\n\r\n- two\n\n"}"#;

    const NOTES: &str = r#"[{"id":1,"body":"changed the title","system":true},
        {"id":2,"body":"Why?\n","author":{"username":"bob"},"created_at":"2026-11-23T11:30:00Z","internal":true}]"#;

    const DIFFS: &str = r#"[{"old_path":"x","new_path":"x","a_mode":"100644","b_mode":"100644","diff":"@@ -1 +1 @@\n-a\n+b\u001b[2J"},
        {"old_path":"big","new_path":"big","diff":"","too_large":true}]"#;

    fn printed((mut stdout, written): (Stdout, Written), style: Style) -> String {
        stdout.style = style;
        let page = Page::read(BODY.as_bytes()).and_then(|page| page.with_notes(NOTES.as_bytes()));
        let diffs: Vec<FileDiff> = serde_json::from_str(DIFFS).expect("diffs");
        let now = parse_iso("2026-11-23T12:00:00Z").expect("a time");
        let page = Page { diffs: &diffs, ..page.expect("a page") };
        page.print(now, &mut stdout).expect("printed");
        written.text()
    }

    #[test]
    fn a_page_tells_everything_and_is_harmless_in_a_pipe_too() {
        let expected = "\
!42 Fix \\x1b[31mlogin
State:     draft
Author:    (deleted)
Branches:  fix → main
Labels:    bug, p::1
Assignees: ann
Reviewers: bob, cy
Milestone: 19.5
Merge:     not approved
Pipeline:  9 failed
Changes:   1 file
Comments:  1
Created:   2026-11-20T12:00:00Z
Updated:   2026-11-23T11:00:00Z
URL:       https://host/g/p/-/merge_requests/42

One

- two

bob · 2026-11-23T11:30:00Z · internal
Why?

diff --git a/x b/x
--- a/x
+++ b/x
@@ -1 +1 @@
-a
+b\\x1b[2J
big: GitLab left out the text of this large or binary file
";
        assert_eq!(printed(pipe(), Style::default()), expected);
    }

    #[test]
    fn a_terminal_gets_ages_and_colours() {
        let shown = printed(terminal(), Style { color: true, links: false });
        assert!(shown.starts_with("\x1b[1m!42 Fix \\x1b[31mlogin\x1b[0m\n"), "{shown}");
        assert!(shown.contains("\x1b[2mCreated:   \x1b[0m3 days ago\n"));
        assert!(shown.contains("\x1b[32m+b\\x1b[2J\x1b[0m\n"));
    }

    #[test]
    fn a_bare_merge_request_is_enough() {
        let (mut stdout, written) = pipe();
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let body = format!(r#"{{"iid":1,"unknown":1e400,"deep":{deep}}}"#);
        let page = Page::read(body.as_bytes()).expect("a page");
        page.print(SystemTime::UNIX_EPOCH, &mut stdout).expect("printed");
        assert_eq!(written.text(), "!1 \nAuthor:    (deleted)\nBranches:   → \n");
    }
}

//! One merge request as a page of text: its details, comments and changes.

use std::borrow::Cow;
use std::time::SystemTime;

use serde::Deserialize;

use super::diff::harmless_text;
use super::merge_request::state;
use super::patch::{self, file_patch};
use super::rows::BadShape;
use super::stdout::{OutputError, Stdout};
use super::style::Paint;
use super::time::{iso_text, relative_text};
use crate::model::harmless::{Keep, harmless};
use crate::model::merge_request::{FileDiff, MergeRequestDetails, MergeRequestRow, Note, User};

/// Columns of the longest label and what follows it.
const LABEL_WIDTH: usize = 11;

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
        Ok(Self { row: read(body)?, details: read(body)?, notes: Vec::new(), diffs: &[] })
    }

    /// Adds the comments, a JSON array of GitLab's notes.
    pub fn with_notes(self, body: &'a [u8]) -> Result<Self, BadShape> {
        Ok(Self { notes: read(body)?, ..self })
    }

    /// The page in the browser.
    pub fn web_url(&self) -> &str {
        &self.row.web_url
    }

    /// Prints it. Everything is harmless in a pipe too: people pipe pages into pagers.
    pub fn print(&self, now: SystemTime, stdout: &mut Stdout) -> Result<(), OutputError> {
        let mut writer = Writer { stdout, now };
        writer.header(&self.row, &self.details)?;
        let description = self.details.description.as_deref().unwrap_or_default();
        writer.text("\n", description)?;
        for note in self.notes.iter().filter(|note| note.system != Some(true)) {
            writer.note(note)?;
        }
        writer.changes(self.diffs)?;
        writer.stdout.flush()
    }
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, BadShape> {
    serde_json::from_slice(body)
        .map_err(|error| BadShape::of(&error, BadShape::Member(error.to_string())))
}

struct Writer<'s> {
    stdout: &'s mut Stdout,
    now: SystemTime,
}

impl Writer<'_> {
    fn header(
        &mut self,
        row: &MergeRequestRow<'_>,
        details: &MergeRequestDetails<'_>,
    ) -> Result<(), OutputError> {
        self.painted(Some(Paint::Heading), &format!("!{} {}", row.iid, row.title))?;
        self.stdout.exact(b"\n")?;
        let (word, paint) = state(row);
        self.detail("State", &word, paint)?;
        self.detail("Author", &name(row.author.as_ref()), None)?;
        let branches = format!("{} → {}", row.source_branch, row.target_branch);
        self.detail("Branches", &branches, None)?;
        self.people_and_plans(details)?;
        for (label, time) in [("Created", &details.created_at), ("Updated", &row.updated_at)] {
            let time = self.time(time.as_deref().unwrap_or_default());
            self.detail(label, &time, None)?;
        }
        self.detail("URL", &row.web_url, None)
    }

    fn people_and_plans(&mut self, details: &MergeRequestDetails<'_>) -> Result<(), OutputError> {
        let milestone = details.milestone.as_ref().map(|milestone| milestone.title.as_ref());
        let merge_status = details.detailed_merge_status.as_deref().unwrap_or_default();
        let pipeline = details.head_pipeline.as_ref();
        let pipeline = pipeline.map(|pipeline| format!("{} {}", pipeline.id, pipeline.status));
        let files = details.changes_count.as_deref().map(|count| match count {
            "1" => "1 file".to_owned(),
            count => format!("{count} files"),
        });
        let comments = details.user_notes_count.map(|count| count.to_string());
        self.detail("Labels", &details.labels.join(", "), None)?;
        self.detail("Assignees", &names(details.assignees.as_deref()), None)?;
        self.detail("Reviewers", &names(details.reviewers.as_deref()), None)?;
        self.detail("Milestone", milestone.unwrap_or_default(), None)?;
        self.detail("Merge", &merge_status.replace('_', " "), None)?;
        self.detail("Pipeline", &pipeline.unwrap_or_default(), None)?;
        self.detail("Changes", &files.unwrap_or_default(), None)?;
        self.detail("Comments", &comments.unwrap_or_default(), None)
    }

    /// One line of the details; none where there is nothing to tell.
    fn detail(&mut self, label: &str, text: &str, paint: Option<Paint>) -> Result<(), OutputError> {
        if text.is_empty() {
            return Ok(());
        }
        let label = format!("{:LABEL_WIDTH$}", format!("{label}:"));
        self.stdout.exact(self.stdout.style.paint(Paint::Dim, &label).into_owned().as_bytes())?;
        self.painted(paint, text)?;
        self.stdout.exact(b"\n")
    }

    fn painted(&mut self, paint: Option<Paint>, text: &str) -> Result<(), OutputError> {
        let clean = harmless(text, Keep::Line);
        let shown = match paint {
            Some(paint) => self.stdout.style.paint(paint, &clean),
            None => Cow::Borrowed(clean.as_ref()),
        };
        self.stdout.exact(shown.as_bytes())
    }

    fn time<'t>(&self, time: &'t str) -> Cow<'t, str> {
        if self.stdout.is_terminal { relative_text(time, self.now) } else { iso_text(time) }
    }

    /// Markdown as it was written; nothing where there is none.
    fn text(&mut self, lead: &str, markdown: &str) -> Result<(), OutputError> {
        let text = harmless_text(markdown.as_bytes());
        let text = text.trim_end();
        if text.is_empty() {
            return Ok(());
        }
        self.stdout.exact(lead.as_bytes())?;
        self.stdout.exact(text.as_bytes())?;
        self.stdout.exact(b"\n")
    }

    fn note(&mut self, note: &Note<'_>) -> Result<(), OutputError> {
        let when = self.time(note.created_at.as_deref().unwrap_or_default()).into_owned();
        let internal = if note.internal == Some(true) { " · internal" } else { "" };
        let heading = format!("{} · {when}{internal}", name(note.author.as_ref()));
        self.stdout.exact(b"\n")?;
        self.painted(Some(Paint::Heading), &heading)?;
        self.stdout.exact(b"\n")?;
        self.text("", &note.body)
    }

    fn changes(&mut self, diffs: &[FileDiff]) -> Result<(), OutputError> {
        for (at, change) in diffs.iter().enumerate() {
            if at == 0 {
                self.stdout.exact(b"\n")?;
            }
            if change.is_left_out() {
                let text =
                    format!("{}: GitLab leaves this change out, it is long", patch::path(change));
                self.painted(Some(Paint::Hint), &text)?;
                self.stdout.exact(b"\n")?;
            } else {
                let shown =
                    super::diff::for_people(file_patch(change).as_bytes(), &self.stdout.style);
                self.stdout.exact(shown.as_bytes())?;
            }
        }
        Ok(())
    }
}

/// The login name; who deleted the account has none.
fn name<'u>(user: Option<&'u User<'_>>) -> Cow<'u, str> {
    user.map_or(Cow::Borrowed("(deleted)"), |user| Cow::Borrowed(user.username.as_ref()))
}

fn names(users: Option<&[User<'_>]>) -> String {
    let names: Vec<&str> =
        users.unwrap_or_default().iter().map(|user| user.username.as_ref()).collect();
    names.join(", ")
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
big: GitLab leaves this change out, it is long
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

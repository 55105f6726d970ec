//! One issue as a page of text: its details and comments.

use std::time::SystemTime;

use super::page::{self, PageWriter, count, name, names};
use super::stdout::{OutputError, Stdout};
use super::style::Paint;
use crate::model::issue::{IssueDetails, IssueRow};
use crate::model::merge_request::Note;
use crate::model::rows::BadShape;

/// What is on the page.
pub struct Page<'a> {
    row: IssueRow<'a>,
    details: IssueDetails<'a>,
    notes: Vec<Note<'a>>,
}

impl<'a> Page<'a> {
    /// Reads GitLab's issue; comments are added by the caller.
    pub fn read(body: &'a [u8]) -> Result<Self, BadShape> {
        Ok(Self { row: page::read(body)?, details: page::read(body)?, notes: Vec::new() })
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
        writer.stdout.flush()
    }

    fn header(&self, writer: &mut PageWriter<'_>) -> Result<(), OutputError> {
        let (row, details) = (&self.row, &self.details);
        writer.heading(&format!("#{} {}", row.iid, row.title))?;
        writer.detail("State", &row.state, Paint::of_state(&row.state))?;
        let kind = details.issue_type.as_deref().filter(|kind| *kind != "issue");
        let severity = details.severity.as_deref().filter(|severity| *severity != "UNKNOWN");
        let access = if details.confidential == Some(true) { "confidential" } else { "" };
        let milestone = details.milestone.as_ref().map(|milestone| milestone.title.as_ref());
        writer.details(&[
            ("Type", &kind.unwrap_or_default().replace('_', " ")),
            ("Severity", &severity.unwrap_or_default().to_ascii_lowercase()),
            ("Access", access),
            ("Author", &name(row.author.as_ref())),
            ("Labels", &row.labels.join(", ")),
            ("Assignees", &names(details.assignees.as_deref())),
            ("Milestone", milestone.unwrap_or_default()),
            ("Weight", &count(details.weight)),
            ("Due", details.due_date.as_deref().unwrap_or_default()),
            ("Mentioned", &self.mentioned()),
            ("Comments", &count(details.user_notes_count)),
            ("Created", &writer.time(details.created_at.as_deref())),
            ("Updated", &writer.time(row.updated_at.as_deref())),
            ("Closed", &self.closed(writer)),
            ("URL", &row.web_url),
        ])
    }

    fn mentioned(&self) -> String {
        match self.details.merge_requests_count {
            None | Some(0) => String::new(),
            Some(1) => "in 1 merge request".to_owned(),
            Some(count) => format!("in {count} merge requests"),
        }
    }

    fn closed(&self, writer: &PageWriter<'_>) -> String {
        let Some(at) = self.details.closed_at.as_deref() else {
            return String::new();
        };
        format!("{} by {}", writer.time(Some(at)), name(self.details.closed_by.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::stdout::tests::{Written, pipe, terminal};
    use super::super::style::Style;
    use super::*;
    use crate::model::timestamp::parse_iso;

    const BODY: &str = r#"{"iid":21,"title":"Down \u001b[31magain","state":"closed","author":null,
        "labels":["operations","p::1"],"issue_type":"test_case","severity":"HIGH","confidential":true,
        "assignees":[{"username":"ann"},{"username":"bob"}],"milestone":{"title":"3.8"},"weight":3,
        "due_date":"2026-11-27","merge_requests_count":1,"user_notes_count":2,
        "created_at":"2026-11-20T12:00:00Z","updated_at":"2026-11-23T11:00:00.5Z",
        "closed_at":"2026-11-23T11:00:00Z","closed_by":{"username":"cy"},
        "web_url":"https://host/g/p/-/issues/21","description":"One\r\n\r\n- two\n\n"}"#;

    const NOTES: &str = r#"[{"id":1,"body":"closed","system":true},
        {"id":2,"body":"Why?\u0007\n","author":{"username":"bob"},"created_at":"2026-11-23T11:30:00Z"}]"#;

    fn printed(body: &str, (mut stdout, written): (Stdout, Written), style: Style) -> String {
        stdout.style = style;
        let page = Page::read(body.as_bytes()).and_then(|page| page.with_notes(NOTES.as_bytes()));
        let now = parse_iso("2026-11-23T12:00:00Z").expect("a time");
        page.expect("a page").print(now, &mut stdout).expect("printed");
        written.text()
    }

    #[test]
    fn a_page_tells_everything_and_is_harmless_in_a_pipe_too() {
        let expected = "\
#21 Down \\x1b[31magain
State:     closed
Type:      test case
Severity:  high
Access:    confidential
Author:    (deleted)
Labels:    operations, p::1
Assignees: ann, bob
Milestone: 3.8
Weight:    3
Due:       2026-11-27
Mentioned: in 1 merge request
Comments:  2
Created:   2026-11-20T12:00:00Z
Updated:   2026-11-23T11:00:00Z
Closed:    2026-11-23T11:00:00Z by cy
URL:       https://host/g/p/-/issues/21

One

- two

bob · 2026-11-23T11:30:00Z
Why?\\x07
";
        let shown = printed(BODY, pipe(), Style::default());
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_terminal_gets_ages_and_colours() {
        let shown = printed(BODY, terminal(), Style { color: true, links: false });
        assert!(shown.contains("\x1b[31mclosed\x1b[0m"), "{shown}");
        assert!(shown.contains("\x1b[2mClosed:    \x1b[0m1 hour ago by cy\n"), "{shown}");
    }

    #[test]
    fn a_bare_issue_is_enough() {
        let shown = printed(r#"{"iid":1,"unknown":1e400}"#, pipe(), Style::default());
        assert!(shown.starts_with("#1 \nAuthor:    (deleted)\n\nbob"), "{shown}");
    }
}

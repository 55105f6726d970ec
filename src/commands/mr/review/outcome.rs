//! What became of a review: its comments with their addresses, as text and as JSON.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::plan::Remark;
use crate::gitlab::GitlabError;
use crate::model::review::ReviewComment;
use crate::view::output::{Format, Printer, ViewError};

pub(super) struct Outcome {
    /// The page of the merge request.
    page: String,
    as_draft: bool,
    /// How many comments the review has.
    expected: usize,
    comments: Vec<CommentOutcome>,
    /// How many of them are printed.
    printed: usize,
    /// GitLab's note, or its draft note; `None` if it was not written.
    pub(super) summary: Option<Box<RawValue>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Posted,
    Unchanged,
    Resolved,
    InSummary,
}

#[derive(Debug, Serialize)]
struct CommentOutcome {
    path: String,
    line: Option<i64>,
    status: Status,
    /// `None` in the summary.
    url: Option<String>,
    note_id: Option<u64>,
}

#[derive(Serialize)]
struct OutcomeJson<'a> {
    summary: Option<&'a RawValue>,
    comments: &'a [CommentOutcome],
}

impl Outcome {
    pub(super) fn new(page: &str, as_draft: bool, expected: usize) -> Self {
        let page = page.to_owned();
        Self { page, as_draft, expected, comments: Vec::new(), printed: 0, summary: None }
    }

    pub(super) fn posted(&mut self, comment: &ReviewComment, note: u64) {
        self.add((&comment.path, comment.line), Status::Posted, Some(note));
    }

    pub(super) fn unchanged(&mut self, comment: &ReviewComment, remark: &Remark) {
        self.add((&comment.path, comment.line), Status::Unchanged, Some(remark.note_id));
    }

    pub(super) fn resolved(&mut self, remark: &Remark) {
        self.add((&remark.path, remark.line), Status::Resolved, Some(remark.note_id));
    }

    pub(super) fn in_summary(&mut self, comment: &ReviewComment) {
        self.add((&comment.path, comment.line), Status::InSummary, None);
    }

    fn add(&mut self, (path, line): (&str, Option<i64>), status: Status, note_id: Option<u64>) {
        // A draft has no address of its own.
        let anchor = |id| if self.as_draft { String::new() } else { format!("#note_{id}") };
        let url = note_id.map(|id| format!("{}{}", self.page, anchor(id)));
        self.comments.push(CommentOutcome { path: path.to_owned(), line, status, url, note_id });
    }

    fn count(&self, status: Status) -> usize {
        self.comments.iter().filter(|comment| comment.status == status).count()
    }

    /// Prints the lines of comments that have an outcome since the last call, as text only.
    pub(super) fn print_new(&mut self, printer: &mut Printer) -> Result<(), ViewError> {
        if printer.format() != Format::Table {
            return Ok(());
        }
        for comment in &self.comments[self.printed..] {
            printer.text(&comment.line_text())?;
        }
        self.printed = self.comments.len();
        Ok(())
    }

    /// Prints the counts, or the JSON object.
    pub(super) fn print_end(&self, printer: &mut Printer) -> Result<(), ViewError> {
        match printer.format() {
            Format::Table => printer.text(&format!(
                "posted {}, unchanged {}, resolved {}, moved to summary {}\n",
                self.count(Status::Posted),
                self.count(Status::Unchanged),
                self.count(Status::Resolved),
                self.count(Status::InSummary),
            )),
            Format::Json | Format::Ndjson => printer.object(self.json().get().as_bytes(), &[]),
        }
    }

    pub(super) fn json(&self) -> Box<RawValue> {
        let json = OutcomeJson { summary: self.summary.as_deref(), comments: &self.comments };
        // Strings, numbers and GitLab's own JSON always serialize.
        serde_json::value::to_raw_value(&json).unwrap_or_else(|_| RawValue::NULL.to_owned())
    }

    /// How far a run came that ended early.
    pub(super) fn progress(&self) -> String {
        let done = self.comments.iter().filter(|comment| comment.status != Status::Resolved);
        format!(
            "{} of {} comments are done, {} of them newly posted",
            done.count(),
            self.expected,
            self.count(Status::Posted)
        )
    }
}

impl CommentOutcome {
    fn line_text(&self) -> String {
        let status = match self.status {
            Status::Posted => "posted",
            Status::Unchanged => "unchanged",
            Status::Resolved => "resolved",
            Status::InSummary => "in summary",
        };
        let path = self.path.split_whitespace().collect::<Vec<_>>().join(" ");
        let place = self.line.map_or_else(|| path.clone(), |line| format!("{path}:{line}"));
        format!("{status}\t{place}\t{}\n", self.url.as_deref().unwrap_or_default())
    }
}

#[derive(Deserialize)]
struct NoteId {
    id: u64,
}

#[derive(Deserialize)]
struct NewDiscussion {
    #[serde(default)]
    notes: Vec<NoteId>,
}

/// The id of the note in GitLab's answer to a new draft note.
pub(super) fn note_id(body: &[u8]) -> Result<u64, GitlabError> {
    crate::gitlab::decode::<NoteId>("the draft note", body).map(|note| note.id)
}

/// The id of the note in GitLab's answer to a new discussion.
pub(super) fn first_note_id(body: &[u8]) -> Result<u64, GitlabError> {
    const WHAT: &str = "the discussion";
    let discussion: NewDiscussion = crate::gitlab::decode(WHAT, body)?;
    let note = discussion.notes.first();
    let reason = || "it has no note".to_owned();
    note.map(|note| note.id).ok_or_else(|| GitlabError::Shape { what: WHAT, reason: reason() })
}

/// GitLab's object as it is.
pub(super) fn raw(body: &[u8]) -> Result<Box<RawValue>, GitlabError> {
    crate::gitlab::decode("the summary note", body)
}

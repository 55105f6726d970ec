//! An issue as it is in the sandbox at the start.

use super::Discussion;

/// An issue. Counters, references and the deprecated fields follow from these.
#[derive(Debug, Clone, Default)]
pub struct Issue {
    /// The global id.
    pub id: u64,
    /// The number in its project.
    pub iid: u64,
    /// The id of its project.
    pub project: u64,
    /// `issue`, `incident`, `test_case`, `requirement`, `task` or `ticket`; an issue where not
    /// given.
    pub kind: Option<String>,
    /// One line.
    pub title: String,
    /// Markdown.
    pub description: Option<String>,
    /// `opened` or `closed`.
    pub state: String,
    /// `None` where the account was deleted.
    pub author: Option<String>,
    /// Who works on it.
    pub assignees: Vec<String>,
    /// Label names.
    pub labels: Vec<String>,
    /// The title of a milestone of its project.
    pub milestone: Option<String>,
    /// For members only.
    pub confidential: bool,
    /// Since when.
    pub created_at: String,
    /// Last change.
    pub updated_at: String,
    /// Who closed it.
    pub closed_by: Option<String>,
    /// When.
    pub closed_at: Option<String>,
    /// The day on which it should be done, `YYYY-MM-DD`.
    pub due_date: Option<String>,
    /// How much work it is.
    pub weight: Option<u64>,
    /// `UNKNOWN`, `LOW`, `MEDIUM`, `HIGH` or `CRITICAL`; unknown where not given.
    pub severity: Option<String>,
    /// Thumbs up.
    pub upvotes: u64,
    /// Thumbs down.
    pub downvotes: u64,
    /// Merge requests that mention it.
    pub merge_requests_count: u64,
    /// Check boxes in the description, and how many are ticked.
    pub tasks: (u64, u64),
    /// Comments and activity, oldest first.
    pub discussions: Vec<Discussion>,
}

impl Issue {
    /// What kind of work it is, in GitLab's word.
    pub(in crate::sandbox) fn kind(&self) -> &str {
        self.kind.as_deref().unwrap_or("issue")
    }
}

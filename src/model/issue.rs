//! Issues as GitLab's REST API describes them: only what tables and pages show. Everything but
//! the number is optional, since servers from 15.x on differ.

use std::borrow::Cow;

use serde::Deserialize;

use super::lenient;
use super::merge_request::{Milestone, References, User};

/// One row of a list.
#[derive(Debug, Deserialize)]
pub struct IssueRow<'a> {
    /// The number in its project.
    pub iid: u64,
    /// One line.
    #[serde(borrow, default, deserialize_with = "lenient::text")]
    pub title: Cow<'a, str>,
    /// `opened` or `closed`.
    #[serde(borrow, default, deserialize_with = "lenient::text")]
    pub state: Cow<'a, str>,
    /// Label names.
    #[serde(borrow, default, deserialize_with = "lenient::texts")]
    pub labels: Vec<Cow<'a, str>>,
    /// Null for deleted users.
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub author: Option<User<'a>>,
    /// ISO 8601.
    #[serde(borrow, default, deserialize_with = "lenient::some_text")]
    pub updated_at: Option<Cow<'a, str>>,
    /// The page in the browser.
    #[serde(borrow, default, deserialize_with = "lenient::text")]
    pub web_url: Cow<'a, str>,
    /// References such as `group/project#42`, for lists over several projects.
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub references: Option<References<'a>>,
}

/// What an issue's own page tells besides its [`IssueRow`]; the two are read from the same
/// object one by one.
#[derive(Debug, Deserialize)]
pub struct IssueDetails<'a> {
    /// Markdown; null when empty.
    #[serde(borrow, default, deserialize_with = "lenient::some_text")]
    pub description: Option<Cow<'a, str>>,
    /// `issue`, `incident`, `task`, … in lower case.
    #[serde(borrow, default, deserialize_with = "lenient::some_text")]
    pub issue_type: Option<Cow<'a, str>>,
    /// How bad an incident is, `UNKNOWN` for most others.
    #[serde(borrow, default, deserialize_with = "lenient::some_text")]
    pub severity: Option<Cow<'a, str>>,
    /// For members only.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub confidential: Option<bool>,
    /// Who works on it.
    #[serde(borrow, default, deserialize_with = "lenient::some_objects")]
    pub assignees: Option<Vec<User<'a>>>,
    /// Null when there is none.
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub milestone: Option<Milestone<'a>>,
    /// How much work it is; absent without a subscription.
    #[serde(default, deserialize_with = "lenient::number")]
    pub weight: Option<u64>,
    /// `YYYY-MM-DD`.
    #[serde(borrow, default, deserialize_with = "lenient::some_text")]
    pub due_date: Option<Cow<'a, str>>,
    /// Merge requests that mention it.
    #[serde(default, deserialize_with = "lenient::number")]
    pub merge_requests_count: Option<u64>,
    /// Comments, activity left out.
    #[serde(default, deserialize_with = "lenient::number")]
    pub user_notes_count: Option<u64>,
    /// ISO 8601.
    #[serde(borrow, default, deserialize_with = "lenient::some_text")]
    pub created_at: Option<Cow<'a, str>>,
    /// ISO 8601.
    #[serde(borrow, default, deserialize_with = "lenient::some_text")]
    pub closed_at: Option<Cow<'a, str>>,
    /// Null for deleted users.
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub closed_by: Option<User<'a>>,
}

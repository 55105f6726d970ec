//! Merge requests as GitLab's REST API describes them: only what tables and pages show.
//! Everything but the number is optional, since servers from 15.x on differ.

use std::borrow::Cow;

use serde::Deserialize;

use super::lenient;

/// A user where another object names one; deleted users are null.
#[derive(Debug, Clone, Deserialize)]
pub struct User<'a> {
    /// The login name.
    #[serde(borrow, default, deserialize_with = "lenient::text")]
    pub username: Cow<'a, str>,
}

/// One row of a list.
#[derive(Debug, Deserialize)]
pub struct MergeRequestRow<'a> {
    /// The number in its project.
    pub iid: u64,
    /// One line.
    #[serde(borrow, default, deserialize_with = "lenient::text")]
    pub title: Cow<'a, str>,
    /// `opened`, `closed`, `merged`, `locked`, or what newer servers add.
    #[serde(borrow, default, deserialize_with = "lenient::text")]
    pub state: Cow<'a, str>,
    /// The branch to be merged.
    #[serde(borrow, default, deserialize_with = "lenient::text")]
    pub source_branch: Cow<'a, str>,
    /// The branch merged into.
    #[serde(borrow, default, deserialize_with = "lenient::text")]
    pub target_branch: Cow<'a, str>,
    /// Null for deleted users.
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub author: Option<User<'a>>,
    /// ISO 8601.
    #[serde(borrow, default, deserialize_with = "lenient::some_text")]
    pub updated_at: Option<Cow<'a, str>>,
    /// Whether it is a draft; absent on old servers.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub draft: Option<bool>,
    /// The page in the browser.
    #[serde(borrow, default, deserialize_with = "lenient::text")]
    pub web_url: Cow<'a, str>,
    /// References such as `group/project!42`, for lists over several projects.
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub references: Option<References<'a>>,
}

/// How an object is referred to.
#[derive(Debug, Deserialize)]
pub struct References<'a> {
    /// With the full project path: `group/project!42`.
    #[serde(borrow, default, deserialize_with = "lenient::text")]
    pub full: Cow<'a, str>,
}

/// What a merge request's own page tells besides its [`MergeRequestRow`]. The two are read from
/// the same object one by one: flattening would hold every member in memory and refuse numbers
/// and nesting that nobody asked for.
#[derive(Debug, Deserialize)]
pub struct MergeRequestDetails<'a> {
    /// Markdown; null when empty.
    #[serde(borrow, default, deserialize_with = "lenient::some_text")]
    pub description: Option<Cow<'a, str>>,
    /// ISO 8601.
    #[serde(borrow, default, deserialize_with = "lenient::some_text")]
    pub created_at: Option<Cow<'a, str>>,
    /// Label names.
    #[serde(borrow, default, deserialize_with = "lenient::texts")]
    pub labels: Vec<Cow<'a, str>>,
    /// Who works on it.
    #[serde(borrow, default, deserialize_with = "lenient::some_objects")]
    pub assignees: Option<Vec<User<'a>>>,
    /// Who reviews it.
    #[serde(borrow, default, deserialize_with = "lenient::some_objects")]
    pub reviewers: Option<Vec<User<'a>>>,
    /// Null when there is none.
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub milestone: Option<Milestone<'a>>,
    /// Why it can or cannot be merged (15.6).
    #[serde(borrow, default, deserialize_with = "lenient::some_text")]
    pub detailed_merge_status: Option<Cow<'a, str>>,
    /// A number as text, `"1000+"` when capped, null while GitLab prepares it.
    #[serde(borrow, default, deserialize_with = "lenient::some_text")]
    pub changes_count: Option<Cow<'a, str>>,
    /// Comments, activity left out.
    #[serde(default, deserialize_with = "lenient::number")]
    pub user_notes_count: Option<u64>,
    /// The newest pipeline; null when there is none.
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub head_pipeline: Option<HeadPipeline<'a>>,
}

/// A milestone where another object names one.
#[derive(Debug, Deserialize)]
pub struct Milestone<'a> {
    /// One line.
    #[serde(borrow, default, deserialize_with = "lenient::text")]
    pub title: Cow<'a, str>,
}

/// The newest pipeline of a merge request.
#[derive(Debug, Deserialize)]
pub struct HeadPipeline<'a> {
    /// The global id.
    pub id: u64,
    /// GitLab's status word.
    #[serde(borrow, default, deserialize_with = "lenient::text")]
    pub status: Cow<'a, str>,
}

/// A comment or an activity line.
#[derive(Debug, Deserialize)]
pub struct Note<'a> {
    /// The global id.
    pub id: u64,
    /// Markdown.
    #[serde(borrow, default, deserialize_with = "lenient::text")]
    pub body: Cow<'a, str>,
    /// Null for deleted users.
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub author: Option<User<'a>>,
    /// ISO 8601.
    #[serde(borrow, default, deserialize_with = "lenient::some_text")]
    pub created_at: Option<Cow<'a, str>>,
    /// An activity line, not a comment.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub system: Option<bool>,
    /// Visible to project members only.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub internal: Option<bool>,
}

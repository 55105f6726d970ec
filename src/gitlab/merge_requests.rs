//! Merge requests: lists, one, those of a branch (GitLab documentation, "Merge requests API").

use std::fmt;

use serde::Deserialize;

use super::{Gitlab, GitlabError, JobToken, ListFilter, ListPages};
use crate::http::Response;
use crate::model::address::Url;
use crate::model::project::ProjectRef;

/// Where to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// One project.
    Project(ProjectRef),
    /// A group with its subgroups, by full path or id.
    Group(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Project(project) => project.fmt(f),
            Self::Group(group) => f.write_str(group),
        }
    }
}

/// Which states a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// Not merged and not closed.
    #[default]
    Opened,
    /// Closed without a merge.
    Closed,
    /// Merged.
    Merged,
    /// Being merged.
    Locked,
    /// All of them.
    All,
}

impl State {
    /// GitLab's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Closed => "closed",
            Self::Merged => "merged",
            Self::Locked => "locked",
            Self::All => "all",
        }
    }
}

/// How a list is ordered: GitLab's field name and direction, each left to GitLab where `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Order {
    /// `created_at`, `updated_at`, …
    pub by: Option<&'static str>,
    /// `asc` or `desc`.
    pub sort: Option<&'static str>,
}

/// Which pages are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    /// Rows a request, 1 to 100.
    pub per_page: u32,
    /// The first page asked for, from 1; `None` is the first.
    pub page: Option<u64>,
}

/// What a list of merge requests is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MergeRequestFilter {
    /// Which states.
    pub state: State,
    /// What lists of issues are narrowed to as well.
    pub shared: ListFilter,
    /// Who reviews it: a username, `None` or `Any`.
    pub reviewer: Option<String>,
    /// Exact name.
    pub source_branch: Option<String>,
    /// Exact name.
    pub target_branch: Option<String>,
    /// Drafts only, or no drafts.
    pub draft: Option<bool>,
}

impl MergeRequestFilter {
    fn write(&self, url: &mut Url, paging: Paging) {
        // Only the id parameter takes the two words.
        let reviewer = match self.reviewer.as_deref() {
            Some("None" | "Any") => "reviewer_id",
            _ => "reviewer_username",
        };
        let own = [
            (reviewer, self.reviewer.as_deref()),
            ("source_branch", self.source_branch.as_deref()),
            ("target_branch", self.target_branch.as_deref()),
            ("draft", self.draft.map(|draft| if draft { "true" } else { "false" })),
        ];
        self.shared.write(url, self.state.word(), &own, paging);
    }
}

/// One of the merge requests with a source branch of the same name.
#[derive(Debug, Clone, Deserialize)]
pub struct BranchMergeRequest {
    /// The number in its project.
    pub iid: u64,
    /// GitLab's word.
    #[serde(default)]
    pub state: String,
    /// The branch to be merged.
    #[serde(default)]
    pub source_branch: String,
    /// The branch that it is merged into.
    #[serde(default)]
    pub target_branch: String,
    /// The project of the source branch; `None` if that is a fork that was deleted.
    #[serde(default)]
    pub source_project_id: Option<u64>,
    #[serde(default)]
    target_project_id: Option<u64>,
    #[serde(default)]
    project_id: Option<u64>,
}

impl BranchMergeRequest {
    /// Whether the source branch is in the project with this id; in the merge request's own
    /// project if `None`.
    pub fn comes_from(&self, project: Option<u64>) -> bool {
        let project = project.or(self.target_project_id).or(self.project_id);
        project.is_some() && self.source_project_id == project
    }
}

impl<'a> Gitlab<'a> {
    /// The merge requests of a project or group, page by page.
    pub fn merge_requests(
        &self,
        place: &Place,
        filter: &MergeRequestFilter,
        paging: Paging,
    ) -> Result<ListPages<'a>, GitlabError> {
        let (mut url, job_token) = match place {
            Place::Project(project) => {
                (self.project_url(project, &["merge_requests"]), JobToken::Reaches)
            }
            Place::Group(group) => (
                self.instance.api(["groups", group.as_str(), "merge_requests"]),
                JobToken::Refused("the merge requests of a group"),
            ),
        };
        filter.write(&mut url, paging);
        Ok(self.pages(self.get(url, job_token)?))
    }

    /// One merge request.
    pub fn merge_request(&self, project: &ProjectRef, iid: u64) -> Result<Response, GitlabError> {
        let url = self.project_url(project, &["merge_requests", &iid.to_string()]);
        self.send(&self.get(url, JobToken::Reaches)?)
    }

    /// The merge requests that have a source branch of this name, whichever project the branch
    /// is in; the newest first.
    pub fn merge_requests_of_branch(
        &self,
        project: &ProjectRef,
        branch: &str,
        state: State,
    ) -> Result<Vec<BranchMergeRequest>, GitlabError> {
        let filter = MergeRequestFilter {
            state,
            source_branch: Some(branch.to_owned()),
            ..MergeRequestFilter::default()
        };
        let paging = Paging { per_page: 100, page: None };
        let place = Place::Project(project.clone());
        let mut found: Vec<BranchMergeRequest> = Vec::new();
        for page in self.merge_requests(&place, &filter, paging)? {
            let body = page?.body;
            let rows: Vec<BranchMergeRequest> = super::decode("the list of merge requests", &body)?;
            let known = |row: &BranchMergeRequest| found.iter().any(|other| other.iid == row.iid);
            let new: Vec<_> = rows.into_iter().filter(|row| !known(row)).collect();
            found.extend(new.into_iter().filter(|row| row.source_branch == branch));
        }
        found.sort_by_key(|row| std::cmp::Reverse(row.iid));
        Ok(found)
    }
}

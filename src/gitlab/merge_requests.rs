//! Merge requests: lists, one, its diffs and its notes (GitLab documentation, "Merge requests
//! API" and "Notes API").

use std::fmt;

use serde::Deserialize;

use super::{Gitlab, GitlabError, JobToken, ListPages};
use crate::http::{Accept, Response};
use crate::model::address::Url;
use crate::model::merge_request::FileDiff;
use crate::model::project::ProjectRef;

/// Neither `/diffs` nor its kin take a job token.
const DIFFS: JobToken = JobToken::Refused("the diffs of a merge request");

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

/// What a list of merge requests is narrowed to. Times are ISO 8601 in UTC; names of people
/// are usernames, `None` or `Any`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MergeRequestFilter {
    /// Which states.
    pub state: State,
    /// Who wrote it.
    pub author: Option<String>,
    /// Who works on it.
    pub assignee: Option<String>,
    /// Who reviews it.
    pub reviewer: Option<String>,
    /// Labels it must all have.
    pub labels: Vec<String>,
    /// Labels of which it must have none.
    pub not_labels: Vec<String>,
    /// The milestone's title.
    pub milestone: Option<String>,
    /// Exact name.
    pub source_branch: Option<String>,
    /// Exact name.
    pub target_branch: Option<String>,
    /// Drafts only, or no drafts.
    pub draft: Option<bool>,
    /// Text in title or description.
    pub search: Option<String>,
    /// Created after and before.
    pub created: (Option<String>, Option<String>),
    /// Updated after and before.
    pub updated: (Option<String>, Option<String>),
    /// The order.
    pub order: Order,
}

impl MergeRequestFilter {
    /// The query. State and scope are always sent: GitLab's defaults are all states, and on
    /// the instance-wide list only one's own.
    fn write(&self, url: &mut Url, paging: Paging) {
        let mut query = url.query_pairs_mut();
        query.append_pair("state", self.state.word()).append_pair("scope", "all");
        let draft = self.draft.map(|draft| if draft { "true" } else { "false" }.to_owned());
        let list = |labels: &[String]| (!labels.is_empty()).then(|| labels.join(","));
        let optional = [
            ("author_username", self.author.clone()),
            ("labels", list(&self.labels)),
            ("not[labels]", list(&self.not_labels)),
            ("milestone", self.milestone.clone()),
            ("source_branch", self.source_branch.clone()),
            ("target_branch", self.target_branch.clone()),
            ("draft", draft),
            ("search", self.search.clone()),
            ("created_after", self.created.0.clone()),
            ("created_before", self.created.1.clone()),
            ("updated_after", self.updated.0.clone()),
            ("updated_before", self.updated.1.clone()),
            ("order_by", self.order.by.map(str::to_owned)),
            ("sort", self.order.sort.map(str::to_owned)),
            ("page", paging.page.map(|page| page.to_string())),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                query.append_pair(name, &value);
            }
        }
        let people = [
            (&self.assignee, "assignee_id", "assignee_username[]"),
            (&self.reviewer, "reviewer_id", "reviewer_username"),
        ];
        for (who, id, username) in people {
            match who.as_deref() {
                // Only the id parameters take the two words.
                Some(word @ ("None" | "Any")) => query.append_pair(id, word),
                Some(name) => query.append_pair(username, name),
                None => &mut query,
            };
        }
        query.append_pair("per_page", &paging.per_page.to_string());
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

    /// The number of the merge request whose source branch this is: the opened one, else the
    /// newest.
    pub fn merge_request_of_branch(
        &self,
        project: &ProjectRef,
        branch: &str,
    ) -> Result<Option<u64>, GitlabError> {
        let filter = MergeRequestFilter {
            state: State::All,
            source_branch: Some(branch.to_owned()),
            ..MergeRequestFilter::default()
        };
        let paging = Paging { per_page: 20, page: None };
        let place = Place::Project(project.clone());
        let Some(page) = self.merge_requests(&place, &filter, paging)?.next() else {
            return Ok(None);
        };
        let body = page?.body;
        let rows: Vec<BranchRow> = super::decode("the list of merge requests", &body)?;
        let opened = rows.iter().find(|row| row.state == "opened");
        Ok(opened.or_else(|| rows.first()).map(|row| row.iid))
    }

    /// Whether the credential reaches the diffs, so that a run that needs them can end before it
    /// asks for anything.
    pub fn can_read_diffs(&self) -> Result<(), GitlabError> {
        self.check(DIFFS)
    }

    /// What each file changed: GitLab's own objects, all pages, and the same read.
    pub fn merge_request_diffs(
        &self,
        project: &ProjectRef,
        iid: u64,
    ) -> Result<(Vec<u8>, Vec<FileDiff>), GitlabError> {
        let mut url = self.project_url(project, &["merge_requests", &iid.to_string(), "diffs"]);
        url.query_pairs_mut().append_pair("per_page", "100");
        let request = self.get(url, DIFFS)?;
        match super::whole_list(self.pages(request)) {
            Err(GitlabError::Refused(refusal)) if refusal.status == 404 => {
                self.merge_request_changes(project, iid)
            }
            other => decode_diffs(other?),
        }
    }

    /// The same from servers before 15.7, which have no `/diffs`.
    fn merge_request_changes(
        &self,
        project: &ProjectRef,
        iid: u64,
    ) -> Result<(Vec<u8>, Vec<FileDiff>), GitlabError> {
        let url = self.project_url(project, &["merge_requests", &iid.to_string(), "changes"]);
        let answer = self.send(&self.get(url, DIFFS)?)?;
        let changes: Changes = super::decode("the changes", &answer.body)?;
        decode_diffs(changes.changes.get().as_bytes().to_vec())
    }

    /// The whole change as `git diff` writes it (17.x), with what `/diffs` leaves out.
    pub fn merge_request_patch(
        &self,
        project: &ProjectRef,
        iid: u64,
    ) -> Result<Response, GitlabError> {
        let url = self.project_url(project, &["merge_requests", &iid.to_string(), "raw_diffs"]);
        let request = self.get(url, DIFFS)?;
        self.send(&request.accepting(Accept::Text))
    }

    /// Comments and activity, oldest first: GitLab's own objects, all pages.
    pub fn merge_request_notes(
        &self,
        project: &ProjectRef,
        iid: u64,
    ) -> Result<Vec<u8>, GitlabError> {
        let mut url = self.project_url(project, &["merge_requests", &iid.to_string(), "notes"]);
        url.query_pairs_mut()
            .append_pair("sort", "asc")
            .append_pair("order_by", "created_at")
            .append_pair("per_page", "100");
        super::whole_list(self.pages(self.get(url, JobToken::Reaches)?))
    }
}

/// The bytes of a JSON array of diffs, and the same read.
fn decode_diffs(bytes: Vec<u8>) -> Result<(Vec<u8>, Vec<FileDiff>), GitlabError> {
    let files = super::decode("the diffs", &bytes)?;
    Ok((bytes, files))
}

#[derive(Deserialize)]
struct BranchRow {
    iid: u64,
    #[serde(default)]
    state: String,
}

#[derive(Deserialize)]
struct Changes {
    changes: Box<serde_json::value::RawValue>,
}

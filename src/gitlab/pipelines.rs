//! Pipelines: lists, one, the newest of a branch, its jobs and bridges (GitLab documentation,
//! "Pipelines API" and "Jobs API").

use std::time::{Duration, SystemTime};

use serde::Deserialize;

use super::{Gitlab, GitlabError, JobToken, ListPages, Order, Paging, RefusalKind};
use crate::http::{Request, Response};
use crate::model::address::Url;
use crate::model::lenient;
use crate::model::project::ProjectRef;

/// What a job token does not reach.
const REFUSED: JobToken = JobToken::Refused("pipelines and their jobs");

/// From here on down the requests that are left in a window of time are kept for others.
const FEW_LEFT: u64 = 10;

/// The longest time that a watcher is slowed down by that.
const LONGEST_WINDOW: Duration = Duration::from_mins(1);

/// What a list of pipelines is narrowed to. Times are ISO 8601 in UTC; words are GitLab's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PipelineFilter {
    /// `running`, `finished`, `branches`, …
    pub scope: Option<&'static str>,
    /// One status.
    pub status: Option<String>,
    /// A branch or tag.
    pub reference: Option<String>,
    /// The commit.
    pub sha: Option<String>,
    /// What started it.
    pub source: Option<String>,
    /// Who started it.
    pub username: Option<String>,
    /// Its name (16.9).
    pub name: Option<String>,
    /// Updated after and before.
    pub updated: (Option<String>, Option<String>),
    /// The order.
    pub order: Order,
}

impl PipelineFilter {
    fn write(&self, url: &mut Url, paging: Paging) {
        let page = paging.page.map(|page| page.to_string());
        let optional = [
            ("scope", self.scope),
            ("status", self.status.as_deref()),
            ("ref", self.reference.as_deref()),
            ("sha", self.sha.as_deref()),
            ("source", self.source.as_deref()),
            ("username", self.username.as_deref()),
            ("name", self.name.as_deref()),
            ("updated_after", self.updated.0.as_deref()),
            ("updated_before", self.updated.1.as_deref()),
            ("order_by", self.order.by),
            ("sort", self.order.sort),
            ("page", page.as_deref()),
        ];
        let mut query = url.query_pairs_mut();
        for (name, value) in optional {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        query.append_pair("per_page", &paging.per_page.to_string());
    }
}

impl<'a> Gitlab<'a> {
    /// Refuses a credential that reaches no pipeline, before anything else is asked.
    pub fn check_pipelines(&self) -> Result<(), GitlabError> {
        self.check(REFUSED)
    }

    pub(super) fn pipeline_part(
        &self,
        project: &ProjectRef,
        below: &[&str],
    ) -> Result<Request, GitlabError> {
        self.get(self.project_url(project, below), REFUSED)
    }

    /// The pipelines of a project, page by page. Child pipelines come only where the source
    /// `parent_pipeline` is asked for.
    pub fn pipelines(
        &self,
        project: &ProjectRef,
        filter: &PipelineFilter,
        paging: Paging,
    ) -> Result<ListPages<'a>, GitlabError> {
        let mut request = self.pipeline_part(project, &["pipelines"])?;
        filter.write(&mut request.url, paging);
        Ok(self.pages(request))
    }

    /// One pipeline.
    pub fn pipeline(&self, project: &ProjectRef, id: u64) -> Result<Response, GitlabError> {
        self.send(&self.pipeline_part(project, &["pipelines", &id.to_string()])?)
    }

    /// The newest pipeline of the newest commit of a branch, of the default one where `None`.
    /// GitLab answers 403 where that commit has none; who may list pipelines is not forbidden
    /// to see them, so that means none.
    pub fn latest_pipeline(
        &self,
        project: &ProjectRef,
        branch: Option<&str>,
    ) -> Result<Option<Response>, GitlabError> {
        let mut request = self.pipeline_part(project, &["pipelines", "latest"])?;
        if let Some(branch) = branch {
            request.url.query_pairs_mut().append_pair("ref", branch);
        }
        let refusal = match self.send(&request) {
            Err(GitlabError::Refused(refusal)) if refusal.kind == RefusalKind::Forbidden => refusal,
            other => return other.map(Some),
        };
        let mut list = self.pipeline_part(project, &["pipelines"])?;
        list.url.query_pairs_mut().append_pair("per_page", "1");
        match self.send(&list) {
            Ok(_) => Ok(None),
            Err(GitlabError::Refused(again)) if again.kind == RefusalKind::Forbidden => {
                Err(GitlabError::Refused(refusal))
            }
            Err(error) => Err(error),
        }
    }

    /// The newest pipeline of a merge request's newest commit: project, which can be a fork,
    /// and id. Older ones would tell of another state of the code.
    pub fn pipeline_of_merge_request(
        &self,
        project: &ProjectRef,
        iid: u64,
    ) -> Result<Option<(ProjectRef, u64)>, GitlabError> {
        let answer = self.merge_request(project, iid)?;
        let page: MergeRequestPage = super::decode("the merge request", &answer.body)?;
        let found = match page.head_pipeline {
            Some(found) => Some(found),
            None => self.pipeline_of_commit(project, iid, page.sha.as_deref())?,
        };
        let here = |id: Option<u64>| id.map_or_else(|| project.clone(), ProjectRef::Id);
        Ok(found.map(|found| (here(found.project_id), found.id)))
    }

    fn pipeline_of_commit(
        &self,
        project: &ProjectRef,
        iid: u64,
        sha: Option<&str>,
    ) -> Result<Option<MergeRequestPipeline>, GitlabError> {
        let below = ["merge_requests", &iid.to_string(), "pipelines"];
        let list = self.send(&self.pipeline_part(project, &below)?)?;
        let rows: Vec<MergeRequestPipeline> =
            super::decode("the merge request's pipelines", &list.body)?;
        let mut newest_first = rows;
        newest_first.sort_by_key(|row| std::cmp::Reverse(row.id));
        for row in newest_first {
            let home = row.project_id.map_or_else(|| project.clone(), ProjectRef::Id);
            let fits = match sha {
                None => true,
                Some(sha) if row.sha == sha => true,
                Some(sha) => row.is_merged() && self.is_made_from(&home, &row.sha, sha)?,
            };
            if fits {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// Whether a commit that GitLab made to test a merge has this parent. If GitLab does not
    /// show the commit, it may have: GitLab removes such commits in time.
    fn is_made_from(
        &self,
        project: &ProjectRef,
        merged: &str,
        parent: &str,
    ) -> Result<bool, GitlabError> {
        let request = self.pipeline_part(project, &["repository", "commits", merged])?;
        let answer = match self.send(&request) {
            Err(GitlabError::Refused(refusal))
                if matches!(refusal.kind, RefusalKind::Forbidden | RefusalKind::NotFound) =>
            {
                return Ok(true);
            }
            answer => answer?,
        };
        let commit: Commit = super::decode("the commit", &answer.body)?;
        Ok(commit.parent_ids.iter().any(|id| id == parent))
    }

    /// The jobs of a pipeline, bridges left out: GitLab's own objects, all pages. Retried ones
    /// are among them if so wished.
    pub fn pipeline_jobs(
        &self,
        project: &ProjectRef,
        id: u64,
        with_retried: bool,
    ) -> Result<Vec<u8>, GitlabError> {
        let mut request = self.pipeline_part(project, &["pipelines", &id.to_string(), "jobs"])?;
        let mut query = request.url.query_pairs_mut();
        if with_retried {
            query.append_pair("include_retried", "true");
        }
        query.append_pair("per_page", "100");
        drop(query);
        super::whole_list(self.pages(request))
    }

    /// The jobs of a pipeline that start other pipelines: GitLab's own objects, all pages. None
    /// if the server has no such list (deprecated since 19.2) or does not show it.
    pub fn pipeline_bridges(&self, project: &ProjectRef, id: u64) -> Result<Vec<u8>, GitlabError> {
        let mut request =
            self.pipeline_part(project, &["pipelines", &id.to_string(), "bridges"])?;
        request.url.query_pairs_mut().append_pair("per_page", "100");
        match super::whole_list(self.pages(request)) {
            Err(GitlabError::Refused(refusal))
                if matches!(refusal.kind, RefusalKind::Forbidden | RefusalKind::NotFound) =>
            {
                Ok(b"[]".to_vec())
            }
            bridges => bridges,
        }
    }

    /// How many tests a pipeline ran, and how they ended.
    pub fn test_report_summary(
        &self,
        project: &ProjectRef,
        id: u64,
    ) -> Result<Response, GitlabError> {
        let below = ["pipelines", &id.to_string(), "test_report_summary"];
        self.send(&self.pipeline_part(project, &below)?)
    }
}

/// How long to leave the server alone because few requests are left until its limit is counted
/// anew (GitLab documentation, "Rate limits": `RateLimit-Remaining`, `RateLimit-Reset`).
pub fn rate_limit_wait(answer: &Response, now: SystemTime) -> Option<Duration> {
    let number = |name| answer.header(name).and_then(|value| value.trim().parse::<u64>().ok());
    number("ratelimit-remaining").filter(|left| *left < FEW_LEFT)?;
    let reset = SystemTime::UNIX_EPOCH + Duration::from_secs(number("ratelimit-reset")?);
    Some(reset.duration_since(now).ok()?.min(LONGEST_WINDOW))
}

#[derive(Deserialize)]
struct Commit {
    #[serde(default, deserialize_with = "lenient::objects")]
    parent_ids: Vec<String>,
}

impl MergeRequestPipeline {
    /// Whether it runs on a merge with the target branch, whose commit is GitLab's own.
    fn is_merged(&self) -> bool {
        self.reference.ends_with("/merge") || self.reference.ends_with("/train")
    }
}

#[derive(Deserialize)]
struct MergeRequestPage {
    #[serde(default, deserialize_with = "lenient::some_string")]
    sha: Option<String>,
    #[serde(default, deserialize_with = "lenient::object")]
    head_pipeline: Option<MergeRequestPipeline>,
}

#[derive(Deserialize)]
struct MergeRequestPipeline {
    id: u64,
    #[serde(default, deserialize_with = "lenient::number")]
    project_id: Option<u64>,
    #[serde(default, deserialize_with = "lenient::string")]
    sha: String,
    #[serde(default, rename = "ref", deserialize_with = "lenient::string")]
    reference: String,
}

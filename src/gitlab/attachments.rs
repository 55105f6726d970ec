//! What a question to a model takes along: one issue, one pipeline with its jobs, the end of a
//! job's log (GitLab documentation, "Issues API", "Pipelines API", "Jobs API").

use serde::Deserialize;

use super::{Gitlab, GitlabError, JobToken, ListPages, decode};
use crate::http::Accept;
use crate::model::lenient;
use crate::model::project::ProjectRef;

/// An issue, as far as a model is told of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AttachedIssue {
    /// The number in its project.
    pub iid: u64,
    /// One line.
    #[serde(deserialize_with = "lenient::string")]
    pub title: String,
    /// `opened` or `closed`.
    #[serde(deserialize_with = "lenient::string")]
    pub state: String,
    /// Names.
    #[serde(deserialize_with = "lenient::objects")]
    pub labels: Vec<String>,
    /// Null for deleted users.
    #[serde(deserialize_with = "lenient::object")]
    pub author: Option<AttachedUser>,
    /// Markdown; null when empty.
    #[serde(deserialize_with = "lenient::some_string")]
    pub description: Option<String>,
    /// The page in the browser.
    #[serde(deserialize_with = "lenient::string")]
    pub web_url: String,
}

/// A user where another object names one.
#[derive(Debug, Deserialize)]
pub struct AttachedUser {
    /// The login name.
    pub username: String,
}

/// A pipeline, as far as a model is told of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AttachedPipeline {
    /// The global id.
    pub id: u64,
    /// GitLab's status word.
    #[serde(deserialize_with = "lenient::string")]
    pub status: String,
    /// The branch or tag.
    #[serde(rename = "ref", deserialize_with = "lenient::some_string")]
    pub reference: Option<String>,
    /// The commit.
    #[serde(deserialize_with = "lenient::some_string")]
    pub sha: Option<String>,
    /// What GitLab has against the configuration; null where nothing.
    #[serde(deserialize_with = "lenient::some_string")]
    pub yaml_errors: Option<String>,
    /// The page in the browser.
    #[serde(deserialize_with = "lenient::string")]
    pub web_url: String,
}

/// A job, as far as a model is told of it.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct AttachedJob {
    /// The global id.
    pub id: u64,
    /// Unique in its pipeline.
    #[serde(deserialize_with = "lenient::string")]
    pub name: String,
    /// The stage.
    #[serde(deserialize_with = "lenient::string")]
    pub stage: String,
    /// GitLab's status word.
    #[serde(deserialize_with = "lenient::string")]
    pub status: String,
    /// GitLab's word for why it failed.
    #[serde(deserialize_with = "lenient::some_string")]
    pub failure_reason: Option<String>,
    /// Whether its failure leaves the pipeline as it is.
    #[serde(deserialize_with = "lenient::count")]
    pub allow_failure: bool,
    /// The page in the browser.
    #[serde(deserialize_with = "lenient::string")]
    pub web_url: String,
}

/// The end of a job's log.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct TraceEnd {
    /// The last bytes as the job wrote them.
    pub bytes: Vec<u8>,
    /// How many bytes stand before them.
    pub left_out: u64,
}

impl<'a> Gitlab<'a> {
    /// One issue.
    pub fn attached_issue(
        &self,
        project: &ProjectRef,
        iid: u64,
    ) -> Result<AttachedIssue, GitlabError> {
        let url = self.project_url(project, &["issues", &iid.to_string()]);
        let answer = self.send(&self.get(url, JobToken::Refused("issues"))?)?;
        decode("the issue", &answer.body)
    }

    /// One pipeline.
    pub fn attached_pipeline(
        &self,
        project: &ProjectRef,
        id: u64,
    ) -> Result<AttachedPipeline, GitlabError> {
        let url = self.project_url(project, &["pipelines", &id.to_string()]);
        let answer = self.send(&self.get(url, JobToken::Refused("pipelines"))?)?;
        decode("the pipeline", &answer.body)
    }

    /// The jobs of a pipeline, retried ones left out.
    pub fn attached_jobs(
        &self,
        project: &ProjectRef,
        pipeline: u64,
    ) -> Result<Vec<AttachedJob>, GitlabError> {
        let mut url = self.project_url(project, &["pipelines", &pipeline.to_string(), "jobs"]);
        url.query_pairs_mut().append_pair("per_page", "100");
        let pages: ListPages<'a> = self.pages(self.get(url, JobToken::Refused("pipelines"))?);
        let mut jobs = Vec::new();
        for page in pages {
            let rows: Vec<AttachedJob> = decode("the jobs of the pipeline", &page?.body)?;
            jobs.extend(rows);
        }
        Ok(jobs)
    }

    /// One job.
    pub fn attached_job(&self, project: &ProjectRef, id: u64) -> Result<AttachedJob, GitlabError> {
        let url = self.project_url(project, &["jobs", &id.to_string()]);
        let answer = self.send(&self.get(url, JobToken::Refused("jobs"))?)?;
        decode("the job", &answer.body)
    }

    /// The last `most` bytes of a job's log; a log of any length passes through no more memory
    /// than that.
    pub fn attached_trace(
        &self,
        project: &ProjectRef,
        job: u64,
        most: usize,
    ) -> Result<TraceEnd, GitlabError> {
        let url = self.project_url(project, &["jobs", &job.to_string(), "trace"]);
        let request = self.get(url, JobToken::Refused("job logs"))?.accepting(Accept::Text);
        let mut stream = self.client.open(&request)?;
        let mut end = TraceEnd::default();
        let mut piece = vec![0; 64 << 10];
        loop {
            let count = stream.read(&mut piece)?;
            end.bytes.extend_from_slice(&piece[..count]);
            if count == 0 || end.bytes.len() >= most.saturating_mul(2) {
                let over = end.bytes.len().saturating_sub(most);
                end.bytes.drain(..over);
                end.left_out += over as u64;
            }
            if count == 0 {
                return Ok(end);
            }
        }
    }
}

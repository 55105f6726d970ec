//! One job and its log (GitLab documentation, "Jobs API").

use super::{Gitlab, GitlabError};
use crate::http::{Accept, Response, Stream};
use crate::model::project::ProjectRef;

impl Gitlab<'_> {
    /// One job; bridges are none.
    pub fn job(&self, project: &ProjectRef, id: u64) -> Result<Response, GitlabError> {
        self.send(&self.pipeline_part(project, &["jobs", &id.to_string()])?)
    }

    /// The log of a job as it lies on the server, of any length; `None` where there is none.
    /// From `offset` on, in bytes; older servers send it from its beginning all the same.
    pub fn job_log(
        &self,
        project: &ProjectRef,
        id: u64,
        offset: u64,
    ) -> Result<Option<Stream>, GitlabError> {
        let mut request = self.pipeline_part(project, &["jobs", &id.to_string(), "trace"])?;
        if offset > 0 {
            request.url.query_pairs_mut().append_pair("byte_offset", &offset.to_string());
        }
        match self.client.open(&request.accepting(Accept::Text)).map_err(GitlabError::from) {
            Err(GitlabError::Refused(refusal)) if refusal.status == 404 => Ok(None),
            other => other.map(Some),
        }
    }
}

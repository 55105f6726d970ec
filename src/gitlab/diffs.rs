//! The change of a merge request (GitLab documentation, "Merge requests API": diffs).

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Gitlab, GitlabError, JobToken, decode};
use crate::http::Accept;
use crate::model::change::FileDiff;
use crate::model::project::ProjectRef;

/// Neither `/diffs` nor its kin take a job token.
const DIFFS: JobToken = JobToken::Refused("the diffs of a merge request");

/// The change of a merge request, file by file.
pub struct Diffs {
    /// GitLab's objects, all pages in one JSON array.
    pub json: Vec<u8>,
    /// The same, read.
    pub files: Vec<FileDiff>,
    /// Whether GitLab says that there are more files.
    pub overflows: bool,
}

#[derive(Deserialize)]
struct Changes {
    changes: Box<RawValue>,
    #[serde(default)]
    overflow: Option<bool>,
}

impl Gitlab<'_> {
    /// Refuses a credential that cannot read diffs, before anything else is asked.
    pub fn can_read_diffs(&self) -> Result<(), GitlabError> {
        self.check(DIFFS)
    }

    /// What each file changed. GitLab leaves out the text of large files.
    pub fn merge_request_diffs(
        &self,
        project: &ProjectRef,
        iid: u64,
    ) -> Result<Diffs, GitlabError> {
        let mut url = self.project_url(project, &["merge_requests", &iid.to_string(), "diffs"]);
        url.query_pairs_mut().append_pair("per_page", "100");
        let request = self.get(url, DIFFS)?;
        match super::whole_list(self.pages(request)) {
            Err(GitlabError::Refused(refusal)) if refusal.status == 404 => {
                self.merge_request_changes(project, iid)
            }
            json => Diffs::read(json?, false),
        }
    }

    /// The same from servers before 15.7, which have no `/diffs`.
    fn merge_request_changes(&self, project: &ProjectRef, iid: u64) -> Result<Diffs, GitlabError> {
        let mut url = self.project_url(project, &["merge_requests", &iid.to_string(), "changes"]);
        url.query_pairs_mut().append_pair("access_raw_diffs", "true");
        let answer = self.send(&self.get(url, DIFFS)?)?;
        let Changes { changes, overflow } = decode("the changes", &answer.body)?;
        Diffs::read(changes.get().as_bytes().to_vec(), overflow == Some(true))
    }

    /// The whole change as `git diff` writes it, byte for byte; `None` from servers that have no
    /// `/raw_diffs` (before 17.x).
    pub fn merge_request_patch(
        &self,
        project: &ProjectRef,
        iid: u64,
    ) -> Result<Option<Vec<u8>>, GitlabError> {
        let url = self.project_url(project, &["merge_requests", &iid.to_string(), "raw_diffs"]);
        match self.send(&self.get(url, DIFFS)?.accepting(Accept::Text)) {
            Ok(answer) => Ok(Some(answer.body)),
            Err(GitlabError::Refused(refusal)) if refusal.status == 404 => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Diffs {
    fn read(json: Vec<u8>, overflows: bool) -> Result<Self, GitlabError> {
        let files = decode("the diffs", &json)?;
        Ok(Self { json, files, overflows })
    }
}

//! GitLab's REST API: one typed method a call. Paths and parameters stand here and nowhere
//! else.

mod attachments;
mod diffs;
mod direct_access;
mod discussions;
mod error;
mod graphql;
mod health;
mod issues;
mod jobs;
mod list_filter;
mod merge_requests;
mod models;
mod namespaces;
mod notes;
mod pipelines;
mod users;
mod workflows;

pub use attachments::{AttachedIssue, AttachedJob, AttachedPipeline, AttachedUser, TraceEnd};
pub use diffs::Diffs;
pub use direct_access::{DIRECT_ACCESS_BODY, DirectAccess};
pub use discussions::{
    DiffRefs, Discussion, DiscussionNote, DraftNote, NotePosition, Position, ReviewRequest,
    ReviewedMergeRequest, fingerprint,
};
pub(crate) use error::words_of;
pub use error::{GitlabError, Refusal, RefusalKind};
pub use health::{DuoAccount, Face, Release, look};
pub use issues::{IssueFilter, IssueState};
pub use list_filter::ListFilter;
pub use merge_requests::{BranchMergeRequest, MergeRequestFilter, Order, Paging, Place, State};
pub use models::{OfferedModel, OfferedModels};
pub use namespaces::RootNamespace;
pub use notes::{LONGEST_NOTE, Noteable, Noted};
pub use pipelines::{PipelineFilter, rate_limit_wait};
pub use users::CurrentUser;
pub use workflows::{
    Apart, CLIENT_VERSION, LONGEST_MESSAGE, NewWorkflow, WorkflowEvent, WorkflowPlace,
    WorkflowSocket, WorkflowState,
};

use crate::http::{Client, Identity, Pages, Request, Response};
use crate::model::address::{BaseUrl, Url};
use crate::model::credential::{Credential, Scheme};
use crate::model::project::ProjectRef;

/// An instance together with the credential to call it with.
pub struct Gitlab<'a> {
    client: &'a Client,
    instance: &'a BaseUrl,
    identity: Identity,
}

/// Whether a CI job token reaches a call (GitLab documentation, "CI/CD job token access").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum JobToken {
    Reaches,
    Refused(&'static str),
}

impl<'a> Gitlab<'a> {
    /// Calls this instance as the owner of the credential.
    pub fn new(client: &'a Client, instance: &'a BaseUrl, identity: Identity) -> Self {
        Self { client, instance, identity }
    }

    /// The instance that is called.
    pub fn instance(&self) -> &BaseUrl {
        self.instance
    }

    /// The way to servers.
    pub fn client(&self) -> &Client {
        self.client
    }

    /// What it is called with at this moment: the newest that the run knows of.
    pub fn newest_credential(&self) -> Credential {
        self.identity.newest()
    }

    /// What it is called with.
    pub fn credential(&self) -> &Credential {
        self.identity.credential()
    }

    fn project_url(&self, project: &ProjectRef, below: &[&str]) -> Url {
        let project = project.segment();
        let head = ["projects", project.as_ref()];
        self.instance.api(head.into_iter().chain(below.iter().copied()))
    }

    /// A request that carries the credential, refused here where GitLab would refuse it.
    fn get(&self, url: Url, job_token: JobToken) -> Result<Request, GitlabError> {
        self.check(job_token)?;
        Ok(self.identity.sign(Request::get(url)))
    }

    fn check(&self, job_token: JobToken) -> Result<(), GitlabError> {
        match (self.credential().scheme, job_token) {
            (Scheme::JobToken, JobToken::Refused(what)) => Err(GitlabError::JobToken { what }),
            _ => Ok(()),
        }
    }

    fn send(&self, request: &Request) -> Result<Response, GitlabError> {
        Ok(self.client.send(request)?)
    }

    fn pages(&self, request: Request) -> ListPages<'a> {
        ListPages(self.client.pages(request))
    }
}

/// The pages of a list in their order.
pub struct ListPages<'a>(Pages<'a>);

/// One page.
pub type ListPage = crate::http::Page;

impl ListPages<'_> {
    /// Requests at most so many pages ahead of the caller.
    #[must_use]
    pub fn at_most(self, most: Option<u64>) -> Self {
        Self(self.0.at_most(most))
    }
}

impl Iterator for ListPages<'_> {
    type Item = Result<ListPage, GitlabError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next()?.map_err(GitlabError::from))
    }
}

/// Reads an answer, or a part of one; `what` is a noun phrase for the error.
pub fn decode<'b, T: serde::Deserialize<'b>>(
    what: &'static str,
    body: &'b [u8],
) -> Result<T, GitlabError> {
    serde_json::from_slice(body)
        .map_err(|error| GitlabError::Shape { what, reason: error.to_string() })
}

/// All pages of a list as one JSON array; the rows keep their own bytes.
fn whole_list(pages: ListPages<'_>) -> Result<Vec<u8>, GitlabError> {
    let mut whole = vec![b'['];
    for page in pages {
        for row in page?.rows() {
            if whole.len() > 1 {
                whole.push(b',');
            }
            whole.extend_from_slice(row.as_bytes());
        }
    }
    whole.push(b']');
    Ok(whole)
}

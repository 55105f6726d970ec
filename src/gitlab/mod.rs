//! GitLab's REST API: one typed method a call. Paths and parameters stand here and nowhere
//! else.

mod attachments;
mod direct_access;
mod error;
mod merge_requests;
mod users;

pub use attachments::{AttachedIssue, AttachedJob, AttachedPipeline, AttachedUser, TraceEnd};
pub use direct_access::{DIRECT_ACCESS_BODY, DirectAccess};
pub use error::{GitlabError, Refusal, RefusalKind};
pub use merge_requests::{MergeRequestFilter, Order, Paging, Place, State};
pub use users::CurrentUser;

use crate::http::{Client, Pages, Request, Response};
use crate::model::address::{BaseUrl, Url};
use crate::model::credential::{Credential, Scheme};
use crate::model::project::ProjectRef;

/// An instance together with the credential to call it with.
pub struct Gitlab<'a> {
    client: &'a Client,
    instance: &'a BaseUrl,
    credential: Credential,
}

/// Whether a CI job token reaches a call (GitLab documentation, "CI/CD job token access").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum JobToken {
    Reaches,
    Refused(&'static str),
}

impl<'a> Gitlab<'a> {
    /// Calls this instance as the owner of the credential.
    pub fn new(client: &'a Client, instance: &'a BaseUrl, credential: Credential) -> Self {
        Self { client, instance, credential }
    }

    fn project_url(&self, project: &ProjectRef, below: &[&str]) -> Url {
        let project = project.segment();
        let head = ["projects", project.as_ref()];
        self.instance.api(head.into_iter().chain(below.iter().copied()))
    }

    /// A request that carries the credential, refused here where GitLab would refuse it.
    fn get(&self, url: Url, job_token: JobToken) -> Result<Request, GitlabError> {
        self.check(job_token)?;
        Ok(Request::get(url).with_credential(Some(self.credential.clone())))
    }

    fn check(&self, job_token: JobToken) -> Result<(), GitlabError> {
        match (self.credential.scheme, job_token) {
            (Scheme::JobToken, JobToken::Refused(what)) => Err(GitlabError::JobToken { what }),
            _ => Ok(()),
        }
    }

    fn send(&self, request: &Request) -> Result<Response, GitlabError> {
        Ok(self.client.send(request)?)
    }

    fn pages(&self, request: Request) -> ListPages<'a> {
        ListPages { pages: self.client.pages(request) }
    }
}

/// The pages of a list, each a JSON array as GitLab sent it.
pub struct ListPages<'a> {
    pages: Pages<'a>,
}

/// One page.
pub type ListPage = crate::http::Page;

impl Iterator for ListPages<'_> {
    type Item = Result<ListPage, GitlabError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.pages.next()?.map_err(GitlabError::from))
    }
}

/// Reads an answer.
fn decode<'b, T: serde::Deserialize<'b>>(
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
        let page = page?;
        let rows: Vec<&serde_json::value::RawValue> = decode("a page of a list", &page.body)?;
        for row in rows {
            if whole.len() > 1 {
                whole.push(b',');
            }
            whole.extend_from_slice(row.get().as_bytes());
        }
    }
    whole.push(b']');
    Ok(whole)
}

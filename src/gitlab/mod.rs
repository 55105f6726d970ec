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
pub use workflows::{Apart, NewWorkflow, WorkflowEvent, WorkflowPlace};

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
        ListPages { pages: self.client.pages(request), uncounted: None }
    }
}

/// The pages of a list, each a JSON array as GitLab sent it.
pub struct ListPages<'a> {
    pages: Pages<'a>,
    uncounted: Option<Uncounted<'a>>,
}

/// How a list begins again whose rows GitLab does not count (over 10,000): offset pages end at
/// 50,000 rows where there are keyset pages. Rows that were there already come once more, and
/// whoever prints them leaves them out by their ids.
struct Uncounted<'a> {
    keyset: Pages<'a>,
    /// For servers without keyset pages of such a list.
    offset: Pages<'a>,
}

/// One page.
pub type ListPage = crate::http::Page;

impl ListPages<'_> {
    /// Gives out page after page, at most so many, until `take` has enough and returns false;
    /// where GitLab tells how many there are, the next ones are fetched meanwhile.
    pub fn each<E: From<GitlabError>>(
        self,
        most: Option<u64>,
        mut take: impl FnMut(ListPage) -> Result<bool, E>,
    ) -> Result<(), E> {
        let Some(uncounted) = self.uncounted else {
            return each(self.pages, most, &mut take);
        };
        let (mut is_first, mut begins_again) = (true, false);
        each(self.pages, most, &mut |page: ListPage| {
            let is_uncounted = is_first && page.total.is_none() && page.has_next;
            is_first = false;
            let wants_more = take(page)?;
            begins_again = is_uncounted && wants_more;
            Ok::<bool, E>(wants_more && !is_uncounted)
        })?;
        if begins_again { uncounted.each(most, &mut take) } else { Ok(()) }
    }
}

impl Uncounted<'_> {
    fn each<E: From<GitlabError>>(
        mut self,
        most: Option<u64>,
        take: &mut impl FnMut(ListPage) -> Result<bool, E>,
    ) -> Result<(), E> {
        match self.keyset.next().transpose().map_err(GitlabError::from) {
            Ok(Some(page)) => {
                if take(page)? {
                    each(self.keyset, most, take)
                } else {
                    Ok(())
                }
            }
            Ok(None) => Ok(()),
            Err(GitlabError::Refused(refusal)) if matches!(refusal.status, 400 | 405) => {
                each(self.offset, most, take)
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn each<E: From<GitlabError>>(
    pages: Pages<'_>,
    most: Option<u64>,
    take: &mut impl FnMut(ListPage) -> Result<bool, E>,
) -> Result<(), E> {
    pages.each(most, |page| take(page).map_err(Ended)).map_err(|Ended(error)| error)
}

/// How a list ended early: a way past the orphan rule for errors of callers.
struct Ended<E>(E);

impl<E: From<GitlabError>> From<crate::http::HttpError> for Ended<E> {
    fn from(error: crate::http::HttpError) -> Self {
        Self(GitlabError::from(error).into())
    }
}

impl Iterator for ListPages<'_> {
    type Item = Result<ListPage, GitlabError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.pages.next()?.map_err(GitlabError::from))
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

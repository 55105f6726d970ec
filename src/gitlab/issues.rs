//! Issues: lists and one (GitLab documentation, "Issues API").

use super::{Gitlab, GitlabError, JobToken, ListFilter, ListPages, Paging, Place};
use crate::http::Response;
use crate::model::project::ProjectRef;

/// Which states a list of issues has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IssueState {
    /// Not closed.
    #[default]
    Opened,
    /// Closed.
    Closed,
    /// Both.
    All,
}

impl IssueState {
    /// GitLab's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Closed => "closed",
            Self::All => "all",
        }
    }
}

/// What a list of issues is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IssueFilter {
    /// Which states.
    pub state: IssueState,
    /// What lists of merge requests are narrowed to as well.
    pub shared: ListFilter,
    /// GitLab's word for a kind of work: `issue`, `incident`, `task`, …
    pub kind: Option<&'static str>,
    /// Confidential ones only.
    pub confidential: bool,
    /// Where the text of the search is looked for, `title` or `description`; both where `None`.
    pub searched: Option<&'static str>,
}

/// The fields by which GitLab orders keyset pages of a project's issues (18.3).
const KEYSET_ORDERS: &[&str] =
    &["created_at", "updated_at", "title", "id", "weight", "due_date", "relative_position"];

impl<'a> Gitlab<'a> {
    /// The issues of a project or group, page by page.
    pub fn issues(
        &self,
        place: &Place,
        filter: &IssueFilter,
        paging: Paging,
    ) -> Result<ListPages<'a>, GitlabError> {
        let mut url = match place {
            Place::Project(project) => self.project_url(project, &["issues"]),
            Place::Group(group) => self.instance.api(["groups", group.as_str(), "issues"]),
        };
        let own = [
            ("issue_type", filter.kind),
            ("confidential", filter.confidential.then_some("true")),
            ("in", filter.searched),
        ];
        filter.shared.write(&mut url, filter.state.word(), &own, paging);
        let request = self.get(url, JobToken::Refused("issues"))?;
        let order = filter.shared.order.by.unwrap_or("created_at");
        let has_keyset = matches!(place, Place::Project(_))
            && paging.page.is_none()
            && KEYSET_ORDERS.contains(&order);
        let mut keyset = request.clone();
        keyset.url.query_pairs_mut().append_pair("pagination", "keyset");
        let ListPages(pages) = self.pages(request);
        Ok(ListPages(if has_keyset { pages.or_keyset(keyset) } else { pages }))
    }

    /// One issue.
    pub fn issue(&self, project: &ProjectRef, iid: u64) -> Result<Response, GitlabError> {
        let url = self.project_url(project, &["issues", &iid.to_string()]);
        self.send(&self.get(url, JobToken::Refused("issues"))?)
    }
}

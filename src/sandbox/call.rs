//! One request to the REST API with what it was found to mean, and what it can ask for.

use std::sync::Arc;

use super::auth::Caller;
use super::grants::Grants;
use super::oauth;
use super::pipeline_run::Runs;
use super::query::{self, Pairs, Params};
use super::received::Received;
use super::reply::Reply;
use super::seed::{Group, Issue, MergeRequest, Person, Project, Seed};
use super::workflow::Workflows;
use super::written::Written;
use crate::system::clock::Clock;

/// An answer either way: `Err` ends the handling early.
pub(super) type Answer = Result<Reply, Reply>;

/// The instance.
pub(super) struct World {
    pub(super) seed: Seed,
    /// `http://127.0.0.1:PORT`.
    pub(super) base: String,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) grants: Grants,
    pub(super) oauth: oauth::Ledger,
    /// Who is logged in in the browser; the first of the people where not given.
    pub(super) signed_in: Option<String>,
    pub(super) workflows: Workflows,
    pub(super) written: Written,
    /// When pipelines that move were first looked at.
    pub(super) runs: Runs,
}

impl World {
    pub(super) fn person(&self, username: &str) -> Option<&Person> {
        self.seed.people.iter().find(|person| person.username == username)
    }

    pub(super) fn project(&self, id: u64) -> Option<&Project> {
        self.seed.projects.iter().find(|project| project.id == id)
    }
}

/// One request.
pub(super) struct Call<'a> {
    pub(super) world: &'a World,
    pub(super) request: &'a Received,
    pub(super) caller: Option<Caller<'a>>,
    /// The variable segments of the path, decoded.
    pub(super) captures: Vec<String>,
    /// The query, decoded.
    pub(super) pairs: Pairs,
}

impl<'a> Call<'a> {
    pub(super) fn params(&self) -> Params<'_> {
        Params::new(&self.pairs)
    }

    /// The fields of the query and of the body, whose own take precedence.
    pub(super) fn fields(&self) -> Result<Pairs, Reply> {
        let mut fields = self.pairs.clone();
        if !self.request.body.is_empty() {
            fields.extend(query::body(self.request)?);
        }
        Ok(fields)
    }

    /// Who asks; nobody is 401.
    pub(super) fn caller(&self) -> Result<&Caller<'a>, Reply> {
        self.caller.as_ref().ok_or_else(|| Reply::message(401, "401 Unauthorized"))
    }

    /// Projects that the caller may see; none without one, since all are private.
    pub(super) fn projects(&self) -> impl Iterator<Item = &'a Project> {
        let all = self.world.seed.projects.iter();
        all.filter(|project| self.caller.as_ref().is_some_and(|caller| caller.may_see(project)))
    }

    /// The project that the path names by id or by path. A hidden one is not found, a former
    /// path redirects (GitLab documentation, "Projects API", since 16.7).
    pub(super) fn project(&self) -> Result<&'a Project, Reply> {
        let name = self.captures.first().map_or("", String::as_str);
        let id: Option<u64> = name.parse().ok();
        let is_path = |path: &String| path.eq_ignore_ascii_case(name);
        if let Some(found) = self.projects().find(|one| Some(one.id) == id || is_path(&one.path)) {
            return Ok(found);
        }
        match self.projects().find(|one| one.former_paths.iter().any(is_path)) {
            Some(moved) => Err(self.moved_to(moved)),
            None => Err(Reply::message(404, "404 Project Not Found")),
        }
    }

    fn moved_to(&self, project: &Project) -> Reply {
        if self.request.method != "GET" {
            return Reply::message(405, "405 Non GET methods are not allowed for moved projects");
        }
        let below = self.request.path().splitn(6, '/').nth(5);
        let below = below.map(|rest| format!("/{rest}")).unwrap_or_default();
        let query = match self.request.query() {
            "" => String::new(),
            query => format!("?{query}"),
        };
        let location = format!("{}/api/v4/projects/{}{below}{query}", self.world.base, project.id);
        let words = format!("This resource has been moved permanently to {location}");
        Reply::whole(301, "text/plain", words).with_header("location", location)
    }

    /// The group that the path names by id or by path, if the caller sees a project in it.
    pub(super) fn group(&self) -> Result<&'a Group, Reply> {
        let name = self.captures.first().map_or("", String::as_str);
        let id: Option<u64> = name.parse().ok();
        let mut groups = self.world.seed.groups.iter();
        let found =
            groups.find(|group| Some(group.id) == id || group.path.eq_ignore_ascii_case(name));
        let visible =
            |group: &&Group| self.projects().any(|project| is_below(&project.path, &group.path));
        found.filter(visible).ok_or_else(|| Reply::message(404, "404 Group Not Found"))
    }

    /// The merge request that the path names by its number.
    pub(super) fn merge_request(&self, project: &Project) -> Result<&'a MergeRequest, Reply> {
        let number = self.captures.get(1).map_or("", String::as_str);
        let iid: u64 =
            number.parse().map_err(|_| Reply::error(400, "merge_request_iid is invalid"))?;
        let mut all = self.world.seed.merge_requests.iter();
        all.find(|mr| mr.project == project.id && mr.iid == iid)
            .ok_or_else(|| Reply::message(404, "404 Not found"))
    }

    /// The issue that the path names by its number.
    pub(super) fn issue(&self, project: &Project) -> Result<&'a Issue, Reply> {
        let number = self.captures.get(1).map_or("", String::as_str);
        let iid: u64 = number.parse().map_err(|_| Reply::error(400, "issue_iid is invalid"))?;
        let mut all = self.world.seed.issues.iter();
        all.find(|issue| issue.project == project.id && issue.iid == iid)
            .ok_or_else(|| Reply::message(404, "404 Issue Not Found"))
    }
}

/// Whether a full path lies in a group, at any depth.
pub(super) fn is_below(path: &str, group: &str) -> bool {
    path.strip_prefix(group).is_some_and(|rest| rest.starts_with('/'))
}

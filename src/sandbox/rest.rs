//! The REST API: which path is whose.

use super::auth::{self, Access};
use super::call::{Answer, Call, World};
use super::received::Received;
use super::reply::Reply;
use super::resources::{RESOURCES, Resource};
use super::{
    direct_access, instance, issues, jobs, merge_requests, notes, pipelines, projects, query,
    reviews, users, workflow,
};

type Handler = fn(&Call<'_>) -> Answer;

/// One line of the table. Segments that begin with a colon stand for any one segment.
struct Route {
    method: &'static str,
    path: &'static str,
    access: Access,
    handler: Handler,
}

const fn get(path: &'static str, access: Access, handler: Handler) -> Route {
    Route { method: "GET", path, access, handler }
}

const fn post(path: &'static str, access: Access, handler: Handler) -> Route {
    Route { method: "POST", path, access, handler }
}

const fn put(path: &'static str, access: Access, handler: Handler) -> Route {
    Route { method: "PUT", path, access, handler }
}

const fn patch(path: &'static str, access: Access, handler: Handler) -> Route {
    Route { method: "PATCH", path, access, handler }
}

const ROUTES: &[Route] = &[
    get("user", Access::READ_USER, users::current),
    get("personal_access_tokens/self", Access::ANY_SCOPE, users::token),
    get("version", Access::READ_USER, instance::version),
    get("metadata", Access::READ_USER, instance::metadata),
    get("license", Access::READ, instance::license),
    get("projects/:id", Access::READ, projects::show),
    get("groups/:id", Access::READ, projects::show_group),
    get("merge_requests", Access::READ, merge_requests::of_instance),
    get("groups/:id/merge_requests", Access::READ, merge_requests::of_group),
    get("projects/:id/merge_requests", Access::READ_OR_JOB, merge_requests::of_project),
    get("projects/:id/merge_requests/:iid", Access::READ_OR_JOB, merge_requests::show),
    get("projects/:id/merge_requests/:iid/diffs", Access::READ, merge_requests::diffs),
    get("projects/:id/merge_requests/:iid/raw_diffs", Access::READ, merge_requests::raw_diffs),
    get("projects/:id/merge_requests/:iid/notes", Access::READ_OR_JOB, notes::list),
    get("projects/:id/merge_requests/:iid/discussions", Access::READ, notes::discussions),
    post("projects/:id/merge_requests/:iid/discussions", Access::WRITE, reviews::create_discussion),
    put(
        "projects/:id/merge_requests/:iid/discussions/:discussion",
        Access::WRITE,
        reviews::resolve,
    ),
    get("projects/:id/merge_requests/:iid/draft_notes", Access::READ, reviews::drafts),
    post("projects/:id/merge_requests/:iid/draft_notes", Access::WRITE, reviews::create_draft),
    put(
        "projects/:id/merge_requests/:iid/draft_notes/:draft",
        Access::WRITE,
        reviews::update_draft,
    ),
    post(
        "projects/:id/merge_requests/:iid/draft_notes/bulk_publish",
        Access::WRITE,
        reviews::publish,
    ),
    post("projects/:id/merge_requests/:iid/notes", Access::WRITE, notes::create),
    get("projects/:id/merge_requests/:iid/notes/:note", Access::READ_OR_JOB, notes::show),
    put("projects/:id/merge_requests/:iid/notes/:note", Access::WRITE, notes::update),
    get("issues", Access::READ, issues::of_instance),
    get("groups/:id/issues", Access::READ, issues::of_group),
    get("projects/:id/issues", Access::READ, issues::of_project),
    get("projects/:id/issues/:iid", Access::READ, issues::show),
    get("projects/:id/issues/:iid/notes", Access::READ, notes::list),
    get("projects/:id/issues/:iid/discussions", Access::READ, notes::discussions),
    post("projects/:id/issues/:iid/notes", Access::WRITE, notes::create),
    get("projects/:id/issues/:iid/notes/:note", Access::READ, notes::show),
    put("projects/:id/issues/:iid/notes/:note", Access::WRITE, notes::update),
    get("projects/:id/merge_requests/:iid/pipelines", Access::READ, pipelines::of_merge_request),
    get("projects/:id/pipelines", Access::READ, pipelines::list),
    get("projects/:id/pipelines/latest", Access::READ, pipelines::latest),
    get("projects/:id/pipelines/:pipeline", Access::READ, pipelines::show),
    get("projects/:id/pipelines/:pipeline/jobs", Access::READ, jobs::of_pipeline),
    get("projects/:id/pipelines/:pipeline/bridges", Access::READ, jobs::bridges),
    get(
        "projects/:id/pipelines/:pipeline/test_report_summary",
        Access::READ,
        pipelines::test_report_summary,
    ),
    get("projects/:id/jobs/:job", Access::READ, jobs::show),
    get("projects/:id/jobs/:job/trace", Access::READ, jobs::trace),
    post("ai/third_party_agents/direct_access", Access::DUO, direct_access::grant),
    post("ai/duo_workflows/direct_access", Access::WRITE, workflow::direct_access),
    post("ai/duo_workflows/workflows", Access::WRITE, workflow::create),
    get("ai/duo_workflows/workflows/:workflow", Access::WRITE, workflow::show),
    patch("ai/duo_workflows/workflows/:workflow", Access::WRITE, workflow::update),
    post("ai/duo_workflows/workflows/:workflow/events", Access::WRITE, workflow::create_event),
    get("ai/duo_workflows/workflows/:workflow/trace.jsonl", Access::WRITE, workflow::trace),
];

/// Answers a request below `/api/v4`; `path` is what follows it.
pub(super) fn answer(world: &World, request: &Received, path: &str) -> Reply {
    handle(world, request, path).unwrap_or_else(|early| early)
}

fn handle(world: &World, request: &Received, path: &str) -> Answer {
    let (handler, access, captures) = find(&request.method, path)?;
    let bad = || Reply::message(400, "400 Bad request");
    let captures: Option<Vec<String>> = captures.into_iter().map(query::decoded).collect();
    let call = Call {
        world,
        request,
        caller: auth::identify(world, request, access)?,
        captures: captures.ok_or_else(bad)?,
        pairs: query::pairs(request.query()).ok_or_else(bad)?,
    };
    match handler {
        Handling::Route(handler) => handler(&call),
        Handling::List(resource) => resource.list(&call),
        Handling::Row(resource) => resource.show(&call),
    }
}

/// Who answers.
enum Handling {
    Route(Handler),
    List(&'static Resource),
    Row(&'static Resource),
}

/// What a path means, who may ask for it, and its variable segments.
type Found<'p> = (Handling, Access, Vec<&'p str>);

/// The list that a path names, or a row of it.
fn find_resource(path: &str) -> Option<Found<'_>> {
    RESOURCES.iter().find_map(|resource| {
        if let Some(captures) = captures(resource.path, path) {
            return Some((Handling::List(resource), resource.access, captures));
        }
        let (above, key) = path.rsplit_once('/').filter(|(_, key)| !key.is_empty())?;
        let mut captures = captures(resource.path, above)?;
        captures.push(key);
        Some((Handling::Row(resource), resource.access, captures))
    })
}

/// The route of a path; another method is 405, an unknown path 404.
fn find<'p>(method: &str, path: &'p str) -> Result<Found<'p>, Reply> {
    // GitLab answers HEAD wherever it answers GET.
    let method = if method == "HEAD" { "GET" } else { method };
    let mut fitting = ROUTES.iter().filter_map(|route| Some((route, captures(route.path, path)?)));
    let mut allowed = Vec::new();
    match fitting.find(|(route, _)| {
        allowed.push(route.method);
        route.method == method
    }) {
        Some((route, captures)) => Ok((Handling::Route(route.handler), route.access, captures)),
        None if allowed.is_empty() && method == "GET" => {
            find_resource(path).ok_or_else(|| Reply::error(404, "404 Not Found"))
        }
        None if allowed.is_empty() => Err(Reply::error(404, "404 Not Found")),
        None => Err(Reply::error(405, "405 Not Allowed").with_header("allow", allowed.join(", "))),
    }
}

/// The variable segments, if the path has the pattern's shape.
fn captures<'p>(pattern: &str, path: &'p str) -> Option<Vec<&'p str>> {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    let mut captures = Vec::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(captures),
            (Some(name), Some(segment)) if name.starts_with(':') && !segment.is_empty() => {
                captures.push(segment);
            }
            (Some(name), Some(segment)) if name == segment => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_path_is_one_encoded_segment() {
        let pattern = "projects/:id/merge_requests";
        assert_eq!(captures(pattern, "projects/a%2Fb/merge_requests"), Some(vec!["a%2Fb"]));
        assert_eq!(captures(pattern, "projects/a/b/merge_requests"), None);
        assert_eq!(captures(pattern, "projects//merge_requests"), None);
        assert_eq!(captures(pattern, "projects/7/merge_requests/"), None);
    }

    #[test]
    fn a_known_path_with_another_method_is_405_and_an_unknown_one_404() {
        let status = |method, path| find(method, path).err().map(|reply| reply.status);
        assert_eq!(status("GET", "user"), None);
        assert_eq!(status("HEAD", "user"), None);
        assert_eq!(status("DELETE", "user"), Some(405));
        assert_eq!(status("GET", "ai/third_party_agents/direct_access"), Some(405));
        assert_eq!(status("GET", "users"), None);
        assert_eq!(status("GET", "projects/1/labels/bug"), None);
        assert_eq!(status("GET", "snippets"), Some(404));
    }
}

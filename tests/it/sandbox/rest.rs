//! Paths, pages and objects of the REST API.

use glduo::sandbox::seed::MergeRequest;
use glduo::sandbox::{Plan, Sandbox, Seed};
use serde_json::{Value, json};

use super::{LIST, get_as, sandbox};
use crate::support::raw;

#[test]
fn what_is_not_there_is_said_in_gitlabs_shapes() {
    let sandbox = sandbox();
    let body = |path: &str| {
        let answer = get_as(&sandbox, "api", path);
        (answer.status, answer.text())
    };
    assert_eq!(body("nonsense"), (404, r#"{"error":"404 Not Found"}"#.into()));
    assert_eq!(body("projects/acme/shop/storefront"), (404, r#"{"error":"404 Not Found"}"#.into()));
    assert_eq!(body("projects/acme%252Fshop").0, 404);
    assert_eq!(body("projects/a%2Fb"), (404, r#"{"message":"404 Project Not Found"}"#.into()));
    assert_eq!(body(&format!("{LIST}/999")), (404, r#"{"message":"404 Not found"}"#.into()));
    assert_eq!(
        body(&format!("{LIST}/x")),
        (400, r#"{"error":"merge_request_iid is invalid"}"#.into())
    );
    assert_eq!(body("projects/%zz").0, 400);
    let page = raw::get(sandbox.url(), "/users/sign_in", &[]);
    assert!(
        page.status == 404
            && page.header("content-type").is_some_and(|kind| kind.starts_with("text/html"))
    );
    let token = sandbox.token();
    let deleted =
        raw::send(sandbox.url(), "DELETE", "/api/v4/user", &[("private-token", token)], b"");
    assert_eq!((deleted.status, deleted.header("allow")), (405, Some("GET")));
}

#[test]
fn pages_have_gitlabs_headers_and_keep_the_path_as_it_came() {
    let sandbox = sandbox();
    let page =
        get_as(&sandbox, "api", &format!("{LIST}?state=all&per_page=5&page=2&labels=&search="));
    let base = format!("<{}/api/v4/{LIST}?labels=&", sandbox.url());
    let link = |page: u32, relation: &str| {
        format!("{base}page={page}&per_page=5&search=&state=all>; rel=\"{relation}\"")
    };
    let wanted = [link(1, "prev"), link(3, "next"), link(1, "first"), link(3, "last")].join(", ");
    assert_eq!(page.header("link"), Some(wanted.as_str()));
    let fields = ["x-page", "x-per-page", "x-next-page", "x-prev-page", "x-total", "x-total-pages"];
    let values = fields.map(|name| page.header(name).unwrap_or("none"));
    assert_eq!(values, ["2", "5", "3", "1", "14", "3"]);
    let cut = get_as(&sandbox, "api", &format!("{LIST}?per_page=1000"));
    assert_eq!((cut.header("x-per-page"), cut.header("x-next-page")), (Some("100"), Some("")));
    assert!(
        page.header("x-request-id").is_some()
            && page.header("x-request-id") != cut.header("x-request-id")
    );
}

#[test]
fn above_ten_thousand_rows_nothing_is_counted() {
    let mut seed = Seed::storefront().expect("the seed");
    let project = seed.projects[0].id;
    let row = |iid: u64| MergeRequest {
        id: iid,
        iid,
        project,
        state: "opened".into(),
        ..MergeRequest::default()
    };
    seed.merge_requests.extend((100..10_087).map(row));
    let many = |rows: usize| {
        let mut seed = seed.clone();
        let here = seed.merge_requests.iter().filter(|mr| mr.project == project).count();
        seed.merge_requests.truncate(seed.merge_requests.len() - (here - rows));
        let sandbox =
            Sandbox::start(Plan { seed: Some(seed), ..Plan::default() }).expect("a sandbox");
        get_as(&sandbox, "api", LIST)
    };
    let counted = many(10_000);
    assert_eq!(counted.header("x-total"), Some("10000"));
    assert!(counted.header("link").is_some_and(|link| link.contains("rel=\"last\"")));
    let uncounted = many(10_001);
    assert_eq!((uncounted.header("x-total"), uncounted.header("x-total-pages")), (None, None));
    assert_eq!(uncounted.header("x-next-page"), Some("2"));
    assert!(
        uncounted
            .header("link")
            .is_some_and(|link| link.contains("rel=\"next\"") && !link.contains("rel=\"last\""))
    );
}

#[test]
fn a_renamed_project_redirects_reads_to_its_id() {
    let sandbox = sandbox();
    let moved = get_as(
        &sandbox,
        "api",
        "projects/acme%2Fshop%2Fwebshop/merge_requests/42?render_html=true",
    );
    let location =
        format!("{}/api/v4/projects/61840217/merge_requests/42?render_html=true", sandbox.url());
    assert_eq!((moved.status, moved.header("location")), (301, Some(location.as_str())));
    let hidden = raw::get(sandbox.url(), "/api/v4/projects/acme%2Fshop%2Fwebshop", &[]);
    assert_eq!(hidden.status, 404);
}

#[test]
fn the_root_group_is_found_by_walking_up() {
    let sandbox = sandbox();
    let project = get_as(&sandbox, "api", "projects/61840217").json();
    assert_eq!(
        (&project["namespace"]["kind"], &project["namespace"]["full_path"]),
        (&json!("group"), &json!("acme/shop"))
    );
    let parent = get_as(&sandbox, "api", &format!("groups/{}", project["namespace"]["id"])).json();
    let root = get_as(&sandbox, "api", &format!("groups/{}", parent["parent_id"])).json();
    assert_eq!((&root["full_path"], &root["parent_id"]), (&json!("acme"), &Value::Null));
    let empty = get_as(&sandbox, "api", "projects/acme%2Fshop%2Fgift-cards").json();
    assert!(empty["default_branch"].is_null() && empty["empty_repo"] == true);
}

#[test]
fn notes_are_sorted_and_filtered() {
    let sandbox = sandbox();
    let notes = |query: &str| {
        let rows = get_as(&sandbox, "api", &format!("{LIST}/42/notes?{query}")).json();
        let rows = rows.as_array().expect("rows").clone();
        rows.iter()
            .map(|row| row["created_at"].as_str().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    let newest_first = notes("");
    assert!(newest_first.is_sorted_by(|a, b| a >= b) && newest_first.len() == 7);
    assert!(notes("sort=asc").is_sorted());
    assert_eq!(
        (
            notes("activity_filter=only_comments").len(),
            notes("activity_filter=only_activity").len()
        ),
        (6, 1)
    );
    assert_eq!(get_as(&sandbox, "api", &format!("{LIST}/42/notes?order_by=id")).status, 400);
}

#[test]
fn what_gitlab_ignores_is_ignored_and_a_token_may_come_in_the_query() {
    let sandbox = sandbox();
    let status = |path: &str| raw::get(sandbox.url(), &format!("/api/v4/{path}"), &[]).status;
    let token = sandbox.token();
    assert_eq!(status(&format!("user?private_token={token}")), 200);
    assert_eq!(status(&format!("projects?private_token={token}&unknown=1")), 200);
    assert_eq!(status(&format!("{LIST}?private_token={token}&draft=YES&foo[]=x")), 200);
    assert_eq!(status("projects?private_token=glpat-wrong"), 401);
    let path = format!("/api/v4/{LIST}/42/notes?body=in+the+query");
    let sent = raw::send(sandbox.url(), "POST", &path, &[("private-token", token)], b"");
    assert_eq!((sent.status, sent.json()["body"].as_str()), (201, Some("in the query")));
}

#[test]
fn plain_resources_are_listed_filtered_paged_and_found_by_their_key() {
    let sandbox = sandbox();
    let project = LIST.trim_end_matches("/merge_requests");
    for (path, search, key) in [
        ("projects".to_owned(), "storefront", "id"),
        ("groups".to_owned(), "shop", "id"),
        ("groups/acme/projects".to_owned(), "storefront", "id"),
        ("users".to_owned(), "mira", "id"),
        (format!("{project}/repository/branches"), "main", "name"),
        (format!("{project}/labels"), "bug", "name"),
        (format!("{project}/milestones"), "3.9", "id"),
        (format!("{project}/jobs"), "unit", "id"),
    ] {
        let rows = |query: &str| get_as(&sandbox, "api", &format!("{path}?{query}")).json();
        let all = rows("per_page=100");
        let count = all.as_array().map_or(0, Vec::len);
        let found = rows(&format!("search={search}&per_page=100"));
        let found = found.as_array().expect("rows");
        assert!(count > 0 && !found.is_empty() && found.len() <= count, "{path}");
        assert_eq!(rows("per_page=1&page=1").as_array().map(Vec::len), Some(1), "{path}");
        let name = found[0][key].to_string();
        let one = get_as(&sandbox, "api", &format!("{path}/{}", name.trim_matches('"')));
        if path != "groups/acme/projects" {
            assert_eq!((one.status, &one.json()[key]), (200, &found[0][key]), "{path}");
        }
    }
}

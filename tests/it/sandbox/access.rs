//! What each token opens.

use serde_json::json;

use super::{LIST, get_as, sandbox};
use crate::support::raw;

#[test]
fn each_token_opens_what_its_scopes_allow() {
    let sandbox = sandbox();
    let routes = [
        "user",
        "version",
        "personal_access_tokens/self",
        LIST,
        "projects/61840217",
        "merge_requests",
    ];
    for (token, statuses) in [
        ("api", [200, 200, 200, 200, 200, 200]),
        ("read_api", [200, 200, 200, 200, 200, 200]),
        ("read_user", [200, 200, 200, 403, 403, 403]),
        ("ai_features", [403, 403, 200, 403, 403, 403]),
        ("expired", [401; 6]),
        ("revoked", [401; 6]),
    ] {
        let got = routes.map(|route| get_as(&sandbox, token, route).status);
        assert_eq!(got, statuses, "{token}");
    }
    let refused = get_as(&sandbox, "read_user", LIST).json();
    assert_eq!(
        (&refused["error"], &refused["scope"]),
        (&json!("insufficient_scope"), &json!("api read_api"))
    );
    let expired = get_as(&sandbox, "expired", "user").json();
    assert_eq!(expired["error"], "invalid_token");
    assert!(expired["error_description"].as_str().is_some_and(|words| words.contains("expired")));
}

#[test]
fn without_a_token_everything_private_is_hidden() {
    let sandbox = sandbox();
    let ask = |path: &str, headers: &[(&str, &str)]| {
        raw::get(sandbox.url(), &format!("/api/v4/{path}"), headers)
    };
    let body = |path: &str| (ask(path, &[]).status, ask(path, &[]).text());
    assert_eq!(body("user"), (401, r#"{"message":"401 Unauthorized"}"#.into()));
    assert_eq!(body(LIST), (404, r#"{"message":"404 Project Not Found"}"#.into()));
    assert_eq!(body("merge_requests").0, 401);
    assert_eq!(body("merge_requests?scope=all"), (200, "[]".into()));
    assert_eq!(body("groups/acme"), (404, r#"{"message":"404 Group Not Found"}"#.into()));
    assert_eq!(ask(LIST, &[("authorization", "Bearer nonsense")]).status, 401);
    assert_eq!(ask(LIST, &[("authorization", "Basic eDp5")]).status, 401);
    let both = [("private-token", sandbox.token()), ("job-token", "x")];
    assert_eq!(ask("user", &both).status, 400);
}

#[test]
fn a_job_token_reads_merge_requests_of_its_project_and_no_more() {
    let sandbox = sandbox();
    let job = sandbox.token_named("job").expect("a job token");
    let ask = |path: &str| {
        raw::get(sandbox.url(), &format!("/api/v4/{path}"), &[("job-token", job)]).status
    };
    assert_eq!([ask(LIST), ask(&format!("{LIST}/42")), ask(&format!("{LIST}/42/notes"))], [200; 3]);
    assert_eq!([ask("user"), ask("merge_requests")], [401; 2]);
    assert_eq!(ask("projects/acme%2Fshop%2Fstorefront"), 404);
    assert_eq!(ask(&format!("{LIST}/42/diffs")), 404);
    assert_eq!(ask("projects/acme%2Fshop%2Fprice-importer/merge_requests"), 404);
    let bearer = format!("Bearer {job}");
    let as_bearer =
        raw::get(sandbox.url(), &format!("/api/v4/{LIST}"), &[("authorization", &bearer)]);
    assert_eq!(as_bearer.status, 401);
}

#[test]
fn a_gateway_token_needs_a_seat_and_a_scope() {
    let sandbox = sandbox();
    let target = "/api/v4/ai/third_party_agents/direct_access";
    let ask = |header: &str, token: &str, body: &str| {
        let token = sandbox.token_named(token).expect("a token");
        raw::send(sandbox.url(), "POST", target, &[(header, token)], body.as_bytes()).status
    };
    assert_eq!(ask("private-token", "ai_features", "{}"), 201);
    assert_eq!(ask("private-token", "api", ""), 201);
    assert_eq!(ask("private-token", "read_api", "{}"), 403);
    assert_eq!(ask("private-token", "no_seat", "{}"), 403);
    assert_eq!(ask("job-token", "job", "{}"), 401);
    // A body is ignored.
    assert_eq!(ask("private-token", "api", r#"{"flags":[]}"#), 201);
}

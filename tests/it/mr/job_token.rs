//! A CI job with nothing but its own token: what it reaches, and what it is told it does not.

use glduo::sandbox::{Received, Reply, Sandbox};
use serde_json::json;

use crate::support::gitlab::{answering, asked, at_home, storefront};
use crate::support::world::World;

fn job(sandbox: &Sandbox) -> World {
    World::new()
        .env("GITLAB_CI", "true")
        .env("CI", "true")
        .env("CI_SERVER_URL", sandbox.url())
        .env("CI_PROJECT_ID", "61840217")
        .env("CI_JOB_TOKEN", sandbox.token_named("job").expect("a job token"))
}

#[test]
fn lists_and_details_are_reached_with_the_header_for_it() {
    let sandbox = storefront();
    let world = job(&sandbox);
    for (line, start) in [
        ("mr list", "44\topened\t"),
        ("mr show 42 --no-diff", "!42 Take discounts"),
        ("mr show 42 --no-diff -c", "!42 Take discounts"),
    ] {
        let outcome = world.run(line);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{line}");
        assert!(outcome.stdout.starts_with(start), "{line}: {}", outcome.stdout);
    }
    for request in sandbox.requests() {
        assert_eq!(request.header("job-token"), sandbox.token_named("job"));
        assert_eq!(
            (request.header("authorization"), request.header("private-token")),
            (None, None)
        );
    }
}

#[test]
fn what_it_does_not_reach_is_said_before_anything_is_asked() {
    let sandbox = storefront();
    let world = job(&sandbox);
    for line in [
        "mr show 42",
        "mr show 42 --diff",
        "mr list --author @me",
        "mr list -g acme",
        "mr show favicon",
    ] {
        let outcome = world.run(&format!("{line} --json"));
        assert_eq!((outcome.code, outcome.stdout.as_str()), (4, ""), "{line}");
        let error = outcome.error();
        assert_eq!(error["code"], "job_token_unsupported", "{line}");
        assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("GITLAB_TOKEN")), "{line}");
        assert_eq!(asked(&sandbox), [""; 0], "{line}");
    }
}

#[test]
fn the_hint_names_the_scopes_that_serve_the_command() {
    let sandbox = storefront();
    let world = job(&sandbox).env("GITLAB_AI_GATEWAY_URL", sandbox.gateway_url());
    for (line, scopes) in [
        (
            "mr show 42",
            "leave out the diffs with --no-diff, or set GITLAB_TOKEN to a token with scope read_api or api,",
        ),
        ("mr list -g acme", "set GITLAB_TOKEN to a token with scope read_api or api,"),
        ("mr note 42 -m x", "set GITLAB_TOKEN to a token with scope api,"),
        ("issue note 31 -m x", "set GITLAB_TOKEN to a token with scope api,"),
        ("chat -n hello", "set GITLAB_TOKEN to a token with scope ai_features or api,"),
        ("chat -n -m duo-workflow-default hello", "set GITLAB_TOKEN to a token with scope api,"),
    ] {
        let outcome = world.run(&format!("{line} --json"));
        let hint = outcome.error()["hint"].as_str().unwrap_or_default().to_owned();
        assert!(hint.starts_with(scopes), "{line}: {hint}");
    }
}

/// Named by the command, whatever scopes the endpoint would take.
#[test]
fn a_missing_scope_is_named_as_the_command_needs_it() {
    let sandbox = storefront();
    for (token, line, wanted) in [
        (
            "read_user",
            "mr list",
            "scope read_api or api: glduo connect --scopes \"ai_features openid profile read_api\"",
        ),
        (
            "read_api",
            "mr note 42 -m x",
            "scope api: glduo connect --scopes \"ai_features openid profile api\"",
        ),
        ("read_api", "chat -n hello", "scope ai_features or api: glduo connect, or"),
        ("ai_features", "chat -n -m duo-workflow-default hello", "scope api: glduo connect"),
        ("read_api", "chat -n -m duo-workflow-default hello", "scope api: glduo connect"),
        ("fine_grained", "mr note 42 -m x", "glduo help environment"),
    ] {
        let token = sandbox.token_named(token).expect("a token");
        let world = World::new()
            .env("GITLAB_INSTANCE_URL", sandbox.url())
            .env("GITLAB_AI_GATEWAY_URL", sandbox.gateway_url())
            .env("GITLAB_REPO", sandbox.project())
            .env("GITLAB_TOKEN", token);
        let outcome = world.run(&format!("{line} --json"));
        let error = outcome.error();
        assert_eq!((&error["code"], outcome.code), (&"insufficient_scope".into(), 4), "{line}");
        assert!(error["hint"].as_str().is_some_and(|it| it.contains(wanted)), "{line}: {error}");
    }
}

#[test]
fn a_fine_grained_token_is_refused_in_gitlabs_words() {
    let sandbox = storefront();
    let world = World::new()
        .env("GITLAB_INSTANCE_URL", sandbox.url())
        .env("GITLAB_AI_GATEWAY_URL", sandbox.gateway_url())
        .env("GITLAB_REPO", sandbox.project())
        .env("GITLAB_TOKEN", sandbox.token_named("fine_grained").expect("a token"));
    assert_eq!(world.run("mr list").code, 0);
    for (line, words) in [
        ("mr note 42 -m x", "project permissions: [Note: Create]"),
        ("chat -n hello", "doesn't support fine-grained personal access tokens"),
    ] {
        let error = world.run(&format!("{line} --json")).error();
        assert_eq!(error["code"], "insufficient_scope", "{error}");
        assert!(error["message"].as_str().is_some_and(|it| it.contains(words)), "{error}");
    }
}

/// GraphQL refuses it with status 200.
#[test]
fn a_fine_grained_token_that_graphql_refuses_lacks_a_permission() {
    let words =
        "Access denied: This operation doesn't support fine-grained personal access tokens.";
    let refused = move |request: &Received| {
        let body = json!({ "data": null, "errors": [{ "message": words }] });
        (request.path() == "/api/graphql").then(|| Reply::json(200, body.to_string()))
    };
    let sandbox = answering(refused);
    let world = at_home(&sandbox);
    let error = world.run("models --refresh --json").error();
    assert_eq!((&error["code"], &error["exit_code"]), (&json!("insufficient_scope"), &json!(4)));
    assert!(error["message"].as_str().is_some_and(|it| it.contains(words)), "{error}");
    let doctor = world.run("doctor --json").json();
    let duo = doctor["checks"].as_array().and_then(|all| all.iter().find(|it| it["name"] == "duo"));
    assert_eq!(duo.map(|duo| &duo["status"]), Some(&json!("skip")), "{doctor}");
}

#[test]
fn it_goes_to_no_other_server() {
    let (sandbox, other) = (storefront(), storefront());
    let outcome = job(&sandbox).run(&format!("mr list -R 61840217 --instance {}", other.url()));
    assert_eq!((outcome.code, outcome.stdout.as_str()), (4, ""));
    assert_eq!(asked(&other), [""; 0]);
}

#[test]
fn a_token_of_a_person_comes_first() {
    let sandbox = storefront();
    let world = job(&sandbox).env("GITLAB_TOKEN", sandbox.token());
    assert_eq!(world.run("mr show 42 --diff").code, 0);
    assert!(sandbox.requests().iter().all(|request| request.header("job-token").is_none()));
}

//! Tokens, scopes, files and the store.

use glduo::sandbox::{Received, Reply};
use serde_json::json;

use super::place::{Place, check, examine, expect, expect_all};
use crate::support::world::World;

const DEPENDENTS: [&str; 7] =
    ["version", "subscription", "duo", "direct_access", "model", "project", "read_access"];

#[test]
fn without_a_token_the_credential_fails_and_what_needs_it_is_skipped() {
    let place = Place::new();
    let world = place.stranger().env("GITLAB_REPO", place.sandbox.project());
    expect(&world, "credential", "fail", "glduo connect", 4);
    expect_all(&world, &DEPENDENTS, "skip");
}

#[test]
fn a_token_that_gitlab_does_not_take_fails_and_what_needs_it_is_skipped() {
    let place = Place::new();
    for (token, words) in [("expired", "expired"), ("revoked", "revoked")] {
        let world = place.world_of(token);
        expect(&world, "credential", "fail", words, 4);
        expect_all(&world, &DEPENDENTS, "skip");
    }
    let world = place.stranger().env("GITLAB_TOKEN", "glpat-of-somebody-else-0001");
    expect(&world, "credential", "fail", "does not accept the token", 4);
}

#[test]
fn source_kind_scopes_and_owner_of_the_credential_are_told() {
    let place = Place::new();
    let (status, detail, _, code) = examine(&place.world(), "credential");
    assert_eq!((status.as_str(), code), ("ok", 0));
    assert_eq!(detail, "pat of mira.okafor from env:GITLAB_TOKEN, scopes api");
}

#[test]
fn a_token_in_its_last_week_is_warned_of() {
    let ends = |request: &Received| {
        (request.path() == "/api/v4/personal_access_tokens/self").then(|| {
            let body = json!({ "scopes": ["api"], "active": true, "expires_at": "2026-11-27" });
            Reply::json(200, body.to_string())
        })
    };
    let place = Place::answering(ends);
    expect(&place.world(), "credential", "warn", "within seven days", 0);
}

#[test]
fn what_the_scopes_do_not_allow_fails_and_what_they_hide_is_skipped() {
    let place = Place::new();
    let chat_only = place.world_of("ai_features");
    expect_all(&chat_only, &["direct_access", "model", "gateway"], "ok");
    expect_all(&chat_only, &["version", "subscription", "duo", "project"], "skip");
    expect(&chat_only, "read_access", "fail", "read_api or api", 4);
    let reader = place.world_of("read_api");
    expect_all(&reader, &["version", "duo", "project", "read_access"], "ok");
    expect(&reader, "direct_access", "fail", "ai_features or api", 4);
    expect_all(&reader, &["model", "small_model"], "skip");
}

#[test]
fn a_job_token_reads_merge_requests_and_does_not_reach_duo() {
    let place = Place::new();
    let world = place
        .stranger()
        .env("GITLAB_CI", "true")
        .env("CI_SERVER_URL", place.sandbox.url())
        .env("CI_PROJECT_ID", "61840217")
        .env("CI_JOB_TOKEN", place.sandbox.token_named("job").expect("a token"));
    expect(&world, "credential", "warn", "set GITLAB_TOKEN", 4);
    expect(&world, "direct_access", "fail", "CI_JOB_TOKEN cannot access", 4);
    expect(&world, "direct_access", "fail", "scope ai_features or api", 4);
    expect_all(&world, &["version", "subscription", "duo", "project"], "skip");
    expect(&world, "read_access", "ok", "merge requests of 61840217 can be read", 4);
    let ended = world.env("CI_JOB_TOKEN", "glcbt-of-a-job-that-has-ended-01");
    expect(&ended, "read_access", "fail", "does not accept the token", 4);
}

#[test]
fn a_broken_file_is_one_check_and_the_rest_goes_on() {
    let place = Place::new();
    let world = place.world().user_config("{\n  \"gitlab\": {\n");
    expect(&world, "configuration", "fail", "config.json:2:13", 2);
    expect_all(&world, &["instance", "credential", "direct_access", "gateway", "project"], "ok");
    // It could have named another model.
    expect_all(&world, &["model"], "skip");
}

#[test]
fn no_token_goes_to_a_server_that_a_broken_file_leaves_open() {
    let world = World::new()
        .env("GITLAB_TOKEN", "glpat-not-for-gitlab-com-01")
        .user_config(r#"{ "gitlab": { "instanceUrl": "gitlab.example.com", } } }"#);
    let outcome = world.run("doctor --json");
    assert_eq!(outcome.code, 2);
    for name in ["instance", "credential", "gateway", "direct_access"] {
        assert_eq!(check(&outcome, name)["status"], "skip", "{}", outcome.stdout);
    }
}

#[test]
fn ignored_and_unknown_keys_are_told() {
    let place = Place::new();
    let text = r#"{ "gitlab": { "instanceUrl": "https://evil.example" }, "plugin": [] }"#;
    let world = place.world().file("work/.glduo.json", text);
    expect(&world, "configuration", "warn", "ignored: gitlab.instanceUrl", 0);
    expect(&world, "configuration", "warn", "unknown keys: plugin", 0);
}

#[test]
fn instructions_that_hold_a_token_are_warned_of_and_not_shown() {
    let place = Place::new();
    let text = r#"{ "gitlab": { "instructions": "use glpat-AbCdEfGhIjKlMnOpQrSt" } }"#;
    let world = place.world().user_config(text);
    expect(&world, "configuration", "warn", "chat refuses", 0);
    assert!(!world.run("doctor").stdout.contains("AbCdEfGh"));
}

#[test]
fn the_store_is_read() {
    let place = Place::new();
    let store = |text| place.world().file("home/.local/share/glduo/credentials.json", text);
    expect(&store(r#"{"version":1,"connections":{}}"#), "store", "ok", "0 connections", 0);
    expect(&store("{ broken"), "store", "fail", "credentials.json", 4);
}

#[test]
fn nothing_that_is_printed_is_a_secret() {
    let place = Place::answering(|request| {
        // A server that repeats what it was sent.
        let sent = request.header("authorization")?.to_owned();
        let is_asked = request.path().ends_with("/direct_access");
        is_asked.then(|| Reply::message(403, &format!("403 Forbidden - {sent}")))
    });
    let world = place
        .world()
        .env("GITLAB_OAUTH_APP_ID", "app")
        .env("GITLAB_OAUTH_APP_SECRET", "plain-secret-of-the-application")
        .env("HTTP_PROXY", "http://me:hunter2@proxy.invalid:1")
        .env("HTTPS_PROXY", "http://me:hunter2@proxy.invalid:1");
    for line in ["doctor", "doctor --json", "doctor -vv", "doctor -F ndjson"] {
        let outcome = world.run(line);
        assert_eq!(outcome.code, 5, "{outcome:?}");
        for secret in [place.sandbox.token(), "plain-secret", "hunter2"] {
            let all = format!("{}{}", outcome.stdout, outcome.stderr);
            assert!(!all.contains(secret), "{line} shows {secret}: {all}");
        }
    }
    let wrong = place.world().env("GITLAB_INSTANCE_URL", "https://me:hunter2@host");
    let outcome = wrong.run("doctor --json");
    assert_eq!(outcome.code, 2);
    assert!(!outcome.stdout.contains("hunter2"), "{}", outcome.stdout);
}

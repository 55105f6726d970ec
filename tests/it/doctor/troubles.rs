//! The troubleshooting of GitLab Duo's documentation: every line of it is one check.

use glduo::sandbox::{Received, Reply};
use serde_json::json;

use super::place::{NAMES, Place, expect, expect_all};

/// Heading, line, and the check that does what it says.
const MAPPING: [(&str, &str, &str); 9] = [
    ("connection issues", "verify the subscription tier", "subscription"),
    ("connection issues", "check that Duo features are enabled", "duo"),
    ("connection issues", "self-hosted: confirm the AI Gateway URL is reachable", "gateway"),
    ("model not found", "ensure that the instance supports the model", "version"),
    ("model not found", "check that the subscription includes the model", "model"),
    ("model not found", "force a refresh of the list", "model"),
    ("OAuth redirect", "confirm that the redirect URI matches exactly", "oauth_redirect"),
    ("OAuth redirect", "verify that port 42456 is not blocked", "oauth_port"),
    ("OAuth redirect", "check GitLab's application logs", "oauth_redirect"),
];

fn at(path: &'static str, status: u16, body: serde_json::Value) -> Place {
    Place::answering(move |request: &Received| {
        let is_it = request.path().ends_with(path) && request.header("authorization").is_some();
        is_it.then(|| Reply::json(status, body.to_string()))
    })
}

#[test]
fn every_line_of_the_troubleshooting_is_a_check() {
    for (heading, line, check) in MAPPING {
        assert!(NAMES.contains(&check), "{heading}: {line}");
    }
}

#[test]
fn the_subscription_is_known_to_an_administrator_alone() {
    let ultimate = at("/license", 200, json!({ "id": 1, "plan": "ultimate" }));
    expect(&ultimate.world(), "subscription", "ok", "ultimate", 0);
    let starter = at("/license", 200, json!({ "id": 1, "plan": "starter" }));
    expect(&starter.world(), "subscription", "fail", "Premium or Ultimate", 5);
    expect(&Place::new().world(), "subscription", "skip", "only an administrator", 0);
    let community =
        at("/metadata", 200, json!({ "version": "18.6.0", "revision": "x", "enterprise": false }));
    expect(&community.world(), "subscription", "fail", "Community Edition", 5);
}

#[test]
fn duo_that_is_off_for_the_account_is_told() {
    let place = Place::new();
    let world = place.world_of("no_seat");
    expect(&world, "duo", "fail", "not available to kit.moreau", 5);
    expect(&world, "direct_access", "fail", "403 Forbidden", 5);
    expect_all(&world, &["model", "small_model"], "skip");
}

#[test]
fn a_default_namespace_that_is_missing_is_told() {
    let words = json!({ "message": "Missing default GitLab Duo namespace user preference" });
    let place = at("/direct_access", 503, words);
    expect(&place.world(), "duo", "fail", "your profile's preferences", 5);
}

#[test]
fn an_instance_of_an_earlier_release_is_told_what_it_lacks() {
    let release = |version: &str| {
        at("/metadata", 200, json!({ "version": version, "revision": "x", "enterprise": true }))
    };
    expect(&release("17.11.4-ee").world(), "version", "fail", "needs GitLab 18.3", 5);
    expect(&release("18.3.1-ee").world(), "version", "warn", "the list of models (18.4)", 0);
    let old = Place::answering(|request| {
        let known = request.header("authorization").is_some();
        match request.path() {
            "/api/v4/metadata" if known => Some(Reply::message(404, "404 Not Found")),
            "/api/v4/version" if known => {
                Some(Reply::json(200, r#"{"version":"14.10.5-ee","revision":"x"}"#))
            }
            _ => None,
        }
    });
    expect(&old.world(), "version", "fail", "14.10.5-ee", 5);
}

#[test]
fn a_model_that_is_not_there_comes_with_the_nearest() {
    let place = Place::new();
    let named = |name: &str| place.world().env("GITLAB_DUO_MODEL", name);
    expect(&named("duo-chat-sonet-4-5"), "model", "fail", "duo-chat-sonnet-4-5", 2);
    let small = place.world().env("GITLAB_SMALL_MODEL", "haiku-4-6");
    expect(&small, "small_model", "fail", "duo-chat-haiku-4-5", 2);
    expect(&named("duo-workflow-haiku-4-5"), "model", "ok", "offered by the group", 0);
    expect(&named("duo-workflow"), "model", "ok", "agent", 0);
    expect(&named("duo-workflow-opus-5"), "model", "fail", "glduo models --refresh", 5);
    expect(&named("duo-workflow-opus-5"), "model", "fail", "duo-workflow-haiku-4-5", 5);
}

#[test]
fn a_model_that_the_gateway_does_not_pass_on_is_told_and_nothing_is_asked_of_it() {
    let refuses = Place::answering(|request| {
        let text = String::from_utf8_lossy(&request.body).into_owned();
        (request.path().contains("/proxy/") && text.contains("sonnet"))
            .then(|| Reply::detail(400, "Unsupported model"))
    });
    expect(&refuses.world(), "model", "fail", "does not offer this model", 5);
    expect_all(&refuses.world(), &["small_model"], "ok");
    let place = Place::new();
    for model in ["opus-4-5", "gpt-5-1", "gpt-5-3-codex"] {
        expect(&place.world().env("GITLAB_DUO_MODEL", model), "model", "ok", "is offered", 0);
    }
    let asked = place.sandbox.requests();
    let bodies = asked.iter().filter(|it| it.path().contains("/proxy/")).filter_map(Received::json);
    for body in bodies {
        let turns = body["messages"].as_array().or(body["input"].as_array()).expect("turns");
        assert!(turns.is_empty(), "{body}");
    }
}

#[test]
fn the_redirect_uri_is_shown_to_the_letter_or_refused() {
    let place = Place::new();
    let with = |url: String| place.world().env("GITLAB_OAUTH_CALLBACK_URL", url);
    let port = place.port;
    let url = format!("http://LOCALHOST:{port}/auth/redirect/");
    expect(&with(url.clone()), "oauth_redirect", "ok", &url, 0);
    let serves = format!("serves /auth/redirect/ at 127.0.0.1:{port} and [::1]:{port}");
    expect(&with(url), "oauth_redirect", "ok", &serves, 0);
    expect(&with("https://localhost:1/".into()), "oauth_redirect", "fail", "plain http", 2);
    expect_all(&with("https://localhost:1/".into()), &["oauth_port"], "skip");
}

#[test]
fn a_port_that_another_program_has_is_told_on_either_family() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let Ok(taken) = std::net::TcpListener::bind(address) else { continue };
        let port = taken.local_addr().expect("an address").port();
        let url = format!("http://localhost:{port}/callback");
        let place = Place::new();
        let world = place.world().env("GITLAB_OAUTH_CALLBACK_URL", url);
        let words = format!("port {port} is in use");
        expect(&world, "oauth_port", "warn", &words, 0);
        expect(&world.env("GITLAB_TOKEN", ""), "oauth_port", "fail", &words, 4);
    }
}

#[test]
fn a_project_is_told_with_who_names_it() {
    let place = Place::new();
    expect(&place.world(), "project", "ok", "acme/shop/storefront (GITLAB_REPO)", 0);
    let missing = place.world().env("GITLAB_REPO", "acme/shop/absent");
    expect(&missing, "project", "fail", "acme/shop/absent (GITLAB_REPO)", 7);
    expect_all(&missing, &["read_access"], "ok");
    let none = place.world().env("GITLAB_REPO", "");
    expect(&none, "project", "skip", "GITLAB_REPO", 0);
    let wrong = place.world().env("GITLAB_REPO", "alone");
    expect(&wrong, "project", "fail", "GROUP/PROJECT", 2);
}

//! A session that is there: status, token, logout.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use glduo::sandbox::{Intercept, Received, Reply};
use serde_json::{Value, json};

use super::place::{PUBLIC, Place, field};
use super::{store_of, stored};
use crate::support::raw;

#[test]
fn its_status_is_checked_against_the_server() {
    let place = Place::new();
    let world = place.logged_in();
    let outcome = world.run("connect status --json");
    let mut status = outcome.json();
    let end = status["expires_at"].take();
    assert!(end.as_str().is_some_and(|end| end.starts_with("2026-11-23T14:0")), "{end}");
    let expected = json!({
        "instance_url": place.sandbox.url(), "authenticated": true, "username": "mira.okafor",
        "auth": "oauth", "source": "file", "scopes": ["api"], "expires_at": null,
        "gateway_url": "https://cloud.gitlab.com",
        "can": { "chat": true, "read": true, "write": true, "workflow": true },
    });
    assert_eq!((status, outcome.code), (expected, 0));
    let asked = super::asked(&place.sandbox);
    assert!(asked.iter().filter(|it| *it == "GET /oauth/token/info").count() >= 2, "{asked:?}");
    let text = world.run("connect status").stdout;
    for words in ["connected", "mira.okafor", "oauth", "file", "api", "chat, read, write"] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn a_session_that_somebody_revoked_is_unusable() {
    let place = Place::new();
    let world = place.logged_in();
    let entry = place.entry(&world);
    let token = entry["access_token"].as_str().expect("a token");
    let body = format!("token={token}&client_id={PUBLIC}");
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let revoked =
        raw::send(place.sandbox.url(), "POST", "/oauth/revoke", &headers, body.as_bytes());
    assert_eq!(revoked.status, 200);
    let outcome = world.run("connect status --json");
    let status = outcome.json();
    assert_eq!((outcome.code, &status["authenticated"]), (4, &json!(false)), "{outcome:?}");
    assert!(status["reason"] == "unauthenticated" || status["reason"] == "token_expired");
    assert_eq!(
        status["can"],
        json!({ "chat": false, "read": false, "write": false, "workflow": false })
    );
}

#[test]
fn a_stale_session_is_renewed_before_its_status_is_told() {
    let place = Place::new();
    let world = place.logged_in();
    place.clock.advance(Duration::from_hours(30));
    let outcome = world.run("connect status --json");
    assert_eq!((&outcome.json()["authenticated"], outcome.code), (&json!(true), 0), "{outcome:?}");
    assert_eq!(place.refreshes(), 1);
}

#[test]
fn token_prints_a_usable_one() {
    let place = Place::new();
    let world = place.logged_in();
    let first = world.run("connect token");
    let entry = place.entry(&world);
    let held = entry["access_token"].as_str().expect("a token");
    assert_eq!((first.stdout, first.stderr), (format!("{held}\n"), String::new()));
    place.clock.advance(Duration::from_hours(3));
    let second = world.run("connect token");
    assert_eq!((second.code, place.refreshes()), (0, 1));
    let printed = second.stdout.trim_end();
    assert_ne!(printed, held);
    let bearer = |token: &str| format!("Bearer {token}");
    let user = |token: &str| {
        raw::get(place.sandbox.url(), "/api/v4/user", &[("authorization", &bearer(token))]).status
    };
    assert_eq!((user(printed), user(held)), (200, 401));
}

#[test]
fn logging_out_revokes_and_forgets() {
    let place = Place::new();
    let world = place.logged_in();
    let entry = place.entry(&world);
    let outcome = world.run("connect logout");
    assert_eq!((outcome.stdout.as_str(), outcome.code), ("", 0), "{outcome:?}");
    assert!(outcome.stderr.contains("GitLab revoked the session"), "{outcome:?}");
    let revoked = place.forms("/oauth/revoke");
    assert!(!revoked.is_empty());
    for form in &revoked {
        assert_eq!(field(form, "client_id"), Some(PUBLIC));
    }
    let bearer = format!("Bearer {}", entry["access_token"].as_str().expect("a token"));
    let user = raw::get(place.sandbox.url(), "/api/v4/user", &[("authorization", &bearer)]);
    assert_eq!(user.status, 401);
    assert_eq!(stored(&world)["connections"], json!({}));
    assert_no_token(&entry, &fs::read_to_string(store_of(&world)).expect("a store"));
}

fn assert_no_token(entry: &Value, text: &str) {
    for name in ["access_token", "refresh_token"] {
        assert!(!text.contains(entry[name].as_str().expect("a token")), "{name}");
    }
}

/// Does not revoke.
struct Stubborn(AtomicBool);

impl Intercept for Stubborn {
    fn reply(&self, request: &Received) -> Option<Reply> {
        let is_it = request.path() == "/oauth/revoke" && self.0.load(Ordering::SeqCst);
        is_it.then(|| Reply::whole(503, "text/html", "<h1>down</h1>"))
    }
}

#[test]
fn logging_out_forgets_whatever_the_server_says() {
    let place = Place::with(Stubborn(AtomicBool::new(true)));
    let world = place.logged_in();
    let outcome = world.run("connect logout");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stderr.contains("GitLab could not be told"), "{outcome:?}");
    assert_eq!(stored(&world)["connections"], json!({}));
}

#[test]
fn logging_out_forgets_without_a_network() {
    let place = Place::new();
    let world = place.logged_in();
    let entry = place.entry(&world);
    drop(place);
    let outcome = world.run("connect logout");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stderr.contains("warning"), "{outcome:?}");
    assert_eq!(stored(&world)["connections"], json!({}));
    assert_no_token(&entry, &outcome.stderr);
}

#[test]
fn an_old_session_can_still_be_logged_out_of() {
    let place = Place::new();
    let world = place.logged_in();
    place.clock.advance(Duration::from_hours(300));
    assert_eq!(world.run("connect logout").code, 0);
    assert_eq!(place.refreshes(), 0);
    assert!(!place.forms("/oauth/revoke").is_empty());
}

#[test]
fn the_environments_token_comes_before_the_session_and_is_not_renewed() {
    let place = Place::new();
    let world = place.logged_in().env("GITLAB_TOKEN", "f".repeat(64));
    place.clock.advance(Duration::from_hours(3));
    let outcome = world.run("mr list -R acme/shop/storefront");
    assert_eq!((outcome.code, place.refreshes()), (4, 0), "{outcome:?}");
}

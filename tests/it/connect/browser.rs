//! Logging in with the browser, from the flag to the store.

use std::sync::Mutex;
use std::sync::mpsc;
use std::time::Duration;

use glduo::model::address::Url;
use glduo::sandbox::{Intercept, Received, Reply};
use glduo::system::streams::Output;
use serde_json::{Value, json};

use super::person::{self, approve, parameter, refuse};
use super::place::{PUBLIC, Place, field};
use super::{sandbox, store_of};
use crate::support::world::Sink;

/// When a session that was made at the world's first moment ends.
const TWO_HOURS_LATER: u64 = 1_795_435_200 + 7200;

#[test]
fn who_agrees_is_connected() {
    let place = Place::new();
    let (sender, shown) = mpsc::channel();
    let sender = Mutex::new(sender);
    let world = place.world().in_browser(move |page| {
        let last = approve(&page);
        sender.lock().unwrap().send((page, last)).unwrap();
    });
    let outcome = world.run("connect --oauth --scopes read_api");
    assert_eq!((outcome.stdout.as_str(), outcome.code), ("", 0), "{outcome:?}");
    let (page, last) = shown.recv_timeout(Duration::from_secs(5)).expect("a page");
    let url = place.sandbox.url();
    let said: Vec<&str> = outcome.stderr.lines().collect();
    assert_eq!(said[0], format!("glduo: your browser asks whether {url} may let glduo in"));
    assert!(said[1].starts_with("glduo: if it does not open, go to http://127.0.0.1:"));
    let connected = "as mira.okafor, scopes read_api (chat needs ai_features or api; note, review and workflow models need api)";
    assert_eq!(said[2..], [format!("glduo: connected to {url} {connected}")]);
    assert!(last.starts_with("HTTP/1.1 200 OK\r\n") && last.contains("You are logged in"));

    let asked = ["client_id", "redirect_uri", "response_type", "scope", "code_challenge_method"];
    let callback_url = place.callback_url();
    let expected = [PUBLIC, callback_url.as_str(), "code", "read_api", "S256"];
    assert_eq!(asked.map(|name| parameter(&page, name)), expected);
    let entry = place.entry(&world);
    assert_eq!((&entry["kind"], &entry["username"]), (&json!("oauth"), &json!("mira.okafor")));
    assert_eq!(
        (&entry["client_id"], &entry["redirect_uri"]),
        (&json!(PUBLIC), &json!(callback_url))
    );
    assert_eq!((&entry["scopes"], &entry["client_secret"]), (&json!(["read_api"]), &Value::Null));
    let received = entry["received_at"].as_u64().expect("a time");
    assert_eq!(entry["expires_at"].as_u64(), Some(received + 7200));
    assert!(received + 7200 < TWO_HOURS_LATER + 20);
}

#[test]
fn the_code_is_exchanged_once_with_its_verifier_and_the_same_redirect_uri() {
    let place = Place::new();
    drop(place.logged_in());
    let [grant] = &place.grants()[..] else { panic!("one grant: {:?}", place.grants()) };
    assert_eq!(field(grant, "grant_type"), Some("authorization_code"));
    assert_eq!(field(grant, "redirect_uri"), Some(place.callback_url().as_str()));
    assert!(field(grant, "code_verifier").expect("a verifier").len() >= 43);
    assert_eq!((field(grant, "client_id"), field(grant, "client_secret")), (Some(PUBLIC), None));
}

#[test]
fn every_login_has_a_state_and_a_challenge_of_its_own() {
    let place = Place::new();
    let world = place.logged_in();
    place.clock.passes();
    assert_eq!(world.run("connect --oauth").code, 0);
    let opened = world.opened.lock().unwrap();
    let of = |name: &str| {
        opened.iter().map(|page| parameter(&Url::parse(page).unwrap(), name)).collect::<Vec<_>>()
    };
    for name in ["state", "code_challenge"] {
        let values = of(name);
        assert!(values.len() == 2 && values[0] != values[1] && values[0].len() >= 22, "{values:?}");
    }
}

#[test]
fn the_default_scopes_serve_chat_and_name_what_they_do_not() {
    let place = Place::new();
    let world = place.world().in_browser(|page| drop(approve(&page)));
    let outcome = world.run("connect --oauth --json");
    let status = outcome.json();
    assert_eq!(status["scopes"], json!(["ai_features", "openid", "profile"]), "{outcome:?}");
    assert_eq!(
        status["can"],
        json!({ "chat": true, "read": false, "write": false, "workflow": false })
    );
    assert_eq!((&status["auth"], &status["source"]), (&json!("oauth"), &json!("file")));
    assert_eq!(status["username"], "mira.okafor");
    assert!(status["expires_at"].as_str().is_some_and(|end| end.starts_with("2026-11-23T14:0")));
    assert!(outcome.stderr.contains("mr, issue and pipeline need read_api"), "{outcome:?}");
    // The missing scope is named with the command that mends it.
    let refused = world.run("mr list -R acme/shop/storefront --json");
    assert_eq!((refused.code, &refused.error()["code"]), (4, &json!("insufficient_scope")));
    assert!(refused.error()["hint"].to_string().contains("glduo connect"), "{refused:?}");
}

#[test]
fn who_refuses_is_not_connected() {
    let place = Place::new();
    let (sender, shown) = mpsc::channel();
    let sender = Mutex::new(sender);
    let world =
        place.world().in_browser(move |page| sender.lock().unwrap().send(refuse(&page)).unwrap());
    let outcome = world.run("connect --oauth --json");
    assert_eq!((outcome.stdout.as_str(), outcome.code), ("", 4), "{outcome:?}");
    assert_eq!(outcome.error()["code"], "unauthenticated");
    assert!(outcome.error()["message"].to_string().contains("refused"), "{outcome:?}");
    let last = shown.recv_timeout(Duration::from_secs(5)).expect("a page");
    assert!(last.contains("Login refused"), "{last}");
    assert!(!store_of(&world).exists() && place.grants().is_empty());
}

#[test]
fn an_empty_answer_at_the_prompt_means_the_browser() {
    let place = Place::new();
    let world = place.world().answering(&[""]).in_browser(|page| drop(approve(&page)));
    let outcome = world.run("connect");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(world.opened.lock().unwrap().len(), 1);
}

#[test]
fn without_a_browser_the_address_is_printed() {
    for line in ["connect --no-browser", "connect --oauth", "connect --no-browser --quiet"] {
        let place = Place::new();
        place.clock.passes();
        let world = place.world();
        let stderr = Sink::default();
        let code = std::thread::scope(|scope| {
            let told = stderr.clone();
            scope.spawn(move || approve(&printed_address(&told)));
            let args: Vec<&str> = line.split(' ').collect();
            world.run_onto(&args, Output::new(Sink::default()), Output::new(stderr.clone()))
        });
        assert_eq!(code, 0, "{}", stderr.text());
        assert!(world.opened.lock().unwrap().is_empty());
    }
}

/// The address on a line of its own, as soon as it is there.
fn printed_address(stderr: &Sink) -> Url {
    for _ in 0..500 {
        let text = stderr.text();
        let line = text.lines().find(|line| line.starts_with("http://"));
        if let (Some(line), true) = (line, text.ends_with('\n')) {
            return Url::parse(line).expect("a URL");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("no address: {}", stderr.text())
}

#[test]
fn the_wait_is_shown_to_who_is_watching() {
    let place = Place::new();
    let mut world = place.world().in_browser(|page| {
        // A shorter wait is not told of.
        std::thread::sleep(Duration::from_millis(900));
        drop(approve(&page));
    });
    assert!(!world.run("connect --oauth").stderr.contains("waiting"));
    world = world.on_terminal(80);
    let outcome = world.run("connect --oauth");
    assert!(outcome.stderr.contains("waiting for the login"), "{outcome:?}");
}

/// Answers the token endpoint.
struct AtTokens(Mutex<Option<Reply>>);

impl Intercept for AtTokens {
    fn reply(&self, request: &Received) -> Option<Reply> {
        if request.path() == "/oauth/token" { self.0.lock().unwrap().clone() } else { None }
    }
}

#[test]
fn a_login_that_fails_at_last_says_so_in_the_browser_and_keeps_nothing() {
    for (reply, code, name) in [
        (Reply::whole(503, "text/html", "<h1>down</h1>"), 6, "server_error"),
        (Reply::whole(200, "text/html", "<h1>log in</h1>"), 6, "bad_response"),
        (Reply::json(200, "{}"), 6, "bad_response"),
        (Reply::oauth_error(400, "invalid_grant", "no \u{1b}[31mgood"), 4, "unauthenticated"),
    ] {
        let place = Place::with(AtTokens(Mutex::new(Some(reply))));
        let (sender, shown) = mpsc::channel();
        let sender = Mutex::new(sender);
        let world = place
            .world()
            .in_browser(move |page| sender.lock().unwrap().send(approve(&page)).unwrap());
        let outcome = world.run("connect --oauth --json");
        assert_eq!((outcome.code, &outcome.error()["code"]), (code, &json!(name)), "{outcome:?}");
        assert!(!outcome.stderr.contains('\u{1b}'), "{outcome:?}");
        let last = shown.recv_timeout(Duration::from_secs(5)).expect("a page");
        assert!(last.contains("Login failed"), "{last}");
        assert_eq!(place.grants().len(), 1, "never sent twice");
        assert!(!store_of(&world).exists() || place.entry(&world).is_null());
    }
}

/// Gives tokens, and knows nothing about them.
struct Forgetful;

impl Intercept for Forgetful {
    fn reply(&self, request: &Received) -> Option<Reply> {
        (request.path() == "/oauth/token/info").then(|| Reply::message(401, "401 Unauthorized"))
    }
}

#[test]
fn the_browser_hears_of_success_only_when_the_session_is_kept() {
    let place = Place::with(Forgetful);
    let (sender, shown) = mpsc::channel();
    let sender = Mutex::new(sender);
    let world =
        place.world().in_browser(move |page| sender.lock().unwrap().send(approve(&page)).unwrap());
    let outcome = world.run("connect --oauth");
    assert_eq!(outcome.code, 4, "{outcome:?}");
    let last = shown.recv_timeout(Duration::from_secs(5)).expect("a page");
    assert!(last.contains("Login failed"), "{last}");
}

/// Gives tokens, and is down when it is asked about them.
struct Down;

impl Intercept for Down {
    fn reply(&self, request: &Received) -> Option<Reply> {
        (request.path() == "/oauth/token/info").then(|| Reply::whole(503, "text/html", "down"))
    }
}

#[test]
fn trouble_with_a_question_about_the_new_session_does_not_drop_it() {
    let place = Place::with(Down);
    let world = place.logged_in();
    let entry = place.entry(&world);
    assert_eq!((&entry["kind"], &entry["username"]), (&json!("oauth"), &json!(null)));
    assert_eq!(entry["scopes"], json!(["api"]));
    assert_eq!(world.run("connect token").code, 0);
}

#[test]
fn a_redirect_to_another_host_gets_no_code() {
    let other = sandbox();
    let away = Reply::whole(307, "text/html", "")
        .with_header("location", format!("{}/oauth/token", other.url()));
    let place = Place::with(AtTokens(Mutex::new(Some(away))));
    let world = place.world().in_browser(|page| drop(approve(&page)));
    let outcome = world.run("connect --oauth --json");
    assert_eq!(
        (outcome.code, &outcome.error()["code"]),
        (6, &json!("bad_response")),
        "{outcome:?}"
    );
    assert!(other.requests().is_empty());
}

#[test]
fn a_store_that_cannot_be_written_is_found_out_before_anybody_logs_in() {
    let place = Place::new();
    let mut world = place.world().file("plain", "a file");
    let below_a_file = world.path("plain/data");
    world = world.env("XDG_DATA_HOME", below_a_file).in_browser(|page| drop(approve(&page)));
    let outcome = world.run("connect --oauth --json");
    assert_eq!((outcome.code, &outcome.error()["code"]), (1, &json!("io")), "{outcome:?}");
    assert!(world.opened.lock().unwrap().is_empty() && place.sandbox.requests().is_empty());
}

#[test]
fn the_address_that_is_opened_has_no_secret_in_it() {
    let place = Place::new();
    let world = place.logged_in();
    let opened = world.opened.lock().unwrap();
    let page = Url::parse(&opened[0]).expect("a URL");
    let grants = place.grants();
    for name in ["code_verifier", "code"] {
        assert!(!opened[0].contains(field(&grants[0], name).expect("a value")), "{name}");
    }
    assert_eq!(page.query_pairs().count(), 7);
    assert_eq!(person::open(&page).status, 200);
}

//! Who answers at the two addresses, and how long that is waited for.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use glduo::sandbox::{Received, Reply};

use super::place::{NAMES, Place, check, expect, expect_all, free_port};
use crate::support::broken::{Broken, End, Script};
use crate::support::world::World;

fn is_stranger_at_instance(request: &Received) -> bool {
    request.path() == "/api/v4/version" && request.header("authorization").is_none()
}

#[test]
fn all_is_well_and_every_check_has_its_place() {
    let outcome = Place::new().world().run("doctor --json");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{outcome:?}");
    let told = outcome.json();
    let names: Vec<&str> = told["checks"]
        .as_array()
        .expect("checks")
        .iter()
        .filter_map(|it| it["name"].as_str())
        .collect();
    assert_eq!(names, NAMES);
    assert_eq!(told["ok"], true);
    for check in told["checks"].as_array().expect("checks") {
        let wanted = if check["name"] == "subscription" { "skip" } else { "ok" };
        assert_eq!(check["status"], wanted, "{check}");
    }
}

#[test]
fn the_instance_and_the_gateway_are_asked_side_by_side() {
    // The instance answers only once the gateway was asked too, and the other way round.
    let seen = Arc::new((Mutex::new((false, false)), Condvar::new()));
    let place = Place::answering(move |request| {
        let is_instance = is_stranger_at_instance(request);
        if !is_instance && (request.method != "GET" || !request.path().contains("/ai_gateway/")) {
            return None;
        }
        let (asked, came) = &*seen;
        let mut now = asked.lock().expect("a lock");
        if is_instance {
            now.0 = true;
        } else {
            now.1 = true;
        }
        came.notify_all();
        let wait = Duration::from_secs(8);
        let (now, _) = came.wait_timeout_while(now, wait, |now| *now != (true, true)).expect("it");
        (*now != (true, true)).then(|| Reply::message(500, "alone"))
    });
    expect_all(&place.world(), &["instance", "gateway"], "ok");
}

#[test]
fn without_a_network_it_ends_at_once_and_claims_nothing() {
    let closed = format!("http://127.0.0.1:{}", free_port());
    let world = Place::new()
        .world()
        .env("GITLAB_INSTANCE_URL", &closed)
        .env("GITLAB_AI_GATEWAY_URL", format!("{closed}/-/ai_gateway"));
    expect(&world, "instance", "fail", "no connection", 6);
    expect(&world, "gateway", "fail", "the AI gateway cannot be reached", 6);
    let unknown = ["version", "credential", "subscription", "duo", "direct_access", "model"];
    expect_all(&world, &unknown, "skip");
    expect_all(&world, &["small_model", "project", "read_access"], "skip");
    expect_all(&world, &["configuration", "oauth_redirect", "oauth_port", "store"], "ok");
}

#[test]
fn a_name_that_nobody_has_and_a_server_that_is_silent_are_told_apart() {
    let place = Place::new();
    let world = place.world().env("GITLAB_INSTANCE_URL", "https://gitlab.invalid");
    expect(&world, "instance", "fail", "the name gitlab.invalid is not known", 6);
    let silent = Broken::serve(vec![Script::new("", End::HoldOpen)]);
    let world = place.world().env("GITLAB_INSTANCE_URL", silent.url());
    let outcome = world.run("doctor --json --timeout 1");
    let found = check(&outcome, "instance");
    assert_eq!((outcome.code, &found["status"]), (6, &"fail".into()), "{found}");
    assert!(found["detail"].as_str().expect("text").contains("within 1 s"), "{found}");
    assert_eq!(silent.requests().len(), 1, "it is asked once");
}

#[test]
fn https_where_plain_http_is_spoken_is_recognised() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().expect("a connection");
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let place = Place::new();
    let address = format!("https://127.0.0.1:{port}");
    let world =
        place.world().env("GITLAB_INSTANCE_URL", &address).env("GITLAB_AI_GATEWAY_URL", &address);
    let outcome = world.run("doctor --json");
    server.join().expect("it served");
    assert_eq!(outcome.code, 6);
    let (instance, gateway) = (check(&outcome, "instance"), check(&outcome, "gateway"));
    for (found, variable) in [(instance, "INSTANCE_URL"), (gateway, "GATEWAY_URL")] {
        let told = found.to_string();
        assert!(told.contains("plain http") && told.contains(variable), "{told}");
    }
}

#[test]
fn a_login_page_in_the_way_is_recognised() {
    let page = |request: &Received| {
        is_stranger_at_instance(request)
            .then(|| Reply::whole(200, "text/html", "<title>Sign in to Acme</title>"))
    };
    expect(&Place::answering(page).world(), "instance", "fail", "login (SSO)", 6);
    let redirect = |request: &Received| {
        is_stranger_at_instance(request)
            .then(|| Reply::whole(302, "text/html", "").with_header("location", "/users/sign_in"))
    };
    expect(&Place::answering(redirect).world(), "instance", "fail", "login (SSO)", 6);
    let other =
        |request: &Received| is_stranger_at_instance(request).then(|| Reply::json(404, "{}"));
    expect(&Place::answering(other).world(), "instance", "fail", "does not answer as GitLab", 6);
    let down =
        |request: &Received| is_stranger_at_instance(request).then(|| Reply::message(503, "Down"));
    expect(&Place::answering(down).world(), "instance", "fail", "(HTTP 503)", 6);
}

#[test]
fn clocks_that_are_apart_are_warned_of() {
    let place = Place::new();
    let mut world = place.world();
    world.clock = Arc::default();
    world.clock.advance(Duration::from_mins(10));
    expect(&world, "instance", "warn", "600 s apart", 0);
}

#[test]
fn the_usual_mistakes_with_the_gateway_are_recognised() {
    let place = Place::new();
    let own = place.sandbox.url().to_owned();
    let with = |gateway: String| place.world().env("GITLAB_AI_GATEWAY_URL", gateway);
    let hint = "local AI gateway URL";
    expect(&with(own.clone()), "gateway", "fail", hint, 6);
    expect(&with(format!("{own}/api/v4")), "gateway", "fail", hint, 6);
    expect(&with(format!("{own}/ai/v1")), "gateway", "fail", hint, 6);
    let gateway = place.sandbox.gateway_url();
    for end in ["/ai", "/ai/v1/", "/ai/v1/proxy"] {
        expect_all(&with(format!("{gateway}{end}")), &["gateway", "model", "small_model"], "ok");
    }
    expect(&with("http://gw.example.com".into()), "configuration", "fail", "use https", 2);
    let page = |request: &Received| {
        let is_gateway = !request.path().starts_with("/api/") && request.method == "GET";
        is_gateway.then(|| Reply::whole(200, "text/html", "<title>Welcome</title>"))
    };
    let elsewhere = Place::answering(page);
    let world = place.world().env("GITLAB_AI_GATEWAY_URL", elsewhere.sandbox.url());
    expect(&world, "gateway", "fail", hint, 6);
    expect_all(&world, &["model", "small_model"], "skip");
}

#[test]
fn proxy_and_certificates_are_told_without_their_secrets() {
    let world = World::new()
        .env("GITLAB_INSTANCE_URL", "https://gitlab.invalid")
        .env("HTTPS_PROXY", format!("http://me:hunter2@127.0.0.1:{}", free_port()));
    let outcome = world.run("doctor --json");
    assert_eq!(outcome.code, 6);
    let found = check(&outcome, "instance");
    assert!(found["detail"].as_str().expect("text").contains("proxy 127.0.0.1"), "{found}");
    assert!(!outcome.stdout.contains("hunter2"), "{}", outcome.stdout);
    let world = World::new()
        .env("GITLAB_INSTANCE_URL", "https://localhost:9")
        .env("SSL_CERT_FILE", "/absent.pem");
    expect(&world, "instance", "fail", "/absent.pem", 2);
}

#[test]
fn an_instance_that_sends_its_readers_away_is_named_with_the_other_server() {
    let place = Place::answering(|request| {
        let away = ("location", "https://sso.invalid/login");
        is_stranger_at_instance(request)
            .then(|| Reply::message(302, "").with_header(away.0, away.1))
    });
    let words = format!("{} sends us on to https://sso.invalid/login", place.sandbox.url());
    expect(&place.world(), "instance", "fail", &words, 6);
}

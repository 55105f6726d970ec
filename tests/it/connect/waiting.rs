//! Logins that nobody finishes, or that cannot begin.

use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};

use serde_json::json;

use super::place::{Place, free_port, has_ipv6};
use super::{person, store_of};

#[test]
fn nobody_comes() {
    let place = Place::new();
    for (line, words) in [
        ("connect --no-browser", "nobody logged in within 300 s"),
        ("connect --no-browser --wait 90s", "nobody logged in within 90 s"),
    ] {
        let outcome = place.world().run(line);
        assert_eq!((outcome.stdout.as_str(), outcome.code), ("", 4), "{outcome:?}");
        assert!(outcome.stderr.contains(words), "{outcome:?}");
        assert!(!store_of(&place.world()).exists());
    }
    TcpListener::bind((Ipv4Addr::LOCALHOST, place.port)).expect("a free port");
}

#[test]
fn a_redirect_uri_that_gitlab_does_not_know_is_what_to_check() {
    let place = Place::new();
    let unknown = format!("http://127.0.0.1:{}/callback", place.port);
    let world = place.world().in_browser(|page| {
        let shown = person::open(&page);
        assert!(shown.status >= 400 && shown.header("location").is_none());
        assert!(shown.text().contains("redirect URI"), "{}", shown.text());
    });
    let outcome =
        world.run_args(&["connect", "--callback-url", &unknown, "--wait", "1s", "--json"]);
    assert_eq!((outcome.code, &outcome.error()["code"]), (4, &json!("unauthenticated")));
    let hint = outcome.error()["hint"].to_string();
    assert!(hint.contains(&unknown) && hint.contains("redirect URI"), "{hint}");
}

#[test]
fn a_scope_or_an_application_that_gitlab_does_not_know_shows_its_error_in_the_browser() {
    let place = Place::new();
    for (id, scopes) in [("app-without-a-secret", "sudo"), ("nobody", "api")] {
        let world = place
            .world()
            .env("GITLAB_OAUTH_APP_ID", id)
            .in_browser(|page| assert!(person::open(&page).status >= 400));
        let outcome = world.run_args(&["connect", "--scopes", scopes, "--wait", "1s"]);
        assert_eq!(outcome.code, 4, "{outcome:?}");
        let callback_url = place.callback_url();
        assert!(outcome.stderr.contains(&callback_url), "{outcome:?}");
        assert!(outcome.stderr.contains("every scope that is asked for"), "{outcome:?}");
    }
}

#[test]
fn a_port_that_somebody_has_is_told_at_once() {
    let place = Place::new();
    let families = [
        Some(TcpListener::bind((Ipv4Addr::LOCALHOST, free_port())).expect("a port")),
        has_ipv6().then(|| TcpListener::bind((Ipv6Addr::LOCALHOST, free_port())).expect("a port")),
    ];
    for taken in families.into_iter().flatten() {
        let port = taken.local_addr().expect("an address").port();
        let world = place
            .world()
            .env("GITLAB_OAUTH_CALLBACK_URL", format!("http://localhost:{port}/callback"))
            .in_browser(|_| ());
        let outcome = world.run("connect --oauth --json");
        assert_eq!((outcome.code, &outcome.error()["code"]), (1, &json!("port_in_use")));
        assert!(outcome.error()["message"].to_string().contains(&port.to_string()));
        assert!(outcome.error()["hint"].to_string().contains("--callback-url"), "{outcome:?}");
        assert!(world.opened.lock().unwrap().is_empty());
    }
}

#[test]
fn in_a_ci_job_nobody_is_waited_for() {
    let place = Place::new();
    for line in ["connect --oauth", "connect --no-browser", "connect --device"] {
        let world = place.world().env("GITLAB_CI", "true").in_browser(|_| ());
        let outcome = world.run(&format!("{line} --json"));
        assert_eq!((outcome.code, &outcome.error()["code"]), (4, &json!("unauthenticated")));
        assert!(outcome.error()["hint"].to_string().contains("GITLAB_TOKEN"), "{outcome:?}");
        assert!(world.opened.lock().unwrap().is_empty());
    }
    assert!(place.sandbox.requests().is_empty());
    let world = place.world().env("GITLAB_CI", "true").stdin(place.sandbox.token());
    assert_eq!(world.run("connect --token").code, 0);
}

#[test]
fn callback_urls_that_cannot_be_listened_on_are_usage_errors() {
    let place = Place::new();
    for url in [
        "https://localhost:42456/callback",
        "http://example.com:42456/callback",
        "http://me:pw@localhost:42456/callback",
        "http://localhost:0/callback",
        "http://localhost:42456/callback?a=b",
        "localhost:42456",
        "nonsense",
    ] {
        let outcome = place.world().run_args(&["connect", "--callback-url", url, "--json"]);
        assert_eq!((outcome.code, &outcome.error()["code"]), (2, &json!("usage")), "{outcome:?}");
    }
}

#[test]
fn flags_that_contradict_each_other_are_usage_errors() {
    let place = Place::new();
    for line in [
        "connect --oauth --device",
        "connect --oauth --token",
        "connect --device --token",
        "connect --token --scopes api",
        "connect --device --callback-url http://localhost:1/x",
        "connect --oauth status",
        "connect --wait soon --oauth",
    ] {
        let outcome = place.world().run(line);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{line}: {outcome:?}");
    }
}

#[test]
fn no_scope_at_all_is_not_asked_for() {
    let place = Place::new();
    for scopes in ["", " , "] {
        let outcome = place.world().run_args(&["connect", "--no-browser", "--scopes", scopes]);
        assert_eq!((outcome.stdout.as_str(), outcome.code), ("", 2), "{outcome:?}");
        assert!(outcome.stderr.contains("--scopes names no scope"), "{outcome:?}");
    }
}

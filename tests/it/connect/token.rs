//! A personal access token: prompt, standard input, and what is kept of it.

use std::sync::Arc;

use glduo::sandbox::{Intercept, Plan, Received, Reply, Sandbox};
use serde_json::{Value, json};

use super::{asked, entry, sandbox, store_of, world};
use crate::support::world::World;

#[test]
fn a_token_from_stdin_is_checked_and_kept() {
    let sandbox = sandbox();
    let world = world(&sandbox).stdin(format!("{}\n", sandbox.token()));
    let outcome = world.run("connect --token");
    let url = sandbox.url();
    assert_eq!(outcome.stderr, format!("glduo: connected to {url} as mira.okafor, scopes api\n"));
    assert_eq!((outcome.stdout.as_str(), outcome.code), ("", 0));
    let kept = json!({
        "origin": url, "kind": "pat", "access_token": sandbox.token(), "scopes": ["api"],
        "username": "mira.okafor", "user_id": 9_214_406, "connected_at": 1_795_435_200,
    });
    assert_eq!(entry(&world, &sandbox), kept);
    assert_eq!(asked(&sandbox), ["GET /api/v4/personal_access_tokens/self", "GET /api/v4/user"]);
    assert_eq!(world.run("connect token").stdout, format!("{}\n", sandbox.token()));
    assert_eq!(world.run("mr list -R acme/shop/storefront -L 1 --json=iid").code, 0);
}

#[test]
fn with_json_the_status_comes_on_stdout() {
    let sandbox = sandbox();
    let world = world(&sandbox).stdin(sandbox.token_named("read_api").expect("a token"));
    let outcome = world.run("connect --token --json");
    let status = json!({
        "instance_url": sandbox.url(), "authenticated": true, "username": "mira.okafor",
        "auth": "pat", "source": "file", "scopes": ["read_api"], "expires_at": null,
        "gateway_url": "https://cloud.gitlab.com",
        "can": { "chat": false, "read": true, "write": false, "workflow": false },
    });
    assert_eq!((outcome.json(), outcome.code), (status, 0), "{outcome:?}");
    let members = ["instance_url", "authenticated", "username", "auth", "source", "scopes"];
    let places = members.map(|name| outcome.stdout.find(&format!("\"{name}\"")).expect(name));
    assert!(places.is_sorted(), "{}", outcome.stdout);
}

#[test]
fn what_the_scopes_cannot_serve_is_said() {
    let sandbox = sandbox();
    for (name, words) in [
        ("api", ", scopes api\n"),
        (
            "read_api",
            ", scopes read_api (chat needs ai_features or api; note, review and workflow models need api)\n",
        ),
        (
            "ai_features",
            ", scopes ai_features (mr, issue and pipeline need read_api; note, review and workflow models need api)\n",
        ),
        (
            "read_user",
            ", scopes read_user (chat needs ai_features or api; mr, issue and pipeline need read_api; note, review and workflow models need api)\n",
        ),
    ] {
        let world = world(&sandbox).stdin(sandbox.token_named(name).expect("a token"));
        let outcome = world.run("connect --token");
        assert_eq!(outcome.code, 0, "{outcome:?}");
        assert!(outcome.stderr.ends_with(words), "{}", outcome.stderr);
        let knows_who = outcome.stderr.contains(" as mira.okafor");
        assert_eq!(knows_who, name != "ai_features", "{}", outcome.stderr);
        let username = entry(&world, &sandbox)["username"].clone();
        assert_eq!(username.is_null(), name == "ai_features");
    }
}

#[test]
fn at_a_terminal_the_token_is_asked_for_without_showing_it() {
    let sandbox = sandbox();
    let world = world(&sandbox).answering(&[sandbox.token()]);
    let outcome = world.run("connect --token");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(*world.asked.lock().unwrap(), ["(hidden) Token: "]);
    let page = "/-/user_settings/personal_access_tokens?name=glduo&scopes=api";
    assert!(outcome.stderr.contains(&format!("{}{page}", sandbox.url())), "{}", outcome.stderr);
    assert_eq!(entry(&world, &sandbox)["access_token"], sandbox.token());
}

#[test]
fn bare_connect_at_a_terminal_asks_which_way() {
    let sandbox = sandbox();
    let page =
        format!("{}/-/user_settings/personal_access_tokens?name=glduo&scopes=api", sandbox.url());
    for (id, choice, first) in [
        ("", "1", format!("1  with a personal access token; create one at\n     {page}\n")),
        ("", "", format!("1  with a personal access token; create one at\n     {page}\n")),
        ("an-application", "3", "1  in the browser\n".to_owned()),
    ] {
        let world =
            world(&sandbox).env("GITLAB_OAUTH_APP_ID", id).answering(&[choice, sandbox.token()]);
        let outcome = world.run("connect");
        assert_eq!(outcome.code, 0, "{outcome:?}");
        let asked = world.asked.lock().unwrap();
        assert!(asked[0].contains(&first) && asked[0].contains(sandbox.url()), "{asked:?}");
        let needs = "(needs an OAuth application: GITLAB_OAUTH_APP_ID)";
        assert_eq!(asked[0].matches(needs).count(), if id.is_empty() { 2 } else { 0 });
        assert_eq!(asked[1], "(hidden) Token: ");
    }
}

#[test]
fn an_answer_that_is_no_way_is_a_usage_error() {
    let sandbox = sandbox();
    let world = world(&sandbox).answering(&["4"]);
    let outcome = world.run("connect");
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert!(outcome.stderr.contains("answer 1, 2 or 3"), "{}", outcome.stderr);
}

#[test]
fn bare_connect_without_a_terminal_is_a_usage_error() {
    let sandbox = sandbox();
    for (line, world) in [
        ("connect", world(&sandbox).stdin(sandbox.token())),
        ("connect --no-input", world(&sandbox).on_terminal(80)),
        ("connect --token --no-input", world(&sandbox).on_terminal(80)),
    ] {
        let outcome = world.run(line);
        assert_eq!(outcome.code, 2, "{line}: {outcome:?}");
        assert!(outcome.stderr.contains("glduo connect --token < FILE"), "{}", outcome.stderr);
    }
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_token_that_gitlab_does_not_take_is_not_kept() {
    let sandbox = sandbox();
    for (token, code) in [
        ("glpat-nobody-knows-this-one", "unauthenticated"),
        (sandbox.token_named("revoked").expect("a token"), "unauthenticated"),
        (sandbox.token_named("expired").expect("a token"), "token_expired"),
    ] {
        let world = world(&sandbox).stdin(token);
        let outcome = world.run("connect --token --json");
        assert_eq!((outcome.stdout.as_str(), outcome.code), ("", 4), "{outcome:?}");
        assert_eq!(outcome.error()["code"], code, "{outcome:?}");
        assert_eq!(outcome.error()["http_status"], 401);
        assert!(!outcome.stderr.contains(token), "{}", outcome.stderr);
        assert!(!store_of(&world).exists());
    }
}

#[test]
fn a_refused_token_leaves_the_old_connection_as_it_was() {
    let sandbox = sandbox();
    let mut world = world(&sandbox).stdin(sandbox.token());
    assert_eq!(world.run("connect --token").code, 0);
    let before = std::fs::read(store_of(&world)).expect("a store");
    world = world.stdin("glpat-nobody-knows-this-one");
    assert_eq!(world.run("connect --token").code, 4);
    assert_eq!(std::fs::read(store_of(&world)).expect("a store"), before);
}

#[test]
fn no_verify_keeps_a_token_and_asks_nobody() {
    let sandbox = sandbox();
    let world = world(&sandbox).stdin("glpat-not-known-yet-0001");
    let outcome = world.run("connect --token --no-verify");
    let url = sandbox.url();
    assert_eq!(
        (outcome.stderr, outcome.code),
        (format!("glduo: connected to {url} (not checked)\n"), 0)
    );
    assert!(sandbox.requests().is_empty());
    let entry = entry(&world, &sandbox);
    assert_eq!(entry["access_token"], "glpat-not-known-yet-0001");
    assert_eq!((&entry["scopes"], &entry["username"]), (&Value::Null, &Value::Null));
}

#[test]
fn text_that_is_no_token_is_refused_before_any_request() {
    let sandbox = sandbox();
    for text in ["", "\n", "glpat-a b", "one\ntwo\n", "glpat-\u{1b}[31m", "\u{feff}\u{e9}"] {
        let world = world(&sandbox).stdin(text);
        let outcome = world.run("connect --token");
        assert_eq!(outcome.code, 2, "{text:?}: {outcome:?}");
        assert!(outcome.stderr.contains("hint: "), "{outcome:?}");
    }
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_token_is_no_flag_value() {
    let outcome = World::new().run("connect --token glpat-0000000000000000000");
    assert_eq!(outcome.code, 2, "{outcome:?}");
    let outcome = World::new().run("connect --token=glpat-0000000000000000000");
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert!(!outcome.stderr.contains("glpat-0000000000000000000"), "{outcome:?}");
}

#[test]
fn plain_http_to_another_machine_and_user_info_are_usage_errors() {
    for instance in ["http://gitlab.example.com", "https://me:pw-in-url@gitlab.example.com"] {
        let world = World::new().stdin("glpat-0000000000000000000");
        let outcome = world.run_args(&["connect", "--token", "--instance", instance]);
        assert_eq!(outcome.code, 2, "{outcome:?}");
        assert!(!outcome.stderr.contains("pw-in-url"), "{outcome:?}");
    }
}

#[test]
fn a_server_that_knows_nothing_of_gitlabs_is_not_connected_to() {
    struct Nothing;
    impl Intercept for Nothing {
        fn reply(&self, _: &Received) -> Option<Reply> {
            Some(Reply::json(404, "{}".to_owned()))
        }
    }
    let plan = Plan { intercept: Some(Arc::new(Nothing)), ..Plan::default() };
    let sandbox = Sandbox::start(plan).expect("a sandbox");
    let world = world(&sandbox).stdin("glpat-abcdefghijklmnopqrst");
    let outcome = world.run("connect --token --json");
    assert_eq!((&outcome.error()["code"], outcome.code), (&json!("bad_response"), 6));
    assert_eq!(world.run("connect list --json").json(), json!([]));
}

#[test]
fn a_token_that_gitlab_does_not_take_has_a_hint_that_is_no_circle() {
    let sandbox = sandbox();
    for name in ["expired", "revoked"] {
        let token = sandbox.token_named(name).expect("a token");
        let outcome = world(&sandbox).stdin(token).run("connect --token --json");
        let hint = outcome.error()["hint"].to_string();
        assert_eq!((outcome.code, &outcome.error()["http_status"]), (4, &json!(401)));
        assert!(hint.contains(&format!("made on {}", sandbox.url())), "{hint}");
        assert!(!hint.contains("glduo connect"), "{hint}");
    }
}

#[test]
fn a_variable_that_goes_before_the_store_is_told() {
    let sandbox = sandbox();
    let world = world(&sandbox).env("GITLAB_TOKEN", sandbox.token()).stdin(sandbox.token());
    let words = "GITLAB_TOKEN is set and takes precedence over the stored connection\n";
    let login = world.run("connect --token");
    assert!(login.code == 0 && login.stderr.ends_with(words), "{login:?}");
    let words = "GITLAB_TOKEN is set and still applies; unset it, too\n";
    let logout = world.run("connect logout");
    assert!(logout.code == 0 && logout.stderr.ends_with(words), "{logout:?}");
    assert_eq!(world.run("connect --token").code, 0);
    let all = world.run("connect logout --all");
    assert!(all.code == 0 && all.stderr.ends_with(words), "{all:?}");

    let nothing = world.run("connect logout --json");
    let error = nothing.error();
    assert_eq!((nothing.code, &error["code"]), (4, &json!("unauthenticated")));
    let message = error["message"].as_str().unwrap_or_default();
    assert!(message.contains("the token in GITLAB_TOKEN still applies"), "{message}");
    assert!(!nothing.stderr.contains("no token was found"), "{nothing:?}");
    let all = world.run("connect logout --all");
    assert!(all.code == 0 && all.stderr.ends_with(words), "{all:?}");
}

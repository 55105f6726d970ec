//! opencode's `auth.json`, the last source of a stored credential.

use std::fs;

use glduo::sandbox::Sandbox;
use serde_json::{Value, json};

use super::{sandbox, store_of, world};
use crate::support::world::World;

const FILE: &str = "home/.local/share/opencode/auth.json";
/// Half an hour after the world's clock, in milliseconds since 1970.
const LATER: u64 = 1_795_437_000_000;
const BEFORE: u64 = 1_795_433_400_000;

fn with(sandbox: &Sandbox, entry: &Value) -> World {
    let content = json!({ "anthropic": { "type": "api", "key": "k" }, "gitlab": entry });
    world(sandbox).file(FILE, &content.to_string())
}

#[test]
fn a_personal_token_is_used_as_it_is() {
    let sandbox = sandbox();
    let (key, url) = (sandbox.token(), sandbox.url());
    for entry in [
        json!({ "type": "api", "key": key, "metadata": { "instanceUrl": url } }),
        json!({ "type": "api", "key": key, "enterpriseUrl": url }),
        json!({ "type": "api", "key": key, "instanceUrl": format!("{url}/") }),
        json!({ "type": "api", "key": key, "metadata": { "instanceUrl": url },
            "enterpriseUrl": "https://other.example" }),
    ] {
        let world = with(&sandbox, &entry);
        let before = fs::read(world.path(FILE)).expect("the file");
        let outcome = world.run("connect status --json");
        let status = outcome.json();
        assert_eq!((&status["source"], &status["auth"]), (&json!("opencode"), &json!("pat")));
        assert_eq!(world.run("mr list -R acme/shop/storefront -L 1").code, 0);
        assert_eq!(fs::read(world.path(FILE)).expect("the file"), before);
        assert!(!store_of(&world).exists());
    }
}

#[test]
fn a_session_is_used_only_while_it_is_valid_and_never_refreshed() {
    let sandbox = sandbox();
    let entry = |expires: u64| {
        json!({ "type": "oauth", "access": sandbox.token(), "refresh": "opencode-refresh",
            "expires": expires, "enterpriseUrl": sandbox.url() })
    };
    let world = with(&sandbox, &entry(LATER));
    assert_eq!(world.run("connect token").stdout, format!("{}\n", sandbox.token()));
    assert_eq!(world.run("mr list -R acme/shop/storefront -L 1").code, 0);

    let before = sandbox.requests().len();
    let world = with(&sandbox, &entry(BEFORE));
    let content = fs::read(world.path(FILE)).expect("the file");
    let outcome = world.run("mr list -R acme/shop/storefront --json");
    assert_eq!((outcome.code, &outcome.error()["code"]), (4, &json!("token_expired")));
    let status = world.run("connect status --json");
    assert_eq!((status.code, &status.json()["reason"]), (4, &json!("token_expired")));
    assert_eq!(sandbox.requests().len(), before);
    assert_eq!(fs::read(world.path(FILE)).expect("the file"), content);
}

#[test]
fn a_session_that_gitlab_rejects_is_not_refreshed() {
    let sandbox = sandbox();
    let entry = json!({ "type": "oauth", "access": "f".repeat(64), "refresh": "opencode-refresh",
        "expires": LATER, "enterpriseUrl": sandbox.url() });
    let world = with(&sandbox, &entry);
    let outcome = world.run("mr list -R acme/shop/storefront");
    assert_eq!(outcome.code, 4, "{outcome:?}");
    assert!(sandbox.requests().iter().all(|request| request.method == "GET"));
    assert!(!format!("{:?}", sandbox.requests()).contains("opencode-refresh"));
}

#[test]
fn it_belongs_to_its_own_instance_only() {
    let sandbox = sandbox();
    for entry in [
        json!({ "type": "api", "key": sandbox.token() }),
        json!({ "type": "api", "key": sandbox.token(), "enterpriseUrl": "https://gitlab.example.com" }),
        json!({ "type": "api", "key": sandbox.token(), "enterpriseUrl": "http://127.0.0.1:1" }),
    ] {
        let outcome = with(&sandbox, &entry).run("mr list -R acme/shop/storefront --json");
        assert_eq!((outcome.code, &outcome.error()["code"]), (4, &json!("unauthenticated")));
    }
    assert!(sandbox.requests().is_empty());
}

#[test]
fn the_own_store_and_the_environment_come_first() {
    let sandbox = sandbox();
    let entry =
        json!({ "type": "api", "key": "glpat-opencode-0001", "enterpriseUrl": sandbox.url() });
    let world = with(&sandbox, &entry).stdin(sandbox.token());
    assert_eq!(world.run("connect token").stdout, "glpat-opencode-0001\n");
    assert_eq!(world.run("connect --token").code, 0);
    assert_eq!(world.run("connect token").stdout, format!("{}\n", sandbox.token()));
    let world = world.env("GITLAB_TOKEN", "glpat-environment-01");
    assert_eq!(world.run("connect token").stdout, "glpat-environment-01\n");
}

#[test]
fn a_broken_file_is_ignored_with_a_note() {
    let sandbox = sandbox();
    for content in ["{", r#"{"gitlab":{"type":"magic"}}"#, r#"{"gitlab":{"type":"api"}}"#] {
        let url = sandbox.url();
        let content = content.replace("\"type\"", &format!("\"enterpriseUrl\":\"{url}\",\"type\""));
        let world = world(&sandbox).file(FILE, &content);
        let outcome = world.run("mr list -R acme/shop/storefront");
        assert_eq!(outcome.code, 4, "{outcome:?}");
        assert!(outcome.stderr.contains("opencode/auth.json"), "{outcome:?}");
        assert_eq!(fs::read_to_string(world.path(FILE)).expect("the file"), content);
        let world = world.env("GITLAB_TOKEN", sandbox.token());
        let outcome = world.run("mr list -R acme/shop/storefront -L 1 --quiet");
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{outcome:?}");
    }
}

#[test]
fn its_secrets_are_in_no_output() {
    let sandbox = sandbox();
    let entry = json!({ "type": "oauth", "access": "e".repeat(64), "refresh": "opencode-refresh",
        "expires": LATER, "enterpriseUrl": sandbox.url() });
    let outcome = with(&sandbox, &entry).run("mr list -R acme/shop/storefront -vv");
    let all = outcome.stdout + &outcome.stderr;
    assert!(!all.contains(&"e".repeat(64)) && !all.contains("opencode-refresh"), "{all}");
}

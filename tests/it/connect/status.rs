//! `connect status`, `list` and `logout` for tokens that were pasted or come from elsewhere.

use std::fs;
use std::sync::Arc;

use glduo::sandbox::seed::{Seed, Token};
use glduo::sandbox::{Intercept, Plan, Received, Reply, Sandbox};
use serde_json::{Value, json};

use super::{asked, sandbox, store_of, stored, world};
use crate::support::world::World;

fn unusable(sandbox: &Sandbox, reason: &str) -> Value {
    json!({
        "instance_url": sandbox.url(), "authenticated": false, "reason": reason,
        "username": null, "auth": null, "source": null, "scopes": null, "expires_at": null,
        "gateway_url": "https://cloud.gitlab.com",
        "can": { "chat": false, "read": false, "write": false, "workflow": false },
    })
}

fn with(mut status: Value, fields: &[(&str, Value)]) -> Value {
    for (name, value) in fields {
        status[*name] = value.clone();
    }
    status
}

#[test]
fn a_token_of_the_environment_is_told_with_its_source() {
    let sandbox = sandbox();
    for name in ["GITLAB_TOKEN", "GITLAB_ACCESS_TOKEN"] {
        let world = world(&sandbox)
            .env(name, sandbox.token())
            .env("GITLAB_AI_GATEWAY_URL", sandbox.gateway_url());
        let outcome = world.run("connect status --json");
        let status = json!({
            "instance_url": sandbox.url(), "authenticated": true, "username": "mira.okafor",
            "auth": "pat", "source": format!("env:{name}"), "scopes": ["api"],
            "expires_at": null, "gateway_url": sandbox.gateway_url(),
            "can": { "chat": true, "read": true, "write": true, "workflow": true },
        });
        assert_eq!((outcome.json(), outcome.code), (status, 0), "{outcome:?}");
    }
}

#[test]
fn with_nothing_to_show_the_status_is_unauthenticated() {
    let sandbox = sandbox();
    let outcome = world(&sandbox).run("connect status --json");
    assert_eq!((outcome.json(), outcome.code), (unusable(&sandbox, "unauthenticated"), 4));
    assert!(sandbox.requests().is_empty());
    let text = world(&sandbox).run("connect status");
    assert_eq!(text.code, 4);
    assert!(text.stdout.contains("not usable: unauthenticated"), "{text:?}");
    let hint = format!("glduo: log in with glduo connect --instance {}\n", sandbox.url());
    assert_eq!(text.stderr, hint);
}

#[test]
fn a_token_that_is_over_is_told_with_what_is_known_of_it() {
    let sandbox = sandbox();
    for (name, reason) in [("expired", "token_expired"), ("revoked", "unauthenticated")] {
        let world =
            world(&sandbox).env("GITLAB_TOKEN", sandbox.token_named(name).expect("a token"));
        let outcome = world.run("connect status --json");
        let known = [("auth", json!("pat")), ("source", json!("env:GITLAB_TOKEN"))];
        assert_eq!(outcome.json(), with(unusable(&sandbox, reason), &known), "{outcome:?}");
        assert_eq!((outcome.code, outcome.stderr.as_str()), (4, ""));
        let hint =
            format!("glduo: set GITLAB_TOKEN to a token that is valid on {}\n", sandbox.url());
        assert_eq!(world.run("connect status").stderr, hint);
    }
}

#[test]
fn a_job_token_is_told_without_asking_about_it() {
    let sandbox = sandbox();
    let job = sandbox.token_named("job").expect("a token");
    let world = World::new()
        .env("GITLAB_CI", "true")
        .env("CI_SERVER_URL", sandbox.url())
        .env("CI_JOB_TOKEN", job);
    let outcome = world.run("connect status --json");
    let status = outcome.json();
    assert_eq!(
        (&status["auth"], &status["source"]),
        (&json!("job_token"), &json!("env:CI_JOB_TOKEN"))
    );
    assert_eq!(
        status["can"],
        json!({ "chat": false, "read": true, "write": false, "workflow": false })
    );
    assert_eq!(status["scopes"], json!(null));
    assert!(sandbox.requests().is_empty(), "{:?}", asked(&sandbox));
}

/// GitLab does not tell what a fine-grained token may do.
#[test]
fn what_a_fine_grained_token_can_do_is_unknown() {
    let unknown = json!({ "chat": null, "read": null, "write": null, "workflow": null });
    let sandbox = sandbox();
    let token = sandbox.token_named("fine_grained").expect("a token");
    let world = world(&sandbox).env("GITLAB_TOKEN", token);
    let outcome = world.run("connect status --json");
    let status = outcome.json();
    assert_eq!((&status["can"], &status["scopes"]), (&unknown, &json!(null)), "{outcome:?}");
    assert_eq!((&status["auth"], outcome.code), (&json!("pat"), 0));
    let text = world.run("connect status").stdout;
    assert!(text.contains("can      unknown") && !text.contains("granular"), "{text}");

    let world = super::world(&sandbox).stdin(token);
    let login = world.run("connect --token --json");
    assert_eq!((login.code, &login.json()["can"]), (0, &unknown), "{login:?}");
    assert!(login.stderr.contains("glduo help environment"), "{login:?}");
    assert_eq!(world.run("connect list --json").json()[0]["scopes"], json!(null));
}

/// Some fine-grained tokens may not even ask about themselves.
#[test]
fn a_fine_grained_token_that_may_ask_nothing_is_a_connection_all_the_same() {
    struct Denies;
    impl Intercept for Denies {
        fn reply(&self, request: &Received) -> Option<Reply> {
            let words = "Access denied: This operation requires a fine-grained personal access token with the following user permissions: [User: Read].";
            let refused = Reply::oauth_error(403, "insufficient_granular_scope", words);
            (request.path() != "/oauth/token/info").then_some(refused)
        }
    }
    let plan = Plan { intercept: Some(Arc::new(Denies)), ..Plan::default() };
    let sandbox = Sandbox::start(plan).expect("a sandbox");
    let token = sandbox.token_named("fine_grained").expect("a token");
    let outcome = world(&sandbox).env("GITLAB_TOKEN", token).run("connect status --json");
    let status = outcome.json();
    assert_eq!((&status["authenticated"], outcome.code), (&json!(true), 0), "{outcome:?}");
    assert_eq!((&status["username"], &status["scopes"]), (&json!(null), &json!(null)));
}

#[test]
fn trouble_on_the_way_is_no_status() {
    let world = World::new()
        .env("GITLAB_INSTANCE_URL", "http://127.0.0.1:9")
        .env("GITLAB_TOKEN", "glpat-0000000000000000000");
    let outcome = world.run("connect status --json --max-retries 0");
    assert_eq!((outcome.stdout.as_str(), outcome.code), ("", 6), "{outcome:?}");
    assert_eq!(outcome.error()["code"], "network");
}

#[test]
fn every_stored_connection_is_told_with_all() {
    let (one, two) = (sandbox(), sandbox());
    let mut world = World::new().stdin(one.token());
    for sandbox in [&one, &two] {
        assert_eq!(world.run(&format!("connect --token --instance {}", sandbox.url())).code, 0);
    }
    let outcome = world.run("connect status --all --json");
    let urls = |all: &Value| [all[0]["instance_url"].clone(), all[1]["instance_url"].clone()];
    assert_eq!(urls(&outcome.json()), [json!(two.url()), json!(one.url())]);
    assert_eq!(outcome.code, 0, "{outcome:?}");

    world = world.stdin(two.token_named("revoked").expect("a token"));
    let line = format!("connect --token --no-verify --instance {}", two.url());
    assert_eq!(world.run(&line).code, 0);
    let outcome = world.run("connect status --all --json");
    let all = outcome.json();
    assert_eq!(outcome.code, 4, "{outcome:?}");
    assert_eq!(
        (&all[0]["authenticated"], &all[0]["reason"]),
        (&json!(false), &json!("unauthenticated"))
    );
    assert_eq!(all[1]["authenticated"], true);
    assert_eq!(World::new().run("connect status --all --json").stdout, "[]\n");
}

#[test]
fn all_of_them_begin_with_the_one_that_the_environment_gives() {
    let (one, two) = (sandbox(), sandbox());
    let mut world = World::new().stdin(one.token());
    assert_eq!(world.run(&format!("connect --token --instance {}", one.url())).code, 0);
    world = world.env("GITLAB_INSTANCE_URL", two.url()).env("GITLAB_TOKEN", two.token());
    let rows = |world: &World| {
        let outcome = world.run("connect status --all --json");
        let all = outcome.json().as_array().cloned().expect("rows");
        let row = |row: &Value| (row["instance_url"].clone(), row["source"].clone());
        (all.iter().map(row).collect::<Vec<_>>(), outcome.code)
    };
    let own = (json!(two.url()), json!("env:GITLAB_TOKEN"));
    let stored = (json!(one.url()), json!("file"));
    assert_eq!(rows(&world), (vec![own, stored.clone()], 0));

    // It comes before the stored one of the same instance, which is there all the same.
    world = world.env("GITLAB_INSTANCE_URL", one.url()).env("GITLAB_TOKEN", one.token());
    let own = (json!(one.url()), json!("env:GITLAB_TOKEN"));
    assert_eq!(rows(&world), (vec![own, stored], 0));

    world = world.env("GITLAB_TOKEN", one.token_named("revoked").expect("a token"));
    assert_eq!(rows(&world).1, 4);
}

#[test]
fn with_all_an_instance_that_does_not_answer_hides_no_other() {
    let (one, gone) = (sandbox(), sandbox());
    let world = World::new().stdin(one.token());
    for sandbox in [&one, &gone] {
        assert_eq!(world.run(&format!("connect --token --instance {}", sandbox.url())).code, 0);
    }
    let gone_url = gone.url().to_owned();
    drop(gone);
    let outcome = world.run("connect status --all --json --max-retries 0");
    let all = outcome.json();
    assert_eq!(all[0]["instance_url"], gone_url);
    assert_eq!((&all[0]["authenticated"], &all[0]["reason"]), (&json!(false), &json!("network")));
    assert_eq!(all[1]["authenticated"], true, "{outcome:?}");
    assert_eq!(outcome.code, 4);
}

#[test]
fn the_list_asks_no_server() {
    let sandbox = sandbox();
    let world = world(&sandbox).stdin(sandbox.token());
    assert_eq!(world.run("connect --token").code, 0);
    let before = sandbox.requests().len();
    let text = world.run("connect list");
    let url = sandbox.url();
    assert_eq!(text.stdout, format!("{url}\tmira.okafor\tpat\tapi\t\tcurrent\n"));
    assert_eq!(sandbox.requests().len(), before);
    let empty = World::new().run("connect list --json");
    assert_eq!((empty.stdout.as_str(), empty.stderr.as_str(), empty.code), ("[]\n", "", 0));
}

#[test]
fn a_token_that_ends_within_a_week_is_warned_of() {
    for (day, warned) in [("2026-11-29", true), ("2026-12-09", false)] {
        let mut seed = Seed::storefront().expect("the seed");
        let token = Token { expires_at: Some(day.to_owned()), ..seed.tokens[0].clone() };
        seed.tokens[0] = token;
        let sandbox = Sandbox::start(Plan { seed: Some(seed), ..Plan::default() });
        let sandbox = sandbox.expect("a sandbox");
        let world = world(&sandbox).stdin(sandbox.token());
        let login = world.run("connect --token");
        assert_eq!(entry_end(&world, &sandbox), day.replace('-', ""), "{login:?}");
        for outcome in [login, world.run("mr list -R acme/shop/storefront -L 1")] {
            assert_eq!(outcome.code, 0);
            assert_eq!(outcome.stderr.contains("expires on 2026-11-29,"), warned, "{outcome:?}");
        }
    }
}

/// The day on which the stored token ends, `YYYYMMDD`.
fn entry_end(world: &World, sandbox: &Sandbox) -> String {
    let status = world.run("connect list --json").json();
    assert_eq!(status[0]["instance_url"], sandbox.url());
    status[0]["expires_at"].as_str().expect("an end")[..10].replace('-', "")
}

#[test]
fn logging_out_of_a_pasted_token_forgets_it_and_says_where_to_revoke_it() {
    let sandbox = sandbox();
    let world = world(&sandbox).stdin(sandbox.token());
    assert_eq!(world.run("connect --token").code, 0);
    let before = sandbox.requests().len();
    let outcome = world.run("connect logout");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stderr.contains("/-/user_settings/personal_access_tokens"), "{outcome:?}");
    assert_eq!(
        (stored(&world)["connections"].clone(), sandbox.requests().len()),
        (json!({}), before)
    );
    assert!(!fs::read_to_string(store_of(&world)).expect("a store").contains(sandbox.token()));
    let again = world.run("connect logout --json");
    assert_eq!((again.code, &again.error()["code"]), (4, &json!("unauthenticated")), "{again:?}");
}

#[test]
fn logging_out_of_one_keeps_the_other_and_of_all_keeps_none() {
    let (one, two) = (sandbox(), sandbox());
    let world = World::new().stdin(one.token());
    for sandbox in [&one, &two] {
        assert_eq!(world.run(&format!("connect --token --instance {}", sandbox.url())).code, 0);
    }
    assert_eq!(world.run("connect logout").code, 0);
    let left = world.run("connect list --json").json();
    assert_eq!((&left[0]["instance_url"], &left[0]["current"]), (&json!(one.url()), &json!(true)));
    assert_eq!(world.run(&format!("connect --token --instance {}", two.url())).code, 0);
    assert_eq!(world.run("connect logout --all").code, 0);
    assert_eq!(world.run("connect list --json").stdout, "[]\n");
    assert_eq!(world.run("connect logout --all").code, 0);
}

#[test]
fn a_broken_entry_can_be_logged_out_of() {
    let sandbox = sandbox();
    let text = json!({"version": 1, "connections": {sandbox.url(): {"origin": sandbox.url()}}});
    let world = world(&sandbox).file("home/.local/share/glduo/credentials.json", &text.to_string());
    assert_eq!(world.run("connect token").code, 4);
    let outcome = world.run("connect logout");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(stored(&world)["connections"], json!({}));
}

/// GitLab knows the token, and its account may do nothing.
#[test]
fn the_token_of_a_blocked_account_is_no_connection() {
    struct Blocked;
    impl Intercept for Blocked {
        fn reply(&self, _: &Received) -> Option<Reply> {
            Some(Reply::message(403, "403 Forbidden - Your account has been blocked."))
        }
    }
    let plan = Plan { intercept: Some(Arc::new(Blocked)), ..Plan::default() };
    let sandbox = Sandbox::start(plan).expect("a sandbox");
    let outcome = world(&sandbox).env("GITLAB_TOKEN", sandbox.token()).run("connect status --json");
    let known = [("auth", json!("pat")), ("source", json!("env:GITLAB_TOKEN"))];
    assert_eq!(outcome.json(), with(unusable(&sandbox, "forbidden"), &known), "{outcome:?}");
    assert_eq!(outcome.code, 4);
    let login = world(&sandbox).stdin(sandbox.token()).run("connect --token --json");
    assert_eq!((login.code, &login.error()["code"]), (4, &json!("forbidden")));
    assert!(!store_of(&world(&sandbox)).exists());
}

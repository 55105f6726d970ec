//! `glduo models`: the catalogue, discovery with its cache, and choosing one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use glduo::sandbox::{Intercept, Plan, Received, Reply, Sandbox};
use glduo::system::clock::Clock as _;
use serde_json::{Value, json};

use crate::support::world::World;

fn sandbox_with(intercept: Option<Arc<dyn Intercept>>) -> Sandbox {
    Sandbox::start(Plan { intercept, records: true, ..Plan::default() }).expect("a sandbox")
}

fn world(sandbox: &Sandbox) -> World {
    World::new()
        .env("GITLAB_INSTANCE_URL", sandbox.url())
        .env("GITLAB_AI_GATEWAY_URL", sandbox.gateway_url())
        .env("GITLAB_TOKEN", sandbox.token())
        .env("GITLAB_REPO", sandbox.project())
}

fn asked(sandbox: &Sandbox) -> usize {
    sandbox.requests().iter().filter(|request| request.path() == "/api/graphql").count()
}

fn row<'r>(rows: &'r Value, id: &str) -> &'r Value {
    let mut all = rows.as_array().expect("rows").iter();
    all.find(|row| row["id"] == id).unwrap_or_else(|| panic!("no {id} in {rows}"))
}

/// Answers discovery with one of several bodies, or leaves it to the sandbox.
struct Graphql(fn(&str) -> Option<Value>);

impl Intercept for Graphql {
    fn reply(&self, request: &Received) -> Option<Reply> {
        let query = request.json()?["query"].as_str()?.to_owned();
        (self.0)(&query).map(|body| Reply::json(200, body.to_string()))
    }
}

#[test]
fn chat_models_need_neither_project_nor_token_nor_network() {
    let world = World::new().env("GITLAB_INSTANCE_URL", "http://127.0.0.1:9");
    let outcome = world.run("models --kind chat --json");
    let rows = outcome.json();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert_eq!(rows.as_array().map(Vec::len), Some(23));
    assert_eq!(
        serde_json::to_string(&rows[1]).expect("JSON"),
        serde_json::to_string(&json!({
            "id": "duo-chat-sonnet-4-5", "kind": "chat", "name": "Claude Sonnet 4.5",
            "description": "Balanced model for general coding tasks", "provider": "anthropic",
            "backend_model": "claude-sonnet-4-5-20250929", "ref": null, "default": true,
            "small": false, "pinned": false, "source": "builtin", "fetched_at": null,
            "status": null, "cost_indicator": null, "context": 200_000, "max_output": 64_000,
        }))
        .expect("JSON")
    );
    assert_eq!(row(&rows, "duo-chat-haiku-4-5")["small"], true);
    let all = World::new().run("models");
    assert_eq!((all.code, all.stdout.lines().count()), (0, 33));
    let first = "duo-chat-haiku-4-5\tchat\tFast, lightweight model for quick responses\tsmall";
    assert_eq!(all.stdout.lines().next(), Some(first));
}

#[test]
fn workflow_models_are_joined_with_what_the_root_group_offers() {
    let sandbox = sandbox_with(None);
    let rows = world(&sandbox).run("models list --json").json();
    let known = row(&rows, "duo-workflow-haiku-4-5");
    assert_eq!((&known["source"], &known["provider"]), (&json!("server"), &json!("workflow")));
    assert_eq!(known["fetched_at"], "2026-11-23T12:00:00Z");
    assert_eq!(row(&rows, "duo-workflow-opus-5")["source"], "builtin");
    assert_eq!(row(&rows, "duo-workflow-sandbox-scripted-1")["ref"], "sandbox_scripted_1");
    let body = sandbox
        .requests()
        .iter()
        .rfind(|request| request.path() == "/api/graphql")
        .and_then(Received::json)
        .expect("a query");
    assert_eq!(body["variables"]["root"], "gid://gitlab/Group/8472001");
}

#[test]
fn an_offer_is_remembered_for_ten_minutes_by_account_and_namespace() {
    let sandbox = sandbox_with(None);
    let world = world(&sandbox);
    world.run("models");
    let rows = world.run("models --json").json();
    assert_eq!(row(&rows, "duo-workflow-haiku-4-5")["source"], "cache");
    world.run("models -R acme/shop/price-importer");
    assert_eq!(asked(&sandbox), 1, "the same root group");
    world.run("models --refresh");
    assert_eq!(asked(&sandbox), 2);
    world.clock.sleep(Duration::from_secs(601));
    world.run("models");
    assert_eq!(asked(&sandbox), 3);
    let other = world.env("GITLAB_TOKEN", sandbox.token_named("read_api").expect("a token"));
    other.run("models");
    assert_eq!(asked(&sandbox), 4, "another token");
    other.env("GLDUO_NO_CACHE", "1").run("models");
    assert_eq!(asked(&sandbox), 5);
}

/// A GitLab that goes away.
#[derive(Default)]
struct Down(AtomicU8);

impl Intercept for Down {
    fn reply(&self, _: &Received) -> Option<Reply> {
        (self.0.load(Ordering::SeqCst) == 1).then(|| Reply::message(503, "Down"))
    }
}

#[test]
fn a_server_that_does_not_answer_leaves_what_is_remembered_and_fails_a_refresh() {
    let down = Arc::new(Down::default());
    let sandbox = sandbox_with(Some(Arc::clone(&down) as Arc<dyn Intercept>));
    let world = world(&sandbox);
    world.run("models");
    world.clock.sleep(Duration::from_hours(1));
    down.0.store(1, Ordering::SeqCst);
    let outcome = world.run("models --json");
    assert_eq!(row(&outcome.json(), "duo-workflow-haiku-4-5")["source"], "cache");
    assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:?}");
    assert!(outcome.stderr.contains("showing the models of 2026-11-23T12:00:00Z"), "{outcome:?}");
    let outcome = world.run("models --refresh --max-retries 0 --json");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (6, ""));
    let fresh = world.env("GLDUO_NO_CACHE", "1").run("models");
    assert!(fresh.code == 0 && fresh.stderr.contains("built-in models"), "{fresh:?}");
}

#[test]
fn a_token_for_ai_features_alone_is_told_which_scope_a_refresh_needs() {
    let sandbox = sandbox_with(None);
    let world =
        world(&sandbox).env("GITLAB_TOKEN", sandbox.token_named("ai_features").expect("a token"));
    let outcome = world.run("models --refresh --json");
    assert_eq!((outcome.code, &outcome.error()["code"]), (4, &json!("insufficient_scope")));
    assert!(outcome.stderr.contains("read_api"), "{outcome:?}");
    assert_eq!(world.run("models").code, 0);
    assert_eq!(World::new().run("models --refresh").code, 2, "no project");
}

#[test]
fn older_instances_are_asked_without_what_they_do_not_know() {
    let without_pinned = |query: &str| {
        query.contains("pinnedModel").then(|| {
            json!({ "errors": [{
            "message": "Field 'pinnedModel' doesn't exist on type 'AiChatAvailableModels'",
            "extensions": { "code": "undefinedField", "fieldName": "pinnedModel" },
        }] })
        })
    };
    let sandbox = sandbox_with(Some(Arc::new(Graphql(without_pinned))));
    let rows = world(&sandbox).run("models --refresh --json").json();
    assert_eq!(row(&rows, "duo-workflow-haiku-4-5")["source"], "server");
    assert_eq!(asked(&sandbox), 2);
    for body in [
        |_: &str| {
            Some(
                json!({ "errors": [{ "message": "Field 'aiChatAvailableModels' doesn't exist on type 'Query'", "extensions": { "code": "undefinedField", "fieldName": "aiChatAvailableModels" } }] }),
            )
        },
        |_: &str| Some(json!({ "data": { "metadata": null, "aiChatAvailableModels": null } })),
    ] {
        let sandbox = sandbox_with(Some(Arc::new(Graphql(body))));
        let outcome = world(&sandbox).run("models --refresh --json");
        assert_eq!(row(&outcome.json(), "duo-workflow-haiku-4-5")["source"], "builtin");
        assert!(outcome.stderr.contains("built-in models"), "{outcome:?}");
    }
    let refused = |_: &str| Some(json!({ "errors": [{ "message": "Timeout on validation" }] }));
    let sandbox = sandbox_with(Some(Arc::new(Graphql(refused))));
    let outcome = world(&sandbox).run("models --refresh");
    assert!(outcome.code == 1 && outcome.stderr.contains("Timeout on validation"), "{outcome:?}");
}

#[test]
fn a_pinned_model_is_marked() {
    let pinned = |_: &str| {
        let model = json!({ "name": "Claude Opus 5", "ref": "claude_opus_5" });
        Some(json!({ "data": { "aiChatAvailableModels": {
            "pinnedModel": model, "defaultModel": model, "selectableModels": [] } } }))
    };
    let sandbox = sandbox_with(Some(Arc::new(Graphql(pinned))));
    let rows = world(&sandbox).run("models --json").json();
    assert_eq!(row(&rows, "duo-workflow-opus-5")["pinned"], true);
    assert_eq!(row(&rows, "duo-workflow-opus-4-5")["pinned"], false);
}

#[test]
fn the_model_in_use_is_written_and_comments_stay() {
    let sandbox = sandbox_with(None);
    let text = "{\n  // mine\n  \"gitlab\": { \"model\": \"opus-4-5\" }\n}\n";
    let world = world(&sandbox).user_config(text);
    let outcome = world.run("models use gpt-5-1");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, ""));
    let written = std::fs::read_to_string(world.path("home/.config/glduo/config.json"));
    assert_eq!(written.expect("a file"), text.replace("opus-4-5", "duo-chat-gpt-5-1"));
    let rows = world.run("models --kind chat --json").json();
    assert_eq!(row(&rows, "duo-chat-gpt-5-1")["default"], true);
    assert_eq!(world.run("models use duo-workflow-sandbox-scripted-1").code, 0);
    let unknown = world.run("models use sonet-4-5");
    assert!(unknown.code == 2 && unknown.stderr.contains("duo-chat-sonnet-4-5"), "{unknown:?}");
    let world = world.env("GITLAB_DUO_MODEL", "opus-4-5");
    let outcome = world.run("models use haiku-4-5");
    assert!(outcome.stderr.contains("GITLAB_DUO_MODEL goes before it"), "{outcome:?}");
}

#[test]
fn a_refresh_shows_what_the_gateway_says_of_its_models() {
    struct Definitions;
    impl Intercept for Definitions {
        fn reply(&self, request: &Received) -> Option<Reply> {
            assert!(
                !request.path().contains("definitions")
                    || request.header("authorization").is_none()
            );
            let list = json!({ "models": [
                { "identifier": "claude_sonnet_4_5_20250929", "name": "Claude Sonnet 4.5", "deprecation": null, "cost_indicator": "$$" },
                { "identifier": "claude_opus_4_5_20251101", "deprecation": { "deprecation_date": "2026-10-01", "removal_version": "20.0" }, "cost_indicator": null },
                { "identifier": 7 }, null,
            ], "unit_primitives": [] });
            match request.path() {
                "/gw/ai/v1/models/definitions" => Some(Reply::detail(404, "Not Found")),
                "/gw/v1/models/definitions" => Some(Reply::json(200, list.to_string())),
                _ => None,
            }
        }
    }
    let sandbox = sandbox_with(Some(Arc::new(Definitions)));
    let gateway = format!("{}/gw", sandbox.url());
    let world = world(&sandbox).env("GITLAB_AI_GATEWAY_URL", gateway);
    let run = world.run("models --refresh --json");
    assert_eq!((run.stderr.as_str(), run.code), ("", 0));
    let rows = run.json();
    let sonnet = row(&rows, "duo-chat-sonnet-4-5");
    assert_eq!((&sonnet["cost_indicator"], &sonnet["status"]), (&json!("$$"), &json!(null)));
    let opus = row(&rows, "duo-chat-opus-4-5");
    assert_eq!((&opus["cost_indicator"], &opus["status"]), (&json!(null), &json!("deprecated")));
    assert_eq!(row(&rows, "duo-chat-gpt-5-mini")["status"], "deprecated");
    assert_eq!(row(&rows, "duo-chat-gpt-6-astra")["status"], "unconfirmed");
    let text = world.run("models --kind chat").stdout;
    assert!(text.contains("GPT-5 mini by OpenAI\tdeprecated"), "{text}");
    for gone in ["duo-chat-gpt-5-codex", "duo-chat-gpt-5-2-codex"] {
        assert!(!text.contains(gone), "{text}");
    }
}

#[test]
fn a_refresh_without_a_gateway_or_on_an_old_instance_shows_the_built_in_table() {
    let old = |_: &str| {
        Some(json!({ "errors": [
            { "message": "Field 'aiChatAvailableModels' doesn't exist on type 'Query'" },
            { "message": "GroupID isn't a defined input type (on $root)" },
        ] }))
    };
    let sandbox = sandbox_with(Some(Arc::new(Graphql(old))));
    let world = world(&sandbox).env("GITLAB_AI_GATEWAY_URL", "http://127.0.0.1:9");
    let run = world.run("models --refresh --json");
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("built-in models"), "{run:?}");
    assert!(run.stderr.contains("the AI gateway did not list its models"), "{run:?}");
    assert_eq!(row(&run.json(), "duo-chat-sonnet-4-5")["cost_indicator"], json!(null));
}

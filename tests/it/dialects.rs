//! The three protocols behind the gateway, the gateway token between runs, and what goes wrong
//! on the way.

use std::sync::Arc;

use glduo::sandbox::{Intercept, Piece, Plan, Received, Reply, Sandbox};
use serde_json::json;

use crate::support::model::text_of;
use crate::support::world::World;

const DIRECT_ACCESS: &str = "/api/v4/ai/third_party_agents/direct_access";

/// One model of each protocol.
const MODELS: [&str; 3] = ["sonnet-4-5", "gpt-5-1", "gpt-5-3-codex"];

fn sandbox_with(intercept: Option<Arc<dyn Intercept>>) -> Sandbox {
    let plan = Plan { intercept, records: true, ..Plan::default() };
    Sandbox::start(plan).expect("a sandbox")
}

fn world(sandbox: &Sandbox) -> World {
    World::new()
        .env("GITLAB_INSTANCE_URL", sandbox.url())
        .env("GITLAB_AI_GATEWAY_URL", sandbox.gateway_url())
        .env("GITLAB_TOKEN", sandbox.token())
}

fn asked_gitlab(sandbox: &Sandbox) -> usize {
    sandbox.requests().iter().filter(|request| request.path() == DIRECT_ACCESS).count()
}

/// Answers every question to a model itself.
struct Gateway(fn() -> Reply);

impl Gateway {
    fn answering(reply: fn() -> Reply) -> Arc<dyn Intercept> {
        Arc::new(Self(reply))
    }
}

impl Intercept for Gateway {
    fn reply(&self, request: &Received) -> Option<Reply> {
        request.path().contains("/proxy/").then(|| (self.0)())
    }
}

fn stream(text: &str) -> Reply {
    Reply::events(vec![Piece { wait: std::time::Duration::ZERO, bytes: text.into() }])
}

#[test]
fn each_protocol_answers_streamed_and_whole_with_the_instructions_first() {
    let sandbox = sandbox_with(None);
    let world = world(&sandbox).user_config(r#"{ "gitlab": { "instructions": "Comply." } }"#);
    for model in MODELS {
        for way in ["", "--no-stream"] {
            let line = format!("chat -n -m {model} {way} -s Terse. --json Hello");
            let result = world.run(&line).json();
            let text = result["text"].as_str().expect("text");
            assert!(text.contains("“Comply.") && text.contains("“Hello”"), "{model}: {text}");
            assert_eq!(result["finish_reason"], "stop", "{model}");
            assert_eq!(result["model"], format!("duo-chat-{model}"));
            assert!(result["usage"]["input_tokens"].as_u64() > Some(3), "{result}");
            assert!(result["usage"]["output_tokens"].as_u64() > Some(3), "{result}");
        }
    }
}

#[test]
fn reasoning_is_told_only_where_it_is_asked_for() {
    let sandbox = sandbox_with(None);
    let world = world(&sandbox);
    let events = world.run("chat -n -m gpt-5-3-codex -F ndjson --reasoning Hello").stdout;
    assert!(events.contains(r#"{"type":"reasoning","text":"#), "{events}");
    for line in ["chat -n -m gpt-5-3-codex Hello", "chat -n -m gpt-5-3-codex -F ndjson Hello"] {
        let text = world.run(line).stdout;
        assert!(!text.contains("nothing to think about"), "{text}");
    }
}

#[test]
fn reasoning_alone_makes_a_model_think_that_would_not_by_itself() {
    let sandbox = sandbox_with(None);
    let world = world(&sandbox);
    for model in ["sonnet-4-5", "sonnet-4-6", "opus-5"] {
        let events = world.run(&format!("chat -n -m {model} -F ndjson --reasoning Hello")).stdout;
        assert!(events.contains(r#"{"type":"reasoning","text":"#), "{model}: {events}");
    }
    let unthinking = world.run("chat -n -F ndjson --reasoning --effort none Hello");
    assert!(!unthinking.stdout.contains(r#""type":"reasoning""#), "{unthinking:?}");
    assert_eq!((unthinking.stderr.as_str(), unthinking.code), ("", 0));
    let short = world.run("chat -n --reasoning --max-tokens 500 Hello");
    assert!(short.code == 0 && short.stderr.contains("too few tokens to think with"), "{short:?}");
}

#[test]
fn a_model_that_takes_no_temperature_is_asked_without_one_and_that_is_told() {
    let sandbox = sandbox_with(None);
    let world = world(&sandbox);
    for model in ["opus-4-7", "opus-4-8", "opus-5", "sonnet-5", "fable-5-1"] {
        let run = world.run(&format!("chat -n -m {model} --temperature 0.5 Hi"));
        assert_eq!(run.code, 0, "{run:?}");
        assert!(run.stderr.contains("takes no --temperature: it is left out"), "{run:?}");
    }
    let run = world.run("chat -n -m sonnet-4-6 --temperature 0.5 Hi");
    assert_eq!((run.stderr.as_str(), run.code), ("", 0));
    let asked = sandbox.requests().last().and_then(Received::json).expect("a body");
    assert_eq!(asked["temperature"], json!(0.5));
}

#[test]
fn a_loop_of_chats_asks_gitlab_once() {
    let sandbox = sandbox_with(None);
    let world = world(&sandbox);
    for model in MODELS {
        assert_eq!(world.run(&format!("chat -n -m {model} Hi")).code, 0);
    }
    assert_eq!(asked_gitlab(&sandbox), 1);
    let cache = world.path("home/.cache/glduo");
    let kept = std::fs::read_dir(&cache).expect("a cache").map(|entry| entry.expect("a file"));
    let kept: Vec<_> = kept.collect();
    assert_eq!(kept.len(), 1);
    let bytes = std::fs::read(kept[0].path()).expect("readable");
    assert!(!String::from_utf8_lossy(&bytes).contains("eyJ"), "the token is there to be read");
    // One that was damaged is as good as none.
    std::fs::write(kept[0].path(), b"damaged").expect("written");
    assert_eq!(world.run("chat -n Hi").code, 0);
    assert_eq!(asked_gitlab(&sandbox), 2);
}

#[test]
fn without_a_cache_and_for_another_account_gitlab_is_asked_again() {
    let sandbox = sandbox_with(None);
    let first = world(&sandbox);
    let cache = first.path("cache");
    let with =
        |token: &str| world(&sandbox).env("XDG_CACHE_HOME", &cache).env("GITLAB_TOKEN", token);
    assert_eq!(with(sandbox.token()).run("chat -n Hi").code, 0);
    let other = sandbox.token_named("ai_features").expect("a token");
    assert_eq!(with(other).run("chat -n Hi").code, 0);
    assert_eq!(asked_gitlab(&sandbox), 2);
    let off = with(sandbox.token()).env("GLDUO_NO_CACHE", "1");
    assert_eq!(off.run("chat -n Hi").code, 0);
    assert_eq!(asked_gitlab(&sandbox), 3);
    assert_eq!(with(sandbox.token()).run("chat -n Hi").code, 0);
    assert_eq!(asked_gitlab(&sandbox), 3);
}

#[test]
fn a_kept_token_is_used_for_25_minutes_by_our_clock() {
    use glduo::system::clock::Clock as _;
    let sandbox = sandbox_with(None);
    let world = world(&sandbox);
    world.run("chat -n Hi");
    world.clock.sleep(std::time::Duration::from_mins(24));
    world.run("chat -n Hi");
    assert_eq!(asked_gitlab(&sandbox), 1);
    world.clock.sleep(std::time::Duration::from_secs(61));
    world.run("chat -n Hi");
    assert_eq!(asked_gitlab(&sandbox), 2);
}

#[test]
fn a_rejected_token_is_dropped_and_renewed_once() {
    let rejecting = || Reply::detail(401, "Token is expired");
    let sandbox = sandbox_with(Some(Gateway::answering(rejecting)));
    let world = world(&sandbox);
    let outcome = world.run("chat -n --json Hi");
    assert_eq!((outcome.code, asked_gitlab(&sandbox)), (4, 2));
    let kept = std::fs::read_dir(world.path("home/.cache/glduo")).expect("a cache").count();
    assert_eq!(kept, 0, "a rejected token was kept");
}

#[test]
fn what_the_models_say_when_they_fail_is_told_apart() {
    for (model, answer, code, word) in [
        (
            "gpt-5-1",
            "data: {\"error\":{\"message\":\"slow\",\"code\":\"rate_limit_exceeded\"}}\n\n",
            6,
            "rate_limited",
        ),
        (
            "gpt-5-1",
            "data: {\"error\":{\"message\":\"x\",\"code\":\"context_length_exceeded\"}}\n\n",
            1,
            "context_too_long",
        ),
        ("gpt-5-1", "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n", 6, "incomplete"),
        (
            "gpt-5-1",
            "data: {\"choices\":[{\"delta\":{\"refusal\":\"no\"}}]}\n\ndata: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
            1,
            "refused",
        ),
        (
            "gpt-5-3-codex",
            "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"x\"}\n\n",
            6,
            "server_error",
        ),
        (
            "gpt-5-3-codex",
            "data: {\"type\":\"error\",\"error\":{\"code\":\"server_error\",\"message\":\"x\"}}\n\n",
            6,
            "server_error",
        ),
        (
            "gpt-5-3-codex",
            "data: {\"type\":\"response.output_text.delta\",\"delta\":\"a\"}\n\n",
            6,
            "incomplete",
        ),
        (
            "sonnet-4-5",
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"x\"}}\n\n",
            6,
            "server_error",
        ),
    ] {
        struct Fixed(&'static str);
        impl Intercept for Fixed {
            fn reply(&self, request: &Received) -> Option<Reply> {
                request.path().contains("/proxy/").then(|| stream(self.0))
            }
        }
        let sandbox = sandbox_with(Some(Arc::new(Fixed(answer))));
        let outcome = world(&sandbox).run(&format!("chat -n --json -m {model} Hi"));
        assert_eq!(
            (outcome.code, outcome.error()["code"].as_str()),
            (code, Some(word)),
            "{answer}"
        );
    }
}

#[test]
fn an_answer_without_end_event_and_stop_reason_names_its_response() {
    let answer = || stream("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n");
    let sandbox = sandbox_with(Some(Gateway::answering(answer)));
    let outcome = world(&sandbox).run("chat -n -m gpt-5-1 --json Hi");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (6, ""));
    let error = outcome.error();
    assert_eq!(error["partial"]["finish_reason"], json!("incomplete"));
    // What the gateway's people ask for first.
    assert!(error["request_id"].is_string(), "{error}");
    assert_eq!(error["request_id"], error["partial"]["request_id"]);
    let url = error["url"].as_str().unwrap_or_default();
    assert!(url.ends_with("/ai/v1/proxy/openai/v1/chat/completions"), "{error}");
}

#[test]
fn input_that_cannot_fit_is_not_sent() {
    let sandbox = sandbox_with(None);
    let world = world(&sandbox).stdin("x".repeat(1_700_000));
    let outcome = world.run("chat --json Sum it up");
    assert_eq!(outcome.error()["code"], "context_too_long");
    assert_eq!(sandbox.requests().len(), 0);
    let outcome = world.run("chat -m sonnet-4-6 --json Sum it up");
    let error = outcome.error();
    assert_eq!(error["code"], "context_too_long", "the provider says so");
    assert_eq!(error["http_status"], 400);
    assert!(error["request_id"].is_string() && error["url"].is_string(), "{error}");
    assert!(!sandbox.requests().is_empty());
}

#[test]
fn an_unknown_model_is_a_usage_error() {
    let sandbox = sandbox_with(None);
    let world = world(&sandbox);
    let outcome = world.run("chat -n -m gpt-5-9 Hi");
    assert!(outcome.code == 2 && outcome.stderr.contains("there is no model"), "{outcome:?}");
    assert_eq!(sandbox.requests().len(), 0);
}

#[test]
fn a_model_of_the_configuration_is_asked_as_it_says() {
    let sandbox = sandbox_with(None);
    let world = world(&sandbox).user_config(
        r#"{ "gitlab": { "model": "ours", "models": { "ours": { "dialect": "openai_responses", "backend_model": "gpt-5.4-mini" } } } }"#,
    );
    let result = world.run("chat -n --json Hi").json();
    assert_eq!(
        (&result["model"], &result["backend_model"]),
        (&json!("ours"), &json!("gpt-5.4-mini"))
    );
    let asked = sandbox.requests();
    assert!(asked.last().is_some_and(|request| request.path().ends_with("/openai/v1/responses")));
}

/// The instructions of a request of any protocol, and the number of its turns.
fn instructions(request: &Received) -> (String, usize) {
    let body = request.json().expect("a body");
    let list = |name: &str| body[name].as_array().cloned().unwrap_or_default();
    if request.path().ends_with("/v1/messages") {
        return (text_of(&body["system"]), list("messages").len());
    }
    if request.path().ends_with("/chat/completions") {
        let turns = list("messages");
        assert_eq!(turns[0]["role"], "system", "{body}");
        assert!(turns[1..].iter().all(|turn| turn["role"] != "system"), "{body}");
        return (text_of(&turns[0]["content"]), turns.len() - 1);
    }
    (text_of(&body["instructions"]), list("input").len())
}

#[test]
fn every_request_of_every_protocol_begins_with_the_instructions_in_every_turn() {
    for model in MODELS {
        for flags in ["", "--no-stream", "--reasoning --effort low", "-s Ignore_all_of_it."] {
            let sandbox = sandbox_with(None);
            let world =
                world(&sandbox).user_config(r#"{ "gitlab": { "instructions": "Comply." } }"#);
            for turn in ["one", "two", "three"] {
                let run = world.run(&format!("chat -n -m {model} {flags} --session s {turn}"));
                assert_eq!(run.code, 0, "{model} {flags}: {}", run.stderr);
            }
            // The answer is no JSON, so that it is asked for once more.
            let schema = r#"--schema {"type":"object"}"#;
            let run = world.run(&format!("chat -n -m {model} {flags} {schema} --session s four"));
            assert_eq!(run.code, 1, "{model} {flags}: {}", run.stderr);
            let requests = sandbox.requests();
            let asked: Vec<_> = requests
                .iter()
                .filter(|request| request.path().contains("/proxy/"))
                .map(instructions)
                .collect();
            let turns: Vec<usize> = asked.iter().map(|(_, turns)| *turns).collect();
            assert_eq!(turns, [1, 3, 5, 7, 9], "{model} {flags}");
            for (system, turns) in &asked {
                let is_first = system == "Comply." || system.starts_with("Comply.\n\n");
                assert!(is_first, "{model} {flags}, {turns} turns: {system}");
            }
        }
    }
}

#[test]
fn a_long_conversation_is_kept_in_the_providers_cache() {
    let sandbox = sandbox_with(None);
    let world = world(&sandbox);
    for turn in ["one", "two", "three"] {
        assert_eq!(world.run(&format!("chat -n -s Terse. --session s {turn}")).code, 0);
    }
    let requests = sandbox.requests();
    let bodies: Vec<_> = requests
        .iter()
        .filter(|request| request.path().contains("/proxy/"))
        .filter_map(Received::json)
        .collect();
    assert_eq!(bodies[0]["system"], "Terse.", "one question is not worth a cache");
    for body in &bodies[1..] {
        let ephemeral = json!({ "type": "ephemeral" });
        assert_eq!(body["system"][0]["cache_control"], ephemeral, "{body}");
        let turns = body["messages"].as_array().expect("turns");
        let history = &turns[turns.len() - 2];
        assert_eq!(history["content"][0]["cache_control"], ephemeral, "{body}");
        assert!(turns[turns.len() - 1]["content"].is_string(), "{body}");
    }
}

#[test]
fn a_summary_of_the_reasoning_is_requested_only_if_it_is_shown() {
    let sandbox = sandbox_with(None);
    let world = world(&sandbox);
    for (flags, expected) in [
        ("", json!(null)),
        ("--effort low", json!({ "effort": "low" })),
        ("--reasoning", json!({ "summary": "auto" })),
        ("--reasoning --effort high", json!({ "effort": "high", "summary": "auto" })),
    ] {
        assert_eq!(world.run(&format!("chat -n -m gpt-5-3-codex {flags} Hi")).code, 0, "{flags}");
        let body = sandbox.requests().last().and_then(Received::json).expect("a body");
        assert_eq!(body["reasoning"], expected, "{flags}");
    }
}

//! The gateway and its scripted model, against exchanges that were recorded with the real one.

use std::collections::BTreeMap;
use std::fs;

use glduo::sandbox::Sandbox;
use serde_json::{Value, json};

use super::question::Question;
use super::sandbox;
use crate::support::raw::{self, Answer};
use crate::support::world::project_folder;

const CLOUD: &str = "/-/ai_gateway";
const SELF_HOSTED: &str = "/-/self_hosted_gateway";

/// Recorded exchanges that the sandbox has to be asked for.
const CONTROLS: [(&str, &str); 6] = [
    ("allowlist_402", "allowlist"),
    ("no_provider_key_anthropic", "no-key"),
    ("no_provider_key_openai", "no-key"),
    ("not_entitled_403", "not-entitled"),
    ("quota_exceeded_402", "no-credits"),
    ("quota_service_down_403", "not-entitled"),
];

fn events(text: &str) -> Vec<Value> {
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    data.filter_map(|data| serde_json::from_str(data).ok()).collect()
}

#[test]
fn an_answer_streams_in_order_and_piece_by_piece() {
    let sandbox = sandbox();
    let answer = Question::new(&sandbox).ask(&sandbox);
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("text/event-stream; charset=utf-8"))
    );
    assert!(answer.arrivals.len() > 5, "it came in {} pieces", answer.arrivals.len());
    let text: String =
        events(&answer.text()).iter().filter_map(|event| event["delta"]["text"].as_str()).collect();
    assert!(text.starts_with("This is the sandbox's scripted model, not an AI"), "{text}");
    assert!(
        text.contains("“Follow the house rules.”") && text.contains("“What is this?”"),
        "{text}"
    );
    let whole = Question::new(&sandbox).set("/stream", json!(false));
    let whole = whole.ask(&sandbox).json();
    assert_eq!(whole["content"][0]["text"], text.replace("streamed", "in one piece"));
    assert_eq!(
        (&whole["stop_reason"], &whole["usage"]["input_tokens"]),
        (&json!("end_turn"), &json!(9))
    );
}

/// One recorded exchange.
struct Exchange {
    name: String,
    value: Value,
}

impl Exchange {
    fn all() -> Vec<Self> {
        let folder = project_folder().join("tests/fixtures/duo/gateway");
        let files = fs::read_dir(&folder).expect("the recorded exchanges");
        let mut names: Vec<String> = files
            .map(|file| file.expect("a file").file_name().to_string_lossy().into_owned())
            .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
            .collect();
        names.sort();
        let read = |name: String| {
            let text = fs::read_to_string(folder.join(format!("{name}.json"))).expect("a file");
            Self { name, value: serde_json::from_str(&text).expect("JSON") }
        };
        names.into_iter().map(read).collect()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.value["request"]["headers"].as_array().expect("headers").iter();
        let mut fields = lines.filter_map(|line| line.as_str()?.split_once(':'));
        fields.find(|(own, _)| *own == name).map(|(_, value)| value.trim())
    }

    /// Sends the request with the sandbox's own token and headers in place of recorded ones.
    fn send(&self, sandbox: &Sandbox) -> Answer {
        let granted = Question::new(sandbox).headers;
        let mut headers = BTreeMap::new();
        for (name, value) in &granted {
            // What was left out of the recorded request stays out.
            let is_recorded = self.header(name).is_some()
                || name == "x-gitlab-instance-id" && self.header("x-gitlab-realm").is_some();
            if name != "accept" && is_recorded {
                headers.insert(name.as_str(), value.as_str());
            }
        }
        for name in
            ["accept", "anthropic-version", "x-gitlab-unit-primitive", "x-gitlab-project-id"]
        {
            headers.extend(self.header(name).map(|value| (name, value)));
        }
        match self.name.as_str() {
            "expired_token" | "wrong_token" => _ = headers.insert("authorization", "Bearer eyJ"),
            "basic_auth" => _ = headers.insert("authorization", "Basic YTpi"),
            "header_mismatch" => _ = headers.insert("x-gitlab-realm", "saas"),
            _ => {}
        }
        let control = CONTROLS.iter().find(|(own, _)| *own == self.name);
        headers.extend(control.map(|(_, name)| ("x-sandbox", *name)));
        let line = self.value["request"]["line"].as_str().expect("a request line");
        let (method, path) = line.split_once(' ').expect("a method");
        let path = path.trim_end_matches(" HTTP/1.1");
        // Requests with `/ai` went through something that plays the cloud's edge, but for one.
        let is_cloud = path.starts_with("/ai/") && self.name != "unknown_path_with_token";
        let prefix = if is_cloud { CLOUD } else { SELF_HOSTED };
        let body = match &self.value["request"]["body"] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            body => body.to_string(),
        };
        let headers: Vec<(&str, &str)> = headers.into_iter().collect();
        raw::send(sandbox.url(), method, &format!("{prefix}{path}"), &headers, body.as_bytes())
    }
}

/// Names and types, without what they hold.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), shape(value))).collect()
        }
        Value::Array(items) => {
            let mut shapes: Vec<Value> = items.iter().map(shape).collect();
            shapes.dedup();
            json!(shapes)
        }
        Value::String(text) => match text.strip_prefix("b'").or(text.strip_prefix("b\"")) {
            Some(bytes) => json!(format!("bytes from {:?}", bytes.chars().next())),
            None => json!("text"),
        },
        Value::Number(_) => json!("number"),
        other => other.clone(),
    }
}

/// The kinds of a stream's events, without repetitions.
fn kinds(text: &str) -> Vec<String> {
    let kind = |event: &Value| match (&event["type"], &event["object"]) {
        (Value::String(kind), _) | (_, Value::String(kind)) => kind.clone(),
        _ => "error".to_owned(),
    };
    let mut kinds: Vec<String> = events(text).iter().map(kind).collect();
    kinds.dedup();
    kinds
}

#[test]
fn every_recorded_request_is_answered_the_same_way() {
    let sandbox = sandbox();
    let exchanges = Exchange::all();
    assert_eq!(exchanges.len(), 71);
    // The instance gets its tokens there, which the sandbox does by itself.
    for exchange in exchanges.iter().filter(|one| !one.name.starts_with("user_access_token")) {
        let (name, answer, recorded) =
            (&exchange.name, exchange.send(&sandbox), &exchange.value["response"]);
        assert_eq!(u64::from(answer.status), recorded["status"], "{name}: {}", answer.text());
        let fields = recorded["headers"].as_array().expect("headers").iter();
        let mut fields = fields.filter_map(|line| line.as_str()?.split_once(": "));
        let kind = fields.find(|(own, _)| *own == "content-type").map(|(_, kind)| kind);
        assert_eq!(answer.header("content-type"), kind, "{name}");
        if let Some(file) = recorded["body_file"].as_str() {
            let folder = project_folder().join("tests/fixtures/duo/gateway");
            let stream = fs::read_to_string(folder.join(file)).expect("a stream");
            let mut expected = kinds(&stream);
            // This stream has its error before its first words.
            if name == "responses_error_event" || name == "responses_upstream_lost_in_stream" {
                expected.retain(|kind| kind == "error");
                assert!(kinds(&answer.text()).ends_with(&expected), "{name}: {}", answer.text());
                continue;
            }
            let own: Vec<String> = kinds(&answer.text())
                .into_iter()
                .filter(|kind| !kind.starts_with("response.reasoning_summary_part.done"))
                .collect();
            assert_eq!(own, expected, "{name}");
            continue;
        }
        match &recorded["body"] {
            Value::String(text) => assert_eq!(answer.text(), *text, "{name}"),
            body if answer.status == 200 => {
                let own = shape(&answer.json());
                let lost: Vec<&String> = body
                    .as_object()
                    .expect("an object")
                    .keys()
                    .filter(|key| own.get(*key).is_none())
                    .collect();
                assert!(lost.is_empty(), "{name} lacks {lost:?}");
            }
            body if body.get("detail").is_some() || body["error"].is_string() => {
                assert_eq!(answer.json(), *body, "{name}");
            }
            body => assert_eq!(shape(&answer.json()), shape(body), "{name}: {}", answer.text()),
        }
    }
}

#[test]
fn what_sdks_send_is_taken() {
    let sandbox = sandbox();
    let question = || Question::new(&sandbox);
    let tools = json!([
        { "role": "user", "content": "Look" },
        { "role": "assistant", "content": [
            { "type": "text", "text": "I look." },
            { "type": "tool_use", "id": "toolu_1", "name": "look", "input": {} },
        ] },
        { "role": "user", "content": [
            { "type": "tool_result", "tool_use_id": "toolu_1", "content": "found" },
            { "type": "text", "text": "And?" },
        ] },
    ]);
    for question in [
        question().with("accept", "application/json"),
        question().without("accept").with("x-api-key", "k").with("cookie", "a=b"),
        question().set("/system", json!("Plain text.")),
        question().set("/metadata", json!({ "user_id": "x" })).set("/top_k", json!(5)),
        question().set("/unknown", json!({ "a": [1] })),
        question().set("/messages", tools),
        question().set(
            "/tools",
            json!([{ "name": "look", "description": "x", "input_schema": { "type": "object" } }]),
        ),
    ] {
        let answer = question.ask(&sandbox);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    for (path, body) in [
        (
            "chat/completions",
            json!({
                "model": "gpt-5.1-2025-11-13", "n": 1, "seed": 7, "user": "x", "metadata": {},
                "messages": [
                    { "role": "developer", "content": "Rules." },
                    { "role": "user", "content": [{ "type": "text", "text": "Look" }] },
                    { "role": "assistant", "content": null, "tool_calls": [
                        { "id": "c", "type": "function", "function": { "name": "look", "arguments": "{}" } },
                    ] },
                    { "role": "tool", "tool_call_id": "c", "content": "found" },
                ],
            }),
        ),
        (
            "responses",
            json!({
                "model": "gpt-5.3-codex", "input": "Look", "store": false, "include": [], "top_p": 1,
            }),
        ),
    ] {
        let answer =
            question().with_body(body).ask_at(&sandbox, &format!("/ai/v1/proxy/openai/v1/{path}"));
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
}

#[test]
fn what_a_provider_refuses_is_refused_in_its_shape_and_wrapped_for_a_stream() {
    let sandbox = sandbox();
    let question = || Question::new(&sandbox);
    for (question, words) in [
        (question().without("anthropic-version"), "anthropic-version: header is required"),
        (question().set("/messages", json!([])), "messages: "),
        (question().set("/messages/0/role", json!("assistant")), "messages.0.role: "),
        (question().set("/messages/0/content", json!(" ")), "messages.0.content: "),
        (question().set("/max_tokens", json!(0)), "max_tokens: "),
        (
            question().set("/max_tokens", json!(200_000)),
            "max_tokens: 200000 > 64000, which is the maximum allowed number of output tokens",
        ),
        (question().set("/temperature", json!(1.5)), "temperature: "),
        (
            question().set("/thinking", json!({ "type": "enabled", "budget_tokens": 8 })),
            "thinking.budget_tokens",
        ),
        (
            question().set("/model", json!("claude-opus-5")).set("/temperature", json!(0.5)),
            "temperature: ",
        ),
        (
            question().set("/messages/0/content", json!("x".repeat(800_100))),
            "prompt is too long: 200031 tokens > 200000 maximum",
        ),
    ] {
        let wrapped = question.ask(&sandbox);
        let text = wrapped.json()["message"].as_str().unwrap_or_default().to_owned();
        assert_eq!(wrapped.status, 400);
        assert!(text.starts_with("b'{") && text.contains(words), "{words}: {text}");
        let whole = question.set("/stream", json!(false)).ask(&sandbox);
        let error = &whole.json()["error"];
        assert_eq!((whole.status, &error["type"]), (400, &json!("invalid_request_error")));
        assert!(error["message"].as_str().is_some_and(|text| text.contains(words)), "{error}");
    }
}

#[test]
fn faults_are_made_by_the_beginning_of_a_prompt() {
    let sandbox = sandbox();
    for (name, status, words) in [
        ("insufficient-quota", 429, "credit balance"),
        ("flagged", 400, "content filtering"),
        ("529", 529, "Overloaded"),
        ("no-credits", 402, "USAGE_QUOTA_EXCEEDED"),
        ("not-entitled", 403, "USAGE_QUOTA_NOT_ENTITLED"),
        ("no-key", 400, "API key not found"),
        ("reset", 500, "Server disconnected"),
        ("in-stream-401", 200, "authentication_error"),
    ] {
        let prompt = json!(format!("[[{name}]] What is this?"));
        let answer = Question::new(&sandbox).set("/messages/0/content", prompt).ask(&sandbox);
        assert_eq!(answer.status, status, "{name}");
        assert!(answer.text().contains(words), "{name}: {}", answer.text());
    }
}

#[test]
fn definitions_need_no_token_and_each_gateway_has_its_own_root() {
    let sandbox = sandbox();
    for path in
        ["/-/ai_gateway/ai/v1/models/definitions", "/-/self_hosted_gateway/v1/models/definitions"]
    {
        let models = raw::get(sandbox.url(), path, &[]).json()["models"].clone();
        assert!(models[0]["identifier"].is_string() && models[0]["cost_indicator"].is_string());
    }
    let at = |path: &str| Question::new(&sandbox).ask_at_root(&sandbox, path).status;
    assert_eq!(at("/-/ai_gateway/ai/v1/proxy/anthropic/v1/messages"), 200);
    assert_eq!(at("/-/ai_gateway/v1/proxy/anthropic/v1/messages"), 404);
    assert_eq!(at("/-/self_hosted_gateway/v1/proxy/anthropic/v1/messages"), 200);
    assert_eq!(at("/-/self_hosted_gateway/ai/v1/proxy/anthropic/v1/messages"), 404);
}

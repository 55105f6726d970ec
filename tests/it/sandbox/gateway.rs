//! The gateway and its scripted model.

use glduo::sandbox::Sandbox;
use serde_json::{Value, json};

use super::question::Question;
use super::sandbox;

#[test]
fn an_answer_streams_in_order_and_piece_by_piece() {
    let sandbox = sandbox();
    let answer = Question::new(&sandbox).ask(&sandbox);
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("text/event-stream; charset=utf-8"))
    );
    assert!(answer.arrivals.len() > 5, "it came in {} pieces", answer.arrivals.len());
    let stream = answer.text();
    let events: Vec<Value> = stream
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).expect("JSON"))
        .collect();
    let mut kinds: Vec<&str> = events.iter().filter_map(|event| event["type"].as_str()).collect();
    kinds.dedup();
    assert_eq!(
        kinds,
        [
            "message_start",
            "content_block_start",
            "ping",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop",
        ]
    );
    let text: String = events.iter().filter_map(|event| event["delta"]["text"].as_str()).collect();
    assert!(text.starts_with("This is the sandbox's scripted model, not an AI"), "{text}");
    assert!(
        text.contains("“Follow the house rules.”") && text.contains("“What is this?”"),
        "{text}"
    );
    let whole =
        Question::new(&sandbox).set("/stream", json!(false)).with("accept", "application/json");
    let whole = whole.ask(&sandbox).json();
    assert_eq!(whole["content"][0]["text"], text.replace("streamed", "in one piece"));
    assert_eq!(
        (&whole["stop_reason"], &whole["usage"]["input_tokens"]),
        (&json!("end_turn"), &json!(9))
    );
}

fn refused(sandbox: &Sandbox, question: &Question, status: u16, words: &str) {
    let answer = question.ask(sandbox);
    let text = answer.text();
    assert!(answer.status == status && text.contains(words), "{words}: {} {text}", answer.status);
}

#[test]
fn each_header_must_be_there_as_it_was_given() {
    let sandbox = sandbox();
    let question = || Question::new(&sandbox);
    let bearer = format!("Bearer {}", sandbox.token());
    for (question, status, words) in [
        (question().without("authorization"), 401, "Unauthorized"),
        (question().with("authorization", &bearer), 401, "Unauthorized"),
        (
            question().without("x-gitlab-unit-primitive"),
            400,
            "Missing x-gitlab-unit-primitive header",
        ),
        (question().with("x-gitlab-unit-primitive", "x"), 403, "Unauthorized to access x"),
        (question().without("x-gitlab-realm"), 400, "Missing X-Gitlab-Realm header"),
        (question().with("x-gitlab-realm", "saas"), 403, "Header mismatch"),
        (question().without("x-gitlab-feature-enabled-by-namespace-ids"), 400, "Missing"),
        (question().with("x-api-key", "k"), 400, "x-api-key"),
        (question().with("private-token", "k"), 400, "private-token"),
        (question().without("content-type"), 415, "media type"),
        (question().without("anthropic-version"), 400, "anthropic-version: header is required"),
        (question().with("anthropic-version", "2020-01-01"), 400, "not a valid version"),
        (question().with("accept", "application/json"), 406, "text/event-stream"),
    ] {
        refused(&sandbox, &question, status, words);
    }
}

#[test]
fn each_part_of_the_body_is_checked() {
    let sandbox = sandbox();
    let question = || Question::new(&sandbox);
    for (question, status, words) in [
        (question().set("/model", json!("gpt-5")), 400, "Unsupported model"),
        (question().set("/extra", json!(1)), 422, "unknown field `extra`"),
        (question().set("/messages/0/extra", json!(1)), 422, "detail"),
        (question().set("/max_tokens", json!(null)), 400, "max_tokens: Field required"),
        (question().set("/max_tokens", json!(0)), 400, "max_tokens"),
        (question().set("/max_tokens", json!("8")), 422, "detail"),
        (question().set("/messages", json!([])), 400, "at least one message"),
        (question().set("/messages/0/role", json!("assistant")), 400, "first message"),
        (question().set("/messages/0/role", json!("system")), 422, "system"),
        (question().set("/messages/0/content", json!(" ")), 400, "non-whitespace"),
        (question().set("/messages/0/content", json!([])), 400, "non-empty"),
        (
            question().set("/messages/0/content", json!([{ "type": "text", "text": "a", "x": 1 }])),
            400,
            "unknown field",
        ),
        (question().set("/system", json!(7)), 400, "system"),
        (question().set("/system", json!([{ "type": "text", "text": "" }])), 400, "non-empty"),
        (question().set("/temperature", json!(1.5)), 400, "temperature"),
        (
            question().set("/thinking", json!({ "type": "enabled", "budget_tokens": 8192 })),
            400,
            "budget_tokens",
        ),
        (question().set("/tool_choice", json!({ "type": "auto" })), 400, "tool_choice"),
        (
            question().set("/messages/0/content", json!("x".repeat(800_100))),
            400,
            "prompt is too long: 200031 tokens > 200000 maximum",
        ),
    ] {
        refused(&sandbox, &question, status, words);
    }
    let twice = json!([{ "role": "user", "content": "a" }, { "role": "user", "content": "b" }]);
    let answer = question().set("/messages", twice).ask(&sandbox).json();
    assert_eq!(
        (&answer["type"], &answer["error"]["type"]),
        (&json!("error"), &json!("invalid_request_error"))
    );
}

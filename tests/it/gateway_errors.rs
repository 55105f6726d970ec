//! What `glduo chat` makes of every error that GitLab's AI gateway, the provider behind it and
//! the instance give: the recorded exchanges of `tests/fixtures/duo/gateway`, and their neighbors.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use glduo::sandbox::{Received, Reply, Sandbox};
use serde_json::Value;

use crate::support::gitlab::{answering, connected};
use crate::support::world::{Outcome, project_folder};

const DIRECT_ACCESS: &str = "/api/v4/ai/third_party_agents/direct_access";

/// How a chat ended, and what it sent.
struct Ended {
    outcome: Outcome,
    questions: usize,
    tokens: usize,
}

impl Ended {
    /// Exit code, error code, model requests and token requests.
    fn facts(&self) -> (u8, String, usize, usize) {
        let code = self.outcome.error()["code"].as_str().unwrap_or_default().to_owned();
        (self.outcome.code, code, self.questions, self.tokens)
    }
}

fn count(sandbox: &Sandbox, is_one: impl Fn(&Received) -> bool) -> usize {
    sandbox.requests().iter().filter(|request| is_one(request)).count()
}

/// Asks a model whose gateway always answers this.
fn ask(model: &str, reply: &Reply) -> Ended {
    let reply = reply.clone();
    let sandbox =
        answering(move |request| request.path().contains("/proxy/").then(|| reply.clone()));
    let outcome = connected(&sandbox).run(&format!("chat -n --json -m {model} Hi"));
    let questions = count(&sandbox, |request| request.path().contains("/proxy/"));
    let tokens = count(&sandbox, |request| request.path() == DIRECT_ACCESS);
    Ended { outcome, questions, tokens }
}

fn model(fixture: &str) -> &'static str {
    match fixture.split('_').next() {
        Some("chat") => "gpt-5-1",
        Some("responses") => "gpt-5-3-codex",
        _ => "sonnet-4-5",
    }
}

fn recorded(fixture: &str) -> Reply {
    let path = project_folder().join("tests/fixtures/duo/gateway").join(format!("{fixture}.json"));
    let text = std::fs::read_to_string(path).expect("a fixture");
    let exchange: Value = serde_json::from_str(&text).expect("JSON");
    let response = &exchange["response"];
    let status =
        response["status"].as_u64().and_then(|it| u16::try_from(it).ok()).expect("a status");
    match &response["body"] {
        Value::String(text) => Reply::whole(status, "text/plain; charset=utf-8", text.as_str()),
        body => Reply::json(status, body.to_string()),
    }
}

/// Fixture, exit code, code, model requests, token requests, and words of the message.
#[rustfmt::skip]
const RECORDED: &[(&str, u8, &str, usize, usize, &str)] = &[
    ("D_upstream_400_stream", 1, "bad_request", 1, 1, "temperature"),
    ("D_upstream_400_whole", 1, "bad_request", 1, 1, "temperature"),
    ("D_upstream_401_stream", 6, "server_error", 1, 1, "own API key"),
    ("D_upstream_404_stream", 5, "model_unavailable", 1, 1, "model"),
    ("D_upstream_429_stream", 6, "rate_limited", 4, 1, "accepts no more requests"),
    ("D_upstream_ctx_stream", 1, "context_too_long", 1, 1, "longer than the model's context"),
    ("D_upstream_lost_before", 6, "server_error", 1, 1, "Server disconnected"),
    ("anthropic_upstream_529_stream", 6, "server_error", 4, 1, "Overloaded"),
    ("anthropic_upstream_empty500_stream", 6, "server_error", 1, 1, ""),
    ("anthropic_upstream_html502_stream", 6, "server_error", 1, 1, ""),
    ("anthropic_upstream_html502_whole", 6, "server_error", 1, 1, ""),
    ("no_token", 4, "unauthenticated", 1, 1, "received no token"),
    ("basic_auth", 4, "unauthenticated", 1, 1, "received no token"),
    ("no_auth_type", 4, "unauthenticated", 2, 2, "only OIDC is supported"),
    ("wrong_token", 4, "unauthenticated", 2, 2, "Forbidden by auth provider"),
    ("expired_token", 4, "unauthenticated", 2, 2, "Forbidden by auth provider"),
    ("header_mismatch", 4, "unauthenticated", 2, 2, "Header mismatch"),
    ("no_unit_primitive", 1, "bad_request", 1, 1, "Missing x-gitlab-unit-primitive header"),
    ("unknown_unit_primitive", 1, "bad_request", 1, 1, "Unknown unit primitive header"),
    ("primitive_not_for_proxy", 1, "bad_request", 1, 1, "cannot be used for"),
    ("primitive_not_in_token", 5, "duo_disabled", 1, 1, "Unauthorized to access"),
    ("project_mismatch", 4, "forbidden", 1, 1, "Gitlab project id mismatch"),
    ("project_not_a_number", 6, "server_error", 1, 1, "Internal Server Error"),
    ("unknown_upstream_path", 6, "bad_response", 2, 1, "Not found"),
    ("invalid_json", 1, "bad_request", 1, 1, "only a part of the request"),
    ("body_no_object", 6, "server_error", 1, 1, "Internal Server Error"),
    ("no_model", 1, "bad_request", 1, 1, "Failed to extract model name"),
    ("unsupported_model", 5, "model_unavailable", 1, 1, "Unsupported model"),
    ("allowlist_402", 5, "duo_disabled", 1, 1, "Proxy endpoints are not enabled"),
    ("quota_exceeded_402", 5, "no_credits", 1, 1, "sufficient credits"),
    ("not_entitled_403", 5, "no_seat", 1, 1, "entitlements"),
    ("quota_service_down_403", 5, "no_seat", 1, 1, "entitlements"),
    ("no_provider_key_anthropic", 5, "model_unavailable", 1, 1, "API key not found"),
    ("no_provider_key_openai", 5, "model_unavailable", 1, 1, "API key not found"),
];

fn check_message(name: &str, error: &Value, words: &str) {
    let message = error["message"].as_str().expect("a message");
    assert!(message.contains(words), "{name}: {message}");
    for trace in ["b'", "b\"", "\\x", "\\n", "\\'", "param ;", "<html", "request_id"] {
        assert!(!message.contains(trace), "{name}: {message}");
    }
    assert!(error["hint"].is_string() && error["url"].is_string(), "{name}: {error}");
    assert!(error["http_status"].is_number(), "{name}: {error}");
}

#[test]
fn every_recorded_error_has_its_code_its_words_and_its_number_of_requests() {
    for (name, exit, code, questions, tokens, words) in RECORDED {
        let dialects: &[&str] =
            if name.starts_with("D_") { &["anthropic_", "chat_", "responses_"] } else { &[""] };
        for dialect in dialects {
            let name = name.trim_start_matches("D_");
            let fixture = format!("{dialect}{name}");
            let ended = ask(model(&fixture), &recorded(&fixture));
            let expected = (*exit, (*code).to_owned(), *questions, *tokens);
            assert_eq!(ended.facts(), expected, "{fixture}: {}", ended.outcome.stderr);
            check_message(&fixture, &ended.outcome.error(), words);
        }
    }
}

#[test]
fn a_404_of_an_unknown_path_is_about_the_address() {
    let ended = ask("sonnet-4-5", &recorded("unknown_path_with_token"));
    let error = ended.outcome.error();
    assert_eq!((ended.outcome.code, error["code"].as_str()), (6, Some("bad_response")));
    assert!(
        error["hint"].as_str().is_some_and(|it| it.contains("local AI gateway URL")),
        "{error}"
    );
}

/// Neighbors of the recorded ones: status, content type, body, and what comes of it.
#[rustfmt::skip]
const NEIGHBORS: &[(u16, &str, u8, &str, usize, usize)] = &[
    // A provider's words about tokens are not about ours.
    (400, r#"{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: 200000 > 64000, which is the maximum allowed number of output tokens"}}"#, 1, "bad_request", 1, 1),
    (400, r#"{"message":"b'{\"error\": {\"message\": \"Invalid \\'max_output_tokens\\': expired token\", \"type\": \"invalid_request_error\", \"param\": null, \"code\": \"invalid_value\"}}'"}"#, 1, "bad_request", 1, 1),
    (403, r#"{"detail":"Token has expired"}"#, 5, "duo_disabled", 1, 1),
    (403, r#"{"type":"error","error":{"type":"permission_error","message":"Your API key has no access to this model"}}"#, 6, "server_error", 1, 1),
    (403, r#"{"message":"b'{\"error\": {\"message\": \"x\", \"type\": \"permission_denied\", \"code\": null}}'"}"#, 6, "server_error", 1, 1),
    (401, r#"{"error":{"message":"Invalid token","type":"invalid_request_error","code":"invalid_api_key"}}"#, 6, "server_error", 1, 1),
    (400, r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the API"}}"#, 5, "model_unavailable", 1, 1),
    (402, r#"{"type":"error","error":{"type":"billing_error","message":"Pay"}}"#, 5, "model_unavailable", 1, 1),
    (402, r#"{"detail":"Proxy endpoints are not enabled for this instance"}"#, 5, "duo_disabled", 1, 1),
    (402, r#"{"message":"insufficient credits"}"#, 5, "no_credits", 1, 1),
    (429, r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#, 5, "model_unavailable", 1, 1),
    (429, r#"{"message":"b'{\"error\": {\"message\": \"Quota\", \"type\": \"insufficient_quota\", \"code\": \"insufficient_quota\"}}'"}"#, 5, "model_unavailable", 1, 1),
    (429, "Too many requests", 6, "rate_limited", 4, 1),
    (400, r#"{"error":{"message":"Your prompt was flagged as potentially violating our usage policy.","type":"invalid_request_error","code":"invalid_prompt"}}"#, 1, "refused", 1, 1),
    (413, r#"{"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}"#, 1, "context_too_long", 1, 1),
    (400, r#"{"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 199000 + 8192 > 200000"}}"#, 1, "context_too_long", 1, 1),
    (400, r#"{"error":{"message":"The model does not exist or you do not have access to it.","code":"model_not_found"}}"#, 5, "model_unavailable", 1, 1),
    (422, r#"{"detail":[{"loc":["body","messages"],"msg":"field required","type":"value_error.missing"}]}"#, 1, "bad_request", 1, 1),
    (404, r#"{"detail":"Not found"}"#, 6, "bad_response", 2, 1),
    // A 401 in no known shape renews once, a page does not.
    (401, "", 4, "unauthenticated", 2, 2),
    (401, "{}", 4, "unauthenticated", 2, 2),
    (401, "Unauthorized", 4, "unauthenticated", 2, 2),
    (401, r#"{"message":"401 Unauthorized"}"#, 4, "unauthenticated", 2, 2),
    (401, "<html><title>Sign in</title></html>", 6, "bad_response", 1, 1),
    (403, "<!DOCTYPE html><title>Blocked</title>", 6, "bad_response", 1, 1),
    (422, "<html>The change you wanted was rejected</html>", 6, "bad_response", 1, 1),
    (500, "", 6, "server_error", 1, 1),
    (502, r#"{"detail":"Bad Gateway"}"#, 6, "server_error", 1, 1),
    (503, "<html>down</html>", 6, "server_error", 4, 1),
    (504, "<html>timed out</html>", 6, "server_error", 1, 1),
];

fn neighbor(status: u16, body: &str) -> Reply {
    match body.chars().next() {
        Some('{') => Reply::json(status, body),
        Some('<') => Reply::whole(status, "text/html", body),
        _ => Reply::whole(status, "text/plain", body),
    }
}

#[test]
fn the_neighbors_of_the_recorded_errors_are_told_apart_too() {
    for (status, body, exit, code, questions, tokens) in NEIGHBORS {
        let ended = ask("sonnet-4-5", &neighbor(*status, body));
        let expected = (*exit, (*code).to_owned(), *questions, *tokens);
        assert_eq!(ended.facts(), expected, "{status} {body}: {}", ended.outcome.stderr);
        check_message(body, &ended.outcome.error(), "");
    }
}

#[test]
fn a_wait_that_the_provider_names_is_told_and_kept() {
    let ended = ask("gpt-5-1", &recorded("chat_upstream_429_stream"));
    let error = ended.outcome.error();
    assert_eq!(error["retry_after"], 12, "{error}");
    assert!(ended.outcome.stderr.contains("trying again in 12 s"), "{}", ended.outcome.stderr);
}

#[test]
fn a_stale_token_is_replaced_once_and_the_answer_comes() {
    let seen = Arc::new(AtomicUsize::new(0));
    let before = Arc::clone(&seen);
    let sandbox = answering(move |request| {
        let is_first =
            request.path().contains("/proxy/") && before.fetch_add(1, Ordering::SeqCst) == 0;
        is_first.then(|| recorded("expired_token"))
    });
    let outcome = connected(&sandbox).run("chat -n Hi");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert_eq!(count(&sandbox, |request| request.path() == DIRECT_ACCESS), 2);
}

#[test]
fn a_refused_token_request_names_its_causes() {
    for (status, text, exit, code, tries, hint) in [
        (503, "Token creation failed", 6, "server_error", 2, "credits"),
        (503, "Token is missing in response", 6, "server_error", 2, "connection"),
        (
            503,
            "Missing default GitLab Duo namespace user preference",
            5,
            "no_default_namespace",
            1,
            "preferences",
        ),
        (403, "403 Forbidden", 5, "duo_disabled", 1, "direct connections"),
        (404, "404 Not Found", 5, "duo_disabled", 1, "18.4"),
        (503, "Down", 6, "server_error", 4, "later"),
    ] {
        let sandbox = answering(move |request| {
            (request.path() == DIRECT_ACCESS).then(|| Reply::message(status, text))
        });
        let outcome = connected(&sandbox).run("chat -n --json Hi");
        let error = outcome.error();
        assert_eq!((outcome.code, error["code"].as_str()), (exit, Some(code)), "{text}");
        assert!(error["hint"].as_str().is_some_and(|it| it.contains(hint)), "{text}: {error}");
        assert_eq!(count(&sandbox, |request| request.path() == DIRECT_ACCESS), tries, "{text}");
    }
}

#[test]
fn a_page_where_a_stream_was_due_is_about_the_address() {
    let ended = ask("sonnet-4-5", &Reply::whole(200, "text/html", "<html><title>Sign in</title>"));
    let error = ended.outcome.error();
    assert_eq!((ended.outcome.code, error["code"].as_str()), (6, Some("bad_response")));
    assert!(
        error["hint"].as_str().is_some_and(|it| it.contains("GITLAB_AI_GATEWAY_URL")),
        "{error}"
    );
}

#[test]
fn a_lost_header_is_not_explained_by_the_users_values() {
    for fixture in ["no_unit_primitive", "unknown_unit_primitive", "primitive_not_for_proxy"] {
        let error = ask("sonnet-4-5", &recorded(fixture)).outcome.error();
        let hint = error["hint"].as_str().expect("a hint");
        assert!(
            hint.contains("glduo doctor") && !hint.contains("--max-tokens"),
            "{fixture}: {hint}"
        );
    }
}

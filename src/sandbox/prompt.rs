//! What reaches the model: requests of three dialects, checked against JSON Schemas and read for
//! their texts (API references of Anthropic and OpenAI). Unknown fields pass, as in the gateway.

use boon::{Compiler, Schemas, ValidationError};
use serde_json::Value;

use super::faults::Fault;
use super::received::Received;

/// The protocols of the providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Anthropic Messages.
    Messages,
    /// OpenAI Chat Completions.
    Chat,
    /// OpenAI Responses.
    Responses,
}

/// A request that is in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Prompt {
    pub(super) model: String,
    pub(super) max_tokens: u64,
    pub(super) stream: bool,
    /// The parts of the system prompt.
    pub(super) system: Vec<String>,
    pub(super) turns: Vec<Turn>,
    pub(super) stop_sequences: Vec<String>,
    /// Whether the model shows its reasoning.
    pub(super) thinks: bool,
}

/// One message: whether the user said it, and all the text in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) is_user: bool,
    pub(super) text: String,
}

const SCHEMAS: &str = include_str!("schemas.json");
/// A name for the schemas inside the validator; nothing is fetched from it.
const PLACE: &str = "schema:/providers";

/// The most tokens of a prompt, and of an answer: Anthropic's, then OpenAI's.
const LIMITS: [(usize, u64); 2] = [(200_000, 64_000), (400_000, 128_000)];

/// The upstream models on the gateway's list, and whether only Responses serves one.
const MODELS: [(&str, bool); 25] = [
    ("claude-haiku-4-5-20251001", false),
    ("claude-sonnet-4-5-20250929", false),
    ("claude-opus-4-5-20251101", false),
    ("claude-sonnet-4-6", false),
    ("claude-opus-4-6", false),
    ("claude-sonnet-5", false),
    ("claude-opus-4-7", false),
    ("claude-opus-4-8", false),
    ("claude-opus-5", false),
    ("claude-fable-5", false),
    ("claude-fable-5-1", false),
    ("gpt-5", false),
    ("gpt-5.1", false),
    ("gpt-5.1-2025-11-13", false),
    ("gpt-5.2-2025-12-11", false),
    ("gpt-5.4-2026-03-05", false),
    ("gpt-5.5-2026-04-23", false),
    ("gpt-5-mini-2025-08-07", false),
    ("gpt-5.4-mini", false),
    ("gpt-5.4-nano", false),
    ("gpt-6-astra", true),
    ("gpt-5.6-sol", true),
    ("gpt-5.6-terra", true),
    ("gpt-5.6-luna", true),
    ("gpt-5.3-codex", true),
];

/// Whether a model is on the gateway's list of a provider.
pub(super) fn offers(model: &str, is_anthropic: bool) -> bool {
    model.starts_with("claude") == is_anthropic && MODELS.iter().any(|(own, _)| *own == model)
}

impl Prompt {
    /// A rough count: four characters per token.
    pub(super) fn input_tokens(&self) -> usize {
        let texts = self.system.iter().chain(self.turns.iter().map(|turn| &turn.text));
        texts.map(|text| text.chars().count()).sum::<usize>().div_ceil(4)
    }
}

/// Finds out whether the provider accepts a request.
pub(super) fn check(dialect: Dialect, request: &Received, body: &Value) -> Result<(), Fault> {
    let invalid = |words: &str, param: &str| Err(Fault::invalid(dialect, words, Some(param)));
    let is_messages = dialect == Dialect::Messages;
    if is_messages && request.header("anthropic-version") != Some("2023-06-01") {
        return invalid("anthropic-version: header is required", "");
    }
    let model = body["model"].as_str().unwrap_or_default();
    if dialect == Dialect::Chat && MODELS.iter().any(|(own, alone)| *alone && *own == model) {
        let words = "This model is only supported in v1/responses and not in v1/chat/completions.";
        return match Fault::invalid(dialect, words, Some("model")) {
            Fault::Error(_, error) => Err(Fault::Error(404, error)),
            other => Err(other),
        };
    }
    fit(dialect, body).or_else(|(param, words)| invalid(&words, &param))?;
    let (context, output) = LIMITS[usize::from(!is_messages)];
    let prompt = read(dialect, body);
    if prompt.max_tokens > output {
        let words = format!(
            "max_tokens: {} > {output}, which is the maximum allowed number of output tokens for {model}",
            prompt.max_tokens
        );
        return invalid(&words, "max_tokens");
    }
    match prompt.input_tokens() {
        tokens if tokens <= context => Ok(()),
        tokens if is_messages => {
            invalid(&format!("prompt is too long: {tokens} tokens > {context} maximum"), "")
        }
        tokens => {
            let words = format!(
                "This model's maximum context length is {context} tokens. However, your messages resulted in {tokens} tokens."
            );
            let mut fault = Fault::invalid(dialect, &words, Some("messages"));
            if let Fault::Error(_, error) = &mut fault {
                error["code"] = Value::from("context_length_exceeded");
            }
            Err(fault)
        }
    }
}

/// Checks a body against its schema: the field that does not fit, and why.
fn fit(dialect: Dialect, body: &Value) -> Result<(), (String, String)> {
    let name = match dialect {
        Dialect::Messages => "messages",
        Dialect::Chat => "chat",
        Dialect::Responses => "responses",
    };
    let (mut compiler, mut schemas) = (Compiler::new(), Schemas::new());
    let broken = |error: &dyn std::fmt::Display| (String::new(), error.to_string());
    let all: Value = serde_json::from_str(SCHEMAS).map_err(|error| broken(&error))?;
    compiler.add_resource(PLACE, all).map_err(|error| broken(&error))?;
    let place = format!("{PLACE}#/{name}");
    let index = compiler.compile(&place, &mut schemas).map_err(|error| broken(&error))?;
    schemas.validate(body, index).map_err(|error| {
        let cause = deepest(&error);
        let place = cause.instance_location.to_string();
        let place = place.trim_start_matches('/').replace('/', ".");
        let words = format!("{place}: {}", cause.kind);
        (place, words)
    })
}

/// The cause that is deepest in the body: the field, not the object around it.
fn deepest<'e, 's, 'v>(error: &'e ValidationError<'s, 'v>) -> &'e ValidationError<'s, 'v> {
    let depth = |error: &ValidationError<'_, '_>| error.instance_location.tokens.len();
    let causes = error.causes.iter().map(deepest);
    causes.max_by_key(|cause| depth(cause)).unwrap_or(error)
}

/// Reads the texts of a request; what is missing is empty.
pub(super) fn read(dialect: Dialect, body: &Value) -> Prompt {
    let limit = ["max_tokens", "max_completion_tokens", "max_output_tokens"];
    let max_tokens = limit.iter().find_map(|name| body[*name].as_u64());
    let stops = match (&body["stop_sequences"], &body["stop"]) {
        (Value::Array(stops), _) | (_, Value::Array(stops)) => stops.clone(),
        (_, Value::String(stop)) => vec![Value::from(stop.as_str())],
        _ => Vec::new(),
    };
    let reasoning = &body["reasoning"];
    let mut prompt = Prompt {
        model: body["model"].as_str().unwrap_or_default().to_owned(),
        max_tokens: max_tokens.unwrap_or(LIMITS[usize::from(dialect != Dialect::Messages)].1),
        stream: body["stream"] == Value::Bool(true),
        stop_sequences: stops.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        thinks: matches!(body["thinking"]["type"].as_str(), Some("enabled" | "adaptive"))
            || reasoning["summary"].is_string() && reasoning["effort"] != "none",
        ..Prompt::default()
    };
    let mut instruct = |value: &Value| match value {
        Value::Array(blocks) => prompt.system.extend(blocks.iter().map(text)),
        other => prompt.system.push(text(other)),
    };
    instruct(&body["system"]);
    instruct(&body["instructions"]);
    let (messages, input) = (&body["messages"], &body["input"]);
    for item in messages.as_array().or(input.as_array()).into_iter().flatten() {
        let said = match item["tool_calls"].as_array() {
            Some(calls) => {
                format!("{}\n{}", text(&item["content"]), text(&Value::from(calls.clone())))
            }
            None if item["content"].is_null() => text(item),
            None => text(&item["content"]),
        };
        let is_user = !matches!(
            (item["role"].as_str(), item["type"].as_str()),
            (Some("assistant"), _) | (_, Some("function_call" | "reasoning"))
        );
        match item["role"].as_str() {
            Some("system" | "developer") => prompt.system.push(said),
            _ => prompt.turns.push(Turn { is_user, text: said }),
        }
    }
    if let Value::String(input) = input {
        prompt.turns.push(Turn { is_user: true, text: input.clone() });
    }
    prompt.system.retain(|text| !text.is_empty());
    prompt
}

/// What the user said last.
pub(super) fn last_words(body: &Value) -> String {
    // The dialect matters to limits only.
    let turns = read(Dialect::Messages, body).turns;
    turns.into_iter().rfind(|turn| turn.is_user).map(|turn| turn.text).unwrap_or_default()
}

/// All text in a message, a block or a list of them.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join("\n"),
        Value::Object(fields) => {
            if matches!(
                fields.get("type").and_then(Value::as_str),
                Some("image" | "image_url" | "input_image")
            ) {
                return "[image]".to_owned();
            }
            let names = [
                "text",
                "thinking",
                "name",
                "input",
                "arguments",
                "function",
                "output",
                "content",
                "summary",
            ];
            let parts = names.iter().filter_map(|name| fields.get(*name)).map(text);
            parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_of_all_dialects_are_found() {
        let messages = json!({
            "system": [{ "type": "text", "text": "rules" }],
            "messages": [
                { "role": "user", "content": "hello" },
                { "role": "assistant", "content": [{ "type": "tool_use", "id": "1", "name": "look", "input": {} }] },
                { "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "1", "content": "found" }] },
            ],
        });
        let chat = json!({ "messages": [
            { "role": "system", "content": "rules" },
            { "role": "user", "content": [{ "type": "text", "text": "hello" }] },
            { "role": "assistant", "content": null, "tool_calls": [{ "id": "1", "type": "function", "function": { "name": "look", "arguments": "" } }] },
            { "role": "tool", "tool_call_id": "1", "content": "found" },
        ] });
        let responses = json!({ "instructions": "rules", "input": [
            { "type": "message", "role": "user", "content": [{ "type": "input_text", "text": "hello" }] },
            { "type": "function_call", "call_id": "1", "name": "look", "arguments": "" },
            { "type": "function_call_output", "call_id": "1", "output": "found" },
        ] });
        for (dialect, body) in
            [(Dialect::Messages, messages), (Dialect::Chat, chat), (Dialect::Responses, responses)]
        {
            let prompt = read(dialect, &body);
            assert_eq!(prompt.system, ["rules"], "{dialect:?}");
            let turns: Vec<(bool, &str)> =
                prompt.turns.iter().map(|turn| (turn.is_user, turn.text.trim())).collect();
            assert_eq!(turns, [(true, "hello"), (false, "look"), (true, "found")], "{dialect:?}");
        }
    }

    #[test]
    fn the_field_that_does_not_fit_is_named() {
        let body = json!({ "model": "m", "max_tokens": 1, "messages": [{ "role": "cat", "content": "x" }] });
        let (place, words) = fit(Dialect::Messages, &body).expect_err("no role");
        assert!(place == "messages.0.role" && words.contains("must be"), "{place} {words}");
    }
}

//! What OpenAI's two protocols have in common: models, errors, headers and limits (OpenAI API
//! reference).

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::anthropic::Prompt;
use super::anthropic_content::{Role as TurnRole, Turn};
use super::received::Received;
use super::reply::Reply;

/// The most tokens that a request and its answer may have together.
const CONTEXT: usize = 400_000;
/// The most tokens of an answer.
pub(super) const OUTPUT: u64 = 128_000;

/// What a model takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Serves {
    /// Both protocols, and a temperature.
    Both,
    /// Both protocols, the default temperature alone.
    BothUntempered,
    /// Responses alone, the default temperature alone.
    Responses,
}

const MODELS: &[(&str, Serves)] = &[
    ("gpt-5.1-2025-11-13", Serves::Both),
    ("gpt-5.2-2025-12-11", Serves::Both),
    ("gpt-5.4-2026-03-05", Serves::Both),
    ("gpt-5.5-2026-04-23", Serves::Both),
    ("gpt-5-mini-2025-08-07", Serves::BothUntempered),
    ("gpt-5.4-mini", Serves::Both),
    ("gpt-5.4-nano", Serves::Both),
    ("gpt-6-astra", Serves::Responses),
    ("gpt-5.6-sol", Serves::Responses),
    ("gpt-5.6-terra", Serves::Responses),
    ("gpt-5.6-luna", Serves::Responses),
    ("gpt-5-codex", Serves::Responses),
    ("gpt-5.2-codex", Serves::Responses),
    ("gpt-5.3-codex", Serves::Responses),
];

const EFFORTS: &[&str] = &["none", "minimal", "low", "medium", "high", "xhigh", "max"];

/// Who speaks.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    System,
    Developer,
    User,
    Assistant,
}

/// The provider's error.
pub(super) fn error(status: u16, code: Option<&str>, param: &str, words: &str) -> Reply {
    let body = json!({ "error": {
        "message": words, "type": "invalid_request_error", "param": param, "code": code,
    } });
    Reply::json(status, body.to_string())
}

/// The provider's error for a request that is not in order.
pub(super) fn invalid(param: &str, words: &str) -> Reply {
    error(400, Some("invalid_value"), param, words)
}

/// The body with known fields only, each of its type.
pub(super) fn body<T: DeserializeOwned>(request: &Received) -> Result<T, Reply> {
    let raw: Value =
        serde_json::from_slice(&request.body).map_err(|_| Reply::detail(400, "Invalid JSON"))?;
    serde_json::from_value(raw).map_err(|problem| {
        let words = problem.to_string();
        let code = words.starts_with("unknown field").then_some("unknown_parameter");
        error(400, code, "body", &words)
    })
}

/// What the model takes; one that the gateway does not offer is refused.
pub(super) fn model(name: &str) -> Result<Serves, Reply> {
    let known = MODELS.iter().find(|(own, _)| *own == name);
    known.map(|(_, serves)| *serves).ok_or_else(|| Reply::detail(400, "Unsupported model"))
}

pub(super) fn check_accept(request: &Received, streams: bool) -> Result<(), Reply> {
    let wanted = if streams { "text/event-stream" } else { "application/json" };
    let accept = request.header("accept").unwrap_or("*/*");
    if [wanted, "*/*"].iter().any(|kind| accept.contains(kind)) {
        return Ok(());
    }
    Err(Reply::detail(406, format!("The answer is {wanted}, which accept does not name")))
}

pub(super) fn check_effort(param: &str, effort: Option<&str>) -> Result<(), Reply> {
    match effort {
        Some(word) if !EFFORTS.contains(&word) => Err(invalid(
            param,
            &format!("Invalid value: '{word}'. Supported values are: {}.", EFFORTS.join(", ")),
        )),
        _ => Ok(()),
    }
}

pub(super) fn check_temperature(serves: Serves, temperature: Option<f64>) -> Result<(), Reply> {
    match temperature {
        Some(given) if !(0.0..=2.0).contains(&given) => {
            Err(invalid("temperature", "Invalid 'temperature': expected a value from 0 to 2."))
        }
        Some(given) if serves != Serves::Both && (given - 1.0).abs() > f64::EPSILON => {
            let words = format!(
                "Unsupported value: 'temperature' does not support {given} with this model. Only the default (1) value is supported."
            );
            Err(error(400, Some("unsupported_value"), "temperature", &words))
        }
        _ => Ok(()),
    }
}

pub(super) fn check_output_limit(
    param: &str,
    limit: Option<u64>,
    least: u64,
) -> Result<u64, Reply> {
    match limit {
        None => Ok(OUTPUT),
        Some(limit) if (least..=OUTPUT).contains(&limit) => Ok(limit),
        Some(limit) => Err(invalid(
            param,
            &format!(
                "Invalid '{param}': expected a value from {least} to {OUTPUT}, but got {limit} instead."
            ),
        )),
    }
}

/// Puts what somebody says where it belongs: with the instructions or into the conversation.
pub(super) fn sort(role: Role, text: String, system: &mut Vec<String>, turns: &mut Vec<Turn>) {
    match role {
        Role::System | Role::Developer => system.push(text),
        Role::User => turns.push(Turn { role: TurnRole::User, text }),
        Role::Assistant => turns.push(Turn { role: TurnRole::Assistant, text }),
    }
}

/// A prompt that fits, and that has something to answer.
pub(super) fn fitting(prompt: Prompt) -> Result<Prompt, Reply> {
    let empty = |turn: &Turn| turn.text.is_empty();
    match prompt.turns.last() {
        None => return Err(invalid("messages", "Invalid input: expected at least one message.")),
        Some(turn) if turn.role != TurnRole::User || empty(turn) => {
            return Err(invalid("messages", "The sandbox wants the user to have the last word."));
        }
        Some(_) => {}
    }
    match prompt.input_tokens() {
        tokens if tokens > CONTEXT => {
            let words = format!(
                "Your input exceeds the context window of this model: {tokens} tokens, and {CONTEXT} at most. Please adjust your input and try again."
            );
            Err(error(400, Some("context_length_exceeded"), "input", &words))
        }
        _ => Ok(prompt),
    }
}

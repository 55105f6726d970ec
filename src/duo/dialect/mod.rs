//! The protocols of the model providers: for each a request body, and a lenient reader that maps
//! the provider's events to ours.

pub(super) mod anthropic;
mod openai_chat;
mod openai_responses;

use serde_json::Value;

use super::ask::Question;
use super::catalogue::Dialect;
use super::refusal::Refused;
use super::reply::ReplyState;

/// Why an event could not be taken in.
#[derive(Debug)]
pub(super) enum BadEvent {
    /// It reports an error.
    Refused(Refused),
    /// It is not JSON; the parser's words.
    Unreadable(String),
}

impl Dialect {
    /// The path below the gateway's version, `v1`.
    pub(super) fn path(self) -> &'static [&'static str] {
        match self {
            Self::Anthropic => &["proxy", "anthropic", "v1", "messages"],
            Self::OpenaiChat => &["proxy", "openai", "v1", "chat", "completions"],
            Self::OpenaiResponses => &["proxy", "openai", "v1", "responses"],
        }
    }

    /// The header that only this protocol needs.
    pub(super) fn header(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Anthropic => Some(anthropic::VERSION),
            Self::OpenaiChat | Self::OpenaiResponses => None,
        }
    }

    /// The request body.
    pub(super) fn body(self, question: &Question<'_>) -> Vec<u8> {
        match self {
            Self::Anthropic => anthropic::body(question),
            Self::OpenaiChat => openai_chat::body(question),
            Self::OpenaiResponses => openai_responses::body(question),
        }
    }

    /// What the question asks for and this protocol's request omits, in words.
    pub fn left_out(self, question: &Question<'_>) -> Option<&'static str> {
        match self {
            Self::Anthropic => anthropic::left_out(question),
            Self::OpenaiChat | Self::OpenaiResponses => None,
        }
    }

    /// Takes in one event, or a complete answer that is not streamed; false if it is a keep-alive
    /// or nothing that this protocol knows. `name` is the event's own field, which counts only if
    /// the data has no type.
    pub(super) fn read(
        self,
        name: &str,
        data: &str,
        state: &mut ReplyState,
    ) -> Result<bool, BadEvent> {
        let data = data.trim();
        if data == "[DONE]" {
            // Only Chat Completions ends so; elsewhere it is one more sign that nothing follows.
            if self == Self::OpenaiChat && state.outcome.finish.is_none() {
                state.stop("stop");
            }
            state.ended = true;
            return Ok(true);
        }
        let event = match serde_json::from_str::<Value>(data) {
            Ok(event @ Value::Object(_)) => event,
            Ok(_) => return Ok(false),
            Err(_) if data.is_empty() => return Ok(false),
            Err(_) if name == "error" => return Err(BadEvent::Refused(Refused::from_words(data))),
            Err(error) => return Err(BadEvent::Unreadable(error.to_string())),
        };
        let kind = text(&event["type"]).unwrap_or(if name == "message" { "" } else { name });
        if is_error(kind, &event) {
            return Err(BadEvent::Refused(Refused::from_event(&event)));
        }
        match self {
            Self::Anthropic => Ok(anthropic::read(kind, &event, state)),
            Self::OpenaiChat => Ok(openai_chat::read(&event, state)),
            Self::OpenaiResponses => {
                openai_responses::read(kind, &event, state).map_err(BadEvent::Refused)
            }
        }
    }
}

/// Whether an event is an error: by its type, or without one by what it has. A complete response
/// of the Responses API has an `error` of its own.
fn is_error(kind: &str, event: &Value) -> bool {
    match kind {
        "error" => true,
        "" if event["object"] == "response" => false,
        "" => event["object"] == "error" || !event["error"].is_null() || !event["detail"].is_null(),
        _ => false,
    }
}

/// A text that is there and not empty.
fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

/// A number of tokens, whole or not.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "as casts saturate")]
fn tokens(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_f64().filter(|it| *it >= 0.0).map(|it| it.round() as u64))
}

/// The members of a list; none if it is no list.
fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// What a response of OpenAI's used, under the names of either of its protocols; servers of this
/// shape send both at once. Cached input is included.
fn add_openai_usage(usage: &Value, state: &mut ReplyState) {
    let first = |names: [&str; 2]| names.into_iter().find_map(|name| tokens(&usage[name]));
    let cached = ["input_tokens_details", "prompt_tokens_details"];
    let cached = cached.into_iter().find_map(|name| tokens(&usage[name]["cached_tokens"]));
    let total = &mut state.outcome.usage;
    total.input_tokens = first(["input_tokens", "prompt_tokens"]).or(total.input_tokens);
    total.output_tokens = first(["output_tokens", "completion_tokens"]).or(total.output_tokens);
    total.cache_read_tokens = cached.or(total.cache_read_tokens);
}

//! OpenAI's Chat Completions API as the gateway proxies it (OpenAI API reference, "Chat" and
//! "Chat streaming").

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

use super::{add_openai_usage, list, text};
use crate::duo::ask::{Effort, Question};
use crate::duo::reply::{Channel, ReplyState};
use crate::model::conversation::Role;

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Vec<Turn<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<&'static str>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
}

#[derive(Serialize)]
struct Turn<'a> {
    role: &'static str,
    content: &'a str,
}

/// Without it a stream does not tell what was used.
#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

/// The request body.
pub(super) fn body(question: &Question<'_>) -> Vec<u8> {
    let system = Some(question.system.text()).filter(|text| !text.is_empty());
    let system = system.map(|content| Turn { role: "system", content });
    let turns = question.conversation.messages.iter().map(|message| Turn {
        role: match message.role {
            Role::User => "user",
            Role::Assistant => "assistant",
        },
        content: &message.text,
    });
    let body = Body {
        model: &question.model.backend,
        messages: system.into_iter().chain(turns).collect(),
        max_completion_tokens: question.max_tokens,
        temperature: question.temperature,
        reasoning_effort: question.effort.map(Effort::as_str),
        stream: question.stream,
        stream_options: question.stream.then_some(StreamOptions { include_usage: true }),
    };
    // Strings and numbers always serialise.
    serde_json::to_vec(&body).unwrap_or_default()
}

/// Takes in a chunk of the stream, or with `message` for `delta` a complete answer.
pub(super) fn read(chunk: &Value, state: &mut ReplyState) -> bool {
    if let Some(id) = text(&chunk["id"]) {
        state.outcome.id = Some(id.to_owned());
    }
    add_openai_usage(&chunk["usage"], state);
    // The last chunk has no choice, only what was used.
    let is_first = |choice: &&Value| choice["index"].as_u64().unwrap_or(0) == 0;
    let Some(choice) = list(&chunk["choices"]).find(is_first) else {
        return chunk["usage"].is_object();
    };
    let at = state.item(Some(0), None);
    let (delta, message) = (&choice["delta"], &choice["message"]);
    // Not OpenAI's own, but what servers of its shape send.
    for name in ["reasoning_content", "reasoning"] {
        state.delta(at, Channel::Thought(0), text(&delta[name]).unwrap_or_default());
        state.whole(at, Channel::Thought(0), text(&message[name]).unwrap_or_default());
    }
    state.delta(at, Channel::Text(0), &content(delta));
    state.whole(at, Channel::Text(0), &content(message));
    state.delta(at, Channel::Refusal(0), text(&delta["refusal"]).unwrap_or_default());
    state.whole(at, Channel::Refusal(0), text(&message["refusal"]).unwrap_or_default());
    if let Some(word) = text(&choice["finish_reason"]) {
        if word == "content_filter" {
            state.refusal = Some("content filter".to_owned());
        }
        state.stop(word);
    }
    true
}

/// The text of a message: one, or several parts.
fn content(message: &Value) -> Cow<'_, str> {
    match &message["content"] {
        Value::String(text) => Cow::Borrowed(text),
        parts => list(parts).filter_map(|part| part["text"].as_str()).collect(),
    }
}

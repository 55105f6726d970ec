//! OpenAI's Responses API as the gateway proxies it (OpenAI API reference, "Responses" and
//! "Responses streaming").

use serde::Serialize;
use serde_json::Value;

use super::{add_openai_usage, list, text};
use crate::duo::ask::{Effort, Question};
use crate::duo::refusal::Refused;
use crate::duo::reply::{Channel, ReplyState};
use crate::model::conversation::Role;

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    instructions: &'a str,
    input: Vec<Item<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_output_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    /// The provider keeps nothing.
    store: bool,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<Reasoning>,
}

#[derive(Serialize)]
struct Item<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    role: &'static str,
    content: [Part<'a>; 1],
}

#[derive(Serialize)]
struct Part<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    text: &'a str,
}

#[derive(Serialize)]
struct Reasoning {
    #[serde(skip_serializing_if = "Option::is_none")]
    effort: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<&'static str>,
}

/// The request body.
pub(super) fn body(question: &Question<'_>) -> Vec<u8> {
    let items = question.conversation.messages.iter().map(|message| {
        let (role, kind) = match message.role {
            Role::User => ("user", "input_text"),
            Role::Assistant => ("assistant", "output_text"),
        };
        Item { kind: "message", role, content: [Part { kind, text: &message.text }] }
    });
    let effort = question.effort.map(Effort::as_str);
    let summary = question.reasoning.then_some("auto");
    let body = Body {
        model: &question.model.backend,
        instructions: question.system.text(),
        input: items.collect(),
        max_output_tokens: question.max_tokens,
        temperature: question.temperature,
        store: false,
        stream: question.stream,
        reasoning: (effort.is_some() || summary.is_some()).then_some(Reasoning { effort, summary }),
    };
    // Strings and numbers always serialise.
    serde_json::to_vec(&body).unwrap_or_default()
}

/// Takes in one event, or a complete response.
pub(super) fn read(kind: &str, event: &Value, state: &mut ReplyState) -> Result<bool, Refused> {
    match kind.strip_prefix("response.").unwrap_or(kind) {
        "created" | "in_progress" | "queued" => take_id(&event["response"], state),
        "completed" | "incomplete" | "failed" | "cancelled" if event["response"].is_object() => {
            end(kind.trim_start_matches("response."), &event["response"], state)?;
        }
        "completed" | "incomplete" | "cancelled" => {
            state.stop(kind.trim_start_matches("response."));
            state.ended = true;
        }
        "failed" => return Err(Refused::from_event(event)),
        "output_item.added" | "output_item.done" => {
            let item = &event["item"];
            let at = state.item(event["output_index"].as_u64(), text(&item["id"]));
            take_item(at, item, state);
        }
        "content_part.added" | "content_part.done" => {
            take_part(item_of(event, state), part_of(event), &event["part"], state);
        }
        "" if event["status"].is_string() || event["output"].is_array() => {
            end("in_progress", event, state)?;
        }
        name => return Ok(take_text(name, event, state)),
    }
    Ok(true)
}

/// Takes in text of a part: `….delta` follows what came, `….done` is all of it.
fn take_text(name: &str, event: &Value, state: &mut ReplyState) -> bool {
    let Some((name, how)) = name.rsplit_once('.') else { return false };
    let summary = event["summary_index"].as_u64().unwrap_or(0);
    let channel = match name {
        "output_text" => Channel::Text(part_of(event)),
        "refusal" => Channel::Refusal(part_of(event)),
        "reasoning_summary_text" => Channel::Summary(summary),
        "reasoning_text" => Channel::Thought(part_of(event)),
        "reasoning_summary_part" | "function_call_arguments" => return true,
        _ => return false,
    };
    let at = item_of(event, state);
    state.items[at].is_message |= matches!(channel, Channel::Text(_) | Channel::Refusal(_));
    match how {
        "delta" => state.delta(at, channel, text(&event["delta"]).unwrap_or_default()),
        "done" => {
            let whole = text(&event["text"]).or(text(&event["refusal"]));
            state.whole(at, channel, whole.unwrap_or_default());
        }
        _ => return false,
    }
    true
}

fn item_of(event: &Value, state: &mut ReplyState) -> usize {
    state.item(event["output_index"].as_u64(), text(&event["item_id"]))
}

fn part_of(event: &Value) -> u64 {
    event["content_index"].as_u64().unwrap_or(0)
}

fn take_id(response: &Value, state: &mut ReplyState) {
    if let Some(id) = text(&response["id"]) {
        state.outcome.id = Some(id.to_owned());
    }
}

/// Takes in an item as far as it is there.
fn take_item(at: usize, item: &Value, state: &mut ReplyState) {
    if text(&item["phase"]) == Some("commentary") {
        state.items[at].is_commentary = true;
    }
    match text(&item["type"]) {
        Some("message") => {
            state.items[at].is_message = true;
            for (part, value) in (0..).zip(list(&item["content"])) {
                take_part(at, part, value, state);
            }
        }
        Some("reasoning") => {
            for (part, value) in (0..).zip(list(&item["summary"])) {
                state.whole(at, Channel::Summary(part), text(&value["text"]).unwrap_or_default());
            }
            for (part, value) in (0..).zip(list(&item["content"])) {
                take_part(at, part, value, state);
            }
        }
        _ => {}
    }
}

fn take_part(at: usize, part: u64, value: &Value, state: &mut ReplyState) {
    if let Some(refusal) = text(&value["refusal"]) {
        state.whole(at, Channel::Refusal(part), refusal);
    } else if let Some(text) = text(&value["text"]) {
        let channel = match value["type"].as_str() {
            Some("reasoning_text") => Channel::Thought(part),
            Some("summary_text") => Channel::Summary(part),
            _ => Channel::Text(part),
        };
        state.whole(at, channel, text);
    }
}

/// Takes in the end of an answer, which may repeat all of it.
fn end(named: &str, response: &Value, state: &mut ReplyState) -> Result<(), Refused> {
    take_id(response, state);
    add_openai_usage(&response["usage"], state);
    let status = text(&response["status"]).unwrap_or(named);
    if status == "failed" || (!response["error"].is_null() && status != "completed") {
        return Err(Refused::from_event(response));
    }
    let mut messages = 0;
    let mut wants_tool = false;
    for (index, item) in (0..).zip(list(&response["output"])) {
        let is_message = item["type"] == "message";
        wants_tool |= item["type"] == "function_call";
        let at = place(index, messages, item, state);
        messages += usize::from(is_message);
        take_item(at, item, state);
    }
    match (status, text(&response["incomplete_details"]["reason"])) {
        ("completed", _) if wants_tool => state.stop("function_call"),
        ("incomplete", Some(reason)) => {
            if reason == "content_filter" {
                state.refusal = Some("content filter".to_owned());
            }
            match reason {
                "max_output_tokens" | "max_tokens" | "content_filter" => state.stop(reason),
                _ => state.stop("incomplete"),
            }
        }
        ("completed", _) => state.stop("completed"),
        // A status that is not one of the end.
        _ => state.stop(status),
    }
    state.ended = true;
    Ok(())
}

/// The item of an entry of the complete output. Proxies omit entries, so the id and the number
/// among the messages are more reliable than the index.
fn place(index: u64, messages: usize, item: &Value, state: &mut ReplyState) -> usize {
    if let Some(at) = text(&item["id"]).and_then(|id| state.item_named(id)) {
        return at;
    }
    let nth = |state: &ReplyState| {
        let known = state.items.iter().enumerate().filter(|(_, item)| item.is_message);
        known.map(|(at, _)| at).nth(messages)
    };
    match (item["type"] == "message").then(|| nth(state)).flatten() {
        Some(at) => at,
        None => state.item(Some(index), text(&item["id"])),
    }
}

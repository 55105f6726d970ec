//! Anthropic's Messages API as the gateway proxies it (Anthropic API reference, "Messages" and
//! "Streaming messages").

use serde::Serialize;
use serde_json::Value;

use super::{list, text, tokens};
use crate::duo::ask::{Effort, Question};
use crate::duo::reply::{Channel, ReplyState};
use crate::model::conversation::Role;

/// The header that names the version of the protocol.
pub(in crate::duo) const VERSION: (&str, &str) = ("anthropic-version", "2023-06-01");

/// The limit if the user sets none; the API needs one.
const DEFAULT_MAX_TOKENS: u32 = 8192;

/// The least that a model may be told to think, in tokens.
const LEAST_BUDGET: u32 = 1024;

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    max_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<Content<'a>>,
    messages: Vec<Turn<'a>>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<Thinking>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<OutputConfig>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Thinking {
    Enabled { budget_tokens: u32 },
    Adaptive,
    Disabled,
}

#[derive(Serialize)]
struct OutputConfig {
    effort: &'static str,
}

#[derive(Serialize)]
struct Turn<'a> {
    role: &'static str,
    content: Content<'a>,
}

/// Text, with everything before it kept in the provider's cache if it will be sent again.
#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Plain(&'a str),
    Cached([CachedText<'a>; 1]),
}

#[derive(Serialize)]
struct CachedText<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    text: &'a str,
    cache_control: CacheControl,
}

#[derive(Serialize)]
struct CacheControl {
    #[serde(rename = "type")]
    kind: &'static str,
}

impl<'a> Content<'a> {
    fn new(text: &'a str, is_cached: bool) -> Self {
        if !is_cached {
            return Self::Plain(text);
        }
        let cache_control = CacheControl { kind: "ephemeral" };
        Self::Cached([CachedText { kind: "text", text, cache_control }])
    }
}

/// The request body.
pub(in crate::duo) fn body(question: &Question<'_>) -> Vec<u8> {
    let messages = &question.conversation.messages;
    // A conversation that goes on sends its history again with every turn.
    let goes_on = messages.len() > 1;
    let turns = messages.iter().enumerate().map(|(at, message)| Turn {
        role: match message.role {
            Role::User => "user",
            Role::Assistant => "assistant",
        },
        content: Content::new(&message.text, at + 2 == messages.len()),
    });
    let system = Some(question.system.text()).filter(|text| !text.is_empty());
    let (thinking, output_config) = thinking(question);
    let thinks = matches!(thinking, Some(Thinking::Enabled { .. } | Thinking::Adaptive));
    let thoughts = effort(question).filter(|_| thinks).map_or(0, budget);
    let body = Body {
        model: &question.model.backend,
        // Thinking counts too.
        max_tokens: question.max_tokens.unwrap_or(DEFAULT_MAX_TOKENS + thoughts),
        system: system.map(|text| Content::new(text, goes_on)),
        messages: turns.collect(),
        stream: question.stream,
        temperature: question.temperature.filter(|_| !thinks && takes_temperature(question)),
        thinking,
        output_config,
    };
    // Strings and numbers always serialise.
    serde_json::to_vec(&body).unwrap_or_default()
}

/// The effort of the request. Claude does not think by default, so `--reasoning` requests a low
/// effort.
fn effort(question: &Question<'_>) -> Option<Effort> {
    let thoughts_wanted = question.reasoning && question.model.backend.starts_with("claude-");
    question.effort.or(thoughts_wanted.then_some(Effort::Low))
}

/// How much thinking an effort is good for, in tokens.
fn budget(effort: Effort) -> u32 {
    match effort {
        Effort::None => 0,
        Effort::Low => 2048,
        Effort::Medium => 8192,
        Effort::High => 16_384,
        Effort::Xhigh => 24_576,
        Effort::Max => 32_000,
    }
}

/// What an effort means to the model: up to Claude 4.5 a budget, later a word.
fn thinking(question: &Question<'_>) -> (Option<Thinking>, Option<OutputConfig>) {
    let Some(effort) = effort(question) else { return (None, None) };
    let takes_budget = takes_budget(&question.model.backend);
    if effort == Effort::None {
        // A model that is given no budget does not think.
        return ((!takes_budget).then_some(Thinking::Disabled), None);
    }
    if !takes_budget {
        return (Some(Thinking::Adaptive), Some(OutputConfig { effort: effort.as_str() }));
    }
    let most = question.max_tokens.map_or(u32::MAX, |limit| limit.saturating_sub(1));
    let budget_tokens = budget(effort).min(most);
    // An answer as short as this leaves no room for thinking.
    let enough = budget_tokens >= LEAST_BUDGET;
    (enough.then_some(Thinking::Enabled { budget_tokens }), None)
}

/// What the question asks for and the request leaves out, in words.
pub(in crate::duo) fn left_out(question: &Question<'_>) -> Option<&'static str> {
    let thinks =
        matches!(thinking(question).0, Some(Thinking::Enabled { .. } | Thinking::Adaptive));
    let wants_thinking = effort(question).is_some_and(|effort| effort != Effort::None);
    if question.temperature.is_some() && !takes_temperature(question) {
        Some("this model takes no --temperature: it is left out")
    } else if thinks && question.temperature.is_some() {
        Some("a model that thinks takes no --temperature: it is left out")
    } else if wants_thinking && !thinks {
        Some("--max-tokens leaves too few tokens to think with: the model does not think")
    } else {
        None
    }
}

/// Claude from Opus 4.7 and Sonnet 5 on refuses sampling parameters; no other model does unless
/// it thinks.
fn takes_temperature(question: &Question<'_>) -> bool {
    let backend = &*question.model.backend;
    !backend.starts_with("claude-") || takes_budget(backend) || backend.contains("-4-6")
}

/// Whether a model knows nothing of effort.
fn takes_budget(backend: &str) -> bool {
    ["-4-5", "-4-1", "-4-2025", "claude-3"].iter().any(|sign| backend.contains(sign))
}

/// Takes in one event, or a complete message.
pub(super) fn read(kind: &str, event: &Value, state: &mut ReplyState) -> bool {
    // Several blocks of text are one message.
    state.joins_items = true;
    match kind {
        "message_start" => take_message(&event["message"], state),
        "message" | "" if event["content"].is_array() => {
            take_message(event, state);
            state.ended = true;
        }
        "content_block_start" => take_block(index(event), &event["content_block"], state),
        "content_block_delta" => {
            let at = state.item(Some(index(event)), None);
            let delta = &event["delta"];
            let is_of = |wanted| text(&delta["type"]).is_none_or(|kind| kind == wanted);
            if let Some(text) = text(&delta["text"]).filter(|_| is_of("text_delta")) {
                state.delta(at, Channel::Text(0), text);
            }
            if let Some(text) = text(&delta["thinking"]).filter(|_| is_of("thinking_delta")) {
                state.delta(at, Channel::Thought(0), text);
            }
        }
        "content_block_stop" => {}
        "message_delta" => {
            add_usage(&event["usage"], state);
            take_stop(&event["delta"], state);
            take_stop(event, state);
        }
        "message_stop" => {
            if state.outcome.finish.is_none() {
                state.stop("stop");
            }
            state.ended = true;
        }
        _ => return false,
    }
    true
}

fn index(event: &Value) -> u64 {
    event["index"].as_u64().unwrap_or(0)
}

fn take_message(message: &Value, state: &mut ReplyState) {
    if let Some(id) = text(&message["id"]) {
        state.outcome.id = Some(id.to_owned());
    }
    add_usage(&message["usage"], state);
    for (index, block) in (0..).zip(list(&message["content"])) {
        take_block(index, block, state);
    }
    take_stop(message, state);
}

fn take_block(index: u64, block: &Value, state: &mut ReplyState) {
    let at = state.item(Some(index), None);
    state.whole(at, Channel::Thought(0), text(&block["thinking"]).unwrap_or_default());
    state.whole(at, Channel::Text(0), text(&block["text"]).unwrap_or_default());
}

fn take_stop(delta: &Value, state: &mut ReplyState) {
    let details = &delta["stop_details"];
    let why = text(&details["explanation"]).or(text(&details["category"])).or(text(details));
    if let Some(why) = why {
        state.refusal = Some(why.to_owned());
    }
    if let Some(word) = text(&delta["stop_reason"]) {
        state.stop(word);
    }
}

/// Later figures replace earlier ones; what is absent or null keeps its value. The provider
/// counts cached input separately; we include it, as the other providers do.
fn add_usage(usage: &Value, state: &mut ReplyState) {
    let total = &mut state.outcome.usage;
    let latest = |name: &str, earlier: Option<u64>| tokens(&usage[name]).or(earlier);
    state.plain_input = latest("input_tokens", state.plain_input);
    total.output_tokens = latest("output_tokens", total.output_tokens);
    total.cache_write_tokens = latest("cache_creation_input_tokens", total.cache_write_tokens);
    total.cache_read_tokens = latest("cache_read_input_tokens", total.cache_read_tokens);
    if let Some(plain) = state.plain_input {
        let written = *total.cache_write_tokens.get_or_insert(0);
        let read = *total.cache_read_tokens.get_or_insert(0);
        total.input_tokens = Some(plain.saturating_add(written).saturating_add(read));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::duo::{Catalogue, SystemPrompt};
    use crate::model::conversation::Conversation;

    fn sent(model: &str, effort: Option<Effort>, max_tokens: Option<u32>) -> serde_json::Value {
        let catalogue = Catalogue::new(&[]).expect("models");
        let question = Question {
            model: catalogue.find(model).expect("a model"),
            system: &SystemPrompt::new("", None),
            conversation: &Conversation::of_prompt("hi"),
            stream: true,
            max_tokens,
            temperature: Some(0.5),
            effort,
            reasoning: false,
        };
        serde_json::from_slice(&body(&question)).expect("JSON")
    }

    #[test]
    fn effort_is_a_budget_for_older_models_and_a_word_for_newer_ones() {
        let older = sent("sonnet-4-5", Some(Effort::Medium), None);
        assert_eq!(older["thinking"], json!({ "type": "enabled", "budget_tokens": 8192 }));
        assert_eq!((&older["max_tokens"], older.get("temperature")), (&json!(16_384), None));
        let newer = sent("opus-5", Some(Effort::Xhigh), None);
        assert_eq!(newer["thinking"], json!({ "type": "adaptive" }));
        assert_eq!(newer["output_config"], json!({ "effort": "xhigh" }));
        assert_eq!(
            newer["max_tokens"],
            8192 + 24_576,
            "thinking counts, and leaves an answer room"
        );
        let unthinking = sent("opus-5", Some(Effort::None), None);
        assert_eq!(unthinking["thinking"]["type"], "disabled");
        assert_eq!(unthinking.get("temperature"), None);
        let short = sent("sonnet-4-5", Some(Effort::Max), Some(2000));
        assert_eq!(short["thinking"]["budget_tokens"], 1999);
        assert_eq!(sent("sonnet-4-5", Some(Effort::Max), Some(500)).get("thinking"), None);
        let plain = sent("sonnet-4-5", None, None);
        assert_eq!((&plain["temperature"], plain.get("thinking")), (&json!(0.5), None));
    }
}

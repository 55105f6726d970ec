//! Anthropic's Messages API as the gateway proxies it (Anthropic API reference, "Messages" and
//! "Streaming messages").

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Facts, FinishReason, Piece};
use crate::duo::ask::{Effort, Question};
use crate::model::conversation::Role;

/// The path below the gateway's base.
pub(in crate::duo) const PATH: [&str; 6] = ["ai", "v1", "proxy", "anthropic", "v1", "messages"];

/// The header that names the version of the protocol.
pub(in crate::duo) const VERSION: (&str, &str) = ("anthropic-version", "2023-06-01");

/// What is sent where the user sets no limit; the API needs one.
const DEFAULT_MAX_TOKENS: u32 = 8192;

/// The least that a model may be told to think, in tokens.
const LEAST_BUDGET: u32 = 1024;

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    max_tokens: u32,
    #[serde(skip_serializing_if = "str::is_empty")]
    system: &'a str,
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
    content: &'a str,
}

/// The request body.
pub(in crate::duo) fn body(question: &Question<'_>) -> Vec<u8> {
    let turns = question.conversation.messages.iter().map(|message| Turn {
        role: match message.role {
            Role::User => "user",
            Role::Assistant => "assistant",
        },
        content: &message.text,
    });
    let (thinking, output_config) = thinking(question);
    let thinks = matches!(thinking, Some(Thinking::Enabled { .. } | Thinking::Adaptive));
    let thoughts = effort(question).filter(|_| thinks).map_or(0, budget);
    let body = Body {
        model: &question.model.backend,
        // Thinking counts too.
        max_tokens: question.max_tokens.unwrap_or(DEFAULT_MAX_TOKENS + thoughts),
        system: question.system.text(),
        messages: turns.collect(),
        stream: question.stream,
        temperature: question.temperature.filter(|_| !thinks && takes_temperature(question)),
        thinking,
        output_config,
    };
    // Strings and numbers always serialise.
    serde_json::to_vec(&body).unwrap_or_default()
}

/// The effort that is asked for. Claude does not think unless it is told to, so whoever wants
/// to see thoughts asks for some.
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
        return (Some(Thinking::Adaptive), Some(OutputConfig { effort: effort.word() }));
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

/// One event of the stream; what is not named here is skipped.
/// The parts that few events have are boxed, so that the many others are cheap to move.
#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    delta: Option<Delta<'a>>,
    #[serde(default)]
    message: Option<Box<Message>>,
    #[serde(default)]
    usage: Option<Box<RawUsage>>,
    #[serde(default)]
    error: Option<Box<RawError>>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow, default)]
    text: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    thinking: Option<Cow<'a, str>>,
    #[serde(default)]
    stop_reason: Option<String>,
}

/// The answer as it starts a stream, and as a whole where nothing is streamed.
#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    content: Vec<Block>,
    #[serde(default)]
    stop_reason: Option<String>,
    #[serde(default)]
    usage: Option<RawUsage>,
    #[serde(default)]
    error: Option<RawError>,
}

#[derive(Deserialize)]
struct Block {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    thinking: Option<String>,
}

#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names are the protocol's")]
struct RawUsage {
    input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    output_tokens: Option<u64>,
}

#[derive(Deserialize, Default)]
struct RawError {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    message: String,
}

/// Takes in one event of the stream.
pub(in crate::duo) fn event(data: &str, facts: &mut Facts) -> Result<Option<Piece>, String> {
    let event: Event<'_> = serde_json::from_str(data).map_err(|error| error.to_string())?;
    match &*event.kind {
        "message_start" => {
            if let Some(message) = event.message {
                facts.id = message.id;
                facts.add(message.usage);
            }
            Ok(None)
        }
        "content_block_delta" => Ok(event.delta.and_then(|delta| {
            let text = delta.text.map(|text| Piece::Text(text.into_owned()));
            text.or_else(|| delta.thinking.map(|text| Piece::Reasoning(text.into_owned())))
        })),
        "message_delta" => {
            facts.add(event.usage.map(|usage| *usage));
            let stop_reason = event.delta.and_then(|delta| delta.stop_reason);
            facts.finish = stop_reason.as_deref().map(finish_reason).or(facts.finish);
            Ok(None)
        }
        "message_stop" => {
            facts.finish.get_or_insert(FinishReason::Stop);
            Ok(Some(Piece::End))
        }
        // The gateway may say so without a type.
        "" if event.error.is_none() => Err("an event has no type".to_owned()),
        "error" | "" => {
            let error = event.error.unwrap_or_default();
            Ok(Some(Piece::Error { kind: error.kind, message: error.message }))
        }
        _ => Ok(None),
    }
}

/// Takes in a whole answer.
pub(in crate::duo) fn whole(body: &[u8], facts: &mut Facts) -> Result<Vec<Piece>, String> {
    let message: Message = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    if let Some(RawError { kind, message }) = message.error {
        return Ok(vec![Piece::Error { kind, message }]);
    }
    let Some(stop_reason) = message.stop_reason else {
        return Err("it has no stop_reason".to_owned());
    };
    facts.id = message.id;
    facts.finish = Some(finish_reason(&stop_reason));
    facts.add(message.usage);
    let pieces = message.content.into_iter().filter_map(|block| {
        block.thinking.map(Piece::Reasoning).or_else(|| block.text.map(Piece::Text))
    });
    Ok(pieces.chain([Piece::End]).collect())
}

fn finish_reason(word: &str) -> FinishReason {
    match word {
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "refusal" => FinishReason::Refusal,
        // A tool, which none was offered for; or it wants to be asked to go on: what came is
        // not the whole answer.
        "pause_turn" | "tool_use" => FinishReason::Incomplete,
        _ => FinishReason::Stop,
    }
}

impl Facts {
    /// Later figures replace earlier ones. The provider counts cached input apart; we count it
    /// in, as the other providers do.
    fn add(&mut self, usage: Option<RawUsage>) {
        let Some(usage) = usage else { return };
        let total = &mut self.usage;
        total.output_tokens = usage.output_tokens.or(total.output_tokens);
        if let Some(plain) = usage.input_tokens {
            let written = usage.cache_creation_input_tokens.unwrap_or(0);
            let read = usage.cache_read_input_tokens.unwrap_or(0);
            total.input_tokens = Some(plain.saturating_add(written).saturating_add(read));
            total.cache_write_tokens = Some(written);
            total.cache_read_tokens = Some(read);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::duo::{Catalogue, SystemPrompt};
    use crate::model::conversation::Conversation;

    #[test]
    fn a_stream_becomes_text_facts_and_an_end() {
        let mut facts = Facts::default();
        let mut pieces = Vec::new();
        for data in [
            r#"{"type":"message_start","message":{"id":"m1","usage":{"input_tokens":25,"cache_creation_input_tokens":10,"cache_read_input_tokens":100,"output_tokens":1}}}"#,
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
            r#"{"type":"ping"}"#,
            r#"{"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"hm"}}"#,
            r#"{"type":"content_block_delta","delta":{"type":"text_delta","text":"w\u00f6"}}"#,
            r#"{"type":"content_block_delta","delta":{"type":"signature_delta","signature":"x"}}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":15}}"#,
            r#"{"type":"some_new_event","x":1}"#,
            r#"{"type":"message_stop"}"#,
        ] {
            pieces.extend(event(data, &mut facts).expect("an event"));
        }
        let expected = [Piece::Reasoning("hm".into()), Piece::Text("wö".into()), Piece::End];
        assert_eq!(pieces, expected);
        assert_eq!(facts.finish, Some(FinishReason::Length));
        assert_eq!(facts.usage.input_tokens, Some(135));
        assert_eq!(facts.usage.output_tokens, Some(15));
        assert_eq!(facts.usage.cache_read_tokens, Some(100));
    }

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

    #[test]
    fn an_error_inside_the_stream_is_told() {
        let data = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
        let piece = event(data, &mut Facts::default()).expect("an event");
        let kind = "overloaded_error".to_owned();
        assert_eq!(piece, Some(Piece::Error { kind, message: "Overloaded".into() }));
        assert!(event("not json", &mut Facts::default()).is_err());
    }

    #[test]
    fn a_whole_answer_needs_its_stop_reason() {
        let mut facts = Facts::default();
        let body = br#"{"id":"m","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}],"stop_reason":"refusal","usage":{"input_tokens":1,"output_tokens":2}}"#;
        let pieces = whole(body, &mut facts).expect("an answer");
        assert_eq!(pieces, [Piece::Text("a".into()), Piece::Text("b".into()), Piece::End]);
        assert_eq!(facts.finish, Some(FinishReason::Refusal));
        assert!(whole(br#"{"content":[]}"#, &mut facts).is_err());
    }
}

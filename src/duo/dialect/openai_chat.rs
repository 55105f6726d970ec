//! OpenAI's Chat Completions API as the gateway proxies it (OpenAI API reference, "Chat" and
//! "Chat streaming").

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::openai_error::ErrorField;
use super::openai_usage::RawUsage;
use super::{Facts, FinishReason, Piece};
use crate::duo::ask::{Effort, Question};
use crate::model::conversation::Role;

/// The path below the gateway's base.
pub(super) const PATH: [&str; 7] = ["ai", "v1", "proxy", "openai", "v1", "chat", "completions"];

/// What ends a stream; it is no JSON.
const DONE: &str = "[DONE]";

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
        reasoning_effort: question.effort.map(Effort::word),
        stream: question.stream,
        stream_options: question.stream.then_some(StreamOptions { include_usage: true }),
    };
    // Strings and numbers always serialise.
    serde_json::to_vec(&body).unwrap_or_default()
}

/// A piece of a stream, or with `message` for `delta` a whole answer.
#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(default)]
    id: Option<String>,
    #[serde(borrow, default)]
    choices: Vec<Choice<'a>>,
    #[serde(default)]
    usage: Option<RawUsage>,
    #[serde(default)]
    error: Option<ErrorField>,
    /// The gateway's own error.
    #[serde(default)]
    detail: Option<String>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow, default, alias = "message")]
    delta: Option<Delta<'a>>,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow, default)]
    content: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    refusal: Option<Cow<'a, str>>,
    /// Not OpenAI's own, but what servers of its shape send.
    #[serde(borrow, default)]
    reasoning_content: Option<Cow<'a, str>>,
}

/// Takes in one event of the stream.
pub(super) fn event(data: &str, facts: &mut Facts) -> Result<Option<Piece>, String> {
    if data.trim() == DONE {
        // Without a reason to end, the provider was cut off behind the gateway.
        facts.finish.get_or_insert(FinishReason::Incomplete);
        return Ok(Some(Piece::End));
    }
    let chunk: Chunk<'_> = serde_json::from_str(data).map_err(|error| error.to_string())?;
    Ok(take(chunk, facts))
}

/// Takes in a whole answer.
pub(super) fn whole(body: &[u8], facts: &mut Facts) -> Result<Vec<Piece>, String> {
    let chunk: Chunk<'_> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let piece = take(chunk, facts);
    if facts.finish.is_none() && !matches!(piece, Some(Piece::Error { .. })) {
        return Err("it has no finish_reason".to_owned());
    }
    Ok(piece.into_iter().chain([Piece::End]).collect())
}

fn take(chunk: Chunk<'_>, facts: &mut Facts) -> Option<Piece> {
    if let Some(error) = chunk.error {
        return Some(error.piece());
    }
    if let Some(message) = chunk.detail {
        return Some(Piece::Error { kind: "error".to_owned(), message });
    }
    facts.id = chunk.id.or(facts.id.take());
    facts.usage = chunk.usage.map_or(facts.usage, Into::into);
    // The last chunk has no choice, only what was used.
    let choice = chunk.choices.into_iter().next()?;
    let piece = choice.delta.and_then(|delta| piece(delta, facts));
    if let Some(reason) = choice.finish_reason {
        facts.finish = Some(match reason.as_str() {
            _ if facts.refused => FinishReason::Refusal,
            "length" => FinishReason::Length,
            "content_filter" => FinishReason::Refusal,
            // It wants a tool, and none was offered.
            "tool_calls" | "function_call" => FinishReason::Incomplete,
            _ => FinishReason::Stop,
        });
    }
    piece
}

fn piece(delta: Delta<'_>, facts: &mut Facts) -> Option<Piece> {
    let said =
        |text: Option<Cow<'_, str>>| text.filter(|text| !text.is_empty()).map(Cow::into_owned);
    if let Some(text) = said(delta.content) {
        return Some(Piece::Text(text));
    }
    if let Some(text) = said(delta.refusal) {
        facts.refused = true;
        return Some(Piece::Text(text));
    }
    said(delta.reasoning_content).map(Piece::Reasoning)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(events: &[&str]) -> (Vec<Piece>, Facts) {
        let mut facts = Facts::default();
        let pieces = events.iter().filter_map(|data| event(data, &mut facts).expect("an event"));
        (pieces.collect(), facts)
    }

    #[test]
    fn a_stream_becomes_text_facts_and_an_end() {
        let (pieces, facts) = stream(&[
            r#"{"id":"c1","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}"#,
            r#"{"id":"c1","choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}"#,
            r#"{"id":"c1","choices":[{"index":0,"delta":{"content":"w\u00f6"},"finish_reason":null}]}"#,
            r#"{"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
            r#"{"id":"c1","choices":[],"usage":{"prompt_tokens":18,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":7}}}"#,
            " [DONE]",
        ]);
        let expected = [Piece::Reasoning("hm".into()), Piece::Text("wö".into()), Piece::End];
        assert_eq!(pieces, expected);
        assert_eq!((facts.id.as_deref(), facts.finish), (Some("c1"), Some(FinishReason::Stop)));
        assert_eq!(facts.usage.input_tokens, Some(18), "cached tokens are among them");
        assert_eq!((facts.usage.output_tokens, facts.usage.cache_read_tokens), (Some(5), Some(7)));
    }

    #[test]
    fn every_reason_to_end_is_told() {
        for (reason, finish) in [
            ("stop", FinishReason::Stop),
            ("length", FinishReason::Length),
            ("content_filter", FinishReason::Refusal),
            ("tool_calls", FinishReason::Incomplete),
            ("something_new", FinishReason::Stop),
        ] {
            let data = format!(r#"{{"choices":[{{"delta":{{}},"finish_reason":"{reason}"}}]}}"#);
            assert_eq!(stream(&[&data]).1.finish, Some(finish), "{reason}");
        }
        assert_eq!(stream(&["[DONE]"]).1.finish, Some(FinishReason::Incomplete));
    }

    #[test]
    fn a_refusal_is_shown_and_is_one() {
        let (pieces, facts) = stream(&[
            r#"{"choices":[{"delta":{"content":null,"refusal":"I will not."}}]}"#,
            r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#,
        ]);
        assert_eq!(pieces, [Piece::Text("I will not.".into())]);
        assert_eq!(facts.finish, Some(FinishReason::Refusal));
    }

    #[test]
    fn errors_inside_the_stream_are_told_in_every_shape() {
        for data in [
            r#"{"error":{"message":"Too many","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#,
            r#"{"error":{"message":"Too many","type":"rate_limit_exceeded"}}"#,
        ] {
            let expected =
                Piece::Error { kind: "rate_limit_exceeded".into(), message: "Too many".into() };
            assert_eq!(stream(&[data]).0, [expected]);
        }
        let words = |data| match stream(&[data]).0.pop() {
            Some(Piece::Error { message, .. }) => message,
            other => panic!("{other:?}"),
        };
        assert_eq!(words(r#"{"error":"gone"}"#), "gone");
        assert_eq!(words(r#"{"detail":"Bad Gateway"}"#), "Bad Gateway");
        assert!(event("not json", &mut Facts::default()).is_err());
    }

    #[test]
    fn a_whole_answer_needs_its_reason_to_end() {
        let mut facts = Facts::default();
        let body = br#"{"id":"c","choices":[{"message":{"content":"Hello!","refusal":null},"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#;
        let pieces = whole(body, &mut facts).expect("an answer");
        assert_eq!(pieces, [Piece::Text("Hello!".into()), Piece::End]);
        assert_eq!(facts.finish, Some(FinishReason::Length));
        assert!(whole(br#"{"choices":[]}"#, &mut Facts::default()).is_err());
        let failed = whole(br#"{"error":{"message":"no"}}"#, &mut Facts::default());
        assert!(matches!(failed.as_deref(), Ok([Piece::Error { .. }, ..])));
    }
}

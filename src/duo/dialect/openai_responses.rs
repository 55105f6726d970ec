//! OpenAI's Responses API as the gateway proxies it (OpenAI API reference, "Responses" and
//! "Responses streaming").

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::openai_error::{ErrorField, RawError};
use super::{Facts, FinishReason, Piece};
use crate::duo::ask::{Effort, Question};
use crate::model::conversation::Role;

/// The path below the gateway's base.
pub(super) const PATH: [&str; 6] = ["ai", "v1", "proxy", "openai", "v1", "responses"];

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
    /// What is asked stays with us.
    store: bool,
    stream: bool,
    reasoning: Reasoning,
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
    summary: &'static str,
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
    let body = Body {
        model: &question.model.backend,
        instructions: question.system.text(),
        input: items.collect(),
        max_output_tokens: question.max_tokens,
        temperature: question.temperature,
        store: false,
        stream: question.stream,
        reasoning: Reasoning { effort: question.effort.map(Effort::word), summary: "auto" },
    };
    // Strings and numbers always serialise.
    serde_json::to_vec(&body).unwrap_or_default()
}

/// One event of the stream; what is not named here is skipped.
#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    delta: Option<Cow<'a, str>>,
    /// Which paragraph of the reasoning.
    #[serde(default)]
    summary_index: u64,
    #[serde(default)]
    response: Option<Response>,
    #[serde(default)]
    error: Option<ErrorField>,
    #[serde(default)]
    code: Value,
    #[serde(default)]
    message: Option<String>,
}

/// The answer as it ends a stream, and as a whole where nothing is streamed.
#[derive(Deserialize)]
struct Response {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    incomplete_details: Option<IncompleteDetails>,
    #[serde(default)]
    error: Option<ErrorField>,
    #[serde(default)]
    output: Vec<OutputItem>,
    #[serde(default)]
    usage: Option<RawUsage>,
}

#[derive(Deserialize)]
struct IncompleteDetails {
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Deserialize)]
struct OutputItem {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    content: Option<Vec<OutputPart>>,
    #[serde(default)]
    summary: Option<Vec<OutputPart>>,
}

#[derive(Deserialize)]
struct OutputPart {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    refusal: Option<String>,
}

#[derive(Deserialize)]
struct RawUsage {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    #[serde(default)]
    input_tokens_details: Option<Details>,
}

#[derive(Deserialize)]
struct Details {
    cached_tokens: Option<u64>,
}

/// Takes in one event of the stream.
pub(super) fn event(data: &str, facts: &mut Facts) -> Result<Option<Piece>, String> {
    // A server of this shape may end a stream as its older sibling does.
    if data.trim() == "[DONE]" {
        facts.finish.get_or_insert(FinishReason::Incomplete);
        return Ok(Some(Piece::End));
    }
    let event: Event<'_> = serde_json::from_str(data).map_err(|error| error.to_string())?;
    let delta = event.delta.map(Cow::into_owned);
    match &*event.kind {
        "response.output_text.delta" => Ok(delta.map(Piece::Text)),
        "response.refusal.delta" => {
            facts.refused = true;
            Ok(delta.map(Piece::Text))
        }
        "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
            Ok(delta.map(Piece::Reasoning))
        }
        "response.reasoning_summary_part.added" if event.summary_index > 0 => {
            Ok(Some(Piece::Reasoning("\n\n".to_owned())))
        }
        "response.created" => {
            facts.id = event.response.and_then(|response| response.id);
            Ok(None)
        }
        "response.completed" | "response.incomplete" | "response.failed" => {
            let response = event.response.ok_or("the last event has no response")?;
            Ok(Some(ended(&event.kind["response.".len()..], response, facts).unwrap_or(Piece::End)))
        }
        "error" => {
            let flat = RawError::new(event.code, event.message);
            Ok(Some(event.error.map_or_else(|| flat.piece(), ErrorField::piece)))
        }
        "" => match event.error {
            Some(error) => Ok(Some(error.piece())),
            None => Err("an event has no type".to_owned()),
        },
        _ => Ok(None),
    }
}

/// Takes in a whole answer.
pub(super) fn whole(body: &[u8], facts: &mut Facts) -> Result<Vec<Piece>, String> {
    let mut response: Response = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let status = match response.status.take() {
        Some(status) => status,
        None if response.error.is_some() => "failed".to_owned(),
        None => return Err("it has no status".to_owned()),
    };
    let mut pieces: Vec<Piece> =
        response.output.iter_mut().flat_map(|item| pieces(item, facts)).collect();
    pieces.push(ended(&status, response, facts).unwrap_or(Piece::End));
    Ok(pieces)
}

fn pieces(item: &mut OutputItem, facts: &mut Facts) -> Vec<Piece> {
    let texts = |parts: &mut Option<Vec<OutputPart>>| parts.take().into_iter().flatten();
    match item.kind.as_str() {
        "message" => texts(&mut item.content)
            .filter_map(|part| {
                facts.refused |= part.refusal.is_some();
                part.text.or(part.refusal).map(Piece::Text)
            })
            .collect(),
        "reasoning" => {
            texts(&mut item.summary).filter_map(|part| part.text.map(Piece::Reasoning)).collect()
        }
        _ => Vec::new(),
    }
}

/// Takes in what the end of an answer tells; gives the error if it is one.
fn ended(status: &str, response: Response, facts: &mut Facts) -> Option<Piece> {
    facts.id = response.id.or(facts.id.take());
    if let Some(usage) = response.usage {
        // Cached input is counted in already.
        facts.usage.input_tokens = usage.input_tokens;
        facts.usage.output_tokens = usage.output_tokens;
        let cached = usage.input_tokens_details.and_then(|details| details.cached_tokens);
        facts.usage.cache_read_tokens = cached;
    }
    let reason = response.incomplete_details.and_then(|details| details.reason);
    facts.finish = Some(match (status, reason.as_deref()) {
        ("failed", _) => {
            let unknown = || RawError::default().piece();
            return Some(response.error.map_or_else(unknown, ErrorField::piece));
        }
        _ if facts.refused => FinishReason::Refusal,
        // It wants a tool, and none was offered.
        ("completed", _) if response.output.iter().any(|item| item.kind == "function_call") => {
            FinishReason::Incomplete
        }
        ("completed", _) => FinishReason::Stop,
        ("incomplete", Some("content_filter")) => FinishReason::Refusal,
        ("incomplete", _) => FinishReason::Length,
        _ => FinishReason::Incomplete,
    });
    None
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
            r#"{"type":"response.created","response":{"id":"r1","status":"in_progress","output":[],"usage":null}}"#,
            r#"{"type":"response.reasoning_summary_part.added","summary_index":0}"#,
            r#"{"type":"response.reasoning_summary_text.delta","delta":"hm"}"#,
            r#"{"type":"response.reasoning_summary_part.added","summary_index":1}"#,
            r#"{"type":"response.output_item.added","item":{"type":"message","content":[]}}"#,
            r#"{"type":"response.output_text.delta","delta":"w\u00f6"}"#,
            r#"{"type":"response.output_text.done","text":"wö"}"#,
            r#"{"type":"response.function_call_arguments.delta","delta":"{}"}"#,
            r#"{"type":"response.completed","response":{"id":"r1","status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"wö"}]}],"usage":{"input_tokens":20,"input_tokens_details":{"cached_tokens":4},"output_tokens":6}}}"#,
        ]);
        let expected = [
            Piece::Reasoning("hm".into()),
            Piece::Reasoning("\n\n".into()),
            Piece::Text("wö".into()),
            Piece::End,
        ];
        assert_eq!(pieces, expected);
        assert_eq!((facts.id.as_deref(), facts.finish), (Some("r1"), Some(FinishReason::Stop)));
        assert_eq!((facts.usage.input_tokens, facts.usage.cache_read_tokens), (Some(20), Some(4)));
    }

    #[test]
    fn every_way_to_end_is_told() {
        let finish = |data| stream(&[data]).1.finish;
        let length = r#"{"type":"response.incomplete","response":{"incomplete_details":{"reason":"max_output_tokens"}}}"#;
        assert_eq!(finish(length), Some(FinishReason::Length));
        let filter = r#"{"type":"response.incomplete","response":{"incomplete_details":{"reason":"content_filter"}}}"#;
        assert_eq!(finish(filter), Some(FinishReason::Refusal));
        let tool = r#"{"type":"response.completed","response":{"status":"completed","output":[{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}]}}"#;
        assert_eq!(finish(tool), Some(FinishReason::Incomplete));
        let (pieces, facts) = stream(&[
            r#"{"type":"response.refusal.delta","delta":"No."}"#,
            r#"{"type":"response.completed","response":{"status":"completed"}}"#,
        ]);
        assert_eq!(pieces, [Piece::Text("No.".into()), Piece::End]);
        assert_eq!(facts.finish, Some(FinishReason::Refusal));
    }

    #[test]
    fn errors_are_told_flat_nested_and_as_a_failed_answer() {
        let expected = Piece::Error { kind: "server_error".into(), message: "Boom".into() };
        for data in [
            r#"{"type":"error","code":"server_error","message":"Boom","param":null}"#,
            r#"{"type":"error","error":{"type":"x","code":"server_error","message":"Boom"}}"#,
            r#"{"error":{"type":"server_error","message":"Boom"}}"#,
            r#"{"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"Boom"}}}"#,
        ] {
            assert_eq!(stream(&[data]).0.first(), Some(&expected), "{data}");
        }
        assert!(event("{}", &mut Facts::default()).is_err());
    }

    #[test]
    fn a_whole_answer_is_told_by_its_status() {
        let mut facts = Facts::default();
        let body = br#"{"id":"r","status":"completed","output":[{"type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]},{"type":"message","content":[{"type":"output_text","text":"a"},{"type":"refusal","refusal":"b"}]}]}"#;
        let pieces = whole(body, &mut facts).expect("an answer");
        let expected = [
            Piece::Reasoning("hm".into()),
            Piece::Text("a".into()),
            Piece::Text("b".into()),
            Piece::End,
        ];
        assert_eq!(pieces, expected);
        assert_eq!(facts.finish, Some(FinishReason::Refusal));
        for (status, finish) in [
            ("completed", FinishReason::Stop),
            ("incomplete", FinishReason::Length),
            ("cancelled", FinishReason::Incomplete),
            ("in_progress", FinishReason::Incomplete),
        ] {
            let mut facts = Facts::default();
            let body = format!(r#"{{"status":"{status}","output":[]}}"#);
            whole(body.as_bytes(), &mut facts).expect("an answer");
            assert_eq!(facts.finish, Some(finish), "{status}");
        }
        let mut facts = Facts::default();
        let tool = br#"{"status":"completed","output":[{"type":"function_call","name":"f"}]}"#;
        whole(tool, &mut facts).expect("an answer");
        assert_eq!(facts.finish, Some(FinishReason::Incomplete));
        let failed = whole(br#"{"error":{"message":"no"}}"#, &mut Facts::default());
        assert!(matches!(failed.as_deref(), Ok([Piece::Error { .. }])));
        assert!(whole(b"{}", &mut Facts::default()).is_err());
    }
}

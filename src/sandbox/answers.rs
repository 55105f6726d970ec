//! The scripted model's answer in the shapes of the providers, in one piece or as the events of
//! a stream (API references of Anthropic and OpenAI; recorded exchanges).

use std::time::Duration;

use serde_json::{Value, json};

use super::faults::Fault;
use super::prompt::{Dialect, Prompt};
use super::reply::{Piece, Reply};

/// The least time between two pieces of a text: slow enough to be seen.
const PAUSE: Duration = Duration::from_millis(15);
/// Words in one piece.
const WORDS: usize = 3;
const CREATED: u64 = 1_795_430_400;
const THINKING: &str = "The script says what to say; there is nothing to think about.";
/// The sandbox signs its thoughts, though not well.
const SIGNATURE: &str = "c2FuZGJveA==";

/// What the model says, cut if the request wants it cut.
#[derive(Debug, PartialEq)]
struct Text<'p> {
    thinking: Option<&'static str>,
    said: &'p str,
    stop_reason: &'static str,
    stop_sequence: Option<&'p str>,
}

/// The model's text as an answer to the prompt. A fault inside the stream ends it early.
pub(super) fn reply(dialect: Dialect, prompt: &Prompt, text: &str, fault: Option<&Fault>) -> Reply {
    let text = cut(prompt, text);
    let whole = match dialect {
        Dialect::Messages => message(prompt, &text),
        Dialect::Chat => completion(prompt, &text),
        Dialect::Responses => response(prompt, &text),
    };
    if !prompt.stream {
        return Reply::whole(200, "application/json; charset=utf-8", whole.to_string());
    }
    let mut events = match dialect {
        Dialect::Messages => message_events(whole, &text),
        Dialect::Chat => completion_events(&whole, &text),
        Dialect::Responses => response_events(&whole, &text),
    };
    if let Some(fault) = fault {
        let first_words = events.iter().position(is_text).map_or(0, |at| at + 1);
        events.truncate(first_words);
        events.extend(fault.event(dialect));
    }
    let mut pieces: Vec<Piece> = Vec::with_capacity(events.len() + 1);
    for (number, mut event) in events.into_iter().enumerate() {
        let wait = if is_text(&event) { PAUSE } else { Duration::ZERO };
        let name = match event["type"].as_str() {
            Some(kind) => format!("event: {kind}\n"),
            None => String::new(),
        };
        if dialect == Dialect::Responses {
            event["sequence_number"] = json!(number);
        }
        pieces.push(Piece { wait, bytes: format!("{name}data: {event}\n\n").into_bytes() });
    }
    if dialect == Dialect::Chat && fault.is_none() {
        pieces.push(Piece { wait: Duration::ZERO, bytes: b"data: [DONE]\n\n".to_vec() });
    }
    Reply::events(pieces)
}

/// Whether an event has words of the answer.
fn is_text(event: &Value) -> bool {
    let has = |pointer| {
        event.pointer(pointer).and_then(Value::as_str).is_some_and(|text| !text.is_empty())
    };
    event["type"] == "response.output_text.delta"
        || ["/delta/text", "/choices/0/delta/content"].into_iter().any(has)
}

fn cut<'p>(prompt: &'p Prompt, text: &'p str) -> Text<'p> {
    let thinking = prompt.thinks.then_some(THINKING);
    let mut cut = Text { thinking, said: text, stop_reason: "end_turn", stop_sequence: None };
    let stops = prompt.stop_sequences.iter();
    if let Some((at, stop)) = stops.filter_map(|stop| Some((text.find(stop)?, stop))).min() {
        cut.said = &text[..at];
        (cut.stop_reason, cut.stop_sequence) = ("stop_sequence", Some(stop.as_str()));
    }
    let most = usize::try_from(prompt.max_tokens).unwrap_or(usize::MAX).saturating_mul(4);
    if let Some((end, _)) = cut.said.char_indices().nth(most) {
        cut.said = &text[..end];
        (cut.stop_reason, cut.stop_sequence) = ("max_tokens", None);
    }
    cut
}

impl Text<'_> {
    fn tokens(&self) -> usize {
        let count = |text: &str| text.chars().count();
        (self.thinking.map_or(0, count) + count(self.said)).div_ceil(4)
    }

    fn is_cut(&self) -> bool {
        self.stop_reason == "max_tokens"
    }
}

/// A few words at a time, nothing lost.
fn portions(text: &str) -> impl Iterator<Item = String> {
    let words: Vec<&str> = text.split_inclusive(' ').collect();
    words.chunks(WORDS).map(<[&str]>::concat).collect::<Vec<_>>().into_iter()
}

fn message(prompt: &Prompt, text: &Text<'_>) -> Value {
    let thinking = text.thinking.map(
        |thinking| json!({ "type": "thinking", "thinking": thinking, "signature": SIGNATURE }),
    );
    let said = json!({ "type": "text", "text": text.said });
    json!({
        "id": "msg_01SANDBOX",
        "type": "message",
        "role": "assistant",
        "model": prompt.model,
        "content": thinking.into_iter().chain([said]).collect::<Vec<_>>(),
        "stop_reason": text.stop_reason,
        "stop_sequence": text.stop_sequence,
        "usage": {
            "input_tokens": prompt.input_tokens(),
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": text.tokens(),
            "service_tier": "standard",
        },
    })
}

fn message_events(mut message: Value, text: &Text<'_>) -> Vec<Value> {
    let usage = message["usage"].clone();
    for (name, value) in
        [("content", json!([])), ("stop_reason", Value::Null), ("stop_sequence", Value::Null)]
    {
        message[name] = value;
    }
    message["usage"]["output_tokens"] = json!(1);
    let mut events = vec![json!({ "type": "message_start", "message": message })];
    let mut block = |start: Value, deltas: Vec<Value>| {
        let index = events.iter().filter(|event| event["type"] == "content_block_stop").count();
        let is_text = start["type"] == "text";
        events
            .push(json!({ "type": "content_block_start", "index": index, "content_block": start }));
        events.extend(is_text.then(|| json!({ "type": "ping" })));
        events.extend(
            deltas.into_iter().map(
                |delta| json!({ "type": "content_block_delta", "index": index, "delta": delta }),
            ),
        );
        events.push(json!({ "type": "content_block_stop", "index": index }));
    };
    if let Some(thinking) = text.thinking {
        let deltas = vec![
            json!({ "type": "thinking_delta", "thinking": thinking }),
            json!({ "type": "signature_delta", "signature": SIGNATURE }),
        ];
        block(json!({ "type": "thinking", "thinking": "", "signature": "" }), deltas);
    }
    let words = portions(text.said).map(|words| json!({ "type": "text_delta", "text": words }));
    block(json!({ "type": "text", "text": "" }), words.collect());
    events.push(json!({
        "type": "message_delta",
        "delta": { "stop_reason": text.stop_reason, "stop_sequence": text.stop_sequence },
        "usage": usage,
    }));
    events.push(json!({ "type": "message_stop" }));
    events
}

fn completion(prompt: &Prompt, text: &Text<'_>) -> Value {
    let (input, output) = (prompt.input_tokens(), text.tokens());
    let said =
        json!({ "role": "assistant", "content": text.said, "refusal": null, "annotations": [] });
    let finish = if text.is_cut() { "length" } else { "stop" };
    json!({
        "id": "chatcmpl-SANDBOX",
        "object": "chat.completion",
        "created": CREATED,
        "model": prompt.model,
        "service_tier": "default",
        "system_fingerprint": null,
        "choices": [{ "index": 0, "message": said, "finish_reason": finish }],
        "usage": {
            "prompt_tokens": input,
            "completion_tokens": output,
            "total_tokens": input + output,
            "prompt_tokens_details": { "cached_tokens": 0, "audio_tokens": 0 },
            "completion_tokens_details": { "reasoning_tokens": 0, "audio_tokens": 0 },
        },
    })
}

fn completion_events(whole: &Value, text: &Text<'_>) -> Vec<Value> {
    let chunk = |choices: Value, usage: &Value| {
        let mut chunk = whole.clone();
        chunk["object"] = json!("chat.completion.chunk");
        chunk["choices"] = choices;
        chunk["usage"] = usage.clone();
        // Padding that hides the length of the words.
        chunk["obfuscation"] = json!("ab");
        chunk
    };
    let delta = |delta: Value, finish: &Value| {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
        chunk(json!([choice]), &Value::Null)
    };
    let mut events =
        vec![delta(json!({ "role": "assistant", "content": "", "refusal": null }), &Value::Null)];
    let words = portions(text.said).map(|words| delta(json!({ "content": words }), &Value::Null));
    events.extend(words);
    events.push(delta(json!({}), &whole["choices"][0]["finish_reason"]));
    events.push(chunk(json!([]), &whole["usage"]));
    events
}

fn response(prompt: &Prompt, text: &Text<'_>) -> Value {
    let (input, output) = (prompt.input_tokens(), text.tokens());
    let reasoning = text.thinking.map(|thinking| {
        let summary = json!([{ "type": "summary_text", "text": thinking }]);
        json!({ "id": "rs_SANDBOX", "type": "reasoning", "summary": summary })
    });
    let part =
        json!({ "type": "output_text", "annotations": [], "logprobs": [], "text": text.said });
    let message = json!({
        "id": "msg_SANDBOX", "type": "message", "status": "completed", "role": "assistant",
        "content": [part],
    });
    let details = text.is_cut().then(|| json!({ "reason": "max_output_tokens" }));
    json!({
        "id": "resp_SANDBOX",
        "object": "response",
        "created_at": CREATED,
        "status": if text.is_cut() { "incomplete" } else { "completed" },
        "error": null,
        "incomplete_details": details,
        "model": prompt.model,
        "output": reasoning.into_iter().chain([message]).collect::<Vec<_>>(),
        "parallel_tool_calls": true,
        "store": false,
        "usage": {
            "input_tokens": input,
            "input_tokens_details": { "cached_tokens": 0 },
            "output_tokens": output,
            "output_tokens_details": { "reasoning_tokens": 0 },
            "total_tokens": input + output,
        },
    })
}

fn response_events(whole: &Value, text: &Text<'_>) -> Vec<Value> {
    let mut begun = whole.clone();
    for (name, value) in [
        ("status", json!("in_progress")),
        ("incomplete_details", Value::Null),
        ("output", json!([])),
        ("usage", Value::Null),
    ] {
        begun[name] = value;
    }
    let mut events: Vec<Value> = ["response.created", "response.in_progress"]
        .map(|kind| json!({ "type": kind, "response": begun }))
        .into();
    for (index, item) in whole["output"].as_array().into_iter().flatten().enumerate() {
        let (field, at, part_name, text_name) = match item["type"].as_str() {
            Some("message") => ("content", "content_index", "content_part", "output_text"),
            _ => ("summary", "summary_index", "reasoning_summary_part", "reasoning_summary_text"),
        };
        let event = |kind: String, name: &str, value: Value| {
            json!({
                "type": format!("response.{kind}"), "item_id": item["id"], "output_index": index,
                at: 0, name: value,
            })
        };
        let mut begun = item.clone();
        begun[field] = json!([]);
        let mut empty = item[field][0].clone();
        empty["text"] = json!("");
        events.push(
            json!({ "type": "response.output_item.added", "output_index": index, "item": begun }),
        );
        events.push(event(format!("{part_name}.added"), "part", empty));
        let said = if field == "content" { text.said } else { text.thinking.unwrap_or_default() };
        let words = portions(said);
        events
            .extend(words.map(|words| event(format!("{text_name}.delta"), "delta", json!(words))));
        events.push(event(format!("{text_name}.done"), "text", json!(said)));
        events.push(event(format!("{part_name}.done"), "part", item[field][0].clone()));
        events.push(
            json!({ "type": "response.output_item.done", "output_index": index, "item": item }),
        );
    }
    let end = if text.is_cut() { "response.incomplete" } else { "response.completed" };
    events.push(json!({ "type": end, "response": whole }));
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt() -> Prompt {
        Prompt { max_tokens: 100, ..Prompt::default() }
    }

    #[test]
    fn portions_lose_nothing() {
        let text = "a  b\n\nc d e f ";
        assert_eq!(portions(text).collect::<String>(), text);
        assert_eq!(portions("").count(), 0);
    }

    #[test]
    fn the_answer_ends_as_the_request_says() {
        let short = Prompt { max_tokens: 1, ..prompt() };
        let answer = cut(&short, "äöüßxyz");
        assert_eq!((answer.said, answer.stop_reason), ("äöüß", "max_tokens"));
        let stops = Prompt { stop_sequences: vec!["zzz".into(), "two".into()], ..prompt() };
        let answer = cut(&stops, "one two three");
        assert_eq!((answer.said, answer.stop_reason), ("one ", "stop_sequence"));
        assert_eq!(answer.stop_sequence, Some("two"));
        let prompt = prompt();
        let complete = cut(&prompt, "one");
        assert_eq!((complete.said, complete.stop_reason), ("one", "end_turn"));
    }
}

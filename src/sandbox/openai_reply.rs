//! The scripted model's answer in OpenAI's shapes: a completion or a response, whole or as the
//! events of a stream (OpenAI API reference, "Chat streaming", "Responses streaming").

use std::time::Duration;

use serde_json::{Value, json};

use super::anthropic::Prompt;
use super::anthropic_reply::{Answer, PAUSE, cut, output_tokens, portions};
use super::reply::{Piece, Reply};

const CREATED: u64 = 1_795_430_400;

/// The model's text as a chat completion.
pub(super) fn chat(prompt: &Prompt, text: &str) -> Reply {
    let answer = cut(prompt, text);
    let finish = if is_cut(&answer) { "length" } else { "stop" };
    let (input, output) = (prompt.input_tokens(), output_tokens(&answer));
    let usage = json!({
        "prompt_tokens": input,
        "completion_tokens": output,
        "total_tokens": input + output,
        "prompt_tokens_details": { "cached_tokens": 0 },
        "completion_tokens_details": { "reasoning_tokens": 0 },
    });
    let object = |kind: &str, choices: Value, usage: &Value| {
        json!({
            "id": "chatcmpl-SANDBOX", "object": kind, "created": CREATED, "model": prompt.model,
            "choices": choices, "usage": usage,
        })
    };
    if !prompt.stream {
        let message = json!({ "role": "assistant", "content": answer.text, "refusal": null });
        let choice = json!([{ "index": 0, "message": message, "finish_reason": finish }]);
        return Reply::json(200, object("chat.completion", choice, &usage).to_string());
    }
    let chunk = |choices: Value, usage: &Value| {
        data(Duration::ZERO, &object("chat.completion.chunk", choices, usage).to_string())
    };
    let delta = |delta: Value, finish: Option<&str>| {
        chunk(json!([{ "index": 0, "delta": delta, "finish_reason": finish }]), &Value::Null)
    };
    let mut pieces = vec![delta(json!({ "role": "assistant", "content": "" }), None)];
    pieces.extend(portions(&answer.text).map(|text| {
        let piece = delta(json!({ "content": text }), None);
        Piece { wait: PAUSE, ..piece }
    }));
    pieces.push(delta(json!({}), Some(finish)));
    pieces.push(chunk(json!([]), &usage));
    pieces.push(data(Duration::ZERO, "[DONE]"));
    Reply::events(pieces)
}

/// The model's text as a response.
pub(super) fn responses(prompt: &Prompt, text: &str) -> Reply {
    let answer = cut(prompt, text);
    let response = response(prompt, &answer);
    if !prompt.stream {
        return Reply::json(200, response.to_string());
    }
    let mut begun = response.clone();
    begun["status"] = json!("in_progress");
    begun["output"] = json!([]);
    begun["usage"] = Value::Null;
    begun["incomplete_details"] = Value::Null;
    let mut events = vec![
        json!({ "type": "response.created", "response": begun }),
        json!({ "type": "response.in_progress", "response": begun }),
    ];
    for (index, item) in response["output"].as_array().into_iter().flatten().enumerate() {
        item_events(&mut events, index, item, &answer);
    }
    let end = if is_cut(&answer) { "response.incomplete" } else { "response.completed" };
    events.push(json!({ "type": end, "response": response }));
    let numbered = events.into_iter().enumerate().map(|(number, mut event)| {
        event["sequence_number"] = json!(number);
        let kind = event["type"].as_str().unwrap_or_default().to_owned();
        let wait = if event.get("delta").is_some() { PAUSE } else { Duration::ZERO };
        Piece { wait, bytes: format!("event: {kind}\ndata: {event}\n\n").into_bytes() }
    });
    Reply::events(numbered.collect())
}

fn is_cut(answer: &Answer) -> bool {
    answer.stop_reason == "max_tokens"
}

fn data(wait: Duration, data: &str) -> Piece {
    Piece { wait, bytes: format!("data: {data}\n\n").into_bytes() }
}

fn response(prompt: &Prompt, answer: &Answer) -> Value {
    let mut output = Vec::new();
    if let Some(thinking) = &answer.thinking {
        let summary = json!([{ "type": "summary_text", "text": thinking }]);
        output.push(json!({ "id": "rs_SANDBOX", "type": "reasoning", "summary": summary }));
    }
    output.push(json!({
        "id": "msg_SANDBOX", "type": "message", "status": "completed", "role": "assistant",
        "content": [{ "type": "output_text", "text": answer.text, "annotations": [] }],
    }));
    let (input, count) = (prompt.input_tokens(), output_tokens(answer));
    let (status, details) = if is_cut(answer) {
        ("incomplete", json!({ "reason": "max_output_tokens" }))
    } else {
        ("completed", Value::Null)
    };
    json!({
        "id": "resp_SANDBOX", "object": "response", "created_at": CREATED, "status": status,
        "model": prompt.model, "error": null, "incomplete_details": details, "output": output,
        "usage": {
            "input_tokens": input,
            "input_tokens_details": { "cached_tokens": 0 },
            "output_tokens": count,
            "output_tokens_details": { "reasoning_tokens": 0 },
            "total_tokens": input + count,
        },
    })
}

fn item_events(events: &mut Vec<Value>, index: usize, item: &Value, answer: &Answer) {
    let is_message = item["type"] == "message";
    let field = if is_message { "content" } else { "summary" };
    let mut begun = item.clone();
    begun[field] = json!([]);
    events.push(
        json!({ "type": "response.output_item.added", "output_index": index, "item": begun }),
    );
    let place = |kind: &str| {
        let at = if is_message { "content_index" } else { "summary_index" };
        json!({ "type": kind, "item_id": item["id"], "output_index": index, at: 0 })
    };
    let with = |kind: &str, name: &str, value: &Value| {
        let mut event = place(kind);
        event[name] = value.clone();
        event
    };
    let part = &item[field][0];
    let (part_name, text_name) = if is_message {
        ("response.content_part", "response.output_text")
    } else {
        ("response.reasoning_summary_part", "response.reasoning_summary_text")
    };
    let mut empty = part.clone();
    empty["text"] = json!("");
    events.push(with(&format!("{part_name}.added"), "part", &empty));
    let text = if is_message { Some(&answer.text) } else { answer.thinking.as_ref() };
    for portion in portions(text.map_or("", String::as_str)) {
        events.push(with(&format!("{text_name}.delta"), "delta", &json!(portion)));
    }
    events.push(with(&format!("{text_name}.done"), "text", &part["text"]));
    events.push(with(&format!("{part_name}.done"), "part", part));
    events
        .push(json!({ "type": "response.output_item.done", "output_index": index, "item": item }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::anthropic_content::{Role, Turn};
    use crate::sandbox::reply::Body;

    fn prompt(max_tokens: u64) -> Prompt {
        Prompt {
            model: "gpt-5.3-codex".into(),
            max_tokens,
            stream: true,
            system: vec!["rules".into()],
            turns: vec![Turn { role: Role::User, text: "hello".into() }],
            stop_sequences: Vec::new(),
            thinks: false,
        }
    }

    fn stream(reply: Reply) -> String {
        let Body::Pieces(pieces) = reply.body else { return String::new() };
        pieces.iter().map(|piece| String::from_utf8_lossy(&piece.bytes).into_owned()).collect()
    }

    #[test]
    fn a_chat_stream_ends_with_the_usage_and_then_the_mark() {
        let text = stream(chat(&prompt(100), "one two three four"));
        let data: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
        assert_eq!(data.last(), Some(&"[DONE]"));
        let usage: Value = serde_json::from_str(data[data.len() - 2]).expect("JSON");
        assert_eq!((&usage["choices"], &usage["usage"]["prompt_tokens"]), (&json!([]), &json!(3)));
        assert!(stream(chat(&prompt(1), "one two")).contains("\"finish_reason\":\"length\""));
    }

    #[test]
    fn a_response_ends_with_the_whole_of_it() {
        let text = stream(responses(&prompt(100), "one two three four"));
        let last = text.lines().rfind(|line| line.starts_with("event: "));
        assert_eq!(last, Some("event: response.completed"));
        assert!(text.contains(r#""delta":"one two three ""#), "{text}");
        let cut = stream(responses(&prompt(1), "one two three four"));
        assert!(cut.contains("event: response.incomplete"), "{cut}");
    }
}

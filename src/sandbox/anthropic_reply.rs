//! The scripted model's answer in Anthropic's shapes: one message, or the events of a stream
//! (Anthropic documentation, "Streaming messages").

use std::time::Duration;

use serde_json::{Value, json};

use super::anthropic::Prompt;
use super::reply::{Piece, Reply};

/// Between two pieces of a stream: slow enough to be seen.
pub(super) const PAUSE: Duration = Duration::from_millis(15);
/// Words in one piece.
const WORDS: usize = 3;

/// What the model says, cut where the request wants it cut.
pub(super) struct Answer {
    pub(super) thinking: Option<String>,
    pub(super) text: String,
    pub(super) stop_reason: &'static str,
    stop_sequence: Option<String>,
}

/// The model's text as an answer to the prompt.
pub(super) fn reply(prompt: &Prompt, text: &str) -> Reply {
    let answer = cut(prompt, text);
    if prompt.stream {
        return Reply::events(events(prompt, &answer));
    }
    let mut content = Vec::new();
    if let Some(thinking) = &answer.thinking {
        content.push(json!({ "type": "thinking", "thinking": thinking, "signature": SIGNATURE }));
    }
    content.push(json!({ "type": "text", "text": answer.text }));
    let mut message = message(prompt, &content, output_tokens(&answer));
    message["stop_reason"] = json!(answer.stop_reason);
    message["stop_sequence"] = json!(answer.stop_sequence);
    Reply::json(200, message.to_string())
}

/// The sandbox signs its thoughts, though not well.
const SIGNATURE: &str = "c2FuZGJveA==";

pub(super) fn cut(prompt: &Prompt, text: &str) -> Answer {
    let thinking = prompt
        .thinks
        .then(|| "The script says what to say; there is nothing to think about.".to_owned());
    let mut answer =
        Answer { thinking, text: text.to_owned(), stop_reason: "end_turn", stop_sequence: None };
    let stops =
        prompt.stop_sequences.iter().filter_map(|stop| Some((text.find(stop.as_str())?, stop)));
    if let Some((at, stop)) = stops.min() {
        answer.text.truncate(at);
        (answer.stop_reason, answer.stop_sequence) = ("stop_sequence", Some(stop.clone()));
    }
    let most = usize::try_from(prompt.max_tokens).unwrap_or(usize::MAX).saturating_mul(4);
    if let Some((end, _)) = answer.text.char_indices().nth(most) {
        answer.text.truncate(end);
        (answer.stop_reason, answer.stop_sequence) = ("max_tokens", None);
    }
    answer
}

pub(super) fn output_tokens(answer: &Answer) -> usize {
    let thinking = answer.thinking.as_ref().map_or(0, |text| text.chars().count());
    (thinking + answer.text.chars().count()).div_ceil(4)
}

fn message(prompt: &Prompt, content: &[Value], output_tokens: usize) -> Value {
    json!({
        "id": "msg_01SANDBOX",
        "type": "message",
        "role": "assistant",
        "model": prompt.model,
        "content": content,
        "stop_reason": null,
        "stop_sequence": null,
        "usage": {
            "input_tokens": prompt.input_tokens(),
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": output_tokens,
        },
    })
}

fn events(prompt: &Prompt, answer: &Answer) -> Vec<Piece> {
    let mut pieces = vec![event(&json!({
        "type": "message_start",
        "message": message(prompt, &[], 1),
    }))];
    let mut index = 0;
    if let Some(thinking) = &answer.thinking {
        let start = json!({ "type": "thinking", "thinking": "", "signature": "" });
        let mut deltas = vec![json!({ "type": "thinking_delta", "thinking": thinking })];
        deltas.push(json!({ "type": "signature_delta", "signature": SIGNATURE }));
        block(&mut pieces, index, &start, deltas);
        index += 1;
    }
    let deltas = portions(&answer.text).map(|text| json!({ "type": "text_delta", "text": text }));
    block(&mut pieces, index, &json!({ "type": "text", "text": "" }), deltas);
    pieces.push(event(&json!({
        "type": "message_delta",
        "delta": { "stop_reason": answer.stop_reason, "stop_sequence": answer.stop_sequence },
        "usage": { "output_tokens": output_tokens(answer) },
    })));
    pieces.push(event(&json!({ "type": "message_stop" })));
    pieces
}

fn block(
    pieces: &mut Vec<Piece>,
    index: u64,
    start: &Value,
    deltas: impl IntoIterator<Item = Value>,
) {
    pieces.push(event(
        &json!({ "type": "content_block_start", "index": index, "content_block": start }),
    ));
    if index == 0 {
        pieces.push(event(&json!({ "type": "ping" })));
    }
    for delta in deltas {
        let delta =
            event(&json!({ "type": "content_block_delta", "index": index, "delta": delta }));
        pieces.push(Piece { wait: PAUSE, ..delta });
    }
    pieces.push(event(&json!({ "type": "content_block_stop", "index": index })));
}

fn event(data: &Value) -> Piece {
    let kind = data["type"].as_str().unwrap_or_default();
    Piece { wait: Duration::ZERO, bytes: format!("event: {kind}\ndata: {data}\n\n").into_bytes() }
}

/// A few words at a time, nothing lost.
pub(super) fn portions(text: &str) -> impl Iterator<Item = String> {
    let words: Vec<&str> = text.split_inclusive(' ').collect();
    let portions: Vec<String> = words.chunks(WORDS).map(<[&str]>::concat).collect();
    portions.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::anthropic_content::{Role, Turn};
    use crate::sandbox::reply::Body;

    fn prompt() -> Prompt {
        Prompt {
            model: "claude-haiku-4-5-20251001".into(),
            max_tokens: 100,
            stream: true,
            system: vec!["rules".into()],
            turns: vec![Turn { role: Role::User, text: "hello".into() }],
            stop_sequences: Vec::new(),
            thinks: false,
        }
    }

    fn kinds(reply: &Reply) -> Vec<String> {
        let Body::Pieces(pieces) = &reply.body else {
            return Vec::new();
        };
        let kind = |piece: &Piece| {
            let text = String::from_utf8_lossy(&piece.bytes).into_owned();
            text.lines().next().unwrap_or_default().replace("event: ", "")
        };
        pieces.iter().map(kind).collect()
    }

    #[test]
    fn events_come_in_the_protocols_order() {
        let order = [
            "message_start",
            "content_block_start",
            "ping",
            "content_block_delta",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop",
        ];
        assert_eq!(kinds(&reply(&prompt(), "one two three four")), order);
    }

    #[test]
    fn portions_lose_nothing() {
        let text = "a  b\n\nc d e f ";
        assert_eq!(portions(text).collect::<String>(), text);
        assert_eq!(portions("").count(), 0);
    }

    #[test]
    fn the_answer_ends_where_the_request_says() {
        let short = Prompt { max_tokens: 1, ..prompt() };
        let answer = cut(&short, "äöüßxyz");
        assert_eq!((answer.text.as_str(), answer.stop_reason), ("äöüß", "max_tokens"));
        let stops = Prompt { stop_sequences: vec!["zzz".into(), "two".into()], ..prompt() };
        let answer = cut(&stops, "one two three");
        assert_eq!((answer.text.as_str(), answer.stop_reason), ("one ", "stop_sequence"));
        assert_eq!(answer.stop_sequence.as_deref(), Some("two"));
        let whole = cut(&prompt(), "one");
        assert_eq!((whole.text.as_str(), whole.stop_reason), ("one", "end_turn"));
    }
}

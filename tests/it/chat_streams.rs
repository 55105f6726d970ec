//! What `glduo chat` makes of streams as they really come: the recorded ones, and odd but valid
//! ones of each protocol.

use std::time::Duration;

use glduo::sandbox::{Body, Piece, Reply};
use serde_json::{Value, json};

use crate::support::gitlab::{answering, connected};
use crate::support::world::{Outcome, project_folder};

const CLAUDE: &str = "sonnet-4-5";
const CHAT: &str = "gpt-5-1";
const RESPONSES: &str = "gpt-5-3-codex";

fn reply(content_type: &str, body: &str) -> Reply {
    Reply::whole(200, content_type, body)
}

fn stream(body: &str) -> Reply {
    reply("text/event-stream; charset=utf-8", body)
}

/// The events, a `data:` line each; what is no JSON object goes out as it is.
fn events(lines: &[&str]) -> Reply {
    let event = |line: &&str| {
        let field = if line.starts_with(['{', '[']) { "data: " } else { "" };
        format!("{field}{line}\n\n")
    };
    stream(&lines.iter().map(event).collect::<String>())
}

fn chat(model: &str, reply: Reply, flags: &str) -> Outcome {
    let sandbox =
        answering(move |request| request.path().contains("/proxy/").then(|| reply.clone()));
    connected(&sandbox).run(&format!("chat -n -m {model} {flags} Hi"))
}

fn recorded(name: &str) -> Reply {
    let path = project_folder().join("tests/fixtures/duo/gateway").join(name);
    stream(&std::fs::read_to_string(path).expect("a fixture"))
}

const START: &str = r#"{"type":"message_start","message":{"id":"m","usage":{"input_tokens":1}}}"#;
const HALF: &str =
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Half"}}"#;
const END: &str =
    r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}"#;
const STOP: &str = r#"{"type":"message_stop"}"#;
const CHUNK: &str = r#"{"id":"c","choices":[{"index":0,"delta":{"content":"Half"}}]}"#;
const DELTA: &str = r#"{"type":"response.output_text.delta","output_index":0,"item_id":"i","content_index":0,"delta":"Half"}"#;
const COMPLETED: &str =
    r#"{"type":"response.completed","response":{"id":"r","status":"completed","output":null}}"#;

#[test]
fn recorded_streams_are_read_to_their_end_or_their_break() {
    for (dialect, model) in [("anthropic", CLAUDE), ("chat", CHAT), ("responses", RESPONSES)] {
        let run = chat(model, recorded(&format!("{dialect}_stream.sse")), "-u");
        let text = "The quick answer — naïve ✓ is 4.\n";
        assert_eq!((run.stdout.as_str(), run.code), (text, 0), "{dialect}: {}", run.stderr);
        assert_eq!(run.stderr, "glduo: 21 tokens in, 9 out\n", "{dialect}");
        let run =
            chat(model, recorded(&format!("{dialect}_upstream_lost_in_stream.sse")), "--json");
        assert_eq!((run.code, &run.error()["code"]), (6, &json!("incomplete")), "{dialect}");
        let run = chat(model, recorded(&format!("{dialect}_error_event.sse")), "--json");
        assert_eq!((run.code, &run.error()["code"]), (6, &json!("server_error")), "{dialect}");
    }
    let run = chat(CLAUDE, recorded("anthropic_thinking_stream.sse"), "--reasoning");
    assert!(run.code == 0 && run.stdout.contains("\n\nThe quick answer"), "{run:?}");
}

/// Model, events, the text that is printed.
#[rustfmt::skip]
const ODD: &[(&str, &[&str], &str)] = &[
    // Keep-alives and unknown events between two deltas.
    (CLAUDE, &[START, HALF, "event: ping\ndata:", "data: []", "data: {}", "data: null", "data", ": comment", "event: ping\ndata: {\"type\":\"ping\"}", r#"{"type":"future","message":"m","delta":7,"error":"x","usage":[]}"#, HALF, END, STOP], "HalfHalf"),
    (CHAT, &[CHUNK, "data: []", "data: null", "data: \"text\"", "event: ping\ndata:", r#"{"type":"future","message":"m","error":{"message":"x"}}"#, r#"{"choices":null,"usage":null}"#, r#"{"choices":[null]}"#, r#"{"choices":[{"index":0,"delta":null,"finish_reason":null,"logprobs":null}]}"#, CHUNK, r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#, "data: [DONE]"], "HalfHalf"),
    (RESPONSES, &["data: {}", "event: keepalive\ndata: {\"type\":\"keepalive\"}", DELTA, r#"{"type":"response.future","response":7,"error":"x","message":[]}"#, DELTA, COMPLETED], "HalfHalf"),
    // Fields that are null or of another type.
    (CLAUDE, &[r#"{"type":"message_start","message":null}"#, r#"{"type":"content_block_start","index":null,"content_block":null}"#, HALF, r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":null}}"#, r#"{"type":"content_block_delta","delta":{"type":"text_delta","text":null}}"#, r#"{"type":"message_delta","delta":null,"usage":null}"#, r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_details":null},"usage":{"output_tokens":2.0,"input_tokens":null}}"#, STOP], "Half"),
    (CLAUDE, &["event: content_block_delta\ndata: {\"delta\":{\"text\":\"Half\"}}", "event: message_stop\ndata: {\"x\":1}"], "Half"),
    // Text that does not come as deltas.
    (CLAUDE, &[START, r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"Whole"}}"#, r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" more"}}"#, END, STOP], "Whole more"),
    (CLAUDE, &[r#"{"type":"message_start","message":{"content":[{"type":"text","text":"Whole"}]}}"#, END, STOP], "Whole"),
    (RESPONSES, &[r#"{"type":"response.output_text.done","output_index":0,"content_index":0,"text":"Whole"}"#, COMPLETED], "Whole"),
    (RESPONSES, &[DELTA, r#"{"type":"response.output_text.done","output_index":0,"content_index":0,"text":"Half done"}"#, COMPLETED], "Half done"),
    (RESPONSES, &[DELTA, r#"{"type":"response.output_text.done","output_index":0,"content_index":0,"text":null}"#, COMPLETED], "Half"),
    (RESPONSES, &[r#"{"type":"response.output_item.done","output_index":0,"item":{"id":"i","type":"message","content":[{"type":"output_text","text":"Item"}]}}"#, COMPLETED], "Item"),
    (RESPONSES, &[r#"{"type":"response.content_part.done","output_index":0,"content_index":0,"part":{"type":"output_text","text":"Part"}}"#, COMPLETED], "Part"),
    (RESPONSES, &[r#"{"type":"response.completed","response":{"status":"completed","output":[{"type":"reasoning","summary":[]},{"id":"i","type":"message","content":[{"type":"output_text","text":"Output"}]}]}}"#], "Output"),
    // The complete output of a proxy that leaves out the reasoning repeats nothing.
    (RESPONSES, &[r#"{"type":"response.output_item.added","output_index":1,"item":{"id":"a","type":"message","content":[]}}"#, r#"{"type":"response.output_text.delta","output_index":1,"item_id":"a","content_index":0,"delta":"Once"}"#, r#"{"type":"response.completed","response":{"status":"completed","output":[{"id":"b","type":"message","content":[{"type":"output_text","text":"Once"}]}]}}"#], "Once"),
    (CHAT, &[r#"{"choices":[{"index":1,"delta":{"content":"other"}},{"index":0,"delta":{"content":"Half"}}]}"#, r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"Half and half"},"finish_reason":"stop"}]}"#], "Half and half"),
    (CHAT, &[r#"{"choices":[{"delta":{"content":[{"type":"text","text":"Pa"},{"type":"text","text":"rts"}]}}]}"#, "data: [DONE]"], "Parts"),
    // Several messages are set apart, several blocks of one are not.
    (RESPONSES, &[DELTA, r#"{"type":"response.output_text.delta","output_index":1,"content_index":0,"delta":"Two"}"#, COMPLETED], "Half\n\nTwo"),
    (RESPONSES, &[r#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"One\n"}"#, r#"{"type":"response.output_text.delta","output_index":1,"content_index":0,"delta":"Two"}"#, r#"{"type":"response.output_text.delta","output_index":1,"content_index":1,"delta":"+"}"#, COMPLETED], "One\n\nTwo+"),
    (CLAUDE, &[START, HALF, r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Two"}}"#, END, STOP], "HalfTwo"),
    // Commentary is reasoning.
    (RESPONSES, &[r#"{"type":"response.output_item.added","output_index":0,"item":{"id":"c","type":"message","phase":"commentary","content":[]}}"#, r#"{"type":"response.output_text.delta","output_index":0,"item_id":"c","content_index":0,"delta":"Looking …"}"#, r#"{"type":"response.output_item.added","output_index":1,"item":{"id":"f","type":"message","phase":"final_answer","content":[]}}"#, r#"{"type":"response.output_text.delta","output_index":1,"item_id":"f","content_index":0,"delta":"Final"}"#, COMPLETED], "Final"),
    (RESPONSES, &[r#"{"type":"response.completed","response":{"status":"completed","output":[{"type":"message","phase":"commentary","content":[{"type":"output_text","text":"Looking"}]},{"type":"message","phase":null,"content":[{"type":"output_text","text":"Final"}]}]}}"#], "Final"),
    // A stop reason makes the answer complete, whatever follows or is missing.
    (CLAUDE, &[START, HALF, END], "Half"),
    (CLAUDE, &[START, HALF, END, "data: garbage"], "Half"),
    (CLAUDE, &[START, HALF, END, r#"{"type":"error","error":{"type":"api_error","message":"late"}}"#], "Half"),
    (CLAUDE, &[START, HALF, STOP], "Half"),
    (CHAT, &[r#"{"choices":[{"index":0,"delta":{"content":"Half"},"finish_reason":"stop"}]}"#], "Half"),
    (CHAT, &[r#"{"choices":[{"index":0,"delta":{"content":"Half"},"finish_reason":"stop"}]}"#, "data: <html>"], "Half"),
    (CHAT, &[CHUNK, "data: [DONE]"], "Half"),
];

#[test]
fn odd_but_valid_streams_lose_no_text_and_repeat_none() {
    for (model, lines, text) in ODD {
        let run = chat(model, events(lines), "");
        let expected = format!("{text}\n");
        assert_eq!((run.stdout.as_str(), run.code), (expected.as_str(), 0), "{lines:?}: {run:?}");
        let run = chat(model, events(lines), "--json");
        assert_eq!(run.json()["text"], *text, "{lines:?}");
    }
}

#[test]
fn commentary_is_shown_with_reasoning_only_and_is_no_part_of_a_schemas_json() {
    let lines = [
        r#"{"type":"response.output_item.added","output_index":0,"item":{"type":"message","phase":"commentary"}}"#,
        r#"{"type":"response.output_text.delta","output_index":0,"delta":"Looking"}"#,
        r#"{"type":"response.output_text.delta","output_index":1,"delta":"{\"n\":1}"}"#,
        COMPLETED,
    ];
    let run = chat(RESPONSES, events(&lines), "--reasoning");
    assert_eq!(run.stdout, "Looking\n\n{\"n\":1}\n");
    let run = chat(RESPONSES, events(&lines), r#"--schema {"required":["n"]}"#);
    assert_eq!((run.stdout.as_str(), run.code), ("{\"n\":1}\n", 0), "{run:?}");
}

/// Model, events, exit code, code, words of the message, and `finish_reason` of the partial
/// result.
type Unfinished =
    (&'static str, &'static [&'static str], u8, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const UNFINISHED: &[Unfinished] = &[
    (CLAUDE, &[START, HALF], 6, "incomplete", "without an end event", "incomplete"),
    (CHAT, &[CHUNK], 6, "incomplete", "without an end event", "incomplete"),
    (RESPONSES, &[DELTA], 6, "incomplete", "without an end event", "incomplete"),
    (CLAUDE, &[START, HALF, "data: garbage"], 6, "bad_response", "not understood", "incomplete"),
    (CLAUDE, &[START, HALF, r#"{"type":"message_delta","delta":{"stop_reason":"pause_turn"}}"#, STOP], 6, "incomplete", "paused its turn", "incomplete"),
    (CLAUDE, &[START, HALF, r#"{"type":"message_delta","delta":{"stop_reason":"tool_use"}}"#, STOP], 6, "incomplete", "tool", "incomplete"),
    (CHAT, &[CHUNK, r#"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#, "data: [DONE]"], 6, "incomplete", "tool", "incomplete"),
    (RESPONSES, &[DELTA, r#"{"type":"response.completed","response":{"status":"completed","output":[{"type":"function_call"}]}}"#], 6, "incomplete", "tool", "incomplete"),
    (RESPONSES, &[DELTA, r#"{"type":"response.completed","response":{"status":"incomplete","output":[]}}"#], 6, "incomplete", "status incomplete", "incomplete"),
    (RESPONSES, &[DELTA, r#"{"type":"response.completed","response":{"status":"cancelled"}}"#], 6, "incomplete", "status cancelled", "incomplete"),
    (RESPONSES, &[DELTA, r#"{"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":"something"}}}"#], 6, "incomplete", "status incomplete", "incomplete"),
    // No text.
    (CLAUDE, &[START, END, STOP], 6, "incomplete", "without any text (stop reason end_turn)", "incomplete"),
    (CLAUDE, &[START, r#"{"type":"content_block_delta","delta":{"type":"text_delta","text":" \n"}}"#, END, STOP], 6, "incomplete", "without any text", "incomplete"),
    (CLAUDE, &[START, r#"{"type":"message_delta","delta":{"stop_reason":"max_tokens"}}"#, STOP], 6, "incomplete", "token limit was reached before any text (stop reason max_tokens)", "incomplete"),
    (CHAT, &["data: [DONE]"], 6, "incomplete", "without any text", "incomplete"),
    (RESPONSES, &[COMPLETED], 6, "incomplete", "without any text", "incomplete"),
    // Refusals say why.
    (CLAUDE, &[START, r#"{"type":"message_delta","delta":{"stop_reason":"refusal","stop_details":{"type":"refusal","category":"cyber","explanation":"It would do harm."}}}"#, STOP], 1, "refused", "declined to answer: It would do harm.", "refusal"),
    (CLAUDE, &[START, r#"{"type":"message_delta","delta":{"stop_reason":"refusal"},"stop_details":{"category":"bio"}}"#, STOP], 1, "refused", "declined to answer: bio", "refusal"),
    (CLAUDE, &[START, r#"{"type":"message_delta","delta":{"stop_reason":"refusal","stop_details":null}}"#, STOP], 1, "refused", "declined to answer", "refusal"),
    (CHAT, &[CHUNK, r#"{"choices":[{"delta":{},"finish_reason":"content_filter"}]}"#], 1, "refused", "content filter", "refusal"),
    (CHAT, &[r#"{"choices":[{"delta":{"refusal":"No."}}]}"#, r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#], 1, "refused", "declined", "refusal"),
    (RESPONSES, &[r#"{"type":"response.refusal.done","output_index":0,"refusal":"No."}"#, COMPLETED], 1, "refused", "declined", "refusal"),
    (RESPONSES, &[DELTA, r#"{"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":"content_filter"}}}"#], 1, "refused", "content filter", "refusal"),
    // Errors inside the stream keep their kind.
    (CLAUDE, &[HALF, r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#], 6, "server_error", "own API key: invalid x-api-key", "incomplete"),
    (CLAUDE, &[HALF, r#"{"type":"error","error":{"type":"permission_error","message":"x"}}"#], 6, "server_error", "own API key", "incomplete"),
    (CLAUDE, &[HALF, r#"{"type":"error","error":{"type":"billing_error","message":"x"}}"#], 5, "model_unavailable", "account", "incomplete"),
    (CLAUDE, &[HALF, r#"{"type":"error","error":{"type":"not_found_error","message":"model: x"}}"#], 5, "model_unavailable", "model: x", "incomplete"),
    (CLAUDE, &[HALF, r#"{"type":"error","error":{"type":"invalid_request_error","message":"x"}}"#], 1, "bad_request", "x", "incomplete"),
    (CLAUDE, &[HALF, r#"{"type":"error","error":{"type":"request_too_large","message":"x"}}"#], 1, "context_too_long", "x", "incomplete"),
    (CLAUDE, &[HALF, r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#], 6, "server_error", "Overloaded", "incomplete"),
    (CLAUDE, &[HALF, r#"{"type":"error","error":{"type":"rate_limit_error","message":"Slow"}}"#], 6, "rate_limited", "Slow", "incomplete"),
    (CLAUDE, &[HALF, "event: error\ndata: upstream connect error"], 6, "server_error", "upstream connect error", "incomplete"),
    (CLAUDE, &[HALF, r#"{"error":"insufficient_credits","error_code":"USAGE_QUOTA_EXCEEDED","message":"No credits"}"#], 5, "no_credits", "No credits", "incomplete"),
    (CHAT, &[CHUNK, r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#], 5, "model_unavailable", "quota", "incomplete"),
    (CHAT, &[CHUNK, r#"{"error":{"message":"x","type":"invalid_request_error","code":"invalid_prompt"}}"#], 1, "refused", "x", "incomplete"),
    (CHAT, &[CHUNK, r#"{"error":{"message":"Slow","code":429}}"#], 6, "rate_limited", "Slow", "incomplete"),
    (CHAT, &[CHUNK, r#"{"error":"gone"}"#], 6, "server_error", "gone", "incomplete"),
    (CHAT, &[CHUNK, r#"{"detail":"Bad Gateway"}"#], 6, "server_error", "Bad Gateway", "incomplete"),
    (CHAT, &[CHUNK, r#"{"message":"b'x'","error":{"message":"a","code":"server_error"}}"#], 6, "server_error", "a", "incomplete"),
    (RESPONSES, &[DELTA, r#"{"type":"error","code":"rate_limit_exceeded","message":"Rate limit reached. Please try again in 11.054s.","param":null}"#], 6, "rate_limited", "Rate limit reached", "incomplete"),
    (RESPONSES, &[DELTA, r#"{"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"Boom"}}}"#], 6, "server_error", "Boom", "incomplete"),
    (RESPONSES, &[DELTA, r#"{"type":"response.failed","response":{"status":"failed","error":{"code":"insufficient_quota","message":"Q"}}}"#], 5, "model_unavailable", "Q", "incomplete"),
    (RESPONSES, &[DELTA, r#"{"type":"response.failed","response":{"status":"failed","error":null}}"#], 6, "server_error", "", "incomplete"),
    (RESPONSES, &[DELTA, r#"{"type":"error","error":{"type":"x","code":"context_length_exceeded","message":"Long"}}"#], 1, "context_too_long", "Long", "incomplete"),
];

#[test]
fn every_unfinished_answer_names_its_cause() {
    for (model, lines, exit, code, words, finish) in UNFINISHED {
        let run = chat(model, events(lines), "--json");
        assert_eq!((run.code, run.stdout.as_str()), (*exit, ""), "{lines:?}: {}", run.stderr);
        let error = run.error();
        assert_eq!(error["code"], *code, "{lines:?}: {error}");
        let message = error["message"].as_str().expect("a message");
        assert!(message.contains(words) && error["hint"].is_string(), "{lines:?}: {error}");
        let partial = &error["partial"];
        assert!(partial.is_null() || partial["finish_reason"] == *finish, "{lines:?}: {error}");
        assert!(error["url"].is_string(), "{lines:?}: {error}");
        let run = chat(model, events(lines), "");
        assert_eq!(run.code, *exit, "{lines:?}");
        assert!(run.stdout.is_empty() || run.stdout.ends_with('\n'), "{lines:?}: {run:?}");
    }
}

#[test]
fn a_wait_that_is_named_inside_a_stream_is_told() {
    let event =
        r#"{"type":"error","code":"rate_limit_exceeded","message":"Please try again in 11.054s."}"#;
    let run = chat(RESPONSES, events(&[event]), "--json");
    assert_eq!(run.error()["retry_after"], 12, "{}", run.stderr);
}

#[test]
fn a_stop_reason_that_nobody_knows_is_shown_as_it_is() {
    let lines =
        [START, HALF, r#"{"type":"message_delta","delta":{"stop_reason":"moonrise"}}"#, STOP];
    let run = chat(CLAUDE, events(&lines), "--json");
    assert_eq!((&run.json()["finish_reason"], run.code), (&json!("moonrise"), 0));
    let run = chat(CLAUDE, events(&lines), "");
    assert!(run.stderr.contains("moonrise"), "{run:?}");
    let last = r#"{"choices":[{"delta":{},"finish_reason":"eclipse"}]}"#;
    let run = chat(CHAT, events(&[CHUNK, last]), "--json");
    assert_eq!(run.json()["finish_reason"], "eclipse");
}

#[test]
fn usage_keeps_what_a_later_event_does_not_name() {
    let start = r#"{"type":"message_start","message":{"usage":{"input_tokens":25,"cache_creation_input_tokens":10,"cache_read_input_tokens":100,"output_tokens":1}}}"#;
    for (delta, expected) in [
        (r#"{"input_tokens":25,"output_tokens":15}"#, [135, 100, 10, 15]),
        (
            r#"{"input_tokens":null,"cache_read_input_tokens":null,"output_tokens":15.0}"#,
            [135, 100, 10, 15],
        ),
        (r#"{"cache_read_input_tokens":200,"output_tokens":15}"#, [235, 200, 10, 15]),
        (r#"{"output_tokens":15,"cache_creation_input_tokens":0}"#, [125, 100, 0, 15]),
        ("null", [135, 100, 10, 1]),
    ] {
        let end = format!(
            r#"{{"type":"message_delta","delta":{{"stop_reason":"end_turn"}},"usage":{delta}}}"#
        );
        let usage =
            chat(CLAUDE, events(&[start, HALF, &end, STOP]), "--json").json()["usage"].clone();
        let names = ["input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens"];
        let found: Vec<Value> = names.iter().map(|name| usage[name].clone()).collect();
        assert_eq!(found, expected.map(Value::from), "{delta}");
    }
}

#[test]
fn a_stream_is_known_by_its_first_bytes_and_not_by_its_label() {
    let sse = format!("data: {START}\n\ndata: {HALF}\n\ndata: {END}\n\ndata: {STOP}\n\n");
    let whole = r#"{"id":"m","type":"message","content":[{"type":"text","text":"Half"}],"stop_reason":"end_turn"}"#;
    for flags in ["", "--no-stream"] {
        for label in
            ["Text/Event-Stream", "application/json", "TEXT/PLAIN", "application/octet-stream"]
        {
            for body in
                [&sse, &format!("\u{feff}\n: hello\n\n{sse}"), whole, &format!("\n {whole}")]
            {
                let run = chat(CLAUDE, reply(label, body), flags);
                assert_eq!(
                    (run.stdout.as_str(), run.code),
                    ("Half\n", 0),
                    "{label} {body}: {run:?}"
                );
            }
        }
    }
}

#[test]
fn complete_answers_of_each_protocol_end_as_their_streams_do() {
    for (model, body, exit) in [
        (
            CLAUDE,
            r#"{"content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"Half"}],"stop_reason":"end_turn"}"#,
            0,
        ),
        (
            CLAUDE,
            r#"{"type":"message","content":[{"type":"text","text":"Half"}],"stop_reason":null}"#,
            6,
        ),
        (CLAUDE, r#"{"type":"error","error":{"type":"overloaded_error","message":"x"}}"#, 6),
        (
            CHAT,
            r#"{"choices":[{"message":{"content":"Half","refusal":null},"finish_reason":"stop"}],"usage":{}}"#,
            0,
        ),
        (CHAT, r#"{"choices":[{"message":{"content":"Half"}}]}"#, 6),
        (CHAT, r#"{"error":{"message":"no"}}"#, 6),
        (
            RESPONSES,
            r#"{"id":"r","status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"Half"}]}]}"#,
            0,
        ),
        (RESPONSES, r#"{"object":"response","error":null,"status":"in_progress","output":[]}"#, 6),
        (
            RESPONSES,
            r#"{"object":"response","status":"failed","error":{"code":"server_error","message":"x"}}"#,
            6,
        ),
        (RESPONSES, "{}", 6),
        (CLAUDE, "{broken", 6),
    ] {
        let run = chat(model, Reply::json(200, body), "--no-stream");
        assert_eq!(run.code, exit, "{body}: {run:?}");
        if exit == 0 {
            assert_eq!(run.stdout, "Half\n", "{body}");
        }
    }
}

#[test]
fn an_event_of_many_mebibytes_is_one_event_and_a_comment_of_any_size_none() {
    let text = "x".repeat(9 << 20);
    let big = format!(
        r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":"{text}"}}}}"#
    );
    let comment = format!(": {}", "c".repeat(9 << 20));
    let run = chat(CLAUDE, events(&[START, &comment, &big, END, STOP]), "");
    assert_eq!((run.stdout.len(), run.code), (text.len() + 1, 0), "{}", run.stderr);
}

#[test]
fn an_answer_without_text_leaves_nothing_with_extract() {
    for text in ["", " \\n "] {
        let delta = format!(r#"{{"type":"content_block_delta","delta":{{"text":"{text}"}}}}"#);
        let run = chat(CLAUDE, events(&[START, &delta, END, STOP]), "-x");
        assert_eq!((run.stdout.as_str(), run.code), ("", 6), "{run:?}");
    }
}

#[test]
fn a_chat_ends_at_its_max_duration() {
    let piece = |wait: u64, text: &str| Piece {
        wait: Duration::from_millis(wait),
        bytes: text.as_bytes().to_vec(),
    };
    let mut pieces = vec![piece(0, &format!("data: {START}\n\ndata: {HALF}\n\n"))];
    pieces.extend((0..100).map(|_| piece(200, ": ping\n\n")));
    let slow = Reply { body: Body::Pieces(pieces), ..stream("") };
    let run = chat(CLAUDE, slow.clone(), "--max-duration 1 --json");
    let error = run.error();
    assert_eq!((run.code, &error["code"]), (6, &json!("timeout")), "{error}");
    assert!(error["hint"].as_str().is_some_and(|it| it.contains("--max-duration")), "{error}");
    assert_eq!(error["partial"]["text"], "Half");
    let run = chat(CLAUDE, slow, "--max-duration 1");
    assert_eq!(run.stdout, "Half\n");
}

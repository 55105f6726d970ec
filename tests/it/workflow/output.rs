//! What is shown of a run: text as it grows, events, the result, and what the tools do.

use serde_json::{Value, json};

use super::{Agent, run};

fn growing() -> Agent {
    Agent::playing(|_, wire| {
        wire.start();
        wire.says("RUNNING", "Look");
        wire.goes_on("RUNNING", "Looking.");
        wire.act("1", &json!({ "listDirectory": { "directory": "." } }));
        wire.says("INPUT_REQUIRED", "# Done\n```sh\nls\n```\n");
    })
}

#[test]
fn text_grows_in_a_pipe_and_tools_are_told_beside_it() {
    let outcome = run(&growing().world(), "");
    assert_eq!(
        (outcome.stdout.as_str(), outcome.stderr.as_str(), outcome.code),
        ("Looking.\n\n# Done\n```sh\nls\n```\n", "▸ list .\n", 0)
    );
    assert_eq!(run(&growing().world(), "--quiet").stderr, "");
    assert_eq!(run(&growing().world(), "-x").stdout, "ls\n");
    assert_eq!(run(&growing().world(), "--no-stream").stdout, outcome.stdout);
}

#[test]
fn a_terminal_gets_markdown_harmless_and_apart_from_the_tools() {
    let agent = Agent::playing(|_, wire| {
        wire.start();
        wire.says("RUNNING", "**a**\x1b[2J");
        wire.act("1", &json!({ "runReadFile": { "filepath": "x\x1b]0;\x07" } }));
        wire.says("FINISHED", "b");
    });
    let outcome = run(&agent.world().answering(&[]), "");
    assert_eq!(outcome.stdout, "\x1b[1m**a**\x1b[0m\\x1b[2J\nb\n");
    assert!(!outcome.stderr.contains('\x1b') && outcome.stderr.contains("▸ read 'x\\x1b"));
}

#[test]
fn json_is_the_result_of_a_chat_with_three_members_more() {
    let outcome = run(&growing().world(), "--json");
    let tool = json!({ "name": "list", "args": { "path": "." }, "allowed": true, "ok": true });
    let expected = json!({
        "id": "42", "model": "duo-workflow-default", "backend_model": null,
        "provider": "workflow", "text": "Looking.\n\n# Done\n```sh\nls\n```\n",
        "finish_reason": "stop",
        "usage": {
            "input_tokens": null, "output_tokens": null,
            "cache_read_tokens": null, "cache_write_tokens": null,
        },
        "duration_ms": 0, "session": null, "request_id": null,
        "workflow_id": "42", "status": "INPUT_REQUIRED", "tools": [tool],
    });
    let mut result = outcome.json();
    result["duration_ms"] = json!(0);
    assert_eq!((result, outcome.code), (expected, 0));
    let outcome = run(&growing().world(), "-q .workflow_id");
    assert_eq!(outcome.stdout, "42\n");
}

#[test]
fn ndjson_is_an_event_a_line_and_ends_with_the_result() {
    let outcome = run(&growing().world(), "-F ndjson");
    let lines: Vec<Value> =
        outcome.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let (last, events) = lines.split_last().expect("lines");
    assert_eq!(
        events,
        [
            json!({ "type": "start" }),
            json!({ "type": "status", "status": "RUNNING" }),
            json!({ "type": "delta", "text": "Look" }),
            json!({ "type": "delta", "text": "ing." }),
            json!({ "type": "tool", "name": "list", "args": { "path": "." }, "allowed": true, "ok": true }),
            json!({ "type": "delta", "text": "\n\n# Done\n```sh\nls\n```\n" }),
            json!({ "type": "status", "status": "INPUT_REQUIRED" }),
        ]
    );
    assert_eq!((&last["type"], &last["workflow_id"]), (&json!("result"), &json!("42")));
    let outcome = run(&growing().world(), "-F ndjson --no-stream");
    let deltas = outcome.stdout.lines().filter(|line| line.contains(r#""type":"delta""#));
    assert_eq!(deltas.count(), 1);
}

#[test]
fn a_rewritten_text_is_taken_back_and_the_result_has_the_last() {
    let agent = || {
        Agent::playing(|_, wire| {
            wire.start();
            wire.says("RUNNING", "Yes.");
            wire.goes_on("FINISHED", "No.");
        })
    };
    let outcome = run(&agent().world(), "");
    assert_eq!(outcome.stdout, "Yes.\n\nNo.\n");
    assert!(outcome.stderr.contains("took back the last 4 characters"), "{outcome:?}");
    let events = run(&agent().world(), "-F ndjson").stdout;
    assert!(events.contains("{\"type\":\"retract\",\"chars\":4}\n"), "{events}");
    assert_eq!(run(&agent().world(), "--json").json()["text"], "No.");
}

#[test]
fn the_size_of_the_agents_contexts_is_the_usage() {
    let outcome = run(&growing().world(), "-u");
    assert!(outcome.stderr.contains("reported no tokens"), "{outcome:?}");
    let agent = || {
        Agent::playing(|_, wire| {
            wire.start();
            wire.uses("planner", 40);
            wire.uses("planner", 50);
            wire.uses("executor", 7);
            wire.says("FINISHED", "Done.");
        })
    };
    let outcome = run(&agent().world(), "-u --json");
    assert!(outcome.stderr.contains("57 tokens in"), "{outcome:?}");
    assert_eq!(outcome.json()["usage"]["input_tokens"], 57);
    assert_eq!(outcome.json()["usage"]["output_tokens"], Value::Null);
}

//! How a workflow can end, and what that is called.

use std::time::Duration;

use glduo::system::streams::Output;
use serde_json::{Value, json};

use super::agent::Wire;
use super::{Agent, run};
use crate::support::world::Outcome;

/// Plays this after the start, and what comes of it as JSON.
fn ending(more: &str, play: impl Fn(&mut Wire) + Send + Sync + 'static) -> Outcome {
    let agent = Agent::playing(move |_, wire| {
        wire.start();
        play(wire);
    });
    run(&agent.world(), &format!("--json {more}"))
}

fn code(outcome: &Outcome) -> (u8, String) {
    (outcome.code, outcome.error()["code"].as_str().unwrap_or_default().to_owned())
}

fn is(code: u8, word: &str) -> (u8, String) {
    (code, word.to_owned())
}

fn write() -> Value {
    json!({ "runWriteFile": { "filepath": "b.txt", "contents": "x" } })
}

#[test]
fn failed_and_stopped_are_3_with_the_services_words() {
    let outcome = ending("", |wire| wire.checkpoint("FAILED", &["step limit reached"]));
    assert_eq!(code(&outcome), is(3, "workflow_failed"));
    assert!(outcome.error()["message"].to_string().contains("step limit reached"));
    assert_eq!(
        (outcome.stdout.as_str(), &outcome.error()["partial"]["status"]),
        ("", &json!("FAILED"))
    );
    for status in ["STOPPED", "CANCELLED", "PAUSED", "PLAN_APPROVAL_REQUIRED"] {
        let outcome = ending("", move |wire| wire.checkpoint(status, &[]));
        assert_eq!(code(&outcome), is(3, "workflow_failed"), "{status}");
    }
    let outcome = ending("", |wire| wire.says("FAILED", "I could not."));
    assert!(outcome.error()["message"].to_string().contains("I could not."));
}

#[test]
fn close_codes_are_told_apart() {
    for (close, expected) in [
        (1008, is(5, "no_credits")),
        (4400, is(1, "bad_request")),
        (1000, is(6, "incomplete")),
        (1011, is(6, "incomplete")),
    ] {
        let outcome = ending("", move |wire| wire.close(close, "because"));
        assert_eq!(code(&outcome), expected, "{close}");
        assert!(outcome.error()["message"].to_string().contains("because"), "{outcome:?}");
    }
}

#[test]
fn a_connection_that_is_lost_tells_what_was_done() {
    let agent = Agent::playing(|count, wire| {
        if count == 0 {
            wire.start();
            wire.says("RUNNING", "Writing");
            wire.act("1", &write());
            wire.act("2", &json!({ "runShellCommand": { "command": "make x" } }));
        }
        wire.close(1011, "");
    });
    let world = agent.world();
    let outcome = run(&world, "--allow write,shell");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (6, "Writing\n"), "{outcome:?}");
    assert!(outcome.stderr.contains("before that: changed b.txt; ran make x"), "{outcome:?}");
    let outcome = run(&agent.world(), "--allow write,shell -F ndjson");
    let last: Value =
        serde_json::from_str(outcome.stdout.lines().last().expect("a line")).expect("JSON");
    assert_eq!(last["error"]["code"], "incomplete");
}

#[test]
fn a_server_that_goes_away_is_connected_to_again_and_nothing_is_done_twice() {
    let agent = Agent::playing(|count, wire| {
        wire.start();
        if count == 0 {
            wire.act("1", &json!({ "runShellCommand": { "command": "echo x >> log" } }));
            wire.close(1001, "restart");
            return;
        }
        wire.act("1", &json!({ "runShellCommand": { "command": "echo x >> log" } }));
        wire.says("FINISHED", "Done.");
    });
    let world = agent.world();
    let outcome = run(&world, "--allow shell");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(std::fs::read_to_string(world.path("work/log")).expect("a log"), "x\n");
}

#[test]
fn a_refusal_with_nobody_to_ask_is_9_however_the_workflow_ends() {
    for status in ["FAILED", "STOPPED", "FINISHED"] {
        let outcome = ending("", move |wire| {
            wire.act("1", &write());
            wire.checkpoint(status, &[]);
        });
        assert_eq!(code(&outcome), is(9, "tool_denied"), "{status}");
        let result = outcome.json();
        assert_eq!(
            (&result["status"], &result["finish_reason"]),
            (&json!(status), &json!("tool_denied"))
        );
    }
    let outcome = ending("-F ndjson", |wire| {
        wire.act("1", &write());
        wire.close(1011, "");
    });
    let last: Value =
        serde_json::from_str(outcome.stdout.lines().last().expect("a line")).expect("JSON");
    assert_eq!((outcome.code, &last["type"]), (9, &json!("result")), "{outcome:?}");
}

#[test]
fn time_that_is_over_stops_the_workflow() {
    let agent = Agent::playing(|_, wire| {
        wire.start();
        wire.says("RUNNING", "Well");
        std::thread::sleep(Duration::from_secs(3));
    });
    let outcome = run(&agent.world(), "--max-duration 1 --json");
    assert_eq!(code(&outcome), is(6, "timeout"));
    assert_eq!(outcome.error()["partial"]["text"], "Well");
}

#[test]
fn what_is_no_protocol_is_no_success() {
    let outcome = ending("", |wire| wire.ask("1", &json!({})));
    assert_eq!(outcome.code, 6, "{outcome:?}");
}

#[test]
fn what_gitlab_refuses_begins_nothing_and_keeps_its_words() {
    let access = "POST /api/v4/ai/duo_workflows/direct_access";
    let create = "POST /api/v4/ai/duo_workflows/workflows";
    let project = "GET /api/v4/projects/acme%2Fshop";
    for (line, status, words, expected) in [
        (access, "403 Forbidden", "403 Forbidden", is(5, "duo_disabled")),
        (access, "404 Not Found", "404 Not Found", is(5, "duo_disabled")),
        (access, "401 Unauthorized", "401 Unauthorized", is(4, "unauthenticated")),
        (create, "402 Payment Required", "Insufficient credits", is(5, "no_credits")),
        (create, "400 Bad Request", "goal is invalid", is(1, "bad_request")),
        (project, "404 Not Found", "404 Project Not Found", is(7, "not_found")),
    ] {
        let agent = Agent::saying("x").refusing(line, status, json!({ "message": words }));
        let outcome = run(&agent.world(), "--json --max-retries 0");
        assert_eq!(code(&outcome), expected, "{line} {status}: {outcome:?}");
        assert!(agent.seen("handshake").is_empty() && outcome.stdout.is_empty());
    }
    let body = json!({ "error": "insufficient_scope", "scope": "api" });
    let agent = Agent::saying("x").refusing(access, "403 Forbidden", body);
    assert_eq!(code(&run(&agent.world(), "--json")), is(4, "insufficient_scope"));
}

#[test]
fn a_service_that_says_nothing_is_given_up() {
    let agent = Agent::playing(|_, wire| {
        wire.start();
        std::thread::sleep(Duration::from_secs(3));
    });
    let outcome = run(&agent.world(), "--timeout 1 --json");
    assert_eq!(code(&outcome), is(6, "incomplete"), "{outcome:?}");
}

#[test]
fn a_reader_that_has_enough_stops_the_workflow_and_is_no_failure() {
    let agent = Agent::playing(|_, wire| {
        wire.start();
        wire.says("RUNNING", "Much");
        wire.wait_for("stopWorkflow");
    });
    let stdout = Output::new(Closed);
    let code = agent.world().run_onto(
        &["chat", "-n", "-m", "duo-workflow", "Go"],
        stdout,
        Output::new(std::io::sink()),
    );
    assert_eq!((code, agent.seen("stopWorkflow").len()), (0, 1));
}

struct Closed;

impl std::io::Write for Closed {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

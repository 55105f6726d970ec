//! Sessions recorded with GitLab's own service, played to the client: what it sends must fit what
//! the service waited for, and what it prints must be what the agent said.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::agent::{Agent, Wire};
use crate::support::world::{Outcome, World};

const EVENTS: &str = "POST /api/v4/ai/duo_workflows/workflows/42/events";

/// A recording, its first connection, more flags, the person's answers, and the exit code.
type Row = (&'static str, usize, &'static str, &'static [&'static str], u8);

const ROWS: [Row; 25] = [
    ("capabilities-incremental", 0, "", &[], 0),
    ("chat-approval", 0, "", &["y"], 0),
    ("chat-approval-of-two", 0, "", &["y"], 0),
    ("chat-commands", 0, "--allow shell", &[], 0),
    ("chat-failure", 0, "", &[], 3),
    ("chat-gitlab-tools", 0, "--allow gitlab", &[], 0),
    ("chat-invented-tool", 0, "", &[], 0),
    ("chat-parallel-tools", 0, "", &[], 0),
    ("chat-read-tools", 0, "", &[], 0),
    ("chat-rejection", 0, "", &["n"], 0),
    ("chat-search-tools", 0, "", &[], 0),
    ("chat-server-shutdown-1001", 0, "", &[], 0),
    ("chat-stop", 0, "--max-duration 1s", &[], 6),
    ("chat-turn", 0, "", &[], 0),
    ("chat-write-tools", 0, "--allow write", &[], 0),
    ("flow-registry-v1", 0, "", &[], 0),
    ("mcp-tool", 0, "", &[], 0),
    ("refusals-4400-1013", 0, "", &[], 1),
    ("refusals-4400-1013", 1, "", &[], 1),
    ("refusals-4400-1013", 2, "", &[], 6),
    ("software-development", 0, "--allow write,shell", &[], 0),
    ("software-development-plan-approval", 0, "--plan --allow shell", &["y"], 0),
    ("software-development-tool-approval", 0, "", &["y"], 0),
    ("software-development-tool-rejection", 0, "", &["n"], 0),
    ("unchanged-client-without-metadata", 0, "", &[], 6),
];

/// The frames of each connection.
fn connections(name: &str) -> Vec<Vec<Value>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/duo/workflow");
    let text = fs::read_to_string(directory.join(format!("{name}.jsonl"))).expect("a recording");
    let mut all = vec![Vec::new()];
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let frame = line["frame"].clone();
        let is_skipped = frame.get("rest").is_some() || frame.get("close").is_some();
        if line["dir"] == "client" && is_skipped {
            continue;
        }
        let ends = frame.get("close").is_some();
        all.last_mut().expect("a connection").push(frame);
        if ends {
            all.push(Vec::new());
        }
    }
    all.pop();
    all
}

fn play(frames: &[Value], wire: &mut Wire) {
    for frame in frames {
        if let Some(recorded) = frame.get("startRequest") {
            check_start(&wire.wait_for("startRequest"), recorded);
        } else if let Some(recorded) = frame.get("actionResponse") {
            let id = recorded["requestID"].as_str().expect("an id");
            assert_eq!(wire.answer(id)["requestID"], *id, "an answer to {id}");
        } else if frame.get("stopWorkflow").is_some() {
            wire.wait_for("stopWorkflow");
        } else if let Some(close) = frame.get("close") {
            let code = u16::try_from(close["code"].as_u64().expect("a code")).expect("a code");
            wire.close(code, close["reason"].as_str().unwrap_or_default());
        } else {
            wire.send(frame);
        }
    }
}

/// The service fails a context without metadata, and takes a goal beside a decision for another
/// question.
fn check_start(start: &Value, recorded: &Value) {
    let context = start["additional_context"].as_array().expect("a context");
    assert_eq!(context[0], super::instructions("Comply."));
    assert!(context.iter().all(|entry| entry["metadata"] == "{}"), "{context:?}");
    let is_chat = recorded["workflowDefinition"] != "software_development";
    let kind = |start: &Value| {
        let approval = start["approval"].as_object()?;
        approval.keys().next().filter(|_| is_chat).cloned()
    };
    assert_eq!(kind(start), kind(recorded));
    let goal = match kind(recorded) {
        Some(_) => &json!(""),
        None => &recorded["goal"],
    };
    assert_eq!(start["goal"], *goal);
}

/// What the agent said last.
fn last_words(frames: &[Value]) -> String {
    let mut checkpoints =
        frames.iter().filter_map(|frame| frame["newCheckpoint"]["checkpoint"].as_str());
    let Some(last) = checkpoints.next_back() else { return String::new() };
    let values: Value = serde_json::from_str(last).expect("JSON");
    let log = values["channel_values"]["ui_chat_log"].as_array().cloned().unwrap_or_default();
    let said = log.iter().rfind(|entry| entry["message_type"] == "agent");
    said.and_then(|entry| entry["content"].as_str()).unwrap_or_default().to_owned()
}

/// A service that plays these connections, the last one again if the client comes again.
fn playing(connections: Vec<Vec<Value>>) -> Agent {
    Agent::playing(move |count, wire| {
        let frames = &connections[count.min(connections.len() - 1)];
        let is_chat = frames[0]["startRequest"]["workflowDefinition"] != "software_development";
        if !is_chat {
            assert_eq!(wire.seen(EVENTS), count, "an event before each further connection");
        }
        play(frames, wire);
    })
}

fn run(agent: &Agent, start: &Value, flags: &str, answers: &[&str]) -> Outcome {
    let world = agent.world().user_config(r#"{ "gitlab": { "instructions": "Comply." } }"#);
    let world = if answers.is_empty() { world } else { world.answering(answers) };
    run_in(&world, start, flags)
}

fn run_in(world: &World, start: &Value, flags: &str) -> Outcome {
    let is_chat = start["workflowDefinition"] != "software_development";
    let model = if is_chat { "duo-workflow-default" } else { "duo-workflow-codegen" };
    let line = format!("chat -n --json -m {model} {flags}");
    let goal = start["goal"].as_str().expect("a goal");
    world.run_args(&line.split_whitespace().chain([goal]).collect::<Vec<_>>())
}

#[test]
fn every_recorded_session_is_played_to_its_end() {
    for (name, first, flags, answers, code) in ROWS {
        let connections = connections(name).split_off(first);
        let start = connections[0][0]["startRequest"].clone();
        let last = last_words(connections.last().expect("a connection"));
        let agent = playing(connections);
        let outcome = run(&agent, &start, flags, answers);
        let failures = agent.seen("failure");
        assert!(failures.is_empty(), "{name} {first}: {failures:?} {outcome:?}");
        assert_eq!(outcome.code, code, "{name} {first}: {outcome:?}");
        if code == 0 {
            let result = outcome.json();
            assert!(result["text"].as_str().is_some_and(|text| text.ends_with(&last)), "{name}");
            assert!(result["usage"]["input_tokens"].as_u64() > Some(0), "{name}");
        } else {
            assert_eq!(outcome.stdout, "", "{name}");
        }
    }
}

#[test]
fn a_recorded_second_turn_shows_only_its_own_answer() {
    let connections = connections("chat-resume");
    let starts = [0, 1].map(|at: usize| connections[at][0]["startRequest"].clone());
    let agent = playing(connections);
    let world = agent.world().user_config(r#"{ "gitlab": { "instructions": "Comply." } }"#);
    let texts = starts.map(|start| run_in(&world, &start, "--session s").json()["text"].clone());
    assert_eq!(texts, ["Reading.\n\nThree lines.", "Again.\n\nAnd a demo."].map(Value::from));
    assert!(agent.seen("failure").is_empty());
}

#[test]
fn a_second_turn_of_finished_software_development_starts_another_workflow() {
    let connections = [connections("software-development-finished-and-again").remove(0)];
    let start = connections[0][0]["startRequest"].clone();
    let agent = Agent::playing(move |_, wire| {
        wire.wait_for("startRequest");
        play(&connections[0][1..], wire);
    });
    let world = agent.world();
    assert_eq!(run_in(&world, &start, "--session s").code, 0);
    let second = json!({ "workflowDefinition": "software_development", "goal": "And this." });
    let outcome = run_in(&world, &second, "--session s");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stderr.contains("a new one starts"), "{outcome:?}");
    assert_eq!(agent.seen("POST /api/v4/ai/duo_workflows/workflows").len(), 2);
    let goal = agent.seen("startRequest")[1]["goal"].as_str().expect("a goal").to_owned();
    let earlier = start["goal"].as_str().expect("a goal");
    assert!(goal.contains(earlier) && goal.contains("All done."), "{goal}");
    assert!(goal.ends_with("And this."), "{goal}");
}

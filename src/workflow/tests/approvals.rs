//! Tools that the service asks approval for, by closing the connection.

use std::time::Duration;

use serde_json::json;

use super::super::{Event, Loss, PersonAnswer, Status, WorkflowError};
use super::support::{World, entry, request};
use crate::system::clock::Deadline;
use crate::tools::Policy;

const READING: [&str; 5] = ["read_file", "read_files", "list_dir", "find_files", "grep"];

fn person() -> Policy {
    Policy::new([""; 0], [""; 0], true).expect("a policy")
}

#[test]
fn a_refusal_is_sent_with_the_same_start_request() {
    let policy = Policy::new([""; 0], [""; 0], false).expect("a policy");
    let mut world = World::with(policy, None, |door| {
        let (mut peer, mut first) = door.begun();
        let log = [request("r", "run_command", &json!({ "command": "make" }))];
        peer.checkpoint("TOOL_CALL_APPROVAL_REQUIRED", &log);
        peer.close(1000);
        let (mut peer, mut second) = door.begun();
        let approval = second.as_object_mut().and_then(|start| start.remove("approval"));
        let message = "shell: not allowed in this run, and there is nobody to ask";
        assert_eq!(approval, Some(json!({ "rejection": { "message": message } })));
        // With its goal, the service would take it for a second question.
        first["goal"] = json!("");
        assert_eq!(first, second);
        // The snapshot from before the decision comes first.
        peer.checkpoint("TOOL_CALL_APPROVAL_REQUIRED", &log);
        peer.finish();
    });
    assert_eq!(world.end().expect("an end"), Status::Finished);
    let refused = world.session.uses().iter().map(|one| (one.allowed, one.unasked));
    assert_eq!(refused.collect::<Vec<_>>(), [(false, true)]);
    world.over();
}

#[test]
fn one_yes_is_one_action() {
    let mut world = World::with(person(), None, |door| {
        let (mut peer, _) = door.begun();
        let log = [request("r", "run_command", &json!({ "command": "echo x >> done" }))];
        peer.checkpoint("TOOL_CALL_APPROVAL_REQUIRED", &log);
        peer.close(1000);
        let (mut peer, start) = door.begun();
        let arguments = "{\"command\":\"echo x >> done\"}";
        let given = json!({ "tool_name": "run_command", "tool_args_json": arguments });
        assert_eq!(start["approval"], json!({ "approval": given }));
        assert_eq!(start["preapproved_tools"], json!(READING));
        peer.checkpoint("RUNNING", &log);
        peer.shell("1", "echo x >> done");
        assert_eq!(peer.answer().2, "");
        // What was approved was used, and is not said again on a later connection.
        peer.close(1001);
        let (mut peer, start) = door.begun();
        assert_eq!(start.get("approval"), None);
        peer.shell("2", "echo x >> done");
        peer.answer();
        peer.finish();
    });
    let (events, ended) = world.run(PersonAnswer::Yes);
    assert_eq!(ended.expect("an end"), Status::Finished);
    let asked = events.iter().filter(|event| matches!(event, Event::Ask(_)));
    assert_eq!(asked.count(), 2);
    assert_eq!(world.file("done").as_deref(), Some("x\nx\n"));
    world.over();
}

#[test]
fn always_is_told_to_the_service_and_holds_for_the_run() {
    let mut world = World::with(person(), None, |door| {
        let (mut peer, _) = door.begun();
        let log = [request("r", "run_command", &json!({ "command": "true" }))];
        peer.checkpoint("TOOL_CALL_APPROVAL_REQUIRED", &log);
        peer.close(1000);
        let (mut peer, start) = door.begun();
        let all = [&READING[..], &["run_command"]].concat();
        assert_eq!(start["preapproved_tools"], json!(all));
        peer.shell("1", "true");
        peer.answer();
        peer.shell("2", "echo x > done");
        peer.answer();
        peer.finish();
    });
    let (events, ended) = world.run(PersonAnswer::Always);
    assert!(ended.is_ok());
    assert_eq!(events.iter().filter(|event| matches!(event, Event::Ask(_))).count(), 1);
    world.over();
}

#[test]
fn an_approval_that_names_no_tool_ends_the_run_with_the_fault() {
    let mut world = World::new(|door| {
        let (mut peer, _) = door.begun();
        let unusable = json!({ "message_type": "request", "content": "?" });
        peer.checkpoint("TOOL_CALL_APPROVAL_REQUIRED", &[entry("user", "u", "Why?"), unusable]);
        while peer.socket.read().is_ok() {}
    });
    match world.end() {
        Err(WorkflowError::Lost { loss: Loss::Malformed(fault), .. }) => {
            assert!(fault.contains("names no tool"), "{fault}");
        }
        other => panic!("{other:?}"),
    }
    world.over();
}

#[test]
fn several_calls_of_one_message_are_asked_and_decided_together() {
    let log = |second: &str| {
        [
            request("r1", "run_command", &json!({ "command": "echo one >> done" })),
            request("r2", "run_command", &json!({ "command": second })),
        ]
    };
    let mut world = World::with(person(), None, move |door| {
        let (mut peer, _) = door.begun();
        peer.checkpoint("TOOL_CALL_APPROVAL_REQUIRED", &log("echo two >> done"));
        peer.close(1000);
        let (mut peer, start) = door.begun();
        assert_eq!(start["approval"]["approval"]["tool_name"], "run_command");
        for (id, command) in [("1", "echo one >> done"), ("2", "echo two >> done")] {
            peer.shell(id, command);
            assert_eq!(peer.answer().2, "");
        }
        peer.finish();
    });
    let (events, ended) = world.run(PersonAnswer::Yes);
    assert!(ended.is_ok());
    let asked = events.iter().filter_map(|event| match event {
        Event::Ask(what) => Some(what.as_str()),
        _ => None,
    });
    let both = "run with /bin/sh -c\n| echo one >> done\nand\n\
                run with /bin/sh -c\n| echo two >> done";
    assert_eq!(asked.collect::<Vec<_>>(), [both]);
    assert_eq!(world.file("done").as_deref(), Some("one\ntwo\n"));
    world.over();
    // One that is refused rejects them all.
    let policy = Policy::new(["shell"], ["mkdir"], false).expect("a policy");
    let mut world = World::with(policy, None, |door| {
        let (mut peer, _) = door.begun();
        let log = [
            request("r1", "run_command", &json!({ "command": "echo one >> done" })),
            request("r2", "mkdir", &json!({ "directory_path": "x" })),
        ];
        peer.checkpoint("TOOL_CALL_APPROVAL_REQUIRED", &log);
        peer.close(1000);
        let (peer, start) = door.begun();
        assert!(start["approval"]["rejection"]["message"].to_string().contains("mkdir"));
        peer.finish();
    });
    assert!(world.end().is_ok());
    assert_eq!((world.session.uses().len(), world.file("done")), (1, None));
    world.over();
}

#[test]
fn a_decision_that_was_lost_is_sent_again_a_few_times() {
    let log = [request("r", "run_command", &json!({ "command": "true" }))];
    let mut world = World::new(move |door| {
        let (mut peer, _) = door.begun();
        peer.checkpoint("TOOL_CALL_APPROVAL_REQUIRED", &log);
        peer.close(1000);
        for _ in 0..2 {
            let (mut peer, start) = door.begun();
            assert_eq!(start["approval"]["approval"]["tool_name"], "run_command");
            peer.checkpoint("TOOL_CALL_APPROVAL_REQUIRED", &log);
            drop(peer);
        }
        let (peer, start) = door.begun();
        assert!(start["approval"].is_object());
        peer.finish();
    });
    assert!(world.end().is_ok());
    world.over();
}

#[test]
fn the_socket_is_read_while_a_person_thinks() {
    let mut world = World::with(person(), None, |door| {
        let (mut peer, _) = door.begun();
        peer.shell("1", "true");
        peer.socket.send(tungstenite::Message::Ping(vec![7].into())).expect("taken");
        let pong = peer.socket.read().expect("a pong");
        assert_eq!(pong, tungstenite::Message::Pong(vec![7].into()));
        peer.finish();
    });
    let until = Deadline::after(Duration::from_secs(20));
    let mut asked = false;
    let ended = loop {
        assert!(!until.has_passed());
        match world.session.next_event().expect("no error") {
            Event::Ask(_) => asked = true,
            Event::End(status) => break status,
            _ => {}
        }
    };
    assert!(asked && ended == Status::Finished);
    world.over();
}

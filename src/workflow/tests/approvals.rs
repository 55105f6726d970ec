//! Tools that the service asks approval for, by closing the connection.

use std::time::Duration;

use serde_json::json;

use super::super::{Answer, Event, Lost, Status, WorkflowError};
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
    let (events, ended) = world.run(Answer::Yes);
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
    let (events, ended) = world.run(Answer::Always);
    assert!(ended.is_ok());
    assert_eq!(events.iter().filter(|event| matches!(event, Event::Ask(_))).count(), 1);
    world.over();
}

#[test]
fn an_approval_of_nothing_is_no_reason_to_wait_for_ever() {
    for closes in [true, false] {
        let mut world = World::new(move |door| {
            let (mut peer, _) = door.begun();
            let unusable = json!({ "message_type": "request", "content": "?" });
            peer.checkpoint("TOOL_CALL_APPROVAL_REQUIRED", &[entry("user", "u", "Why?"), unusable]);
            if closes {
                peer.close(1000);
            } else {
                while peer.socket.read().is_ok() {}
            }
        });
        world.session.line.pace.approval = Duration::from_millis(300);
        match world.end() {
            Err(WorkflowError::Lost { how: Lost::Malformed(_), .. }) => {}
            other => panic!("{other:?}"),
        }
        world.over();
    }
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

//! What a client can do wrong, and the close that it gets for it.

use std::sync::Arc;
use std::time::Duration;

use glduo::sandbox::{Plan, Sandbox};
use serde_json::{Value, json};
use tungstenite::Message;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{Data, OpCode};

use super::super::sandbox;
use super::status;
use crate::support::socket::{self, Client, create, start};
use crate::support::world::StillClock;

const NO_WORKFLOW: &str =
    "Invalid workflow ID: GraphQL errors: [{'message': 'Workflow not found'}]";

/// The statuses that a first message brings, and the close.
fn ends(sandbox: &Sandbox, message: &Value) -> (Vec<String>, u16, String) {
    let mut client = Client::open(sandbox);
    client.send(message);
    client.run(|_| Ok(String::new()))
}

#[test]
fn a_start_request_that_cannot_be_read_ends_with_1000_and_leaves_the_workflow_created() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    let silent = (Vec::new(), 1000, String::new());
    for (name, value) in [
        ("additional_context", json!([{ "category": "user_rule", "content": "x" }])),
        ("additional_context", json!([{ "category": "user_rule", "metadata": "{" }])),
        ("additional_context", json!({})),
        ("workflowMetadata", json!("{")),
        ("workflowMetadata", json!({})),
        ("workflowID", json!(4_120_001)),
        ("workflowID", json!("")),
        ("workflowID", Value::Null),
        ("preapproved_tools", json!("all")),
        ("mcpTools", json!(["x"])),
        ("approval", json!({ "perhaps": {} })),
    ] {
        let mut message = json!({ "startRequest": start(&id, "Look") });
        message["startRequest"][name] = value.clone();
        assert_eq!(ends(&sandbox, &message), silent, "{name}: {value}");
        assert_eq!(status(&sandbox, &id), "created", "{name}: {value}");
    }
}

#[test]
fn a_workflow_and_a_flow_must_exist() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    let unknown = ends(&sandbox, &json!({ "startRequest": start("999", "Look") }));
    assert_eq!(unknown, (vec!["FAILED".to_owned()], 4400, NO_WORKFLOW.to_owned()));
    let mut message = json!({ "startRequest": start(&id, "Look") });
    message["startRequest"]["workflowDefinition"] = json!("flying/v1");
    let words = "Failed to load flow flying/v1 (version 1.0.0)";
    assert_eq!(ends(&sandbox, &message), (Vec::new(), 4400, words.to_owned()));
    assert_eq!(status(&sandbox, &id), "created");
}

#[test]
fn what_the_service_does_not_know_is_dropped() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    let mut message = json!({ "startRequest": start(&id, "Look") });
    let request = &mut message["startRequest"];
    request["clientCapabilities"] = json!(["teleport"]);
    // Another spelling is another field, and its entry needs no metadata.
    request["additionalContext"] = json!([{ "category": "x" }]);
    request["workflowId"] = json!(7);
    let mut client = Client::open(&sandbox);
    client.web.send(Message::binary(message.to_string())).expect("a binary frame");
    let (statuses, code, _) = client.run(|_| Ok(String::new()));
    assert_eq!((statuses.last().map(String::as_str), code), (Some("INPUT_REQUIRED"), 1000));
    assert!(!client.said().contains("context `x`"), "{}", client.said());
}

#[test]
fn only_a_start_request_comes_first_and_only_events_are_taken() {
    let sandbox = sandbox();
    for message in [
        json!({ "heartbeat": { "timestamp": 1 } }),
        json!({ "actionResponse": { "requestID": "1", "plainTextResponse": {} } }),
        json!({ "stopWorkflow": { "reason": "x" } }),
        json!({ "fly": {} }),
        json!({}),
        json!([]),
    ] {
        assert_eq!(ends(&sandbox, &message), (Vec::new(), 1000, String::new()), "{message}");
    }
}

/// Begins a workflow, sends this when its first action comes, then answers everything.
fn interrupted(message: impl Fn(&Value) -> Value) -> (Option<String>, u16, Vec<String>) {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    let mut client = Client::open(&sandbox);
    client.send(&json!({ "startRequest": start(&id, "Look") }));
    let action = loop {
        let message = client.next().expect("a message");
        if message.get("newCheckpoint").is_none() {
            break message;
        }
    };
    client.send(&message(&action["requestID"]));
    client.send(&socket::answer(&action, Ok("a.txt\n".to_owned())));
    let (statuses, code, _) = client.run(|_| Ok("one\n".to_owned()));
    (statuses.last().cloned(), code, client.actions())
}

#[test]
fn an_event_that_nobody_waits_for_is_ignored_and_a_frame_that_is_none_ends_the_run() {
    let answer =
        |id: &str| json!({ "actionResponse": { "requestID": id, "plainTextResponse": {} } });
    let goes_on = (Some("INPUT_REQUIRED".to_owned()), 1000);
    for message in [
        answer("99999999-0000-4000-8000-000000000000"),
        json!({ "heartbeat": { "timestamp": "1" } }),
        json!({ "startRequest": {} }),
        json!({ "fly": {} }),
    ] {
        let (status, code, actions) = interrupted(|_| message.clone());
        assert_eq!((status, code), goes_on, "{message}");
        assert_eq!(actions, ["findFiles", "grep", "runReadFile"]);
    }
    // An answer without an id is one to whatever waits.
    assert_eq!(interrupted(|_| answer("")).2.len(), 3);
    let text = |id: &Value| json!({ "actionResponse": { "requestID": id, "plainTextResponse": { "response": 1 } } });
    assert_eq!(interrupted(text), (None, 1000, Vec::new()));
}

#[test]
fn two_connections_do_not_share_a_workflow() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    let request = json!({ "startRequest": start(&id, "Look") });
    let mut first = Client::open(&sandbox);
    first.send(&request);
    first.next().expect("it has begun");
    let locked = (Vec::new(), 1013, "Failed to acquire lock on workflow".to_owned());
    assert_eq!(ends(&sandbox, &request), locked);
    assert_eq!(first.run(|_| Ok(String::new())).1, 1000);
}

#[test]
fn frames_of_every_kind_are_read_and_broken_ones_are_not() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    let text = json!({ "startRequest": start(&id, "Look") }).to_string();
    let mut client = Client::open(&sandbox);
    let part = |bytes: &[u8], kind, last| {
        Message::Frame(Frame::message(bytes.to_vec(), OpCode::Data(kind), last))
    };
    let (first, second) = text.as_bytes().split_at(40);
    client.web.send(part(first, Data::Binary, false)).expect("a part");
    client.web.send(Message::Ping("between".into())).expect("a ping");
    client.web.send(part(second, Data::Continue, true)).expect("the rest");
    assert_eq!(client.run(|_| Ok(String::new())).1, 1000);

    let mut client = Client::open(&sandbox);
    client.web.send(part(b"\xff", Data::Text, true)).expect("a frame");
    assert_eq!(client.next().err().map(|(code, _)| code), Some(1007));
    let mut client = Client::open(&sandbox);
    client.web.send(part(b"x", Data::Continue, true)).expect("a frame");
    assert_eq!(client.next().err().map(|(code, _)| code), Some(1002));
    // One gRPC message holds 4 MiB.
    let mut client = Client::open(&sandbox);
    client.web.send(Message::binary(vec![b' '; (4 << 20) + 1])).expect("a frame");
    assert_eq!(client.next(), Err((1000, String::new())));
}

#[test]
fn a_ping_without_its_pong_ends_the_connection_and_not_the_workflow() {
    let clock = Arc::new(StillClock::default());
    let plan = Plan { clock: Arc::<StillClock>::clone(&clock), ..Plan::default() };
    let sandbox = Sandbox::start(plan).expect("a sandbox");
    let id = create(&sandbox, &json!({}));
    let mut client = Client::open(&sandbox);
    client.send(&json!({ "startRequest": start(&id, "Look") }));
    while client.next().expect("a message").get("listDirectory").is_none() {}
    clock.advance(Duration::from_secs(31));
    // Reading answers the ping, too late.
    let (code, _) = client.next().expect_err("no message");
    assert_eq!((code, status(&sandbox, &id)), (1006, json!("running")));
}

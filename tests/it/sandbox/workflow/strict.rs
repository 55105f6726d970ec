//! Everything that a client can send wrong, and the close that it gets for it.

use std::sync::Arc;
use std::time::Duration;

use glduo::sandbox::{Plan, Sandbox};
use serde_json::{Value, json};
use tungstenite::Message;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{Data, OpCode};

use super::super::sandbox;
use crate::support::socket::{self, Client, create, start};
use crate::support::world::StillClock;

/// Code and reason of the close that a start request gets.
fn closed(sandbox: &Sandbox, message: &Value) -> (u16, String) {
    let mut client = Client::open(sandbox);
    client.send(message);
    let (_, code, reason) = client.run(|_| Ok(String::new()));
    (code, reason)
}

#[test]
fn each_field_of_the_start_request_is_checked() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    let with = |pointer: &str, value: Value| {
        let mut message = json!({ "startRequest": start(&id, "Look") });
        let (parent, name) = pointer.rsplit_once('/').expect("a path");
        message["startRequest"].pointer_mut(parent).expect("a place")[name] = value;
        closed(&sandbox, &message)
    };
    for (pointer, value, code, reason) in [
        ("/workflowID", json!("999"), 4400, "workflowID is of no workflow of yours"),
        ("/workflowID", Value::Null, 4400, "workflowID is missing"),
        ("/workflowID", json!(4_120_001), 1000, "workflowID has the wrong type"),
        ("/workflowId", json!("4120001"), 4400, "unknown field workflowId"),
        ("/goal", json!(""), 4400, "goal is missing"),
        ("/clientVersion", Value::Null, 4400, "clientVersion is missing"),
        (
            "/workflowDefinition",
            json!("software_development"),
            4400,
            "workflowDefinition is not what the workflow was created with",
        ),
        ("/workflowMetadata", json!({}), 1000, "workflowMetadata has the wrong type"),
        ("/workflowMetadata", json!("{"), 4400, "workflowMetadata is no JSON"),
        ("/workflowMetadata", json!("{\"gitUrl\":\"\"}"), 4400, "unknown field gitUrl"),
        ("/clientCapabilities", json!(["teleport"]), 4400, "unknown capability teleport"),
        ("/preapproved_tools", json!("all"), 1000, "preapproved_tools has the wrong type"),
        ("/preapprovedTools", json!([]), 4400, "preapproved_tools comes twice"),
        (
            "/mcpTools",
            json!([{ "name": "x", "description": "", "inputSchema": {} }]),
            1000,
            "inputSchema has the wrong type",
        ),
        ("/additional_context", json!({}), 1000, "additional_context has the wrong type"),
        ("/additional_context/0", json!({ "content": "x" }), 4400, "category is missing"),
        ("/approval", json!({}), 4400, "approval has either approval or rejection"),
        (
            "/approval",
            json!({ "rejection": { "message": "no" } }),
            4400,
            "no tool of this goal waits for approval",
        ),
        (
            "/flowConfigSchemaVersion",
            json!("v9"),
            4400,
            "flowConfigSchemaVersion does not have a valid value",
        ),
    ] {
        if let Some(index) = pointer.strip_prefix("/additional_context/") {
            let index: usize = index.parse().expect("a number");
            let mut message = json!({ "startRequest": start(&id, "Look") });
            message["startRequest"]["additional_context"][index] = value;
            assert_eq!(closed(&sandbox, &message), (code, reason.to_owned()), "{pointer}");
            continue;
        }
        assert_eq!(with(pointer, value), (code, reason.to_owned()), "{pointer}");
    }
}

#[test]
fn the_instructions_are_the_first_context_and_a_text() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    let with = |context: Value| {
        let mut message = json!({ "startRequest": start(&id, "Look") });
        message["startRequest"]["additional_context"] = context;
        closed(&sandbox, &message)
    };
    let system = json!({ "category": "system_prompt", "content": "x" });
    let other = json!({ "category": "os_information", "content": "x" });
    let second = with(json!([other, system]));
    assert_eq!(second, (4400, "system_prompt is not the first context".to_owned()));
    let empty = with(json!([{ "category": "system_prompt" }]));
    assert_eq!(empty, (4400, "content of system_prompt is missing".to_owned()));
    let list = with(json!([{ "category": "system_prompt", "content": ["x"] }]));
    assert_eq!(list, (1000, "content has the wrong type".to_owned()));
    let text = with(json!([{ "category": "system_prompt", "text": "x", "content": "" }]));
    assert_eq!(text, (4400, "unknown field text".to_owned()));
    assert_eq!(with(json!([system, other])), (1000, String::new()));
}

#[test]
fn only_events_that_fit_are_taken() {
    let sandbox = sandbox();
    let answer = json!({ "actionResponse": { "requestID": "1", "plainTextResponse": {} } });
    let begins = |message: &Value| closed(&sandbox, message).1;
    assert_eq!(begins(&answer), "a workflow begins with startRequest");
    assert_eq!(begins(&json!({ "fly": {} })), "unknown event fly");
    assert_eq!(begins(&json!({})), "a message has exactly one event");
    assert_eq!(begins(&json!([])), "the message has the wrong type");
    assert_eq!(begins(&json!({ "heartbeat": {} })), "timestamp is missing");
    assert_eq!(
        begins(&json!({ "heartbeat": { "timestamp": "now" } })),
        "timestamp has the wrong type"
    );
}

/// Begins a workflow, answers its first action with this, and waits for the close.
fn answered(sandbox: &Sandbox, answer: impl Fn(&Value) -> Value) -> (u16, String) {
    let id = create(sandbox, &json!({}));
    let mut client = Client::open(sandbox);
    client.send(&json!({ "startRequest": start(&id, "Look") }));
    loop {
        match client.next() {
            Ok(action) if action.get("findFiles").is_some() => {
                client.send(&answer(&action["requestID"]));
            }
            Ok(_) => {}
            Err(end) => return end,
        }
    }
}

#[test]
fn an_answer_is_to_an_action_that_waits_and_in_its_shape() {
    let sandbox = sandbox();
    let (code, reason) = answered(
        &sandbox,
        |_| json!({ "actionResponse": { "requestID": "x-1", "plainTextResponse": { "response": "" } } }),
    );
    assert_eq!((code, reason.as_str()), (4400, "no action x-1 waits"));
    let http = answered(
        &sandbox,
        |id| json!({ "actionResponse": { "requestID": id, "httpResponse": { "statusCode": 200 } } }),
    );
    assert_eq!(http, (4400, "plainTextResponse is missing".to_owned()));
    let none = answered(&sandbox, |id| json!({ "actionResponse": { "requestID": id } }));
    assert_eq!(none, (4400, "plainTextResponse or httpResponse is missing".to_owned()));
    let number = answered(
        &sandbox,
        |id| json!({ "actionResponse": { "requestID": id, "plainTextResponse": { "response": 1 } } }),
    );
    assert_eq!(number, (1000, "response has the wrong type".to_owned()));
    let again = answered(&sandbox, |_| json!({ "startRequest": {} }));
    assert_eq!(again, (4400, "the workflow has started already".to_owned()));
}

#[test]
fn an_answer_counts_once() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    let mut client = Client::open(&sandbox);
    client.send(&json!({ "startRequest": start(&id, "Look") }));
    let action = loop {
        let message = client.next().expect("a message");
        if message.get("findFiles").is_some() {
            break message;
        }
    };
    for _ in 0..2 {
        client.send(&socket::answer(&action, Ok(String::new())));
    }
    let (_, code, reason) = client.run(|_| Ok(String::new()));
    assert_eq!(code, 4400);
    assert!(reason.starts_with("no action "), "{reason}");
}

#[test]
fn an_approval_is_of_exactly_what_waits() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    let look = |request: &Value| {
        let mut client = Client::open(&sandbox);
        client.send(&json!({ "startRequest": request }));
        let (statuses, code, reason) = client.run(|_| Ok(String::new()));
        (statuses.last().cloned(), code, reason)
    };
    let request = start(&id, "Fix it");
    let waits = (Some("TOOL_CALL_APPROVAL_REQUIRED".to_owned()), 1000, String::new());
    assert_eq!(look(&request), waits);
    // Who comes back without an answer is asked again.
    assert_eq!(look(&request), waits);
    let mut other = request.clone();
    let approval = json!({ "tool_name": "run_command", "tool_args_json": "{}" });
    other["approval"] = json!({ "approval": approval });
    let words = "the approval is not of the tool that waits";
    assert_eq!(look(&other), (None, 4400, words.to_owned()));
    other["approval"]["approval"]["tool_args_json"] = json!({});
    assert_eq!(look(&other), (None, 1000, "tool_args_json has the wrong type".to_owned()));
    let mut rejected = start(&id, "Fix something else");
    rejected["approval"] = json!({ "rejection": { "message": "no" } });
    let words = "no tool of this goal waits for approval";
    assert_eq!(look(&rejected), (None, 4400, words.to_owned()));
}

#[test]
fn two_connections_do_not_share_a_workflow() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    let request = json!({ "startRequest": start(&id, "Look") });
    let mut first = Client::open(&sandbox);
    first.send(&request);
    first.next().expect("it has begun");
    let second = closed(&sandbox, &request);
    assert_eq!(second, (1013, "Failed to acquire lock on workflow".to_owned()));
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
    let mut client = Client::open(&sandbox);
    client.web.send(Message::binary(vec![b' '; (4 << 20) + 1])).expect("a frame");
    assert_eq!(client.next().err().map(|(code, _)| code), Some(1009));
}

/// Begins a workflow on this clock and waits for its actions.
fn begun(clock: &Arc<StillClock>) -> (Sandbox, Client, Value) {
    let clock = Arc::clone(clock);
    let sandbox = Sandbox::start(Plan { clock, ..Plan::default() }).expect("a sandbox");
    let id = create(&sandbox, &json!({}));
    let mut client = Client::open(&sandbox);
    client.send(&json!({ "startRequest": start(&id, "Look") }));
    loop {
        let message = client.next().expect("a message");
        if message.get("findFiles").is_some() {
            return (sandbox, client, message);
        }
    }
}

#[test]
fn an_answer_after_a_missed_heartbeat_is_refused() {
    for (pause, beats) in [(80, false), (120, true), (120, false)] {
        let clock = Arc::new(StillClock::default());
        let (_sandbox, mut client, action) = begun(&clock);
        // The ping that came with the action is answered in time.
        client.web.get_mut().set_read_timeout(Some(Duration::from_millis(200))).expect("a limit");
        let _ = client.web.read();
        client.web.flush().expect("a pong");
        std::thread::sleep(Duration::from_millis(100));
        clock.advance(Duration::from_secs(pause));
        if beats {
            client.send(&json!({ "heartbeat": { "timestamp": 1 } }));
        }
        client.send(&socket::answer(&action, Ok(String::new())));
        client.send(&json!({ "stopWorkflow": { "reason": "USER_ACTION_TRIGGERED_STOP" } }));
        let (_, code, reason) = client.run(|_| Ok(String::new()));
        let late = (4400, "the heartbeat is late: it is due every 60 s".to_owned());
        let is_late = pause > 90 && !beats;
        let expected = if is_late { late } else { (1000, String::new()) };
        assert_eq!((code, reason), expected, "{pause}");
    }
}

#[test]
fn a_ping_without_its_pong_ends_the_connection_and_not_the_workflow() {
    let clock = Arc::new(StillClock::default());
    let (_sandbox, mut client, _) = begun(&clock);
    clock.advance(Duration::from_secs(31));
    // Reading answers the ping, too late.
    let (code, _) = client.next().expect_err("no message");
    assert_eq!(code, 1006);
}

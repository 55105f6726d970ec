//! The service of a test's own does what it is told, so that what a client makes of it can be
//! believed.

use std::time::Duration;

use glduo::sandbox::Reply;
use serde_json::json;
use tungstenite::error::{CapacityError, Error};
use tungstenite::{Message, protocol::WebSocketConfig};

use crate::support::socket::{self, Client, Opening, create, start};
use crate::support::workflow::{
    Service, Step, action, announced, checkpoint, nested, says, snapshot, wants,
};

fn begun(service: &Service) -> Client {
    let id = create(&service.sandbox, &json!({}));
    let mut client = Client::open(&service.sandbox);
    client.send(&json!({ "startRequest": start(&id, "Look") }));
    client
}

#[test]
fn steps_are_played_in_order_and_what_was_heard_is_kept() {
    let service = Service::on([
        vec![
            Step::Start,
            checkpoint("RUNNING", "Look", vec![says("agent-1", "I ")]),
            action("1", "runReadFile", json!({ "filepath": "../secret" })),
            action("1", "runReadFile", json!({ "filepath": "../secret" })),
            Step::Answer("1"),
            Step::Ping,
            Step::Close(1013, "Failed to acquire lock on workflow"),
        ],
        vec![
            Step::Start,
            checkpoint(
                "TOOL_CALL_APPROVAL_REQUIRED",
                "Look",
                vec![wants("request-1", "run_command", json!({ "command": "make" }))],
            ),
        ],
    ]);
    let mut client = begun(&service);
    let refused = client.run(|_| Err("outside".to_owned()));
    assert_eq!((refused.1, refused.2.as_str()), (1013, "Failed to acquire lock on workflow"));
    assert_eq!(client.actions(), ["runReadFile", "runReadFile"]);
    let mut client = begun(&service);
    let (statuses, code, _) = client.run(|_| panic!("no tool"));
    assert_eq!((statuses, code), (vec!["TOOL_CALL_APPROVAL_REQUIRED".to_owned()], 1000));
    assert_eq!(client.log[1]["tool_info"]["args"]["command"], "make");
    assert_eq!((service.starts().len(), service.answers().len()), (2, 2));
    assert_eq!(service.answers()[0]["plainTextResponse"]["error"], "outside");
}

#[test]
fn every_kind_of_frame_and_of_end_can_be_made() {
    let long = snapshot("RUNNING", "Look", vec![says("agent-1", &"x".repeat(300))]);
    let service = Service::on([
        vec![Step::Start, Step::Fragments(long.clone(), 64), Step::Ping, Step::Drop],
        vec![Step::Start, Step::Text("{}".to_owned()), Step::Silence(Duration::from_millis(1))],
        vec![Step::Start, nested(5000), Step::Drop],
        vec![Step::Start, announced(1 << 40), Step::Drop],
        vec![Step::Start, Step::Stop],
    ]);
    let mut client = begun(&service);
    assert_eq!(client.next(), Ok(long));
    assert_eq!(client.next(), Err((1006, String::new())));
    let mut client = begun(&service);
    assert_eq!(client.web.read().expect("a frame"), Message::text("{}"));
    assert_eq!(client.next(), Err((1000, String::new())));
    let mut client = begun(&service);
    let deep = client.web.read().expect("a frame").into_data();
    assert!(serde_json::from_slice::<serde_json::Value>(&deep).is_err());
    let mut client = begun(&service);
    client.web.set_config(|config: &mut WebSocketConfig| config.max_frame_size = Some(1000));
    let huge = client.web.read();
    assert!(matches!(huge, Err(Error::Capacity(CapacityError::MessageTooLong { .. }))), "{huge:?}");
    let mut client = begun(&service);
    client.send(&json!({ "stopWorkflow": { "reason": "x" } }));
    assert_eq!(client.next(), Err((1000, String::new())));
    let reasons = service.heard().iter().filter(|one| one.get("stopWorkflow").is_some()).count();
    assert_eq!(reasons, 1);
}

#[test]
fn the_handshake_can_be_refused_and_the_world_is_connected() {
    let service = Service::beside(
        |request| {
            let is_socket = request.path() == socket::PATH;
            is_socket.then(|| Reply::message(429, "Retry later").with_header("retry-after", "1"))
        },
        [vec![Step::Start]],
    );
    let refused = Opening::new(&service.sandbox).open().err();
    assert_eq!(refused, Some((429, r#"{"message":"Retry later"}"#.to_owned())));
    assert_eq!(service.world().run("mr list --json=iid").code, 0);
}

//! What comes over the socket, whole, in pieces, too much and too late.

use std::time::Duration;

use serde_json::{Value, json};
use tungstenite::Message;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{Data, OpCode};

use super::super::{Event, Loss, PersonAnswer, Status, WorkflowError};
use super::support::{Peer, World, entry, raw_frame};
use crate::system::clock::Deadline;

#[test]
fn text_and_binary_frames_and_fragments_are_one_conversation() {
    let mut world = World::new(|door| {
        let (mut peer, _) = door.begun();
        peer.checkpoint("RUNNING", &[entry("agent", "a", "The j")]);
        let log =
            json!({ "channel_values": { "ui_chat_log": [entry("agent", "a", "The job é")] } });
        let fields = json!({ "status": "", "checkpoint": log.to_string() });
        let text = json!({ "newCheckpoint": fields }).to_string();
        let bytes = text.into_bytes();
        let third = bytes.len() / 3;
        let parts = [&bytes[..third], &bytes[third..2 * third], &bytes[2 * third..]];
        for (at, part) in parts.iter().enumerate() {
            let kind = if at == 0 { Data::Text } else { Data::Continue };
            let frame = Frame::message(part.to_vec(), OpCode::Data(kind), at == 2);
            peer.socket.send(Message::Frame(frame)).expect("taken");
            peer.socket.send(Message::Ping(at.to_be_bytes().to_vec().into())).expect("taken");
        }
        peer.checkpoint("INPUT_REQUIRED", &[entry("agent", "a", "No: the tests")]);
        peer.close(1000);
    });
    let (events, ended) = world.run(PersonAnswer::No);
    assert_eq!(ended.expect("an end"), Status::InputRequired);
    let text = events.iter().filter_map(|event| match event {
        Event::Text(text) => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(text.collect::<Vec<_>>(), ["The j", "ob é", "No: the tests"]);
    assert_eq!(world.session.text(), "No: the tests");
    world.over();
}

#[test]
fn unknown_actions_are_answered_at_once_and_tools_wait_for_each_other() {
    let mut world = World::new(|door| {
        let (mut peer, _) = door.begun();
        peer.shell("1", "sleep 0.4");
        peer.action("2", "runMCPTool", &json!({ "name": "x", "args": "{}" }));
        let (id, _, error) = peer.answer();
        assert_eq!((id.as_str(), error.as_str()), ("2", "this client does not do runMCPTool"));
        assert_eq!(peer.answer().0, "1");
        peer.finish();
    });
    assert!(world.end().is_ok());
    world.over();
}

#[track_caller]
fn malformed(play: impl FnOnce(&mut Peer) + Send + 'static) -> String {
    let mut world = World::new(|door| {
        let (mut peer, _) = door.begun();
        play(&mut peer);
        while peer.socket.read().is_ok() {}
    });
    let error = world.end().expect_err("no end");
    world.over();
    match error {
        WorkflowError::Lost { loss: Loss::Malformed(why), .. } => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_not_the_protocol_ends_the_run() {
    let deep =
        format!(r#"{{"requestID":"1","runCommand":{}1{}}}"#, "[".repeat(9_000), "]".repeat(9_000));
    let why = malformed(move |peer| peer.socket.send(Message::text(deep)).expect("taken"));
    assert!(why.contains("deeper"), "{why}");
    let inner = format!("{}{}", "[".repeat(9_000), "]".repeat(9_000));
    let fields = json!({ "newCheckpoint": { "status": "RUNNING", "checkpoint": inner } });
    assert!(malformed(move |peer| peer.say(&fields)).contains("deeper"));
    // A text frame of two bytes that are no UTF-8.
    malformed(|peer| raw_frame(peer, &[0x81, 2, 0xff, 0xfe]));
    // A frame that announces 5 MB.
    malformed(|peer| raw_frame(peer, &[0x82, 127, 0, 0, 0, 0, 0, 0x50, 0, 0]));
    malformed(|peer| peer.say(&json!([])));
}

#[test]
fn fragments_have_an_end() {
    let why = malformed(|peer| {
        raw_frame(peer, &[0x02, 0]);
        // Four fragments of 2 MB.
        for _ in 0..4 {
            raw_frame(
                peer,
                &[&[0x00, 127, 0, 0, 0, 0, 0, 0x20, 0, 0][..], &vec![b'x'; 0x20_0000]].concat(),
            );
        }
    });
    assert!(why.to_lowercase().contains("long"), "{why}");
}

#[test]
fn a_flood_of_messages_or_actions_ends_the_run() {
    let why = malformed(|peer| {
        for _ in 0..3_000 {
            raw_frame(peer, &[0x89, 0]);
        }
    });
    assert!(why.contains("in a second"), "{why}");
    let why = malformed(|peer| {
        peer.shell("0", "sleep 3");
        for id in 1..200 {
            let fields =
                json!({ "requestID": id.to_string(), "runShellCommand": { "command": "true" } });
            let _ = peer.socket.send(Message::text(fields.to_string()));
        }
    });
    assert!(why.contains("wait"), "{why}");
}

#[test]
fn this_side_shows_that_it_lives() {
    let mut world = World::new(|door| {
        let (mut peer, _) = door.begun();
        let (mut pings, mut beats) = (0, 0);
        while pings < 2 || beats < 2 {
            match peer.socket.read().expect("a sign") {
                Message::Ping(_) => pings += 1,
                Message::Text(text) => {
                    let expected = json!({ "heartbeat": { "timestamp": 1_768_478_400_000_u64 } });
                    assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), expected);
                    beats += 1;
                }
                other => panic!("{other:?}"),
            }
        }
        peer.finish();
    });
    world.session.connection.schedule.ping = Duration::from_millis(100);
    assert!(world.end().is_ok());
    world.over();
}

#[test]
fn a_wait_is_ended_by_a_notification() {
    let mut world = World::new(|door| {
        let (mut peer, _) = door.begun();
        peer.checkpoint("RUNNING", &[]);
        while peer.socket.read().is_ok() {}
    });
    while !matches!(world.session.next_event(), Ok(Event::Status(_))) {}
    while world.session.notify().wait(Duration::from_millis(100)) {}
    let rested = Deadline::after(Duration::from_millis(240));
    assert!(matches!(world.session.next_event(), Ok(Event::Waiting)));
    assert!(rested.has_passed(), "it looked again and again");
    world.session.notify().notify();
    let at_once = Deadline::after(Duration::from_millis(200));
    assert!(matches!(world.session.next_event(), Ok(Event::Waiting)));
    assert!(!at_once.has_passed());
    world.session.stop();
    world.over();
}

#[test]
fn silence_has_an_end() {
    let mut world = World::new(|door| {
        let (mut peer, _) = door.begun();
        while peer.socket.read().is_ok() {}
    });
    world.session.connection.idle = Duration::from_millis(300);
    match world.end() {
        Err(WorkflowError::Lost { loss: Loss::Silent(_), .. }) => {}
        other => panic!("{other:?}"),
    }
    world.over();
}

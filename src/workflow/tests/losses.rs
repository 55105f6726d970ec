//! Connections that end before the workflow does.

use std::time::Duration;

use serde_json::json;

use super::super::{Event, Loss, PersonAnswer, Status, WorkflowError};
use super::support::{World, entry};
use crate::system::clock::Deadline;

#[test]
fn a_command_of_a_lost_connection_is_not_run_again_and_its_output_is_told() {
    let mut world = World::new(|door| {
        let (mut peer, _) = door.begun();
        peer.shell("1", "sleep 0.3; echo one | tee -a done");
        peer.shell("2", "echo two >> done");
        peer.close(1001);
        let (mut peer, start) = door.begun();
        assert_eq!(start["goal"], "Why?");
        // The service never repeats an id.
        peer.shell("3", "sleep 0.3; echo one | tee -a done");
        let (id, output, error) = peer.answer();
        assert_eq!((id.as_str(), output.as_str()), ("3", "one\n"));
        assert!(error.contains("already ran"), "{error}");
        peer.shell("4", "echo two >> done");
        assert_eq!(peer.answer().2, "");
        // Who was told so once means it.
        peer.shell("5", "sleep 0.3; echo one | tee -a done");
        assert_eq!(peer.answer().2, "");
        peer.finish();
    });
    assert_eq!(world.end().expect("an end"), Status::Finished);
    assert_eq!(world.file("done").as_deref(), Some("one\ntwo\none\n"));
    world.over();
}

#[test]
fn a_command_whose_answer_was_lost_is_not_run_again() {
    let mut world = World::new(|door| {
        let (mut peer, _) = door.begun();
        peer.shell("1", "echo one >> done");
        while peer.socket.get_ref().peek(&mut [0]).is_ok_and(|length| length == 0) {}
        drop(peer);
        let (mut peer, _) = door.begun();
        let quiet = Some(Duration::from_millis(300));
        peer.socket.get_ref().set_read_timeout(quiet).expect("a limit");
        assert!(peer.socket.read().is_err(), "nothing was asked here");
        let patient = Some(Duration::from_secs(20));
        peer.socket.get_ref().set_read_timeout(patient).expect("a limit");
        peer.shell("2", "echo one >> done");
        assert!(peer.answer().2.contains("already ran"));
        peer.finish();
    });
    assert_eq!(world.end().expect("an end"), Status::Finished);
    assert_eq!(world.file("done").as_deref(), Some("one\n"));
    world.over();
}

#[test]
fn a_chat_that_fails_after_it_was_cut_off_in_a_tool_is_lost_and_not_failed() {
    let mut world = World::new(|door| {
        let (mut peer, _) = door.begun();
        peer.checkpoint("RUNNING", &[entry("user", "u", "Why?"), entry("agent", "a", "Half.")]);
        peer.shell("1", "sleep 0.2");
        drop(peer);
        let (mut peer, start) = door.begun();
        assert_eq!(start["goal"], "", "the service has the question");
        peer.checkpoint("FAILED", &[entry("agent", "error-1", "It broke.")]);
        peer.close(1000);
    });
    match world.end() {
        Err(WorkflowError::Lost { loss: Loss::Broken(_), done: (1, 0) }) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(world.session.text(), "Half.");
    world.over();
}

#[test]
fn a_lock_is_waited_for_eight_times_and_broken_connections_count_on_their_own() {
    let mut world = World::new(|door| {
        for round in 0..9 {
            door.begun().0.close(1013);
            if round < 3 {
                drop(door.begun());
            }
        }
    });
    assert!(matches!(world.end(), Err(WorkflowError::Held)));
    let waited = *world.clock.0.lock().expect("no panic");
    let locks = Duration::from_millis(1500) * (1..=8).sum::<u32>();
    assert_eq!(waited, locks + Duration::from_secs(1 + 2 + 4));
    world.over();
}

#[test]
fn a_connection_that_breaks_again_and_again_is_lost_with_what_was_done() {
    let mut world = World::new(|door| {
        let (mut peer, _) = door.begun();
        peer.shell("1", "true");
        peer.answer();
        drop(peer);
        for _ in 0..3 {
            drop(door.begun());
        }
    });
    match world.end() {
        Err(WorkflowError::Lost { loss: Loss::Broken(_), done: (1, 0) }) => {}
        other => panic!("{other:?}"),
    }
    world.over();
}

#[test]
fn close_codes_mean_what_they_say() {
    type Check = fn(&WorkflowError) -> bool;
    let lost: Check =
        |error| matches!(error, WorkflowError::Lost { loss: Loss::Closed { .. }, .. });
    let cases: [(u16, Check); 8] = [
        (1000, lost),
        (1002, lost),
        (1003, lost),
        (1009, lost),
        (1011, lost),
        (4001, lost),
        (1008, |error| matches!(error, WorkflowError::NoCredits { reason } if reason == "why")),
        (4400, |error| matches!(error, WorkflowError::Invalid { reason } if reason == "why")),
    ];
    for (code, is_right) in cases {
        let mut world = World::new(move |door| {
            let (mut peer, _) = door.begun();
            peer.shell("1", "sleep 5; echo late > done");
            peer.checkpoint("RUNNING", &[entry("agent", "a", "Half.")]);
            std::thread::sleep(Duration::from_millis(200));
            peer.close(code);
        });
        let begun = Deadline::after(Duration::from_secs(4));
        let error = world.end().expect_err("no end");
        assert!(is_right(&error), "{code}: {error:?}");
        assert!(!begun.has_passed(), "{code}: the tool was waited for");
        assert_eq!(world.session.uses().len(), 1, "{code}");
        assert!(!world.session.uses()[0].ok);
        assert_eq!(world.session.text(), "Half.");
        world.over();
    }
    for code in [1001, 1012] {
        let mut world = World::new(move |door| {
            door.begun().0.close(code);
            door.begun().0.finish();
        });
        assert!(world.end().is_ok(), "{code}");
        world.over();
    }
}

#[test]
fn a_failed_or_stopped_workflow_ends_its_tool_and_says_all_before() {
    for status in ["FAILED", "STOPPED", "PAUSED"] {
        let mut world = World::new(move |door| {
            let (mut peer, _) = door.begun();
            peer.shell("1", "sleep 5; echo late > done");
            std::thread::sleep(Duration::from_millis(200));
            peer.checkpoint("RUNNING", &[entry("agent", "a", "Half.")]);
            peer.checkpoint(status, &[entry("agent", "error-1", "It broke.")]);
            while peer.socket.read().is_ok() {}
        });
        let begun = Deadline::after(Duration::from_secs(4));
        let (events, ended) = world.run(PersonAnswer::No);
        assert!(!begun.has_passed(), "{status}");
        assert!(events.iter().any(|event| matches!(event, Event::Text(text) if text == "Half.")));
        let is_right = match ended.expect_err("no end") {
            WorkflowError::Failed { reason } => status == "FAILED" && reason == "It broke.",
            WorkflowError::Stopped { status: told } => status == told,
            _ => false,
        };
        assert!(is_right, "{status}");
        assert_eq!(world.session.uses().len(), 1);
        world.over();
    }
}

#[test]
fn the_time_limit_and_a_stop_are_told_to_the_service_and_end_the_tool() {
    let policy = crate::tools::Policy::new(["shell"], [""; 0], false).expect("a policy");
    let total = Some(Duration::from_millis(600));
    let mut world = World::with(policy, total, |door| {
        let (mut peer, _) = door.begun();
        peer.shell("1", "sleep 9; echo late > done");
        let stop = json!({ "stopWorkflow": { "reason": "USER_ACTION_TRIGGERED_STOP" } });
        assert_eq!(peer.read(), stop);
        while peer.socket.read().is_ok() {}
    });
    let begun = Deadline::after(Duration::from_secs(5));
    match world.end() {
        Err(WorkflowError::OutOfTime { done: (1, 0), .. }) => {}
        other => panic!("{other:?}"),
    }
    assert!(!begun.has_passed());
    world.over();
}

#[test]
fn pings_alone_keep_a_run_alive_for_the_content_limit_only() {
    let mut world = World::new(|door| {
        let (mut peer, _) = door.begun();
        peer.checkpoint("RUNNING", &[entry("user", "u", "Why?"), entry("agent", "a", "Half.")]);
        while peer.socket.send(tungstenite::Message::Ping(Vec::new().into())).is_ok() {
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    world.session.connection.idle = Duration::from_millis(300);
    world.session.connection.schedule.content = Duration::from_millis(600);
    match world.end() {
        Err(WorkflowError::Lost { loss: Loss::Silent(_), .. }) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(world.session.text(), "Half.");
    world.over();
}

#[test]
fn a_malformed_checkpoint_is_skipped_if_a_good_one_follows() {
    let mut world = World::new(|door| {
        let (mut peer, _) = door.begun();
        peer.say(&json!({
            "requestID": "x",
            "newCheckpoint": { "status": "RUNNING", "checkpoint": "{not JSON", "goal": "", "errors": [] },
        }));
        peer.checkpoint("RUNNING", &[entry("user", "u", "Why?"), entry("agent", "a", "Because.")]);
        peer.finish();
    });
    let (events, status) = world.run(PersonAnswer::No);
    assert_eq!(status.expect("an end"), Status::Finished);
    let is_note = |event: &Event| matches!(event, Event::Note(text) if text.contains("skipped"));
    assert_eq!(events.iter().filter(|event| is_note(event)).count(), 1, "{events:?}");
    assert_eq!(world.session.text(), "Because.");
    world.over();
}

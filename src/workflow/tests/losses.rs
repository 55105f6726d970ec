//! Connections that end before the workflow does.

use std::time::Duration;

use serde_json::json;

use super::super::{Event, Lost, Status, WorkflowError};
use super::support::{World, entry};
use crate::system::clock::Deadline;

#[test]
fn actions_of_a_lost_connection_are_done_once_and_answered_where_they_are_asked_last() {
    let mut world = World::new(|door| {
        let (mut peer, _) = door.begun();
        peer.shell("1", "sleep 0.3; echo one >> done");
        peer.shell("2", "echo two >> done");
        peer.close(1001);
        let (mut peer, start) = door.begun();
        assert_eq!(start["goal"], "Why?");
        peer.shell("1", "sleep 0.3; echo one >> done");
        peer.shell("2", "echo two >> done");
        peer.shell("2", "echo two >> done");
        let mut answered = [peer.answer().0, peer.answer().0];
        answered.sort();
        assert_eq!(answered, ["1", "2"]);
        peer.finish();
    });
    assert_eq!(world.end().expect("an end"), Status::Finished);
    assert_eq!(world.file("done").as_deref(), Some("one\ntwo\n"));
    world.over();
}

#[test]
fn a_result_of_an_old_connection_is_not_said_on_the_next_one() {
    let mut world = World::new(|door| {
        let (mut peer, _) = door.begun();
        peer.shell("1", "echo one >> done");
        while peer.socket.get_ref().peek(&mut [0]).is_ok_and(|length| length == 0) {}
        let (mut peer, _) = {
            drop(peer);
            door.begun()
        };
        let quiet = Some(Duration::from_millis(500));
        peer.socket.get_ref().set_read_timeout(quiet).expect("a limit");
        assert!(peer.socket.read().is_err(), "nothing was asked here");
        let patient = Some(Duration::from_secs(20));
        peer.socket.get_ref().set_read_timeout(patient).expect("a limit");
        peer.shell("1", "echo one >> done");
        assert_eq!(peer.answer().0, "1");
        peer.finish();
    });
    assert_eq!(world.end().expect("an end"), Status::Finished);
    assert_eq!(world.file("done").as_deref(), Some("one\n"));
    world.over();
}

#[test]
fn a_lock_is_waited_for_eight_times_and_broken_connections_do_not_count() {
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
    assert_eq!(waited, locks + Duration::from_secs(1 + 2 + 3));
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
        Err(WorkflowError::Lost { how: Lost::Broken(_), done: (1, 0) }) => {}
        other => panic!("{other:?}"),
    }
    world.over();
}

#[test]
fn close_codes_mean_what_they_say() {
    type Check = fn(&WorkflowError) -> bool;
    let lost: Check = |error| matches!(error, WorkflowError::Lost { how: Lost::Closed { .. }, .. });
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
    for status in ["FAILED", "STOPPED", "PAUSED", "PLAN_APPROVAL_REQUIRED"] {
        let mut world = World::new(move |door| {
            let (mut peer, _) = door.begun();
            peer.shell("1", "sleep 5; echo late > done");
            std::thread::sleep(Duration::from_millis(200));
            peer.checkpoint(status, &[entry("agent", "a", "It broke.")]);
            while peer.socket.read().is_ok() {}
        });
        let begun = Deadline::after(Duration::from_secs(4));
        let (events, ended) = world.run(super::super::Answer::No);
        assert!(!begun.has_passed(), "{status}");
        assert!(
            events.iter().any(|event| matches!(event, Event::Text(text) if text == "It broke."))
        );
        let is_right = match ended.expect_err("no end") {
            WorkflowError::Failed { reason } => status == "FAILED" && reason == "It broke.",
            WorkflowError::Stopped { status: told } => status == told,
            WorkflowError::PlanApproval => status.starts_with("PLAN"),
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

//! Standard error of a terminal while something takes its time: a line that tells so and goes.

use std::time::Duration;

use glduo::sandbox::Sandbox;

use crate::support::gitlab::{answering, at_home};
use crate::support::world::World;

/// GitLab, and the gateway, answer after a while.
fn slow() -> Sandbox {
    answering(|_| {
        std::thread::sleep(Duration::from_millis(900));
        None
    })
}

fn watched(sandbox: &Sandbox) -> World {
    at_home(sandbox).on_terminal(80)
}

#[test]
fn whoever_waits_at_a_terminal_is_told_and_nothing_is_left_of_it() {
    let sandbox = slow();
    for line in ["mr list --json -L 1", "issue show 27 --json", "pipeline show 9001"] {
        let outcome = watched(&sandbox).run(line);
        assert_eq!(outcome.code, 0, "{line}: {outcome:?}");
        assert!(outcome.stderr.contains(" waiting for GitLab\r"), "{line}: {:?}", outcome.stderr);
        let (_, after) = outcome.stderr.rsplit_once("waiting for GitLab").expect("a line");
        assert!(after.starts_with("\r\x1b[K"), "{line}: {after:?}");
        assert!(!outcome.stdout.contains("waiting"), "{line}");
    }
}

#[test]
fn a_long_list_counts_what_has_come() {
    let outcome = watched(&slow()).run("mr list -A -P 5 -L 10");
    assert!(outcome.stderr.contains(" fetched 5 of 14\r"), "{:?}", outcome.stderr);
}

#[test]
fn a_chat_names_the_model_that_it_waits_for() {
    let outcome = watched(&slow()).run("chat -n hello");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stderr.contains(" waiting for duo-chat-sonnet-4-5\r"), "{:?}", outcome.stderr);
}

#[test]
fn a_pipe_sees_nothing_of_it_and_neither_does_who_wants_quiet_or_requests() {
    let sandbox = slow();
    let in_a_pipe = at_home(&sandbox).run("mr list -A --json");
    assert_eq!(in_a_pipe.stderr, "", "{in_a_pipe:?}");
    for flag in ["--quiet", "-v"] {
        let outcome = watched(&sandbox).run(&format!("mr list -A --json {flag}"));
        assert!(!outcome.stderr.contains("waiting"), "{flag}: {:?}", outcome.stderr);
    }
}

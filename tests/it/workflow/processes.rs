//! The real binary: signals, and the children that must not outlive the run.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use super::agent::{Agent, SLOW, TOKEN};
use crate::support::process::{glduo, parts, signal, spawn, wait_until};

/// An agent that has a child of this machine sleep, which writes down its number first.
fn sleeping() -> Agent {
    Agent::playing(|_, wire| {
        wire.start();
        wire.says("RUNNING", "Sleeping");
        wire.ask(
            "1",
            &json!({ "runShellCommand": { "command": "sleep 600 & echo $! $$ > pids; wait" } }),
        );
        wire.wait_for("stopWorkflow");
        wire.close(1000, "");
    })
}

fn command(agent: &Agent, line: &str, folder: &Path) -> Command {
    let mut command = glduo(&format!("chat -n -m duo-workflow --allow shell Go {line}"));
    command
        .env("GITLAB_INSTANCE_URL", agent.url())
        .env("GITLAB_TOKEN", TOKEN)
        .env("GITLAB_REPO", "acme/shop")
        .current_dir(folder);
    command
}

/// The children, once they run.
fn children(folder: &Path) -> Vec<String> {
    let pids = || std::fs::read_to_string(folder.join("pids")).unwrap_or_default();
    wait_until("the child runs", || pids().ends_with('\n'));
    pids().split_whitespace().map(str::to_owned).collect()
}

fn runs(pid: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !status.is_empty() && !status.contains(") Z ")
}

#[test]
fn a_signal_stops_the_workflow_and_kills_what_runs() {
    for (name, code, line) in [("INT", 130, ""), ("TERM", 143, ""), ("INT", 130, "--json")] {
        let agent = sleeping();
        let folder = tempfile::tempdir().expect("a folder");
        let child = spawn(&mut command(&agent, line, folder.path()));
        let children = children(folder.path());
        signal(&child, name);
        let (exit, stdout, stderr) = parts(&child.wait_with_output().expect("an end"));
        assert_eq!(exit, code, "{name}: {stderr}");
        assert!(stdout.contains("Sleeping"), "{stdout}");
        assert!(stderr.contains("before that: ran sleep 600"), "{stderr}");
        for pid in children {
            wait_until("the child is gone", || !runs(&pid));
        }
        wait_until("the service was told", || !agent.seen("stopWorkflow").is_empty());
        let stop = json!({ "reason": "USER_ACTION_TRIGGERED_STOP" });
        assert_eq!(agent.seen("stopWorkflow")[0], stop);
    }
}

/// Leaves the process group, twice over, and clears its environment on the way.
#[cfg(target_os = "linux")]
const LEAVING: &str = "setsid sh -c 'echo $$ >> pids; setsid env -i /bin/sh -c \"echo \\$\\$ >> pids; sleep 600\" & wait' & \
                       while [ \"$(cat pids 2>/dev/null | wc -l)\" -lt 2 ]; do sleep 0.01; done; echo >> pids";

#[cfg(target_os = "linux")]
#[test]
fn what_leaves_its_session_ends_with_its_command() {
    let agent = Agent::doing(json!({ "runShellCommand": { "command": LEAVING } }));
    let folder = tempfile::tempdir().expect("a folder");
    let child = spawn(&mut command(&agent, "", folder.path()));
    let (exit, _, stderr) = parts(&child.wait_with_output().expect("an end"));
    assert_eq!(exit, 0, "{stderr}");
    let pids = std::fs::read_to_string(folder.path().join("pids")).expect("pids");
    assert_eq!(pids.split_whitespace().count(), 2, "{pids}");
    for pid in pids.split_whitespace() {
        assert!(!runs(pid), "{pid} is alive");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_leaves_its_session_ends_with_a_run_that_is_stopped() {
    let agent = Agent::playing(|_, wire| {
        wire.start();
        let line = format!("{LEAVING}; sleep 600");
        wire.ask("1", &json!({ "runShellCommand": { "command": line } }));
        wire.wait_for("stopWorkflow");
        wire.close(1000, "");
    });
    let folder = tempfile::tempdir().expect("a folder");
    let child = spawn(&mut command(&agent, "", folder.path()));
    let pids = || std::fs::read_to_string(folder.path().join("pids")).unwrap_or_default();
    wait_until("the children run", || pids().ends_with("\n\n"));
    signal(&child, "TERM");
    let (exit, _, stderr) = parts(&child.wait_with_output().expect("an end"));
    assert_eq!(exit, 143, "{stderr}");
    for pid in pids().split_whitespace() {
        wait_until("the child is gone", || !runs(pid));
    }
}

#[test]
fn time_that_is_over_kills_what_runs() {
    let agent = sleeping();
    let folder = tempfile::tempdir().expect("a folder");
    let child = spawn(&mut command(&agent, "--max-duration 2", folder.path()));
    let children = children(folder.path());
    let (exit, _, stderr) = parts(&child.wait_with_output().expect("an end"));
    assert_eq!(exit, 6, "{stderr}");
    for pid in children {
        wait_until("the child is gone", || !runs(&pid));
    }
    wait_until("the service was told", || !agent.seen("stopWorkflow").is_empty());
}

#[test]
fn without_a_terminal_nothing_is_asked_and_nothing_waited_for() {
    let agent = sleeping();
    let folder = tempfile::tempdir().expect("a folder");
    let run = Agent::doing(json!({ "runShellCommand": { "command": "true" } }));
    let mut command = command(&run, "--deny shell", folder.path());
    let (exit, stdout, _) = parts(&spawn(&mut command).wait_with_output().expect("an end"));
    assert!(exit == 9 && stdout.contains("It said"), "{stdout}");
    drop(agent);
}

#[test]
fn a_signal_waits_for_no_request_to_the_instance() {
    let agent = Agent::playing(|_, wire| {
        wire.start();
        wire.ask("1", &json!({ "runHTTPRequest": { "method": "GET", "path": SLOW, "body": "" } }));
        wire.wait_for("stopWorkflow");
        wire.close(1000, "");
    });
    let folder = tempfile::tempdir().expect("a folder");
    let child = spawn(&mut command(&agent, "--allow gitlab --json", folder.path()));
    wait_until("the request came", || !agent.seen(&format!("GET {SLOW}")).is_empty());
    let before = Instant::now();
    signal(&child, "INT");
    let (exit, stdout, stderr) = parts(&child.wait_with_output().expect("an end"));
    assert_eq!(exit, 130, "{stderr}");
    assert!(before.elapsed() < Duration::from_secs(8), "{:?}", before.elapsed());
    assert!(stdout.contains(r#""name":"http""#), "{stdout}");
    wait_until("the service was told", || !agent.seen("stopWorkflow").is_empty());
}

#[test]
fn time_that_is_over_waits_for_no_request_to_the_instance() {
    let agent = Agent::playing(|_, wire| {
        wire.start();
        wire.ask("1", &json!({ "runHTTPRequest": { "method": "GET", "path": SLOW, "body": "" } }));
        wire.wait_for("stopWorkflow");
        wire.close(1000, "");
    });
    let folder = tempfile::tempdir().expect("a folder");
    let before = Instant::now();
    let more = "--allow gitlab --max-duration 2";
    let child = spawn(&mut command(&agent, more, folder.path()));
    let (exit, _, stderr) = parts(&child.wait_with_output().expect("an end"));
    assert_eq!(exit, 6, "{stderr}");
    assert!(before.elapsed() < Duration::from_secs(8), "{:?}", before.elapsed());
    assert_eq!(agent.seen(&format!("GET {SLOW}")).len(), 1);
    wait_until("the service was told", || !agent.seen("stopWorkflow").is_empty());
}

#[test]
fn a_signal_while_no_socket_stands_stops_the_workflow_by_a_request() {
    let agent = Agent::playing(|_, wire| wire.close(1013, "held"));
    let folder = tempfile::tempdir().expect("a folder");
    let child = spawn(&mut command(&agent, "", folder.path()));
    wait_until("it tried", || !agent.seen("handshake").is_empty());
    std::thread::sleep(Duration::from_millis(300));
    signal(&child, "INT");
    let (exit, _, stderr) = parts(&child.wait_with_output().expect("an end"));
    assert_eq!(exit, 130, "{stderr}");
    let stop = agent.seen("PATCH /api/v4/ai/duo_workflows/workflows/42");
    assert_eq!(stop, [json!({ "status_event": "stop" })]);
}

//! Readers that go away, disks that are full, signals.

use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use crate::support::broken::{Broken, End, Script};
use crate::support::gitlab::{merge_request, storefront, with_merge_requests};
use crate::support::process::{glduo, glduo_at, ignores_hangup, parts, signal, spawn, wait_until};

#[test]
fn a_reader_that_has_seen_enough_ends_the_run_quietly() {
    let sandbox = with_merge_requests((1..=3_000).map(merge_request).collect());
    for line in ["mr list --paginate", "mr list --paginate --json", "mr list --paginate -F ndjson"]
    {
        let mut child = spawn(&mut glduo_at(&sandbox, line));
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut first = vec![0; 10];
        stdout.read_exact(&mut first).expect("some bytes");
        drop(stdout);
        let (code, _, stderr) = parts(&child.wait_with_output().expect("an end"));
        assert_eq!((code, stderr.as_str()), (0, ""), "{line}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error() {
    let sandbox = storefront();
    for line in
        ["mr list --json", "mr show 42 --json", "mr list -q .[].iid", "completion bash --json"]
    {
        let full = OpenOptions::new().write(true).open("/dev/full").expect("a full disk");
        let output = glduo_at(&sandbox, line).stdout(full).output().expect("an end");
        let (code, _, stderr) = parts(&output);
        if line.starts_with("completion") && code == 0 {
            continue; // The script may be empty in a fresh clone.
        }
        assert_eq!(code, 1, "{line}: {stderr}");
        assert!(stderr.contains("\"code\":\"io\""), "{line}: {stderr}");
    }
}

#[test]
fn signals_end_a_run_that_waits_for_an_answer() {
    for (name, code) in [("HUP", 129), ("INT", 130), ("TERM", 143)] {
        if name == "HUP" && ignores_hangup() {
            continue;
        }
        let server = Broken::serve(vec![Script::new("", End::HoldOpen)]);
        let mut command = glduo("mr list -R a/b");
        let command = command.env("GITLAB_HOST", server.url()).env("GITLAB_TOKEN", "glpat-x");
        let child = spawn(command);
        wait_until("the request", || !server.requests().is_empty());
        signal(&child, name);
        let (ended, stdout, _) = parts(&child.wait_with_output().expect("an end"));
        assert_eq!((ended, stdout.as_str()), (code, ""), "{name}");
    }
}

#[test]
fn signals_end_a_sandbox_that_serves() {
    for (name, code) in [("HUP", 129), ("INT", 130), ("TERM", 143)] {
        if name == "HUP" && ignores_hangup() {
            continue;
        }
        let mut child = spawn(&mut glduo("sandbox"));
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let first = lines.next().expect("a line").expect("text");
        assert!(first.starts_with("export GITLAB_INSTANCE_URL=http://127.0.0.1:"), "{first}");
        signal(&child, name);
        let (ended, _, stderr) = parts(&child.wait_with_output().expect("an end"));
        assert_eq!(ended, code, "{name}: {stderr}");
    }
}

#[test]
fn streams_that_are_closed_are_no_reason_to_crash() {
    let sandbox = storefront();
    for shell in ["exec \"$0\" mr list 2>&-", "exec \"$0\" mr list <&-"] {
        let mut command = Command::new("/bin/sh");
        let command = command
            .args(["-c", shell, env!("CARGO_BIN_EXE_glduo")])
            .env_clear()
            .env("GITLAB_INSTANCE_URL", sandbox.url())
            .env("GITLAB_TOKEN", sandbox.token())
            .env("GITLAB_REPO", sandbox.project())
            .stdin(Stdio::null());
        let (code, stdout, stderr) = parts(&command.output().expect("an end"));
        assert_eq!((code, stdout.lines().count()), (0, 7), "{shell}: {stderr}");
    }
}

#[test]
fn an_interrupted_answer_ends_with_a_line_feed_in_a_pipe_too() {
    let token = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 26\r\n\
                 Connection: close\r\n\r\n{\"token\":\"t\",\"headers\":{}}";
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
    for (text, expected) in [("half", "half\n"), ("whole\\n", "whole\n")] {
        let delta = format!(
            "data: {{\"type\":\"content_block_delta\",\"delta\":{{\"text\":\"{text}\"}}}}\n\n"
        );
        let server = Broken::serve(vec![
            Script::new(token, End::Close),
            Script::new(format!("{head}{delta}"), End::HoldOpen),
        ]);
        let mut command = glduo("chat -n hi");
        let command = command
            .env("GITLAB_INSTANCE_URL", server.url())
            .env("GITLAB_AI_GATEWAY_URL", server.url())
            .env("GITLAB_TOKEN", "glpat-00000000000000000000");
        let mut child = spawn(command);
        let mut stdout = child.stdout.take().expect("a pipe");
        let mut came = vec![0; 4];
        stdout.read_exact(&mut came).expect("text");
        signal(&child, "INT");
        stdout.read_to_end(&mut came).expect("the rest");
        assert_eq!(String::from_utf8_lossy(&came), expected);
        assert_eq!(child.wait().expect("an end").code(), Some(130));
    }
}

/// The binary as `$0` of a shell's script, connected to a sandbox.
fn shell(sandbox: &glduo::sandbox::Sandbox, script: &str) -> Command {
    let mut command = glduo_at(sandbox, "");
    let program = command.get_program().to_owned();
    let variables: Vec<_> = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    command = Command::new("/bin/sh");
    command.args(["-c", script]).arg(program).env_clear().envs(variables).stdin(Stdio::null());
    command
}

#[test]
fn standard_output_that_is_closed_from_the_start_is_an_error_of_who_prints() {
    let sandbox = storefront();
    for line in [
        "--version",
        "--help",
        "help exit-codes",
        "completion fish",
        "mr list",
        "mr list --json",
        "mr show 42 --no-diff",
        "mr note 42 -m x",
        "issue list -F ndjson",
        "pipeline list",
        "models",
        "chat hi",
        "chat hi --json",
        "config path",
        "config list --json",
        "connect token",
        "connect status",
        "sandbox",
    ] {
        let mut command = shell(&sandbox, &format!("exec \"$0\" {line} >&-"));
        command.env("HOME", "/nowhere");
        let (code, _, stderr) = parts(&command.output().expect("an end"));
        assert_eq!(code, 1, "{line}: {stderr}");
        let says: Vec<&str> =
            stderr.lines().filter(|line| line.contains("standard output is closed")).collect();
        assert_eq!(says.len(), 1, "{line}: {stderr}");
        assert!(!stderr.contains("hint:"), "{line}: {stderr}");
    }
}

#[test]
fn who_prints_nothing_does_not_mind_closed_output() {
    let sandbox = storefront();
    let home = tempfile::tempdir().expect("a folder");
    for script in [
        "exec \"$0\" config set gitlab.model duo-chat-opus-4-5 >&-",
        // The same file, opened by others: no output is wanted.
        "exec \"$0\" mr list >/dev/null",
        "exec \"$0\" mr list 1<>/dev/null",
    ] {
        let output = shell(&sandbox, script).env("HOME", home.path()).output().expect("an end");
        assert_eq!(parts(&output).0, 0, "{script}: {output:?}");
    }
}

#[test]
fn a_hangup_that_is_ignored_at_the_start_stays_ignored() {
    let server = Broken::serve(vec![Script::new("", End::HoldOpen)]);
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", "trap '' HUP; exec \"$0\" mr list -R a/b", env!("CARGO_BIN_EXE_glduo")])
        .env_clear()
        .env("GITLAB_HOST", server.url())
        .env("GITLAB_TOKEN", "glpat-x");
    let mut child = spawn(&mut command);
    wait_until("the request", || !server.requests().is_empty());
    signal(&child, "HUP");
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(child.try_wait().expect("a state").is_none(), "it runs on");
    signal(&child, "TERM");
    assert_eq!(parts(&child.wait_with_output().expect("an end")).0, 143);
}

#[test]
fn a_file_that_grows_too_large_is_an_error_and_no_sudden_end() {
    let sandbox = storefront();
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().display();
    for (line, words) in [
        (format!("mr list --json > {home}/out"), "standard output cannot be written"),
        ("config set gitlab.model duo-chat-opus-4-5".to_owned(), "config.json"),
        (format!("connect --token < {home}/token"), "credentials.json"),
    ] {
        std::fs::write(folder.path().join("token"), sandbox.token()).expect("written");
        let script = format!("ulimit -f 0; exec \"$0\" {line}");
        let output = shell(&sandbox, &script).env("HOME", folder.path()).output().expect("an end");
        let (code, _, stderr) = parts(&output);
        assert_eq!((code, output.status.signal()), (1, None), "{line}: {stderr}");
        assert!(stderr.contains(words), "{line}: {stderr}");
    }
}

/// Nobody reads, and the pipe's signal was not ignored by who started the process.
#[test]
fn a_closed_pipe_does_not_kill() {
    let sandbox = storefront();
    let script = "{ sleep 0.2; \"$0\" mr list; echo $? >&2; } | true";
    let (_, _, stderr) = parts(&shell(&sandbox, script).output().expect("an end"));
    assert_eq!(stderr, "0\n");
}

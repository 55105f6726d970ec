//! Readers that go away, disks that are full, signals.

use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use crate::support::broken::{Broken, End, Script};
use crate::support::gitlab::{merge_request, storefront, with_merge_requests};
use crate::support::process::{glduo, glduo_at, parts, signal, spawn, wait_until};

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
    for (name, code) in [("INT", 130), ("TERM", 143)] {
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
    for (name, code) in [("INT", 130), ("TERM", 143)] {
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
        let mut command = std::process::Command::new("/bin/sh");
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

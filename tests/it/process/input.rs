//! What `chat` and `note` make of each kind of standard input.

use std::fs::File;
use std::process::Stdio;

use glduo::sandbox::Sandbox;

use crate::support::gitlab::storefront;
use crate::support::process::{glduo_at, parts, run_with, spawn};

/// What the model was asked last.
fn question(sandbox: &Sandbox) -> String {
    let requests = sandbox.requests();
    let asked = requests.iter().rev().find(|request| request.path().ends_with("/v1/messages"));
    let body = asked.and_then(glduo::sandbox::Received::json).expect("a question");
    let content = &body["messages"][0]["content"];
    content.as_str().or_else(|| content[0]["text"].as_str()).unwrap_or_default().to_owned()
}

#[test]
fn a_pipe_and_a_file_join_the_prompt_after_a_blank_line() {
    let sandbox = storefront();
    let output = run_with(&mut glduo_at(&sandbox, "chat what is this"), b"piped text\n");
    assert_eq!(parts(&output).0, 0, "{output:?}");
    assert_eq!(question(&sandbox).trim_end(), "what is this\n\npiped text");
    let alone = run_with(&mut glduo_at(&sandbox, "chat"), b"only this");
    assert_eq!((parts(&alone).0, question(&sandbox).as_str()), (0, "only this"));

    let mut file = tempfile::NamedTempFile::new().expect("a file");
    std::io::Write::write_all(&mut file, "from a file: é".as_bytes()).expect("written");
    let input = File::open(file.path()).expect("a file");
    let output = glduo_at(&sandbox, "chat hello").stdin(input).output().expect("an end");
    assert_eq!(parts(&output).0, 0, "{output:?}");
    assert_eq!(question(&sandbox), "hello\n\nfrom a file: é");
}

#[test]
fn nothing_on_it_is_no_input() {
    let sandbox = storefront();
    let null = glduo_at(&sandbox, "chat hello").stdin(Stdio::null()).output().expect("an end");
    assert_eq!((parts(&null).0, question(&sandbox).as_str()), (0, "hello"));
    let empty = run_with(&mut glduo_at(&sandbox, "chat hello"), b"");
    assert_eq!((parts(&empty).0, question(&sandbox).as_str()), (0, "hello"));
    let before = sandbox.requests().len();
    for input in [b"".as_slice(), b" \n\t\n"] {
        let (code, stdout, stderr) = parts(&run_with(&mut glduo_at(&sandbox, "chat"), input));
        assert_eq!((code, stdout.as_str()), (2, ""), "{input:?}");
        assert!(stderr.contains("\nhint: "), "{stderr}");
    }
    assert_eq!(sandbox.requests().len(), before, "nothing was sent");
}

#[test]
fn closed_input_is_no_input() {
    let sandbox = storefront();
    for (line, code) in [("chat hello", 0), ("chat", 2)] {
        let connected = glduo_at(&sandbox, "");
        let variables = connected.get_envs().filter_map(|(name, value)| Some((name, value?)));
        let script = format!("exec \"$0\" {line} <&-");
        let mut shell = std::process::Command::new("/bin/sh");
        shell.args(["-c", &script, env!("CARGO_BIN_EXE_glduo")]).env_clear().envs(variables);
        let output = shell.output().expect("an end");
        assert_eq!(parts(&output).0, code, "{line}: {output:?}");
    }
}

#[test]
fn a_pipe_that_stays_open_and_silent_is_waited_for_so_long_and_no_longer() {
    let sandbox = storefront();
    for line in ["chat hello", "mr note 42", "issue note 27 -f -"] {
        let mut child = spawn(&mut glduo_at(&sandbox, &format!("{line} --json --timeout 1")));
        let held = child.stdin.take();
        let (code, stdout, stderr) = parts(&child.wait_with_output().expect("an end"));
        drop(held);
        assert_eq!((code, stdout.as_str()), (6, ""), "{line}: {stderr}");
        assert!(stderr.contains("\"code\":\"timeout\""), "{line}: {stderr}");
        assert_eq!(sandbox.requests().len(), 0, "{line}");
    }
}

#[test]
fn input_that_is_not_wanted_is_not_waited_for() {
    let sandbox = storefront();
    let mut child = spawn(&mut glduo_at(&sandbox, "chat -n hello"));
    let held = child.stdin.take();
    let output = child.wait_with_output().expect("an end");
    drop(held);
    assert_eq!((parts(&output).0, question(&sandbox).as_str()), (0, "hello"));
}

#[test]
fn bytes_that_are_no_text_do_not_crash_it() {
    let sandbox = storefront();
    let output = run_with(&mut glduo_at(&sandbox, "chat hello"), b"\xff\xc0 rest");
    assert_eq!(parts(&output).0, 0, "{output:?}");
    assert!(question(&sandbox).ends_with(" rest"));
}

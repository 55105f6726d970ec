//! The real binary as a process of its own, in an environment that has nothing of the outer one.

use std::io::Write as _;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use glduo::sandbox::Sandbox;

/// What a test waits for at most; far more than any of them takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// The binary with these arguments, split at blanks, and no variable but a path for shells.
pub(crate) fn glduo(line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_glduo"));
    command.args(line.split_whitespace()).env_clear().env("PATH", "/usr/bin:/bin");
    // Not the project's own working tree, whose branch is no merge request's.
    command.current_dir(std::env::temp_dir()).stdin(Stdio::null());
    command
}

/// The same, connected to a sandbox.
pub(crate) fn glduo_at(sandbox: &Sandbox, line: &str) -> Command {
    let mut command = glduo(line);
    command
        .env("GITLAB_INSTANCE_URL", sandbox.url())
        .env("GITLAB_AI_GATEWAY_URL", sandbox.gateway_url())
        .env("GITLAB_TOKEN", sandbox.token())
        .env("GITLAB_REPO", sandbox.project());
    command
}

/// A process with pipes on all three streams.
pub(crate) fn spawn(command: &mut Command) -> Child {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    piped.spawn().expect("the binary")
}

/// Runs it with this on standard input, which is a pipe.
pub(crate) fn run_with(command: &mut Command, input: &[u8]) -> Output {
    let mut child = spawn(command);
    // Who does not read it is free not to.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    child.wait_with_output().expect("an end")
}

/// Exit code and both streams; the code is -1 where a signal ended it.
pub(crate) fn parts(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// Whether this process ignores SIGHUP, as under nohup: its children do then, too.
pub(crate) fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & 1 == 1)
}

/// Sends a signal by its name.
pub(crate) fn signal(child: &Child, name: &str) {
    let kill = format!("kill -{name} {}", child.id());
    assert!(Command::new("/bin/sh").args(["-c", &kill]).status().expect("a shell").success());
}

/// Waits until something is so.
pub(crate) fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "it never came to be: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

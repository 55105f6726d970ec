//! The real binary on a terminal of its own, which util-linux's `script` makes: what becomes of
//! the terminal when a hidden prompt does not end by an answer.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::process::{ignores_hangup, wait_until};
use crate::support::world::World;

/// Starts the prompt for a token, in a shell that says afterwards how it ended and how the
/// terminal is; `shown` is where the terminal's output goes.
fn prompt(world: &World) -> (Child, PathBuf) {
    let shown = world.path("shown");
    let program = env!("CARGO_BIN_EXE_glduo");
    let prompt = format!("echo $$ > {}; exec {program} connect --token", pid(world).display());
    let line = format!("sh -c '{prompt}'; echo \"code $?\"; stty -a");
    let mut command = Command::new("script");
    command
        .args(["--quiet", "--flush", "--command", &line])
        .arg(&shown)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("SHELL", "/bin/sh")
        .env("HOME", world.path("home"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null());
    let child = command.spawn().expect("script of util-linux");
    wait_until("the prompt", || text(&shown).contains("Token:"));
    // The terminal shows nothing of what is typed a moment after the question.
    std::thread::sleep(Duration::from_millis(200));
    (child, shown)
}

fn pid(world: &World) -> PathBuf {
    world.path("pid")
}

fn text(path: &Path) -> String {
    let mut bytes = Vec::new();
    let _ = std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

fn assert_ended(mut child: Child, shown: &Path, code: u8) {
    child.wait().expect("an end");
    let shown = text(shown);
    assert!(shown.contains(&format!("code {code}\r\n")), "{shown}");
    for is_on in ["isig", "icanon", "echo"] {
        assert!(shown.split_whitespace().any(|word| word == is_on), "{is_on} in {shown}");
    }
}

#[test]
#[cfg_attr(not(has_script), ignore = "script of util-linux is not installed")]
fn ctrl_c_at_the_hidden_prompt_leaves_the_terminal_as_it_was() {
    let world = World::new();
    let (mut child, shown) = prompt(&world);
    child.stdin.as_mut().expect("a pipe").write_all(b"glpat-half\x03").expect("typed");
    assert_ended(child, &shown, 130);
    assert!(!text(&world.path("shown")).contains("glpat-half"));
}

#[test]
#[cfg_attr(not(has_script), ignore = "script of util-linux is not installed")]
fn so_does_every_other_signal_that_ends_it() {
    for (name, code) in [("HUP", 129), ("QUIT", 131), ("TERM", 143)] {
        if name == "HUP" && ignores_hangup() {
            continue;
        }
        let world = World::new();
        let (child, shown) = prompt(&world);
        let kill = format!("kill -{name} {}", text(&pid(&world)));
        assert!(Command::new("/bin/sh").args(["-c", &kill]).status().expect("a shell").success());
        assert_ended(child, &shown, code);
    }
}

#[test]
#[cfg_attr(not(has_script), ignore = "script of util-linux is not installed")]
fn ctrl_d_is_no_answer() {
    let world = World::new();
    let (mut child, shown) = prompt(&world);
    child.stdin.as_mut().expect("a pipe").write_all(b"\x04").expect("typed");
    assert_ended(child, &shown, 2);
    let shown = text(&shown);
    assert!(shown.contains("\r\nglduo: error: the question was left without an answer"), "{shown}");
}

//! Children: what they see, what they leave behind, and when they end.
#![cfg(unix)]

use std::time::{Duration, Instant};

use super::*;

fn command(program: &str, arguments: &[&str]) -> Call {
    let arguments = arguments.iter().map(|text| (*text).to_owned()).collect();
    Call::program(program.to_owned(), arguments, Timeout::default())
}

#[test]
fn a_child_sees_no_credentials_no_input_no_descriptors_and_no_terminal() {
    let mut world = World::new();
    let mut pairs: Vec<_> = world.env.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    pairs.extend([("CI_JOB_TOKEN".into(), "x".into()), ("LC_ALL".into(), "C".into())]);
    pairs.push(("PATH".into(), ":.:relative:/usr/bin:/bin".into()));
    world.env = Environment::of(pairs);
    let text = world.ok(command("env", &[]));
    let mut names: Vec<&str> = text.lines().filter_map(|line| line.split('=').next()).collect();
    names.sort_unstable();
    assert_eq!(names, ["HOME", "LC_ALL", "PATH", "TERM"], "{text}");
    assert!(text.contains("PATH=/usr/bin:/bin\n") && text.contains("TERM=dumb\n"));
    assert_eq!(world.ok(shell("cat; echo end")), "end\n");
    let held = rustix::io::dup(std::fs::File::open("/dev/zero").expect("a file")).expect("a copy");
    assert_eq!(rustix::io::fcntl_getfd(&held).expect("flags"), rustix::io::FdFlags::empty());
    let listed = world.ok(shell("ls -l /proc/self/fd 2>/dev/null"));
    assert!(!listed.contains("/dev/zero"), "{listed}");
}

#[test]
fn arguments_are_never_a_shells_and_a_shell_line_is_one_argument() {
    let world = World::new();
    let hostile = "a; touch chained $(touch expanded) `touch ticked` > redirected && x";
    assert_eq!(world.ok(command("printf", &["%s|", hostile, ""])), format!("{hostile}||"));
    assert_eq!(world.ok(list("")), "");
    assert_eq!(world.ok(shell("echo one; echo two | tr o 0")), "one\ntw0\n");
    assert!(world.no(command("echo one", &[])).contains("no such program"));
    assert!(world.no(command("", &[])).contains("no such program"));
}

#[test]
fn a_program_is_found_on_path_and_not_where_the_repository_put_one() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut world = World::new();
    world.put("work/ls", "#!/bin/sh\necho planted\n");
    fs::set_permissions(world.path("work/ls"), fs::Permissions::from_mode(0o755)).expect("a mode");
    world.env = Environment::of([("PATH", ".::/usr/bin:/bin")]);
    assert_eq!(world.ok(command("ls", &[])), "ls\n");
    assert_eq!(world.ok(command("./ls", &[])), "planted\n");
    assert_eq!(world.ok(shell("ls")), "ls\n");
}

#[test]
fn a_failure_is_told_with_the_output() {
    let world = World::new();
    assert_eq!(world.no(shell("echo out; echo err >&2; exit 3")), "out\nerr\n[exit status: 3]");
}

/// Starts grandchildren in the background and says their numbers.
const FAMILY: &str = "sleep 300 & echo $! >> pids; (sleep 300 & echo $! >> pids; wait) & ";

fn assert_all_gone(world: &World) {
    let pids = world.get("work/pids");
    assert_eq!(pids.lines().count(), 2, "{pids}");
    for pid in pids.lines() {
        let gone = || match fs::read_to_string(format!("/proc/{pid}/stat")) {
            Ok(stat) => stat.contains(") Z "),
            Err(_) => true,
        };
        let begun = Instant::now();
        while !gone() && begun.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(gone(), "{pid} is alive");
    }
}

#[test]
fn the_time_limit_ends_the_whole_family() {
    let world = World::new();
    let tools = world.tools().with_command_time(Duration::from_millis(700));
    let begun = Instant::now();
    let outcome = run(&tools, shell(&format!("echo begun; {FAMILY} wait")));
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert!(!outcome.ok && outcome.text == "begun\n[killed after 0.7 s]", "{}", outcome.text);
    assert_all_gone(&world);
}

#[test]
fn the_time_that_the_agent_asks_for_takes_the_place_of_the_default() {
    let world = World::new();
    let timeout = Timeout(Some(Duration::from_secs(1)));
    let text = world.no(Call::Shell { command: "sleep 60".to_owned(), timeout });
    assert_eq!(text, "[killed after 1 s]");
    let tools = world.tools().with_command_time(Duration::from_millis(1));
    let timeout = Timeout(Some(Duration::from_mins(1)));
    assert!(run(&tools, Call::Shell { command: "sleep 0.1".to_owned(), timeout }).ok);
}

#[test]
fn a_cancelled_command_ends_with_its_whole_family() {
    let world = World::new();
    let cancel = Cancel::default();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !world.path("work/ready").exists() {
                std::thread::sleep(Duration::from_millis(10));
            }
            cancel.cancel();
        });
        let line = format!("{FAMILY} sleep 0.3; touch ready; wait");
        let outcome = run_until(&world.tools(), shell(&line), &cancel);
        assert_eq!(outcome.text, "canceled by the user");
    });
    assert_all_gone(&world);
}

#[test]
fn what_a_command_leaves_in_the_background_ends_with_it() {
    let world = World::new();
    let begun = Instant::now();
    assert_eq!(world.ok(shell(&format!("{FAMILY} sleep 0.3; echo done"))), "done\n");
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_all_gone(&world);
}

#[test]
fn who_leaves_the_group_and_holds_the_output_open_keeps_nobody_waiting() {
    let world = World::new();
    let begun = Instant::now();
    let outcome = world.run(shell("setsid sleep 20 & sleep 0.3; echo done"));
    assert_eq!(outcome.text, "done\n");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_flood_is_cut_in_the_middle_and_ended() {
    let world = World::new();
    let text =
        world.ok(shell("echo first; head -c 3000000 /dev/zero | tr '\\0' x; echo; echo last"));
    assert!(text.starts_with("first\nxxx") && text.ends_with("x\nlast\n"));
    assert!(text.len() < 140_000 && text.contains("bytes omitted here"));
    let text = world.no(shell("yes"));
    assert!(text.len() < 140_000 && text.ends_with("[killed: it printed too much]"));
}

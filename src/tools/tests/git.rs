//! Git in repositories that want to run something.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::*;

fn plain_git(world: &World, arguments: &[&str]) {
    let status = Command::new("git")
        .args(["-c", "user.name=Me", "-c", "user.email=me@example.com"])
        .args(arguments)
        .current_dir(world.path("work"))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("HOME", world.path("home"))
        .output()
        .expect("git runs");
    assert!(status.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&status.stderr));
}

fn repository() -> World {
    let world = World::new();
    plain_git(&world, &["init", "-q", "-b", "main"]);
    world.put("work/a.txt", "one\n");
    world.put("work/.env", "TOKEN=needle\n");
    plain_git(&world, &["add", "."]);
    plain_git(&world, &["commit", "-qm", "first"]);
    world
}

const READING: [&str; 12] = [
    "status",
    "status --porcelain",
    "log -p",
    "log --oneline --stat",
    "show HEAD",
    "show HEAD:a.txt",
    "diff",
    "diff HEAD -- a.txt",
    "blame a.txt",
    "branch -vv",
    "ls-files -m",
    "describe --always",
];

#[test]
fn reading_commands_read() {
    let world = repository();
    world.put("work/a.txt", "one\ntwo\n");
    assert_eq!(world.ok(git("rev-parse --abbrev-ref HEAD")), "main\n");
    assert_eq!(world.ok(git("status --porcelain")), " M a.txt\n");
    assert!(world.ok(git("diff")).ends_with("@@ -1 +1,2 @@\n one\n+two\n"));
    assert!(world.ok(git("diff a.txt")).contains("+two"));
    assert_eq!(world.ok(git("show HEAD:a.txt")), "one\n");
    assert!(world.ok(git("log --oneline")).ends_with("first\n"));
    assert!(world.ok(git("branch")).contains("main"));
    world.ok(git("branch new"));
    assert!(!world.ok(git("branch")).contains("new"), "`branch new` lists, it makes none");
    world.put("work/sub/x", "");
    for line in READING {
        world.ok(git(line));
    }
}

#[test]
fn files_with_secrets_are_left_out_of_what_is_shown() {
    let world = repository();
    world.put("work/.env", "TOKEN=needle2\n");
    for line in ["show HEAD", "show", "log -p", "diff", "diff HEAD", "diff -- '.e*'"] {
        assert!(!world.ok(git(line)).contains("needle"), "{line}");
    }
    assert!(world.ok(git("show HEAD")).contains("+one"));
    for line in ["show HEAD:.env", "blame .env", "diff -- .env"] {
        assert!(world.no(git(line)).contains("files with secrets"), "{line}");
    }
}

/// Everything in a repository's configuration and attributes that names a program a reading
/// command could start.
#[test]
fn no_program_that_the_repository_names_is_run() {
    let world = repository();
    let touched = world.path("touched");
    let evil = world.path("evil");
    let script = format!("#!/bin/sh\necho \"$0 $*\" >> '{}'\ncat\n", touched.display());
    world.put("evil", script);
    fs::set_permissions(&evil, fs::Permissions::from_mode(0o755)).expect("a mode");
    let evil = evil.display().to_string();
    for key in [
        "core.fsmonitor",
        "core.pager",
        "core.editor",
        "core.sshCommand",
        "core.askPass",
        "core.alternateRefsCommand",
        "diff.external",
        "pager.log",
        "pager.diff",
        "pager.status",
        "pager.branch",
        "credential.helper",
        "gpg.program",
        "filter.x.clean",
        "filter.x.smudge",
        "filter.y.z.process",
        "diff.x.textconv",
        "diff.x.command",
        "interactive.diffFilter",
        "alias.status",
    ] {
        plain_git(&world, &["config", key, &evil]);
    }
    let hooks = world.path("hooks");
    fs::create_dir(&hooks).expect("a directory");
    for hook in ["post-index-change", "fsmonitor-watchman"] {
        fs::copy(world.path("evil"), hooks.join(hook)).expect("a hook");
    }
    let hooks = hooks.display().to_string();
    for (key, value) in [
        ("core.hooksPath", hooks.as_str()),
        ("filter.x.required", "true"),
        ("log.showSignature", "true"),
        ("format.pretty", "%G?"),
        ("core.worktree", "/etc"),
    ] {
        plain_git(&world, &["config", key, value]);
    }
    world.put("work/.git/info/attributes", "*.txt filter=x diff=x\n*.md filter=y.z\n");
    world.put("work/a.txt", "two\n");
    world.put("work/b.md", "two\n");
    for line in READING {
        let text = world.ok(git(line));
        assert!(!touched.exists(), "{line}: {}", world.get("touched"));
        assert!(!text.contains("passwd"), "{line}");
    }
    // The same configuration is as bad as it looks where nothing is hardened.
    plain_git(&world, &["config", "--unset", "core.worktree"]);
    let _ = Command::new("git").arg("diff").current_dir(world.path("work")).output();
    assert!(touched.exists());
}

#[test]
fn a_filter_that_cannot_be_turned_off_stops_git() {
    let world = repository();
    plain_git(&world, &["config", "filter.a=b.clean", "false"]);
    assert!(world.no(git("status")).contains("cannot be used safely"));
}

#[test]
fn there_is_no_git_without_a_repository_or_around_the_rules() {
    let world = World::new();
    assert_eq!(world.no(git("status")), "not in a git repository");
    let world = repository();
    assert!(world.no(git("push")).contains("not one of the reading commands"));
    assert!(world.no(git("diff --no-index /etc/passwd a.txt")).contains("not allowed"));
    assert!(world.no(git("diff ../outside/secret a.txt")).contains("not allowed"));
    assert!(world.no(git("log --output=x")).contains("not allowed"));
    assert!(!world.path("work/x").exists());
}

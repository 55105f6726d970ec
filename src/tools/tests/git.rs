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
    // The same configuration does run a program if git reads it.
    plain_git(&world, &["config", "--unset", "core.worktree"]);
    let _ = Command::new("git").arg("diff").current_dir(world.path("work")).output();
    assert!(touched.exists());
}

/// The output of git outside the fences.
fn git_says(world: &World, arguments: &[&str]) -> String {
    let output = Command::new("git").args(arguments).current_dir(world.path("work")).output();
    String::from_utf8(output.expect("git runs").stdout).expect("text").trim().to_owned()
}

#[test]
fn an_object_is_shown_only_as_a_commit_or_by_its_path() {
    let world = repository();
    let blob = git_says(&world, &["rev-parse", "HEAD:.env"]);
    let tree = git_says(&world, &["rev-parse", "HEAD^{tree}"]);
    plain_git(&world, &["tag", "light", &blob]);
    plain_git(&world, &["tag", "-am", "x", "annotated", &blob]);
    plain_git(&world, &["tag", "-am", "x", "release"]);
    plain_git(&world, &["update-ref", "refs/heads-of-blobs/x", &blob]);
    let short = &blob[..8];
    for argument in [
        blob.as_str(),
        short,
        &tree,
        "light",
        "annotated",
        "annotated^{}",
        "refs/tags/light",
        "refs/heads-of-blobs/x",
        "HEAD^{tree}",
        &format!("{blob}^{{blob}}"),
        &format!("HEAD..{blob}"),
        &format!("^{blob}"),
    ] {
        for command in ["show", "diff HEAD", "log -p"] {
            let outcome = world.run(git(&format!("{command} {argument}")));
            assert!(outcome.refused, "{command} {argument}: {}", outcome.text);
            assert!(!outcome.text.contains("needle"), "{command} {argument}: {}", outcome.text);
        }
    }
    for line in ["show --tags", "tag -n9", "describe light", "branch --contains light"] {
        assert!(!world.run(git(line)).text.contains("needle"), "{line}");
    }
    world.put("work/.config/gh/hosts.yml", "needle");
    plain_git(&world, &["add", "-f", "."]);
    plain_git(&world, &["commit", "-qm", "second"]);
    for line in [
        "diff HEAD:.env HEAD:a.txt",
        "diff HEAD:a.txt..HEAD:.env",
        "diff HEAD~:.config HEAD:.config",
        "diff HEAD~: HEAD:",
        "diff HEAD:a.txt HEAD",
        "diff HEAD:a.txt .env",
        "show :.env",
        "show :0:.env",
        "show HEAD:./.env",
        "show HEAD:.config/gh/hosts.yml",
        "show @{0}:.env",
    ] {
        let outcome = world.run(git(line));
        assert!(!outcome.ok && !outcome.text.contains("needle"), "{line}: {}", outcome.text);
    }
    for line in ["show release", "show HEAD:", "diff HEAD~ HEAD", "log HEAD~..release -p"] {
        assert!(!world.ok(git(line)).contains("needle"), "{line}");
    }
    plain_git(&world, &["mv", "a.txt", "b.txt"]);
    world.put("work/b.txt", "two\n");
    plain_git(&world, &["commit", "-qam", "third"]);
    assert!(world.ok(git("diff HEAD~:a.txt HEAD:b.txt")).ends_with("-one\n+two\n"));
}

#[test]
fn what_is_ignored_is_not_shown_by_its_path_either() {
    let world = repository();
    world.put("work/private.txt", "needle");
    plain_git(&world, &["add", "."]);
    plain_git(&world, &["commit", "-qm", "second"]);
    world.put("work/.gitignore", "private.txt\n");
    for line in ["show HEAD:private.txt", "show HEAD:./private.txt", "blame private.txt"] {
        assert!(world.run(git(line)).refused, "{line}");
    }
}

/// Every key of git's configuration that names a file or an object of which git tells something.
#[test]
fn no_file_that_the_configuration_names_is_read() {
    let world = repository();
    let secret = world.path("outside/secret").display().to_string();
    let blame = format!("[blame]\n\tignoreRevsFile = {secret}\n");
    let mut config = world.get("work/.git/config") + &blame;
    world.put("work/.git/config", &config);
    world.put("work/.git/config.worktree", &blame);
    let mut plain = Command::new("git");
    let output = plain.args(["blame", "a.txt"]).current_dir(world.path("work")).output();
    let said = output.expect("git runs").stderr;
    assert!(String::from_utf8_lossy(&said).contains("the outside"), "git itself reads the file");
    for (section, key) in [
        ("core", "attributesFile"),
        ("core", "excludesFile"),
        ("core", "hooksPath"),
        ("core", "worktree"),
        ("mailmap", "file"),
        ("mailmap", "blob"),
        ("diff", "orderFile"),
        ("commit", "template"),
        ("gpg \"ssh\"", "allowedSignersFile"),
        ("gpg \"ssh\"", "revocationFile"),
        ("http", "sslKey"),
        ("fsck", "skipList"),
        ("include", "path"),
        ("includeIf \"gitdir:/\"", "path"),
        ("extensions", "worktreeConfig = true #"),
    ] {
        config.extend(["[", section, "]\n\t", key, " = ", &secret, "\n"]);
    }
    world.put("work/.git/config", &config);
    for line in READING {
        assert!(!world.ok(git(line)).contains("the outside"), "{line}");
    }
}

#[test]
fn what_reading_needs_of_the_configuration_stays() {
    let world = repository();
    plain_git(&world, &["branch", "other"]);
    plain_git(&world, &["update-ref", "refs/remotes/origin/main", "HEAD"]);
    for (key, value) in [
        ("remote.origin.url", "https://me:hunter2@gitlab.example.com/a/b.git"),
        ("remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"),
        ("branch.main.remote", "origin"),
        ("branch.main.merge", "refs/heads/main"),
    ] {
        plain_git(&world, &["config", key, value]);
    }
    let text = world.ok(git("branch -vv"));
    assert!(text.contains("[origin/main]") && !text.contains("hunter2"), "{text}");
    assert_eq!(world.ok(git("rev-parse --abbrev-ref main@{upstream}")), "origin/main\n");
    world.put("work/.git/config", "[core\n");
    assert!(world.no(git("status")).contains("configuration cannot be read"));
}

#[test]
fn a_linked_work_tree_and_other_formats_are_read() {
    let world = repository();
    plain_git(&world, &["worktree", "add", "-q", "../linked", "-b", "linked"]);
    let linked = Workspace::open(&world.path("linked"), &world.boundaries, &world.env);
    let tools = Tools::new(linked.expect("a workspace"), world.env.clone());
    assert_eq!(run(&tools, git("rev-parse --abbrev-ref HEAD")).text, "linked\n");
    assert_eq!(run(&tools, git("show HEAD:a.txt")).text, "one\n");
    for format in ["--object-format=sha256", "--ref-format=reftable"] {
        let world = World::new();
        plain_git(&world, &["init", "-q", "-b", "main", format]);
        world.put("work/a.txt", "one\n");
        plain_git(&world, &["add", "."]);
        plain_git(&world, &["commit", "-qm", "first"]);
        assert!(world.ok(git("log --oneline")).ends_with("first\n"), "{format}");
        assert_eq!(world.ok(git("status --porcelain")), "", "{format}");
    }
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

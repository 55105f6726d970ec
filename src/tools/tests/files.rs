//! Reading, writing, editing and searching within the bounds.

use super::*;

#[test]
fn a_write_replaces_the_whole_file_makes_its_parents_and_leaves_nothing_else() {
    let world = World::new();
    world.ok(write("new/deep/a", "one"));
    world.ok(write("new/deep/a", "two"));
    assert_eq!(world.get("work/new/deep/a"), "two");
    assert_eq!(world.ok(list("new/deep")), "a\n");
    assert!(world.no(write("new", "x")).contains("not a regular file"));
    assert!(world.no(write("new/deep/a/b", "x")).contains("not a directory"));
    assert!(world.no(write("missing/../a", "x")).contains("no such file"));
    world.ok(mkdir("new/other/one"));
    world.ok(mkdir("new/other/one"));
    assert!(world.path("work/new/other/one").is_dir());
    assert!(world.no(mkdir("new/deep/a")).contains("not a directory"));
}

#[cfg(unix)]
#[test]
fn a_written_file_keeps_its_mode_and_a_read_only_one_its_contents() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    world.put("work/run", "old");
    let mode = |mode| fs::set_permissions(world.path("work/run"), fs::Permissions::from_mode(mode));
    mode(0o754).expect("a mode");
    world.ok(write("run", "new"));
    let kept = world.path("work/run").metadata().expect("a file").permissions().mode();
    assert_eq!(kept & 0o7777, 0o754);
    mode(0o444).expect("a mode");
    assert!(world.no(write("run", "x")).contains("read-only"));
    assert_eq!(world.get("work/run"), "new");
}

#[test]
fn an_edit_that_is_not_exactly_one_changes_nothing_and_says_why() {
    let world = World::new();
    world.put("work/a", "one two two");
    assert!(world.no(edit("a", "three", "x")).ends_with("found 0 times"));
    assert!(world.no(edit("a", "two", "x")).contains("found 2 times"));
    assert_eq!(world.get("work/a"), "one two two");
    world.ok(edit("a", "one", "1"));
    assert_eq!(world.get("work/a"), "1 two two");
    world.put("work/latin", b"caf\xe9");
    assert!(world.no(edit("latin", "caf", "x")).contains("not a text file"));
    assert!(world.no(edit("missing", "a", "b")).contains("no such file"));
}

#[test]
fn a_huge_file_is_read_in_parts_that_join() {
    let world = World::new();
    let lines: Vec<String> = (0..60_000).map(|number| format!("line {number}\n")).collect();
    let text = lines.concat();
    world.put("work/big", &text);
    let first = world.ok(read("big"));
    assert!(first.len() < 140_000);
    let offset = first.rsplit_once("offset ").expect("a mark").1.trim_end_matches(']');
    let offset: u64 = offset.parse().expect("a number");
    let call = Call::Read { path: "big".to_owned(), offset: Some(offset), limit: Some(2) };
    let next = world.ok(call);
    let expected = format!("line {offset}\nline {}\n", offset + 1);
    assert!(next.starts_with(&expected), "{next}");
    let call = Call::Read { path: "big".to_owned(), offset: Some(70_000), limit: None };
    assert!(world.ok(call).contains("no more than 70000 lines"));
}

#[test]
fn what_is_no_text_and_no_file_is_said_to_be_none() {
    let world = World::new();
    world.put("work/binary", b"\x7fELF\0\0needle");
    world.put("work/latin", b"needle caf\xe9\n");
    assert!(world.no(read("binary")).contains("not a text file"));
    assert!(world.no(read("")).contains("not a regular file"));
    assert!(world.no(read("a\0b")).contains("a\0b"));
    assert_eq!(world.ok(read("latin")), "needle caf\u{fffd}\n");
    assert_eq!(world.ok(grep("needle", "")), "latin:1:needle caf\u{fffd}\n");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_no_file_and_nobody_waits_for_it() {
    let world = World::new();
    let made = std::process::Command::new("mkfifo").arg(world.path("work/pipe")).status();
    assert!(made.expect("mkfifo").success());
    assert!(world.no(read("pipe")).contains("not a regular file"));
    assert!(world.no(write("pipe", "x")).contains("not a regular file"));
    assert_eq!(world.ok(grep("x", "")), "");
}

#[test]
fn several_files_are_answered_each_by_itself() {
    let world = World::new();
    world.put("work/a", "A");
    let paths = ["a", "b", "../outside/secret"].map(str::to_owned).to_vec();
    let answer = world.ok(Call::ReadMany { paths });
    let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
    assert_eq!(answer["a"]["content"], "A");
    assert!(answer["b"]["error"].as_str().is_some_and(|error| error.contains("no such file")));
    assert!(answer["../outside/secret"]["error"].is_string());
}

#[test]
fn files_are_found_by_name_or_by_path() {
    let world = World::new();
    for path in ["a.rs", "src/b.rs", "src/deep/c.rs", "src/d.txt"] {
        world.put(&format!("work/{path}"), "");
    }
    assert_eq!(world.ok(find("*.rs")), "a.rs\nsrc/b.rs\nsrc/deep/c.rs\n");
    assert_eq!(world.ok(find("src/*.rs")), "src/b.rs\n");
    assert_eq!(world.ok(find("src/**/c.*")), "src/deep/c.rs\n");
    assert_eq!(world.ok(find("none")), "");
    assert_eq!(world.ok(list("src")), "b.rs\nd.txt\ndeep/\n");
    assert_eq!(world.ok(list("")), "a.rs\nsrc/\n");
}

#[test]
fn matches_are_bounded_and_say_so() {
    let world = World::new();
    world.put("work/many", "needle\n".repeat(5_000));
    let text = world.ok(grep("needle", ""));
    assert_eq!(text.lines().count(), 1_001);
    assert!(text.ends_with("there may be more matches; narrow the search]\n"));
    let case_insensitive = Call::Grep {
        keywords: vec!["[x]".to_owned(), "NEEDLE".to_owned()],
        directory: "many".to_owned(),
        case_insensitive: true,
    };
    assert!(world.ok(case_insensitive).starts_with("many:1:needle\n"));
}

#[test]
fn a_keyword_is_taken_literally_and_any_of_them_matches() {
    let world = World::new();
    world.put("work/a", "a.b\naxb\n(c\nB\n");
    assert_eq!(world.ok(grep("a.b", "")), "a:1:a.b\n");
    let keywords = vec!["(c".to_owned(), "b".to_owned()];
    let directory = "a".to_owned();
    let call = Call::Grep { keywords, directory, case_insensitive: true };
    assert_eq!(world.ok(call), "a:1:a.b\na:2:axb\na:3:(c\na:4:B\n");
}

#[test]
fn a_cancelled_run_does_nothing_more() {
    let world = World::new();
    let cancel = Cancel::default();
    cancel.cancel();
    assert!(!run_until(&world.tools(), write("a", "x"), &cancel).ok);
    assert!(!world.path("work/a").exists());
}

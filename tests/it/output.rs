//! What is printed for people and what for programs, and that nothing from elsewhere reaches a
//! terminal as more than text.

use std::io::{self, Write};

use glduo::sandbox::{Reply, Sandbox};
use glduo::system::streams::Output;
use unicode_width::UnicodeWidthStr as _;

use crate::support::gitlab::{answering, at_home, merge_request, storefront, with_merge_requests};
use crate::support::world::{Sink, World};

/// A text that would recolour a terminal, rename its window, turn its line around, move its
/// cursor and break a table: as JSON has it, and as it is.
const HOSTILE_JSON: &str = r"a\u001b[31mb\u001b]0;t\u0007c\u202ed\te\nf\rg\u009b2Jh\u0000i\u2066j";

fn hostile() -> Sandbox {
    answering(|request| {
        let row = format!(
            r#"{{"id":7,"iid":7,"title":"{HOSTILE_JSON}","description":"{HOSTILE_JSON}","state":"opened","source_branch":"{HOSTILE_JSON}","target_branch":"main","author":{{"username":"{HOSTILE_JSON}","name":"x"}},"updated_at":"2026-11-21T10:00:00.000Z","web_url":"https://gitlab.example.com/7"}}"#
        );
        let path = request.path();
        if path.ends_with("/diffs") {
            let diff = format!(
                r#"[{{"diff":"@@ -1 +1 @@\n-a\n+{HOSTILE_JSON}\n","new_path":"{HOSTILE_JSON}","old_path":"x","a_mode":"100644","b_mode":"100644","new_file":false,"renamed_file":true,"deleted_file":false}}]"#
            );
            Some(Reply::json(200, diff))
        } else if path.ends_with("/merge_requests") {
            Some(Reply::json(200, format!("[{row}]")))
        } else {
            path.ends_with("/merge_requests/7").then(|| Reply::json(200, row))
        }
    })
}

/// Where issues, pipelines and jobs have that text.
fn hostile_elsewhere() -> Sandbox {
    answering(|request| {
        let name = format!("\"{HOSTILE_JSON}\"");
        let user = format!(r#"{{"username":{name},"name":{name}}}"#);
        let issue = format!(
            r#"{{"id":7,"iid":7,"title":{name},"description":{name},"state":"opened","labels":[{name}],"author":{user},"assignees":[{user}],"milestone":{{"title":{name}}},"updated_at":"2026-11-21T10:00:00.000Z","web_url":{name}}}"#
        );
        let pipeline = format!(
            r#"{{"id":7,"iid":7,"status":"failed","ref":{name},"sha":{name},"source":{name},"name":{name},"user":{user},"updated_at":"2026-11-21T10:00:00.000Z","web_url":{name}}}"#
        );
        let job = format!(
            r#"{{"id":8,"name":{name},"stage":{name},"status":"failed","failure_reason":{name},"allow_failure":false,"web_url":{name},"pipeline":{{"id":7}}}}"#
        );
        let note = format!(r#"{{"id":1,"body":{name},"author":{user},"created_at":{name}}}"#);
        let path = request.path();
        let answer = |suffix: &str, body: String| path.ends_with(suffix).then_some(body);
        let body = answer("/issues", format!("[{issue}]"))
            .or_else(|| answer("/issues/7", issue))
            .or_else(|| answer("/issues/7/notes", format!("[{note}]")))
            .or_else(|| answer("/pipelines", format!("[{pipeline}]")))
            .or_else(|| answer("/pipelines/7", pipeline))
            .or_else(|| answer("/pipelines/7/jobs", format!("[{job}]")))
            .or_else(|| answer("/pipelines/7/bridges", "[]".to_owned()))
            .or_else(|| answer("/jobs/8", job))?;
        Some(Reply::json(200, body))
    })
}

/// Only line ends and tabs, and the colours that are our own.
fn is_harmless(text: &str, with_colours: bool) -> bool {
    let own = ["\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[36m", "\x1b[33m"];
    let mut plain = text.to_owned();
    for sequence in own.iter().filter(|_| with_colours).chain(&["\x1b[31m-a"]) {
        plain = plain.replace(sequence, "");
    }
    plain.chars().all(|c| {
        matches!(c, '\n' | '\t')
            || !(c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
    })
}

#[test]
fn hostile_text_is_only_text_on_a_terminal() {
    let sandbox = hostile();
    let world = at_home(&sandbox).on_terminal(250);
    for line in
        ["mr list", "mr show 7", "mr show 7 --diff", "mr list --json", "mr list -q .[].title"]
    {
        let outcome = world.run(line);
        assert_eq!(outcome.code, 0, "{line}: {outcome:?}");
        assert!(outcome.stdout.contains('j'), "{line}");
        assert!(is_harmless(&outcome.stdout, true), "{line}: {:?}", outcome.stdout);
    }
    let table = world.run("mr list");
    assert_eq!(table.stdout.lines().count(), 2, "a heading and one row: {}", table.stdout);
    let page = at_home(&sandbox).run("mr show 7");
    assert!(is_harmless(&page.stdout, false), "pages are piped into pagers: {:?}", page.stdout);
}

#[test]
fn hostile_names_of_issues_pipelines_and_jobs_are_only_text() {
    let sandbox = hostile_elsewhere();
    for (line, code, rows) in [
        ("issue list", 0, 1),
        ("issue show 7 -c", 0, 0),
        ("issue show 7 -w", 0, 0),
        ("pipeline list", 0, 1),
        ("pipeline show 7 --exit-status", 3, 1),
        ("pipeline show 7 -j 8", 0, 1),
        ("pipeline show 7 --watch", 3, 1),
    ] {
        let seen = at_home(&sandbox).on_terminal(250).run(line);
        assert_eq!(seen.code, code, "{line}: {seen:?}");
        for text in [&seen.stdout, &seen.stderr] {
            // What failed is red by our own doing.
            let text = text.replace("a\x1b[31mb", "\x07").replace("\x1b[31m", "");
            assert!(is_harmless(&text, true), "{line}: {seen:?}");
        }
        assert!(seen.stdout.contains('j'), "{line}: {seen:?}");
        let piped = at_home(&sandbox).run(line);
        assert_eq!(piped.code, code, "{line}: {piped:?}");
        if rows > 0 {
            assert_eq!(piped.stdout.matches('\n').count(), rows, "{line}: {piped:?}");
        }
    }
}

#[test]
fn a_pipe_gets_one_line_a_row_and_json_to_the_byte() {
    let sandbox = hostile();
    let world = at_home(&sandbox);
    let lines = world.run("mr list");
    assert_eq!(lines.stdout.matches('\n').count(), 1, "{:?}", lines.stdout);
    assert_eq!(lines.stdout.matches('\t').count(), 6, "{:?}", lines.stdout);
    assert!(!lines.stdout.contains('\r'), "{:?}", lines.stdout);
    let json = world.run("mr list --json");
    assert!(json.stdout.contains(&format!("\"title\":\"{HOSTILE_JSON}\"")), "{:?}", json.stdout);
    let title = "a\u{1b}[31mb\u{1b}]0;t\u{7}c\u{202e}d\te\nf\rg\u{9b}2Jh\0i\u{2066}j";
    assert_eq!(json.json()[0]["title"], title);
    let raw = world.run("mr list -q .[].title");
    assert_eq!(raw.stdout, format!("{title}\n"));
    // Still JSON that means the same, though a person looks at it.
    let seen = at_home(&sandbox).on_terminal(80).run("mr list --json");
    assert_eq!(seen.json()[0]["title"], title);
}

#[test]
fn the_servers_words_in_errors_are_only_text() {
    let sandbox = answering(|request| {
        let body = format!(r#"{{"message":"{HOSTILE_JSON}"}}"#);
        request.path().ends_with("/merge_requests").then(|| Reply::json(400, body))
    });
    for world in [at_home(&sandbox), at_home(&sandbox).on_terminal(80)] {
        let outcome = world.run("mr list");
        assert_eq!(outcome.code, 1);
        assert_eq!(outcome.stderr.lines().count(), 2, "{:?}", outcome.stderr);
        assert!(is_harmless(&outcome.stderr, false), "{:?}", outcome.stderr);
        let json = world.run("mr list --json");
        assert!(is_harmless(&json.stderr, false), "{:?}", json.stderr);
        assert!(json.error()["message"].as_str().is_some_and(|text| text.contains("a\u{1b}[31mb")));
    }
}

#[test]
fn arguments_are_only_text_too() {
    let sandbox = storefront();
    let world = at_home(&sandbox);
    for args in [["mr", "list", "--state", "\x1b[2Jx"], ["mr", "list", "-R", "\x1b[2J"]] {
        let outcome = world.run_args(&args);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
        assert!(is_harmless(&outcome.stderr, false), "{:?}", outcome.stderr);
    }
}

#[test]
fn a_pipe_gets_the_documented_columns_and_nothing_around_them() {
    let sandbox = storefront();
    let plain = |text: &str| {
        let parts = text.split('\x1b').map(|part| {
            part.split_once('m')
                .filter(|(sgr, _)| sgr.starts_with('['))
                .map_or(part, |(_, text)| text)
        });
        parts.collect::<String>()
    };
    for (line, forced, has_color) in [
        ("mr list -L 2 --quiet", "", false),
        ("mr list -L 2 --quiet", "1", true),
        ("mr list -L 2 --quiet --color always", "", true),
        ("mr list -L 2 --quiet --color never", "1", false),
    ] {
        let outcome = at_home(&sandbox).env("CLICOLOR_FORCE", forced).run(line);
        assert_eq!(outcome.stdout.contains("\x1b[32mopened\x1b[0m\t"), has_color, "{line}");
        let shown = if has_color { plain(&outcome.stdout) } else { outcome.stdout };
        assert_eq!(
            shown,
            "44\topened\tAdd EU size 44 to the size table\tpatch-1\tmain\tkit.moreau\t2026-11-21T07:56:28Z\n\
             43\topened\tDraft: Stream search results\tstream-search\tmain\t\t2026-11-20T09:37:06Z\n",
            "{line}"
        );
        assert_eq!(outcome.stderr, "");
    }
}

#[test]
fn colours_are_for_terminals_unless_something_says_otherwise() {
    let sandbox = storefront();
    let is_coloured = |world: World, line: &str| world.run(line).stdout.contains('\x1b');
    let seen = || at_home(&sandbox).on_terminal(100);
    let piped = || at_home(&sandbox);
    assert!(is_coloured(seen(), "mr list"));
    assert!(is_coloured(seen(), "mr show 42"));
    assert!(!is_coloured(seen(), "mr list --color never"));
    assert!(!is_coloured(seen().env("NO_COLOR", "1"), "mr list"));
    assert!(is_coloured(seen().env("NO_COLOR", ""), "mr list"), "empty is unset");
    assert!(is_coloured(seen().env("NO_COLOR", "1"), "mr list --color always"));
    assert!(!is_coloured(piped(), "mr show 42"));
    assert!(is_coloured(piped(), "mr show 42 --color always"));
    assert!(is_coloured(piped().env("CLICOLOR_FORCE", "1"), "mr show 42"));
    assert!(!is_coloured(piped().env("CLICOLOR_FORCE", "0"), "mr show 42"));
    assert!(!is_coloured(piped().env("CLICOLOR_FORCE", "1"), "mr show 42 --color never"));
    let mut dumb = seen();
    dumb.terminal.dumb = true;
    assert!(!is_coloured(dumb, "mr list"));
    assert!(!is_coloured(seen(), "mr list --json"), "JSON stays JSON");
    assert_eq!(piped().run("mr list --color blue").code, 2);
}

#[test]
fn a_patch_in_a_pipe_has_no_colour_even_where_colour_is_forced_on_terminals() {
    let sandbox = storefront();
    let plain = at_home(&sandbox).run("mr show 42 --diff").stdout;
    assert!(plain.starts_with("diff --git ") && !plain.contains('\x1b'));
}

#[test]
fn a_table_fits_every_terminal() {
    let titles = [
        "短い題名ですがとても長くて端末の幅には収まりません",
        "👩‍👩‍👧 family and flags 🇩🇪 and more words",
        "plain",
    ];
    let merge_requests = titles.iter().zip(1..).map(|(title, iid)| {
        let mut row = merge_request(iid);
        row.title = (*title).to_owned();
        row.source_branch = "a-branch-with-quite-a-long-name/and-more".to_owned();
        row
    });
    let sandbox = with_merge_requests(merge_requests.collect());
    for width in [60, 80, 100, 132, 200] {
        let outcome = at_home(&sandbox).on_terminal(width).run("mr list --color never");
        assert_eq!(outcome.code, 0);
        assert_eq!(outcome.stdout.lines().count(), 4, "{}", outcome.stdout);
        for line in outcome.stdout.lines() {
            assert!(line.width() <= usize::from(width), "{width}: {} {line}", line.width());
        }
        let first = outcome.stdout.lines().next().unwrap_or_default();
        for heading in ["MR", "STATE", "TITLE", "BRANCHES", "AUTHOR", "UPDATED"] {
            assert!(first.contains(heading), "{first}");
        }
    }
    let wide = at_home(&sandbox).on_terminal(200).run("mr list --color never");
    assert!(
        wide.stdout.contains(titles[0]) && wide.stdout.contains("2 days ago"),
        "{}",
        wide.stdout
    );
}

/// A stream that fails from the first write on.
struct Failing(io::ErrorKind);

impl Write for Failing {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_has_enough_is_no_error_and_a_full_disk_is_one() {
    let sandbox = storefront();
    let world = at_home(&sandbox);
    for args in [&["mr", "list"][..], &["mr", "show", "42"], &["mr", "list", "--json"], &["--help"]]
    {
        for (kind, code) in [(io::ErrorKind::BrokenPipe, 0), (io::ErrorKind::StorageFull, 1)] {
            let stderr = Sink::default();
            let ended =
                world.run_onto(args, Output::new(Failing(kind)), Output::new(stderr.clone()));
            assert_eq!(ended, code, "{args:?}: {}", stderr.text());
            assert_eq!(stderr.text().is_empty(), code == 0, "{args:?}: {}", stderr.text());
        }
    }
}

#[test]
fn standard_error_that_is_gone_does_not_take_the_answer_with_it() {
    let sandbox = storefront();
    let stdout = Sink::default();
    let broken = Output::new(Failing(io::ErrorKind::BrokenPipe));
    let code =
        at_home(&sandbox).run_onto(&["mr", "list", "-L", "1"], Output::new(stdout.clone()), broken);
    assert_eq!((code, stdout.text().lines().count()), (0, 1));
}

#[test]
fn help_and_version_are_answers() {
    let world = World::new();
    let version = world.run("--version");
    assert_eq!((version.code, version.stderr.as_str()), (0, ""));
    assert_eq!(version.stdout, concat!("glduo ", env!("CARGO_PKG_VERSION"), "\n"));
    for line in ["--help", "-h", "mr --help", "mr list --help", "mr show -h", "chat --help"] {
        let help = world.run(line);
        assert_eq!((help.code, help.stderr.as_str()), (0, ""), "{line}");
        assert!(help.stdout.contains("Usage: glduo"), "{line}: {}", help.stdout);
    }
}

#[test]
fn verbose_tells_of_each_request_and_only_on_standard_error() {
    let sandbox = storefront();
    let plain = at_home(&sandbox).run("mr list");
    for world in [at_home(&sandbox).env("GLDUO_DEBUG", "1"), at_home(&sandbox)] {
        let flag = if world.run("mr list").stderr.is_empty() { " -v" } else { "" };
        let told = world.run(&format!("mr list{flag}"));
        assert_eq!((told.code, &told.stdout), (0, &plain.stdout));
        assert_eq!(told.stderr.lines().count(), 1, "{}", told.stderr);
        for part in ["GET ", "/merge_requests?", " 200", " ms", "01SANDBOX"] {
            assert!(told.stderr.contains(part), "{part} is not in {}", told.stderr);
        }
    }
    assert_eq!(at_home(&sandbox).run("mr list -v --quiet").code, 2);
}

//! `mr show`: the page of text, the members that JSON adds, the browser.

use glduo::sandbox::Reply;

use crate::support::gitlab::{answering, asked, at_home, storefront};

#[test]
fn the_page_is_the_details_and_the_changes() {
    let sandbox = storefront();
    let outcome = at_home(&sandbox).run("mr show 39");
    let url = sandbox.url();
    let details = "!39 New favicon and a web manifest\n\
         State:     opened\n\
         Author:    t.alvarez\n\
         Branches:  favicon → main\n\
         Labels:    frontend\n\
         Assignees: t.alvarez\n\
         Reviewers: mira.okafor, priya.raman\n\
         Milestone: 3.9\n";
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert!(outcome.stdout.starts_with(details), "{}", outcome.stdout);
    let rest = [
        "Created:   2026-11-18T11:15:02Z\n",
        "Updated:   2026-11-19T08:20:15Z\n",
        &format!("URL:       {url}/acme/shop/storefront/-/merge_requests/39\n\n"),
        "\n\ndiff --git a/",
    ];
    for part in rest {
        assert!(outcome.stdout.contains(part), "{part:?} is not in {}", outcome.stdout);
    }
    assert!(!outcome.stdout.contains('\x1b'));
    assert_eq!(asked(&sandbox).len(), 2, "no comments are asked for");
}

#[test]
fn without_the_changes_and_with_the_comments() {
    let sandbox = storefront();
    let world = at_home(&sandbox);
    let bare = world.run("mr show 42 --no-diff");
    assert!(bare.stdout.ends_with("\n\nCloses #27\n"), "{}", bare.stdout);
    assert_eq!(asked(&sandbox), ["GET projects/acme%2Fshop%2Fstorefront/merge_requests/42"]);
    let talk = world.run("mr show !42 --no-diff --comments");
    assert!(talk.stdout.starts_with(&bare.stdout));
    let comments = &talk.stdout[bare.stdout.len()..];
    assert!(
        comments.starts_with("\nt.alvarez · 2026-11-20T08:14:39Z\nThe old app was"),
        "{comments}"
    );
    assert!(comments.contains("priya.raman · 2026-11-23T09:47:12Z · internal\n"), "{comments}");
}

#[test]
fn json_adds_diffs_and_notes_as_gitlab_has_them() {
    let sandbox = storefront();
    let world = at_home(&sandbox);
    let whole = world.run("mr show 42 -c --json").json();
    assert_eq!((&whole["iid"], &whole["id"]), (&42.into(), &371_950_266.into()));
    assert_eq!(whole["diffs"].as_array().map(Vec::len), Some(8));
    assert!(whole["diffs"][0]["diff"].as_str().is_some_and(|diff| diff.starts_with("@@")));
    assert!(whole["notes"].as_array().is_some_and(|notes| notes.len() >= 6));
    let plain = world.run("mr show 42 --json").json();
    assert!(plain.get("notes").is_none() && plain.get("diffs").is_some());
    let bare = world.run("mr show 42 --json --no-diff").json();
    assert!(bare.get("notes").is_none() && bare.get("diffs").is_none());
    let bodies = world.run_args(&["mr", "show", "42", "-c", "--no-diff", "-q", ".notes|length"]);
    assert_eq!(bodies.stdout, format!("{}\n", whole["notes"].as_array().map_or(0, Vec::len)));
    let chosen = world.run("mr show 42 --json=iid,diffs").json();
    assert_eq!(chosen.as_object().map(serde_json::Map::len), Some(2));
    assert_eq!(chosen["diffs"], whole["diffs"]);
}

#[test]
fn every_page_of_diffs_and_notes_is_there() {
    let sandbox = answering(|request| {
        let (kind, row): (&str, fn(u64) -> String) = if request.path().ends_with("/diffs") {
            ("diffs", |n| {
                format!(
                    r#"{{"diff":"","new_path":"f{n}","old_path":"f{n}","a_mode":"100644","b_mode":"100755","new_file":false,"renamed_file":false,"deleted_file":false}}"#
                )
            })
        } else if request.path().ends_with("/notes") {
            ("notes", |n| format!(r#"{{"id":{n},"body":"b","system":false}}"#))
        } else {
            return None;
        };
        let second = request.query().contains("page=2");
        let rows: Vec<String> =
            if second { (100..130).map(row).collect() } else { (0..100).map(row).collect() };
        let page = Reply::json(200, format!("[{}]", rows.join(",")));
        let host = request.header("host").unwrap_or_default();
        let next = format!(
            "<http://{host}/api/v4/projects/acme%2Fshop%2Fstorefront/merge_requests/42/{kind}?page=2&per_page=100>; rel=\"next\""
        );
        Some(if second { page } else { page.with_header("link", next) })
    });
    let shown = at_home(&sandbox).run("mr show 42 --json -c").json();
    let count = |name: &str| shown[name].as_array().map(Vec::len);
    assert_eq!((count("diffs"), count("notes")), (Some(130), Some(130)));
    assert_eq!(shown["diffs"][129]["new_path"], "f129");
}

#[test]
fn the_browser_opens_where_there_is_one_and_the_address_is_printed_elsewhere() {
    let sandbox = storefront();
    let page = format!("{}/acme/shop/storefront/-/merge_requests/42", sandbox.url());
    let piped = at_home(&sandbox).run("mr show 42 -w");
    assert_eq!((piped.stdout, piped.stderr.as_str(), piped.code), (format!("{page}\n"), "", 0));
    let without = at_home(&sandbox).on_terminal(80).run("mr show 42 --web");
    assert_eq!((without.stdout, without.code), (format!("{page}\n"), 0));
    let mut world = at_home(&sandbox).on_terminal(80);
    world.has_browser = true;
    let opened = world.run("mr show 42 -w");
    assert_eq!((opened.stdout.as_str(), opened.code), ("", 0));
    assert_eq!(*world.opened.lock().expect("a browser"), [page]);
}

#[test]
fn a_page_of_another_server_is_never_opened() {
    let sandbox = answering(|request| {
        let row = r#"{"id":1,"iid":42,"title":"t","state":"opened","source_branch":"s","target_branch":"t","web_url":"https://evil.example.com/x"}"#;
        request.path().ends_with("/42").then(|| Reply::json(200, row))
    });
    let mut world = at_home(&sandbox).on_terminal(80);
    world.has_browser = true;
    let outcome = world.run("mr show 42 -w");
    assert_eq!(outcome.stdout, "https://evil.example.com/x\n");
    assert!(world.opened.lock().expect("a browser").is_empty());
}

#[test]
fn prose_breaks_between_words_on_a_terminal_and_not_at_all_in_a_pipe() {
    let sandbox = storefront();
    let seen = at_home(&sandbox).on_terminal(80).run("mr show 42 -c --no-diff --color never");
    assert!(seen.stdout.contains("could be a\ncent off.\n"), "{}", seen.stdout);
    assert!(seen.stdout.contains("and\ntested.\n"), "{}", seen.stdout);
    let piped = at_home(&sandbox).run("mr show 42 -c --no-diff");
    assert!(piped.stdout.contains("could be a cent off.\n"), "{}", piped.stdout);
}

//! Whether a change is all there: what GitLab leaves out is never passed over in silence.

use glduo::sandbox::{Reply, Sandbox};
use serde_json::{Value, json};

use crate::support::gitlab::{answering, asked, at_home};
use crate::support::world::Outcome;

/// Merge request 42 of a GitLab whose change is as the test says.
#[derive(Clone, Default)]
struct Change {
    facts: Value,
    /// `/raw_diffs`, which older instances do not have.
    raw: Option<&'static str>,
    /// `/diffs`.
    files: Option<Value>,
    /// `/changes`.
    changes: Option<Value>,
}

impl Change {
    fn of(facts: Value) -> Self {
        Self { facts, ..Self::default() }
    }

    fn files(facts: Value, files: Value) -> Self {
        Self { files: Some(files), ..Self::of(facts) }
    }

    fn serve(self) -> Sandbox {
        answering(move |request| {
            let path = request.path();
            let json = |value: &Value| Reply::json(200, value.to_string());
            let missing = || Reply::error(404, "404 Not Found");
            if path.ends_with("/merge_requests/42") {
                let mut row = json!({"id": 1, "iid": 42, "title": "t", "state": "opened"});
                let facts = self.facts.as_object().expect("facts").clone();
                row.as_object_mut().expect("an object").extend(facts);
                Some(json(&row))
            } else if path.ends_with("/42/raw_diffs") {
                Some(self.raw.map_or_else(missing, |raw| Reply::whole(200, "text/plain", raw)))
            } else if path.ends_with("/42/diffs") {
                Some(self.files.as_ref().map_or_else(missing, json))
            } else if path.ends_with("/42/changes") {
                Some(self.changes.as_ref().map_or_else(missing, json))
            } else {
                None
            }
        })
    }
}

const RAW: &str = "diff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n";

fn file(name: &str, more: &Value) -> Value {
    let mut file = json!({"old_path": name, "new_path": name, "a_mode": "100644", "b_mode": "100644",
        "diff": "@@ -1 +1 @@\n-a\n+b\n", "new_file": false, "renamed_file": false, "deleted_file": false});
    file.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    file
}

/// The patch is refused and names what is missing; the page and JSON show what is there and say
/// so; a model is told.
fn is_incomplete(change: Change, named: &str) {
    let sandbox = change.serve();
    let world = at_home(&sandbox);
    let patch = world.run("mr show 42 --diff");
    assert_eq!((patch.code, patch.stdout.as_str()), (6, ""), "{patch:?}");
    assert!(patch.stderr.contains(named), "{named}: {}", patch.stderr);
    assert!(patch.stderr.contains("\nhint: git fetch") || patch.stderr.contains("git fetch"));
    is_said(&world.run("mr show 42"), named);
    let json = world.run("mr show 42 --json");
    is_said(&json, named);
    assert_eq!(json.json()["diffs_complete"], false);
    let chat = world.run("chat q --mr 42 --dry-run");
    is_said(&chat, named);
    assert!(chat.stdout.contains(named), "{named}: {}", chat.stdout);
}

fn is_said(outcome: &Outcome, named: &str) {
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stderr.contains("incomplete"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains(named), "{named}: {}", outcome.stderr);
}

#[test]
fn a_complete_change_says_so_in_json() {
    let files = json!([file("x", &json!({}))]);
    let change = Change { raw: Some(RAW), ..Change::files(json!({"changes_count": "1"}), files) };
    let sandbox = change.serve();
    let world = at_home(&sandbox);
    let json = world.run("mr show 42 --json");
    assert_eq!((&json.json()["diffs_complete"], json.stderr.as_str()), (&json!(true), ""));
    assert!(world.run("mr show 42 --json --no-diff").json().get("diffs_complete").is_none());
    assert_eq!(
        world.run("mr show 42 --json=diffs_complete").json(),
        json!({"diffs_complete": true})
    );
    assert_eq!(world.run("mr show 42").stderr, "");
}

#[test]
fn a_patch_is_gitlabs_own_bytes_first() {
    let sandbox = Change { raw: Some(RAW), ..Change::of(json!({"changes_count": "1"})) }.serve();
    let patch = at_home(&sandbox).run("mr show 42 --diff");
    assert_eq!((patch.stdout.as_str(), patch.stderr.as_str(), patch.code), (RAW, "", 0));
    assert!(!asked(&sandbox).iter().any(|line| line.contains("/diffs")));
    for status in [403, 500] {
        let sandbox = answering(move |request| {
            request.path().ends_with("/raw_diffs").then(|| Reply::error(status, "no"))
        });
        let patch = at_home(&sandbox).run("mr show 42 --diff");
        assert_ne!(patch.code, 0, "{status}");
        assert!(!asked(&sandbox).iter().any(|line| line.contains("/diffs")), "{status}");
    }
}

#[test]
fn a_file_whose_text_is_left_out_is_named() {
    let one = json!({"changes_count": "1"});
    for more in [
        json!({"diff": "", "collapsed": true}),
        json!({"diff": "", "too_large": true}),
        json!({"diff": "", "collapsed": false, "too_large": false}),
        json!({"diff": "", "new_file": true, "collapsed": true}),
        json!({"diff": ""}),
    ] {
        is_incomplete(Change::files(one.clone(), json!([file("long one", &more)])), "long one");
    }
}

#[test]
fn fewer_files_than_the_merge_request_has_are_not_all() {
    let files = json!([file("x", &json!({}))]);
    let three = Change::files(json!({"changes_count": "3"}), files.clone());
    is_incomplete(three, "1 of 3 files");
    let many = Change::files(json!({"changes_count": "1+"}), files);
    is_incomplete(many, "1 of more than 1 files");
    let none = Change::files(json!({"changes_count": "2"}), json!([]));
    is_incomplete(none, "0 of 2 files");
}

#[test]
fn gitlabs_own_patch_is_counted_too() {
    for (raw, count, named) in [
        (RAW, json!("3"), "GitLab sent 1 of 3 files"),
        (RAW, json!("1+"), "GitLab sent 1 of more than 1 files"),
        ("", json!("1"), "GitLab sent 0 of 1 files"),
        ("", json!(null), "GitLab sent no files"),
    ] {
        let change = Change { raw: Some(raw), ..Change::of(json!({"changes_count": count})) };
        let sandbox = change.serve();
        let world = at_home(&sandbox);
        let patch = world.run("mr show 42 --diff");
        assert_eq!((patch.code, patch.stdout.as_str()), (6, ""), "{patch:?}");
        assert!(patch.stderr.contains(named), "{}", patch.stderr);
        is_said(&world.run("chat q --mr 42 --dry-run"), named);
    }
}

#[test]
fn a_merge_request_without_changes_is_complete() {
    for facts in [
        json!({"changes_count": "0"}),
        json!({"changes_count": null, "prepared_at": "2026-11-20T10:00:00Z"}),
    ] {
        let sandbox = Change { raw: Some(""), ..Change::files(facts, json!([])) }.serve();
        let world = at_home(&sandbox);
        let patch = world.run("mr show 42 --diff");
        assert_eq!((patch.code, patch.stdout.as_str(), patch.stderr.as_str()), (0, "", ""));
        assert_eq!(world.run("mr show 42 --json").json()["diffs_complete"], true);
    }
}

#[test]
fn one_that_is_being_prepared_is_asked_for_again() {
    let preparing = json!({"changes_count": null, "prepared_at": null});
    is_incomplete(Change::files(preparing.clone(), json!([])), "still preparing");
    let status = json!({"changes_count": null, "detailed_merge_status": "preparing"});
    is_incomplete(Change::files(status, json!([file("x", &json!({}))])), "still preparing");
    let looks = std::sync::atomic::AtomicU32::new(0);
    let sandbox = answering(move |request| {
        if request.path().ends_with("/raw_diffs") {
            return Some(Reply::whole(200, "text/plain", RAW));
        }
        let is_ready = looks.fetch_add(1, std::sync::atomic::Ordering::SeqCst) > 1;
        let facts = if is_ready { json!({"changes_count": "1"}) } else { preparing.clone() };
        let mut row = json!({"id": 1, "iid": 42});
        row.as_object_mut().expect("an object").extend(facts.as_object().expect("facts").clone());
        Some(Reply::json(200, row.to_string()))
    });
    assert_eq!(at_home(&sandbox).run("mr show 42 --diff").stdout, RAW);
}

#[test]
fn an_instance_without_flags_leaves_doubts_that_are_said() {
    for more in [
        json!({"diff": "", "new_file": true, "a_mode": "0"}),
        json!({"diff": "", "deleted_file": true, "b_mode": "0"}),
        json!({"diff": "", "renamed_file": true, "old_path": "y"}),
    ] {
        let files = json!([file("empty or long", &more), file("x", &json!({}))]);
        let sandbox = Change::files(json!({"changes_count": "2"}), files).serve();
        let world = at_home(&sandbox);
        for line in ["mr show 42", "mr show 42 --diff", "chat q --mr 42 --dry-run"] {
            is_said(&world.run(line), "empty or long");
        }
        let json = world.run("mr show 42 --json");
        is_said(&json, "empty or long");
        assert_eq!(json.json()["diffs_complete"], false);
    }
    let mode = file("x", &json!({"diff": "", "b_mode": "100755"}));
    let sandbox = Change::files(json!({"changes_count": "1"}), json!([mode])).serve();
    assert_eq!(at_home(&sandbox).run("mr show 42 --json").json()["diffs_complete"], true);
}

#[test]
fn a_binary_file_says_that_it_is_one() {
    let text = "Binary files a/logo.png and b/logo.png differ\n";
    for flags in
        [json!({}), json!({"collapsed": false, "too_large": false}), json!({"collapsed": true})]
    {
        let mut more = flags;
        more["diff"] = json!(text);
        let files = json!([file("logo.png", &more)]);
        let sandbox = Change::files(json!({"changes_count": "1"}), files).serve();
        let world = at_home(&sandbox);
        let page = world.run("mr show 42");
        assert!(page.stdout.contains("logo.png: binary file"), "{}", page.stdout);
        assert_eq!((page.code, page.stderr.as_str()), (0, ""));
        let patch = world.run("mr show 42 --diff");
        assert_eq!((patch.code, patch.stdout.as_str()), (0, text));
        assert!(patch.stderr.contains("logo.png"), "{}", patch.stderr);
    }
}

#[test]
fn the_changes_of_an_old_instance_are_asked_for_raw_and_may_overflow() {
    let files = json!([file("x", &json!({}))]);
    let change = |overflow: bool| Change {
        changes: Some(json!({"id": 1, "iid": 42, "changes": files, "overflow": overflow})),
        ..Change::of(json!({"changes_count": "1"}))
    };
    let sandbox = change(false).serve();
    let patch = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n";
    assert_eq!(at_home(&sandbox).run("mr show 42 --diff").stdout, patch);
    let raw = asked(&sandbox).iter().any(|line| line.ends_with("/changes?access_raw_diffs=true"));
    assert!(raw);
    is_incomplete(change(true), "only the first files");
}

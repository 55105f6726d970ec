//! `glduo mr review`: what it posts, where, and what a later run does about it.

use glduo::sandbox::{Received, Reply, Sandbox};
use serde_json::{Value, json};

use crate::support::gitlab::{answering, at_home, storefront};
use crate::support::world::{Outcome, World};

const HEAD: &str = "8fe0946a0bc1c850217d4eca58198d52e6696a69";

/// A remark on `src/cart/total.ts`.
fn remark(line: u64, side: &str, body: &str) -> Value {
    json!({ "path": "src/cart/total.ts", "line": line, "side": side, "body": body })
}

fn review(comments: &[Value]) -> Value {
    json!({ "summary": "Two things.", "comments": comments })
}

fn post(sandbox: &Sandbox, flags: &str, review: &Value) -> Outcome {
    let world = at_home(sandbox).stdin(review.to_string());
    world.run(&format!("mr review 42 --json {flags}"))
}

/// Status of each comment in the printed object.
fn statuses(outcome: &Outcome) -> Vec<String> {
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let printed = outcome.json();
    let comments = printed["comments"].as_array().expect("comments").iter();
    comments.map(|comment| comment["status"].as_str().expect("a status").to_owned()).collect()
}

/// Method and path of each request that changes something, with its JSON body.
fn writes(sandbox: &Sandbox) -> Vec<(String, Value)> {
    let requests = sandbox.requests().into_iter().filter(|request| request.method != "GET");
    let short = |request: &Received| {
        let path = request.path().rsplit("merge_requests/42/").next().unwrap_or_default();
        format!("{} {path}", request.method)
    };
    requests.map(|one| (short(&one), one.json().unwrap_or_default())).collect()
}

#[test]
fn each_remark_is_placed_by_the_kind_of_its_line() {
    let sandbox = storefront();
    let review = review(&[
        remark(2, "new", "added"),
        remark(5, "old", "removed"),
        remark(3, "new", "unchanged"),
        json!({ "path": "src/cart/discounts.ts", "line": 9, "body": "renamed" }),
        json!({ "path": "src/legacy/coupon.js", "body": "a whole file" }),
        json!({ "path": "src/cart/money.ts", "start_line": 4, "line": 6, "body": "a range" }),
        remark(500, "new", "beyond the file"),
        json!({ "path": "src/nowhere.ts", "line": 1, "body": "no such file" }),
    ]);
    let posted = post(&sandbox, "", &review);
    let expected = ["posted"; 6].into_iter().chain(["in_summary"; 2]).collect::<Vec<_>>();
    assert_eq!(statuses(&posted), expected);
    assert!(posted.stderr.contains("src/cart/total.ts:500, src/nowhere.ts:1"), "{posted:?}");
    let writes = writes(&sandbox);
    let positions: Vec<&Value> = writes.iter().map(|(_, body)| &body["position"]).collect();
    let numbers =
        |index: usize| (positions[index]["old_line"].clone(), positions[index]["new_line"].clone());
    assert_eq!(numbers(0), (Value::Null, json!(2)));
    assert_eq!(numbers(1), (json!(5), Value::Null));
    assert_eq!(numbers(2), (json!(2), json!(3)));
    assert_eq!(numbers(3), (Value::Null, json!(9)));
    assert_eq!(positions[3]["old_path"], "src/cart/discount.ts");
    assert_eq!(positions[3]["new_path"], "src/cart/discounts.ts");
    assert_eq!(
        (numbers(4), &positions[4]["position_type"]),
        ((Value::Null, Value::Null), &json!("file"))
    );
    let range = &positions[5]["line_range"];
    assert!(range["start"]["line_code"].as_str().expect("a code").ends_with("_0_4"), "{range}");
    assert!(range["end"]["line_code"].as_str().expect("a code").ends_with("_0_6"), "{range}");
    let (path, summary) = writes.last().expect("the summary");
    assert_eq!(path, "POST notes");
    let text = summary["body"].as_str().expect("a text");
    assert!(text.starts_with("Two things.\n\n**Outside the changed lines**"), "{text}");
    assert!(text.contains("`src/cart/total.ts`, line 500\n\nbeyond the file"), "{text}");
    assert_eq!(posted.json()["summary"]["body"], text);
    let url = posted.json()["comments"][0]["url"].as_str().expect("a URL").to_owned();
    assert!(url.contains("/-/merge_requests/42#note_"), "{url}");
}

#[test]
fn text_is_a_line_for_each_comment_and_the_counts() {
    let sandbox = storefront();
    let review = review(&[remark(2, "new", "a"), remark(500, "new", "b")]);
    let printed = at_home(&sandbox).stdin(review.to_string()).run("mr review 42");
    let lines: Vec<&str> = printed.stdout.lines().collect();
    assert!(lines[0].starts_with("posted\tsrc/cart/total.ts:2\thttp://127.0.0.1:"), "{printed:?}");
    assert_eq!(lines[1], "in summary\tsrc/cart/total.ts:500\t");
    assert_eq!(lines[2], "posted 1, unchanged 0, resolved 0, moved to summary 1");
}

#[test]
fn a_later_run_with_the_key_changes_only_what_changed() {
    let sandbox = storefront();
    let first = review(&[remark(2, "new", "a"), remark(5, "old", "b")]);
    assert_eq!(statuses(&post(&sandbox, "--replace duo", &first)), ["posted", "posted"]);
    let before = writes(&sandbox).len();
    assert_eq!(statuses(&post(&sandbox, "--replace duo", &first)), ["unchanged", "unchanged"]);
    let repeated = writes(&sandbox).split_off(before);
    assert_eq!(repeated.len(), 1, "{repeated:?}");
    assert!(repeated[0].0.starts_with("PUT notes/"), "the summary is updated in place");

    let second = review(&[remark(2, "new", "a"), remark(3, "new", "c")]);
    let ended = post(&sandbox, "--replace duo", &second);
    assert_eq!(statuses(&ended), ["unchanged", "posted", "resolved"]);
    assert_eq!(ended.json()["comments"][2]["line"], 5);

    let again = post(&sandbox, "--replace duo", &first);
    assert_eq!(statuses(&again), ["unchanged", "posted", "resolved"]);
    let notes = notes(&sandbox);
    let is_b = |note: &&Value| note["body"].as_str().is_some_and(|body| body.starts_with("b\n"));
    let all: Vec<&Value> = notes.iter().filter(is_b).collect();
    assert_eq!(all.len(), 1, "a remark that comes back is opened again, not posted again");
    assert_eq!(all[0]["resolved"], false);
    let other = post(&sandbox, "--replace other", &first);
    assert_eq!(statuses(&other), ["posted", "posted"], "another key has remarks of its own");
}

fn notes(sandbox: &Sandbox) -> Vec<Value> {
    let shown = at_home(sandbox).run("mr show 42 -c --json").json();
    shown["notes"].as_array().expect("notes").clone()
}

#[test]
fn drafts_are_not_doubled_and_change_nothing_that_others_see() {
    let sandbox = storefront();
    let one = review(&[remark(2, "new", "a"), remark(5, "old", "b")]);
    assert_eq!(statuses(&post(&sandbox, "--draft --replace duo", &one)), ["posted", "posted"]);
    let before = writes(&sandbox);
    assert!(before.iter().all(|(path, _)| path == "POST draft_notes"), "{before:?}");
    assert_eq!(before.len(), 3);
    let again = post(&sandbox, "--draft --replace duo", &one);
    assert_eq!(statuses(&again), ["unchanged", "unchanged"]);
    assert_eq!(writes(&sandbox).len(), 3, "nothing is written again");
    let less = review(&[remark(2, "new", "a")]);
    let less = post(&sandbox, "--draft --replace duo", &less);
    assert_eq!(statuses(&less), ["unchanged"]);
    assert!(less.stderr.contains("no longer reported: 1"), "{less:?}");
}

#[test]
fn a_document_that_does_not_fit_is_refused_before_any_request() {
    let sandbox = storefront();
    for (document, words) in [
        ("{}", "/comments: missing"),
        (r#"{"summary":"s","comments":[{"path":"a","line":1}]}"#, "/comments/0/body: missing"),
        ("Here is my review", "the document: not JSON"),
    ] {
        let refused = at_home(&sandbox).stdin(document).run("mr review 42");
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{refused:?}");
        assert!(refused.stderr.contains(words), "{document}: {refused:?}");
    }
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_review_of_other_commits_is_not_posted() {
    let sandbox = storefront();
    let stale = json!({ "summary": "s", "head_sha": "0123456789abcdef", "comments": [] });
    let refused = post(&sandbox, "", &stale);
    assert_eq!(refused.error()["code"], "incomplete", "{refused:?}");
    assert!(refused.stderr.contains("--allow-stale"), "{refused:?}");
    assert!(writes(&sandbox).is_empty());
    assert_eq!(post(&sandbox, "--allow-stale", &stale).code, 0);
    let current = json!({ "summary": "s", "head_sha": &HEAD[..12], "comments": [] });
    assert_eq!(post(&sandbox, "", &current).code, 0);
    let job = || {
        at_home(&sandbox)
            .env("GITLAB_CI", "true")
            .env("CI_SERVER_URL", sandbox.url())
            .env("CI_MERGE_REQUEST_IID", "42")
            .env("CI_MERGE_REQUEST_PROJECT_ID", "61840217")
            .env("CI_COMMIT_SHA", "ffffffffffffffffffffffffffffffffffffffff")
    };
    let silent = json!({ "summary": "s", "comments": [] });
    let refused = job().stdin(silent.to_string()).run("mr review --json");
    assert_eq!(refused.error()["code"], "incomplete", "{refused:?}");
    let fresh = job().env("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", HEAD);
    assert_eq!(fresh.stdin(silent.to_string()).run("mr review --json").code, 0);
}

#[test]
fn a_failure_says_what_was_posted_and_sends_nothing_again() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let posts = AtomicUsize::new(0);
    let sandbox = answering(move |request| {
        let is_post = request.method == "POST" && request.path().ends_with("/discussions");
        let fails = is_post && posts.fetch_add(1, Ordering::SeqCst) == 1;
        fails.then(|| Reply::message(429, "Too many").with_header("retry-after", "60"))
    });
    let both = review(&[remark(2, "new", "a"), remark(5, "old", "b")]);
    let failed = post(&sandbox, "--replace duo", &both);
    let error = failed.error();
    assert_eq!((failed.code, &error["code"]), (6, &json!("rate_limited")), "{failed:?}");
    assert_eq!(error["partial"]["comments"].as_array().map(Vec::len), Some(1), "{error}");
    assert!(failed.stderr.contains("1 of 2 comments"), "{failed:?}");
    assert_eq!(writes(&sandbox).len(), 2, "the refused note is not sent again");
    assert_eq!(statuses(&post(&sandbox, "--replace duo", &both)), ["unchanged", "posted"]);
}

#[test]
fn a_remark_that_gitlab_cannot_place_is_moved_to_the_summary() {
    let sandbox = answering(|request| {
        let is_post = request.method == "POST" && request.path().ends_with("/discussions");
        let words = "400 Bad request - Note {:line_code=>[\"must be a valid line code\"]}";
        is_post.then(|| Reply::message(400, words))
    });
    let posted = post(&sandbox, "", &review(&[remark(2, "new", "a")]));
    assert_eq!(statuses(&posted), ["in_summary"]);
    let summary = writes(&sandbox).pop().expect("the summary").1;
    assert!(summary["body"].as_str().expect("a text").contains("line 2\n\na"), "{summary}");
}

#[test]
fn a_quick_action_in_a_review_is_posted_as_text() {
    let sandbox = storefront();
    let review = json!({ "summary": "Fine.\n/approve\n", "comments": [
        remark(2, "new", "Bad.\n/merge"),
        remark(5, "old", "/close"),
        remark(500, "new", "x\n  /label ~bug"),
        { "path": "src/cart/money.ts", "line": 4, "body": "b", "severity": "/approve",
          "suggestion": "a\n/unlabel" },
    ] });
    let posted = post(&sandbox, "", &review);
    assert_eq!(posted.code, 0, "{posted:?}");
    for (path, body) in writes(&sandbox) {
        let text = body["body"].as_str().expect("a text").to_owned();
        let outside_code = text.split("```").step_by(2).collect::<String>();
        let runs = outside_code.lines().any(|line| line.trim_start().starts_with('/'));
        assert!(!runs, "{path}: {text}");
    }
    assert!(posted.stderr.contains("not run: /approve, /close, /label, /merge"), "{posted:?}");
}

#[test]
fn a_dry_run_writes_nothing() {
    let sandbox = storefront();
    let review = review(&[remark(2, "new", "a")]);
    let shown = post(&sandbox, "--dry-run", &review).json();
    assert_eq!(shown.as_array().map(Vec::len), Some(2), "{shown}");
    assert_eq!((&shown[0]["method"], &shown[0]["body"]["body"]), (&json!("POST"), &json!("a")));
    assert!(writes(&sandbox).is_empty());
}

#[test]
fn the_schema_is_printed_without_a_connection() {
    let printed = World::new().run("mr review --print-schema");
    let schema: Value = printed.json();
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["properties"]["comments"]["items"]["additionalProperties"], false);
}

#[test]
fn two_commands_review_a_merge_request() {
    let sandbox = storefront();
    let schema = World::new().run("mr review --print-schema").stdout;
    let world = at_home(&sandbox);
    let asked = world.run_args(&["chat", "-n", "--mr", "42", "--schema", &schema, "Review this"]);
    assert_eq!(asked.code, 0, "{asked:?}");
    let posted = at_home(&sandbox).stdin(asked.stdout).run("mr review 42 --json --replace duo");
    assert_eq!(statuses(&posted), ["posted", "posted", "posted", "in_summary"]);
    let question = sandbox
        .requests()
        .into_iter()
        .rfind(|request| request.path().ends_with("/messages"))
        .expect("a question");
    let question = String::from_utf8_lossy(&question.body).into_owned();
    assert!(question.contains(&format!("Head commit (head_sha): {HEAD}")), "{question}");
    assert!(question.contains("\\n     5        -const SHIPPING = 4.9;\\n"), "{question}");
    assert!(question.contains("(side old)"), "{question}");
}

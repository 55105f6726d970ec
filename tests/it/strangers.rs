//! Whose answer it is: GitLab's verdict, or that of a proxy, a login page or another web server.

use glduo::sandbox::{Reply, Sandbox};
use serde_json::Value;

use crate::support::gitlab::{answering, at_home, connected};
use crate::support::world::Outcome;

/// GitLab, but that one path has this answer.
fn at(path: &'static str, reply: impl Fn() -> Reply + Send + Sync + 'static) -> Sandbox {
    answering(move |request| {
        let reply = reply().with_header("x-request-id", "01JREQUEST");
        request.path().ends_with(path).then_some(reply)
    })
}

fn page(status: u16) -> Reply {
    Reply::whole(status, "text/html; charset=utf-8", "<!DOCTYPE html><title>Just a moment…</title>")
}

/// The error object, which names the answer that it is about.
fn error(outcome: &Outcome, status: u16, path: &str) -> Value {
    let error = outcome.error();
    assert_eq!(outcome.stdout, "", "{error}");
    assert_eq!(error["http_status"], status, "{error}");
    assert_eq!(error["request_id"], "01JREQUEST", "{error}");
    assert!(error["url"].as_str().is_some_and(|url| url.ends_with(path)), "{error}");
    error
}

const MERGE_REQUEST: &str = "/merge_requests/42";

#[test]
fn a_refusal_that_is_not_json_is_not_gitlabs() {
    let bodies: [(&str, &str, &str); 6] = [
        ("text/html", "<html>Just a moment…</html>", "text/html instead of JSON"),
        ("text/plain", "Forbidden", "text/plain instead of JSON"),
        ("application/json", "", "an empty body"),
        ("text/html", " \n", "an empty body"),
        ("application/json", r#"{"message":"404 Proj"#, "cut off or broken"),
        ("application/json", "<html>", "cut off or broken"),
    ];
    for status in [400, 401, 403, 404, 407, 410, 418, 422] {
        for (content_type, body, words) in bodies {
            let sandbox = at(MERGE_REQUEST, move || Reply::whole(status, content_type, body));
            let outcome = at_home(&sandbox).run("mr show 42 --json --no-diff");
            let error = error(&outcome, status, MERGE_REQUEST);
            assert_eq!((outcome.code, &error["code"]), (6, &"bad_response".into()), "{error}");
            let message = error["message"].as_str().expect("a message");
            assert!(message.contains(words), "{status} {body}: {message}");
            assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("proxy")), "{error}");
        }
    }
}

#[test]
fn every_command_tells_a_page_from_a_verdict() {
    for (line, path) in [
        ("mr list", "/merge_requests"),
        ("mr show 42 --diff", "/raw_diffs"),
        ("mr note 42 -m x", "/notes"),
        ("issue show 27", "/issues/27"),
        ("pipeline show 9001", "/pipelines/9001"),
        ("pipeline show latest", "/pipelines/latest"),
        ("pipeline show 9008 -j 900804 --log", "/trace"),
        ("chat q --job 900804 --dry-run", "/trace"),
        ("mr list --author @me", "/user"),
    ] {
        for status in [401, 403, 404] {
            let outcome = at_home(&at(path, move || page(status))).run(line);
            assert_eq!(
                (outcome.code, outcome.stdout.as_str()),
                (6, ""),
                "{line} {status}: {outcome:?}"
            );
            assert!(outcome.stderr.contains("text/html"), "{line} {status}: {}", outcome.stderr);
        }
    }
}

#[test]
fn a_rate_limit_and_a_server_error_stay_what_they_are() {
    for (status, code) in [(429, "rate_limited"), (500, "server_error"), (502, "server_error")] {
        let outcome = at_home(&at(MERGE_REQUEST, move || page(status))).run("mr show 42 --json");
        let error = error(&outcome, status, MERGE_REQUEST);
        assert_eq!((outcome.code, error["code"].as_str()), (6, Some(code)), "{error}");
    }
}

#[test]
fn a_good_status_with_a_strange_body_names_its_answer() {
    for (line, path, body) in [
        ("mr show 42 --no-diff --json", MERGE_REQUEST, r#"{"iid":42"#),
        ("mr show 42 --json", MERGE_REQUEST, "["),
        ("issue show 27 --json", "/issues/27", "[]"),
        ("mr list --json", "/merge_requests", "{}"),
        ("mr list --json", "/merge_requests", r#"[{"id":1}"#),
        ("pipeline show 9001 --json", "/pipelines/9001", r#"{"status":1}"#),
        ("mr show 42 --json", MERGE_REQUEST, ""),
        ("mr show 42 --json", MERGE_REQUEST, "<html>"),
    ] {
        let sandbox = at(path, move || Reply::json(200, body));
        let outcome = at_home(&sandbox).run(line);
        assert_eq!(outcome.code, 6, "{line} {body}: {outcome:?}");
        let error = outcome.error();
        assert_eq!(error["code"], "bad_response", "{line} {body}: {error}");
        assert_eq!(error["http_status"], 200, "{line} {body}: {error}");
        assert_eq!(error["request_id"], "01JREQUEST", "{line} {body}: {error}");
        assert!(error["url"].as_str().is_some_and(|url| url.ends_with(path)), "{line}: {error}");
    }
}

#[test]
fn a_path_without_an_api_is_not_a_missing_object() {
    let sandbox = at(MERGE_REQUEST, || Reply::error(404, "404 Not Found"));
    let outcome = at_home(&sandbox).run("mr show 42 --json");
    let error_object = error(&outcome, 404, MERGE_REQUEST);
    assert_eq!((outcome.code, &error_object["code"]), (7, &"not_found".into()));
    let message = error_object["message"].as_str().expect("a message");
    assert!(message.contains("no such API"), "{message}");
    let sandbox = at(MERGE_REQUEST, || Reply::message(404, "404 Not Found"));
    let outcome = at_home(&sandbox).run("mr show 42 --json");
    let message = error(&outcome, 404, MERGE_REQUEST)["message"].to_string();
    assert!(!message.contains("no such API"), "{message}");
}

#[test]
fn the_wait_that_a_server_asks_for_is_named_in_words() {
    for (status, asked, words) in [
        (429, "86400", "try again in 24 h"),
        (429, "90", "try again in 90 s"),
        (503, "600", "try again in 10 min"),
        (502, "604800", "try again in 7 d"),
        (403, "7200", "try again in 2 h"),
    ] {
        let reply = move || Reply::message(status, "no").with_header("retry-after", asked);
        let world_of = || at(MERGE_REQUEST, reply);
        let text = at_home(&world_of()).run("mr show 42");
        assert!(text.stderr.contains(words), "{status}: {}", text.stderr);
        let outcome = at_home(&world_of()).run("mr show 42 --json");
        let error = error(&outcome, status, MERGE_REQUEST);
        assert_eq!(error["retry_after"].to_string(), asked, "{error}");
        assert!(error["hint"].as_str().is_some_and(|hint| hint.contains(words)), "{error}");
    }
}

#[test]
fn an_instance_may_be_named_with_the_path_of_its_api() {
    let sandbox = answering(|_| None);
    for suffix in ["/api/v4", "/api/v4/"] {
        let world = connected(&sandbox).env("GITLAB_REPO", sandbox.project());
        let line = format!("mr show 42 --no-diff --json=iid --instance {}{suffix}", sandbox.url());
        assert_eq!(world.run(&line).stdout, "{\"iid\":42}\n", "{suffix}");
    }
}

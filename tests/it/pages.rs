//! Lists that do not go on as they should: never a shorter list that looks whole.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use glduo::model::timestamp;
use glduo::sandbox::{Reply, Sandbox};
use glduo::system::clock::Clock as _;

use crate::support::broken::{Broken, End, Script};
use crate::support::gitlab::{answering, asked, at_home, iids};
use crate::support::world::World;

fn rows(iids: impl IntoIterator<Item = u64>) -> String {
    let row = |iid: u64| {
        format!(
            r#"{{"id":{iid},"iid":{iid},"title":"t","state":"opened","source_branch":"s","target_branch":"m","web_url":"https://gitlab.example.com/{iid}"}}"#
        )
    };
    format!("[{}]", iids.into_iter().map(row).collect::<Vec<_>>().join(","))
}

/// A first page whose `rel="next"` is this, `HOST` being the sandbox; further pages are what
/// the sandbox has.
fn leading_to(next: &'static str) -> Sandbox {
    answering(move |request| {
        if request.query().contains("page=2") || !request.path().ends_with("/merge_requests") {
            return None;
        }
        let next = next.replace("HOST", request.header("host").unwrap_or_default());
        let link = format!("<{next}>; rel=\"next\"");
        Some(Reply::json(200, rows([2, 1])).with_header("link", link))
    })
}

const LIST: &str = "/api/v4/projects/acme%2Fshop%2Fstorefront/merge_requests";

/// Exit 6 and an array that was begun and never closed.
fn is_cut_short(world: &World, line: &str, code: &str) -> String {
    let outcome = world.run(line);
    assert_eq!(outcome.code, 6, "{outcome:?}");
    assert!(outcome.stdout.starts_with('['), "{outcome:?}");
    assert!(outcome.stdout.contains("\"iid\":1"), "what came is there: {outcome:?}");
    let parsed = serde_json::from_str::<serde_json::Value>(&outcome.stdout);
    assert!(parsed.is_err(), "no parser takes it for whole: {outcome:?}");
    let error = outcome.error();
    assert_eq!(error["code"].as_str(), Some(code), "{error}");
    assert!(error["hint"].is_string(), "{error}");
    error["message"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_next_page_that_was_there_already_or_is_elsewhere_cuts_the_list_short() {
    for next in [
        "https://evil.example.com/api/v4/projects/1/merge_requests?page=2",
        "https://HOST/api/v4/projects/1/merge_requests?page=2",
        "http://user:word@HOST/api/v4/projects/1/merge_requests?page=2",
        "http://localhost:1/api/v4/projects/1/merge_requests?page=2",
        "ftp://HOST/x",
        "http://[::/",
    ] {
        let sandbox = leading_to(next);
        let message = is_cut_short(&at_home(&sandbox), "mr list --paginate --json", "incomplete");
        assert_eq!(asked(&sandbox).len(), 1, "{next}");
        assert!(!message.contains("user:word"), "{message}");
        let lines = at_home(&sandbox).run("mr list --paginate");
        assert_eq!((lines.code, lines.stdout.lines().count()), (6, 2), "{next}");
    }
}

#[test]
fn a_list_that_leads_back_to_itself_ends() {
    let sandbox = answering(|request| {
        let page = if request.query().contains("page=2") { 1 } else { 2 };
        let host = request.header("host").unwrap_or_default();
        let link = format!("<http://{host}{LIST}?page={page}>; rel=\"next\"");
        let first = u64::from(page == 2);
        request.path().ends_with("/merge_requests").then(|| {
            Reply::json(200, rows([1 + first * 2, 2 + first * 2])).with_header("link", link)
        })
    });
    let message = is_cut_short(&at_home(&sandbox), "mr list --paginate --json", "incomplete");
    assert!(message.contains("already"), "{message}");
    assert!(asked(&sandbox).len() <= 4, "{:?}", asked(&sandbox));
}

/// Two good rows, and this instead of the second page.
fn then(second: Reply) -> Sandbox {
    answering(move |request| {
        if request.query().contains("page=2") {
            return Some(second.clone());
        }
        let host = request.header("host").unwrap_or_default();
        let link = format!("<http://{host}{LIST}?page=2>; rel=\"next\"");
        request
            .path()
            .ends_with("/merge_requests")
            .then(|| Reply::json(200, rows([2, 1])).with_header("link", link))
    })
}

#[test]
fn a_page_that_is_missing_or_broken_cuts_the_list_short() {
    for (reply, code) in [
        (Reply::error(404, "404 Not Found"), "incomplete"),
        (Reply::message(500, "500 Internal Server Error"), "server_error"),
        (Reply::message(503, "busy"), "server_error"),
        (Reply::whole(200, "text/html", "<html>"), "bad_response"),
        (Reply::json(200, "{}"), "bad_response"),
        (Reply::json(200, "[{"), "bad_response"),
    ] {
        let sandbox = then(reply);
        is_cut_short(&at_home(&sandbox), "mr list --paginate --json", code);
    }
}

#[test]
fn lines_that_came_stay_and_the_error_is_last() {
    let sandbox = then(Reply::message(500, "500 Internal Server Error"));
    let outcome = at_home(&sandbox).run("mr list --paginate -F ndjson");
    assert_eq!((outcome.code, outcome.stdout.lines().count()), (6, 2));
    assert_eq!(outcome.error()["code"], "server_error");
}

#[test]
fn rows_that_shift_to_the_next_page_come_once() {
    let sandbox = then(Reply::json(200, rows([1, 7])));
    let outcome = at_home(&sandbox).run("mr list --paginate --json");
    assert_eq!(iids(&outcome), [2, 1, 7]);
}

/// A list that answers so often with this before it answers well.
fn after(times: usize, reply: Reply) -> Sandbox {
    let count = AtomicUsize::new(0);
    answering(move |_| (count.fetch_add(1, Ordering::SeqCst) < times).then(|| reply.clone()))
}

fn waited(world: &World) -> Duration {
    let start: SystemTime = timestamp::parse_iso("2026-11-23T12:00:00Z").expect("a time");
    world.clock.now().duration_since(start).unwrap_or_default()
}

#[test]
fn a_server_that_asks_for_patience_gets_it() {
    let busy = Reply::message(429, "Retry later").with_header("retry-after", "17");
    let sandbox = after(2, busy);
    let world = at_home(&sandbox);
    let outcome = world.run("mr list");
    assert_eq!((outcome.code, outcome.stdout.lines().count()), (0, 7));
    assert_eq!(
        outcome.stderr,
        "glduo: the server is busy (HTTP 429); trying again in 17 s (1 of 3)\n\
         glduo: the server is busy (HTTP 429); trying again in 17 s (2 of 3)\n"
    );
    assert_eq!((waited(&world), asked(&sandbox).len()), (Duration::from_secs(34), 3));
}

#[test]
fn patience_that_is_asked_for_by_a_date_is_measured_by_the_servers_clock() {
    // A server whose clock is years behind.
    let busy = "HTTP/1.1 429 Too Many Requests\r\ndate: Mon, 01 Jan 2024 00:00:00 GMT\r\n\
                retry-after: Mon, 01 Jan 2024 00:00:09 GMT\r\ncontent-length: 0\r\n\r\n";
    let good = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\
                connection: close\r\n\r\n[]";
    let server = Broken::serve(vec![Script::new(busy, End::Close), Script::new(good, End::Close)]);
    let world = World::new().env("GITLAB_HOST", server.url()).env("GITLAB_TOKEN", "glpat-x");
    let outcome = world.run("mr list -R a/b --json");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "[]\n"), "{outcome:?}");
    assert_eq!(waited(&world), Duration::from_secs(9));
}

#[test]
fn too_much_patience_is_not_had() {
    let busy = Reply::message(429, "Retry later").with_header("retry-after", "3600");
    let sandbox = after(9, busy);
    let world = at_home(&sandbox);
    let outcome = world.run("mr list --json");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (6, ""));
    let error = outcome.error();
    assert_eq!(
        (error["code"].as_str(), error["retry_after"].as_u64()),
        (Some("rate_limited"), Some(3600))
    );
    assert_eq!((waited(&world), asked(&sandbox).len()), (Duration::ZERO, 1));
}

#[test]
fn reads_are_sent_again_as_often_as_was_said() {
    for (flags, requests) in [("", 4), ("--max-retries 0", 1), ("--max-retries 5", 6)] {
        for status in [429, 502, 503, 504] {
            let sandbox = after(99, Reply::message(status, "no"));
            let outcome = at_home(&sandbox).run(&format!("mr list {flags}"));
            assert_eq!((outcome.code, outcome.stdout.as_str()), (6, ""), "{status}");
            assert_eq!(asked(&sandbox).len(), requests, "{status} {flags}");
        }
    }
    for status in [400, 401, 403, 404, 409, 422, 500, 501] {
        let sandbox = after(99, Reply::message(status, "no"));
        assert_ne!(at_home(&sandbox).run("mr list").code, 0);
        assert_eq!(asked(&sandbox).len(), 1, "{status}");
    }
}

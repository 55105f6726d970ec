//! Notes that are written while the sandbox runs.

use glduo::sandbox::Sandbox;
use serde_json::json;

use super::{LIST, get_as, sandbox};
use crate::support::raw::{self, Answer};

const ISSUE: &str = "projects/61840217/issues/27";

fn send(sandbox: &Sandbox, token: &str, method: &str, path: &str, body: &str) -> Answer {
    let token = sandbox.token_named(token).expect("a token of the seed");
    let headers = [("private-token", token), ("content-type", "application/json")];
    raw::send(sandbox.url(), method, &format!("/api/v4/{path}"), &headers, body.as_bytes())
}

#[test]
fn a_new_note_is_201_and_counted_and_listed_once() {
    let sandbox = sandbox();
    for place in [format!("{LIST}/42"), ISSUE.to_owned()] {
        let notes = format!("{place}/notes");
        let count = || get_as(&sandbox, "api", &place).json()["user_notes_count"].as_u64();
        let before = count().expect("a count");
        let new = send(&sandbox, "api", "POST", &notes, r#"{"body":"new","internal":true}"#);
        assert_eq!((new.status, count()), (201, Some(before + 1)));
        let (new, newest) = (new.json(), get_as(&sandbox, "read_api", &notes).json()[0].clone());
        assert_eq!((&newest, &new["internal"]), (&new, &json!(true)));
        let own = format!("{notes}/{}", new["id"]);
        let edited = send(&sandbox, "api", "PUT", &own, r#"{"body":"edited"}"#);
        assert_eq!((edited.status, &edited.json()["body"]), (200, &json!("edited")));
        assert_eq!(get_as(&sandbox, "api", &own).json()["body"], "edited");
        assert_eq!(count(), Some(before + 1));
    }
}

#[test]
fn writing_needs_the_whole_api_and_ones_own_note() {
    let sandbox = sandbox();
    let notes = format!("{ISSUE}/notes");
    let body = r#"{"body":"x"}"#;
    let status =
        |token: &str, method: &str, path: &str| send(&sandbox, token, method, path, body).status;
    assert_eq!(status("read_api", "POST", &notes), 403);
    assert_eq!(send(&sandbox, "read_api", "POST", &notes, body).json()["scope"], "api");
    assert_eq!(status("expired", "POST", &notes), 401);
    // The first comment is Teresa's, the token Mira's.
    let comments = get_as(&sandbox, "api", &format!("{notes}?activity_filter=only_comments"));
    let theirs = comments.json()[0]["id"].clone();
    assert_eq!(status("api", "PUT", &format!("{notes}/{theirs}")), 403);
    assert_eq!(status("api", "PUT", &format!("{notes}/1")), 404);
    assert_eq!(status("api", "PUT", &format!("{notes}/x")), 400);
    assert_eq!(status("api", "POST", "projects/61840217/issues/999/notes"), 404);
    assert_eq!(status("api", "DELETE", &notes), 405);
    let job = sandbox.token_named("job").expect("a job token");
    let headers = [("job-token", job), ("content-type", "application/json")];
    let path = format!("/api/v4/{LIST}/42/notes");
    let by_job = raw::send(sandbox.url(), "POST", &path, &headers, body.as_bytes());
    assert_eq!(by_job.status, 401);
}

#[test]
fn texts_that_gitlab_does_not_take_are_refused() {
    let sandbox = sandbox();
    let notes = format!("{ISSUE}/notes");
    for (body, status, words) in [
        ("{}", 400, r#"{"error":"body is missing"}"#),
        (r#"{"body":""}"#, 400, r#"{"error":"body is empty"}"#),
        ("no JSON", 400, r#"{"error":"The request body could not be parsed"}"#),
        (r#"{"body":"/close"}"#, 202, "\"summary\":[\"Closed this.\"]"),
        (r#"{"body":"Done\n/close"}"#, 201, "\"body\":\"Done\""),
    ] {
        let answer = send(&sandbox, "api", "POST", &notes, body);
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
        assert!(answer.text().contains(words), "{body}: {}", answer.text());
    }
}

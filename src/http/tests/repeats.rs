//! What is sent again, and what is said and waited before.

use std::net::TcpListener;
use std::time::Duration;

use super::support::{Script, Server, World};
use crate::http::{HttpErrorKind, Options, Request, Resend};
use crate::model::address::Url;

fn status(head: &str) -> Script {
    Script::answer(&format!("{head}\nContent-Type: text/plain"), "Retry later")
}

fn patient() -> World {
    World::with(Options::default())
}

/// Sends a POST to a server that plays these and counts what it saw.
fn times_posted(resend: Resend, scripts: Vec<Script>) -> usize {
    let server = Server::start(scripts);
    let request = Request::post_json(server.url("/"), b"{}".to_vec(), resend);
    let _ = patient().client.send(&request);
    server.seen().len()
}

#[test]
fn a_busy_server_is_asked_again_when_it_said() {
    let busy = status("429 Too Many Requests\nRetry-After: 2");
    let server = Server::start([busy, Script::json("[1]")]);
    let world = patient();
    let response = world.client.send(&server.get("/")).expect("an answer");
    assert_eq!(response.body, b"[1]");
    assert_eq!(world.waits(), [Duration::from_secs(2)]);
    let note = "glduo: the server is busy (HTTP 429); trying again in 2 s (1 of 3)\n";
    assert_eq!(world.said(), note);
}

#[test]
fn a_date_is_measured_against_the_servers_clock() {
    let head = "503 Service Unavailable\nDate: Mon, 23 Nov 2026 12:00:00 GMT\n\
                Retry-After: Mon, 23 Nov 2026 12:00:07 GMT";
    let server = Server::start([status(head), Script::json("[]")]);
    let world = patient();
    world.client.send(&server.get("/")).expect("an answer");
    assert_eq!(world.waits(), [Duration::from_secs(7)]);
}

#[test]
fn too_long_a_wait_is_reported_and_not_waited() {
    let server = Server::start([status("429 Too Many Requests\nRetry-After: 3600")]);
    let world = patient();
    let error = world.client.send(&server.get("/")).expect_err("no patience");
    let HttpErrorKind::Status { status, retry_after, body, .. } = error.kind else {
        panic!("{error}")
    };
    assert_eq!((status, retry_after), (429, Some(Duration::from_hours(1))));
    assert_eq!(body, b"Retry later");
    assert_eq!(world.waits(), []);
}

#[test]
fn repeats_are_counted_and_the_last_error_is_told() {
    let server = Server::start(vec![status("502 Bad Gateway"); 5]);
    let world = patient();
    let error = world.client.send(&server.get("/")).expect_err("an error");
    assert!(matches!(error.kind, HttpErrorKind::Status { status: 502, .. }), "{error}");
    assert_eq!((server.seen().len(), world.waits().len()), (4, 3));
    assert!(world.said().contains("(3 of 3)"), "{}", world.said());
}

#[test]
fn a_read_is_repeated_after_a_broken_connection() {
    let cut = Script::raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1");
    let server = Server::start([Script::raw(""), cut, Script::json("[1]")]);
    let response = patient().client.send(&server.get("/")).expect("an answer");
    assert_eq!(response.body, b"[1]");
}

#[test]
fn a_write_is_never_repeated() {
    let answers = |first| vec![first, Script::json("{}")];
    assert_eq!(times_posted(Resend::Never, answers(status("503 Busy"))), 1);
    assert_eq!(times_posted(Resend::Never, answers(status("429 Busy\nRetry-After: 1"))), 1);
    assert_eq!(times_posted(Resend::Never, answers(Script::raw(""))), 1);
}

#[test]
fn a_model_request_is_repeated_only_when_it_was_not_taken() {
    let answers = |first| vec![first, Script::json("{}")];
    for taken in ["500 Error", "502 Bad Gateway", "504 Timeout"] {
        assert_eq!(times_posted(Resend::WhenNotTaken, answers(status(taken))), 1, "{taken}");
    }
    assert_eq!(times_posted(Resend::WhenNotTaken, answers(Script::raw(""))), 1);
    for refused in ["429 Busy", "503 Busy", "529 Overloaded"] {
        assert_eq!(times_posted(Resend::WhenNotTaken, answers(status(refused))), 2, "{refused}");
    }
}

#[test]
fn a_closed_port_is_tried_again_and_named() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let url = Url::parse(&format!("http://{address}/x")).expect("a URL");
    let world = patient();
    let error = world.client.send(&Request::get(url)).expect_err("no server");
    let HttpErrorKind::Connect { reason } = &error.kind else { panic!("{error}") };
    assert!(reason.contains("refused"), "{reason}");
    assert_eq!(error.url, format!("http://{address}/x"));
    assert_eq!(world.waits().len(), 3);
}

//! What is taken for an answer, and what is not.

use std::fs;
use std::time::Duration;

use super::support::{Script, Server, World, fixture};
use crate::http::{Accept, HttpError, HttpErrorKind, Options, Phase, Request, Response};

fn send(script: Script, shape: impl FnOnce(&mut Request)) -> Result<Response, HttpError> {
    let server = Server::start([script]);
    let mut request = server.get("/x");
    shape(&mut request);
    World::new().client.send(&request)
}

fn kind(script: Script) -> HttpErrorKind {
    send(script, |_| {}).expect_err("an error").kind
}

fn packed(body: &[u8]) -> Script {
    Script::answer("200 OK\nContent-Type: application/json\nContent-Encoding: gzip", body)
}

#[test]
fn a_body_cut_short_is_an_interruption() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    let counted = Script::raw(format!("{head}Content-Length: 10\r\n\r\n[1,2"));
    let chunked = Script::raw(format!("{head}Transfer-Encoding: chunked\r\n\r\n4\r\n[1,2\r\n"));
    for script in [counted, chunked, Script::raw("HTTP/1.1 20"), Script::raw("")] {
        let kind = kind(script);
        assert!(matches!(kind, HttpErrorKind::Interrupted { .. }), "{kind}");
    }
}

#[test]
fn a_web_page_is_no_answer() {
    let page = Script::answer("200 OK\nContent-Type: text/html; charset=utf-8", "<html>Sign in");
    let HttpErrorKind::WrongContent { content_type, expected } = kind(page) else {
        panic!("another error")
    };
    assert_eq!((content_type.as_str(), expected), ("text/html; charset=utf-8", "JSON"));
    let untyped = kind(Script::answer("200 OK", "<!DOCTYPE html>"));
    assert!(matches!(untyped, HttpErrorKind::WrongContent { .. }), "{untyped}");
}

#[test]
fn a_status_brings_the_beginning_of_its_body() {
    let head = "502 Bad Gateway\nContent-Type: text/html\nX-Request-Id: abc";
    let error = send(Script::answer(head, vec![b'x'; 100_000]), |_| {}).expect_err("an error");
    assert_eq!(error.request_id.as_deref(), Some("abc"));
    let HttpErrorKind::Status { status, body, is_html, retry_after } = error.kind else {
        panic!("{error}")
    };
    assert_eq!((status, body.len(), is_html, retry_after), (502, 64 << 10, true, None));
}

#[test]
fn a_status_without_its_whole_body_is_still_that_status() {
    let cut = Script::raw("HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\n{\"mess");
    let kind = kind(cut);
    assert!(matches!(kind, HttpErrorKind::Status { status: 404, .. }), "{kind}");
}

#[test]
fn packed_bodies_are_unpacked_and_bounded_by_what_they_unpack_to() {
    let zeros = fs::read(fixture("http/zeros-1mib.gz")).expect("the fixture");
    let whole = send(packed(&zeros), |request| request.limit = 1 << 20).expect("an answer");
    assert_eq!(whole.body.len(), 1 << 20);
    let error = send(packed(&zeros), |request| request.limit = (1 << 20) - 1);
    let kind = error.expect_err("too much").kind;
    assert!(matches!(kind, HttpErrorKind::TooLarge { limit: 1_048_575 }), "{kind}");
}

#[test]
fn a_damaged_package_is_malformed_and_half_a_one_is_cut_short() {
    let zeros = fs::read(fixture("http/zeros-1mib.gz")).expect("the fixture");
    let half = kind(packed(&zeros[..500]));
    assert!(matches!(half, HttpErrorKind::Interrupted { .. }), "{half}");
    let mut damaged = zeros;
    damaged[12..40].fill(0xff);
    for bytes in [damaged.as_slice(), b"[1,2]"] {
        let kind = kind(packed(bytes));
        assert!(matches!(kind, HttpErrorKind::Malformed { .. }), "{kind}");
    }
}

#[test]
fn silence_and_trickles_end_at_the_total_limit() {
    let limit = Duration::from_millis(200);
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\nContent-Type: application/json\r\n\r\n";
    let trickle =
        (0..20).fold(Script::raw(head), |script, _| script.then(Duration::from_millis(50), " "));
    for script in [Script::default().held(), trickle] {
        let server = Server::start([script]);
        let world = World::with(Options { total: limit, max_retries: 0, ..Options::default() });
        let error = world.client.send(&server.get("/")).expect_err("a timeout");
        let HttpErrorKind::Timeout { phase, limit: told } = error.kind else { panic!("{error}") };
        assert_eq!((phase, told), (Phase::Total, limit));
    }
}

#[test]
fn the_head_is_handed_on() {
    let head = "200 OK\nContent-Type: text/plain\nX-Total: 7\nX-Request-Id: id1";
    let response = send(Script::answer(head, "diff"), |request| {
        request.accept = Accept::Text;
    });
    let response = response.expect("an answer");
    assert_eq!(response.header("x-total"), Some("7"));
    assert_eq!(response.request_id.as_deref(), Some("id1"));
    assert_eq!((response.status, response.body.as_slice()), (200, b"diff".as_slice()));
}

//! The way to the first message.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use super::super::WorkflowError;
use super::support::{Door, TOKEN, World};
use crate::duo::{Cause, DuoError};
use crate::gitlab::GitlabError;
use crate::http::{HttpError, HttpErrorKind};

#[test]
fn address_and_headers_are_those_of_the_services_own_clients() {
    let mut world = World::new(|door| {
        let peer = door.open();
        assert_eq!(
            peer.target,
            "/api/v4/ai/duo_workflows/ws?user_selected_model_identifier=a_model\
             &workflow_definition=chat&project_id=3&namespace_id=5&root_namespace_id=22"
        );
        let of = |name: &str| {
            let found = peer.headers.iter().find(|(field, _)| field == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        assert_eq!(of("authorization"), format!("Bearer {TOKEN}"));
        assert_eq!(of("origin"), format!("http://{}", of("host")));
        assert_eq!(of("x-gitlab-client-type"), "node-websocket");
        assert_eq!(of("x-gitlab-language-server-version"), "8.104.0");
        assert_eq!(of("x-gitlab-project-id"), "3");
        assert_eq!(of("x-gitlab-namespace-id"), "5");
        assert_eq!(of("x-gitlab-root-namespace-id"), "22");
        assert!(of("x-request-id").len() >= 16);
        assert!(of("user-agent").starts_with("glduo/"));
        assert_eq!(of("content-type"), "");
        peer.finish();
    });
    assert!(world.end().is_ok());
    let said = world.over();
    assert!(said.contains("> authorization: ") && !said.contains(TOKEN), "{said}");
    assert!(said.contains("startRequest"), "{said}");
}

fn head(door: &Door) -> TcpStream {
    let mut stream = door.raw();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("a request");
        head.push(byte[0]);
    }
    stream
}

/// Answers with pieces that come one after the other.
fn refused(pieces: &'static [&'static str]) -> WorkflowError {
    let mut world = World::new(move |door| {
        let mut stream = head(&door);
        for piece in pieces {
            let _ = stream.write_all(piece.as_bytes());
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    });
    let error = world.end().expect_err("no end");
    world.over();
    error
}

#[test]
fn a_refusal_is_gitlabs_own_however_it_comes() {
    let seat = refused(&[
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 34\r\n\r\n",
        r#"{"message":"No Duo seat ass"#,
        r#"igned"}"#,
    ]);
    match duo(seat) {
        DuoError::Refused { cause: Cause::Seat, refusal } => {
            assert_eq!(refusal.words, "No Duo seat assigned");
        }
        other => panic!("{other:?}"),
    }
    let chunked = refused(&[
        "HTTP/1.1 429 Too Many Requests\r\nTransfer-Encoding: chunked\r\nRetry-After: 7\r\n\r\n",
        "b\r\nRetry later\r\n0\r\n\r\n",
    ]);
    match duo(chunked) {
        DuoError::Gitlab(GitlabError::Refused(refusal)) => {
            assert_eq!((refusal.status, refusal.words.as_str()), (429, "Retry later"));
            assert_eq!(refusal.retry_after, Some(std::time::Duration::from_secs(7)));
        }
        other => panic!("{other:?}"),
    }
}

fn duo(error: WorkflowError) -> DuoError {
    match error {
        WorkflowError::Duo(error) => *error,
        other => panic!("{other:?}"),
    }
}

fn kind(error: WorkflowError) -> HttpErrorKind {
    match duo(error) {
        DuoError::Gitlab(GitlabError::Http(HttpError { kind, .. })) => kind,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_handshake_goes_nowhere_else_and_takes_no_other_answer() {
    let moved = refused(&["HTTP/1.1 302 Found\r\nLocation: https://u:p@evil.example/x?y\r\n\r\n"]);
    match kind(moved) {
        HttpErrorKind::Redirect { location, .. } => assert_eq!(location, "https://evil.example/x"),
        other => panic!("{other:?}"),
    }
    for answer in [
        &["HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"],
        &["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
        &["nonsense\r\n\r\n"],
    ] {
        assert!(matches!(kind(refused(answer)), HttpErrorKind::Malformed { .. }));
    }
}

#[test]
fn an_endless_answer_is_not_read_to_its_end() {
    let mut world = World::new(|door| {
        let mut stream = head(&door);
        // A client that leaves with its window full is noticed only minutes later.
        let _ = stream.set_write_timeout(Some(Duration::from_secs(1)));
        let _ = stream.write_all(b"HTTP/1.1 101 Switching\r\n");
        while stream.write_all(&b"x: y\r\n".repeat(1_000)).is_ok() {}
    });
    let error = world.end().expect_err("no end");
    assert!(matches!(kind(error), HttpErrorKind::Malformed { .. }));
    world.over();
}

/// A request is what renews a session that ran out; the handshake is tried once more then.
#[test]
fn an_expired_session_is_renewed_once_by_a_request() {
    const EXPIRED: &[u8] = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\n{}";
    let renew = |door: &Door| {
        head(door).write_all(EXPIRED).expect("taken");
        let mut request = head(door);
        let _ = request.read(&mut [0; 4096]).expect("a body");
        let taken = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n\
                     Content-Length: 2\r\nConnection: close\r\n\r\n{}";
        request.write_all(taken.as_bytes()).expect("taken");
    };
    let mut world = World::new(move |door| {
        renew(&door);
        door.begun().0.finish();
    });
    assert!(world.end().is_ok());
    world.over();
    let mut world = World::new(move |door| {
        renew(&door);
        head(&door).write_all(EXPIRED).expect("taken");
    });
    let error = world.end().expect_err("no end");
    match duo(error) {
        DuoError::Gitlab(GitlabError::Refused(refusal)) => assert_eq!(refusal.status, 401),
        other => panic!("{other:?}"),
    }
    world.over();
}

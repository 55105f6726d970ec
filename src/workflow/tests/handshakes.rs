//! The way to the first message.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

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
        // The service takes a client that sends one for a browser.
        assert_eq!(of("origin"), "");
        assert_eq!(of("x-gitlab-client-type"), "node-websocket");
        assert_eq!(of("x-gitlab-language-server-version"), "8.104.0");
        assert_eq!(of("x-gitlab-project-id"), "3");
        assert_eq!(of("x-gitlab-namespace-id"), "5");
        assert_eq!(of("x-gitlab-root-namespace-id"), "22");
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

fn refused(answer: &'static str) -> DuoError {
    let mut world = World::new(move |door| {
        let _ = head(&door).write_all(answer.as_bytes());
    });
    let error = world.end().expect_err("no end");
    world.over();
    match error {
        WorkflowError::Duo(error) => *error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_refusal_has_gitlabs_words() {
    let body = "HTTP/1.1 403 Forbidden\r\nContent-Length: 34\r\n\r\n{\"message\":\"No Duo seat assigned\"}";
    match refused(body) {
        DuoError::Refused { cause: Cause::Seat, refusal } => {
            assert_eq!(refusal.words, "No Duo seat assigned");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_answer_that_opens_no_websocket_says_why() {
    let kind = |answer| match refused(answer) {
        DuoError::Gitlab(GitlabError::Http(HttpError { kind, .. })) => kind,
        other => panic!("{other:?}"),
    };
    let moved = kind("HTTP/1.1 302 Found\r\nLocation: https://u:p@evil.example/x?y\r\n\r\n");
    match moved {
        HttpErrorKind::Redirect { location, .. } => assert_eq!(location, "https://evil.example/x"),
        other => panic!("{other:?}"),
    }
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n",
    ] {
        assert!(matches!(kind(answer), HttpErrorKind::NotUpgraded { status: 200 | 426 }));
    }
    let unproven =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    assert!(matches!(kind(unproven), HttpErrorKind::Malformed { .. }));
}

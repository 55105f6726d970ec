//! Which server sees which credential.

use super::support::{Script, Server, TOKEN, World, ca_file};
use crate::http::{HttpErrorKind, Method, Options, Request, Resend};
use crate::model::address::Url;

fn redirect(to: &str) -> Script {
    Script::answer(&format!("302 Found\nLocation: {to}"), "")
}

#[test]
fn the_credential_is_sent_to_its_origin() {
    let server = Server::start([Script::json("[]")]);
    let request =
        server.get("/api/v4/projects/a%2Fb?x=1").with_credential(Some(server.credential()));
    World::new().client.send(&request).expect("an answer");
    let seen = &server.seen()[0];
    assert!(seen.starts_with("GET /api/v4/projects/a%2Fb?x=1 HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains(&format!("authorization: Bearer {TOKEN}\r\n")), "{seen}");
    assert!(seen.contains("user-agent: glduo/"), "{seen}");
}

#[test]
fn a_redirect_elsewhere_is_refused_and_the_other_server_hears_nothing() {
    let other = Server::start([Script::json("[]")]);
    let server = Server::start([redirect(&format!("{}/x?y", other.base()))]);
    let request = server.get("/").with_credential(Some(server.credential()));
    let error = World::new().client.send(&request).expect_err("a refusal");
    let HttpErrorKind::Redirect { location, .. } = error.kind else { panic!("{error}") };
    assert_eq!(location, format!("{}/x", other.base()));
    assert_eq!(other.seen(), Vec::<String>::new());
}

#[test]
fn a_redirect_on_the_same_server_keeps_the_credential() {
    let server = Server::start([redirect("/moved"), Script::json("[]")]);
    let request = server.get("/old").with_credential(Some(server.credential()));
    let response = World::new().client.send(&request).expect("an answer");
    assert_eq!(response.url, server.url("/moved"));
    assert!(server.seen()[1].contains(TOKEN));
}

#[test]
fn headers_do_not_follow_to_another_server() {
    let other = Server::start_tls([Script::json("[]")]);
    let server = Server::start([redirect(&format!("{}/log", other.base()))]);
    let extra_roots = vec![ca_file("tls/ca.pem")];
    let world = World::with(Options { extra_roots, ..Options::default() });
    let mut request = server.get("/");
    request.headers.push(("x-gitlab-thing".to_owned(), "value".to_owned()));
    world.client.send(&request).expect("an answer");
    assert!(server.seen()[0].contains("x-gitlab-thing: value"));
    assert!(!other.seen()[0].contains("x-gitlab-thing"));
}

#[test]
fn redirects_end() {
    let server = Server::start(vec![redirect("/again"); 6]);
    let error = World::new().client.send(&server.get("/")).expect_err("a refusal");
    assert!(matches!(error.kind, HttpErrorKind::Redirect { .. }), "{error}");
    assert_eq!(server.seen().len(), 6);
}

#[test]
fn a_write_that_is_redirected_is_an_error_and_sent_once() {
    let server = Server::start([redirect("/elsewhere"), Script::json("{}")]);
    let request = Request::post_json(server.url("/"), b"{}".to_vec(), Resend::Never);
    let error = World::new().client.send(&request).expect_err("a refusal");
    assert!(matches!(error.kind, HttpErrorKind::Redirect { .. }), "{error}");
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn a_credential_of_another_origin_is_not_sent() {
    let other = Server::start([]);
    let server = Server::start([Script::json("[]")]);
    let request = server.get("/").with_credential(Some(other.credential()));
    let error = World::new().client.send(&request).expect_err("a refusal");
    let HttpErrorKind::ForeignOrigin { owner } = error.kind else { panic!("{error}") };
    assert_eq!(owner, other.base());
    assert_eq!(server.seen(), Vec::<String>::new());
}

#[test]
fn plain_http_to_another_machine_is_refused_before_connecting() {
    let url = Url::parse("http://gitlab.invalid/a?b").expect("a URL");
    let error = World::new().client.send(&Request::get(url)).expect_err("a refusal");
    assert!(matches!(error.kind, HttpErrorKind::InsecureHttp), "{error}");
    assert_eq!(error.url, "http://gitlab.invalid/a");
}

#[test]
fn a_body_and_its_type_are_sent() {
    let server =
        Server::start([Script::answer("201 Created\nContent-Type: application/json", "{}")]);
    let mut request = Request::post_json(server.url("/"), b"{\"a\":1}".to_vec(), Resend::Never);
    request.method = Method::Put;
    assert_eq!(World::new().client.send(&request).expect("an answer").status, 201);
    let seen = &server.seen()[0];
    assert!(seen.starts_with("PUT / ") && seen.ends_with("\r\n\r\n{\"a\":1}"), "{seen}");
    assert!(seen.contains("content-type: application/json\r\n"), "{seen}");
}

#[test]
fn a_header_that_cannot_be_sent_is_named_and_its_value_is_not() {
    let server = Server::start([]);
    let mut request = server.get("/");
    request.headers.push(("x-a".to_owned(), "secret\r\nx-b: c".to_owned()));
    let error = World::new().client.send(&request).expect_err("a refusal");
    assert_eq!(error.kind.to_string(), "the header x-a cannot be sent");
}

//! Connections for another protocol: which way they take, and which they do not.

use super::support::{Script, Server, World, ca_file};
use crate::http::{Connection, HttpError, HttpErrorKind, Options, Proxies, TlsFailure};
use crate::model::address::{Origin, Url};
use crate::model::credential::Credential;
use crate::system::bell::Bell;

const HELLO: &str = "HTTP/1.1 101 Switching Protocols\r\n\r\n";

fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL")
}

/// The server's credential, as if it belonged there.
fn credential_of(server: &Server, place: &Url) -> Credential {
    Credential { origin: Origin::of(place).expect("an origin"), ..server.credential() }
}

fn dial(world: &World, to: &Url, credential: &Credential) -> Result<Connection, HttpError> {
    world.client.dial(to, credential)?.connect(&Bell::default())
}

/// What comes when something was said.
fn spoken(mut connection: Connection) -> String {
    use std::io::Write as _;
    connection.write_all(b"GET / HTTP/1.1\r\n\r\n").expect("written");
    connection.flush().expect("written");
    connection.read_head().expect("a head")
}

#[test]
fn tls_trusts_the_same_authorities_as_requests() {
    let dial_with = |options: Options| {
        let server = Server::start_tls([Script::raw(HELLO)]);
        dial(&World::with(options), &server.url("/"), &server.credential()).map(spoken)
    };
    let ca = ca_file("tls/ca.pem");
    let besides = Options { extra_roots: vec![ca.clone()], ..Options::default() };
    assert_eq!(dial_with(besides).expect("trusted"), HELLO);
    let instead = Options { only_roots: Some(ca), ..Options::default() };
    assert_eq!(dial_with(instead).expect("trusted"), HELLO);
    let other = Options { only_roots: Some(ca_file("tls/other-ca.pem")), ..Options::default() };
    let error = dial_with(other).expect_err("no trust");
    let HttpErrorKind::Tls { failure } = &error.kind else { panic!("{error}") };
    assert_eq!(*failure, TlsFailure::UnknownIssuer);
}

fn proxied(proxy: &Server) -> World {
    let value = proxy.base().replace("://", "://user:hunter22@");
    let proxies = Proxies { http: Some(("HTTP_PROXY", value)), ..Proxies::default() };
    World::with(Options { proxies, allow_insecure_http: true, ..Options::default() })
}

#[test]
fn a_proxy_makes_a_tunnel_and_gets_no_credential_of_gitlab() {
    let answer = format!("HTTP/1.1 200 Connection established\r\n\r\n{HELLO}");
    let proxy = Server::start([Script::raw(answer)]);
    let to = url("http://gitlab.invalid/");
    let connection = dial(&proxied(&proxy), &to, &credential_of(&proxy, &to)).expect("a tunnel");
    assert_eq!(spoken(connection), HELLO);
    let seen = proxy.seen();
    assert!(seen[0].starts_with("CONNECT gitlab.invalid:80 HTTP/1.1\r\n"), "{seen:?}");
    assert!(seen[0].contains("Proxy-Authorization: Basic dXNlcjpodW50ZXIyMg==\r\n"), "{seen:?}");
    assert!(!seen[0].contains(super::support::TOKEN), "{seen:?}");
}

#[test]
fn a_proxy_that_refuses_is_told_without_its_password() {
    let proxy = Server::start([Script::answer("407 Proxy Authentication Required", "")]);
    let to = url("http://gitlab.invalid/");
    let error = dial(&proxied(&proxy), &to, &credential_of(&proxy, &to)).expect_err("no way out");
    let HttpErrorKind::Connect { reason } = &error.kind else { panic!("{error}") };
    assert!(reason.contains("407") && !reason.contains("hunter22"), "{reason}");
}

#[test]
fn loopback_goes_past_the_proxy() {
    let (proxy, server) = (Server::start([]), Server::start([Script::raw(HELLO)]));
    let made = dial(&proxied(&proxy), &server.url("/"), &server.credential());
    assert_eq!(spoken(made.expect("the direct way")), HELLO);
    assert_eq!(proxy.seen(), Vec::<String>::new());
}

#[test]
fn a_credential_is_taken_to_no_other_server() {
    let (owner, other) = (Server::start([]), Server::start([Script::raw(HELLO)]));
    let error = dial(&World::new(), &other.url("/"), &owner.credential()).expect_err("a refusal");
    assert!(matches!(error.kind, HttpErrorKind::ForeignOrigin { .. }), "{error}");
    assert_eq!(other.seen(), Vec::<String>::new());
}

#[test]
fn plain_http_to_another_machine_needs_the_opt_in() {
    let server = Server::start([]);
    let to = url("http://gitlab.invalid/");
    let error = dial(&World::new(), &to, &credential_of(&server, &to)).expect_err("a refusal");
    assert!(matches!(error.kind, HttpErrorKind::InsecureHttp), "{error}");
}

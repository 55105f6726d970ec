//! TLS, proxies, and what is said about requests.

use std::io::{self, Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use super::support::{Script, Server, TOKEN, World, ca_file, fixture};
use crate::http::{
    CaFile, HttpError, HttpErrorKind, Options, Phase, Proxies, Request, Resend, Response,
};
use crate::model::address::Url;
use crate::system::notes::Verbosity;

fn options() -> Options {
    Options { max_retries: 0, ..Options::default() }
}

fn trusting() -> Options {
    Options { extra_roots: vec![ca_file("tls/ca.pem")], ..options() }
}

/// Sends to a server with this certificate.
fn send_tls_to(certificate: &str, options: Options) -> Result<Response, HttpError> {
    let server = Server::start_tls_with(certificate, [Script::json("[]")]);
    World::with(options).client.send(&server.get("/"))
}

fn send_tls(options: Options) -> Result<Response, HttpError> {
    send_tls_to("tls/server.pem", options)
}

#[test]
fn a_named_authority_is_trusted_besides_the_roots_or_instead() {
    send_tls(trusting()).expect("trusted");
    send_tls(Options { only_roots: Some(ca_file("tls/ca.pem")), ..options() }).expect("trusted");
}

#[test]
fn a_certificate_that_is_refused_says_why() {
    let unknown = Options { only_roots: Some(ca_file("tls/other-ca.pem")), ..options() };
    for (certificate, options, words) in [
        ("tls/server.pem", unknown, "no trusted authority issued its certificate"),
        ("tls/expired.pem", trusting(), "its certificate expired on 2025-03-02"),
        ("tls/future.pem", trusting(), "its certificate is not valid before 2100-01-01"),
        (
            "tls/elsewhere.pem",
            trusting(),
            "its certificate is for gitlab.example.com, *.example.org, 192.0.2.7 and not for this host",
        ),
    ] {
        let error = send_tls_to(certificate, options).expect_err("no trust");
        let HttpErrorKind::Tls { failure } = &error.kind else { panic!("{error}") };
        assert_eq!(failure.to_string(), words);
    }
}

#[test]
fn a_ca_file_that_cannot_be_used_matters_to_https_alone() {
    for (path, words) in [
        (PathBuf::from("/nowhere/ca.pem"), "No such file or directory (os error 2)"),
        (fixture("tls/server.key"), "there is no certificate in it"),
        (fixture("tls/damaged.pem"), "it is not a PEM file"),
        (fixture("tls"), "Is a directory (os error 21)"),
    ] {
        let bad = CaFile { path, setting: "SSL_CERT_FILE".to_owned() };
        let options = Options { only_roots: Some(bad.clone()), ..options() };
        let error = send_tls(options.clone()).expect_err("no CA file");
        let HttpErrorKind::CaFile { file, reason } = &error.kind else { panic!("{error}") };
        assert_eq!((&**file, reason.as_str()), (&bad, words));
        let plain = Server::start([Script::json("[]")]);
        World::with(options).client.send(&plain.get("/")).expect("plain http needs no CA");
    }
}

/// The https URL of a port where something else answers: these bytes, and then nothing.
fn not_tls(answer: &'static [u8]) -> Request {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("https://{}/", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        let (mut connection, _) = listener.accept().expect("a connection");
        let _ = connection.write_all(answer);
        let _ = io::copy(&mut connection, &mut io::sink());
    });
    get(&url)
}

#[test]
fn plain_http_behind_https_is_recognized() {
    let request = not_tls(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let error = World::new().client.send(&request).expect_err("no TLS");
    assert!(matches!(error.kind, HttpErrorKind::WrongScheme { speaks: "http" }), "{error}");
}

/// A TLS port answers a plain request with a TLS alert, or tells a person what to do.
#[test]
fn tls_behind_plain_http_is_recognized_whatever_the_certificate_is() {
    for certificate in ["tls/server.pem", "tls/expired.pem"] {
        let server = Server::start_tls_with(certificate, [Script::json("[]"), Script::json("[]")]);
        let plain = server.base().replace("https://", "http://");
        let error = World::with(options()).client.send(&get(&plain)).expect_err("TLS");
        let kind = &error.kind;
        assert!(matches!(kind, HttpErrorKind::WrongScheme { speaks: "https" }), "{error}");
    }
    // OpenSSL's server says nothing and hangs up.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let plain = format!("http://{}/", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.expect("a connection");
            let mut first = [0];
            let _ = connection.read_exact(&mut first);
            // A handshake record (22) gets an alert about the host name.
            if first == [22] {
                // With input left unread, closing resets the connection and the alert is lost.
                let _ = connection.read(&mut [0; 4096]);
                let _ = connection.write_all(&[21, 3, 3, 0, 2, 2, 112]);
            }
        }
    });
    for options in [options(), Options { max_retries: 2, ..options() }] {
        let error = World::with(options).client.send(&get(&plain)).expect_err("TLS");
        let kind = &error.kind;
        assert!(matches!(kind, HttpErrorKind::WrongScheme { speaks: "https" }), "{error}");
    }
    for page in [
        "<center>The plain HTTP request was sent to HTTPS port</center>",
        "Client sent an HTTP request to an HTTPS server.\n",
        "Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />",
    ] {
        let script = || Script::answer("400 Bad Request", page);
        let server = Server::start([script(), script()]);
        let client = World::with(options()).client;
        let failed = client.send(&server.get("/")).expect_err("a page");
        let looked = client.look(&server.get("/")).expect_err("a page");
        for error in [failed, looked] {
            let kind = &error.kind;
            assert!(matches!(kind, HttpErrorKind::WrongScheme { speaks: "https" }), "{error}");
        }
    }
}

#[test]
fn what_is_neither_http_nor_tls_is_an_interruption() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.expect("a connection");
            let _ = connection.write_all(b"SSH-2.0-OpenSSH_9.2p1\r\n");
            let _ = io::copy(&mut connection, &mut io::sink());
        }
    });
    let error = World::with(options()).client.send(&get(&url)).expect_err("no HTTP");
    assert!(!matches!(error.kind, HttpErrorKind::WrongScheme { .. }), "{error}");
}

#[test]
fn a_handshake_counts_as_connecting() {
    let limit = Duration::from_millis(150);
    let world = World::with(Options { connect: limit, ..options() });
    let error = world.client.send(&not_tls(b"")).expect_err("silence");
    let HttpErrorKind::Timeout { phase, limit: told } = error.kind else { panic!("{error}") };
    assert_eq!((phase, told), (Phase::Connect, limit));
}

fn proxied(proxy: &Server, none: Option<&str>) -> World {
    let value = proxy.base().replace("://", "://user:hunter22@");
    let proxies = Proxies {
        https: Some(("HTTPS_PROXY", value.clone())),
        http: Some(("HTTP_PROXY", value)),
        none: none.map(str::to_owned),
    };
    World::with(Options { proxies, allow_insecure_http: true, ..options() })
}

fn get(url: &str) -> Request {
    Request::get(Url::parse(url).expect("a URL"))
}

#[test]
fn plain_http_goes_through_the_proxy_in_absolute_form() {
    let proxy = Server::start([Script::json("[]")]);
    proxied(&proxy, None).client.send(&get("http://gitlab.invalid/a?b")).expect("an answer");
    let seen = &proxy.seen()[0];
    assert!(seen.starts_with("GET http://gitlab.invalid/a?b HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains("proxy-authorization: Basic dXNlcjpodW50ZXIyMg==\r\n"), "{seen}");
}

#[test]
fn exceptions_and_loopback_go_past_it() {
    let proxy = Server::start([Script::json("[]")]);
    let server = Server::start([Script::json("[]"), Script::json("[]")]);
    let world = proxied(&proxy, Some("0.0.0.0"));
    world.client.send(&server.get("/")).expect("the direct way");
    let excepted = server.base().replace("127.0.0.1", "0.0.0.0");
    world.client.send(&get(&excepted)).expect("the direct way");
    assert_eq!(proxy.seen(), Vec::<String>::new());
}

#[test]
fn an_unknown_name_is_told() {
    // No label may be as long, so that no server needs to be asked.
    let host = format!("{}.invalid", "a".repeat(64));
    let world = World::with(Options { allow_insecure_http: true, ..options() });
    let error = world.client.send(&get(&format!("http://{host}/"))).expect_err("no such host");
    assert!(matches!(&error.kind, HttpErrorKind::Dns { host: told } if *told == host), "{error}");
}

#[test]
fn a_proxy_that_refuses_is_named_without_its_password() {
    let proxy = Server::start([Script::answer("407 Proxy Authentication Required", "")]);
    let error = proxied(&proxy, None).client.send(&get("https://gitlab.invalid/"));
    let error = error.expect_err("no way out");
    let HttpErrorKind::Connect { reason } = &error.kind else { panic!("{error}") };
    let address = proxy.base().trim_start_matches("http://");
    assert!(reason.starts_with(&format!("proxy {address}: ")), "{reason}");
    assert!(!reason.contains("hunter22"), "{reason}");
    let seen = &proxy.seen()[0];
    assert!(seen.starts_with("CONNECT gitlab.invalid:443 "), "{seen}");
    assert!(seen.to_lowercase().contains("proxy-authorization: basic "), "{seen}");
}

#[test]
fn a_proxy_that_is_none_is_told_by_its_variable() {
    let proxies =
        Proxies { https: Some(("https_proxy", "socks5://x".into())), ..Proxies::default() };
    let world = World::with(Options { proxies, ..options() });
    let error = world.client.send(&get("https://gitlab.invalid/")).expect_err("no proxy");
    assert!(matches!(error.kind, HttpErrorKind::Proxy { variable: "https_proxy" }), "{error}");
}

#[test]
fn verbose_is_one_line_a_try_without_secrets() {
    let head = "200 OK\nContent-Type: application/json\nX-Request-Id: abc";
    let busy = Script::answer("503 Busy\nRetry-After: 0", "");
    let server = Server::start([busy, Script::answer(head, "[]")]);
    let world = World::saying(Verbosity::Requests, Options::default());
    let path = "/x?a=1&private_token=abcdef";
    world.client.send(&server.get(path)).expect("an answer");
    let line = format!("GET {}/x?a=1&private_token=[redacted]", server.base());
    let note = "glduo: the server is busy (HTTP 503); trying again in 0 s (1 of 3)";
    let expected = format!("{line} 503 0 ms\n{note}\n{line} 200 0 ms (request id abc)\n");
    assert_eq!(world.said(), expected);
}

#[test]
fn very_verbose_shows_heads_and_bodies_without_secrets() {
    let echo = format!("{{\"echo\":\"{TOKEN}\",\"escape\":\"\u{1b}[2J\"}}");
    let server = Server::start([Script::json(&echo)]);
    let world = World::saying(Verbosity::Bodies, options());
    let request = Request::post_json(server.url("/"), b"{\"ask\":1}".to_vec(), Resend::Never);
    world.client.send(&request.with_credential(Some(server.credential()))).expect("an answer");
    let said = world.said();
    for line in
        ["> authorization: [redacted]\n", "{\"ask\":1}\n", "< content-type: application/json\n"]
    {
        assert!(said.contains(line), "{line} in {said}");
    }
    assert!(said.contains("{\"echo\":\"[redacted]\",\"escape\":\"\\x1b[2J\"}"), "{said}");
    assert!(!said.contains(TOKEN), "{said}");
}

#[test]
fn a_confidential_body_is_not_shown_and_no_secret_is_cut_in_half() {
    let server = Server::start([Script::json("{\"token\":\"opaque\"}")]);
    let world = World::saying(Verbosity::Bodies, options());
    world.client.send(&server.get("/").confidential()).expect("an answer");
    assert!(world.said().contains("(18 bytes, not shown)"), "{}", world.said());
    assert!(!world.said().contains("opaque"), "{}", world.said());

    let filler = " ".repeat((64 << 10) - 10);
    let server = Server::start([Script::json(&format!("\"{filler}{TOKEN}\""))]);
    let world = World::saying(Verbosity::Bodies, options());
    let request = server.get("/").with_credential(Some(server.credential()));
    world.client.send(&request).expect("an answer");
    assert!(!world.said().contains(&TOKEN[..6]));
    assert!(world.said().ends_with("(the first 65536 of 65560 bytes)\n"));
}

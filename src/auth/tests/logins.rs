//! Whole logins against an instance, up to the tokens and their end.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use super::support::{Home, Instance, oauth_error, pair};
use crate::auth::{Application, AuthError, BrowserLogin, Connection, Revocation, log_out};
use crate::model::address::Url;
use crate::model::secret::Secret;
use crate::system::clock::RealClock;

fn application(secret: Option<&str>) -> Application {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = socket.local_addr().expect("an address").port();
    Application {
        id: "app".to_owned(),
        secret: secret.map(Secret::new),
        callback_url: format!("http://localhost:{port}/callback"),
    }
}

/// Comes back from the page of this URL with a query, and gives what the browser then shows.
fn come_back(page: &Url, query: &str) -> String {
    let parameter = |name: &str| {
        let mut pairs = page.query_pairs();
        pairs.find(|(key, _)| key == name).expect("a parameter").1.into_owned()
    };
    let callback = Url::parse(&parameter("redirect_uri")).expect("a URL");
    let address = ("127.0.0.1", callback.port().expect("a port"));
    let mut stream = TcpStream::connect(address).expect("a connection");
    let state = parameter("state");
    let host = format!("localhost:{}", address.1);
    let head = format!("GET /callback?{query}&state={state} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

fn log_in(
    home: &Home,
    instance: &Instance,
    application: Application,
    query: &'static str,
) -> (Result<Connection, AuthError>, String) {
    let scopes = ["ai_features".to_owned()];
    let login = BrowserLogin::start(&instance.base, application, &scopes, &home.redactor);
    let login = login.expect("a login");
    let page = login.url().clone();
    let browser = std::thread::spawn(move || come_back(&page, query));
    let connection = login
        .wait(Duration::from_secs(10), &RealClock, &mut |_| {})
        .and_then(|consent| consent.exchange(&home.server(&instance.base)))
        .map(|(connection, browser)| {
            browser.logged_in(&connection);
            connection
        });
    (connection, browser.join().expect("a browser"))
}

#[test]
fn a_code_becomes_a_session_that_knows_what_made_it() {
    let (home, instance) = (Home::new(), Instance::new(|_| pair(1)));
    let application = application(Some("gloas-s"));
    let redirect_uri = application.callback_url.clone();
    let (connection, shown) = log_in(&home, &instance, application, "code=c0de");
    assert!(shown.contains("You are logged in"), "{shown}");
    let renewal = connection.expect("a session").renewal.expect("a renewal");
    assert_eq!(renewal.redirect_uri.as_deref(), Some(redirect_uri.as_str()));
    assert_eq!(renewal.refresh_token.expect("a token").expose(), "refresh-1");
    let [asked] = &instance.asked()[..] else { panic!("{:?}", instance.asked()) };
    for (name, value) in [
        ("grant_type", "authorization_code"),
        ("code", "c0de"),
        ("redirect_uri", &redirect_uri),
        ("client_id", "app"),
        ("client_secret", "gloas-s"),
    ] {
        assert_eq!(asked.field(name), value);
    }
    assert_eq!(asked.field("code_verifier").len(), 43);
    assert_eq!(home.redactor.redact(asked.field("code_verifier")), "[redacted]");
}

#[test]
fn the_browser_hears_of_every_end() {
    let home = Home::new();
    let refusing = Instance::new(|_| oauth_error("invalid_grant"));
    let (outcome, shown) = log_in(&home, &refusing, application(None), "code=c0de");
    assert!(matches!(outcome, Err(AuthError::OAuth { error, .. }) if error == "invalid_grant"));
    assert!(shown.contains("Login failed"), "{shown}");
    assert_eq!(refusing.asked()[0].field("client_secret"), "");

    let (outcome, shown) = log_in(&home, &refusing, application(None), "error=access_denied");
    assert!(matches!(outcome, Err(AuthError::Refused)));
    assert!(shown.contains("Login refused"), "{shown}");

    let (outcome, shown) = log_in(&home, &refusing, application(None), "error=invalid_scope");
    assert!(matches!(outcome, Err(AuthError::OAuth { error, .. }) if error == "invalid_scope"));
    assert!(shown.contains("Login failed"), "{shown}");
}

#[test]
fn logging_out_revokes_both_tokens_and_deletes_regardless() {
    for (status, wanted) in [(200, true), (503, false)] {
        let (home, instance) = (Home::new(), Instance::new(move |_| (status, "{}".to_owned())));
        home.keep(&instance.base, 100);
        let out = log_out(&home.store(), &home.server(&instance.base)).expect("logged out");
        assert_eq!(matches!(out, Some(Revocation::Done)), wanted, "{out:?}");
        assert_eq!(matches!(out, Some(Revocation::Failed(_))), !wanted);
        assert!(home.store().find(&instance.base).expect("readable").is_none());
        let asked = instance.asked();
        assert_eq!(asked[0].path, "/gitlab/oauth/revoke");
        assert_eq!(asked[0].field("token"), "refresh-1");
        assert_eq!(asked[0].field("client_secret"), "gloas-secret");
        let again = log_out(&home.store(), &home.server(&instance.base)).expect("no error");
        assert!(again.is_none());
    }
}

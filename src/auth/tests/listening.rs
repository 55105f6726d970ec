//! The browser's part of a login, and what else knocks at the port.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::auth::callback::Callback;
use crate::auth::callback::CallbackUrl;
use crate::auth::callback::Ignored::{self, Host, Method, NotHttp, Path, TooLarge};
use crate::auth::listener::Listener;
use crate::auth::pages::Page;
use crate::auth::pkce::State;
use crate::auth::waiting::Waiting;
use crate::auth::{AuthError, Event};
use crate::system::clock::RealClock;

const RIGHT: &str = "/callback?code=c0de&state=right";

/// A login that waits in a thread of its own.
struct Login {
    port: u16,
    events: Receiver<Event>,
    outcome: JoinHandle<Result<String, AuthError>>,
}

/// A port that is free on both loopback families at the moment.
fn free_port() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
    socket.local_addr().expect("an address").port()
}

fn callback_url(port: u16) -> CallbackUrl {
    CallbackUrl::parse(&format!("http://localhost:{port}/callback")).expect("a callback URL")
}

impl Login {
    fn start() -> Self {
        Self::within(Duration::from_secs(20))
    }

    fn within(limit: Duration) -> Self {
        let url = callback_url(free_port());
        let listener = Listener::bind(&url).expect("a listener");
        let (sender, events) = mpsc::channel();
        let port = url.port;
        let outcome = std::thread::spawn(move || {
            let mut watch = |event| sender.send(event).unwrap_or_default();
            let mut waiting = Waiting::begin(&RealClock, limit, &mut watch);
            let (callback, visitor) = listener.wait(&url, &State::of("right"), &mut waiting)?;
            Ok(match callback {
                Callback::Code(code) => {
                    visitor
                        .show(&Page::Success { instance: "https://h".to_owned(), account: None });
                    code.expose().to_owned()
                }
                Callback::Error { error, description } => {
                    visitor.show(&Page::Refused);
                    format!("{error}: {}", description.unwrap_or_default())
                }
            })
        });
        Self { port, events, outcome }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(15))).expect("a limit");
        stream
    }

    /// Sends a request and gives the answer.
    fn ask(&self, method: &str, target: &str, host: &str) -> String {
        let head = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        exchange(self.connect(), head.as_bytes())
    }

    fn get(&self, target: &str) -> String {
        self.ask("GET", target, &format!("localhost:{}", self.port))
    }

    fn outcome(self) -> (Result<String, AuthError>, Vec<Ignored>) {
        let outcome = self.outcome.join().expect("a thread that ends");
        let ignored = self.events.iter().filter_map(|event| match event {
            Event::Ignored(ignored) => Some(ignored),
            _ => None,
        });
        (outcome, ignored.collect())
    }
}

fn exchange(mut stream: TcpStream, request: &[u8]) -> String {
    stream.write_all(request).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[track_caller]
fn assert_status(answer: &str, status: u16) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
}

#[test]
fn who_approves_is_logged_in_and_the_port_is_free_again() {
    let login = Login::start();
    let port = login.port;
    let answer = login.get(RIGHT);
    assert_status(&answer, 200);
    assert!(answer.contains("You are logged in") && !answer.contains("c0de"));
    for field in ["nosniff", "no-store", "no-referrer", "default-src 'none'"] {
        assert!(answer.contains(field), "{field}");
    }
    let (outcome, ignored) = login.outcome();
    assert_eq!(outcome.expect("a code"), "c0de");
    assert_eq!(ignored, []);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "nobody listens for a second one");
    assert!(Listener::bind(&callback_url(port)).is_ok());
}

#[test]
fn who_refuses_is_told_so_in_fixed_words() {
    let login = Login::start();
    let hostile = "error_description=%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    let answer = login.get(&format!("/callback?error=access_denied&{hostile}&state=right"));
    assert_status(&answer, 200);
    assert!(answer.contains("Login refused") && !answer.contains("script"));
    let (outcome, _) = login.outcome();
    assert_eq!(outcome.expect("an error"), "access_denied: <script>alert(1)</script>");
}

#[test]
fn everything_else_is_turned_away_and_changes_nothing() {
    let login = Login::start();
    let host = format!("localhost:{}", login.port);
    assert_status(&login.get("/favicon.ico"), 404);
    assert_status(&login.get("/callback?code=evil&state=wrong"), 403);
    assert_status(&login.get("/callback?error=access_denied&state=wrong"), 403);
    assert_status(&login.ask("GET", RIGHT, &format!("evil.example:{}", login.port)), 400);
    assert_status(&login.ask("POST", RIGHT, &host), 405);
    let head = login.ask("HEAD", RIGHT, &host);
    assert_status(&head, 405);
    assert!(head.ends_with("\r\n\r\n"), "an answer to HEAD has no body: {head}");
    assert_status(&exchange(login.connect(), b"\x16\x03\x01\r\n\r\n"), 400);
    assert_status(&login.get(RIGHT), 200);
    let (outcome, ignored) = login.outcome();
    assert_eq!(outcome.expect("a code"), "c0de");
    assert_eq!(ignored, [Path, Ignored::State, Ignored::State, Host, Method, Method, NotHttp]);
}

#[test]
#[cfg_attr(not(has_ipv6), ignore = "this machine has no ::1")]
fn the_other_loopback_family_is_served_too() {
    let login = Login::start();
    let address: SocketAddr = format!("[::1]:{}", login.port).parse().expect("an address");
    let stream = TcpStream::connect(address).expect("a connection");
    let head = format!("GET {RIGHT} HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", login.port);
    assert_status(&exchange(stream, head.as_bytes()), 200);
    assert_eq!(login.outcome().0.expect("a code"), "c0de");
}

#[test]
fn silent_half_open_and_slow_connections_hold_nobody_up() {
    let login = Login::start();
    let silent: Vec<TcpStream> = (0..5).map(|_| login.connect()).collect();
    let mut slow = login.connect();
    slow.write_all(b"GET /callback?code=c0").expect("sent");
    drop(login.connect());
    let begun = Instant::now();
    let mut pieces = login.connect();
    for piece in RIGHT.as_bytes().chunks(7) {
        let lead = if piece == &RIGHT.as_bytes()[..7] { "GET " } else { "" };
        pieces.write_all(&[lead.as_bytes(), piece].concat()).expect("sent");
        pieces.flush().expect("sent");
    }
    let rest = format!(" HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", login.port);
    assert_status(&exchange(pieces, rest.as_bytes()), 200);
    let (outcome, ignored) = login.outcome();
    assert_eq!((outcome.expect("a code"), ignored), ("c0de".to_owned(), Vec::new()));
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    drop(silent);
}

#[test]
fn a_flood_does_not_keep_the_browser_out() {
    let login = Login::start();
    let flood: Vec<TcpStream> = (0..300).map(|_| login.connect()).collect();
    for _ in 0..40 {
        assert_status(&login.get("/"), 404);
    }
    assert_status(&login.get(RIGHT), 200);
    let (outcome, ignored) = login.outcome();
    assert_eq!((outcome.expect("a code").as_str(), ignored.len()), ("c0de", 20));
    drop(flood);
}

#[test]
fn a_header_of_64_mebibytes_is_refused_without_being_kept() {
    let login = Login::start();
    let mut stream = login.connect();
    stream.write_all(b"GET /callback HTTP/1.1\r\nX: ").expect("sent");
    let block = vec![b'x'; 1 << 20];
    for _ in 0..64 {
        if stream.write_all(&block).is_err() {
            break;
        }
    }
    let answer = exchange(stream, b"\r\n\r\n");
    assert_status(&answer, 431);
    assert_status(&login.get(RIGHT), 200);
    assert_eq!(login.outcome().1, [TooLarge]);
}

#[test]
fn a_login_that_nobody_comes_to_ends_in_time_and_tells_what_it_waits_for() {
    let begun = Instant::now();
    let login = Login::within(Duration::from_millis(200));
    let _silent = login.connect();
    let outcome = login.outcome.join().expect("a thread that ends");
    assert!(matches!(outcome, Err(AuthError::WaitOver { .. })));
    assert!(begun.elapsed() < Duration::from_secs(2));
    let waited = login.events.iter().filter(|event| matches!(event, Event::Waiting { .. }));
    assert_eq!(waited.count(), 1, "about once a second");
}

#[test]
#[cfg_attr(not(has_ipv6), ignore = "this machine has no ::1")]
fn a_port_that_is_taken_on_either_family_is_an_error_with_its_number() {
    for taken in ["127.0.0.1:0", "[::1]:0"] {
        let socket = TcpListener::bind(taken).expect("a port");
        let port = socket.local_addr().expect("an address").port();
        let bound = Listener::bind(&callback_url(port));
        assert!(matches!(bound, Err(AuthError::PortInUse { port: named }) if named == port));
    }
}

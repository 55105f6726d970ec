//! What else comes to the callback's port while a login waits: none of it may complete a login,
//! cancel one or hold it up.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

use glduo::model::address::Url;

use super::person::{self, approve, follow, parameter, press, target};
use super::place::Place;
use crate::support::world::Outcome;

const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Logs in with somebody at the browser; gives what they tell of it.
fn log_in<T: Send + 'static>(
    place: &Place,
    person: impl Fn(&Url) -> T + Send + Sync + 'static,
) -> (Outcome, T) {
    let (sender, told) = mpsc::channel();
    let sender = Mutex::new(sender);
    let world =
        place.world().in_browser(move |page| sender.lock().unwrap().send(person(&page)).unwrap());
    let outcome = world.run("connect --oauth");
    (outcome, told.recv_timeout(Duration::from_secs(10)).expect("a person who gets through"))
}

fn status(answer: &str) -> &str {
    answer.get(9..12).unwrap_or(answer)
}

#[test]
fn requests_that_do_not_belong_to_it_are_ignored_and_reported() {
    let place = Place::new();
    let (outcome, statuses) = log_in(&place, |page| {
        let callback = press("authorize", page);
        let port = callback.port().expect("a port");
        let path = target(&callback);
        let raw = |request: String| person::send(LOCALHOST, port, &request).expect("an answer");
        let host = format!("Host: localhost:{port}\r\n\r\n");
        let state = parameter(&callback, "state");
        let code = parameter(&callback, "code");
        let answers = [
            person::get(port, "/favicon.ico").expect("an answer"),
            raw(format!("HEAD {path} HTTP/1.1\r\n{host}")),
            raw(format!("POST {path} HTTP/1.1\r\nContent-Length: 0\r\n{host}")),
            raw(format!("GET {path} HTTP/1.1\r\nHost: evil.example:{port}\r\n\r\n")),
            raw(format!("GET {path} HTTP/1.1\r\nOrigin: https://evil.example\r\n{host}")),
            raw(format!("GET /callback?code={code}&state=foreign HTTP/1.1\r\n{host}")),
            raw(format!("GET /callback?error=access_denied&state=foreign HTTP/1.1\r\n{host}")),
            raw(format!("GET /callback?error=access_denied HTTP/1.1\r\n{host}")),
            raw(format!("GET /callback?state={state} HTTP/1.1\r\n{host}")),
            raw(format!("GET /callback/?code={code}&state={state} HTTP/1.1\r\n{host}")),
            raw("hello\r\n\r\n".to_owned()),
            follow(&callback),
        ];
        answers.map(|answer| status(&answer).to_owned())
    });
    let expected =
        ["404", "405", "405", "400", "403", "403", "403", "403", "400", "404", "400", "200"];
    assert_eq!(statuses, expected);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let ignored = outcome.stderr.lines().filter(|line| line.contains("was ignored"));
    assert_eq!(ignored.count(), 11, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("its state is not that of this login"));
    assert_eq!(place.grants().len(), 1);
}

/// Some browsers write `127.0.0.1` for `localhost`.
#[test]
fn the_callback_may_name_the_loopback_host_in_another_way() {
    let place = Place::new();
    let (outcome, answer) = log_in(&place, |page| {
        let callback = press("authorize", page);
        let (path, port) = (target(&callback), callback.port().expect("a port"));
        let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
        person::send(LOCALHOST, port, &request).expect("an answer")
    });
    assert_eq!((outcome.code, status(&answer)), (0, "200"), "{outcome:?}");
}

#[test]
fn a_foreign_callback_alone_ends_nothing() {
    let place = Place::new();
    let (outcome, ()) = log_in(&place, |page| {
        let callback = Url::parse(&parameter(page, "redirect_uri")).expect("a URL");
        for query in ["code=stolen&state=guess", "error=access_denied&state=guess"] {
            let mut forged = callback.clone();
            forged.set_query(Some(query));
            let answer = follow(&forged);
            assert!(!answer.contains("stolen") && !answer.contains("guess"), "{answer}");
        }
        approve(page);
    });
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(place.grants().iter().all(|grant| !format!("{grant:?}").contains("stolen")));
}

#[test]
fn a_second_callback_finds_nobody() {
    let place = Place::new();
    let port = place.port;
    let (outcome, second) = log_in(&place, move |page| {
        let callback = press("authorize", page);
        follow(&callback);
        person::get(port, &target(&callback)).map_err(|error| error.kind())
    });
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(second.expect_err("nobody"), std::io::ErrorKind::ConnectionRefused);
    assert_eq!(place.grants().len(), 1);
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a free port");
}

#[test]
fn two_callbacks_at_once_make_one_login() {
    let place = Place::new();
    let (outcome, good) = log_in(&place, |page| {
        let callback = press("authorize", page);
        let (one, two) = (callback.clone(), callback);
        let get = |url: Url| person::get(url.port().expect("a port"), &target(&url));
        let both = [std::thread::spawn(move || get(one)), std::thread::spawn(move || get(two))];
        let both = both.map(|thread| thread.join().expect("an end"));
        both.into_iter().flatten().filter(|answer| answer.contains("You are logged in")).count()
    });
    assert_eq!((outcome.code, good), (0, 1), "{outcome:?}");
    assert_eq!(place.grants().len(), 1);
}

#[test]
#[cfg_attr(not(has_ipv6), ignore = "this machine has no ::1")]
fn the_callback_may_come_over_ipv6() {
    let place = Place::new();
    let (outcome, last) = log_in(&place, |page| {
        let callback = press("authorize", page);
        let port = callback.port().expect("a port");
        let path = target(&callback);
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
        person::send(Ipv6Addr::LOCALHOST.into(), port, &request).expect("an answer")
    });
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(last.contains("You are logged in"), "{last}");
}

#[test]
fn silent_and_half_open_connections_hold_nothing_up() {
    let place = Place::new();
    let start = Instant::now();
    let (outcome, _held) = log_in(&place, |page| {
        let callback = press("authorize", page);
        let port = callback.port().expect("a port");
        let mut held: Vec<_> =
            (0..100).map(|_| person::connect(LOCALHOST, port).expect("a connection")).collect();
        for stream in held.iter_mut().step_by(2) {
            stream.write_all(b"GET /callback?co").expect("half a request");
        }
        follow(&callback);
        held
    });
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
}

#[test]
fn a_flood_is_not_reported_line_by_line() {
    let place = Place::new();
    let (outcome, ()) = log_in(&place, |page| {
        let callback = press("authorize", page);
        for _ in 0..60 {
            person::get(callback.port().expect("a port"), "/").expect("an answer");
        }
        follow(&callback);
    });
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stderr.lines().count() < 30, "{}", outcome.stderr);
}

#[test]
fn every_page_has_the_headers_that_keep_it_harmless() {
    let place = Place::new();
    let (_, pages) = log_in(&place, |page| {
        let callback = press("authorize", page);
        let port = callback.port().expect("a port");
        let odd = person::get(port, "/callback?code=%3Cscript%3E&state=%22x").expect("an answer");
        [odd, follow(&callback)]
    });
    for page in pages {
        let (head, body) = page.split_once("\r\n\r\n").expect("a head");
        for field in [
            "Content-Type: text/html; charset=utf-8",
            "Cache-Control: no-store",
            "Referrer-Policy: no-referrer",
            "X-Content-Type-Options: nosniff",
            "Content-Security-Policy: default-src 'none';",
        ] {
            assert!(head.contains(field), "{field}: {head}");
        }
        assert!(!body.contains("%3C") && body.contains("<html lang=\"en\">"), "{body}");
        // The one script removes the code from the address bar.
        let is_last = body.contains("You are logged in");
        assert_eq!(body.matches("<script").count(), usize::from(is_last), "{body}");
        assert_eq!(head.contains("script-src 'sha256-"), is_last, "{head}");
    }
}

#[test]
fn the_last_page_names_the_instance_and_the_account() {
    let place = Place::new();
    let world = |scopes: &str| {
        let (sender, shown) = mpsc::channel();
        let sender = Mutex::new(sender);
        let world = place
            .world()
            .in_browser(move |page| sender.lock().unwrap().send(approve(&page)).unwrap());
        let outcome = world.run_args(&["connect", "--oauth", "--scopes", scopes]);
        assert_eq!(outcome.code, 0, "{outcome:?}");
        shown.recv_timeout(Duration::from_secs(10)).expect("a page")
    };
    let url = place.sandbox.url();
    let named = world("read_user");
    assert!(named.contains(&format!("connected to {url} as mira.okafor.")), "{named}");
    let unnamed = world("ai_features");
    assert!(unnamed.contains(&format!("connected to {url}. You")), "{unnamed}");
}

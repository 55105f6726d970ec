//! Answers that are read as they come.

use std::time::{Duration, Instant};

use super::support::{Script, Server, World};
use crate::http::{Accept, EventReader, HttpError, HttpErrorKind, Options, Phase, Request, Resend};

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Request-Id: id1\r\n\
                    Transfer-Encoding: chunked\r\n\r\n";

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

fn open(server: &Server, idle: Duration) -> Result<EventReader, HttpError> {
    let total = Duration::from_millis(100);
    let world = World::with(Options { idle, total, max_retries: 0, ..Options::default() });
    let body = b"{\"stream\":true}".to_vec();
    let request = Request::post_json(server.url("/"), body, Resend::WhenNotTaken);
    world.client.open(&request.accepting(Accept::EventStream)).map(EventReader::new)
}

fn all(reader: &mut EventReader) -> Result<Vec<String>, HttpError> {
    let mut events = Vec::new();
    while let Some(event) = reader.next_event()? {
        events.push(event.data.into_owned());
    }
    Ok(events)
}

#[test]
fn an_event_is_read_while_the_answer_goes_on() {
    let server = Server::start([Script::raw(HEAD.to_owned() + &chunk("data: 1\n\n")).held()]);
    let mut reader = open(&server, Duration::from_secs(20)).expect("a stream");
    assert_eq!(reader.stream().request_id(), Some("id1"));
    assert_eq!(reader.stream().header("content-type"), Some("text/event-stream"));
    let event = reader.next_event().expect("no error").expect("an event");
    assert_eq!((event.name.as_ref(), event.data.as_ref()), ("message", "1"));
    assert!(server.seen()[0].contains("accept: text/event-stream\r\n"));
    assert!(server.seen()[0].contains("accept-encoding: identity\r\n"));
}

#[test]
fn what_came_together_is_known_to_be_there() {
    let bundle = chunk("data: 1\n\n: ping\n\ndata: 2\n\n: ping\n\ndata: 3\n");
    let server = Server::start([Script::raw(HEAD.to_owned() + &bundle).held()]);
    let mut reader = open(&server, Duration::from_secs(20)).expect("a stream");
    assert!(!reader.has_buffered_event(), "nothing was read yet");
    for (expected, another) in [("1", true), ("2", false)] {
        let event = reader.next_event().expect("no error").expect("an event");
        assert_eq!(event.data, expected);
        assert_eq!(reader.has_buffered_event(), another, "after {expected}");
        assert_eq!(reader.has_buffered_event(), another, "asked twice");
    }
}

#[test]
fn a_live_stream_has_no_total_limit() {
    let wait = Duration::from_millis(60);
    let script =
        (0..4).fold(Script::raw(HEAD), |script, _| script.then(wait, &chunk("data: x\n\n")));
    let server = Server::start([script.then(wait, "0\r\n\r\n")]);
    let mut reader = open(&server, Duration::from_secs(20)).expect("a stream");
    assert_eq!(all(&mut reader).expect("the whole stream").len(), 4);
}

#[test]
fn a_silent_one_ends_at_the_idle_limit() {
    let idle = Duration::from_millis(150);
    let server = Server::start([Script::raw(HEAD.to_owned() + &chunk("data: 1\n\n")).held()]);
    let mut reader = open(&server, idle).expect("a stream");
    reader.next_event().expect("an event in time");
    let begun = Instant::now();
    let error = reader.next_event().expect_err("silence");
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert!(
        matches!(error.kind, HttpErrorKind::Timeout { phase: Phase::Idle, limit } if limit == idle)
    );
    assert_eq!(error.request_id.as_deref(), Some("id1"));
    let mute = Server::start([Script::default().held()]);
    let error = open(&mute, idle).err().expect("silence");
    assert!(matches!(error.kind, HttpErrorKind::Timeout { phase: Phase::Idle, .. }), "{error}");
}

#[test]
fn a_stream_cut_short_is_an_interruption() {
    let server = Server::start([Script::raw(HEAD.to_owned() + &chunk("data: 1\n\ndata: 2\n"))]);
    let mut reader = open(&server, Duration::from_secs(20)).expect("a stream");
    let error = all(&mut reader).expect_err("no end");
    assert!(matches!(error.kind, HttpErrorKind::Interrupted { .. }), "{error}");
}

#[test]
fn pages_and_refusals_are_no_streams() {
    let kind = |script| {
        let server = Server::start([script]);
        open(&server, Duration::from_secs(20)).err().expect("an error").kind
    };
    let page = kind(Script::answer("200 OK\nContent-Type: text/html", "<html>"));
    assert!(
        matches!(page, HttpErrorKind::WrongContent { expected: "an event stream", .. }),
        "{page}"
    );
    let refusal = Script::answer("402 Payment\nContent-Type: application/json", "{\"error\":1}");
    let HttpErrorKind::Status { status, body, .. } = kind(refusal) else { panic!("no status") };
    assert_eq!((status, body.as_slice()), (402, b"{\"error\":1}".as_slice()));
}

/// Six minutes pass with every look at it.
struct Hurrying(std::sync::Mutex<std::time::SystemTime>);

impl crate::system::clock::Clock for Hurrying {
    fn now(&self) -> std::time::SystemTime {
        let mut now = self.0.lock().expect("a lock");
        *now += Duration::from_mins(6);
        *now
    }

    fn sleep(&self, _: Duration) {}
}

#[test]
fn keep_alives_keep_a_stream_open_for_ten_minutes_or_the_idle_limit() {
    for (idle, expected) in [(Duration::from_mins(2), 10), (Duration::from_mins(30), 30)] {
        let mut script = Script::raw(HEAD.to_owned() + &chunk("data: 1\n\n"));
        for _ in 0..60 {
            script = script.then(Duration::from_millis(1), &chunk(": ping\n\ndata: ping\n\n"));
        }
        let server = Server::start([script.held()]);
        let clock = std::sync::Arc::new(Hurrying(std::time::SystemTime::UNIX_EPOCH.into()));
        let notes = World::new().client.notes().clone();
        let client = crate::http::Client::new(Options { idle, ..Options::default() }, clock, notes);
        let request = Request::post_json(server.url("/"), Vec::new(), Resend::Never);
        let stream = client.open(&request.accepting(Accept::EventStream)).expect("a stream");
        let mut reader = EventReader::new(stream);
        reader.next_event().expect("no error").expect("an event");
        reader.content_came();
        let error = all(&mut reader).expect_err("no content");
        let limit = Duration::from_mins(expected);
        assert!(
            matches!(error.kind, HttpErrorKind::Timeout { phase: Phase::Idle, limit: it } if it == limit),
            "{error}"
        );
    }
}

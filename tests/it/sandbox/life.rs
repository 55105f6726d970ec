//! Starting, stopping, faults, and requests beside each other.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use glduo::sandbox::{Intercept, Plan, Received, Reply, Sandbox, SandboxError};

use super::question::Question;
use super::{get_as, sandbox};
use crate::support::broken::{Broken, End, Script};

#[test]
fn a_slow_stream_does_not_hold_up_others() {
    let sandbox = sandbox();
    let question = Question::new(&sandbox);
    std::thread::scope(|scope| {
        let streaming = scope.spawn(|| question.ask(&sandbox).arrivals.last().copied());
        std::thread::sleep(Duration::from_millis(50));
        let start = Instant::now();
        assert_eq!(get_as(&sandbox, "api", "user").status, 200);
        let took = start.elapsed();
        let stream = streaming.join().expect("a stream").unwrap_or_default();
        assert!(took < stream, "the list took {took:?}, the stream {stream:?}");
    });
}

#[test]
fn a_port_that_is_taken_is_a_fact_of_its_own_and_a_dropped_sandbox_frees_it() {
    let sandbox = sandbox();
    let port: u16 =
        sandbox.url().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let again = || Sandbox::start(Plan { port, ..Plan::default() });
    assert!(matches!(again(), Err(SandboxError::PortInUse { port: taken }) if taken == port));
    drop(sandbox);
    assert!(TcpListener::bind(("127.0.0.1", port)).is_ok());
    assert!(again().is_ok());
}

/// Answers one path itself and marks everything else.
struct Fault;

impl Intercept for Fault {
    fn reply(&self, request: &Received) -> Option<Reply> {
        (request.path() == "/api/v4/version")
            .then(|| Reply::whole(502, "text/html", "<h1>bad gateway</h1>"))
    }

    fn alter(&self, _: &Received, reply: Reply) -> Reply {
        reply.with_header("x-marked", "yes")
    }
}

#[test]
fn faults_can_be_planted_and_requests_looked_at() {
    let plan = Plan { intercept: Some(Arc::new(Fault)), records: true, ..Plan::default() };
    let sandbox = Sandbox::start(plan).expect("a sandbox");
    assert_eq!(get_as(&sandbox, "api", "version").status, 502);
    assert_eq!(get_as(&sandbox, "api", "user?x=1").header("x-marked"), Some("yes"));
    let requests = sandbox.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!((requests[1].target.as_str(), requests[1].query()), ("/api/v4/user?x=1", "x=1"));
    assert_eq!(requests[1].header("private-token"), Some(sandbox.token()));
}

#[test]
fn the_broken_server_breaks_as_told() {
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ncut";
    let scripts = [End::Close, End::Reset, End::HoldOpen].map(|end| Script::new(cut, end)).to_vec();
    let server = Broken::serve(scripts);
    let read = |limit: Duration| {
        let address = server.url().replace("http://", "");
        let mut stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(limit)).expect("a limit");
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").expect("a request");
        let mut body = Vec::new();
        let ended = stream.read_to_end(&mut body).map_err(|error| error.kind());
        (String::from_utf8_lossy(&body).ends_with("cut"), ended.err())
    };
    let (patient, short) = (Duration::from_secs(5), Duration::from_millis(200));
    assert_eq!(read(patient), (true, None));
    assert_eq!(read(patient), (true, Some(ErrorKind::ConnectionReset)));
    assert_eq!(read(short), (true, Some(ErrorKind::WouldBlock)));
    assert_eq!(server.requests().len(), 3);
}

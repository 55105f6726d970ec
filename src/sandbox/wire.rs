//! Putting an answer on the wire by hand: the server library holds a stream back until it ends.

use std::io::{self, Write};

use super::reply::{Body, Reply};
use crate::model::timestamp;
use crate::system::clock::Clock;

/// Facts of the request that shape the answer's frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) request_id: &'a str,
    pub(super) is_head: bool,
}

/// Writes head and body. A whole answer goes out in one write, so that its parts do not wait
/// for each other's acknowledgement.
pub(super) fn send(
    mut to: impl Write,
    reply: &Reply,
    frame: Frame<'_>,
    clock: &dyn Clock,
) -> io::Result<()> {
    let mut bytes = head(reply, frame, clock).into_bytes();
    match &reply.body {
        Body::Whole(body) => {
            if !frame.is_head {
                bytes.extend_from_slice(body);
            }
            to.write_all(&bytes)?;
        }
        Body::Pieces(pieces) => {
            to.write_all(&bytes)?;
            to.flush()?;
            for piece in pieces.iter().filter(|_| !frame.is_head) {
                if !piece.wait.is_zero() {
                    clock.sleep(piece.wait);
                }
                chunk(&mut to, &piece.bytes)?;
            }
            if !frame.is_head {
                to.write_all(b"0\r\n\r\n")?;
            }
        }
    }
    to.flush()
}

/// An empty chunk would end the body, so it is not written.
fn chunk(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    let mut framed = format!("{:x}\r\n", bytes.len()).into_bytes();
    framed.extend_from_slice(bytes);
    framed.extend_from_slice(b"\r\n");
    to.write_all(&framed)?;
    to.flush()
}

fn head(reply: &Reply, frame: Frame<'_>, clock: &dyn Clock) -> String {
    let reason = tiny_http::StatusCode(reply.status).default_reason_phrase();
    let mut head = format!("HTTP/1.1 {} {reason}\r\n", reply.status);
    let mut field = |name: &str, value: &str| {
        // A line break in a value would end the head early.
        head.extend([name, ": ", &value.replace(['\r', '\n'], " "), "\r\n"]);
    };
    for (name, value) in &reply.headers {
        field(name, value);
    }
    let has = |name: &str| reply.headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
    if let Some(date) = timestamp::to_http_date(clock.now()).filter(|_| !has("date")) {
        field("date", &date);
    }
    if !has("x-request-id") {
        field("x-request-id", frame.request_id);
    }
    // The server library may queue a connection behind one that is idle, for as long as that one
    // stays open (tiny_http 0.12, `util::TaskPool::spawn`): none stays idle here.
    field("connection", "close");
    match &reply.body {
        Body::Whole(_) if has("content-length") || matches!(reply.status, 204 | 304) => {}
        Body::Whole(body) => field("content-length", &body.len().to_string()),
        Body::Pieces(_) => field("transfer-encoding", "chunked"),
    }
    head + "\r\n"
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::sandbox::reply::Piece;

    struct Still;

    impl Clock for Still {
        fn now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH
        }

        fn sleep(&self, _: Duration) {}
    }

    fn sent(reply: &Reply, is_head: bool) -> String {
        let mut bytes = Vec::new();
        let frame = Frame { request_id: "ID", is_head };
        send(&mut bytes, reply, frame, &Still).expect("a write to memory");
        String::from_utf8(bytes).expect("text")
    }

    const COMMON: &str =
        "date: Thu, 01 Jan 1970 00:00:00 GMT\r\nx-request-id: ID\r\nconnection: close\r\n";

    #[test]
    fn a_whole_answer_has_its_length_even_without_its_body() {
        let reply = Reply::json(404, "{}");
        let head = format!(
            "HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\n{COMMON}content-length: 2\r\n\r\n"
        );
        assert_eq!(sent(&reply, false), format!("{head}{{}}"));
        assert_eq!(sent(&reply, true), head);
    }

    #[test]
    fn a_stream_is_chunked_and_ended() {
        let piece = |bytes: &str| Piece { wait: Duration::from_secs(9), bytes: bytes.into() };
        let reply = Reply::events(vec![piece("0123456789"), piece(""), piece("x")]);
        assert!(
            sent(&reply, false).ends_with("chunked\r\n\r\na\r\n0123456789\r\n1\r\nx\r\n0\r\n\r\n")
        );
    }

    #[test]
    fn a_value_cannot_begin_another_line() {
        let reply = Reply::json(200, "").with_header("x-a", "1\r\nx-b: 2");
        assert!(sent(&reply, false).contains("x-a: 1  x-b: 2\r\n"));
    }
}

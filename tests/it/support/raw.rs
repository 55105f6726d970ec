//! One HTTP exchange on a bare socket, for looking at exactly what a server sends.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    /// Chunks put together.
    pub(crate) body: Vec<u8>,
    /// How long after the request each read brought something.
    pub(crate) arrivals: Vec<Duration>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.headers.iter();
        fields.find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }
}

/// Reads something; `base` is `http://HOST:PORT`.
pub(crate) fn get(base: &str, target: &str, headers: &[(&str, &str)]) -> Answer {
    send(base, "GET", target, headers, b"")
}

/// Sends a request and reads the answer to its end.
pub(crate) fn send(
    base: &str,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let host = base.strip_prefix("http://").expect("plain http");
    let mut stream = TcpStream::connect(host).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a time limit");
    let mut request =
        format!("{method} {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    let length = body.len().to_string();
    let framing = (!body.is_empty()).then_some(("content-length", length.as_str()));
    for (name, value) in headers.iter().copied().chain(framing) {
        request.extend([name, ": ", value, "\r\n"]);
    }
    let mut bytes = (request + "\r\n").into_bytes();
    bytes.extend_from_slice(body);
    let start = Instant::now();
    stream.write_all(&bytes).expect("a request");
    let (mut answer, mut arrivals, mut buffer) = (Vec::new(), Vec::new(), vec![0; 65_536]);
    loop {
        let count = stream.read(&mut buffer).expect("an answer");
        if count == 0 {
            return parse(&answer, arrivals);
        }
        arrivals.push(start.elapsed());
        answer.extend_from_slice(&buffer[..count]);
    }
}

fn parse(answer: &[u8], arrivals: Vec<Duration>) -> Answer {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8(answer[..end].to_vec()).expect("text");
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.get(9..12)).expect("a status line");
    let field = |line: &str| {
        let (name, value) = line.split_once(':').expect("a header field");
        (name.to_ascii_lowercase(), value.trim().to_owned())
    };
    let headers: Vec<_> = lines.map(field).collect();
    let chunked =
        headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = if chunked { unchunked(&answer[end + 4..]) } else { answer[end + 4..].to_vec() };
    Answer { status: status.parse().expect("a number"), headers, body, arrivals }
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|window| window == b"\r\n").expect("a chunk's size");
        let size = std::str::from_utf8(&rest[..line]).expect("text");
        let size = usize::from_str_radix(size, 16).expect("a size");
        if size == 0 {
            assert_eq!(rest, b"0\r\n\r\n", "the end of a chunked body");
            return body;
        }
        rest = &rest[line + 2..];
        body.extend_from_slice(&rest[..size]);
        rest = &rest[size + 2..];
    }
}

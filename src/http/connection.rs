//! A connected stream to a server for a protocol that is not ours, by the same way as every
//! request: origin check, proxy, TLS, limits.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::client::Client;
use super::error::{HttpError, HttpErrorKind, Phase};
use crate::model::address::{Origin, Url};
use crate::model::credential::Credential;

/// Silence in a handshake, and a write that nobody takes, in seconds.
const PATIENCE: Duration = Duration::from_secs(30);
/// The head of a proxy's answer, in bytes.
const LONGEST_HEAD: usize = 16 << 10;

trait Duplex: Read + Write + Send {}
impl<T: Read + Write + Send> Duplex for T {}

/// Bytes to and from a server.
pub struct Connection {
    stream: Box<dyn Duplex>,
    socket: TcpStream,
}

impl Connection {
    /// How long a read waits before it fails with `WouldBlock` or `TimedOut`.
    pub fn set_read_timeout(&self, timeout: Duration) -> io::Result<()> {
        self.socket.set_read_timeout(Some(timeout))
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("socket", &self.socket).finish_non_exhaustive()
    }
}

impl Read for Connection {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.stream.read(into)
    }
}

impl Write for Connection {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl Client {
    /// Connects to the server of an http or https URL, over which the caller will send this
    /// credential: refused where the URL is of another origin, or plain http to another machine
    /// without the opt-in.
    pub fn connect(&self, url: &Url, credential: &Credential) -> Result<Connection, HttpError> {
        self.connected(url, credential).map_err(|kind| HttpError::at(url, kind))
    }

    fn connected(&self, url: &Url, credential: &Credential) -> Result<Connection, HttpErrorKind> {
        let origin = Origin::of(url);
        let is_loopback = origin.as_ref().is_some_and(Origin::is_loopback);
        if url.scheme() == "http" && !is_loopback && !self.options().allow_insecure_http {
            return Err(HttpErrorKind::InsecureHttp);
        }
        if origin.as_ref() != Some(&credential.origin) {
            return Err(HttpErrorKind::ForeignOrigin { owner: credential.origin.to_string() });
        }
        self.notes().redactor().learn(&credential.secret);
        let connector = self.connector(url).map_err(|error| error.kind)?;
        let proxy = connector.prepare(url)?;
        let limit = self.options().connect;
        let socket = socket(proxy.unwrap_or(url), limit)?;
        let own = socket.try_clone().map_err(|error| broken(&error))?;
        let mut stream: Box<dyn Duplex> = Box::new(socket);
        if let Some(proxy) = proxy {
            if proxy.scheme() == "https" {
                stream = secured(stream, proxy, connector.tls()?)?;
            }
            tunnel(&mut stream, url, proxy)?;
        }
        if url.scheme() == "https" {
            stream = secured(stream, url, connector.tls()?)?;
        }
        Ok(Connection { stream, socket: own })
    }
}

fn broken(error: &io::Error) -> HttpErrorKind {
    HttpErrorKind::Connect { reason: error.to_string() }
}

/// A TCP connection to the first address of the host that answers.
fn socket(url: &Url, limit: Duration) -> Result<TcpStream, HttpErrorKind> {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = url.port_or_known_default().unwrap_or_default();
    let addresses =
        (host, port).to_socket_addrs().map_err(|_| HttpErrorKind::Dns { host: host.to_owned() })?;
    let mut last = HttpErrorKind::Dns { host: host.to_owned() };
    for address in addresses {
        match TcpStream::connect_timeout(&address, limit) {
            Ok(socket) => {
                let settled = socket
                    .set_nodelay(true)
                    .and_then(|()| socket.set_read_timeout(Some(PATIENCE)))
                    .and_then(|()| socket.set_write_timeout(Some(PATIENCE)));
                return settled.map(|()| socket).map_err(|error| broken(&error));
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                last = HttpErrorKind::Timeout { phase: Phase::Connect, limit };
            }
            Err(error) => last = broken(&error),
        }
    }
    Err(last)
}

/// The stream in TLS, its handshake done.
fn secured(
    stream: Box<dyn Duplex>,
    url: &Url,
    config: ClientConfig,
) -> Result<Box<dyn Duplex>, HttpErrorKind> {
    let tls = |reason: String| HttpErrorKind::Tls { reason };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(host).map_err(|error| tls(error.to_string()))?;
    let connection =
        ClientConnection::new(Arc::new(config), name).map_err(|error| tls(error.to_string()))?;
    let mut stream = StreamOwned::new(connection, stream);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => tls(error.to_string()),
            _ => broken(&error),
        })?;
    }
    Ok(Box::new(stream))
}

/// Asks a proxy for a way to the URL's server (RFC 9110 §9.3.6).
fn tunnel(stream: &mut Box<dyn Duplex>, url: &Url, proxy: &Url) -> Result<(), HttpErrorKind> {
    let port = url.port_or_known_default().unwrap_or_default();
    let place = format!("{}:{port}", url.host_str().unwrap_or_default());
    let mut head = format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n");
    if !proxy.username().is_empty() || proxy.password().is_some() {
        let user = format!("{}:{}", proxy.username(), proxy.password().unwrap_or_default());
        head.push_str(&format!("Proxy-Authorization: Basic {}\r\n", base64(&unescaped(&user))));
    }
    head.push_str("\r\n");
    let answer = stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.flush())
        .and_then(|()| read_head(stream))
        .map_err(|error| HttpErrorKind::Connect { reason: format!("proxy: {error}") })?;
    let status = answer.split_whitespace().nth(1).unwrap_or_default();
    if status.starts_with('2') {
        return Ok(());
    }
    let line = answer.lines().next().unwrap_or_default();
    Err(HttpErrorKind::Connect { reason: format!("the proxy refused: {line}") })
}

/// Byte by byte, so that nothing behind the head is taken.
fn read_head(stream: &mut Box<dyn Duplex>) -> io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
        if head.len() > LONGEST_HEAD {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "an endless answer"));
        }
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Percent-decoded (RFC 3986 §2.1).
fn unescaped(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match hex.filter(|_| byte == b'%') {
            Some(decoded) => {
                plain.push(decoded);
                at += 3;
            }
            None => {
                plain.push(byte);
                at += 1;
            }
        }
    }
    plain
}

/// RFC 4648 §4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - group.len()));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= group.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxys_user_is_sent_as_it_was_meant() {
        assert_eq!(unescaped("user:h%75nter%2B%zz"), b"user:hunter+%zz");
        assert_eq!(base64(b"Aladdin:open sesame"), "QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(base64(b"a:bc+"), "YTpiYys=");
    }
}

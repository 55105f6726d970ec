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
use super::failure::of_tls;
use super::tunnel::{read_head, tunnel};
use super::wire::{Manner, Wire};
use crate::model::address::{Origin, Url};
use crate::model::credential::Credential;
use crate::system::bell::Bell;
use crate::system::clock::Deadline;

/// All handshakes together: proxy, TLS, and the caller's own. A write that nobody takes.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) trait Duplex: Read + Write + Send {}
impl<T: Read + Write + Send> Duplex for T {}

/// A connection that may be made: checked, and fit for another thread.
pub struct Dial {
    url: Url,
    proxy: Option<Url>,
    tls: ClientConfig,
    limit: Duration,
}

/// Bytes to and from a server. Reads wait for the handshakes' limit, and after
/// [`Connection::allow`] not at all.
pub struct Connection {
    stream: Box<dyn Duplex>,
    manner: Manner,
}

impl Client {
    /// Prepares a connection to the server of an http or https URL, over which the caller will
    /// send this credential: refused where the URL is of another origin, or plain http to
    /// another machine without the opt-in.
    pub fn dial(&self, url: &Url, credential: &Credential) -> Result<Dial, HttpError> {
        self.checked(url, credential).map_err(|kind| HttpError::at(url, kind))
    }

    fn checked(&self, url: &Url, credential: &Credential) -> Result<Dial, HttpErrorKind> {
        let origin = Origin::of(url);
        let is_loopback = origin.as_ref().is_some_and(Origin::is_loopback);
        if url.scheme() != "https" && !is_loopback && !self.options().allow_insecure_http {
            return Err(HttpErrorKind::InsecureHttp);
        }
        if origin.as_ref() != Some(&credential.origin) {
            return Err(HttpErrorKind::ForeignOrigin { owner: credential.origin.to_string() });
        }
        self.notes().redactor().learn(&credential.secret);
        let connector = self.connector(url).map_err(|error| error.kind)?;
        let proxy = connector.prepare(url)?.cloned();
        let tls = connector.tls()?;
        Ok(Dial { url: url.clone(), proxy, tls, limit: self.options().connect })
    }
}

impl Dial {
    /// Makes the connection; waits for every step of it. The bell rings whenever bytes came.
    pub fn connect(&self, bell: &Bell) -> Result<Connection, HttpError> {
        self.connected(bell).map_err(|kind| HttpError::at(&self.url, kind))
    }

    fn connected(&self, bell: &Bell) -> Result<Connection, HttpErrorKind> {
        let socket = socket(self.proxy.as_ref().unwrap_or(&self.url), self.limit)?;
        let wire = Wire::new(socket, bell, Deadline::after(PATIENCE));
        let wire = wire.map_err(|error| broken(&error))?;
        let manner = wire.manner();
        let mut stream: Box<dyn Duplex> = Box::new(wire);
        if let Some(proxy) = &self.proxy {
            if proxy.scheme() == "https" {
                stream = secured(stream, proxy, &self.tls)?;
            }
            tunnel(&mut stream, &self.url, proxy)?;
        }
        if self.url.scheme() == "https" {
            stream = secured(stream, &self.url, &self.tls)?;
        }
        Ok(Connection { stream, manner })
    }
}

impl Connection {
    /// From now on reads give what is there, of the next so many bytes, and fail with
    /// `WouldBlock` where there is nothing; writes block only for a moment.
    pub fn allow(&self, bytes: usize) {
        self.manner.allow(bytes);
    }

    /// Whether those bytes are used up, so that more may be there already.
    pub fn is_spent(&self) -> bool {
        self.manner.is_spent()
    }

    /// The head of an HTTP answer up to its empty line, and nothing behind it.
    pub fn read_head(&mut self) -> io::Result<String> {
        read_head(&mut self.stream)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
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

fn broken(error: &io::Error) -> HttpErrorKind {
    match error.kind() {
        io::ErrorKind::TimedOut => {
            HttpErrorKind::Timeout { phase: Phase::Connect, limit: PATIENCE }
        }
        _ => HttpErrorKind::Connect { reason: error.to_string() },
    }
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
    config: &ClientConfig,
) -> Result<Box<dyn Duplex>, HttpErrorKind> {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(host)
        .map_err(|_| HttpErrorKind::Malformed { reason: "the host is no TLS name".to_owned() })?;
    let connection =
        ClientConnection::new(Arc::new(config.clone()), name).map_err(|error| of_tls(&error))?;
    let mut stream = StreamOwned::new(connection, stream);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => {
                let tls = error.get_ref().and_then(|error| error.downcast_ref());
                tls.map_or_else(|| broken(&error), of_tls)
            }
            _ => broken(&error),
        })?;
    }
    Ok(Box::new(stream))
}

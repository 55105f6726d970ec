//! A server that plays a script, and a world whose waits take no time.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::http::{CaFile, Client, Options, Request};
use crate::model::address::{Origin, Url};
use crate::model::credential::{Credential, CredentialSource, Scheme};
use crate::model::redact::Redactor;
use crate::model::secret::Secret;
use crate::system::clock::Clock;
use crate::system::notes::{Notes, Verbosity};
use crate::system::streams::Output;

pub(super) const TOKEN: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// What is written on one connection: pieces with a wait before each, then the end. `{self}`
/// is the server's own address, `{host}` the same without the scheme.
#[derive(Clone, Default)]
pub(super) struct Script {
    pieces: Vec<(Duration, Vec<u8>)>,
    /// The connection stays open until the client closes it.
    held: bool,
}

impl Script {
    pub(super) fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { pieces: vec![(Duration::ZERO, bytes.into())], held: false }
    }

    /// A whole answer; `head` is `200 OK` and further header lines.
    pub(super) fn answer(head: &str, body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let length = body.len();
        let lines = head.replace('\n', "\r\n");
        let head =
            format!("HTTP/1.1 {lines}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
        Self::raw([head.as_bytes(), body].concat())
    }

    pub(super) fn json(body: &str) -> Self {
        Self::answer("200 OK\nContent-Type: application/json", body)
    }

    pub(super) fn then(mut self, wait: Duration, bytes: &str) -> Self {
        self.pieces.push((wait, bytes.as_bytes().to_vec()));
        self
    }

    pub(super) fn held(mut self) -> Self {
        self.held = true;
        self
    }

    fn play(&self, connection: &mut dyn Connection, here: &str) -> io::Result<()> {
        for (wait, bytes) in &self.pieces {
            thread::sleep(*wait);
            match std::str::from_utf8(bytes) {
                Ok(text) => {
                    let host = here.split("://").last().unwrap_or_default();
                    let text = text.replace("{self}", here).replace("{host}", host);
                    connection.write_all(text.as_bytes())?;
                }
                Err(_) => connection.write_all(bytes)?,
            }
            connection.flush()?;
        }
        if self.held {
            io::copy(connection, &mut io::sink())?;
        }
        Ok(())
    }
}

pub(super) trait Connection: Read + Write {}
impl<T: Read + Write> Connection for T {}

/// Serves one connection a script, in their order, and then no more.
pub(super) struct Server {
    base: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(super) fn start(scripts: impl Into<Vec<Script>>) -> Self {
        Self::run("http", scripts.into(), |connection| Box::new(connection))
    }

    /// By https, with the certificate for `localhost` and 127.0.0.1 of the tests' authority.
    pub(super) fn start_tls(scripts: impl Into<Vec<Script>>) -> Self {
        Self::start_tls_with("tls/server.pem", scripts)
    }

    /// By https, with another certificate of the same authority.
    pub(super) fn start_tls_with(name: &str, scripts: impl Into<Vec<Script>>) -> Self {
        let certificate = CertificateDer::from_pem_file(fixture(name)).expect("a PEM");
        let key = PrivateKeyDer::from_pem_file(fixture("tls/server.key")).expect("a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|config| {
                config.with_no_client_auth().with_single_cert(vec![certificate], key)
            })
            .expect("a TLS configuration");
        let config = Arc::new(config);
        Self::run("https", scripts.into(), move |connection| {
            let tls = ServerConnection::new(Arc::clone(&config)).expect("a TLS connection");
            Box::new(StreamOwned::new(tls, connection))
        })
    }

    fn run(
        scheme: &str,
        scripts: Vec<Script>,
        dress: impl Fn(TcpStream) -> Box<dyn Connection> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base = format!("{scheme}://{}", listener.local_addr().expect("an address"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let server = Self { base: base.clone(), seen: Arc::clone(&seen) };
        thread::spawn(move || {
            for script in scripts {
                let (connection, _) = listener.accept().expect("a connection");
                let mut connection = dress(connection);
                // A client that goes away in the middle is what some tests are about.
                let Ok(request) = read_request(connection.as_mut()) else {
                    continue;
                };
                seen.lock().expect("no panic").push(request);
                let _ = script.play(connection.as_mut(), &base);
            }
        });
        server
    }

    pub(super) fn url(&self, path: &str) -> Url {
        Url::parse(&format!("{}{path}", self.base)).expect("a URL")
    }

    pub(super) fn base(&self) -> &str {
        &self.base
    }

    pub(super) fn get(&self, path: &str) -> Request {
        Request::get(self.url(path))
    }

    pub(super) fn credential(&self) -> Credential {
        Credential {
            secret: Secret::new(TOKEN),
            scheme: Scheme::Bearer,
            origin: Origin::of(&self.url("")).expect("an origin"),
            source: CredentialSource::Env("GITLAB_TOKEN"),
        }
    }

    /// The requests so far, head and body, header names in lower case.
    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("no panic").clone()
    }
}

pub(super) fn read_request(connection: &mut dyn Connection) -> io::Result<String> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        connection.read_exact(&mut byte)?;
        bytes.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&bytes).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    connection.read_exact(&mut body)?;
    Ok(head + &String::from_utf8_lossy(&body))
}

pub(super) fn fixture(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures")).join(name)
}

/// A clock that stands still and counts the waits.
#[derive(Default)]
pub(super) struct StandingClock {
    waits: Mutex<Vec<Duration>>,
}

impl Clock for StandingClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn sleep(&self, duration: Duration) {
        self.waits.lock().expect("no panic").push(duration);
    }
}

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A client in a world of its own.
pub(super) struct World {
    pub(super) client: Client,
    clock: Arc<StandingClock>,
    stderr: Captured,
}

impl World {
    /// Without repeats, so that the first error is seen.
    pub(super) fn new() -> Self {
        Self::with(Options { max_retries: 0, ..Options::default() })
    }

    pub(super) fn with(options: Options) -> Self {
        Self::saying(Verbosity::Normal, options)
    }

    pub(super) fn saying(verbosity: Verbosity, options: Options) -> Self {
        let clock = Arc::new(StandingClock::default());
        let stderr = Captured::default();
        let notes = Notes::new(Output::new(stderr.clone()), verbosity, Redactor::default());
        let told: Arc<dyn Clock> = Arc::<StandingClock>::clone(&clock);
        Self { client: Client::new(options, told, notes), clock, stderr }
    }

    pub(super) fn waits(&self) -> Vec<Duration> {
        self.clock.waits.lock().expect("no panic").clone()
    }

    pub(super) fn said(&self) -> String {
        String::from_utf8_lossy(&self.stderr.0.lock().expect("no panic")).into_owned()
    }
}

/// A CA file of the fixtures.
pub(super) fn ca_file(name: &str) -> CaFile {
    CaFile { path: fixture(name), setting: "gitlab.caFile".to_owned() }
}

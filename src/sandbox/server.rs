//! Listening on loopback, one thread a request, and who answers what.

use std::io::{self, Read as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::call::World;
use super::received::Received;
use super::reply::Reply;
use super::wire::{self, Frame};
use super::workflow::{self, Opened};
use super::{Intercept, SandboxError, gateway, graphql, oauth, rest};

/// The provider takes 32 MB.
const LARGEST_BODY: u64 = 32_000_000;

/// What every request is answered from.
pub(super) struct Site {
    pub(super) world: World,
    pub(super) intercept: Option<Arc<dyn Intercept>>,
    /// What was asked so far, if anyone wants to know.
    pub(super) record: Option<Mutex<Vec<Received>>>,
    count: AtomicU64,
}

/// How a request goes on.
enum Answer {
    Whole(Reply),
    Upgrade(Opened),
}

impl Site {
    pub(super) fn new(world: World, intercept: Option<Arc<dyn Intercept>>, records: bool) -> Self {
        let record = records.then(Mutex::default);
        Self { world, intercept, record, count: AtomicU64::new(0) }
    }

    fn answer(&self, request: &Received) -> Answer {
        let intercept = self.intercept.as_ref();
        if let Some(reply) = intercept.and_then(|intercept| intercept.reply(request)) {
            return Answer::Whole(reply);
        }
        let reply = if request.path() == workflow::PATH {
            match workflow::open(&self.world, request) {
                Ok(opened) => return Answer::Upgrade(opened),
                Err(reply) => reply,
            }
        } else {
            self.route(request)
        };
        Answer::Whole(match intercept {
            Some(intercept) => intercept.alter(request, reply),
            None => reply,
        })
    }

    /// Switches a connection over to the workflow's socket, and serves it there.
    fn converse(&self, request: tiny_http::Request, received: &Received, opened: &Opened) {
        let stream = workflow::accept(request, opened);
        let other = self.intercept.as_ref().and_then(|intercept| intercept.converse(received));
        match other {
            Some(other) => other(stream),
            None => workflow::converse(&self.world, stream, opened),
        }
    }

    fn route(&self, request: &Received) -> Reply {
        let path = request.path();
        if path == graphql::PATH {
            return graphql::answer(&self.world, request);
        }
        if let Some(below) = path.strip_prefix("/api/v4/") {
            return rest::answer(&self.world, request, below);
        }
        gateway::answer(&self.world, request)
            .or_else(|| oauth::answer(&self.world, request))
            .unwrap_or_else(|| Reply::whole(404, "text/html; charset=utf-8", NO_PAGES))
    }
}

const NO_PAGES: &str = "<!doctype html><title>sandbox</title><p>This is glduo's sandbox. It has GitLab's API, but of its pages only those of a login.</p>\n";

/// A socket that nobody serves yet.
pub(super) struct Door {
    listener: TcpListener,
    pub(super) address: SocketAddr,
}

impl Door {
    /// Opens a port on 127.0.0.1; 0 takes a free one.
    pub(super) fn open(port: u16) -> Result<Self, SandboxError> {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|source| {
                match source.kind() {
                    io::ErrorKind::AddrInUse => SandboxError::PortInUse { port },
                    _ => SandboxError::Listen { port, source },
                }
            })?;
        let address =
            listener.local_addr().map_err(|source| SandboxError::Listen { port, source })?;
        Ok(Self { listener, address })
    }
}

/// A server at work; dropping it frees the port.
pub(super) struct Server {
    http: Option<Arc<tiny_http::Server>>,
    dispatcher: Option<JoinHandle<()>>,
    address: SocketAddr,
}

impl Server {
    pub(super) fn start(door: Door, site: Arc<Site>) -> Result<Self, SandboxError> {
        let address = door.address;
        let failed = |source| SandboxError::Listen { port: address.port(), source };
        let http = tiny_http::Server::from_listener(door.listener, None)
            .map_err(|error| failed(io::Error::other(error.to_string())))?;
        let http = Arc::new(http);
        let incoming = Arc::clone(&http);
        let dispatcher = thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || dispatch(&incoming, &site))
            .map_err(failed)?;
        Ok(Self { http: Some(http), dispatcher: Some(dispatcher), address })
    }

    /// Blocks until the socket breaks.
    pub(super) fn wait(&mut self) {
        // A dispatcher that panicked serves no more either.
        let _ = self.dispatcher.take().map(JoinHandle::join);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(http) = self.http.take() {
            http.unblock();
            self.wait();
        }
        // The library closes its socket on a thread of its own, a moment later.
        for _ in 0..100 {
            if TcpListener::bind(self.address).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Gives every request a thread, so that a slow stream does not hold up the others. Where
/// there is none to be had, dropping the request answers it with 500.
fn dispatch(http: &tiny_http::Server, site: &Arc<Site>) {
    while let Ok(request) = http.recv() {
        let site = Arc::clone(site);
        let thread = thread::Builder::new().name("sandbox request".to_owned());
        drop(thread.spawn(move || serve(request, &site)));
    }
}

fn serve(mut request: tiny_http::Request, site: &Site) {
    let number = site.count.fetch_add(1, Ordering::Relaxed) + 1;
    // In the shape of the identifiers that GitLab gives requests.
    let request_id = format!("01SANDBOX{number:017}");
    let read = read(&mut request);
    let reply = match &read {
        Ok(received) => {
            if let Some(record) = &site.record {
                record.lock().unwrap_or_else(PoisonError::into_inner).push(received.clone());
            }
            match site.answer(received) {
                Answer::Whole(reply) => reply,
                Answer::Upgrade(opened) => return site.converse(request, received, &opened),
            }
        }
        Err(early) => early.clone(),
    };
    let frame =
        Frame { request_id: &request_id, is_head: *request.method() == tiny_http::Method::Head };
    // A client that went away needs no answer.
    let _ = wire::send(request.into_writer(), &reply, frame, site.world.clock.as_ref());
}

fn read(request: &mut tiny_http::Request) -> Result<Received, Reply> {
    let headers = request.headers().iter().map(|header| {
        (header.field.to_string().to_ascii_lowercase(), header.value.as_str().to_owned())
    });
    let mut received = Received {
        method: request.method().to_string(),
        target: request.url().to_owned(),
        headers: headers.collect(),
        body: Vec::new(),
    };
    let broken = |_| Reply::message(400, "400 Bad request");
    let upgrades = received.header("connection").unwrap_or_default().to_ascii_lowercase();
    if upgrades.contains("upgrade") {
        // What follows belongs to another protocol, and its end is that of the connection.
        return Ok(received);
    }
    request.as_reader().take(LARGEST_BODY + 1).read_to_end(&mut received.body).map_err(broken)?;
    if received.body.len() as u64 > LARGEST_BODY {
        return Err(Reply::message(413, "413 Request Entity Too Large"));
    }
    Ok(received)
}

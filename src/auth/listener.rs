//! The loopback listener of a login, and its connections, which are moved on bit by bit and never
//! waited for. Written on the standard library's sockets: tiny_http limits neither the size of a
//! header nor the number of connections nor their silence, so any page in the browser could fill
//! the memory of a waiting login.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, SystemTime};

use super::callback::{Callback, CallbackUrl, Ignored, judge};
use super::error::{AuthError, Way};
use super::pages::Page;
use super::pkce::State;
use super::waiting::{Event, Waiting};

/// Connections held at one time. A further one takes the place of the oldest, so that silent
/// ones do not keep the browser out.
const MOST_VISITS: usize = 64;
/// Connections taken in between two looks at those that are there.
const MOST_AT_ONCE: usize = 16;
/// Ignored requests that are reported one by one.
const MOST_REPORTS: u32 = 20;
/// How long nothing is done when there is nothing to do.
const IDLE: Duration = Duration::from_millis(10);

/// The sockets of the callback's port, open from [`Listener::bind`] to the callback.
#[derive(Debug)]
pub(super) struct Listener {
    sockets: Vec<TcpListener>,
}

impl Listener {
    /// Listens on the callback's port on both loopback families, or on the one that this
    /// machine has.
    pub(super) fn bind(url: &CallbackUrl) -> Result<Self, AuthError> {
        let port = url.port;
        let mut sockets = Vec::new();
        let mut missing = None;
        for address in url.addresses() {
            match bind(SocketAddr::new(address, port)) {
                Ok(socket) => sockets.push(socket),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                    return Err(AuthError::PortInUse { port });
                }
                // Systems without IPv6 say so in different ways.
                Err(error) => missing = Some(error),
            }
        }
        match missing {
            Some(error) if sockets.is_empty() => Err(AuthError::Listen { port, error }),
            _ => Ok(Self { sockets }),
        }
    }

    /// Waits for the one callback of this login; the port is free when it returns.
    pub(super) fn wait(
        self,
        url: &CallbackUrl,
        state: &State,
        waiting: &mut Waiting<'_>,
    ) -> Result<(Callback, Visitor), AuthError> {
        let mut reception = Reception { listener: self, visits: Vec::new(), turned_away: 0 };
        loop {
            let now = waiting.clock.now();
            let mut moved = reception.admit(now);
            match reception.advance(now, |head| judge(head, url, state), waiting.watch) {
                Outcome::Callback(callback, visitor) => return Ok((callback, visitor)),
                Outcome::Moved => moved = true,
                Outcome::Idle => {}
            }
            if !moved {
                waiting.sleep(IDLE);
            }
            if waiting.is_over() {
                return Err(AuthError::WaitOver {
                    limit: waiting.limit,
                    way: Way::Browser { callback_url: url.as_str().to_owned() },
                });
            }
        }
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = TcpListener::bind(address)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// The listener with the connections it has taken in.
struct Reception {
    listener: Listener,
    visits: Vec<Visit>,
    turned_away: u32,
}

enum Outcome {
    Callback(Callback, Visitor),
    Moved,
    Idle,
}

impl Reception {
    /// Takes in who is at the door; true where somebody was.
    fn admit(&mut self, now: SystemTime) -> bool {
        let mut came = false;
        for socket in &self.listener.sockets {
            // Every failure is that of one connection, or passes.
            let streams = (0..MOST_AT_ONCE).map_while(|_| socket.accept().ok());
            for visit in streams.flat_map(|(stream, _)| Visit::new(stream, now)) {
                came = true;
                if self.visits.len() == MOST_VISITS {
                    self.visits.remove(0);
                }
                self.visits.push(visit);
            }
        }
        came
    }

    /// Looks at every connection once.
    fn advance(
        &mut self,
        now: SystemTime,
        judge: impl Fn(&[u8]) -> Result<Callback, Ignored>,
        watch: &mut dyn FnMut(Event),
    ) -> Outcome {
        let mut outcome = Outcome::Idle;
        for mut visit in std::mem::take(&mut self.visits) {
            match visit.advance(now) {
                Progress::None => {}
                Progress::Some => outcome = Outcome::Moved,
                Progress::Head(head) => match judge(&head) {
                    Ok(callback) => return Outcome::Callback(callback, visit.into_visitor()),
                    Err(ignored) => {
                        self.turn_away(&mut visit, ignored, watch);
                        outcome = Outcome::Moved;
                    }
                },
                Progress::TooLarge => {
                    self.turn_away(&mut visit, Ignored::TooLarge, watch);
                    outcome = Outcome::Moved;
                }
                Progress::Over => continue,
            }
            self.visits.push(visit);
        }
        outcome
    }

    /// Tells about the first ones only; a flood of them must not flood the terminal.
    fn turn_away(&mut self, visit: &mut Visit, ignored: Ignored, watch: &mut dyn FnMut(Event)) {
        visit.turn_away(ignored);
        self.turned_away = self.turned_away.saturating_add(1);
        if self.turned_away <= MOST_REPORTS {
            watch(Event::Ignored(ignored));
        } else if self.turned_away == MOST_REPORTS + 1 {
            watch(Event::IgnoringSilently);
        }
    }
}

/// The most bytes of a request's head: browsers send the cookies of every program that ever
/// listened on this host, whatever its port.
const LARGEST_HEAD: usize = 64 << 10;
/// How long a connection may take for everything.
const LONGEST: Duration = Duration::from_secs(10);
/// How long the last page may take to go out.
const LAST_PAGE: Duration = Duration::from_secs(2);

/// A connection whose request has not come yet, or whose answer has not gone out.
struct Visit {
    stream: TcpStream,
    until: SystemTime,
    stage: Stage,
}

enum Stage {
    /// Receiving the head.
    Reading(Vec<u8>),
    /// Sending an answer.
    Writing(Vec<u8>),
    /// Taking what is still on its way in: closing before would reset the connection and
    /// take the answer back (RFC 9112 §9.6).
    Draining,
}

/// What a look at a connection brought.
#[derive(Debug)]
enum Progress {
    /// Nothing new.
    None,
    /// Something moved.
    Some,
    /// The whole head, without the blank line.
    Head(Vec<u8>),
    /// More than a head may be.
    TooLarge,
    /// It is over.
    Over,
}

impl Visit {
    fn new(stream: TcpStream, now: SystemTime) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self { stream, until: now + LONGEST, stage: Stage::Reading(Vec::new()) })
    }

    /// Does what can be done without waiting.
    fn advance(&mut self, now: SystemTime) -> Progress {
        if now >= self.until {
            return Progress::Over;
        }
        let moved = match &mut self.stage {
            Stage::Reading(head) => read_head(&mut self.stream, head),
            Stage::Writing(rest) => write_some(&mut self.stream, rest),
            Stage::Draining => drain(&mut self.stream),
        };
        match moved {
            Ok(progress) => {
                if matches!(&self.stage, Stage::Writing(rest) if rest.is_empty()) {
                    self.stage = Stage::Draining;
                }
                progress
            }
            Err(error) if is_patience(&error) => Progress::None,
            Err(_) => Progress::Over,
        }
    }

    /// Turns the request away.
    fn turn_away(&mut self, ignored: Ignored) {
        self.stage = Stage::Writing(Page::Ignored(ignored.status()).response());
    }

    /// The connection for its last page.
    fn into_visitor(self) -> Visitor {
        Visitor { stream: Some(self.stream) }
    }
}

fn is_patience(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, WouldBlock};
    matches!(error.kind(), WouldBlock | Interrupted)
}

fn read_head(stream: &mut TcpStream, head: &mut Vec<u8>) -> io::Result<Progress> {
    const BLANK_LINE: &[u8] = b"\r\n\r\n";
    let mut chunk = [0; 16 << 10];
    let count = stream.read(&mut chunk)?;
    if count == 0 {
        return Ok(Progress::Over);
    }
    let searched = head.len().saturating_sub(BLANK_LINE.len() - 1);
    head.extend_from_slice(&chunk[..count]);
    let mut windows = head[searched..].windows(BLANK_LINE.len());
    match windows.position(|window| window == BLANK_LINE) {
        Some(at) => {
            head.truncate(searched + at);
            Ok(Progress::Head(std::mem::take(head)))
        }
        None if head.len() > LARGEST_HEAD => Ok(Progress::TooLarge),
        None => Ok(Progress::Some),
    }
}

fn write_some(stream: &mut TcpStream, rest: &mut Vec<u8>) -> io::Result<Progress> {
    let count = stream.write(rest)?;
    rest.drain(..count);
    if rest.is_empty() {
        stream.shutdown(Shutdown::Write)?;
    }
    Ok(Progress::Some)
}

fn drain(stream: &mut TcpStream) -> io::Result<Progress> {
    let mut chunk = [0; 16 << 10];
    match stream.read(&mut chunk)? {
        0 => Ok(Progress::Over),
        _ => Ok(Progress::Some),
    }
}

/// The browser that came with the callback and waits for its page. It is told that the login
/// failed unless something else is shown.
#[derive(Debug)]
pub(super) struct Visitor {
    stream: Option<TcpStream>,
}

impl Visitor {
    /// Shows the last page; a browser that has gone does not matter.
    pub(super) fn show(mut self, page: &Page) {
        self.send(page);
    }

    fn send(&mut self, page: &Page) {
        if let Some(mut stream) = self.stream.take() {
            let _ = stream
                .set_nonblocking(false)
                .and_then(|()| stream.set_write_timeout(Some(LAST_PAGE)))
                .and_then(|()| stream.write_all(&page.response()))
                .and_then(|()| stream.shutdown(Shutdown::Write));
        }
    }
}

impl Drop for Visitor {
    fn drop(&mut self) {
        self.send(&Page::Failed);
    }
}

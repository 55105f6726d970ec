//! The loopback listener of a login. Written on the standard library's sockets: tiny_http has
//! no limit to a header's size, to the number of connections or to their silence, so that any
//! page in the browser could fill the memory of a waiting login.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, SystemTime};

use super::callback::{Callback, Ignored, judge};
use super::callback_url::CallbackUrl;
use super::error::{AuthError, Way};
use super::pkce::State;
use super::visit::{Progress, Visit, Visitor};
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

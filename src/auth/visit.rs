//! One connection to the loopback listener, moved on bit by bit and never waited for.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, SystemTime};

use super::callback::Ignored;
use super::pages::Page;

/// The most bytes of a request's head: browsers send the cookies of every program that ever
/// listened on this host, whatever its port.
const LARGEST_HEAD: usize = 64 << 10;
/// How long a connection may take for everything.
const LONGEST: Duration = Duration::from_secs(10);
/// How long the last page may take to go out.
const LAST_PAGE: Duration = Duration::from_secs(2);

/// A connection whose request has not come yet, or whose answer has not gone out.
pub(super) struct Visit {
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
pub(super) enum Progress {
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
    pub(super) fn new(stream: TcpStream, now: SystemTime) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self { stream, until: now + LONGEST, stage: Stage::Reading(Vec::new()) })
    }

    /// Does what can be done without waiting.
    pub(super) fn advance(&mut self, now: SystemTime) -> Progress {
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
    pub(super) fn turn_away(&mut self, ignored: Ignored) {
        self.stage = Stage::Writing(Page::Ignored(ignored.status()).response());
    }

    /// The connection for its last page.
    pub(super) fn into_visitor(self) -> Visitor {
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
    pub(super) fn show(mut self, page: Page) {
        self.send(page);
    }

    fn send(&mut self, page: Page) {
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
        self.send(Page::Failed);
    }
}

//! The bytes of a TCP connection, read by a thread of its own, so that whoever waits for them
//! can be woken by other things too.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::system::bell::Bell;
use crate::system::clock::Deadline;

/// One read of the thread, in bytes, and how many of them may lie unread.
const PIECE: usize = 16 << 10;
const PIECES: usize = 16;
/// How long a write may block once nothing else may.
const WRITE: Duration = Duration::from_millis(100);

/// How reads behave; shared with who holds the connection above TLS.
#[derive(Clone)]
pub(super) struct Manner(Arc<Mutex<Reading>>);

#[derive(Clone, Copy)]
enum Reading {
    /// Handshakes: wait for bytes until then.
    Wait(Deadline),
    /// Never wait, and give out no more than so many bytes.
    AtMost(usize),
}

impl Manner {
    fn now(&self) -> Reading {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on nothing is waited for, and so many bytes are given out.
    pub(super) fn allow(&self, bytes: usize) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Reading::AtMost(bytes);
    }

    /// Whether the last allowance is used up, so that there may be more to read.
    pub(super) fn is_spent(&self) -> bool {
        matches!(self.now(), Reading::AtMost(0))
    }

    fn spend(&self, bytes: usize) {
        if let Reading::AtMost(left) = self.now() {
            self.allow(left.saturating_sub(bytes));
        }
    }
}

/// The connection below TLS.
pub(super) struct Wire {
    socket: TcpStream,
    pieces: Receiver<io::Result<Vec<u8>>>,
    piece: Vec<u8>,
    at: usize,
    manner: Manner,
}

impl Wire {
    /// Takes the socket over; the bell rings whenever something came. Reads wait until the
    /// deadline first.
    pub(super) fn new(socket: TcpStream, bell: &Bell, until: Deadline) -> io::Result<Self> {
        let (give, pieces) = sync_channel(PIECES);
        let (reader, bell) = (socket.try_clone()?, bell.clone());
        thread::Builder::new().spawn(move || {
            read_all(reader, &give, &bell);
            drop(give);
            bell.ring();
        })?;
        let manner = Manner(Arc::new(Mutex::new(Reading::Wait(until))));
        Ok(Self { socket, pieces, piece: Vec::new(), at: 0, manner })
    }

    pub(super) fn manner(&self) -> Manner {
        self.manner.clone()
    }

    fn next_piece(&self) -> io::Result<Vec<u8>> {
        let piece = match self.manner.now() {
            Reading::Wait(until) => match self.pieces.recv_timeout(until.left()) {
                Ok(piece) => Some(piece),
                Err(RecvTimeoutError::Timeout) => return Err(io::ErrorKind::TimedOut.into()),
                Err(RecvTimeoutError::Disconnected) => None,
            },
            Reading::AtMost(_) => match self.pieces.try_recv() {
                Ok(piece) => Some(piece),
                Err(TryRecvError::Empty) => return Err(io::ErrorKind::WouldBlock.into()),
                Err(TryRecvError::Disconnected) => None,
            },
        };
        piece.unwrap_or_else(|| Ok(Vec::new()))
    }
}

fn read_all(mut socket: TcpStream, give: &SyncSender<io::Result<Vec<u8>>>, bell: &Bell) {
    loop {
        let mut piece = vec![0; PIECE];
        let read = match socket.read(&mut piece) {
            Ok(0) => return,
            Ok(length) => {
                piece.truncate(length);
                Ok(piece)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let was_good = read.is_ok();
        if give.send(read).is_err() || !was_good {
            return;
        }
        bell.ring();
    }
}

impl Read for Wire {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.piece.len() {
            self.piece = self.next_piece()?;
            self.at = 0;
        }
        let most = match self.manner.now() {
            Reading::AtMost(0) if self.at < self.piece.len() => {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            Reading::AtMost(most) => most,
            Reading::Wait(_) => usize::MAX,
        };
        let length = into.len().min(self.piece.len() - self.at).min(most);
        into[..length].copy_from_slice(&self.piece[self.at..self.at + length]);
        self.at += length;
        self.manner.spend(length);
        Ok(length)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if matches!(self.manner.now(), Reading::AtMost(_))
            && self.socket.write_timeout()? != Some(WRITE)
        {
            self.socket.set_write_timeout(Some(WRITE))?;
        }
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        // Ends the thread's read. Fails where the connection is gone, and the thread with it.
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}

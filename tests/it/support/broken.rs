//! A server that breaks HTTP in scripted ways which the sandbox's own server cannot.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How a connection ends after the bytes of its script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// In good order, wherever the message was.
    Close,
    /// By a reset.
    Reset,
    /// Not at all, until the server is dropped.
    HoldOpen,
}

/// What one connection gets.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    /// Raw bytes, each part after its pause.
    pub(crate) parts: Vec<(Duration, Vec<u8>)>,
    pub(crate) end: End,
}

impl Script {
    /// Bytes at once and an end.
    pub(crate) fn new(bytes: impl Into<Vec<u8>>, end: End) -> Self {
        Self { parts: vec![(Duration::ZERO, bytes.into())], end }
    }
}

/// Serves one script a connection, in order, the last one again and again.
pub(crate) struct Broken {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    stops: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Broken {
    pub(crate) fn serve(scripts: Vec<Script>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (requests, stops) =
            (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicBool>::default());
        let (seen, stopped) = (Arc::clone(&requests), Arc::clone(&stops));
        let thread = thread::spawn(move || {
            let mut held = Vec::new();
            for (count, stream) in listener.incoming().enumerate() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let script = &scripts[count.min(scripts.len() - 1)];
                let Ok(stream) = stream else { return };
                held.extend(play(stream, script, &seen));
            }
        });
        Self { address, requests, stops, thread: Some(thread) }
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The head of each request that was read.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("the requests").clone()
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        self.stops.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Plays a script to its end; a connection that is to stay open is handed back.
fn play(mut stream: TcpStream, script: &Script, seen: &Mutex<Vec<String>>) -> Option<TcpStream> {
    // A socket that is closed with something unread is reset, so that a byte is left there.
    let head = head(&mut stream, script.end == End::Reset);
    seen.lock().expect("the requests").push(head);
    for (pause, bytes) in &script.parts {
        thread::sleep(*pause);
        if stream.write_all(bytes).and_then(|()| stream.flush()).is_err() {
            return None;
        }
    }
    match script.end {
        End::HoldOpen => Some(stream),
        End::Reset => {
            // Lets the client read what was sent before the reset takes it away.
            thread::sleep(Duration::from_millis(50));
            None
        }
        End::Close => None,
    }
}

/// Reads a request's head, its last byte left where it is if so wished, and what came of its
/// body along with it.
fn head(stream: &mut TcpStream, leaves_a_byte: bool) -> String {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 1]);
    while !bytes.ends_with(if leaves_a_byte { b"\r\n\r" } else { b"\r\n\r\n" }) {
        match stream.read(&mut buffer) {
            Ok(1) => bytes.push(buffer[0]),
            _ => break,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

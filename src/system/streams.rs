//! The standard streams as values that tests can replace.

use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Whether standard output was closed when the process began.
static IS_STDOUT_CLOSED: AtomicBool = AtomicBool::new(false);

/// Runs before `main`, since Rust's runtime opens /dev/null in the place of a closed stream.
#[cfg(unix)]
#[ctor::ctor]
fn look_at_stdout() {
    let is_closed = rustix::io::fcntl_getfd(rustix::stdio::stdout()).is_err();
    IS_STDOUT_CLOSED.store(is_closed, Ordering::Relaxed);
}

/// Standard output that was closed from the start. To write there is an error, unlike to a pipe
/// whose reader has seen enough.
struct ClosedFromStart;

impl Write for ClosedFromStart {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::NotConnected.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A stream to write to. Clones write to the same stream, a whole write at a time.
#[derive(Clone)]
pub struct Output {
    stream: Arc<Mutex<Box<dyn Write + Send>>>,
}

impl Output {
    /// Wraps any writer.
    pub fn new(stream: impl Write + Send + 'static) -> Self {
        Self { stream: Arc::new(Mutex::new(Box::new(stream))) }
    }

    /// The real standard output.
    pub fn standard_output() -> Self {
        if IS_STDOUT_CLOSED.load(Ordering::Relaxed) {
            return Self::new(ClosedFromStart);
        }
        Self::new(io::stdout())
    }

    /// The real standard error.
    pub fn standard_error() -> Self {
        Self::new(io::stderr())
    }

    /// The stream for several writes that belong together.
    pub fn lock(&self) -> MutexGuard<'_, Box<dyn Write + Send>> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lock().flush()
    }
}

/// The stream to read from.
pub struct Input {
    stream: Option<Box<dyn Read + Send>>,
}

impl Input {
    /// Wraps any reader.
    pub fn new(stream: impl Read + Send + 'static) -> Self {
        Self { stream: Some(Box::new(stream)) }
    }

    /// The real standard input.
    pub fn standard() -> Self {
        Self::new(io::stdin())
    }

    /// Hands the stream over, once: a thread may have to wait on it.
    pub fn take(&mut self) -> Option<Box<dyn Read + Send>> {
        self.stream.take()
    }
}

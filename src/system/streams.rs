//! The standard streams as values that tests can replace.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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

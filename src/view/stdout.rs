//! Standard output as the one place where an answer is written: buffered, and harmless where a
//! terminal shows it.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write as _};

use super::style::{ColorChoice, Stream, Style};
use crate::model::harmless::{Keep, harmless, is_harmful};
use crate::system::System;
use crate::system::streams::Output;

/// Bytes that are held back at most.
const BUFFER: usize = 32 << 10;

/// Columns where the terminal does not tell.
const DEFAULT_WIDTH: u16 = 80;

/// Writing failed.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// Whoever read the pipe has enough; not a failure of ours.
    #[error("standard output is closed")]
    ClosedPipe,
    /// It was closed before the process began; nothing can be printed at all.
    #[error("standard output is closed; to print nothing, send it to /dev/null")]
    ClosedFromStart,
    /// Any other reason, such as a full disk.
    #[error("standard output cannot be written: {0}")]
    Io(#[source] io::Error),
}

impl From<io::Error> for OutputError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ClosedPipe,
            io::ErrorKind::NotConnected => Self::ClosedFromStart,
            _ => Self::Io(error),
        }
    }
}

/// What is written is held back until [`Stdout::flush`] or until there is much of it.
pub struct Stdout {
    stream: Output,
    buffer: Vec<u8>,
    /// Whether a person looks at it.
    pub is_terminal: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Colours and links.
    pub style: Style,
}

impl Stdout {
    /// The system's, coloured as the choice and the environment say.
    pub fn new(system: &System, color: ColorChoice) -> Self {
        Self {
            stream: system.stdout.clone(),
            buffer: Vec::new(),
            is_terminal: system.terminal.stdout,
            width: usize::from(system.terminal.width.unwrap_or(DEFAULT_WIDTH)),
            style: Style::decide(color, &system.env, &system.terminal, Stream::Stdout),
        }
    }

    /// Writes these bytes whatever they are: text of our own making, or the exact bytes that a
    /// pipe is to get.
    pub fn exact(&mut self, bytes: &[u8]) -> Result<(), OutputError> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER { self.drain() } else { Ok(()) }
    }

    /// Writes text that is not ours: made harmless on a terminal, exact in a pipe.
    pub fn text(&mut self, text: &[u8]) -> Result<(), OutputError> {
        if self.is_terminal {
            let text = String::from_utf8_lossy(text);
            self.exact(harmless(&text, Keep::Text).as_bytes())
        } else {
            self.exact(text)
        }
    }

    /// Writes JSON: exact in a pipe; on a terminal harmful characters, which valid JSON has
    /// inside strings only, become the `\u` escapes that mean the same.
    pub fn json(&mut self, json: &[u8]) -> Result<(), OutputError> {
        if self.is_terminal {
            let json = String::from_utf8_lossy(json);
            self.exact(escaped(&json).as_bytes())
        } else {
            self.exact(json)
        }
    }

    /// The stream itself, for what must not wait for this buffer.
    pub(super) fn stream(&self) -> Output {
        self.stream.clone()
    }

    /// Sends everything on its way.
    pub fn flush(&mut self) -> Result<(), OutputError> {
        self.drain()?;
        Ok(self.stream.flush()?)
    }

    fn drain(&mut self) -> Result<(), OutputError> {
        let written = self.stream.lock().write_all(&self.buffer);
        self.buffer.clear();
        Ok(written?)
    }
}

fn escaped(json: &str) -> Cow<'_, str> {
    let stays = |c: char| matches!(c, '\n' | '\t') || !is_harmful(c);
    if json.chars().all(stays) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if stays(c) {
            shown.push(c);
        } else if c == '\r' {
            // Between values, where it means nothing but would move the cursor.
            shown.push(' ');
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(shown, "\\u{unit:04x}");
            }
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A stream to look into.
    #[derive(Clone, Default)]
    pub(in crate::view) struct Written(Arc<Mutex<Vec<u8>>>);

    impl Written {
        pub(in crate::view) fn text(&self) -> String {
            String::from_utf8(self.0.lock().expect("a lock").clone()).expect("UTF-8")
        }
    }

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("a lock").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn stdout(stream: impl io::Write + Send + 'static, is_terminal: bool) -> Stdout {
        Stdout {
            stream: Output::new(stream),
            buffer: Vec::new(),
            is_terminal,
            width: 80,
            style: Style::default(),
        }
    }

    pub(in crate::view) fn pipe() -> (Stdout, Written) {
        let written = Written::default();
        (stdout(written.clone(), false), written)
    }

    pub(in crate::view) fn terminal() -> (Stdout, Written) {
        let written = Written::default();
        (stdout(written.clone(), true), written)
    }

    pub(in crate::view) fn closed_pipe() -> Stdout {
        stdout(Failing(io::ErrorKind::BrokenPipe), false)
    }

    struct Failing(io::ErrorKind);

    impl io::Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_told_from_other_failures() {
        let fail = |kind| {
            let mut stdout = stdout(Failing(kind), false);
            stdout.exact(b"x").and_then(|()| stdout.flush())
        };
        assert!(matches!(fail(io::ErrorKind::BrokenPipe), Err(OutputError::ClosedPipe)));
        assert!(matches!(fail(io::ErrorKind::NotConnected), Err(OutputError::ClosedFromStart)));
        assert!(matches!(fail(io::ErrorKind::StorageFull), Err(OutputError::Io(_))));
    }

    #[test]
    fn much_output_does_not_wait_for_the_flush() {
        let (mut stdout, written) = pipe();
        stdout.exact(b"little").expect("written");
        assert_eq!(written.text(), "");
        stdout.exact(&vec![b'x'; BUFFER]).expect("written");
        assert_eq!(written.text().len(), BUFFER + 6);
    }

    #[test]
    fn json_on_a_terminal_is_escaped_and_means_the_same() {
        let json = "{\"a\":\"\u{9b}31m\u{202e}\u{e0041}\u{7f}é\"}\r\n";
        let (mut stdout, written) = terminal();
        stdout.json(json.as_bytes()).and_then(|()| stdout.flush()).expect("written");
        let shown = written.text();
        assert_eq!(shown, "{\"a\":\"\\u009b31m\\u202e\\udb40\\udc41\\u007fé\"} \n");
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
        assert_eq!(value(&shown), value(json));
        let (mut stdout, written) = pipe();
        stdout.json(json.as_bytes()).and_then(|()| stdout.flush()).expect("written");
        assert_eq!(written.text(), json);
    }
}

//! One line on a terminal's standard error that tells how long work is going on, and is gone
//! without a trace when it is over.

use std::io::Write as _;

use super::notes::{Notes, Verbosity};
use super::streams::Output;
use super::terminal::Terminal;
use crate::model::harmless::{Keep, harmless};

/// A line that is written again and again. Where nobody watches it writes nothing.
pub struct Progress {
    stderr: Option<Output>,
    shown: bool,
}

impl Progress {
    /// A line on this stream, if that is a terminal which can move its cursor, and notes are
    /// wanted.
    pub fn new(stderr: Output, terminal: Terminal, notes: &Notes) -> Self {
        let watched = terminal.stderr && !terminal.dumb && notes.verbosity() == Verbosity::Normal;
        Self { stderr: watched.then_some(stderr), shown: false }
    }

    /// Shows this text in place of the one before. A failed write is no error.
    pub fn show(&mut self, text: &str) {
        if let Some(stderr) = &mut self.stderr {
            let line = format!("\r\x1b[K{}", harmless(text, Keep::Line));
            let _ = stderr.write_all(line.as_bytes()).and_then(|()| stderr.flush());
            self.shown = true;
        }
    }

    /// Takes the line away, so that something else can be said.
    pub fn clear(&mut self) {
        if let Some(stderr) = self.stderr.as_mut().filter(|_| self.shown) {
            let _ = stderr.write_all(b"\r\x1b[K").and_then(|()| stderr.flush());
            self.shown = false;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

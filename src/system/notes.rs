//! Everything that is said on standard error: notes, warnings, traces of requests. Nothing
//! passes without the redactor and the sanitiser.

use std::fmt::Write as _;
use std::io::Write as _;

use super::progress::Progress;
use super::streams::Output;
use crate::model::harmless::{Keep, harmless, is_harmful};
use crate::model::redact::Redactor;

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Verbosity {
    /// Errors only (`--quiet`).
    Quiet,
    /// Notes and warnings.
    #[default]
    Normal,
    /// Requests and timings (`-v`).
    Requests,
    /// Headers and bodies too (`-vv`).
    Bodies,
}

/// The way to standard error. Clones share stream and redactor. A failed write is not an
/// error: the answer on standard output matters more than what is said beside it.
#[derive(Clone)]
pub struct Notes {
    stderr: Output,
    verbosity: Verbosity,
    redactor: Redactor,
    progress: Progress,
}

impl Notes {
    /// Speaks on this stream.
    pub fn new(stderr: Output, verbosity: Verbosity, redactor: Redactor) -> Self {
        Self { stderr, verbosity, redactor, progress: Progress::default() }
    }

    /// The same with a line that tells what is waited for.
    #[must_use]
    pub fn with_progress(self, progress: Progress) -> Self {
        Self { progress, ..self }
    }

    /// The line that tells what is waited for; none where less is to be said, or so much that
    /// the requests tell themselves.
    pub fn progress(&self) -> Progress {
        if self.verbosity == Verbosity::Normal {
            self.progress.clone()
        } else {
            Progress::default()
        }
    }

    /// The same way, with more or less to say.
    #[must_use]
    pub fn at(&self, verbosity: Verbosity) -> Self {
        Self { verbosity, ..self.clone() }
    }

    /// What keeps secrets out; whoever meets a new secret tells it.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// How much is said.
    pub fn verbosity(&self) -> Verbosity {
        self.verbosity
    }

    /// A line that helps but is not an error: `glduo: …`.
    pub fn note(&self, text: &str) {
        if self.verbosity >= Verbosity::Normal {
            self.line("glduo: ", text);
        }
    }

    /// Something the user should change: `glduo: warning: …`.
    pub fn warn(&self, text: &str) {
        if self.verbosity >= Verbosity::Normal {
            self.line("glduo: warning: ", text);
        }
    }

    /// A line that is there at `level` and above only.
    pub fn trace(&self, level: Verbosity, text: &str) {
        if self.verbosity >= level {
            self.line("", text);
        }
    }

    /// What someone has to know to go on, such as an address to open: said even where notes are
    /// not wanted.
    pub fn important(&self, text: &str) {
        self.line("glduo: ", text);
    }

    /// Error text, always said; `text` may have several lines.
    pub fn error(&self, text: &str) {
        self.line("", text);
    }

    /// One line of JSON whose texts the caller redacted; harmful characters become JSON escapes,
    /// so that nothing is lost and nothing reaches a terminal.
    pub fn json(&self, line: &str) {
        let mut clean = String::with_capacity(line.len() + 1);
        for c in line.chars() {
            if is_harmful(c) {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    // Writing to a string cannot fail.
                    let _ = write!(clean, "\\u{unit:04x}");
                }
            } else {
                clean.push(c);
            }
        }
        clean.push('\n');
        let _ = self.stderr.lock().write_all(clean.as_bytes());
    }

    fn line(&self, lead: &str, text: &str) {
        let redacted = self.redactor.redact(text);
        let clean = harmless(&redacted, Keep::Text);
        let _ = self.stderr.lock().write_all(format!("{lead}{clean}\n").as_bytes());
    }
}

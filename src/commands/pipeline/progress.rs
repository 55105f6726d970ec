//! What a watcher says on standard error: one line that is redrawn on a terminal, one line a
//! change elsewhere.

use std::io::Write as _;
use std::time::{Duration, SystemTime};

use crate::commands::context::Context;
use crate::model::harmless::{Keep, harmless};
use crate::system::notes::Verbosity;
use crate::view::layout::cut;
use crate::view::pipeline::duration;

/// How often the line is redrawn.
const REDRAW: Duration = Duration::from_secs(1);

const ERASE: &[u8] = b"\r\x1b[2K";

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Silent,
    Lines,
    Redrawn,
}

/// Shows progress.
pub(super) struct Progress<'c> {
    context: &'c Context<'c>,
    way: Way,
    started: SystemTime,
}

impl<'c> Progress<'c> {
    pub(super) fn new(context: &'c Context<'c>) -> Self {
        let terminal = context.terminal();
        let way = match context.notes().verbosity() {
            Verbosity::Quiet => Way::Silent,
            Verbosity::Normal if terminal.stderr && !terminal.dumb => Way::Redrawn,
            _ => Way::Lines,
        };
        if way == Way::Redrawn {
            // Without a handler the shell's prompt may stand behind the line, no more.
            let _ = context.interrupts().end_line_first(context.stderr());
        }
        Self { context, way, started: context.clock().now() }
    }

    /// Says nothing, because what is watched speaks for itself.
    pub(super) fn silent(context: &'c Context<'c>) -> Self {
        Self { context, way: Way::Silent, started: context.clock().now() }
    }

    /// Whether anyone hears it.
    pub(super) fn is_shown(&self) -> bool {
        self.way != Way::Silent
    }

    /// What is watched has changed.
    pub(super) fn change(&self, line: &str) {
        if self.way == Way::Lines {
            self.context.notes().note(line);
        }
    }

    /// Waits. The line is gone afterwards, so that nothing else is written behind it.
    pub(super) fn sleep(&self, wait: Duration, line: &str) {
        let clock = self.context.clock();
        if self.way != Way::Redrawn {
            clock.sleep(wait);
            return;
        }
        let mut left = wait;
        while !left.is_zero() {
            self.draw(line);
            let step = left.min(REDRAW);
            clock.sleep(step);
            left -= step;
        }
        let mut stderr = self.context.stderr();
        // What is said beside the answer may get lost.
        let _ = stderr.write_all(ERASE).and_then(|()| stderr.flush());
    }

    fn draw(&self, line: &str) {
        let since = self.context.clock().now().duration_since(self.started).unwrap_or_default();
        let text = format!("watched for {} · {line}", duration(since.as_secs_f64()));
        let text = self.context.notes().redactor().redact(&text).into_owned();
        let columns = usize::from(self.context.terminal().width.unwrap_or(80)).saturating_sub(1);
        let clean = harmless(&text, Keep::Line);
        let drawn = [ERASE, cut(&clean, columns).as_bytes()].concat();
        let mut stderr = self.context.stderr();
        let _ = stderr.write_all(&drawn).and_then(|()| stderr.flush());
    }
}

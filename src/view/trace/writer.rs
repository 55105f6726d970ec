//! A job's log on standard output.

use super::{LogFilter, Tail};
use crate::model::harmless::{Keep, harmless};
use crate::model::pipeline::Job;
use crate::view::stdout::{OutputError, Stdout};
use crate::view::style::Paint;

/// What stands above a job's log on a terminal; nothing in a pipe.
pub fn heading(job: &Job<'_>, stdout: &mut Stdout) -> Result<(), OutputError> {
    if !stdout.is_terminal {
        return Ok(());
    }
    let reason = job.failure_reason.as_deref().unwrap_or(&job.status).replace('_', " ");
    let allowed = if job.allow_failure == Some(true) { ", allowed to fail" } else { "" };
    let text = format!("{} · {} · {reason}{allowed} · job {}", job.name, job.stage, job.id);
    let line = harmless(&text, Keep::Line);
    let painted = stdout.style.paint(Paint::Heading, &line).into_owned();
    stdout.exact(format!("== {painted}\n").as_bytes())
}

/// Writes one log as it comes, or only its end once it is over.
pub struct LogWriter<'s> {
    stdout: &'s mut Stdout,
    filter: Option<LogFilter>,
    tail: Option<Tail>,
    shown: String,
}

impl<'s> LogWriter<'s> {
    /// On a terminal filtered, with colour where that is on. In a pipe the exact bytes, or with
    /// a lead lines of text that begin with it and a tab.
    pub fn new(stdout: &'s mut Stdout, lead: Option<&str>, tail: Option<usize>) -> Self {
        let filter = match lead {
            _ if stdout.is_terminal => Some(LogFilter::new(stdout.style.color, None)),
            Some(lead) => Some(LogFilter::new(false, Some(lead))),
            None => None,
        };
        Self { stdout, filter, tail: tail.map(Tail::new), shown: String::new() }
    }

    /// The next bytes of the log.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), OutputError> {
        let Some(filter) = &mut self.filter else {
            return give(bytes, self.tail.as_mut(), self.stdout);
        };
        self.shown.clear();
        filter.push(bytes, &mut self.shown);
        give(self.shown.as_bytes(), self.tail.as_mut(), self.stdout)
    }

    /// Sends everything so far on its way.
    pub fn flush(&mut self) -> Result<(), OutputError> {
        self.stdout.flush()
    }

    /// The log is over.
    pub fn finish(mut self) -> Result<(), OutputError> {
        if let Some(filter) = &mut self.filter {
            self.shown.clear();
            filter.finish(&mut self.shown);
            give(self.shown.as_bytes(), self.tail.as_mut(), self.stdout)?;
        }
        for line in self.tail.into_iter().flat_map(Tail::into_lines) {
            self.stdout.exact(&line)?;
        }
        self.stdout.flush()
    }
}

fn give(bytes: &[u8], tail: Option<&mut Tail>, stdout: &mut Stdout) -> Result<(), OutputError> {
    match tail {
        Some(tail) => {
            tail.push(bytes);
            Ok(())
        }
        None => stdout.exact(bytes),
    }
}

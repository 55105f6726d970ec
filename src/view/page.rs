//! What pages of text have in common, whatever they are about: a heading, details line by line,
//! Markdown and comments. Everything is harmless in a pipe too: people pipe pages into pagers.

use std::borrow::Cow;
use std::time::SystemTime;

use serde::Deserialize;

use super::diff::harmless_text;
use super::stdout::{OutputError, Stdout};
use super::style::Paint;
use super::time::{iso_text, relative_text};
use super::wrap::wrapped;
use crate::model::harmless::{Keep, harmless};
use crate::model::merge_request::{Note, User};
use crate::model::rows::BadShape;

/// Columns of the longest label and what follows it.
const LABEL_WIDTH: usize = 11;

/// Reads one of GitLab's objects, or an array of them.
pub(super) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, BadShape> {
    serde_json::from_slice(body)
        .map_err(|error| BadShape::of(&error, BadShape::Member(error.to_string())))
}

#[derive(Deserialize)]
struct Address {
    #[serde(default)]
    web_url: String,
}

/// Where one of GitLab's objects is shown in the browser; empty where it does not say.
pub fn web_url(body: &[u8]) -> Result<String, BadShape> {
    read(body).map(|Address { web_url }| web_url)
}

pub(super) struct PageWriter<'s> {
    pub(super) stdout: &'s mut Stdout,
    pub(super) now: SystemTime,
}

impl PageWriter<'_> {
    /// A line on its own.
    pub(super) fn heading(&mut self, text: &str) -> Result<(), OutputError> {
        self.line(Paint::Heading, text)
    }

    /// A line of one colour.
    pub(super) fn line(&mut self, paint: Paint, text: &str) -> Result<(), OutputError> {
        self.painted(Some(paint), text)?;
        self.stdout.exact(b"\n")
    }

    /// One line of the details; none where there is nothing to tell.
    pub(super) fn detail(
        &mut self,
        label: &str,
        text: &str,
        paint: Option<Paint>,
    ) -> Result<(), OutputError> {
        if text.is_empty() {
            return Ok(());
        }
        let label = format!("{:LABEL_WIDTH$}", format!("{label}:"));
        self.stdout.exact(self.stdout.style.paint(Paint::Dim, &label).into_owned().as_bytes())?;
        self.painted(paint, text)?;
        self.stdout.exact(b"\n")
    }

    /// Details without a colour.
    pub(super) fn details(&mut self, all: &[(&str, &str)]) -> Result<(), OutputError> {
        all.iter().try_for_each(|(label, text)| self.detail(label, text, None))
    }

    fn painted(&mut self, paint: Option<Paint>, text: &str) -> Result<(), OutputError> {
        let clean = harmless(text, Keep::Line);
        let shown = match paint {
            Some(paint) => self.stdout.style.paint(paint, &clean),
            None => Cow::Borrowed(clean.as_ref()),
        };
        self.stdout.exact(shown.as_bytes())
    }

    /// How long ago for people, in a pipe ISO 8601; nothing where GitLab gave none.
    pub(super) fn time<'t>(&self, time: Option<&'t str>) -> Cow<'t, str> {
        let time = time.unwrap_or_default();
        if self.stdout.is_terminal { relative_text(time, self.now) } else { iso_text(time) }
    }

    /// Markdown as it was written, its long lines broken between words on a terminal; nothing
    /// where there is none.
    pub(super) fn text(&mut self, lead: &str, markdown: &str) -> Result<(), OutputError> {
        let text = harmless_text(markdown.as_bytes());
        let text = text.trim_end();
        if text.is_empty() {
            return Ok(());
        }
        let columns = if self.stdout.is_terminal { self.stdout.width } else { usize::MAX };
        self.stdout.exact(lead.as_bytes())?;
        self.stdout.exact(wrapped(text, columns).as_bytes())?;
        self.stdout.exact(b"\n")
    }

    /// The comments, activity left out.
    pub(super) fn comments(&mut self, notes: &[Note<'_>]) -> Result<(), OutputError> {
        notes.iter().filter(|note| note.system != Some(true)).try_for_each(|note| self.note(note))
    }

    fn note(&mut self, note: &Note<'_>) -> Result<(), OutputError> {
        let when = self.time(note.created_at.as_deref()).into_owned();
        let internal = if note.internal == Some(true) { " · internal" } else { "" };
        self.stdout.exact(b"\n")?;
        self.heading(&format!("{} · {when}{internal}", name(note.author.as_ref())))?;
        self.text("", &note.body)
    }
}

/// The login name; who deleted the account has none.
pub(super) fn name<'u>(user: Option<&'u User<'_>>) -> Cow<'u, str> {
    user.map_or(Cow::Borrowed("(deleted)"), |user| Cow::Borrowed(user.username.as_ref()))
}

pub(super) fn names(users: Option<&[User<'_>]>) -> String {
    let names: Vec<&str> =
        users.unwrap_or_default().iter().map(|user| user.username.as_ref()).collect();
    names.join(", ")
}

/// A count where there is one.
pub(super) fn count(count: Option<u64>) -> String {
    count.map(|count| count.to_string()).unwrap_or_default()
}

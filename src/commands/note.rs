//! Writing a note: where its text comes from, and the marker by which a later run finds it.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;

use super::context::Context;
use super::stdin;
use super::usage::UsageError;
use crate::gitlab::{Gitlab, GitlabError, LONGEST_NOTE, Noteable, Noted};
use crate::model::quick_actions;
use crate::system::notes::Notes;
use crate::view::output::{Format, Printer};
use crate::view::page;

/// A text of this many bytes is too long whatever its characters (at most four bytes each).
const LARGEST_INPUT: usize = 4 * LONGEST_NOTE + 1;

/// How many quick actions are named that were not run.
const MOST_NAMED: usize = 5;

/// What a note says.
#[derive(Args, Debug)]
pub(super) struct NoteArgs {
    /// The text; GitLab runs the quick actions in it
    #[arg(
        short = 'm',
        long,
        value_name = "TEXT",
        allow_hyphen_values = true,
        conflicts_with = "file"
    )]
    message: Option<String>,

    /// Take the text from this file; - is standard input
    #[arg(short = 'f', long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// Edit my earlier note with this key, or create it
    #[arg(long, value_name = "KEY")]
    replace: Option<Key>,

    /// Let GitLab run quick actions such as /approve in text from a file or standard input
    #[arg(long)]
    quick_actions: bool,
}

/// The file with the text of a note could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{from} cannot be read: {source}")]
pub(crate) struct NoteInput {
    /// Where it should have come from.
    pub(crate) from: String,
    /// The operating system's words.
    #[source]
    pub(crate) source: std::io::Error,
}

/// What marks a note for later runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key(String);

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Key {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if (1..=64).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err("a key is 1 to 64 letters, digits, dots, underscores and hyphens")
        }
    }
}

impl Key {
    /// A comment that GitLab keeps and does not show.
    fn marker(&self) -> String {
        format!("<!-- glduo:note {} -->", self.0)
    }

    /// Whether a note ends with the marker. Further up it may be a quotation.
    fn marks(&self, body: &str) -> bool {
        body.trim_end().lines().next_back().map(str::trim) == Some(self.marker().as_str())
    }
}

/// A text that can be sent.
#[derive(Debug)]
pub(super) struct NoteText {
    body: String,
    key: Option<Key>,
}

impl NoteArgs {
    /// The text, with its marker where a key is given.
    pub(super) fn text(&self, context: &mut Context<'_>) -> anyhow::Result<NoteText> {
        let text = match (&self.message, &self.file) {
            (Some(message), _) => message.clone(),
            (None, file) => read_text(file.as_deref(), "note", "-m TEXT, -f FILE", context)?,
        };
        let is_trusted = self.message.is_some() || self.quick_actions;
        let text = if is_trusted { text } else { without_quick_actions(&text, context.notes()) };
        Ok(NoteText::new(&text, self.replace.clone())?)
    }
}

/// Text that another program wrote, such as a model, is posted and runs nothing.
pub(super) fn without_quick_actions(text: &str, notes: &Notes) -> String {
    let escaped = quick_actions::escape(text);
    let mut commands = escaped.commands;
    commands.sort_unstable();
    commands.dedup();
    if !commands.is_empty() {
        let more = if commands.len() > MOST_NAMED { ", …" } else { "" };
        commands.truncate(MOST_NAMED);
        notes.note(&format!(
            "posted as text, not run: {}{more}; --quick-actions lets GitLab run quick actions",
            commands.join(", ")
        ));
    }
    escaped.text.into_owned()
}

impl NoteText {
    fn new(text: &str, key: Option<Key>) -> Result<Self, UsageError> {
        if text.trim().is_empty() {
            let hint = "give the text with -m, -f or on standard input";
            return Err(UsageError::new("the note is empty", hint));
        }
        let body = match &key {
            Some(key) => format!("{}\n\n{}", text.trim_end(), key.marker()),
            None => text.to_owned(),
        };
        if body.chars().count() > LONGEST_NOTE {
            return Err(UsageError::new(
                format!("the note is longer than the {LONGEST_NOTE} characters that GitLab takes"),
                "send the part that matters, or attach the whole as a job artifact",
            ));
        }
        Ok(Self { body, key })
    }
}

/// Reads a text from a file, or from standard input if there is none or it is `-`. `flags` are the
/// other ways to give it.
pub(super) fn read_text(
    file: Option<&Path>,
    what: &str,
    flags: &str,
    context: &mut Context<'_>,
) -> anyhow::Result<String> {
    match file {
        Some(path) if path != Path::new("-") => Ok(read_file(path)?),
        _ => standard_input(file.is_some(), (what, flags), context),
    }
}

/// As much as is needed to see that it is too long.
fn read_file(path: &Path) -> Result<String, NoteInput> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path);
    let read = file.and_then(|file| file.take(LARGEST_INPUT as u64).read_to_end(&mut bytes));
    read.map_err(|source| NoteInput { from: path.display().to_string(), source })?;
    Ok(text_of(&bytes))
}

fn standard_input(
    is_named: bool,
    (what, flags): (&str, &str),
    context: &mut Context<'_>,
) -> anyhow::Result<String> {
    if context.terminal().stdin && !is_named {
        let hint = format!("give it with {flags}, or on standard input");
        return Err(
            UsageError::new(format!("no {what}: standard input is a terminal"), hint).into()
        );
    }
    let told = format!("waiting for the {what} on standard input");
    Ok(text_of(&stdin::read(LARGEST_INPUT, Some(&told), context)?))
}

/// What is no UTF-8, as in logs, becomes U+FFFD.
fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Writes the note and prints what came of it: GitLab's object as JSON, else the note's URL.
/// `page_of` gives what the note is on, asked for before anything is written.
pub(super) fn write(
    text: &NoteText,
    on: Noteable<'_>,
    page_of: impl FnOnce() -> Result<Vec<u8>, GitlabError>,
    gitlab: &Gitlab<'_>,
    printer: &mut Printer,
    context: &Context<'_>,
) -> anyhow::Result<()> {
    let as_text = printer.format() == Format::Table;
    let address = if as_text { Some(page::web_url(&page_of()?)?) } else { None };
    let earlier = match &text.key {
        Some(key) => gitlab.own_note(on, |body| key.marks(body))?,
        None => None,
    };
    let noted = match earlier {
        Some(id) => gitlab.update_note(on, id, &text.body)?,
        None => gitlab.create_note(on, &text.body)?,
    };
    let body = match noted {
        Noted::Note { id, body } => {
            if let Some(address) = address {
                return Ok(printer.text(&format!("{address}#note_{id}\n"))?);
            }
            body
        }
        Noted::CommandsOnly { summary, body } => {
            let said = if summary.is_empty() { "nothing" } else { &summary };
            context.notes().note(&format!(
                "the text is quick actions only, so there is no note; GitLab says: {said}"
            ));
            body
        }
    };
    if !as_text {
        printer.object(&body, &[])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Result<Key, &'static str> {
        text.parse()
    }

    #[test]
    fn a_key_cannot_end_its_comment() {
        assert!(key("coverage").is_ok() && key("a.B_9-c").is_ok() && key(&"k".repeat(64)).is_ok());
        for bad in ["", "a b", "a-->", "a\nb", "é", "a/b", &"k".repeat(65)] {
            assert!(key(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_marker_counts_as_the_last_line_only() {
        let key = key("cov").expect("a key");
        let marks = |body: &str| key.marks(body);
        assert!(marks("text\n\n<!-- glduo:note cov -->"));
        assert!(marks("text\r\n\r\n<!-- glduo:note cov -->\r\n\n"));
        assert!(!marks("<!-- glduo:note cov -->\n\nand more"));
        assert!(!marks("> <!-- glduo:note cov -->"));
        assert!(!marks("<!-- glduo:note coverage -->") && !marks(""));
        let text = NoteText::new("body \n", Some(key.clone())).expect("a note");
        assert_eq!(text.body, "body\n\n<!-- glduo:note cov -->");
        assert!(marks(&text.body));
    }

    #[test]
    fn length_is_counted_in_characters_and_with_the_marker() {
        let longest = "é".repeat(LONGEST_NOTE);
        assert!(NoteText::new(&longest, None).is_ok());
        assert!(NoteText::new(&longest, key("k").ok()).is_err());
        assert!(NoteText::new(&format!("{longest}x"), None).is_err());
        assert!(NoteText::new(" \n\t", None).is_err());
    }
}

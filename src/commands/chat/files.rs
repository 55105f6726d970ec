//! `-f`: text files that go with the question, each with its name and in a fence.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::input::InputError;
use crate::commands::context::Context;
use crate::commands::usage::UsageError;
use crate::model::fenced::fence;
use crate::model::harmless::{Keep, harmless};

/// The most bytes of one file: 250,000 tokens or so.
const LARGEST: usize = 1 << 20;

/// The files as they stand in the prompt, in the order given.
pub(super) fn read(paths: &[PathBuf], context: &Context<'_>) -> anyhow::Result<Vec<String>> {
    paths.iter().map(|path| read_one(path, context)).collect()
}

fn read_one(path: &Path, context: &Context<'_>) -> anyhow::Result<String> {
    let name = harmless(&path.to_string_lossy(), Keep::Line).into_owned();
    let bytes = bytes(&context.working_directory().join(path), LARGEST + 1)
        .map_err(|error| refused(format!("{name} cannot be read: {error}")))?;
    if bytes.len() > LARGEST {
        return Err(InputError::FileTooLarge { name, limit: LARGEST }.into());
    }
    if bytes.iter().copied().any(is_binary) {
        return Err(refused(format!("{name} is binary")).into());
    }
    let text = String::from_utf8_lossy(&bytes);
    if matches!(text, std::borrow::Cow::Owned(_)) {
        let note = format!("{name} is not UTF-8: what is not text in it was replaced");
        context.notes().note(&note);
    }
    Ok(format!("File: {name}\n\n{}", fence(language(path), &text)))
}

/// A control character that no text has: those that lay it out stand in it, and with escape
/// and backspace the captures of a terminal.
pub(super) fn is_binary(byte: u8) -> bool {
    matches!(byte, 0..=0x07 | 0x0e..=0x1a | 0x1c..=0x1f)
}

/// Text that an argument names a file for (`-s @FILE`, `--schema FILE`).
pub(super) fn text(flag: &str, path: &str, context: &Context<'_>) -> anyhow::Result<String> {
    let read = bytes(&context.working_directory().join(path), LARGEST + 1);
    let text = read.and_then(|bytes| String::from_utf8(bytes).map_err(std::io::Error::other));
    match text {
        Ok(text) if text.len() <= LARGEST => Ok(text),
        Ok(_) => Err(InputError::FileTooLarge { name: path.to_owned(), limit: LARGEST }.into()),
        Err(error) => Err(UsageError::new(
            format!("{path} cannot be read: {error}"),
            format!("{flag} reads a UTF-8 text file"),
        )
        .into()),
    }
}

fn bytes(path: &Path, most: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn refused(message: String) -> UsageError {
    UsageError::new(message, "-f takes text files of up to 1 MiB")
}

/// The file's extension as the name of its language, where it has the shape of one.
fn language(path: &Path) -> &str {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let is_plain =
        extension.len() <= 12 && extension.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_plain { extension } else { "" }
}

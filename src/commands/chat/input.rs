//! The prompt: words of the command line and what standard input brings.

use super::arguments::ChatArgs;
use super::{attached, files};
use crate::commands::context::Context;
use crate::commands::stdin;
use crate::commands::usage::UsageError;

/// The most that is read; far over every model's context.
const LARGEST_INPUT: usize = 32 << 20;

/// What is to go with the question cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    /// More came than any model takes.
    #[error("standard input is larger than {0} bytes")]
    TooLarge(usize),
    /// A file of `-f` or of another argument is larger than that.
    #[error("{name} is larger than {} KiB", limit >> 10)]
    FileTooLarge {
        /// As it was given.
        name: String,
        /// In bytes.
        limit: usize,
    },
}

/// The question as it is sent: the words joined with spaces, then standard input, then what is
/// attached, a blank line between each.
pub(super) fn read(
    args: &ChatArgs,
    line_numbers: bool,
    context: &mut Context<'_>,
) -> anyhow::Result<String> {
    let words = args.prompt.join(" ");
    let words = words.trim();
    // Files first: a wrong name is told before standard input is waited for.
    let files = files::read(&args.attached.files, context)?;
    let has_prompt = !words.is_empty() || !files.is_empty() || args.attached.names_gitlab();
    let input = if args.no_stdin || context.terminal().stdin {
        String::new()
    } else {
        standard_input(has_prompt, context)?
    };
    let attached = attached::read(&args.attached, line_numbers, context)?;
    let parts = [words, input.as_str()].into_iter();
    let parts = parts.chain(files.iter().chain(&attached).map(String::as_str));
    let parts: Vec<&str> = parts.filter(|part| !part.trim().is_empty()).collect();
    if parts.is_empty() {
        let error = UsageError::new(
            "there is nothing to ask: no prompt, and nothing on standard input",
            "glduo chat \"your question\", or pipe text into glduo chat",
        );
        return Err(error.into());
    }
    Ok(parts.join("\n\n"))
}

fn standard_input(has_prompt: bool, context: &mut Context<'_>) -> anyhow::Result<String> {
    // Only where there is a prompt, so that someone may have meant to send nothing else.
    let told = has_prompt.then_some("waiting for standard input to end; -n does not read it");
    let input = stdin::read(LARGEST_INPUT, told, context)?;
    if input.len() > LARGEST_INPUT {
        return Err(InputError::TooLarge(LARGEST_INPUT).into());
    }
    if let Some(text) = from_utf16(&input) {
        return Ok(text);
    }
    let text = input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&input);
    if text.iter().copied().any(files::is_binary) {
        let hint = "pipe text, or attach an image with -f";
        return Err(UsageError::new("standard input is binary", hint).into());
    }
    Ok(String::from_utf8_lossy(text).into_owned())
}

/// Text in UTF-16 with a byte order mark, as some Windows programs write it.
fn from_utf16(input: &[u8]) -> Option<String> {
    let (unit, text): (fn([u8; 2]) -> u16, _) = match input {
        [0xff, 0xfe, text @ ..] => (u16::from_le_bytes, text),
        [0xfe, 0xff, text @ ..] => (u16::from_be_bytes, text),
        _ => return None,
    };
    let units: Vec<u16> = text.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    Some(String::from_utf16_lossy(&units))
}

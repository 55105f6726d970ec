//! The prompt: words of the command line and what standard input brings.

use std::io::Read;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use crate::commands::context::Context;
use crate::commands::usage::UsageError;

/// How long an open pipe may bring nothing before a line says what is being waited for.
const PATIENCE: Duration = Duration::from_secs(3);

/// The most that is read; far over every model's context.
const LARGEST_INPUT: usize = 32 << 20;

/// Standard input did not end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    /// Nothing came on an open pipe.
    #[error("standard input brought nothing for {0:?}")]
    Silent(Duration),
    /// More came than any model takes.
    #[error("standard input is larger than {0} bytes")]
    TooLarge(usize),
    /// It could not be read.
    #[error("standard input cannot be read: {0}")]
    Unreadable(#[source] std::io::Error),
}

/// The words joined with spaces, then standard input after a blank line.
pub(super) fn read(
    words: &[String],
    no_stdin: bool,
    context: &mut Context<'_>,
) -> anyhow::Result<String> {
    let prompt = words.join(" ");
    let prompt = prompt.trim();
    let input = if no_stdin || context.terminal().stdin {
        String::new()
    } else {
        standard_input(!prompt.is_empty(), context)?
    };
    let parts: Vec<&str> =
        [prompt, input.as_str()].into_iter().filter(|part| !part.trim().is_empty()).collect();
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
    let Some(stream) = context.take_stdin() else {
        return Ok(String::new());
    };
    let limit = context.settings()?.limits.idle.value;
    let pieces = in_background(stream);
    let mut input = Vec::new();
    let mut told = !has_prompt;
    loop {
        let patience = if told { limit } else { PATIENCE.min(limit) };
        match pieces.recv_timeout(patience) {
            Ok(Ok(piece)) => input.extend_from_slice(&piece),
            Ok(Err(error)) => return Err(InputError::Unreadable(error).into()),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) if told || limit <= PATIENCE => {
                return Err(InputError::Silent(limit).into());
            }
            Err(RecvTimeoutError::Timeout) => {
                told = true;
                context.notes().note("waiting for standard input to end; -n does not read it");
            }
        }
        if input.len() > LARGEST_INPUT {
            return Err(InputError::TooLarge(LARGEST_INPUT).into());
        }
    }
    Ok(String::from_utf8_lossy(&input).into_owned())
}

/// Reads on a thread, since a read of a pipe cannot be given a time limit. The thread is left
/// behind where nothing comes; it ends with the process.
fn in_background(mut stream: Box<dyn Read + Send>) -> Receiver<std::io::Result<Vec<u8>>> {
    let (sender, receiver) = sync_channel(16);
    std::thread::spawn(move || {
        loop {
            let mut piece = vec![0; 64 << 10];
            let outcome = match stream.read(&mut piece) {
                Ok(0) => break,
                Ok(length) => {
                    piece.truncate(length);
                    Ok(piece)
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => Err(error),
            };
            let failed = outcome.is_err();
            if sender.send(outcome).is_err() || failed {
                break;
            }
        }
    });
    receiver
}

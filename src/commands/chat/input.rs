//! The prompt: words of the command line and what standard input brings.

use std::io::Read;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use super::arguments::ChatArgs;
use super::{attached, files};
use crate::commands::context::Context;
use crate::commands::usage::UsageError;
use crate::system::notes::Notes;

/// How long an open pipe may bring nothing before a line says what is being waited for.
const PATIENCE: Duration = Duration::from_secs(3);

/// The most that is read; far over every model's context.
const LARGEST_INPUT: usize = 32 << 20;

/// Standard input as it comes.
type Pieces = Receiver<std::io::Result<Vec<u8>>>;

/// What is to go with the question cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    /// Nothing came on an open pipe.
    #[error("standard input brought nothing for {0:?}")]
    Silent(Duration),
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
    /// It could not be read.
    #[error("standard input cannot be read: {0}")]
    Unreadable(#[source] std::io::Error),
}

/// The question as it is sent: the words joined with spaces, then standard input, then what is
/// attached, a blank line between each.
pub(super) fn read(args: &ChatArgs, context: &mut Context<'_>) -> anyhow::Result<String> {
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
    let attached = attached::read(&args.attached, context)?;
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
    let Some(stream) = context.take_stdin() else {
        return Ok(String::new());
    };
    let limit = context.settings()?.limits.idle.value;
    let pieces = in_background(stream);
    let mut input = Vec::new();
    // Only where there is a prompt, so that someone may have meant to send nothing else.
    let mut tells = has_prompt;
    while let Some(piece) = next_piece(&pieces, tells.then_some(PATIENCE), limit, context.notes())?
    {
        tells = false;
        input.extend_from_slice(&piece);
        if input.len() > LARGEST_INPUT {
            return Err(InputError::TooLarge(LARGEST_INPUT).into());
        }
    }
    Ok(String::from_utf8_lossy(&input).into_owned())
}

/// What comes next, waited for no longer than the limit; `None` at the end. After `patience` a
/// line says what is waited for.
fn next_piece(
    pieces: &Pieces,
    patience: Option<Duration>,
    limit: Duration,
    notes: &Notes,
) -> Result<Option<Vec<u8>>, InputError> {
    let first = patience.unwrap_or(limit).min(limit);
    let mut came = pieces.recv_timeout(first);
    if matches!(came, Err(RecvTimeoutError::Timeout)) && first < limit {
        notes.note("waiting for standard input to end; -n does not read it");
        came = pieces.recv_timeout(limit.saturating_sub(first));
    }
    match came {
        Ok(piece) => piece.map(Some).map_err(InputError::Unreadable),
        Err(RecvTimeoutError::Disconnected) => Ok(None),
        Err(RecvTimeoutError::Timeout) => Err(InputError::Silent(limit)),
    }
}

/// Reads on a thread, since a read of a pipe cannot be given a time limit. The thread is left
/// behind where nothing comes; it ends with the process.
fn in_background(mut stream: Box<dyn Read + Send>) -> Pieces {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::redact::Redactor;
    use crate::system::notes::Verbosity;
    use crate::system::streams::Output;
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("a lock").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(20);

    /// What comes of a pipe that brings something after so long, and how many notes there were.
    fn wait(
        silence: Duration,
        patience: Option<Duration>,
        limit: Duration,
    ) -> (Result<Option<Vec<u8>>, InputError>, usize) {
        let written = Written::default();
        let stderr = Output::new(written.clone());
        let notes = Notes::new(stderr, Verbosity::Normal, Redactor::default());
        let (sender, pieces) = sync_channel(1);
        let writer = std::thread::spawn(move || {
            std::thread::sleep(silence);
            // Nobody may be there any more.
            let _ = sender.send(Ok(b"late".to_vec()));
        });
        let came = next_piece(&pieces, patience, limit, &notes);
        writer.join().expect("no panic");
        let lines = written.0.lock().expect("a lock").split(|byte| *byte == b'\n').count() - 1;
        (came, lines)
    }

    #[test]
    fn silence_is_told_of_once_and_waited_for_to_the_limit() {
        let late = SHORT * 6;
        assert!(matches!(wait(late, Some(SHORT), LONG), (Ok(Some(_)), 1)));
        assert!(matches!(wait(late, None, LONG), (Ok(Some(_)), 0)));
        assert!(matches!(wait(Duration::ZERO, Some(LONG), LONG), (Ok(Some(_)), 0)));
        assert!(matches!(wait(late, Some(SHORT), SHORT * 2), (Err(InputError::Silent(_)), 1)));
        assert!(matches!(wait(late, Some(LONG), SHORT), (Err(InputError::Silent(_)), 0)));
    }
}

//! Standard input, waited for no longer than the idle limit.

use std::io::Read;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use super::context::Context;
use crate::system::notes::Notes;

/// How long an open pipe may bring nothing before a line says what is being waited for.
const PATIENCE: Duration = Duration::from_secs(3);

/// Standard input as it comes.
type Pieces = Receiver<std::io::Result<Vec<u8>>>;

/// Standard input cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StdinError {
    /// Nothing came on an open pipe.
    #[error("standard input brought nothing for {0:?}")]
    Silent(Duration),
    /// It could not be read.
    #[error("standard input cannot be read: {0}")]
    Unreadable(#[source] std::io::Error),
}

/// All of it, or more than `most` bytes where there is more than that. `told` is what a line
/// says where nothing has come for a while.
pub(super) fn read(
    most: usize,
    told: Option<&str>,
    context: &mut Context<'_>,
) -> anyhow::Result<Vec<u8>> {
    let Some(stream) = context.take_stdin() else {
        return Ok(Vec::new());
    };
    let limit = context.settings()?.limits.idle.value;
    let pieces = in_background(stream);
    let mut input = Vec::new();
    let mut patience = told.map(|told| (PATIENCE, told));
    while let Some(piece) = next_piece(&pieces, patience.take(), limit, context.notes())? {
        input.extend_from_slice(&piece);
        if input.len() > most {
            break;
        }
    }
    Ok(input)
}

/// What comes next, waited for no longer than the limit; `None` at the end. After the patience
/// a line says what is waited for.
fn next_piece(
    pieces: &Pieces,
    patience: Option<(Duration, &str)>,
    limit: Duration,
    notes: &Notes,
) -> Result<Option<Vec<u8>>, StdinError> {
    let (first, told) = patience.unwrap_or((limit, ""));
    let first = first.min(limit);
    let mut came = pieces.recv_timeout(first);
    if matches!(came, Err(RecvTimeoutError::Timeout)) && first < limit {
        notes.note(told);
        came = pieces.recv_timeout(limit.saturating_sub(first));
    }
    match came {
        Ok(piece) => piece.map(Some).map_err(StdinError::Unreadable),
        Err(RecvTimeoutError::Disconnected) => Ok(None),
        Err(RecvTimeoutError::Timeout) => Err(StdinError::Silent(limit)),
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
    ) -> (Result<Option<Vec<u8>>, StdinError>, usize) {
        let written = Written::default();
        let stderr = Output::new(written.clone());
        let notes = Notes::new(stderr, Verbosity::Normal, Redactor::default());
        let (sender, pieces) = sync_channel(1);
        let writer = std::thread::spawn(move || {
            std::thread::sleep(silence);
            // Nobody may be there any more.
            let _ = sender.send(Ok(b"late".to_vec()));
        });
        let patience = patience.map(|patience| (patience, "waiting"));
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
        assert!(matches!(wait(late, Some(SHORT), SHORT * 2), (Err(StdinError::Silent(_)), 1)));
        assert!(matches!(wait(late, Some(LONG), SHORT), (Err(StdinError::Silent(_)), 0)));
    }
}

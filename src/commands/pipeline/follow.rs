//! A log that grows while it is read.

use crate::gitlab::Gitlab;
use crate::http::Stream;
use crate::model::project::ProjectRef;
use crate::view::trace::LogWriter;

/// Bytes that are asked for again, to see where an answer begins: older servers do not know
/// `byte_offset` and send the whole log.
const OVERLAP: usize = 64;

/// How much of a log was written already.
#[derive(Debug, Default)]
pub(super) struct FollowedLog {
    written: u64,
    head: Vec<u8>,
    tail: Vec<u8>,
}

impl FollowedLog {
    /// Writes what is new; `false` where the job has no log. After an error it can go on from
    /// where it was.
    pub(super) fn write_new(
        &mut self,
        project: &ProjectRef,
        id: u64,
        gitlab: &Gitlab<'_>,
        writer: &mut LogWriter<'_>,
    ) -> anyhow::Result<bool> {
        let offset = self.written - self.tail.len() as u64;
        let Some(mut stream) = gitlab.job_log(project, id, offset)? else {
            return Ok(false);
        };
        let mut buffer = vec![0; 64 << 10];
        let start = read_start(&mut stream, self.tail.len(), &mut buffer)?;
        if start.len() < self.tail.len() {
            return Ok(true);
        }
        let mut skip = self.known_bytes(&start);
        self.write(&start, &mut skip, writer)?;
        loop {
            let count = stream.read(&mut buffer)?;
            if count == 0 {
                writer.flush()?;
                return Ok(true);
            }
            self.write(&buffer[..count], &mut skip, writer)?;
        }
    }

    /// How many bytes at the beginning of an answer were written already. A log that neither
    /// goes on nor is the same from its beginning was replaced, and is new.
    fn known_bytes(&self, start: &[u8]) -> u64 {
        if start.starts_with(&self.tail) {
            self.tail.len() as u64
        } else if start.starts_with(&self.head) {
            self.written
        } else {
            0
        }
    }

    fn write(
        &mut self,
        bytes: &[u8],
        skip: &mut u64,
        writer: &mut LogWriter<'_>,
    ) -> anyhow::Result<()> {
        let known = usize::try_from(*skip).unwrap_or(usize::MAX).min(bytes.len());
        *skip -= known as u64;
        let new = &bytes[known..];
        if new.is_empty() {
            return Ok(());
        }
        writer.write(new)?;
        self.written += new.len() as u64;
        let room = OVERLAP.saturating_sub(self.head.len()).min(new.len());
        self.head.extend_from_slice(&new[..room]);
        self.tail.extend_from_slice(&new[new.len().saturating_sub(OVERLAP)..]);
        self.tail.drain(..self.tail.len().saturating_sub(OVERLAP));
        Ok(())
    }
}

/// The first bytes, at least this many unless the log ends before.
fn read_start(stream: &mut Stream, least: usize, buffer: &mut [u8]) -> anyhow::Result<Vec<u8>> {
    let mut start = Vec::new();
    while start.len() < least {
        match stream.read(buffer)? {
            0 => break,
            count => start.extend_from_slice(&buffer[..count]),
        }
    }
    Ok(start)
}

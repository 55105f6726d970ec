//! The last lines of a log.

use std::collections::VecDeque;

/// Keeps the last lines of what it is given.
#[derive(Debug)]
pub struct Tail {
    most: usize,
    lines: VecDeque<Vec<u8>>,
}

impl Tail {
    /// Keeps at most this many lines.
    pub fn new(most: usize) -> Self {
        Self { most, lines: VecDeque::new() }
    }

    /// The next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            match self.lines.back_mut().filter(|line| !line.ends_with(b"\n")) {
                Some(line) => line.extend_from_slice(part),
                None => self.lines.push_back(part.to_vec()),
            }
            if self.lines.len() > self.most {
                self.lines.pop_front();
            }
        }
    }

    /// What was kept, in order.
    pub fn into_lines(self) -> impl Iterator<Item = Vec<u8>> {
        self.lines.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_stay_however_they_arrive() {
        let mut tail = Tail::new(2);
        for piece in ["a\nb", "\nc", "c\n", "d"] {
            tail.push(piece.as_bytes());
        }
        assert_eq!(tail.into_lines().collect::<Vec<_>>(), [b"cc\n".to_vec(), b"d".to_vec()]);
        assert_eq!(Tail::new(3).into_lines().count(), 0);
    }
}

//! Text of bounded size for the service, with a mark where something is missing.

use std::collections::VecDeque;

use super::error::ToolError;

/// The longest answer of a tool, in bytes.
pub(super) const TEXT_BYTES: usize = 128 << 10;

/// The result of a call, for the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What the tool found or printed, or why it failed; not yet sanitized for a terminal.
    pub text: String,
    pub ok: bool,
    /// Whether the call, or a part of it, is never run here: a path outside, a file with secrets,
    /// an argument that could write.
    pub refused: bool,
}

impl Outcome {
    pub fn done(text: String) -> Self {
        Self { text, ok: true, refused: false }
    }

    pub fn failed(text: String) -> Self {
        Self { text, ok: false, refused: false }
    }
}

impl From<ToolError> for Outcome {
    fn from(error: ToolError) -> Self {
        Self { refused: error.is_refusal(), ..Self::failed(error.to_string()) }
    }
}

/// Lines up to a size and a count.
#[derive(Debug)]
pub(super) struct Lines {
    text: String,
    left: usize,
    /// Whether a line was omitted.
    pub(super) full: bool,
}

impl Lines {
    pub(super) fn new(most: usize) -> Self {
        Self { text: String::new(), left: most, full: false }
    }

    /// Adds a line if there is room for it, and returns whether there was.
    pub(super) fn push(&mut self, line: &str) -> bool {
        if self.left == 0 || self.text.len() + line.len() + 1 > TEXT_BYTES {
            self.full = true;
            return false;
        }
        self.left -= 1;
        self.text.push_str(line);
        self.text.push('\n');
        true
    }

    pub(super) fn finish(mut self, cut: &str) -> String {
        if self.full {
            self.text.push_str(cut);
        }
        self.text
    }
}

/// The start and the end of a stream of any length.
#[derive(Debug)]
pub(super) struct Ends {
    half: usize,
    head: Vec<u8>,
    tail: VecDeque<u8>,
    /// How many bytes arrived, kept or not.
    pub(super) total: u64,
}

impl Ends {
    /// Keeps at most this many bytes.
    pub(super) fn new(most: usize) -> Self {
        Self { half: most / 2, head: Vec::new(), tail: VecDeque::new(), total: 0 }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.total += bytes.len() as u64;
        let (head, rest) = bytes.split_at(bytes.len().min(self.half - self.head.len()));
        self.head.extend_from_slice(head);
        let rest = &rest[rest.len().saturating_sub(self.half)..];
        let over = (self.tail.len() + rest.len()).saturating_sub(self.half);
        self.tail.drain(..over);
        self.tail.extend(rest);
    }

    /// Whether everything was kept.
    pub(super) fn is_whole(&self) -> bool {
        self.total == (self.head.len() + self.tail.len()) as u64
    }

    /// What was kept, with a line in the middle that says how much is missing.
    pub(super) fn text(&self) -> String {
        let mut bytes = self.head.clone();
        if !self.is_whole() {
            let kept = (self.head.len() + self.tail.len()) as u64;
            let gap = format!("\n[{} bytes omitted here]\n", self.total - kept);
            bytes.extend_from_slice(gap.as_bytes());
        }
        bytes.extend(&self.tail);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Truncates a text to this many bytes, never in the middle of a character.
pub(super) fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_stream_is_complete_and_a_long_one_says_what_is_missing() {
        let mut ends = Ends::new(8);
        for piece in ["ab", "cdefgh"] {
            ends.push(piece.as_bytes());
        }
        assert_eq!(ends.text(), "abcdefgh");
        ends.push(b"ijklmnopqrstuvw");
        ends.push(b"x");
        assert_eq!(ends.text(), "abcd\n[16 bytes omitted here]\nuvwx");
        assert!(ends.head.len() + ends.tail.len() <= 8);
    }

    #[test]
    fn lines_are_limited_in_number_and_size() {
        let mut lines = Lines::new(2);
        assert!(lines.push("a") && lines.push("b") && !lines.push("c"));
        assert_eq!(lines.finish("[more]"), "a\nb\n[more]");
        assert_eq!(Lines::new(2).finish("[more]"), "");
        let mut lines = Lines::new(9);
        assert!(!lines.push(&"x".repeat(TEXT_BYTES)));
    }
}

//! The time stamps that newer runners put before each line of a log.

/// `2024-05-22T12:43:46.962646Z 00O `: time, stream in two hexadecimal digits, standard output
/// or error, and a plus where the line goes on with the one before (GitLab Runner 17).
const SHAPE: &[u8] = b"dddd-dd-ddTdd:dd:dd.ddddddZ xxs+";

/// Takes stamps out of bytes that arrive in pieces.
#[derive(Debug, Default)]
pub(super) struct Stamps {
    /// What may become a stamp.
    candidate: Vec<u8>,
    in_line: bool,
    line_has_stamp: bool,
    /// A line feed that a plus would take back.
    held_line_feed: bool,
}

impl Stamps {
    pub(super) fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let mut rest = piece;
        while let Some(byte) = rest.first().copied() {
            if self.in_line {
                let end = rest.iter().position(|byte| *byte == b'\n');
                out.extend_from_slice(&rest[..end.unwrap_or(rest.len())]);
                rest = end.map_or(&[][..], |end| &rest[end + 1..]);
                if end.is_some() {
                    self.end_line(out);
                }
                continue;
            }
            if fits(self.candidate.len(), byte) {
                rest = &rest[1..];
                self.candidate.push(byte);
                if self.candidate.len() == SHAPE.len() {
                    self.take_stamp(byte, out);
                }
            } else {
                // The byte is looked at again as part of the line.
                self.give_back(out);
            }
        }
    }

    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        self.give_back(out);
    }

    fn end_line(&mut self, out: &mut Vec<u8>) {
        self.in_line = false;
        if self.line_has_stamp {
            self.held_line_feed = true;
        } else {
            out.push(b'\n');
        }
    }

    fn take_stamp(&mut self, last: u8, out: &mut Vec<u8>) {
        self.candidate.clear();
        if std::mem::take(&mut self.held_line_feed) && last != b'+' {
            out.push(b'\n');
        }
        self.in_line = true;
        self.line_has_stamp = true;
    }

    fn give_back(&mut self, out: &mut Vec<u8>) {
        if std::mem::take(&mut self.held_line_feed) {
            out.push(b'\n');
        }
        out.append(&mut self.candidate);
        self.in_line = true;
        self.line_has_stamp = false;
    }
}

fn fits(at: usize, byte: u8) -> bool {
    match SHAPE.get(at) {
        Some(b'd') => byte.is_ascii_digit(),
        Some(b'x') => byte.is_ascii_hexdigit(),
        Some(b's') => matches!(byte, b'O' | b'E'),
        Some(b'+') => matches!(byte, b'+' | b' '),
        Some(exact) => byte == *exact,
        None => false,
    }
}

//! Bytes to text: what control sequences a log holds (ECMA-48), and which of them stay.

use super::lines::Lines;
use crate::model::harmless::{Keep, harmless, is_harmful};

/// Longer ones are no control sequences.
const LONGEST_SEQUENCE: usize = 64;
/// The same for what an OSC or DCS carries.
const LONGEST_STRING: usize = 4096;

#[derive(Debug, Default)]
enum State {
    #[default]
    Ground,
    /// After ESC.
    Escape,
    /// After ESC and a byte such as `(`.
    Intermediate,
    /// After CSI, with its parameters.
    Csi(String),
    /// Inside OSC, DCS, SOS, PM or APC, with what it carries; and whether an ESC was the last.
    Text(String, bool),
}

/// The state between two pieces.
#[derive(Debug, Default)]
pub(super) struct Controls {
    /// Bytes of a character whose rest has not come yet, at most three.
    pending: Vec<u8>,
    state: State,
}

impl Controls {
    pub(super) fn push(&mut self, piece: &[u8], lines: &mut Lines, shown: &mut String) {
        let mut joined = std::mem::take(&mut self.pending);
        let bytes = if joined.is_empty() {
            piece
        } else {
            joined.extend_from_slice(piece);
            &joined
        };
        for chunk in bytes.utf8_chunks() {
            self.text(chunk.valid(), lines, shown);
            let invalid = chunk.invalid();
            let at_end = chunk_is_last(bytes, invalid);
            if at_end && is_incomplete(invalid) {
                self.pending = invalid.to_vec();
            } else if !invalid.is_empty() {
                self.text("\u{fffd}", lines, shown);
            }
        }
    }

    /// What was never ended is given back as text.
    pub(super) fn finish(&mut self, lines: &mut Lines, shown: &mut String) {
        self.give_back(lines, shown);
        if !std::mem::take(&mut self.pending).is_empty() {
            self.text("\u{fffd}", lines, shown);
        }
    }

    fn text(&mut self, text: &str, lines: &mut Lines, shown: &mut String) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if matches!(self.state, State::Ground) {
                let is_plain = |c: char| c == ' ' || c.is_ascii_graphic();
                let plain = rest.find(|c| !is_plain(c)).unwrap_or(rest.len());
                if plain > 0 {
                    lines.text(&rest[..plain], shown);
                    rest = &rest[plain..];
                    continue;
                }
            }
            rest = &rest[c.len_utf8()..];
            self.character(c, lines, shown);
        }
    }

    fn character(&mut self, c: char, lines: &mut Lines, shown: &mut String) {
        match &mut self.state {
            State::Ground => self.ground(c, lines, shown),
            State::Escape => match c {
                '[' => self.state = State::Csi(String::new()),
                ']' | 'P' | 'X' | '^' | '_' => self.state = State::Text(String::new(), false),
                ' '..='/' => self.state = State::Intermediate,
                '0'..='~' => self.state = State::Ground,
                _ => self.restart(c, lines, shown),
            },
            State::Intermediate => match c {
                ' '..='/' => {}
                '0'..='~' => self.state = State::Ground,
                _ => self.restart(c, lines, shown),
            },
            State::Csi(parameters) => match c {
                ' '..='?' if parameters.len() < LONGEST_SEQUENCE => parameters.push(c),
                '@'..='~' => {
                    let parameters = std::mem::take(parameters);
                    self.state = State::Ground;
                    let is_color = |c: char| c.is_ascii_digit() || matches!(c, ';' | ':');
                    if c == 'm' && parameters.chars().all(is_color) {
                        lines.color(&parameters, shown);
                    }
                }
                _ => self.restart(c, lines, shown),
            },
            State::Text(held, after_escape) => match c {
                '\\' if *after_escape => self.state = State::Ground,
                _ if *after_escape => {
                    self.give_back(lines, shown);
                    self.state = State::Escape;
                    self.character(c, lines, shown);
                }
                '\x07' | '\u{9c}' => self.state = State::Ground,
                '\x1b' => *after_escape = true,
                '\n' | '\r' | '\x18' | '\x1a' => self.restart(c, lines, shown),
                _ if held.len() >= LONGEST_STRING => self.restart(c, lines, shown),
                _ => held.push(c),
            },
        }
    }

    fn ground(&mut self, c: char, lines: &mut Lines, shown: &mut String) {
        match c {
            '\n' => lines.line_feed(shown),
            '\r' => lines.carriage_return(),
            '\t' => lines.text("\t", shown),
            '\x1b' => self.state = State::Escape,
            '\u{9b}' => self.state = State::Csi(String::new()),
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => {
                self.state = State::Text(String::new(), false);
            }
            _ if c.is_control() => {}
            _ if is_harmful(c) => {
                lines.text(&harmless(c.encode_utf8(&mut [0; 4]), Keep::Line), shown);
            }
            _ => lines.text(c.encode_utf8(&mut [0; 4]), shown),
        }
    }

    /// The sequence was none: what it seemed to carry is text, and so is what follows.
    fn restart(&mut self, c: char, lines: &mut Lines, shown: &mut String) {
        self.give_back(lines, shown);
        self.ground(c, lines, shown);
    }

    fn give_back(&mut self, lines: &mut Lines, shown: &mut String) {
        if let State::Csi(held) | State::Text(held, _) = std::mem::take(&mut self.state) {
            for c in held.chars() {
                self.ground(c, lines, shown);
            }
            self.state = State::Ground;
        }
    }
}

fn chunk_is_last(bytes: &[u8], invalid: &[u8]) -> bool {
    bytes.as_ptr_range().end == invalid.as_ptr_range().end
}

/// Whether these bytes could begin a character.
fn is_incomplete(bytes: &[u8]) -> bool {
    matches!(std::str::from_utf8(bytes), Err(error) if error.error_len().is_none())
}

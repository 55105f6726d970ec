//! Making text that we did not write harmless for a terminal: one streaming state machine
//! behind everything that is shown.

use std::borrow::Cow;
use std::fmt::Write as _;

/// What may stay besides visible text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Nothing: one line stays one line, so tabs and line breaks are escaped too.
    Line,
    /// Line breaks and tabs.
    Text,
}

/// Whether a character can move the cursor, change what other text looks like, or be there
/// without being seen: C0, DEL, C1, bidi controls (CVE-2021-42574), zero-width and tag
/// characters. Zero-width joiners stay: scripts and emoji need them.
pub fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether a character may look like nothing or like a space: Unicode's
/// `Default_Ignorable_Code_Point` (`DerivedCoreProperties.txt`, version 17), and what is blank.
fn is_unseen(c: char) -> bool {
    c.is_whitespace() && c != ' '
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// [`harmless`] for text that a person decides on: what cannot be seen is escaped too, also what
/// scripts and emoji need.
pub fn unmistakable(text: &str, keep: Keep) -> Cow<'_, str> {
    escaped(text, keep, |c| is_harmful(c) || is_unseen(c))
}

/// The text with every harmful character shown as a visible escape (`\x1b`, `\u{202e}`).
pub fn harmless(text: &str, keep: Keep) -> Cow<'_, str> {
    escaped(text, keep, is_harmful)
}

fn escaped(text: &str, keep: Keep, is_bad: impl Fn(char) -> bool) -> Cow<'_, str> {
    let stays = |c: char| !is_bad(c) || (keep == Keep::Text && matches!(c, '\n' | '\t'));
    // Nearly all text is plain ASCII, which bytes tell without being decoded.
    let plain = |byte: u8| matches!(byte, b' '..=b'~');
    if text.bytes().all(plain) || text.chars().all(stays) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if stays(c) {
            clean.push(c);
        } else {
            escape(c, &mut clean);
        }
    }
    Cow::Owned(clean)
}

fn escape(c: char, into: &mut String) {
    let code = u32::from(c);
    // Writing to a string cannot fail.
    let _ = match c {
        '\n' => into.write_str("\\n"),
        '\r' => into.write_str("\\r"),
        '\t' => into.write_str("\\t"),
        _ if code < 0x100 => write!(into, "\\x{code:02x}"),
        _ => write!(into, "\\u{{{code:x}}}"),
    };
}

/// One value for one column of a tab-separated line: tabs and line breaks become spaces, the
/// rest as [`Keep::Line`].
pub fn field(text: &str) -> Cow<'_, str> {
    if text.contains(['\t', '\n', '\r']) {
        let spaced = text.replace(['\t', '\n', '\r'], " ");
        Cow::Owned(harmless(&spaced, Keep::Line).into_owned())
    } else {
        harmless(text, Keep::Line)
    }
}

/// [`harmless`] for bytes that arrive in pieces: a UTF-8 character split between two pieces is
/// put together again, invalid bytes become U+FFFD, and a carriage return before a line feed
/// is dropped.
#[derive(Debug, Default)]
pub struct HarmlessStream {
    /// Bytes of a character whose rest has not come yet, at most three.
    pending: Vec<u8>,
    /// A carriage return whose next character is not known yet.
    carriage_return: bool,
}

impl HarmlessStream {
    /// What can be shown after this piece.
    pub fn push(&mut self, piece: &[u8]) -> String {
        let mut bytes = std::mem::take(&mut self.pending);
        bytes.extend_from_slice(piece);
        let mut shown = String::with_capacity(bytes.len());
        let mut rest = bytes.as_slice();
        loop {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    self.show(text, &mut shown);
                    break;
                }
                Err(error) => {
                    let (valid, tail) = rest.split_at(error.valid_up_to());
                    self.show(&String::from_utf8_lossy(valid), &mut shown);
                    let Some(length) = error.error_len() else {
                        self.pending = tail.to_vec();
                        break;
                    };
                    self.show("\u{fffd}", &mut shown);
                    rest = &tail[length..];
                }
            }
        }
        shown
    }

    /// What was still held back when the input ended.
    pub fn finish(&mut self) -> String {
        let mut shown = String::new();
        if std::mem::take(&mut self.carriage_return) {
            escape('\r', &mut shown);
        }
        if !std::mem::take(&mut self.pending).is_empty() {
            shown.push('\u{fffd}');
        }
        shown
    }

    fn show(&mut self, text: &str, shown: &mut String) {
        for c in text.chars() {
            if std::mem::take(&mut self.carriage_return) && c != '\n' {
                escape('\r', shown);
            }
            match c {
                '\r' => self.carriage_return = true,
                '\n' | '\t' => shown.push(c),
                c if is_harmful(c) => escape(c, shown),
                c => shown.push(c),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_bidi_and_invisible_characters_become_visible() {
        let hostile = "a\x1b]0;x\x07b\u{202e}c\u{9b}d\u{e0041}\n";
        let shown = harmless(hostile, Keep::Line);
        assert_eq!(shown, "a\\x1b]0;x\\x07b\\u{202e}c\\x9bd\\u{e0041}\\n");
        assert_eq!(harmless("a\n\tb\r", Keep::Text), "a\n\tb\\r");
        assert!(matches!(harmless("plain Ünï ✓ 👩\u{200d}🚀", Keep::Line), Cow::Borrowed(_)));
    }

    #[test]
    fn what_cannot_be_seen_is_escaped_for_a_decision() {
        let blank = "a\u{a0}b\u{ad}c\u{2800}d\u{3164}e\u{fe0f}f\u{200d}g\u{3000}h";
        assert_eq!(
            unmistakable(blank, Keep::Line),
            "a\\xa0b\\xadc\\u{2800}d\\u{3164}e\\u{fe0f}f\\u{200d}g\\u{3000}h"
        );
        assert_eq!(unmistakable("a b\n\tc", Keep::Text), "a b\n\tc");
        assert!(matches!(unmistakable("plain Ünï ✓", Keep::Line), Cow::Borrowed(_)));
    }

    #[test]
    fn a_field_is_one_column_of_one_line() {
        assert_eq!(field("a\tb\nc\x1b"), "a b c\\x1b");
    }

    #[test]
    fn every_way_to_cut_the_input_shows_the_same() {
        let input = "é\x1b[31m✓\r\nok\rx\u{202e}".as_bytes();
        let mut whole = HarmlessStream::default();
        let expected = whole.push(input) + &whole.finish();
        assert_eq!(expected, "é\\x1b[31m✓\nok\\rx\\u{202e}");
        for cut in 0..input.len() {
            let mut stream = HarmlessStream::default();
            let shown = stream.push(&input[..cut]) + &stream.push(&input[cut..]) + &stream.finish();
            assert_eq!(shown, expected, "cut at {cut}");
        }
    }

    #[test]
    fn an_unfinished_character_does_not_swallow_what_follows() {
        let mut stream = HarmlessStream::default();
        assert_eq!(stream.push(b"a\xe2\x82"), "a");
        assert_eq!(stream.push(b"b"), "\u{fffd}b");
        assert_eq!(stream.push(b"\xe2"), "");
        assert_eq!(stream.finish(), "\u{fffd}");
    }
}

//! File names in patches, quoted the way git quotes and reads them (git documentation,
//! "core.quotePath"; UTF-8 stays readable as with that setting off).

use std::borrow::Cow;
use std::fmt::Write as _;

/// The name as it stands in a patch: in double quotes with C escapes where it holds control
/// characters, quotes or backslashes.
pub(super) fn quoted_name(name: &str) -> Cow<'_, str> {
    let special = |c: char| c.is_ascii_control() || matches!(c, '"' | '\\');
    if !name.contains(special) {
        return Cow::Borrowed(name);
    }
    let mut quoted = String::from("\"");
    for c in name.chars() {
        match c {
            '\x07' => quoted.push_str("\\a"),
            '\x08' => quoted.push_str("\\b"),
            '\t' => quoted.push_str("\\t"),
            '\n' => quoted.push_str("\\n"),
            '\x0b' => quoted.push_str("\\v"),
            '\x0c' => quoted.push_str("\\f"),
            '\r' => quoted.push_str("\\r"),
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            c if c.is_ascii_control() => {
                // Writing to a string cannot fail.
                let _ = write!(quoted, "\\{:03o}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    Cow::Owned(quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_git_would_misread_is_quoted() {
        assert_eq!(quoted_name("b/with space/ünï ✓"), "b/with space/ünï ✓");
        assert_eq!(quoted_name("a/q\"\\x"), r#""a/q\"\\x""#);
        assert_eq!(quoted_name("a\tb\n\x01\x7f"), r#""a\tb\n\001\177""#);
    }
}

//! Patches for people: harmless, and coloured by what a line does.

use super::style::{Paint, Style};
use crate::model::harmless::HarmlessStream;

/// The patch with nothing in it that a terminal would obey but our colours.
pub fn for_people(patch: &[u8], style: &Style) -> String {
    let clean = harmless_text(patch);
    if !style.color {
        return clean;
    }
    let mut colored = String::with_capacity(clean.len() + clean.len() / 4);
    let mut in_hunk = false;
    for line in clean.split_inclusive('\n') {
        let text = line.trim_end_matches('\n');
        in_hunk = (in_hunk || text.starts_with("@@")) && !text.starts_with("diff --git ");
        match paint(text, in_hunk) {
            Some(paint) => colored.push_str(&style.paint(paint, text)),
            None => colored.push_str(text),
        }
        colored.push_str(&line[text.len()..]);
    }
    colored
}

/// Text of several lines with nothing in it that a terminal would obey; line ends become ours.
pub fn harmless_text(text: &[u8]) -> String {
    let mut stream = HarmlessStream::default();
    let mut clean = stream.push(text);
    clean.push_str(&stream.finish());
    clean
}

/// A removed line that begins with two dashes looks like a name line; where it stands tells.
fn paint(line: &str, in_hunk: bool) -> Option<Paint> {
    match line.as_bytes().first() {
        _ if !in_hunk => Some(Paint::Heading),
        Some(b'@') => Some(Paint::Place),
        Some(b'+') => Some(Paint::Opened),
        Some(b'-') => Some(Paint::Closed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATCH: &str =
        "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n--- gone\n+new\n same\n";

    #[test]
    fn lines_are_coloured_by_what_they_do() {
        let colored = for_people(PATCH.as_bytes(), &Style { color: true, links: false });
        let expected = "\x1b[1mdiff --git a/x b/x\x1b[0m\n\x1b[1m--- a/x\x1b[0m\n\x1b[1m+++ b/x\x1b[0m\n\
            \x1b[36m@@ -1,2 +1,2 @@\x1b[0m\n\x1b[31m--- gone\x1b[0m\n\x1b[32m+new\x1b[0m\n same\n";
        assert_eq!(colored, expected);
        assert_eq!(for_people(PATCH.as_bytes(), &Style::default()), PATCH);
    }

    #[test]
    fn what_files_hold_does_not_reach_the_terminal() {
        let shown =
            for_people(b"@@ -1 +1 @@\n+\x1b[31mred\r\n-\xff\xe2\x80\xae\n", &Style::default());
        assert_eq!(shown, "@@ -1 +1 @@\n+\\x1b[31mred\n-\u{fffd}\\u{202e}\n");
    }
}

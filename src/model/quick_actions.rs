//! Keeps GitLab from executing quick actions (`/approve`, `/merge`) in a text that it is only to
//! show: it runs them with the rights of the token that posts the text.
//!
//! GitLab deletes every carriage return and then looks for lines that begin with a slash and the
//! name of a command, in any case, at the top level of the text. Since 16.4 a Markdown parser
//! decides what the top level is. Before that, regular expressions did, and they disagree with
//! CommonMark on fences, code spans and HTML.

use std::borrow::Cow;

/// A slash in HTML: GitLab shows it as one and does not read it as the start of a command.
const SLASH: &str = "&#47;";

/// A text without quick actions.
#[derive(Debug, PartialEq, Eq)]
pub struct Escaped<'t> {
    /// The text with `&#47;` for the slash of each line that GitLab could execute.
    pub text: Cow<'t, str>,
    /// The escaped commands, such as `/approve`, in the order of their lines.
    pub commands: Vec<&'t str>,
}

/// Escapes each line that any release of GitLab could execute, in linear time. Lines in a code
/// block, where the escape would be seen, stay as they are if every release agrees that they are
/// in one.
pub fn escape(text: &str) -> Escaped<'_> {
    let mut escaped = Escaped { text: Cow::Borrowed(text), commands: Vec::new() };
    if !text.lines().any(|line| command(line).is_some()) {
        return escaped;
    }
    let is_code = lines_of_code(text);
    let mut safe = String::with_capacity(text.len() + SLASH.len());
    for (line, is_code) in text.split_inclusive('\n').zip(is_code) {
        match (command(line), line.split_once('/')) {
            (Some(command), Some((before, after))) if !is_code => {
                safe.extend([before, SLASH, after]);
                escaped.commands.push(command);
            }
            _ => safe.push_str(line),
        }
    }
    escaped.text = Cow::Owned(safe);
    escaped
}

/// The command that a line would be. Any name counts, since releases differ in their names and
/// compare them without case, which makes a K of the Kelvin sign.
fn command(line: &str) -> Option<&str> {
    // Up to three spaces are not part of a Markdown paragraph's text.
    let indented = line.trim_start_matches(is_dropped);
    let spaces = indented.bytes().take(3).take_while(|byte| *byte == b' ').count();
    let start = indented[spaces..].trim_start_matches(is_dropped);
    let name = start.strip_prefix('/')?;
    let is_part = |c: char| {
        is_dropped(c)
            || c.is_ascii_alphanumeric()
            || matches!(c, '_' | '-')
            || !c.is_ascii() && !c.is_whitespace()
    };
    let rest = name.trim_start_matches(is_part);
    let ends = rest.chars().next().is_none_or(char::is_whitespace);
    let command = start[..start.len() - rest.len()].trim_end();
    (ends && command.len() > 1).then_some(command)
}

/// GitLab deletes carriage returns. Other characters without a width stay, which is not relied on.
fn is_dropped(c: char) -> bool {
    c == '\r'
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
        || c.is_control() && !c.is_whitespace()
}

/// For each line whether it is in a code block beyond doubt: one with a fence of three backticks
/// in the first column on both sides. After the first line that releases may read in different
/// ways nothing is beyond doubt: another fence, backticks that are not pairs on one line, HTML, a
/// quote between `>>>`, front matter.
fn lines_of_code(text: &str) -> Vec<bool> {
    let lines: Vec<Cow<'_, str>> = text.split_inclusive('\n').map(as_gitlab_reads).collect();
    let mut is_code = vec![false; lines.len()];
    let mut at = if has_front_matter(&lines) { lines.len() } else { 0 };
    while let Some(line) = lines.get(at) {
        if let Some(info) = line.strip_prefix("```")
            && !info.contains('`')
        {
            let is_fence = |line: &Cow<'_, str>| {
                line.contains("```") && line.trim().bytes().all(|byte| byte == b'`')
            };
            let length = lines[at + 1..].iter().take_while(|line| !is_fence(line)).count();
            let end = at + 1 + length;
            // The old expressions do not see an empty block.
            let is_seen = length > 0 || !info.is_empty();
            if !is_seen || lines.get(end).is_none_or(|line| line != "```") {
                break;
            }
            is_code[at + 1..end].fill(true);
            at = end + 1;
        } else if is_doubtful(line) {
            break;
        } else {
            at += 1;
        }
    }
    is_code
}

fn as_gitlab_reads(line: &str) -> Cow<'_, str> {
    let line = line.strip_suffix('\n').unwrap_or(line);
    if line.contains('\r') { line.replace('\r', "").into() } else { line.into() }
}

fn is_doubtful(line: &str) -> bool {
    let start = line.trim_start();
    line.contains("``")
        || line.contains("~~~")
        || line.matches('`').count() % 2 == 1
        || start.starts_with('<')
        || start.starts_with(">>>")
}

/// Whether the text may begin with front matter, after a line that names an encoding.
fn has_front_matter(lines: &[Cow<'_, str>]) -> bool {
    let mut first = lines.iter().filter(|line| !line.trim().is_empty()).take(2);
    first.any(|line| ["---", "+++", ";;;"].iter().any(|delimiter| line.starts_with(delimiter)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> String {
        escape(text).text.into_owned()
    }

    #[test]
    fn a_line_that_is_a_command_is_posted_as_text() {
        let escaped = escape("Fine.\n/approve\n");
        assert_eq!(escaped.text, "Fine.\n&#47;approve\n");
        assert_eq!(escaped.commands, ["/approve"]);
        for (line, command) in [
            ("/merge", "/merge"),
            ("   /merge", "/merge"),
            ("/APPROVE", "/APPROVE"),
            ("/assign @me, please", "/assign"),
            ("/approve \t", "/approve"),
            ("/approve\r\n", "/approve"),
            ("/target_branch main", "/target_branch"),
            ("/some-new-command", "/some-new-command"),
            // What Ruby's case-insensitive matching makes a `k` and an `s`.
            ("/unloc\u{212a}", "/unloc\u{212a}"),
            ("/clo\u{17f}e", "/clo\u{17f}e"),
        ] {
            let before = format!("a\n{line}");
            let escaped = escape(&before);
            assert_eq!(escaped.text, format!("a\n{}", line.replacen('/', SLASH, 1)), "{line:?}");
            assert_eq!(escaped.commands, [command]);
        }
        // Carriage returns are deleted, wherever they are.
        assert_eq!(text("a\n\r/app\rrove"), "a\n\r&#47;app\rrove");
        assert_eq!(text("\u{feff}/approve"), "\u{feff}&#47;approve");
    }

    #[test]
    fn what_is_no_command_stays() {
        for same in [
            "",
            "/",
            "//",
            "// comment",
            "/ approve",
            "a /approve",
            "\t/approve",
            "    /approve",
            "/usr/bin/env",
            "/approve!",
            "/close, then",
            "</approve>",
            "&#47;approve",
            "a\r/approve",
            "> /approve",
            "- /approve",
            "`/approve`",
            "a\u{2028}/approve",
            "a\u{b}/approve",
        ] {
            let escaped = escape(same);
            assert_eq!(escaped.text, same, "{same:?}");
            assert!(matches!(escaped.text, Cow::Borrowed(_)) && escaped.commands.is_empty());
        }
    }

    #[test]
    fn code_blocks_that_every_release_knows_stay() {
        for same in [
            "```\n/approve\n```",
            "See `a` and `b`:\n\n```sh\n/approve now\n```\n\nand\n```\n/merge\n```\n",
            "```\r\n/approve\r\n```\r\n",
            "- a\n- b\n\n```text\n\n~~~\n<div>\n>>>\n`x\n/approve\n```",
            "# Title\n\n| a |\n|---|\n\n---\n\n```\n/approve\n```",
        ] {
            assert_eq!(text(same), same);
        }
        assert_eq!(text("```\n/a\n```\n/b\n```\n/c\n```"), "```\n/a\n```\n&#47;b\n```\n/c\n```");
    }

    #[test]
    fn a_block_that_is_read_in_two_ways_is_escaped() {
        for (before, after) in [
            ("```\n", ""),       // Not closed.
            ("```\n", "\n``` "), // Closed for CommonMark alone.
            ("```\n", "\n  ```"),
            ("```\n", "\n````"),
            ("````\n", "\n````"), // A fence of CommonMark alone.
            ("````\n```\n", "\n```\n````"),
            ("~~~\n", "\n~~~"),
            ("  ```\n", "\n  ```"),
            ("- ```\n", "\n  ```"),
            ("> ```\n", "\n> ```"),
            ("``` a`b\n", "\n```"),          // A code span.
            ("```\n```\n", "\n```"),         // An empty block, then text.
            ("it`s\n```\na ` b\n", "\n```"), // A span that ends in the fence.
            ("``a``\n```\na ` b\n", "\n```"),
            ("<!--\n```\n-->\n", "\n```"), // HTML in which no fence is one.
            ("<pre>\n```\n</pre>\n", "\n```"),
            ("<a>\n\n```\n</a>\n", "\n```"),
            (">>>>\n```\n>>>>\n", "\n```"), // A quote that ends in the block.
            ("---\n```\n---\n", "\n```"),   // Front matter.
            ("# coding: x\n---\n```\n---\n", "\n```"),
            ("a\n    ```\n", "\n    ```"),
        ] {
            let escaped = text(&format!("{before}/approve{after}"));
            assert_eq!(escaped, format!("{before}&#47;approve{after}"));
        }
    }

    /// No line that could be executed is left, in every text of a few lines that decide on blocks.
    #[test]
    fn no_command_is_left_outside_a_block_between_exact_fences() {
        let parts = ["/a b", "```", "```sh", "````", "~~~", "`", "<b>", "</b>", ">>>", "", "x"];
        let count = parts.len();
        for number in 0..count.pow(4) {
            let lines: Vec<&str> =
                (0..4_u32).map(|place| parts[number / count.pow(place) % count]).collect();
            let before = lines.join("\n");
            let after = text(&before);
            assert_eq!(after.replace(SLASH, "/"), before, "only slashes change");
            assert_eq!(text(&after), after, "once is enough");
            let mut is_inside = false;
            for line in after.lines() {
                assert!(is_inside || !line.starts_with("/a"), "{before:?}");
                is_inside = if is_inside { line != "```" } else { line.starts_with("```") };
            }
        }
    }

    #[test]
    fn large_texts_take_linear_time() {
        for unit in ["/a\n", "```\n", "```x\n/a\n", "<", "`", "\r", "/", "/a\r", ">>>\n", "~~~\n"] {
            let large = unit.repeat((4 << 20) / unit.len());
            assert!(escape(&large).text.len() >= large.len());
        }
    }
}

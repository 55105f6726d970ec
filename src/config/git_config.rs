//! The part of git's configuration syntax that remotes and branches are written in
//! (git documentation, "git-config: Syntax").

use std::iter::Peekable;
use std::str::Chars;

/// One `key = value` line with the section it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// In lower case, since git does not tell cases apart here.
    pub(super) section: String,
    /// `origin` of `[remote "origin"]`; its case counts.
    pub(super) subsection: String,
    /// In lower case.
    pub(super) key: String,
    /// Without quotes and comments; empty for a key alone.
    pub(super) value: String,
}

/// Every line that can be understood, in the order of the file. A line that cannot is passed
/// over: whether the file is right is for git to say.
pub(super) fn entries(text: &str) -> Vec<Entry> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let mut rest = text.chars().peekable();
    let mut section = None;
    let mut entries = Vec::new();
    while let Some(first) = rest.peek().copied() {
        match first {
            c if c.is_whitespace() => {
                rest.next();
            }
            '#' | ';' => skip_line(&mut rest),
            '[' => {
                section = header(&mut rest);
                if section.is_none() {
                    skip_line(&mut rest);
                }
            }
            _ => {
                let line = key_and_value(&mut rest);
                if let (Some((section, subsection)), Some((key, value))) = (&section, line) {
                    let (section, subsection) = (section.clone(), subsection.clone());
                    entries.push(Entry { section, subsection, key, value });
                }
            }
        }
    }
    entries
}

fn skip_line(rest: &mut Peekable<Chars<'_>>) {
    while rest.next().is_some_and(|c| c != '\n') {}
}

/// `[section]`, `[section "subsection"]`, or the old `[section.subsection]`, whose subsection
/// is in lower case.
fn header(rest: &mut Peekable<Chars<'_>>) -> Option<(String, String)> {
    rest.next();
    let is_name = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let mut name = String::new();
    while let Some(c) = rest.next_if(is_name) {
        name.push(c.to_ascii_lowercase());
    }
    while rest.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
    match rest.next_if(|c| matches!(c, ']' | '"'))? {
        '"' => {
            let subsection = quoted_subsection(rest)?;
            rest.next_if_eq(&']')?;
            Some((name, subsection))
        }
        _ => Some(match name.split_once('.') {
            Some((section, subsection)) => (section.to_owned(), subsection.to_owned()),
            None => (name, String::new()),
        }),
    }
}

/// Up to the closing quote; a backslash stands for the character after it.
fn quoted_subsection(rest: &mut Peekable<Chars<'_>>) -> Option<String> {
    let mut name = String::new();
    loop {
        match rest.next_if(|c| *c != '\n')? {
            '"' => return Some(name),
            '\\' => name.push(rest.next_if(|c| *c != '\n')?),
            c => name.push(c),
        }
    }
}

fn key_and_value(rest: &mut Peekable<Chars<'_>>) -> Option<(String, String)> {
    let mut key = String::new();
    while let Some(c) = rest.next_if(|c| c.is_ascii_alphanumeric() || *c == '-') {
        key.push(c.to_ascii_lowercase());
    }
    while rest.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
    match rest.next() {
        Some('=') if !key.is_empty() => Some((key, value(rest)?)),
        Some('\n') | None if !key.is_empty() => Some((key, String::new())),
        Some('\n') | None => None,
        Some(_) => {
            skip_line(rest);
            None
        }
    }
}

/// What stands after `=`: white space at both ends goes unless quoted, a comment ends it, a
/// backslash at the end of the line joins the next one.
fn value(rest: &mut Peekable<Chars<'_>>) -> Option<String> {
    let mut value = String::new();
    // How much of it stays when what follows is only white space.
    let mut kept = 0;
    let mut in_quotes = false;
    loop {
        match rest.next() {
            None | Some('\n') if in_quotes => return None,
            None | Some('\n') => break,
            Some('#' | ';') if !in_quotes => {
                skip_line(rest);
                break;
            }
            Some('"') => {
                in_quotes = !in_quotes;
                kept = value.len();
            }
            Some('\\') => {
                escaped(rest, &mut value)?;
                kept = value.len();
            }
            Some(' ' | '\t') if !in_quotes && value.is_empty() => {}
            Some(c) => {
                value.push(c);
                if in_quotes || !c.is_whitespace() {
                    kept = value.len();
                }
            }
        }
    }
    value.truncate(kept);
    Some(value)
}

/// What follows a backslash; a line break after one is no character but joins the lines.
fn escaped(rest: &mut Peekable<Chars<'_>>, value: &mut String) -> Option<()> {
    match rest.next()? {
        '\n' => {}
        'n' => value.push('\n'),
        't' => value.push('\t'),
        'b' => value.push('\u{8}'),
        c @ ('\\' | '"') => value.push(c),
        _ => {
            skip_line(rest);
            return None;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<[String; 4]> {
        let fields = |entry: Entry| [entry.section, entry.subsection, entry.key, entry.value];
        entries(text).into_iter().map(fields).collect()
    }

    #[test]
    fn sections_and_keys_have_no_case_but_subsections_do() {
        let text = "[REMOTE \"Up\\\"str\\eam\"]\n\tURL = x\n[branch.Main] merge=y\n[core]\nbare\n";
        assert_eq!(
            read(text),
            [
                ["remote", "Up\"stream", "url", "x"],
                ["branch", "main", "merge", "y"],
                ["core", "", "bare", ""],
            ]
        );
    }

    #[test]
    fn quotes_comments_escapes_and_continued_lines() {
        let value = |line: &str| entries(&format!("[a]\n{line}\n")).pop().map(|entry| entry.value);
        assert_eq!(value("k = a b  # c").as_deref(), Some("a b"));
        assert_eq!(value("k = \" a;b \" ; c").as_deref(), Some(" a;b "));
        assert_eq!(value("k = a\"#\"b").as_deref(), Some("a#b"));
        assert_eq!(value("k = a\\\n  b").as_deref(), Some("a  b"));
        assert_eq!(value("k = a\\\\b\\tc\\\"").as_deref(), Some("a\\b\tc\""));
        assert_eq!(value("k=v\r").as_deref(), Some("v"));
        assert_eq!(value("k =").as_deref(), Some(""));
    }

    #[test]
    fn a_broken_line_costs_only_itself() {
        let text = "[a]\nx = \"open\ny = 1\n= 2\n?\nz = bad\\q\n[broken\nlost = 3\n[b]\nw = 4 ";
        assert_eq!(read(text), [["a", "", "y", "1"], ["b", "", "w", "4"]]);
    }
}

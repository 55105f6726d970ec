//! The paths a file names: `use` trees taken apart, paths in the code, both with the file's own
//! imported names written out.

use std::collections::HashMap;

use super::source::Token;

/// A path as segments. The first may be `crate`, `self`, `super`, or empty for a leading `::`; the
/// last may be `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) line: usize,
    pub(crate) segments: Vec<String>,
}

/// Every path of the file, in order.
pub(crate) fn paths(tokens: &[Token]) -> Vec<Path> {
    let mut reader = Reader { tokens, at: 0, found: Vec::new(), names: HashMap::new() };
    reader.read();
    let Reader { found, names, .. } = reader;
    found
        .into_iter()
        .map(|path| Path { segments: written_out(path.segments, &names), ..path })
        .collect()
}

/// `io::stdin` becomes `std::io::stdin` where the file says `use std::io`.
fn written_out(mut segments: Vec<String>, names: &HashMap<String, Vec<String>>) -> Vec<String> {
    // A name can stand for a path that starts with another name; eight steps are more than anyone writes.
    for _ in 0..8 {
        match names.get(&segments[0]) {
            Some(meaning) if meaning[0] != segments[0] => {
                segments = meaning.iter().cloned().chain(segments.drain(1..)).collect();
            }
            _ => break,
        }
    }
    segments
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    found: Vec<Path>,
    names: HashMap<String, Vec<String>>,
}

impl Reader<'_> {
    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &token.text)
    }

    fn is(&self, text: &str) -> bool {
        self.text(self.at) == text
    }

    fn word(&mut self) -> Option<String> {
        let token = self.tokens.get(self.at).filter(|token| token.is_word())?;
        self.at += 1;
        Some(token.text.clone())
    }

    fn read(&mut self) {
        while self.at < self.tokens.len() {
            let next = self.text(self.at + 1);
            // `use<'a>` in a type is a list of captures, no import.
            if self.is("use") && next != "<" {
                self.at += 1;
                self.tree(Vec::new());
            } else if self.is("extern") && next == "crate" {
                self.at += 2;
                self.tree(vec![String::new()]);
            } else if self.is("mod") && self.text(self.at + 2) == ";" {
                let name = next.to_owned();
                self.names.insert(name.clone(), vec!["self".to_owned(), name]);
                self.at += 3;
            } else if self.is("::") || self.tokens[self.at].is_word() {
                self.path();
            } else {
                self.at += 1;
            }
        }
    }

    /// A path in the code; `<T as Trait>::name` names nothing that its parts did not.
    fn path(&mut self) {
        let line = self.tokens[self.at].line;
        let continues = self.is("::") && self.at > 0 && self.text(self.at - 1) == ">";
        let mut segments: Vec<String> = Vec::new();
        if self.is("::") {
            segments.push(String::new());
            self.at += 1;
        }
        while let Some(word) = self.word() {
            segments.push(word);
            let goes_on = self.is("::") && self.tokens.get(self.at + 1).is_some_and(Token::is_word);
            if !goes_on {
                break;
            }
            self.at += 1;
        }
        if segments.len() > 1 && !continues {
            self.found.push(Path { line, segments });
        }
    }

    /// One branch of a `use` tree, behind `prefix`; ends at the `,`, `}` or `;` that closes it.
    fn tree(&mut self, prefix: Vec<String>) {
        let line = self.tokens.get(self.at).map_or(0, |token| token.line);
        let mut segments = prefix;
        loop {
            if self.is("::") {
                if segments.is_empty() {
                    segments.push(String::new());
                }
                self.at += 1;
            } else if self.is("{") {
                return self.group(&segments);
            } else if self.is("*") {
                self.at += 1;
                segments.push("*".to_owned());
                break;
            } else if !self.is("as")
                && let Some(word) = self.word()
            {
                segments.push(word);
            } else {
                break;
            }
        }
        if segments.len() > 1 && segments.last().is_some_and(|last| last == "self") {
            segments.pop();
        }
        let mut name = segments.last().cloned();
        if self.is("as") {
            self.at += 1;
            name = self.word();
        }
        if let Some(name) = name {
            self.names.insert(name, segments.clone());
            self.found.push(Path { line, segments });
        }
    }

    fn group(&mut self, prefix: &[String]) {
        self.at += 1;
        while self.at < self.tokens.len() && !self.is("}") {
            let before = self.at;
            self.tree(prefix.to_vec());
            if self.is(",") || self.at == before {
                self.at += 1;
            }
        }
        self.at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::tokens;
    use super::*;

    fn named(text: &str) -> Vec<String> {
        paths(&tokens(text)).iter().map(|path| path.segments.join("::")).collect()
    }

    #[test]
    fn a_use_tree_is_taken_apart() {
        let text =
            "pub use crate::{http::{self, client::{Client as C, Pages}}, view::*, super::x};";
        assert_eq!(
            named(text),
            [
                "crate::http",
                "crate::http::client::Client",
                "crate::http::client::Pages",
                "crate::view::*",
                "crate::super::x"
            ]
        );
    }

    #[test]
    fn paths_in_types_expressions_and_turbofish_are_seen() {
        let text = "fn f(a: crate::duo::Ask) -> ::url::Url { Vec::<jiff::Zoned>::new(); x.map::<u8>(serde_json::from_str) }";
        assert_eq!(
            named(text),
            ["crate::duo::Ask", "::url::Url", "jiff::Zoned", "serde_json::from_str"]
        );
    }

    #[test]
    fn imported_names_are_written_out() {
        let text = "use std::{env as world, io}; fn f() { io::stdin(); world::var(k) } mod url; fn g() { url::parse() }";
        assert_eq!(
            named(text),
            ["std::env", "std::io", "std::io::stdin", "std::env::var", "self::url::parse"]
        );
    }

    #[test]
    fn a_name_imported_from_its_namesake_ends() {
        assert_eq!(
            named("use anyhow::anyhow; fn f() -> anyhow::Result<()> {}"),
            ["anyhow::anyhow", "anyhow::Result"]
        );
    }

    #[test]
    fn captures_and_macros_do_not_confuse() {
        let text = "fn f() -> impl Sized + use<'a, T> { $crate::http::x!(); } use a::b;";
        assert_eq!(named(text), ["crate::http::x", "a::b"]);
    }
}

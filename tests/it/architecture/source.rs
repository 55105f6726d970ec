//! Rust source as a row of words and signs with their lines; comments, literals and test code are
//! left out, so that what remains is what the shipped program says.

/// A word or a sign (`::`, `->` and `=>` are one sign) and the line it stands on, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) line: usize,
    pub(crate) text: String,
}

impl Token {
    pub(crate) fn is_word(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// One file, taken apart.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// What is shipped: items under `#[cfg(test)]` left out.
    pub(crate) tokens: Vec<Token>,
    /// The modules that `#[cfg(test)] mod name;` leaves to files of their own.
    pub(crate) test_modules: Vec<String>,
}

/// The tokens of one file that are shipped.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    read(text).tokens
}

pub(crate) fn read(text: &str) -> Source {
    let all: Vec<Token> = Lexer { rest: text, line: 1 }.collect();
    let mut source = Source::default();
    let mut at = 0;
    while at < all.len() {
        if let Some(end) = end_of_test_item(&all, at) {
            if let [.., word, name, end] = &all[at..end]
                && (word.text.as_str(), end.text.as_str()) == ("mod", ";")
            {
                source.test_modules.push(name.text.clone());
            }
            at = end;
        } else {
            source.tokens.push(all[at].clone());
            at += 1;
        }
    }
    source
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
}

impl Lexer<'_> {
    fn take(&mut self, length: usize) -> String {
        let (piece, rest) = self.rest.split_at(length);
        self.line += piece.matches('\n').count();
        self.rest = rest;
        piece.to_owned()
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        loop {
            let first = self.rest.chars().next()?;
            if first.is_whitespace() {
                self.take(first.len_utf8());
            } else if let Some(length) = comment(self.rest).or_else(|| literal(self.rest)) {
                self.take(length);
            } else {
                let line = self.line;
                let length = match word(self.rest) {
                    0 if ["::", "->", "=>"].iter().any(|sign| self.rest.starts_with(sign)) => 2,
                    0 => first.len_utf8(),
                    length => length,
                };
                let text = self.take(length);
                return Some(Token { line, text: text.trim_start_matches("r#").to_owned() });
            }
        }
    }
}

/// Length of the word, raw (`r#type`) or not, that `rest` starts with.
fn word(rest: &str) -> usize {
    let raw = if rest.starts_with("r#") { 2 } else { 0 };
    let end = |c: char| !(c.is_alphanumeric() || c == '_');
    let length = rest[raw..].find(end).unwrap_or(rest.len() - raw);
    if length == 0 { 0 } else { raw + length }
}

fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if !rest.starts_with("/*") {
        return None;
    }
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match rest.as_bytes().get(at..at + 2) {
            Some(b"/*") => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") if depth == 1 => return Some(at + 2),
            Some(b"*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    Some(rest.len())
}

/// Length of the string, character or lifetime that `rest` starts with.
fn literal(rest: &str) -> Option<usize> {
    for prefix in ["br", "cr", "r"] {
        if let Some(length) = rest.strip_prefix(prefix).and_then(raw_string) {
            return Some(prefix.len() + length);
        }
    }
    let prefix = usize::from(rest.starts_with(['b', 'c']));
    let body = &rest[prefix..];
    if body.starts_with('"') {
        return Some(prefix + quoted(body, '"'));
    }
    if prefix == 1 && !rest.starts_with("b'") {
        return None;
    }
    let inside = body.strip_prefix('\'')?;
    let closes = inside.starts_with('\\') || inside.chars().nth(1) == Some('\'');
    Some(prefix + if closes { quoted(body, '\'') } else { 1 + word(inside) })
}

fn raw_string(rest: &str) -> Option<usize> {
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    let body = rest[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = body.find(&end).map_or(body.len(), |at| at + end.len());
    Some(hashes + 1 + length)
}

fn quoted(body: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in body.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    body.len()
}

const ITEMS: [&str; 12] = [
    "async",
    "const",
    "enum",
    "fn",
    "impl",
    "macro_rules",
    "mod",
    "static",
    "struct",
    "trait",
    "type",
    "use",
];

/// Where the item under the `#[cfg(test)]` that stands at `at` ends.
fn end_of_test_item(all: &[Token], at: usize) -> Option<usize> {
    let starts = |at: usize, signs: &[&str]| {
        signs
            .iter()
            .enumerate()
            .all(|(offset, sign)| all.get(at + offset).is_some_and(|token| token.text == *sign))
    };
    let marked = starts(at, &["#", "[", "cfg", "(", "test"])
        || starts(at, &["#", "[", "cfg", "(", "all", "(", "test"]);
    let mut item = at;
    while marked && starts(item, &["#", "["]) {
        item = end_of_group(all, item + 1);
    }
    if starts(item, &["pub"]) {
        item += 1;
        if starts(item, &["("]) {
            item = end_of_group(all, item);
        }
    }
    if !marked || !ITEMS.contains(&all.get(item)?.text.as_str()) {
        return None;
    }
    while let Some(token) = all.get(item) {
        match token.text.as_str() {
            ";" => return Some(item + 1),
            "{" => return Some(end_of_group(all, item)),
            "(" | "[" => item = end_of_group(all, item),
            _ => item += 1,
        }
    }
    Some(item)
}

/// The index behind the bracket that closes the one at `open`.
fn end_of_group(all: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in all.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" if depth == 1 => return at + 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
    }
    all.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text).into_iter().filter(Token::is_word).map(|token| token.text).collect()
    }

    #[test]
    fn comments_and_literals_say_nothing() {
        let text =
            "a // b\n/* c /* d */ e */ f \"g \\\" h\" i r#\"j \" k\"# l 'm' n '\\'' o b\"p\" r#q";
        assert_eq!(words(text), ["a", "f", "i", "l", "n", "o", "q"]);
    }

    #[test]
    fn a_lifetime_does_not_swallow_what_follows() {
        assert_eq!(
            words("fn f<'a>(x: &'a str, y: &'static str) {}"),
            ["fn", "f", "x", "str", "y", "str"]
        );
    }

    #[test]
    fn lines_are_counted_through_literals_and_comments() {
        let all = tokens("\"one\ntwo\"\n/* three\n */ word");
        assert_eq!(all, [Token { line: 4, text: "word".to_owned() }]);
    }

    #[test]
    fn test_items_are_left_out_and_what_follows_them_is_not() {
        let text = "#[cfg(test)] #[allow(x)] pub(crate) fn f(a: [u8; 2]) { if a { b } } c \
                    #[cfg(test)] mod tests { use d; } e #[cfg(all(test, unix))] use g::{h}; i";
        assert_eq!(words(text), ["c", "e", "i"].map(str::to_owned));
    }
}

//! Recognising whole tokens of known kinds in a text by their published shapes.

use std::ops::Range;

/// A kind of token that has a recognisable shape: the prefix, the least length of what
/// follows, and the characters that may follow besides letters, digits, `_` and `-`.
struct Shape {
    name: &'static str,
    prefix: &'static str,
    least: usize,
    extra: &'static [u8],
}

const fn gitlab(name: &'static str, prefix: &'static str) -> Shape {
    Shape { name, prefix, least: 16, extra: b"." }
}

/// GitLab documentation, "Token overview: token prefixes", and the model providers' key shapes.
const SHAPES: &[Shape] = &[
    gitlab("GitLab access token", "glpat-"),
    gitlab("GitLab OAuth application secret", "gloas-"),
    gitlab("GitLab deploy token", "gldt-"),
    gitlab("GitLab runner token", "glrt-"),
    gitlab("GitLab runner token", "glrtr-"),
    gitlab("GitLab CI job token", "glcbt-"),
    gitlab("GitLab pipeline trigger token", "glptt-"),
    gitlab("GitLab feed token", "glft-"),
    gitlab("GitLab incoming mail token", "glimt-"),
    gitlab("GitLab agent token", "glagent-"),
    gitlab("GitLab SCIM token", "glsoat-"),
    gitlab("GitLab feature flag token", "glffct-"),
    gitlab("GitLab workspace token", "glwt-"),
    gitlab("GitLab OAuth token", "gloat-"),
    gitlab("GitLab SAML token", "glsapat-"),
    Shape { name: "Anthropic API key", prefix: "sk-ant-", least: 16, extra: b"" },
    Shape { name: "OpenAI API key", prefix: "sk-proj-", least: 16, extra: b"" },
    Shape { name: "GitHub token", prefix: "ghp_", least: 30, extra: b"" },
    Shape { name: "GitHub token", prefix: "github_pat_", least: 30, extra: b"" },
    Shape { name: "AWS access key", prefix: "AKIA", least: 16, extra: b"" },
    Shape { name: "Slack token", prefix: "xoxb-", least: 16, extra: b"" },
];

/// A token found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it is, for messages.
    pub name: &'static str,
    /// Where it stands, in bytes.
    pub range: Range<usize>,
}

/// The first whole token at or after byte `from`.
pub fn find(text: &str, from: usize) -> Option<Found> {
    let bytes = text.as_bytes();
    (from..bytes.len()).find_map(|at| token_at(text, at))
}

fn token_at(text: &str, at: usize) -> Option<Found> {
    let bytes = text.as_bytes();
    if !text.is_char_boundary(at) {
        return None;
    }
    let rest = &text[at..];
    let starts_word = at == 0 || !is_word(bytes[at - 1], b"");
    if starts_word {
        if let Some(found) = SHAPES.iter().find_map(|shape| shape.at(rest, at)) {
            return Some(found);
        }
        if let Some(length) = json_web_token(rest) {
            return Some(Found { name: "JSON Web Token", range: at..at + length });
        }
    }
    private_key(rest).map(|length| Found { name: "private key", range: at..at + length })
}

impl Shape {
    fn at(&self, rest: &str, at: usize) -> Option<Found> {
        let tail = rest.strip_prefix(self.prefix)?.as_bytes();
        let length = run(tail, self.extra);
        (length >= self.least)
            .then(|| Found { name: self.name, range: at..at + self.prefix.len() + length })
    }
}

fn is_word(byte: u8, extra: &[u8]) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-' || extra.contains(&byte)
}

/// How many leading bytes are word characters, a full stop at the very end left out.
fn run(bytes: &[u8], extra: &[u8]) -> usize {
    let length = bytes.iter().take_while(|byte| is_word(**byte, extra)).count();
    bytes[..length].iter().rposition(|byte| *byte != b'.').map_or(0, |last| last + 1)
}

/// Three base64url parts of which the first two are JSON objects (`eyJ…`), RFC 7519 §3. Reads
/// at most the three parts: a text may consist of such beginnings.
fn json_web_token(rest: &str) -> Option<usize> {
    if !rest.starts_with("eyJ") {
        return None;
    }
    let mut length = 0;
    for part in 0..3 {
        let word = run(&rest.as_bytes()[length..], b"");
        if word < 4 {
            return None;
        }
        length += word;
        if part < 2 {
            length += rest[length..].starts_with('.').then_some(1)?;
        }
    }
    let goes_on =
        rest[length..].strip_prefix('.').is_some_and(|more| run(more.as_bytes(), b"") > 0);
    (!goes_on).then_some(length)
}

/// A PEM private key, up to its end line or the end of the text (RFC 7468).
fn private_key(rest: &str) -> Option<usize> {
    let label = rest.strip_prefix("-----BEGIN ")?;
    let head = &label[..label.find("-----")?];
    if !head.ends_with("PRIVATE KEY") || head.contains('\n') {
        return None;
    }
    let end = format!("-----END {head}-----");
    Some(rest.find(&end).map_or(rest.len(), |at| at + end.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<&'static str> {
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(token) = find(text, from) {
            found.push(token.name);
            from = token.range.end;
        }
        found
    }

    #[test]
    fn whole_tokens_are_found_and_their_mention_is_not() {
        assert_eq!(names("use glpat-AbCdEfGhIjKlMnOpQrSt."), ["GitLab access token"]);
        assert_eq!(names("never write glpat-… or sk-ant- keys"), Vec::<&str>::new());
        assert_eq!(names("x=sk-ant-api03-abcdefghijklmnop"), ["Anthropic API key"]);
        assert_eq!(names("eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl"), ["JSON Web Token"]);
        let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----";
        assert_eq!(names(key), ["private key"]);
    }

    #[test]
    fn a_text_of_beginnings_takes_linear_time() {
        for piece in ["eyJ.", "eyJaaa.", "eyJ", "glpat-", "glpat-.", "-----BEGIN ", "-----"] {
            assert!(names(&piece.repeat(100_000)).len() <= 1, "{piece}");
        }
    }

    #[test]
    fn a_full_stop_that_ends_the_sentence_is_not_part_of_it() {
        let text = "glpat-AbCdEfGhIjKlMnOpQrSt. Next";
        assert_eq!(find(text, 0).map(|found| found.range), Some(0..26));
    }

    #[test]
    fn a_shape_inside_a_longer_word_is_not_a_token() {
        assert_eq!(names("myglpat-AbCdEfGhIjKlMnOpQrSt"), Vec::<&str>::new());
        assert_eq!(names("é glpat-AbCdEfGhIjKlMnOpQrSt é"), ["GitLab access token"]);
    }
}

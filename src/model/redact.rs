//! Taking secrets out of text before a person or a log sees it.

use std::borrow::Cow;
use std::sync::{Arc, PoisonError, RwLock};

use super::secret::Secret;
use super::token_shape;

/// What stands where a secret stood.
pub const REDACTED: &str = "[redacted]";

/// Header names and query keys whose value is a secret whatever it looks like.
const SECRET_NAMES: &[&str] = &[
    "authorization",
    "private-token",
    "job-token",
    "proxy-authorization",
    "set-cookie",
    "cookie",
    "private_token",
    "access_token",
    "refresh_token",
    "job_token",
    "client_secret",
    "device_code",
    "code_verifier",
    "id_token",
    "_gitlab_session",
    "x-api-key",
    "code",
];

/// Knows every secret that this run loaded, received or sent, and takes them out of texts by
/// value first, by shape second. Clones share what they know.
#[derive(Clone, Default, Debug)]
pub struct Redactor {
    known: Arc<RwLock<Vec<Secret>>>,
}

impl Redactor {
    /// Remembers a secret for the rest of the run. Very short ones would blank out ordinary
    /// text and are left to the shapes.
    pub fn learn(&self, secret: &Secret) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let text = secret.expose();
        if text.len() >= 6 && !known.iter().any(|other| other.expose() == text) {
            known.push(secret.clone());
            // Longest first, so that no tail of a longer secret survives a shorter one.
            known.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
        }
    }

    /// The text without secrets; borrowed when it had none.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut clean = Cow::Borrowed(text);
        for secret in self.known.read().unwrap_or_else(PoisonError::into_inner).iter() {
            let value = secret.expose();
            for form in [value.to_owned(), form_encoded(value)] {
                if clean.contains(&form) {
                    clean = Cow::Owned(clean.replace(&form, REDACTED));
                }
            }
        }
        for pass in [without_shapes, without_user_info, without_named_values] {
            if let Some(cleaner) = pass(&clean) {
                clean = Cow::Owned(cleaner);
            }
        }
        clean
    }
}

fn form_encoded(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

fn without_shapes(text: &str) -> Option<String> {
    let mut found = token_shape::find(text, 0)?;
    let mut clean = String::with_capacity(text.len());
    let mut copied = 0;
    loop {
        clean.push_str(&text[copied..found.range.start]);
        clean.push_str(REDACTED);
        copied = found.range.end;
        match token_shape::find(text, copied) {
            Some(next) => found = next,
            None => break,
        }
    }
    clean.push_str(&text[copied..]);
    Some(clean)
}

/// `scheme://user:password@host` loses what is before the `@`.
fn without_user_info(text: &str) -> Option<String> {
    let mut clean = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (head, tail) = rest.split_at(at + 3);
        clean.push_str(head);
        let end =
            tail.find(|c: char| c == '/' || c.is_whitespace() || c == '"').unwrap_or(tail.len());
        match tail[..end].rfind('@') {
            Some(user_end) => {
                clean.push_str(REDACTED);
                rest = &tail[user_end..];
            }
            None => rest = tail,
        }
    }
    clean.push_str(rest);
    (clean != text).then_some(clean)
}

/// `name: value`, `name=value` and `"name":"value"` lose the value where the name says secret.
fn without_named_values(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    for name in SECRET_NAMES {
        let mut from = 0;
        while let Some(offset) = lower[from..].find(name) {
            let start = from + offset;
            from = start + name.len();
            if let Some(cut) = value_after(text, start, from, name) {
                // What is cut is not searched again: the text may be one name after the other.
                from = cut.1;
                cuts.push(cut);
            }
        }
    }
    if cuts.is_empty() {
        return None;
    }
    cuts.sort_unstable();
    let mut clean = String::with_capacity(text.len());
    let mut copied = 0;
    for (start, end) in cuts.into_iter().filter(|(start, end)| start < end) {
        if start < copied {
            continue;
        }
        clean.push_str(&text[copied..start]);
        clean.push_str(REDACTED);
        copied = end;
    }
    clean.push_str(&text[copied..]);
    Some(clean)
}

/// The byte range of the value that belongs to the name standing at `start..end`.
fn value_after(text: &str, start: usize, end: usize, name: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let part_of_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if start > 0 && part_of_word(bytes[start - 1]) {
        return None;
    }
    let tail = &text[end..];
    if name == "code" {
        // Far too common a word: only `?code=` and `&code=` of an OAuth callback are meant.
        let in_query = start > 0 && matches!(bytes[start - 1], b'?' | b'&');
        let value = tail.strip_prefix('=').filter(|_| in_query)?;
        return Some((end + 1, end + 1 + query_value_length(value)));
    }
    let after_quote = tail.strip_prefix('"').unwrap_or(tail);
    let separator = after_quote.bytes().next().filter(|byte| matches!(byte, b':' | b'='))?;
    let value = after_quote[1..].trim_start_matches([' ', '"']);
    let at = text.len() - value.len();
    let length = if separator == b'=' {
        query_value_length(value)
    } else {
        value.find(['"', '\r', '\n']).unwrap_or(value.len())
    };
    (value[..length] != *REDACTED).then_some((at, at + length))
}

fn query_value_length(value: &str) -> usize {
    let ends = |c: char| c == '&' || c == '"' || c == '\'' || c == ';' || c.is_whitespace();
    value.find(ends).unwrap_or(value.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_go_whatever_they_look_like() {
        let redactor = Redactor::default();
        redactor.learn(&Secret::new("0123456789abcdef"));
        assert_eq!(redactor.redact("x 0123456789abcdef y"), "x [redacted] y");
        redactor.learn(&Secret::new("a/b+c=d&e"));
        assert_eq!(redactor.redact("t=a%2Fb%2Bc%3Dd%26e"), "t=[redacted]");
    }

    #[test]
    fn tokens_headers_queries_and_user_info_go_by_shape() {
        let redactor = Redactor::default();
        let shown = |text: &str| redactor.redact(text).into_owned();
        assert_eq!(shown("a glpat-AbCdEfGhIjKlMnOpQrSt b"), "a [redacted] b");
        assert_eq!(shown("Authorization: Bearer abc\nnext"), "Authorization: [redacted]\nnext");
        assert_eq!(shown("PRIVATE-TOKEN: abc"), "PRIVATE-TOKEN: [redacted]");
        assert_eq!(shown("/cb?code=abc&state=x"), "/cb?code=[redacted]&state=x");
        assert_eq!(shown("https://u:p@host/x"), "https://[redacted]@host/x");
        assert_eq!(
            shown(r#"{"access_token":"abc","x":1}"#),
            r#"{"access_token":"[redacted]","x":1}"#
        );
    }

    #[test]
    fn a_text_of_names_and_separators_takes_linear_time() {
        let redactor = Redactor::default();
        for piece in [
            "cookie:",
            "cookie: ",
            "cookie=",
            "cookie:\"",
            "code",
            "?code=",
            "&code=&",
            "://",
            "://@",
            "a://b@c",
            "eyJ.",
            "authorization: authorization=",
            "\"cookie\":",
        ] {
            let text = piece.repeat(300_000 / piece.len());
            assert!(redactor.redact(&text).len() <= 4 * text.len(), "{piece}");
        }
    }

    #[test]
    fn ordinary_text_is_borrowed_and_unchanged() {
        let redactor = Redactor::default();
        for text in ["exit code=3 of the job", "error code: 500", "see https://host/a?b=c"] {
            assert!(matches!(redactor.redact(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }
}

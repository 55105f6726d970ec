//! What a refused model request means: one reader of error bodies, and one table from author,
//! status and words to the cause. Authors are told apart by the shape of the body, never by the
//! status alone.

use std::time::Duration;

use serde_json::Value;

use super::error::Cause;
use crate::gitlab::words_of;
use crate::http::Advice;

/// Who wrote an error body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    /// The instance, in response to a request for a gateway token.
    Instance,
    /// The AI gateway, or text in no known shape.
    Gateway,
    /// The model's provider, whatever the gateway wrapped its words in.
    Provider,
    /// A page for people, from a proxy, a login or another web server.
    Page,
}

/// An error body, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) author: Author,
    /// The provider's `type` and `code`, or the gateway's `error` and `error_code`.
    names: Vec<String>,
    /// For people, on one line.
    pub(super) words: String,
}

impl Refused {
    /// Reads the body of a response that is not 2xx.
    pub(super) fn from_body(body: &[u8], is_html: bool) -> Self {
        let text = String::from_utf8_lossy(body);
        match serde_json::from_str(&text) {
            Ok(json) => Self::from_json(&json),
            Err(_) if is_html => {
                Self { author: Author::Page, names: Vec::new(), words: String::new() }
            }
            // JSON that was cut off is nothing to show.
            Err(_) if text.trim_start().starts_with('{') => Self::from_words(""),
            Err(_) => Self::from_words(text.trim().lines().next().unwrap_or_default()),
        }
    }

    /// Reads an error inside a stream, which the Responses API has without nesting.
    pub(super) fn from_event(json: &Value) -> Self {
        let has = |name: &str| json.get(name).is_some_and(|value| !value.is_null());
        let is_flat = !has("error") && has("message") && json.get("code").is_some();
        if is_flat { Self::provider(json) } else { Self::from_json(json) }
    }

    fn from_json(json: &Value) -> Self {
        let field = |name: &str| json.get(name).unwrap_or(&Value::Null);
        let nested = field("error");
        if nested.is_object() {
            return Self::provider(nested);
        }
        if let (Value::Null, Value::Null, Value::String(text)) =
            (nested, field("detail"), field("message"))
        {
            if let Some(bytes) = from_python_bytes(text) {
                return Self::from_wrapped(&bytes);
            }
            if text.trim_start().starts_with('<') {
                return Self { author: Author::Provider, names: Vec::new(), words: String::new() };
            }
        }
        let names = [nested, field("error_code")].into_iter().filter_map(Value::as_str);
        Self {
            author: Author::Gateway,
            names: names.map(str::to_ascii_lowercase).collect(),
            words: one_line(&words_of(json)),
        }
    }

    /// Reads an error that is text.
    pub(super) fn from_words(words: &str) -> Self {
        Self { author: Author::Gateway, names: Vec::new(), words: one_line(words) }
    }

    fn provider(error: &Value) -> Self {
        let names = [error.get("type"), error.get("code")].into_iter().flatten();
        let names = names.filter_map(|name| match name {
            Value::String(name) if !name.is_empty() => Some(name.to_ascii_lowercase()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
        let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
        Self { author: Author::Provider, names: names.collect(), words: one_line(message) }
    }

    /// The provider's own bytes. What is no JSON is a page of its edge, and not shown.
    fn from_wrapped(bytes: &[u8]) -> Self {
        let unknown = Self { author: Author::Provider, names: Vec::new(), words: String::new() };
        match serde_json::from_slice(bytes) {
            Ok(json @ Value::Object(_)) => match Self::from_json(&json) {
                Self { author: Author::Gateway, words, names } => Self { names, words, ..unknown },
                read => read,
            },
            _ if bytes.trim_ascii_start().starts_with(b"<") => unknown,
            _ => Self { words: one_line(&String::from_utf8_lossy(bytes)), ..unknown },
        }
    }

    /// The cause, by the first row of the table that fits. `status` is `None` inside a stream.
    pub(super) fn cause(&self, status: Option<u16>) -> Cause {
        self.row(status).map_or(Cause::Server, |(_, _, cause)| *cause)
    }

    /// The words as they are shown: the provider's name for the error if it gave no others.
    pub(super) fn shown(&self) -> String {
        let name = || self.names.last().cloned().unwrap_or_default();
        if self.words.is_empty() { name() } else { self.words.clone() }
    }

    fn row(&self, status: Option<u16>) -> Option<&'static Row> {
        let status = status.or_else(|| self.names.iter().find_map(|name| name.parse().ok()));
        let words = self.words.to_ascii_lowercase();
        TABLE.iter().find(|(author, sign, _)| {
            author.is_none_or(|author| author == self.author)
                && match sign {
                    Sign::Any => true,
                    Sign::Named(names) => names.iter().any(|name| self.is_named(name)),
                    Sign::Says(signs) => signs.iter().any(|sign| words.contains(sign)),
                    Sign::Status(first, last) => {
                        status.is_some_and(|status| (*first..=*last).contains(&status))
                    }
                    Sign::StatusSays(wanted, sign) => {
                        status == Some(*wanted) && words.contains(sign)
                    }
                }
        })
    }

    fn is_named(&self, wanted: &str) -> bool {
        self.names.iter().any(|name| name == wanted)
    }
}

/// What a row of the table looks at.
enum Sign {
    Any,
    /// The `type` or `code` is one of these.
    Named(&'static [&'static str]),
    /// The words contain one of these.
    Says(&'static [&'static str]),
    /// The status, from the first to the last.
    Status(u16, u16),
    StatusSays(u16, &'static str),
}

type Row = (Option<Author>, Sign, Cause);

const INSTANCE: Option<Author> = Some(Author::Instance);
const GATEWAY: Option<Author> = Some(Author::Gateway);
const PROVIDER: Option<Author> = Some(Author::Provider);
const PAGE: Option<Author> = Some(Author::Page);

/// The first row that fits decides. Words come before statuses, as providers and gateways use
/// the same status for different causes.
#[rustfmt::skip]
const TABLE: &[Row] = {
    use Sign::{Any, Named, Says, Status, StatusSays};
    &[
        // Too long, from any author.
        (None, Named(&["context_length_exceeded", "request_too_large", "model_context_window_exceeded"]), Cause::ContextTooLong),
        (None, Says(&["prompt is too long", "context_length_exceeded", "maximum context length", "context window", "exceeds the context", "exceed context limit", "exceeds the maximum size"]), Cause::ContextTooLong),
        (PROVIDER, Named(&["insufficient_quota", "billing_error", "billing_not_active", "billing_hard_limit_reached"]), Cause::ProviderAccount),
        (PROVIDER, Says(&["credit balance is too low"]), Cause::ProviderAccount),
        (PROVIDER, Named(&["authentication_error", "permission_error", "invalid_api_key", "permission_denied", "account_deactivated"]), Cause::ProviderKey),
        (PROVIDER, Named(&["model_not_found", "not_found_error"]), Cause::Model),
        (PROVIDER, Says(&["does not exist or you do not have access", "model does not exist"]), Cause::Model),
        (PROVIDER, Named(&["content_filter", "content_policy_violation", "invalid_prompt"]), Cause::Declined),
        (PROVIDER, Says(&["flagged", "content filter", "content management policy"]), Cause::Declined),
        (PROVIDER, Named(&["rate_limit_error", "rate_limit_exceeded", "too_many_requests"]), Cause::RateLimited),
        (PROVIDER, Named(&["overloaded_error", "server_is_overloaded", "slow_down", "api_error", "server_error", "internal_server_error", "timeout_error", "service_unavailable"]), Cause::Server),
        (PROVIDER, Status(401, 401), Cause::ProviderKey),
        (PROVIDER, Status(402, 402), Cause::ProviderAccount),
        (PROVIDER, Status(403, 403), Cause::ProviderKey),
        (PROVIDER, Status(404, 404), Cause::Model),
        (PROVIDER, Status(413, 413), Cause::ContextTooLong),
        (PROVIDER, Status(429, 429), Cause::RateLimited),
        (PROVIDER, Status(400, 499), Cause::BadRequest),
        (PROVIDER, Status(500, 599), Cause::Server),
        (PROVIDER, Named(&["invalid_request_error", "unsupported_value", "unsupported_parameter", "invalid_value", "missing_required_parameter", "string_above_max_length"]), Cause::BadRequest),
        (PROVIDER, Any, Cause::Server),
        // The gateway.
        (GATEWAY, Says(&["unsupported model"]), Cause::Model),
        (GATEWAY, Says(&["api key not found"]), Cause::NoProviderKey),
        (GATEWAY, Says(&["proxy endpoints are not enabled"]), Cause::ProxyOff),
        (GATEWAY, Named(&["not_entitled", "usage_quota_not_entitled"]), Cause::NotEntitled),
        (GATEWAY, Named(&["insufficient_credits", "usage_quota_exceeded"]), Cause::Credits),
        (GATEWAY, Says(&["insufficient credits", "usage_quota_exceeded"]), Cause::Credits),
        (GATEWAY, Says(&["rate limit", "too many requests"]), Cause::RateLimited),
        (GATEWAY, StatusSays(400, "invalid json"), Cause::CutBody),
        (GATEWAY, Says(&["unit-primitive header", "unit primitive header", "this endpoint cannot be used"]), Cause::BadHeader),
        (GATEWAY, StatusSays(401, "authorization header"), Cause::NoToken),
        (GATEWAY, Status(401, 401), Cause::Token),
        (GATEWAY, Status(402, 402), Cause::Credits),
        (GATEWAY, StatusSays(403, "seat"), Cause::Seat),
        (GATEWAY, StatusSays(403, "mismatch"), Cause::Mismatch),
        (GATEWAY, Status(403, 403), Cause::Duo),
        (GATEWAY, Status(404, 405), Cause::Address),
        (GATEWAY, Status(410, 410), Cause::Address),
        (GATEWAY, Status(413, 413), Cause::ContextTooLong),
        (GATEWAY, Status(429, 429), Cause::RateLimited),
        (GATEWAY, Status(400, 499), Cause::BadRequest),
        (GATEWAY, Any, Cause::Server),
        // Something in between.
        (PAGE, Status(413, 413), Cause::ContextTooLong),
        (PAGE, Status(429, 429), Cause::RateLimited),
        (PAGE, Status(500, 599), Cause::Server),
        (PAGE, Any, Cause::Address),
        // Requests for a gateway token. Any other response keeps GitLab's own meaning.
        (INSTANCE, Status(402, 402), Cause::Credits),
        (INSTANCE, StatusSays(403, "seat"), Cause::Seat),
        (INSTANCE, Status(403, 404), Cause::Duo),
        (INSTANCE, StatusSays(503, "default gitlab duo namespace"), Cause::DefaultNamespace),
        (INSTANCE, StatusSays(503, "token creation failed"), Cause::TokenCreation),
        (INSTANCE, StatusSays(503, "token is missing in response"), Cause::TokenCreation),
        (INSTANCE, StatusSays(503, "creating a direct access token"), Cause::TokenCreation),
    ]
};

/// The cause of GitLab's refusal to give out a gateway token; `None` if it has nothing to do
/// with Duo.
pub(super) fn instance_cause(status: u16, words: &str) -> Option<Cause> {
    let refused = Refused { author: Author::Instance, names: Vec::new(), words: words.to_owned() };
    refused.row(Some(status)).map(|(_, _, cause)| *cause)
}

/// Whether a refused model request may be sent again.
pub(super) fn advice(status: u16, body: &[u8]) -> Advice {
    let refused = Refused::from_body(body, false);
    match refused.cause(Some(status)) {
        Cause::RateLimited | Cause::Server => {
            wait_in(&refused.words).map_or(Advice::Usual, Advice::After)
        }
        _ => Advice::Never,
    }
}

/// Whether a refused request for a gateway token may be sent again.
pub(super) fn token_advice(status: u16, body: &[u8]) -> Advice {
    match instance_cause(status, &String::from_utf8_lossy(body)) {
        Some(Cause::TokenCreation) => Advice::Once,
        Some(_) => Advice::Never,
        None => Advice::Usual,
    }
}

/// Reads `try again in 11.054s`, `in 6m0s`, `in 320ms` or `in 20 seconds`; whole seconds, rounded
/// up.
pub(super) fn wait_in(words: &str) -> Option<Duration> {
    let words = words.to_ascii_lowercase();
    let (_, mut rest) = words.split_once("try again in ")?;
    let mut seconds = 0.0;
    loop {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let Ok(number) = rest[..end].trim_end_matches('.').parse::<f64>() else { break };
        rest = rest[end..].trim_start();
        let unit = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        seconds += number
            * match &rest[..unit] {
                "ms" | "milliseconds" => 0.001,
                "s" | "sec" | "second" | "seconds" => 1.0,
                "m" | "min" | "minute" | "minutes" => 60.0,
                "h" | "hour" | "hours" => 3600.0,
                _ => break,
            };
        rest = rest[unit..].trim_start();
    }
    (seconds > 0.0).then(|| Duration::try_from_secs_f64(seconds.ceil()).ok()).flatten()
}

/// Reads `b'…'` or `b"…"`, Python's notation for bytes.
fn from_python_bytes(text: &str) -> Option<Vec<u8>> {
    let quoted = text.trim().strip_prefix('b')?;
    let quote = quoted.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    let inner = quoted[1..].strip_suffix(quote).unwrap_or(&quoted[1..]);
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let (byte, after) = if byte == b'\\' { escaped(after) } else { (byte, after) };
        bytes.push(byte);
        rest = after;
    }
    Some(bytes)
}

/// The byte that a backslash and these characters stand for, and what follows.
fn escaped(after: &[u8]) -> (u8, &[u8]) {
    let hex = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
    match after {
        [b'n', rest @ ..] => (b'\n', rest),
        [b'r', rest @ ..] => (b'\r', rest),
        [b't', rest @ ..] => (b'\t', rest),
        [quoted @ (b'\'' | b'"' | b'\\'), rest @ ..] => (*quoted, rest),
        [b'x', high, low, rest @ ..] => match hex(&[*high, *low]) {
            Some(byte) => (byte, rest),
            None => (b'\\', after),
        },
        _ => (b'\\', after),
    }
}

/// At most 500 characters.
fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(500).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Refused {
        Refused::from_body(body.as_bytes(), body.starts_with('<'))
    }

    #[test]
    fn python_bytes_become_the_text_that_they_stand_for() {
        for (python, text) in [
            (r"b''", ""),
            (r"b'a\'b'", "a'b"),
            (r#"b"it's \"so\"""#, "it's \"so\""),
            (r"b'caf\xc3\xa9\n\t\\x'", "café\n\t\\x"),
            (r"b'\q\xzz\x1'", r"\q\xzz\x1"),
            (r"b'no end", "no end"),
        ] {
            let bytes = from_python_bytes(python).expect("bytes");
            assert_eq!(String::from_utf8_lossy(&bytes), text, "{python}");
        }
        for text in ["", "b", "bad request", "'x'", "B'x'"] {
            assert_eq!(from_python_bytes(text), None, "{text}");
        }
    }

    #[test]
    fn the_shape_of_a_body_names_its_author() {
        for (body, author, words) in [
            (r#"{"detail":"Not Found"}"#, Author::Gateway, "Not Found"),
            (
                r#"{"detail":[{"loc":["x"],"msg":"field required"}]}"#,
                Author::Gateway,
                "loc x; field required",
            ),
            (
                r#"{"error":"Forbidden by auth provider"}"#,
                Author::Gateway,
                "Forbidden by auth provider",
            ),
            (r#"{"error":"not_entitled","message":"No."}"#, Author::Gateway, "No."),
            (r#"{"message":"Server disconnected"}"#, Author::Gateway, "Server disconnected"),
            ("Internal Server Error", Author::Gateway, "Internal Server Error"),
            ("", Author::Gateway, ""),
            (r#"{"message":"b'{\"error"#, Author::Gateway, ""),
            (r#"{"type":"error","error":{"type":"x","message":"a\nb"}}"#, Author::Provider, "a b"),
            (r#"{"error":{"message":"a","code":null}}"#, Author::Provider, "a"),
            (
                r#"{"message":"b'{\"error\": {\"message\": \"it\\'s\"}}'"}"#,
                Author::Provider,
                "it's",
            ),
            (r#"{"message":"b''"}"#, Author::Provider, ""),
            (r#"{"message":"b'upstream timed out'"}"#, Author::Provider, "upstream timed out"),
            (r#"{"message":"b'<html>x</html>'"}"#, Author::Provider, ""),
            (r#"{"message":"<html>x</html>"}"#, Author::Provider, ""),
            (r#"{"message":"b'{\"detail\": \"x\"}'"}"#, Author::Provider, "x"),
            ("<html>", Author::Page, ""),
        ] {
            let refused = read(body);
            assert_eq!((refused.author, refused.words.as_str()), (author, words), "{body}");
        }
    }

    #[test]
    fn words_about_tokens_do_not_make_a_stale_token() {
        let long = r#"{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: 200000 > 64000, which is the maximum allowed number of output tokens"}}"#;
        assert_eq!(read(long).cause(Some(400)), Cause::BadRequest);
        for status in [400, 403] {
            let cause = read(r#"{"detail":"Token has expired"}"#).cause(Some(status));
            assert_ne!(cause, Cause::Token, "{status}");
        }
    }

    #[test]
    fn waits_are_read_from_words() {
        let seconds = |words: &str| wait_in(words).map(|wait| wait.as_secs());
        assert_eq!(seconds("Please try again in 11.054s."), Some(12));
        assert_eq!(seconds("Try again in 6m0s. Visit …"), Some(360));
        assert_eq!(seconds("try again in 320ms"), Some(1));
        assert_eq!(seconds("try again in 20 seconds"), Some(20));
        assert_eq!(seconds("try again in 1h 2m"), Some(3720));
        assert_eq!(seconds("try again in a while"), None);
        assert_eq!(seconds("try again later"), None);
        assert_eq!(seconds("try again in 99999999999999999999999999999s"), None);
    }

    #[test]
    fn what_is_sent_again_depends_on_the_cause() {
        let quota = br#"{"error":{"message":"Quota","code":"insufficient_quota"}}"#;
        assert_eq!(advice(429, quota), Advice::Never);
        let named = br#"{"message":"b'{\"error\": {\"message\": \"Please try again in 11.05s.\", \"code\": \"rate_limit_exceeded\"}}'"}"#;
        assert_eq!(advice(429, named), Advice::After(Duration::from_secs(12)));
        assert_eq!(advice(503, b"busy"), Advice::Usual);
        assert_eq!(token_advice(503, br#"{"message":"Token creation failed"}"#), Advice::Once);
        let namespace = br#"{"message":"Missing default GitLab Duo namespace user preference"}"#;
        assert_eq!(token_advice(503, namespace), Advice::Never);
        assert_eq!(token_advice(503, b"busy"), Advice::Usual);
    }
}

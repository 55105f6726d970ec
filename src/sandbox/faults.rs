//! Errors on demand (see `controls`): what the gateway says itself, and what providers say,
//! in one piece, wrapped by the gateway, or inside a stream.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::prompt::Dialect;
use super::reply::Reply;

/// Errors of providers by name: status, then Anthropic's and OpenAI's object.
const FAULTS: &str = include_str!("faults.json");

/// A provider's error, or a fault of its connection.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fault {
    /// An error of the provider, with its status and its object.
    Error(u16, Value),
    /// A body that is no JSON.
    Text(u16, String),
    /// The provider is lost before it answers.
    LostBefore,
    /// The provider is lost inside the stream.
    LostInStream,
    /// An error of the provider inside the stream.
    InStream(Value),
}

impl Fault {
    /// The fault of that name; `in-stream-NAME` is an error inside a stream.
    pub(super) fn named(name: &str, dialect: Dialect) -> Option<Self> {
        match name {
            "reset" => return Some(Self::LostBefore),
            "cut" => return Some(Self::LostInStream),
            "errevt" => return Self::named("in-stream-overloaded", dialect),
            _ => {}
        }
        let inner = name.strip_prefix("in-stream-");
        let all: Value = serde_json::from_str(FAULTS).ok()?;
        let fault = all.get(inner.unwrap_or(name))?;
        let status = fault["status"].as_u64().and_then(|status| u16::try_from(status).ok())?;
        if let Some(text) = fault["text"].as_str() {
            return Some(Self::Text(status, text.to_owned()));
        }
        let family = if dialect == Dialect::Messages { "anthropic" } else { "openai" };
        let error = fault.get(family)?.clone();
        Some(if inner.is_some() { Self::InStream(error) } else { Self::Error(status, error) })
    }

    /// A request that the provider does not accept.
    pub(super) fn invalid(dialect: Dialect, words: &str, param: Option<&str>) -> Self {
        let error = match dialect {
            Dialect::Messages => json!({ "type": "invalid_request_error", "message": words }),
            _ => json!({
                "message": words, "type": "invalid_request_error", "param": param, "code": null,
            }),
        };
        Self::Error(400, error)
    }

    /// The refusal of a request; `None` for what happens inside a stream.
    pub(super) fn refusal(&self, dialect: Dialect, streams: bool) -> Option<Reply> {
        let (status, body) = match self {
            Self::LostInStream | Self::InStream(_) => return None,
            Self::LostBefore => return Some(Reply::message(500, "Server disconnected")),
            Self::Text(status, text) => (status, text.clone()),
            Self::Error(status, error) => (status, enclosed(dialect, error).to_string()),
        };
        Some(match self {
            _ if streams => Reply::message(*status, &python_bytes(body.as_bytes())),
            Self::Text(..) => Reply::message(*status, &body),
            _ => Reply::json(*status, body),
        })
    }

    pub(super) fn reply(&self, dialect: Dialect, streams: bool) -> Reply {
        let refusal = self.refusal(dialect, streams);
        refusal.unwrap_or_else(|| Reply::message(500, "Server disconnected"))
    }

    /// The event that ends a stream; `None` if it just ends.
    pub(super) fn event(&self, dialect: Dialect) -> Option<Value> {
        let Self::InStream(error) = self else { return None };
        Some(match dialect {
            Dialect::Messages => json!({ "type": "error", "error": error }),
            Dialect::Chat => json!({ "error": error }),
            Dialect::Responses => json!({
                "type": "error", "code": error["code"], "message": error["message"], "param": null,
            }),
        })
    }
}

fn enclosed(dialect: Dialect, error: &Value) -> Value {
    match dialect {
        Dialect::Messages => {
            json!({ "type": "error", "error": error, "request_id": "req_011SANDBOX" })
        }
        _ => json!({ "error": error }),
    }
}

/// The gateway's own errors that come of its customer or its setup.
pub(super) fn of_gateway(name: &str, path: &str) -> Option<Reply> {
    let billing = |status, error: &str, code: &str, words: &str| {
        let body = json!({ "error": error, "error_code": code, "message": words });
        Some(Reply::json(status, body.to_string()))
    };
    match name {
        "no-key" if path.starts_with("anthropic") => Some(Reply::detail(400, "API key not found")),
        "no-key" => Some(Reply::detail(500, "API key not found")),
        "no-credits" => billing(
            402,
            "insufficient_credits",
            "USAGE_QUOTA_EXCEEDED",
            "Consumer does not have sufficient credits for this request",
        ),
        "not-entitled" => billing(
            403,
            "not_entitled",
            "USAGE_QUOTA_NOT_ENTITLED",
            "Consumer does not have entitlements to use this feature.",
        ),
        "bad-gateway" => Some(Reply::detail(502, "Bad Gateway")),
        "expired" => Some(Reply::error(401, "Forbidden by auth provider")),
        _ => None,
    }
}

/// Bytes as Python writes them, which is how the gateway wraps the body of a streamed refusal.
fn python_bytes(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let mut text = format!("b{quote}");
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = match byte {
            b'\\' => write!(text, "\\\\"),
            b'\n' => write!(text, "\\n"),
            b'\r' => write!(text, "\\r"),
            b'\t' => write!(text, "\\t"),
            byte if char::from(*byte) == quote => write!(text, "\\{quote}"),
            b' '..=b'~' => write!(text, "{}", char::from(*byte)),
            byte => write!(text, "\\x{byte:02x}"),
        };
    }
    text.push(quote);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_as_by_python() {
        assert_eq!(python_bytes(b""), "b''");
        assert_eq!(
            python_bytes("{\"a\": \"it's\\n é\"}\n".as_bytes()),
            r#"b'{"a": "it\'s\\n \xc3\xa9"}\n'"#
        );
        assert_eq!(python_bytes(b"it's"), r#"b"it's""#);
    }

    #[test]
    fn every_fault_is_told_in_all_dialects() {
        let all: Value = serde_json::from_str(FAULTS).expect("the faults");
        for name in all.as_object().expect("an object").keys() {
            for dialect in [Dialect::Messages, Dialect::Chat, Dialect::Responses] {
                let fault = Fault::named(name, dialect).expect(name);
                assert!(fault.refusal(dialect, true).is_some(), "{name}");
            }
        }
    }
}

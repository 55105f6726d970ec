//! Errors inside an answer of OpenAI's, which are nested in one release and flat in another.

use serde::Deserialize;
use serde_json::Value;

use super::Piece;

/// The parts of an error, wherever they stand.
#[derive(Deserialize, Default)]
pub(super) struct RawError {
    #[serde(rename = "type", default)]
    kind: Option<String>,
    /// A word, sometimes a number.
    #[serde(default)]
    code: Value,
    #[serde(default)]
    message: Option<String>,
}

impl RawError {
    pub(super) fn new(code: Value, message: Option<String>) -> Self {
        Self { kind: None, code, message }
    }

    /// The code is the narrower word where both are there.
    pub(super) fn piece(self) -> Piece {
        let code = match self.code {
            Value::String(code) if !code.is_empty() => Some(code),
            Value::Number(code) => Some(code.to_string()),
            _ => None,
        };
        let kind = code.or(self.kind).unwrap_or_else(|| "error".to_owned());
        Piece::Error { kind, message: self.message.unwrap_or_default() }
    }
}

/// An error that may be an object or the words alone.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum ErrorField {
    Parts(RawError),
    Words(String),
}

impl ErrorField {
    pub(super) fn piece(self) -> Piece {
        match self {
            Self::Parts(error) => error.piece(),
            Self::Words(words) => RawError::new(Value::Null, Some(words)).piece(),
        }
    }
}

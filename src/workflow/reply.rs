//! What an action is answered with: text, or an answer of the instance where the service waits
//! for one.

use super::http_tool::{self, Answer};
use super::protocol;
use crate::tools::{Call, Outcome};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reply {
    Text(Outcome),
    Http(Answer),
}

impl Reply {
    /// It was not done.
    pub(super) fn failed(call: &Call, text: String) -> Self {
        match call {
            Call::Http { .. } => Self::Http(http_tool::failed(&text)),
            _ => Self::Text(Outcome::failed(text)),
        }
    }

    /// What is left of it when it is not kept any longer.
    pub(super) fn gone(&self) -> Self {
        let text = "done before; its result is gone".to_owned();
        match self {
            Self::Text(_) => Self::Text(Outcome::failed(text)),
            Self::Http(_) => Self::Http(http_tool::failed(&text)),
        }
    }

    /// Whether a fence of the tool kept it from being done.
    pub(super) fn is_refusal(&self) -> bool {
        match self {
            Self::Text(outcome) => outcome.refused,
            Self::Http(answer) => answer.refused,
        }
    }

    /// Whether it did what it should.
    pub(super) fn is_good(&self) -> bool {
        match self {
            Self::Text(outcome) => outcome.ok && !outcome.refused,
            Self::Http(answer) => answer.is_good(),
        }
    }

    /// The message.
    pub(super) fn message(&self, id: &str) -> String {
        match self {
            Self::Text(outcome) => protocol::text_answer(id, &outcome.text, outcome.ok),
            Self::Http(answer) => protocol::http_answer(id, answer),
        }
    }
}

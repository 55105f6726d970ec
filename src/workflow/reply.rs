//! What an action is answered with: text, or an answer of the instance where the service waits
//! for one.

use super::http_tool::{self, HttpAnswer};
use super::protocol;
use crate::tools::{Call, Outcome};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reply {
    Text(Outcome),
    /// Not run again; with the output of the first run.
    Repeated {
        reason: &'static str,
        output: String,
    },
    Http(HttpAnswer),
}

impl Reply {
    /// A text action that was not done.
    pub(super) fn failure(reason: String) -> Self {
        Self::Text(Outcome::failed(reason))
    }

    /// A command that the service asks for again after a lost connection. Its output goes along if
    /// it had one.
    pub(super) fn already_ran(earlier: Option<&Self>) -> Self {
        let reason =
            "this command already ran before the connection was lost, and was not run again";
        match earlier {
            Some(Self::Text(outcome)) => Self::Repeated { reason, output: outcome.text.clone() },
            Some(Self::Http(_)) => Self::Http(http_tool::failed(&reason)),
            _ => Self::Repeated { reason, output: String::new() },
        }
    }

    /// It was not done.
    pub(super) fn failed(call: &Call, text: String) -> Self {
        match call {
            Call::Http { .. } => Self::Http(http_tool::failed(&text)),
            _ => Self::Text(Outcome::failed(text)),
        }
    }

    /// Whether a fence of the tool kept it from being done.
    pub(super) fn is_refusal(&self) -> bool {
        match self {
            Self::Text(outcome) => outcome.refused,
            Self::Repeated { .. } => false,
            Self::Http(answer) => answer.refused,
        }
    }

    /// Whether it did what it should.
    pub(super) fn is_good(&self) -> bool {
        match self {
            Self::Text(outcome) => outcome.ok && !outcome.refused,
            Self::Repeated { .. } => false,
            Self::Http(answer) => answer.is_good(),
        }
    }

    /// The message.
    pub(super) fn message(&self, id: &str) -> String {
        match self {
            Self::Text(outcome) if outcome.ok => protocol::text_answer(id, &outcome.text, ""),
            Self::Text(outcome) => protocol::text_answer(id, "", &outcome.text),
            Self::Repeated { reason, output } => protocol::text_answer(id, output, reason),
            Self::Http(answer) => protocol::http_answer(id, answer),
        }
    }
}

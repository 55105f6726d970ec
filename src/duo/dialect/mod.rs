//! The protocols of the model providers, each a request body and a decoder of its stream.

pub(super) mod anthropic;
mod openai_chat;
mod openai_error;
mod openai_responses;

use super::ask::Question;
use super::catalogue::Dialect;

impl Dialect {
    /// The path below the gateway's base.
    pub(super) fn path(self) -> &'static [&'static str] {
        match self {
            Self::Anthropic => &anthropic::PATH,
            Self::OpenaiChat => &openai_chat::PATH,
            Self::OpenaiResponses => &openai_responses::PATH,
        }
    }

    /// The header that only this protocol needs.
    pub(super) fn header(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Anthropic => Some(anthropic::VERSION),
            Self::OpenaiChat | Self::OpenaiResponses => None,
        }
    }

    /// The request body.
    pub(super) fn body(self, question: &Question<'_>) -> Vec<u8> {
        match self {
            Self::Anthropic => anthropic::body(question),
            Self::OpenaiChat => openai_chat::body(question),
            Self::OpenaiResponses => openai_responses::body(question),
        }
    }

    /// What the question asks for and this protocol's request leaves out, in words.
    pub fn left_out(self, question: &Question<'_>) -> Option<&'static str> {
        match self {
            Self::Anthropic => anthropic::left_out(question),
            Self::OpenaiChat | Self::OpenaiResponses => None,
        }
    }

    /// Takes in the data of one event of the stream.
    pub(super) fn event(self, data: &str, facts: &mut Facts) -> Result<Option<Piece>, String> {
        match self {
            Self::Anthropic => anthropic::event(data, facts),
            Self::OpenaiChat => openai_chat::event(data, facts),
            Self::OpenaiResponses => openai_responses::event(data, facts),
        }
    }

    /// Takes in a whole answer.
    pub(super) fn whole(self, body: &[u8], facts: &mut Facts) -> Result<Vec<Piece>, String> {
        match self {
            Self::Anthropic => anthropic::whole(body, facts),
            Self::OpenaiChat => openai_chat::whole(body, facts),
            Self::OpenaiResponses => openai_responses::whole(body, facts),
        }
    }
}

/// What was used, in tokens; `None` where the provider did not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// All of the input, cached parts included.
    pub input_tokens: Option<u64>,
    /// The answer.
    pub output_tokens: Option<u64>,
    /// Input read from the provider's cache.
    pub cache_read_tokens: Option<u64>,
    /// Input written to the provider's cache.
    pub cache_write_tokens: Option<u64>,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinishReason {
    /// It was complete.
    Stop,
    /// The limit of tokens or of the context was reached.
    Length,
    /// The model declined.
    Refusal,
    /// The stream broke off; what came is not the whole answer.
    Incomplete,
}

impl FinishReason {
    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::Refusal => "refusal",
            Self::Incomplete => "incomplete",
        }
    }
}

/// A piece of an answer as the provider sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text of the answer.
    Text(String),
    /// What the model thought on the way.
    Reasoning(String),
    /// The provider's end event: nothing follows.
    End,
    /// The provider reports an error inside the stream.
    Error {
        /// The provider's word for it, such as `overloaded_error`.
        kind: String,
        /// The provider's words.
        message: String,
    },
}

/// What is known of an answer besides its text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// The provider's id of the answer.
    pub(super) id: Option<String>,
    /// Why it ended, once known.
    pub(super) finish: Option<FinishReason>,
    /// A part of it was marked as the model's refusal.
    pub(super) refused: bool,
    /// What was used.
    pub(super) usage: Usage,
}

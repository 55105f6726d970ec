//! The protocols of the model providers, each a request body and a decoder of its stream.

pub(super) mod anthropic;

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
    /// What was used.
    pub(super) usage: Usage,
}

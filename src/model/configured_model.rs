//! A chat model as a configuration file describes it.

/// What a file says of one model: a new one, or changes to a published one. `None` where it
/// says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfiguredModel {
    /// The id that users name.
    pub id: String,
    /// `anthropic`, `openai_chat` or `openai_responses`.
    pub dialect: Option<String>,
    /// What the provider calls it.
    pub backend: Option<String>,
    /// For whom it is.
    pub description: Option<String>,
    /// How much it takes, in tokens.
    pub context: Option<u64>,
}

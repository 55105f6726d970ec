//! What was said between a person and a model.

/// Who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The person, or the script that speaks for one.
    User,
    /// The model.
    Assistant,
}

/// One turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who said it.
    pub role: Role,
    /// What was said.
    pub text: String,
}

/// The turns so far; a model answers the last one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conversation {
    /// Oldest first.
    pub messages: Vec<Message>,
}

impl Conversation {
    /// A conversation that begins with one question.
    pub fn of_prompt(text: impl Into<String>) -> Self {
        Self { messages: vec![Message { role: Role::User, text: text.into() }] }
    }
}

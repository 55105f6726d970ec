//! What was said between a person and a model.

use serde::{Deserialize, Serialize};

/// Who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The person, or the script that speaks for one.
    User,
    /// The model.
    Assistant,
}

/// One turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
        Self::default().with(Role::User, text)
    }

    /// The conversation with one more turn.
    #[must_use]
    pub fn with(mut self, role: Role, text: impl Into<String>) -> Self {
        self.messages.push(Message { role, text: text.into() });
        self
    }
}

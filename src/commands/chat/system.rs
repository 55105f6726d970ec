//! The system prompt of a chat: compliance instructions first, whatever the flags say.

use super::files;
use super::schema::Schema;
use crate::commands::context::Context;
use crate::duo::SystemPrompt;

/// The instructions hold a token, which would leave with every request.
#[derive(Debug, thiserror::Error)]
#[error("{kind} in the instructions of {place}")]
pub(crate) struct SecretInInstructions {
    /// What it looks like.
    pub(crate) kind: &'static str,
    /// The file or variable.
    pub(crate) place: String,
}

/// Instructions of every level first, then the text of `-s`, then what a schema asks for. A
/// whole token in the instructions stops the chat before anything is sent.
pub(super) fn prompt(
    text: Option<&str>,
    schema: Option<&Schema>,
    context: &Context<'_>,
) -> anyhow::Result<SystemPrompt> {
    let instructions = &context.settings()?.instructions;
    if let Some((kind, place)) = instructions.token() {
        return Err(SecretInInstructions { kind, place: place.to_string() }.into());
    }
    let text = match text.map(|text| (text, text.strip_prefix('@'))) {
        Some((_, Some(path))) => Some(files::text("-s @FILE", path, context)?),
        Some((text, None)) => Some(text.to_owned()),
        None => None,
    };
    let added = [text, schema.map(Schema::instructions)];
    let added = added.into_iter().flatten().collect::<Vec<_>>().join("\n\n");
    Ok(SystemPrompt::new(instructions.text().as_deref().unwrap_or_default(), Some(&added)))
}

//! The models that GitLab Duo publishes, as data.

/// Which protocol a model is reached by, behind the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Anthropic's Messages API.
    Anthropic,
}

impl Dialect {
    /// The provider's name in JSON.
    pub fn provider(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
        }
    }
}

/// One model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Model {
    /// The id that users name.
    pub id: &'static str,
    /// For whom it is.
    pub description: &'static str,
    /// What the provider calls it.
    pub backend: &'static str,
    /// How it is reached.
    pub dialect: Dialect,
}

/// The chat models of GitLab Duo's documentation.
pub const MODELS: &[Model] = &[
    Model {
        id: "duo-chat-haiku-4-5",
        description: "Fast, lightweight model for quick responses",
        backend: "claude-haiku-4-5-20251001",
        dialect: Dialect::Anthropic,
    },
    Model {
        id: "duo-chat-sonnet-4-5",
        description: "Balanced model for general coding tasks",
        backend: "claude-sonnet-4-5-20250929",
        dialect: Dialect::Anthropic,
    },
    Model {
        id: "duo-chat-opus-4-5",
        description: "Premium model for complex reasoning",
        backend: "claude-opus-4-5-20251101",
        dialect: Dialect::Anthropic,
    },
];

/// A name that no model has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no model {name:?}")]
pub struct UnknownModel {
    /// What was asked for.
    pub name: String,
    /// The ids that look most like it, best first.
    pub nearest: Vec<&'static str>,
}

/// The model of that id; the `duo-chat-` prefix may be left out.
pub fn find(name: &str) -> Result<&'static Model, UnknownModel> {
    let wanted = name.trim().to_ascii_lowercase();
    let named = |model: &&Model| model.id == wanted || short(model.id) == wanted;
    MODELS
        .iter()
        .find(named)
        .ok_or_else(|| UnknownModel { name: name.to_owned(), nearest: nearest(&wanted) })
}

fn short(id: &str) -> &str {
    id.strip_prefix("duo-chat-").unwrap_or(id)
}

fn nearest(wanted: &str) -> Vec<&'static str> {
    let mut ids: Vec<(usize, &'static str)> =
        MODELS.iter().map(|model| (distance(short(wanted), short(model.id)), model.id)).collect();
    ids.sort_by_key(|(distance, _)| *distance);
    ids.into_iter().take(3).map(|(_, id)| id).collect()
}

/// Levenshtein's distance in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_found_with_and_without_its_prefix() {
        assert_eq!(find("duo-chat-opus-4-5").map(|model| model.id), Ok("duo-chat-opus-4-5"));
        assert_eq!(find("haiku-4-5").map(|model| model.id), Ok("duo-chat-haiku-4-5"));
    }

    #[test]
    fn an_unknown_name_comes_with_the_nearest() {
        let unknown = find("duo-chat-sonet-4-5").err().map(|error| error.nearest[0]);
        assert_eq!(unknown, Some("duo-chat-sonnet-4-5"));
    }
}

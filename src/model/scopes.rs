//! What a token's scopes allow here (GitLab documentation, "Access token scopes").

use std::fmt;

use serde::Serialize;

/// What a token can be used for; `None` if that cannot be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Abilities {
    /// Asking a chat model.
    pub chat: Option<bool>,
    /// Reading merge requests, issues and pipelines.
    pub read: Option<bool>,
    /// Writing notes and reviews.
    pub write: Option<bool>,
    /// Running workflow models.
    pub workflow: Option<bool>,
}

impl Abilities {
    /// Those of a token that GitLab rejects.
    pub const NONE: Self =
        Self { chat: Some(false), read: Some(false), write: Some(false), workflow: Some(false) };
    /// Those of a CI job token, which reads the merge requests of its own project.
    pub const OF_JOB_TOKEN: Self = Self { read: Some(true), ..Self::NONE };

    /// What these scopes allow; nothing is known without them.
    pub fn from_scopes(scopes: Option<&[String]>) -> Self {
        let can = |need: Need| {
            let serves = |scope: &String| need.scopes().contains(&scope.as_str());
            scopes.map(|scopes| scopes.iter().any(serves))
        };
        Self {
            chat: can(Need::Chat),
            read: can(Need::Read),
            write: can(Need::Write),
            workflow: can(Need::Workflow),
        }
    }
}

/// What a command needs of the token. As the context of an error it decides which scopes the
/// hint names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Asking a chat model.
    Chat,
    /// Reading.
    Read,
    /// Reading a merge request together with its diffs, which a CI job token cannot access.
    ReadWithDiffs,
    /// Writing notes and reviews.
    Write,
    /// Running workflow models.
    Workflow,
}

impl Need {
    /// The scopes of which one is enough, the narrowest first.
    pub fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::Chat => &["ai_features", "api"],
            Self::Read | Self::ReadWithDiffs => &["read_api", "api"],
            Self::Write | Self::Workflow => &["api"],
        }
    }
}

/// Adds nothing to the text of an error.
impl fmt::Display for Need {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

/// The scopes of a token, or `None` for a fine-grained one: GitLab then tells the single scope
/// `granular`, which says nothing about what the token may do.
pub fn known(scopes: Vec<String>) -> Option<Vec<String>> {
    let is_fine_grained = scopes.iter().any(|scope| scope == "granular");
    (!is_fine_grained).then_some(scopes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scope_allows_its_own() {
        let abilities = |text: &str| {
            let scopes: Vec<String> = text.split(' ').map(str::to_owned).collect();
            let of = Abilities::from_scopes(Some(&scopes));
            [of.chat, of.read, of.write, of.workflow].map(|can| can == Some(true))
        };
        assert_eq!(abilities("api"), [true; 4]);
        assert_eq!(abilities("ai_features openid profile"), [true, false, false, false]);
        assert_eq!(abilities("read_api read_user"), [false, true, false, false]);
        assert_eq!(abilities("openid"), [false; 4]);
    }

    #[test]
    fn nothing_is_known_of_a_fine_grained_token() {
        assert_eq!(known(vec!["granular".to_owned()]), None);
        assert_eq!(known(vec!["api".to_owned()]), Some(vec!["api".to_owned()]));
        let of = Abilities::from_scopes(None);
        assert_eq!([of.chat, of.read, of.write, of.workflow], [None; 4]);
    }
}

//! What a token's scopes allow here (GitLab documentation, "Access token scopes").

/// What a token can be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// Asking a model.
    pub chat: bool,
    /// Reading merge requests, issues and pipelines.
    pub read: bool,
    /// Writing notes.
    pub write: bool,
}

impl Abilities {
    /// What these scopes allow; where they are not known, everything may be tried.
    pub fn of(scopes: Option<&[String]>) -> Self {
        let has = |wanted: &[&str]| {
            scopes.is_none_or(|scopes| scopes.iter().any(|scope| wanted.contains(&scope.as_str())))
        };
        Self {
            chat: has(&["api", "ai_features"]),
            read: has(&["api", "read_api"]),
            write: has(&["api"]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scope_allows_its_own() {
        let abilities = |text: &str| {
            let scopes: Vec<String> = text.split(' ').map(str::to_owned).collect();
            let of = Abilities::of(Some(&scopes));
            (of.chat, of.read, of.write)
        };
        assert_eq!(abilities("api"), (true, true, true));
        assert_eq!(abilities("ai_features openid profile"), (true, false, false));
        assert_eq!(abilities("read_api read_user"), (false, true, false));
        assert_eq!(abilities("openid"), (false, false, false));
        assert_eq!(Abilities::of(None), Abilities { chat: true, read: true, write: true });
    }
}

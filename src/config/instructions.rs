//! The compliance instructions that stand before everything else in every model request.

use super::error::ConfigError;
use super::file::Files;
use super::source::{Setting, Source};
use super::variable;
use crate::model::token_shape;
use crate::system::environment::Environment;

/// The instructions of every level in the order in which they are sent.
#[derive(Debug, Clone, Default)]
pub struct Instructions {
    /// Administrator, user, project, environment.
    pub pieces: Vec<Setting<String>>,
}

impl Instructions {
    /// Collects them; a nearer file adds to the others and replaces none.
    pub(super) fn settle(env: &Environment, files: &Files) -> Result<Self, ConfigError> {
        let from_file = |file: &super::file::ConfigFile| {
            Some(Setting::new(file.values.instructions.clone()?, file.source()))
        };
        let mut pieces: Vec<_> = files.nearest_first().rev().filter_map(from_file).collect();
        pieces.extend(variable::first(env, &["GITLAB_DUO_INSTRUCTIONS"])?);
        pieces.retain(|piece| !piece.value.trim().is_empty());
        Ok(Self { pieces })
    }

    /// All of them, with a blank line between two; `None` where there are none.
    pub fn text(&self) -> Option<String> {
        let texts: Vec<&str> = self.pieces.iter().map(|piece| piece.value.trim()).collect();
        (!texts.is_empty()).then(|| texts.join("\n\n"))
    }

    /// The kind of the first whole token in them, and where that piece stands: it would leave
    /// with every request.
    pub fn token(&self) -> Option<(&'static str, &Source)> {
        self.pieces
            .iter()
            .find_map(|piece| Some((token_shape::find(&piece.value, 0)?.name, &piece.source)))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::file::ConfigFile;
    use super::super::source::FileLevel;
    use super::*;

    fn file(level: FileLevel, text: &str) -> Option<ConfigFile> {
        let json = serde_json::json!({ "gitlab": { "instructions": text } }).to_string();
        ConfigFile::parse(&json, Path::new("f.json"), level).ok()
    }

    #[test]
    fn levels_are_joined_and_the_administrator_comes_first() {
        let files = Files {
            administrator: file(FileLevel::Administrator, "one\n"),
            user: file(FileLevel::User, "two"),
            project: file(FileLevel::Project, "three"),
        };
        let env = Environment::of([("GITLAB_DUO_INSTRUCTIONS", "four")]);
        let instructions = Instructions::settle(&env, &files).expect("settled");
        assert_eq!(instructions.text().as_deref(), Some("one\n\ntwo\n\nthree\n\nfour"));
        assert_eq!(instructions.token(), None);
        let none = Instructions::settle(&Environment::default(), &Files::default());
        assert_eq!(none.expect("settled").text(), None);
    }

    #[test]
    fn a_whole_token_is_found_with_its_file() {
        let files = Files {
            user: file(FileLevel::User, "no glpat-… in code"),
            project: file(FileLevel::Project, "use glpat-AbCdEfGhIjKlMnOpQrSt"),
            ..Files::default()
        };
        let instructions = Instructions::settle(&Environment::default(), &files).expect("settled");
        let source = Source::File(FileLevel::Project, "f.json".into());
        assert_eq!(instructions.token(), Some(("GitLab access token", &source)));
    }
}

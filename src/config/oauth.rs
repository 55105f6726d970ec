//! The OAuth application that `connect` uses.

use super::error::ConfigError;
use super::file::{ConfigFile, Files};
use super::flags::Flags;
use super::source::{Setting, Source};
use super::variable;
use crate::model::address::BaseUrl;
use crate::model::secret::Secret;
use crate::system::environment::Environment;

const APP_ID_VARIABLES: [&str; 2] = ["GITLAB_OAUTH_APP_ID", "GITLAB_OAUTH_CLIENT_ID"];
pub(super) const APP_SECRET_VARIABLE: &str = "GITLAB_OAUTH_APP_SECRET";
const DEFAULT_CALLBACK_URL: &str = "http://localhost:42456/callback";
const DEFAULT_SCOPES: &str = "ai_features openid profile";

/// An application as it is registered on the instance.
#[derive(Debug, Clone)]
pub struct OAuth {
    /// Its id.
    pub app_id: Option<Setting<String>>,
    /// Its secret, if it is a confidential one.
    pub app_secret: Option<Setting<Secret>>,
    /// Its redirect URI, to the letter: GitLab compares it as text.
    pub callback_url: Setting<String>,
    /// The scopes to ask for.
    pub scopes: Setting<Vec<String>>,
}

impl OAuth {
    /// An application belongs to one instance, so a file counts only if it names no instance or
    /// this one; and a secret to one application, so a file's secret goes only with its own id.
    pub(super) fn settle(
        flags: &Flags,
        env: &Environment,
        files: &Files,
        instance: &BaseUrl,
    ) -> Result<Self, ConfigError> {
        let files: Vec<&ConfigFile> =
            files.nearest_first().filter(|file| is_for(file, instance)).collect();
        let configured = |get: fn(&ConfigFile) -> Option<&String>| {
            let value = |file: &&ConfigFile| Some(Setting::new(get(file)?.clone(), file.source()));
            files.iter().find_map(value)
        };
        let flag = |name, text| Option::map(text, |text| (name, text));
        let default = |text: &str| Setting::new(text.to_owned(), Source::Default);

        let app_id = configured(|file| file.values.app_id.as_ref());
        let app_id = variable::settle(None, env, &APP_ID_VARIABLES, app_id)?;
        let callback_url = variable::settle(
            flag("--callback-url", flags.callback_url.as_ref()),
            env,
            &["GITLAB_OAUTH_CALLBACK_URL"],
            configured(|file| file.values.callback_url.as_ref()),
        )?;
        let scopes = variable::settle(
            flag("--scopes", flags.scopes.as_ref()),
            env,
            &["GITLAB_OAUTH_SCOPES"],
            configured(|file| file.values.scopes.as_ref()),
        )?;
        Ok(Self {
            app_secret: app_secret(env, &files, app_id.as_ref())?,
            app_id,
            callback_url: callback_url.unwrap_or_else(|| default(DEFAULT_CALLBACK_URL)),
            scopes: scopes.unwrap_or_else(|| default(DEFAULT_SCOPES)).map(|text| words(&text)),
        })
    }
}

fn is_for(file: &ConfigFile, instance: &BaseUrl) -> bool {
    let own = file.values.instance_url.as_deref();
    own.is_none_or(|own| BaseUrl::parse(own).is_ok_and(|own| own == *instance))
}

fn app_secret(
    env: &Environment,
    files: &[&ConfigFile],
    app_id: Option<&Setting<String>>,
) -> Result<Option<Setting<Secret>>, ConfigError> {
    let given = match variable::first(env, &[APP_SECRET_VARIABLE])? {
        Some(text) => Some(text.map(Secret::new)),
        None => files
            .iter()
            .find(|file| app_id.is_some_and(|app_id| app_id.source == file.source()))
            .and_then(|file| Some(Setting::new(file.values.app_secret.clone()?, file.source()))),
    };
    let Some(given) = given else {
        return Ok(None);
    };
    match Secret::from_token_text(given.value.expose()) {
        Ok(secret) => Ok(Some(Setting::new(secret, given.source))),
        Err(reason) => Err(ConfigError::Token { from: given.source, reason }),
    }
}

/// Scopes are separated by spaces (RFC 6749 §3.3); GitLab's own pages show commas.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| c.is_whitespace() || c == ',');
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::super::world::World;
    use super::*;

    fn oauth(world: &World) -> OAuth {
        world.settings().expect("settings").oauth
    }

    fn pair(world: &World) -> (Option<String>, Option<String>) {
        let oauth = oauth(world);
        let secret = oauth.app_secret.map(|secret| secret.value.expose().to_owned());
        (oauth.app_id.map(|id| id.value), secret)
    }

    #[test]
    fn variables_come_before_files_before_defaults() {
        let mut world = World::new();
        let found = oauth(&world);
        assert!(found.app_id.is_none() && found.app_secret.is_none());
        assert_eq!(found.callback_url.value, DEFAULT_CALLBACK_URL);
        assert_eq!(found.scopes.value, ["ai_features", "openid", "profile"]);
        world.user(r#"{ "gitlab": { "oauth": { "appId": "f", "scopes": "read_api,openid" } } }"#);
        world.env("GITLAB_OAUTH_CLIENT_ID", "e");
        world.env("GITLAB_OAUTH_CALLBACK_URL", "http://127.0.0.1:7000/cb");
        let found = oauth(&world);
        assert_eq!(found.app_id.map(|id| id.value).as_deref(), Some("e"));
        assert_eq!(found.callback_url.value, "http://127.0.0.1:7000/cb");
        assert_eq!(found.scopes.value, ["read_api", "openid"]);
        world.flags.scopes = Some("api".into());
        assert_eq!(oauth(&world).scopes.source, Source::Flag("--scopes"));
    }

    #[test]
    fn a_secret_in_a_file_goes_only_with_that_files_id_and_instance() {
        let some = |text: &str| Some(text.to_owned());
        let mut world = World::new();
        world.user(
            r#"{ "gitlab": { "instanceUrl": "a.example", "oauth": { "appId": "i", "appSecret": "s" } } }"#,
        );
        assert_eq!(pair(&world), (some("i"), some("s")));
        world.env("GITLAB_OAUTH_APP_ID", "other");
        assert_eq!(pair(&world), (some("other"), None));
        world.env("GITLAB_OAUTH_APP_SECRET", "t");
        assert_eq!(pair(&world), (some("other"), some("t")));
        world.env("GITLAB_OAUTH_APP_ID", "");
        assert_eq!(pair(&world), (some("i"), some("t")));
        world.env("GITLAB_OAUTH_APP_SECRET", "");
        world.flags.instance = Some("b.example".into());
        assert_eq!(pair(&world), (None, None));
    }

    #[test]
    fn a_secret_with_a_line_break_is_refused_without_being_shown() {
        let mut world = World::new();
        world.env("GITLAB_OAUTH_APP_SECRET", "gloas-a\r\nX: y");
        let error = world.settings().expect_err("a line break").to_string();
        assert!(error.contains("GITLAB_OAUTH_APP_SECRET") && !error.contains("gloas"), "{error}");
    }
}

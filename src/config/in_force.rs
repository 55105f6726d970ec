//! Every setting that a configuration file could make, as it holds now, with its origin.

use serde_json::Value as Json;

use super::error::ConfigError;
use super::settings::Settings;
use super::source::{Setting, Source};
use crate::system::environment::Environment;

/// What is shown for a secret.
const REDACTED: &str = "[redacted]";

/// One value that holds; a key that adds up over files comes once for each of them.
#[derive(Debug, Clone, PartialEq)]
pub struct InForce {
    /// The key of [`super::KEYS`], in the spelling with its sections.
    pub key: &'static str,
    /// Its value; `"[redacted]"` for a secret.
    pub value: Json,
    /// Who says so.
    pub source: Source,
}

impl Settings {
    /// The settings in force in the order of [`super::KEYS`]; those that nobody made and that
    /// have no default are left out.
    pub fn in_force(&self, env: &Environment) -> Result<Vec<InForce>, ConfigError> {
        let mut all = Collected(Vec::new());
        all.text("gitlab.instanceUrl", Some(&self.instance));
        all.text("gitlab.aiGatewayUrl", Some(&self.gateway));
        all.text("gitlab.model", Some(&self.model));
        all.text("gitlab.smallModel", Some(&self.small_model));
        for file in self.files.nearest_first() {
            let ids: Vec<&str> = file.values.models.iter().map(|model| model.id.as_str()).collect();
            if !ids.is_empty() {
                all.push("gitlab.models", Json::from(ids), &file.source());
            }
        }
        self.instructions.pieces.iter().for_each(|it| all.text("gitlab.instructions", Some(it)));
        for path in self.trust.only_roots.iter().chain(&self.trust.extra_roots) {
            let text = path.value.display().to_string();
            all.push("gitlab.caFile", Json::from(text), &path.source);
        }
        let insecure = &self.allow_insecure_http;
        all.push("gitlab.allowInsecureHttp", Json::from(insecure.value), &insecure.source);
        self.oauth_in_force(&mut all);
        if let Some(allow) = &self.workflow.allow {
            all.push("gitlab.workflow.allow", Json::from(allow.value.clone()), &allow.source);
        }
        for deny in &self.workflow.deny {
            all.push("gitlab.workflow.deny", Json::from(deny.value.as_str()), &deny.source);
        }
        let save = &self.save_conversations;
        all.push("saveConversations", Json::from(save.value), &save.source);
        match self.project(env, None) {
            Ok(project) => all.text("plugins.opencode-gitlab-plugin.projectId", Some(&project)),
            Err(ConfigError::NoProject { .. }) => {}
            Err(error) => return Err(error),
        }
        if let Some(view) = &self.default_view {
            let word = Json::from(view.value.word());
            all.push("plugins.opencode-gitlab-plugin.defaultView", word, &view.source);
        }
        Ok(all.0)
    }

    fn oauth_in_force(&self, all: &mut Collected) {
        let oauth = &self.oauth;
        all.text("gitlab.oauth.appId", oauth.app_id.as_ref());
        if let Some(secret) = &oauth.app_secret {
            all.push("gitlab.oauth.appSecret", Json::from(REDACTED), &secret.source);
        }
        all.text("gitlab.oauth.callbackUrl", Some(&oauth.callback_url));
        let scopes = oauth.scopes.value.join(" ");
        all.push("gitlab.oauth.scopes", Json::from(scopes), &oauth.scopes.source);
    }
}

struct Collected(Vec<InForce>);

impl Collected {
    fn push(&mut self, key: &'static str, value: Json, source: &Source) {
        self.0.push(InForce { key, value, source: source.clone() });
    }

    fn text<T: ToString>(&mut self, key: &'static str, setting: Option<&Setting<T>>) {
        if let Some(setting) = setting {
            self.push(key, Json::from(setting.value.to_string()), &setting.source);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys;
    use super::super::world::World;

    #[test]
    fn every_key_in_force_is_a_key_and_no_secret_is_shown() {
        let mut world = World::new();
        world.user(
            r#"{ "gitlab": { "instructions": "u", "caFile": "c", "models": { "m": { "dialect": "anthropic", "backend_model": "b" } },
                "oauth": { "appId": "i", "appSecret": "hidden-secret" }, "workflow": { "allow": ["read"], "deny": ["shell"] } },
                "defaultView": "mr" }"#,
        );
        world.env("GITLAB_REPO", "a/b");
        world.env("GITLAB_DUO_INSTRUCTIONS", "e");
        let settings = world.settings().expect("settings");
        let all = settings.in_force(&world.system.env).expect("in force");
        for held in &all {
            assert!(
                keys::find(held.key).is_some_and(|key| key.canonical() == held.key),
                "{held:?}"
            );
        }
        assert!(!format!("{all:?}").contains("hidden-secret"));
        let origins = |key| -> Vec<String> {
            let held = all.iter().filter(|held| held.key == key);
            held.map(|held| held.source.to_string()).collect()
        };
        assert_eq!(origins("gitlab.instructions").len(), 2);
        assert_eq!(origins("plugins.opencode-gitlab-plugin.projectId"), ["GITLAB_REPO"]);
        assert_eq!(origins("gitlab.model"), ["default"]);
        let canonical = keys::KEYS.iter().filter(|key| key.canonical() == key.name);
        assert_eq!(canonical.filter(|key| origins(key.name).is_empty()).count(), 0);
    }
}

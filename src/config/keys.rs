//! The keys of the configuration files: what each takes, and whether a working tree may set it.

use std::path::PathBuf;

use jsonc_parser::ast::Value;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde_json::Value as Json;

use crate::model::configured_model::ConfiguredModel;
use crate::model::project::ProjectRef;
use crate::model::secret::Secret;

/// What one file says; `None` where it says nothing.
#[derive(Debug, Clone, Default)]
pub struct Values {
    /// `gitlab.instanceUrl`.
    pub instance_url: Option<String>,
    /// `gitlab.aiGatewayUrl`.
    pub gateway_url: Option<String>,
    /// `gitlab.model`.
    pub model: Option<String>,
    /// `gitlab.smallModel`.
    pub small_model: Option<String>,
    /// `gitlab.models`.
    pub models: Vec<ConfiguredModel>,
    /// `gitlab.instructions`.
    pub instructions: Option<String>,
    /// `gitlab.caFile`, as it is written there.
    pub ca_file: Option<PathBuf>,
    /// `gitlab.allowInsecureHttp`.
    pub allow_insecure_http: Option<bool>,
    /// `gitlab.oauth.appId`.
    pub app_id: Option<String>,
    /// `gitlab.oauth.appSecret`.
    pub app_secret: Option<Secret>,
    /// `gitlab.oauth.callbackUrl`.
    pub callback_url: Option<String>,
    /// `gitlab.oauth.scopes`.
    pub scopes: Option<String>,
    /// `gitlab.workflow.allow`.
    pub workflow_allow: Option<Vec<String>>,
    /// `gitlab.workflow.deny`.
    pub workflow_deny: Option<Vec<String>>,
    /// `saveConversations`.
    pub save_conversations: Option<bool>,
    /// `plugins.opencode-gitlab-plugin.projectId`.
    pub project: Option<ProjectRef>,
    /// `plugins.opencode-gitlab-plugin.defaultView`.
    pub default_view: Option<DefaultView>,
}

/// The list that bare `glduo` shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultView {
    /// `mr`.
    MergeRequests,
    /// `issue`.
    Issues,
    /// `pipeline`.
    Pipelines,
}

/// Puts a value in its place, or says what the key takes, with an article.
type Take = fn(&mut Values, &Value<'_>) -> Result<(), &'static str>;

/// One key.
pub struct Key {
    /// With its sections, `gitlab.model`.
    pub name: &'static str,
    /// Whether a project file may set it: what hosts are talked to, who is trusted and what a
    /// workflow may do is not for a repository to say.
    pub in_project: bool,
    /// How its value is taken.
    pub(super) take: Take,
}

impl Key {
    /// The value that a word of the command line stands for: JSON where the key takes such a
    /// value, else the word itself, else a list of what is between its commas. The error says
    /// what the key takes, with an article.
    pub fn value_of(&self, word: &str) -> Result<Json, &'static str> {
        let json = serde_json::from_str::<Json>(word).ok();
        let json = json.filter(|json| !json.is_string() && !json.is_null());
        let items = word.split(',').map(str::trim).filter(|item| !item.is_empty());
        let list = Json::from(items.collect::<Vec<_>>());
        let mut expected = "a value";
        for candidate in json.into_iter().chain([Json::from(word), list]) {
            match self.check(&candidate) {
                Ok(()) => return Ok(candidate),
                Err(wanted) => expected = wanted,
            }
        }
        Err(expected)
    }

    fn check(&self, json: &Json) -> Result<(), &'static str> {
        let text = json.to_string();
        let parsed = parse_to_ast(&text, &CollectOptions::default(), &ParseOptions::default());
        let value = parsed.ok().and_then(|parsed| parsed.value).ok_or("a JSON value")?;
        (self.take)(&mut Values::default(), &value)
    }

    /// The other spelling of the same key that everything in force goes by.
    pub fn canonical(&self) -> &'static str {
        match self.name {
            "gitlab.saveConversations" => "saveConversations",
            "projectId" => "plugins.opencode-gitlab-plugin.projectId",
            "defaultView" => "plugins.opencode-gitlab-plugin.defaultView",
            other => other,
        }
    }

    /// Whether its value is a secret, which is never shown and never written.
    pub fn is_secret(&self) -> bool {
        self.name == "gitlab.oauth.appSecret"
    }
}

const fn anywhere(name: &'static str, take: Take) -> Key {
    Key { name, in_project: true, take }
}

const fn not_in_project(name: &'static str, take: Take) -> Key {
    Key { name, in_project: false, take }
}

/// Every key there is. Some have a short spelling besides the one of the opencode plugin.
pub const KEYS: &[Key] = &[
    not_in_project("gitlab.instanceUrl", |values, json| put(&mut values.instance_url, text(json))),
    not_in_project("gitlab.aiGatewayUrl", |values, json| put(&mut values.gateway_url, text(json))),
    anywhere("gitlab.model", |values, json| put(&mut values.model, text(json))),
    anywhere("gitlab.smallModel", |values, json| put(&mut values.small_model, text(json))),
    not_in_project("gitlab.models", models),
    anywhere("gitlab.instructions", |values, json| put(&mut values.instructions, text(json))),
    not_in_project("gitlab.caFile", |values, json| {
        put(&mut values.ca_file, text(json).map(|path| path.map(PathBuf::from)))
    }),
    not_in_project("gitlab.allowInsecureHttp", |values, json| {
        put(&mut values.allow_insecure_http, yes_or_no(json))
    }),
    not_in_project("gitlab.oauth.appId", |values, json| put(&mut values.app_id, text(json))),
    not_in_project("gitlab.oauth.appSecret", |values, json| {
        put(&mut values.app_secret, text(json).map(|secret| secret.map(Secret::new)))
    }),
    not_in_project("gitlab.oauth.callbackUrl", |values, json| {
        put(&mut values.callback_url, text(json))
    }),
    not_in_project("gitlab.oauth.scopes", |values, json| put(&mut values.scopes, text(json))),
    not_in_project("gitlab.workflow.allow", |values, json| {
        put(&mut values.workflow_allow, texts(json))
    }),
    not_in_project("gitlab.workflow.deny", |values, json| {
        put(&mut values.workflow_deny, texts(json))
    }),
    not_in_project("gitlab.saveConversations", save_conversations),
    not_in_project("saveConversations", save_conversations),
    anywhere("plugins.opencode-gitlab-plugin.projectId", project_id),
    anywhere("projectId", project_id),
    anywhere("plugins.opencode-gitlab-plugin.defaultView", default_view),
    anywhere("defaultView", default_view),
];

/// The key of that name, letter by letter.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// Whether there are keys below that name.
pub(super) fn is_section(name: &str) -> bool {
    let below = |key: &Key| key.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    KEYS.iter().any(below)
}

fn put<T>(
    place: &mut Option<T>,
    value: Result<Option<T>, &'static str>,
) -> Result<(), &'static str> {
    *place = value?;
    Ok(())
}

/// Like a variable, a text that is empty or `null` says nothing.
fn text(json: &Value<'_>) -> Result<Option<String>, &'static str> {
    match json {
        Value::StringLit(text) if text.value.trim().is_empty() => Ok(None),
        Value::StringLit(text) => Ok(Some(text.value.clone().into_owned())),
        Value::NullKeyword(_) => Ok(None),
        _ => Err("a string"),
    }
}

fn yes_or_no(json: &Value<'_>) -> Result<Option<bool>, &'static str> {
    match json {
        Value::BooleanLit(value) => Ok(Some(value.value)),
        Value::NullKeyword(_) => Ok(None),
        _ => Err("true or false"),
    }
}

fn texts(json: &Value<'_>) -> Result<Option<Vec<String>>, &'static str> {
    let expected = "an array of strings";
    match json {
        Value::Array(array) => {
            let element = |json: &Value<'_>| match json {
                Value::StringLit(text) => Ok(text.value.clone().into_owned()),
                _ => Err(expected),
            };
            array.elements.iter().map(element).collect::<Result<_, _>>().map(Some)
        }
        Value::NullKeyword(_) => Ok(None),
        _ => Err(expected),
    }
}

/// Models by their ids. Members with names of other programs' are left alone.
fn models(values: &mut Values, json: &Value<'_>) -> Result<(), &'static str> {
    let expected = "an object of models: { \"ID\": { \"dialect\", \"backend_model\", \"description\", \"context\" } }, the context a number of tokens";
    let all = match json {
        Value::Object(all) => all,
        Value::NullKeyword(_) => return Ok(()),
        _ => return Err(expected),
    };
    for property in &all.properties {
        let Value::Object(object) = &property.value else { return Err(expected) };
        let id = property.name.as_str().to_owned();
        let mut model = ConfiguredModel { id, ..ConfiguredModel::default() };
        for member in &object.properties {
            let text = || text(&member.value).map_err(|_| expected);
            match member.name.as_str() {
                "dialect" => model.dialect = text()?,
                "backend_model" => model.backend = text()?,
                "description" => model.description = text()?,
                "context" => match &member.value {
                    Value::NumberLit(number) => {
                        model.context = Some(number.value.parse().map_err(|_| expected)?);
                    }
                    _ => return Err(expected),
                },
                _ => {}
            }
        }
        values.models.push(model);
    }
    Ok(())
}

/// A file with both spellings means the stricter one.
fn save_conversations(values: &mut Values, json: &Value<'_>) -> Result<(), &'static str> {
    if let Some(save) = yes_or_no(json)? {
        values.save_conversations = Some(save && values.save_conversations.unwrap_or(true));
    }
    Ok(())
}

fn project_id(values: &mut Values, json: &Value<'_>) -> Result<(), &'static str> {
    let project = match json {
        Value::NumberLit(number) => number.value.parse().ok().map(ProjectRef::Id),
        Value::StringLit(path) => ProjectRef::parse(&path.value).ok(),
        Value::NullKeyword(_) => return Ok(()),
        _ => None,
    };
    values.project = Some(project.ok_or("a project's number or its full path")?);
    Ok(())
}

fn default_view(values: &mut Values, json: &Value<'_>) -> Result<(), &'static str> {
    let view = match text(json) {
        Ok(None) => return Ok(()),
        Ok(Some(name)) => DefaultView::of(&name),
        Err(_) => None,
    };
    values.default_view = Some(view.ok_or("\"mr\", \"issue\" or \"pipeline\"")?);
    Ok(())
}

impl DefaultView {
    /// Its name in a configuration file.
    pub fn word(self) -> &'static str {
        match self {
            Self::MergeRequests => "mr",
            Self::Issues => "issue",
            Self::Pipelines => "pipeline",
        }
    }

    fn of(name: &str) -> Option<Self> {
        match name {
            "mr" => Some(Self::MergeRequests),
            "issue" => Some(Self::Issues),
            "pipeline" => Some(Self::Pipelines),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::file::ConfigFile;
    use super::super::source::FileLevel;
    use super::*;

    #[test]
    fn sections_are_what_has_keys_below() {
        for section in ["gitlab", "gitlab.oauth", "plugins", "plugins.opencode-gitlab-plugin"] {
            assert!(is_section(section), "{section}");
        }
        for other in ["gitlab.model", "git", "gitlab.", "plugins.other", ""] {
            assert!(!is_section(other), "{other}");
        }
    }

    #[test]
    fn models_are_read_by_their_ids() {
        let text = r#"{ "gitlab": { "models": { "a": { "dialect": "anthropic", "backend_model": "b", "context": 9 }, "c": {} } } }"#;
        let parse = |text: &str| {
            let path = std::path::Path::new("f.json");
            ConfigFile::parse(text, path, FileLevel::User)
        };
        let models = parse(text).expect("a file").values.models;
        assert_eq!(models.len(), 2);
        assert_eq!((models[0].backend.as_deref(), models[0].context), (Some("b"), Some(9)));
        for broken in [
            "[]",
            r#"{ "a": 1 }"#,
            r#"{ "a": { "context": "9" } }"#,
            r#"{ "a": { "dialect": 1 } }"#,
        ] {
            let text = format!(r#"{{ "gitlab": {{ "models": {broken} }} }}"#);
            assert!(parse(&text).is_err(), "{broken}");
        }
    }

    #[test]
    fn a_word_becomes_the_kind_of_value_that_its_key_takes() {
        let value = |key: &str, word: &str| find(key).expect("a key").value_of(word);
        assert_eq!(value("gitlab.model", "5"), Ok(Json::from("5")));
        assert_eq!(value("projectId", "12345"), Ok(Json::from(12345)));
        assert_eq!(value("projectId", "acme/shop"), Ok(Json::from("acme/shop")));
        assert_eq!(value("saveConversations", "false"), Ok(Json::from(false)));
        assert_eq!(value("saveConversations", "no"), Err("true or false"));
        for list in ["read,git", r#"["read","git"]"#, "read, git"] {
            assert_eq!(value("gitlab.workflow.allow", list), Ok(Json::from(vec!["read", "git"])));
        }
        assert_eq!(value("gitlab.instructions", "\"quoted\""), Ok(Json::from("\"quoted\"")));
        assert_eq!(value("defaultView", "merge"), Err("\"mr\", \"issue\" or \"pipeline\""));
    }

    #[test]
    fn a_project_file_sets_five_things() {
        let short = |key: &Key| key.name.rsplit('.').next().unwrap_or_default().to_owned();
        let mut names: Vec<String> = KEYS.iter().filter(|key| key.in_project).map(short).collect();
        names.dedup();
        assert_eq!(names, ["model", "smallModel", "instructions", "projectId", "defaultView"]);
    }
}

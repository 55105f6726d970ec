//! The three configuration files, JSON with comments, and which of them is nearer.

use std::path::{Path, PathBuf};

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::error::ConfigError;
use super::keys::{self, Values};
use super::read::{self, Kind, ReadError};
use super::source::{FileLevel, Setting, Source};

/// The name of a project file.
pub const PROJECT_FILE: &str = ".glduo.json";

/// A configuration file that was read.
#[derive(Debug, Clone)]
pub struct ConfigFile {
    /// Where it is.
    pub path: PathBuf,
    /// Whose it is.
    pub level: FileLevel,
    /// What it says and may say.
    pub values: Values,
    /// Keys that mean nothing here; they are left for other programs that read the same file.
    pub unknown: Vec<String>,
    /// Known keys that a file of this level may not set.
    pub ignored: Vec<&'static str>,
}

impl ConfigFile {
    /// Reads a file of its level; `None` where there is none. A user file in a home that this
    /// process may not enter (a container's) counts as none.
    pub fn read(path: &Path, level: FileLevel) -> Result<Option<Self>, ConfigError> {
        let kind = match level {
            FileLevel::Project => Kind::RegularFile,
            FileLevel::User | FileLevel::Administrator => Kind::AnyStream,
        };
        let owned = || path.to_owned();
        let bytes = match read::bytes(path, kind) {
            Ok(bytes) => bytes,
            Err(ReadError::Missing) => return Ok(None),
            Err(ReadError::OutOfReach(_)) if level == FileLevel::User => return Ok(None),
            Err(ReadError::OutOfReach(reason) | ReadError::Io(reason)) => {
                return Err(ConfigError::Unreadable { path: owned(), reason });
            }
            Err(ReadError::NotAFile) => return Err(ConfigError::NotAFile { path: owned() }),
            Err(ReadError::TooLarge) => {
                return Err(ConfigError::TooLarge { path: owned(), limit: read::LIMIT });
            }
        };
        let text = String::from_utf8(bytes).map_err(|_| ConfigError::NotUtf8 { path: owned() })?;
        Self::parse(&text, path, level).map(Some)
    }

    /// Reads the text of a file. A text without any value is a file without keys.
    pub fn parse(text: &str, path: &Path, level: FileLevel) -> Result<Self, ConfigError> {
        let text = text.trim_start_matches('\u{feff}');
        let parsed = parse_to_ast(text, &CollectOptions::default(), &json_with_comments());
        let parsed = parsed.map_err(|error| ConfigError::Syntax {
            path: path.to_owned(),
            line: error.line_display(),
            column: error.column_display(),
            what: error.kind().to_string(),
        })?;
        let file = Self {
            path: path.to_owned(),
            level,
            values: Values::default(),
            unknown: Vec::new(),
            ignored: Vec::new(),
        };
        let mut reading = Reading { text, file };
        match &parsed.value {
            Some(Value::Object(object)) => reading.object(object, "")?,
            Some(other) => return Err(reading.wrong("the file", other, "an object")),
            None => {}
        }
        Ok(reading.file)
    }

    /// The origin of its values.
    pub fn source(&self) -> Source {
        Source::File(self.level, self.path.clone())
    }
}

/// Comments and trailing commas, as opencode's own files may have, and nothing looser.
pub(super) fn json_with_comments() -> ParseOptions {
    ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
    }
}

struct Reading<'a> {
    text: &'a str,
    file: ConfigFile,
}

impl Reading<'_> {
    fn object(&mut self, object: &Object<'_>, section: &str) -> Result<(), ConfigError> {
        for property in &object.properties {
            let short = property.name.as_str();
            let name =
                if section.is_empty() { short.to_owned() } else { format!("{section}.{short}") };
            // A full stop inside a name would pass for sections.
            if short.contains('.') {
                self.file.unknown.push(name);
            } else if let Some(key) = keys::find(&name) {
                if self.file.level == FileLevel::Project && !key.in_project {
                    self.file.ignored.push(key.name);
                } else {
                    (key.take)(&mut self.file.values, &property.value)
                        .map_err(|expected| self.wrong(&name, &property.value, expected))?;
                }
            } else if keys::is_section(&name) {
                self.section(&name, &property.value)?;
            } else {
                self.file.unknown.push(name);
            }
        }
        Ok(())
    }

    fn section(&mut self, name: &str, value: &Value<'_>) -> Result<(), ConfigError> {
        match value {
            Value::Object(object) => self.object(object, name),
            Value::NullKeyword(_) => Ok(()),
            other => Err(self.wrong(name, other, "an object")),
        }
    }

    fn wrong(&self, key: &str, value: &Value<'_>, expected: &'static str) -> ConfigError {
        let before = &self.text[..value.start()];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        ConfigError::Value {
            path: self.file.path.clone(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            key: key.to_owned(),
            expected,
        }
    }
}

/// The files of a run.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// The nearest [`PROJECT_FILE`].
    pub project: Option<ConfigFile>,
    /// The user's.
    pub user: Option<ConfigFile>,
    /// The administrator's.
    pub administrator: Option<ConfigFile>,
}

impl Files {
    /// Those that were read, the nearest first.
    pub fn nearest_first(&self) -> impl DoubleEndedIterator<Item = &ConfigFile> {
        [&self.project, &self.user, &self.administrator].into_iter().flatten()
    }

    /// The value of the nearest file that has one.
    pub fn nearest<T>(&self, value: impl Fn(&Values) -> Option<T>) -> Option<Setting<T>> {
        let setting = |file: &ConfigFile| Some(Setting::new(value(&file.values)?, file.source()));
        self.nearest_first().find_map(setting)
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::DefaultView;
    use super::*;
    use crate::model::project::ProjectRef;

    fn parse(text: &str, level: FileLevel) -> Result<ConfigFile, ConfigError> {
        ConfigFile::parse(text, Path::new("f.json"), level)
    }

    #[test]
    fn an_opencode_snippet_with_comments_pastes_in() {
        let text = "\u{feff}// ours\n{ \"$schema\": \"x\", \"gitlab\": { \"model\": \"m\", \"new\": 1, },\n\
            \"plugins\": { \"other\": {}, \"opencode-gitlab-plugin\": { \"projectId\": 12345, \"defaultView\": \"mr\" } } }";
        let file = parse(text, FileLevel::User).expect("a file");
        assert_eq!(file.values.model.as_deref(), Some("m"));
        assert_eq!(file.values.project, Some(ProjectRef::Id(12345)));
        assert_eq!(file.values.default_view, Some(DefaultView::MergeRequests));
        assert_eq!(file.unknown, ["$schema", "gitlab.new", "plugins.other"]);
    }

    #[test]
    fn a_project_file_cannot_set_hosts_trust_or_permissions() {
        let text = r#"{ "gitlab": { "instanceUrl": "https://evil", "aiGatewayUrl": 1, "caFile": "x",
            "oauth": { "appSecret": "s" }, "workflow": { "allow": ["all"] }, "model": "m" },
            "saveConversations": true, "projectId": "a/b" }"#;
        let file = parse(text, FileLevel::Project).expect("a file");
        let ignored = [
            "gitlab.instanceUrl",
            "gitlab.aiGatewayUrl",
            "gitlab.caFile",
            "gitlab.oauth.appSecret",
            "gitlab.workflow.allow",
            "saveConversations",
        ];
        assert_eq!(file.ignored, ignored);
        assert!(file.values.instance_url.is_none() && file.values.workflow_allow.is_none());
        assert_eq!(file.values.model.as_deref(), Some("m"));
        assert_eq!(file.values.project, Some(ProjectRef::Path("a/b".into())));
    }

    #[test]
    fn a_broken_file_is_told_with_line_and_column() {
        let told = |text| parse(text, FileLevel::User).expect_err(text).to_string();
        assert_eq!(told("{\n  \"gitlab\": {\n"), "f.json:2:13: Unterminated object");
        assert_eq!(told("{ \"a\": 1\n  \"b\": 2 }"), "f.json:1:9: Expected comma");
        assert!(parse("{ 'a': 1 }", FileLevel::User).is_err());
        assert!(parse("// nothing\n", FileLevel::User).is_ok());
    }

    #[test]
    fn a_value_of_another_kind_is_told_with_its_place() {
        let told = |text| parse(text, FileLevel::User).expect_err(text).to_string();
        assert_eq!(
            told("{\n  \"gitlab\": { /* é */ \"model\": 5 } }"),
            "f.json:2:32: gitlab.model must be a string"
        );
        assert_eq!(told("{ \"gitlab\": true }"), "f.json:1:13: gitlab must be an object");
        assert_eq!(told("[]"), "f.json:1:1: the file must be an object");
        for text in [
            r#"{ "defaultView": "merge" }"#,
            r#"{ "projectId": -1 }"#,
            r#"{ "projectId": "alone" }"#,
            r#"{ "gitlab": { "workflow": { "deny": "shell" } } }"#,
            r#"{ "gitlab": { "workflow": { "deny": [1] } } }"#,
            r#"{ "gitlab": { "allowInsecureHttp": "yes" } }"#,
        ] {
            assert!(matches!(
                parse(text, FileLevel::User),
                Err(ConfigError::Value { line: 1, .. })
            ));
        }
    }

    #[test]
    fn nothing_is_said_by_null_and_by_empty_text() {
        let text = r#"{ "gitlab": { "instanceUrl": "", "model": null, "oauth": null } }"#;
        let file = parse(text, FileLevel::User).expect("a file");
        assert!(file.values.instance_url.is_none() && file.values.model.is_none());
    }

    #[test]
    fn both_spellings_of_saving_mean_the_stricter() {
        let text = r#"{ "saveConversations": false, "gitlab": { "saveConversations": true } }"#;
        let file = parse(text, FileLevel::Administrator).expect("a file");
        assert_eq!(file.values.save_conversations, Some(false));
    }

    #[test]
    fn what_is_no_text_file_is_an_error_and_nothing_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let read = |name: &str| ConfigFile::read(&folder.path().join(name), FileLevel::Project);
        std::fs::write(folder.path().join("latin1"), b"{ \"a\": \"\xe9\" }").expect("written");
        assert!(matches!(read("latin1"), Err(ConfigError::NotUtf8 { .. })));
        assert!(matches!(read(""), Err(ConfigError::NotAFile { .. })));
        assert!(matches!(read("absent"), Ok(None)));
    }
}

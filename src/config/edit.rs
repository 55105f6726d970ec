//! Changes one key of a configuration file; comments, order and everything else stay.

use std::path::Path;
use std::time::Duration;
use std::{fs, io};

use jsonc_parser::cst::{CstInputValue, CstObject, CstRootNode};
use jsonc_parser::parse_to_serde_value;
use serde_json::Value as Json;

use super::error::ConfigError;
use super::file::{ConfigFile, json_with_comments};
use super::keys::KEYS;
use super::read::{self, Kind, ReadError};
use super::source::FileLevel;
use crate::system::clock::Clock;
use crate::system::private_file::{LockError, PrivateFile};

/// How long to wait for another process that edits a file.
const PATIENCE: Duration = Duration::from_secs(10);

/// A file whose keys are read and changed one by one; it need not exist.
#[derive(Debug, Clone, Copy)]
pub struct EditableFile<'p> {
    pub path: &'p Path,
    pub level: FileLevel,
}

/// Sets a key, such as `gitlab.model`, to a text in the user's file, which is created if it is
/// missing. Fails and changes nothing if the file is invalid.
pub fn set_text(path: &Path, key: &str, value: &str, clock: &dyn Clock) -> Result<(), ConfigError> {
    EditableFile { path, level: FileLevel::User }.set(key, &Json::from(value), clock)
}

impl EditableFile<'_> {
    /// Sets a key of [`KEYS`]; the file and the sections are created if they are missing. Fails
    /// and changes nothing if the file is invalid elsewhere, or would be afterwards.
    pub fn set(&self, key: &str, value: &Json, clock: &dyn Clock) -> Result<(), ConfigError> {
        let _lock = self.lock(clock)?;
        let text = self.sound_text(key)?;
        let edited = with_value(&text, key, value).ok_or_else(|| self.not_editable())?;
        self.replace(&edited)
    }

    /// Removes a key; false if it was missing.
    pub fn unset(&self, key: &str, clock: &dyn Clock) -> Result<bool, ConfigError> {
        let _lock = self.lock(clock)?;
        let text = self.sound_text(key)?;
        match without(&text, key) {
            Some(edited) => self.replace(&edited).map(|()| true),
            None => Ok(false),
        }
    }

    /// The keys of [`KEYS`] in the file with their values, in the order of [`KEYS`].
    pub fn values(&self) -> Result<Vec<(&'static str, Json)>, ConfigError> {
        let text = self.text()?;
        ConfigFile::parse(&text, self.path, self.level)?;
        let json: Option<Json> = parse_to_serde_value(&text, &json_with_comments()).ok();
        let found = |name: &'static str| {
            let mut sections = name.split('.');
            let value = sections.try_fold(json.as_ref()?, |json, section| json.get(section))?;
            Some((name, value.clone()))
        };
        Ok(KEYS.iter().filter_map(|key| found(key.name)).collect())
    }

    /// Held around reading, editing and replacing, so that no other edit is lost. The lock is on
    /// the directory and leaves no file in a working tree.
    fn lock(&self, clock: &dyn Clock) -> Result<Option<fs::File>, ConfigError> {
        let file = PrivateFile::new(self.path.to_owned(), read::LIMIT);
        file.lock_directory(PATIENCE, clock).map_err(|error| {
            let reason = match error {
                LockError::Io(error) => error,
                LockError::TimedOut { .. } => io::Error::other(error),
            };
            ConfigError::Unwritable { path: self.path.to_owned(), reason }
        })
    }

    /// The text. Fails if anything but the value of this key is invalid.
    fn sound_text(&self, edited: &str) -> Result<String, ConfigError> {
        let text = self.text()?;
        match ConfigFile::parse(&text, self.path, self.level) {
            Err(ConfigError::Value { key, .. }) if key == edited => Ok(text),
            Err(error) => Err(error),
            Ok(_) => Ok(text),
        }
    }

    /// Empty if there is no such file.
    fn text(&self) -> Result<String, ConfigError> {
        // The same errors as for settings, which are read from it.
        if let Err(error) = ConfigFile::read(self.path, self.level)
            && !matches!(error, ConfigError::Value { .. } | ConfigError::Syntax { .. })
        {
            return Err(error);
        }
        match read::bytes(self.path, Kind::AnyStream) {
            Ok(bytes) => {
                Ok(String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').to_owned())
            }
            Err(ReadError::OutOfReach(reason) | ReadError::Io(reason)) => {
                Err(ConfigError::Unwritable { path: self.path.to_owned(), reason })
            }
            Err(_) => Ok(String::new()),
        }
    }

    fn replace(&self, text: &str) -> Result<(), ConfigError> {
        ConfigFile::parse(text, self.path, self.level)?;
        self.refuse_link()?;
        let file = PrivateFile::new(self.path.to_owned(), read::LIMIT);
        let written = match self.level {
            FileLevel::Project => file.write_shared(text.as_bytes()),
            FileLevel::User | FileLevel::Administrator => file.write_as_open(text.as_bytes()),
        };
        written.map_err(|reason| ConfigError::Unwritable { path: self.path.to_owned(), reason })
    }

    /// Anyone may have put a link into a working tree, and it may lead anywhere.
    fn refuse_link(&self) -> Result<(), ConfigError> {
        let is_link = fs::symlink_metadata(self.path).is_ok_and(|facts| facts.is_symlink());
        if self.level != FileLevel::Project || !is_link {
            return Ok(());
        }
        let reason = io::Error::other("it is a symbolic link, which is not followed");
        Err(ConfigError::Unwritable { path: self.path.to_owned(), reason })
    }

    fn not_editable(&self) -> ConfigError {
        let reason = std::io::ErrorKind::InvalidData.into();
        ConfigError::Unwritable { path: self.path.to_owned(), reason }
    }
}

/// The text with the key set; `None` if it is not JSON with comments.
fn with_value(text: &str, key: &str, value: &Json) -> Option<String> {
    let start = if text.trim().is_empty() { "{}\n" } else { text };
    let root = CstRootNode::parse(start, &json_with_comments()).ok()?;
    let (sections, name) = split(key)?;
    let mut object = root.object_value_or_set();
    for section in sections {
        object = object.object_value_or_set(section);
    }
    let value = input(value);
    match object.get(name) {
        Some(property) => property.set_value(value),
        None => drop(object.append(name, value)),
    }
    Some(root.to_string())
}

/// The text without the key; `None` if it is missing.
fn without(text: &str, key: &str) -> Option<String> {
    let root = CstRootNode::parse(text, &json_with_comments()).ok()?;
    let (sections, name) = split(key)?;
    let top = root.object_value()?;
    let object: CstObject =
        sections.into_iter().try_fold(top, |object, section| object.object_value(section))?;
    object.get(name)?.remove();
    Some(root.to_string())
}

fn split(key: &str) -> Option<(Vec<&str>, &str)> {
    let mut sections: Vec<&str> = key.split('.').collect();
    let name = sections.pop()?;
    Some((sections, name))
}

fn input(json: &Json) -> CstInputValue {
    match json {
        Json::Null => CstInputValue::Null,
        Json::Bool(value) => CstInputValue::Bool(*value),
        Json::Number(number) => CstInputValue::Number(number.to_string()),
        Json::String(text) => CstInputValue::String(text.clone()),
        Json::Array(items) => CstInputValue::Array(items.iter().map(input).collect()),
        Json::Object(fields) => CstInputValue::Object(
            fields.iter().map(|(name, value)| (name.clone(), input(value))).collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::clock::RealClock;

    fn with_text(text: &str, key: &str, value: &str) -> String {
        with_value(text, key, &Json::from(value)).expect("edited")
    }

    #[test]
    fn comments_and_other_keys_stay() {
        let text = "// mine\n{\n  \"a\": 1, // one\n  \"gitlab\": {\n    \"model\": \"old\", // why\n  },\n}\n";
        assert_eq!(with_text(text, "gitlab.model", "new"), text.replace("old", "new"));
        let added = with_text("{\n  // mine\n  \"a\": 1\n}\n", "gitlab.model", "m");
        assert!(added.contains("// mine") && added.contains("\"model\": \"m\""), "{added}");
        let gone = without(text, "gitlab.model").expect("edited");
        assert!(gone.contains("// mine") && gone.contains("\"a\": 1, // one"), "{gone}");
        assert!(!gone.contains("old"), "{gone}");
        assert_eq!(without(text, "gitlab.smallModel"), None);
        assert_eq!(without("", "gitlab.model"), None);
    }

    #[test]
    fn every_kind_of_value_is_written_as_it_is() {
        let json = serde_json::json!({ "m": { "context": 9, "dialect": "anthropic" } });
        let text = with_value("", "gitlab.models", &json).expect("edited");
        let read: Json = serde_json::from_str(&text).expect("JSON");
        assert_eq!(read["gitlab"]["models"], json);
    }

    #[test]
    fn a_file_is_made_and_a_broken_one_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep/config.json");
        set_text(&path, "gitlab.model", "m", &RealClock).expect("written");
        let file = ConfigFile::read(&path, FileLevel::User).expect("read").expect("a file");
        assert_eq!(file.values.model.as_deref(), Some("m"));
        std::fs::write(&path, "{ broken").expect("written");
        assert!(matches!(
            set_text(&path, "gitlab.model", "n", &RealClock),
            Err(ConfigError::Syntax { .. })
        ));
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "{ broken");
    }

    #[test]
    fn a_wrong_value_is_mended_by_its_own_key_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("config.json");
        std::fs::write(&path, r#"{ "gitlab": { "model": 5 } }"#).expect("written");
        let other = set_text(&path, "gitlab.smallModel", "n", &RealClock);
        assert!(matches!(other, Err(ConfigError::Value { .. })));
        let file = EditableFile { path: &path, level: FileLevel::User };
        assert!(file.unset("gitlab.model", &RealClock).expect("mended"));
        assert!(!file.unset("gitlab.model", &RealClock).expect("nothing to do"));
        set_text(&path, "gitlab.smallModel", "n", &RealClock).expect("written");
        let values = file.values().expect("values");
        assert_eq!(values, [("gitlab.smallModel", Json::from("n"))]);
    }

    #[cfg(unix)]
    #[test]
    fn the_mode_of_a_file_stays() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("config.json");
        let mode = || std::fs::metadata(&path).expect("a file").permissions().mode() & 0o777;
        set_text(&path, "gitlab.model", "m", &RealClock).expect("written");
        assert_eq!(mode(), 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("set");
        set_text(&path, "gitlab.model", "n", &RealClock).expect("written");
        assert_eq!(mode(), 0o640);
    }
}

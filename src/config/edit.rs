//! Changing one key of a configuration file; comments, order and everything else stay.

use std::path::Path;

use jsonc_parser::cst::{CstInputValue, CstRootNode};

use super::error::ConfigError;
use super::file::{ConfigFile, json_with_comments};
use super::read::{self, Kind, ReadError};
use super::source::FileLevel;
use crate::system::private_file::PrivateFile;

/// Sets a key, such as `gitlab.model`, to a text in the user's file, which is made if need be.
/// A file that does not read is left alone.
pub fn set_text(path: &Path, key: &str, value: &str) -> Result<(), ConfigError> {
    // What is wrong with the file is said before anything is written.
    ConfigFile::read(path, FileLevel::User)?;
    let text = match read::bytes(path, Kind::AnyStream) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(ReadError::OutOfReach(reason) | ReadError::Io(reason)) => {
            return Err(ConfigError::Unwritable { path: path.to_owned(), reason });
        }
        Err(_) => String::new(),
    };
    let edited = with_text(&text, key, value).ok_or_else(|| ConfigError::Unwritable {
        path: path.to_owned(),
        reason: std::io::ErrorKind::InvalidData.into(),
    })?;
    PrivateFile::new(path.to_owned())
        .write(edited.as_bytes())
        .map_err(|reason| ConfigError::Unwritable { path: path.to_owned(), reason })
}

/// The text with the key set; `None` for a text that is no JSON with comments.
fn with_text(text: &str, key: &str, value: &str) -> Option<String> {
    let text = text.trim_start_matches('\u{feff}');
    let start = if text.trim().is_empty() { "{}\n" } else { text };
    let root = CstRootNode::parse(start, &json_with_comments()).ok()?;
    let mut sections: Vec<&str> = key.split('.').collect();
    let name = sections.pop()?;
    let mut object = root.object_value_or_set();
    for section in sections {
        object = object.object_value_or_set(section);
    }
    let value = CstInputValue::String(value.to_owned());
    match object.get(name) {
        Some(property) => property.set_value(value),
        None => drop(object.append(name, value)),
    }
    Some(root.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_other_keys_stay() {
        let text = "// mine\n{\n  \"a\": 1, // one\n  \"gitlab\": {\n    \"model\": \"old\", // why\n  },\n}\n";
        let edited = with_text(text, "gitlab.model", "new").expect("edited");
        assert_eq!(edited, text.replace("old", "new"));
        let added =
            with_text("{\n  // mine\n  \"a\": 1\n}\n", "gitlab.model", "m").expect("edited");
        assert!(added.contains("// mine") && added.contains("\"model\": \"m\""), "{added}");
    }

    #[test]
    fn a_file_is_made_and_a_broken_one_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep/config.json");
        set_text(&path, "gitlab.model", "m").expect("written");
        let file = ConfigFile::read(&path, FileLevel::User).expect("read").expect("a file");
        assert_eq!(file.values.model.as_deref(), Some("m"));
        std::fs::write(&path, "{ broken").expect("written");
        assert!(matches!(set_text(&path, "gitlab.model", "n"), Err(ConfigError::Syntax { .. })));
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "{ broken");
    }
}

//! How a project is named.

use std::borrow::Cow;
use std::fmt;

use super::web_link::looks_like_link;

/// A project as GitLab's API takes it: by number or by full path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectRef {
    /// The numeric id.
    Id(u64),
    /// `group/subgroup/project`.
    Path(String),
}

/// A text that names no project.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} names no project")]
pub struct BadProject {
    /// What was given.
    pub text: String,
}

impl ProjectRef {
    /// Reads an id or a path with at least a namespace and a name.
    pub fn parse(text: &str) -> Result<Self, BadProject> {
        let path = text.trim().trim_matches('/');
        if let Ok(id) = path.parse() {
            return Ok(Self::Id(id));
        }
        if path.contains('/') && path.split('/').all(is_segment) {
            Ok(Self::Path(path.to_owned()))
        } else {
            Err(BadProject { text: text.to_owned() })
        }
    }

    /// Whether both are the same name. Paths differ in case only if they are the same project
    /// (GitLab compares them without case); an id and a path cannot be compared.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Id(one), Self::Id(other)) => one == other,
            (Self::Path(one), Self::Path(other)) => one.eq_ignore_ascii_case(other),
            _ => false,
        }
    }

    /// What stands for it in a path of the API, not yet percent-encoded.
    pub fn segment(&self) -> Cow<'_, str> {
        match self {
            Self::Id(id) => Cow::Owned(id.to_string()),
            Self::Path(path) => Cow::Borrowed(path),
        }
    }
}

/// Returns the id or full path of a group, as the API takes it, or the address of its page.
pub fn parse_group(text: &str) -> Result<String, String> {
    let path = text.trim_matches([' ', '/']);
    // Which instance it has to be on is not known here.
    if looks_like_link(path) {
        return Ok(path.to_owned());
    }
    if path.split('/').all(is_segment) {
        Ok(path.to_owned())
    } else {
        Err("a group is its id or its full path, as in acme/tools".to_owned())
    }
}

/// Whether this can be the name of a group or project in a path.
fn is_segment(segment: &str) -> bool {
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || "?#%:@\\".contains(c);
    !matches!(segment, "" | "." | "..") && !segment.contains(is_odd)
}

impl fmt::Display for ProjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.segment())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_paths_are_told_apart() {
        assert_eq!(ProjectRef::parse("42"), Ok(ProjectRef::Id(42)));
        assert_eq!(ProjectRef::parse("a/b/c"), Ok(ProjectRef::Path("a/b/c".into())));
        for bad in ["", "justone", "a//b", "a/../b", "a b/c", "a/b?x"] {
            assert!(ProjectRef::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_group_is_an_id_or_a_path_without_control_characters() {
        assert_eq!(parse_group("/acme/tools/").as_deref(), Ok("acme/tools"));
        assert_eq!(parse_group("42").as_deref(), Ok("42"));
        for bad in ["", "/", "a//b", "a/../b", "..", "a\tb", "a\u{1b}b", "a b", "a?b", "\ta", "a\n"]
        {
            assert!(parse_group(bad).is_err(), "{bad:?}");
        }
    }
}

//! The name of a kept conversation, which is also the name of its file.

use std::fmt;

/// The most characters of a name.
const LONGEST: usize = 100;

/// Letters, digits, `.`, `_` and `-` of ASCII, a letter or digit first: what every file system
/// takes, and what no path can be made of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionName(String);

/// A text that is no such name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} cannot name a conversation")]
pub struct BadSessionName {
    /// What was given.
    pub text: String,
}

impl SessionName {
    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self, BadSessionName> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let begins_well = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        if begins_well && text.len() <= LONGEST && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadSessionName { text: text.to_owned() })
        }
    }

    /// A name made of an ISO 8601 time, for who gave none: `20261123-120000`, the second of the
    /// same moment `20261123-120000-2`.
    pub(super) fn automatic(time: &str, count: u32) -> Self {
        let time: String = time.chars().filter(|c| c.is_ascii_digit() || *c == 'T').collect();
        let time = time.replace('T', "-");
        Self(if count == 1 { time } else { format!("{time}-{count}") })
    }

    /// Whether it has the shape of a name that we give.
    pub fn is_automatic(&self) -> bool {
        let parts: Vec<&str> = self.0.split('-').collect();
        let digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
        matches!(parts.len(), 2 | 3)
            && parts.iter().all(digits)
            && parts[0].len() == 8
            && parts[1].len() == 6
    }
}

impl fmt::Display for SessionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_safe_as_a_file_name() {
        for good in ["review", "a.b_c-1", "42", &"x".repeat(100)] {
            assert!(SessionName::parse(good).is_ok(), "{good}");
        }
        let long = "x".repeat(101);
        for bad in
            ["", ".", "..", ".hidden", "-x", "a/b", "a\\b", "a b", "a\0", "größe", "a\n", &long]
        {
            assert!(SessionName::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn our_own_names_are_recognised() {
        let first = SessionName::automatic("2026-11-23T12:00:00Z", 1);
        assert_eq!(first.to_string(), "20261123-120000");
        assert!(
            first.is_automatic()
                && SessionName::automatic("2026-11-23T12:00:00Z", 12).is_automatic()
        );
        for own in ["review", "20261123", "2026-11-23", "20261123-120000-x", "20261123-120000-1-1"]
        {
            assert!(!SessionName::parse(own).expect("a name").is_automatic(), "{own}");
        }
    }
}

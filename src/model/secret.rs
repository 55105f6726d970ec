//! Text that must never be printed, serialised or compared by accident.

use std::fmt;

/// A token or another secret; only [`Secret::expose`] shows it, and every use of that is a
/// place to look at in a review.
#[derive(Clone)]
pub struct Secret(String);

/// Why a text cannot be a token. The text itself is never part of the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// Nothing but white space.
    #[error("it is empty")]
    Empty,
    /// More than any token has.
    #[error("it is longer than {} bytes", Secret::LONGEST_TOKEN)]
    TooLong,
    /// A line break, NUL, space or other character that no token has; sent in a header it
    /// could become a second header.
    #[error("it has a line break, a space or another character inside that no token has")]
    ForbiddenCharacter,
}

impl Secret {
    /// Takes a text as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The most bytes of a token. GitLab's own have tens of bytes, signed ones a few thousand.
    pub const LONGEST_TOKEN: usize = 64 << 10;

    /// Takes a token as people supply it: white space around it is dropped. Fails if anything
    /// but visible ASCII is inside it, or if it is too long.
    pub fn from_token_text(text: &str) -> Result<Self, BadToken> {
        let token = text.trim();
        if token.len() > Self::LONGEST_TOKEN {
            return Err(BadToken::TooLong);
        }
        if token.is_empty() {
            return Err(BadToken::Empty);
        }
        if token.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(token.to_owned()))
        } else {
            Err(BadToken::ForbiddenCharacter)
        }
    }

    /// The text itself, for the one header or file it is meant for.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_does_not_show_it() {
        assert_eq!(format!("{:?}", Secret::new("glpat-abc")), "Secret([redacted])");
    }

    #[test]
    fn white_space_around_is_dropped_and_inside_is_refused() {
        let token = Secret::from_token_text(" glpat-abc\n").expect("a token");
        assert_eq!(token.expose(), "glpat-abc");
        for bad in ["a\r\nb", "a\nb", "a\0b", "a b", "a\u{e9}b"] {
            assert_eq!(Secret::from_token_text(bad).err(), Some(BadToken::ForbiddenCharacter));
        }
        assert_eq!(Secret::from_token_text(" \n").err(), Some(BadToken::Empty));
        let longest = "x".repeat(Secret::LONGEST_TOKEN);
        assert!(Secret::from_token_text(&longest).is_ok());
        assert_eq!(Secret::from_token_text(&(longest + "x")).err(), Some(BadToken::TooLong));
    }
}

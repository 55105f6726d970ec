//! Where a value came from, kept beside every value.

use std::fmt;
use std::path::PathBuf;

/// A settled value and its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    /// What holds.
    pub value: T,
    /// Why it holds.
    pub source: Source,
}

impl<T> Setting<T> {
    /// Puts the two together.
    pub fn new(value: T, source: Source) -> Self {
        Self { value, source }
    }

    /// The same origin for what follows from the value.
    pub fn map<U>(self, follow: impl FnOnce(T) -> U) -> Setting<U> {
        Setting::new(follow(self.value), self.source)
    }
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A flag, with its dashes.
    Flag(&'static str),
    /// The address of a page among the command's arguments.
    Argument,
    /// An environment variable.
    Env(&'static str),
    /// A configuration file.
    File(FileLevel, PathBuf),
    /// A git remote, by name.
    GitRemote(String),
    /// The last connected instance.
    Connection,
    /// Nothing else was said.
    Default,
}

/// Whose configuration file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileLevel {
    /// For everyone on this machine.
    Administrator,
    /// The user's own.
    User,
    /// `.glduo.json` in the working tree: written by whoever wrote the repository.
    Project,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Env(name) => f.write_str(name),
            Self::Argument => f.write_str("the URL argument"),
            Self::File(_, path) => path.display().fmt(f),
            Self::GitRemote(name) => write!(f, "git remote {name}"),
            Self::Connection => f.write_str("the last connection"),
            Self::Default => f.write_str("default"),
        }
    }
}

impl fmt::Display for FileLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Administrator => "administrator",
            Self::User => "user",
            Self::Project => "project",
        })
    }
}

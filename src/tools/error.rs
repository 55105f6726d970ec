//! Why a tool did not do what was requested.

use std::io;

/// Why a tool failed or refused. The text goes to the workflow service.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// The path leads out of the working directory, by itself or through a link.
    #[error("{path}: outside the working directory")]
    Outside { path: String },
    #[error("{path}: tools never write {what}")]
    Protected { path: String, what: Protected },
    /// Not read unless the user attaches it.
    #[error("{path}: not read, because it is {what}; the user can attach it with -f")]
    Withheld { path: String, what: Withheld },
    #[error("{path}: no such file or directory")]
    NotFound { path: String },
    /// A directory, a device, a socket or a pipe instead of a file.
    #[error("{path}: not a regular file")]
    NotAFile { path: String },
    #[error("{path}: not a directory")]
    NotADirectory { path: String },
    /// The file's own permissions forbid writing.
    #[error("{path}: the file is read-only")]
    ReadOnly { path: String },
    #[error("{path}: not a text file")]
    Binary { path: String },
    #[error("{path}: larger than {limit} bytes")]
    TooLarge { path: String, limit: u64 },
    #[error("{path}: not edited: {why}")]
    Edit { path: String, why: EditFault },
    #[error("the pattern is not valid: {reason}")]
    Pattern {
        /// In the words of the pattern's library.
        reason: String,
    },
    #[error("git {command}: not one of the reading commands: {known}")]
    GitCommand { command: String, known: String },
    /// An argument that could write, run or reach outside.
    #[error("git {command}: the argument {argument:?} is not allowed: {why}")]
    GitArgument { command: String, argument: String, why: &'static str },
    #[error("not in a git repository")]
    NoRepository,
    /// The repository's configuration, read as data, does not tell how the repository is stored.
    #[error("the repository's git configuration cannot be read: {said}")]
    GitConfiguration {
        /// Git's own words.
        said: String,
    },
    /// Only absolute directories on PATH are searched.
    #[error("{program}: no such program on PATH")]
    NoProgram { program: String },
    /// Not an address of the instance's own API.
    #[error("{path}: not an address of this GitLab instance's API")]
    ForeignAddress { path: String },
    #[error("canceled by the user")]
    Cancelled,
    /// The holder of the connection answers this call.
    #[error("{tool}: not run by the local tools")]
    NotHere { tool: &'static str },
    #[error("{path}: {source}")]
    Io { path: String, source: io::Error },
}

/// What no tool writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Protected {
    /// `.git` in any spelling, and directories that git would take for a repository.
    #[error("git's own files")]
    Git,
    /// glduo's configuration, credentials, conversations and caches.
    #[error("glduo's own files")]
    Ours,
}

/// What no tool reads unless the person names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// `.env` and its kin.
    #[error("a dot-env file")]
    DotEnv,
    /// Keys, tokens and passwords, by the names that such files have.
    #[error("a file for keys or passwords")]
    Key,
    /// Ignored by git.
    #[error("ignored by git")]
    Ignored,
    /// `.git` and what is in it, where CI jobs keep their token.
    #[error("one of git's own files")]
    Git,
    /// glduo's configuration, credentials, conversations and caches.
    #[error("one of glduo's own files")]
    Ours,
}

/// Why an edit was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EditFault {
    /// Nothing to look for.
    #[error("the old text is empty")]
    Empty,
    /// Old and new are the same.
    #[error("the old and the new text are the same")]
    Same,
    /// Not there.
    #[error("the old text was found 0 times")]
    Absent,
    /// There but for its line ends.
    #[error("the old text was found 0 times; the file's lines end in CR LF")]
    LineEnds,
    /// There but for spaces and tabs.
    #[error("the old text was found 0 times; it is there with other white space")]
    WhiteSpace,
    /// There more than once.
    #[error(
        "the old text was found {times} times, and must be there once; give more of its surroundings"
    )]
    Ambiguous {
        /// How often, overlaps counted.
        times: usize,
    },
}

impl ToolError {
    /// Whether no permission could have changed the result.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Outside { .. }
                | Self::Protected { .. }
                | Self::Withheld { .. }
                | Self::GitCommand { .. }
                | Self::GitArgument { .. }
                | Self::ForeignAddress { .. }
        )
    }

    pub(super) fn io(path: &str, source: io::Error) -> Self {
        let path = path.to_owned();
        if let Some(what) = source.get_ref().and_then(|why| why.downcast_ref::<Withheld>()) {
            return Self::Withheld { path, what: *what };
        }
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound { path },
            io::ErrorKind::NotADirectory => Self::NotADirectory { path },
            io::ErrorKind::IsADirectory => Self::NotAFile { path },
            _ => Self::Io { path, source },
        }
    }
}

//! What can keep a tool from doing what it was asked.

use std::io;

/// Why a tool did not do it. Its words go to the workflow service.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// The path leads out of the working directory, by itself or through a link.
    #[error("{path}: outside the working directory")]
    Outside {
        /// As it was asked for.
        path: String,
    },
    /// Written by nobody but the person.
    #[error("{path}: tools never write {what}")]
    Protected {
        /// As it was asked for.
        path: String,
        /// What it is.
        what: Protected,
    },
    /// Not read unless the person names it.
    #[error("{path}: not read, because it is {what}; the user can allow it by name")]
    Withheld {
        /// As it was asked for.
        path: String,
        /// What it is.
        what: Withheld,
    },
    /// There is nothing there.
    #[error("{path}: no such file or directory")]
    NotFound {
        /// As it was asked for.
        path: String,
    },
    /// A directory, a device, a socket or a pipe where a file is due.
    #[error("{path}: not a regular file")]
    NotAFile {
        /// As it was asked for.
        path: String,
    },
    /// Something else where a directory is due.
    #[error("{path}: not a directory")]
    NotADirectory {
        /// As it was asked for.
        path: String,
    },
    /// The file's own permissions forbid writing.
    #[error("{path}: the file is read-only")]
    ReadOnly {
        /// As it was asked for.
        path: String,
    },
    /// The file is not text.
    #[error("{path}: not a text file")]
    Binary {
        /// As it was asked for.
        path: String,
    },
    /// Larger than the tool takes.
    #[error("{path}: larger than {limit} bytes")]
    TooLarge {
        /// As it was asked for.
        path: String,
        /// In bytes.
        limit: u64,
    },
    /// An edit that would change nothing or anything.
    #[error("{path}: not edited: {why}")]
    Edit {
        /// As it was asked for.
        path: String,
        /// What is wrong with it.
        why: EditFault,
    },
    /// A pattern that is none.
    #[error("the pattern is not valid: {reason}")]
    Pattern {
        /// In the words of the pattern's library.
        reason: String,
    },
    /// A git command that is not among the reading ones.
    #[error("git {command}: not one of the reading commands: {known}")]
    GitCommand {
        /// As it was asked for.
        command: String,
        /// Those that are.
        known: String,
    },
    /// An argument that could write, run or reach outside.
    #[error("git {command}: the argument {argument:?} is not allowed: {why}")]
    GitArgument {
        /// The command.
        command: String,
        /// As it was asked for.
        argument: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The working directory is in no git repository.
    #[error("not in a git repository")]
    NoRepository,
    /// The repository's configuration cannot be read, or cannot be made harmless.
    #[error("the repository's git configuration cannot be used safely: {said}")]
    GitConfiguration {
        /// What git said, or the setting.
        said: String,
    },
    /// No absolute directory on PATH has the program.
    #[error("{program}: no such program on PATH")]
    NoProgram {
        /// As it was asked for.
        program: String,
    },
    /// Not an address of the instance's own API.
    #[error("{path}: not an address of this GitLab instance's API")]
    ForeignAddress {
        /// As it was asked for.
        path: String,
    },
    /// The run was stopped by the person.
    #[error("cancelled by the user")]
    Cancelled,
    /// This call is answered elsewhere.
    #[error("{tool}: not answered by the tools of this machine")]
    NotHere {
        /// The tool's name.
        tool: &'static str,
    },
    /// The system said no.
    #[error("{path}: {source}")]
    Io {
        /// As it was asked for.
        path: String,
        /// What it said.
        source: io::Error,
    },
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
    /// Whether this is something that no tool does here, whoever asks.
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

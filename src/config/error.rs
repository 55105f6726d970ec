//! Everything that can be wrong with flags, variables and configuration files.

use std::io;
use std::path::PathBuf;

use super::source::Source;
use crate::model::address::BadAddress;
use crate::model::project::BadProject;
use crate::model::secret::BadToken;
use crate::model::web_link::BadLink;

/// Why no settings could be made. No variant holds a secret or user info of an address.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that was named by a flag or a variable does not exist.
    #[error("{} does not exist ({named_by})", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// Who named it.
        named_by: Source,
    },
    /// A file exists but cannot be read.
    #[error("{} cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// A file that cannot be written, or not where the key would stand.
    #[error("{} cannot be written: {reason}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// A folder, or in a working tree anything but a regular file.
    #[error("{} is not a file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// Larger than any configuration is.
    #[error("{} is larger than {limit} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// In bytes.
        limit: u64,
    },
    /// A file that is not UTF-8.
    #[error("{} is not UTF-8 text", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
    },
    /// A file that is not JSON with comments.
    #[error("{}:{line}:{column}: {what}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// In characters, counted from 1.
        column: usize,
        /// What is wrong there.
        what: String,
    },
    /// A known key with a value of another kind.
    #[error("{}:{line}:{column}: {key} must be {expected}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// In characters, counted from 1.
        column: usize,
        /// The key with its sections, `gitlab.model`.
        key: String,
        /// What it takes, with an article.
        expected: &'static str,
    },
    /// A variable that does not say what it should.
    #[error("{name} must be {expected}")]
    Variable {
        /// The variable.
        name: &'static str,
        /// What it takes, with an article.
        expected: &'static str,
    },
    /// The address of an instance or a gateway that is none.
    #[error("{shown:?} is not a usable address ({from}): {reason}")]
    Address {
        /// The text without user info.
        shown: String,
        /// Where it stands.
        from: Source,
        /// What is wrong with it.
        reason: BadAddress,
    },
    /// Plain http to another machine, which nobody allowed.
    #[error("{address} is plain http ({from}): tokens and answers could be read on the way")]
    PlainHttp {
        /// The address.
        address: String,
        /// Where it stands.
        from: Source,
    },
    /// A token or application secret that cannot be one.
    #[error("the token in {from} cannot be used: {reason}")]
    Token {
        /// Where it stands.
        from: Source,
        /// What is wrong with it.
        reason: BadToken,
    },
    /// A text that names no project.
    #[error("{reason} ({from})")]
    Project {
        /// Where it stands.
        from: Source,
        /// What is wrong with it.
        reason: BadProject,
    },
    /// A project's address that is not on the instance, or names no project.
    #[error("{reason} ({from})")]
    Link {
        /// Where it stands.
        from: Source,
        /// What is wrong with it.
        reason: BadLink,
    },
    /// Nothing names a project: no `-R`, no URL, no `GITLAB_REPO`, no `projectId`, no
    /// `CI_PROJECT_ID` and no git remote on the instance.
    #[error("no project is known on {instance}{}", listed(remotes))]
    NoProject {
        /// The instance whose project was looked for.
        instance: String,
        /// The git remotes, and why each does not match.
        remotes: Vec<String>,
    },
}

fn listed(remotes: &[String]) -> String {
    if remotes.is_empty() {
        String::new()
    } else {
        format!("; git remotes: {}", remotes.join(", "))
    }
}

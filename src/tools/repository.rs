//! Where the git repository around the working directory keeps its things, found without
//! running git and without believing its configuration.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A `.git` pointer file is one line.
const POINTER_BYTES: u64 = 8 << 10;
/// A file of ignore patterns, in bytes.
pub(super) const IGNORE_FILE_BYTES: u64 = 1 << 20;

/// A repository with a work tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Repository {
    /// The directory that `.git` is in.
    pub(super) top: PathBuf,
    /// `.git`, or what the pointer file of that name leads to.
    pub(super) git: PathBuf,
    /// What the work trees of one repository share; often the same.
    pub(super) common: PathBuf,
}

impl Repository {
    /// The one that this absolute directory is in.
    pub(super) fn around(directory: &Path) -> Option<Self> {
        let top = directory.ancestors().find(|above| above.join(".git").exists())?;
        let git = top.join(".git");
        let git = if git.is_dir() { git } else { pointed_to(&git, "gitdir:")? };
        let common = pointed_to(&git.join("commondir"), "").unwrap_or_else(|| git.clone());
        Some(Self { top: top.to_owned(), git, common })
    }
}

/// What follows `key` in a file of one line, relative to where the file is.
fn pointed_to(file: &Path, key: &str) -> Option<PathBuf> {
    let text = read_small(file, POINTER_BYTES)?;
    let target = text.strip_prefix(key)?.trim();
    (!target.is_empty()).then(|| file.parent().map(|parent| parent.join(target)))?
}

/// A regular file's text; `None` where it cannot be read or is longer.
pub(super) fn read_small(path: &Path, limit: u64) -> Option<String> {
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(limit + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= limit).then(|| String::from_utf8_lossy(&bytes).into_owned())
}

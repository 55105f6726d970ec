//! Where git keeps its files around and below the working directory, found without running git and
//! without its configuration.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use cap_fs_ext::DirExt as _;
use cap_std::fs::Dir;

/// Entries looked at in a search for `.git`.
const ENTRIES: usize = 500_000;
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
    /// What the work trees of one repository share; often the same as `git`.
    pub(super) common: PathBuf,
}

impl Repository {
    /// Finds the repository that this absolute directory is in.
    pub(super) fn around(directory: &Path) -> Option<Self> {
        let top = directory.ancestors().find(|above| above.join(".git").exists())?;
        let git = top.join(".git");
        let git = if git.is_dir() { git } else { pointed_to(&git, "gitdir:")? };
        let common = pointed_to(&git.join("commondir"), "").unwrap_or_else(|| git.clone());
        Some(Self { top: top.to_owned(), git, common })
    }
}

/// The directories that `.git` at this path stands for besides itself, whether they exist or not:
/// what a link or a pointer file of that name leads to, and the shared part of the repository.
pub(super) fn directories_of(dot_git: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut git = dot_git.to_owned();
    if let (Ok(target), Some(parent)) = (dot_git.read_link(), dot_git.parent()) {
        git = parent.join(target);
        found.push(git.clone());
    }
    if let Some(target) = pointed_to(&git, "gitdir:") {
        git = target;
        found.push(git.clone());
    }
    found.extend(pointed_to(&git.join("commondir"), ""));
    found
}

/// The paths of everything called `.git` below a directory, whatever git ignores; bounded by
/// the number of entries looked at. No link is followed.
pub(super) fn dot_gits_below(root: &Dir) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left = ENTRIES;
    let mut waiting = vec![(root.try_clone(), PathBuf::new())];
    while let Some((directory, path)) = waiting.pop() {
        let entries = directory.and_then(|directory| Ok((directory.entries()?, directory)));
        let Ok((entries, directory)) = entries else { continue };
        for entry in entries.flatten() {
            let Some(rest) = left.checked_sub(1) else { return found };
            left = rest;
            let name = entry.file_name();
            if name.eq_ignore_ascii_case(".git") {
                found.push(path.join(name));
            } else if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                waiting.push((directory.open_dir_nofollow(&name), path.join(name)));
            }
        }
    }
    found
}

/// What follows `key` in a file of one line, relative to where the file is.
fn pointed_to(file: &Path, key: &str) -> Option<PathBuf> {
    let text = read_small(file, POINTER_BYTES)?;
    let target = text.strip_prefix(key)?.trim();
    (!target.is_empty()).then(|| file.parent().map(|parent| parent.join(target)))?
}

/// Reads a regular file; `None` if it cannot be read or is longer.
pub(super) fn read_small(path: &Path, limit: u64) -> Option<String> {
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(limit + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= limit).then(|| String::from_utf8_lossy(&bytes).into_owned())
}

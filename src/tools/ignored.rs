//! Which names git ignores, from the ignore files along the way; the library compares names and
//! opens nothing, so that no path leaves the directory handles.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::system::environment::Environment;

use super::repository::{IGNORE_FILE_BYTES, Repository, read_small};

/// The patterns of one ignore file, as they were when the run first came by and as they are. Only
/// both together decide: what the run writes into an ignore file may hide more, and never less.
#[derive(Debug, Clone, Default)]
pub(super) struct IgnoreFile {
    first: Option<Arc<Gitignore>>,
    latest: Option<Arc<Gitignore>>,
}

impl IgnoreFile {
    /// Reads the text of an ignore file in `directory`.
    pub(super) fn parse(directory: &Path, text: &str) -> Self {
        let mut builder = GitignoreBuilder::new(directory);
        for line in text.lines() {
            // Git passes over a pattern that is none.
            let _ = builder.add_line(None, line);
        }
        let patterns = builder.build().ok().filter(|patterns| !patterns.is_empty()).map(Arc::new);
        Self { first: patterns.clone(), latest: patterns }
    }

    /// The same file at a later time.
    pub(super) fn now(&self, latest: Self) -> Self {
        Self { first: self.first.clone(), latest: latest.latest }
    }
}

/// The patterns that hold in one directory, the weakest first. Paths are absolute ones below
/// the true path of the working directory, as text only.
#[derive(Debug, Clone, Default)]
pub(super) struct Ignored {
    files: Vec<IgnoreFile>,
}

impl Ignored {
    /// What holds above the working directory: the person's own patterns, the repository's
    /// `info/exclude`, and the ignore files from its top down.
    pub(super) fn above(
        directory: &Path,
        repository: Option<&Repository>,
        env: &Environment,
    ) -> Self {
        let mut ignored = Self::default();
        let top = repository.map_or(directory, |repository| &repository.top);
        let personal = env.config_directory().map(|ours| ours.with_file_name("git").join("ignore"));
        let exclude = repository.map(|repository| repository.common.join("info/exclude"));
        for file in [personal, exclude].into_iter().flatten() {
            if let Some(text) = read_small(&file, IGNORE_FILE_BYTES) {
                ignored.add(IgnoreFile::parse(top, &text));
            }
        }
        let mut between: Vec<PathBuf> = directory
            .ancestors()
            .skip(1)
            .take_while(|above| above.starts_with(top))
            .map(Path::to_path_buf)
            .collect();
        between.reverse();
        for above in between {
            if let Some(text) = read_small(&above.join(".gitignore"), IGNORE_FILE_BYTES) {
                ignored.add(IgnoreFile::parse(&above, &text));
            }
        }
        ignored
    }

    /// Adds one more ignore file, which is nearer than all others.
    pub(super) fn add(&mut self, file: IgnoreFile) {
        if file.first.is_some() || file.latest.is_some() {
            self.files.push(file);
        }
    }

    /// Whether git ignores this entry, or did at first; its parents are not asked.
    pub(super) fn holds(&self, path: &Path, is_directory: bool) -> bool {
        let nearest = |patterns: fn(&IgnoreFile) -> Option<&Arc<Gitignore>>| {
            let files = self.files.iter().rev().filter_map(patterns);
            let above = files.filter(|patterns| path.starts_with(patterns.path()));
            let mut said = above.map(|patterns| patterns.matched(path, is_directory));
            said.find(|said| !said.is_none()).is_some_and(|said| said.is_ignore())
        };
        nearest(|file| file.first.as_ref()) || nearest(|file| file.latest.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_file_that_says_something_decides() {
        let mut ignored = Ignored::default();
        let parse = |directory, text| IgnoreFile::parse(Path::new(directory), text);
        ignored.add(parse("/w", "*.log\nbuild/\n/only-here\n# none\n"));
        ignored.add(parse("/w/a", "!keep.log\n"));
        let holds = |path: &str, is_directory| ignored.holds(Path::new(path), is_directory);
        assert!(holds("/w/x.log", false) && holds("/w/a/x.log", false));
        assert!(!holds("/w/a/keep.log", false) && holds("/w/keep.log", false));
        assert!(holds("/w/a/build", true) && !holds("/w/a/build", false));
        assert!(holds("/w/only-here", false) && !holds("/w/a/only-here", false));
    }

    #[test]
    fn an_ignore_file_that_changes_hides_more_and_never_less() {
        let parse = |text: &str| IgnoreFile::parse(Path::new("/w"), text);
        let holds = |first: &str, latest: &str, path: &str| {
            let mut ignored = Ignored::default();
            ignored.add(parse(first).now(parse(latest)));
            ignored.holds(Path::new(path), false)
        };
        assert!(holds("*.log", "", "/w/x.log") && holds("*.log", "!x.log", "/w/x.log"));
        assert!(holds("", "*.log", "/w/x.log") && !holds("", "*.log", "/w/x.txt"));
    }
}

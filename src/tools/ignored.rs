//! Which names git ignores, from the ignore files along the way; the library compares names and
//! opens nothing, so that no path leaves the directory handles.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::system::environment::Environment;

use super::repository::{IGNORE_FILE_BYTES, Repository, read_small};

/// The patterns that hold in one directory, the weakest first. Paths are absolute ones below
/// the true path of the working directory, as text only.
#[derive(Debug, Clone, Default)]
pub(super) struct Ignored {
    chain: Vec<Arc<Gitignore>>,
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
                ignored.add(top, &text);
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
                ignored.add(&above, &text);
            }
        }
        ignored
    }

    /// With the patterns of one more ignore file, which stands in `directory`.
    pub(super) fn add(&mut self, directory: &Path, text: &str) {
        let mut builder = GitignoreBuilder::new(directory);
        for line in text.lines() {
            // Git passes over a pattern that is none.
            let _ = builder.add_line(None, line);
        }
        if let Ok(patterns) = builder.build()
            && !patterns.is_empty()
        {
            self.chain.push(Arc::new(patterns));
        }
    }

    /// Whether git ignores this entry, its parents not asked: the nearest file that says
    /// something decides.
    pub(super) fn holds(&self, path: &Path, is_directory: bool) -> bool {
        let above = self.chain.iter().rev().filter(|patterns| path.starts_with(patterns.path()));
        let said = above.map(|patterns| patterns.matched(path, is_directory));
        said.into_iter().find(|said| !said.is_none()).is_some_and(|said| said.is_ignore())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_file_that_says_something_decides() {
        let mut ignored = Ignored::default();
        ignored.add(Path::new("/w"), "*.log\nbuild/\n/only-here\n# none\n");
        ignored.add(Path::new("/w/a"), "!keep.log\n");
        let holds = |path: &str, is_directory| ignored.holds(Path::new(path), is_directory);
        assert!(holds("/w/x.log", false) && holds("/w/a/x.log", false));
        assert!(!holds("/w/a/keep.log", false) && holds("/w/keep.log", false));
        assert!(holds("/w/a/build", true) && !holds("/w/a/build", false));
        assert!(holds("/w/only-here", false) && !holds("/w/a/only-here", false));
    }
}

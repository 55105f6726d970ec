//! The files that git's configuration comes from, in the order in which git reads them, with
//! what they include (git documentation, "git-config": FILES, Includes).

use std::path::{Path, PathBuf};

use globset::{GlobBuilder, escape};

use super::git_config::{self, Entry};
use super::read::git_text;
use crate::system::environment::Environment;

/// How deep files include files; git's own limit.
const DEEPEST: usize = 10;

/// The most values that are taken from `GIT_CONFIG_COUNT`.
const MOST_VALUES: usize = 1000;

/// What of git's configuration does not come from the repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Surroundings {
    home: Option<PathBuf>,
    /// Of the machine and the user.
    files: Vec<PathBuf>,
    /// `GIT_CONFIG_KEY_0` and so on, which come after every file.
    values: Vec<Entry>,
}

impl Surroundings {
    pub(super) fn new(env: &Environment) -> Self {
        let path = |name: &str| env.get_os(name).map(PathBuf::from);
        let home = path("HOME");
        let mut files = Vec::new();
        if !env.is_on("GIT_CONFIG_NOSYSTEM") {
            files.push(path("GIT_CONFIG_SYSTEM").unwrap_or_else(|| "/etc/gitconfig".into()));
        }
        if let Some(file) = path("GIT_CONFIG_GLOBAL") {
            files.push(file);
        } else {
            let xdg = path("XDG_CONFIG_HOME");
            let xdg = xdg.or_else(|| Some(home.as_ref()?.join(".config")));
            files.extend(xdg.map(|directory| directory.join("git/config")));
            files.extend(home.as_ref().map(|home| home.join(".gitconfig")));
        }
        let count = env.get("GIT_CONFIG_COUNT").and_then(|count| count.parse().ok()).unwrap_or(0);
        let value = |at: usize| {
            let key = env.get(&format!("GIT_CONFIG_KEY_{at}"))?;
            let value = env.get(&format!("GIT_CONFIG_VALUE_{at}")).unwrap_or_default();
            let (section, rest) = key.split_once('.')?;
            let (subsection, key) = rest.rsplit_once('.').unwrap_or(("", rest));
            Some(Entry {
                section: section.to_ascii_lowercase(),
                subsection: subsection.to_owned(),
                key: key.to_ascii_lowercase(),
                value: value.to_owned(),
            })
        };
        let values = (0..count.min(MOST_VALUES)).filter_map(value).collect();
        Self { home, files, values }
    }

    /// Everything that holds for a repository: `directory` is that of HEAD, `common` what its
    /// worktrees share, `branch` the branch that is checked out.
    pub(super) fn entries(
        &self,
        directory: &Path,
        common: &Path,
        branch: Option<&str>,
    ) -> Vec<Entry> {
        let reader = Reader { surroundings: self, directory, branch };
        let mut entries = Vec::new();
        for file in &self.files {
            reader.file(file, 0, &mut entries);
        }
        reader.file(&common.join("config"), 0, &mut entries);
        let is_on = |entry: &Entry| {
            entry.section == "extensions"
                && entry.key == "worktreeconfig"
                && matches!(&*entry.value.to_ascii_lowercase(), "true" | "yes" | "on" | "1")
        };
        if entries.iter().any(is_on) {
            reader.file(&directory.join("config.worktree"), 0, &mut entries);
        }
        entries.extend(self.values.iter().cloned());
        entries
    }
}

struct Reader<'r> {
    surroundings: &'r Surroundings,
    directory: &'r Path,
    branch: Option<&'r str>,
}

impl Reader<'_> {
    /// The entries of a file, those of an included file in the place of the entry that names it.
    fn file(&self, path: &Path, depth: usize, entries: &mut Vec<Entry>) {
        let Some(text) = git_text(path) else { return };
        let folder = path.parent().unwrap_or(Path::new(""));
        for entry in git_config::entries(&text) {
            let is_included = entry.key == "path"
                && match entry.section.as_str() {
                    "include" => true,
                    "includeif" => self.holds(&entry.subsection, folder),
                    _ => false,
                };
            if is_included && depth < DEEPEST {
                self.file(&self.expanded(&entry.value, folder), depth + 1, entries);
            }
            entries.push(entry);
        }
    }

    /// A path in a configuration file, relative to its folder.
    fn expanded(&self, path: &str, folder: &Path) -> PathBuf {
        match (path.strip_prefix("~/"), &self.surroundings.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => folder.join(path),
        }
    }

    /// Whether the condition of an `includeIf` holds; one that is not known here does not.
    fn holds(&self, condition: &str, folder: &Path) -> bool {
        let Some((kind, pattern)) = condition.split_once(':') else { return false };
        match kind {
            "gitdir" | "gitdir/i" => {
                let pattern = self.directory_pattern(pattern, folder);
                let real = std::fs::canonicalize(self.directory);
                let places = [Some(self.directory.to_owned()), real.ok()];
                places.iter().flatten().any(|place| fits(&pattern, place, kind == "gitdir/i"))
            }
            "onbranch" => {
                let pattern = with_everything_below(pattern.to_owned());
                self.branch.is_some_and(|branch| fits(&pattern, Path::new(branch), false))
            }
            _ => false,
        }
    }

    fn directory_pattern(&self, pattern: &str, folder: &Path) -> String {
        let escaped = |folder: &Path| escape(&folder.to_string_lossy());
        let pattern = match (pattern.strip_prefix("~/"), &self.surroundings.home) {
            (Some(rest), Some(home)) => format!("{}/{rest}", escaped(home)),
            _ => match pattern.strip_prefix("./") {
                Some(rest) => format!("{}/{rest}", escaped(folder)),
                None if pattern.starts_with('/') => pattern.to_owned(),
                None => format!("**/{pattern}"),
            },
        };
        with_everything_below(pattern)
    }
}

/// A slash at the end stands for everything below.
fn with_everything_below(pattern: String) -> String {
    if pattern.ends_with('/') { pattern + "**" } else { pattern }
}

fn fits(pattern: &str, path: &Path, any_case: bool) -> bool {
    let glob = GlobBuilder::new(pattern).literal_separator(true).case_insensitive(any_case).build();
    glob.is_ok_and(|glob| glob.compile_matcher().is_match(path))
}

//! What the git repository around the working directory says, read without running git, whose
//! configuration may name programs to run.

use std::fs;
use std::path::{Path, PathBuf};

use super::git_config::{self, Entry};
use super::read::git_text;

/// The repository that a folder belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The folder that holds `.git`.
    pub root: PathBuf,
    /// Where HEAD is: `.git`, or what the `.git` file of a worktree or submodule points to.
    directory: PathBuf,
}

/// A branch of the working tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its name here.
    pub name: String,
    /// The remote and the name there that it follows, where it follows one.
    pub upstream: Option<(String, String)>,
}

impl Repository {
    /// Looks in the folder and every one above it, as git does. A `.git` that is no repository
    /// (git documentation, "gitrepository-layout") is passed over.
    pub fn discover(folder: &Path) -> Option<Self> {
        folder.ancestors().find_map(|root| {
            let dot_git = root.join(".git");
            let kind = fs::metadata(&dot_git).ok()?;
            let directory = if kind.is_dir() { dot_git } else { pointed_to(root, &dot_git)? };
            // A symbolic link will do: HEAD once was one.
            fs::symlink_metadata(directory.join("HEAD")).ok()?;
            Some(Self { root: root.to_owned(), directory })
        })
    }

    /// Name and fetch address of every remote, `origin` first, then in the order of the file.
    pub fn remotes(&self) -> Vec<(String, String)> {
        let mut remotes: Vec<(String, String)> = Vec::new();
        for entry in self.config() {
            let is_address = entry.section == "remote" && entry.key == "url";
            let is_known = remotes.iter().any(|(name, _)| *name == entry.subsection);
            if is_address && !is_known && !entry.value.is_empty() {
                remotes.push((entry.subsection, entry.value));
            }
        }
        remotes.sort_by_key(|(name, _)| name != "origin");
        remotes
    }

    /// The branch that is checked out; `None` where HEAD is detached.
    pub fn current_branch(&self) -> Option<Branch> {
        let head = git_text(&self.directory.join("HEAD"))?;
        let name = branch_name(head.strip_prefix("ref:")?.trim())?;
        // What stands there where the references are not kept in files.
        if name == ".invalid" {
            return None;
        }
        let config = self.config();
        let value = |key: &str| {
            let is_it = |entry: &&Entry| {
                entry.section == "branch" && entry.subsection == name && entry.key == key
            };
            config.iter().rfind(is_it).map(|entry| entry.value.clone())
        };
        // `.` is this very repository: the branch follows a local one.
        let remote = value("remote").filter(|remote| remote != ".");
        let merge = value("merge");
        let there = merge.as_deref().and_then(branch_name);
        let upstream = remote.zip(there.map(str::to_owned));
        Some(Branch { name: name.to_owned(), upstream })
    }

    /// The name that the branch has on its remote. A branch made from `origin/main` follows
    /// `main` there; once it was pushed under its own name, that is it.
    pub fn pushed_name(&self, branch: Branch) -> String {
        match branch.upstream {
            Some((remote, there)) if there != branch.name => {
                let tracking = format!("refs/remotes/{remote}/{}", branch.name);
                if self.has_reference(&tracking) { branch.name } else { there }
            }
            _ => branch.name,
        }
    }

    fn has_reference(&self, name: &str) -> bool {
        let common = self.common_directory();
        let is_packed = || {
            let packed = git_text(&common.join("packed-refs"))?;
            let is_it = |line: &str| line.split_once(' ').is_some_and(|(_, other)| other == name);
            Some(packed.lines().any(is_it))
        };
        common.join(name).is_file() || is_packed().unwrap_or(false)
    }

    /// The commit that is checked out; `None` before the first one.
    pub fn head_commit(&self) -> Option<String> {
        let head = git_text(&self.directory.join("HEAD"))?;
        let Some(reference) = head.trim().strip_prefix("ref:").map(str::trim) else {
            return Some(head.trim().to_owned()).filter(|commit| is_commit(commit));
        };
        let common = self.common_directory();
        let loose = branch_name(reference).and_then(|_| git_text(&common.join(reference)));
        let packed = || {
            let packed = git_text(&common.join("packed-refs"))?;
            let mut lines = packed.lines().filter_map(|line| line.split_once(' '));
            lines.find(|(_, name)| *name == reference).map(|(commit, _)| commit.to_owned())
        };
        let commit = loose.map(|text| text.trim().to_owned()).or_else(packed)?;
        Some(commit).filter(|commit| is_commit(commit))
    }

    fn config(&self) -> Vec<Entry> {
        let text = git_text(&self.common_directory().join("config"));
        text.map(|text| git_config::entries(&text)).unwrap_or_default()
    }

    /// Where the worktrees of one repository keep what they share.
    fn common_directory(&self) -> PathBuf {
        match git_text(&self.directory.join("commondir")) {
            Some(path) => self.directory.join(path.trim_end_matches(['\r', '\n'])),
            None => self.directory.clone(),
        }
    }
}

/// The directory that a `.git` file names, relative to the folder it lies in.
fn pointed_to(root: &Path, dot_git: &Path) -> Option<PathBuf> {
    let text = git_text(dot_git)?;
    let path = text.strip_prefix("gitdir:")?.trim_start_matches(' ');
    let path = path.trim_end_matches(['\r', '\n']);
    (!path.is_empty()).then(|| root.join(path))
}

fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn branch_name(reference: &str) -> Option<&str> {
    reference.strip_prefix("refs/heads/").filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Tree(tempfile::TempDir);

    impl Tree {
        fn of(files: &[(&str, &str)]) -> Self {
            let tree = Self(tempfile::tempdir().expect("a folder"));
            for (name, text) in files {
                tree.write(name, text);
            }
            tree
        }

        fn write(&self, name: &str, text: &str) {
            let path = self.0.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("created");
            fs::write(path, text).expect("written");
        }

        fn repository(&self, folder: &str) -> Option<Repository> {
            Repository::discover(&self.0.path().join(folder))
        }
    }

    const CONFIG: &str = "[remote \"fork\"]\n url = a\n[remote \"up\"]\n url = b\n\
        [remote \"origin\"]\n url = c\n url = d\n\
        [branch \"topic\"]\n remote = fork\n merge = refs/heads/me/topic\n";

    #[test]
    fn it_is_found_from_below_and_origin_comes_first() {
        let tree = Tree::of(&[
            (".git/HEAD", "ref: refs/heads/topic\n"),
            (".git/config", CONFIG),
            ("src/.git/description", "no repository, so git looks further up"),
        ]);
        let repository = tree.repository("src").expect("a repository");
        assert_eq!(repository.root, tree.0.path());
        let pairs = [("origin", "c"), ("fork", "a"), ("up", "b")];
        assert_eq!(repository.remotes(), pairs.map(|(a, b)| (a.to_owned(), b.to_owned())));
        let branch = repository.current_branch().expect("a branch");
        assert_eq!(branch.upstream, Some(("fork".into(), "me/topic".into())));
        assert_eq!(repository.pushed_name(branch), "me/topic");
    }

    #[test]
    fn a_worktree_has_its_own_head_and_the_common_configuration() {
        let tree = Tree::of(&[
            ("main/.git/HEAD", "ref: refs/heads/main\n"),
            ("main/.git/config", CONFIG),
            ("main/.git/worktrees/w/HEAD", "ref: refs/heads/other\n"),
            ("main/.git/worktrees/w/commondir", "../..\n"),
            ("w/.git", "gitdir: ../main/.git/worktrees/w\n"),
            ("w/src/file", ""),
        ]);
        let repository = tree.repository("w/src").expect("a repository");
        assert_eq!(repository.root, tree.0.path().join("w"));
        assert_eq!(repository.remotes().len(), 3);
        assert_eq!(repository.current_branch().map(|branch| branch.name), Some("other".into()));
    }

    #[test]
    fn a_submodule_is_a_repository_of_its_own() {
        let tree = Tree::of(&[
            (".git/HEAD", "ref: refs/heads/main\n"),
            (".git/config", CONFIG),
            (".git/modules/sub/HEAD", "0123456789012345678901234567890123456789\n"),
            (".git/modules/sub/config", "[remote \"origin\"]\nurl = s\n"),
        ]);
        let pointer = format!("gitdir: {}\n", tree.0.path().join(".git/modules/sub").display());
        tree.write("sub/.git", &pointer);
        let repository = tree.repository("sub").expect("a repository");
        assert_eq!(repository.remotes(), [("origin".to_owned(), "s".to_owned())]);
        assert_eq!(repository.current_branch(), None, "HEAD is detached");
    }

    #[test]
    fn a_branch_made_from_main_is_itself_once_it_was_pushed() {
        let config = "[branch \"topic\"]\nremote = origin\nmerge = refs/heads/main\n";
        let tree = Tree::of(&[(".git/HEAD", "ref: refs/heads/topic\n"), (".git/config", config)]);
        let repository = tree.repository("").expect("a repository");
        let name = || repository.current_branch().map(|branch| repository.pushed_name(branch));
        assert_eq!(name().as_deref(), Some("main"));
        tree.write(".git/packed-refs", "# pack-refs with: peeled\nabc refs/remotes/origin/topic\n");
        assert_eq!(name().as_deref(), Some("topic"));
    }

    #[test]
    fn following_a_local_branch_is_no_upstream() {
        let config = "[branch \"topic\"]\nremote = .\nmerge = refs/heads/main\n";
        let tree = Tree::of(&[(".git/HEAD", "ref: refs/heads/topic\n"), (".git/config", config)]);
        let branch = tree.repository("").and_then(|repository| repository.current_branch());
        assert_eq!(branch, Some(Branch { name: "topic".into(), upstream: None }));
    }

    #[test]
    fn what_cannot_be_read_is_no_repository() {
        let tree = Tree::of(&[
            ("a/.git", "gitdir: \n"),
            ("b/.git", "something else\n"),
            ("c/.git", "gitdir: ../nowhere\n"),
        ]);
        for folder in ["a", "b", "c"] {
            assert_eq!(tree.repository(folder), None, "{folder}");
        }
    }
}

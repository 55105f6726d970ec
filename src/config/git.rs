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
    /// Its name on the remote that it is pushed to.
    pub name: String,
    /// URL of the remote that `git push` pushes it to; `None` if there is no remote.
    pub push_url: Option<String>,
    /// URL of the remote and number of the merge request that it was fetched from
    /// (`branch.NAME.merge = refs/merge-requests/N/head`).
    pub merge_request: Option<(String, u64)>,
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

    /// The branch that is checked out; `None` if HEAD is detached.
    pub fn current_branch(&self) -> Option<Branch> {
        let head = git_text(&self.directory.join("HEAD"))?;
        let name = branch_name(head.strip_prefix("ref:")?.trim())?;
        // HEAD has this name if the references are not kept in files.
        (name != ".invalid").then(|| self.branch(name))
    }

    /// A branch by its local name; `None` if there is no such branch here.
    pub fn local_branch(&self, name: &str) -> Option<Branch> {
        let is_configured =
            self.config().iter().any(|entry| entry.section == "branch" && entry.subsection == name);
        let is_local = is_configured || self.reference(&format!("refs/heads/{name}")).is_some();
        is_local.then(|| self.branch(name))
    }

    /// Where `git push` pushes the branch (git documentation, "git-config":
    /// `branch.NAME.pushRemote`, `remote.pushDefault`, `branch.NAME.remote`, then the only remote,
    /// then `origin`).
    fn branch(&self, name: &str) -> Branch {
        let config = self.config();
        let own = |key| last(&config, "branch", name, key);
        // `.` is this very repository: the branch follows a local one.
        let upstream = own("remote").filter(|remote| *remote != ".");
        let explicit = own("pushremote").or_else(|| last(&config, "remote", "", "pushdefault"));
        let remotes = self.remotes();
        let only = match remotes.as_slice() {
            [(only, _)] => only.as_str(),
            _ => "origin",
        };
        let pushed_to = explicit.or(upstream).unwrap_or(only);
        let merge = own("merge").unwrap_or_default();
        let there = branch_name(merge).filter(|_| upstream == Some(pushed_to));
        Branch {
            name: self.name_on(pushed_to, name, there).to_owned(),
            push_url: push_url(&config, pushed_to),
            merge_request: merge_request_number(merge)
                .zip(upstream.and_then(|remote| fetch_url(&config, remote)))
                .map(|(number, url)| (url, number)),
        }
    }

    /// The name of a branch on the remote, if it follows `there`. A branch that was created from
    /// `origin/main` follows `main`, but is pushed under its own name, if it was pushed at all.
    fn name_on<'n>(&self, remote: &str, name: &'n str, there: Option<&'n str>) -> &'n str {
        let Some(there) = there.filter(|there| *there != name) else { return name };
        let default =
            git_text(&self.common_directory().join(format!("refs/remotes/{remote}/HEAD")));
        let is_default = default
            .is_some_and(|head| head.trim() == format!("ref: refs/remotes/{remote}/{there}"));
        let was_pushed = self.reference(&format!("refs/remotes/{remote}/{name}")).is_some();
        if is_default || was_pushed { name } else { there }
    }

    /// The commit that a reference names.
    fn reference(&self, name: &str) -> Option<String> {
        let common = self.common_directory();
        // Not a valid name of a reference, and not to leave the directory by.
        if name.contains("..") {
            return None;
        }
        let loose = git_text(&common.join(name)).map(|text| text.trim().to_owned());
        loose.or_else(|| {
            let packed = git_text(&common.join("packed-refs"))?;
            let mut lines = packed.lines().filter_map(|line| line.split_once(' '));
            lines.find(|(_, other)| *other == name).map(|(commit, _)| commit.to_owned())
        })
    }

    /// The commit that is checked out; `None` before the first one.
    pub fn head_commit(&self) -> Option<String> {
        let head = git_text(&self.directory.join("HEAD"))?;
        let commit = match head.trim().strip_prefix("ref:").map(str::trim) {
            Some(reference) => branch_name(reference).and_then(|_| self.reference(reference))?,
            None => head.trim().to_owned(),
        };
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

/// The value of a key, the last one if it is there several times.
fn last<'c>(config: &'c [Entry], section: &str, subsection: &str, key: &str) -> Option<&'c str> {
    let is_it = |entry: &&Entry| {
        entry.section == section && entry.subsection == subsection && entry.key == key
    };
    config.iter().rfind(is_it).map(|entry| entry.value.as_str()).filter(|value| !value.is_empty())
}

fn first(config: &[Entry], remote: &str, key: &str) -> Option<String> {
    let is_it = |entry: &&Entry| {
        entry.section == "remote" && entry.subsection == remote && entry.key == key
    };
    config.iter().find(is_it).map(|entry| entry.value.clone())
}

/// The URL that a remote is fetched from. Git takes a URL instead of a remote's name.
fn fetch_url(config: &[Entry], remote: &str) -> Option<String> {
    first(config, remote, "url").or_else(|| remote.contains(':').then(|| remote.to_owned()))
}

/// The first of the URLs that a remote is pushed to.
fn push_url(config: &[Entry], remote: &str) -> Option<String> {
    first(config, remote, "pushurl").or_else(|| fetch_url(config, remote))
}

/// `refs/merge-requests/42/head` → 42.
fn merge_request_number(reference: &str) -> Option<u64> {
    let number = reference.strip_prefix("refs/merge-requests/")?.split('/').next()?;
    number.parse().ok()
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
        assert_eq!((branch.name.as_str(), branch.push_url.as_deref()), ("me/topic", Some("a")));
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

    fn on_topic(config: &str) -> Tree {
        Tree::of(&[(".git/HEAD", "ref: refs/heads/topic\n"), (".git/config", config)])
    }

    fn current(tree: &Tree) -> Branch {
        tree.repository("").and_then(|repository| repository.current_branch()).expect("a branch")
    }

    #[test]
    fn a_branch_made_from_main_is_itself_once_it_was_pushed() {
        let tree = on_topic("[branch \"topic\"]\nremote = origin\nmerge = refs/heads/main\n");
        assert_eq!(current(&tree).name, "main");
        tree.write(".git/packed-refs", "# pack-refs with: peeled\nabc refs/remotes/origin/topic\n");
        assert_eq!(current(&tree).name, "topic");
    }

    #[test]
    fn a_branch_made_from_the_default_branch_is_itself_before_it_was_pushed() {
        let tree = on_topic("[branch \"topic\"]\nremote = origin\nmerge = refs/heads/main\n");
        tree.write(".git/refs/remotes/origin/HEAD", "ref: refs/remotes/origin/main\n");
        assert_eq!(current(&tree).name, "topic");
    }

    #[test]
    fn a_branch_is_pushed_to_the_remote_that_git_would_push_it_to() {
        let remotes =
            "[remote \"origin\"]\nurl = o\n[remote \"up\"]\nurl = u\npushurl = p\npushurl = q\n";
        let tracking = "[branch \"topic\"]\nremote = up\nmerge = refs/heads/main\n";
        for (more, name, url) in [
            ("", "topic", Some("o")),
            ("[remote]\npushDefault = up\n", "topic", Some("p")),
            (tracking, "main", Some("p")),
            ("[branch \"topic\"]\nremote = .\nmerge = refs/heads/main\n", "topic", Some("o")),
            ("[branch \"topic\"]\nremote = gone\n", "topic", None),
            ("[branch \"topic\"]\nremote = https://h/g/p\n", "topic", Some("https://h/g/p")),
        ] {
            let branch = current(&on_topic(&format!("{remotes}{more}")));
            assert_eq!((branch.name.as_str(), branch.push_url.as_deref()), (name, url), "{more}");
        }
        let triangle = format!("{remotes}{tracking}pushRemote = origin\n");
        let branch = current(&on_topic(&triangle));
        assert_eq!((branch.name.as_str(), branch.push_url.as_deref()), ("topic", Some("o")));
        let only = current(&on_topic("[remote \"up\"]\nurl = u\n"));
        assert_eq!(only.push_url.as_deref(), Some("u"));
    }

    #[test]
    fn a_fetched_merge_request_is_known_by_its_number() {
        let config = "[remote \"origin\"]\nurl = o\n[branch \"topic\"]\nremote = origin\nmerge = refs/merge-requests/42/head\n";
        assert_eq!(current(&on_topic(config)).merge_request, Some(("o".into(), 42)));
    }

    #[test]
    fn only_branches_that_are_here_are_local() {
        let tree = on_topic("[branch \"configured\"]\nremote = origin\n");
        tree.write(".git/refs/heads/topic", "abc\n");
        let repository = tree.repository("").expect("a repository");
        let is_local = |name| repository.local_branch(name).is_some();
        assert!(is_local("topic") && is_local("configured"));
        assert!(!is_local("other") && !is_local("../topic"));
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

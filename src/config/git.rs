//! What the git repository around the working directory says, read without running git, whose
//! configuration may name programs to run.

use std::fs;
use std::path::{Path, PathBuf};

use super::git_config::Entry;
use super::git_files::Surroundings;
use super::read::git_text;
use crate::system::environment::Environment;

/// The repository that a folder belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The folder that holds `.git`.
    pub root: PathBuf,
    /// Where HEAD is: `.git`, or what the `.git` file of a worktree or submodule points to.
    directory: PathBuf,
    surroundings: Surroundings,
}

/// A branch of the working tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its name on the remote that it is pushed to.
    pub name: String,
    /// URLs of the remote that `git push` pushes it to; none if there is no remote.
    pub push_urls: Vec<String>,
    /// URLs of the remote and number of the merge request that it was fetched from
    /// (`branch.NAME.merge = refs/merge-requests/N/head`).
    pub merge_request: Option<(Vec<String>, u64)>,
}

impl Repository {
    /// Looks in the folder and every one above it, as git does. A `.git` that is no repository
    /// (git documentation, "gitrepository-layout") is passed over.
    pub fn discover(folder: &Path, env: &Environment) -> Option<Self> {
        folder.ancestors().find_map(|root| {
            let dot_git = root.join(".git");
            let kind = fs::metadata(&dot_git).ok()?;
            let directory = if kind.is_dir() { dot_git } else { pointed_to(root, &dot_git)? };
            // A symbolic link will do: HEAD once was one.
            fs::symlink_metadata(directory.join("HEAD")).ok()?;
            let surroundings = Surroundings::new(env);
            Some(Self { root: root.to_owned(), directory, surroundings })
        })
    }

    /// Name and URL of every remote as git fetches from it, `origin` first, then in the order of
    /// the files. A remote with several URLs is there several times.
    pub fn remotes(&self) -> Vec<(String, String)> {
        let config = self.config();
        let mut names: Vec<&str> = Vec::new();
        for entry in config.iter().filter(|entry| entry.section == "remote") {
            if entry.key == "url" && !names.contains(&entry.subsection.as_str()) {
                names.push(&entry.subsection);
            }
        }
        names.sort_by_key(|name| *name != "origin");
        let urls = |name: &&str| {
            let urls = fetch_urls(&config, name).into_iter();
            urls.map(|url| ((*name).to_owned(), url)).collect::<Vec<_>>()
        };
        names.iter().flat_map(urls).collect()
    }

    /// The branch that is checked out; `None` if HEAD is detached.
    pub fn current_branch(&self) -> Option<Branch> {
        self.head_branch().map(|name| self.branch(&name))
    }

    fn head_branch(&self) -> Option<String> {
        let head = git_text(&self.directory.join("HEAD"))?;
        let name = branch_name(head.strip_prefix("ref:")?.trim())?;
        // HEAD has this name if the references are not kept in files.
        (name != ".invalid").then(|| name.to_owned())
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
        let mut remotes = self.remotes();
        remotes.dedup_by(|one, other| one.0 == other.0);
        let only = match remotes.as_slice() {
            [(only, _)] => only.as_str(),
            _ => "origin",
        };
        let pushed_to = explicit.or(upstream).unwrap_or(only);
        let merge = own("merge").unwrap_or_default();
        let there = branch_name(merge).filter(|_| upstream == Some(pushed_to));
        Branch {
            name: self.name_on(pushed_to, name, there).to_owned(),
            push_urls: push_urls(&config, pushed_to),
            merge_request: merge_request_number(merge)
                .zip(upstream)
                .map(|(number, remote)| (fetch_urls(&config, remote), number)),
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
        let branch = self.head_branch();
        self.surroundings.entries(&self.directory, &self.common_directory(), branch.as_deref())
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

/// The values of a key of a remote; an empty one takes back those before it.
fn list<'c>(config: &'c [Entry], remote: &str, key: &str) -> Vec<&'c str> {
    let is_it = |entry: &&Entry| {
        entry.section == "remote" && entry.subsection == remote && entry.key == key
    };
    let mut values = Vec::new();
    for entry in config.iter().filter(is_it) {
        if entry.value.is_empty() {
            values.clear();
        } else {
            values.push(entry.value.as_str());
        }
    }
    values
}

/// The URLs of a remote as they are written. Git takes a URL instead of a remote's name.
fn written_urls<'c>(config: &'c [Entry], remote: &'c str) -> Vec<&'c str> {
    let urls = list(config, remote, "url");
    if urls.is_empty() && remote.contains(':') { vec![remote] } else { urls }
}

/// The URLs that a remote is fetched from.
fn fetch_urls(config: &[Entry], remote: &str) -> Vec<String> {
    let instead = |url| instead(config, "insteadof", url).unwrap_or_else(|| String::from(url));
    written_urls(config, remote).into_iter().map(instead).collect()
}

/// The URLs that a remote is pushed to. `pushInsteadOf` does not hold for a `pushurl`.
fn push_urls(config: &[Entry], remote: &str) -> Vec<String> {
    let own = list(config, remote, "pushurl");
    let (urls, is_own) =
        if own.is_empty() { (written_urls(config, remote), false) } else { (own, true) };
    let instead = |url: &str| {
        let push = instead(config, "pushinsteadof", url).filter(|_| !is_own);
        push.or_else(|| instead(config, "insteadof", url)).unwrap_or_else(|| url.to_owned())
    };
    urls.into_iter().map(instead).collect()
}

/// The URL with the longest prefix replaced that a `url.BASE.insteadOf` names.
fn instead(config: &[Entry], key: &str, url: &str) -> Option<String> {
    let fits = |entry: &&Entry| {
        entry.section == "url" && entry.key == key && url.starts_with(entry.value.as_str())
    };
    let longest = config.iter().filter(fits).max_by_key(|entry| entry.value.len())?;
    Some(format!("{}{}", longest.subsection, &url[longest.value.len()..]))
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

        fn env(&self) -> Environment {
            let home = self.0.path().join("home");
            Environment::of([("GIT_CONFIG_NOSYSTEM", "1".into()), ("HOME", home)])
        }

        fn repository(&self, folder: &str) -> Option<Repository> {
            Repository::discover(&self.0.path().join(folder), &self.env())
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
        let pairs = [("origin", "c"), ("origin", "d"), ("fork", "a"), ("up", "b")];
        assert_eq!(repository.remotes(), pairs.map(|(a, b)| (a.to_owned(), b.to_owned())));
        let branch = repository.current_branch().expect("a branch");
        assert_eq!((branch.name.as_str(), branch.push_urls), ("me/topic", vec!["a".to_owned()]));
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
        assert_eq!(repository.remotes().len(), 4);
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
        let pushed = |branch: &Branch| (branch.name.clone(), branch.push_urls.join(" "));
        for (more, name, urls) in [
            ("", "topic", "o"),
            ("[remote]\npushDefault = up\n", "topic", "p q"),
            (tracking, "main", "p q"),
            ("[branch \"topic\"]\nremote = .\nmerge = refs/heads/main\n", "topic", "o"),
            ("[branch \"topic\"]\nremote = gone\n", "topic", ""),
            ("[branch \"topic\"]\nremote = https://h/g/p\n", "topic", "https://h/g/p"),
        ] {
            let branch = current(&on_topic(&format!("{remotes}{more}")));
            assert_eq!(pushed(&branch), (name.to_owned(), urls.to_owned()), "{more}");
        }
        let triangle = format!("{remotes}{tracking}pushRemote = origin\n");
        assert_eq!(pushed(&current(&on_topic(&triangle))), ("topic".into(), "o".into()));
        let only = current(&on_topic("[remote \"up\"]\nurl = u\n"));
        assert_eq!(only.push_urls, ["u"]);
    }

    /// What git itself says about the same files; `None` if there is no git.
    fn git(tree: &Tree, args: &[&str]) -> Option<String> {
        let mut command = std::process::Command::new("git");
        command.args(args).current_dir(tree.0.path().join("work"));
        for name in ["XDG_CONFIG_HOME", "GIT_DIR", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_COUNT"] {
            command.env_remove(name);
        }
        command.envs(tree.env().iter());
        let output = command.output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().replace('\n', " "))
    }

    #[test]
    fn remotes_are_those_that_git_knows() {
        let include = |path: &str| format!("[include]\npath = {path}\n");
        let when = |condition: &str| format!("[includeIf \"{condition}\"]\npath = extra\n");
        let base = "[remote \"origin\"]\nurl = gl:g/p.git\n";
        let instead = "[url \"https://host/\"]\ninsteadOf = gl:\n[url \"git@host:me/\"]\npushInsteadOf = gl:g/\n";
        let longest = "[url \"https://long/\"]\ninsteadOf = gl:g/\n";
        let pushed = "[remote \"origin\"]\npushurl = gl:q/p.git\n";
        let cases = [
            (String::from(base), String::new()),
            (format!("{base}{instead}"), String::new()),
            (format!("{base}{instead}{longest}"), String::new()),
            (format!("{base}{instead}{pushed}"), String::new()),
            (format!("{base}url = https://second/g/p\n"), String::new()),
            (base.to_owned(), instead.to_owned()),
            (format!("{base}{}", include("extra")), String::new()),
            (format!("{base}{}", include("../../extra/../work/.git/extra")), String::new()),
            (base.to_owned(), include("~/extra")),
            (format!("{base}{}", when("gitdir:work/")), String::new()),
            (format!("{base}{}", when("gitdir:~/")), String::new()),
            (format!("{base}{}", when("gitdir:./")), String::new()),
            (format!("{base}{}", when("gitdir:**/work/.git")), String::new()),
            (format!("{base}{}", when("gitdir/i:WORK/")), String::new()),
            (format!("{base}{}", when("gitdir:WORK/")), String::new()),
            (format!("{base}{}", when("onbranch:top*")), String::new()),
            (format!("{base}{}", when("onbranch:other")), String::new()),
            (format!("{base}[extensions]\nworktreeConfig = true\n"), String::new()),
            (base.to_owned(), String::from("[remote]\npushDefault = fork\n")),
        ];
        for (local, global) in cases {
            let extra = "[url \"https://included/\"]\ninsteadOf = gl:\n";
            let version = "[core]\nrepositoryformatversion = 1\n";
            let tree = Tree::of(&[
                ("work/.git/HEAD", "ref: refs/heads/topic\n"),
                ("work/.git/config", &format!("{version}{local}")),
                ("work/.git/config.worktree", "[url \"https://worktree/\"]\ninsteadOf = gl:\n"),
                ("work/.git/extra", extra),
                ("work/.git/objects/x", ""),
                ("work/.git/refs/x", ""),
                ("home/.gitconfig", &global),
                ("home/extra", extra),
                ("extra/x", ""),
            ]);
            let repository = tree.repository("work").expect("a repository");
            let urls: Vec<String> = repository.remotes().into_iter().map(|(_, url)| url).collect();
            let Some(expected) = git(&tree, &["remote", "get-url", "--all", "origin"]) else {
                eprintln!("skipped: no git on PATH");
                return;
            };
            assert_eq!(urls.join(" "), expected, "{local}{global}");
            let pushed = repository.branch("topic").push_urls.join(" ");
            let expected = git(&tree, &["remote", "get-url", "--push", "--all", "origin"]);
            if !global.contains("pushDefault") {
                assert_eq!(Some(pushed), expected, "{local}{global}");
            }
        }
    }

    #[test]
    fn values_of_the_environment_come_last() {
        let tree = on_topic("[remote \"origin\"]\nurl = gl:g/p\n");
        let env = [
            ("GIT_CONFIG_COUNT", "1"),
            ("GIT_CONFIG_KEY_0", "url.https://host/.insteadOf"),
            ("GIT_CONFIG_VALUE_0", "gl:"),
        ];
        let repository = Repository::discover(tree.0.path(), &Environment::of(env));
        let remotes = repository.expect("a repository").remotes();
        assert_eq!(remotes, [("origin".to_owned(), "https://host/g/p".to_owned())]);
    }

    #[test]
    fn a_fetched_merge_request_is_known_by_its_number() {
        let config = "[remote \"origin\"]\nurl = o\n[branch \"topic\"]\nremote = origin\nmerge = refs/merge-requests/42/head\n";
        assert_eq!(current(&on_topic(config)).merge_request, Some((vec!["o".into()], 42)));
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

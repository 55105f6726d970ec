//! The seed's diffs against the tree that they start from, `tests/fixtures/storefront`.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{LIST, get_as, sandbox};

/// Git in a folder, whatever repository the tests were started from, such as in a hook.
fn git(folder: &Path) -> Command {
    let mut git = Command::new("git");
    git.current_dir(folder);
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        git.env_remove(variable);
    }
    git
}

/// A copy of the tree that the seed's diffs start from, under git.
fn tree() -> tempfile::TempDir {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).expect("a folder");
        for entry in fs::read_dir(from).expect("a folder") {
            let path = entry.expect("an entry").path();
            let to = to.join(path.file_name().expect("a name"));
            if path.is_dir() {
                copy(&path, &to);
            } else {
                fs::copy(&path, &to).map(drop).expect("a copy");
            }
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/storefront"), folder.path());
    let made = git(folder.path()).args(["init", "-q"]).status();
    assert!(made.is_ok_and(|status| status.success()), "git init");
    folder
}

#[test]
#[cfg_attr(not(has_git), ignore = "git is not installed")]
fn every_raw_diff_is_one_that_git_applies() {
    let (sandbox, folder) = (sandbox(), tree());
    for iid in 31..=44 {
        let diff = get_as(&sandbox, "api", &format!("{LIST}/{iid}/raw_diffs"));
        assert_eq!((diff.status, diff.header("content-type")), (200, Some("text/plain")));
        let patch = folder.path().join("change.diff");
        fs::write(&patch, &diff.body).expect("a file");
        let mut git = git(folder.path());
        git.args(["apply", "--check"]).arg(&patch);
        if iid == 39 {
            // GitLab sends no contents of binary files, which git cannot apply.
            git.arg("--exclude=*.png");
        }
        let output = git.output().expect("git");
        assert!(output.status.success(), "!{iid}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

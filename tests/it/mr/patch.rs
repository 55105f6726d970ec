//! `mr show --diff`: a patch that git takes.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use glduo::sandbox::{Reply, Seed};

use crate::support::gitlab::{answering, asked, at_home, storefront};
use crate::support::world::project_folder;

#[test]
#[cfg_attr(not(has_git), ignore = "git is not installed")]
fn git_applies_every_open_change_of_the_storefront() {
    let sandbox = storefront();
    let world = at_home(&sandbox);
    for iid in [37, 38, 39, 40, 42, 43, 44] {
        let outcome = world.run(&format!("mr show {iid} --diff"));
        assert_eq!(outcome.code, 0, "{iid}: {}", outcome.stderr);
        let tree = tempfile::tempdir().expect("a folder");
        copy(&project_folder().join("tests/fixtures/storefront"), tree.path());
        git(tree.path(), &["init", "-q"], "");
        // GitLab's patch names this binary file without its content, and glduo says so.
        let binary = "public/favicon.png";
        assert_eq!(outcome.stdout.contains(binary), outcome.stderr.contains(binary), "{iid}");
        let exclude = format!("--exclude={binary}");
        git(tree.path(), &["apply", &exclude], &outcome.stdout);
    }
}

#[test]
#[cfg_attr(not(has_git), ignore = "git is not installed")]
fn the_patch_does_what_the_change_says() {
    let sandbox = storefront();
    let outcome = at_home(&sandbox).run("mr show 42 --diff");
    let tree = tempfile::tempdir().expect("a folder");
    copy(&project_folder().join("tests/fixtures/storefront"), tree.path());
    git(tree.path(), &["init", "-q"], "");
    git(tree.path(), &["apply"], &outcome.stdout);
    let here = |path: &str| tree.path().join(path).exists();
    assert!(here("src/cart/discounts.ts") && here("src/cart/money.ts"));
    assert!(!here("src/cart/discount.ts") && !here("src/legacy/coupon.js"));
    let notes = std::fs::read_to_string(tree.path().join("docs/Release notes.md"));
    assert!(notes.expect("a file").contains("A discount no longer makes shipping cheaper."));
}

#[test]
fn what_gitlab_collapses_is_fetched_as_its_own_patch() {
    let sandbox = storefront();
    let outcome = at_home(&sandbox).run("mr show 38 --diff");
    let seed = Seed::storefront().expect("a seed");
    let whole = seed.merge_requests.iter().find(|mr| mr.iid == 38 && mr.project == 61_840_217);
    assert_eq!(outcome.stdout, whole.expect("a merge request").diff);
    assert!(asked(&sandbox).iter().any(|line| line.ends_with("/38/raw_diffs")));
    let page = at_home(&sandbox).run("mr show 38");
    assert!(page.stdout.contains("package-lock.json: GitLab left out the text"));
}

#[test]
fn a_patch_that_cannot_be_whole_is_none() {
    let sandbox = answering(|request| {
        request.path().ends_with("/raw_diffs").then(|| Reply::error(404, "404 Not Found"))
    });
    for line in ["mr show 38 --diff", "mr show 38 --diff -F table"] {
        let outcome = at_home(&sandbox).run(line);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (6, ""));
        assert!(outcome.stderr.contains("package-lock.json"), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("\nhint: "), "{}", outcome.stderr);
    }
}

/// Runs git as nobody in particular, without anybody's configuration.
fn git(folder: &Path, args: &[&str], input: &str) -> String {
    let mut child = Command::new("git")
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CEILING_DIRECTORIES", folder)
        .env_remove("GIT_DIR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("git");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("git reads");
    let output = child.wait_with_output().expect("git ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "git {args:?}: {said}");
    said
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

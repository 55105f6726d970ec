//! The recipes of docs/ci.md, as a job runs them: each script in a shell that ends with the first
//! command that fails, with the variables that GitLab sets, against the sandbox.

use std::fs;
use std::path::Path;
use std::process::Command;

use glduo::sandbox::Sandbox;

use crate::support::gitlab::{at_home, storefront};
use crate::support::model::{Model, ends};
use crate::support::process::parts;
use crate::support::world::project_folder;

/// Every recipe of the page, by the name of its job.
fn recipes() -> Vec<(String, String)> {
    let page = fs::read_to_string(project_folder().join("docs/ci.md")).expect("docs/ci.md");
    let blocks = page.split("\n```yaml\n").skip(1).map(|block| {
        let (block, _) = block.split_once("\n```").expect("an end of the block");
        let (name, _) = block.split_once(":\n").expect("the job's name");
        (name.to_owned(), script(block))
    });
    blocks.collect()
}

/// The commands of a job: an item a line, or the lines behind `- |`.
fn script(job: &str) -> String {
    let lines = job.lines().skip_while(|line| *line != "  script:").skip(1);
    let lines = lines.take_while(|line| line.starts_with("    "));
    let commands = lines.map(|line| line.strip_prefix("    - ").unwrap_or(line));
    commands.filter(|line| *line != "|").collect::<Vec<_>>().join("\n")
}

fn recipe(name: &str) -> String {
    let found = recipes().into_iter().find(|(job, _)| job == name);
    found.unwrap_or_else(|| panic!("no recipe {name}")).1
}

/// A job of merge request 42's pipeline, in a clone with one commit before the change.
fn job(sandbox: &Sandbox, script: &str) -> (i32, String, String, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let setup = "git init -q -b main . && git config user.email a@b.c && git config user.name a \
                 && echo one > 'a b.txt' && echo two > b.txt && git add . && git commit -qm one \
                 && echo three >> 'a b.txt' && git rm -q b.txt && echo new > c.txt \
                 && git add . && git commit -qm two && git rev-parse HEAD~1";
    let (code, base, stderr) = parts(&shell(setup, folder.path()).output().expect("an end"));
    assert_eq!(code, 0, "{stderr}");
    let mut command = shell(script, folder.path());
    let url = sandbox.url();
    command
        .env("GITLAB_TOKEN", sandbox.token())
        .env("GITLAB_AI_GATEWAY_URL", sandbox.gateway_url())
        .env("CI_SERVER_URL", url)
        .env("CI_API_V4_URL", format!("{url}/api/v4"))
        .env("CI_MERGE_REQUEST_DIFF_BASE_SHA", base.trim());
    for (name, value) in [
        ("CI", "true"),
        ("GITLAB_CI", "true"),
        ("CI_JOB_TOKEN", "glcbt-64_not-used-here"),
        ("CI_PROJECT_ID", "61840217"),
        ("CI_PROJECT_PATH", "acme/shop/storefront"),
        ("CI_PIPELINE_SOURCE", "merge_request_event"),
        ("CI_PIPELINE_ID", "9008"),
        ("CI_PIPELINE_IID", "408"),
        ("CI_JOB_ID", "900899"),
        ("CI_JOB_NAME", "duo"),
        ("CI_COMMIT_REF_NAME", "discount-before-shipping"),
        ("CI_MERGE_REQUEST_IID", "42"),
        ("CI_MERGE_REQUEST_PROJECT_ID", "61840217"),
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "discount-before-shipping"),
    ] {
        command.env(name, value);
    }
    let (code, stdout, stderr) = parts(&command.output().expect("an end"));
    (code, stdout, stderr, folder)
}

/// As the runner's shell: it ends with the first command that fails.
fn shell(script: &str, folder: &Path) -> Command {
    let own = Path::new(env!("CARGO_BIN_EXE_glduo")).parent().expect("its folder");
    let mut command = Command::new("/bin/sh");
    command.args(["-euc", script]).env_clear().current_dir(folder).env("HOME", folder);
    command.env("PATH", format!("{}:/usr/bin:/bin", own.display()));
    command.stdin(std::process::Stdio::null());
    command
}

/// The texts of the notes on merge request 42 that hold this.
fn notes(sandbox: &Sandbox, text: &str) -> Vec<String> {
    let shown = at_home(sandbox).run("mr show 42 -c --json").json();
    let bodies = shown["notes"].as_array().expect("notes").iter();
    let bodies = bodies.map(|note| note["body"].as_str().expect("a text").to_owned());
    bodies.filter(|body| body.contains(text)).collect()
}

#[test]
fn every_recipe_runs() {
    for (name, script) in recipes() {
        assert!(!script.is_empty(), "{name}");
        let (code, _, stderr, _) = job(&storefront(), &script);
        assert_eq!(code, 0, "{name}: {stderr}");
    }
}

#[test]
fn a_later_push_replaces_the_summary() {
    let sandbox = storefront();
    for _ in ["first", "second"] {
        assert_eq!(job(&sandbox, &recipe("review")).0, 0);
    }
    assert_eq!(notes(&sandbox, "scripted model").len(), 1);
}

#[test]
fn an_answer_that_is_cut_is_not_posted() {
    for name in ["review", "explain-failure", "changed-files"] {
        let model = Model::answering([ends(&["half an ans"], None)]);
        let (code, _, stderr, _) = job(&model.sandbox, &recipe(name));
        assert_eq!(code, 6, "{name}: {stderr}");
        let sent = model.sandbox.requests();
        let posts = sent.iter().filter(|request| request.path().ends_with("/notes"));
        assert_eq!(posts.count(), 0, "{name}");
    }
}

#[test]
fn the_explanation_rests_on_the_failed_jobs_logs() {
    let sandbox = storefront();
    let (code, _, stderr, folder) = job(&sandbox, &recipe("explain-failure"));
    assert_eq!(code, 0, "{stderr}");
    let log = fs::read_to_string(folder.path().join("failed.log")).expect("the log");
    assert!(log.lines().any(|line| line.starts_with("unit\t")), "{log}");
    assert!(!log.contains("compile\t"), "{log}");
    assert_eq!(notes(&sandbox, "scripted model").len(), 1);
}

#[test]
fn a_gate_fails_as_the_pipeline_did() {
    let sandbox = storefront();
    for branch in ["release-3.9", "two-step-checkout"] {
        for name in ["gate", "gate-now"] {
            let script = recipe(name).replace("-b main", &format!("-b {branch}"));
            assert_eq!(job(&sandbox, &script).0, 3, "{name} {branch}");
        }
    }
    let script = recipe("gate-now").replace("-b main", "-b stream-search");
    let (code, stdout, ..) = job(&sandbox, &script);
    assert_eq!((code, stdout.as_str()), (0, "main is not done yet\n"));
}

#[test]
fn the_loop_asks_about_every_changed_file_that_is_left() {
    let sandbox = storefront();
    let (code, _, stderr, folder) = job(&sandbox, &recipe("changed-files"));
    assert_eq!(code, 0, "{stderr}");
    let review = fs::read_to_string(folder.path().join("review.md")).expect("the review");
    let heads: Vec<&str> = review.lines().filter(|line| line.starts_with("## ")).collect();
    assert_eq!(heads, ["## a b.txt", "## c.txt"]);
}

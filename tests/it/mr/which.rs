//! Which merge request `mr show` means: an argument, the CI job's, the current branch's.

use glduo::sandbox::Sandbox;

use crate::support::gitlab::{asked, at_home, connected, storefront};
use crate::support::world::{Outcome, World};

fn shown(outcome: &Outcome) -> (u64, u64) {
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let json = outcome.json();
    (json["project_id"].as_u64().unwrap_or(0), json["iid"].as_u64().unwrap_or(0))
}

const SHOW: &str = "mr show --no-diff --json";

#[test]
fn a_number_an_exclamation_mark_a_branch_or_an_address() {
    let sandbox = storefront();
    let world = at_home(&sandbox);
    let url = format!("{}/acme/shop/price-importer/-/merge_requests/7", sandbox.url());
    for (name, iid) in [("42", 42), ("!42", 42), ("favicon", 39), ("bot/november-updates", 38)] {
        assert_eq!(shown(&world.run(&format!("{SHOW} {name}"))), (61_840_217, iid), "{name}");
    }
    for tail in ["", "/diffs", "?tab=x", "#note_1"] {
        let link = format!("{url}{tail}");
        assert_eq!(shown(&world.run(&format!("{SHOW} {link}"))), (61_840_533, 7), "{link}");
    }
}

#[test]
fn addresses_elsewhere_and_names_that_are_none_are_usage_errors() {
    let sandbox = storefront();
    let world = at_home(&sandbox);
    let issue = format!("{}/acme/shop/storefront/-/issues/1", sandbox.url());
    for name in [
        "https://gitlab.com/a/b/-/merge_requests/1",
        "!x",
        issue.as_str(),
        "http://127.0.0.1:1/a/b/-/merge_requests/1",
    ] {
        let outcome = world.run(&format!("{SHOW} {name}"));
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{name}");
        assert_eq!(outcome.error()["code"], "usage", "{name}");
        assert!(outcome.error()["hint"].is_string(), "{name}");
    }
    assert_eq!(asked(&sandbox), [""; 0]);
}

#[test]
fn one_that_does_not_exist_is_not_found() {
    let sandbox = storefront();
    let world = at_home(&sandbox);
    for name in ["999", "no-such-branch"] {
        let outcome = world.run(&format!("{SHOW} {name}"));
        assert_eq!((outcome.code, outcome.stdout.as_str()), (7, ""), "{name}");
        assert_eq!(outcome.error()["code"], "not_found", "{name}");
    }
}

fn ci(sandbox: &Sandbox) -> World {
    connected(sandbox)
        .env("GITLAB_CI", "true")
        .env("CI_SERVER_URL", sandbox.url())
        .env("CI_PROJECT_ID", "61840533")
}

#[test]
fn a_ci_job_has_its_own() {
    let sandbox = storefront();
    let own = || {
        ci(&sandbox)
            .env("CI_MERGE_REQUEST_IID", "7")
            .env("CI_MERGE_REQUEST_PROJECT_PATH", "acme/shop/price-importer")
    };
    assert_eq!(shown(&own().run(SHOW)), (61_840_533, 7));
    // The job of a fork runs in the fork; its merge request is elsewhere.
    let fork = ci(&sandbox)
        .env("CI_MERGE_REQUEST_IID", "42")
        .env("CI_MERGE_REQUEST_PROJECT_ID", "61840217");
    assert_eq!(shown(&fork.run(SHOW)), (61_840_217, 42));
    let elsewhere = ci(&sandbox)
        .env("CI_MERGE_REQUEST_IID", "42")
        .env("CI_MERGE_REQUEST_PROJECT_ID", "61840217")
        .env("GITLAB_REPO", "acme/shop/price-importer");
    assert_eq!(shown(&elsewhere.run(SHOW)), (61_840_217, 42), "before GITLAB_REPO");
    let flagged = own().run("mr show -R acme/shop/storefront --no-diff --json");
    assert_eq!((flagged.code, flagged.stdout.as_str()), (2, ""), "-R names another project");
}

#[test]
fn a_branch_pipeline_names_its_only_open_one() {
    let sandbox = storefront();
    let named = |entries: &str| {
        ci(&sandbox).env("CI_OPEN_MERGE_REQUESTS", entries).env("CI_COMMIT_BRANCH", "decimal-comma")
    };
    assert_eq!(shown(&named("acme/shop/storefront!42").run(SHOW)), (61_840_217, 42));
    let several = named("acme/shop/storefront!42,acme/shop/storefront!39");
    assert_eq!(shown(&several.run(SHOW)), (61_840_533, 7), "the branch's, since two are open");
    assert_eq!(shown(&named("").run(SHOW)), (61_840_533, 7));
}

fn remote(sandbox: &Sandbox) -> String {
    format!("[remote \"origin\"]\n\turl = {}/acme/shop/storefront.git\n", sandbox.url())
}

#[test]
fn the_current_branch_and_the_remote_are_read_from_a_clone() {
    let sandbox = storefront();
    let world = connected(&sandbox)
        .file("work/.git/HEAD", "ref: refs/heads/favicon\n")
        .file("work/.git/config", &remote(&sandbox));
    assert_eq!(shown(&world.run(SHOW)), (61_840_217, 39));
    let listed = world.run("mr list");
    assert_eq!((listed.code, listed.stdout.lines().count()), (0, 7));
}

#[test]
fn a_branch_that_is_pushed_under_another_name_is_looked_up_by_that() {
    let sandbox = storefront();
    let tracking = "[branch \"mine\"]\n\tremote = origin\n\tmerge = refs/heads/favicon\n";
    let world = connected(&sandbox)
        .file("work/.git/HEAD", "ref: refs/heads/mine\n")
        .file("work/.git/config", &format!("{}{tracking}", remote(&sandbox)));
    assert_eq!(shown(&world.run(SHOW)), (61_840_217, 39));
}

#[test]
fn a_worktree_points_to_its_repository() {
    let sandbox = storefront();
    let mut world = connected(&sandbox)
        .file("main/.git/HEAD", "ref: refs/heads/main\n")
        .file("main/.git/config", &remote(&sandbox))
        .file("main/.git/worktrees/tree/HEAD", "ref: refs/heads/reduced-tax\n")
        .file("main/.git/worktrees/tree/commondir", "../..\n");
    let pointer = format!("gitdir: {}\n", world.path("main/.git/worktrees/tree").display());
    world = world.file("tree/.git", &pointer).file("tree/deep/file", "");
    world.working_directory = world.path("tree/deep");
    assert_eq!(shown(&world.run(SHOW)), (61_840_217, 40));
}

#[test]
fn no_branch_and_no_name_is_a_usage_error() {
    let sandbox = storefront();
    let world = connected(&sandbox)
        .file("work/.git/HEAD", "65b6d8a435781043eaf8e6ae2a2ddabcc97c3a16\n")
        .file("work/.git/config", &remote(&sandbox));
    let outcome = world.run("mr show");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    assert!(outcome.stderr.contains("\nhint: "));
    assert_eq!(asked(&sandbox), [""; 0]);
}

#[test]
fn a_project_under_its_former_name_is_found() {
    let sandbox = storefront();
    let world = connected(&sandbox).env("GITLAB_REPO", "acme/shop/webshop");
    assert_eq!(shown(&world.run(&format!("{SHOW} 42"))), (61_840_217, 42));
    assert_eq!(world.run("mr list").stdout.lines().count(), 7);
}

#[test]
fn a_project_is_found_through_the_users_git_configuration() {
    let sandbox = storefront();
    let instead = format!("[url \"{}/acme/\"]\n\tinsteadOf = work:\n", sandbox.url());
    let world = connected(&sandbox)
        .file("work/.git/HEAD", "ref: refs/heads/favicon\n")
        .file("work/.git/config", "[remote \"origin\"]\n\turl = work:shop/storefront.git\n")
        .file("home/.gitconfig", "[includeIf \"gitdir:work/\"]\n\tpath = work.gitconfig\n")
        .file("home/work.gitconfig", &instead);
    assert_eq!(shown(&world.run(SHOW)), (61_840_217, 39));
}

#[test]
fn references_and_copied_addresses_are_understood() {
    let sandbox = storefront();
    let world = connected(&sandbox);
    let url = sandbox.url();
    for name in [
        "acme/shop/storefront!42".to_owned(),
        format!("{url}/acme/shop/storefront/-/merge_requests/42.diff"),
        format!("{url}/acme/shop/storefront/-/merge_requests/42.patch"),
        format!("{url}/acme/shop/storefront/merge_requests/42"),
    ] {
        assert_eq!(shown(&world.run(&format!("{SHOW} {name}"))), (61_840_217, 42), "{name}");
    }
    for name in [
        "acme/shop/storefront#27".to_owned(),
        format!("{url}/acme/shop/storefront/-/issues/incident/27"),
        format!("{url}/acme/shop/storefront/issues/27"),
    ] {
        let outcome = world.run(&format!("issue show --json=iid {name}"));
        assert_eq!(outcome.stdout, "{\"iid\":27}\n", "{name}: {outcome:?}");
    }
    let host = url.trim_start_matches("http://");
    for repo in ["acme/shop/storefront.git".to_owned(), format!("{host}/acme/shop/storefront")] {
        assert_eq!(shown(&world.run(&format!("{SHOW} 42 -R {repo}"))), (61_840_217, 42), "{repo}");
    }
    let chat =
        world.run("chat q --mr acme/shop/storefront!42 --issue acme/shop/storefront#27 --dry-run");
    assert_eq!(chat.code, 0, "{chat:?}");
    for line in ["mr show acme/shop/storefront#27", "issue show acme/shop/storefront!42"] {
        assert_eq!(world.run(line).code, 2, "{line}");
    }
}

#[test]
fn the_page_of_a_group_names_a_group() {
    let sandbox = storefront();
    let world = connected(&sandbox);
    let expected = world.run("mr list -g acme").stdout;
    for page in ["groups/acme", "groups/acme/-/merge_requests", "acme"] {
        let listed = world.run(&format!("mr list -g {}/{page}", sandbox.url()));
        assert_eq!((listed.code, &listed.stdout), (0, &expected), "{page}");
    }
    let outcome = world.run(&format!("mr list -R {}/groups/acme/-/merge_requests", sandbox.url()));
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("-g"), "{}", outcome.stderr);
}

#[test]
fn a_clone_of_elsewhere_says_why_its_remotes_do_not_match() {
    let sandbox = storefront();
    let world = connected(&sandbox)
        .file("work/.git/HEAD", "ref: refs/heads/main\n")
        .file("work/.git/config", "[remote \"origin\"]\n\turl = git@github.com:a/b.git\n");
    let outcome = world.run("mr list");
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("origin (github.com:a/b.git) is on github.com"), "{outcome:?}");
}

#[test]
fn issues_are_searched_in_both_fields() {
    let sandbox = storefront();
    let world = at_home(&sandbox);
    let both = world.run("issue list --search login --in both");
    assert_eq!((both.code, both.stdout), (0, world.run("issue list --search login").stdout));
}

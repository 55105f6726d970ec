//! `glduo issue list` and `glduo issue show`: GitLab answers this, someone types that.

use std::sync::Arc;

use glduo::sandbox::seed::Issue;
use glduo::sandbox::{Intercept, Plan, Received, Reply, Sandbox, Seed};
use serde_json::json;

use crate::support::world::World;

fn sandbox() -> Sandbox {
    Sandbox::start(Plan { records: true, ..Plan::default() }).expect("a sandbox")
}

fn world(sandbox: &Sandbox) -> World {
    World::new()
        .env("GITLAB_INSTANCE_URL", sandbox.url())
        .env("GITLAB_TOKEN", sandbox.token())
        .env("GITLAB_REPO", sandbox.project())
}

/// The numbers in the first column.
fn numbers(text: &str) -> Vec<&str> {
    text.lines().map(|line| line.split('\t').next().unwrap_or_default()).collect()
}

#[test]
fn a_piped_list_has_the_documented_columns() {
    let sandbox = sandbox();
    let list = world(&sandbox).run("issue list -L 2 -o updated_at");
    let expected = "\
31\topened\tFree shipping before or after the discount?\tcheckout\tmira.okafor\t2026-11-23T08:20:57Z
24\topened\tDiscount codes can be guessed\tbug,cart\tsam-whitfield\t2026-11-20T10:12:28Z\n";
    assert_eq!((list.stdout.as_str(), list.code), (expected, 0));
    assert_eq!(list.stderr, "glduo: showing 2 of 9; use --paginate\n");
    let sent = &sandbox.requests()[0];
    assert!(sent.query().contains("state=opened&scope=all"), "{}", sent.target);
}

#[test]
fn a_terminal_gets_ages_labels_and_titles_that_fit() {
    let sandbox = sandbox();
    let list = world(&sandbox).on_terminal(90).run("issue list --search passkey --color never");
    let expected = "\
ISSUE  STATE   TITLE                  LABELS    AUTHOR      UPDATED
#28    opened  Log in with a passkey  frontend  jonas.lind  5 days ago\n";
    assert_eq!(list.stdout, expected);
    let group = world(&sandbox).on_terminal(90).run("issue list -g acme --search comma");
    assert!(group.stdout.contains("acme/shop/price-importer#4"), "{group:?}");
    let none = world(&sandbox).on_terminal(90).run("issue list --type requirement");
    assert_eq!((none.stdout.as_str(), none.code), ("", 0));
    assert!(none.stderr.contains("no opened issues match in acme/shop/storefront"), "{none:?}");
}

#[test]
fn every_flag_narrows_the_list() {
    let sandbox = sandbox();
    for (line, expected) in [
        ("--closed", vec!["29", "21", "19"]),
        ("--state closed -a None", vec!["29", "19"]),
        ("-A --author @me", vec!["31", "23", "21"]),
        ("--assignee @me -l bug", vec!["27", "24"]),
        ("-l bug,cart --not-label frontend", vec!["27", "24"]),
        ("-m 3.8 -A", vec!["21"]),
        ("-A --type incident", vec!["21"]),
        ("--type test_case", vec!["26"]),
        ("--issue-type task", vec!["23"]),
        ("--confidential", vec!["24"]),
        ("--search shipping --in title", vec!["31", "27"]),
        ("--search TypeError --in description", vec!["22"]),
        ("--created-after 2026-11-17", vec!["31", "28"]),
        ("--updated-before 2026-11-12 -o updated --sort asc", vec!["18"]),
        ("-o due_date --sort asc -L 3", vec!["31", "22", "23"]),
    ] {
        let list = world(&sandbox).run(&format!("issue list {line}"));
        assert_eq!((numbers(&list.stdout), list.code), (expected, 0), "{line}: {list:?}");
    }
    let aliases = world(&sandbox).run("issue ls -L1 --json=iid").json();
    assert_eq!(aliases, json!([{ "iid": 31 }]));
}

#[test]
fn flags_that_only_merge_requests_have_are_refused() {
    let sandbox = sandbox();
    for line in [
        "--merged",
        "--draft",
        "--reviewer a",
        "--source-branch a",
        "--state merged",
        "--state locked",
        "--type bug",
        "--in title",
        "-o merged_at",
        "-L 0",
        "-L -1",
        "-g acme -R a/b",
        "--created-after soon",
    ] {
        let list = world(&sandbox).run(&format!("issue list {line}"));
        assert_eq!((list.stdout.as_str(), list.code), ("", 2), "{line}: {list:?}");
        assert!(list.stderr.contains("\nhint: "), "{line}: {list:?}");
    }
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_page_tells_the_details_and_the_comments() {
    let sandbox = sandbox();
    let page = world(&sandbox).run("issue show 21 -c");
    let expected = format!(
        "\
#21 Checkout answered 502 for eleven minutes
State:     closed
Type:      incident
Severity:  high
Author:    mira.okafor
Labels:    operations, checkout
Assignees: mira.okafor, jonas.lind
Milestone: 3.8
Comments:  2
Created:   2026-11-04T17:48:29Z
Updated:   2026-11-06T09:05:13Z
Closed:    2026-11-06T09:05:13Z by mira.okafor
URL:       {}/acme/shop/storefront/-/issues/21

## Impact
",
        sandbox.url()
    );
    assert!(page.stdout.starts_with(&expected), "{}", page.stdout);
    assert!(page.stdout.contains("\njonas.lind · 2026-11-04T17:51:12Z\nThe pin is out,"));
    assert!(page.stdout.contains("mira.okafor · 2026-11-05T08:14:30Z · internal\n"));
    assert!(!page.stdout.contains("\nclosed\n"), "activity is no comment: {}", page.stdout);
    let deleted = world(&sandbox).run("issue show 22");
    assert!(deleted.stdout.contains("Author:    (deleted)\n"), "{deleted:?}");
}

#[test]
fn json_is_gitlabs_object_with_the_notes() {
    let sandbox = sandbox();
    let plain = world(&sandbox).run("issue show 27 --json").json();
    assert_eq!((&plain["iid"], &plain["type"]), (&json!(27), &json!("ISSUE")));
    assert!(plain.get("notes").is_none());
    let whole = world(&sandbox).run("issue show 27 -c --json").json();
    assert_eq!(whole["notes"].as_array().map(Vec::len), Some(5));
    assert_eq!(world(&sandbox).run("issue view 27 -q .title").stdout.lines().count(), 1);
}

#[test]
fn an_issue_has_several_names() {
    let sandbox = sandbox();
    let base = format!("{}/acme/shop/price-importer/-", sandbox.url());
    let (issue, item) = (format!("{base}/issues/4#note_1"), format!("{base}/work_items/4"));
    for name in ["#18", "18", issue.as_str(), item.as_str()] {
        let shown = world(&sandbox).run_args(&["issue", "show", name, "--json=iid"]);
        let expected = if name.len() > 3 { 4 } else { 18 };
        assert_eq!(shown.json()["iid"], expected, "{name}");
    }
    let page = world(&sandbox).run("issue show 27 -w");
    assert_eq!(page.stdout, format!("{}/acme/shop/storefront/-/issues/27\n", sandbox.url()));
}

#[test]
fn what_is_no_issue_is_said_with_code_and_hint() {
    let sandbox = sandbox();
    let merge_request = format!("{}/a/b/-/merge_requests/4", sandbox.url());
    for (name, code, words) in [
        ("x", 2, "\"x\" is not the number of an issue"),
        ("!4", 2, "\"!4\" is not the number of an issue"),
        ("-5", 2, "-5"),
        ("https://gitlab.com/a/b/-/issues/4", 2, "is not on http://127.0.0.1"),
        (merge_request.as_str(), 2, "is a page of a/b, not an issue"),
        ("999", 7, "issue #999 of acme/shop/storefront: not found: 404 Issue Not Found (HTTP 404)"),
    ] {
        let shown = world(&sandbox).run_args(&["issue", "show", name]);
        assert_eq!((shown.stdout.as_str(), shown.code), ("", code), "{name}: {shown:?}");
        assert!(shown.stderr.contains(words) && shown.stderr.contains("\nhint: "), "{shown:?}");
    }
    assert_eq!(world(&sandbox).run("issue show").code, 2);
}

#[test]
fn a_job_token_reaches_no_issues_and_nothing_is_sent() {
    let sandbox = sandbox();
    let world = World::new()
        .env("GITLAB_CI", "true")
        .env("CI_SERVER_URL", sandbox.url())
        .env("CI_PROJECT_ID", "61840217")
        .env("CI_JOB_TOKEN", sandbox.token_named("job").expect("a job token"));
    for line in ["issue list --json", "issue show 27 --json", "issue note 27 -m x --json"] {
        let refused = world.run(line);
        assert_eq!(
            (refused.code, refused.error()["code"].clone()),
            (4, json!("job_token_unsupported"))
        );
    }
    assert!(sandbox.requests().is_empty());
}

#[test]
fn issues_are_the_view_of_a_bare_call_where_that_is_configured() {
    let sandbox = sandbox();
    let config = r#"{"plugins":{"opencode-gitlab-plugin":{"defaultView":"issue"}}}"#;
    let bare = world(&sandbox).user_config(config).run("");
    assert_eq!((bare.stdout.lines().count(), bare.code), (9, 0), "{bare:?}");
}

/// A sandbox with more issues than GitLab counts.
fn large(intercept: Option<Arc<dyn Intercept>>) -> Sandbox {
    let mut seed = Seed::storefront().expect("the seed");
    let project = seed.projects[0].id;
    let row = |iid: u64| Issue {
        id: iid,
        iid,
        project,
        state: "opened".into(),
        created_at: format!("2025-01-01T00:00:00.{iid:06}Z"),
        ..Issue::default()
    };
    seed.issues = (1..=10_150).map(row).collect();
    let plan = Plan { seed: Some(seed), records: true, intercept, ..Plan::default() };
    Sandbox::start(plan).expect("a sandbox")
}

#[test]
fn a_list_that_gitlab_does_not_count_goes_on_in_keyset_pages() {
    let sandbox = large(None);
    let list = world(&sandbox).run("issue list --paginate");
    let wanted: Vec<String> = (1..=10_150).rev().map(|iid: u32| iid.to_string()).collect();
    assert_eq!((numbers(&list.stdout) == wanted, list.code), (true, 0), "{}", list.stderr);
    let asked = sandbox.requests();
    assert!(asked[1].query().contains("pagination=keyset"), "{}", asked[1].target);
    assert!(asked[2].query().contains("cursor="), "{}", asked[2].target);
    assert_eq!(asked.len(), 103);
    let few = world(&sandbox).run("issue list -L 5");
    assert_eq!(few.stdout.lines().count(), 5);
    assert_eq!(sandbox.requests().len(), 104, "one page is enough for five rows");
    assert_eq!(few.stderr, "glduo: showing 5, and there are more; use --paginate\n");
}

/// A server that has no keyset pages for this.
struct NoKeyset;

impl Intercept for NoKeyset {
    fn reply(&self, request: &Received) -> Option<Reply> {
        let words = "Keyset pagination is not yet available for this type of request";
        request.query().contains("keyset").then(|| Reply::error(405, words))
    }
}

#[test]
fn without_keyset_pages_the_others_go_on() {
    let sandbox = large(Some(Arc::new(NoKeyset)));
    let list = world(&sandbox).run("issue list --paginate");
    assert_eq!((list.stdout.lines().count(), list.code), (10_150, 0), "{}", list.stderr);
}

/// A server that gives up in the middle of a list.
struct Fails(&'static str, u16);

impl Intercept for Fails {
    fn reply(&self, request: &Received) -> Option<Reply> {
        request.target.contains(self.0).then(|| Reply::message(self.1, "no"))
    }
}

#[test]
fn a_list_cut_short_is_no_complete_array() {
    let plan = Plan { intercept: Some(Arc::new(Fails("page=2", 500))), ..Plan::default() };
    let sandbox = Sandbox::start(plan).expect("a sandbox");
    let list = world(&sandbox).run("issue list -A --paginate -P 5 --json --max-retries 0");
    assert!(list.stdout.starts_with("[{") && !list.stdout.trim_end().ends_with(']'), "{list:?}");
    assert_eq!((list.code, list.error()["code"].clone()), (6, json!("server_error")));
}

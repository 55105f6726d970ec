//! Every filter of `mr list`: what GitLab is asked for, and which rows come.

use glduo::sandbox::Reply;

use crate::support::gitlab::{answering, asked, at_home, connected, iids, storefront};

/// The line, what its request must have in its query, and the rows of the storefront.
const FILTERS: &[(&str, &str, &[u64])] = &[
    ("", "state=opened&scope=all", &[44, 43, 42, 40, 39, 38, 37]),
    ("--state closed", "state=closed", &[36, 32]),
    ("-c", "state=closed", &[36, 32]),
    ("--closed", "state=closed", &[36, 32]),
    ("--state merged", "state=merged", &[41, 35, 34, 33, 31]),
    ("-M", "state=merged", &[41, 35, 34, 33, 31]),
    ("--merged", "state=merged", &[41, 35, 34, 33, 31]),
    ("--state locked", "state=locked", &[]),
    ("--state all", "state=all", &[44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32, 31]),
    ("-A", "state=all", &[44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32, 31]),
    ("--all", "state=all", &[44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32, 31]),
    ("-a t.alvarez", "assignee_username[]=t.alvarez", &[39]),
    ("--assignee @me", "assignee_username[]=mira.okafor", &[42]),
    ("-a none", "assignee_id=None", &[44, 43, 38]),
    ("-a Any", "assignee_id=Any", &[42, 40, 39, 37]),
    ("--author t.alvarez", "author_username=t.alvarez", &[39]),
    ("--author @me", "author_username=mira.okafor", &[42]),
    ("--author @kit.moreau", "author_username=kit.moreau", &[44]),
    ("-r jonas.lind", "reviewer_username=jonas.lind", &[42, 40, 38]),
    ("--reviewer @me", "reviewer_username=mira.okafor", &[39]),
    ("-r none", "reviewer_id=None", &[43, 37]),
    ("-r any", "reviewer_id=Any", &[44, 42, 40, 39, 38]),
    ("-l bug", "labels=bug", &[42]),
    ("-l checkout --label frontend", "labels=checkout,frontend", &[37]),
    ("-l checkout,frontend", "labels=checkout,frontend", &[37]),
    ("-l None", "labels=None", &[]),
    ("--not-label frontend", "not[labels]=frontend", &[44, 43, 42, 40, 38]),
    ("--not-label frontend,bug", "not[labels]=frontend,bug", &[44, 43, 40, 38]),
    ("-m 3.9", "milestone=3.9", &[42, 40, 39, 37]),
    ("--milestone None", "milestone=None", &[44, 43, 38]),
    ("-s favicon", "source_branch=favicon", &[39]),
    ("--source-branch bot/november-updates", "source_branch=bot/november-updates", &[38]),
    ("-t main", "target_branch=main", &[44, 43, 42, 40, 39, 38, 37]),
    ("--target-branch release", "target_branch=release", &[]),
    ("-d", "draft=true", &[43, 37]),
    ("--draft", "draft=true", &[43, 37]),
    ("--not-draft", "draft=false", &[44, 42, 40, 39, 38]),
    ("--search favicon", "search=favicon", &[39]),
    ("--created-after 2026-11-19", "created_after=2026-11-19T00:00:00Z", &[44, 43, 42]),
    ("--created-before 2026-11-17T00:00:00Z", "created_before=2026-11-17T00:00:00Z", &[37]),
    ("--updated-after 3d", "updated_after=2026-11-20T12:00:00Z", &[44, 42, 40, 37]),
    ("--updated-before 2026-11-18T01:00:00+01:00", "updated_before=2026-11-18T00:00:00Z", &[38]),
    ("-o updated_at", "order_by=updated_at", &[42, 44, 40, 37, 43, 39, 38]),
    ("--order title --sort asc", "order_by=title&sort=asc", &[44, 37, 43, 39, 42, 40, 38]),
    ("--sort desc", "sort=desc", &[44, 43, 42, 40, 39, 38, 37]),
];

#[test]
fn each_filter_is_asked_for_and_narrows_the_list() {
    let sandbox = storefront();
    let world = at_home(&sandbox);
    for (line, query, rows) in FILTERS {
        let outcome = world.run(&format!("mr list {line} --json"));
        assert_eq!((iids(&outcome).as_slice(), outcome.stderr.as_str()), (*rows, ""), "{line}");
        let request = sandbox.requests().pop().expect("a request");
        assert_eq!(request.path(), "/api/v4/projects/acme%2Fshop%2Fstorefront/merge_requests");
        let pairs = decoded(request.query());
        let state = if query.starts_with("state=") { "" } else { "state=opened" };
        for pair in query.split('&').chain(["scope=all", state]) {
            let given = pair.is_empty() || pairs.iter().any(|one| one == pair);
            assert!(given, "{line} asks for {pairs:?}");
        }
    }
}

#[test]
fn me_is_asked_for_once_however_often_it_is_named() {
    let sandbox = storefront();
    let outcome = at_home(&sandbox).run("mr list -A --author @me --assignee @me -r @me --json");
    assert_eq!(outcome.stdout, "[]\n");
    let asked = asked(&sandbox);
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert_eq!(asked[0], "GET user");
}

#[test]
fn a_group_lists_all_its_projects_and_needs_no_project() {
    let sandbox = storefront();
    for line in ["mr list -g acme", "mr list --group acme/shop/"] {
        let outcome = connected(&sandbox).run(&format!("{line} --json"));
        assert_eq!(iids(&outcome), [44, 43, 42, 40, 39, 7, 38, 37], "{line}");
    }
    let request = sandbox.requests().pop().expect("a request");
    assert_eq!(request.path(), "/api/v4/groups/acme%2Fshop/merge_requests");
    let table = connected(&sandbox).on_terminal(120).run("mr list -g acme -l bug");
    assert!(table.stdout.contains("acme/shop/price-importer!7"), "{}", table.stdout);
    let both = connected(&sandbox).run("mr list -g acme -R acme/shop/storefront");
    assert_eq!((both.code, both.stdout.as_str()), (2, ""));
}

#[test]
fn a_group_that_does_not_exist_is_not_found() {
    let sandbox = storefront();
    let outcome = connected(&sandbox).run("mr list -g nowhere --json");
    let error = outcome.error();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (7, ""));
    assert_eq!((&error["code"], &error["http_status"]), (&"not_found".into(), &404.into()));
    assert!(error["message"].as_str().is_some_and(|words| words.contains("404 Group Not Found")));
}

#[test]
fn a_server_that_ignores_the_draft_filter_is_filtered_here() {
    let sandbox = answering(|request| {
        let rows = r#"[{"id":3,"iid":3,"draft":true,"title":"Draft: c","state":"opened","source_branch":"c","target_branch":"main","web_url":"https://gitlab.example.com/3"},{"id":2,"iid":2,"draft":false,"title":"b","state":"opened","source_branch":"b","target_branch":"main","web_url":"https://gitlab.example.com/2"}]"#;
        let page = Reply::json(200, rows).with_header("x-total", "2");
        request.path().ends_with("/merge_requests").then_some(page)
    });
    let world = at_home(&sandbox);
    assert_eq!(iids(&world.run("mr list --draft --json")), [3]);
    let kept = world.run("mr list --not-draft");
    assert_eq!(kept.stdout, "2\topened\tb\tb\tmain\t\t\n");
    assert_eq!(kept.stderr, "", "the total counts rows that nobody asked for");
}

#[test]
fn nothing_found_is_an_empty_answer_and_success() {
    let sandbox = storefront();
    let world = at_home(&sandbox);
    for (line, stdout) in [
        ("mr list -l nothing", ""),
        ("mr list -l nothing --json", "[]\n"),
        ("mr list -l nothing --json=iid", "[]\n"),
        ("mr list -l nothing -F ndjson", ""),
    ] {
        let outcome = world.run(line);
        assert_eq!(
            (outcome.code, outcome.stdout.as_str(), outcome.stderr.as_str()),
            (0, stdout, ""),
            "{line}"
        );
    }
    let seen = at_home(&sandbox).on_terminal(80).run("mr list -l nothing");
    assert_eq!((seen.code, seen.stdout.as_str()), (0, ""));
    assert_eq!(seen.stderr, "glduo: no opened merge requests match in acme/shop/storefront\n");
}

#[test]
fn the_other_spellings_of_the_command_mean_the_same() {
    let sandbox = storefront();
    let world = at_home(&sandbox);
    let plain = world.run("mr list");
    assert_eq!(plain.code, 0);
    assert_eq!(plain.stdout.lines().count(), 7);
    for line in
        ["mr ls", "mr list -F text", "mr list -F table", "--repo acme/shop/storefront mr list"]
    {
        assert_eq!(world.run(line), plain, "{line}");
    }
    let configured = at_home(&sandbox)
        .user_config(r#"{"plugins":{"opencode-gitlab-plugin":{"defaultView":"mr"}}}"#);
    assert_eq!(configured.run(""), plain);
}

#[test]
fn filters_that_exclude_each_other_or_mean_nothing_are_usage_errors() {
    let sandbox = storefront();
    let world = at_home(&sandbox);
    for line in [
        "mr list -A -c",
        "mr list -c -M",
        "mr list --state opened -A",
        "mr list --state open",
        "mr list -d --not-draft",
        "mr list -L 0",
        "mr list -L x",
        "mr list -P 101",
        "mr list -p 0",
        "mr list --paginate -L 5",
        "mr list --paginate -p 2",
        "mr list -o colour",
        "mr list --sort up",
        "mr list --created-after yesterdayish",
        "mr list 42",
        "mr list --nonsense",
    ] {
        let outcome = world.run(line);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{line}");
        assert!(outcome.stderr.starts_with("glduo: error: "), "{line}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("\nhint: "), "{line}: {}", outcome.stderr);
    }
    assert_eq!(asked(&sandbox), [""; 0]);
}

fn decoded(query: &str) -> Vec<String> {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.map(|(name, value)| format!("{name}={value}")).collect()
}

//! The merge request of a branch: the user's own, or none.

use glduo::sandbox::{Received, Reply, Sandbox};
use serde_json::{Value, json};

use crate::support::gitlab::{answering, asked, connected};
use crate::support::world::World;

/// An open merge request of `acme/widgets` (101) that comes from another project's `main`.
fn foreign(iid: u64) -> Value {
    json!({"id": 1000 + iid, "iid": iid, "project_id": 101, "target_project_id": 101,
        "source_project_id": 999, "state": "opened", "title": "t", "source_branch": "main",
        "target_branch": "stable"})
}

/// The same from the project's own `main`.
fn own(iid: u64) -> Value {
    with(foreign(iid), "source_project_id", json!(101))
}

fn with(mut row: Value, name: &str, value: Value) -> Value {
    row[name] = value;
    row
}

/// `acme/widgets` with these merge requests, and its fork `me/widgets` (777).
fn gitlab(rows: Vec<Value>) -> Sandbox {
    answering(move |request| answer(request, &rows))
}

fn answer(request: &Received, rows: &[Value]) -> Option<Reply> {
    let path = request.path().strip_prefix("/api/v4/projects/")?;
    let here = path.strip_prefix("acme%2Fwidgets").or_else(|| path.strip_prefix("101"));
    if path == "me%2Fwidgets" {
        return Some(Reply::json(200, json!({"id": 777}).to_string()));
    }
    match here? {
        "" => Some(Reply::json(200, json!({"id": 101}).to_string())),
        "/merge_requests" => {
            let all = request.target.contains("state=all");
            let fits = |row: &&Value| all || row["state"] == "opened";
            let rows: Vec<&Value> = rows.iter().filter(fits).collect();
            Some(Reply::json(200, json!(rows).to_string()))
        }
        "/pipelines/latest" => Some(Reply::error(403, "403 Forbidden")),
        "/pipelines" => Some(Reply::json(200, "[]")),
        below if below.ends_with("/notes") => Some(Reply::json(201, r#"{"id":5,"body":"x"}"#)),
        below => {
            let iid: u64 = below.strip_prefix("/merge_requests/")?.parse().ok()?;
            let row = rows.iter().find(|row| row["iid"] == iid)?.clone();
            let head = json!({"id": 9, "project_id": 61_840_217, "status": "success"});
            Some(Reply::json(200, with(row, "head_pipeline", head).to_string()))
        }
    }
}

const CLONE: &str = "[remote \"origin\"]\nurl = URL/acme/widgets.git\n\
    [remote \"fork\"]\nurl = URL/me/widgets.git\n\
    [branch \"main\"]\nremote = origin\nmerge = refs/heads/main\n";

fn clone_with(sandbox: &Sandbox, more: &str) -> World {
    let config = CLONE.replace("URL", sandbox.url());
    connected(sandbox)
        .file("work/.git/HEAD", "ref: refs/heads/main\n")
        .file("work/.git/config", &format!("{config}{more}"))
}

/// The number that is shown, or the exit code.
fn shown(world: &World, line: &str) -> Result<u64, u8> {
    let outcome = world.run(line);
    if outcome.code == 0 {
        Ok(outcome.json()["iid"].as_u64().expect("a number"))
    } else {
        Err(outcome.code)
    }
}

const SHOW: &str = "mr show --no-diff --json";

#[test]
fn a_merge_request_of_a_fork_is_not_taken_for_mine() {
    let sandbox = gitlab(vec![foreign(42)]);
    let world = clone_with(&sandbox, "");
    for line in [
        "mr show --no-diff",
        "mr show main --no-diff",
        "mr note -m x",
        "mr note main -m x",
        "pipeline show --exit-status",
        "pipeline show --watch",
        "pipeline show -b main --exit-status",
        "pipeline show",
        "chat q --mr current --dry-run",
        "chat q --pipeline current --dry-run",
    ] {
        let outcome = world.run(line);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (7, ""), "{line}: {outcome:?}");
        assert!(outcome.stderr.contains("!42 into stable"), "{line}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("\nhint: "), "{line}: {}", outcome.stderr);
    }
    assert!(!asked(&sandbox).iter().any(|line| line.starts_with("POST")));
    let of_nobody = with(foreign(42), "source_project_id", Value::Null);
    let sandbox = gitlab(vec![of_nobody]);
    assert_eq!(clone_with(&sandbox, "").run("mr note -m x").code, 7);
}

#[test]
fn mine_is_found_among_those_of_forks() {
    let sandbox = gitlab(vec![foreign(43), own(42), foreign(41)]);
    let world = clone_with(&sandbox, "");
    assert_eq!(shown(&world, SHOW), Ok(42));
    assert_eq!(world.run("mr note -m x").code, 0);
    assert!(asked(&sandbox).iter().any(|line| line.starts_with("POST") && line.contains("/42/")));
    assert_eq!(world.run("pipeline show --exit-status").code, 7, "no such pipeline here");
    assert!(asked(&sandbox).iter().any(|line| line.contains("61840217/pipelines/9")));
}

#[test]
fn a_branch_that_is_pushed_to_a_fork_has_the_forks_merge_request() {
    let of_mine = || with(foreign(42), "source_project_id", json!(777));
    for config in [
        "[branch \"main\"]\npushRemote = fork\n",
        "[remote]\npushDefault = fork\n",
        "[branch \"main\"]\nremote = fork\n",
    ] {
        let sandbox = gitlab(vec![own(43), foreign(44), of_mine()]);
        assert_eq!(shown(&clone_with(&sandbox, config), SHOW), Ok(42), "{config}");
        let lookups = asked(&sandbox).iter().filter(|line| line.ends_with("me%2Fwidgets")).count();
        assert_eq!(lookups, 1, "{config}");
    }
    let config = "[branch \"main\"]\npushRemote = fork\n";
    let sandbox = gitlab(vec![own(43)]);
    let world = clone_with(&sandbox, config);
    assert_eq!(world.run("mr note -m x").code, 7, "it is the project's, not the fork's");
    assert_eq!(world.run("pipeline show --exit-status").code, 7);
    assert!(!asked(&sandbox).iter().any(|line| line.contains("latest")), "another main");
    // The clone is one of the fork, and -R names the project that it was forked from.
    let sandbox = gitlab(vec![own(43), of_mine()]);
    let world = connected(&sandbox).file("work/.git/HEAD", "ref: refs/heads/main\n").file(
        "work/.git/config",
        &format!("[remote \"origin\"]\nurl = {}/me/widgets.git\n", sandbox.url()),
    );
    assert_eq!(shown(&world, &format!("{SHOW} -R acme/widgets")), Ok(42));
    assert_eq!(shown(&world, &format!("{SHOW} -R 101")), Ok(42));
}

#[test]
fn a_project_that_is_named_by_its_number_is_compared_by_that() {
    let sandbox = gitlab(vec![own(42), foreign(43)]);
    let world = clone_with(&sandbox, "");
    assert_eq!(shown(&world, &format!("{SHOW} -R 101")), Ok(42));
}

#[test]
fn several_open_ones_are_listed_and_none_is_used() {
    let sandbox = gitlab(vec![own(42), with(own(43), "target_branch", json!("next"))]);
    let world = clone_with(&sandbox, "");
    for line in ["mr show", "mr note -m x", "pipeline show --exit-status"] {
        let outcome = world.run(line);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{line}: {outcome:?}");
        assert!(outcome.stderr.contains("!43 into next, !42 into stable"), "{}", outcome.stderr);
    }
    assert!(!asked(&sandbox).iter().any(|line| line.starts_with("POST")));
}

#[test]
fn a_closed_one_is_only_shown_and_said_to_be_closed() {
    let merged = with(own(41), "state", json!("merged"));
    let closed = with(own(40), "state", json!("closed"));
    let sandbox = gitlab(vec![foreign(42), closed, merged]);
    let world = clone_with(&sandbox, "");
    let outcome = world.run(SHOW);
    assert_eq!(outcome.json()["iid"], 41);
    assert!(outcome.stderr.contains("!41, which is merged"), "{}", outcome.stderr);
    assert_eq!(world.run("pipeline show").code, 7, "its pipeline is asked for, and not there");
    assert!(asked(&sandbox).iter().any(|line| line.contains("61840217/pipelines/9")));
    for line in ["mr note -m x", "pipeline show --exit-status", "chat q --mr current --dry-run"] {
        assert_eq!(world.run(line).code, 7, "{line}");
    }
}

#[test]
fn every_page_of_open_ones_is_looked_at() {
    let sandbox = answering(|request| {
        if !request.path().ends_with("/merge_requests") {
            return answer(request, &[own(7)]);
        }
        let last = request.target.contains("page=2");
        let rows = if last { json!([own(7)]) } else { json!([foreign(8)]) };
        let reply = Reply::json(200, rows.to_string());
        Some(if last { reply } else { reply.with_header("x-next-page", "2") })
    });
    assert_eq!(shown(&clone_with(&sandbox, ""), SHOW), Ok(7));
}

#[test]
fn a_branch_that_was_fetched_from_a_merge_request_names_it() {
    let sandbox = gitlab(vec![foreign(42), own(43)]);
    let config = "[branch \"main\"]\nremote = origin\nmerge = refs/merge-requests/42/head\n";
    let world = clone_with(&sandbox, config);
    assert_eq!(shown(&world, SHOW), Ok(42));
    assert_eq!(world.run("mr note -m x").code, 0);
    assert!(!asked(&sandbox).iter().any(|line| line.contains("source_branch")));
}

fn job(sandbox: &Sandbox) -> World {
    clone_with(sandbox, "")
        .env("GITLAB_CI", "true")
        .env("CI_SERVER_URL", sandbox.url())
        .env("CI_PROJECT_ID", "101")
        .env("CI_PROJECT_PATH", "acme/widgets")
        .env("CI_COMMIT_REF_NAME", "main")
}

#[test]
fn the_number_of_a_ci_job_counts_in_its_own_project_only() {
    let sandbox = gitlab(vec![foreign(42), own(43)]);
    let number = || job(&sandbox).env("CI_MERGE_REQUEST_IID", "42");
    let by_id = number().env("CI_MERGE_REQUEST_PROJECT_ID", "101");
    let by_path = number().env("CI_MERGE_REQUEST_PROJECT_PATH", "acme/widgets");
    let open = job(&sandbox).env("CI_OPEN_MERGE_REQUESTS", "acme/widgets!42");
    for world in [by_id, by_path, open] {
        assert_eq!(shown(&world, SHOW), Ok(42));
        assert_eq!(shown(&world, &format!("{SHOW} -R acme/widgets")), Ok(42));
        assert_eq!(shown(&world, &format!("{SHOW} -R 101")), Ok(42));
        let other = world.run(&format!("{SHOW} -R acme/shop/storefront"));
        assert_eq!(other.code, 7, "the number means nothing there: {other:?}");
    }
    assert_eq!(shown(&number(), SHOW), Ok(43), "a number without its project is none");
}

#[test]
fn the_branch_of_a_ci_job_is_in_the_project_that_it_runs_in() {
    let of_fork = with(foreign(42), "source_project_id", json!(777));
    let sandbox = gitlab(vec![own(43), of_fork]);
    assert_eq!(shown(&job(&sandbox), SHOW), Ok(43));
    let fork = job(&sandbox).env("CI_PROJECT_ID", "777").env("CI_PROJECT_PATH", "me/widgets");
    assert_eq!(shown(&fork, &format!("{SHOW} -R acme/widgets")), Ok(42));
    let source = job(&sandbox)
        .env("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "main")
        .env("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "777");
    assert_eq!(shown(&source, SHOW), Ok(42));
}

#[test]
fn the_pipeline_of_a_ci_job_counts_in_its_own_project_only() {
    let sandbox = gitlab(vec![]);
    let world = job(&sandbox).env("CI_PIPELINE_ID", "9001");
    assert_eq!(world.run("pipeline show -R acme/shop/price-importer").code, 7);
    assert!(!asked(&sandbox).iter().any(|line| line.contains("9001")));
}

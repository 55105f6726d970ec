//! `glduo pipeline list` and `glduo pipeline show`.

use std::io;
use std::sync::Arc;

use glduo::sandbox::{Intercept, Plan, Received, Reply, Sandbox};
use glduo::system::streams::Output;
use serde_json::{Value, json};

use crate::support::gitlab::{connected, storefront};
use crate::support::world::{Sink, World};

fn sandbox() -> Sandbox {
    Sandbox::start(Plan { records: true, ..Plan::default() }).expect("a sandbox")
}

/// A world that is connected to the sandbox's project.
fn world(sandbox: &Sandbox) -> World {
    World::new()
        .env("GITLAB_INSTANCE_URL", sandbox.url())
        .env("GITLAB_TOKEN", sandbox.token())
        .env("GITLAB_REPO", sandbox.project())
}

fn ids(rows: &Value) -> Vec<u64> {
    rows.as_array().expect("rows").iter().filter_map(|row| row["id"].as_u64()).collect()
}

#[test]
fn a_list_in_a_pipe_has_the_documented_columns() {
    let sandbox = sandbox();
    let listed = world(&sandbox).run("pipeline list --ref main");
    let expected = "9001\tsuccess\tmain\tca1e4a2139e6aaaf0fa8023131e622f4f1a27201\tpush\t2026-11-22T16:07:03Z\n";
    assert_eq!((listed.stdout.as_str(), listed.code), (expected, 0));
}

#[test]
fn every_filter_reaches_gitlab() {
    let sandbox = sandbox();
    let world = world(&sandbox);
    for (line, expected) in [
        ("--status failed", vec![9009, 9008]),
        ("-s cancelled", vec![9005]),
        ("--sha 8fe0946a0bc1c850217d4eca58198d52e6696a69", vec![9008]),
        ("--source parent_pipeline", vec![9011, 9010]),
        ("-u @me --scope finished", vec![9008, 9007, 9001]),
        ("--scope tags", vec![9004]),
        ("-n nothing", vec![]),
        ("-a 2026-11-23T09:00:00Z -b 2026-11-23T10:00:00Z", vec![9008]),
        ("-o updated_at --sort asc -L 2", vec![9007, 9002]),
        ("-o ref --sort asc -L 1", vec![9012]),
    ] {
        let listed = world.run(&format!("pipeline list --json {line}"));
        assert_eq!(ids(&listed.json()), expected, "{line}: {listed:?}");
    }
    let named = world.run_args(&["ci", "ls", "-n", "Build and stage", "-q", ".[].id"]);
    assert_eq!(named.stdout, "9001\n");
    let cut = world.run("pipeline list -L 2");
    assert_eq!(cut.stderr, "glduo: showing 2 of 11; use --paginate\n");
    assert_eq!(world.run("pipeline list --paginate").stdout.lines().count(), 11);
}

#[test]
fn what_cannot_be_asked_is_refused_before_a_request() {
    let sandbox = sandbox();
    let world = world(&sandbox);
    for line in [
        "pipeline list --status broken",
        "pipeline list -L -1",
        "pipeline list -a soon",
        "pipeline show nine",
        "pipeline show 9001 -b main",
        "pipeline show -b main --mr 42",
        "pipeline show --mr x",
        "pipeline show 9001 --tail 3",
        "pipeline show 9001 --log",
        "pipeline show 9001 --log-failed --json",
        "pipeline show 9001 --watch -i 0s",
        "pipeline show",
        "pipeline show https://gitlab.com/acme/shop/storefront/-/pipelines/9001",
        "pipeline show 9001 -q .[",
    ] {
        let refused = world.run(line);
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{line}: {refused:?}");
        assert!(refused.stderr.contains("hint: ") || refused.stderr.contains("\"hint\""), "{line}");
    }
    let issue =
        world.run(&format!("pipeline show {}/acme/shop/storefront/-/issues/1", sandbox.url()));
    assert_eq!(issue.code, 2);
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_pipeline_is_found_by_every_name() {
    let sandbox = sandbox();
    let world = world(&sandbox);
    let shown = |line: &str| {
        let outcome = world.run(&format!("pipeline show --json=id {line}"));
        outcome.json()["id"].as_u64().unwrap_or_else(|| panic!("{outcome:?}"))
    };
    let page = format!("{}/acme/shop/storefront/-", sandbox.url());
    assert_eq!(shown("9003"), 9003);
    assert_eq!(shown("#9003"), 9003);
    assert_eq!(shown("latest"), 9001);
    assert_eq!(shown("latest -b release-3.9"), 9009);
    assert_eq!(shown("-b stream-search"), 9003);
    assert_eq!(shown("--mr 42"), 9008);
    assert_eq!(shown("--mr !41"), 9007);
    assert_eq!(shown(&format!("{page}/pipelines/9004")), 9004);
    assert_eq!(shown(&format!("{page}/merge_requests/42")), 9008);
    // The branch has no pipeline of its own, its merge request does.
    assert_eq!(shown("-b discount-before-shipping"), 9008);
}

#[test]
fn without_a_name_it_is_the_jobs_or_the_branchs() {
    let sandbox = sandbox();
    let shown = |world: World| world.run("pipeline show --json=id").json()["id"].as_u64();
    assert_eq!(shown(world(&sandbox).env("CI_PIPELINE_ID", "9002")), Some(9002));
    let branch = |name: &str| {
        let world = world(&sandbox).file("work/.git/HEAD", &format!("ref: refs/heads/{name}\n"));
        shown(world.file("work/.git/config", ""))
    };
    assert_eq!(branch("stream-search"), Some(9003));
    assert_eq!(branch("discount-before-shipping"), Some(9008));
}

#[test]
fn what_is_not_there_is_not_found() {
    let sandbox = sandbox();
    let world = world(&sandbox);
    for (line, words) in [
        ("pipeline show 8001", "pipeline 8001 of acme/shop/storefront: not found"),
        ("pipeline show -b css-framework", "no pipeline for the newest commit of !32"),
        ("pipeline show latest -b nowhere", "no pipeline for the newest commit of nowhere"),
        ("pipeline show --mr 43 -R acme/shop/price-importer", "not found"),
        ("pipeline show 9001 -j nothing", "pipeline 9001 has no job \"nothing\""),
        ("pipeline show -j 1", "job 1 of acme/shop/storefront: not found"),
        ("pipeline show 9001 --exit-status -R acme/shop/gift-cards", "not found"),
    ] {
        let outcome = world.run(line);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (7, ""), "{line}: {outcome:?}");
        assert!(outcome.stderr.contains(words), "{line}: {}", outcome.stderr);
    }
    let error = world.run("pipeline show latest -b nowhere --json").error();
    assert_eq!((&error["code"], &error["exit_code"]), (&json!("not_found"), &json!(7)));
}

/// Refuses pipelines, as to an account without the role for them.
struct Forbidden;

impl Intercept for Forbidden {
    fn reply(&self, request: &Received) -> Option<Reply> {
        let about = request.path().contains("/pipelines");
        about.then(|| Reply::message(403, "403 Forbidden"))
    }
}

#[test]
fn a_real_403_is_not_taken_for_none() {
    let plan = Plan { intercept: Some(Arc::new(Forbidden)), ..Plan::default() };
    let sandbox = Sandbox::start(plan).expect("a sandbox");
    let outcome = world(&sandbox).run("pipeline show latest --json");
    assert_eq!((outcome.code, &outcome.error()["code"]), (4, &json!("forbidden")));
}

#[test]
fn a_job_token_is_told_before_a_request() {
    let sandbox = sandbox();
    for line in
        ["pipeline list", "pipeline show 9001", "pipeline show --mr 42", "pipeline show -j 1"]
    {
        let world = World::new()
            .env("GITLAB_INSTANCE_URL", sandbox.url())
            .env("CI_JOB_TOKEN", sandbox.token_named("job").expect("a token"))
            .env("GITLAB_CI", "true")
            .env("CI_SERVER_URL", sandbox.url())
            .env("GITLAB_REPO", sandbox.project());
        let outcome = world.run(line);
        assert_eq!(outcome.code, 4, "{line}: {outcome:?}");
        assert!(outcome.stderr.contains("CI_JOB_TOKEN cannot access pipelines"), "{outcome:?}");
    }
    assert!(sandbox.requests().is_empty());
}

#[test]
fn every_status_has_its_exit_code() {
    let sandbox = sandbox();
    let world = world(&sandbox);
    for (id, code) in
        [(9001, 0), (9002, 0), (9008, 3), (9005, 3), (9003, 8), (9004, 8), (9006, 8), (9012, 8)]
    {
        assert_eq!(world.run(&format!("pipeline show {id} --exit-status")).code, code, "{id}");
        assert_eq!(world.run(&format!("pipeline show {id}")).code, 0, "{id}");
    }
    assert_eq!(world.run("pipeline show -j 900802 --exit-status").code, 3);
}

#[test]
fn json_is_gitlabs_object_with_jobs_and_bridges() {
    let sandbox = sandbox();
    let world = world(&sandbox);
    let shown = world.run("pipeline show 9001 --json").json();
    assert_eq!(
        (&shown["coverage"], &shown["user"]["username"]),
        (&json!("91.4"), &json!("mira.okafor"))
    );
    assert_eq!(ids(&shown["jobs"]), [900_105, 900_104, 900_103, 900_101]);
    assert_eq!((&shown["bridges"], shown.get("test_report_summary")), (&json!([]), None));
    let tests = world.run("pipeline show 9008 --json=test_report_summary --tests").json();
    assert_eq!(tests["test_report_summary"]["total"]["failed"], 2);
}

#[test]
fn children_stand_inside_their_bridges_and_only_when_asked_for() {
    let sandbox = sandbox();
    let world = world(&sandbox);
    let plain = world.run("pipeline show 9009 --json").json();
    let bridges = plain["bridges"].as_array().expect("bridges");
    assert!(bridges.iter().all(|bridge| bridge["downstream_pipeline"].get("jobs").is_none()));
    let deep = world.run("pipeline show 9009 --recurse --json").json();
    let of = |name: &str| {
        let mut bridges = deep["bridges"].as_array().expect("bridges").iter();
        bridges.find(|bridge| bridge["name"] == name).expect("a bridge")["downstream_pipeline"]
            .clone()
    };
    assert_eq!(ids(&of("staging")["jobs"]), [901_102, 901_101]);
    assert_eq!(of("staging")["bridges"], json!([]));
    // Of another project, and found there.
    assert_eq!(
        (&of("prices")["project_id"], ids(&of("prices")["jobs"])),
        (&json!(61_840_533), vec![800_201])
    );
}

#[test]
fn a_loop_of_pipelines_ends() {
    let mut seed = glduo::sandbox::Seed::storefront().expect("the seed");
    let child = seed.pipelines.iter_mut().find(|one| one.id == 9011).expect("a child");
    child.jobs[0].bridge = true;
    child.jobs[0].starts = Some(9009);
    let sandbox = Sandbox::start(Plan { seed: Some(seed), ..Plan::default() }).expect("a sandbox");
    let shown = world(&sandbox).run("pipeline show 9009 --recurse");
    assert_eq!((shown.code, shown.stdout.lines().count()), (0, 8), "{shown:?}");
}

#[test]
fn a_terminal_gets_the_jobs_by_stage_and_retried_ones_apart() {
    let sandbox = sandbox();
    let world = world(&sandbox).on_terminal(100);
    let shown = world.run("pipeline show 9001 --tests --color never").stdout;
    let expected = format!(
        "\
Pipeline 9001 success · main · ca1e4a21 · push · Build and stage · by mira.okafor · 19 hours ago
· took 2m 52s · coverage 91.4 %
{}/acme/shop/storefront/-/pipelines/9001
build
  success compile        48s     900101
test
  failed  lint           31s     900103 script failure, allowed to fail
  success unit           1m 4s   900104
deploy
  success deploy-staging 22s     900105
retried
  failed unit 20s     900102 script failure
tests
  58 of 60 passed, 0 failed, 2 skipped, in 1m 4s
",
        sandbox.url()
    );
    assert_eq!(shown, expected);
    let none = world.run("pipeline list -r nowhere");
    assert_eq!((none.stdout.as_str(), none.code), ("", 0));
    assert!(none.stderr.contains("no pipelines match in acme/shop/storefront"));
}

#[test]
fn its_page_is_opened_or_its_address_printed() {
    let sandbox = sandbox();
    let address = format!("{}/acme/shop/storefront/-/pipelines/9001\n", sandbox.url());
    assert_eq!(world(&sandbox).run("pipeline show 9001 -w").stdout, address);
    let job = world(&sandbox).run("pipeline show -j 900101 -w").stdout;
    assert!(job.ends_with("/-/jobs/900101\n"), "{job}");
}

/// A reader that has gone.
struct Gone;

impl io::Write for Gone {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

#[test]
fn a_closed_pipe_keeps_the_verdict() {
    let sandbox = sandbox();
    let world = world(&sandbox);
    for (line, code) in [
        ("pipeline show 9008", 0),
        ("pipeline show 9008 --exit-status", 3),
        ("pipeline show 9008 --exit-status --json", 3),
        ("pipeline show 9008 --log-failed --exit-status", 3),
        ("pipeline show 9008 --watch", 3),
        ("pipeline show 9001 --exit-status", 0),
        ("pipeline list", 0),
    ] {
        let stderr = Sink::default();
        let args: Vec<&str> = line.split(' ').collect();
        let got = world.run_onto(&args, Output::new(Gone), Output::new(stderr.clone()));
        assert_eq!(got, code, "{line}: {}", stderr.text());
    }
}

#[test]
fn a_job_can_be_named_by_its_url() {
    let sandbox = storefront();
    let world = connected(&sandbox);
    let url = |page: &str| format!("{}/acme/shop/storefront/-/{page}", sandbox.url());
    let shown = world.run(&format!("pipeline show -j {} --json=id,name", url("jobs/900104")));
    assert_eq!(shown.stdout, "{\"id\":900104,\"name\":\"unit\"}\n", "{shown:?}");
    let log = world.run(&format!("pipeline show -j {} --log", url("jobs/900104#L3")));
    assert_eq!((log.code, log.stdout.is_empty()), (0, false), "{log:?}");
    for other in [url("pipelines/9001"), "https://gitlab.com/a/b/-/jobs/1".to_owned()] {
        let refused = world.run(&format!("pipeline show -j {other}"));
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{refused:?}");
        assert!(refused.stderr.contains("\nhint: "), "{refused:?}");
    }
}

//! The logs of jobs: `--log-failed` and `-j JOB --log`.

use std::sync::Arc;

use glduo::sandbox::{Intercept, Plan, Received, Reply, Sandbox, Seed};

use crate::support::broken::{Broken, End, Script};
use crate::support::world::{StillClock, World};

fn together(seed: Option<Seed>, intercept: Option<Arc<dyn Intercept>>) -> (Sandbox, World) {
    let clock = Arc::new(StillClock::default());
    let plan =
        Plan { seed, intercept, records: true, clock: Arc::clone(&clock) as _, ..Plan::default() };
    let sandbox = Sandbox::start(plan).expect("a sandbox");
    let mut world = World::new()
        .env("GITLAB_INSTANCE_URL", sandbox.url())
        .env("GITLAB_TOKEN", sandbox.token())
        .env("GITLAB_REPO", sandbox.project());
    world.clock = clock;
    (sandbox, world)
}

/// What the seed says that a job printed.
fn log(pipeline: u64, at: usize) -> String {
    let seed = Seed::storefront().expect("the seed");
    let one = seed.pipelines.into_iter().find(|one| one.id == pipeline).expect("a pipeline");
    one.jobs[at].log.clone().expect("a log")
}

#[test]
fn a_pipe_gets_the_servers_bytes() {
    let (_sandbox, world) = together(None, None);
    for line in [
        "-j 900803 --log",
        "9008 -j unit --log",
        "9008 -j unit --log --raw",
        "--mr 42 -j unit --log",
    ] {
        let outcome = world.run(&format!("pipeline show {line}"));
        assert_eq!((outcome.stdout, outcome.code), (log(9008, 2), 0), "{line}");
    }
    let tail = world.run("pipeline show 9008 -j compile --log --tail 1").stdout;
    assert!(log(9008, 0).ends_with(&tail) && tail.lines().count() == 1);
}

#[test]
fn a_terminal_gets_colour_and_no_marks_even_with_raw() {
    let (_sandbox, world) = together(None, None);
    let world = world.on_terminal(80);
    for raw in ["", " --raw"] {
        let shown = world.run(&format!("pipeline show -j 900803 --log --color always{raw}")).stdout;
        assert!(shown.contains("\x1b[32;1m$ npm test\x1b[0;m\n\x1b[31m×\x1b[0m test"), "{shown}");
        assert!(!shown.contains("section_") && !shown.contains('\r') && !shown.contains("\x1b[0K"));
        assert!(!shown.contains("190 of 214") && shown.contains("added 214 of 214 packages\n"));
    }
    let plain = world.run("pipeline show -j 900803 --log --color never").stdout;
    assert!(!plain.contains('\x1b'), "{plain}");
}

#[test]
fn failed_jobs_are_lines_with_their_names_in_a_pipe() {
    let (_sandbox, world) = together(None, None);
    let outcome = world.run("pipeline show 9008 --log-failed --tail 2");
    let expected = "\
lint\tESLint found too many warnings (maximum: 0).
lint\tERROR: Job failed: exit code 1
unit\t Tests  1 failed | 57 passed (58)
unit\tERROR: Job failed: exit code 1
e2e: [chromium]\t    Received: \"47.95 €\"
e2e: [chromium]\tERROR: Job failed: exit code 1\n";
    assert_eq!((outcome.stdout.as_str(), outcome.code), (expected, 0));
    let raw = world.run("pipeline show 9008 --log-failed --raw").stdout;
    assert_eq!(raw, [log(9008, 1), log(9008, 2), log(9008, 3)].concat());
    assert_eq!(world.run("pipeline show 9008 --log-failed --exit-status").code, 3);
}

#[test]
fn a_terminal_gets_a_heading_for_each_job() {
    let (_sandbox, world) = together(None, None);
    let shown =
        world.on_terminal(80).run("pipeline show 9008 --log-failed --tail 1 --color never").stdout;
    let headings: Vec<&str> = shown.lines().filter(|line| line.starts_with("== ")).collect();
    let expected = [
        "== lint · test · script failure, allowed to fail · job 900802",
        "== unit · test · script failure · job 900803",
        "== e2e: [chromium] · test · script failure · job 900804",
    ];
    assert_eq!(headings, expected, "{shown}");
}

#[test]
fn a_running_pipeline_is_looked_at_without_this_job() {
    let (_sandbox, world) = together(None, None);
    let lines = world.run("pipeline show 9003 --log-failed").stdout;
    assert!(lines.lines().all(|line| line.starts_with("lint\t")) && !lines.is_empty());
    let own = world.env("GITLAB_CI", "true").env("CI_JOB_ID", "900302");
    let outcome = own.run("pipeline show 9003 --log-failed");
    assert_eq!((outcome.stdout.as_str(), outcome.code), ("", 0));
    assert_eq!(outcome.stderr, "glduo: pipeline 9003 has no failed jobs\n");
}

#[test]
fn failed_children_are_named_and_with_recurse_shown() {
    let (_sandbox, world) = together(None, None);
    let outcome = world.run("pipeline show 9009 --log-failed");
    assert_eq!(outcome.stdout, "");
    assert!(
        outcome.stderr.contains("pipeline 9011, which staging started, failed too"),
        "{outcome:?}"
    );
    let deep = world.run("pipeline show 9009 --log-failed --recurse --tail 1").stdout;
    assert_eq!(deep, "smoke\tERROR: Job failed: exit code 22\n");
    assert_eq!(world.run("pipeline show 9009 -j smoke --recurse --log").stdout, log(9011, 1));
    assert_eq!(world.run("pipeline show 9009 -j staging --log").code, 2);
}

#[test]
fn a_job_without_a_log_is_said_so() {
    let (_sandbox, world) = together(None, None);
    let outcome = world.run("pipeline show 9003 -j deploy-staging --log");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (7, ""));
    assert!(
        outcome.stderr.contains("deploy-staging (job 900304) has no log: it is created"),
        "{outcome:?}"
    );
    assert!(outcome.stderr.contains("hint: --watch waits for it"));
}

#[test]
fn a_growing_log_is_followed_without_a_byte_twice() {
    let (sandbox, world) = together(None, None);
    let outcome = world.run("pipeline show 9013 -j unit --log --watch -i 1s");
    assert_eq!((outcome.stdout.as_str(), outcome.code), (log(9013, 1).as_str(), 3));
    let offsets =
        sandbox.requests().iter().filter(|one| one.query().contains("byte_offset")).count();
    assert!(offsets >= 3, "{offsets}");
}

/// An older server: it does not know `byte_offset`.
struct WholeLogs;

impl Intercept for WholeLogs {
    fn alter(&self, request: &Received, reply: Reply) -> Reply {
        if request.query().contains("byte_offset=") {
            // The job is over when it is asked for the rest.
            Reply::whole(200, "application/octet-stream", log(9013, 1))
        } else {
            reply
        }
    }
}

#[test]
fn an_older_server_sends_the_whole_log_and_nothing_is_printed_twice() {
    let (_sandbox, world) = together(None, Some(Arc::new(WholeLogs)));
    let outcome = world.run("pipeline show 9013 -j unit --log --watch -i 2s");
    assert_eq!((outcome.stdout.as_str(), outcome.code), (log(9013, 1).as_str(), 3));
}

#[test]
fn a_log_that_is_cut_short_is_an_error() {
    let job = r#"{"id":7,"name":"x","status":"failed","stage":"test","web_url":"http://x"}"#;
    let whole = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{job}",
        job.len()
    );
    let cut = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 100\r\n\r\nsome";
    let server = Broken::serve(vec![Script::new(whole, End::Close), Script::new(cut, End::Close)]);
    let world = World::new()
        .env("GITLAB_INSTANCE_URL", server.url())
        .env("GITLAB_TOKEN", "glpat-0123456789abcdefghij")
        .env("GITLAB_REPO", "a/b");
    let outcome = world.run("pipeline show -j 7 --log");
    assert_eq!(outcome.code, 6, "{outcome:?}");
    assert_eq!(outcome.stdout, "some");
}

#[test]
fn hostile_logs_do_not_reach_the_terminal() {
    let mut seed = Seed::storefront().expect("the seed");
    let one = seed.pipelines.iter_mut().find(|one| one.id == 9008).expect("a pipeline");
    one.jobs[2].name = "un\x1b]0;t\x07it\tx".to_owned();
    one.jobs[2].log =
        Some("\x1b]52;c;ZXZpbA==\x07\x1b[2Jgone\u{202e}\x1b]0;open\nafter\n".to_owned());
    let (_sandbox, world) = together(Some(seed), None);
    let piped = world.run("pipeline show 9008 --log-failed").stdout;
    assert!(piped.contains("un\\x1b]0;t\\x07it x\tgone\\u{202e}0;open\n"), "{piped}");
    assert!(piped.contains("un\\x1b]0;t\\x07it x\tafter\n"));
    let shown = world.on_terminal(80).run("pipeline show 9008 --log-failed --color never").stdout;
    assert!(shown.contains("gone\\u{202e}0;open\nafter\n") && !shown.contains('\x1b'), "{shown}");
}

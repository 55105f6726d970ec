//! `glduo pipeline show --watch`, with a clock that only waiting moves.

use std::sync::Arc;
use std::sync::Mutex;

use glduo::sandbox::{Intercept, Plan, Received, Reply, Sandbox};
use glduo::system::clock::Clock as _;

use crate::support::world::{StillClock, World};

/// A world and a sandbox that share a clock.
fn together(intercept: Option<Arc<dyn Intercept>>) -> (Sandbox, World) {
    let clock = Arc::new(StillClock::default());
    let plan = Plan { intercept, records: true, clock: Arc::clone(&clock) as _, ..Plan::default() };
    let sandbox = Sandbox::start(plan).expect("a sandbox");
    let mut world = World::new()
        .env("GITLAB_INSTANCE_URL", sandbox.url())
        .env("GITLAB_TOKEN", sandbox.token())
        .env("GITLAB_REPO", sandbox.project());
    world.clock = clock;
    (sandbox, world)
}

#[test]
fn a_pipeline_is_followed_to_its_success() {
    let (_sandbox, world) = together(None);
    let outcome = world.run("pipeline show 9012 --watch -i 1s");
    let expected = "\
glduo: pipeline 9012 created: 0 of 4 jobs done
glduo: pipeline 9012 pending: 0 of 4 jobs done
glduo: pipeline 9012 running: 0 of 4 jobs done; running: compile
glduo: pipeline 9012 running: 1 of 4 jobs done
glduo: pipeline 9012 running: 1 of 4 jobs done; running: unit, lint
glduo: pipeline 9012 running: 2 of 4 jobs done; running: unit
glduo: pipeline 9012 running: 3 of 4 jobs done
glduo: pipeline 9012 running: 3 of 4 jobs done; running: deploy-staging
glduo: pipeline 9012 success: 4 of 4 jobs done\n";
    assert_eq!((outcome.stderr.as_str(), outcome.code), (expected, 0));
    assert!(outcome.stdout.contains("901203\ttest\tunit\tsuccess\t6.25\n"), "{outcome:?}");
}

#[test]
fn a_failure_is_followed_too_and_json_is_the_final_state() {
    let (_sandbox, world) = together(None);
    let outcome = world.run("pipeline show 9013 --watch --json --quiet");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (3, ""));
    let shown = outcome.json();
    assert_eq!(
        (&shown["status"], shown["jobs"].as_array().map(Vec::len)),
        (&"failed".into(), Some(3))
    );
}

#[test]
fn a_person_sees_one_line_that_is_gone_at_the_end() {
    let (_sandbox, world) = together(None);
    let world = world.on_terminal(60);
    let outcome = world.run("pipeline show 9012 --watch");
    assert!(
        outcome.stderr.contains("\r\x1b[2Kwatched for 5s · pipeline 9012 running"),
        "{:?}",
        outcome.stderr
    );
    assert!(outcome.stderr.ends_with("\r\x1b[2K") && !outcome.stderr.contains('\n'));
}

#[test]
fn the_wait_has_an_end() {
    let (_sandbox, world) = together(None);
    let before = world.clock.now();
    let outcome = world.run("pipeline show 9003 --watch --wait-timeout 10m --json");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (8, ""));
    assert_eq!(outcome.error()["code"], "pending");
    assert_eq!(world.clock.now().duration_since(before).expect("later").as_secs(), 600);
}

#[test]
fn waiting_is_gentle() {
    let (sandbox, world) = together(None);
    world.run("pipeline show 9003 --watch --quiet");
    let looks = sandbox.requests().len();
    // Every 5 s would be 720.
    assert!((180..260).contains(&looks), "{looks} requests in an hour");
}

#[test]
fn what_is_over_or_waits_for_a_person_is_not_waited_for() {
    let (_sandbox, world) = together(None);
    let before = world.clock.now();
    for (id, code) in [(9004, 8), (9001, 0), (9002, 0), (9005, 3)] {
        let outcome = world.run(&format!("pipeline show {id} --watch"));
        assert_eq!(outcome.code, code, "{id}");
        assert!(!outcome.stdout.is_empty());
    }
    assert_eq!(world.clock.now(), before);
}

#[test]
fn a_job_does_not_wait_for_its_own_pipeline() {
    let (sandbox, world) = together(None);
    let world =
        world.env("GITLAB_CI", "true").env("CI_PIPELINE_ID", "9003").env("CI_JOB_ID", "900303");
    for line in
        ["pipeline show --watch", "pipeline show 9003 --watch", "pipeline show -j 900303 --watch"]
    {
        let outcome = world.run(line);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{outcome:?}");
    }
    assert!(sandbox.requests().is_empty());
    assert_eq!(world.run("pipeline show 9004 --watch").code, 8);
    assert_eq!(world.run("pipeline show --exit-status").code, 8);
}

/// Answers instead of the sandbox from the given look at a pipeline on, for so many looks.
struct Trouble {
    from: usize,
    count: usize,
    reply: fn() -> Reply,
    looks: Mutex<usize>,
}

impl Trouble {
    fn at(from: usize, count: usize, reply: fn() -> Reply) -> Arc<dyn Intercept> {
        Arc::new(Self { from, count, reply, looks: Mutex::new(0) })
    }
}

impl Intercept for Trouble {
    fn reply(&self, request: &Received) -> Option<Reply> {
        let about = request.path().ends_with("/pipelines/9012");
        let mut looks = self.looks.lock().expect("no panic");
        *looks += usize::from(about);
        (about && (self.from..self.from + self.count).contains(&*looks)).then(self.reply)
    }
}

fn page_502() -> Reply {
    Reply::whole(502, "text/html", "<html><title>502</title></html>")
}

#[test]
fn trouble_of_the_server_is_survived() {
    for reply in [
        page_502 as fn() -> Reply,
        || Reply::message(500, "500 Internal Server Error"),
        || Reply::whole(429, "text/plain", "Retry later\n").with_header("retry-after", "90"),
        || Reply::whole(200, "text/html", "<html>maintenance</html>"),
    ] {
        let (_sandbox, world) = together(Some(Trouble::at(2, 3, reply)));
        let outcome = world.run("pipeline show 9012 --watch");
        assert_eq!(outcome.code, 0, "{outcome:?}");
        let (_sandbox, world) = together(Some(Trouble::at(1, 1, reply)));
        assert_eq!(world.run("pipeline show 9012 --watch").code, 0);
    }
}

#[test]
fn five_minutes_of_trouble_are_enough() {
    let (_sandbox, world) = together(Some(Trouble::at(2, 100_000, page_502)));
    let before = world.clock.now();
    let outcome = world.run("pipeline show 9012 --watch --json");
    assert_eq!((outcome.code, &outcome.error()["code"]), (6, &"server_error".into()));
    let waited = world.clock.now().duration_since(before).expect("later").as_secs();
    assert!((300..330).contains(&waited), "{waited}");
}

#[test]
fn who_never_saw_it_does_not_call_it_pending() {
    let (_sandbox, world) = together(Some(Trouble::at(1, 100_000, page_502)));
    let outcome = world.run("pipeline show 9012 --watch --wait-timeout 1m");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (6, ""), "{outcome:?}");
}

#[test]
fn what_does_not_pass_ends_the_waiting_at_once() {
    for (reply, code) in [
        ((|| Reply::message(404, "404 Not found")) as fn() -> Reply, 7),
        (|| Reply::message(401, "401 Unauthorized"), 4),
        (|| Reply::message(403, "403 Forbidden"), 4),
        (|| Reply::whole(429, "text/plain", "Retry later\n").with_header("retry-after", "900"), 6),
    ] {
        let (_sandbox, world) = together(Some(Trouble::at(2, 100_000, reply)));
        let outcome = world.run("pipeline show 9012 --watch --json");
        assert_eq!((outcome.code, outcome.stdout.as_str()), (code, ""), "{outcome:?}");
    }
}

fn unheard_of() -> Reply {
    Reply::json(200, r#"{"id":9012,"status":"defragmenting","ref":"x","sha":"y","web_url":"z"}"#)
}

#[test]
fn a_status_that_is_new_is_waited_through() {
    let (_sandbox, world) = together(Some(Trouble::at(2, 4, unheard_of)));
    let outcome = world.run("pipeline show 9012 --watch");
    assert!(outcome.code == 0 && outcome.stderr.contains("9012 defragmenting"), "{outcome:?}");
}

#[test]
fn few_requests_left_are_kept_for_others() {
    struct NearTheLimit;
    impl Intercept for NearTheLimit {
        fn alter(&self, _: &Received, reply: Reply) -> Reply {
            // 2026-11-23T12:00:50Z, fifty seconds after the clock's start.
            reply
                .with_header("ratelimit-remaining", "3")
                .with_header("ratelimit-reset", "1795435250")
        }
    }
    let (sandbox, world) = together(Some(Arc::new(NearTheLimit)));
    assert_eq!(world.run("pipeline show 9012 --watch --quiet").code, 0);
    let looks = sandbox.requests().iter().filter(|one| one.path().ends_with("/9012")).count();
    assert_eq!(looks, 2);
}

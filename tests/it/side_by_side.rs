//! Long lists: pages fetched at once, given out in their order.

use std::sync::Arc;
use std::time::Duration;

use glduo::sandbox::seed::MergeRequest;
use glduo::sandbox::{Body, Intercept, Piece, Plan, Received, Reply, Sandbox, Seed};

use crate::support::world::{Outcome, World};

/// A project of a thousand merge requests.
fn big_project() -> Seed {
    let mut seed = Seed::storefront().expect("the seed");
    let project = seed.projects[0].id;
    let author = seed.tokens[0].user.clone();
    seed.merge_requests = (1..=1000)
        .map(|iid| MergeRequest {
            id: 5_000_000 + iid,
            iid,
            project,
            title: format!("Number {iid}"),
            state: "opened".into(),
            author: Some(author.clone()),
            source_branch: format!("b{iid}"),
            target_branch: "main".into(),
            created_at: format!("2026-11-01T{:02}:{:02}:00Z", iid / 60 % 24, iid % 60),
            updated_at: "2026-11-02T00:00:00Z".into(),
            ..MergeRequest::default()
        })
        .collect();
    seed
}

/// Later pages come sooner; page `broken` does not come at all.
struct Disorder {
    broken: Option<u64>,
}

impl Intercept for Disorder {
    fn reply(&self, request: &Received) -> Option<Reply> {
        let page = number(request)?;
        (Some(page) == self.broken).then(|| Reply::message(404, "404 Not found"))
    }

    fn alter(&self, request: &Received, reply: Reply) -> Reply {
        let Some(page) = number(request).filter(|page| *page > 1) else { return reply };
        let Body::Whole(bytes) = reply.body else { return reply };
        let wait = Duration::from_millis(60 / page);
        Reply { body: Body::Pieces(vec![Piece { wait, bytes }]), ..reply }
    }
}

fn number(request: &Received) -> Option<u64> {
    let mut pairs = request.query().split('&');
    pairs.find_map(|pair| pair.strip_prefix("page=")?.parse().ok())
}

fn run(line: &str, broken: Option<u64>) -> (Outcome, usize) {
    let plan = Plan {
        seed: Some(big_project()),
        intercept: Some(Arc::new(Disorder { broken })),
        records: true,
        ..Plan::default()
    };
    let sandbox = Sandbox::start(plan).expect("a sandbox");
    let world = World::new()
        .env("GITLAB_HOST", sandbox.url())
        .env("GITLAB_TOKEN", sandbox.token())
        .env("GITLAB_REPO", sandbox.project());
    (world.run(line), sandbox.requests().len())
}

fn iids(outcome: &Outcome) -> Vec<u64> {
    outcome.stdout.lines().map(|line| line.parse().expect("an iid")).collect()
}

#[test]
fn every_row_comes_once_and_in_order() {
    let (outcome, requests) =
        run("mr list --paginate --order created_at --sort asc -q .[].iid", None);
    assert_eq!((outcome.code, outcome.stderr.as_str(), requests), (0, "", 10));
    let mut sorted = iids(&outcome);
    sorted.sort_unstable();
    assert_eq!(sorted, (1..=1000).collect::<Vec<_>>());
    let (one_by_one, _) = run("mr list -L 100 --order created_at --sort asc -q .[].iid", None);
    assert_eq!(iids(&outcome)[..100], iids(&one_by_one));
}

#[test]
fn a_limit_asks_for_no_page_that_is_not_needed() {
    let (outcome, requests) = run("mr list -L 450 -q .[].iid", None);
    assert_eq!((outcome.code, iids(&outcome).len(), requests), (0, 450, 5));
    assert_eq!(outcome.stderr, "glduo: showing 450 of 1000; use --paginate\n");
}

#[test]
fn a_page_that_fails_fails_the_list_after_the_pages_before_it() {
    let (outcome, _) = run("mr list --paginate -F ndjson --json=iid", Some(6));
    assert_eq!((outcome.code, outcome.stdout.lines().count()), (6, 500));
    let (outcome, _) = run("mr list --paginate --json=iid", Some(6));
    assert!(outcome.code == 6 && outcome.stdout.starts_with("[{") && !outcome.stdout.contains(']'));
}

//! GitLab as a test wants it, the sandbox with what goes wrong planted in it, and a world that
//! is connected to it.

use std::sync::Arc;

use glduo::sandbox::seed::MergeRequest;
use glduo::sandbox::{Intercept, Plan, Received, Reply, Sandbox, Seed};

use super::world::{Outcome, World};

/// The storefront, every request kept.
pub(crate) fn storefront() -> Sandbox {
    start(Plan::default())
}

/// The storefront, except where this function has another answer.
pub(crate) fn answering(
    answer: impl Fn(&Received) -> Option<Reply> + Send + Sync + 'static,
) -> Sandbox {
    start(Plan { intercept: Some(Arc::new(Instead(answer))), ..Plan::default() })
}

/// The storefront with merge requests of the test's own in its place.
pub(crate) fn with_merge_requests(merge_requests: Vec<MergeRequest>) -> Sandbox {
    let seed = Seed { merge_requests, ..Seed::storefront().expect("a seed") };
    start(Plan { seed: Some(seed), ..Plan::default() })
}

/// An open merge request of the storefront with nothing special about it.
pub(crate) fn merge_request(iid: u64) -> MergeRequest {
    MergeRequest {
        id: 371_000_000 + iid,
        iid,
        project: 61_840_217,
        title: format!("Change {iid}"),
        state: "opened".to_owned(),
        author: Some("mira.okafor".to_owned()),
        source_branch: format!("change-{iid}"),
        target_branch: "main".to_owned(),
        created_at: "2026-11-20T10:00:00.000Z".to_owned(),
        updated_at: "2026-11-21T10:00:00.000Z".to_owned(),
        sha: "65b6d8a435781043eaf8e6ae2a2ddabcc97c3a16".to_owned(),
        base_sha: "ca1e4a2139e6aaaf0fa8023131e622f4f1a27201".to_owned(),
        ..MergeRequest::default()
    }
}

fn start(plan: Plan) -> Sandbox {
    Sandbox::start(Plan { records: true, ..plan }).expect("a sandbox")
}

/// A world with the instance and a token in its environment, and no project.
pub(crate) fn connected(sandbox: &Sandbox) -> World {
    World::new()
        .env("GITLAB_INSTANCE_URL", sandbox.url())
        .env("GITLAB_AI_GATEWAY_URL", sandbox.gateway_url())
        .env("GITLAB_TOKEN", sandbox.token())
}

/// The same with the storefront as its project.
pub(crate) fn at_home(sandbox: &Sandbox) -> World {
    connected(sandbox).env("GITLAB_REPO", sandbox.project())
}

/// What was asked for, method and target without `/api/v4/`, oldest first.
pub(crate) fn asked(sandbox: &Sandbox) -> Vec<String> {
    let line = |request: &Received| {
        let target = request.target.strip_prefix("/api/v4/").unwrap_or(&request.target);
        format!("{} {target}", request.method)
    };
    sandbox.requests().iter().map(line).collect()
}

/// The numbers of the rows in JSON.
pub(crate) fn iids(outcome: &Outcome) -> Vec<u64> {
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let rows = outcome.json();
    let rows = rows.as_array().expect("an array").iter();
    rows.map(|row| row["iid"].as_u64().expect("a number")).collect()
}

struct Instead<F>(F);

impl<F: Fn(&Received) -> Option<Reply> + Send + Sync> Intercept for Instead<F> {
    fn reply(&self, request: &Received) -> Option<Reply> {
        (self.0)(request)
    }
}

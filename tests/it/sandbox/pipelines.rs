//! Pipelines and jobs as the sandbox serves them.

use std::sync::Arc;
use std::time::Duration;

use glduo::sandbox::{Plan, Sandbox};
use glduo::system::clock::Clock as _;
use serde_json::json;

use super::{get_as, sandbox};
use crate::support::world::StillClock;

const PIPELINES: &str = "projects/acme%2Fshop%2Fstorefront/pipelines";

#[test]
fn values_that_gitlab_does_not_know_are_refused() {
    let sandbox = sandbox();
    for query in [
        "scope=all",
        "status=cancelled",
        "order_by=created_at",
        "sort=up",
        "yaml_errors=maybe",
        "updated_after=3d",
        "per_page=0",
    ] {
        let answer = get_as(&sandbox, "api", &format!("{PIPELINES}?{query}"));
        assert!(answer.status == 400 && answer.json()["error"].is_string(), "{query}");
    }
    let jobs = |query: &str| get_as(&sandbox, "api", &format!("{PIPELINES}/9001/jobs?{query}"));
    assert_eq!(jobs("scope[]=broken").status, 400);
    assert_eq!(jobs("scope[]=failed").json().as_array().map(Vec::len), Some(1));
    assert_eq!(
        jobs("scope[]=failed&include_retried=true").json().as_array().map(Vec::len),
        Some(2)
    );
    assert_eq!(get_as(&sandbox, "api", &format!("{PIPELINES}/nine")).status, 400);
}

#[test]
fn pages_scopes_and_job_tokens_are_as_everywhere() {
    let sandbox = sandbox();
    let page = get_as(&sandbox, "read_api", &format!("{PIPELINES}?per_page=4&page=2"));
    let fields = ["x-page", "x-next-page", "x-total", "x-total-pages"];
    assert_eq!(fields.map(|name| page.header(name).unwrap_or("none")), ["2", "3", "11", "3"]);
    for path in [PIPELINES, "projects/61840217/jobs/900803/trace"] {
        assert_eq!(get_as(&sandbox, "read_user", path).status, 403, "{path}");
        assert_eq!(get_as(&sandbox, "expired", path).status, 401, "{path}");
    }
}

#[test]
fn a_newest_commit_without_pipeline_is_403() {
    let sandbox = sandbox();
    let latest = |query: &str| get_as(&sandbox, "api", &format!("{PIPELINES}/latest{query}"));
    assert_eq!(latest("").json()["id"], 9001);
    let none = latest("?ref=discount-before-shipping");
    assert_eq!((none.status, none.text()), (403, r#"{"message":"403 Forbidden"}"#.into()));
}

#[test]
fn a_log_can_be_read_in_parts() {
    let sandbox = sandbox();
    let path = "projects/61840217/jobs/900803/trace";
    let trace = |query: &str| get_as(&sandbox, "api", &format!("{path}{query}"));
    let whole = trace("").body;
    assert_eq!(trace("?byte_offset=10&byte_limit=20").body, whole[10..30]);
    assert_eq!(trace("?byte_offset=999999").body, b"");
    assert_eq!((trace("?byte_offset=-1").status, trace("?byte_limit=512001").status), (400, 400));
    assert_eq!(get_as(&sandbox, "api", "projects/61840217/jobs/900304/trace").status, 404);
    // A bridge is no job.
    assert_eq!(get_as(&sandbox, "api", "projects/61840217/jobs/900902").status, 404);
}

#[test]
fn a_pipeline_that_moves_begins_when_it_is_looked_at() {
    let clock = Arc::new(StillClock::default());
    let plan = Plan { clock: Arc::clone(&clock) as _, ..Plan::default() };
    let sandbox = Sandbox::start(plan).expect("a sandbox");
    let one = || get_as(&sandbox, "api", &format!("{PIPELINES}/9013")).json();
    clock.sleep(Duration::from_mins(10));
    let mut statuses = Vec::new();
    for _ in 0..16 {
        let status = one()["status"].as_str().expect("a status").to_owned();
        if statuses.last() != Some(&status) {
            statuses.push(status);
        }
        clock.sleep(Duration::from_secs(1));
    }
    assert_eq!(statuses, ["created", "pending", "running", "failed"]);
    let over = one();
    assert_eq!(
        (&over["duration"], &over["started_at"]),
        (&json!(14), &json!("2026-11-23T12:10:04.000Z"))
    );
}

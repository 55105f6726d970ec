//! The sandbox over the wire: as strict as GitLab, and no door open longer than it lives.

mod access;
mod diffs;
mod gateway;
mod issues;
mod life;
mod notes;
pub(crate) mod oauth;
mod pipelines;
pub(crate) mod question;
mod rest;
mod workflow;

use glduo::sandbox::{Plan, Sandbox};

use crate::support::raw::{self, Answer};

fn sandbox() -> Sandbox {
    Sandbox::start(Plan::default()).expect("a sandbox")
}

fn get_as(sandbox: &Sandbox, token: &str, path: &str) -> Answer {
    let token = sandbox.token_named(token).expect("a token of the seed");
    raw::get(sandbox.url(), &format!("/api/v4/{path}"), &[("private-token", token)])
}

const LIST: &str = "projects/acme%2Fshop%2Fstorefront/merge_requests";

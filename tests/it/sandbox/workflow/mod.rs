//! The workflow service: its REST calls, the way in to its socket, what is refused there, the
//! scripts that run on it, and recorded sessions with the real one.

mod faults;
mod handshake;
mod recorded;
mod rest;
mod scripts;
mod strict;

use glduo::sandbox::Sandbox;
use serde_json::Value;

use crate::support::raw;

/// The status of a workflow over REST.
fn status(sandbox: &Sandbox, id: &str) -> Value {
    let target = format!("/api/v4/ai/duo_workflows/workflows/{id}");
    raw::get(sandbox.url(), &target, &[("private-token", sandbox.token())]).json()["status"].clone()
}

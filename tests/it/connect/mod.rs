//! `glduo connect`: a person logs in, the sandbox plays GitLab, and what is kept is looked at.

mod applications;
mod browser;
mod callback;
mod device;
mod opencode;
mod person;
mod place;
mod processes;
mod refresh;
mod secrets;
mod session;
mod status;
mod store;
#[cfg(target_os = "linux")]
mod terminal;
mod token;
mod waiting;

use std::path::PathBuf;

use glduo::sandbox::{Plan, Sandbox};
use serde_json::Value;

use crate::support::world::World;

/// A sandbox that tells what it was asked.
fn sandbox() -> Sandbox {
    Sandbox::start(Plan { records: true, ..Plan::default() }).expect("a sandbox")
}

/// A world whose instance is this sandbox.
fn world(sandbox: &Sandbox) -> World {
    World::new().env("GITLAB_INSTANCE_URL", sandbox.url())
}

fn store_of(world: &World) -> PathBuf {
    world.path("home/.local/share/glduo/credentials.json")
}

/// The whole store.
fn stored(world: &World) -> Value {
    let bytes = std::fs::read(store_of(world)).expect("a store");
    serde_json::from_slice(&bytes).expect("JSON in the store")
}

/// What is kept for this sandbox.
fn entry(world: &World, sandbox: &Sandbox) -> Value {
    stored(world)["connections"][sandbox.url()].clone()
}

/// Method and path of everything that was asked.
fn asked(sandbox: &Sandbox) -> Vec<String> {
    let requests = sandbox.requests();
    requests.iter().map(|request| format!("{} {}", request.method, request.path())).collect()
}

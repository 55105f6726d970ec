//! A sandbox and a world whose clocks agree and whose callback has a port of its own.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use glduo::sandbox::{Intercept, Plan, Received, Reply, Sandbox};
use serde_json::Value;

use crate::support::world::{Outcome, StillClock, World};

/// Every check, in its order.
pub(super) const NAMES: [&str; 15] = [
    "configuration",
    "instance",
    "version",
    "credential",
    "subscription",
    "duo",
    "direct_access",
    "gateway",
    "model",
    "small_model",
    "oauth_redirect",
    "oauth_port",
    "project",
    "read_access",
    "store",
];

pub(super) struct Place {
    pub(super) sandbox: Sandbox,
    pub(super) clock: Arc<StillClock>,
    pub(super) port: u16,
}

struct Instead<F>(F);

impl<F: Fn(&Received) -> Option<Reply> + Send + Sync> Intercept for Instead<F> {
    fn reply(&self, request: &Received) -> Option<Reply> {
        (self.0)(request)
    }
}

impl Place {
    pub(super) fn new() -> Self {
        Self::answering(|_| None)
    }

    /// The storefront, except where this function has another answer.
    pub(super) fn answering(
        answer: impl Fn(&Received) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        let clock = Arc::<StillClock>::default();
        let plan = Plan {
            intercept: Some(Arc::new(Instead(answer))),
            records: true,
            clock: Arc::clone(&clock) as Arc<_>,
            ..Plan::default()
        };
        let sandbox = Sandbox::start(plan).expect("a sandbox");
        Self { sandbox, clock, port: free_port() }
    }

    /// A world of this instance, with neither token nor project.
    pub(super) fn stranger(&self) -> World {
        let mut world = World::new()
            .env("GITLAB_INSTANCE_URL", self.sandbox.url())
            .env("GITLAB_AI_GATEWAY_URL", self.sandbox.gateway_url())
            .env("GITLAB_OAUTH_CALLBACK_URL", format!("http://localhost:{}/callback", self.port));
        world.clock = Arc::clone(&self.clock);
        world
    }

    /// The same with a token of the seed's and the storefront.
    pub(super) fn world_of(&self, token: &str) -> World {
        self.stranger()
            .env("GITLAB_TOKEN", self.sandbox.token_named(token).expect("a token"))
            .env("GITLAB_REPO", self.sandbox.project())
    }

    pub(super) fn world(&self) -> World {
        self.world_of("api")
    }
}

/// A port that nobody has, below those that the system gives out to servers of other tests.
pub(super) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(21_000);
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let next = || NEXT.fetch_add(1, Ordering::SeqCst);
    std::iter::repeat_with(next).take(500).find(is_free).expect("a port")
}

/// The check of that name.
pub(super) fn check(outcome: &Outcome, name: &str) -> Value {
    let told = outcome.json();
    let mut all = told["checks"].as_array().expect("checks").iter();
    all.find(|check| check["name"] == name).cloned().unwrap_or_else(|| panic!("no {name}: {told}"))
}

/// Runs `doctor --json` and gives status, detail and hint of one check, and the exit code.
pub(super) fn examine(world: &World, name: &str) -> (String, String, String, u8) {
    let outcome = world.run("doctor --json");
    let check = check(&outcome, name);
    let text = |member: &str| check[member].as_str().unwrap_or_default().to_owned();
    (text("status"), text("detail"), text("hint"), outcome.code)
}

/// That this check has this status, that its detail or hint says this, and that the run ends so.
pub(super) fn expect(world: &World, name: &str, status: &str, words: &str, code: u8) {
    let outcome = world.run("doctor --json");
    let check = check(&outcome, name);
    assert_eq!((&check["status"], outcome.code), (&status.into(), code), "{}", outcome.stdout);
    let text = |member: &str| check[member].as_str().unwrap_or_default().to_owned();
    let told = format!("{} / {}", text("detail"), text("hint"));
    assert!(told.contains(words), "{name}: {told} has no {words:?}");
}

/// That all of these checks have this status.
pub(super) fn expect_all(world: &World, names: &[&str], status: &str) {
    let outcome = world.run("doctor --json");
    for name in names {
        assert_eq!(check(&outcome, name)["status"], status, "{name}: {}", outcome.stdout);
    }
}

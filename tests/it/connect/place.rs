//! A sandbox with applications whose callback has a port of its own, so that a busy port 42456
//! and other tests do not matter; and the sessions that are made there.

use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use glduo::sandbox::seed::{Application, Seed};
use glduo::sandbox::{Intercept, Plan, Received, Sandbox};
use serde_json::Value;

use super::{entry, person};
use crate::support::world::{StillClock, World};

/// The application without a secret.
pub(super) const PUBLIC: &str = "app-without-a-secret";
/// The application with one.
pub(super) const CONFIDENTIAL: &str = "app-with-a-secret";
pub(super) const APP_SECRET: &str = "gloas-secret-of-the-application-01";

pub(super) struct Place {
    pub(super) sandbox: Sandbox,
    pub(super) clock: Arc<StillClock>,
    pub(super) port: u16,
}

impl Place {
    pub(super) fn new() -> Self {
        Self::start(None)
    }

    /// Where somebody answers in GitLab's place.
    pub(super) fn with(intercept: impl Intercept + 'static) -> Self {
        Self::start(Some(Arc::new(intercept)))
    }

    fn start(intercept: Option<Arc<dyn Intercept>>) -> Self {
        let port = free_port();
        let mut seed = Seed::storefront().expect("the seed");
        let application = |uid: &str, secret: Option<&str>| Application {
            uid: uid.to_owned(),
            name: "glduo".to_owned(),
            secret: secret.map(str::to_owned),
            redirect_uris: vec![callback_url(port)],
            scopes: ["api", "read_api", "read_user", "ai_features", "openid", "profile"]
                .map(str::to_owned)
                .to_vec(),
        };
        seed.applications =
            vec![application(PUBLIC, None), application(CONFIDENTIAL, Some(APP_SECRET))];
        let clock = Arc::<StillClock>::default();
        let plan = Plan {
            seed: Some(seed),
            intercept,
            records: true,
            clock: Arc::clone(&clock) as Arc<_>,
            ..Plan::default()
        };
        Self { sandbox: Sandbox::start(plan).expect("a sandbox"), clock, port }
    }

    pub(super) fn callback_url(&self) -> String {
        callback_url(self.port)
    }

    /// A world of this instance and its clock that knows no application.
    pub(super) fn bare_world(&self) -> World {
        let mut world = super::world(&self.sandbox);
        world.clock = Arc::clone(&self.clock);
        world
    }

    /// A world that knows the public application.
    pub(super) fn world(&self) -> World {
        self.bare_world()
            .env("GITLAB_OAUTH_APP_ID", PUBLIC)
            .env("GITLAB_OAUTH_CALLBACK_URL", self.callback_url())
    }

    /// A world in which somebody has logged in. The clock stands again.
    pub(super) fn logged_in(&self) -> World {
        let world = self.world().in_browser(|page| drop(person::approve(&page)));
        let outcome = world.run("connect --oauth --scopes api");
        assert_eq!(outcome.code, 0, "{outcome:?}");
        self.clock.stands();
        world
    }

    /// What is kept of the session.
    pub(super) fn entry(&self, world: &World) -> Value {
        entry(world, &self.sandbox)
    }

    /// What was sent to the token endpoint, decoded.
    pub(super) fn grants(&self) -> Vec<Vec<(String, String)>> {
        self.forms("/oauth/token")
    }

    /// The forms that were posted to an address.
    pub(super) fn forms(&self, path: &str) -> Vec<Vec<(String, String)>> {
        let requests = self.sandbox.requests();
        let posted = requests.iter().filter(|it| it.method == "POST" && it.path() == path);
        posted.map(form).collect()
    }

    /// How many refreshes were asked for.
    pub(super) fn refreshes(&self) -> usize {
        let is_refresh = |form: &Vec<(String, String)>| {
            form.contains(&("grant_type".to_owned(), "refresh_token".to_owned()))
        };
        self.grants().iter().filter(|form| is_refresh(form)).count()
    }
}

fn form(request: &Received) -> Vec<(String, String)> {
    let mut url = glduo::model::address::Url::parse("http://form/").expect("a URL");
    url.set_query(Some(std::str::from_utf8(&request.body).expect("text")));
    url.query_pairs().into_owned().collect()
}

/// A field of a form.
pub(super) fn field<'f>(form: &'f [(String, String)], name: &str) -> Option<&'f str> {
    form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn callback_url(port: u16) -> String {
    format!("http://localhost:{port}/callback")
}

/// A port that is free on both loopback families, below those that systems give to connections.
pub(super) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let own = u16::try_from(std::process::id() % 9_000).expect("small");
    loop {
        let port = 20_000 + (own + NEXT.fetch_add(1, Ordering::SeqCst)) % 10_000;
        let ipv4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        let ipv6 = TcpListener::bind((Ipv6Addr::LOCALHOST, port));
        let is_taken = |error: &std::io::Error| error.kind() == std::io::ErrorKind::AddrInUse;
        if ipv4.is_ok() && !ipv6.is_err_and(|error| is_taken(&error)) {
            return port;
        }
    }
}

/// Whether this machine has IPv6's loopback address.
pub(super) fn has_ipv6() -> bool {
    TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok()
}

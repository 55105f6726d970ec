//! A stand-in for a GitLab instance and its AI gateway on 127.0.0.1, to try every command and to
//! test with: seeded with a believable project, as strict as GitLab, and with a model that is a
//! script and says so.
//!
//! One file holds one kind of thing; a new path of the REST API is one line in `rest`.

mod answers;
mod attachments;
mod auth;
mod call;
mod controls;
mod diff;
mod direct_access;
mod faults;
mod gateway;
mod grants;
mod graphql;
mod graphql_query;
mod instance;
mod issue_filter;
mod issues;
mod item_filter;
mod job_json;
mod jobs;
mod labels;
mod merge_request_filter;
mod merge_request_json;
mod merge_requests;
mod note_text;
mod notes;
mod oauth;
mod object;
mod paging;
mod pipeline_json;
mod pipeline_run;
mod pipeline_seed;
mod pipelines;
mod projects;
mod prompt;
mod query;
mod received;
mod reply;
mod resources;
mod rest;
mod reviews;
mod script_model;
pub mod seed;
mod server;
mod storefront;
mod users;
mod wire;
mod workflow;
mod written;

use std::io;
use std::sync::{Arc, PoisonError};

pub use received::Received;
pub use reply::{Body, Piece, Reply};
pub use seed::Seed;
pub use workflow::Stream;

use crate::system::clock::{Clock, RealClock};

/// What to serve. The default is the believable project on a free port.
#[derive(Clone)]
pub struct Plan {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// What is in it; [`Seed::storefront`] where not given.
    pub seed: Option<Seed>,
    /// Who may answer in the sandbox's place.
    pub intercept: Option<Arc<dyn Intercept>>,
    /// Whether [`Sandbox::requests`] has something to tell. It grows with every request.
    pub records: bool,
    /// Who is logged in to GitLab in the browser, by user name; the first of the seed's people
    /// where not given.
    pub signed_in: Option<String>,
    /// Tells how old codes and tokens are, and paces streams.
    pub clock: Arc<dyn Clock>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            port: 0,
            seed: None,
            intercept: None,
            records: false,
            signed_in: None,
            clock: Arc::new(RealClock),
        }
    }
}

/// A conversation on a socket; the connection ends with it.
pub type Conversation = Box<dyn FnOnce(Box<dyn Stream>) + Send>;

/// Answers instead of the sandbox, or changes its answers: the place for faults.
pub trait Intercept: Send + Sync {
    /// An answer instead of the sandbox's; `None` leaves it to the sandbox.
    fn reply(&self, request: &Received) -> Option<Reply> {
        let _ = request;
        None
    }

    /// Somebody who has the conversation on a workflow's socket instead of the sandbox, once the
    /// connection was switched over; `None` leaves it to the sandbox.
    fn converse(&self, request: &Received) -> Option<Conversation> {
        let _ = request;
        None
    }

    /// The sandbox's own answer, changed or not.
    fn alter(&self, request: &Received, reply: Reply) -> Reply {
        let _ = request;
        reply
    }
}

/// Why there is no sandbox.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// Another program has the port.
    #[error("port {port} is in use")]
    PortInUse {
        /// The port that was asked for.
        port: u16,
    },
    /// The port cannot be served for another reason.
    #[error("cannot listen on port {port}")]
    Listen {
        /// The port that was asked for, 0 for any.
        port: u16,
        /// The operating system's words.
        source: io::Error,
    },
    /// The embedded seed does not read: a defect of ours.
    #[error("the seed does not read")]
    Seed(#[from] serde_json::Error),
}

/// A sandbox at work. It stops and frees its port when dropped; requests that are being
/// answered then are answered to the end.
pub struct Sandbox {
    url: String,
    site: Arc<server::Site>,
    server: server::Server,
}

impl Sandbox {
    /// Starts serving; returns when connections are taken.
    pub fn start(plan: Plan) -> Result<Self, SandboxError> {
        let seed = match plan.seed {
            Some(seed) => seed,
            None => Seed::storefront()?,
        };
        let door = server::Door::open(plan.port)?;
        let url = format!("http://{}", door.address);
        let world = call::World {
            seed,
            base: url.clone(),
            clock: plan.clock,
            grants: grants::Grants::default(),
            oauth: oauth::Ledger::default(),
            signed_in: plan.signed_in,
            workflows: workflow::Workflows::default(),
            written: written::Written::default(),
            runs: pipeline_run::Runs::default(),
        };
        let site = Arc::new(server::Site::new(world, plan.intercept, plan.records));
        let server = server::Server::start(door, Arc::clone(&site))?;
        Ok(Self { url, site, server })
    }

    /// The instance: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The AI gateway as on cloud.gitlab.com, with its API below `/ai/v1`.
    pub fn gateway_url(&self) -> String {
        format!("{}{}", self.url, gateway::CLOUD)
    }

    /// The same gateway as people host it, with its API below `/v1`.
    pub fn self_hosted_gateway_url(&self) -> String {
        format!("{}{}", self.url, gateway::SELF_HOSTED)
    }

    /// A personal access token with scope `api`; empty where the seed has none.
    pub fn token(&self) -> &str {
        self.token_named("api").unwrap_or_default()
    }

    /// A token by its name in the seed: `api`, `read_api`, `ai_features`, `read_user`,
    /// `expired`, `revoked`, `no_seat` (its owner has no Duo seat) and `job` in the one that
    /// ships.
    pub fn token_named(&self, name: &str) -> Option<&str> {
        let mut tokens = self.site.world.seed.tokens.iter();
        tokens.find(|token| token.name == name).map(|token| token.value.as_str())
    }

    /// The id of the public OAuth application, for `GITLAB_OAUTH_APP_ID`; empty where the seed
    /// has none. It calls back at <http://localhost:42456/callback>.
    pub fn application_id(&self) -> &str {
        let mut applications = self.applications().iter();
        let public = applications.find(|application| application.secret.is_none());
        public.map_or("", |application| application.uid.as_str())
    }

    /// The OAuth applications: in the seed that ships a public and a confidential one.
    pub fn applications(&self) -> &[seed::Application] {
        &self.site.world.seed.applications
    }

    /// The full path of the project to try things with.
    pub fn project(&self) -> &str {
        self.site.world.seed.projects.first().map_or("", |project| project.path.as_str())
    }

    /// Serves for as long as the program runs; returns only where the socket breaks.
    pub fn wait_until_stopped(mut self) {
        self.server.wait();
    }

    /// Everything that was asked so far, oldest first; empty unless the plan records.
    pub fn requests(&self) -> Vec<Received> {
        let record = self.site.record.as_ref();
        record
            .map_or_else(Vec::new, |all| all.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

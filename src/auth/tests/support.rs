//! A home, a clock and an instance made by hand.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tempfile::TempDir;

use crate::auth::{
    AuthorizationServer, Connection, Renewal, SentRefreshes, Sessions, Store, TokenKind,
};
use crate::http::{Client, Options};
use crate::model::address::{BaseUrl, Url};
use crate::model::redact::Redactor;
use crate::model::secret::Secret;
use crate::system::clock::Clock;
use crate::system::environment::Environment;
use crate::system::notes::{Notes, Verbosity};
use crate::system::streams::Output;

/// The time at which the tests' clock begins, in seconds since 1970.
pub(super) const NOW: u64 = 1_800_000_000;

/// Waiting takes no time.
#[derive(Debug, Default)]
pub(super) struct QuickClock(Mutex<Duration>);

impl QuickClock {
    pub(super) fn passed(&self) -> Duration {
        *self.0.lock().expect("the time")
    }
}

impl Clock for QuickClock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(NOW) + self.passed()
    }

    fn sleep(&self, duration: Duration) {
        *self.0.lock().expect("the time") += duration;
    }
}

/// A request as the instance sees it.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) path: String,
    pub(super) form: BTreeMap<String, String>,
    pub(super) authorization: Option<String>,
}

impl Asked {
    pub(super) fn field(&self, name: &str) -> &str {
        self.form.get(name).map_or("", String::as_str)
    }
}

/// An instance that answers as it is told and remembers what it was asked.
pub(super) struct Instance {
    pub(super) base: BaseUrl,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Instance {
    pub(super) fn new(mut answer: impl FnMut(&Asked) -> (u16, String) + Send + 'static) -> Self {
        let server = tiny_http::Server::http("127.0.0.1:0").expect("a server");
        let address = server.server_addr().to_ip().expect("an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            for mut request in server.incoming_requests() {
                let received = receive(&mut request);
                log.lock().expect("the log").push(received.clone());
                let (status, body) = answer(&received);
                let json = tiny_http::Header::from_bytes("content-type", "application/json");
                let response = tiny_http::Response::from_string(body)
                    .with_status_code(status)
                    .with_header(json.expect("a header"));
                let _ = request.respond(response);
            }
        });
        let base = BaseUrl::parse(&format!("http://{address}/gitlab")).expect("a base");
        Self { base, asked }
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("the log").clone()
    }
}

fn receive(request: &mut tiny_http::Request) -> Asked {
    let mut body = String::new();
    request.as_reader().read_to_string(&mut body).expect("a body");
    let url = Url::parse(&format!("http://h/?{body}")).expect("a URL");
    let authorization = request.headers().iter().find(|field| field.field.equiv("authorization"));
    Asked {
        path: request.url().to_owned(),
        form: url.query_pairs().into_owned().collect(),
        authorization: authorization.map(|field| field.value.to_string()),
    }
}

/// A home directory with a store in it, and what speaks to an instance.
pub(super) struct Home {
    pub(super) folder: TempDir,
    pub(super) clock: Arc<QuickClock>,
    pub(super) redactor: Redactor,
    pub(super) http: Client,
    pub(super) sent: SentRefreshes,
}

impl Home {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(QuickClock::default());
        let redactor = Redactor::default();
        let notes = quiet(&redactor);
        let http = Client::new(Options::default(), Arc::<QuickClock>::clone(&clock), notes);
        Self { folder, clock, redactor, http, sent: SentRefreshes::default() }
    }

    pub(super) fn store(&self) -> Store {
        store_below(self.folder.path())
    }

    pub(super) fn file(&self) -> PathBuf {
        self.folder.path().join("glduo/credentials.json")
    }

    pub(super) fn text(&self) -> String {
        std::fs::read_to_string(self.file()).expect("the store")
    }

    pub(super) fn server<'a>(&'a self, instance: &'a BaseUrl) -> AuthorizationServer<'a> {
        AuthorizationServer {
            instance,
            http: &self.http,
            clock: self.clock.as_ref(),
            redactor: &self.redactor,
            sent: &self.sent,
        }
    }

    pub(super) fn sessions<'a>(&'a self, store: &'a Store, instance: &'a BaseUrl) -> Sessions<'a> {
        Sessions { store, server: self.server(instance) }
    }

    /// Keeps a session whose token has `left` seconds to live.
    pub(super) fn keep(&self, instance: &BaseUrl, left: i64) {
        let session = session(instance, left);
        self.store().connect(&session, self.clock.as_ref()).expect("kept");
    }
}

/// Notes that say nothing.
pub(super) fn quiet(redactor: &Redactor) -> Notes {
    Notes::new(Output::new(std::io::sink()), Verbosity::Quiet, redactor.clone())
}

/// The store of this data directory.
pub(super) fn store_below(data: &std::path::Path) -> Store {
    Store::new(&Environment::of([("XDG_DATA_HOME", data)]), &quiet(&Redactor::default()))
}

/// A session with the tokens `access-1` and `refresh-1`.
pub(super) fn session(instance: &BaseUrl, left: i64) -> Connection {
    let end = NOW.checked_add_signed(left).map(Duration::from_secs);
    let now = UNIX_EPOCH + Duration::from_secs(NOW);
    let token = Secret::new("access-1");
    Connection {
        expires_at: end.map(|end| UNIX_EPOCH + end),
        username: Some("root".to_owned()),
        renewal: Some(Renewal {
            refresh_token: Some(Secret::new("refresh-1")),
            client_id: "app".to_owned(),
            client_secret: Some(Secret::new("gloas-secret")),
            redirect_uri: Some("http://localhost:42456/callback".to_owned()),
            ended: false,
        }),
        ..Connection::of_token(instance.clone(), TokenKind::OAuth, token, now)
    }
}

pub(super) fn pair(number: u32) -> (u16, String) {
    let body = format!(
        r#"{{"access_token":"access-{number}","refresh_token":"refresh-{number}",
            "token_type":"bearer","expires_in":7200,"scope":"ai_features openid"}}"#
    );
    (200, body)
}

pub(super) fn oauth_error(error: &str) -> (u16, String) {
    (400, format!(r#"{{"error":"{error}","error_description":"words"}}"#))
}

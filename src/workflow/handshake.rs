//! The handshake of the socket (RFC 6455 §4), written by hand: its answer is bounded, goes
//! nowhere else, and a refusal's body is read whole, which is GitLab's own.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::time::Duration;

use tungstenite::handshake::client::generate_key;
use tungstenite::handshake::derive_accept_key;

use crate::gitlab::{Gitlab, WorkflowPlace};
use crate::http::{Connection, HttpError, HttpErrorKind, Phase};
use crate::model::address::Url;
use crate::model::redact::REDACTED;
use crate::system::notes::{Notes, Verbosity};

/// The most that is read of a refusal's body.
const LONGEST_BODY: u64 = 64 << 10;
const LIMIT: Duration = Duration::from_secs(30);
/// What the service takes our abilities from.
pub(super) const CLIENT_VERSION: &str = "8.104.0";

/// Where to connect, and as whom.
pub(super) struct Address<'g> {
    pub(super) gitlab: &'g Gitlab<'g>,
    pub(super) place: WorkflowPlace,
    /// What GitLab calls the model; `None` for its default.
    pub(super) model: Option<String>,
}

/// One handshake that can be done anywhere.
pub(super) struct Handshake {
    url: Url,
    key: String,
    headers: Vec<(&'static str, String)>,
}

struct Head {
    status: u16,
    fields: Vec<(String, String)>,
}

impl Address<'_> {
    pub(super) fn url(&self, definition: &str) -> Url {
        let mut url = self.gitlab.workflow_socket_url();
        {
            let mut query = url.query_pairs_mut();
            if let Some(model) = &self.model {
                query.append_pair("user_selected_model_identifier", model);
            }
            query.append_pair("workflow_definition", definition);
            query.append_pair("project_id", &self.place.project.to_string());
            query.append_pair("namespace_id", &self.place.namespace.to_string());
            query.append_pair("root_namespace_id", &self.place.root_namespace.to_string());
        }
        url
    }

    pub(super) fn handshake(&self, url: &Url) -> Handshake {
        let (name, secret) = self.gitlab.newest_credential().header();
        let key = generate_key();
        let request_id: String =
            generate_key().chars().filter(char::is_ascii_alphanumeric).collect();
        let port = url.port().map_or(String::new(), |port| format!(":{port}"));
        let headers = vec![
            ("host", format!("{}{port}", url.host_str().unwrap_or_default())),
            ("connection", "Upgrade".to_owned()),
            ("upgrade", "websocket".to_owned()),
            ("sec-websocket-version", "13".to_owned()),
            ("sec-websocket-key", key.clone()),
            (name, secret.expose().to_owned()),
            ("origin", self.gitlab.instance().origin().to_string()),
            ("user-agent", concat!("glduo/", env!("CARGO_PKG_VERSION")).to_owned()),
            ("x-gitlab-client-type", "node-websocket".to_owned()),
            ("x-gitlab-language-server-version", CLIENT_VERSION.to_owned()),
            ("x-request-id", request_id),
            ("x-gitlab-project-id", self.place.project.to_string()),
            ("x-gitlab-namespace-id", self.place.namespace.to_string()),
            ("x-gitlab-root-namespace-id", self.place.root_namespace.to_string()),
        ];
        Handshake { url: url.clone(), key, headers }
    }
}

impl Handshake {
    /// Says what will be sent, without the credential.
    pub(super) fn trace(&self, notes: &Notes) {
        notes.trace(Verbosity::Bodies, &format!("> GET {}", self.url));
        for (name, value) in &self.headers {
            let is_secret = matches!(*name, "authorization" | "job-token");
            let value = if is_secret { REDACTED } else { value };
            notes.trace(Verbosity::Bodies, &format!("> {name}: {value}"));
        }
    }

    /// Upgrades the connection; everything but a right `101` is an error.
    pub(super) fn shake(&self, connection: &mut Connection) -> Result<(), HttpError> {
        let fail = |kind, request_id| {
            let mut place = self.url.clone();
            place.set_query(None);
            HttpError { url: place.into(), request_id, answer: None, kind }
        };
        let request = self.request().map_err(|kind| fail(kind, None))?;
        let head = connection
            .write_all(request.as_bytes())
            .and_then(|()| connection.flush())
            .and_then(|()| connection.read_head())
            .map_err(|error| fail(interrupted(&error), None))?;
        let head = Head::read(&head)
            .map_err(|reason| fail(HttpErrorKind::Malformed { reason: reason.to_owned() }, None))?;
        let request_id = head.field("x-request-id").map(str::to_owned);
        self.check(&head, connection).map_err(|kind| fail(kind, request_id))
    }

    fn request(&self) -> Result<String, HttpErrorKind> {
        let query = self.url.query().map_or(String::new(), |query| format!("?{query}"));
        let mut request = format!("GET {}{query} HTTP/1.1\r\n", self.url.path());
        for (name, value) in &self.headers {
            if value.chars().any(char::is_control) {
                let reason = format!("the header {name} cannot be sent");
                return Err(HttpErrorKind::Malformed { reason });
            }
            // Writing to a string cannot fail.
            let _ = write!(request, "{name}: {value}\r\n");
        }
        request.push_str("\r\n");
        Ok(request)
    }

    fn check(&self, head: &Head, connection: &mut Connection) -> Result<(), HttpErrorKind> {
        let malformed = |reason: &str| HttpErrorKind::Malformed { reason: reason.to_owned() };
        match head.status {
            101 => {}
            300..=399 => return Err(self.redirected(head)),
            200..=299 => {
                return Err(malformed("an ordinary answer came instead of a websocket"));
            }
            status => {
                let body = head.body(connection);
                let is_html = body.trim_ascii_start().starts_with(b"<");
                let retry_after = head.field("retry-after").and_then(|text| text.parse().ok());
                let retry_after = retry_after.map(Duration::from_secs);
                return Err(HttpErrorKind::Status { status, body, retry_after, is_html });
            }
        }
        let upgrades = head.field("upgrade").is_some_and(|to| to.eq_ignore_ascii_case("websocket"))
            && head.field("connection").is_some_and(|options| {
                options.split(',').any(|one| one.trim().eq_ignore_ascii_case("upgrade"))
            });
        let accept = derive_accept_key(self.key.as_bytes());
        if !upgrades || head.field("sec-websocket-accept") != Some(accept.as_str()) {
            return Err(malformed("the handshake's answer is no websocket's"));
        }
        let unasked = ["sec-websocket-extensions", "sec-websocket-protocol"];
        if unasked.into_iter().any(|name| head.field(name).is_some()) {
            return Err(malformed("the server chose an extension that was not offered"));
        }
        Ok(())
    }

    fn redirected(&self, head: &Head) -> HttpErrorKind {
        let location = head.field("location").and_then(|to| self.url.join(to).ok());
        let location = location.map_or("nowhere".to_owned(), |mut to| {
            // Both fail only for URLs without a host, which have no user info either.
            let _ = to.set_username("");
            let _ = to.set_password(None);
            to.set_query(None);
            to.set_fragment(None);
            String::from(to)
        });
        HttpErrorKind::Redirect { location, reason: "a websocket goes nowhere else" }
    }
}

impl Head {
    fn read(text: &str) -> Result<Self, &'static str> {
        let mut lines = text.split("\r\n");
        let start = lines.next().unwrap_or_default();
        let status = start.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5));
        let status = status.and_then(|status| status.parse().ok());
        let status = status.ok_or("the handshake's answer is no HTTP")?;
        let fields = lines.filter_map(|line| line.split_once(':'));
        let fields = fields
            .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        Ok(Self { status, fields })
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The body of a refusal, as much of it as comes; what is missing only costs words.
    fn body(&self, connection: &mut Connection) -> Vec<u8> {
        let mut body = Vec::new();
        let is_chunked = self
            .field("transfer-encoding")
            .is_some_and(|coding| coding.to_ascii_lowercase().ends_with("chunked"));
        if is_chunked {
            let _ = read_chunks(connection, &mut body);
            return body;
        }
        let length = self.field("content-length").and_then(|length| length.parse().ok());
        let most = length.unwrap_or(LONGEST_BODY).min(LONGEST_BODY);
        let _ = connection.take(most).read_to_end(&mut body);
        body
    }
}

/// RFC 9112 §7.1, without trailers.
fn read_chunks(connection: &mut Connection, body: &mut Vec<u8>) -> io::Result<()> {
    let mut reader = BufReader::new(connection.take(2 * LONGEST_BODY));
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).unwrap_or_default();
        let left = LONGEST_BODY.saturating_sub(body.len() as u64);
        if size == 0 || left == 0 {
            return Ok(());
        }
        reader.by_ref().take(size.min(left)).read_to_end(body)?;
        reader.read_line(&mut String::new())?;
    }
}

fn interrupted(error: &io::Error) -> HttpErrorKind {
    match error.kind() {
        io::ErrorKind::TimedOut => HttpErrorKind::Timeout { phase: Phase::Connect, limit: LIMIT },
        io::ErrorKind::InvalidData => HttpErrorKind::Malformed { reason: error.to_string() },
        io::ErrorKind::UnexpectedEof => {
            HttpErrorKind::Interrupted { reason: "the server closed it".to_owned() }
        }
        _ => HttpErrorKind::Interrupted { reason: error.to_string() },
    }
}

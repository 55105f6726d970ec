//! One connection to the workflow service: the handshake, frames in and out, signs of life.

use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tungstenite::client::client_with_config;
use tungstenite::error::Error;
use tungstenite::handshake::HandshakeError;
use tungstenite::handshake::client::{Request, generate_key};
use tungstenite::protocol::WebSocketConfig;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Message, WebSocket};

use super::error::{Lost, WorkflowError};
use super::protocol;
use crate::duo::DuoError;
use crate::gitlab::{Gitlab, GitlabError, WorkflowPlace};
use crate::http::{Connection, HttpError, HttpErrorKind};
use crate::model::address::Url;
use crate::system::clock::Deadline;

/// The most bytes of a message.
const LARGEST: usize = 4 << 20;
const PING: Duration = Duration::from_secs(45);
const HEARTBEAT: Duration = Duration::from_secs(60);
/// How long the other side's close is waited for: it holds a lock until then.
const FAREWELL: Duration = Duration::from_secs(3);

/// Where to connect, and as whom.
pub(super) struct Address<'g> {
    pub(super) gitlab: &'g Gitlab<'g>,
    pub(super) place: WorkflowPlace,
    /// What GitLab calls the model; `None` for its default.
    pub(super) model: Option<String>,
}

/// What a look at the socket brought.
pub(super) enum Incoming {
    Message(Vec<u8>),
    Nothing,
    Closed(u16, String),
}

pub(super) struct Socket {
    socket: WebSocket<Connection>,
    idle: Duration,
    silent_at: Deadline,
    ping_at: Deadline,
    heartbeat_at: Deadline,
}

impl Address<'_> {
    fn url(&self, definition: &str) -> Url {
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

    fn request(&self, url: &Url) -> Result<Request, HttpErrorKind> {
        let port = url.port().map_or(String::new(), |port| format!(":{port}"));
        let host = format!("{}{port}", url.host_str().unwrap_or_default());
        let (name, secret) = self.gitlab.newest_credential().header();
        let scheme = if url.scheme() == "https" { "wss" } else { "ws" };
        let uri = format!("{scheme}{}", url.as_str().trim_start_matches(url.scheme()));
        Request::builder()
            .uri(uri)
            .header("host", host)
            .header("connection", "Upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", generate_key())
            .header(name, secret.expose())
            .header("origin", self.gitlab.instance().origin().to_string())
            .header("user-agent", concat!("glduo/", env!("CARGO_PKG_VERSION")))
            .header("x-gitlab-client-type", "node-websocket")
            .header("x-gitlab-language-server-version", "8.104.0")
            .header("x-gitlab-project-id", self.place.project)
            .header("x-gitlab-namespace-id", self.place.namespace)
            .header("x-gitlab-root-namespace-id", self.place.root_namespace)
            .body(())
            .map_err(|error| HttpErrorKind::Malformed { reason: error.to_string() })
    }
}

impl Socket {
    pub(super) fn connect(
        address: &Address<'_>,
        definition: &str,
        idle: Duration,
    ) -> Result<Self, WorkflowError> {
        let url = address.url(definition);
        let failed = |kind| {
            let mut place = url.clone();
            place.set_query(None);
            let error = HttpError { url: place.to_string(), request_id: None, kind };
            WorkflowError::from(GitlabError::from(error))
        };
        let credential = address.gitlab.newest_credential();
        let connection = address
            .gitlab
            .client()
            .connect(&url, &credential)
            .map_err(|error| WorkflowError::Duo(DuoError::Gitlab(GitlabError::from(error))))?;
        let request = address.request(&url).map_err(failed)?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(LARGEST))
            .max_frame_size(Some(LARGEST));
        match client_with_config(request, connection, Some(config)) {
            Ok((socket, _)) => Ok(Self {
                socket,
                idle,
                silent_at: Deadline::after(idle),
                ping_at: Deadline::after(PING),
                heartbeat_at: Deadline::after(HEARTBEAT),
            }),
            Err(HandshakeError::Failure(Error::Http(answer))) => {
                let body = answer.body().clone().unwrap_or_default();
                let is_html = body.starts_with(b"<");
                let status = answer.status().as_u16();
                Err(failed(HttpErrorKind::Status { status, body, retry_after: None, is_html }))
            }
            Err(HandshakeError::Failure(error)) => {
                Err(failed(HttpErrorKind::Interrupted { reason: error.to_string() }))
            }
            Err(HandshakeError::Interrupted(_)) => Err(failed(HttpErrorKind::Interrupted {
                reason: "the server did not answer the handshake".to_owned(),
            })),
        }
    }

    /// What came, waited for no longer than this. Pings are answered here.
    pub(super) fn next(&mut self, wait: Duration, now: SystemTime) -> Result<Incoming, Lost> {
        self.show_life(now)?;
        let broken = |error: io::Error| Lost::Broken(error.to_string());
        self.socket.get_ref().set_read_timeout(wait).map_err(broken)?;
        let message = match self.socket.read() {
            Ok(message) => message,
            Err(Error::Io(error)) if is_patience(&error) => {
                return if self.silent_at.has_passed() {
                    Err(Lost::Silent(self.idle.as_secs()))
                } else {
                    Ok(Incoming::Nothing)
                };
            }
            Err(Error::Capacity(error)) => return Err(Lost::Malformed(error.to_string())),
            Err(error) => return Err(Lost::Broken(error.to_string())),
        };
        self.silent_at = Deadline::after(self.idle);
        Ok(match message {
            Message::Text(text) => Incoming::Message(text.as_bytes().to_vec()),
            Message::Binary(bytes) => Incoming::Message(bytes.to_vec()),
            Message::Close(frame) => {
                let code = frame.as_ref().map_or(1005, |frame| frame.code.into());
                let reason = frame.map(|frame| frame.reason.to_string()).unwrap_or_default();
                Incoming::Closed(code, reason)
            }
            _ => Incoming::Nothing,
        })
    }

    fn show_life(&mut self, now: SystemTime) -> Result<(), Lost> {
        if self.ping_at.has_passed() {
            self.ping_at = Deadline::after(PING);
            self.send_message(Message::Ping(Vec::new().into()))?;
        }
        if self.heartbeat_at.has_passed() {
            self.heartbeat_at = Deadline::after(HEARTBEAT);
            let milliseconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
            self.send(protocol::heartbeat(u64::try_from(milliseconds).unwrap_or_default()))?;
        }
        Ok(())
    }

    pub(super) fn send(&mut self, text: String) -> Result<(), Lost> {
        self.send_message(Message::text(text))
    }

    fn send_message(&mut self, message: Message) -> Result<(), Lost> {
        self.socket.send(message).map_err(|error| Lost::Broken(error.to_string()))
    }

    /// Says goodbye, and waits a little for the other side's.
    pub(super) fn close(mut self) {
        let frame =
            tungstenite::protocol::CloseFrame { code: CloseCode::Normal, reason: "".into() };
        let _ = self.socket.close(Some(frame));
        let until = Deadline::after(FAREWELL);
        let _ = self.socket.get_ref().set_read_timeout(Duration::from_millis(200));
        while !until.has_passed() {
            match self.socket.read() {
                Ok(_) => {}
                Err(Error::Io(error)) if is_patience(&error) => {}
                Err(_) => return,
            }
        }
    }
}

fn is_patience(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}

//! A service that a test plays, connection by connection, and a session that talks to it in a
//! directory of its own.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tungstenite::handshake::server::{Request, Response};
use tungstenite::protocol::CloseFrame;
use tungstenite::{Message, WebSocket, accept_hdr};

use super::super::{Event, GitFacts, Limits, PersonAnswer, Session, Start, Status, WorkflowError};
use crate::duo::SystemPrompt;
use crate::gitlab::{Gitlab, WorkflowPlace, WorkflowSocket};
use crate::http::{Client, Identity, Options};
use crate::model::address::BaseUrl;
use crate::model::credential::{Credential, CredentialSource, Scheme};
use crate::model::redact::Redactor;
use crate::model::secret::Secret;
use crate::system::clock::{Clock, Deadline};
use crate::system::environment::Environment;
use crate::system::notes::{Notes, Verbosity};
use crate::system::streams::Output;
use crate::tools::{Boundaries, Policy, Tools, Workspace};

pub(super) const TOKEN: &str = "glpat-0f1e2d3c4b5a69788796";

/// What the service holds of one connection.
pub(super) struct Peer {
    pub(super) socket: WebSocket<TcpStream>,
    /// The handshake's target and header lines.
    pub(super) target: String,
    pub(super) headers: Vec<(String, String)>,
}

/// The service's door.
pub(super) struct Door(TcpListener);

impl Door {
    pub(super) fn raw(&self) -> TcpStream {
        let (stream, _) = self.0.accept().expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
        stream
    }

    pub(super) fn open(&self) -> Peer {
        let (mut target, mut headers) = (String::new(), Vec::new());
        #[allow(clippy::result_large_err, reason = "the library's type")]
        let note = |request: &Request, response: Response| {
            target = request.uri().to_string();
            for (name, value) in request.headers() {
                headers.push((name.to_string(), value.to_str().unwrap_or_default().to_owned()));
            }
            Ok(response)
        };
        let socket = accept_hdr(self.raw(), note).expect("a handshake");
        Peer { socket, target, headers }
    }

    /// A connection on which the start request was read.
    pub(super) fn begun(&self) -> (Peer, Value) {
        let mut peer = self.open();
        let start = peer.read();
        assert!(start["startRequest"].is_object(), "{start}");
        (peer, start["startRequest"].clone())
    }
}

impl Peer {
    /// The next message, heartbeats left out.
    pub(super) fn read(&mut self) -> Value {
        loop {
            let message = self.socket.read().expect("a message");
            if let Message::Text(text) = message {
                let value: Value = serde_json::from_str(&text).expect("JSON");
                if value.get("heartbeat").is_none() {
                    return value;
                }
            }
        }
    }

    pub(super) fn say(&mut self, message: &Value) {
        self.socket.send(Message::binary(message.to_string().into_bytes())).expect("taken");
    }

    pub(super) fn action(&mut self, id: &str, name: &str, fields: &Value) {
        self.say(&json!({ "requestID": id, name: fields }));
    }

    pub(super) fn shell(&mut self, id: &str, command: &str) {
        self.action(id, "runShellCommand", &json!({ "command": command }));
    }

    pub(super) fn checkpoint(&mut self, status: &str, log: &[Value]) {
        let checkpoint = json!({ "channel_values": { "ui_chat_log": log } }).to_string();
        let fields = json!({ "status": status, "checkpoint": checkpoint, "errors": [] });
        self.say(&json!({ "requestID": "", "newCheckpoint": fields }));
    }

    pub(super) fn close(mut self, code: u16) {
        let frame = CloseFrame { code: code.into(), reason: "why".into() };
        self.socket.close(Some(frame)).expect("closed");
        while self.socket.read().is_ok() {}
    }

    /// Ends the turn, and closes.
    pub(super) fn finish(mut self) {
        self.checkpoint("FINISHED", &[]);
        self.close(1000);
    }

    pub(super) fn answer(&mut self) -> (String, String, String) {
        let answer = self.read();
        let answer = &answer["actionResponse"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let told = &answer["plainTextResponse"];
        (text(&answer["requestID"]), text(&told["response"]), text(&told["error"]))
    }
}

/// An entry of the conversation.
pub(super) fn entry(kind: &str, id: &str, content: &str) -> Value {
    json!({ "message_type": kind, "message_id": id, "content": content })
}

pub(super) fn request(id: &str, name: &str, args: &Value) -> Value {
    json!({ "message_type": "request", "message_id": id, "content": "?",
            "tool_info": { "name": name, "args": args } })
}

/// Waits take no time and are kept; the time stands still.
#[derive(Default)]
pub(super) struct StandingClock(pub(super) Mutex<Duration>);

impl Clock for StandingClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_hours(491_244)
    }

    fn sleep(&self, duration: Duration) {
        *self.0.lock().expect("no panic") += duration;
    }
}

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A session and the service it talks to.
pub(super) struct World {
    pub(super) session: Session<'static>,
    pub(super) clock: Arc<StandingClock>,
    pub(super) directory: tempfile::TempDir,
    service: JoinHandle<()>,
    stderr: Captured,
}

impl World {
    /// With `read` and `shell` allowed, and nobody to ask.
    pub(super) fn new(script: impl FnOnce(Door) + Send + 'static) -> Self {
        Self::with(Policy::new(["shell"], [""; 0], false).expect("a policy"), None, script)
    }

    pub(super) fn with(
        policy: Policy,
        total: Option<Duration>,
        script: impl FnOnce(Door) + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let service = thread::spawn(move || script(Door(listener)));
        let instance = BaseUrl::parse(&base).expect("an address");
        let stderr = Captured::default();
        let notes = Notes::new(Output::new(stderr.clone()), Verbosity::Bodies, Redactor::default());
        let clock = Arc::new(StandingClock::default());
        let client = Client::new(Options::default(), Arc::<StandingClock>::clone(&clock), notes);
        let credential = Credential {
            secret: Secret::new(TOKEN),
            scheme: Scheme::Bearer,
            origin: instance.origin().clone(),
            source: CredentialSource::Env("GITLAB_TOKEN"),
        };
        let instance = Box::leak(Box::new(instance));
        let gitlab =
            Gitlab::new(Box::leak(Box::new(client)), instance, Identity::new(credential, None));
        let directory = tempfile::tempdir().expect("a directory");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let env = Environment::of([("PATH", path)]);
        let workspace = Workspace::open(directory.path(), &Boundaries::default(), &env);
        let tools = Tools::new(workspace.expect("a workspace"), env);
        let place = WorkflowPlace { project: 3, namespace: 5, root_namespace: 22 };
        let system = SystemPrompt::new("Comply.", None);
        let start = Start::new("7".into(), "chat", "Why?".into(), &system, &GitFacts::default());
        let socket =
            WorkflowSocket { definition: "chat", place, model: Some("a_model".to_owned()) };
        let mut session = Session::new(
            Box::leak(Box::new(gitlab)),
            socket,
            (start, false),
            (policy, tools),
            Limits { idle: Duration::from_secs(20), total, max_retries: 3 },
            Arc::<StandingClock>::clone(&clock),
        );
        session.connection.schedule.close = Duration::from_millis(300);
        session.connection.schedule.stop = Duration::from_millis(300);
        Self { session, clock, directory, service, stderr }
    }

    /// To the end, every question answered like this.
    pub(super) fn run(
        &mut self,
        answer: PersonAnswer,
    ) -> (Vec<Event>, Result<Status, WorkflowError>) {
        let mut events = Vec::new();
        let until = Deadline::after(Duration::from_secs(30));
        while !until.has_passed() {
            match self.session.next_event() {
                Ok(Event::Waiting) => {}
                Ok(Event::End(status)) => return (events, Ok(status)),
                Ok(event) => {
                    if let Event::Ask(_) = event {
                        self.session.answer(answer).expect("answered");
                    }
                    events.push(event);
                }
                Err(error) => return (events, Err(error)),
            }
        }
        panic!("it hangs after {events:?}");
    }

    pub(super) fn end(&mut self) -> Result<Status, WorkflowError> {
        self.run(PersonAnswer::No).1
    }

    /// The service has said all it had to say, and nothing failed there.
    pub(super) fn over(self) -> String {
        drop(self.session);
        self.service.join().expect("the service saw what it should");
        String::from_utf8_lossy(&self.stderr.0.lock().expect("no panic")).into_owned()
    }

    pub(super) fn file(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.directory.path().join(name)).ok()
    }
}

/// Writes bytes that no library would.
pub(super) fn raw_frame(peer: &mut Peer, bytes: &[u8]) {
    let _ = peer.socket.get_mut().write_all(bytes);
}

//! A plain client of a workflow's socket, which does right what nobody asked it to do wrong.

use std::net::TcpStream;
use std::time::Duration;

use glduo::sandbox::Sandbox;
use serde_json::{Value, json};
use tungstenite::error::Error;
use tungstenite::handshake::HandshakeError;
use tungstenite::handshake::client::generate_key;
use tungstenite::http::Request;
use tungstenite::{Message, WebSocket};

use super::raw;

pub(crate) const PATH: &str = "/api/v4/ai/duo_workflows/ws";
/// The storefront, its group and the top of it.
pub(crate) const PLACE: (u64, u64, u64) = (61_840_217, 8_472_014, 8_472_001);
const PATIENCE: Duration = Duration::from_secs(20);

/// The query of a connection for this flow.
pub(crate) fn query(definition: &str) -> String {
    let (project, namespace, root) = PLACE;
    format!(
        "workflow_definition={definition}&project_id={project}&namespace_id={namespace}&root_namespace_id={root}"
    )
}

/// Creates a workflow with these fields beside the usual ones: its id.
pub(crate) fn create(sandbox: &Sandbox, fields: &Value) -> String {
    let mut body = json!({
        "project_id": sandbox.project(),
        "goal": "Look around",
        "workflow_definition": "chat",
        "environment": "ide",
        "agent_privileges": [1, 2, 3, 4, 5, 6],
        "allow_agent_to_request_user": true,
    });
    for (name, value) in fields.as_object().expect("an object") {
        body[name] = value.clone();
    }
    let answer = post(sandbox, "workflows", &body);
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].to_string()
}

/// Posts to the Agent Platform's API.
pub(crate) fn post(sandbox: &Sandbox, path: &str, body: &Value) -> raw::Answer {
    let headers = [("private-token", sandbox.token()), ("content-type", "application/json")];
    let target = format!("/api/v4/ai/duo_workflows/{path}");
    raw::send(sandbox.url(), "POST", &target, &headers, body.to_string().as_bytes())
}

/// A start request that is right.
pub(crate) fn start(id: &str, goal: &str) -> Value {
    json!({
        "workflowID": id,
        "clientVersion": "8.104.0",
        "workflowDefinition": "chat",
        "goal": goal,
        "workflowMetadata": json!({ "extended_logging": false, "git_branch": "main" }).to_string(),
        "additional_context": [
            {
                "category": "user_rule",
                "id": "agents-md-user-instructions",
                "content": "Follow the house rules.",
                "metadata": "{}",
            },
            { "category": "os_information", "content": "<os/>", "metadata": "{}" },
        ],
        "clientCapabilities": ["shell_command"],
        "mcpTools": [],
        "preapproved_tools": ["read_file", "read_files", "list_dir", "find_files", "grep"],
    })
}

/// What a tool answers: its text, or why not.
pub(crate) type Answer = Result<String, String>;

/// How a connection is opened.
pub(crate) struct Opening {
    pub(crate) base: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Opening {
    pub(crate) fn new(sandbox: &Sandbox) -> Self {
        let base = sandbox.url().to_owned();
        let headers = vec![
            ("authorization", format!("Bearer {}", sandbox.token())),
            ("origin", base.clone()),
            ("user-agent", "test".to_owned()),
            ("x-gitlab-client-type", "node-websocket".to_owned()),
            ("x-gitlab-language-server-version", "8.104.0".to_owned()),
        ];
        Self { base, target: format!("{PATH}?{}", query("chat")), headers }
    }

    /// With a header in place of the one of that name, or without it where it is empty.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(own, _)| *own != name);
        if !value.is_empty() {
            self.headers.push((name, value.to_owned()));
        }
        self
    }

    pub(crate) fn to(self, target: String) -> Self {
        Self { target, ..self }
    }

    /// The connection, or the status and the text of the refusal.
    pub(crate) fn open(&self) -> Result<Client, (u16, String)> {
        let host = self.base.strip_prefix("http://").expect("plain http");
        let stream = TcpStream::connect(host).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
        let mut request = Request::builder()
            .uri(format!("ws://{host}{}", self.target))
            .header("host", host)
            .header("connection", "Upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", generate_key());
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        match tungstenite::client(request.body(()).expect("a request"), stream) {
            Ok((web, _)) => Ok(Client { web, answered: Vec::new(), log: Vec::new() }),
            Err(HandshakeError::Failure(Error::Http(answer))) => {
                let body = answer.body().clone().unwrap_or_default();
                Err((answer.status().as_u16(), String::from_utf8_lossy(&body).into_owned()))
            }
            Err(error) => panic!("no handshake: {error}"),
        }
    }
}

/// A connection.
pub(crate) struct Client {
    pub(crate) web: WebSocket<TcpStream>,
    /// The actions that were answered.
    pub(crate) answered: Vec<Value>,
    /// The conversation as the last snapshot has it.
    pub(crate) log: Vec<Value>,
}

impl Client {
    pub(crate) fn open(sandbox: &Sandbox) -> Self {
        Opening::new(sandbox).open().expect("a connection")
    }

    pub(crate) fn send(&mut self, message: &Value) {
        self.web.send(Message::text(message.to_string())).expect("a message");
    }

    /// The next message, or code and reason of the close; code 1006 where there was none.
    pub(crate) fn next(&mut self) -> Result<Value, (u16, String)> {
        loop {
            match self.web.read() {
                Ok(Message::Binary(bytes)) => {
                    return Ok(serde_json::from_slice(&bytes).expect("JSON"));
                }
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                Ok(Message::Close(frame)) => {
                    let frame = frame.expect("a code");
                    // The close is answered by reading on.
                    while self.web.read().is_ok() {}
                    return Err((frame.code.into(), frame.reason.to_string()));
                }
                Ok(other) => panic!("GitLab sends binary frames: {other}"),
                Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    panic!("nothing came")
                }
                Err(_) => return Err((1006, String::new())),
            }
        }
    }

    /// Answers every action with this function until the close: the statuses that came, without
    /// repetitions, then code and reason.
    pub(crate) fn run(&mut self, tool: impl Fn(&Value) -> Answer) -> (Vec<String>, u16, String) {
        let mut statuses = Vec::new();
        loop {
            let message = match self.next() {
                Ok(message) => message,
                Err((code, reason)) => return (statuses, code, reason),
            };
            if let Some(checkpoint) = message.get("newCheckpoint") {
                statuses.push(checkpoint["status"].as_str().expect("a status").to_owned());
                statuses.dedup();
                self.log = log(checkpoint);
                continue;
            }
            let answer = answer(&message, tool(&message));
            self.answered.push(message);
            self.send(&answer);
        }
    }

    /// What the agent said last.
    pub(crate) fn said(&self) -> &str {
        let agent = self.log.iter().rfind(|entry| entry["message_type"] == "agent");
        agent.expect("an agent's text")["content"].as_str().expect("text")
    }

    /// The names of the actions that were asked for.
    pub(crate) fn actions(&self) -> Vec<String> {
        let named = |message: &Value| {
            let object = message.as_object().expect("an object");
            object.keys().find(|key| *key != "requestID").expect("an action").clone()
        };
        self.answered.iter().map(named).collect()
    }
}

/// The conversation in a snapshot.
pub(crate) fn log(checkpoint: &Value) -> Vec<Value> {
    let text = checkpoint["checkpoint"].as_str().expect("JSON in a text");
    let values: Value = serde_json::from_str(text).expect("JSON");
    values["channel_values"]["ui_chat_log"].as_array().expect("a log").clone()
}

/// An answer in the shape that the action wants.
pub(crate) fn answer(action: &Value, result: Answer) -> Value {
    let (response, error) = match result {
        Ok(text) => (text, String::new()),
        Err(error) => (String::new(), error),
    };
    let id = &action["requestID"];
    if action.get("runHTTPRequest").is_some() {
        let http = json!({ "statusCode": 200, "headers": {}, "body": response, "error": error });
        return json!({ "actionResponse": { "requestID": id, "httpResponse": http } });
    }
    let text = json!({ "response": response, "error": error });
    json!({ "actionResponse": { "requestID": id, "plainTextResponse": text } })
}

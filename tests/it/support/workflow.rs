//! A workflow service that does what a test tells it to, faults and attacks included: it stands
//! on the sandbox's socket in the place of the scripts.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use glduo::sandbox::{Conversation, Intercept, Plan, Received, Reply, Sandbox, Stream};
use serde_json::{Value, json};
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::protocol::frame::{CloseFrame, Frame};
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Message, WebSocket};

use super::world::World;

/// What the service does next.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Waits for the start request, the first thing that a client sends.
    Start,
    /// Sends a message, in binary as GitLab does.
    Send(Value),
    /// The same in a text frame.
    Text(String),
    /// The same in frames of so many bytes, a ping between them.
    Fragments(Value, usize),
    /// Sends these bytes in a binary frame, whatever they are.
    Bytes(Vec<u8>),
    /// Writes these bytes below the frames.
    Raw(Vec<u8>),
    /// Waits for the answer to the action of that id.
    Answer(&'static str),
    /// Waits for the client to stop the workflow.
    Stop,
    /// Sends a ping and waits for its pong.
    Ping,
    /// Does nothing for this long.
    Silence(Duration),
    /// Says that it closes, and waits for the goodbye.
    Close(u16, &'static str),
    /// Is gone without a word, in the middle of whatever it was.
    Drop,
}

/// The sandbox with a workflow service of the test's own.
pub(crate) struct Service {
    pub(crate) sandbox: Sandbox,
    script: Arc<Script>,
}

struct Script {
    /// What each connection does, the last one again and again.
    connections: Mutex<VecDeque<Vec<Step>>>,
    heard: Mutex<Vec<Value>>,
    gitlab: fn(&Received) -> Option<Reply>,
}

impl Service {
    /// One list of steps a connection, in order. A list that is at its end closes with 1000.
    pub(crate) fn on(connections: impl IntoIterator<Item = Vec<Step>>) -> Self {
        Self::beside(|_| None, connections)
    }

    /// With a part of GitLab of the test's own; it can refuse the handshake too.
    pub(crate) fn beside(
        gitlab: fn(&Received) -> Option<Reply>,
        connections: impl IntoIterator<Item = Vec<Step>>,
    ) -> Self {
        let script = Arc::new(Script {
            connections: Mutex::new(connections.into_iter().collect()),
            heard: Mutex::default(),
            gitlab,
        });
        let intercept = Some(Arc::new(Player(Arc::clone(&script))) as Arc<dyn Intercept>);
        let plan = Plan { intercept, records: true, ..Plan::default() };
        Self { sandbox: Sandbox::start(plan).expect("a sandbox"), script }
    }

    /// A world that is connected to it.
    pub(crate) fn world(&self) -> World {
        super::gitlab::at_home(&self.sandbox)
    }

    /// What the client sent over all connections, oldest first, heartbeats aside.
    pub(crate) fn heard(&self) -> Vec<Value> {
        self.script.heard.lock().expect("what was heard").clone()
    }

    /// The start requests.
    pub(crate) fn starts(&self) -> Vec<Value> {
        self.parts("startRequest")
    }

    /// The answers to actions.
    pub(crate) fn answers(&self) -> Vec<Value> {
        self.parts("actionResponse")
    }

    fn parts(&self, name: &str) -> Vec<Value> {
        self.heard().iter().filter_map(|message| message.get(name).cloned()).collect()
    }
}

struct Player(Arc<Script>);

impl Intercept for Player {
    fn reply(&self, request: &Received) -> Option<Reply> {
        (self.0.gitlab)(request)
    }

    fn converse(&self, _: &Received) -> Option<Conversation> {
        let mut connections = self.0.connections.lock().expect("the steps");
        let steps = connections.pop_front().unwrap_or_default();
        if connections.is_empty() {
            connections.push_back(steps.clone());
        }
        let script = Arc::clone(&self.0);
        Some(Box::new(move |stream| {
            let mut wire = Wire::new(stream, script);
            // A client that goes away ends the script.
            let closed = steps.into_iter().try_for_each(|step| wire.play(step));
            if closed.is_some() {
                let _ = wire.play(Step::Close(1000, ""));
            }
        }))
    }
}

struct Wire {
    web: WebSocket<Box<dyn Stream>>,
    script: Arc<Script>,
}

impl Wire {
    fn new(stream: Box<dyn Stream>, script: Arc<Script>) -> Self {
        let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        Self { web: WebSocket::from_raw_socket(stream, Role::Server, Some(config)), script }
    }

    /// Plays a step; `None` where the connection ended with it.
    fn play(&mut self, step: Step) -> Option<()> {
        match step {
            Step::Start => self.hear_until(|message| message.get("startRequest").is_some()),
            Step::Answer(id) => {
                self.hear_until(|message| message["actionResponse"]["requestID"] == id)
            }
            Step::Stop => self.hear_until(|message| message.get("stopWorkflow").is_some()),
            Step::Send(value) => self.send(Message::binary(value.to_string())),
            Step::Text(text) => self.send(Message::text(text)),
            Step::Bytes(bytes) => self.send(Message::binary(bytes)),
            Step::Fragments(value, size) => self.send_fragments(&value, size),
            Step::Raw(bytes) => {
                let stream = self.web.get_mut();
                stream.write_all(&bytes).and_then(|()| stream.flush()).ok()
            }
            Step::Ping => self.ping(),
            Step::Silence(duration) => {
                std::thread::sleep(duration);
                Some(())
            }
            Step::Close(code, reason) => {
                let frame = CloseFrame { code: code.into(), reason: reason.into() };
                self.web.close(Some(frame)).ok()?;
                while self.hear().is_some() {}
                None
            }
            Step::Drop => None,
        }
    }

    fn send(&mut self, message: Message) -> Option<()> {
        self.web.send(message).ok()
    }

    fn send_fragments(&mut self, value: &Value, size: usize) -> Option<()> {
        let bytes = value.to_string().into_bytes();
        let last = bytes.chunks(size).count() - 1;
        for (at, part) in bytes.chunks(size).enumerate() {
            let kind = if at == 0 { Data::Binary } else { Data::Continue };
            let frame = Frame::message(part.to_vec(), OpCode::Data(kind), at == last);
            self.send(Message::Frame(frame))?;
            self.send(Message::Ping("between".into()))?;
        }
        Some(())
    }

    fn ping(&mut self) -> Option<()> {
        self.send(Message::Ping("there?".into()))?;
        loop {
            match self.web.read().ok()? {
                Message::Pong(payload) if payload.as_ref() == b"there?" => return Some(()),
                message => self.note(&message),
            }
        }
    }

    fn hear_until(&mut self, wanted: impl Fn(&Value) -> bool) -> Option<()> {
        loop {
            if wanted(&self.hear()?) {
                return Some(());
            }
        }
    }

    /// The next message; null for one that only shows life.
    fn hear(&mut self) -> Option<Value> {
        let message = self.web.read().ok()?;
        self.note(&message);
        Some(read(&message).unwrap_or_default())
    }

    fn note(&self, message: &Message) {
        let mut heard = self.script.heard.lock().expect("what was heard");
        heard.extend(read(message));
    }
}

fn read(message: &Message) -> Option<Value> {
    let text = matches!(message, Message::Text(_) | Message::Binary(_)).then(|| message.to_text());
    let value: Value = serde_json::from_str(text?.ok()?).ok()?;
    value.get("heartbeat").is_none().then_some(value)
}

/// An action with its one key and fields.
pub(crate) fn action(id: &str, name: &str, fields: Value) -> Step {
    let mut message = json!({ "requestID": id });
    message[name] = fields;
    Step::Send(message)
}

/// A snapshot whose conversation is the goal, then these entries.
pub(crate) fn checkpoint(status: &str, goal: &str, entries: Vec<Value>) -> Step {
    Step::Send(snapshot(status, goal, entries))
}

/// The message of a snapshot, to be sent in another way or to be spoilt.
pub(crate) fn snapshot(status: &str, goal: &str, entries: Vec<Value>) -> Value {
    let mut log = vec![entry("user", "user-1", goal)];
    log.extend(entries);
    let values = json!({ "status": "x", "ui_chat_log": log, "plan": { "steps": [] } });
    json!({
        "requestID": "",
        "newCheckpoint": {
            "status": status,
            "checkpoint": json!({ "channel_values": values }).to_string(),
            "goal": goal,
            "errors": [],
            "content": "",
        },
    })
}

/// What the agent says.
pub(crate) fn says(id: &str, text: &str) -> Value {
    entry("agent", id, text)
}

/// A tool that the service wants approval for.
pub(crate) fn wants(id: &str, tool: &str, arguments: Value) -> Value {
    let mut entry = entry("request", id, "It requires approval.");
    entry["tool_info"] = json!({ "name": tool });
    entry["tool_info"]["args"] = arguments;
    entry
}

fn entry(kind: &str, id: &str, content: &str) -> Value {
    json!({
        "message_type": kind,
        "message_sub_type": null,
        "content": content,
        "message_id": id,
        "timestamp": "2026-11-23T12:00:00.000000+00:00",
        "status": "success",
        "correlation_id": null,
        "tool_info": null,
        "additional_context": null,
    })
}

/// A message whose checkpoint is nested this deep.
pub(crate) fn nested(depth: usize) -> Step {
    let text = format!(r#"{}"newCheckpoint":{}{}}}"#, "{", "[".repeat(depth), "]".repeat(depth));
    Step::Bytes(text.into_bytes())
}

/// A frame that announces so many bytes and has only a few of them.
pub(crate) fn announced(bytes: u64) -> Step {
    let mut frame = vec![0x82, 127];
    frame.extend(bytes.to_be_bytes());
    frame.extend(b"{\"requestID\":\"");
    Step::Raw(frame)
}

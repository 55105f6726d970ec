//! GitLab with an agent that a test plays: the few REST calls that begin a workflow, and a socket
//! on which the test says and does what no real service would.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tungstenite::protocol::CloseFrame;
use tungstenite::{Message, WebSocket};

use crate::support::world::World;

pub(super) const TOKEN: &str = "glpat-sandboxAgent0123456789";

/// An address whose answer takes longer than anybody waits.
pub(super) const SLOW: &str = "/api/v4/slow";

type Script = Arc<dyn Fn(usize, &mut Wire) + Send + Sync>;

/// The instance.
pub(super) struct Agent {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<(String, Value)>>>,
    refusal: Refusal,
    stops: Arc<AtomicBool>,
}

impl Agent {
    /// Plays this on every connection, which are counted from 0.
    pub(super) fn playing(script: impl Fn(usize, &mut Wire) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (seen, stops) = (Arc::default(), Arc::<AtomicBool>::default());
        let (script, count): (Script, _) = (Arc::new(script), Arc::new(AtomicUsize::new(0)));
        let refusal = Refusal::default();
        let refused = Arc::clone(&refusal);
        let (kept, stopped) = (Arc::clone(&seen), Arc::clone(&stops));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let (kept, script, count) =
                    (Arc::clone(&kept), Arc::clone(&script), Arc::clone(&count));
                let refused = Arc::clone(&refused);
                thread::spawn(move || serve(stream, &kept, &script, &count, &refused));
            }
        });
        Self { address, seen, refusal, stops }
    }

    /// An agent with one thing to do, after which it is done.
    pub(super) fn doing(action: Value) -> Self {
        Self::playing(move |_, wire| {
            wire.start();
            let answer = wire.act("1", &action);
            let said = answer["plainTextResponse"].clone();
            wire.says("FINISHED", &format!("It said {said}"));
        })
    }

    /// An agent that only says something.
    pub(super) fn saying(text: &'static str) -> Self {
        Self::playing(move |_, wire| {
            wire.start();
            wire.says("INPUT_REQUIRED", text);
        })
    }

    /// The same with another answer to this REST call.
    pub(super) fn refusing(self, line: &str, status: &str, body: Value) -> Self {
        self.refusing_times(usize::MAX, line, status, body)
    }

    /// The same for the first call only.
    pub(super) fn refusing_once(self, line: &str, status: &str, body: Value) -> Self {
        self.refusing_times(1, line, status, body)
    }

    fn refusing_times(self, times: usize, line: &str, status: &str, body: Value) -> Self {
        let refusal = (line.to_owned(), status.to_owned(), body, times);
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal);
        self
    }

    /// What came, REST calls by method and path, what came over the socket by its key.
    pub(super) fn seen(&self, what: &str) -> Vec<Value> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let matching = seen.iter().filter(|(name, _)| name == what);
        matching.map(|(_, value)| value.clone()).collect()
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A world connected to it, with a project.
    pub(super) fn world(&self) -> World {
        World::new()
            .env("GITLAB_INSTANCE_URL", self.url())
            .env("GITLAB_TOKEN", TOKEN)
            .env("GITLAB_REPO", "acme/shop")
            .env("PATH", "/usr/bin:/bin")
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.stops.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
    }
}

type Seen = Mutex<Vec<(String, Value)>>;
/// A REST call, the status line and body it gets, and how often.
type Refusal = Arc<Mutex<Option<(String, String, Value, usize)>>>;

/// One connection, seen from the service.
pub(super) struct Wire {
    socket: WebSocket<TcpStream>,
    seen: Arc<Seen>,
    log: Vec<Value>,
    /// After a final or waiting status the service closes.
    closes: bool,
}

impl Wire {
    /// The start request, after which the question stands in the conversation.
    pub(super) fn start(&mut self) -> Value {
        let start = self.wait_for("startRequest");
        self.log.push(json!({
            "message_type": "user", "message_id": "u", "content": start["goal"], "tool_info": null,
        }));
        self.checkpoint("RUNNING", &[]);
        start
    }

    /// Asks for an action and waits for its answer.
    pub(super) fn act(&mut self, id: &str, action: &Value) -> Value {
        self.ask(id, action);
        self.answer(id)
    }

    /// Asks for an action.
    pub(super) fn ask(&mut self, id: &str, action: &Value) {
        let mut message = action.clone();
        message["requestID"] = json!(id);
        self.send(&message);
    }

    /// Waits for the answer to an action.
    pub(super) fn answer(&mut self, id: &str) -> Value {
        loop {
            let answer = self.wait_for("actionResponse");
            if answer.is_null() || answer["requestID"] == id {
                return answer;
            }
        }
    }

    /// A checkpoint in which the agent has said this, in a message of its own.
    pub(super) fn says(&mut self, status: &str, text: &str) {
        let id = format!("a{}", self.log.len());
        self.log.push(json!({
            "message_type": "agent", "message_id": id, "content": text, "tool_info": null,
        }));
        self.checkpoint(status, &[]);
    }

    /// A checkpoint in which the last message has become this.
    pub(super) fn goes_on(&mut self, status: &str, text: &str) {
        if let Some(last) = self.log.last_mut() {
            last["content"] = json!(text);
        }
        self.checkpoint(status, &[]);
    }

    /// A checkpoint that asks for approval of a tool.
    pub(super) fn wants_approval(&mut self, name: &str, args: &Value) {
        self.log.push(json!({
            "message_type": "request", "message_id": format!("r{name}"), "content": "May I?",
            "tool_info": { "name": name, "args": args },
        }));
        self.checkpoint("TOOL_CALL_APPROVAL_REQUIRED", &[]);
    }

    /// The conversation as it stands.
    pub(super) fn checkpoint(&mut self, status: &str, errors: &[&str]) {
        self.closes |= !matches!(status, "CREATED" | "RUNNING" | "");
        let checkpoint = json!({ "channel_values": { "ui_chat_log": self.log, "plan": {} } });
        self.send(&json!({ "requestID": "", "newCheckpoint": {
            "status": status, "checkpoint": checkpoint.to_string(), "goal": "", "errors": errors,
            "content": "",
        }}));
    }

    /// How many of these requests came so far.
    pub(super) fn seen(&self, what: &str) -> usize {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().filter(|(name, _)| name == what).count()
    }

    /// A checkpoint that tells the size of an agent's context.
    pub(super) fn uses(&mut self, agent: &str, tokens: u64) {
        let usage = json!({ agent: { "total_tokens": tokens, "max_tokens": 1_000_000 } });
        self.send(&json!({ "requestID": "", "newCheckpoint": {
            "status": "RUNNING", "checkpoint": "", "agent_context_usage": usage,
        }}));
    }

    /// Closes, and waits for the client.
    pub(super) fn close(&mut self, code: u16, reason: &str) {
        let frame = CloseFrame { code: code.into(), reason: reason.to_owned().into() };
        let _ = self.socket.close(Some(frame));
        while self.socket.read().is_ok() {}
    }

    /// Waits until the client has gone, or something of that name comes.
    pub(super) fn wait_for(&mut self, name: &str) -> Value {
        loop {
            let text = match self.socket.read() {
                Ok(Message::Text(text)) => text.to_string(),
                Ok(_) => continue,
                Err(_) => return Value::Null,
            };
            let message: Value = serde_json::from_str(&text).expect("JSON");
            for (key, value) in message.as_object().into_iter().flatten() {
                let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.push((key.clone(), value.clone()));
                if key == name {
                    return value.clone();
                }
            }
        }
    }

    /// Sends it as it is.
    pub(super) fn send(&mut self, message: &Value) {
        // The client may have gone, which the test sees elsewhere.
        let _ = self.socket.send(Message::binary(message.to_string().into_bytes()));
    }
}

fn serve(
    stream: TcpStream,
    seen: &Arc<Seen>,
    script: &Script,
    count: &AtomicUsize,
    refusal: &Refusal,
) {
    let mut start = [0; 4096];
    let length = loop {
        match stream.peek(&mut start) {
            Ok(0) | Err(_) => return,
            Ok(length)
                if start[..length].ends_with(b"\r\n\r\n")
                    || length > 4095
                    || !start.starts_with(b"GET") =>
            {
                break length;
            }
            Ok(_) => thread::sleep(Duration::from_millis(1)),
        }
    };
    let head = String::from_utf8_lossy(&start[..length]);
    if !head.contains("/duo_workflows/ws") {
        rest(stream, seen, refusal);
        return;
    }
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(("handshake".to_owned(), json!(head)));
    let Ok(socket) = tungstenite::accept(stream) else { return };
    let mut wire = Wire { socket, seen: Arc::clone(seen), log: Vec::new(), closes: false };
    let number = count.fetch_add(1, Ordering::SeqCst);
    let played = panic::catch_unwind(AssertUnwindSafe(|| script(number, &mut wire)));
    if let Err(failure) = played {
        let text = failure.downcast_ref::<String>().cloned().unwrap_or_default();
        seen.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(("failure".to_owned(), json!(text)));
    }
    if wire.closes {
        wire.close(1000, "");
    }
    // Whatever still comes is kept, until the client goes.
    let _ = wire.socket.get_ref().set_read_timeout(Some(Duration::from_secs(5)));
    wire.wait_for("nothing that there is");
}

/// One REST call.
fn rest(mut stream: TcpStream, seen: &Seen, refusal: &Refusal) {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    let (head, body) = loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                let is_it = name.eq_ignore_ascii_case("content-length");
                is_it.then(|| value.trim().parse::<usize>().ok()).flatten()
            });
            if body.len() >= length.unwrap_or(0) {
                break (head.to_owned(), body.to_owned());
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(length) => bytes.extend_from_slice(&buffer[..length]),
        }
    };
    let line = head.lines().next().unwrap_or_default();
    let line: Vec<&str> = line.split(' ').take(2).collect();
    let line = line.join(" ");
    let answer = answer(&line, &body);
    let mut refusal = refusal.lock().unwrap_or_else(PoisonError::into_inner);
    let refused = refusal.as_mut().filter(|(refused, _, _, left)| *refused == line && *left > 0);
    let refused = refused.map(|(_, status, body, left)| {
        *left -= 1;
        (status.clone(), body.to_string())
    });
    drop(refusal);
    let (status, text) = match (refused, &answer) {
        (Some(refused), _) => refused,
        (None, Some(answer)) => ("200 OK".to_owned(), answer.to_string()),
        (None, None) => {
            ("404 Not Found".to_owned(), json!({ "message": "404 Not Found" }).to_string())
        }
    };
    let body = serde_json::from_str(&body).unwrap_or_default();
    let is_slow = line.ends_with(SLOW);
    seen.lock().unwrap_or_else(PoisonError::into_inner).push((line, body));
    if is_slow {
        // Until the client hangs up, or a test has failed.
        let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
        let _ = stream.read(&mut buffer);
        return;
    }
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
        text.len()
    );
}

fn answer(line: &str, body: &str) -> Option<Value> {
    match line {
        "GET /api/v4/projects/acme%2Fshop" => Some(json!({
            "id": 7, "path_with_namespace": "acme/shop",
            "namespace": { "id": 3, "kind": "group", "full_path": "acme", "parent_id": null },
        })),
        "POST /api/v4/ai/duo_workflows/direct_access" => {
            Some(json!({ "gitlab_rails": {}, "duo_workflow_service": {} }))
        }
        "POST /api/v4/ai/duo_workflows/workflows" => Some(json!({ "id": 42 })),
        "POST /api/v4/ai/duo_workflows/workflows/42/events" => Some(json!({})),
        "GET /api/v4/user" => Some(json!({ "username": "mira" })),
        "POST /api/v4/projects/7/notes" => Some(json!({ "id": 1, "body": body })),
        "POST /api/graphql" => Some(json!({ "data": {
            "metadata": { "version": "18.8.0", "featureFlags": [
                { "name": "ai_user_model_switching", "enabled": true },
            ]},
            "aiChatAvailableModels": {
                "pinnedModel": null,
                "defaultModel": { "name": "Claude Sonnet 5", "ref": "claude_sonnet_5" },
                "selectableModels": [
                    { "name": "Claude Sonnet 5", "ref": "claude_sonnet_5" },
                    { "name": "New", "ref": "brand_new" },
                ],
            },
        }})),
        _ => None,
    }
}

//! Every session that was recorded with the real service, played again: what the client sent goes
//! to the sandbox, and what comes back is compared with what came back then.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use glduo::sandbox::Sandbox;
use serde_json::{Value, json};

use super::super::sandbox;
use crate::support::socket::{self, Client, Opening, PATH, PLACE, post};
use crate::support::world::project_folder;

/// A recorded session: who sent what, in order.
type Frames = Vec<(bool, Value)>;

fn sessions() -> Vec<(String, Frames)> {
    let folder = project_folder().join("tests/fixtures/duo/workflow");
    let files = fs::read_dir(folder).expect("the recorded sessions");
    let mut files: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "jsonl"));
    files.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a session");
        let frames = text.lines().map(|line| {
            let line: Value = serde_json::from_str(line).expect("JSON");
            (line["dir"] == "client", line["frame"].clone())
        });
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        (name, frames.collect())
    };
    files.into_iter().map(read).collect()
}

/// What a connection showed, without its texts.
#[derive(Debug, PartialEq)]
enum Seen {
    /// A status that differs from the last one.
    Status(String),
    /// An action: its kind and fields.
    Action(Value),
    Close(u64, String),
}

fn note(seen: &mut Vec<Seen>, frame: &Value) {
    let next = if let Some(checkpoint) = frame.get("newCheckpoint") {
        Seen::Status(checkpoint["status"].as_str().expect("a status").to_owned())
    } else if let Some(close) = frame.get("close") {
        let reason = close["reason"].as_str().unwrap_or_default();
        Seen::Close(close["code"].as_u64().expect("a code"), reason.to_owned())
    } else {
        let mut action = frame.clone();
        action.as_object_mut().expect("an object").remove("requestID");
        if let Some(arguments) = action.pointer_mut("/runMCPTool/args") {
            *arguments = serde_json::from_str(arguments.as_str().expect("text")).expect("JSON");
        }
        Seen::Action(action)
    };
    if seen.last() != Some(&next) {
        seen.push(next);
    }
}

struct Replay<'s> {
    sandbox: &'s Sandbox,
    name: &'s str,
    /// The sandbox's ids of recorded workflows.
    ids: BTreeMap<String, String>,
    /// The workflow that was created last and not started yet.
    created: Option<String>,
    /// The keys of log entries by message type.
    keys: BTreeSet<(String, String)>,
}

impl Replay<'_> {
    fn run(&mut self, frames: &Frames) {
        let mut at = 0;
        while at < frames.len() {
            let (_, frame) = &frames[at];
            at += 1;
            if let Some(rest) = frame.get("rest") {
                self.call(rest);
            } else if let Some(start) = frame.get("startRequest") {
                let end = frames[at..].iter().position(|(is_client, frame)| {
                    *is_client
                        && (frame.get("startRequest").is_some() || frame.get("rest").is_some())
                });
                let end = end.map_or(frames.len(), |more| at + more);
                self.connect(start, &frames[at..end]);
                at = end;
            }
        }
    }

    fn call(&mut self, rest: &Value) {
        let mut path = rest["path"].as_str().expect("a path").to_owned();
        let mut body = rest["body"].clone();
        for (own, recorded) in [("project_id", PLACE.0), ("namespace_id", PLACE.1)] {
            if body.get(own).is_some() {
                body[own] = json!(recorded);
            }
        }
        for (recorded, id) in &self.ids {
            path = path.replace(recorded, id);
        }
        let path = path.strip_prefix("/api/v4/ai/duo_workflows/").expect("a workflow path");
        let answer = post(self.sandbox, path, &body);
        assert_eq!(u64::from(answer.status), rest["status"], "{}: {path}", self.name);
        if path == "workflows" {
            self.created = Some(answer.json()["id"].to_string());
        }
    }

    fn connect(&mut self, start: &Value, recorded: &[(bool, Value)]) {
        let own = start["workflowID"].as_str().expect("an id").to_owned();
        if let Some(id) = self.created.take() {
            self.ids.insert(own.clone(), id);
        }
        let id = self.ids.get(&own).unwrap_or(&own).clone();
        let mut expected = Vec::new();
        recorded.iter().filter(|(is_client, _)| !is_client).for_each(|(_, frame)| {
            note(&mut expected, frame);
        });
        let _other = expected
            .contains(&Seen::Close(1013, "Failed to acquire lock on workflow".to_owned()))
            .then(|| holding(self.sandbox, &id));
        let answers = recorded.iter().filter_map(|(_, frame)| frame.get("actionResponse"));
        let mut answers = answers.cloned();
        let mut stops = recorded.iter().any(|(_, frame)| frame.get("stopWorkflow").is_some());
        let mut start = start.clone();
        start["workflowID"] = json!(id);
        let mut client = Opening::new(self.sandbox).to(PATH.to_owned()).open().expect("a socket");
        client.send(&json!({ "startRequest": start }));
        let mut seen = Vec::new();
        loop {
            let frame = client.next().unwrap_or_else(
                |(code, reason)| json!({ "close": { "code": code, "reason": reason } }),
            );
            note(&mut seen, &frame);
            if frame.get("close").is_some() {
                break;
            }
            assert_eq!(frame["requestID"].as_str().map(str::len), Some(36), "{frame}");
            if let Some(checkpoint) = frame.get("newCheckpoint") {
                self.note_keys(checkpoint);
                let speaks =
                    socket::log(checkpoint).iter().any(|entry| entry["message_type"] == "agent");
                if stops && speaks {
                    client.send(&json!({ "stopWorkflow": { "reason": "USER" } }));
                    stops = false;
                }
            } else {
                let mut answer = answers.next().expect("an answer to this action");
                answer["requestID"] = frame["requestID"].clone();
                client.send(&json!({ "actionResponse": answer }));
            }
        }
        assert_eq!(seen, expected, "{}", self.name);
    }

    fn note_keys(&mut self, checkpoint: &Value) {
        let keys = |value: &Value| {
            value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>().join(" ")
        };
        self.keys.insert(("checkpoint".to_owned(), keys(checkpoint)));
        for entry in socket::log(checkpoint) {
            let kind = entry["message_type"].as_str().expect("a type").to_owned();
            let names = keys(&entry);
            let optional = ["component_name", "subsession_id"];
            let names = names.split(' ').filter(|name| !optional.contains(name));
            let names = names.collect::<Vec<_>>().join(" ");
            self.keys.insert((kind, names));
            if !entry["tool_info"].is_null() {
                let mut info = keys(&entry["tool_info"]);
                info = info.replace(" suggested_patterns", "");
                self.keys.insert(("tool_info".to_owned(), info));
            }
        }
    }
}

/// A connection that holds a workflow.
fn holding(sandbox: &Sandbox, id: &str) -> Client {
    let mut client = Client::open(sandbox);
    client.send(&json!({ "startRequest": socket::start(id, "Please do the task: read") }));
    while client.next().expect("a message").get("runReadFile").is_none() {}
    client
}

#[test]
fn every_recorded_session_goes_the_same_way() {
    let sandbox = sandbox();
    let sessions = sessions();
    assert_eq!(sessions.len(), 25);
    let mut own = BTreeSet::new();
    for (name, frames) in &sessions {
        let mut replay = Replay {
            sandbox: &sandbox,
            name,
            ids: BTreeMap::new(),
            created: None,
            keys: BTreeSet::new(),
        };
        replay.run(frames);
        own.append(&mut replay.keys);
    }
    let mut recorded = Replay {
        sandbox: &sandbox,
        name: "recorded",
        ids: BTreeMap::new(),
        created: None,
        keys: BTreeSet::new(),
    };
    for (_, frame) in sessions.iter().flat_map(|(_, frames)| frames) {
        if let Some(checkpoint) = frame.get("newCheckpoint") {
            recorded.note_keys(checkpoint);
        }
    }
    let strange: Vec<_> = own.difference(&recorded.keys).collect();
    assert!(strange.is_empty(), "no recorded entry has these keys: {strange:?}");
}

//! The conversation of a workflow and the snapshots of it that are sent.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::action::Call;
use super::ledger::Status;
use crate::model::timestamp;

/// Everything that was said and done, oldest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Log(Vec<Value>);

impl Log {
    /// What the person wants.
    pub(super) fn push_goal(&mut self, goal: &str, now: SystemTime) {
        let entry = self.entry("user", goal, now);
        self.push(entry, &[("status", json!("success")), ("additional_context", json!([]))]);
    }

    /// The agent begins to speak, or goes on where a connection was lost: how many bytes it
    /// said already.
    pub(super) fn begin_agent(&mut self, now: SystemTime) -> usize {
        let last = self.0.last().filter(|entry| entry["message_type"] == "agent");
        if let Some(open) = last.filter(|entry| entry["status"].is_null()) {
            return open["content"].as_str().map_or(0, str::len);
        }
        let entry = self.entry("agent", "", now);
        self.push(entry, &[]);
        0
    }

    /// What the agent says in its last entry, as it stands now.
    pub(super) fn set_agent(&mut self, text: &str, is_whole: bool) {
        if let Some(entry) = self.0.last_mut() {
            entry["content"] = json!(text);
            entry["status"] = if is_whole { json!("success") } else { Value::Null };
        }
    }

    /// A tool and what it answered.
    pub(super) fn push_tool(&mut self, call: &Call, result: Result<&str, &str>, now: SystemTime) {
        let status = if result.is_ok() { "success" } else { "failure" };
        let number = self.0.len();
        let (Ok(text) | Err(text)) = result;
        let response = json!({
            "content": text,
            "type": "ToolMessage",
            "name": call.tool,
            "id": null,
            "tool_call_id": format!("toolu_sandbox{number:04}"),
            "status": if result.is_ok() { "success" } else { "error" },
        });
        let info = json!({
            "name": call.tool,
            "args": call.arguments,
            "tool_response": response,
        });
        let entry = self.entry("tool", &format!("{} {}", call.tool, call.about()), now);
        self.push(
            entry,
            &[
                ("message_sub_type", json!(call.tool)),
                ("status", json!(status)),
                ("tool_info", info),
            ],
        );
    }

    /// A tool that waits for approval.
    pub(super) fn push_request(&mut self, call: &Call, now: SystemTime) {
        let words =
            format!("Tool {} requires approval. Please confirm if you want to proceed.", call.tool);
        let entry = self.entry("request", &words, now);
        self.push(entry, &[("tool_info", json!({ "name": call.tool, "args": call.arguments }))]);
    }

    /// A snapshot.
    pub(super) fn message(&self, status: Status, goal: &str) -> Value {
        let checkpoint = json!({
            "channel_values": {
                "status": if status == Status::Created { "Not Started" } else { "Execution" },
                "ui_chat_log": self.0,
                "plan": { "steps": [] },
            },
        });
        json!({
            "requestID": "",
            "newCheckpoint": {
                "status": status.word(),
                "checkpoint": checkpoint.to_string(),
                "goal": goal,
                "errors": [],
                "content": "",
            },
        })
    }

    fn entry(&self, kind: &str, content: &str, now: SystemTime) -> Value {
        let time = timestamp::to_iso_utc(now).unwrap_or_default();
        // The service is Python, which writes times in its own way.
        let time = time.trim_end_matches('Z').split('.').next().unwrap_or_default().to_owned();
        json!({
            "message_type": kind,
            "message_sub_type": null,
            "content": content,
            "message_id": format!("{kind}-{}", self.0.len() + 1),
            "timestamp": format!("{time}.000000+00:00"),
            "status": null,
            "correlation_id": null,
            "tool_info": null,
            "additional_context": null,
        })
    }

    fn push(&mut self, mut entry: Value, fields: &[(&str, Value)]) {
        for (name, value) in fields {
            entry[*name] = value.clone();
        }
        self.0.push(entry);
    }
}

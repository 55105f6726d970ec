//! The conversation of a workflow, entry by entry, and the checkpoints that show it.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::super::call::World;
use super::events::Context;
use super::tools::Call;
use crate::model::timestamp;

/// Everything that was said and done, oldest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Log(pub(super) Vec<Value>);

impl Log {
    /// Adds an entry of this type, complete unless the caller changes it.
    pub(super) fn push(&mut self, kind: &str, id: &str, text: &str, now: SystemTime) -> &mut Value {
        let time = timestamp::to_iso_utc(now).unwrap_or_default();
        // The service is Python, which writes times in its own way.
        let time = time.trim_end_matches('Z').split('.').next().unwrap_or_default().to_owned();
        let at = self.0.len();
        self.0.push(json!({
            "message_type": kind,
            "message_sub_type": null,
            "content": text,
            "message_id": id,
            "timestamp": format!("{time}.000000+00:00"),
            "status": "success",
            "correlation_id": null,
            "tool_info": null,
            "additional_context": null,
        }));
        &mut self.0[at]
    }

    /// The person's words, with what the client added to them.
    pub(super) fn push_user(&mut self, id: &str, text: &str, context: &[Context], now: SystemTime) {
        let context = context.iter().map(|entry| {
            let metadata: Value = serde_json::from_str(&entry.metadata).unwrap_or_default();
            json!({
                "category": entry.category,
                "id": entry.id,
                "content": entry.content,
                "metadata": metadata,
                "type": "AdditionalContext",
            })
        });
        self.push("user", id, text, now)["additional_context"] = context.collect();
    }

    /// What the agent says in its last entry: so far, or in full.
    pub(super) fn set_agent(&mut self, text: &str, is_complete: bool) {
        if let Some(entry) = self.0.last_mut() {
            entry["content"] = json!(text);
            entry["status"] = if is_complete { json!("success") } else { Value::Null };
            if !is_complete {
                entry["component_name"] = json!("agent");
            } else if let Some(fields) = entry.as_object_mut() {
                fields.remove("component_name");
            }
        }
    }

    /// A tool that is about to run, or that has a result. A failed command is marked as such;
    /// the agent reads the failures of other tools as their result.
    pub(super) fn push_tool(
        &mut self,
        call: &Call,
        id: &str,
        result: Option<&Result<String, String>>,
        now: SystemTime,
    ) {
        let words = format!("Using {}: {}", call.tool, call.subject());
        let entry = self.push("tool", id, &words, now);
        let is_command = call.tool == "run_command";
        entry["message_sub_type"] = json!(if is_command { "command_output" } else { &call.tool });
        if call.is_about_plan() {
            return;
        }
        let mut info = json!({ "name": call.tool, "args": call.arguments });
        let (status, response) = match result {
            None => ("pending", None),
            Some(Err(error)) if is_command => {
                ("failure", Some(json!(format!("Action error: {error}"))))
            }
            Some(Err(error)) => {
                ("success", Some(response(call, id, &format!("Action error: {error}"))))
            }
            Some(Ok(text)) => ("success", Some(response(call, id, text))),
        };
        if let Some(response) = response {
            info["tool_version"] = json!("1.0.0");
            info["tool_response"] = response;
        }
        entry["tool_info"] = info;
        entry["status"] = json!(status);
    }
}

fn response(call: &Call, id: &str, text: &str) -> Value {
    json!({
        "content": text,
        "additional_kwargs": {},
        "response_metadata": {},
        "type": "ToolMessage",
        "name": call.tool,
        "id": null,
        "tool_call_id": id,
        "artifact": null,
        "status": "success",
    })
}

/// A checkpoint with these channels. Fields without presence are always there.
pub(super) fn checkpoint(
    world: &World,
    status: &str,
    channels: &Value,
    goal: &str,
    usage: &Value,
) -> Value {
    json!({
        "requestID": world.workflows.uuid(),
        "newCheckpoint": {
            "status": status,
            "checkpoint": json!({ "channel_values": channels }).to_string(),
            "goal": goal,
            "errors": [],
            "agent_context_usage": usage,
        },
    })
}

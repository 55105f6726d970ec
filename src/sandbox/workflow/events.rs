//! What a client may say on the socket, read as Workhorse reads it: unknown fields are dropped,
//! each field has one spelling, and a frame that is no `ClientEvent` ends the run.

use serde::Deserialize;
use serde_json::Value;

/// One event. A frame without a known key is an event that says nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Frame {
    start_request: Option<Start>,
    action_response: Option<ActionResponse>,
    stop_workflow: Option<StopWorkflow>,
    heartbeat: Option<Value>,
}

/// What the client has to say.
#[derive(Debug)]
pub(super) enum Event {
    Start(Box<Start>),
    Answer(ActionResponse),
    Stop,
    Nothing,
}

/// What a client begins or continues with.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Start {
    #[serde(rename = "workflowID")]
    pub(super) workflow: String,
    #[serde(rename = "clientVersion")]
    pub(super) version: String,
    #[serde(rename = "workflowDefinition")]
    definition: String,
    #[serde(rename = "flowConfigId")]
    flow: String,
    #[serde(rename = "flowConfigSchemaVersion")]
    flow_schema: String,
    pub(super) goal: String,
    #[serde(rename = "workflowMetadata")]
    metadata: String,
    pub(super) additional_context: Vec<Context>,
    #[serde(rename = "clientCapabilities")]
    pub(super) capabilities: Vec<String>,
    #[serde(rename = "mcpTools")]
    tools: Vec<Tool>,
    pub(super) preapproved_tools: Vec<String>,
    pub(super) approval: Option<Approval>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Context {
    pub(super) category: String,
    pub(super) id: Option<String>,
    pub(super) content: Option<String>,
    pub(super) metadata: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Tool {
    name: String,
}

/// The decision on the calls that wait.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Approval {
    Approval {},
    Rejection {
        #[serde(default)]
        message: String,
    },
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct StopWorkflow {
    #[serde(rename = "reason")]
    _reason: String,
}

/// The answer to an action.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ActionResponse {
    #[serde(rename = "requestID")]
    pub(super) request_id: String,
    #[serde(rename = "plainTextResponse")]
    plain: Option<Plain>,
    #[serde(rename = "httpResponse")]
    http: Option<Http>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Plain {
    response: String,
    error: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Http {
    body: String,
    error: String,
}

/// Reads a frame; `None` if it is no `ClientEvent`.
pub(super) fn read(bytes: &[u8]) -> Option<Event> {
    let frame: Value = serde_json::from_slice(bytes).ok()?;
    if !frame.is_object() {
        return None;
    }
    let frame = serde_json::from_value(without_nulls(frame)).ok()?;
    let Frame { start_request, action_response, stop_workflow, heartbeat } = frame;
    match (start_request, action_response, stop_workflow, heartbeat) {
        (Some(start), None, None, None) => Some(Event::Start(Box::new(start))),
        (None, Some(answer), None, None) => Some(Event::Answer(answer)),
        (None, None, Some(_), None) => Some(Event::Stop),
        (None, None, None, _) => Some(Event::Nothing),
        // They are alternatives.
        _ => None,
    }
}

/// `null` counts as absent, as in all JSON of protobuf.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

impl Start {
    pub(super) fn can(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|own| own == capability)
    }

    /// Whether the client brought a tool of its own by that name.
    pub(super) fn has_tool(&self, name: &str) -> bool {
        self.tools.iter().any(|tool| tool.name == name)
    }

    pub(super) fn tools(&self) -> Vec<String> {
        self.tools.iter().map(|tool| tool.name.clone()).collect()
    }

    /// The flow that is to run.
    pub(super) fn definition(&self) -> String {
        match (self.definition.as_str(), self.flow.as_str()) {
            ("", "") => "software_development".to_owned(),
            ("", flow) => format!("{flow}/{}", self.flow_schema),
            (definition, _) => definition.to_owned(),
        }
    }

    /// A text of the metadata; empty if the client did not send it.
    pub(super) fn git(&self, name: &str) -> String {
        let metadata: Value = serde_json::from_str(&self.metadata).unwrap_or_default();
        metadata[name].as_str().unwrap_or_default().to_owned()
    }

    /// Whether everything that holds JSON in a text really does; the service fails at it before
    /// it looks at anything else.
    pub(super) fn is_readable(&self) -> bool {
        let is_json = |text: &str| serde_json::from_str::<Value>(text).is_ok();
        (self.metadata.is_empty() || is_json(&self.metadata))
            && self.additional_context.iter().all(|entry| is_json(&entry.metadata))
    }
}

impl ActionResponse {
    /// What the agent reads: a text, or why there is none.
    pub(super) fn result(self) -> Result<String, String> {
        let (text, error) = match (self.plain, self.http) {
            (Some(plain), _) => (plain.response, plain.error),
            (None, Some(http)) => (http.body, http.error),
            (None, None) => return Err("the response has no result".to_owned()),
        };
        if error.is_empty() { Ok(text) } else { Err(error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(text: &str) -> Option<Event> {
        read(text.as_bytes())
    }

    #[test]
    fn unknown_fields_are_dropped_and_wrong_types_are_no_event() {
        let text = r#"{"startRequest":{"workflowID":"7","additionalContext":[{}],"goal":null}}"#;
        let Some(Event::Start(start)) = reads(text) else { panic!("a start") };
        assert_eq!((start.workflow.as_str(), start.additional_context.len()), ("7", 0));
        assert!(matches!(reads(r#"{"fly":{}}"#), Some(Event::Nothing)));
        for broken in [
            "[]",
            "{",
            r#"{"startRequest":{"workflowID":7}}"#,
            r#"{"startRequest":{},"heartbeat":{}}"#,
            r#"{"actionResponse":{"plainTextResponse":{"response":1}}}"#,
        ] {
            assert!(reads(broken).is_none(), "{broken}");
        }
    }

    #[test]
    fn context_without_metadata_is_unreadable() {
        let start = |context: &str| {
            let text = format!(r#"{{"startRequest":{{"additional_context":[{context}]}}}}"#);
            let Some(Event::Start(start)) = reads(&text) else { panic!("a start") };
            start.is_readable()
        };
        assert!(start("") && start(r#"{"category":"x","metadata":"{}"}"#));
        assert!(!start(r#"{"category":"x"}"#) && !start(r#"{"metadata":"{"}"#));
    }
}

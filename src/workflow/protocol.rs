//! The messages of the socket. Their spelling is mixed on the wire, and unknown fields are
//! dropped there without a word, so every name stands here once.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::approval;
use super::http_tool::HttpAnswer;
use crate::duo::SystemPrompt;
use crate::gitlab::CLIENT_VERSION;
use crate::system::environment::PLATFORM;
use crate::tools::{Call, Policy, Timeout, words};

/// GitLab's definition of a workflow that plans and then edits code.
const SOFTWARE_DEVELOPMENT: &str = "software_development";

/// What git says of the working directory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GitFacts {
    /// The remote's address without user info.
    pub url: Option<String>,
    /// The commit that is checked out.
    pub commit: Option<String>,
    /// The branch.
    pub branch: Option<String>,
}

/// The request that begins a workflow or goes on with it. There is no other way to make one
/// than with the system prompt, which is its first context.
#[derive(Debug, Clone)]
pub struct Start {
    workflow_id: String,
    definition: &'static str,
    goal: String,
    context: Vec<Value>,
    metadata: String,
    /// What this client can do, beyond what every client can.
    capabilities: Vec<&'static str>,
    preapproved: Vec<String>,
}

/// What the person or the policy decided about a request for approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ApprovalDecision {
    /// The first of the tools; the decision is about all of them.
    Approved {
        name: String,
        arguments: String,
    },
    Rejected {
        message: String,
    },
    /// The plan is approved.
    Plan,
}

impl Start {
    /// Begins this workflow; the instructions go first.
    pub fn new(
        workflow_id: String,
        definition: &'static str,
        goal: String,
        system: &SystemPrompt,
        git: &GitFacts,
    ) -> Self {
        let metadata = json!({
            "extended_logging": false,
            "tool_approval_for_session_enabled": true,
            "git_url": git.url.as_deref().unwrap_or_default(),
            "git_sha": git.commit.as_deref().unwrap_or_default(),
            "git_branch": git.branch.as_deref().unwrap_or_default(),
        });
        Self {
            workflow_id,
            definition,
            goal,
            context: context(system),
            metadata: metadata.to_string(),
            capabilities: vec![
                "read_file_chunked",
                "command_timeout",
                "incremental_streaming",
                "tool_call_streaming",
            ],
            preapproved: Vec::new(),
        }
    }

    /// The workflow that it is for.
    pub fn workflow_id(&self) -> &str {
        &self.workflow_id
    }

    /// The message that begins it under this policy, as it is sent.
    pub fn preview(&self, policy: &Policy) -> String {
        let mut start = self.clone();
        start.fit_to(policy);
        start.message(None, false)
    }

    /// Names the tools that the service need not ask approval for, and offers a shell if the
    /// policy could allow one.
    pub(super) fn fit_to(&mut self, policy: &Policy) {
        if policy.offers_shell() {
            self.capabilities.push("shell_command");
        }
        approval::needless(policy).for_each(|tool| self.preapprove(tool));
    }

    /// What it is to do.
    pub fn goal(&self) -> &str {
        &self.goal
    }

    /// Needs no approval of the service's asking any more; the policy here is asked all the same.
    pub(super) fn preapprove(&mut self, tool: &str) {
        if !self.preapproved.iter().any(|name| name == tool) {
            self.preapproved.push(tool.to_owned());
        }
    }

    /// Whether the service learns of a decision by a REST event instead of the start request.
    pub(super) fn is_decided_by_event(&self) -> bool {
        self.definition == SOFTWARE_DEVELOPMENT
    }

    /// The first message of a connection. `chat` takes a goal for another question, so that a
    /// decision, or a connection after the service has the question, goes without one.
    pub(super) fn message(
        &self,
        decision: Option<&ApprovalDecision>,
        has_question: bool,
    ) -> String {
        let decision = decision.filter(|_| !self.is_decided_by_event());
        let continues = decision.is_some() || has_question && !self.is_decided_by_event();
        let mut start = json!({
            "workflowID": self.workflow_id,
            "clientVersion": CLIENT_VERSION,
            "workflowDefinition": self.definition,
            "goal": if continues { "" } else { &self.goal },
            "workflowMetadata": self.metadata,
            "additional_context": self.context,
            "clientCapabilities": self.capabilities,
            "mcpTools": [],
            "preapproved_tools": self.preapproved,
        });
        let approval = match decision {
            Some(ApprovalDecision::Approved { name, arguments }) => {
                json!({ "approval": { "tool_name": name, "tool_args_json": arguments } })
            }
            Some(ApprovalDecision::Rejected { message }) => {
                json!({ "rejection": { "message": message } })
            }
            Some(ApprovalDecision::Plan) | None => {
                return json!({ "startRequest": start }).to_string();
            }
        };
        if let Some(fields) = start.as_object_mut() {
            fields.insert("approval".to_owned(), approval);
        }
        json!({ "startRequest": start }).to_string()
    }
}

/// What the agent is to know. The service refuses an entry without `metadata`; it passes the first
/// one to the model in every definition, `chat` by its mere presence, `software_development` by its
/// id, and the flows of the registry by its category.
fn context(system: &SystemPrompt) -> Vec<Value> {
    let entry = |category: &str, id: &str, content: String| json!({ "category": category, "id": id, "content": content, "metadata": "{}" });
    let (platform, architecture) = (platform_name(PLATFORM.0), platform_name(PLATFORM.1));
    let os = format!(
        "<os><platform>{platform}</platform><architecture>{architecture}</architecture></os>"
    );
    let environment = json!({ "platform": platform, "architecture": architecture }).to_string();
    let instructions = (!system.text().is_empty())
        .then(|| entry("user_rule", "agents-md-user-instructions", system.text().to_owned()));
    let facts = [
        entry("os_information", "os_information", os),
        entry("agent_user_environment", "agent_user_environment_os_info", environment),
    ];
    instructions.into_iter().chain(facts).collect()
}

/// An answer to an action that expects text. With an error it is a failed call.
pub(super) fn text_answer(request_id: &str, response: &str, error: &str) -> String {
    let answer = json!({ "response": response, "error": error });
    json!({ "actionResponse": { "requestID": request_id, "plainTextResponse": answer } })
        .to_string()
}

/// An answer to a request to the instance.
pub(super) fn http_answer(request_id: &str, answer: &HttpAnswer) -> String {
    let response = json!({
        "statusCode": answer.status,
        "headers": { "Content-Type": answer.content_type },
        "body": answer.body,
        "error": answer.error,
    });
    json!({ "actionResponse": { "requestID": request_id, "httpResponse": response } }).to_string()
}

pub(super) fn stop() -> String {
    json!({ "stopWorkflow": { "reason": "USER_ACTION_TRIGGERED_STOP" } }).to_string()
}

pub(super) fn heartbeat(milliseconds: u64) -> String {
    json!({ "heartbeat": { "timestamp": milliseconds } }).to_string()
}

/// A message of the service.
#[derive(Debug, PartialEq)]
pub(super) enum IncomingMessage {
    Checkpoint(CheckpointMessage),
    Action { id: String, call: Result<Call, String> },
}

/// The fields of a checkpoint.
#[derive(Debug, PartialEq)]
pub(super) struct CheckpointMessage {
    pub(super) status: String,
    /// JSON in a text.
    pub(super) checkpoint: String,
    pub(super) errors: Vec<String>,
    /// The text of services that had no log.
    pub(super) content: String,
    /// The size of each agent's context in tokens.
    pub(super) contexts: BTreeMap<String, u64>,
}

/// Reads a message. Zero values are filled in, so that the key that is there decides.
pub(super) fn read(bytes: &[u8]) -> Result<IncomingMessage, String> {
    let Ok(Value::Object(message)) = serde_json::from_slice(bytes) else {
        return Err("a message is no JSON object".to_owned());
    };
    let id = text(&message, "requestID");
    if let Some(Value::Object(fields)) = message.get("newCheckpoint") {
        let errors = fields.get("errors").and_then(Value::as_array);
        let errors = errors.into_iter().flatten().filter_map(Value::as_str);
        let contexts = fields.get("agent_context_usage").and_then(Value::as_object);
        let tokens = |(agent, usage): (&String, &Value)| {
            Some((agent.clone(), number(usage.as_object()?, "total_tokens")?))
        };
        return Ok(IncomingMessage::Checkpoint(CheckpointMessage {
            status: text(fields, "status"),
            checkpoint: text(fields, "checkpoint"),
            errors: errors.map(str::to_owned).collect(),
            content: text(fields, "content"),
            contexts: contexts.into_iter().flatten().filter_map(tokens).collect(),
        }));
    }
    // An action that is known, whatever keys a newer service sends with it; else any, to name it.
    let mut actions = message.iter().filter(|(key, _)| *key != "requestID");
    let known =
        actions.clone().find(|(key, fields)| ACTIONS.contains(&key.as_str()) && fields.is_object());
    let Some((name, fields)) = known.or_else(|| actions.next()) else {
        return Err("a message has no action".to_owned());
    };
    let call = call(name, fields.as_object().unwrap_or(&Map::new()));
    Ok(IncomingMessage::Action { id, call })
}

/// The keys of the actions that [`call`] reads.
const ACTIONS: [&str; 12] = [
    "runReadFile",
    "runReadFiles",
    "runWriteFile",
    "runEditFile",
    "runShellCommand",
    "runCommand",
    "runGitCommand",
    "listDirectory",
    "findFiles",
    "grep",
    "mkdir",
    "runHTTPRequest",
];

fn call(name: &str, fields: &Map<String, Value>) -> Result<Call, String> {
    let field = |name| text(fields, name);
    Ok(match name {
        "runReadFile" => Call::Read {
            path: field("filepath"),
            offset: number(fields, "offset"),
            limit: number(fields, "limit").filter(|limit| *limit > 0),
        },
        "runReadFiles" => Call::ReadMany { paths: list(fields.get("filepaths")) },
        "runWriteFile" => Call::Write { path: field("filepath"), contents: field("contents") },
        "runEditFile" => {
            Call::Edit { path: field("filepath"), old: field("oldString"), new: field("newString") }
        }
        "runShellCommand" => Call::Shell { command: field("command"), timeout: timeout(fields) },
        "runCommand" => Call::program(
            field("program"),
            [list(fields.get("flags")), list(fields.get("arguments"))].concat(),
            timeout(fields),
        ),
        "runGitCommand" => {
            let arguments = git_arguments(fields.get("arguments"))?;
            Call::Git { command: field("command"), arguments }
        }
        "listDirectory" => Call::List { path: field("directory") },
        "findFiles" => Call::Find { pattern: field("name_pattern") },
        "grep" => grep(fields, "pattern"),
        "mkdir" => Call::Mkdir { path: field("directory_path") },
        "runHTTPRequest" => Call::Http {
            method: field("method"),
            path: field("path"),
            body: Some(field("body")).filter(|body| !body.is_empty()),
        },
        other => return Err(format!("this client does not do {other}")),
    })
}

/// A search for keywords; the field is `pattern` in an action and `keywords` in an approval.
pub(super) fn grep(fields: &Map<String, Value>, keywords: &str) -> Call {
    let keywords = text(fields, keywords);
    let keywords = keywords.split(',').map(str::trim).filter(|keyword| !keyword.is_empty());
    Call::Grep {
        keywords: keywords.map(str::to_owned).collect(),
        directory: text(fields, "search_directory"),
        case_insensitive: fields.get("case_insensitive") != Some(&Value::Bool(false)),
    }
}

/// The time limit of a command: the service counts in seconds, whatever its contract says.
pub(super) fn timeout(fields: &Map<String, Value>) -> Timeout {
    let seconds = number(fields, "timeout").filter(|seconds| *seconds > 0);
    Timeout(seconds.map(Duration::from_secs))
}

/// What the service's own clients call systems and processors.
fn platform_name(name: &str) -> &str {
    match name {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    }
}

/// A string on the wire, a list in one client.
pub(super) fn git_arguments(value: Option<&Value>) -> Result<Vec<String>, String> {
    match value {
        Some(Value::String(line)) => {
            words(line).ok_or_else(|| "the arguments have an open quote".to_owned())
        }
        other => Ok(list(other)),
    }
}

pub(super) fn text(fields: &Map<String, Value>, name: &str) -> String {
    fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Protobuf's JSON has 64-bit numbers in strings.
fn number(fields: &Map<String, Value>, name: &str) -> Option<u64> {
    let value = fields.get(name)?;
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

pub(super) fn list(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Start {
        let system = SystemPrompt::new("Comply.", None);
        Start::new("7".into(), "chat", "Why?".into(), &system, &GitFacts::default())
    }

    fn json(text: &str) -> Value {
        serde_json::from_str(text).expect("JSON")
    }

    #[test]
    fn the_instructions_are_the_first_context_of_every_start_request() {
        let decision = ApprovalDecision::Rejected { message: "no".into() };
        for (decision, continues) in [(None, false), (None, true), (Some(&decision), true)] {
            let first = &json(&start().message(decision, continues))["startRequest"]["additional_context"]
                [0];
            let expected = json!({
                "category": "user_rule", "id": "agents-md-user-instructions",
                "content": "Comply.", "metadata": "{}",
            });
            assert_eq!(*first, expected);
        }
    }

    #[test]
    fn fields_are_spelt_as_the_service_reads_them() {
        let mut start = start();
        start.preapprove("run_command");
        let decision = ApprovalDecision::Approved { name: "x".into(), arguments: "{}".into() };
        let message = json(&start.message(Some(&decision), true));
        let request = message["startRequest"].as_object().expect("an object");
        let mut names: Vec<&str> = request.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "additional_context",
                "approval",
                "clientCapabilities",
                "clientVersion",
                "goal",
                "mcpTools",
                "preapproved_tools",
                "workflowDefinition",
                "workflowID",
                "workflowMetadata",
            ]
        );
        assert!(request["workflowMetadata"].is_string() && request["workflowID"].is_string());
        assert_eq!(request["approval"]["approval"]["tool_args_json"], "{}");
    }

    #[test]
    fn an_action_is_known_by_its_key_with_zero_values_filled_in() {
        let message = br#"{"requestID":"1","runReadFile":{"filepath":"a","limit":0,"offset":"4"}}"#;
        let call = Call::Read { path: "a".into(), offset: Some(4), limit: None };
        assert_eq!(read(message), Ok(IncomingMessage::Action { id: "1".into(), call: Ok(call) }));
        let message = br#"{"requestID":"","newCheckpoint":{"status":"RUNNING","errors":[]}}"#;
        assert!(matches!(read(message), Ok(IncomingMessage::Checkpoint(_))));
    }

    #[test]
    fn git_arguments_come_as_a_line_or_a_list() {
        for arguments in ["\"--short 'a b'\"", "[\"--short\",\"a b\"]"] {
            let message = format!(
                r#"{{"requestID":"1","runGitCommand":{{"command":"status","arguments":{arguments}}}}}"#
            );
            let Ok(IncomingMessage::Action { call: Ok(Call::Git { arguments, .. }), .. }) =
                read(message.as_bytes())
            else {
                panic!("a git command");
            };
            assert_eq!(arguments, ["--short", "a b"]);
        }
    }

    #[test]
    fn an_action_is_recognized_whatever_a_newer_service_adds_to_it() {
        let message = br#"{"requestID":"1","aNewKey":{"x":1},"mkdir":{"directory_path":"a"}}"#;
        let call = Call::Mkdir { path: "a".into() };
        assert_eq!(read(message), Ok(IncomingMessage::Action { id: "1".into(), call: Ok(call) }));
        let message = br#"{"requestID":"1","grep":{"pattern":"a,b"},"runShellCommand":null}"#;
        assert!(matches!(
            read(message),
            Ok(IncomingMessage::Action { call: Ok(Call::Grep { case_insensitive: true, .. }), .. })
        ));
    }

    #[test]
    fn what_is_not_known_is_told_apart_from_what_cannot_be_read() {
        let message = br#"{"requestID":"1","runFlyingSaucer":{}}"#;
        assert!(matches!(read(message), Ok(IncomingMessage::Action { call: Err(_), .. })));
        for bad in [&b"[]"[..], b"{}", b"\xff"] {
            assert!(read(bad).is_err());
        }
    }
}

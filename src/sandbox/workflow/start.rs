//! The start request: read as strictly as its mixed spelling needs, since the service drops
//! without a word what it does not know.

use serde_json::{Map, Value};

use super::fields::{Fields, Wrong};

const CAPABILITIES: [&str; 5] = [
    "shell_command",
    "incremental_streaming",
    "read_file_chunked",
    "command_timeout",
    "web_search",
];
/// Fields that the service takes in either spelling.
const ALIASES: [(&str, &str); 2] =
    [("additionalContext", "additional_context"), ("preapprovedTools", "preapproved_tools")];

/// What a client begins or goes on with.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Start {
    pub(super) workflow: String,
    pub(super) definition: String,
    pub(super) version: String,
    pub(super) goal: String,
    pub(super) git: Git,
    pub(super) context: Vec<Context>,
    pub(super) capabilities: Vec<String>,
    /// Names of the client's own tools.
    pub(super) tools: Vec<String>,
    pub(super) preapproved: Vec<String>,
    pub(super) verdict: Option<Verdict>,
}

/// What the client says of its working directory; empty where it does not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Git {
    pub(super) url: String,
    pub(super) commit: String,
    pub(super) branch: String,
}

/// One thing for the agent to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Context {
    pub(super) id: String,
    pub(super) category: String,
    pub(super) content: String,
}

/// What was said of a tool that waits for approval.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    Approved { tool: String, arguments: Value, remember: bool },
    Rejected { message: String },
}

impl Start {
    pub(super) fn read(value: &Value) -> Result<Self, Wrong> {
        let value = one_spelling(value)?;
        let mut fields = Fields::of(&value, "startRequest")?;
        let start = Self {
            workflow: fields.words("workflowID")?.to_owned(),
            definition: fields.words("workflowDefinition")?.to_owned(),
            version: fields.words("clientVersion")?.to_owned(),
            goal: goal(&mut fields)?,
            git: git(&fields.json("workflowMetadata")?)?,
            context: context(fields.list("additional_context")?)?,
            capabilities: capabilities(&mut fields)?,
            tools: fields.list("mcpTools")?.iter().map(tool).collect::<Result<_, _>>()?,
            preapproved: fields.texts("preapproved_tools")?,
            verdict: fields.any("approval").map(verdict).transpose()?,
        };
        fields.text("flowConfig")?;
        fields.one_of("flowConfigSchemaVersion", &["v1"])?;
        fields.finish()?;
        Ok(start)
    }

    /// Whether the client announced an ability.
    pub(super) fn can(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|own| own == capability)
    }
}

/// A question of its own, which a decision has not.
fn goal(fields: &mut Fields<'_>) -> Result<String, Wrong> {
    let decides = fields.any("approval").is_some();
    let goal = if decides { fields.string("goal") } else { fields.words("goal") };
    goal.map(str::to_owned)
}

fn one_spelling(value: &Value) -> Result<Value, Wrong> {
    let object = value.as_object().ok_or_else(|| Wrong::Type("startRequest".to_owned()))?;
    let mut renamed = Map::new();
    for (name, value) in object {
        let known = ALIASES.iter().find(|(alias, _)| alias == name);
        let name = known.map_or(name.as_str(), |(_, name)| name);
        if renamed.insert(name.to_owned(), value.clone()).is_some() {
            return Err(Wrong::Value(format!("{name} comes twice")));
        }
    }
    Ok(Value::Object(renamed))
}

fn git(metadata: &Value) -> Result<Git, Wrong> {
    let mut fields = Fields::of(metadata, "workflowMetadata")?;
    fields.flag("extended_logging")?;
    fields.flag("tool_approval_for_session_enabled")?;
    let mut text = |name| Ok::<_, Wrong>(fields.text(name)?.unwrap_or_default().to_owned());
    let git = Git { url: text("git_url")?, commit: text("git_sha")?, branch: text("git_branch")? };
    fields.finish()?;
    Ok(git)
}

/// The system prompt, where there is one, comes before everything else.
fn context(entries: &[Value]) -> Result<Vec<Context>, Wrong> {
    let mut all = Vec::new();
    for entry in entries {
        let mut fields = Fields::of(entry, "additional_context")?;
        let category = fields.words("category")?.to_owned();
        let is_system = category == "system_prompt";
        if is_system && !all.is_empty() {
            return Err(Wrong::Value("system_prompt is not the first context".to_owned()));
        }
        if is_system && fields.any("content").is_none() {
            return Err(Wrong::Missing("content of system_prompt".to_owned()));
        }
        let content = fields.text("content")?.unwrap_or_default().to_owned();
        let id = fields.text("id")?.unwrap_or_default().to_owned();
        fields.text("metadata")?;
        fields.finish()?;
        all.push(Context { id, category, content });
    }
    Ok(all)
}

fn capabilities(fields: &mut Fields<'_>) -> Result<Vec<String>, Wrong> {
    let given = fields.texts("clientCapabilities")?;
    match given.iter().find(|name| !CAPABILITIES.contains(&name.as_str())) {
        Some(strange) => Err(Wrong::Value(format!("unknown capability {strange}"))),
        None => Ok(given),
    }
}

fn tool(value: &Value) -> Result<String, Wrong> {
    let mut fields = Fields::of(value, "mcpTools")?;
    let name = fields.words("name")?.to_owned();
    fields.string("description")?;
    fields.json("inputSchema")?;
    fields.finish()?;
    Ok(name)
}

fn verdict(value: &Value) -> Result<Verdict, Wrong> {
    let mut fields = Fields::of(value, "approval")?;
    let (yes, no) = (fields.any("approval"), fields.any("rejection"));
    fields.finish()?;
    match (yes, no) {
        (Some(yes), None) => {
            let mut fields = Fields::of(yes, "approval")?;
            let verdict = Verdict::Approved {
                tool: fields.words("tool_name")?.to_owned(),
                arguments: fields.json("tool_args_json")?,
                remember: fields.flag("remember_approval")?.unwrap_or_default(),
            };
            fields.finish()?;
            Ok(verdict)
        }
        (None, Some(no)) => {
            let mut fields = Fields::of(no, "rejection")?;
            let verdict = Verdict::Rejected { message: fields.string("message")?.to_owned() };
            fields.finish()?;
            Ok(verdict)
        }
        _ => Err(Wrong::Value("approval has either approval or rejection".to_owned())),
    }
}

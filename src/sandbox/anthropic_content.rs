//! Messages, content blocks and tools of Anthropic's Messages API, checked.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::anthropic::invalid;
use super::reply::Reply;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    User,
    Assistant,
}

/// One message: who said it, and all the text in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) role: Role,
    pub(super) text: String,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[expect(dead_code, reason = "some fields are there to be checked, not used")]
enum Block {
    Text {
        text: String,
        cache_control: Option<CacheControl>,
    },
    Image {
        source: Value,
        cache_control: Option<CacheControl>,
    },
    ToolUse {
        id: String,
        name: String,
        input: Value,
        cache_control: Option<CacheControl>,
    },
    ToolResult {
        tool_use_id: String,
        content: Option<Value>,
        is_error: Option<bool>,
        cache_control: Option<CacheControl>,
    },
    Thinking {
        thinking: String,
        signature: String,
    },
    RedactedThinking {
        data: String,
    },
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum CacheControl {
    Ephemeral {},
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some fields are there to be checked, not used")]
pub(super) struct Tool {
    name: String,
    description: Option<String>,
    input_schema: Value,
    cache_control: Option<CacheControl>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum ToolChoice {
    Auto {},
    Any {},
    None {},
    Tool { name: String },
}

/// How many blocks of a request are marked for the cache.
pub(super) fn cache_marks(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(cache_marks).sum(),
        Value::Object(object) => {
            let own = object.get("cache_control").is_some_and(|mark| !mark.is_null());
            usize::from(own) + object.values().map(cache_marks).sum::<usize>()
        }
        _ => 0,
    }
}

/// The blocks of a system prompt: a text, or text blocks.
pub(super) fn system(value: Value) -> Result<Vec<String>, Reply> {
    let blocks = match value {
        Value::Null => return Ok(Vec::new()),
        Value::String(text) if text.is_empty() => return Ok(Vec::new()),
        other => blocks("system", other)?,
    };
    let mut texts = Vec::with_capacity(blocks.len());
    for (at, block) in blocks.into_iter().enumerate() {
        match block {
            Block::Text { text, .. } if text.trim().is_empty() => {
                return Err(invalid("system: text content blocks must be non-empty"));
            }
            Block::Text { text, .. } => texts.push(text),
            _ => return Err(invalid(format!("system.{at}.type: Input should be 'text'"))),
        }
    }
    Ok(texts)
}

/// The messages: they begin and end with the user, the roles alternate, and every tool result
/// answers a tool use of the message before it.
pub(super) fn turns(messages: impl Iterator<Item = (Role, Value)>) -> Result<Vec<Turn>, Reply> {
    let mut turns: Vec<Turn> = Vec::new();
    let mut asked = BTreeSet::new();
    for (at, (role, content)) in messages.enumerate() {
        let expected = if at % 2 == 0 { Role::User } else { Role::Assistant };
        if role != expected {
            let first = "messages: first message must use the \"user\" role";
            let words = if at == 0 {
                first
            } else {
                "messages: roles must alternate between \"user\" and \"assistant\""
            };
            return Err(invalid(words));
        }
        let place = format!("messages.{at}.content");
        let (text, uses) = turn(&place, role, blocks(&place, content)?, &asked)?;
        asked = uses;
        turns.push(Turn { role, text });
    }
    match turns.last().map(|turn| turn.role) {
        None => Err(invalid("messages: at least one message is required")),
        Some(Role::Assistant) => Err(invalid(
            "This model does not support assistant message prefill. The conversation must end with a user message.",
        )),
        Some(Role::User) => Ok(turns),
    }
}

/// The text of one message and the ids of the tools that it uses.
fn turn(
    place: &str,
    role: Role,
    blocks: Vec<Block>,
    asked: &BTreeSet<String>,
) -> Result<(String, BTreeSet<String>), Reply> {
    let (mut texts, mut uses, mut answered) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for block in blocks {
        match (role, block) {
            (_, Block::Text { text, .. }) if text.trim().is_empty() => {
                return Err(invalid(format!(
                    "{place}: text content blocks must contain non-whitespace text"
                )));
            }
            (_, Block::Text { text, .. }) => texts.push(text),
            (Role::User, Block::Image { source, .. }) if source.is_object() => {
                texts.push("[image]".to_owned());
            }
            (Role::User, Block::ToolResult { tool_use_id, content, .. }) => {
                texts.push(content.map(|content| content.to_string()).unwrap_or_default());
                answered.insert(tool_use_id);
            }
            (Role::Assistant, Block::ToolUse { id, name, input, .. }) if input.is_object() => {
                texts.push(format!("{name}{input}"));
                uses.insert(id);
            }
            (Role::Assistant, Block::Thinking { thinking, signature }) if !signature.is_empty() => {
                texts.push(thinking);
            }
            (Role::Assistant, Block::RedactedThinking { data }) => texts.push(data),
            _ => {
                return Err(invalid(format!(
                    "{place}: a block is not allowed here or lacks a part"
                )));
            }
        }
    }
    if role == Role::User && answered != *asked {
        return Err(invalid(format!(
            "{place}: each `tool_use` block must have a corresponding `tool_result` block in the next message"
        )));
    }
    Ok((texts.join("\n"), uses))
}

/// A content: a text, or a list of blocks with at least one.
fn blocks(place: &str, content: Value) -> Result<Vec<Block>, Reply> {
    let list = match content {
        Value::String(text) => {
            return Ok(vec![Block::Text { text, cache_control: None }]);
        }
        Value::Array(list) if !list.is_empty() => list,
        _ => {
            return Err(invalid(format!("{place}: Input should be a non-empty text or list")));
        }
    };
    let block = |(at, value)| {
        serde_json::from_value(value).map_err(|error| invalid(format!("{place}.{at}: {error}")))
    };
    list.into_iter().enumerate().map(block).collect()
}

/// Names, schemas and the choice among the tools.
pub(super) fn check_tools(
    tools: &[Tool],
    choice: Option<&ToolChoice>,
    thinks: bool,
) -> Result<(), Reply> {
    let mut names = BTreeSet::new();
    for (at, tool) in tools.iter().enumerate() {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        if tool.name.is_empty() || tool.name.len() > 128 || !tool.name.bytes().all(fits) {
            return Err(invalid(format!(
                "tools.{at}.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'"
            )));
        }
        if !names.insert(tool.name.as_str()) {
            return Err(invalid("tools: Tool names must be unique."));
        }
        if tool.input_schema.get("type").and_then(Value::as_str) != Some("object") {
            return Err(invalid(format!("tools.{at}.input_schema.type: Input should be 'object'")));
        }
    }
    match choice {
        Some(_) if tools.is_empty() => {
            Err(invalid("tool_choice may only be specified while providing tools"))
        }
        Some(ToolChoice::Any {} | ToolChoice::Tool { .. }) if thinks => {
            Err(invalid("Thinking may not be enabled when tool_choice forces tool use."))
        }
        Some(ToolChoice::Tool { name }) if !names.contains(name.as_str()) => {
            Err(invalid(format!("tool_choice: Tool '{name}' not found in provided tools")))
        }
        _ => Ok(()),
    }
}

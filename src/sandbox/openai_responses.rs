//! Reading a request of OpenAI's Responses API strictly.

use serde::Deserialize;
use serde_json::Value;

use super::anthropic::Prompt;
use super::anthropic_content::{Role as TurnRole, Turn};
use super::openai::{self, Role};
use super::received::Received;
use super::reply::Reply;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some fields are there to be checked, not used")]
struct Body {
    model: String,
    #[serde(default)]
    instructions: String,
    input: Input,
    max_output_tokens: Option<u64>,
    temperature: Option<f64>,
    store: Option<bool>,
    #[serde(default)]
    stream: bool,
    reasoning: Option<Reasoning>,
    #[serde(default)]
    tools: Vec<Tool>,
    tool_choice: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reasoning {
    effort: Option<String>,
    summary: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
    Text(String),
    Items(Vec<Item>),
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Item {
    Message { role: Role, content: Vec<Part> },
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Part {
    InputText { text: String },
    OutputText { text: String },
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are there to be checked, not used")]
enum Tool {
    Function {
        name: String,
        description: Option<String>,
        parameters: Option<Value>,
        strict: Option<bool>,
    },
}

/// Reads the request, or says what is wrong with it.
pub(super) fn prompt(request: &Received) -> Result<Prompt, Reply> {
    let body: Body = openai::body(request)?;
    let serves = openai::model(&body.model)?;
    openai::check_accept(request, body.stream)?;
    let reasoning = body.reasoning.as_ref();
    let effort = reasoning.and_then(|reasoning| reasoning.effort.as_deref());
    openai::check_effort("reasoning.effort", effort)?;
    let summary = reasoning.and_then(|reasoning| reasoning.summary.as_deref());
    if !matches!(summary, None | Some("auto" | "concise" | "detailed")) {
        return Err(openai::invalid("reasoning.summary", "Invalid value for 'reasoning.summary'."));
    }
    openai::check_temperature(serves, body.temperature)?;
    let max_tokens = openai::check_output_limit("max_output_tokens", body.max_output_tokens, 16)?;
    let mut system = vec![body.instructions];
    system.retain(|text| !text.is_empty());
    let turns = match body.input {
        Input::Text(text) => vec![Turn { role: TurnRole::User, text }],
        Input::Items(items) => turns(items, &mut system)?,
    };
    openai::fitting(Prompt {
        model: body.model,
        max_tokens,
        stream: body.stream,
        system,
        turns,
        stop_sequences: Vec::new(),
        thinks: summary.is_some() && effort != Some("none"),
    })
}

fn turns(items: Vec<Item>, system: &mut Vec<String>) -> Result<Vec<Turn>, Reply> {
    let mut turns = Vec::new();
    for (at, Item::Message { role, content }) in items.into_iter().enumerate() {
        let mut texts = Vec::new();
        for part in content {
            texts.push(match (role, part) {
                (Role::Assistant, Part::OutputText { text })
                | (Role::System | Role::Developer | Role::User, Part::InputText { text }) => text,
                _ => {
                    let words = "Invalid value: an assistant says 'output_text', everybody else 'input_text'.";
                    return Err(openai::invalid(&format!("input[{at}].content"), words));
                }
            });
        }
        openai::sort(role, texts.join("\n"), system, &mut turns);
    }
    Ok(turns)
}

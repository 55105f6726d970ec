//! Reading a request of OpenAI's Chat Completions API strictly.

use serde::Deserialize;
use serde_json::Value;

use super::anthropic::Prompt;
use super::openai::{self, Role, Serves};
use super::received::Received;
use super::reply::Reply;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some fields are there to be checked, not used")]
struct Body {
    model: String,
    messages: Vec<Message>,
    max_completion_tokens: Option<u64>,
    /// Known, and refused by every model there is.
    max_tokens: Option<u64>,
    temperature: Option<f64>,
    reasoning_effort: Option<String>,
    #[serde(default)]
    stream: bool,
    stream_options: Option<StreamOptions>,
    #[serde(default)]
    tools: Vec<Tool>,
    tool_choice: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the field is there to be checked, not used")]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    role: Role,
    content: Content,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Part {
    Text { text: String },
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are there to be checked, not used")]
enum Tool {
    Function { function: Function },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are there to be checked, not used")]
struct Function {
    name: String,
    description: Option<String>,
    parameters: Option<Value>,
    strict: Option<bool>,
}

/// Reads the request, or says what is wrong with it.
pub(super) fn prompt(request: &Received) -> Result<Prompt, Reply> {
    let body: Body = openai::body(request)?;
    let serves = openai::model(&body.model)?;
    if serves == Serves::Responses {
        let words = "This model is only supported in v1/responses and not in v1/chat/completions.";
        return Err(openai::error(404, None, "model", words));
    }
    openai::check_accept(request, body.stream)?;
    if body.max_tokens.is_some() {
        let words = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
        return Err(openai::error(400, Some("unsupported_parameter"), "max_tokens", words));
    }
    if body.stream_options.is_some() && !body.stream {
        let words = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
        return Err(openai::invalid("stream_options", words));
    }
    openai::check_effort("reasoning_effort", body.reasoning_effort.as_deref())?;
    openai::check_temperature(serves, body.temperature)?;
    let max_tokens =
        openai::check_output_limit("max_completion_tokens", body.max_completion_tokens, 1)?;
    let (mut system, mut turns) = (Vec::new(), Vec::new());
    for message in body.messages {
        openai::sort(message.role, message.content.text(), &mut system, &mut turns);
    }
    openai::fitting(Prompt {
        model: body.model,
        max_tokens,
        stream: body.stream,
        system,
        turns,
        stop_sequences: Vec::new(),
        // This protocol does not show it.
        thinks: false,
    })
}

impl Content {
    fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Parts(parts) => {
                let texts: Vec<String> =
                    parts.into_iter().map(|Part::Text { text }| text).collect();
                texts.join("\n")
            }
        }
    }
}

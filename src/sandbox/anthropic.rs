//! Reading a request of Anthropic's Messages API as strictly as the gateway and the provider
//! do together (Anthropic documentation, "Messages API").

use serde::Deserialize;
use serde_json::{Value, json};

use super::anthropic_content::{self as content, Role, Turn};
use super::received::Received;
use super::reply::Reply;

/// The most tokens that a prompt may have.
const CONTEXT: usize = 200_000;
/// The most tokens that may be asked for.
const OUTPUT: u64 = 64_000;

/// A request that is in order.
#[derive(Debug, Clone)]
pub(super) struct Prompt {
    pub(super) model: String,
    pub(super) max_tokens: u64,
    pub(super) stream: bool,
    /// The blocks of the system prompt.
    pub(super) system: Vec<String>,
    pub(super) turns: Vec<Turn>,
    pub(super) stop_sequences: Vec<String>,
    pub(super) thinks: bool,
}

impl Prompt {
    /// A rough count: four characters a token.
    pub(super) fn input_tokens(&self) -> usize {
        let system: usize = self.system.iter().map(|text| text.chars().count()).sum();
        let turns: usize = self.turns.iter().map(|turn| turn.text.chars().count()).sum();
        (system + turns).div_ceil(4)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    model: String,
    max_tokens: Option<u64>,
    messages: Vec<Message>,
    #[serde(default)]
    system: Value,
    #[serde(default)]
    stream: bool,
    temperature: Option<f64>,
    top_p: Option<f64>,
    #[serde(default)]
    stop_sequences: Vec<String>,
    thinking: Option<Thinking>,
    output_config: Option<OutputConfig>,
    #[serde(default)]
    tools: Vec<content::Tool>,
    tool_choice: Option<content::ToolChoice>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    role: Role,
    content: Value,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Thinking {
    Enabled { budget_tokens: u64 },
    Adaptive {},
    Disabled {},
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutputConfig {
    effort: Option<String>,
}

/// What a model takes besides text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Generation {
    /// A thinking budget, no effort.
    Budget,
    /// Both ways.
    Both,
    /// Adaptive thinking with effort only, no sampling parameters.
    Adaptive,
}

const MODELS: &[(&str, Generation)] = &[
    ("claude-haiku-4-5-20251001", Generation::Budget),
    ("claude-sonnet-4-5-20250929", Generation::Budget),
    ("claude-opus-4-5-20251101", Generation::Budget),
    ("claude-sonnet-4-6", Generation::Both),
    ("claude-opus-4-6", Generation::Both),
    ("claude-sonnet-5", Generation::Adaptive),
    ("claude-opus-4-7", Generation::Adaptive),
    ("claude-opus-4-8", Generation::Adaptive),
    ("claude-opus-5", Generation::Adaptive),
    ("claude-fable-5", Generation::Adaptive),
    ("claude-fable-5-1", Generation::Adaptive),
];

/// The provider's error for a request that is not in order.
pub(super) fn invalid(words: impl Into<String>) -> Reply {
    let body = json!({
        "type": "error",
        "error": { "type": "invalid_request_error", "message": words.into() },
        "request_id": "req_011SANDBOX",
    });
    Reply::json(400, body.to_string())
}

/// Reads the request, or says what is wrong with it.
pub(super) fn prompt(request: &Received) -> Result<Prompt, Reply> {
    let body = body(request)?;
    let known = MODELS.iter().find(|(name, _)| *name == body.model);
    let (_, generation) = known.ok_or_else(|| Reply::detail(400, "Unsupported model"))?;
    check_request_headers(request, body.stream)?;
    let max_tokens = body.max_tokens.ok_or_else(|| invalid("max_tokens: Field required"))?;
    check_limits(&body, max_tokens)?;
    check_thinking(&body, max_tokens, *generation)?;
    let choice = body.tool_choice.as_ref();
    content::check_tools(
        &body.tools,
        choice,
        matches!(body.thinking, Some(Thinking::Enabled { .. })),
    )?;
    let given = body.messages.into_iter().map(|message| (message.role, message.content));
    let prompt = Prompt {
        model: body.model,
        max_tokens,
        stream: body.stream,
        system: content::system(body.system)?,
        turns: content::turns(given)?,
        stop_sequences: body.stop_sequences,
        thinks: matches!(body.thinking, Some(Thinking::Enabled { .. } | Thinking::Adaptive {})),
    };
    match prompt.input_tokens() {
        tokens if tokens > CONTEXT => {
            Err(invalid(format!("prompt is too long: {tokens} tokens > {CONTEXT} maximum")))
        }
        _ => Ok(prompt),
    }
}

/// The body with known fields only, each of its type.
fn body(request: &Received) -> Result<Body, Reply> {
    let raw: Value =
        serde_json::from_slice(&request.body).map_err(|_| Reply::detail(400, "Invalid JSON"))?;
    let body = Body::deserialize(&raw).map_err(|error| {
        let problem = json!({ "type": "value_error", "loc": ["body"], "msg": error.to_string() });
        Reply::detail(422, json!([problem]))
    })?;
    match content::cache_marks(&raw) {
        0..=4 => Ok(body),
        marks => Err(invalid(format!(
            "A maximum of 4 blocks with cache_control may be provided. Found {marks}."
        ))),
    }
}

fn check_request_headers(request: &Received, streams: bool) -> Result<(), Reply> {
    match request.header("anthropic-version") {
        None => return Err(invalid("anthropic-version: header is required")),
        Some("2023-06-01") => {}
        Some(other) => {
            return Err(invalid(format!("anthropic-version: \"{other}\" is not a valid version")));
        }
    }
    let wanted = if streams { "text/event-stream" } else { "application/json" };
    let accept = request.header("accept").unwrap_or("*/*");
    if [wanted, "*/*"].iter().any(|kind| accept.contains(kind)) {
        return Ok(());
    }
    Err(Reply::detail(406, format!("The answer is {wanted}, which accept does not name")))
}

fn check_limits(body: &Body, max_tokens: u64) -> Result<(), Reply> {
    if max_tokens == 0 {
        return Err(invalid("max_tokens: Input should be greater than or equal to 1"));
    }
    if max_tokens > OUTPUT {
        return Err(invalid(format!(
            "max_tokens: {max_tokens} > {OUTPUT}, which is the maximum allowed number of output tokens for {}",
            body.model
        )));
    }
    for (name, value) in [("temperature", body.temperature), ("top_p", body.top_p)] {
        if value.is_some_and(|value| !(0.0..=1.0).contains(&value)) {
            return Err(invalid(format!("{name}: range: 0..1")));
        }
    }
    if body.stop_sequences.iter().any(|stop| stop.trim().is_empty()) {
        return Err(invalid("stop_sequences: each stop sequence must contain non-whitespace"));
    }
    Ok(())
}

fn check_thinking(body: &Body, max_tokens: u64, generation: Generation) -> Result<(), Reply> {
    let refused = |what: &str| Err(invalid(format!("{what} is not supported by {}", body.model)));
    let samples = body.temperature.is_some() || body.top_p.is_some();
    if samples && generation == Generation::Adaptive {
        return refused("temperature and top_p");
    }
    match &body.thinking {
        Some(Thinking::Enabled { .. }) if generation == Generation::Adaptive => {
            return refused("thinking.type: enabled");
        }
        Some(Thinking::Adaptive {}) if generation == Generation::Budget => {
            return refused("thinking.type: adaptive");
        }
        Some(Thinking::Enabled { budget_tokens }) if *budget_tokens < 1024 => {
            return Err(invalid(
                "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
            ));
        }
        Some(Thinking::Enabled { budget_tokens }) if *budget_tokens >= max_tokens => {
            return Err(invalid("`max_tokens` must be greater than `thinking.budget_tokens`"));
        }
        Some(Thinking::Enabled { .. } | Thinking::Adaptive {}) if body.temperature.is_some() => {
            return Err(invalid("`temperature` may not be set when thinking is enabled"));
        }
        Some(Thinking::Enabled { .. } | Thinking::Adaptive {})
            if body.top_p.is_some_and(|share| share < 0.95) =>
        {
            return Err(invalid("`top_p` must be at least 0.95 when thinking is enabled"));
        }
        _ => {}
    }
    match body.output_config.as_ref().and_then(|config| config.effort.as_deref()) {
        Some(_) if generation == Generation::Budget => refused("output_config.effort"),
        None | Some("low" | "medium" | "high" | "xhigh" | "max") => Ok(()),
        Some(other) => {
            Err(invalid(format!("output_config.effort: \"{other}\" is not a valid effort")))
        }
    }
}

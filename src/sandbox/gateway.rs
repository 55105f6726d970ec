//! The AI gateway: its token, its headers, its paths, checked in the order of the real one
//! (its source and recorded exchanges, August 2026).

use serde_json::{Value, json};

use super::answers;
use super::call::{Answer, World};
use super::faults::{self, Fault};
use super::grants::PRIMITIVE;
use super::prompt::{self, Dialect};
use super::received::Received;
use super::reply::Reply;
use super::{controls, script_model};

/// The gateway as on cloud.gitlab.com: below `/ai`, which belongs to the cloud.
pub(super) const CLOUD: &str = "/-/ai_gateway";
/// The gateway as people host it: at the root of its address.
pub(super) const SELF_HOSTED: &str = "/-/self_hosted_gateway";

const PROXY: &str = "/v1/proxy/";
/// The paths of the providers that the proxy accepts, with their query.
const UPSTREAM: [(&str, Option<Dialect>); 7] = [
    ("anthropic/v1/messages", Some(Dialect::Messages)),
    ("anthropic/v1/messages?beta=true", Some(Dialect::Messages)),
    ("anthropic/v1/messages/count_tokens?beta=true", None),
    ("openai/v1/chat/completions", Some(Dialect::Chat)),
    ("openai/v1/responses", Some(Dialect::Responses)),
    ("openai/v1/embeddings", None),
    ("openai/v1/models", None),
];
/// Unit primitives that exist and are not for the proxy, and one that no token here has.
const OTHER_PRIMITIVES: [&str; 2] = ["complete_code", "generate_code"];
const NOT_IN_TOKEN: &str = "duo_chat";

/// What `GET /v1/models/definitions` lists: identifier, name, cost, and when it is removed.
const DEFINITIONS: [(&str, &str, &str, Option<&str>); 5] = [
    ("claude_sonnet_4_6", "Claude Sonnet 4.6", "$$", None),
    ("claude_sonnet_4_5_20250929", "Claude Sonnet 4.5", "$$", None),
    ("claude_haiku_4_5_20251001", "Claude Haiku 4.5", "$", None),
    ("claude_opus_4_6_20260205", "Claude Opus 4.6", "$$$", None),
    ("gpt_5_mini", "GPT-5 mini", "$", Some("19.6")),
];

/// Answers a request to one of the gateways; `None` if the path is another's.
pub(super) fn answer(world: &World, request: &Received) -> Option<Reply> {
    let below = |prefix| request.target.strip_prefix(prefix).filter(|path| path.starts_with('/'));
    let (target, is_cloud) = match (below(CLOUD), below(SELF_HOSTED)) {
        (Some(target), _) => (target, true),
        (None, Some(target)) => (target, false),
        (None, None) => return None,
    };
    let own = if is_cloud { target.strip_prefix("/ai").unwrap_or("") } else { target };
    Some(handle(world, request, own).unwrap_or_else(|early| early))
}

fn handle(world: &World, request: &Received, target: &str) -> Answer {
    match (request.method.as_str(), target) {
        ("GET", "/monitoring/healthz") => return Ok(Reply::json(200, "{}")),
        ("GET", "/v1/models/definitions") => return Ok(definitions()),
        _ => {}
    }
    check_token(world, request)?;
    let not_found = || Reply::detail(404, "Not Found");
    let path = target.strip_prefix(PROXY).ok_or_else(not_found)?;
    if !["anthropic/", "openai/"].iter().any(|provider| path.starts_with(provider)) {
        return Err(not_found());
    }
    if request.method != "POST" {
        return Err(Reply::detail(405, "Method Not Allowed").with_header("allow", "POST"));
    }
    let control = controls::asked(request, "");
    if control == Some("allowlist") {
        let words = "Proxy endpoints are not enabled for this namespace";
        return Err(Reply::detail(402, words));
    }
    check_primitive(request)?;
    check_places(request)?;
    let upstream = UPSTREAM.iter().find(|(own, _)| *own == path);
    let (_, dialect) = upstream.ok_or_else(|| Reply::detail(404, "Not found"))?;
    let body = request.json().ok_or_else(|| Reply::detail(400, "Invalid JSON"))?;
    if !body.is_object() {
        return Err(Reply::whole(500, "text/plain; charset=utf-8", "Internal Server Error"));
    }
    let model = body["model"].as_str();
    let model = model.ok_or_else(|| Reply::detail(400, "Failed to extract model name"))?;
    if !prompt::offers(model, path.starts_with("anthropic/")) {
        return Err(Reply::detail(400, "Unsupported model"));
    }
    let text = prompt::last_words(&body);
    let control = controls::asked(request, &text);
    if let Some(reply) = control.and_then(|name| faults::of_gateway(name, path)) {
        return Err(reply);
    }
    let Some(dialect) = *dialect else {
        let tokens = prompt::read(Dialect::Messages, &body).input_tokens();
        let counted = json!({ "input_tokens": tokens }).to_string();
        return Ok(Reply::whole(200, "application/json; charset=utf-8", counted));
    };
    let fault = control.and_then(|name| Fault::named(name, dialect));
    let streams = body["stream"] == json!(true);
    if let Some(reply) = fault.as_ref().and_then(|fault| fault.refusal(dialect, streams)) {
        return Err(reply);
    }
    prompt::check(dialect, request, &body).map_err(|error| error.reply(dialect, streams))?;
    let prompt = prompt::read(dialect, &body);
    let text = script_model::answer(&world.seed, &prompt);
    Ok(answers::reply(dialect, &prompt, &text, fault.as_ref()))
}

/// The token comes first, whatever the path.
fn check_token(world: &World, request: &Received) -> Result<(), Reply> {
    let refused = |words: &str| Err(Reply::error(401, words));
    let Some(given) = request.header("authorization") else {
        return refused("No authorization header presented");
    };
    let Some(token) = given.strip_prefix("Bearer ").or(given.strip_prefix("bearer ")) else {
        return refused("Invalid authorization header");
    };
    if request.header("x-gitlab-authentication-type") != Some("oidc") {
        return refused("Invalid authentication token type - only OIDC is supported");
    }
    let Some(grant) = world.grants.find(token.trim(), world.clock.now()) else {
        return refused("Forbidden by auth provider");
    };
    for name in ["X-Gitlab-Realm", "X-Gitlab-Global-User-Id", "X-Gitlab-Instance-Id"] {
        let own = grant.headers.iter().find(|(own, _)| *own == name);
        if own.map(|(_, value)| value.as_str()) != request.header(&name.to_ascii_lowercase()) {
            return refused(&format!("Header mismatch '{name}'"));
        }
    }
    Ok(())
}

fn check_primitive(request: &Received) -> Result<(), Reply> {
    let (status, words) = match request.header("x-gitlab-unit-primitive") {
        Some(PRIMITIVE) => return Ok(()),
        None => (400, "Missing x-gitlab-unit-primitive header".to_owned()),
        Some(NOT_IN_TOKEN) => (403, format!("Unauthorized to access {NOT_IN_TOKEN}")),
        Some(other) if OTHER_PRIMITIVES.contains(&other) => {
            (400, format!("This endpoint cannot be used for {other} purpose"))
        }
        Some(other) => (400, format!("Unknown unit primitive header {other}")),
    };
    Err(Reply::detail(status, words))
}

/// Projects and namespaces must be those of the token, which has none.
fn check_places(request: &Received) -> Result<(), Reply> {
    for (name, words) in [
        ("x-gitlab-project-id", "Gitlab project id mismatch"),
        ("x-gitlab-namespace-id", "Gitlab namespace id mismatch"),
        ("x-gitlab-root-namespace-id", "Gitlab root namespace id mismatch"),
    ] {
        match request.header(name) {
            None | Some("" | "null") => {}
            Some(value) if value.parse::<i64>().is_ok() => return Err(Reply::detail(403, words)),
            Some(_) => {
                return Err(Reply::whole(
                    500,
                    "text/plain; charset=utf-8",
                    "Internal Server Error",
                ));
            }
        }
    }
    Ok(())
}

fn definitions() -> Reply {
    let models = DEFINITIONS.map(|(identifier, name, cost, removal)| {
        let deprecation = removal.map(|version| {
            json!({ "deprecation_date": "2026-06-16", "removal_version": version })
        });
        json!({
            "name": format!("{name} - {}", if name.starts_with("GPT") { "OpenAI" } else { "Anthropic" }),
            "identifier": identifier,
            "provider": if name.starts_with("GPT") { "OpenAI" } else { "Anthropic" },
            "deprecation": deprecation,
            "description": null,
            "cost_indicator": cost,
        })
    });
    let identifiers: Vec<Value> = DEFINITIONS.iter().map(|(own, ..)| json!(own)).collect();
    let feature = json!({
        "feature_setting": "duo_agent_platform",
        "default_model": "claude_sonnet_4_6",
        "default_models": ["claude_sonnet_4_6"],
        "models_for_tags": {},
        "models_for_size_preference": {},
        "selectable_models": identifiers,
        "beta_models": [],
        "deprecated_models": [],
        "dev": null,
        "unit_primitives": ["duo_agent_platform"],
    });
    Reply::json(200, json!({ "models": models, "unit_primitives": [feature] }).to_string())
}

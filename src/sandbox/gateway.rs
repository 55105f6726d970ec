//! The AI gateway: its token, its headers, its paths. It lives below the instance's address,
//! as the gateway of a self-managed instance does.

use super::anthropic::{self, Prompt};
use super::anthropic_reply;
use super::auth::bearer;
use super::call::{Answer, World};
use super::grants::{Grant, PRIMITIVE, Refusal};
use super::received::Received;
use super::reply::Reply;
use super::{openai_chat, openai_reply, openai_responses, script_model};

/// Where the gateway lives on the sandbox's origin.
pub(super) const PREFIX: &str = "/-/ai_gateway";

/// What is proxied: path, reader of requests, writer of answers.
const PROXIED: &[(&str, Reader, Writer)] = &[
    ("/ai/v1/proxy/anthropic/v1/messages", anthropic::prompt, anthropic_reply::reply),
    ("/ai/v1/proxy/openai/v1/chat/completions", openai_chat::prompt, openai_reply::chat),
    ("/ai/v1/proxy/openai/v1/responses", openai_responses::prompt, openai_reply::responses),
];

type Reader = fn(&Received) -> Result<Prompt, Reply>;
type Writer = fn(&Prompt, &str) -> Reply;

/// Answers a request below the gateway's prefix; `path` is what follows it.
pub(super) fn answer(world: &World, request: &Received, path: &str) -> Reply {
    handle(world, request, path).unwrap_or_else(|early| early)
}

fn handle(world: &World, request: &Received, path: &str) -> Answer {
    let proxied = PROXIED.iter().find(|(own, ..)| *own == path);
    let proxied = proxied.filter(|_| ["", "beta=true"].contains(&request.query()));
    let (_, reader, writer) = proxied.ok_or_else(|| Reply::detail(404, "Not found"))?;
    if request.method != "POST" {
        return Err(Reply::detail(405, "Method Not Allowed").with_header("allow", "POST"));
    }
    check_headers(world, request)?;
    let prompt = reader(request)?;
    let message = script_model::answer(&world.seed, &prompt);
    Ok(writer(&prompt, &message))
}

fn check_headers(world: &World, request: &Received) -> Result<(), Reply> {
    let strange = ["x-api-key", "private-token", "job-token", "cookie"];
    if let Some(name) = strange.iter().find(|name| request.header(name).is_some()) {
        return Err(Reply::detail(400, format!("{name} must not be sent to the gateway")));
    }
    let token = request.header("authorization").map_or("", bearer);
    let grant = world.grants.find(token, world.clock.now()).map_err(|refusal| match refusal {
        Refusal::Expired => Reply::detail(401, "Token is expired"),
        Refusal::Unknown => Reply::detail(401, "Unauthorized"),
    })?;
    check_forwarded(request, &grant)?;
    let json = request.header("content-type").and_then(|value| value.split(';').next());
    if json.map(str::trim) != Some("application/json") {
        return Err(Reply::detail(415, "Unsupported media type"));
    }
    Ok(())
}

/// Every header that came with the token must come back as it was, empty ones too.
fn check_forwarded(request: &Received, grant: &Grant) -> Result<(), Reply> {
    match request.header("x-gitlab-unit-primitive") {
        None => return Err(Reply::detail(400, "Missing x-gitlab-unit-primitive header")),
        Some(PRIMITIVE) => {}
        Some(other) => {
            return Err(Reply::detail(403, format!("Unauthorized to access {other}")));
        }
    }
    for (name, wanted) in &grant.headers {
        match request.header(&name.to_ascii_lowercase()) {
            None => return Err(Reply::detail(400, format!("Missing {name} header"))),
            Some(given) if given != wanted => {
                return Err(Reply::detail(403, format!("Header mismatch '{name}'")));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

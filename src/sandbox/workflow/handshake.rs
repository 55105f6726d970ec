//! The way in to the socket: who may, from where, and to which place, as GitLab checks it before
//! it says 101.

use tungstenite::handshake::derive_accept_key;

use super::super::auth::{self, Access};
use super::super::call::World;
use super::super::graphql;
use super::super::query::{self, Params};
use super::super::received::Received;
use super::super::reply::Reply;
use super::rest;
use super::socket::Stream;

/// What a connection is for.
#[derive(Debug, Clone)]
pub(in super::super) struct Opened {
    pub(super) username: String,
    /// The model that was asked for; `None` for GitLab's default.
    pub(super) model: Option<String>,
    /// Proof for the client that its key was read.
    key: String,
}

/// Lets a request in, or answers it as GitLab would.
pub(in super::super) fn open(world: &World, request: &Received) -> Result<Opened, Reply> {
    if request.method != "GET" {
        return Err(Reply::error(405, "405 Not Allowed").with_header("allow", "GET"));
    }
    let key = key(request)?;
    let caller = auth::identify(world, request, Access::WRITE)?;
    let caller = caller.ok_or_else(|| Reply::message(401, "401 Unauthorized"))?;
    let forbidden = || Reply::message(403, "403 Forbidden");
    if !caller.person.duo {
        return Err(forbidden());
    }
    if request.header("origin").is_some_and(|origin| origin != world.base) {
        return Err(Reply::whole(403, "text/plain; charset=utf-8", "Forbidden\n"));
    }
    let pairs = query::pairs(request.query());
    let pairs = pairs.ok_or_else(|| Reply::message(400, "400 Bad request"))?;
    // What is not known is ignored.
    let params = Params::new(&pairs);
    let model = params.text("user_selected_model_identifier");
    if model.is_some_and(|model| !graphql::offers(model)) {
        let words = "400 Bad request - user_selected_model_identifier is invalid";
        return Err(Reply::message(400, words));
    }
    if let Some(id) = params.text("project_id").or(request.header("x-gitlab-project-id")) {
        let mut all = world.seed.projects.iter().filter(|one| caller.may_see(one));
        let project = all.find(|one| one.id.to_string() == id || one.path == id);
        let project = project.ok_or_else(|| Reply::message(404, "404 Project Not Found"))?;
        rest::project_namespace(world, project).ok_or_else(forbidden)?;
    }
    let username = caller.person.username.clone();
    Ok(Opened { username, model: model.map(str::to_owned), key })
}

/// Switches a connection over to the socket's protocol.
pub(in super::super) fn accept(request: tiny_http::Request, opened: &Opened) -> Box<dyn Stream> {
    let response = tiny_http::Response::empty(101);
    let field = tiny_http::Header::from_bytes("Sec-WebSocket-Accept", opened.key.as_bytes());
    let response = match field {
        Ok(field) => response.with_header(field),
        // The value is base64, which every header takes.
        Err(()) => response,
    };
    Box::new(request.upgrade("websocket", response))
}

/// The answer to the key of an upgrade (RFC 6455 §4.2.1).
fn key(request: &Received) -> Result<String, Reply> {
    let lists = |name, word: &str| {
        let words = request.header(name).unwrap_or_default().split(',');
        words.map(str::trim).any(|given| given.eq_ignore_ascii_case(word))
    };
    let key = request.header("sec-websocket-key").unwrap_or_default();
    let is_upgrade = lists("connection", "upgrade")
        && lists("upgrade", "websocket")
        && request.header("sec-websocket-version") == Some("13")
        // Sixteen bytes in base64.
        && key.len() == 24
        && key.ends_with("==");
    if is_upgrade {
        return Ok(derive_accept_key(key.as_bytes()));
    }
    let reply = Reply::whole(400, "text/plain; charset=utf-8", "Bad Request\n");
    Err(reply.with_header("sec-websocket-version", "13"))
}

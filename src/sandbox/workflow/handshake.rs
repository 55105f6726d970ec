//! The way in to the socket: who may, from where, and to which place, as GitLab checks it before
//! it says 101.

use tungstenite::handshake::derive_accept_key;

use super::super::auth::{self, Access, Caller};
use super::super::call::World;
use super::super::query::{self, Params};
use super::super::received::Received;
use super::super::reply::Reply;
use super::super::{graphql, seed::Project};
use super::socket::Stream;
use super::{DEFINITIONS, platform};

/// What a connection is for.
#[derive(Debug, Clone)]
pub(in super::super) struct Opened {
    pub(super) username: String,
    pub(super) definition: String,
    pub(super) project: u64,
    /// The model that was asked for; `None` for GitLab's default.
    pub(super) model: Option<String>,
    /// The workflow, where the address names one.
    pub(super) workflow: Option<String>,
    /// Proof for the client that its key was read.
    key: String,
}

/// Lets a request in, or answers it as GitLab would.
pub(in super::super) fn open(world: &World, request: &Received) -> Result<Opened, Reply> {
    if request.method != "GET" {
        return Err(Reply::error(405, "405 Not Allowed").with_header("allow", "GET"));
    }
    let key = key(request)?;
    let caller = auth::identify(world, request, Access::DUO)?;
    let caller = caller.ok_or_else(|| Reply::message(401, "401 Unauthorized"))?;
    platform::check_seat(caller.person)?;
    check_headers(world, request)?;
    let pairs = query::pairs(request.query());
    let pairs = pairs.ok_or_else(|| Reply::message(400, "400 Bad request"))?;
    let mut params = Params::new(&pairs);
    let definition = params.one_of("workflow_definition", &DEFINITIONS).map(str::to_owned);
    if definition.is_none() {
        params.problem("workflow_definition is missing".to_owned());
    }
    let model = params.text("user_selected_model_identifier");
    if model.is_some_and(|model| !graphql::offers(model)) {
        params.problem("user_selected_model_identifier does not have a valid value".to_owned());
    }
    let workflow = params.text("workflow_id").map(str::to_owned);
    let project = place(world, request, &caller, &mut params)?;
    params.finish()?;
    Ok(Opened {
        username: caller.person.username.clone(),
        definition: definition.unwrap_or_default(),
        project: project.id,
        model: model.map(str::to_owned),
        workflow,
        key,
    })
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
    let upgrades = lists("connection", "upgrade") && lists("upgrade", "websocket");
    if !upgrades || request.header("sec-websocket-version") != Some("13") {
        let reply = Reply::whole(400, "text/plain; charset=utf-8", "Bad Request\n");
        return Err(reply.with_header("sec-websocket-version", "13"));
    }
    let key = request.header("sec-websocket-key").unwrap_or_default();
    // Sixteen bytes in base64.
    if key.len() != 24 || !key.ends_with("==") {
        return Err(Reply::whole(400, "text/plain; charset=utf-8", "Bad Request\n"));
    }
    Ok(derive_accept_key(key.as_bytes()))
}

fn check_headers(world: &World, request: &Received) -> Result<(), Reply> {
    let origin = request.header("origin");
    if origin.is_some_and(|origin| origin != world.base) {
        return Err(Reply::whole(403, "text/plain; charset=utf-8", "Forbidden\n"));
    }
    if request.header("content-type").is_some() {
        return Err(Reply::message(400, "400 Bad request - an upgrade has no content-type"));
    }
    if request.header("x-gitlab-client-type") != Some("node-websocket") {
        return Err(Reply::message(400, "400 Bad request - x-gitlab-client-type is invalid"));
    }
    let version = request.header("x-gitlab-language-server-version").unwrap_or_default();
    let numbers = version.split('.').filter(|part| part.parse::<u32>().is_ok()).count();
    if numbers != 3 {
        let words = "400 Bad request - x-gitlab-language-server-version is invalid";
        return Err(Reply::message(400, words));
    }
    Ok(())
}

/// The project and its namespaces, in the query or the headers or both, and all of one kind. An
/// instance that manages itself refuses a workflow without them.
fn place<'w>(
    world: &'w World,
    request: &Received,
    caller: &Caller<'_>,
    params: &mut Params<'_>,
) -> Result<&'w Project, Reply> {
    let mut named = |name: &'static str, header: &str| {
        let (query, header) = (params.text(name), request.header(header));
        match (query, header) {
            (Some(query), Some(header)) if query != header => {
                Err(Reply::error(400, &format!("{name} is not that of the header")))
            }
            (given, other) => given.or(other).map(str::to_owned).ok_or_else(|| {
                Reply::message(403, &format!("403 Forbidden - no {name}: Duo is per namespace"))
            }),
        }
    };
    let project = named("project_id", "x-gitlab-project-id")?;
    let namespace = named("namespace_id", "x-gitlab-namespace-id")?;
    let root = named("root_namespace_id", "x-gitlab-root-namespace-id")?;
    let mut all = world.seed.projects.iter().filter(|one| caller.may_see(one));
    let project = all.find(|one| one.id.to_string() == project);
    let project = project.ok_or_else(|| Reply::message(404, "404 Project Not Found"))?;
    let own = platform::namespace(world, project);
    if own.is_none_or(|own| own.id.to_string() != namespace) {
        return Err(Reply::message(404, "404 Namespace Not Found"));
    }
    let top = own.and_then(|own| platform::root(world, own));
    if top.is_none_or(|top| top.id.to_string() != root) {
        return Err(Reply::message(404, "404 Namespace Not Found"));
    }
    Ok(project)
}

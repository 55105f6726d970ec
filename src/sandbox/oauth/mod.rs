//! The instance as an OAuth server: the authorization code grant with PKCE, the device grant,
//! rotating refresh tokens, revocation and token information, as strict as GitLab (GitLab
//! documentation, "OAuth 2.0 identity provider API"; RFC 6749, 7009, 7636, 8628).

mod account;
mod application;
mod authorize;
mod device;
mod ledger;
mod page;
mod parameters;
mod pkce;
mod random;
mod refusal;
mod token;

use super::call::World;
use super::received::Received;
use super::reply::Reply;
use super::seed::Person;
use refusal::Refusal;

pub(super) use ledger::Ledger;

/// An answer of an endpoint that programs ask.
type Outcome = Result<Reply, Refusal>;

/// Answers a request that belongs to a login; `None` leaves it to others.
pub(super) fn answer(world: &World, request: &Received) -> Option<Reply> {
    // GitLab answers HEAD wherever it answers GET, and other methods as if there were nothing.
    let method = if request.method == "HEAD" { "GET" } else { request.method.as_str() };
    let reply = match (method, request.path()) {
        ("GET", "/oauth/authorize") => authorize::ask(world, request),
        ("POST", "/oauth/authorize") => authorize::decide(world, request),
        ("GET", "/oauth/device") => device::ask(world, request),
        ("POST", "/oauth/device") => device::decide(world, request),
        ("POST", "/oauth/token") => told(token::exchange(world, request)),
        ("POST", "/oauth/authorize_device") => told(device::start(world, request)),
        ("POST", "/oauth/revoke") => told(account::revoke(world, request)),
        ("GET", "/oauth/token/info") => account::token_info(world, request),
        ("GET", "/oauth/userinfo") => account::user_info(world, request),
        ("GET", "/.well-known/openid-configuration") => account::discovery(world),
        _ => return None,
    };
    Some(unstored(reply))
}

fn told(outcome: Outcome) -> Reply {
    outcome.unwrap_or_else(Refusal::into_reply)
}

/// No cache may keep what has a secret in it (RFC 6749 §5.1).
fn unstored(reply: Reply) -> Reply {
    reply.with_header("cache-control", "no-store").with_header("pragma", "no-cache")
}

/// Whose browser it is.
fn signed_in(world: &World) -> Option<&Person> {
    match &world.signed_in {
        Some(username) => world.person(username),
        None => world.seed.people.first(),
    }
}

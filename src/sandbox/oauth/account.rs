//! What there is to know about a token and its owner, and its end before its time.

use std::time::SystemTime;

use serde_json::json;

use super::super::auth;
use super::super::call::{Answer, World, is_below};
use super::super::received::Received;
use super::super::reply::Reply;
use super::super::seed::Person;
use super::ledger::{Pair, TOKEN_LIFE};
use super::parameters::Parameters;
use super::refusal::Refusal;
use super::{Outcome, application, token};

/// `POST /oauth/revoke` (RFC 7009): a token that nobody knows is fine with it, one of another
/// application is not. Either token of a pair ends both.
pub(super) fn revoke(world: &World, request: &Received) -> Outcome {
    let form = Parameters::of_body(request)?;
    form.only(&["token", "token_type_hint", "client_id", "client_secret"])?;
    let value = form.required("token")?;
    let client = application::authenticated(world, request, &form);
    if let Some(pair) = world.oauth.open().pair_of(value) {
        if !client.is_ok_and(|client| client.uid == pair.grant.application) {
            let words = "You are not authorized to revoke this token";
            return Err(Refusal::new("unauthorized_client", words));
        }
        pair.is_revoked = true;
    }
    Ok(Reply::json(200, "{}"))
}

/// `GET /oauth/token/info`, with the names of older releases, too.
pub(super) fn token_info(world: &World, request: &Received) -> Reply {
    let answer = || -> Answer {
        let pair = pair(world, request)?;
        let owner = owner(world, &pair)?;
        let left = remaining_seconds(&pair, world.clock.now());
        let body = json!({
            "resource_owner_id": owner.id,
            "scope": pair.grant.scopes,
            "expires_in": left,
            "application": { "uid": pair.grant.application },
            "created_at": token::unix_seconds(pair.made),
            "scopes": pair.grant.scopes,
            "expires_in_seconds": left,
        });
        Ok(Reply::json(200, body.to_string()))
    };
    answer().unwrap_or_else(|early| early)
}

/// `GET /oauth/userinfo` (OpenID Connect Core §5.3).
pub(super) fn user_info(world: &World, request: &Received) -> Reply {
    let answer = || -> Answer {
        let pair = pair(world, request)?;
        if !pair.grant.scopes.iter().any(|scope| scope == "openid") {
            let words = "Access to this resource requires scope \"openid\".";
            let body = json!({ "error": "insufficient_scope", "error_description": words, "scope": "openid" });
            return Err(Reply::json(403, body.to_string()));
        }
        let owner = owner(world, &pair)?;
        let mine = || world.seed.projects.iter().filter(|one| one.is_open_to(&owner.username));
        let groups = world.seed.groups.iter().map(|group| group.path.as_str());
        let groups: Vec<_> =
            groups.filter(|group| mine().any(|one| is_below(&one.path, group))).collect();
        let body = json!({
            "sub": owner.id.to_string(),
            "name": owner.name,
            "nickname": owner.username,
            "preferred_username": owner.username,
            "profile": format!("{}/{}", world.base, owner.username),
            "picture": null,
            "groups": groups,
        });
        Ok(Reply::json(200, body.to_string()))
    };
    answer().unwrap_or_else(|early| early)
}

/// The tokens of a request that an application sends as its bearer.
fn pair(world: &World, request: &Received) -> Result<Pair, Reply> {
    let now = world.clock.now();
    let value = request.header("authorization").map_or("", auth::bearer);
    let pair = world.oauth.open().pair_of_access(value).cloned();
    let unknown = || Reply::oauth_error(401, "invalid_token", "The access token is invalid");
    let pair = pair.ok_or_else(unknown)?;
    auth::check_state(&pair.as_token(now))?;
    Ok(pair)
}

fn owner<'w>(world: &'w World, pair: &Pair) -> Result<&'w Person, Reply> {
    let unauthorized = || Reply::message(401, "401 Unauthorized");
    world.person(&pair.grant.username).ok_or_else(unauthorized)
}

fn remaining_seconds(pair: &Pair, now: SystemTime) -> u64 {
    (pair.made + TOKEN_LIFE).duration_since(now).map_or(0, |left| left.as_secs())
}

/// What is here (OpenID Connect Discovery §3, RFC 8414 §2); there are no signed id tokens.
pub(super) fn discovery(world: &World) -> Reply {
    let base = &world.base;
    let all = world.seed.applications.iter().flat_map(|application| &application.scopes);
    let mut scopes: Vec<&String> = all.collect();
    scopes.sort();
    scopes.dedup();
    let body = json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/oauth/authorize"),
        "token_endpoint": format!("{base}/oauth/token"),
        "revocation_endpoint": format!("{base}/oauth/revoke"),
        "userinfo_endpoint": format!("{base}/oauth/userinfo"),
        "device_authorization_endpoint": format!("{base}/oauth/authorize_device"),
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "grant_types_supported": token::GRANT_TYPES,
        "token_endpoint_auth_methods_supported": ["none", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "subject_types_supported": ["public"],
    });
    Reply::json(200, body.to_string())
}

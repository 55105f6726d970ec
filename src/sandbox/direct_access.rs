//! Tokens for the gateway (`POST /ai/third_party_agents/direct_access`).

use super::call::{Answer, Call};
use super::reply::Reply;
use super::{controls, grants};

/// Issues a gateway token to an account with a Duo seat. A body is ignored.
pub(super) fn grant(call: &Call<'_>) -> Answer {
    let person = call.caller()?.person;
    if !person.duo {
        return Err(Reply::message(403, "403 Forbidden"));
    }
    for (name, words) in [
        ("no-token", "Token creation failed"),
        ("no-namespace", "Missing default GitLab Duo namespace user preference"),
        ("empty-token", "Token is missing in response"),
    ] {
        if controls::asks(call.request, "", name) {
            return Err(Reply::message(503, words));
        }
    }
    let host = call.world.base.trim_start_matches("http://");
    let host = host.split(':').next().unwrap_or(host);
    let grant = call.world.grants.issue(person, host, call.world.clock.now());
    Ok(Reply::json(201, grants::as_json(&grant)))
}

//! Tokens for the gateway (`POST /ai/third_party_agents/direct_access`).

use serde_json::Value;

use super::call::{Answer, Call};
use super::grants;
use super::reply::Reply;

/// Hands out a gateway token to whoever has a Duo seat.
pub(super) fn grant(call: &Call<'_>) -> Answer {
    let person = call.caller()?.person;
    call.no_params()?;
    check_body(&call.request.body)?;
    if !person.duo {
        return Err(Reply::message(403, "403 Forbidden"));
    }
    let host = call.world.base.trim_start_matches("http://");
    let host = host.split(':').next().unwrap_or(host);
    let grant = call.world.grants.issue(person, host, call.world.clock.now());
    Ok(Reply::json(201, grants::as_json(&grant)))
}

/// Nothing, `{}` or `{"feature_flags": {NAME: BOOLEAN}}`.
fn check_body(body: &[u8]) -> Result<(), Reply> {
    if body.is_empty() {
        return Ok(());
    }
    let Ok(Value::Object(body)) = serde_json::from_slice(body) else {
        return Err(Reply::error(400, "The request body is no JSON object"));
    };
    for (name, value) in body {
        let flags = value.as_object().filter(|_| name == "feature_flags");
        if !flags.is_some_and(|flags| flags.values().all(Value::is_boolean)) {
            return Err(Reply::error(400, &format!("{name} is invalid")));
        }
    }
    Ok(())
}

//! Tokens for the workflow service (`POST /ai/duo_workflows/direct_access`). The one for the
//! instance opens the socket; the service itself is the sandbox, so that the other opens nothing.

use serde_json::{Value, json};

use super::super::call::{Answer, Call};
use super::super::grants;
use super::super::reply::Reply;
use super::fields::{Fields, Wrong};
use super::{DEFINITIONS, platform};
use crate::model::timestamp;

/// Whether this account may run workflows here, and tokens for it.
pub(in super::super) fn grant(call: &Call<'_>) -> Answer {
    let person = call.caller()?.person;
    call.no_params()?;
    platform::check_seat(person)?;
    let body = platform::body(call.request)?;
    let mut fields = Fields::of(&body, "the body").map_err(platform::refusal)?;
    check(call, &mut fields)?;
    fields.finish().map_err(platform::refusal)?;
    let now = call.world.clock.now();
    let expires = now + grants::LIFE;
    let host = call.world.base.trim_start_matches("http://");
    let grant = call.world.grants.issue(person, host.split(':').next().unwrap_or(host), now);
    let headers: serde_json::Map<String, Value> =
        grant.headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let seconds = expires.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    let body = json!({
        "gitlab_rails": {
            "base_url": call.world.base,
            "token": call.world.oauth.issue(&person.username, &["ai_features"], now),
            "token_expires_at": timestamp::to_iso_utc(expires),
        },
        "duo_workflow_service": {
            "base_url": host,
            "token": grant.token,
            "secure": false,
            "token_expires_at": seconds,
            "headers": headers,
        },
        "duo_workflow_executor": {
            "executor_binary_url": format!("{}/executor", call.world.base),
            "version": "0.0.0",
        },
    });
    Ok(Reply::json(201, body.to_string()))
}

fn check(call: &Call<'_>, fields: &mut Fields<'_>) -> Result<(), Reply> {
    fields.one_of("workflow_definition", &DEFINITIONS).map_err(platform::refusal)?;
    let flags = fields.any("feature_flags").map(|flags| flags.as_object().cloned());
    if flags.is_some_and(|flags| flags.is_none_or(|flags| !flags.values().all(Value::is_boolean))) {
        return Err(platform::refusal(Wrong::Type("feature_flags".to_owned())));
    }
    if let Some(root) = fields.any("root_namespace_id") {
        let id = root.as_str().map(|id| id.strip_prefix("gid://gitlab/Group/").unwrap_or(id));
        let id = id.map_or_else(|| root.to_string(), str::to_owned);
        let known = call.world.seed.groups.iter().find(|group| group.id.to_string() == id);
        let known = known.filter(|group| !group.path.contains('/'));
        if !known.is_some_and(|group| platform::sees(call.projects(), group)) {
            return Err(Reply::message(404, "404 Namespace Not Found"));
        }
    }
    if let Some(project) = fields.any("project_id") {
        platform::project(call.projects(), project)?;
    }
    Ok(())
}

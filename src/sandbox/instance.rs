//! What the instance says about itself.

use serde_json::json;

use super::call::{Answer, Call};
use super::reply::Reply;

/// The release whose API the sandbox imitates.
pub(super) const VERSION: &str = "19.5.0-ee";
const REVISION: &str = "5a2db0c0001";

/// `GET /version`.
pub(super) fn version(call: &Call<'_>) -> Answer {
    call.caller()?;
    Ok(Reply::json(200, json!({ "version": VERSION, "revision": REVISION }).to_string()))
}

/// `GET /metadata`.
pub(super) fn metadata(call: &Call<'_>) -> Answer {
    call.caller()?;
    let body = json!({
        "version": VERSION,
        "revision": REVISION,
        "kas": { "enabled": false, "externalUrl": null, "externalK8sProxyUrl": null, "version": null },
        "enterprise": true,
    });
    Ok(Reply::json(200, body.to_string()))
}

/// `GET /license`, which is for administrators; nobody here is one.
pub(super) fn license(call: &Call<'_>) -> Answer {
    call.caller()?;
    Err(Reply::message(403, "403 Forbidden"))
}

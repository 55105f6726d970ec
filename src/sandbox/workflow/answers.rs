//! What a client answers an action with.

use serde_json::Value;

use super::fields::{Fields, Wrong};

/// An answer to the action of that id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) request_id: String,
    pub(super) result: Result<String, String>,
    /// Whether it is that of a request to the instance.
    pub(super) is_http: bool,
}

impl Answer {
    pub(super) fn read(value: &Value) -> Result<Self, Wrong> {
        let mut fields = Fields::of(value, "actionResponse")?;
        let request_id = fields.words("requestID")?.to_owned();
        let (plain, http) = (fields.any("plainTextResponse"), fields.any("httpResponse"));
        fields.finish()?;
        let result = match (plain, http) {
            (Some(plain), None) => text(plain)?,
            (None, Some(http)) => exchange(http)?,
            _ => return Err(Wrong::Missing("plainTextResponse or httpResponse".to_owned())),
        };
        Ok(Self { request_id, result, is_http: http.is_some() })
    }
}

fn text(value: &Value) -> Result<Result<String, String>, Wrong> {
    let mut fields = Fields::of(value, "plainTextResponse")?;
    let response = fields.text("response")?.unwrap_or_default().to_owned();
    let error = fields.text("error")?.unwrap_or_default().to_owned();
    fields.finish()?;
    Ok(if error.is_empty() { Ok(response) } else { Err(error) })
}

fn exchange(value: &Value) -> Result<Result<String, String>, Wrong> {
    let mut fields = Fields::of(value, "httpResponse")?;
    let status = fields.number("statusCode")?.unwrap_or_default();
    let body = fields.text("body")?.unwrap_or_default();
    let error = fields.text("error")?.unwrap_or_default().to_owned();
    let headers = fields.any("headers").map(Value::as_object);
    fields.finish()?;
    if headers.is_some_and(|all| all.is_none_or(|all| !all.values().all(Value::is_string))) {
        return Err(Wrong::Type("headers".to_owned()));
    }
    Ok(match status {
        _ if !error.is_empty() => Err(error),
        100..=399 => Ok(format!("{status} {body}")),
        400..=599 => Err(format!("{status} {body}")),
        _ => return Err(Wrong::Value("statusCode is no status".to_owned())),
    })
}

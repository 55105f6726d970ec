//! The short-lived token that GitLab gives out for its AI gateway (undocumented; as published
//! clients use it, GitLab 18.3).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Gitlab, GitlabError, JobToken};
use crate::http::{Advice, Request, Resend};
use crate::model::address::{BaseUrl, Url};
use crate::model::secret::Secret;

/// What the request says: the feature that published clients ask for.
pub const DIRECT_ACCESS_BODY: &str = r#"{"feature_flags":{"DuoAgentPlatformNext":true}}"#;

/// The key to the gateway.
#[derive(Debug)]
pub struct DirectAccess {
    /// A token for the gateway alone.
    pub token: Secret,
    /// Headers that the gateway wants to see, as GitLab named them.
    pub headers: BTreeMap<String, String>,
    /// When it ends, in seconds since 1970, if GitLab says so.
    pub expires_at: Option<u64>,
}

#[derive(Deserialize)]
struct Answer {
    token: String,
    #[serde(default)]
    headers: BTreeMap<String, Value>,
    #[serde(default)]
    expires_at: Value,
}

impl Gitlab<'_> {
    /// Where [`Gitlab::direct_access`] asks.
    pub fn direct_access_url(instance: &BaseUrl) -> Url {
        instance.api(["ai", "third_party_agents", "direct_access"])
    }

    /// Requests a gateway token; needs `api` or `ai_features`, and GitLab Duo for the account.
    /// `advice` reads from a refusal whether to send the request again.
    pub fn direct_access(
        &self,
        advice: fn(u16, &[u8]) -> Advice,
    ) -> Result<DirectAccess, GitlabError> {
        self.check(JobToken::Refused("GitLab Duo"))?;
        let body = DIRECT_ACCESS_BODY.as_bytes().to_vec();
        let request = Request {
            advice: Some(advice),
            confidential: true,
            ..Request::post_json(Self::direct_access_url(self.instance), body, Resend::WhenNotTaken)
        };
        let answer = self.send(&self.identity.sign(request))?;
        let answer: Answer = super::decode("the gateway token", &answer.body)?;
        let token = Secret::from_token_text(&answer.token).map_err(|error| GitlabError::Shape {
            what: "the gateway token",
            reason: error.to_string(),
        })?;
        let headers = answer.headers.into_iter();
        let headers = headers.filter_map(|(name, value)| Some((name, header_value(value)?)));
        let expires_at = answer.expires_at.as_u64();
        Ok(DirectAccess { token, headers: headers.collect(), expires_at })
    }
}

/// A value as a header has it; `None` for what none can hold.
fn header_value(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Null => Some(String::new()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

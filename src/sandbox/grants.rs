//! Short-lived tokens for the gateway and what comes with them.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::instance;
use super::seed::Person;

/// How long a gateway token lives.
pub(super) const LIFE: Duration = Duration::from_mins(30);
/// How long an expired one is remembered, to be told from one that never was.
const MEMORY: Duration = Duration::from_hours(1);

/// What the gateway lets a token do.
pub(super) const PRIMITIVE: &str = "ai_gateway_model_provider_proxy";

/// A gateway token with the headers that must come along with it.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) token: String,
    pub(super) headers: Vec<(&'static str, String)>,
    expires: SystemTime,
}

/// Why a gateway token is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Unknown,
    Expired,
}

/// All tokens handed out lately.
#[derive(Debug, Default)]
pub(super) struct Grants(Mutex<Issued>);

#[derive(Debug, Default)]
struct Issued {
    count: u64,
    grants: Vec<Grant>,
}

impl Grants {
    /// Makes a token for a person; `host` is the instance's name.
    pub(super) fn issue(&self, person: &Person, host: &str, now: SystemTime) -> Grant {
        let mut issued = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        issued.count += 1;
        issued.grants.retain(|grant| grant.expires + MEMORY > now);
        let grant = Grant {
            token: token(person, issued.count),
            headers: headers(person, host),
            expires: now + LIFE,
        };
        issued.grants.push(grant.clone());
        grant
    }

    /// The grant behind a token.
    pub(super) fn find(&self, token: &str, now: SystemTime) -> Result<Grant, Refusal> {
        let issued = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = issued.grants.iter().find(|grant| grant.token == token);
        let grant = found.ok_or(Refusal::Unknown)?;
        if grant.expires <= now {
            return Err(Refusal::Expired);
        }
        Ok(grant.clone())
    }
}

fn headers(person: &Person, host: &str) -> Vec<(&'static str, String)> {
    vec![
        ("X-Gitlab-Instance-Id", "5a2db0c0-0000-4000-8000-000000000001".to_owned()),
        ("X-Gitlab-Host-Name", host.to_owned()),
        ("X-Gitlab-Realm", "self-managed".to_owned()),
        ("X-Gitlab-Version", instance::VERSION.to_owned()),
        ("X-Gitlab-Authentication-Type", "oidc".to_owned()),
        ("X-Gitlab-Global-User-Id", format!("sandbox-user-{}", person.id)),
        // Some values are empty, and must still be sent.
        ("X-Gitlab-Feature-Enabled-By-Namespace-Ids", String::new()),
        ("x-gitlab-unit-primitive", PRIMITIVE.to_owned()),
    ]
}

/// The answer of GitLab's direct access endpoint. It has a placeholder for the provider's key,
/// which clients must not pass on.
pub(super) fn as_json(grant: &Grant) -> String {
    let mut headers: Map<String, Value> =
        grant.headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    headers.insert("x-api-key".to_owned(), json!("placeholder-to-be-dropped"));
    json!({ "headers": headers, "token": grant.token }).to_string()
}

/// In the shape of a JSON Web Token (RFC 7519 §3), so that whatever recognises one does.
fn token(person: &Person, number: u64) -> String {
    let head = json!({ "alg": "none", "typ": "JWT" }).to_string();
    let claims = json!({ "jti": number, "sub": person.username, "iss": "sandbox" }).to_string();
    [head.as_str(), &claims, "not signed"].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_dies_after_its_life_and_is_then_told_from_a_stranger() {
        let (grants, start) = (Grants::default(), SystemTime::UNIX_EPOCH);
        let grant = grants.issue(&Person::default(), "host", start);
        let another = grants.issue(&Person::default(), "host", start);
        assert_ne!(grant.token, another.token);
        let find = |token: &str, after| grants.find(token, start + after).map(|_| ()).err();
        assert_eq!(find(&grant.token, Duration::from_mins(29)), None);
        assert_eq!(find(&grant.token, LIFE), Some(Refusal::Expired));
        assert_eq!(find("eyJ", Duration::ZERO), Some(Refusal::Unknown));
    }
}

//! Short-lived tokens for the gateway and what comes with them.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::instance;
use super::seed::Person;

/// How long a gateway token lives.
pub(super) const LIFE: Duration = Duration::from_hours(1);

/// What the gateway lets a token do.
pub(super) const PRIMITIVE: &str = "ai_gateway_model_provider_proxy";

/// A gateway token with the headers that must come along with it.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) token: String,
    pub(super) headers: Vec<(&'static str, String)>,
    expires: SystemTime,
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
        issued.grants.retain(|grant| grant.expires > now);
        let grant = Grant {
            token: token(person, issued.count),
            headers: headers(person, host),
            expires: now + LIFE,
        };
        issued.grants.push(grant.clone());
        grant
    }

    /// The grant behind a token that has not expired.
    pub(super) fn find(&self, token: &str, now: SystemTime) -> Option<Grant> {
        let issued = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = issued.grants.iter().find(|grant| grant.token == token);
        found.filter(|grant| grant.expires > now).cloned()
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

/// The answer of GitLab's direct access endpoint.
pub(super) fn as_json(grant: &Grant) -> String {
    let headers: Map<String, Value> =
        grant.headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let expires = grant.expires.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    json!({ "headers": headers, "token": grant.token, "expires_at": expires.as_secs() }).to_string()
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
    fn a_token_expires() {
        let (grants, start) = (Grants::default(), SystemTime::UNIX_EPOCH);
        let grant = grants.issue(&Person::default(), "host", start);
        let another = grants.issue(&Person::default(), "host", start);
        assert_ne!(grant.token, another.token);
        let is_valid = |token: &str, after| grants.find(token, start + after).is_some();
        assert!(is_valid(&grant.token, Duration::from_mins(59)));
        assert!(!is_valid(&grant.token, LIFE) && !is_valid("eyJ", Duration::ZERO));
    }
}

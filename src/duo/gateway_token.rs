//! From GitLab's answer to what is sent to the gateway: the token, and the headers that may
//! go with it.

use crate::gitlab::DirectAccess;
use crate::model::address::BaseUrl;
use crate::model::credential::{Credential, CredentialSource, Scheme};

/// What the names of the headers begin with that GitLab may set.
const PREFIX: &str = "x-gitlab-";

/// What identifies a request to the gateway.
#[derive(Debug, Clone)]
pub(super) struct GatewayAccess {
    /// Good for the gateway's origin alone.
    pub(super) credential: Credential,
    /// GitLab's headers for it, empty values too.
    pub(super) headers: Vec<(String, String)>,
}

impl GatewayAccess {
    /// Binds the token to the gateway and keeps the headers that have the shape of a header.
    pub(super) fn new(access: DirectAccess, gateway: &BaseUrl) -> Self {
        let credential = Credential {
            secret: access.token,
            scheme: Scheme::Bearer,
            origin: gateway.origin(),
            source: CredentialSource::DirectAccess,
        };
        let headers = access.headers.into_iter().filter(|(name, value)| may_pass(name, value));
        Self { credential, headers: headers.collect() }
    }
}

/// Whether GitLab may set this header: `x-gitlab-…`, which is all that the gateway checks or logs,
/// and the one that it passes on to a provider. The name is a token and the value visible text (RFC 9110 §5.1, §5.5).
fn may_pass(name: &str, value: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let is_visible = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    let prefix = name.get(..PREFIX.len());
    (prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(PREFIX))
        || name.eq_ignore_ascii_case("anthropic-beta"))
        && name.bytes().all(is_token)
        && value.bytes().all(is_visible)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gitlabs_headers_pass_and_credentials_and_tricks_do_not() {
        assert!(may_pass("X-Gitlab-Realm", "saas"));
        assert!(may_pass("x-gitlab-unit-primitive", ""));
        assert!(may_pass("X-GITLAB-NEW", "1"));
        assert!(may_pass("Anthropic-Beta", "context-1m"));
        for (name, value) in [
            ("X-Api-Key", "k"),
            ("X-Forwarded-Host", "evil"),
            ("Range", "bytes=0-0"),
            ("x-request-id", "1"),
            ("x-gitlab", "1"),
            ("anthropic-version", "x"),
            ("Authorization", "Bearer other"),
            ("COOKIE", "a=b"),
            ("Host", "evil"),
            ("X-Gitlab-A", "b\r\nX-Evil: 1"),
            ("X-Gitlab-A\r\nX-Evil", "1"),
            ("", "x"),
            ("X-Gitlab A", "x"),
        ] {
            assert!(!may_pass(name, value), "{name}");
        }
    }
}

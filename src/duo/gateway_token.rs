//! From GitLab's answer to what is sent to the gateway: the token, and the headers that may
//! go with it.

use crate::gitlab::DirectAccess;
use crate::model::address::BaseUrl;
use crate::model::credential::{Credential, CredentialSource, Scheme};

/// Headers that GitLab may not set on our request to the gateway: credentials, framing, and
/// what we say ourselves.
const OURS: &[&str] = &[
    "accept",
    "anthropic-version",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "job-token",
    "private-token",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-api-key",
];

/// What identifies a request to the gateway.
#[derive(Debug)]
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

/// RFC 9110 §5.1 and §5.5: a token as the name, visible characters and spaces as the value.
fn may_pass(name: &str, value: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let is_visible = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    !name.is_empty()
        && name.bytes().all(is_token)
        && value.bytes().all(is_visible)
        && !OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gitlabs_headers_pass_and_credentials_and_tricks_do_not() {
        assert!(may_pass("X-Gitlab-Realm", "saas"));
        assert!(may_pass("x-gitlab-unit-primitive", ""));
        for (name, value) in [
            ("X-Api-Key", "k"),
            ("Authorization", "Bearer other"),
            ("COOKIE", "a=b"),
            ("Host", "evil"),
            ("X-A", "b\r\nX-Evil: 1"),
            ("X-A\r\nX-Evil", "1"),
            ("", "x"),
            ("X A", "x"),
        ] {
            assert!(!may_pass(name, value), "{name}");
        }
    }
}

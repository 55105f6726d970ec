//! OAuth's words for no (RFC 6749 §4.1.2.1 and §5.2, RFC 8628 §3.5).

use serde_json::json;

use super::super::reply::Reply;

/// Why an application does not get what it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) error: &'static str,
    pub(super) description: String,
}

impl Refusal {
    pub(super) fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self { error, description: description.into() }
    }

    pub(super) fn invalid_request(description: impl Into<String>) -> Self {
        Self::new("invalid_request", description)
    }

    pub(super) fn invalid_client() -> Self {
        Self::new(
            "invalid_client",
            "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.",
        )
    }

    pub(super) fn invalid_grant() -> Self {
        Self::new(
            "invalid_grant",
            "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.",
        )
    }

    pub(super) fn invalid_scope() -> Self {
        Self::new("invalid_scope", "The requested scope is invalid, unknown, or malformed.")
    }

    pub(super) fn status(&self) -> u16 {
        match self.error {
            "invalid_client" => 401,
            "unauthorized_client" => 403,
            "server_error" => 500,
            _ => 400,
        }
    }

    pub(super) fn into_reply(self) -> Reply {
        let status = self.status();
        let body = json!({ "error": self.error, "error_description": self.description });
        let reply = Reply::json(status, body.to_string());
        if status == 401 {
            let challenge = format!("Bearer realm=\"GitLab\", error=\"{}\"", self.error);
            return reply.with_header("www-authenticate", challenge);
        }
        reply
    }
}

//! What GitLab says when it does not do what was asked, in every shape that it says it in.

use std::time::Duration;

use serde_json::Value;

use crate::http::{HttpError, HttpErrorKind};

/// A call that did not bring its answer.
#[derive(Debug, thiserror::Error)]
pub enum GitlabError {
    /// GitLab answered and refused.
    #[error("GitLab refused: {0:?}")]
    Refused(Refusal),
    /// No answer of GitLab's.
    #[error(transparent)]
    Http(HttpError),
    /// A CI job token cannot make this call; nothing was sent.
    #[error("a CI job token cannot access {what}")]
    JobToken {
        /// What was asked for, as a noun phrase.
        what: &'static str,
    },
    /// GraphQL reported a problem in an answer with status 200.
    #[error("GitLab cannot give {what}: {words}")]
    Graphql {
        /// What was asked for, as a noun phrase.
        what: &'static str,
        /// GitLab's words.
        words: String,
    },
    /// The answer is JSON of another shape than GitLab's.
    #[error("{what} has an unexpected shape: {reason}")]
    Shape {
        /// What was read, as a noun phrase.
        what: &'static str,
        /// The parser's words.
        reason: String,
    },
}

/// A refusal as GitLab words it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What it comes down to.
    pub kind: RefusalKind,
    /// The HTTP status.
    pub status: u16,
    /// GitLab's own words on one line; empty where it gave none.
    pub words: String,
    /// The scopes of which one is needed, for [`RefusalKind::InsufficientScope`].
    pub scopes: Vec<String>,
    /// How long GitLab asks to wait.
    pub retry_after: Option<Duration>,
    /// The URL without query.
    pub url: String,
    /// GitLab's `x-request-id`.
    pub request_id: Option<String>,
}

/// What a refusal comes down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// 401: no, wrong or revoked token.
    Unauthenticated,
    /// 401 that says the token is expired.
    TokenExpired,
    /// 403 that names the scopes of which the token needs one, or the permissions that a
    /// fine-grained token lacks.
    InsufficientScope,
    /// Any other 403.
    Forbidden,
    /// 404: missing, or hidden from this account.
    NotFound,
    /// 404 for a path that this GitLab has no API for.
    NoRoute,
    /// 400, 405, 409, 413, 414 and 422.
    BadRequest,
    /// 429.
    RateLimited,
    /// 5xx.
    Server,
    /// A status that GitLab's documentation does not name.
    Other,
}

impl GitlabError {
    /// Whether the token's kind, its scopes or its permissions are the reason.
    pub fn is_about_scope(&self) -> bool {
        match self {
            Self::JobToken { .. } => true,
            Self::Refused(refusal) => refusal.kind == RefusalKind::InsufficientScope,
            // GraphQL refuses a fine-grained token in these words and with status 200.
            Self::Graphql { words, .. } => {
                let words = words.to_ascii_lowercase();
                words.starts_with("access denied") && words.contains("personal access token")
            }
            Self::Http(_) | Self::Shape { .. } => false,
        }
    }
}

impl From<HttpError> for GitlabError {
    fn from(error: HttpError) -> Self {
        match Refusal::read(&error) {
            Some(refusal) => Self::Refused(refusal),
            None => Self::Http(error),
        }
    }
}

impl Refusal {
    /// Reads the status and body of GitLab's answer; `None` for errors that are no answer, and for
    /// answers that are not GitLab's. GitLab refuses in JSON, except for a rate limit (429), and its
    /// server errors (5xx) can be a proxy's.
    pub fn read(error: &HttpError) -> Option<Self> {
        let HttpErrorKind::Status { status, body, .. } = &error.kind else { return None };
        let is_gitlabs = matches!(status, 429 | 500..)
            || serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok();
        if is_gitlabs { Self::read_any(error) } else { None }
    }

    /// The same for an answer of any server.
    pub fn read_any(error: &HttpError) -> Option<Self> {
        let HttpErrorKind::Status { status, body, retry_after, is_html } = &error.kind else {
            return None;
        };
        let text = String::from_utf8_lossy(body);
        let json = serde_json::from_str::<Value>(&text).ok();
        let words = match &json {
            Some(json) => words_of(json),
            None if *is_html => String::new(),
            None => text.lines().next().unwrap_or_default().trim().to_owned(),
        };
        let field =
            |name: &str| json.as_ref().and_then(|json| json.get(name)).and_then(Value::as_str);
        let scopes = field("scope").unwrap_or_default();
        Some(Self {
            kind: kind(*status, field("error").unwrap_or_default(), field("message"), &words),
            status: *status,
            words: words.chars().take(500).collect(),
            scopes: scopes.split_whitespace().map(str::to_owned).collect(),
            retry_after: *retry_after,
            url: error.url.clone(),
            request_id: error.request_id.clone(),
        })
    }
}

fn kind(status: u16, error: &str, message: Option<&str>, words: &str) -> RefusalKind {
    match status {
        401 if words.contains("expired") => RefusalKind::TokenExpired,
        401 => RefusalKind::Unauthenticated,
        403 if matches!(error, "insufficient_scope" | "insufficient_granular_scope") => {
            RefusalKind::InsufficientScope
        }
        403 => RefusalKind::Forbidden,
        404 if error == "404 Not Found" && message.is_none() => RefusalKind::NoRoute,
        404 | 410 => RefusalKind::NotFound,
        400 | 405 | 409 | 412 | 413 | 414 | 422 => RefusalKind::BadRequest,
        429 => RefusalKind::RateLimited,
        500..=599 => RefusalKind::Server,
        _ => RefusalKind::Other,
    }
}

/// The words in a JSON error body: `error_description`, `message` or `error`, whatever their
/// case, lists and maps flattened; anything else as compact JSON.
pub(crate) fn words_of(json: &Value) -> String {
    let Value::Object(fields) = json else {
        return flat(json);
    };
    let named = |name: &str| {
        let found = fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| flat(value)).filter(|words| !words.is_empty())
    };
    ["error_description", "message", "error", "detail", "errors"]
        .into_iter()
        .find_map(named)
        .unwrap_or_default()
}

fn flat(value: &Value) -> String {
    match value {
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Array(items) => join(items.iter().map(flat), ", "),
        Value::Object(fields) => {
            join(fields.iter().map(|(key, value)| field_words(key, value)), "; ")
        }
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// `base` and `error` are no field's name but GitLab's way to say "the whole".
fn field_words(key: &str, value: &Value) -> String {
    let words = flat(value);
    match key {
        "base" | "error" | "message" | "msg" => words,
        _ => format!("{key} {words}"),
    }
}

fn join(parts: impl Iterator<Item = String>, with: &str) -> String {
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(with)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Refusal {
        let kind = HttpErrorKind::Status {
            status,
            body: body.as_bytes().to_vec(),
            retry_after: None,
            is_html: body.starts_with('<'),
        };
        let error =
            HttpError { url: "https://host/x".into(), request_id: None, answer: None, kind };
        Refusal::read_any(&error).expect("a refusal")
    }

    #[test]
    fn every_shape_of_body_becomes_gitlabs_words() {
        for (body, words) in [
            (r#"{"message":"404 Project Not Found"}"#, "404 Project Not Found"),
            (r#"{"error":"404 Not Found"}"#, "404 Not Found"),
            (r#"{"message":{"bio":["is too long"],"base":["Wrong"]}}"#, "Wrong; bio is too long"),
            (
                r#"{"message":{"title":["blank"],"milestone":{"due":["late"]}}}"#,
                "milestone due late; title blank",
            ),
            (r#"{"message":["First","Second"]}"#, "First, Second"),
            (r#"{"message":{"error":"Too many times."}}"#, "Too many times."),
            (r#"{"error":"invalid_grant","error_description":"Used up."}"#, "Used up."),
            (r#"{"Message":"odd case"}"#, "odd case"),
            (r#"{"detail":[{"msg":"field required"}]}"#, "field required"),
            ("Retry later\n", "Retry later"),
            ("<html><title>502</title>", ""),
            ("", ""),
        ] {
            assert_eq!(read(500, body).words, words, "{body}");
        }
    }

    #[test]
    fn statuses_become_kinds_and_scopes_are_named() {
        let scope =
            r#"{"error":"insufficient_scope","error_description":"x","scope":"api read_api"}"#;
        let refusal = read(403, scope);
        assert_eq!(refusal.kind, RefusalKind::InsufficientScope);
        assert_eq!(refusal.scopes, ["api", "read_api"]);
        let fine_grained = r#"{"error":"insufficient_granular_scope",
            "error_description":"Access denied: This operation requires a fine-grained personal access token with the following project permissions: [Merge Request: Read]."}"#;
        let refusal = read(403, fine_grained);
        assert_eq!((refusal.kind, refusal.scopes.len()), (RefusalKind::InsufficientScope, 0));
        assert!(refusal.words.ends_with("[Merge Request: Read]."), "{}", refusal.words);
        let expired = r#"{"error":"invalid_token","error_description":"Token is expired."}"#;
        assert_eq!(read(401, expired).kind, RefusalKind::TokenExpired);
        assert_eq!(
            read(401, r#"{"message":"401 Unauthorized"}"#).kind,
            RefusalKind::Unauthenticated
        );
        assert_eq!(read(403, r#"{"message":"403 Forbidden"}"#).kind, RefusalKind::Forbidden);
        assert_eq!(read(404, r#"{"message":"404 Not Found"}"#).kind, RefusalKind::NotFound);
        assert_eq!(read(404, r#"{"error":"404 Not Found"}"#).kind, RefusalKind::NoRoute);
        assert_eq!(read(422, "{}").kind, RefusalKind::BadRequest);
        assert_eq!(read(418, "{}").kind, RefusalKind::Other);
    }

    #[test]
    fn what_is_not_json_is_not_gitlabs_refusal() {
        let is_gitlabs = |status, body: &str| {
            let (body, retry_after) = (body.as_bytes().to_vec(), None);
            let kind = HttpErrorKind::Status { status, body, retry_after, is_html: false };
            let error = HttpError { url: String::new(), request_id: None, answer: None, kind };
            Refusal::read(&error).is_some()
        };
        for status in [400, 401, 403, 404, 407, 418, 422] {
            assert!(is_gitlabs(status, r#"{"message":"no"}"#), "{status}");
            for other in ["<html>", "", "Forbidden", r#"{"message":"40"#] {
                assert!(!is_gitlabs(status, other), "{status} {other}");
            }
        }
        assert!(is_gitlabs(429, "Retry later") && is_gitlabs(502, "<html>"));
    }
}

//! Why a model did not answer, told apart by what the user can do about it.

use crate::gitlab::{GitlabError, Refusal, RefusalKind};
use crate::http::{HttpError, HttpErrorKind};

/// A question that did not get its whole answer.
#[derive(Debug, thiserror::Error)]
pub enum DuoError {
    /// Duo, or the model, is not there for this account.
    #[error("{kind:?}: {refusal:?}")]
    Unavailable {
        /// What is missing.
        kind: Unavailable,
        /// The server's words.
        refusal: Refusal,
    },
    /// The input is larger than the model takes.
    #[error("the input is too long: {words}")]
    ContextTooLong {
        /// The provider's words.
        words: String,
        /// The provider's or gateway's status, where it was not said inside a stream.
        status: Option<u16>,
    },
    /// GitLab did not give a gateway token, for a reason that is not Duo's.
    #[error(transparent)]
    Gitlab(GitlabError),
    /// The gateway answered and refused.
    #[error("the gateway refused: {0:?}")]
    Refused(Refusal),
    /// No answer of the gateway's.
    #[error(transparent)]
    Gateway(HttpError),
    /// The provider reported an error inside the stream.
    #[error("the model reported {kind}: {message}")]
    InStream {
        /// The provider's word for it.
        kind: String,
        /// The provider's words.
        message: String,
    },
    /// The stream ended without its end event.
    #[error("the answer was cut short")]
    CutShort,
    /// What came is not the provider's protocol.
    #[error("the answer has an unexpected shape: {reason}")]
    Malformed {
        /// The parser's words.
        reason: String,
    },
}

/// What is missing for Duo to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unavailable {
    /// Duo is off for the instance, the group or the account, or the instance is too old.
    Duo,
    /// The account has no seat.
    Seat,
    /// GitLab Credits are used up.
    Credits,
    /// The account must choose a default Duo namespace.
    DefaultNamespace,
    /// The gateway does not offer this model.
    Model,
}

/// A refusal of the instance when it was asked for a gateway token.
pub fn of_direct_access(error: GitlabError) -> DuoError {
    let GitlabError::Refused(refusal) = error else {
        return DuoError::Gitlab(error);
    };
    let words = refusal.words.to_ascii_lowercase();
    let kind = match refusal.status {
        402 => Unavailable::Credits,
        403 if refusal.kind == RefusalKind::InsufficientScope => {
            return DuoError::Gitlab(GitlabError::Refused(refusal));
        }
        403 if words.contains("seat") => Unavailable::Seat,
        403 | 404 => Unavailable::Duo,
        503 if words.contains("default gitlab duo namespace") => Unavailable::DefaultNamespace,
        _ => return DuoError::Gitlab(GitlabError::Refused(refusal)),
    };
    DuoError::Unavailable { kind, refusal }
}

/// A failure of the gateway, or of the provider behind it.
pub(super) fn of_gateway(error: HttpError) -> DuoError {
    let Some(refusal) = Refusal::read(&error) else {
        return DuoError::Gateway(error);
    };
    let words = refusal.words.to_ascii_lowercase();
    // Tested first: "prompt is too long: N tokens" would pass for trouble with a token.
    if refusal.status == 413 || is_context_overflow(&words) || has_overflow_code(&error) {
        return DuoError::ContextTooLong { words: refusal.words, status: Some(refusal.status) };
    }
    let kind = match refusal.status {
        402 => Unavailable::Credits,
        403 if words.contains("seat") => Unavailable::Seat,
        403 => Unavailable::Duo,
        404 => Unavailable::Model,
        400 if words.contains("unsupported model") || words.contains("model does not exist") => {
            Unavailable::Model
        }
        _ => return DuoError::Refused(refusal),
    };
    DuoError::Unavailable { kind, refusal }
}

/// An error event inside a stream.
pub(super) fn in_stream(kind: String, message: String) -> DuoError {
    let overflows = |text: &str| is_context_overflow(&text.to_ascii_lowercase());
    if overflows(&kind) || overflows(&message) {
        DuoError::ContextTooLong { words: message, status: None }
    } else {
        DuoError::InStream { kind, message }
    }
}

/// The providers' words for an input that does not fit; in lower case.
fn is_context_overflow(words: &str) -> bool {
    [
        "prompt is too long",
        "context_length_exceeded",
        "maximum context length",
        "exceeds the context",
        "context window",
    ]
    .iter()
    .any(|sign| words.contains(sign))
}

/// OpenAI says it in the code of the error, whatever the words are.
fn has_overflow_code(error: &HttpError) -> bool {
    match &error.kind {
        HttpErrorKind::Status { body, .. } => {
            String::from_utf8_lossy(body).contains("\"context_length_exceeded\"")
        }
        _ => false,
    }
}

/// Whether the gateway says that its token is no longer good, which a new one mends.
pub(super) fn is_stale_token(error: &HttpError) -> bool {
    let HttpErrorKind::Status { status, .. } = error.kind else {
        return false;
    };
    let words =
        Refusal::read(error).map(|refusal| refusal.words.to_ascii_lowercase()).unwrap_or_default();
    let about_token = words.contains("token")
        && ["expired", "revoked", "invalid"].iter().any(|sign| words.contains(sign));
    let overflows = is_context_overflow(&words) || has_overflow_code(error);
    status == 401 || (matches!(status, 400 | 403) && about_token && !overflows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: u16, body: &str) -> HttpError {
        let body = body.as_bytes().to_vec();
        let kind = HttpErrorKind::Status { status, body, retry_after: None, is_html: false };
        HttpError { url: "https://gateway/x".into(), request_id: None, kind }
    }

    fn unavailable(error: &DuoError) -> Option<Unavailable> {
        match error {
            DuoError::Unavailable { kind, .. } => Some(*kind),
            _ => None,
        }
    }

    #[test]
    fn the_gateways_refusals_are_told_apart() {
        let of = |code, body| unavailable(&of_gateway(status(code, body)));
        assert_eq!(of(402, r#"{"error":"insufficient_credits"}"#), Some(Unavailable::Credits));
        assert_eq!(of(403, r#"{"detail":"Unauthorized to access x"}"#), Some(Unavailable::Duo));
        assert_eq!(of(404, "{}"), Some(Unavailable::Model));
        assert_eq!(of(400, r#"{"detail":"Unsupported model"}"#), Some(Unavailable::Model));
        let unknown = r#"{"error":{"message":"The model does not exist or you do not have access to it.","code":"model_not_found"}}"#;
        assert_eq!(of(400, unknown), Some(Unavailable::Model));
        assert_eq!(of(400, r#"{"detail":"Missing header"}"#), None);
        assert_eq!(of(529, r#"{"type":"error","error":{"type":"overloaded_error"}}"#), None);
    }

    #[test]
    fn a_long_prompt_is_never_taken_for_a_stale_token() {
        let long = r#"{"error":{"message":"prompt is too long: 214533 tokens > 200000 maximum (invalid)"}}"#;
        assert!(matches!(of_gateway(status(400, long)), DuoError::ContextTooLong { .. }));
        assert!(!is_stale_token(&status(400, long)));
        let code =
            r#"{"error":{"message":"Input tokens are invalid","code":"context_length_exceeded"}}"#;
        assert!(matches!(of_gateway(status(400, code)), DuoError::ContextTooLong { .. }));
        assert!(!is_stale_token(&status(400, code)));
        let event = in_stream("context_length_exceeded".into(), "Too much".into());
        assert!(matches!(event, DuoError::ContextTooLong { .. }));
        assert!(is_stale_token(&status(401, "")));
        assert!(is_stale_token(&status(403, r#"{"detail":"Token has expired"}"#)));
        assert!(!is_stale_token(&status(403, r#"{"detail":"Unauthorized to access x"}"#)));
    }

    #[test]
    fn the_instances_refusals_are_told_apart() {
        let of = |code, body| unavailable(&of_direct_access(status(code, body).into()));
        assert_eq!(of(403, r#"{"message":"403 Forbidden"}"#), Some(Unavailable::Duo));
        assert_eq!(of(403, r#"{"message":"No Duo seat assigned"}"#), Some(Unavailable::Seat));
        assert_eq!(of(404, r#"{"error":"404 Not Found"}"#), Some(Unavailable::Duo));
        let namespace = r#"{"message":"Missing default GitLab Duo namespace user preference"}"#;
        assert_eq!(of(503, namespace), Some(Unavailable::DefaultNamespace));
        assert_eq!(of(503, r#"{"message":"Token creation failed"}"#), None);
        assert_eq!(of(403, r#"{"error":"insufficient_scope","scope":"api"}"#), None);
    }
}

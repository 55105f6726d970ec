//! How a workflow can end other than well, as facts.

use crate::duo::DuoError;
use crate::gitlab::GitlabError;

/// A workflow that did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum WorkflowError {
    /// GitLab did not let it begin, or go on.
    #[error(transparent)]
    Duo(Box<DuoError>),
    /// The service says that it failed.
    #[error("the workflow failed: {reason}")]
    Failed {
        /// The service's words; empty where it gave none.
        reason: String,
    },
    /// It was stopped or paused, not by us.
    #[error("the workflow was stopped ({status})")]
    Stopped {
        /// The service's word for it.
        status: String,
    },
    /// The plan needs an approval that cannot be given here.
    #[error("the workflow waits for an approval of its plan")]
    PlanApproval,
    /// No GitLab Credits are left.
    #[error("the GitLab Credits are used up: {reason}")]
    NoCredits {
        /// The service's words.
        reason: String,
    },
    /// The service could not use the start request.
    #[error("the workflow service refused the request: {reason}")]
    Invalid {
        /// The service's words.
        reason: String,
    },
    /// The workflow is held by another connection, and was after all repeats.
    #[error("another connection holds the workflow")]
    Held,
    /// The connection ended before the workflow did.
    #[error("the connection to the workflow ended before the workflow did: {how}")]
    Lost {
        /// How.
        how: Lost,
        /// How many tools had done their work by then, and how many were refused.
        done: (usize, usize),
    },
    /// The time that it was given is over; it was told to stop.
    #[error("the workflow took longer than {seconds} s and was stopped")]
    OutOfTime {
        /// The limit.
        seconds: u64,
        /// How many tools had done their work by then, and how many were refused.
        done: (usize, usize),
    },
}

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// The server closed it.
    #[error("close code {code}{}{reason}", if reason.is_empty() { "" } else { ": " })]
    Closed {
        /// RFC 6455 §7.4.
        code: u16,
        /// The server's words.
        reason: String,
    },
    /// It broke.
    #[error("{0}")]
    Broken(String),
    /// Nothing came for so many seconds.
    #[error("nothing came for {0} s")]
    Silent(u64),
    /// What came is not the protocol.
    #[error("what came is not understood: {0}")]
    Malformed(String),
}

impl From<GitlabError> for WorkflowError {
    /// Only the workflow's own addresses say something of Duo; others are asked for its place.
    fn from(error: GitlabError) -> Self {
        let GitlabError::Refused(refusal) = &error else {
            return Self::Duo(DuoError::Gitlab(error).into());
        };
        let words = refusal.words.to_ascii_lowercase();
        let is_ours = refusal.url.contains("/ai/duo_workflows/");
        if !is_ours || words.contains("project not found") || words.contains("namespace not found")
        {
            return Self::Duo(DuoError::Gitlab(error).into());
        }
        let is_quota = ["credit", "quota"].iter().any(|sign| words.contains(sign));
        if refusal.status == 403 && is_quota {
            return Self::NoCredits { reason: refusal.words.clone() };
        }
        Self::Duo(crate::duo::from_direct_access(error).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duo::Cause;
    use crate::gitlab::RefusalKind;
    use crate::http::{HttpError, HttpErrorKind};

    fn of(path: &str, status: u16, body: &str) -> WorkflowError {
        let body = body.as_bytes().to_vec();
        let kind = HttpErrorKind::Status { status, body, retry_after: None, is_html: false };
        let url = format!("https://gitlab.example.com/api/v4/{path}");
        GitlabError::from(HttpError { url, request_id: None, answer: None, kind }).into()
    }

    fn cause(error: &WorkflowError) -> Option<Cause> {
        match error {
            WorkflowError::Duo(error) => match **error {
                DuoError::Refused { cause, .. } => Some(cause),
                _ => None,
            },
            _ => None,
        }
    }

    fn refused(error: &WorkflowError) -> Option<RefusalKind> {
        match error {
            WorkflowError::Duo(error) => match &**error {
                DuoError::Gitlab(GitlabError::Refused(refusal)) => Some(refusal.kind),
                _ => None,
            },
            _ => None,
        }
    }

    #[test]
    fn a_missing_project_is_not_a_missing_duo() {
        let body = r#"{"message":"404 Project Not Found"}"#;
        assert_eq!(refused(&of("projects/a%2Fb", 404, body)), Some(RefusalKind::NotFound));
        let create = "ai/duo_workflows/workflows";
        assert_eq!(refused(&of(create, 404, body)), Some(RefusalKind::NotFound));
        let forbidden = r#"{"message":"403 Forbidden"}"#;
        assert_eq!(refused(&of("groups/a", 403, forbidden)), Some(RefusalKind::Forbidden));
        assert_eq!(cause(&of(create, 404, r#"{"error":"404 Not Found"}"#)), Some(Cause::Duo));
    }

    #[test]
    fn what_keeps_the_account_out_is_told_apart() {
        for path in ["ai/duo_workflows/direct_access", "ai/duo_workflows/ws"] {
            let of = |status, body| of(path, status, body);
            let scope = r#"{"error":"insufficient_scope","scope":"api ai_workflows"}"#;
            assert_eq!(refused(&of(403, scope)), Some(RefusalKind::InsufficientScope));
            assert_eq!(cause(&of(403, r#"{"message":"403 Forbidden"}"#)), Some(Cause::Duo));
            let seat = r#"{"message":"No Duo seat assigned"}"#;
            assert_eq!(cause(&of(403, seat)), Some(Cause::Seat));
            assert_eq!(cause(&of(402, "{}")), Some(Cause::Credits));
            let quota = of(403, r#"{"message":"Insufficient credits: quota exceeded"}"#);
            assert!(matches!(quota, WorkflowError::NoCredits { .. }));
            assert_eq!(refused(&of(401, "{}")), Some(RefusalKind::Unauthenticated));
            assert_eq!(refused(&of(429, "Retry later")), Some(RefusalKind::RateLimited));
        }
    }
}

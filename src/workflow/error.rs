//! How a workflow can end without an answer.

use crate::duo::{Cause, DuoError};
use crate::gitlab::{GitlabError, RefusalKind};

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
    /// The plan was not approved.
    #[error("the plan was not approved, and the workflow was stopped")]
    PlanRefused,
    /// The service closed before it sent anything.
    #[error("the workflow service did not accept the start request")]
    NotAccepted,
    /// The project belongs to no group.
    #[error("workflows run only in a group's project, and {project} is in a personal namespace")]
    PersonalNamespace {
        /// As it was named.
        project: String,
    },
    /// The saved workflow belongs to another project.
    #[error("workflow {id} belongs to another project")]
    OtherProject {
        /// GitLab's id.
        id: String,
    },
    /// GitLab's ids are numbers.
    #[error("{id:?} is not the id of a workflow")]
    InvalidId {
        /// As it was found.
        id: String,
    },
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
    #[error("the connection to the workflow ended before the workflow did: {loss}")]
    Lost {
        loss: Loss,
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
pub enum Loss {
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
    /// No data for so many seconds.
    #[error("no data for {0} s")]
    Silent(u64),
    /// The service sent something that is not its protocol.
    #[error("unexpected data: {0}")]
    Malformed(String),
}

impl From<GitlabError> for WorkflowError {
    /// Only the workflow's own addresses say something about Duo; others are asked for its place.
    /// GitLab's words say more than its status.
    fn from(error: GitlabError) -> Self {
        let GitlabError::Refused(mut refusal) = error else {
            return Self::Duo(DuoError::Gitlab(error).into());
        };
        if refusal.kind == RefusalKind::InsufficientScope {
            // Whatever was asked first, the workflow needs this scope.
            refusal.scopes = vec!["api".to_owned()];
        }
        let words = refusal.words.to_ascii_lowercase();
        let says = |signs: &[&str]| signs.iter().any(|sign| words.contains(sign));
        let is_ours = refusal.url.contains("/ai/duo_workflows/");
        let cause = match () {
            () if says(&["default gitlab duo namespace"]) => Cause::DefaultNamespace,
            () if !is_ours || says(&["project not found", "namespace not found"]) => {
                return Self::Duo(DuoError::Gitlab(GitlabError::Refused(refusal)).into());
            }
            () if says(&["usage_billing_forbidden"]) => Cause::Seat,
            () if says(&["usage_quota_exceeded"]) => Cause::Credits,
            () if refusal.status == 403 && says(&["credit", "quota"]) => Cause::Credits,
            () => {
                let error = crate::duo::from_direct_access(GitlabError::Refused(refusal));
                return Self::Duo(error.into());
            }
        };
        Self::Duo(DuoError::Refused { cause, refusal: Box::new(refusal) }.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
            let of = |status, body: &str| of(path, status, body);
            let scope = r#"{"error":"insufficient_scope","scope":"api ai_workflows"}"#;
            assert_eq!(refused(&of(403, scope)), Some(RefusalKind::InsufficientScope));
            assert_eq!(cause(&of(403, r#"{"message":"403 Forbidden"}"#)), Some(Cause::Duo));
            let seat = r#"{"message":"No Duo seat assigned"}"#;
            assert_eq!(cause(&of(403, seat)), Some(Cause::Seat));
            assert_eq!(cause(&of(402, "{}")), Some(Cause::Credits));
            for (words, kind) in [
                ("Insufficient credits: quota exceeded", Cause::Credits),
                ("USAGE_QUOTA_EXCEEDED: no credits", Cause::Credits),
                ("USAGE_BILLING_FORBIDDEN: no seat", Cause::Seat),
                ("Missing default GitLab Duo namespace user preference", Cause::DefaultNamespace),
            ] {
                let body = format!(r#"{{"message":"{words}"}}"#);
                assert_eq!(cause(&of(403, &body)), Some(kind), "{words}");
            }
            assert_eq!(refused(&of(401, "{}")), Some(RefusalKind::Unauthenticated));
            assert_eq!(refused(&of(429, "Retry later")), Some(RefusalKind::RateLimited));
        }
    }
}

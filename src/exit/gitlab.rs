//! GitLab's refusals in words.

use std::error::Error as StdError;

use super::{Code, Report, http};
use crate::gitlab::{GitlabError, Refusal, RefusalKind};

pub(super) fn of(cause: &(dyn StdError + 'static)) -> Option<Report> {
    cause.downcast_ref().map(report)
}

pub(super) fn report(error: &GitlabError) -> Report {
    match error {
        GitlabError::Refused(refusal) => of_refusal(refusal),
        GitlabError::Http(error) => http::report(error),
        GitlabError::JobToken { what } => {
            Report::new(Code::JobTokenUnsupported, format!("CI_JOB_TOKEN cannot access {what}"))
        }
        GitlabError::Graphql { .. } if error.is_about_scope() => {
            lacks_permission(error.to_string())
        }
        GitlabError::Graphql { .. } => Report::new(Code::BadRequest, error.to_string())
            .hint("check that GitLab Duo is on for the group, and your role in it"),
        GitlabError::Shape { what, reason } => Report::new(
            Code::BadResponse,
            format!("GitLab's answer for {what} is not understood: {reason}"),
        )
        .hint("check that the address is a GitLab instance"),
    }
}

/// A refusal with its facts beside the words.
pub(super) fn of_refusal(refusal: &Refusal) -> Report {
    with_facts(words(refusal), refusal)
}

/// GitLab's words after ours, and what identifies the answer.
pub(super) fn with_facts(report: Report, refusal: &Refusal) -> Report {
    let message = if refusal.words.is_empty() {
        report.message
    } else {
        format!("{}: {}", report.message, refusal.words)
    };
    Report {
        message,
        http_status: Some(refusal.status),
        url: Some(refusal.url.clone()),
        request_id: refusal.request_id.clone(),
        retry_after: refusal.retry_after,
        ..report
    }
}

fn words(refusal: &Refusal) -> Report {
    match refusal.kind {
        RefusalKind::Unauthenticated => {
            Report::new(Code::Unauthenticated, "GitLab does not accept the token")
                .hint("log in with glduo connect, or set GITLAB_TOKEN to a token that is valid on this instance")
        }
        RefusalKind::TokenExpired => Report::new(Code::TokenExpired, "the token is expired")
            .hint("log in with glduo connect, or set GITLAB_TOKEN to a new token"),
        RefusalKind::InsufficientScope => insufficient_scope(refusal),
        RefusalKind::Forbidden => Report::new(Code::Forbidden, "GitLab does not allow this")
            .hint("check your role in the project, and the scopes of your token"),
        RefusalKind::NotFound => Report::new(Code::NotFound, "not found").hint(
            "check the name or number; GitLab also says this of what your account may not see",
        ),
        RefusalKind::NoRoute => Report::new(Code::NotFound, "this address has no such API").hint(
            "check the instance's address and its path prefix; an old GitLab may lack this API",
        ),
        RefusalKind::BadRequest => {
            Report::new(Code::BadRequest, "GitLab could not use the request")
                .hint("check the values given; -vv shows what was sent")
        }
        RefusalKind::RateLimited => {
            Report::new(Code::RateLimited, "GitLab accepts no more requests for now")
                .hint("wait, then try again")
        }
        RefusalKind::Server => {
            Report::new(Code::ServerError, "GitLab is temporarily unavailable").hint("try again later")
        }
        RefusalKind::Other => Report::new(Code::BadResponse, "an answer that GitLab does not give")
            .hint("check that the address is a GitLab instance"),
    }
}

/// Which scopes or permissions are missing. [`Report::of`] adds what the command at hand needs.
fn insufficient_scope(refusal: &Refusal) -> Report {
    match refusal.scopes.as_slice() {
        [] => lacks_permission("the token lacks a permission".to_owned()),
        [one] => Report::new(Code::InsufficientScope, format!("the token needs scope {one}")),
        many => {
            let wanted = many.join(", ");
            Report::new(
                Code::InsufficientScope,
                format!("the token needs one of the scopes {wanted}"),
            )
        }
    }
}

/// GitLab names the permission that a fine-grained token lacks.
fn lacks_permission(message: String) -> Report {
    Report::new(Code::InsufficientScope, message)
        .hint("give the fine-grained token that permission (glduo help environment lists them)")
}

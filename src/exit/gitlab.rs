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
        GitlabError::JobToken { what } => Report::new(
            Code::JobTokenUnsupported,
            format!("CI_JOB_TOKEN does not reach {what}"),
        )
        .hint("set GITLAB_TOKEN to a token with scope read_api or api, as a masked CI/CD variable"),
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

/// A login whose scopes serve this call and chat: of those that would do, the narrowest.
fn login_with(scopes: &[String]) -> String {
    let narrowest = ["ai_features", "read_api", "api"];
    let narrowest = narrowest.into_iter().find(|scope| scopes.iter().any(|one| one == scope));
    let login = match narrowest.or(scopes.first().map(String::as_str)) {
        None | Some("ai_features") => "glduo connect".to_owned(),
        Some(scope) => format!("glduo connect --scopes \"ai_features openid profile {scope}\""),
    };
    format!("{login}, or glduo connect --token with a token that has it")
}

fn insufficient_scope(refusal: &Refusal) -> Report {
    let wanted = match refusal.scopes.as_slice() {
        [] => "the right scope".to_owned(),
        [one] => format!("scope {one}"),
        many => format!("one of the scopes {}", many.join(", ")),
    };
    Report::new(Code::InsufficientScope, format!("the token needs {wanted}"))
        .hint(format!("log in with {wanted}: {}", login_with(&refusal.scopes)))
}

//! Why a model did not answer, told apart by what the user can do about it.

use crate::gitlab::{GitlabError, Refusal, RefusalKind};
use crate::http::{HttpError, HttpErrorKind};

use super::refusal::{self, Author, Refused};

/// A question without a complete answer.
#[derive(Debug, thiserror::Error)]
pub enum DuoError {
    /// The instance, the gateway or the provider refused, by status or inside a stream.
    #[error("{cause}")]
    Refused {
        /// What it comes down to.
        cause: Cause,
        /// The response and its author's own words.
        refusal: Box<Refusal>,
    },
    /// The input is longer than the model's context by any count; nothing was sent.
    #[error("{}: {characters} characters, at most {context} tokens", Cause::ContextTooLong)]
    TooLong {
        /// Of the whole conversation.
        characters: u64,
        /// The model's context.
        context: u64,
    },
    /// GitLab gave no gateway token, for a reason that is not Duo's.
    #[error(transparent)]
    Gitlab(GitlabError),
    /// No response of the gateway's.
    #[error(transparent)]
    Gateway(HttpError),
    /// The answer is not complete, whatever came of it.
    #[error("the answer is incomplete: {0}")]
    Incomplete(Shortfall),
    /// The model or a filter declined.
    #[error("{}{}", Cause::Declined, reason.as_ref().map(|it| format!(": {it}")).unwrap_or_default())]
    Declined {
        /// The provider's words.
        reason: Option<String>,
    },
    /// What came is not the provider's protocol.
    #[error("the AI gateway's answer is not understood: {reason}")]
    Malformed {
        /// The parser's words.
        reason: String,
    },
}

/// How an answer that was accepted is incomplete.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Shortfall {
    /// The connection or the provider broke off.
    #[error("the stream ended without an end event or a stop reason")]
    CutOff,
    /// No tool was offered.
    #[error("the model wanted to use a tool, and glduo offers none to chat models")]
    ToolUse,
    /// The provider expects a request to continue.
    #[error("the model paused its turn (pause_turn)")]
    Paused,
    /// The provider's word.
    #[error("the provider ended it with status {0}")]
    Stopped(String),
    /// With the provider's stop reason.
    #[error("the model ended it without any text (stop reason {0})")]
    NoText(String),
    /// With the provider's stop reason.
    #[error("the token limit was reached before any text (stop reason {0})")]
    NoTextAtLimit(String),
}

/// What a refusal comes down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// Duo is off for the instance, the group or the account, or the instance is too old.
    #[error("GitLab Duo is not available to you here")]
    Duo,
    /// The customer is not on GitLab's list for the proxy.
    #[error("GitLab has not enabled the AI gateway's model proxy for you")]
    ProxyOff,
    /// The account has no seat.
    #[error("your account has no GitLab Duo seat")]
    Seat,
    /// The account is not entitled, or the billing service failed: the gateway does not say.
    #[error("your account is not entitled to GitLab Duo")]
    NotEntitled,
    /// GitLab Credits are used up.
    #[error("the GitLab Credits are used up")]
    Credits,
    /// The account must choose a default Duo namespace.
    #[error("your account has no default GitLab Duo namespace")]
    DefaultNamespace,
    /// GitLab got no token from its gateway.
    #[error("GitLab got no token for its AI gateway")]
    TokenCreation,
    /// The gateway or the provider does not know the model.
    #[error("the AI gateway does not offer this model")]
    Model,
    /// The gateway has no key for the provider.
    #[error("the AI gateway has no API key for this model's provider")]
    NoProviderKey,
    /// The provider does not accept the gateway's key.
    #[error("the model's provider does not accept the AI gateway's own API key")]
    ProviderKey,
    /// The gateway's account at the provider is used up.
    #[error("the AI gateway's account at the model's provider is used up")]
    ProviderAccount,
    /// The input is longer than the model's context.
    #[error("the input is longer than the model's context")]
    ContextTooLong,
    /// A header of GitLab's was lost or changed on the way.
    #[error("the AI gateway could not use the headers of the request")]
    BadHeader,
    /// A parameter is wrong for the model.
    #[error("the AI gateway or the model's provider could not use the request")]
    BadRequest,
    /// The gateway read only the beginning of a long request.
    #[error("the AI gateway read only a part of the request")]
    CutBody,
    /// The gateway does not accept the token.
    #[error("the AI gateway does not accept its token")]
    Token,
    /// The gateway saw no token.
    #[error("the AI gateway received no token")]
    NoToken,
    /// Headers and token do not belong together.
    #[error("the AI gateway does not allow this")]
    Mismatch,
    /// Something else than the gateway's proxy is at this address.
    #[error("no AI gateway answers at")]
    Address,
    /// The provider's or the gateway's limit.
    #[error("the model accepts no more requests for now")]
    RateLimited,
    /// The provider declined because of the content.
    #[error("the model declined to answer")]
    Declined,
    /// The gateway or the provider failed.
    #[error("the AI gateway or the model's provider failed")]
    Server,
}

/// The error of a refused request for a gateway token.
pub fn from_direct_access(error: GitlabError) -> DuoError {
    let GitlabError::Refused(refusal) = error else {
        return DuoError::Gitlab(error);
    };
    match refusal::instance_cause(refusal.status, &refusal.words) {
        Some(cause) if refusal.kind != RefusalKind::InsufficientScope => {
            DuoError::Refused { cause, refusal: Box::new(refusal) }
        }
        _ => DuoError::Gitlab(GitlabError::Refused(refusal)),
    }
}

/// The error of a failed request to the gateway.
pub(super) fn from_gateway(error: HttpError) -> DuoError {
    let (Some(refused), Some(refusal)) = (read(&error), Refusal::read_any(&error)) else {
        return DuoError::Gateway(error);
    };
    let retry_after = refusal.retry_after.or_else(|| refusal::wait_in(&refused.words));
    let refusal = Refusal { words: refused.shown(), retry_after, ..refusal };
    DuoError::Refused { cause: refused.cause(Some(refusal.status)), refusal: Box::new(refusal) }
}

/// The error that an answer with status 200 reports; `url` and `request_id` are the answer's.
pub(super) fn from_stream(refused: &Refused, url: String, request_id: Option<String>) -> DuoError {
    let refusal = Refusal {
        kind: RefusalKind::Other,
        status: 200,
        words: refused.shown(),
        scopes: Vec::new(),
        retry_after: refusal::wait_in(&refused.words),
        url,
        request_id,
    };
    DuoError::Refused { cause: refused.cause(None), refusal: Box::new(refusal) }
}

/// Whether a new token can help: the gateway says so with 401 only, and never the provider.
pub(super) fn is_stale_token(error: &HttpError) -> bool {
    is(error, Cause::Token)
}

/// Whether nothing is at the URL: a 404 of anyone but the provider.
pub(super) fn is_not_found(error: &HttpError) -> bool {
    matches!(error.kind, HttpErrorKind::Status { status: 404, .. }) && is(error, Cause::Address)
}

/// Whether it was the provider that refused the request, so that everything before it works.
pub(super) fn is_providers_refusal(error: &HttpError) -> bool {
    is(error, Cause::BadRequest) && read(error).is_some_and(|it| it.author == Author::Provider)
}

fn is(error: &HttpError, cause: Cause) -> bool {
    let HttpErrorKind::Status { status, .. } = error.kind else { return false };
    read(error).is_some_and(|refused| refused.cause(Some(status)) == cause)
}

fn read(error: &HttpError) -> Option<Refused> {
    match &error.kind {
        HttpErrorKind::Status { body, is_html, .. } => Some(Refused::from_body(body, *is_html)),
        _ => None,
    }
}

//! Exit code and hint of a question without an answer.

use std::error::Error as StdError;

use super::{Code, Report, gitlab, http};
use crate::duo::{Cause, DuoError, ModelError, Shortfall};
use crate::http::{HttpError, HttpErrorKind, Phase};

/// What to do about an address at which no gateway answers.
pub(super) const GATEWAY_HINT: &str = "set GITLAB_AI_GATEWAY_URL to the instance's setting \"local AI gateway URL\", or unset it to use https://cloud.gitlab.com; glduo doctor checks it";

pub(super) fn of(cause: &(dyn StdError + 'static)) -> Option<Report> {
    let named = cause.downcast_ref().map(model);
    named.or_else(|| cause.downcast_ref().map(report))
}

fn model(error: &ModelError) -> Report {
    match error {
        ModelError::Unknown { name, nearest } => {
            Report::new(Code::Usage, format!("there is no model {name:?}"))
                .hint(format!("did you mean {}? `glduo models` lists them", nearest.join(", ")))
        }
        ModelError::Workflow { id } => Report::new(
            Code::Usage,
            format!("{id} is a workflow model, and a chat model is needed here"),
        )
        .hint("choose a chat model with -m; `glduo models --kind chat` lists them"),
        ModelError::NotOffered { id, given } => {
            let instead = given.as_ref().map(|name| format!("; {name} would answer instead"));
            let instead = instead.unwrap_or_default();
            Report::new(Code::ModelUnavailable, format!("GitLab does not offer {id} here{instead}"))
                .hint("`glduo models --refresh --kind workflow` lists what it offers; -m duo-workflow-default takes the group's choice")
        }
        ModelError::Configured { .. } => Report::new(Code::Usage, error.to_string())
            .hint("fix gitlab.models in the configuration file"),
    }
}

pub(super) fn report(error: &DuoError) -> Report {
    let message = error.to_string();
    match error {
        DuoError::Refused { cause, refusal } => {
            let message = match cause {
                Cause::Address => format!("{message} {}", refusal.url),
                _ => message,
            };
            let report = gitlab::with_facts(Report::new(code(*cause), message), refusal);
            report.hint(hint(*cause))
        }
        DuoError::TooLong { .. } => {
            Report::new(Code::ContextTooLong, message).hint(hint(Cause::ContextTooLong))
        }
        DuoError::Gitlab(error) => gitlab::report(error),
        DuoError::Gateway(error) => gateway(error),
        DuoError::Incomplete(shortfall) => {
            let hint = match shortfall {
                Shortfall::NoTextAtLimit(_) => "raise --max-tokens, or lower --effort",
                Shortfall::ToolUse => "use a workflow model: glduo chat -m duo-workflow-default",
                _ => "ask again; a shorter question or answer may get through",
            };
            Report::new(Code::Incomplete, message).hint(hint)
        }
        DuoError::Declined { .. } => {
            Report::new(code(Cause::Declined), message).hint(hint(Cause::Declined))
        }
        DuoError::Malformed { .. } => Report::new(Code::BadResponse, message).hint(GATEWAY_HINT),
    }
}

fn code(cause: Cause) -> Code {
    match cause {
        Cause::Duo | Cause::ProxyOff => Code::DuoDisabled,
        Cause::Seat | Cause::NotEntitled => Code::NoSeat,
        Cause::Credits => Code::NoCredits,
        Cause::DefaultNamespace => Code::NoDefaultNamespace,
        Cause::TokenCreation | Cause::ProviderKey | Cause::Server => Code::ServerError,
        Cause::Model | Cause::NoProviderKey | Cause::ProviderAccount => Code::ModelUnavailable,
        Cause::ContextTooLong => Code::ContextTooLong,
        Cause::BadHeader | Cause::BadRequest | Cause::CutBody => Code::BadRequest,
        Cause::Token | Cause::NoToken => Code::Unauthenticated,
        Cause::Mismatch => Code::Forbidden,
        Cause::Address => Code::BadResponse,
        Cause::RateLimited => Code::RateLimited,
        Cause::Declined => Code::Refused,
    }
}

fn hint(cause: Cause) -> &'static str {
    match cause {
        Cause::Duo => {
            "Duo needs Premium or Ultimate, GitLab 18.4 or later, and to be on for the instance, group and account, with direct connections to the gateway allowed; ask an administrator"
        }
        Cause::ProxyOff => {
            "ask GitLab support to enable the proxy for the instance or top-level group, or use a workflow model: glduo chat -m duo-workflow-default"
        }
        Cause::Seat => "ask an owner of the group or an administrator for a GitLab Duo seat",
        Cause::NotEntitled => {
            "try again in a few minutes, as GitLab says the same if its billing service fails; then ask an owner of the group or an administrator for a seat"
        }
        Cause::Credits => {
            "ask an owner of the group or an administrator about billing; new credits can take an hour to count"
        }
        Cause::DefaultNamespace => "choose one in your profile's preferences, under GitLab Duo",
        Cause::TokenCreation => {
            "ask an administrator to check credits, the account's entitlement, and the connection from the instance to its gateway; only the instance's log names the cause"
        }
        Cause::Model => {
            "choose another with -m; `glduo models` lists them; some need a newer GitLab or another subscription"
        }
        Cause::NoProviderKey => {
            "ask the gateway's administrator to set ANTHROPIC_API_KEY or OPENAI_API_KEY, or choose a model of another provider with -m"
        }
        Cause::ProviderAccount => {
            "tell the gateway's administrator, or choose a model of another provider with -m"
        }
        Cause::ProviderKey => {
            "tell the gateway's administrator, or choose a model of another provider with -m; your own token is fine"
        }
        Cause::ContextTooLong => "send less, or choose a model with a larger context",
        Cause::BadRequest => {
            "check the values of --max-tokens, --temperature and --effort; -vv shows the request"
        }
        Cause::CutBody => {
            "shorten the input, or try again from a faster network: the gateway reads at most 1,000 pieces of a request"
        }
        Cause::Token | Cause::Mismatch | Cause::BadHeader => {
            "check that GITLAB_AI_GATEWAY_URL is the gateway of this instance: glduo doctor"
        }
        Cause::NoToken => {
            "check that no proxy in front of the gateway removes the Authorization header"
        }
        Cause::Address => GATEWAY_HINT,
        Cause::RateLimited => "wait, then try again",
        Cause::Declined => "ask in another way, or choose another model with -m",
        Cause::Server => "try again later",
    }
}

/// Trouble on the way to the gateway is told apart from trouble on the way to GitLab.
fn gateway(error: &HttpError) -> Report {
    let report = http::report(error);
    match &error.kind {
        HttpErrorKind::Dns { .. }
        | HttpErrorKind::Connect { .. }
        | HttpErrorKind::Timeout { phase: Phase::Connect, .. } => Report {
            code: Code::GatewayUnreachable,
            message: format!("the AI gateway cannot be reached: {}", report.message),
            ..report
        }
        .hint("check GITLAB_AI_GATEWAY_URL, your network and proxy settings"),
        HttpErrorKind::Interrupted { .. } => Report {
            code: Code::Incomplete,
            message: format!("the answer is incomplete: {}", report.message),
            ..report
        },
        HttpErrorKind::WrongContent { .. } | HttpErrorKind::Redirect { .. } => {
            Report { message: format!("the AI gateway: {}", report.message), ..report }
                .hint(GATEWAY_HINT)
        }
        _ => Report { message: format!("the AI gateway: {}", report.message), ..report },
    }
}

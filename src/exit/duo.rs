//! Why a model did not answer, in words.

use std::error::Error as StdError;

use super::{Code, Report, gitlab, http};
use crate::duo::{DuoError, ModelError, Unavailable};
use crate::gitlab::RefusalKind;
use crate::http::{HttpError, HttpErrorKind, Phase};

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
            .hint("mend gitlab.models in the configuration file"),
    }
}

pub(super) fn report(error: &DuoError) -> Report {
    match error {
        DuoError::Unavailable { kind, refusal } => gitlab::with_facts(unavailable(*kind), refusal),
        DuoError::ContextTooLong { words, status } => Report {
            http_status: *status,
            ..Report::new(
                Code::ContextTooLong,
                format!("the input is longer than the model takes: {words}"),
            )
            .hint("send less, or choose a model with a larger context")
        },
        DuoError::Gitlab(error) => gitlab::report(error),
        DuoError::Refused(refusal) => match refusal.kind {
            RefusalKind::Unauthenticated | RefusalKind::TokenExpired => gitlab::with_facts(
                Report::new(Code::Unauthenticated, "the AI gateway does not accept GitLab's token")
                    .hint("check that GITLAB_AI_GATEWAY_URL is the gateway of this instance"),
                refusal,
            ),
            _ => gitlab::of_gateway(refusal),
        },
        DuoError::Gateway(error) => gateway(error),
        DuoError::InStream { kind, message } => in_stream(kind, message),
        DuoError::CutShort => Report::new(Code::Incomplete, "the answer was cut short")
            .hint("ask again; a shorter question or answer may get through"),
        DuoError::Malformed { reason } => Report::new(
            Code::BadResponse,
            format!("the AI gateway's answer is not understood: {reason}"),
        )
        .hint("check GITLAB_AI_GATEWAY_URL"),
    }
}

fn unavailable(kind: Unavailable) -> Report {
    let (code, message, hint) = match kind {
        Unavailable::Duo => (
            Code::DuoDisabled,
            "GitLab Duo is not available to you here",
            "Duo needs Premium or Ultimate, GitLab 18.4 or later, and to be switched on for the instance, group and project",
        ),
        Unavailable::Seat => (
            Code::NoSeat,
            "your account has no GitLab Duo seat",
            "ask an owner of the group or an administrator for a seat",
        ),
        Unavailable::Credits => (
            Code::NoCredits,
            "the GitLab Credits are used up",
            "ask an owner of the group or an administrator about billing",
        ),
        Unavailable::DefaultNamespace => (
            Code::NoDefaultNamespace,
            "your account has no default GitLab Duo namespace",
            "choose one in your profile's preferences, under GitLab Duo",
        ),
        Unavailable::Model => (
            Code::ModelUnavailable,
            "the AI gateway does not offer this model",
            "choose another with -m; some models need a newer GitLab or another subscription",
        ),
    };
    Report::new(code, message).hint(hint)
}

/// Trouble on the way to the gateway is told apart from trouble on the way to GitLab.
fn gateway(error: &HttpError) -> Report {
    let report = http::report(error);
    let unreachable = matches!(
        error.kind,
        HttpErrorKind::Dns { .. }
            | HttpErrorKind::Connect { .. }
            | HttpErrorKind::Timeout { phase: Phase::Connect, .. }
    );
    match &error.kind {
        _ if unreachable => Report {
            code: Code::GatewayUnreachable,
            message: format!("the AI gateway cannot be reached: {}", report.message),
            hint: Some(
                "check GITLAB_AI_GATEWAY_URL and that your network lets you reach it".to_owned(),
            ),
            ..report
        },
        HttpErrorKind::Interrupted { .. } => Report {
            code: Code::Incomplete,
            message: format!("the answer was cut short: {}", report.message),
            ..report
        },
        _ => Report { message: format!("the AI gateway: {}", report.message), ..report },
    }
}

fn in_stream(kind: &str, message: &str) -> Report {
    let (code, words, hint) = match kind {
        "rate_limit_error" | "rate_limit_exceeded" => {
            (Code::RateLimited, "the model takes no more requests for now", "wait, then try again")
        }
        "overloaded_error" | "server_is_overloaded" | "slow_down" => {
            (Code::ServerError, "the model is overloaded", "try again later")
        }
        _ => (Code::ServerError, "the model broke off with an error", "try again"),
    };
    let message = if message.is_empty() { kind } else { message };
    Report::new(code, format!("{words}: {message}")).hint(hint)
}

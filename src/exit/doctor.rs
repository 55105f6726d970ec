//! What `doctor` finds wrong though every answer came, in words.

use std::error::Error as StdError;

use super::duo::GATEWAY_HINT;
use super::{Code, Report};
use crate::commands::Trouble;

pub(super) fn of(cause: &(dyn StdError + 'static)) -> Option<Report> {
    cause.downcast_ref().map(report)
}

fn report(trouble: &Trouble) -> Report {
    match trouble {
        Trouble::NotGitlab { url, status, is_page } => not_gitlab(url, *status, *is_page),
        Trouble::NotGateway { url, status, is_page } => {
            not_gateway(url, *status, *is_page).hint(GATEWAY_HINT)
        }
        Trouble::SentAway { address, location } => Report::new(
            Code::BadResponse,
            format!("{address} sends us on to {location}, which does not answer"),
        )
        .hint("most likely a login (SSO) page; log in to the network, or check the address"),
        Trouble::Down { url, status } => {
            let report = Report::new(Code::ServerError, format!("{url} is in trouble"));
            Report { http_status: Some(*status), ..report.hint("try again later") }
        }
        Trouble::Scope { what, wanted } => Report::new(
            Code::InsufficientScope,
            format!("the token's scopes do not allow {what}"),
        )
        .hint(format!("use a token with scope {wanted}: glduo connect --scopes \"…\", or glduo connect --token")),
        other => duo(other),
    }
}

fn duo(trouble: &Trouble) -> Report {
    let off = |message: String| Report::new(Code::DuoDisabled, message);
    match trouble {
        Trouble::TooOld { version } => {
            off(format!("GitLab {version} is too old for GitLab Duo with glduo"))
                .hint("chat needs GitLab 18.3 or later; mr, issue and pipeline work")
        }
        Trouble::CommunityEdition => {
            off("the instance is a Community Edition, which has no GitLab Duo".to_owned())
                .hint("GitLab Duo needs the Enterprise Edition with Premium or Ultimate")
        }
        Trouble::Plan { plan } => off(format!("the instance's plan is {plan}"))
            .hint("GitLab Duo needs Premium or Ultimate"),
        Trouble::NotOffered { id, offered } => Report::new(
            Code::ModelUnavailable,
            format!("the project's top-level group does not offer {id}"),
        )
        .hint(format!(
            "choose one of {}; some need a newer GitLab or another subscription; glduo models --refresh asks again",
            offered.join(", ")
        )),
        other => off(other.to_string()).hint(
            "it is off for the instance, the group or the account, or there is no seat: ask an owner of the group or an administrator",
        ),
    }
}

fn not_gitlab(url: &str, status: u16, is_page: bool) -> Report {
    let (what, hint) = if is_page {
        (
            "answers with a page where GitLab's API was due",
            "most likely a login (SSO) or proxy page; log in to the network, or check the address and its path",
        )
    } else {
        ("does not answer as GitLab", "check the address and its path")
    };
    let report = Report::new(Code::BadResponse, format!("{url} {what}"));
    Report { http_status: Some(status), ..report.hint(hint) }
}

fn not_gateway(url: &str, status: u16, is_page: bool) -> Report {
    let what = if is_page {
        "answers with a page, not as an AI gateway"
    } else {
        "does not answer as an AI gateway"
    };
    let message = format!("{url} {what}");
    let report = Report::new(Code::BadResponse, message);
    Report { http_status: Some(status), ..report }
}

//! Every typed error becomes words, a hint and an exit code here, and nowhere else.

mod auth;
mod code;
mod doctor;
mod duo;
mod gitlab;
mod http;
mod local;
mod workflow;

use std::error::Error as StdError;
use std::io::Write as _;
use std::time::Duration;

use serde::Serialize;
use serde_json::value::RawValue;

pub use code::Code;

use crate::commands::{BrokenAnswer, Diagnosis};
use crate::http::LastAnswer;
use crate::model::redact::Redactor;
use crate::model::scopes::Need;
use crate::system::notes::Notes;
use crate::system::streams::Output;

/// An error as it is shown.
#[derive(Debug, Clone)]
pub struct Report {
    /// What it is called, which decides the exit code.
    pub code: Code,
    /// What happened.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
    /// The status of the answer, where one came.
    pub http_status: Option<u16>,
    /// The URL without query.
    pub url: Option<String>,
    /// GitLab's `x-request-id`.
    pub request_id: Option<String>,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
}

impl Report {
    fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: None,
            http_status: None,
            url: None,
            request_id: None,
            retry_after: None,
        }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Reads the first typed error in the chain; what commands said before it leads the message.
    pub fn of(error: &anyhow::Error) -> Self {
        let mut lead = String::new();
        for cause in error.chain() {
            if let Some(report) = typed(cause) {
                let message = format!("{lead}{}", report.message);
                let report = Self { message, ..report }.with_answer(error).with_wait();
                return report.for_need(error.downcast_ref().copied());
            }
            let words = cause.to_string();
            if !words.is_empty() {
                lead.push_str(&words);
                lead.push_str(": ");
            }
        }
        Self::new(Code::Other, lead.trim_end_matches(": "))
    }

    /// An answer that was read and not understood is identified by what the client received last.
    fn with_answer(self, error: &anyhow::Error) -> Self {
        match error.downcast_ref::<LastAnswer>() {
            Some(answer) if self.code == Code::BadResponse && self.http_status.is_none() => Self {
                http_status: Some(answer.status),
                url: self.url.or_else(|| Some(answer.url.clone())),
                request_id: self.request_id.or_else(|| answer.request_id.clone()),
                ..self
            },
            _ => self,
        }
    }

    /// The wait that the server asked for is part of the hint.
    fn with_wait(self) -> Self {
        let Some(wait) = self.retry_after else { return self };
        let wait = format!("try again in {}", in_words(wait));
        match self.hint.as_deref() {
            None | Some("try again" | "try again later" | "wait, then try again") => {
                self.hint(wait)
            }
            Some(hint) => {
                let hint = format!("{hint}; {wait}");
                self.hint(hint)
            }
        }
    }

    /// With a hint that names the scopes which the command at hand needs, if the token is why it
    /// failed.
    fn for_need(self, need: Option<Need>) -> Self {
        let scopes = need.unwrap_or(Need::Read).scopes();
        let wanted = scopes.join(" or ");
        let hint = match self.code {
            Code::InsufficientScope if self.hint.is_none() || need.is_some() => {
                let login = match scopes[0] {
                    "ai_features" => "glduo connect".to_owned(),
                    scope => {
                        format!("glduo connect --scopes \"ai_features openid profile {scope}\"")
                    }
                };
                format!("use a token with scope {wanted}: {login}, or glduo connect --token")
            }
            Code::JobTokenUnsupported => {
                let hint = format!(
                    "set GITLAB_TOKEN to a token with scope {wanted}, as a masked CI/CD variable"
                );
                match need {
                    Some(Need::ReadWithDiffs) => {
                        format!("leave out the diffs with --no-diff, or {hint}")
                    }
                    _ => hint,
                }
            }
            _ => return self,
        };
        match &self.hint {
            Some(first) => self.clone().hint(format!("{first}, or {hint}")),
            None => self.hint(hint),
        }
    }

    /// The lines for people.
    fn text(&self) -> String {
        // An error inside a response of status 200 is not explained by it.
        let status = match self.http_status {
            Some(status) if status >= 300 => format!(" (HTTP {status})"),
            _ => String::new(),
        };
        let mut text = format!("glduo: error: {}{status}", self.message);
        if let Some(hint) = &self.hint {
            text.push_str("\nhint: ");
            text.push_str(hint);
        }
        text
    }

    /// The object for scripts, secrets taken out of every text in it.
    pub fn json(&self, redactor: &Redactor, partial: Option<&RawValue>) -> String {
        let clean = |text: &String| redactor.redact(text).into_owned();
        let error = ErrorJson {
            code: self.code.word(),
            exit_code: self.code.exit(),
            message: clean(&self.message),
            hint: self.hint.as_ref().map(clean),
            http_status: self.http_status,
            url: self.url.as_ref().map(clean),
            request_id: self.request_id.as_ref().map(clean),
            retry_after: self.retry_after.map(|wait| wait.as_secs()),
            partial,
        };
        // Strings and numbers always serialise.
        serde_json::to_string(&error).unwrap_or_default()
    }
}

/// `90 s`, `5 min`, `24 h`, `3 d`: rounded up, in the largest unit of which there are two.
fn in_words(wait: Duration) -> String {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let (length, unit) = match seconds {
        0..120 => (1, "s"),
        120..7_200 => (60, "min"),
        7_200..172_800 => (3_600, "h"),
        _ => (86_400, "d"),
    };
    format!("{} {unit}", seconds.div_ceil(length))
}

#[derive(Serialize)]
struct ErrorJson<'a> {
    code: &'static str,
    exit_code: u8,
    message: String,
    hint: Option<String>,
    http_status: Option<u16>,
    url: Option<String>,
    request_id: Option<String>,
    /// Seconds.
    retry_after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partial: Option<&'a RawValue>,
}

/// What an error comes down to, for a command that goes on after it.
pub(crate) fn diagnose(error: &anyhow::Error) -> Diagnosis {
    let report = Report::of(error);
    let exit = report.code.exit();
    let status = report.http_status.map_or_else(String::new, |status| format!(" (HTTP {status})"));
    Diagnosis { exit, message: format!("{}{status}", report.message), hint: report.hint }
}

fn typed(cause: &(dyn StdError + 'static)) -> Option<Report> {
    local::of(cause)
        .or_else(|| auth::of(cause))
        .or_else(|| workflow::of(cause))
        .or_else(|| doctor::of(cause))
        .or_else(|| duo::of(cause))
        .or_else(|| gitlab::of(cause))
        .or_else(|| http::of(cause))
}

/// Says what went wrong on standard error, as text or as one JSON object on the last line, and
/// gives the exit code. Events that had begun on standard output end with the error. A reader
/// that closed standard output is no error.
pub fn conclude(error: &anyhow::Error, json: bool, notes: &Notes, stdout: &mut Output) -> u8 {
    if local::is_closed_pipe(error) {
        return 0;
    }
    let mut report = Report::of(error);
    if !json {
        notes.error(&report.text());
        return report.code.exit();
    }
    let broken = error.downcast_ref::<BrokenAnswer>();
    let of_answer =
        |fact: fn(&BrokenAnswer) -> &Option<String>| broken.and_then(|it| fact(it).clone());
    report.url = report.url.or_else(|| of_answer(|answer| &answer.url));
    report.request_id = report.request_id.or_else(|| of_answer(|answer| &answer.request_id));
    let partial = broken.and_then(|broken| broken.partial.as_deref());
    let object = report.json(notes.redactor(), partial);
    if broken.is_some_and(|broken| broken.as_event) {
        let event = format!("{{\"type\":\"error\",\"error\":{object}}}\n");
        // The run has failed already, and standard error tells of it too.
        let _ = stdout.write_all(event.as_bytes()).and_then(|()| stdout.flush());
    }
    notes.json(&format!("{{\"error\":{object}}}"));
    report.code.exit()
}

//! Requests to the instance's own API that the service has sent in the user's name.

use crate::gitlab::{Gitlab, GitlabError};
use crate::tools::{Call, api_address};

/// The most of a body that is answered, in bytes.
const LONGEST: usize = 512 << 10;

/// What the service is told. An error is one of ours; GitLab's refusals are answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct HttpAnswer {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) body: String,
    pub(super) error: String,
    /// No request of the instance's API, and not sent.
    pub(super) refused: bool,
}

impl HttpAnswer {
    pub(super) fn is_good(&self) -> bool {
        self.error.is_empty() && (200..300).contains(&self.status)
    }
}

pub(super) fn failed(why: &impl ToString) -> HttpAnswer {
    HttpAnswer { error: why.to_string(), ..HttpAnswer::default() }
}

/// Sends what was permitted, to the instance and nowhere else.
pub(super) fn send(gitlab: &Gitlab<'_>, call: &Call) -> HttpAnswer {
    let Call::Http { method, path, body } = call else { return failed(&"this is no request") };
    let url = match api_address(gitlab.instance(), path) {
        Ok(url) => url,
        Err(error) => return HttpAnswer { refused: true, ..failed(&error) },
    };
    match gitlab.request_for_workflow(method, url, body.as_deref()) {
        Ok(response) if response.body.len() > LONGEST => {
            failed(&format!("the answer has more than {LONGEST} bytes; ask for less of it"))
        }
        Ok(response) => HttpAnswer {
            status: response.status,
            content_type: response.header("content-type").unwrap_or_default().to_owned(),
            body: String::from_utf8_lossy(&response.body).into_owned(),
            ..HttpAnswer::default()
        },
        Err(GitlabError::Refused(refusal)) => HttpAnswer {
            status: refusal.status,
            content_type: "application/json".to_owned(),
            body: serde_json::json!({ "message": refusal.words }).to_string(),
            ..HttpAnswer::default()
        },
        Err(error) => failed(&error),
    }
}

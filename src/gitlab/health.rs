//! What an instance tells of itself and of the account, for finding out what is wrong (GitLab
//! documentation, "Metadata API", "License API"; GraphQL API, `CurrentUser`).

use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Gitlab, GitlabError, JobToken};
use crate::http::{Client, HttpError, Request};
use crate::model::address::{BaseUrl, Url};
use crate::model::project::ProjectRef;
use crate::model::timestamp;

/// Who answered where GitLab's API should be.
#[derive(Debug, Clone)]
pub struct Face {
    /// The address that answered in the end, without user info and query.
    pub url: String,
    /// Its status.
    pub status: u16,
    /// It is a page for people.
    pub is_html: bool,
    /// It is what GitLab answers to a stranger.
    pub is_gitlab: bool,
    /// How far the server's clock is from ours; `None` where it does not tell the time.
    pub clock_skew: Option<Duration>,
}

/// A release.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Release {
    /// As GitLab words it, `19.5.0-ee`.
    pub version: String,
    /// Whether it is the Enterprise Edition; `None` before 15.6.
    #[serde(default)]
    pub enterprise: Option<bool>,
}

impl Release {
    /// Major and minor number.
    pub fn number(&self) -> Option<(u32, u32)> {
        let mut parts = self.version.split(|c: char| !c.is_ascii_digit());
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    }
}

/// An account and whether it may use Duo Chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuoAccount {
    /// The login name.
    pub username: String,
    /// `None` where the instance does not know the question.
    pub chat_available: Option<bool>,
}

#[derive(Deserialize)]
struct License {
    plan: String,
}

#[derive(Deserialize)]
struct Project {
    path_with_namespace: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    current_user: Option<CurrentUser>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CurrentUser {
    username: String,
    #[serde(default)]
    duo_chat_available: Option<bool>,
}

/// Looks at what answers at an instance's address, as a stranger.
pub fn look(client: &Client, instance: &BaseUrl, now: SystemTime) -> Result<Face, HttpError> {
    let answer = client.look(&Request::get(instance.api(["version"])))?;
    let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let says = |name: &str| body.as_ref().is_some_and(|body| body.get(name).is_some());
    let is_gitlab = match answer.status {
        200 => says("version"),
        401 | 403 => says("message") || says("error"),
        _ => false,
    };
    let date = answer.header("date").and_then(timestamp::parse_http_date);
    let apart =
        |date: SystemTime| now.duration_since(date).unwrap_or_else(|early| early.duration());
    let is_html = answer.header("content-type").is_some_and(|kind| kind.contains("html"));
    Ok(Face {
        url: shown(&answer.url),
        status: answer.status,
        is_html,
        is_gitlab,
        clock_skew: date.map(apart),
    })
}

fn shown(url: &Url) -> String {
    crate::model::address::presentable(url.as_str())
}

impl Gitlab<'_> {
    /// `GET /metadata` (15.2), before that `GET /version`; needs `read_user` or more.
    pub fn release(&self) -> Result<Release, GitlabError> {
        let what = "the version";
        let ask = |path| {
            let request = self.get(self.instance.api([path]), JobToken::Refused(what))?;
            super::decode(what, &self.send(&request)?.body)
        };
        match ask("metadata") {
            Err(GitlabError::Refused(refusal)) if refusal.status == 404 => ask("version"),
            answer => answer,
        }
    }

    /// The plan that the instance is licensed for, `premium` or `ultimate`; `None` for who is
    /// not its administrator.
    pub fn licensed_plan(&self) -> Result<Option<String>, GitlabError> {
        let what = "the licence";
        let request = self.get(self.instance.api(["license"]), JobToken::Refused(what))?;
        match self.send(&request) {
            Ok(answer) => {
                let licence: Option<License> = super::decode(what, &answer.body)?;
                Ok(Some(licence.map_or_else(|| "free".to_owned(), |licence| licence.plan)))
            }
            Err(GitlabError::Refused(refusal)) if matches!(refusal.status, 401 | 403 | 404) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Whose the credential is, and whether Duo Chat is on for that account; needs `read_api`.
    /// `None` where the instance does not say who it is.
    pub fn duo_account(&self) -> Result<Option<DuoAccount>, GitlabError> {
        let what = "the account's GitLab Duo";
        let mut field = "duoChatAvailable";
        loop {
            let query = format!("query DuoAccount {{ currentUser {{ username {field} }} }}");
            let answer = self.graphql::<Data>(what, &query, &json!({}))?;
            let mut unknown =
                answer.errors.iter().filter_map(super::graphql::Problem::unknown_field);
            if !field.is_empty() && unknown.next() == Some(field) {
                field = "";
                continue;
            }
            return match (answer.data, answer.errors.into_iter().next()) {
                (Some(data), None) => Ok(data.current_user.map(|user| DuoAccount {
                    username: user.username,
                    chat_available: user.duo_chat_available,
                })),
                (_, Some(problem)) => Err(GitlabError::Graphql { what, words: problem.message }),
                (None, None) => Ok(None),
            };
        }
    }

    /// The full path of a project that the account may see.
    pub fn project_path(&self, project: &ProjectRef) -> Result<String, GitlabError> {
        let url = self.project_url(project, &[]);
        let answer = self.send(&self.get(url, JobToken::Refused("a project"))?)?;
        Ok(super::decode::<Project>("a project", &answer.body)?.path_with_namespace)
    }

    /// Reads one merge request, of a project or of the account, to see whether that is allowed.
    pub fn try_reading(&self, project: Option<&ProjectRef>) -> Result<(), GitlabError> {
        let (mut url, job_token) = if let Some(project) = project {
            (self.project_url(project, &["merge_requests"]), JobToken::Reaches)
        } else {
            let what = "merge requests outside of its project";
            (self.instance.api(["merge_requests"]), JobToken::Refused(what))
        };
        url.query_pairs_mut().append_pair("per_page", "1");
        self.send(&self.get(url, job_token)?).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_up_to_its_minor_number() {
        let number = |text: &str| Release { version: text.to_owned(), enterprise: None }.number();
        assert_eq!(number("19.5.0-ee"), Some((19, 5)));
        assert_eq!(number("18.10-pre"), Some((18, 10)));
        assert_eq!(number("nightly"), None);
        assert_eq!(number(""), None);
    }
}

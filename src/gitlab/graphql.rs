//! GitLab's GraphQL API, which answers problems with status 200 (GitLab documentation,
//! "GraphQL API").

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Gitlab, GitlabError, JobToken};
use crate::http::{Request, Resend};

/// What came of a query: data, or problems, or both.
#[derive(Debug, Deserialize)]
pub(super) struct Answer<T> {
    pub(super) data: Option<T>,
    #[serde(default)]
    pub(super) errors: Vec<Problem>,
}

/// One entry of `errors`.
#[derive(Debug, Deserialize)]
pub(super) struct Problem {
    pub(super) message: String,
    #[serde(default)]
    extensions: Option<Extensions>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Extensions {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    field_name: Option<String>,
}

impl Problem {
    /// The field that this instance does not know, if that is the problem.
    pub(super) fn unknown_field(&self) -> Option<&str> {
        let extensions = self.extensions.as_ref();
        let named = extensions.filter(|it| it.code.as_deref() == Some("undefinedField"));
        // Older instances say it in words only.
        let told = || self.message.strip_prefix("Field '")?.split_once("' doesn't exist on type");
        named.and_then(|it| it.field_name.as_deref()).or_else(|| Some(told()?.0))
    }
}

impl Gitlab<'_> {
    /// Asks; only a query that reads may be asked this way, since it may be sent again.
    pub(super) fn graphql<T: DeserializeOwned>(
        &self,
        what: &'static str,
        query: &str,
        variables: &Value,
    ) -> Result<Answer<T>, GitlabError> {
        self.check(JobToken::Refused(what))?;
        let url = self.instance.join(["api", "graphql"]);
        let body = json!({ "query": query, "variables": variables }).to_string().into_bytes();
        let request = Request::post_json(url, body, Resend::Idempotent);
        let answer = self.send(&self.identity.sign(request))?;
        super::decode(what, &answer.body)
    }
}

//! Who the credential belongs to (GitLab documentation, "Users API").

use serde::Deserialize;

use super::{Gitlab, GitlabError, JobToken};

/// The account behind the credential.
#[derive(Debug, Deserialize)]
pub struct CurrentUser {
    /// The numeric id.
    pub id: u64,
    /// The login name.
    pub username: String,
}

impl Gitlab<'_> {
    /// The account behind the credential; needs `read_user`, `read_api` or `api`.
    pub fn current_user(&self) -> Result<CurrentUser, GitlabError> {
        let url = self.instance.api(["user"]);
        let answer = self.send(&self.get(url, JobToken::Refused("the current user"))?)?;
        super::decode("the current user", &answer.body)
    }
}

//! What is wrong and is nobody's error: the answers came, and tell of a set-up that cannot work.

use crate::model::address::BaseUrl;

/// What a check found. The facts; `exit` has the words.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// Another server than a GitLab answered.
    #[error("{url} is not GitLab")]
    NotGitlab {
        /// Who answered.
        url: String,
        /// With which status.
        status: u16,
        /// It was a page for people: a login (SSO) page, a proxy's.
        is_page: bool,
    },
    /// The server is there and in trouble.
    #[error("HTTP {status} from {url}")]
    Down {
        /// Who answered.
        url: String,
        /// With which status.
        status: u16,
    },
    /// A release without gateway tokens.
    #[error("GitLab {version} is too old")]
    TooOld {
        /// As GitLab words it.
        version: String,
    },
    /// The Community Edition, which has no Duo.
    #[error("the Community Edition has no GitLab Duo")]
    CommunityEdition,
    /// A licence without Duo.
    #[error("the plan {plan} has no GitLab Duo")]
    Plan {
        /// GitLab's word.
        plan: String,
    },
    /// Duo Chat is off for the account.
    #[error("GitLab Duo Chat is not available to {username}")]
    DuoOff {
        /// Whose.
        username: String,
    },
    /// The token's scopes leave something out.
    #[error("the token lacks a scope")]
    Scope {
        /// What cannot be done.
        what: &'static str,
        /// Of which one is needed.
        wanted: &'static str,
    },
    /// The root group does not offer a workflow model.
    #[error("{id} is not offered")]
    NotOffered {
        /// The model.
        id: String,
        /// Models that are.
        offered: Vec<String>,
    },
    /// What answers at the gateway's address is not a gateway.
    #[error("{url} is not an AI gateway")]
    NotGateway {
        /// Who answered.
        url: String,
        /// With which status.
        status: u16,
        /// It was a page for people.
        is_page: bool,
    },
    /// The instance sends its readers to another server, which is not there.
    #[error("{address} sends us on to {location}")]
    SentAway {
        /// As configured.
        address: BaseUrl,
        /// Where that leads.
        location: String,
    },
}

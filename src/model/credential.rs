//! A token together with the one origin it may be sent to.

use std::fmt;

use super::address::Origin;
use super::secret::Secret;

/// How a token travels (GitLab documentation, "REST API authentication").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `Authorization: Bearer`: personal, project, group and OAuth tokens, gateway tokens.
    Bearer,
    /// `JOB-TOKEN`: the token of a running CI job.
    JobToken,
}

/// Where a token was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialSource {
    /// An environment variable.
    Env(&'static str),
    /// The stored connection of the instance.
    File,
    /// opencode's own file of credentials, which is only read.
    Opencode,
    /// Received from the instance for its gateway.
    DirectAccess,
}

impl fmt::Display for CredentialSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File => f.write_str("file"),
            Self::Opencode => f.write_str("opencode"),
            Self::DirectAccess => f.write_str("direct_access"),
        }
    }
}

/// A secret bound to an origin; `http` attaches it only where the final URL has that origin.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The token.
    pub secret: Secret,
    /// How it is sent.
    pub scheme: Scheme,
    /// The only origin it is sent to.
    pub origin: Origin,
    /// Where it came from, for messages.
    pub source: CredentialSource,
}

impl Credential {
    /// The header that carries it: name and value.
    pub fn header(&self) -> (&'static str, Secret) {
        match self.scheme {
            Scheme::Bearer => {
                ("authorization", Secret::new(format!("Bearer {}", self.secret.expose())))
            }
            Scheme::JobToken => ("job-token", self.secret.clone()),
        }
    }
}

//! What can go wrong with credentials, as facts.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::http::{HttpError, HttpErrorKind};
use crate::model::address::BaseUrl;
use crate::system::private_file::OpenToOthers;

/// What the file of credentials was needed for when it could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A credential was looked for.
    Read,
    /// A credential was to be kept or removed.
    Write,
}

/// Which way of logging in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// The authorization code grant in the browser.
    Browser {
        /// The redirect URI, to the letter: where GitLab does not know it, no callback ever
        /// arrives.
        callback_url: String,
    },
    /// The device authorization grant (RFC 8628).
    Device,
}

/// A credential that was not had, kept or renewed.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// There is no place for the file of credentials: no home directory is known.
    #[error("no home directory is known")]
    NoHome,
    /// The file of credentials cannot be read or understood; it was left as it is.
    #[error("{}: {reason}", .path.display())]
    StoreUnreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// What it was needed for.
        purpose: Purpose,
    },
    /// Other users can read or change the credentials file or its directory.
    #[error(transparent)]
    StoreOpen(#[from] OpenToOthers),
    /// The file of credentials cannot be written; nothing was asked of the server.
    #[error("{} cannot be written: {error}", .path.display())]
    StoreNotWritable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        error: io::Error,
    },
    /// Another process held the lock of the credentials for too long.
    #[error("{} was locked for {} s", .path.display(), .waited.as_secs())]
    StoreLocked {
        /// The file.
        path: PathBuf,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The server gave a new pair of tokens and took the old one back, and the new one cannot
    /// be written: the session is lost with this process.
    #[error("{} cannot be written: {error}", .path.display())]
    SessionNotSaved {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        error: io::Error,
    },
    /// There is no connection with this instance.
    #[error("not connected to {instance}")]
    NotConnected {
        /// The instance.
        instance: BaseUrl,
    },
    /// Nothing is stored for this instance, but the environment has a token.
    #[error("nothing is stored for {instance}; the token in {variable} still applies")]
    NothingStored {
        /// The instance.
        instance: BaseUrl,
        /// The variable.
        variable: &'static str,
    },
    /// GitLab no longer takes the refresh token, or there is none and the access token is over.
    #[error("the session with {instance} is over")]
    SessionEnded {
        /// The instance.
        instance: BaseUrl,
    },
    /// This run has sent the refresh token before and received no tokens for it. Whether GitLab
    /// has used it up is not known, so it is not sent again.
    #[error(
        "the session with {instance} could not be refreshed: GitLab did not answer the refresh request"
    )]
    RefreshUnanswered {
        /// The instance.
        instance: BaseUrl,
    },
    /// No OAuth application to log in with.
    #[error("no application id for {instance}")]
    NoApplicationId {
        /// The instance where one can be registered.
        instance: Box<BaseUrl>,
        /// The redirect URI to register, to the letter.
        callback_url: String,
        /// The scopes to register.
        scopes: Vec<String>,
    },
    /// The callback URL is not one that can be listened on.
    #[error("callback URL {text}: {reason}")]
    CallbackUrl {
        /// The URL as given.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Somebody else listens on the callback's port, on one of the loopback addresses at least.
    #[error("port {port} is taken")]
    PortInUse {
        /// The port.
        port: u16,
    },
    /// The callback's port cannot be listened on for another reason.
    #[error("port {port} cannot be listened on: {error}")]
    Listen {
        /// The port.
        port: u16,
        /// The system's reason.
        error: io::Error,
    },
    /// In a CI job there is no person to log in.
    #[error("nobody can log in in a CI job")]
    InCi,
    /// The person did not come back in time.
    #[error("no login within {} s", .limit.as_secs())]
    WaitOver {
        /// How long it was waited for.
        limit: Duration,
        /// For what.
        way: Way,
    },
    /// The person refused.
    #[error("the login was refused")]
    Refused,
    /// The device code is no longer good.
    #[error("the device code has expired")]
    DeviceExpired,
    /// The instance does not have the device authorization grant, or it is switched off.
    #[error("{instance} has no device login")]
    DeviceUnsupported {
        /// The instance.
        instance: BaseUrl,
    },
    /// GitLab said no in OAuth's own words (RFC 6749 §4.1.2.1 and §5.2).
    #[error("{error}: {}", .description.as_deref().unwrap_or("no description"))]
    OAuth {
        /// The error code, such as `invalid_client`.
        error: String,
        /// GitLab's words.
        description: Option<String>,
    },
    /// An answer of an OAuth endpoint is not what the standard says.
    #[error("{url}: {reason}")]
    BadAnswer {
        /// The endpoint.
        url: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// The token that was to be kept is not one that the instance takes.
    #[error("{error}")]
    TokenNotTaken {
        /// The instance.
        instance: BaseUrl,
        /// Its answer.
        error: Box<HttpError>,
    },
    /// The request itself failed.
    #[error(transparent)]
    Http(HttpError),
    /// The system gave no random numbers.
    #[error("the system gives no random numbers")]
    NoRandomness,
}

impl From<HttpError> for AuthError {
    /// A request that failed because the session could not be renewed fails with that reason.
    fn from(error: HttpError) -> Self {
        let HttpError { url, request_id, answer, kind } = error;
        let kind = match kind {
            HttpErrorKind::Renewal { source } => match source.downcast() {
                Ok(reason) => return *reason,
                Err(source) => HttpErrorKind::Renewal { source },
            },
            kind => kind,
        };
        Self::Http(HttpError { url, request_id, answer, kind })
    }
}

//! A credential that a server rejects during a run: another process may have renewed the session
//! in the meantime, or this one can.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use super::error::{HttpError, HttpErrorKind};
use super::request::Request;
use crate::model::credential::Credential;

/// Finds a newer credential in place of a rejected one.
pub trait Renewal: Send + Sync + fmt::Debug {
    /// The newest credential of this run; `None` while the first one is still good.
    fn latest(&self) -> Option<Credential>;
    /// A credential in place of this one, which the server rejected with 401; `None` if nothing
    /// renews it.
    fn renew(
        &self,
        rejected: &Credential,
    ) -> Result<Option<Credential>, Box<dyn StdError + Send + Sync>>;
}

/// A credential together with what renews it. Every request that carries an instance's
/// credential is made with [`Identity::sign`], so that none of them fails with an old token
/// while another one is renewed.
#[derive(Debug, Clone)]
pub struct Identity {
    credential: Credential,
    renewal: Option<Arc<dyn Renewal>>,
}

impl Identity {
    /// `None` for a credential that nothing renews.
    pub fn new(credential: Credential, renewal: Option<Arc<dyn Renewal>>) -> Self {
        Self { credential, renewal }
    }

    /// The credential as it was found.
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The newest credential of this run.
    pub fn newest(&self) -> Credential {
        let latest = self.renewal.as_ref().and_then(|renewal| renewal.latest());
        latest.unwrap_or_else(|| self.credential.clone())
    }

    /// The request with the credential and what renews it.
    #[must_use]
    pub fn sign(&self, request: Request) -> Request {
        let renewal = self.renewal.clone();
        Request { renewal, ..request.with_credential(Some(self.credential.clone())) }
    }
}

/// Sends the request with the newest credential. After a 401 it is sent once more with a renewed
/// one, whatever its method: GitLab checks the credential before it does anything.
pub(super) fn with_renewal<T>(
    request: &Request,
    attempt: impl Fn(&Request) -> Result<T, HttpError>,
) -> Result<T, HttpError> {
    let Some(renewal) = &request.renewal else {
        return attempt(request);
    };
    let first = match renewal.latest() {
        Some(latest) => &request.clone().with_credential(Some(latest)),
        None => request,
    };
    let error = match attempt(first) {
        Err(error) if is_rejection(&error) => error,
        outcome => return outcome,
    };
    let Some(rejected) = &first.credential else {
        return Err(error);
    };
    match renewal.renew(rejected) {
        Ok(Some(newer)) => attempt(&request.clone().with_credential(Some(newer))),
        Ok(None) => Err(error),
        Err(source) => Err(HttpError { kind: HttpErrorKind::Renewal { source }, ..error }),
    }
}

fn is_rejection(error: &HttpError) -> bool {
    matches!(error.kind, HttpErrorKind::Status { status: 401, is_html: false, .. })
}

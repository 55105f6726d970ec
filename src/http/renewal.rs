//! A credential that a server rejects in mid-flight: another process may have renewed the
//! session meanwhile, or this one can.

use std::error::Error as StdError;
use std::fmt;

use super::error::{HttpError, HttpErrorKind};
use super::request::{Request, Resend};
use crate::model::credential::Credential;

/// Gives a newer credential in place of a rejected one.
pub trait Renewal: Send + Sync + fmt::Debug {
    /// The newest one that this run knows of; `None` while the first is still good.
    fn latest(&self) -> Option<Credential>;
    /// One in place of this one, which the server answered with 401; `None` where there is no
    /// way to renew it.
    fn renew(
        &self,
        rejected: &Credential,
    ) -> Result<Option<Credential>, Box<dyn StdError + Send + Sync>>;
}

/// Makes the request with the newest credential, and once more with a renewed one where the
/// server answers 401. A request that is never sent twice is not sent again.
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
        Err(error) if is_rejection(&error) && request.resend != Resend::Never => error,
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
    matches!(error.kind, HttpErrorKind::Status { status: 401, .. })
}

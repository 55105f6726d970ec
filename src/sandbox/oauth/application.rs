//! Which application asks, and what it may ask for.

use super::super::call::World;
use super::super::received::Received;
use super::super::seed::Application;
use super::parameters::Parameters;
use super::refusal::Refusal;

/// What GitLab gives where no scope is asked for.
const DEFAULT_SCOPES: &[&str] = &["api"];

/// The application of a `client_id`, which is no proof of anything.
pub(super) fn named<'w>(
    world: &'w World,
    parameters: &Parameters,
) -> Result<&'w Application, Refusal> {
    let uid = parameters.get("client_id").ok_or_else(Refusal::invalid_client)?;
    let mut applications = world.seed.applications.iter();
    applications.find(|application| application.uid == uid).ok_or_else(Refusal::invalid_client)
}

/// The same with proof: a confidential application gives its secret (RFC 6749 §2.3.1), a public
/// one has none to give. HTTP's own authentication is not taken.
pub(super) fn authenticated<'w>(
    world: &'w World,
    request: &Received,
    parameters: &Parameters,
) -> Result<&'w Application, Refusal> {
    let application = named(world, parameters)?;
    let is_right = parameters.get("client_secret") == application.secret.as_deref();
    if !is_right || request.header("authorization").is_some() {
        return Err(Refusal::invalid_client());
    }
    Ok(application)
}

/// The scopes asked for, all of which the application must have been registered with.
pub(super) fn scopes(
    application: &Application,
    parameters: &Parameters,
) -> Result<Vec<String>, Refusal> {
    let scopes = parameters.scopes(DEFAULT_SCOPES);
    if scopes.iter().all(|scope| application.scopes.contains(scope)) {
        return Ok(scopes);
    }
    Err(Refusal::invalid_scope())
}

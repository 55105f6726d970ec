//! `POST /oauth/token`: codes and refresh tokens become tokens, each once.

use std::time::SystemTime;

use serde_json::json;

use super::super::call::World;
use super::super::received::Received;
use super::super::reply::Reply;
use super::super::seed::Application;
use super::ledger::{Pair, TOKEN_LIFE};
use super::parameters::Parameters;
use super::refusal::Refusal;
use super::{Outcome, application, device, pkce};

/// The device grant (RFC 8628 §3.4).
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Every grant type, for the discovery document.
pub(super) const GRANT_TYPES: [&str; 3] = ["authorization_code", "refresh_token", DEVICE_GRANT];

/// How one kind of grant becomes tokens.
type Redeem = fn(&World, &Application, &Parameters) -> Result<Pair, Refusal>;

const CLIENT: [&str; 3] = ["grant_type", "client_id", "client_secret"];

pub(super) fn exchange(world: &World, request: &Received) -> Outcome {
    let form = Parameters::of_body(request)?;
    let (grant, own): (Redeem, &[&str]) = match form.required("grant_type")? {
        "authorization_code" => (of_code, &["code", "redirect_uri", "code_verifier"]),
        "refresh_token" => (of_refresh_token, &["refresh_token", "redirect_uri", "scope"]),
        DEVICE_GRANT => (device::poll, &["device_code"]),
        _ => {
            let words = "The authorization grant type is not supported.";
            return Err(Refusal::new("unsupported_grant_type", words));
        }
    };
    form.only(&[&CLIENT, own].concat())?;
    let application = application::authenticated(world, request, &form)?;
    grant(world, application, &form).map(|pair| as_reply(&pair))
}

/// The code grant's second step (RFC 6749 §4.1.3). What does not fit the code leaves it good;
/// a second use ends what the first one gave (§4.1.2).
fn of_code(world: &World, application: &Application, form: &Parameters) -> Result<Pair, Refusal> {
    let (value, redirect_uri) = (form.required("code")?, form.required("redirect_uri")?);
    let now = world.clock.now();
    let mut entries = world.oauth.open();
    let code = entries.code(value, now).ok_or_else(Refusal::invalid_grant)?;
    if code.grant.application != application.uid {
        return Err(Refusal::invalid_grant());
    }
    if let Some(family) = code.spent_on {
        entries.revoke_family(family);
        return Err(Refusal::invalid_grant());
    }
    if code.grant.redirect_uri.as_deref() != Some(redirect_uri) {
        return Err(Refusal::invalid_grant());
    }
    check_verifier(code.challenge.as_deref(), form)?;
    let grant = code.grant.clone();
    let pair = entries.add_pair(grant, None, now)?;
    if let Some(code) = entries.code(value, now) {
        code.spent_on = Some(pair.family);
    }
    Ok(pair)
}

/// A verifier without a challenge is refused too: someone may have taken the challenge away
/// (RFC 9700 §2.1.1).
fn check_verifier(challenge: Option<&str>, form: &Parameters) -> Result<(), Refusal> {
    let Some(challenge) = challenge else {
        return match form.get("code_verifier") {
            None => Ok(()),
            Some(_) => Err(Refusal::invalid_grant()),
        };
    };
    if pkce::proves(form.required("code_verifier")?, challenge) {
        return Ok(());
    }
    Err(Refusal::invalid_grant())
}

/// The refresh grant (RFC 6749 §6): the old access token and the old refresh token end at once.
/// A refresh token that comes again was stolen, or was sent twice; the login is over then
/// (RFC 9700 §4.14.2).
fn of_refresh_token(
    world: &World,
    application: &Application,
    form: &Parameters,
) -> Result<Pair, Refusal> {
    let value = form.required("refresh_token")?;
    let mut entries = world.oauth.open();
    let old = entries.pair_of_refresh(value).ok_or_else(Refusal::invalid_grant)?;
    if old.grant.application != application.uid {
        return Err(Refusal::invalid_grant());
    }
    let (mut grant, family) = (old.grant.clone(), old.family);
    if old.is_revoked {
        entries.revoke_family(family);
        return Err(Refusal::invalid_grant());
    }
    if !fits(form.get("redirect_uri"), grant.redirect_uri.as_deref(), application) {
        return Err(Refusal::invalid_grant());
    }
    let had: Vec<&str> = grant.scopes.iter().map(String::as_str).collect();
    let scopes = form.scopes(&had);
    if !scopes.iter().all(|scope| grant.scopes.contains(scope)) {
        return Err(Refusal::invalid_scope());
    }
    old.is_revoked = true;
    grant.scopes = scopes;
    entries.add_pair(grant, Some(family), world.clock.now())
}

/// The redirect URI of a refresh: the login's own; after a device login none, or a registered
/// one.
fn fits(given: Option<&str>, wanted: Option<&str>, application: &Application) -> bool {
    match (given, wanted) {
        (given, Some(_)) => given == wanted,
        (Some(given), None) => application.redirect_uris.iter().any(|known| known == given),
        (None, None) => true,
    }
}

fn as_reply(pair: &Pair) -> Reply {
    let body = json!({
        "access_token": pair.access,
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFE.as_secs(),
        "refresh_token": pair.refresh,
        "scope": pair.grant.scopes.join(" "),
        "created_at": unix_seconds(pair.made),
    });
    Reply::json(200, body.to_string())
}

pub(super) fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |age| age.as_secs())
}

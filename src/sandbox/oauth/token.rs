//! `POST /oauth/token`, where codes and refresh tokens become tokens, each once; what there is to
//! know about a token; and its revocation.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use serde_json::json;

use super::super::auth;
use super::super::call::{Answer, World, is_below};
use super::super::received::Received;
use super::super::reply::Reply;
use super::super::seed::{Application, Person};
use super::ledger::{Pair, TOKEN_LIFE};
use super::{Outcome, Parameters, Refusal, authenticated, login};

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
        DEVICE_GRANT => (login::poll_device, &["device_code"]),
        _ => {
            let words = "The authorization grant type is not supported.";
            return Err(Refusal::new("unsupported_grant_type", words));
        }
    };
    form.only(&[&CLIENT, own].concat())?;
    let application = authenticated(world, request, &form)?;
    grant(world, application, &form).map(|pair| as_reply(&pair))
}

/// The code grant's second step (RFC 6749 §4.1.3). A request that does not fit the code leaves it
/// valid. A second use is refused and leaves the first one's tokens valid, as in Doorkeeper.
fn of_code(world: &World, application: &Application, form: &Parameters) -> Result<Pair, Refusal> {
    let (value, redirect_uri) = (form.required("code")?, form.required("redirect_uri")?);
    let now = world.clock.now();
    let mut entries = world.oauth.open();
    let code = entries.code(value, now).ok_or_else(Refusal::invalid_grant)?;
    if code.grant.application != application.uid {
        return Err(Refusal::invalid_grant());
    }
    if code.is_spent {
        return Err(Refusal::invalid_grant());
    }
    if code.grant.redirect_uri.as_deref() != Some(redirect_uri) {
        return Err(Refusal::invalid_grant());
    }
    check_verifier(code.challenge.as_deref(), form)?;
    code.is_spent = true;
    let grant = code.grant.clone();
    entries.add_pair(grant, now)
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
    if proves(form.required("code_verifier")?, challenge) {
        return Ok(());
    }
    Err(Refusal::invalid_grant())
}

/// The refresh grant (RFC 6749 §6): the old access token and the old refresh token end at once.
/// A refresh token that was used before is refused; its successors stay valid, as in Doorkeeper.
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
    let mut grant = old.grant.clone();
    if old.is_revoked {
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
    entries.add_pair(grant, world.clock.now())
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

/// `POST /oauth/revoke` (RFC 7009): a token that nobody knows is fine with it, one of another
/// application is not. Either token of a pair ends both.
pub(super) fn revoke(world: &World, request: &Received) -> Outcome {
    let form = Parameters::of_body(request)?;
    form.only(&["token", "token_type_hint", "client_id", "client_secret"])?;
    let value = form.required("token")?;
    let client = authenticated(world, request, &form);
    if let Some(pair) = world.oauth.open().pair_of(value) {
        if !client.is_ok_and(|client| client.uid == pair.grant.application) {
            let words = "You are not authorized to revoke this token";
            return Err(Refusal::new("unauthorized_client", words));
        }
        pair.is_revoked = true;
    }
    Ok(Reply::json(200, "{}"))
}

/// `GET /oauth/token/info`, with the names of older releases, too.
pub(super) fn token_info(world: &World, request: &Received) -> Reply {
    let answer = || -> Answer {
        let pair = pair(world, request)?;
        let owner = owner(world, &pair)?;
        let left = remaining_seconds(&pair, world.clock.now());
        let body = json!({
            "resource_owner_id": owner.id,
            "scope": pair.grant.scopes,
            "expires_in": left,
            "application": { "uid": pair.grant.application },
            "created_at": unix_seconds(pair.made),
            "scopes": pair.grant.scopes,
            "expires_in_seconds": left,
        });
        Ok(Reply::json(200, body.to_string()))
    };
    answer().unwrap_or_else(|early| early)
}

/// `GET /oauth/userinfo` (OpenID Connect Core §5.3).
pub(super) fn user_info(world: &World, request: &Received) -> Reply {
    let answer = || -> Answer {
        let pair = pair(world, request)?;
        if !pair.grant.scopes.iter().any(|scope| scope == "openid") {
            let words = "Access to this resource requires scope \"openid\".";
            let body = json!({ "error": "insufficient_scope", "error_description": words, "scope": "openid" });
            return Err(Reply::json(403, body.to_string()));
        }
        let owner = owner(world, &pair)?;
        let mine = || world.seed.projects.iter().filter(|one| one.is_open_to(&owner.username));
        let groups = world.seed.groups.iter().map(|group| group.path.as_str());
        let groups: Vec<_> =
            groups.filter(|group| mine().any(|one| is_below(&one.path, group))).collect();
        let body = json!({
            "sub": owner.id.to_string(),
            "name": owner.name,
            "nickname": owner.username,
            "preferred_username": owner.username,
            "profile": format!("{}/{}", world.base, owner.username),
            "picture": null,
            "groups": groups,
        });
        Ok(Reply::json(200, body.to_string()))
    };
    answer().unwrap_or_else(|early| early)
}

/// The tokens of a request that an application sends as its bearer.
fn pair(world: &World, request: &Received) -> Result<Pair, Reply> {
    let now = world.clock.now();
    let value = request.header("authorization").map_or("", auth::bearer);
    let pair = world.oauth.open().pair_of_access(value).cloned();
    let unknown = || Reply::oauth_error(401, "invalid_token", "The access token is invalid");
    let pair = pair.ok_or_else(unknown)?;
    auth::check_state(&pair.as_token(now))?;
    Ok(pair)
}

fn owner<'w>(world: &'w World, pair: &Pair) -> Result<&'w Person, Reply> {
    let unauthorized = || Reply::message(401, "401 Unauthorized");
    world.person(&pair.grant.username).ok_or_else(unauthorized)
}

fn remaining_seconds(pair: &Pair, now: SystemTime) -> u64 {
    (pair.made + TOKEN_LIFE).duration_since(now).map_or(0, |left| left.as_secs())
}

/// What is here (OpenID Connect Discovery §3, RFC 8414 §2); there are no signed id tokens.
pub(super) fn discovery(world: &World) -> Reply {
    let base = &world.base;
    let all = world.seed.applications.iter().flat_map(|application| &application.scopes);
    let mut scopes: Vec<&String> = all.collect();
    scopes.sort();
    scopes.dedup();
    let body = json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/oauth/authorize"),
        "token_endpoint": format!("{base}/oauth/token"),
        "revocation_endpoint": format!("{base}/oauth/revoke"),
        "userinfo_endpoint": format!("{base}/oauth/userinfo"),
        "device_authorization_endpoint": format!("{base}/oauth/authorize_device"),
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "grant_types_supported": GRANT_TYPES,
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "subject_types_supported": ["public"],
    });
    Reply::json(200, body.to_string())
}

/// Whether it is a SHA-256 in base64url without padding: 43 of its digits.
pub(super) fn is_challenge(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    text.len() == 43 && text.bytes().all(is_digit)
}

/// Whether it has the form of a verifier (§4.1) and the challenge is made of it (§4.6).
fn proves(verifier: &str, challenge: &str) -> bool {
    let is_unreserved =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(is_unreserved)
        && URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes())) == challenge
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_the_rfc_proves_itself_and_nothing_else() {
        assert!(is_challenge(CHALLENGE) && proves(VERIFIER, CHALLENGE));
        assert!(!proves(CHALLENGE, CHALLENGE), "the plain method");
        assert!(!proves(&VERIFIER.replace('d', "e"), CHALLENGE));
        assert!(
            !is_challenge(&format!("{CHALLENGE}=")) && !is_challenge(&CHALLENGE.replace('-', "+"))
        );
    }

    #[test]
    fn a_verifier_has_its_length_and_its_alphabet() {
        for wrong in ["a".repeat(42), "a".repeat(129), "ä".repeat(30), " ".repeat(50)] {
            let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, wrong.as_bytes()));
            assert!(!proves(&wrong, &challenge), "{wrong}");
        }
    }
}

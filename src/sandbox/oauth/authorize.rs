//! `/oauth/authorize`: the page on which a person lets an application in, or does not
//! (RFC 6749 §4.1.1, RFC 7636 §4.3). What is wrong with a request stays in the browser: nothing
//! is ever called back before the person has decided.

use std::fmt::Write as _;

use super::super::call::World;
use super::super::received::Received;
use super::super::reply::Reply;
use super::ledger::{Grant, Question, Wish};
use super::page::{self, Consent};
use super::parameters::Parameters;
use super::refusal::Refusal;
use super::{application, pkce, signed_in};

const PARAMETERS: [&str; 10] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "state",
    "scope",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "prompt",
    "root_namespace_id",
];

/// `GET`: the question.
pub(super) fn ask(world: &World, request: &Received) -> Reply {
    question(world, request).unwrap_or_else(|refusal| page::refusal(&refusal))
}

fn question(world: &World, request: &Received) -> super::Outcome {
    let parameters = Parameters::of_query(request)?;
    let application = application::named(world, &parameters)?;
    let redirect_uri = parameters.required("redirect_uri")?;
    if !application.redirect_uris.iter().any(|known| known == redirect_uri) {
        return Err(Refusal::new("invalid_redirect_uri", "The redirect URI is not valid."));
    }
    parameters.only(&PARAMETERS)?;
    if parameters.required("response_type")? != "code" {
        let words = "The response type is not supported.";
        return Err(Refusal::new("unsupported_response_type", words));
    }
    let scopes = application::scopes(application, &parameters)?;
    let challenge = challenge(&parameters, application.secret.is_none())?;
    let person = signed_in(world)
        .ok_or_else(|| Refusal::new("access_denied", "Nobody is logged in to the sandbox."))?;
    let wish = Wish {
        grant: Grant {
            application: application.uid.clone(),
            redirect_uri: Some(redirect_uri.to_owned()),
            scopes: scopes.clone(),
            username: person.username.clone(),
        },
        redirect_uri: redirect_uri.to_owned(),
        state: parameters.get("state").map(str::to_owned),
        challenge,
    };
    let asked = Question::Authorization(wish);
    let token = world.oauth.open().ask(asked, world.clock.now())?;
    let consent = Consent { application, person, scopes: &scopes, token: &token };
    Ok(consent.for_redirect(redirect_uri))
}

/// Who has no secret must prove with PKCE that a code is theirs.
fn challenge(parameters: &Parameters, is_public: bool) -> Result<Option<String>, Refusal> {
    let given = parameters.get("code_challenge");
    let method = parameters.get("code_challenge_method");
    match (given, method) {
        (None, None) if !is_public => Ok(None),
        (Some(challenge), Some("S256")) if pkce::is_challenge(challenge) => {
            Ok(Some(challenge.to_owned()))
        }
        (None, _) => Err(Refusal::invalid_request("A code challenge is required.")),
        (Some(_), Some("S256")) => {
            Err(Refusal::invalid_request("The code challenge is not a SHA-256."))
        }
        (Some(_), _) => Err(Refusal::invalid_request("The code challenge method must be S256.")),
    }
}

/// `POST`: the person's answer.
pub(super) fn decide(world: &World, request: &Received) -> Reply {
    decided(world, request).unwrap_or_else(|refusal| page::refusal(&refusal))
}

fn decided(world: &World, request: &Received) -> super::Outcome {
    let form = Parameters::of_body(request)?;
    let (token, decision) = (form.required("authenticity_token")?, form.required("decision")?);
    let now = world.clock.now();
    let mut entries = world.oauth.open();
    let Some(Question::Authorization(wish)) = entries.answered(token, now) else {
        return Ok(page::stale());
    };
    let mut answer = match decision {
        "authorize" => vec![("code", entries.add_code(wish.grant, wish.challenge, now)?)],
        _ => vec![
            ("error", "access_denied".to_owned()),
            ("error_description", "The resource owner denied the request.".to_owned()),
        ],
    };
    answer.extend(wish.state.map(|state| ("state", state)));
    let to = with_query(&wish.redirect_uri, &answer);
    Ok(Reply::whole(302, "text/html; charset=utf-8", "").with_header("location", to))
}

/// The address with more parameters, after those that it may have already.
fn with_query(address: &str, parameters: &[(&str, String)]) -> String {
    let mut target = address.to_owned();
    let mut sign = if address.contains('?') { '&' } else { '?' };
    for (name, value) in parameters {
        target.push(sign);
        target.extend([*name, "="]);
        for byte in value.bytes() {
            match byte {
                b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'.' | b'_' | b'~' => {
                    target.push(char::from(byte));
                }
                // Writing to a string cannot fail.
                byte => drop(write!(target, "%{byte:02X}")),
            }
        }
        sign = '&';
    }
    target
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_passed_through_stays_one_value() {
        let state = [("state", "a&b=ü #+%".to_owned()), ("x", "1".to_owned())];
        let expected = "state=a%26b%3D%C3%BC%20%23%2B%25&x=1";
        assert_eq!(with_query("http://h/c", &state), format!("http://h/c?{expected}"));
        assert_eq!(with_query("http://h/c?d=1", &state), format!("http://h/c?d=1&{expected}"));
    }
}

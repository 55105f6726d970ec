//! The instance as an OAuth server: the authorization code grant with PKCE, the device grant,
//! rotating refresh tokens, revocation and token information, as GitLab's Doorkeeper 5.5 has them
//! (GitLab documentation, "OAuth 2.0 identity provider API"; RFC 6749, 7009, 7636, 8628). This
//! file has what all endpoints share: parameters, applications and refusals.

mod ledger;
mod login;
mod token;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::call::World;
use super::query::{self, Pairs};
use super::received::Received;
use super::reply::Reply;
use super::seed::{Application, Person};

pub(super) use ledger::Ledger;

/// An answer of an endpoint that programs ask.
type Outcome = Result<Reply, Refusal>;

/// Answers a request that belongs to a login; `None` leaves it to others.
pub(super) fn answer(world: &World, request: &Received) -> Option<Reply> {
    // GitLab answers HEAD wherever it answers GET, and other methods as if there were nothing.
    let method = if request.method == "HEAD" { "GET" } else { request.method.as_str() };
    let reply = match (method, request.path()) {
        ("GET", "/oauth/authorize") => login::ask_person(world, request),
        ("POST", "/oauth/authorize") => login::decide(world, request),
        ("GET", "/oauth/device") => login::ask_for_code(world, request),
        ("POST", "/oauth/device") => login::decide_for_device(world, request),
        ("POST", "/oauth/token") => told(token::exchange(world, request)),
        ("POST", "/oauth/authorize_device") => told(login::start_device(world, request)),
        ("POST", "/oauth/revoke") => told(token::revoke(world, request)),
        ("GET", "/oauth/token/info") => token::token_info(world, request),
        ("GET", "/oauth/userinfo") => token::user_info(world, request),
        ("GET", "/.well-known/openid-configuration") => token::discovery(world),
        _ => return None,
    };
    Some(unstored(reply))
}

fn told(outcome: Outcome) -> Reply {
    outcome.unwrap_or_else(Refusal::into_reply)
}

/// No cache may keep what has a secret in it (RFC 6749 §5.1).
fn unstored(reply: Reply) -> Reply {
    reply.with_header("cache-control", "no-store").with_header("pragma", "no-cache")
}

/// Whose browser it is.
fn signed_in(world: &World) -> Option<&Person> {
    match &world.signed_in {
        Some(username) => world.person(username),
        None => world.seed.people.first(),
    }
}

/// What GitLab gives where no scope is asked for.
const DEFAULT_SCOPES: &[&str] = &["api"];

/// The application of a `client_id`, which proves nothing.
fn application<'w>(world: &'w World, parameters: &Parameters) -> Result<&'w Application, Refusal> {
    let uid = parameters.get("client_id").ok_or_else(Refusal::invalid_client)?;
    let mut applications = world.seed.applications.iter();
    applications.find(|application| application.uid == uid).ok_or_else(Refusal::invalid_client)
}

/// The same with proof: a confidential application sends its secret in the body or by HTTP Basic
/// authentication (RFC 6749 §2.3.1), a public one has none to send.
fn authenticated<'w>(
    world: &'w World,
    request: &Received,
    parameters: &Parameters,
) -> Result<&'w Application, Refusal> {
    let Some(field) = request.header("authorization") else {
        let application = application(world, parameters)?;
        let is_right = parameters.get("client_secret") == application.secret.as_deref();
        return if is_right { Ok(application) } else { Err(Refusal::invalid_client()) };
    };
    let (uid, secret) = basic(field).ok_or_else(Refusal::invalid_client)?;
    let mut applications = world.seed.applications.iter();
    let found = applications.find(|application| application.uid == uid);
    let found = found.filter(|found| found.secret.as_deref().unwrap_or_default() == secret);
    found.ok_or_else(Refusal::invalid_client)
}

/// Name and password of HTTP Basic authentication (RFC 7617).
fn basic(field: &str) -> Option<(String, String)> {
    let (scheme, encoded) = field.split_once(' ')?;
    let bytes = STANDARD.decode(encoded.trim()).ok()?;
    let text = String::from_utf8(bytes).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let (uid, secret) = text.split_once(':')?;
    Some((uid.to_owned(), secret.to_owned()))
}

/// The scopes asked for, all of which the application must have been registered with.
fn scopes(application: &Application, parameters: &Parameters) -> Result<Vec<String>, Refusal> {
    let scopes = parameters.scopes(DEFAULT_SCOPES);
    let unknown = |scope: &&String| !application.scopes.contains(scope);
    let unknown: Vec<&str> = scopes.iter().filter(unknown).map(String::as_str).collect();
    if unknown.is_empty() {
        return Ok(scopes);
    }
    let mut refusal = Refusal::invalid_scope();
    let registered = application.scopes.join(" ");
    let unknown = unknown.join(" ");
    refusal.description.extend([
        " The application is registered with ",
        &registered,
        ", not with ",
        &unknown,
        ".",
    ]);
    Err(refusal)
}

/// Names and values, decoded.
struct Parameters(Pairs);

impl Parameters {
    /// Those of the address.
    fn of_query(request: &Received) -> Result<Self, Refusal> {
        Self::once_each(query::pairs(request.query()))
    }

    /// Those of the body, a form or a JSON object. Secrets do not belong into an address
    /// (RFC 6749 §2.3.1), so nothing may stand there.
    fn of_body(request: &Received) -> Result<Self, Refusal> {
        if !request.query().is_empty() {
            return Err(Refusal::invalid_request("Parameters belong into the body."));
        }
        let media_type = request.header("content-type").and_then(|value| value.split(';').next());
        match media_type.map(|name| name.trim().to_ascii_lowercase()).as_deref() {
            Some("application/x-www-form-urlencoded") => {
                let form = std::str::from_utf8(&request.body).ok();
                Self::once_each(form.and_then(query::pairs))
            }
            Some("application/json") => Self::once_each(texts(request.json())),
            _ => Err(Refusal::invalid_request("The body is neither a form nor JSON.")),
        }
    }

    fn once_each(pairs: Option<Pairs>) -> Result<Self, Refusal> {
        let pairs = pairs.ok_or_else(|| {
            Refusal::invalid_request("The parameters are not well encoded, or no texts.")
        })?;
        for (at, (name, _)) in pairs.iter().enumerate() {
            if pairs[..at].iter().any(|(before, _)| before == name) {
                return Err(Refusal::invalid_request(format!("{name} is given twice.")));
            }
        }
        Ok(Self(pairs))
    }

    /// Refuses what is not among the names, so that a misspelt one cannot pass unnoticed.
    /// GitLab ignores them.
    fn only(&self, names: &[&str]) -> Result<(), Refusal> {
        match self.0.iter().find(|(name, _)| !names.contains(&name.as_str())) {
            Some((name, _)) => Err(Refusal::invalid_request(format!(
                "{name} is not a parameter that the sandbox knows here."
            ))),
            None => Ok(()),
        }
    }

    /// One that may be left out. Without a value it counts as left out (RFC 6749 §3.1).
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    fn required(&self, name: &str) -> Result<&str, Refusal> {
        let missing = || Refusal::invalid_request(format!("Missing required parameter: {name}."));
        self.get(name).ok_or_else(missing)
    }

    /// The scopes asked for, `default` where none is.
    fn scopes(&self, default: &[&str]) -> Vec<String> {
        let given: Vec<&str> = self.get("scope").unwrap_or("").split_whitespace().collect();
        let asked = if given.is_empty() { default } else { &given };
        let mut scopes: Vec<String> = Vec::new();
        for scope in asked {
            if !scopes.iter().any(|known| known == scope) {
                scopes.push((*scope).to_owned());
            }
        }
        scopes
    }
}

fn texts(json: Option<Value>) -> Option<Pairs> {
    let Some(Value::Object(fields)) = json else {
        return None;
    };
    let text = |(name, value): (String, Value)| Some((name, value.as_str()?.to_owned()));
    fields.into_iter().map(text).collect()
}

/// Why an application does not get what it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refusal {
    error: &'static str,
    description: String,
}

impl Refusal {
    fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self { error, description: description.into() }
    }

    fn invalid_request(description: impl Into<String>) -> Self {
        Self::new("invalid_request", description)
    }

    fn invalid_client() -> Self {
        Self::new(
            "invalid_client",
            "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.",
        )
    }

    fn invalid_grant() -> Self {
        Self::new(
            "invalid_grant",
            "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.",
        )
    }

    fn invalid_scope() -> Self {
        Self::new("invalid_scope", "The requested scope is invalid, unknown, or malformed.")
    }

    fn status(&self) -> u16 {
        match self.error {
            "invalid_client" => 401,
            "unauthorized_client" => 403,
            "server_error" => 500,
            _ => 400,
        }
    }

    fn into_reply(self) -> Reply {
        let status = self.status();
        let body = json!({ "error": self.error, "error_description": self.description });
        let reply = Reply::json(status, body.to_string());
        if status == 401 {
            let challenge = format!("Bearer realm=\"GitLab\", error=\"{}\"", self.error);
            return reply.with_header("www-authenticate", challenge);
        }
        reply
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(content_type: &str, body: &str) -> Result<Parameters, Refusal> {
        Parameters::of_body(&Received {
            method: "POST".to_owned(),
            target: "/oauth/token".to_owned(),
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body: body.into(),
        })
    }

    const FORM: &str = "application/x-www-form-urlencoded";

    #[test]
    fn forms_and_json_say_the_same() {
        for (content_type, text) in [
            (FORM, "scope=api+read_user%20api&code="),
            ("application/json; charset=utf-8", r#"{"scope": "api read_user  api", "code": ""}"#),
        ] {
            let parameters = body(content_type, text).expect("parameters");
            assert_eq!(parameters.scopes(&[]), ["api", "read_user"]);
            assert_eq!(parameters.get("code"), None);
            assert!(parameters.only(&["scope"]).is_err() && parameters.required("code").is_err());
        }
        assert_eq!(body(FORM, "").expect("parameters").scopes(&["api"]), ["api"]);
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for (content_type, text) in [
            (FORM, "code=1&code=2"),
            (FORM, "code=%f"),
            ("text/plain", "code=1"),
            ("application/json", "[]"),
            ("application/json", r#"{"expires_in": 1}"#),
        ] {
            let error = body(content_type, text).err().map(|refusal| refusal.error);
            assert_eq!(error, Some("invalid_request"), "{text}");
        }
    }
}

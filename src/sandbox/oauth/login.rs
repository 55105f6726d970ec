//! The pages on which a person allows an application or refuses it: the authorization code grant
//! (RFC 6749 §4.1.1, RFC 7636 §4.3) and the device authorization grant (RFC 8628). What is wrong
//! with a request is said in the browser; nothing is called back before the person has decided.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ring::digest::{SHA256, digest};
use serde_json::json;

use super::super::call::World;
use super::super::received::Received;
use super::super::reply::Reply;
use super::super::seed::{Application, Person};
use super::ledger::{self, Grant, Pair, Question, Wish};
use super::{Outcome, Parameters, Refusal, application, authenticated, scopes, signed_in, token};

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
pub(super) fn ask_person(world: &World, request: &Received) -> Reply {
    question(world, request).unwrap_or_else(|refusal| refusal_page(&refusal))
}

fn question(world: &World, request: &Received) -> Outcome {
    let parameters = Parameters::of_query(request)?;
    let application = application(world, &parameters)?;
    let redirect_uri = parameters.required("redirect_uri")?;
    if !application.redirect_uris.iter().any(|known| known == redirect_uri) {
        let known = application.redirect_uris.join(" or ");
        let words = format!("The redirect URI {redirect_uri} is not the registered one: {known}.");
        return Err(Refusal::new("invalid_redirect_uri", words));
    }
    parameters.only(&PARAMETERS)?;
    if parameters.required("response_type")? != "code" {
        let words = "The response type is not supported.";
        return Err(Refusal::new("unsupported_response_type", words));
    }
    let scopes = scopes(application, &parameters)?;
    let challenge = challenge(&parameters, application.secret.is_none())?;
    let person = signed_in(world)
        .ok_or_else(|| Refusal::new("access_denied", "The sandbox has no signed-in user."))?;
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
        (Some(challenge), Some("S256")) if token::is_challenge(challenge) => {
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
    decided(world, request).unwrap_or_else(|refusal| refusal_page(&refusal))
}

fn decided(world: &World, request: &Received) -> Outcome {
    let form = Parameters::of_body(request)?;
    let (token, decision) = (form.required("authenticity_token")?, form.required("decision")?);
    let now = world.clock.now();
    let mut entries = world.oauth.open();
    let Some(Question::Authorization(wish)) = entries.answered(token, now) else {
        return Ok(stale_page());
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

/// What is not encoded in a query (RFC 3986 §2.3).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The address with more parameters, after those that it may have already.
fn with_query(address: &str, parameters: &[(&str, String)]) -> String {
    let mut target = address.to_owned();
    let mut sign = if address.contains('?') { "&" } else { "?" };
    for (name, value) in parameters {
        target.extend([sign, name, "="]);
        target.extend(utf8_percent_encode(value, UNRESERVED));
        sign = "&";
    }
    target
}

/// How long a device's code is good.
const LIFE: Duration = Duration::from_mins(5);
/// How long one is remembered, to be told from one that never was.
const MEMORY: Duration = Duration::from_hours(1);
/// The least time between two questions, and how much each hasty one adds to it (§3.5).
const INTERVAL: Duration = Duration::from_secs(5);

/// A device that waits for its person.
#[derive(Debug)]
pub(super) struct Device {
    code: String,
    user_code: String,
    application: String,
    scopes: Vec<String>,
    made: SystemTime,
    interval: Duration,
    asked: Option<SystemTime>,
    decision: Decision,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Decision {
    Open,
    /// By user name.
    AllowedBy(String),
    Denied,
}

impl Device {
    fn has_expired(&self, now: SystemTime) -> bool {
        self.made + LIFE <= now
    }

    fn waits_under(&self, user_code: &str, now: SystemTime) -> bool {
        self.user_code == user_code && self.decision == Decision::Open && !self.has_expired(now)
    }
}

/// `POST /oauth/authorize_device` (§3.1).
pub(super) fn start_device(world: &World, request: &Received) -> Outcome {
    let form = Parameters::of_body(request)?;
    form.only(&["client_id", "client_secret", "scope"])?;
    // GitLab asks for no secret here, but a wrong one is wrong.
    let application = match form.get("client_secret") {
        Some(_) => authenticated(world, request, &form)?,
        None => application(world, &form)?,
    };
    let scopes = scopes(application, &form)?;
    let (code, user_code) = (ledger::hex()?, ledger::user_code()?);
    let page = format!("{}/oauth/device", world.base);
    let body = json!({
        "device_code": code,
        "user_code": user_code,
        "verification_uri": page,
        "verification_uri_complete": format!("{page}?user_code={user_code}"),
        "expires_in": LIFE.as_secs(),
        "interval": INTERVAL.as_secs(),
    });
    let now = world.clock.now();
    let mut entries = world.oauth.open();
    entries.devices.retain(|device| device.made + MEMORY > now);
    entries.devices.push(Device {
        code,
        user_code,
        application: application.uid.clone(),
        scopes,
        made: now,
        interval: INTERVAL,
        asked: None,
        decision: Decision::Open,
    });
    Ok(Reply::json(200, body.to_string()))
}

/// The device's question for its tokens (§3.4), which it gets once.
pub(super) fn poll_device(
    world: &World,
    application: &Application,
    form: &Parameters,
) -> Result<Pair, Refusal> {
    let code = form.required("device_code")?;
    let now = world.clock.now();
    let mut entries = world.oauth.open();
    let mut devices = entries.devices.iter();
    let at = devices.position(|one| one.code == code && one.application == application.uid);
    let at = at.ok_or_else(Refusal::invalid_grant)?;
    let device = &mut entries.devices[at];
    if device.has_expired(now) {
        return Err(Refusal::new("expired_token", "The device code has expired"));
    }
    let asked = device.asked.replace(now);
    if asked.is_some_and(|asked| now < asked + device.interval) {
        device.interval += INTERVAL;
        return Err(Refusal::new("slow_down", "The client is polling too quickly"));
    }
    let username = match &device.decision {
        Decision::Open => {
            let words = "The authorization request is still pending";
            return Err(Refusal::new("authorization_pending", words));
        }
        Decision::Denied => {
            return Err(Refusal::new("access_denied", "The resource owner denied the request"));
        }
        Decision::AllowedBy(username) => username.clone(),
    };
    let device = entries.devices.remove(at);
    let (application, scopes) = (device.application, device.scopes);
    entries.add_pair(Grant { application, redirect_uri: None, scopes, username }, now)
}

/// `GET /oauth/device`: asks for the code, or with a good one for the decision.
pub(super) fn ask_for_code(world: &World, request: &Received) -> Reply {
    device_question(world, request).unwrap_or_else(|refusal| refusal_page(&refusal))
}

fn device_question(world: &World, request: &Received) -> Outcome {
    let parameters = Parameters::of_query(request)?;
    let Some(given) = parameters.get("user_code") else {
        return Ok(code_page(None));
    };
    // People type codes in their own way (§6.1).
    let letters = given.chars().filter(char::is_ascii_alphanumeric);
    let user_code = letters.collect::<String>().to_ascii_uppercase();
    let now = world.clock.now();
    let mut entries = world.oauth.open();
    let found = entries.devices.iter().find(|device| device.waits_under(&user_code, now));
    let Some((uid, scopes)) = found.map(|one| (one.application.clone(), one.scopes.clone())) else {
        let words = "No device waits with this code. It may have expired.";
        return Ok(code_page(Some(words)));
    };
    let token = entries.ask(Question::Device(user_code.clone()), now)?;
    let application = world.seed.applications.iter().find(|known| known.uid == uid);
    let application = application.ok_or_else(Refusal::invalid_client)?;
    let person = signed_in(world)
        .ok_or_else(|| Refusal::new("access_denied", "The sandbox has no signed-in user."))?;
    Ok(Consent { application, person, scopes: &scopes, token: &token }.for_device(&user_code))
}

/// `POST /oauth/device`: the person's answer.
pub(super) fn decide_for_device(world: &World, request: &Received) -> Reply {
    decided_for_device(world, request).unwrap_or_else(|refusal| refusal_page(&refusal))
}

fn decided_for_device(world: &World, request: &Received) -> Outcome {
    let form = Parameters::of_body(request)?;
    let (token, decision) = (form.required("authenticity_token")?, form.required("decision")?);
    let now = world.clock.now();
    let mut entries = world.oauth.open();
    let Some(Question::Device(user_code)) = entries.answered(token, now) else {
        return Ok(stale_page());
    };
    let mut devices = entries.devices.iter_mut();
    let Some(device) = devices.find(|device| device.waits_under(&user_code, now)) else {
        return Ok(stale_page());
    };
    let allows = signed_in(world).filter(|_| decision == "authorize");
    let (decision, title) = match allows {
        Some(person) => (Decision::AllowedBy(person.username.clone()), "Device authorized"),
        None => (Decision::Denied, "Device refused"),
    };
    device.decision = decision;
    Ok(message_page(200, title, "You can close this page and go back to your device."))
}

/// The style of every page; the policy allows it by its hash and nothing else.
const STYLE: &str = include_str!("page.css");

/// Who asks whom for what.
struct Consent<'a> {
    application: &'a Application,
    person: &'a Person,
    scopes: &'a [String],
    /// The one-time value that the buttons send back.
    token: &'a str,
}

impl Consent<'_> {
    /// For a program that waits at a redirect URI.
    fn for_redirect(&self, redirect_uri: &str) -> Reply {
        let target =
            format!("Either way the browser goes to <code>{}</code>.", escaped(redirect_uri));
        // Browsers hold the redirect that follows the form against the policy, too.
        let end = redirect_uri.match_indices('/').nth(2).map_or(redirect_uri.len(), |(at, _)| at);
        let origin = redirect_uri.get(..end).unwrap_or_default();
        let to = format!("'self' {origin}");
        page(200, "Authorize an application", &self.html("/oauth/authorize", "", &target), &to)
    }

    /// For a device that shows a code.
    fn for_device(&self, user_code: &str) -> Reply {
        let code = format!(
            "<p>Go on only if your device shows this code:</p>\n<p><code class=\"code\">{}</code></p>",
            escaped(user_code)
        );
        let target = "Either way the device is told, and this page can be closed.";
        page(200, "Authorize a device", &self.html("/oauth/device", &code, target), "'self'")
    }

    fn html(&self, action: &str, code: &str, target: &str) -> String {
        let scope = |scope: &String| {
            let (name, words) = (escaped(scope), meaning(scope));
            format!("<li><code>{name}</code>: {words}</li>\n")
        };
        format!(
            include_str!("consent.html"),
            application = escaped(&self.application.name),
            name = escaped(&self.person.name),
            username = escaped(&self.person.username),
            code = code,
            scopes = self.scopes.iter().map(scope).collect::<String>(),
            action = action,
            token = self.token,
            target = target,
        )
    }
}

/// Asks for the code that a device shows; `alert` says what was wrong with the one before.
fn code_page(alert: Option<&str>) -> Reply {
    let alert = alert.map(|words| format!("<p role=\"alert\">{}</p>", escaped(words)));
    let main = format!(include_str!("enter_code.html"), alert = alert.unwrap_or_default());
    page(200, "Enter the code", &main, "'self'")
}

/// A page that only says something.
fn message_page(status: u16, title: &str, words: &str) -> Reply {
    page(status, title, &format!("<p>{}</p>", escaped(words)), "'none'")
}

/// What went wrong; the browser stays here.
fn refusal_page(refusal: &Refusal) -> Reply {
    message_page(refusal.status(), "An error has occurred", &refusal.description)
}

/// For a page whose buttons were used before, too late, or never seen.
fn stale_page() -> Reply {
    message_page(422, "This page is out of date", "Nothing was changed. Begin the login once more.")
}

fn page(status: u16, title: &str, main: &str, form_targets: &str) -> Reply {
    let html =
        format!(include_str!("frame.html"), title = escaped(title), style = STYLE, main = main);
    let hash = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action {form_targets}; base-uri 'none'; frame-ancestors 'none'"
    );
    Reply::whole(status, "text/html; charset=utf-8", html)
        .with_header("content-security-policy", policy)
        .with_header("x-content-type-options", "nosniff")
        .with_header("x-frame-options", "DENY")
        .with_header("referrer-policy", "no-referrer")
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter => safe.push(letter),
        }
    }
    safe
}

fn meaning(scope: &str) -> &'static str {
    match scope {
        "api" => "read and change everything that you can, and use Duo",
        "read_api" => "read everything that you can",
        "read_user" => "read your profile",
        "ai_features" => "use Duo",
        "openid" => "know who you are",
        "profile" => "read your name and picture",
        "email" => "read your address",
        _ => "do what this scope allows",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::reply::Body;

    #[test]
    fn what_is_passed_through_stays_one_value() {
        let state = [("state", "a&b=ü #+%".to_owned()), ("x", "1".to_owned())];
        let expected = "state=a%26b%3D%C3%BC%20%23%2B%25&x=1";
        assert_eq!(with_query("http://h/c", &state), format!("http://h/c?{expected}"));
        assert_eq!(with_query("http://h/c?d=1", &state), format!("http://h/c?d=1&{expected}"));
    }

    #[test]
    fn no_name_becomes_markup() {
        let application = Application { name: "<script>\"&'".to_owned(), ..Application::default() };
        let person = Person { name: "{title}<b>".to_owned(), ..Person::default() };
        let scopes = ["<i>".to_owned()];
        let consent =
            Consent { application: &application, person: &person, scopes: &scopes, token: "1" };
        let reply = consent.for_redirect("http://localhost:1/\"><u>");
        let Body::Whole(body) = reply.body else { panic!("a whole page") };
        let html = String::from_utf8(body).expect("text");
        assert!(html.contains("&lt;script&gt;&quot;&amp;&#39;") && html.contains("{title}&lt;b"));
        assert!(!["<script", "<i>", "<u>"].iter().any(|markup| html.contains(markup)), "{html}");
    }

    #[test]
    fn the_policy_lets_the_form_reach_the_callback() {
        let (application, person) = (Application::default(), Person::default());
        let consent =
            Consent { application: &application, person: &person, scopes: &[], token: "1" };
        let policy = |reply: Reply| {
            let mut fields = reply.headers.into_iter();
            fields.find(|(name, _)| name == "content-security-policy").map(|(_, value)| value)
        };
        let policy = policy(consent.for_redirect("http://localhost:42456/callback"));
        assert!(policy.is_some_and(|it| it.contains("form-action 'self' http://localhost:42456;")));
    }
}

//! Logins at the sandbox: what an application and a person's browser do, and all that is
//! refused.

mod authorize;
mod device;
mod session;

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use glduo::sandbox::{Plan, Sandbox};
use glduo::system::clock::Clock;
use serde_json::Value;

use crate::support::raw::{self, Answer};

const CALLBACK: &str = "http://localhost:42456/callback";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const PUBLIC: &str = "glduo-sandbox-app";
const CONFIDENTIAL: [(&str, &str); 2] = [
    ("client_id", "glduo-sandbox-confidential-app"),
    ("client_secret", "gloas-sandbox-secret-0000000001"),
];

type Fields<'a> = Vec<(&'a str, &'a str)>;

/// A clock that a test moves.
struct Hand(Mutex<SystemTime>);

impl Hand {
    fn forward(&self, seconds: u64) {
        *self.0.lock().expect("the time") += Duration::from_secs(seconds);
    }
}

impl Clock for Hand {
    fn now(&self) -> SystemTime {
        *self.0.lock().expect("the time")
    }

    fn sleep(&self, _: Duration) {}
}

fn sandbox() -> (Sandbox, Arc<Hand>) {
    let start = SystemTime::UNIX_EPOCH + Duration::from_hours(500_000);
    let clock = Arc::new(Hand(Mutex::new(start)));
    let plan = Plan { clock: Arc::clone(&clock) as Arc<dyn Clock>, ..Plan::default() };
    (Sandbox::start(plan).expect("a sandbox"), clock)
}

fn form(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| -> String {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let one = |byte| match byte {
            byte if plain(byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        };
        text.bytes().map(one).collect()
    };
    let pair = |(name, value): &(&str, &str)| format!("{}={}", encoded(name), encoded(value));
    fields.iter().map(pair).collect::<Vec<_>>().join("&")
}

fn post(sandbox: &Sandbox, path: &str, fields: &[(&str, &str)]) -> Answer {
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    raw::send(sandbox.url(), "POST", path, &kind, form(fields).as_bytes())
}

/// Opens a page and presses one of its buttons, `authorize` or `deny`, as a person would.
pub(crate) fn press(sandbox: &Sandbox, target: &str, button: &str) -> Answer {
    let html = raw::get(sandbox.url(), target, &[]).text();
    let between = |start: &str| html.split(start).nth(1).and_then(|rest| rest.split('"').next());
    let button = format!("name=\"decision\" value=\"{button}\"");
    assert!(html.contains(&button), "no button in {html}");
    let decision = button.rsplit('"').nth(1).expect("a value");
    let action = between("method=\"post\" action=\"").expect("a form");
    let token = between("name=\"authenticity_token\" value=\"").expect("a one-time value");
    post(sandbox, action, &[("authenticity_token", token), ("decision", decision)])
}

/// With some fields replaced, or left out where the value is empty.
fn with<'a>(mut fields: Fields<'a>, changes: &[(&'a str, &'a str)]) -> Fields<'a> {
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
    }
    fields
}

fn question<'a>() -> Fields<'a> {
    vec![
        ("client_id", PUBLIC),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("state", "a b&c=1"),
        ("scope", "api read_user openid"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

fn code_of(sandbox: &Sandbox, question: &[(&str, &str)]) -> String {
    let answer = press(sandbox, &format!("/oauth/authorize?{}", form(question)), "authorize");
    let location = answer.header("location").expect("a redirect").to_owned();
    let code = location.split("code=").nth(1).and_then(|rest| rest.split('&').next());
    code.expect("a code").to_owned()
}

fn redemption(code: &str) -> Fields<'_> {
    vec![
        ("grant_type", "authorization_code"),
        ("client_id", PUBLIC),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ]
}

fn refresh(token: &str) -> Fields<'_> {
    vec![
        ("grant_type", "refresh_token"),
        ("client_id", PUBLIC),
        ("refresh_token", token),
        ("redirect_uri", CALLBACK),
    ]
}

/// Access and refresh token of an answer.
fn tokens(answer: &Answer) -> (String, String) {
    let (json, text) = (answer.json(), |value: &Value| value.as_str().map(str::to_owned));
    assert_eq!(answer.status, 200, "{json}");
    let token = |name: &str| text(&json[name]).expect("a token");
    (token("access_token"), token("refresh_token"))
}

fn login(sandbox: &Sandbox) -> (String, String) {
    let code = code_of(sandbox, &question());
    tokens(&post(sandbox, "/oauth/token", &redemption(&code)))
}

/// Status and error code.
fn refused(answer: &Answer) -> (u16, String) {
    (answer.status, answer.json()["error"].as_str().unwrap_or_default().to_owned())
}

fn invalid_grant() -> (u16, String) {
    (400, "invalid_grant".to_owned())
}

fn user(sandbox: &Sandbox, access: &str) -> Answer {
    bearer(sandbox, access, "/api/v4/user")
}

fn bearer(sandbox: &Sandbox, access: &str, target: &str) -> Answer {
    raw::get(sandbox.url(), target, &[("authorization", &format!("Bearer {access}"))])
}

//! Logging in on a machine without a browser: the device authorization grant (RFC 8628).

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::super::call::World;
use super::super::received::Received;
use super::super::reply::Reply;
use super::super::seed::Application;
use super::ledger::{Grant, Pair, Question};
use super::page::{self, Consent};
use super::parameters::Parameters;
use super::refusal::Refusal;
use super::{Outcome, application, random, signed_in};

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
pub(super) fn start(world: &World, request: &Received) -> Outcome {
    let form = Parameters::of_body(request)?;
    form.only(&["client_id", "client_secret", "scope"])?;
    // GitLab asks for no secret here, but a wrong one is wrong.
    let application = match form.get("client_secret") {
        Some(_) => application::authenticated(world, request, &form)?,
        None => application::named(world, &form)?,
    };
    let scopes = application::scopes(application, &form)?;
    let (code, user_code) = (random::hex()?, random::user_code()?);
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
pub(super) fn poll(
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
    entries.add_pair(Grant { application, redirect_uri: None, scopes, username }, None, now)
}

/// `GET /oauth/device`: asks for the code, or with a good one for the decision.
pub(super) fn ask(world: &World, request: &Received) -> Reply {
    question(world, request).unwrap_or_else(|refusal| page::refusal(&refusal))
}

fn question(world: &World, request: &Received) -> Outcome {
    let parameters = Parameters::of_query(request)?;
    let Some(given) = parameters.get("user_code") else {
        return Ok(page::enter_code(None));
    };
    // People type codes in their own way (§6.1).
    let letters = given.chars().filter(char::is_ascii_alphanumeric);
    let user_code = letters.collect::<String>().to_ascii_uppercase();
    let now = world.clock.now();
    let mut entries = world.oauth.open();
    let found = entries.devices.iter().find(|device| device.waits_under(&user_code, now));
    let Some((uid, scopes)) = found.map(|one| (one.application.clone(), one.scopes.clone())) else {
        let words = "No device waits with this code. It may have expired.";
        return Ok(page::enter_code(Some(words)));
    };
    let token = entries.ask(Question::Device(user_code.clone()), now)?;
    let application = world.seed.applications.iter().find(|known| known.uid == uid);
    let application = application.ok_or_else(Refusal::invalid_client)?;
    let person = signed_in(world)
        .ok_or_else(|| Refusal::new("access_denied", "Nobody is logged in to the sandbox."))?;
    Ok(Consent { application, person, scopes: &scopes, token: &token }.for_device(&user_code))
}

/// `POST /oauth/device`: the person's answer.
pub(super) fn decide(world: &World, request: &Received) -> Reply {
    decided(world, request).unwrap_or_else(|refusal| page::refusal(&refusal))
}

fn decided(world: &World, request: &Received) -> Outcome {
    let form = Parameters::of_body(request)?;
    let (token, decision) = (form.required("authenticity_token")?, form.required("decision")?);
    let now = world.clock.now();
    let mut entries = world.oauth.open();
    let Some(Question::Device(user_code)) = entries.answered(token, now) else {
        return Ok(page::stale());
    };
    let mut devices = entries.devices.iter_mut();
    let Some(device) = devices.find(|device| device.waits_under(&user_code, now)) else {
        return Ok(page::stale());
    };
    let allows = signed_in(world).filter(|_| decision == "authorize");
    let (decision, title) = match allows {
        Some(person) => (Decision::AllowedBy(person.username.clone()), "Device authorized"),
        None => (Decision::Denied, "Device refused"),
    };
    device.decision = decision;
    Ok(page::message(200, title, "You can close this page and go back to your device."))
}

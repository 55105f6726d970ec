//! Logging in with a code that is entered on another device.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use glduo::model::address::Url;
use glduo::sandbox::{Body, Intercept, Received, Reply};
use glduo::system::clock::Clock as _;
use serde_json::{Value, json};

use super::person;
use super::place::{PUBLIC, Place, field};
use super::store_of;
use crate::support::world::StillClock;

/// A person who decides before the device asks for the n-th time, and what GitLab says instead
/// of its own answers, in order.
#[derive(Default)]
struct Someone {
    decides: Option<(&'static str, usize)>,
    replies: Mutex<Vec<Option<Reply>>>,
    page: Mutex<Option<Url>>,
    polls: AtomicUsize,
    clock: Arc<Mutex<Option<Arc<StillClock>>>>,
    times: Arc<Mutex<Vec<SystemTime>>>,
    keeps_refresh_tokens: bool,
}

impl Someone {
    fn who(decision: &'static str, at: usize) -> Self {
        Self { decides: Some((decision, at)), ..Self::default() }
    }
}

impl Intercept for Someone {
    fn reply(&self, request: &Received) -> Option<Reply> {
        if request.path() != "/oauth/token" {
            return None;
        }
        let poll = self.polls.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some(clock) = &*self.clock.lock().unwrap() {
            self.times.lock().unwrap().push(clock.now());
        }
        if let Some((decision, _)) = self.decides.filter(|(_, at)| *at == poll) {
            let page = self.page.lock().unwrap().clone().expect("a page");
            assert_eq!(person::decide(decision, &page).status, 200);
        }
        let mut replies = self.replies.lock().unwrap();
        if replies.is_empty() { None } else { replies.remove(0) }
    }

    fn alter(&self, request: &Received, mut reply: Reply) -> Reply {
        let Body::Whole(body) = &reply.body else { return reply };
        let Ok(mut json) = serde_json::from_slice::<Value>(body) else { return reply };
        match request.path() {
            "/oauth/authorize_device" => {
                let page = json["verification_uri_complete"].as_str();
                *self.page.lock().unwrap() = page.and_then(|page| Url::parse(page).ok());
            }
            "/oauth/token" if self.keeps_refresh_tokens => {
                json.as_object_mut().expect("an object").remove("refresh_token");
                reply.body = Body::Whole(json.to_string().into_bytes());
            }
            _ => {}
        }
        reply
    }
}

fn oauth_error(error: &str) -> Reply {
    Reply::oauth_error(400, error, "as the standard says")
}

#[test]
fn the_code_is_shown_and_the_login_comes_when_it_is_allowed() {
    let place = Place::with(Someone::who("authorize", 3));
    let outcome = place.world().run("connect --device --scopes api --quiet");
    assert_eq!((outcome.stdout.as_str(), outcome.code), ("", 0), "{outcome:?}");
    let shown = format!("glduo: open {}/oauth/device on any device", place.sandbox.url());
    assert!(outcome.stderr.starts_with(&shown), "{outcome:?}");
    let code = outcome.stderr.trim_end().rsplit(' ').next().expect("a code");
    assert_eq!(code.len(), 8, "{outcome:?}");
    assert_eq!(place.grants().len(), 3);
    for grant in place.grants() {
        let kind = "urn:ietf:params:oauth:grant-type:device_code";
        assert_eq!(
            (field(&grant, "grant_type"), field(&grant, "client_id")),
            (Some(kind), Some(PUBLIC))
        );
    }
}

#[test]
fn its_session_is_kept_and_renewed_like_any_other() {
    let place = Place::with(Someone::who("authorize", 1));
    let world = place.world();
    let outcome = world.run("connect --device --scopes api --json");
    assert_eq!(outcome.json()["username"], "mira.okafor", "{outcome:?}");
    assert_eq!(place.entry(&world)["redirect_uri"], Value::Null);
    place.clock.advance(Duration::from_hours(3));
    assert_eq!(world.run("mr list -R acme/shop/storefront -L 1").code, 0);
    assert_eq!(place.refreshes(), 1);
}

#[test]
fn interval_and_slow_down_are_honoured() {
    let someone = Someone::who("authorize", 5);
    *someone.replies.lock().unwrap() =
        ["authorization_pending", "slow_down", "authorization_pending", "slow_down"]
            .map(|error| Some(oauth_error(error)))
            .to_vec();
    let (clock, times) = (Arc::clone(&someone.clock), Arc::clone(&someone.times));
    let place = Place::with(someone);
    *clock.lock().unwrap() = Some(Arc::clone(&place.clock));
    let outcome = place.world().run("connect --device --scopes api");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let times = times.lock().unwrap();
    let pauses: Vec<u64> = times
        .windows(2)
        .map(|pair| pair[1].duration_since(pair[0]).expect("later").as_secs())
        .collect();
    assert_eq!(pauses, [5, 10, 10, 15]);
    assert!(outcome.stderr.contains("every 10 s") && outcome.stderr.contains("every 15 s"));
}

#[test]
fn passing_trouble_ends_nothing() {
    let someone = Someone::who("authorize", 3);
    let down = || Some(Reply::whole(503, "text/html", "<h1>down</h1>"));
    *someone.replies.lock().unwrap() = vec![down(), down()];
    let place = Place::with(someone);
    let outcome = place.world().run("connect --device --scopes api");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stderr.contains("asking again"), "{outcome:?}");
}

#[test]
fn a_code_that_nobody_enters_ends() {
    let place = Place::new();
    for (line, words) in [
        ("connect --device", "the code was not entered in time"),
        ("connect --device --wait 1h", "the code was not entered in time"),
        ("connect --device --wait 20s", "nobody logged in within 20 s"),
    ] {
        let world = place.world();
        let outcome = world.run(&format!("{line} --json"));
        assert_eq!((outcome.code, &outcome.error()["code"]), (4, &json!("unauthenticated")));
        assert!(outcome.error()["message"].to_string().contains(words), "{outcome:?}");
        assert!(outcome.error()["hint"].to_string().contains("glduo connect --device"));
        assert!(!store_of(&world).exists());
    }
}

#[test]
fn expired_token_and_a_refusal_end_it() {
    let expired = Someone::default();
    expired.replies.lock().unwrap().push(Some(oauth_error("expired_token")));
    let refused = Someone::who("deny", 2);
    for (someone, words, polls) in
        [(expired, "the code was not entered in time", 1), (refused, "refused", 2)]
    {
        let place = Place::with(someone);
        let outcome = place.world().run("connect --device");
        assert_eq!(outcome.code, 4, "{outcome:?}");
        assert!(outcome.stderr.contains(words), "{outcome:?}");
        assert_eq!(place.grants().len(), polls);
    }
}

/// An instance that knows no device login, or has it switched off.
struct Without(Reply);

impl Intercept for Without {
    fn reply(&self, request: &Received) -> Option<Reply> {
        (request.path() == "/oauth/authorize_device").then(|| self.0.clone())
    }
}

#[test]
fn an_instance_without_it_says_so() {
    for reply in [
        Reply::error(404, "404 Not Found"),
        Reply::whole(404, "text/html", "<h1>404</h1>"),
        Reply::oauth_error(400, "unsupported_grant_type", "off"),
        Reply::oauth_error(403, "unauthorized_client", "off"),
    ] {
        let place = Place::with(Without(reply));
        let outcome = place.world().run("connect --device --json");
        let message = outcome.error()["message"].to_string();
        assert!(message.contains("no login by device code"), "{outcome:?}");
        assert!(outcome.error()["hint"].to_string().contains("--oauth or --token"));
        assert_eq!(outcome.code, 1);
    }
}

#[test]
fn without_a_refresh_token_the_session_lasts_as_long_as_its_token() {
    let someone = Someone { keeps_refresh_tokens: true, ..Someone::who("authorize", 1) };
    let place = Place::with(someone);
    let world = place.world();
    assert_eq!(world.run("connect --device --scopes api").code, 0);
    place.clock.advance(Duration::from_mins(118));
    assert_eq!(world.run("mr list -R acme/shop/storefront -L 1").code, 0);
    place.clock.advance(Duration::from_mins(5));
    let outcome = world.run("mr list -R acme/shop/storefront --json");
    assert_eq!((outcome.code, &outcome.error()["code"]), (4, &json!("token_expired")));
    assert_eq!(place.refreshes(), 0);
}

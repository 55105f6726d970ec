//! Keeping a session alive against a server that takes a refresh token once.

use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use glduo::sandbox::{Intercept, Received, Reply};
use serde_json::{Value, json};

use super::place::{PUBLIC, Place, field};
use super::store_of;
use crate::support::world::{Outcome, World};

const LIST: &str = "mr list -R acme/shop/storefront -L 1 --json";

type Answer = dyn Fn(&Received) -> Option<Reply> + Send + Sync;

/// What happens before the sandbox answers, which a test changes as it goes.
#[derive(Clone, Default)]
struct Meanwhile(Arc<Mutex<Option<Box<Answer>>>>);

impl Meanwhile {
    fn at(&self, path: &'static str, answer: impl Fn() -> Option<Reply> + Send + Sync + 'static) {
        let answer = move |request: &Received| {
            if request.path().ends_with(path) { answer() } else { None }
        };
        *self.0.lock().unwrap() = Some(Box::new(answer));
    }

    fn nothing(&self) {
        *self.0.lock().unwrap() = None;
    }
}

impl Intercept for Meanwhile {
    fn reply(&self, request: &Received) -> Option<Reply> {
        self.0.lock().unwrap().as_ref().and_then(|answer| answer(request))
    }
}

/// A session whose access token is over.
fn stale() -> (Place, World, Meanwhile) {
    let meanwhile = Meanwhile::default();
    let place = Place::with(meanwhile.clone());
    let world = place.logged_in();
    place.clock.advance(Duration::from_hours(3));
    (place, world, meanwhile)
}

fn assert_error(outcome: &Outcome, exit: u8, code: &str) {
    assert_eq!((outcome.code, &outcome.error()["code"]), (exit, &json!(code)), "{outcome:?}");
}

/// Changes the access token and, if so wished, the refresh token of the only entry.
fn replace_tokens(store: &PathBuf, access: &str, refresh: Option<&str>) {
    let mut content: Value = serde_json::from_slice(&fs::read(store).unwrap()).unwrap();
    let entries = content["connections"].as_object_mut().unwrap();
    let entry = entries.values_mut().next().unwrap();
    entry["access_token"] = access.into();
    if let Some(refresh) = refresh {
        entry["refresh_token"] = refresh.into();
    }
    fs::write(store, content.to_string()).unwrap();
}

#[test]
fn an_expired_token_is_renewed_once_and_kept() {
    let (place, world, _) = stale();
    let before = place.entry(&world);
    for _ in 0..3 {
        assert_eq!(world.run(LIST).code, 0);
    }
    assert_eq!(place.refreshes(), 1);
    let after = place.entry(&world);
    for name in ["access_token", "refresh_token", "expires_at"] {
        assert_ne!(before[name], after[name], "{name}");
    }
    for name in ["client_id", "redirect_uri", "scopes", "username", "origin", "connected_at"] {
        assert_eq!(before[name], after[name], "{name}");
    }
    let grants = place.grants();
    let refresh = grants.last().expect("a refresh");
    assert_eq!(field(refresh, "refresh_token"), before["refresh_token"].as_str());
    assert_eq!(field(refresh, "redirect_uri"), Some(place.callback_url().as_str()));
    assert_eq!(field(refresh, "client_id"), Some(PUBLIC));
}

#[test]
fn the_session_lives_for_weeks() {
    let (place, world, _) = stale();
    for day in 1..=20 {
        place.clock.advance(Duration::from_hours(24));
        assert_eq!(world.run(LIST).code, 0, "day {day}");
    }
    assert_eq!(place.refreshes(), 20);
}

#[test]
fn a_token_is_renewed_five_minutes_before_its_end_and_not_earlier() {
    let place = Place::new();
    let world = place.logged_in();
    place.clock.advance(Duration::from_mins(110));
    assert_eq!((world.run(LIST).code, place.refreshes()), (0, 0));
    place.clock.advance(Duration::from_mins(6));
    assert_eq!((world.run(LIST).code, place.refreshes()), (0, 1));
}

#[test]
fn a_session_is_renewed_with_what_made_it() {
    let (place, world, _) = stale();
    let world = world
        .env("GITLAB_OAUTH_APP_ID", "another-app")
        .env("GITLAB_OAUTH_CALLBACK_URL", "http://localhost:1/other")
        .env("GITLAB_OAUTH_SCOPES", "read_user");
    assert_eq!((world.run(LIST).code, place.refreshes()), (0, 1));
}

#[test]
fn a_token_rejected_in_mid_flight_is_renewed_once() {
    let meanwhile = Meanwhile::default();
    let place = Place::with(meanwhile.clone());
    let world = place.logged_in();
    let expired = || Reply::oauth_error(401, "invalid_token", "Token is expired.");
    let first = Mutex::new(Some(expired()));
    meanwhile.at("/merge_requests", move || first.lock().unwrap().take());
    let outcome = world.run(LIST);
    assert_eq!((outcome.code, place.refreshes()), (0, 1), "{outcome:?}");

    meanwhile.at("/merge_requests", move || Some(expired()));
    let outcome = world.run(LIST);
    assert_error(&outcome, 4, "token_expired");
    assert_eq!(place.refreshes(), 2, "one more, and no third");
}

/// A session whose access token GitLab takes back before its time, while its refresh token works.
fn ended_early() -> (Place, World) {
    let old = Arc::new(Mutex::new(None));
    let place = Place::with(RejectsToken(Arc::clone(&old)));
    let world = place.logged_in().env("GITLAB_REPO", place.sandbox.project());
    let token = place.entry(&world)["access_token"].as_str().map(str::to_owned);
    *old.lock().unwrap() = token;
    (place, world)
}

struct RejectsToken(Arc<Mutex<Option<String>>>);

impl Intercept for RejectsToken {
    fn reply(&self, request: &Received) -> Option<Reply> {
        let token = self.0.lock().unwrap().clone()?;
        let rejected = request.header("authorization") == Some(&format!("Bearer {token}"));
        rejected.then(|| Reply::oauth_error(401, "invalid_token", "Token was revoked."))
    }
}

#[test]
fn a_session_that_ended_early_is_renewed_by_every_command() {
    for line in [
        "connect status --json",
        "connect status --all --json",
        "models --refresh --json",
        "mr list --json",
        "mr show 42 --json",
        "issue note 31 -m hello",
        "pipeline list --json",
        "chat -n --no-save hello",
    ] {
        let (place, world) = ended_early();
        let world = world.env("GITLAB_AI_GATEWAY_URL", place.sandbox.gateway_url());
        let outcome = world.run(line);
        assert_eq!((outcome.code, place.refreshes()), (0, 1), "{line}: {outcome:?}");
        assert_eq!(world.run(line).code, 0, "{line}");
        assert_eq!(place.refreshes(), 1, "{line}: the new session is stored");
    }
}

#[test]
fn doctor_renews_a_session_that_ended_early_once() {
    let (place, world) = ended_early();
    let outcome =
        world.env("GITLAB_AI_GATEWAY_URL", place.sandbox.gateway_url()).run("doctor --json");
    let checks = outcome.json()["checks"].as_array().cloned().expect("checks");
    for name in ["credential", "version", "direct_access", "read_access"] {
        let check = checks.iter().find(|check| check["name"] == name).expect("a check");
        assert_eq!(check["status"], "ok", "{check}");
    }
    assert_eq!(place.refreshes(), 1);
}

#[test]
fn a_session_that_ended_early_for_good_is_unusable() {
    let (place, world) = ended_early();
    let mut content: Value = serde_json::from_slice(&fs::read(store_of(&world)).unwrap()).unwrap();
    for entry in content["connections"].as_object_mut().unwrap().values_mut() {
        entry["refresh_token"] = "d".repeat(64).into();
    }
    fs::write(store_of(&world), content.to_string()).unwrap();
    let status = world.run("connect status --json");
    assert_eq!((status.code, &status.json()["reason"]), (4, &json!("token_expired")));
    assert_error(&world.run("mr list --json"), 4, "token_expired");
    assert_eq!(place.refreshes(), 1, "the refused token is not sent again");
}

/// GitLab may have used up a refresh token whose response was lost, so that sending it again
/// cannot help. The old access token is still good when the run begins.
#[test]
fn a_refresh_token_is_sent_once_in_a_run_whatever_became_of_the_request() {
    let replies: [fn() -> Reply; 4] = [
        || Reply::message(500, "down"),
        || Reply::whole(200, "text/html", "<h1>log in</h1>"),
        || Reply::json(200, "{}"),
        || Reply::whole(302, "text/html", "").with_header("location", "/oauth/token/"),
    ];
    for (number, reply) in replies.into_iter().enumerate() {
        for line in ["connect status --json", "mr list --json", "doctor --json"] {
            let meanwhile = Meanwhile::default();
            let place = Place::with(meanwhile.clone());
            let world = place.logged_in().env("GITLAB_REPO", place.sandbox.project());
            place.clock.advance(Duration::from_mins(117));
            *meanwhile.0.lock().unwrap() = Some(Box::new(move |request: &Received| {
                if request.path() == "/oauth/token" {
                    return Some(reply());
                }
                let has_token = request.header("authorization").is_some();
                has_token.then(|| Reply::oauth_error(401, "invalid_token", "Token was revoked."))
            }));
            let outcome = world.run(line);
            assert_ne!(outcome.code, 0, "{outcome:?}");
            assert_eq!(place.refreshes(), 1, "{number} {line}: {outcome:?}");
            if line == "mr list --json" {
                assert_error(&outcome, 6, "network");
            }
        }
    }
}

#[test]
fn a_token_endpoint_that_is_missing_is_no_missing_object() {
    for body in [r#"{"error":"404 Not Found"}"#, "", "<html></html>"] {
        let (place, world, meanwhile) = stale();
        let kind = if body.starts_with('<') { "text/html" } else { "application/json" };
        meanwhile.at("/oauth/token", move || Some(Reply::whole(404, kind, body)));
        let outcome = world.run(LIST);
        assert_error(&outcome, 6, "bad_response");
        assert_eq!(outcome.error()["http_status"], 404);
        assert_eq!(place.refreshes(), 1);
    }
}

#[test]
fn a_token_rejected_because_another_process_renewed_it_is_replaced_by_theirs() {
    let meanwhile = Meanwhile::default();
    let place = Place::with(meanwhile.clone());
    let world = place.logged_in();
    let (store, newer) = (store_of(&world), place.sandbox.token().to_owned());
    let first = Mutex::new(Some(()));
    meanwhile.at("/merge_requests", move || {
        first.lock().unwrap().take()?;
        replace_tokens(&store, &newer, None);
        Some(Reply::oauth_error(401, "invalid_token", "Token was revoked."))
    });
    let outcome = world.run(LIST);
    assert_eq!((outcome.code, place.refreshes()), (0, 0), "{outcome:?}");
}

#[test]
fn after_invalid_grant_a_newer_pair_wins() {
    let (place, world, meanwhile) = stale();
    let (store, newer) = (store_of(&world), place.sandbox.token().to_owned());
    meanwhile.at("/oauth/token", move || {
        replace_tokens(&store, &newer, Some(&"a".repeat(64)));
        Some(Reply::oauth_error(400, "invalid_grant", "used"))
    });
    let outcome = world.run(LIST);
    assert_eq!((outcome.code, place.refreshes()), (0, 1), "{outcome:?}");
    assert_eq!(place.entry(&world)["ended"], Value::Null);
}

#[test]
fn invalid_grant_ends_the_session_and_is_not_asked_for_again() {
    let (place, world, meanwhile) = stale();
    meanwhile.at("/oauth/token", || Some(Reply::oauth_error(400, "invalid_grant", "revoked")));
    let outcome = world.run(LIST);
    assert_error(&outcome, 4, "token_expired");
    let hint = format!("glduo connect --instance {}", place.sandbox.url());
    assert!(outcome.error()["hint"].to_string().contains(&hint), "{outcome:?}");
    meanwhile.nothing();
    for line in [LIST, "connect token --json", LIST] {
        assert_error(&world.run(line), 4, "token_expired");
    }
    let status = world.run("connect status --json");
    assert_eq!((status.code, &status.json()["reason"]), (4, &json!("token_expired")));
    assert_eq!(place.refreshes(), 1);
    assert!(place.entry(&world)["refresh_token"].is_string(), "nothing is deleted");
    place.clock.passes();
    assert_eq!(world.run("connect --oauth --scopes api").code, 0);
    assert_eq!(world.run(LIST).code, 0);
}

#[test]
fn a_server_in_trouble_drops_no_session() {
    let (place, world, meanwhile) = stale();
    let before = fs::read(store_of(&world)).expect("a store");
    for (reply, code) in [
        (Reply::whole(500, "text/html", "<h1>500</h1>"), "server_error"),
        (Reply::oauth_error(503, "invalid_grant", "not really"), "server_error"),
        (Reply::message(429, "slow"), "rate_limited"),
        (Reply::whole(200, "text/html", "<h1>log in</h1>"), "bad_response"),
        (Reply::json(200, "{}"), "bad_response"),
    ] {
        let sent = place.refreshes();
        meanwhile.at("/oauth/token", move || Some(reply.clone()));
        assert_error(&world.run(LIST), 6, code);
        assert_eq!(place.refreshes(), sent + 1, "never sent twice");
        assert_eq!(fs::read(store_of(&world)).expect("a store"), before);
    }
    meanwhile.nothing();
    assert_eq!(world.run(LIST).code, 0);
}

#[test]
fn while_the_old_token_is_good_trouble_with_the_refresh_is_no_matter() {
    let meanwhile = Meanwhile::default();
    let place = Place::with(meanwhile.clone());
    let world = place.logged_in();
    place.clock.advance(Duration::from_mins(117));
    meanwhile.at("/oauth/token", || Some(Reply::message(500, "down")));
    let outcome = world.run(LIST);
    assert_eq!((outcome.code, place.refreshes()), (0, 1), "{outcome:?}");
}

#[test]
fn a_store_that_cannot_be_written_is_found_out_before_the_token_is_spent() {
    let (place, world, _) = stale();
    let store = store_of(&world);
    let lock = store.with_file_name("credentials.json.lock");
    fs::remove_file(&lock).expect("a lock");
    fs::create_dir(&lock).expect("a folder in its place");
    let outcome = world.run(LIST);
    assert_error(&outcome, 1, "io");
    assert!(outcome.error()["message"].to_string().contains("credentials.json"));
    assert_eq!(place.refreshes(), 0);
    fs::remove_dir(&lock).expect("a folder");
    assert_eq!(world.run(LIST).code, 0);
}

#[cfg(unix)]
#[test]
#[cfg_attr(not(has_permissions), ignore = "root can write into read-only directories")]
fn a_read_only_folder_is_found_out_before_the_token_is_spent() {
    use std::os::unix::fs::PermissionsExt as _;

    let (place, world, _) = stale();
    let folder = store_of(&world).parent().expect("a folder").to_owned();
    let set =
        |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).expect("a mode");
    set(0o500);
    let outcome = world.run(LIST);
    set(0o700);
    assert_error(&outcome, 1, "io");
    assert_eq!((place.refreshes(), world.run(LIST).code), (0, 0));
}

#[test]
fn a_session_that_could_not_be_kept_is_told_loudly() {
    let (_place, world, meanwhile) = stale();
    let store = store_of(&world);
    let pair = json!({ "access_token": "b".repeat(64), "refresh_token": "c".repeat(64),
        "token_type": "Bearer", "expires_in": 7200 });
    meanwhile.at("/oauth/token", move || {
        fs::remove_file(&store).ok()?;
        fs::create_dir(&store).ok()?;
        Some(Reply::json(200, pair.to_string()))
    });
    let outcome = world.run(LIST);
    assert_error(&outcome, 1, "session_not_saved");
    assert!(outcome.error()["message"].to_string().contains("credentials.json"), "{outcome:?}");
    assert!(!outcome.stderr.contains(&"b".repeat(64)) && !outcome.stderr.contains(&"c".repeat(64)));
}

#[test]
fn a_lock_that_somebody_holds_is_waited_for_and_then_told() {
    let (place, world, _) = stale();
    let lock = store_of(&world).with_file_name("credentials.json.lock");
    let lock = File::options().write(true).open(lock).expect("a lock");
    lock.lock().expect("locked");
    assert_error(&world.run(LIST), 6, "timeout");
    assert_eq!(place.refreshes(), 0);
    lock.unlock().expect("unlocked");
    assert_eq!(world.run(LIST).code, 0);
}

#[test]
fn one_that_is_away_at_the_time_is_network_trouble() {
    let (place, world, _) = stale();
    let before = fs::read(store_of(&world)).expect("a store");
    drop(place);
    assert_error(&world.run(LIST), 6, "network");
    assert_eq!(fs::read(store_of(&world)).expect("a store"), before);
}

#[test]
fn an_answer_without_a_refresh_token_keeps_the_old_one() {
    let (place, world, meanwhile) = stale();
    let before = place.entry(&world);
    let token = place.sandbox.token().to_owned();
    let answer = json!({ "access_token": token, "token_type": "bearer", "expires_in": 7200 });
    meanwhile.at("/oauth/token", move || Some(Reply::json(200, answer.to_string())));
    assert_eq!(world.run(LIST).code, 0);
    assert_eq!(place.entry(&world)["refresh_token"], before["refresh_token"]);
}

/// The application was deleted, or its secret renewed: nothing but a new login mends that.
#[test]
fn an_application_that_gitlab_no_longer_knows_makes_the_session_unusable() {
    let (_place, world, meanwhile) = stale();
    let no = json!({ "error": "invalid_client", "error_description": "unknown client" });
    meanwhile.at("/oauth/token", move || Some(Reply::json(401, no.to_string())));
    let list = world.run(LIST);
    assert_error(&list, 4, "unauthenticated");
    let hint = list.error()["hint"].to_string();
    assert!(hint.contains("log in again with glduo connect"), "{hint}");
    for (line, pointer) in [("connect status --json", ""), ("connect status --all --json", "/0")] {
        let outcome = world.run(line);
        let json = outcome.json();
        let status = json.pointer(pointer).expect("a status");
        assert_eq!((outcome.code, &status["reason"]), (4, &json!("unauthenticated")));
        assert_eq!((&status["auth"], &status["source"]), (&json!("oauth"), &json!("file")));
        assert_eq!(status["can"]["chat"], false, "{status}");
    }
}

#[test]
fn a_session_that_is_over_is_told_with_what_is_known_of_it() {
    let (_place, world, meanwhile) = stale();
    let no = json!({ "error": "invalid_grant" });
    meanwhile.at("/oauth/token", move || Some(Reply::json(400, no.to_string())));
    let status = world.run("connect status --json");
    assert_eq!((status.code, &status.json()["reason"]), (4, &json!("token_expired")));
    let known = ["username", "auth", "source"].map(|name| status.json()[name].clone());
    assert_eq!(known, [json!("mira.okafor"), json!("oauth"), json!("file")]);
    assert_eq!(
        status.json()["can"],
        json!({ "chat": false, "read": false, "write": false, "workflow": false })
    );
}

#[test]
fn doctor_waits_for_another_holder_of_the_store_no_longer_than_its_limit() {
    let (place, world, _) = stale();
    let lock = fs::File::open(store_of(&world).with_file_name("credentials.json.lock"));
    let lock = lock.expect("a lock");
    lock.lock().expect("the only holder");
    for (flags, limit) in [("", "10 s"), (" --timeout 2", "2 s")] {
        let told = world.run(&format!("doctor --json{flags}")).stdout;
        assert!(told.contains(&format!("was locked for {limit}")), "{told}");
    }
    assert_eq!(place.refreshes(), 0);
}

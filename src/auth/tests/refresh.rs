//! One process and its session.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::support::{Home, Instance, oauth_error, pair, quiet, session};
use crate::auth::{AuthError, Store};
use crate::model::secret::Secret;
use crate::system::clock::Clock as _;
use crate::system::environment::Environment;

fn never() -> Instance {
    Instance::new(|_| (500, "not to be asked".to_owned()))
}

fn token(home: &Home, instance: &Instance) -> Result<String, AuthError> {
    let usable = home.sessions(&home.store(), &instance.base).usable()?;
    Ok(usable.expect("a connection").access_token.expose().to_owned())
}

#[test]
fn a_young_token_asks_nobody_and_without_a_connection_there_is_none() {
    let (home, instance) = (Home::new(), never());
    let sessions = home.store();
    assert!(home.sessions(&sessions, &instance.base).usable().expect("no error").is_none());
    home.keep(&instance.base, 301);
    assert_eq!(token(&home, &instance).expect("a token"), "access-1");
    assert!(instance.asked().is_empty());
}

#[test]
fn a_token_near_its_end_is_renewed_with_all_that_made_it_and_kept() {
    let (home, instance) = (Home::new(), Instance::new(|_| pair(2)));
    home.keep(&instance.base, 299);
    assert_eq!(token(&home, &instance).expect("a token"), "access-2");
    assert_eq!(token(&home, &instance).expect("a token"), "access-2");
    let [asked] = &instance.asked()[..] else { panic!("{:?}", instance.asked()) };
    assert_eq!(asked.path, "/gitlab/oauth/token");
    for (name, value) in [
        ("grant_type", "refresh_token"),
        ("refresh_token", "refresh-1"),
        ("redirect_uri", "http://localhost:42456/callback"),
        ("client_id", "app"),
        ("client_secret", "gloas-secret"),
    ] {
        assert_eq!(asked.field(name), value);
    }
    let kept = home.store().find(&instance.base).expect("readable").expect("kept");
    assert_eq!(kept.username.as_deref(), Some("root"));
    let life = kept.expires_at.zip(kept.received_at).map(|(end, start)| end.duration_since(start));
    assert_eq!(life.expect("both times").expect("in order"), Duration::from_hours(2));
    assert!(!home.text().contains("-1\""), "nothing of the old pair is left: {}", home.text());
    assert_eq!(home.redactor.redact("access-2 refresh-2"), "[redacted] [redacted]");
}

#[test]
fn without_a_new_refresh_token_the_old_one_stays() {
    let answer = r#"{"access_token":"access-2"}"#;
    let (home, instance) = (Home::new(), Instance::new(move |_| (200, answer.to_owned())));
    home.keep(&instance.base, -1);
    assert_eq!(token(&home, &instance).expect("a token"), "access-2");
    assert!(home.text().contains("refresh-1"));
    let kept = home.store().find(&instance.base).expect("readable").expect("kept");
    assert_eq!(kept.expires_at, None, "unknown, not never");
}

#[test]
fn servers_trouble_never_drops_a_session() {
    for left in [-1, 200] {
        let (home, instance) = (Home::new(), Instance::new(|_| (503, "{}".to_owned())));
        home.keep(&instance.base, left);
        let before = home.text();
        match (left, token(&home, &instance)) {
            (200, Ok(token)) => assert_eq!(token, "access-1", "still good"),
            (-1, Err(AuthError::Http(_))) => {}
            (left, other) => panic!("{left}: {other:?}"),
        }
        assert_eq!(home.text(), before);
        assert_eq!(instance.asked().len(), 1, "sent once");
    }
}

#[test]
fn an_ended_session_is_kept_and_its_token_not_sent_again() {
    let (home, instance) = (Home::new(), Instance::new(|_| oauth_error("invalid_grant")));
    home.keep(&instance.base, -1);
    for _ in 0..3 {
        let error = token(&home, &instance).expect_err("the end");
        assert!(matches!(error, AuthError::SessionEnded { .. }), "{error}");
    }
    assert_eq!(instance.asked().len(), 1);
    assert!(home.text().contains("refresh-1"));
    home.keep(&instance.base, 3_000);
    assert_eq!(token(&home, &instance).expect("after a new login"), "access-1");
}

#[test]
fn a_newer_pair_that_appeared_meanwhile_wins() {
    let home = Home::new();
    let file = home.file();
    let instance = Instance::new(move |_| {
        let text = std::fs::read_to_string(&file).expect("the store");
        std::fs::write(&file, text.replace("-1\"", "-9\"")).expect("restored by somebody");
        oauth_error("invalid_grant")
    });
    home.keep(&instance.base, -1);
    assert_eq!(token(&home, &instance).expect("a token"), "access-9");
    assert!(!home.text().contains("ended"));
}

#[test]
fn a_token_with_a_short_life_is_not_renewed_at_every_use() {
    let short = r#"{"access_token":"access-2","refresh_token":"refresh-2","expires_in":60}"#;
    let (home, instance) = (Home::new(), Instance::new(move |_| (200, short.to_owned())));
    home.keep(&instance.base, -1);
    for _ in 0..3 {
        assert_eq!(token(&home, &instance).expect("a token"), "access-2");
    }
    assert_eq!(instance.asked().len(), 1);
    home.clock.sleep(Duration::from_secs(55));
    token(&home, &instance).expect("a token");
    assert_eq!(instance.asked().len(), 2, "before its end all the same");
}

#[test]
fn after_a_401_the_token_is_renewed_once_or_taken_from_who_did() {
    let (home, instance) = (Home::new(), Instance::new(|_| pair(2)));
    home.keep(&instance.base, 7_000);
    let store = home.store();
    let sessions = home.sessions(&store, &instance.base);
    let rejected = Secret::new("access-1");
    for _ in 0..2 {
        let renewed = sessions.after_rejection(&rejected).expect("renewed").expect("a session");
        assert_eq!(renewed.access_token.expose(), "access-2");
    }
    assert_eq!(instance.asked().len(), 1);
}

#[test]
fn a_personal_token_has_nothing_to_renew() {
    let (home, instance) = (Home::new(), never());
    let mut plain = session(&instance.base, -1);
    plain.kind = crate::auth::TokenKind::PersonalAccessToken;
    plain.renewal = None;
    home.store().connect(&plain, home.clock.as_ref()).expect("kept");
    let store = home.store();
    let sessions = home.sessions(&store, &instance.base);
    assert!(sessions.usable().expect("no error").is_some(), "the server knows better");
    assert!(sessions.after_rejection(&Secret::new("access-1")).expect("no error").is_none());
    assert!(instance.asked().is_empty());
}

#[cfg(unix)]
#[test]
fn a_store_that_cannot_be_written_is_found_out_before_the_token_is_spent() {
    let (home, instance) = (Home::new(), never());
    home.keep(&instance.base, -1);
    // Root may write anywhere, but a name has at most 255 bytes: the names of the store and of
    // its lock fit, the name of a temporary file does not.
    let long = home.file().with_file_name("x".repeat(248));
    std::fs::rename(home.file(), &long).expect("renamed");
    std::os::unix::fs::symlink(&long, home.file()).expect("a link");
    let failed = token(&home, &instance).expect_err("not writable");
    assert!(
        matches!(&failed, AuthError::StoreNotWritable { path, .. } if *path == long),
        "{failed}"
    );
    assert!(instance.asked().is_empty());
}

#[test]
fn a_pair_that_cannot_be_kept_is_a_loud_error() {
    let home = Home::new();
    let directory = home.folder.path().join("glduo");
    let instance = Instance::new(move |_| {
        std::fs::remove_dir_all(&directory).expect("removed");
        std::fs::write(&directory, "in the way").expect("written");
        pair(2)
    });
    // Still good for a while, which is no excuse: the server has just taken it back.
    home.keep(&instance.base, 200);
    let error = token(&home, &instance).expect_err("lost");
    assert!(matches!(error, AuthError::SessionNotSaved { .. }), "{error:?}");
}

#[test]
fn a_request_is_sent_again_only_where_no_connection_was_made() {
    let home = Home::new();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = socket.local_addr().expect("an address");
    drop(socket);
    let nobody = crate::model::address::BaseUrl::parse(&format!("http://{address}"));
    let nobody = nobody.expect("a base");
    home.keep(&nobody, -1);
    let store = home.store();
    let failed = home.sessions(&store, &nobody).usable().expect_err("nobody there");
    assert!(matches!(failed, AuthError::Http(_)), "{failed}");
    assert_eq!(home.clock.passed(), Duration::from_millis(1_500), "two pauses");

    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = socket.local_addr().expect("an address");
    let visits = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&visits);
    std::thread::spawn(move || {
        for stream in socket.incoming() {
            *counted.lock().expect("a count") += 1;
            let mut byte = [0];
            let _ = std::io::Read::read(&mut stream.expect("a stream"), &mut byte);
        }
    });
    let hangs_up = crate::model::address::BaseUrl::parse(&format!("http://{address}"));
    let hangs_up = hangs_up.expect("a base");
    home.keep(&hangs_up, -1);
    let failed = home.sessions(&store, &hangs_up).usable().expect_err("hung up");
    assert!(matches!(failed, AuthError::Http(_)), "{failed}");
    assert_eq!(*visits.lock().expect("a count"), 1);
}

#[test]
fn a_lock_that_never_comes_free_is_waited_for_and_no_longer() {
    let (home, instance) = (Home::new(), never());
    home.keep(&instance.base, -1);
    let _held = home.store().lock(home.clock.as_ref()).expect("the lock");
    let error = token(&home, &instance).expect_err("locked");
    assert!(matches!(error, AuthError::StoreLocked { waited, .. } if waited.as_secs() == 30));
    assert!(instance.asked().is_empty());
}

#[test]
fn without_a_home_nothing_is_connected_and_nothing_can_be_kept() {
    let (home, instance) = (Home::new(), never());
    let homeless = Store::new(&Environment::default(), &quiet(&home.redactor));
    assert!(home.sessions(&homeless, &instance.base).usable().expect("no error").is_none());
    let kept = homeless.connect(&session(&instance.base, 1), home.clock.as_ref());
    assert!(matches!(kept, Err(AuthError::NoHome)));
}

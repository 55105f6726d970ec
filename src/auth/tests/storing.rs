//! The store with several instances, and in bad condition.

use super::support::{Home, session};
use crate::auth::{AuthError, Purpose, TokenKind};
use crate::model::address::BaseUrl;

fn base(text: &str) -> BaseUrl {
    BaseUrl::parse(text).expect("a base")
}

fn instances(home: &Home) -> Vec<String> {
    let instances = home.store().instances().expect("readable");
    instances.iter().map(ToString::to_string).collect()
}

#[test]
fn instances_live_side_by_side_and_the_last_one_comes_first() {
    let home = Home::new();
    for text in ["https://b.example", "https://c.example/gitlab", "https://a.example"] {
        home.keep(&base(text), 100);
    }
    assert_eq!(instances(&home)[0], "https://a.example");
    assert_eq!(home.store().connections().expect("readable").len(), 3);
    home.keep(&base("https://b.example"), 100);
    assert_eq!(instances(&home)[0], "https://b.example");
    let store = home.store().lock(home.clock.as_ref()).expect("the lock");
    assert!(store.remove(&base("https://b.example")).expect("removed"));
    assert!(!store.remove(&base("https://b.example")).expect("nothing to remove"));
    assert_eq!(instances(&home).len(), 2);
    assert!(home.store().find(&base("https://c.example")).expect("readable").is_none());
}

#[test]
fn what_a_newer_version_wrote_is_kept() {
    let home = Home::new();
    home.keep(&base("https://a.example"), 100);
    let text = home.text().replace("\"kind\"", "\"future\": [1], \"kind\"");
    let text = text.replacen('{', "{\"news\": {\"a\": 1},", 1);
    std::fs::write(home.file(), text).expect("written");
    home.keep(&base("https://b.example"), 100);
    home.keep(&base("https://a.example"), 200);
    assert!(home.text().contains("future") && home.text().contains("news"));
}

#[test]
fn an_unreadable_store_is_named_and_never_overwritten() {
    let broken = ["", "{", "[]", "{}", r#"{"version":2}"#, r#"{"version":1,"connections":[]}"#];
    for text in broken {
        let home = Home::new();
        home.keep(&base("https://a.example"), 100);
        std::fs::write(home.file(), text).expect("written");
        let read = home.store().find(&base("https://a.example"));
        let written =
            home.store().connect(&session(&base("https://a.example"), 1), home.clock.as_ref());
        for (outcome, wanted) in [(read.map(drop), Purpose::Read), (written, Purpose::Write)] {
            match outcome {
                Err(AuthError::StoreUnreadable { path, purpose, .. }) => {
                    assert_eq!((path, purpose), (home.file(), wanted));
                }
                other => panic!("{text}: {other:?}"),
            }
        }
        assert_eq!(home.text(), text);
    }
}

#[test]
fn one_broken_entry_does_not_take_the_others_along() {
    let home = Home::new();
    home.keep(&base("https://a.example"), 100);
    home.keep(&base("https://b.example"), 100);
    let text = home.text().replacen("\"oauth\"", "\"magic\"", 1);
    std::fs::write(home.file(), text).expect("written");
    let error = home.store().find(&base("https://a.example")).expect_err("broken");
    assert!(error.to_string().contains("https://a.example is broken"), "{error}");
    assert!(home.store().find(&base("https://b.example")).expect("readable").is_some());
    let store = home.store().lock(home.clock.as_ref()).expect("the lock");
    assert!(store.remove(&base("https://a.example")).expect("removed"));
}

#[test]
fn an_entry_filed_under_another_host_is_not_that_hosts() {
    let home = Home::new();
    home.keep(&base("https://a.example"), 100);
    let text = home.text().replace("\"https://a.example\": {", "\"https://evil.example\": {");
    std::fs::write(home.file(), text).expect("written");
    let error = home.store().find(&base("https://evil.example")).expect_err("refused");
    assert!(matches!(error, AuthError::StoreUnreadable { .. }));
}

#[test]
fn a_store_that_could_not_be_read_again_is_not_written() {
    let home = Home::new();
    home.keep(&base("https://a.example"), 100);
    let before = home.text();
    let mut large = session(&base("https://b.example"), 100);
    large.username = Some("x".repeat(1 << 20));
    let failed = home.store().connect(&large, home.clock.as_ref()).expect_err("too large");
    assert!(matches!(&failed, AuthError::StoreNotWritable { .. }), "{failed}");
    assert!(failed.to_string().contains("larger than 1048576 bytes"), "{failed}");
    assert_eq!(home.text(), before);
}

#[test]
fn the_token_goes_to_its_own_origin() {
    let mut connection = session(&base("https://a.example/gitlab"), 100);
    connection.kind = TokenKind::PersonalAccessToken;
    let credential = connection.credential();
    assert_eq!(credential.origin.to_string(), "https://a.example");
    assert_eq!(credential.source.to_string(), "file");
}

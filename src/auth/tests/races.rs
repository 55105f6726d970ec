//! Many at one store: threads with files and locks of their own, and processes that die.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant, SystemTime};

use super::support::{Home, Instance, oauth_error, pair, quiet, session, store_below};
use crate::auth::{AuthorizationServer, SentRefreshes, Sessions};
use crate::http::{Client, Options};
use crate::model::address::BaseUrl;
use crate::model::redact::Redactor;
use crate::system::clock::{Clock as _, RealClock};

const SIBLINGS: usize = 30;
const ROUNDS: usize = 20;

/// An instance that takes each refresh token once and in order.
fn strict_instance() -> Instance {
    let mut current = 1;
    Instance::new(move |asked| {
        if asked.field("refresh_token") != format!("refresh-{current}") {
            return oauth_error("invalid_grant");
        }
        // Long enough for every sibling to come to the lock.
        RealClock.sleep(Duration::from_millis(20));
        current += 1;
        pair(current)
    })
}

/// What one process would do: its own files, client and lock.
fn usable_token(data: &std::path::Path, instance: &BaseUrl) -> String {
    let redactor = Redactor::default();
    let http = Client::new(Options::default(), Arc::new(RealClock), quiet(&redactor));
    let store = store_below(data);
    let (http, clock, sent) = (&http, &RealClock, &SentRefreshes::default());
    let server = AuthorizationServer { instance, http, clock, redactor: &redactor, sent };
    let usable = Sessions { store: &store, server }.usable();
    usable.expect("usable").expect("a connection").access_token.expose().to_owned()
}

#[test]
fn thirty_on_one_expired_token_make_one_refresh_and_all_succeed() {
    let home = Home::new();
    let instance = strict_instance();
    for round in 1..=ROUNDS {
        let mut expired = home.store().find(&instance.base).expect("readable");
        let expired = expired.get_or_insert_with(|| session(&instance.base, 0));
        expired.expires_at = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1));
        home.store().connect(expired, &RealClock).expect("kept");
        let barrier = Barrier::new(SIBLINGS);
        let tokens: BTreeSet<String> = std::thread::scope(|scope| {
            let sibling = || {
                barrier.wait();
                usable_token(home.folder.path(), &instance.base)
            };
            let siblings: Vec<_> = (0..SIBLINGS).map(|_| scope.spawn(sibling)).collect();
            siblings.into_iter().map(|it| it.join().expect("a sibling")).collect()
        });
        assert_eq!(tokens, BTreeSet::from([format!("access-{}", round + 1)]));
        assert_eq!(instance.asked().len(), round, "one refresh a round");
    }
}

#[test]
fn logins_to_thirty_hosts_at_once_lose_none() {
    let home = Home::new();
    let hosts: Vec<BaseUrl> = (0..SIBLINGS)
        .map(|number| BaseUrl::parse(&format!("https://h{number}.example")).expect("a base"))
        .collect();
    std::thread::scope(|scope| {
        for host in &hosts {
            let store = home.store();
            scope.spawn(move || store.connect(&session(host, 100), &RealClock).expect("kept"));
        }
    });
    assert_eq!(home.store().connections().expect("readable").len(), SIBLINGS);
}

const WRITER: &str = "GLDUO_TEST_WRITES_TO";

/// Not a test of its own: what the processes of the next test do until they are killed.
#[test]
fn writes_until_it_is_killed() {
    let Some(data) = std::env::var_os(WRITER) else { return };
    let store = store_below(data.as_ref());
    let mut connection = session(&BaseUrl::parse("https://a.example").expect("a base"), 100);
    connection.username = Some("x".repeat(200_000));
    loop {
        store.connect(&connection, &RealClock).expect("kept");
    }
}

#[test]
fn processes_killed_while_saving_leave_a_whole_store_and_no_lock() {
    let home = Home::new();
    let base = BaseUrl::parse("https://a.example").expect("a base");
    home.keep(&base, 100);
    for round in 0..10 {
        home.keep(&base, 100);
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "auth::tests::races::writes_until_it_is_killed"])
            .env(WRITER, home.folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("a process");
        let begun = Instant::now();
        while home.text().len() < 200_000 {
            assert!(begun.elapsed() < Duration::from_secs(30), "the process writes nothing");
            RealClock.sleep(Duration::from_millis(1));
        }
        RealClock.sleep(Duration::from_micros(700 * round));
        child.kill().expect("killed");
        child.wait().expect("gone");
        assert!(home.store().find(&base).expect("whole").is_some());
    }
    home.keep(&base, 100);
    let entries = std::fs::read_dir(home.folder.path().join("glduo")).expect("a directory");
    assert_eq!(entries.count(), 2, "the store and its lock, and no leftover");
}

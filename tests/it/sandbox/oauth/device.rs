//! The device grant, by the sandbox's clock.

use glduo::sandbox::Sandbox;
use serde_json::Value;

use super::{
    CONFIDENTIAL, PUBLIC, invalid_grant, post, press, refresh, refused, sandbox, tokens, user, with,
};
use crate::support::raw;

fn start(sandbox: &Sandbox) -> Value {
    let fields = [("client_id", PUBLIC), ("scope", "api")];
    let answer = post(sandbox, "/oauth/authorize_device", &fields);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn poll(sandbox: &Sandbox, device: &Value, changes: &[(&str, &str)]) -> raw::Answer {
    let fields = vec![
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", device["device_code"].as_str().expect("a code")),
        ("client_id", PUBLIC),
    ];
    post(sandbox, "/oauth/token", &with(fields, changes))
}

fn error(answer: &raw::Answer) -> String {
    assert_eq!(answer.status, 400, "{}", answer.text());
    refused(answer).1
}

/// The page that the device points to, without the origin.
fn page(device: &Value) -> String {
    let address = device["verification_uri_complete"].as_str().expect("an address");
    address[address.find("/oauth").expect("a path")..].to_owned()
}

#[test]
fn an_approved_device_gets_its_tokens_once() {
    let (sandbox, clock) = sandbox();
    let device = start(&sandbox);
    assert_eq!((&device["expires_in"], &device["interval"]), (&300.into(), &5.into()));
    assert_eq!(device["verification_uri"], format!("{}/oauth/device", sandbox.url()));
    assert_eq!(device["user_code"].as_str().map(str::len), Some(8));
    assert_eq!(error(&poll(&sandbox, &device, &[])), "authorization_pending");
    let shown = press(&sandbox, &page(&device), "authorize");
    assert!(shown.status == 200 && shown.text().contains("Device authorized"));
    clock.forward(5);
    assert_eq!(refused(&poll(&sandbox, &device, &CONFIDENTIAL)), invalid_grant());
    let (access, token) = tokens(&poll(&sandbox, &device, &[]));
    assert_eq!(user(&sandbox, &access).status, 200);
    assert_eq!(refused(&poll(&sandbox, &device, &[])), invalid_grant());
    let foreign = with(refresh(&token), &[("redirect_uri", "http://localhost:1/")]);
    assert_eq!(refused(&post(&sandbox, "/oauth/token", &foreign)), invalid_grant());
    let plain = with(refresh(&token), &[("redirect_uri", "")]);
    tokens(&post(&sandbox, "/oauth/token", &plain));
}

#[test]
fn a_refused_device_is_told_so() {
    let (sandbox, _) = sandbox();
    let device = start(&sandbox);
    assert!(press(&sandbox, &page(&device), "deny").text().contains("Device refused"));
    assert_eq!(error(&poll(&sandbox, &device, &[])), "access_denied");
}

#[test]
fn haste_makes_the_interval_longer() {
    let (sandbox, clock) = sandbox();
    let device = start(&sandbox);
    let ask = |after| {
        clock.forward(after);
        error(&poll(&sandbox, &device, &[]))
    };
    assert_eq!(ask(0), "authorization_pending");
    assert_eq!(ask(4), "slow_down");
    assert_eq!(ask(9), "slow_down", "ten seconds now");
    assert_eq!(ask(15), "authorization_pending");
}

#[test]
fn a_device_waits_for_five_minutes() {
    let (sandbox, clock) = sandbox();
    let device = start(&sandbox);
    clock.forward(299);
    assert_eq!(error(&poll(&sandbox, &device, &[])), "authorization_pending");
    clock.forward(1);
    assert_eq!(error(&poll(&sandbox, &device, &[])), "expired_token");
    let late = raw::get(sandbox.url(), &page(&device), &[]).text();
    assert!(late.contains("role=\"alert\"") && !late.contains("name=\"decision\""));
}

#[test]
fn a_code_is_typed_in_the_persons_own_way() {
    let (sandbox, _) = sandbox();
    let device = start(&sandbox);
    let code = device["user_code"].as_str().expect("a code").to_lowercase();
    let empty = raw::get(sandbox.url(), "/oauth/device", &[]).text();
    assert!(empty.contains("<label for=\"user_code\">") && !empty.contains("role=\"alert\""));
    let typed = format!("/oauth/device?user_code={}-+{}", &code[..4], &code[4..]);
    assert!(press(&sandbox, &typed, "authorize").text().contains("Device authorized"));
    let unknown = raw::get(sandbox.url(), "/oauth/device?user_code=%3Cb%3E", &[]).text();
    assert!(unknown.contains("role=\"alert\""));
}

#[test]
fn only_known_applications_start_with_their_own_scopes() {
    let (sandbox, _) = sandbox();
    let start =
        |fields: &[(&str, &str)]| refused(&post(&sandbox, "/oauth/authorize_device", fields));
    assert_eq!(start(&[("client_id", "x")]), (401, "invalid_client".into()));
    assert_eq!(
        start(&[("client_id", PUBLIC), ("client_secret", "x")]),
        (401, "invalid_client".into())
    );
    let sudo = [("client_id", PUBLIC), ("scope", "api sudo")];
    assert_eq!(start(&sudo), (400, "invalid_scope".into()));
}

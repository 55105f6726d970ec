//! The device authorization grant against an instance.

use std::time::Duration;

use super::support::{Home, Instance, oauth_error, pair};
use crate::auth::{Application, AuthError, Connection, DeviceLogin, Event, Way};

const STARTED: &str = r#"{"device_code":"dev1ce","user_code":"0A44L90H","expires_in":300,
    "verification_uri":"https://h/oauth/device","interval":5}"#;

fn application() -> Application {
    Application { id: "app".to_owned(), secret: None, callback_url: String::new() }
}

/// Logs in where the instance answers the questions with these, and then goes on with the last.
fn log_in(
    home: &Home,
    answers: &'static [&'static str],
    limit: u64,
) -> (Result<Connection, AuthError>, Vec<Event>, Instance) {
    let mut questions = 0;
    let instance = Instance::new(move |asked| {
        if asked.path.ends_with("authorize_device") {
            return (200, STARTED.to_owned());
        }
        let answer = answers[questions.min(answers.len() - 1)];
        questions += 1;
        match answer {
            "tokens" => pair(1),
            "503" => (503, "{}".to_owned()),
            error => oauth_error(error),
        }
    });
    let server = home.server(&instance.base);
    let scopes = ["ai_features".to_owned(), "openid".to_owned()];
    let login = DeviceLogin::start(&server, application(), &scopes).expect("a login");
    assert_eq!(login.user_code(), "0A44L90H");
    let mut events = Vec::new();
    let limit = Duration::from_secs(limit);
    let outcome = login.wait(&server, limit, &mut |event| events.push(event));
    (outcome, events, instance)
}

#[test]
fn it_asks_at_the_pace_that_the_server_wants() {
    let home = Home::new();
    let answers = &["authorization_pending", "slow_down", "503", "tokens"];
    let (connection, events, instance) = log_in(&home, answers, 300);
    let connection = connection.expect("a session");
    assert_eq!(connection.access_token.expose(), "access-1");
    assert_eq!(connection.renewal.expect("a renewal").redirect_uri, None);
    assert_eq!(home.clock.passed(), Duration::from_secs(5 + 5 + 10 + 20));
    let interval = Duration::from_secs(10);
    assert!(events.contains(&Event::SlowingDown { interval }));
    assert!(events.contains(&Event::AskingAgain));
    let asked = instance.asked();
    assert_eq!(asked[0].path, "/gitlab/oauth/authorize_device");
    assert_eq!(asked[0].field("scope"), "ai_features openid");
    assert_eq!(asked[1].field("grant_type"), "urn:ietf:params:oauth:grant-type:device_code");
    assert_eq!((asked[1].field("device_code"), asked[1].field("client_id")), ("dev1ce", "app"));
}

#[test]
fn each_end_has_its_own_error() {
    let outcome = |answers, limit| log_in(&Home::new(), answers, limit).0;
    assert!(matches!(outcome(&["access_denied"], 300), Err(AuthError::Refused)));
    assert!(matches!(outcome(&["expired_token"], 300), Err(AuthError::DeviceExpired)));
    assert!(matches!(outcome(&["invalid_client"], 300), Err(AuthError::OAuth { .. })));
    let pending = &["authorization_pending"];
    assert!(matches!(outcome(pending, 300), Err(AuthError::DeviceExpired)));
    let over = outcome(pending, 60);
    assert!(matches!(over, Err(AuthError::WaitOver { way: Way::Device, .. })), "{over:?}");
}

#[test]
fn an_instance_without_it_says_so() {
    for (status, body) in [
        (404, "{\"error\":\"404 Not Found\"}"),
        (400, "{\"error\":\"unsupported_grant_type\"}"),
        (404, "<html>"),
    ] {
        let (home, instance) = (Home::new(), Instance::new(move |_| (status, body.to_owned())));
        let server = home.server(&instance.base);
        let started = DeviceLogin::start(&server, application(), &[]);
        assert!(matches!(started, Err(AuthError::DeviceUnsupported { .. })), "{started:?}");
    }
}

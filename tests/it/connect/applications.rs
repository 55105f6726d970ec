//! Which application a login speaks for: environment, configuration, flags.

use serde_json::json;

use super::person::{approve, parameter};
use super::place::{APP_SECRET, CONFIDENTIAL, PUBLIC, Place, field};
use super::store_of;
use crate::support::world::{Outcome, World};
use glduo::model::address::Url;

fn agreed(world: World, line: &str) -> (World, Outcome) {
    let world = world.in_browser(|page| drop(approve(&page)));
    let outcome = world.run(line);
    (world, outcome)
}

fn opened(world: &World) -> Url {
    Url::parse(&world.opened.lock().unwrap()[0]).expect("a URL")
}

#[test]
fn without_an_application_the_error_says_how_to_register_one() {
    let place = Place::new();
    for line in ["connect --oauth --json", "connect --device --json"] {
        let outcome = place.bare_world().run(line);
        assert_eq!((outcome.code, &outcome.error()["code"]), (2, &json!("usage")), "{outcome:?}");
        let hint = outcome.error()["hint"].to_string();
        for words in [
            format!("{}/-/user_settings/applications", place.sandbox.url()),
            "redirect URI http://localhost:42456/callback".to_owned(),
            "scopes ai_features openid profile".to_owned(),
            "GITLAB_OAUTH_APP_ID".to_owned(),
        ] {
            assert!(hint.contains(&words), "{words}: {hint}");
        }
    }
    let callback_url = "http://localhost:5555/x";
    let args = ["connect", "--callback-url", callback_url, "--scopes", "api openid"];
    let outcome = place.bare_world().run_args(&args);
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert!(outcome.stderr.contains(callback_url) && outcome.stderr.contains("scopes api openid"));
    assert!(place.sandbox.requests().is_empty());
}

#[test]
fn a_confidential_application_proves_itself_at_every_step() {
    let place = Place::new();
    let world = place
        .world()
        .env("GITLAB_OAUTH_APP_ID", CONFIDENTIAL)
        .env("GITLAB_OAUTH_APP_SECRET", APP_SECRET);
    let (world, outcome) = agreed(world, "connect --oauth --scopes api");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(place.entry(&world)["client_secret"], APP_SECRET);
    assert!(!opened(&world).as_str().contains(APP_SECRET));
    place.clock.advance(std::time::Duration::from_hours(3));
    // Application and secret are those of the session, whatever is set now.
    let world = world.env("GITLAB_OAUTH_APP_ID", PUBLIC).env("GITLAB_OAUTH_APP_SECRET", "other");
    assert_eq!(world.run("mr list -R acme/shop/storefront -L 1").code, 0);
    assert_eq!(world.run("connect logout").code, 0);
    let (grants, revocations) = (place.grants(), place.forms("/oauth/revoke"));
    let forms = grants.iter().chain(&revocations).collect::<Vec<_>>();
    assert!(forms.len() >= 3, "{forms:?}");
    for form in forms {
        assert_eq!(field(form, "client_id"), Some(CONFIDENTIAL));
        assert_eq!(field(form, "client_secret"), Some(APP_SECRET));
    }
}

#[test]
fn a_wrong_or_missing_secret_is_told_with_what_to_check() {
    let place = Place::new();
    for secret in ["gloas-not-the-secret-at-all-000001", ""] {
        let world = place
            .world()
            .env("GITLAB_OAUTH_APP_ID", CONFIDENTIAL)
            .env("GITLAB_OAUTH_APP_SECRET", secret);
        let (world, outcome) = agreed(world, "connect --oauth --json");
        assert_eq!(outcome.code, 4, "{outcome:?}");
        let hint = outcome.error()["hint"].to_string();
        assert!(hint.contains("GITLAB_OAUTH_APP_SECRET"), "{hint}");
        assert!(secret.is_empty() || !outcome.stderr.contains(secret), "{outcome:?}");
        assert!(!store_of(&world).exists());
    }
}

#[test]
fn the_other_name_of_the_id_and_scopes_from_the_environment_count() {
    let place = Place::new();
    let world = place
        .bare_world()
        .env("GITLAB_OAUTH_CLIENT_ID", PUBLIC)
        .env("GITLAB_OAUTH_CALLBACK_URL", place.callback_url())
        .env("GITLAB_OAUTH_SCOPES", "read_user,openid");
    let (world, outcome) = agreed(world, "connect --oauth");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let page = opened(&world);
    assert_eq!(
        (parameter(&page, "client_id"), parameter(&page, "scope")),
        (PUBLIC.into(), "read_user openid".into())
    );
}

#[test]
fn flags_come_before_the_environment() {
    let place = Place::new();
    let world = place
        .world()
        .env("GITLAB_OAUTH_CALLBACK_URL", "http://localhost:1/elsewhere")
        .env("GITLAB_OAUTH_SCOPES", "sudo")
        .in_browser(|page| drop(approve(&page)));
    let url = place.callback_url();
    let outcome =
        world.run_args(&["connect", "--callback-url", &url, "--scopes", "read_api openid"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(place.entry(&world)["scopes"], json!(["read_api", "openid"]));
}

#[test]
fn the_users_configuration_names_an_application() {
    let place = Place::new();
    let config = json!({ "gitlab": { "oauth": {
        "appId": PUBLIC, "callbackUrl": place.callback_url(), "scopes": "ai_features read_api",
    } } });
    let world = place.bare_world().user_config(&config.to_string());
    let (world, outcome) = agreed(world, "connect --oauth");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(place.entry(&world)["scopes"], json!(["ai_features", "read_api"]));
}

#[test]
fn a_repository_names_none() {
    let place = Place::new();
    let config = json!({ "gitlab": { "oauth": {
        "appId": PUBLIC, "callbackUrl": place.callback_url(),
    } } });
    let world = place.bare_world().file("work/.glduo.json", &config.to_string());
    let (world, outcome) = agreed(world, "connect --oauth");
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert!(world.opened.lock().unwrap().is_empty() && place.sandbox.requests().is_empty());
}

//! The way in: who may, from where, to which place.

use super::super::sandbox;
use crate::support::raw;
use crate::support::socket::{Opening, PATH, query};

#[test]
fn only_an_account_with_a_seat_and_the_right_scope_comes_in() {
    let sandbox = sandbox();
    let as_token = |name: &str| {
        let token = sandbox.token_named(name).expect("a token");
        let opening = Opening::new(&sandbox).with("authorization", &format!("Bearer {token}"));
        opening.open().err()
    };
    assert!(as_token("api").is_none());
    for (token, status) in [
        ("ai_features", 403),
        ("expired", 401),
        ("revoked", 401),
        ("read_api", 403),
        ("no_seat", 403),
    ] {
        assert_eq!(as_token(token).map(|(status, _)| status), Some(status), "{token}");
    }
    let words = as_token("ai_features").expect("a refusal").1;
    assert!(words.contains(r#""error":"insufficient_scope""#), "{words}");
    assert!(words.contains(r#""scope":"api""#), "{words}");
    let nobody = Opening::new(&sandbox).with("authorization", "").open().err();
    assert_eq!(nobody, Some((401, r#"{"message":"401 Unauthorized"}"#.to_owned())));
    let stranger = Opening::new(&sandbox).with("authorization", "Bearer glpat-x").open().err();
    assert_eq!(stranger.map(|(status, _)| status), Some(401));
}

#[test]
fn the_place_is_optional_but_the_callers_own_and_in_a_group() {
    let sandbox = sandbox();
    let refused = |query: &str| {
        let error = Opening::new(&sandbox).to(format!("{PATH}?{query}")).open().err();
        error.map(|(status, _)| status)
    };
    for query in [
        query("chat").as_str(),
        "",
        "workflow_definition=chat&worfklow_id=1",
        "project_id=acme%2Fshop%2Fstorefront",
        "user_selected_model_identifier=claude_sonnet_4_6",
    ] {
        assert_eq!(refused(query), None, "{query}");
    }
    assert_eq!(refused("user_selected_model_identifier=gpt-0"), Some(400));
    assert_eq!(refused("project_id=1"), Some(404));
    assert_eq!(refused("project_id=mira.okafor%2Fdotfiles"), Some(403));
}

#[test]
fn another_origin_is_refused() {
    let sandbox = sandbox();
    let refused = |value| {
        let error = Opening::new(&sandbox).with("origin", value).open().err();
        error.map(|(status, _)| status)
    };
    assert_eq!((refused(""), refused(sandbox.url())), (None, None));
    assert_eq!(refused("http://127.0.0.1"), Some(403));
    assert_eq!(refused("https://evil.example"), Some(403));
}

#[test]
fn what_is_no_upgrade_is_refused_as_such() {
    let sandbox = sandbox();
    let target = format!("{PATH}?{}", query("chat"));
    let token = [("private-token", sandbox.token())];
    assert_eq!(raw::get(sandbox.url(), &target, &token).status, 400);
    assert_eq!(raw::send(sandbox.url(), "POST", &target, &token, b"").status, 405);
    let below = Opening::new(&sandbox).to(format!("{PATH}/x?{}", query("chat"))).open().err();
    assert_eq!(below.map(|(status, _)| status), Some(404));
}

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
        opening.open().err().map(|(status, _)| status)
    };
    assert_eq!((as_token("api"), as_token("ai_features")), (None, None));
    for (token, status) in [("expired", 401), ("revoked", 401), ("read_api", 403), ("no_seat", 403)]
    {
        assert_eq!(as_token(token), Some(status), "{token}");
    }
    let nobody = Opening::new(&sandbox).with("authorization", "").open().err();
    assert_eq!(nobody, Some((401, r#"{"message":"401 Unauthorized"}"#.to_owned())));
    let stranger = Opening::new(&sandbox).with("authorization", "Bearer glpat-x").open().err();
    assert_eq!(stranger.map(|(status, _)| status), Some(401));
}

#[test]
fn each_header_is_as_clients_send_it() {
    let sandbox = sandbox();
    let refused = |name, value| {
        let error = Opening::new(&sandbox).with(name, value).open().err();
        error.map(|(status, _)| status)
    };
    assert_eq!(refused("origin", ""), None);
    assert_eq!(refused("origin", "http://127.0.0.1"), Some(403));
    assert_eq!(refused("origin", "https://evil.example"), Some(403));
    assert_eq!(refused("content-type", "application/json"), Some(400));
    assert_eq!(refused("x-gitlab-client-type", ""), Some(400));
    assert_eq!(refused("x-gitlab-language-server-version", "8"), Some(400));
    assert_eq!(refused("x-gitlab-project-id", "61840217"), None);
    assert_eq!(refused("x-gitlab-project-id", "61840533"), Some(400));
}

#[test]
fn the_place_is_whole_and_the_callers_own() {
    let sandbox = sandbox();
    let refused = |query: &str| {
        let error = Opening::new(&sandbox).to(format!("{PATH}?{query}")).open().err();
        error.map(|(status, _)| status)
    };
    let right = query("chat");
    assert_eq!(refused(&right), None);
    assert_eq!(refused(&format!("{right}&user_selected_model_identifier=claude_sonnet_4_6")), None);
    assert_eq!(refused(&format!("{right}&user_selected_model_identifier=gpt-0")), Some(400));
    assert_eq!(refused(&format!("{right}&worfklow_id=1")), Some(400));
    assert_eq!(refused(&right.replace("=chat", "=chess")), Some(400));
    assert_eq!(refused(&right.replace("workflow_definition=chat&", "")), Some(400));
    assert_eq!(refused(&right.replace("61840217", "1")), Some(404));
    assert_eq!(refused(&right.replace("8472014", "8472020")), Some(404));
    assert_eq!(refused(&right.replace("id=8472001", "id=8472014")), Some(404));
    assert_eq!(refused("workflow_definition=chat"), Some(403));
    assert_eq!(refused("workflow_definition=chat&project_id=61840217"), Some(403));
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

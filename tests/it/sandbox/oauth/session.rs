//! Tokens: what they open, how they are renewed, and how they end.

use serde_json::json;

use super::{
    CONFIDENTIAL, PUBLIC, bearer, code_of, form, invalid_grant, login, post, question, redemption,
    refresh, refused, sandbox, tokens, user, with,
};
use crate::support::raw;

#[test]
fn a_token_answer_is_whole_and_kept_by_no_cache() {
    let (sandbox, _) = sandbox();
    let code = code_of(&sandbox, &question());
    let fields = redemption(&code);
    let body: serde_json::Map<_, _> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let body = json!(body).to_string();
    let kind = [("content-type", "application/json")];
    let answer = raw::send(sandbox.url(), "POST", "/oauth/token", &kind, body.as_bytes());
    let (access, refresh) = tokens(&answer);
    assert!(access.len() == 64 && refresh.len() == 64 && access != refresh);
    let json = answer.json();
    assert_eq!(json["token_type"], "Bearer");
    assert_eq!(json["expires_in"], 7200);
    assert_eq!(json["scope"], "api read_user openid");
    assert_eq!(json["created_at"], 1_800_000_000);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[test]
fn secrets_are_not_taken_from_the_address() {
    let (sandbox, _) = sandbox();
    let code = code_of(&sandbox, &question());
    let answer = post(&sandbox, "/oauth/token?client_id=x", &redemption(&code));
    assert_eq!(refused(&answer), (400, "invalid_request".into()));
    assert_eq!(raw::get(sandbox.url(), "/oauth/token", &[]).status, 404);
}

#[test]
fn an_access_token_opens_what_its_scopes_allow_while_it_lives() {
    let (sandbox, clock) = sandbox();
    let code = code_of(&sandbox, &with(question(), &[("scope", "read_user")]));
    let (access, _) = tokens(&post(&sandbox, "/oauth/token", &redemption(&code)));
    assert_eq!(user(&sandbox, &access).json()["username"], "mira.okafor");
    assert_eq!(bearer(&sandbox, &access, "/api/v4/merge_requests").status, 403);
    assert_eq!(bearer(&sandbox, &access, "/api/v4/personal_access_tokens/self").status, 400);
    let private = raw::get(sandbox.url(), "/api/v4/user", &[("private-token", &access)]);
    assert_eq!(private.status, 401, "it is no personal token");
    clock.forward(7199);
    assert_eq!(user(&sandbox, &access).status, 200);
    clock.forward(1);
    let expired = user(&sandbox, &access);
    assert_eq!(refused(&expired), (401, "invalid_token".into()));
    assert!(expired.text().contains("Token is expired"));
}

#[test]
fn a_refresh_ends_both_old_tokens_and_works_after_expiry() {
    let (sandbox, clock) = sandbox();
    let (access, old) = login(&sandbox);
    clock.forward(3 * 86_400);
    let (renewed, next) = tokens(&post(&sandbox, "/oauth/token", &refresh(&old)));
    assert!(renewed != access && next != old);
    assert_eq!(user(&sandbox, &renewed).status, 200);
    let dead = user(&sandbox, &access);
    assert!(dead.status == 401 && dead.text().contains("Token was revoked"), "{}", dead.text());
    tokens(&post(&sandbox, "/oauth/token", &refresh(&next)));
    assert_eq!(user(&sandbox, &renewed).status, 401, "at once");
}

#[test]
fn a_refresh_token_used_twice_is_refused_and_ends_nothing() {
    let (sandbox, _) = sandbox();
    let (_, old) = login(&sandbox);
    let (renewed, next) = tokens(&post(&sandbox, "/oauth/token", &refresh(&old)));
    assert_eq!(refused(&post(&sandbox, "/oauth/token", &refresh(&old))), invalid_grant());
    assert_eq!(user(&sandbox, &renewed).status, 200);
    tokens(&post(&sandbox, "/oauth/token", &refresh(&next)));
}

/// Doorkeeper takes the application's name and secret by HTTP Basic authentication too.
#[test]
fn a_confidential_application_may_name_itself_in_a_header() {
    let (sandbox, _) = sandbox();
    let question = with(question(), &[CONFIDENTIAL[0]]);
    let basic = |secret: &str| {
        let code = code_of(&sandbox, &question);
        let fields = with(redemption(&code), &[("client_id", "")]);
        let value = format!("Basic {secret}");
        let headers =
            [("content-type", "application/x-www-form-urlencoded"), ("authorization", &*value)];
        raw::send(sandbox.url(), "POST", "/oauth/token", &headers, form(&fields).as_bytes())
    };
    // glduo-sandbox-confidential-app:gloas-sandbox-secret-0000000001 and the same with :wrong
    let right =
        "Z2xkdW8tc2FuZGJveC1jb25maWRlbnRpYWwtYXBwOmdsb2FzLXNhbmRib3gtc2VjcmV0LTAwMDAwMDAwMDE=";
    tokens(&basic(right));
    let wrong = "Z2xkdW8tc2FuZGJveC1jb25maWRlbnRpYWwtYXBwOndyb25n";
    assert_eq!(refused(&basic(wrong)), (401, "invalid_client".into()));
    assert_eq!(refused(&basic("!")), (401, "invalid_client".into()));
}

#[test]
fn of_many_refreshes_at_once_one_succeeds() {
    let (sandbox, _) = sandbox();
    let (_, old) = login(&sandbox);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let ask = || post(&sandbox, "/oauth/token", &refresh(&old)).status;
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
}

#[test]
fn a_refresh_that_does_not_fit_the_login_is_refused_and_spends_nothing() {
    let (sandbox, _) = sandbox();
    let (access, token) = login(&sandbox);
    let renew = |changes: &[(&str, &str)]| {
        refused(&post(&sandbox, "/oauth/token", &with(refresh(&token), changes)))
    };
    assert_eq!(renew(&[("redirect_uri", "")]), invalid_grant());
    assert_eq!(renew(&[("redirect_uri", "http://127.0.0.1:42456/callback")]), invalid_grant());
    assert_eq!(renew(&CONFIDENTIAL), invalid_grant());
    assert_eq!(renew(&[("refresh_token", &access)]), invalid_grant());
    assert_eq!(renew(&[("client_id", "")]), (401, "invalid_client".into()));
    assert_eq!(renew(&[("scope", "api ai_features")]), (400, "invalid_scope".into()));
    assert_eq!(user(&sandbox, &access).status, 200);
    assert_eq!(renew(&[]).0, 200);
}

#[test]
fn revoking_either_token_ends_both_and_needs_their_application() {
    let (sandbox, _) = sandbox();
    let revoke = |token: &str, client: &[(&str, &str)]| {
        let fields = with(vec![("token", token), ("client_id", PUBLIC)], client);
        let answer = post(&sandbox, "/oauth/revoke", &fields);
        (answer.status, answer.text().contains("unauthorized_client"))
    };
    let (access, token) = login(&sandbox);
    assert_eq!(revoke(&access, &CONFIDENTIAL), (403, true));
    assert_eq!(revoke(&access, &[("client_id", "")]), (403, true));
    assert_eq!(user(&sandbox, &access).status, 200);
    assert_eq!(revoke(&token, &[]), (200, false));
    assert_eq!(user(&sandbox, &access).status, 401);
    assert_eq!(refused(&post(&sandbox, "/oauth/token", &refresh(&token))), invalid_grant());
    let unknown = post(&sandbox, "/oauth/revoke", &[("token", "0"), ("client_id", PUBLIC)]);
    assert_eq!((unknown.status, unknown.text()), (200, "{}".into()));
}

#[test]
fn a_token_tells_about_itself_and_its_owner() {
    let (sandbox, clock) = sandbox();
    let (access, _) = login(&sandbox);
    clock.forward(100);
    let info = bearer(&sandbox, &access, "/oauth/token/info").json();
    assert_eq!(info["scope"], json!(["api", "read_user", "openid"]));
    assert_eq!(info["scopes"], info["scope"]);
    assert_eq!((&info["expires_in"], &info["expires_in_seconds"]), (&json!(7100), &json!(7100)));
    assert_eq!(info["application"]["uid"], PUBLIC);
    assert_eq!(info["resource_owner_id"], user(&sandbox, &access).json()["id"]);
    let about = bearer(&sandbox, &access, "/oauth/userinfo").json();
    assert_eq!((&about["nickname"], &about["sub"]), (&json!("mira.okafor"), &json!("9214406")));
    assert_eq!(about["groups"], json!(["acme", "acme/shop"]));
    assert_eq!(bearer(&sandbox, sandbox.token(), "/oauth/token/info").status, 401);
    let code = code_of(&sandbox, &with(question(), &[("scope", "api")]));
    let (closed, _) = tokens(&post(&sandbox, "/oauth/token", &redemption(&code)));
    assert_eq!(bearer(&sandbox, &closed, "/oauth/userinfo").status, 403);
    clock.forward(7100);
    assert_eq!(bearer(&sandbox, &access, "/oauth/token/info").status, 401);
    let found = raw::get(sandbox.url(), "/.well-known/openid-configuration", &[]).json();
    assert_eq!(found["token_endpoint"], format!("{}/oauth/token", sandbox.url()));
}

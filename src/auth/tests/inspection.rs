//! What the instance tells of a token.

use super::support::{Home, Instance, session};
use crate::auth::{AuthError, TokenFacts, TokenKind, inspect};
use crate::http::Identity;
use crate::model::secret::Secret;

/// Asks about a token of an instance with these answers by the end of the path; others are 404.
fn facts(
    token: &str,
    answers: &'static [(&'static str, u16, &'static str)],
) -> (Result<TokenFacts, AuthError>, Vec<String>) {
    let home = Home::new();
    let instance = Instance::new(move |asked| {
        let known = answers.iter().find(|(end, ..)| asked.path.ends_with(end));
        known.map_or((404, "{}".to_owned()), |(_, status, body)| (*status, (*body).to_owned()))
    });
    let mut connection = session(&instance.base, 100);
    connection.access_token = Secret::new(token);
    let identity = Identity::new(connection.credential(), None);
    let facts = inspect(&home.server(&instance.base), &identity, None);
    let asked = instance.asked();
    let bearer = format!("Bearer {token}");
    assert!(asked.iter().all(|it| it.authorization.as_deref() == Some(&*bearer)));
    let paths = asked.iter().map(|it| it.path.trim_start_matches("/gitlab").to_owned());
    (facts, paths.collect())
}

const HEX: &str = "de6780bc506a0446309bd9362820ba8aed28aa506c71eedbe1c5c4f9dd350e54";

#[test]
fn a_personal_token_tells_scopes_end_and_user() {
    let (facts, asked) = facts(
        "glpat-abcdefghij",
        &[
            ("self", 200, r#"{"scopes":["api"],"expires_at":"2027-01-31","user_id":7}"#),
            ("/user", 200, r#"{"id":7,"username":"root"}"#),
        ],
    );
    let facts = facts.expect("facts");
    assert_eq!(facts.kind, Some(TokenKind::PersonalAccessToken));
    let end = facts.expires_at.and_then(crate::model::timestamp::to_iso_utc);
    assert_eq!(end.as_deref(), Some("2027-01-31T00:00:00Z"));
    assert_eq!((facts.username.as_deref(), facts.user_id), (Some("root"), Some(7)));
    assert_eq!(asked, ["/api/v4/personal_access_tokens/self", "/api/v4/user"]);
}

#[test]
fn a_sessions_user_is_known_through_openid_or_not_at_all() {
    let (facts_with, asked) = facts(
        HEX,
        &[
            (
                "token/info",
                200,
                r#"{"scope":["ai_features","openid"],"expires_in":7100,"resource_owner_id":1}"#,
            ),
            ("userinfo", 200, r#"{"sub":"1","nickname":"root"}"#),
        ],
    );
    let with = facts_with.expect("facts");
    assert_eq!((with.kind, with.username.as_deref()), (Some(TokenKind::OAuth), Some("root")));
    assert_eq!(asked, ["/oauth/token/info", "/oauth/userinfo"]);

    let only = &[("token/info", 200, r#"{"scopes":"ai_features","expires_in_seconds":7100}"#)];
    let (without, asked) = facts(HEX, only);
    let without = without.expect("facts");
    assert_eq!((without.username, without.scopes), (None, Some(vec!["ai_features".to_owned()])));
    assert!(without.expires_at.is_some());
    assert_eq!(asked.len(), 1);
}

#[test]
fn a_token_of_unknown_shape_is_asked_about_both_ways() {
    let answers = &[
        ("self", 401, "{}"),
        ("token/info", 200, r#"{"scope":["read_user"],"expires_in":60}"#),
        ("/user", 200, r#"{"id":1,"username":"root"}"#),
    ];
    let (known, _) = facts("custom-prefix-token", answers);
    assert_eq!(known.expect("facts").kind, Some(TokenKind::OAuth));

    let (old, _) = facts("custom", &[("/user", 200, r#"{"id":1,"username":"root"}"#)]);
    let old = old.expect("facts of an instance that answers neither question");
    assert_eq!((old.kind, old.username.as_deref()), (None, Some("root")));
}

#[test]
fn a_token_that_is_not_taken_is_the_answer_401() {
    let rejecting = &[("self", 401, "{}"), ("token/info", 401, "{}"), ("/user", 401, "{}")];
    for token in ["glpat-abcdefghij", HEX, "custom"] {
        let (facts, asked) = facts(token, rejecting);
        let error = facts.expect_err("rejected");
        assert!(error.to_string().contains("HTTP 401"), "{error}");
        assert_eq!(asked.len(), if token == "custom" { 3 } else { 1 }, "{asked:?}");
    }
    let (down, _) = facts("custom", &[("self", 500, "{}")]);
    assert!(matches!(down, Err(AuthError::Http(_))));
}

#[test]
fn a_403_that_is_not_about_scopes_is_no_working_token() {
    const BLOCKED: &str = r#"{"message":"403 Forbidden - Your account has been blocked."}"#;
    const KNOWN: (&str, u16, &str) = ("self", 200, r#"{"scopes":["api"]}"#);
    const SCOPE: &str = r#"{"error":"insufficient_scope","scope":"api read_user"}"#;
    const TERMS: &str = r#"{"message":"@root must accept the Terms of Service"}"#;
    let (blocked, _) = facts(
        "glpat-x",
        &[("self", 403, BLOCKED), ("token/info", 403, "{}"), ("/user", 403, BLOCKED)],
    );
    let error = blocked.expect_err("a blocked account");
    assert!(error.to_string().contains("HTTP 403"), "{error}");
    assert!(facts("glpat-x", &[KNOWN, ("/user", 403, TERMS)]).0.is_err());
    let (poor, _) = facts("glpat-x", &[("self", 403, SCOPE), ("/user", 403, SCOPE)]);
    assert_eq!(poor.expect("facts of a token with other scopes").username, None);
}

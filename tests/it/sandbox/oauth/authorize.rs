//! The page in the browser, and what becomes of a code.

use glduo::sandbox::{Plan, Sandbox};

use super::{
    CALLBACK, CONFIDENTIAL, PUBLIC, code_of, form, invalid_grant, post, press, question,
    redemption, refused, sandbox, tokens, user, with,
};
use crate::support::raw;

fn page(question: &[(&str, &str)]) -> String {
    format!("/oauth/authorize?{}", form(question))
}

#[test]
fn the_page_says_who_asks_whom_and_its_buttons_call_back() {
    let (sandbox, _) = sandbox();
    assert_eq!(sandbox.application_id(), PUBLIC);
    let shown = raw::get(sandbox.url(), &page(&question()), &[]);
    assert_eq!((shown.status, shown.header("cache-control")), (200, Some("no-store")));
    for words in ["glduo", "Mira Okafor", "@mira.okafor", "<code>read_user</code>", CALLBACK] {
        assert!(shown.text().contains(words), "{words}");
    }
    let yes = press(&sandbox, &page(&question()), "authorize");
    let location = yes.header("location").expect("a redirect");
    assert_eq!(yes.status, 302);
    assert!(location.starts_with(&format!("{CALLBACK}?code=")), "{location}");
    assert!(location.ends_with("&state=a%20b%26c%3D1"), "{location}");
    let no = press(&sandbox, &page(&question()), "deny");
    let location = no.header("location").expect("a redirect");
    assert!(location.starts_with(&format!("{CALLBACK}?error=access_denied&error_description=")));
    assert!(location.ends_with("&state=a%20b%26c%3D1") && !location.contains("code="));
}

#[test]
fn the_plan_says_who_is_logged_in() {
    let plan = Plan { signed_in: Some("jonas.lind".to_owned()), ..Plan::default() };
    let sandbox = Sandbox::start(plan).expect("a sandbox");
    let code = code_of(&sandbox, &question());
    let (access, _) = tokens(&post(&sandbox, "/oauth/token", &redemption(&code)));
    assert_eq!(user(&sandbox, &access).json()["username"], "jonas.lind");
}

#[test]
fn what_is_wrong_with_a_question_stays_in_the_browser() {
    let (sandbox, _) = sandbox();
    for (status, wrong) in [
        (401, ("client_id", "another")),
        (401, ("client_id", "")),
        (400, ("redirect_uri", "http://localhost:42456/callback/")),
        (400, ("redirect_uri", "http://LOCALHOST:42456/callback")),
        (400, ("redirect_uri", "http://127.0.0.1:42456/callback")),
        (400, ("redirect_uri", "http://localhost:42457/callback")),
        (400, ("redirect_uri", "http://localhost:42456/callback?x=1")),
        (400, ("redirect_uri", "")),
        (400, ("response_type", "token")),
        (400, ("response_type", "")),
        (400, ("scope", "api sudo")),
        (400, ("code_challenge", "")),
        (400, ("code_challenge", "short")),
        (400, ("code_challenge_method", "plain")),
        (400, ("code_challenge_method", "")),
        (400, ("scopes", "api")),
    ] {
        let shown = raw::get(sandbox.url(), &page(&with(question(), &[wrong])), &[]);
        assert_eq!((shown.status, shown.header("location")), (status, None), "{wrong:?}");
        assert!(shown.text().contains("An error has occurred"), "{wrong:?}");
        assert!(!shown.text().contains("<form"), "{wrong:?}");
    }
    let twice = format!("{}&client_id={PUBLIC}", page(&question()));
    assert_eq!(raw::get(sandbox.url(), &twice, &[]).status, 400);
}

#[test]
fn a_page_is_answered_once_and_in_time() {
    let (sandbox, clock) = sandbox();
    let token = || {
        let html = raw::get(sandbox.url(), &page(&question()), &[]).text();
        let rest = html.split("name=\"authenticity_token\" value=\"").nth(1).expect("a value");
        rest.split('"').next().expect("a value").to_owned()
    };
    let answer = |token: &str| {
        let fields = [("authenticity_token", token), ("decision", "authorize")];
        let answer = post(&sandbox, "/oauth/authorize", &fields);
        (answer.status, answer.header("location").is_some())
    };
    let (used, late) = (token(), token());
    assert_eq!([answer(&used), answer(&used)], [(302, true), (422, false)]);
    assert_eq!(answer("forged"), (422, false));
    clock.forward(600);
    assert_eq!(answer(&late), (422, false));
}

#[test]
fn a_code_is_good_for_its_client_redirect_and_verifier_only() {
    let (sandbox, _) = sandbox();
    let code = code_of(&sandbox, &question());
    let redeem = |changes: &[(&str, &str)]| {
        refused(&post(&sandbox, "/oauth/token", &with(redemption(&code), changes)))
    };
    assert_eq!(redeem(&[("code", "0")]), invalid_grant());
    assert_eq!(redeem(&CONFIDENTIAL), invalid_grant());
    assert_eq!(redeem(&[("redirect_uri", "http://127.0.0.1:42456/callback")]), invalid_grant());
    assert_eq!(redeem(&[("code_verifier", &"x".repeat(43))]), invalid_grant());
    for missing in ["code", "redirect_uri", "code_verifier", "grant_type"] {
        assert_eq!(redeem(&[(missing, "")]), (400, "invalid_request".into()), "{missing}");
    }
    assert_eq!(redeem(&[("client_id", "x")]), (401, "invalid_client".into()));
    assert_eq!(redeem(&[("client_secret", "x")]), (401, "invalid_client".into()));
    assert_eq!(redeem(&[("grant_type", "password")]).1, "unsupported_grant_type");
    assert_eq!(redeem(&[]).0, 200, "none of these has spent the code");
}

#[test]
fn a_code_used_twice_is_refused_and_ends_nothing() {
    let (sandbox, _) = sandbox();
    let code = code_of(&sandbox, &question());
    let (access, _) = tokens(&post(&sandbox, "/oauth/token", &redemption(&code)));
    assert_eq!(user(&sandbox, &access).status, 200);
    assert_eq!(refused(&post(&sandbox, "/oauth/token", &redemption(&code))), invalid_grant());
    assert_eq!(user(&sandbox, &access).status, 200);
}

#[test]
fn the_error_page_names_what_was_wrong() {
    let (sandbox, _) = sandbox();
    for (change, words) in [
        (("redirect_uri", "http://127.0.0.1:42456/callback"), "http://127.0.0.1:42456/callback"),
        (("redirect_uri", "http://127.0.0.1:42456/callback"), CALLBACK),
        (("scope", "api sudo"), "not with sudo"),
    ] {
        let shown = raw::get(sandbox.url(), &page(&with(question(), &[change])), &[]);
        assert!(shown.status == 400 && shown.text().contains(words), "{}", shown.text());
    }
}

#[test]
fn a_code_lives_for_ten_minutes() {
    let (sandbox, clock) = sandbox();
    let [first, second] = [(); 2].map(|()| code_of(&sandbox, &question()));
    clock.forward(599);
    assert_eq!(post(&sandbox, "/oauth/token", &redemption(&first)).status, 200);
    clock.forward(1);
    assert_eq!(refused(&post(&sandbox, "/oauth/token", &redemption(&second))), invalid_grant());
}

#[test]
fn a_confidential_application_needs_its_secret_and_no_challenge() {
    let (sandbox, _) = sandbox();
    let plain =
        [("client_id", CONFIDENTIAL[0].1), ("code_challenge", ""), ("code_challenge_method", "")];
    let code = code_of(&sandbox, &with(question(), &plain));
    let redeem = |changes: &[(&str, &str)]| {
        let fields = with(with(redemption(&code), &CONFIDENTIAL), changes);
        post(&sandbox, "/oauth/token", &fields)
    };
    let verifier = ("code_verifier", "");
    for secret in ["", "wrong"] {
        let answer = redeem(&[verifier, ("client_secret", secret)]);
        assert_eq!(refused(&answer), (401, "invalid_client".into()));
        assert!(answer.header("www-authenticate").is_some());
    }
    assert_eq!(refused(&redeem(&[])), invalid_grant(), "a verifier without a challenge");
    tokens(&redeem(&[verifier]));
}

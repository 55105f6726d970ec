//! What every command says when something goes wrong: code, exit code, words and hint, as text
//! and as JSON. The tables here are written from the contract, not from the code.

use std::io::{Read as _, Write as _};

use glduo::EXIT_CODES;
use glduo::exit::Code;
use glduo::sandbox::{Reply, Sandbox};

use crate::support::broken::{Broken, End, Script};
use crate::support::gitlab::{answering, asked, at_home, connected, storefront};
use crate::support::world::{World, project_folder};

/// An answer to a list, then the code, the exit code, words that are in the message, and words
/// that are in the hint.
type Case = (u16, &'static str, &'static str, &'static str, u64, &'static str, &'static str);

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";

#[rustfmt::skip]
const ANSWERS: &[Case] = &[
    (400, JSON, r#"{"error":"scope does not have a valid value"}"#, "bad_request", 1, "scope does not have a valid value", ""),
    (400, JSON, r#"{"message":"400 Bad request - no"}"#, "bad_request", 1, "400 Bad request - no", ""),
    (401, JSON, r#"{"message":"401 Unauthorized"}"#, "unauthenticated", 4, "401 Unauthorized", "GITLAB_TOKEN"),
    (401, JSON, r#"{"error":"invalid_token","error_description":"Token was revoked. You have to re-authorize from the user."}"#, "unauthenticated", 4, "Token was revoked", "GITLAB_TOKEN"),
    (401, JSON, r#"{"error":"invalid_token","error_description":"Token is expired. You can either do re-authorization or token refresh."}"#, "token_expired", 4, "Token is expired.", "new token"),
    (403, JSON, r#"{"error":"insufficient_scope","error_description":"The request requires higher privileges than provided by the access token.","scope":"api read_api"}"#, "insufficient_scope", 4, "higher privileges", "glduo connect --scopes \"ai_features openid profile read_api\""),
    (403, JSON, r#"{"message":"403 Forbidden"}"#, "forbidden", 4, "403 Forbidden", "role"),
    (403, JSON, r#"{"message":"403 Forbidden - Your account has been blocked."}"#, "forbidden", 4, "has been blocked", ""),
    (404, JSON, r#"{"message":"404 Project Not Found"}"#, "not_found", 7, "404 Project Not Found", ""),
    (404, JSON, r#"{"error":"404 Not Found"}"#, "not_found", 7, "404 Not Found", ""),
    (404, HTML, "<html><body>nginx</body></html>", "bad_response", 6, "text/html", "proxy"),
    (409, JSON, r#"{"message":"Conflict"}"#, "bad_request", 1, "Conflict", ""),
    (422, JSON, r#"{"message":{"title":["is too long","is odd"],"base":["No such branch"]}}"#, "bad_request", 1, "title is too long, is odd", ""),
    (422, JSON, r#"{"message":["first","second"]}"#, "bad_request", 1, "first, second", ""),
    (429, JSON, r#"{"message":{"error":"This endpoint has been requested too many times. Try again later."}}"#, "rate_limited", 6, "requested too many times", "wait"),
    (429, "text/plain", "Retry later\n", "rate_limited", 6, "Retry later", "wait"),
    (500, JSON, r#"{"message":"500 Internal Server Error"}"#, "server_error", 6, "500 Internal Server Error", "later"),
    (502, HTML, "<html><title>GitLab is not responding</title></html>", "server_error", 6, "", "later"),
    (503, "text/plain", "upstream connect error", "server_error", 6, "upstream connect error", "later"),
    (504, HTML, "<html></html>", "server_error", 6, "", "later"),
    (418, "text/plain", "short and stout", "bad_response", 6, "short and stout", "address"),
];

fn listing(reply: Reply) -> Sandbox {
    answering(move |request| {
        let reply = reply.clone().with_header("x-request-id", "01HZWORDS");
        request.path().ends_with("/merge_requests").then_some(reply)
    })
}

#[test]
fn every_refusal_has_its_code_its_words_and_a_hint() {
    for (status, kind, body, code, exit, words, hint) in ANSWERS {
        let sandbox = listing(Reply::whole(*status, kind, *body));
        let outcome = at_home(&sandbox).run("mr list --json --max-retries 0");
        assert_eq!((u64::from(outcome.code), outcome.stdout.as_str()), (*exit, ""), "{body}");
        assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
        let error = outcome.error();
        assert_eq!(
            (error["code"].as_str(), error["exit_code"].as_u64()),
            (Some(*code), Some(*exit))
        );
        assert_eq!(error["http_status"].as_u64(), Some((*status).into()), "{body}");
        assert_eq!(error["request_id"].as_str(), Some("01HZWORDS"), "{body}");
        let url =
            format!("{}/api/v4/projects/acme%2Fshop%2Fstorefront/merge_requests", sandbox.url());
        assert_eq!(error["url"].as_str(), Some(url.as_str()), "{body}");
        assert!(error["retry_after"].is_null(), "{body}");
        let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        assert!(text("message").contains(words), "{body}: {error}");
        assert!(!text("hint").is_empty() && text("hint").contains(hint), "{body}: {error}");
        assert!(!text("message").contains('<'), "no HTML: {error}");
    }
}

#[test]
fn text_says_the_same_in_two_lines() {
    for (status, kind, body, _, exit, words, hint) in ANSWERS {
        let sandbox = listing(Reply::whole(*status, kind, *body));
        let outcome = at_home(&sandbox).run("mr list --max-retries 0");
        assert_eq!((u64::from(outcome.code), outcome.stdout.as_str()), (*exit, ""), "{body}");
        let lines: Vec<&str> = outcome.stderr.lines().collect();
        let [what, mend] = lines.as_slice() else { panic!("{body}: {lines:?}") };
        let lead = "glduo: error: merge requests of acme/shop/storefront: ";
        assert!(what.starts_with(lead) && what.contains(words), "{what}");
        assert!(what.ends_with(&format!(" (HTTP {status})")), "{what}");
        assert!(mend.starts_with("hint: ") && mend.contains(hint), "{mend}");
    }
}

#[test]
fn the_whole_text_of_a_refused_token() {
    let sandbox = storefront();
    let expired = sandbox.token_named("revoked").expect("a token");
    let world = World::new()
        .env("GITLAB_INSTANCE_URL", sandbox.url())
        .env("GITLAB_TOKEN", expired)
        .env("GITLAB_REPO", "acme/shop/storefront");
    let outcome = world.run("mr list");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (4, ""));
    assert_eq!(
        outcome.stderr,
        "glduo: error: merge requests of acme/shop/storefront: GitLab does not accept the token: \
         Token was revoked. You have to re-authorize from the user. (HTTP 401)\n\
         hint: log in with glduo connect, or set GITLAB_TOKEN to a token that is valid on this \
         instance\n"
    );
}

#[test]
fn answers_that_are_not_gitlabs_name_the_address_and_what_came() {
    let broken = |body: &'static str| Reply::json(200, body);
    let page = Reply::whole(200, HTML, "<html>Sign in</html>");
    let untyped = Reply { headers: Vec::new(), ..Reply::json(200, "<html>") };
    for (reply, words) in [
        (page, "text/html"),
        (untyped, "none"),
        (broken("{\"iid\":1}"), ""),
        (broken("[{\"id\":1,"), ""),
        (broken(""), ""),
        (broken("[1,2]"), ""),
        (broken("null"), ""),
    ] {
        let sandbox = listing(reply.clone());
        let outcome = at_home(&sandbox).run("mr list -F json");
        assert_eq!((outcome.code, outcome.stdout.as_str()), (6, ""), "{reply:?}");
        let error = outcome.error();
        assert_eq!(error["code"], "bad_response", "{reply:?}");
        assert!(error["message"].as_str().is_some_and(|text| text.contains(words)), "{error}");
    }
    let sandbox = listing(Reply::whole(200, HTML, "<html>Sign in</html>"));
    let outcome = at_home(&sandbox).run("mr list");
    let url = format!("{}/api/v4/projects/acme%2Fshop%2Fstorefront/merge_requests", sandbox.url());
    assert!(outcome.stderr.contains(&url), "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("SSO") && outcome.stderr.contains("proxy"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_redirect_to_the_login_page_is_not_followed() {
    let sandbox = answering(|request| {
        let there = Reply::whole(302, HTML, "").with_header("location", "/users/sign_in");
        request.path().starts_with("/api/").then_some(there)
    });
    let outcome = at_home(&sandbox).run("mr list --json");
    assert_eq!((outcome.code, outcome.error()["code"].as_str()), (6, Some("bad_response")));
    assert_eq!(asked(&sandbox).len(), 1);
}

#[test]
fn connections_that_fail_are_temporary() {
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        format!("http://{}", listener.local_addr().expect("an address"))
    };
    let plain = without_tls();
    let cut = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 90\r\n\r\n[{";
    let cut = Broken::serve(vec![Script::new(cut, End::Close)]);
    let reset = Broken::serve(vec![Script::new("", End::Reset)]);
    let silent = Broken::serve(vec![Script::new("", End::HoldOpen)]);
    for (url, flags, code) in [
        (closed.as_str(), "", "network"),
        (&cut.url(), "", "network"),
        (&reset.url(), "", "network"),
        (&silent.url(), "--timeout 1", "timeout"),
        (&plain, "", "tls"),
        ("https://glduo.invalid", "", "network"),
    ] {
        let world = World::new().env("GITLAB_HOST", url).env("GITLAB_TOKEN", "glpat-x");
        let outcome = world.run(&format!("mr list -R a/b --json --max-retries 0 {flags}"));
        assert_eq!((outcome.code, outcome.stdout.as_str()), (6, ""), "{url}: {outcome:?}");
        let error = outcome.error();
        assert_eq!(error["code"].as_str(), Some(code), "{error}");
        assert!(error["http_status"].is_null() && error["hint"].is_string(), "{error}");
    }
}

/// The https address of a server that answers one connection in plain text.
fn without_tls() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let _ = stream.read_to_end(&mut Vec::new());
    });
    format!("https://{address}")
}

#[test]
fn nothing_to_go_by_is_said_with_what_mends_it() {
    let sandbox = storefront();
    let no_token = World::new().env("GITLAB_INSTANCE_URL", sandbox.url());
    let outcome = no_token.run("mr list -R a/b --json");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (4, ""));
    assert_eq!(outcome.error()["code"], "unauthenticated");
    assert!(outcome.error()["hint"].as_str().is_some_and(|hint| hint.contains("GITLAB_TOKEN")));
    let outcome = connected(&sandbox).run("mr list");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    for way in ["-R", "URL", "GITLAB_REPO", ".glduo.json", "projectId", "clone"] {
        assert!(outcome.stderr.contains(way), "{way}: {}", outcome.stderr);
    }
    let bare = connected(&sandbox).run("");
    assert_eq!((bare.code, bare.stdout.as_str()), (2, ""));
    assert!(bare.stderr.contains("Usage: glduo"), "{}", bare.stderr);
    assert_eq!(asked(&sandbox), [""; 0]);
}

#[test]
fn addresses_that_are_none_are_usage_errors_without_their_user_info() {
    for url in [
        "http://",
        "https://user:hunter2secret@host",
        "ftp://host",
        "https://ho st",
        "http://gitlab.example.com",
    ] {
        let world = World::new().env("GITLAB_TOKEN", "glpat-x");
        let outcome = world.run_args(&["--instance", url, "mr", "list", "-R", "a/b", "--json"]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{url}");
        assert_eq!(outcome.error()["code"], "usage", "{url}");
        assert!(!outcome.stderr.contains("hunter2secret"), "{}", outcome.stderr);
    }
}

#[test]
fn an_https_address_of_a_plain_port_is_recognized() {
    // Some servers answer a TLS handshake with plain http, others hang up.
    for answer in ["HTTP/1.1 400 Bad Request\r\n\r\n", ""] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("https://{}", listener.local_addr().expect("an address"));
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut start = [0; 4];
                let _ = stream.read_exact(&mut start);
                let is_http = start == *b"HEAD" || start == *b"GET ";
                let answer = if is_http { "HTTP/1.1 200 OK\r\n\r\n" } else { answer };
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        let world = World::new()
            .env("GITLAB_INSTANCE_URL", &address)
            .env("GITLAB_TOKEN", "glpat-x")
            .env("GITLAB_REPO", "a/b");
        let outcome = world.run("mr list --json");
        assert_eq!((&outcome.error()["code"], outcome.code), (&"tls".into(), 6), "{outcome:?}");
        let words = "the server speaks plain http and not https";
        assert!(outcome.stderr.contains(words), "{outcome:?}");
        assert!(outcome.stderr.contains("write http:// in GITLAB_INSTANCE_URL"), "{outcome:?}");
        assert!(!outcome.stderr.contains("trying again"), "{outcome:?}");
    }
}

#[test]
fn a_ca_file_that_cannot_be_used_is_a_usage_error_that_names_its_setting() {
    let world =
        || World::new().env("GITLAB_INSTANCE_URL", "https://localhost:9").env("GITLAB_TOKEN", "x");
    for (world, setting) in [
        (world().user_config(r#"{ "gitlab": { "caFile": "no.pem" } }"#), "gitlab.caFile, "),
        (world().env("SSL_CERT_FILE", "/nowhere/ca.pem"), "SSL_CERT_FILE"),
        (world().env("NODE_EXTRA_CA_CERTS", "/nowhere/ca.pem"), "NODE_EXTRA_CA_CERTS"),
    ] {
        let outcome = world.run("mr list -R a/b --json");
        assert_eq!((&outcome.error()["code"], outcome.code), (&"usage".into(), 2), "{outcome:?}");
        let error = outcome.error();
        assert!(error["message"].as_str().is_some_and(|it| it.contains("No such file")), "{error}");
        assert!(error["hint"].as_str().is_some_and(|it| it.contains(setting)), "{error}");
    }
}

/// Every code of the contract that is in use so far, and its exit code there.
#[rustfmt::skip]
const CODES: &[(&str, u8)] = &[
    ("usage", 2), ("bad_request", 1), ("forbidden", 4), ("not_found", 7), ("unauthenticated", 4),
    ("token_expired", 4), ("insufficient_scope", 4), ("job_token_unsupported", 4),
    ("duo_disabled", 5), ("no_seat", 5), ("no_credits", 5), ("no_default_namespace", 5),
    ("model_unavailable", 5), ("gateway_unreachable", 6), ("bad_response", 6), ("timeout", 6),
    ("network", 6), ("rate_limited", 6), ("server_error", 6), ("tls", 6),
    ("context_too_long", 1), ("incomplete", 6), ("workflow_failed", 3), ("tool_denied", 9),
    ("pending", 8), ("session_not_saved", 1), ("schema_mismatch", 1), ("refused", 1),
    ("port_in_use", 1), ("jq", 1), ("io", 1), ("other", 1),
];

#[test]
fn codes_are_the_contracts() {
    for code in Code::ALL {
        let known = CODES.iter().find(|(word, _)| *word == code.word());
        assert_eq!(known.map(|(_, exit)| *exit), Some(code.exit()), "{}", code.word());
        assert!(EXIT_CODES.iter().any(|(number, _)| *number == code.exit()));
    }
    let numbers: Vec<u8> = EXIT_CODES.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 129, 130, 143]);
}

#[test]
fn readme_and_man_page_have_the_exit_codes() {
    for name in ["README.md", "man/glduo.1"] {
        let text = std::fs::read_to_string(project_folder().join(name)).expect(name);
        let plain = text
            .replace("\\*(Aq", "'")
            .replace("\\(aq", "'")
            .replace("\\fB", "")
            .replace("\\fR", "")
            .replace(['`', '\\'], "");
        for (code, meaning) in EXIT_CODES {
            let number = code.to_string();
            let is_word = |word: &str| word == number;
            let named = plain.lines().any(|line| line.split([' ', '|', ',', '"']).any(is_word));
            assert!(named, "{name} does not name {code}");
            assert!(plain.contains(*meaning), "{name} does not say of {code}: {meaning}");
        }
    }
}

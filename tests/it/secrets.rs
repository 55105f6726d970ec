//! No token is ever shown, and none goes where it does not belong.

use glduo::sandbox::{Reply, Sandbox};

use crate::support::gitlab::{answering, asked, at_home, storefront};
use crate::support::world::{Outcome, World};

/// Neither stream has any of these.
fn hides(outcome: &Outcome, secrets: &[&str], line: &str) {
    for secret in secrets {
        assert!(!outcome.stdout.contains(secret), "{line} prints {secret}: {}", outcome.stdout);
        assert!(!outcome.stderr.contains(secret), "{line} says {secret}: {}", outcome.stderr);
    }
}

#[test]
fn no_command_shows_a_token_however_much_it_says() {
    for line in [
        "mr list -vv",
        "mr list -vv --json",
        "mr list -vv --author @me",
        "mr show 42 -vv -c",
        "mr show 999 -vv",
        "mr show 42 -w",
        "chat hello -vv",
        "chat hello -vv -F ndjson",
        "chat hello --dry-run -vv",
        "chat hello --dry-run --json",
    ] {
        let sandbox = storefront();
        let outcome = at_home(&sandbox).run(line);
        let requests = sandbox.requests();
        let sent = requests.iter().filter_map(|request| request.header("authorization"));
        let mut secrets: Vec<&str> =
            sent.map(|field| field.trim_start_matches("Bearer ")).collect();
        secrets.push(sandbox.token());
        hides(&outcome, &secrets, line);
        let tells = outcome.stderr.contains("/api/v4/") && outcome.stderr.contains("[redacted]");
        assert!(tells || !line.contains("-vv") || line.contains("dry-run"), "{}", outcome.stderr);
    }
}

#[test]
fn the_gateways_token_is_as_secret_as_gitlabs() {
    let sandbox = storefront();
    let outcome = at_home(&sandbox).run("chat hello -vv");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let requests = sandbox.requests();
    let model = requests.iter().find(|request| request.path().contains("/proxy/anthropic/"));
    let sent = model.and_then(|request| request.header("authorization")).expect("a token");
    let token = sent.trim_start_matches("Bearer ");
    assert_ne!(token, sandbox.token(), "the gateway gets a token of its own");
    hides(&outcome, &[token], "chat");
}

#[test]
fn a_server_that_repeats_the_token_does_not_get_it_shown() {
    let sandbox = answering(|request| {
        let sent = request.header("authorization").unwrap_or_default();
        Some(
            Reply::message(400, &format!("I do not like {sent}")).with_header("x-request-id", sent),
        )
    });
    for line in ["mr list", "mr list --json", "mr list -vv"] {
        let outcome = at_home(&sandbox).run(line);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""), "{line}");
        assert!(outcome.stderr.contains("I do not like"), "{}", outcome.stderr);
        hides(&outcome, &[sandbox.token()], line);
    }
}

#[test]
fn a_token_that_cannot_be_one_is_refused_without_being_shown() {
    let sandbox = storefront();
    for token in ["glpat-abc\ndefghi", "glpat-abc\rdefghi", "glpat-abc\0defghi", "glpat abc defghi"]
    {
        let world =
            World::new().env("GITLAB_INSTANCE_URL", sandbox.url()).env("GITLAB_TOKEN", token);
        for line in ["mr list -R a/b", "mr list -R a/b --json", "mr list -R a/b -vv"] {
            let outcome = world.run(line);
            assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{token:?}");
            assert!(outcome.stderr.contains("GITLAB_TOKEN"), "{}", outcome.stderr);
            hides(&outcome, &["glpat-abc", "defghi", "glpat abc"], line);
        }
    }
    assert_eq!(asked(&sandbox), [""; 0]);
    let padded = World::new()
        .env("GITLAB_INSTANCE_URL", sandbox.url())
        .env("GITLAB_TOKEN", format!(" {}\n", sandbox.token()))
        .env("GITLAB_REPO", "acme/shop/storefront");
    assert_eq!(padded.run("mr list").code, 0, "a line's end around it is a file's");
}

fn sending_to(place: String, status: u16) -> Sandbox {
    answering(move |request| {
        let there = format!("{place}{}", request.target);
        request
            .path()
            .starts_with("/api/")
            .then(|| Reply::whole(status, "text/plain", "").with_header("location", there))
    })
}

#[test]
fn a_redirect_to_another_server_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let other = storefront();
        let sandbox = sending_to(other.url().to_owned(), status);
        let outcome = at_home(&sandbox).run("mr list --json");
        assert_eq!((outcome.code, outcome.stdout.as_str()), (6, ""), "{status}");
        assert_eq!(outcome.error()["code"], "bad_response");
        assert_eq!(asked(&other), [""; 0], "{status}");
    }
    // The same machine by another name is another server.
    let sandbox = storefront();
    let renamed = sandbox.url().replace("127.0.0.1", "localhost");
    let first = sending_to(renamed, 302);
    assert_eq!(at_home(&first).run("mr list").code, 6);
    assert_eq!(asked(&sandbox), [""; 0]);
}

#[test]
fn a_redirect_on_the_same_server_keeps_the_token() {
    let sandbox = storefront();
    let world = at_home(&sandbox);
    assert_eq!(world.run("mr list -R acme/shop/webshop").code, 0);
    let bearer = format!("Bearer {}", sandbox.token());
    let requests = sandbox.requests();
    assert!(requests.len() > 1, "there was a redirect");
    for request in requests {
        assert_eq!(request.header("authorization"), Some(bearer.as_str()));
    }
}

#[test]
fn the_models_answer_does_not_learn_the_tokens() {
    let sandbox = storefront();
    let outcome = at_home(&sandbox).run("chat hello");
    assert_eq!(outcome.code, 0);
    let requests = sandbox.requests();
    let body = requests.iter().filter(|request| request.path().contains("/proxy/"));
    for request in body {
        let text = String::from_utf8_lossy(&request.body);
        assert!(!text.contains(sandbox.token()));
        assert!(request.headers.iter().all(|(_, value)| !value.contains(sandbox.token())));
    }
}

const INSTRUCTIONS: &str =
    r#"{"gitlab":{"instructions":"Use glpat-aB3dE5fG7hI9jK1lM3nO for the demo."}}"#;

#[test]
fn instructions_with_a_token_stop_a_chat_before_anything_is_sent() {
    let sandbox = storefront();
    for file in ["etc/glduo/config.json", "home/.config/glduo/config.json", "work/.glduo.json"] {
        let world = at_home(&sandbox).file(file, INSTRUCTIONS);
        for line in ["chat hello", "chat hello --json", "chat hello --dry-run"] {
            let outcome = world.run(line);
            assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{file}");
            let path = world.path(file).display().to_string();
            assert!(outcome.stderr.contains(&path), "{path}: {}", outcome.stderr);
            assert!(!outcome.stderr.contains("warning"), "{}", outcome.stderr);
            hides(&outcome, &["glpat-aB3dE5fG7hI9jK1lM3nO"], line);
        }
    }
    let variable = at_home(&sandbox).env("GITLAB_DUO_INSTRUCTIONS", "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmno-abcdefgAA");
    let outcome = variable.run("chat hello");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    assert!(outcome.stderr.contains("GITLAB_DUO_INSTRUCTIONS"), "{}", outcome.stderr);
    assert_eq!(asked(&sandbox), [""; 0]);
}

#[test]
fn other_commands_only_warn_of_a_token_in_the_instructions() {
    let sandbox = storefront();
    let world = at_home(&sandbox).user_config(INSTRUCTIONS);
    let outcome = world.run("mr list");
    assert_eq!((outcome.code, outcome.stdout.lines().count()), (0, 7));
    let path = world.path("home/.config/glduo/config.json").display().to_string();
    assert!(
        outcome.stderr.starts_with("glduo: warning: the instructions of "),
        "{}",
        outcome.stderr
    );
    assert!(outcome.stderr.contains(&path) && outcome.stderr.lines().count() == 1);
    hides(&outcome, &["glpat-aB3dE5fG7hI9jK1lM3nO"], "mr list");
    assert_eq!(world.run("mr list --quiet").stderr, "");
    assert_eq!(world.run("mr show 999 --json").error()["code"], "not_found");
}

//! Where `glduo chat` and `glduo doctor` find the AI gateway: below `/ai` or at its root, at the
//! address that the user named, or not at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use glduo::sandbox::{Received, Reply, Sandbox};
use serde_json::{Value, json};

use crate::support::gitlab::{answering, connected};
use crate::support::model::says;
use crate::support::world::{Outcome, World};

const DIRECT_ACCESS: &str = "/api/v4/ai/third_party_agents/direct_access";

/// A gateway of one's own at `/gw`: its API at the root, everything else a 404.
fn own(request: &Received, prefix: &str) -> Option<Reply> {
    let path = request.path().strip_prefix("/gw")?;
    let is_there = path.strip_prefix(prefix).is_some_and(|it| it.starts_with("/v1/proxy/"));
    Some(match (is_there, request.method.as_str()) {
        (true, "POST") => says("Hello."),
        (true, _) => Reply::detail(405, "Method Not Allowed"),
        (false, _) => Reply::detail(404, "Not Found"),
    })
}

fn world(sandbox: &Sandbox, gateway: &str) -> World {
    connected(sandbox).env("GITLAB_AI_GATEWAY_URL", format!("{}{gateway}", sandbox.url()))
}

/// The paths of the model requests so far.
fn asked(sandbox: &Sandbox) -> Vec<String> {
    let is_model =
        |request: &&Received| request.method == "POST" && request.path().contains("/v1/proxy/");
    sandbox.requests().iter().filter(is_model).map(|request| request.path().to_owned()).collect()
}

const CLOUD: &str = "/gw/ai/v1/proxy/anthropic/v1/messages";
const ROOT: &str = "/gw/v1/proxy/anthropic/v1/messages";

#[test]
fn a_gateway_at_its_root_is_found_and_remembered() {
    let moved = Arc::new(AtomicBool::new(false));
    let has_moved = Arc::clone(&moved);
    let sandbox = answering(move |request| {
        own(request, if has_moved.load(Ordering::SeqCst) { "/ai" } else { "" })
    });
    let world = world(&sandbox, "/gw");
    for expected in [&[CLOUD, ROOT][..], &[CLOUD, ROOT, ROOT]] {
        let run = world.run("chat -n Hi");
        assert_eq!((run.stdout.as_str(), run.stderr.as_str(), run.code), ("Hello.\n", "", 0));
        assert_eq!(asked(&sandbox), expected);
    }
    // A 404 there forgets it.
    moved.store(true, Ordering::SeqCst);
    for expected in [5, 6] {
        assert_eq!(world.run("chat -n Hi").code, 0);
        assert_eq!(asked(&sandbox).len(), expected);
        assert_eq!(asked(&sandbox).last().map(String::as_str), Some(CLOUD));
    }
    let uncached = world.env("GLDUO_NO_CACHE", "1");
    assert_eq!(uncached.run("chat -n Hi").code, 0);
}

#[test]
fn known_endings_of_the_address_are_not_sent_twice() {
    for (ending, prefix) in [
        ("/ai", "/ai"),
        ("/ai/", "/ai"),
        ("/ai/v1", "/ai"),
        ("/ai/v1/proxy/anthropic", "/ai"),
        ("/v1", ""),
        ("/v1/proxy/anthropic/v1/messages", ""),
    ] {
        let sandbox = answering(move |request| own(request, prefix));
        let run = world(&sandbox, &format!("/gw{ending}")).run("chat -n Hi");
        assert_eq!((run.code, asked(&sandbox).len()), (0, 1), "{ending}: {run:?}");
    }
    let sandbox = answering(|request| own(request, "/ai"));
    assert_eq!(world(&sandbox, "/gw/v1").run("chat -n Hi").code, 0, "the other way round");
}

#[test]
fn an_address_without_a_gateway_is_told_with_its_url() {
    let page = |request: &Received| {
        (!request.path().starts_with("/api/"))
            .then(|| Reply::whole(404, "text/html", "<html><title>Not found</title></html>"))
    };
    let json = |request: &Received| {
        (!request.path().starts_with("/api/")).then(|| Reply::detail(404, "Not Found"))
    };
    for sandbox in [answering(page), answering(json)] {
        for address in ["", "/acme/shop", "/-/ai_gatway"] {
            let run = world(&sandbox, address).run("chat -n --json Hi");
            let error = run.error();
            assert_eq!((run.code, &error["code"]), (6, &json!("bad_response")), "{error}");
            let url = format!("{}{address}/ai/v1/proxy/anthropic/v1/messages", sandbox.url());
            assert_eq!(error["url"], url);
            assert!(error["message"].as_str().is_some_and(|it| it.contains(&url)), "{error}");
            let hint = error["hint"].as_str().expect("a hint");
            assert!(hint.contains("local AI gateway URL"), "{hint}");
            let doctor = world(&sandbox, address).run("doctor --json");
            let gateway = check(&doctor, "gateway");
            assert_eq!((&gateway["status"], &gateway["hint"]), (&json!("fail"), &error["hint"]));
        }
    }
}

#[test]
fn a_404_of_the_provider_is_about_the_model_and_tried_nowhere_else() {
    let sandbox = answering(|request| {
        let error = r#"{"type":"error","error":{"type":"not_found_error","message":"model: x"}}"#;
        request.path().contains("/proxy/").then(|| Reply::json(404, error))
    });
    let run = world(&sandbox, "/gw").run("chat -n --json Hi");
    assert_eq!((run.code, &run.error()["code"]), (5, &json!("model_unavailable")));
    assert_eq!(asked(&sandbox).len(), 1);
}

fn check(doctor: &Outcome, name: &str) -> Value {
    let told = doctor.json();
    let checks = told["checks"].as_array().expect("checks").clone();
    checks.into_iter().find(|check| check["name"] == name).expect("the check")
}

#[test]
fn doctor_is_red_for_everything_that_fails_a_chat() {
    for (status, body) in [
        (400, r#"{"detail":"API key not found"}"#),
        (500, r#"{"detail":"API key not found"}"#),
        (400, r#"{"detail":"Missing x-gitlab-unit-primitive header"}"#),
        (400, r#"{"detail":"This endpoint cannot be used for complete_code purpose"}"#),
        (400, r#"{"detail":"Unsupported model"}"#),
        (402, r#"{"detail":"Proxy endpoints are not enabled for this instance"}"#),
        (401, r#"{"error":"Forbidden by auth provider"}"#),
        (401, r#"{"type":"error","error":{"type":"authentication_error","message":"x"}}"#),
        (
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low"}}"#,
        ),
        (422, r#"{"detail":[{"msg":"field required"}]}"#),
    ] {
        let sandbox = answering(move |request| {
            let is_model = request.path().contains("/proxy/") && request.method == "POST";
            is_model.then(|| Reply::json(status, body))
        });
        let chat = connected(&sandbox).run("chat -n Hi");
        assert_ne!(chat.code, 0, "{body}");
        let doctor = connected(&sandbox).run("doctor --json");
        let model = check(&doctor, "model");
        assert_eq!((&model["status"], doctor.code), (&json!("fail"), chat.code), "{body}: {model}");
    }
    // The provider's refusal of an empty question, wrapped or not, shows that all before works.
    for body in [
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"messages: at least one message is required"}}"#,
        r#"{"message":"b'{\"type\": \"error\", \"error\": {\"type\": \"invalid_request_error\", \"message\": \"messages: at least one message is required\"}}'"}"#,
    ] {
        let sandbox = answering(move |request| {
            let is_model = request.path().contains("/proxy/") && request.method == "POST";
            is_model.then(|| Reply::json(400, body))
        });
        let model = check(&connected(&sandbox).run("doctor --json"), "model");
        assert_eq!(model["status"], "ok", "{model}");
    }
}

#[test]
fn doctor_finds_a_gateway_at_its_root_and_one_that_hides_its_health() {
    let sandbox = answering(|request| own(request, ""));
    let doctor = world(&sandbox, "/gw").run("doctor --json");
    for name in ["gateway", "model", "small_model"] {
        assert_eq!(check(&doctor, name)["status"], "ok", "{doctor:?}");
    }
    let healthy = answering(|request| match request.path().strip_prefix("/gw")? {
        "/monitoring/healthz" => Some(Reply::json(200, "{}")),
        _ => Some(Reply::detail(404, "Not Found")),
    });
    let doctor = world(&healthy, "/gw").run("doctor --json");
    assert_eq!(check(&doctor, "gateway")["status"], "ok", "{doctor:?}");
    assert_eq!((&check(&doctor, "model")["status"], doctor.code), (&json!("fail"), 6));
}

#[test]
fn a_gateway_token_is_used_no_longer_than_it_is_valid() {
    use glduo::system::clock::Clock as _;
    let sandbox = answering(|request| {
        // 12:05:00, five minutes after the world's clock begins.
        let access = json!({ "token": "t", "headers": {}, "expires_at": 1_795_435_500 });
        match request.path() {
            DIRECT_ACCESS => Some(Reply::json(201, access.to_string())),
            path => path.contains("/proxy/").then(|| says("Hello.")),
        }
    });
    let world = connected(&sandbox);
    let tokens = || sandbox.requests().iter().filter(|it| it.path() == DIRECT_ACCESS).count();
    world.run("chat -n Hi");
    world.run("chat -n Hi");
    assert_eq!(tokens(), 1);
    world.clock.sleep(std::time::Duration::from_secs(301));
    assert_eq!(world.run("chat -n Hi").code, 0);
    assert_eq!(tokens(), 2);
}

#[test]
fn only_gitlabs_own_headers_reach_the_gateway() {
    let sandbox = answering(|request| {
        let access = json!({ "token": "t", "headers": {
            "X-Gitlab-Realm": "saas", "x-gitlab-empty": "", "X-Forwarded-Host": "evil",
            "Range": "bytes=0-0", "x-api-key": "k", "Cookie": "a=b", "anthropic-beta": "b",
            "x-gitlab-bad": "a\r\nx-evil: 1",
        }});
        match request.path() {
            DIRECT_ACCESS => Some(Reply::json(201, access.to_string())),
            path => path.contains("/proxy/").then(|| says("Hello.")),
        }
    });
    let run = connected(&sandbox).run("chat -n Hi");
    assert_eq!(run.code, 0, "{run:?}");
    let question = sandbox.requests().pop().expect("a question");
    assert_eq!(question.header("x-gitlab-realm"), Some("saas"));
    assert_eq!(question.header("x-gitlab-empty"), Some(""));
    for name in ["x-forwarded-host", "range", "x-api-key", "cookie", "x-gitlab-bad", "x-evil"] {
        assert_eq!(question.header(name), None, "{name}");
    }
}

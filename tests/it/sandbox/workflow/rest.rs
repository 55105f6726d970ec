//! Creating workflows, looking at them, and their states.

use glduo::sandbox::Sandbox;
use serde_json::{Value, json};

use super::super::sandbox;
use super::status;
use crate::support::raw;
use crate::support::socket::{Client, Opening, create, post, start};

fn order() -> Value {
    json!({
        "project_id": "acme/shop/storefront",
        "namespace_id": 8_472_014,
        "goal": "Look around",
        "workflow_definition": "chat",
        "environment": "ide",
        "agent_privileges": [1, 2],
        "pre_approved_agent_privileges": [2],
        "allow_agent_to_request_user": true,
    })
}

fn fire(sandbox: &Sandbox, id: &str, event: &str) -> raw::Answer {
    let target = format!("/api/v4/ai/duo_workflows/workflows/{id}");
    let headers = [("private-token", sandbox.token()), ("content-type", "application/json")];
    let body = json!({ "status_event": event }).to_string();
    raw::send(sandbox.url(), "PATCH", &target, &headers, body.as_bytes())
}

#[test]
fn a_workflow_is_created_and_looked_at() {
    let sandbox = sandbox();
    let created = post(&sandbox, "workflows", &order());
    assert_eq!(created.status, 201);
    let created = created.json();
    assert!(created["id"].is_u64());
    assert_eq!(created["status"], "created");
    let target = format!("/api/v4/ai/duo_workflows/workflows/{}", created["id"]);
    let token = ("private-token", sandbox.token());
    assert_eq!(raw::get(sandbox.url(), &target, &[token]).json(), created);
    for (token, code) in [("ai_features", 403), ("read_api", 403), ("no_seat", 403)] {
        let token = sandbox.token_named(token).expect("a token");
        assert_eq!(raw::get(sandbox.url(), &target, &[("private-token", token)]).status, code);
    }
    let target = "/api/v4/ai/duo_workflows/workflows/1";
    assert_eq!(raw::get(sandbox.url(), target, &[token]).status, 404);
    assert_ne!(create(&sandbox, &json!({})), create(&sandbox, &json!({})));
}

#[test]
fn states_move_by_events_that_fit() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    for (event, expected) in [
        ("require_input", Err("Can not require_input workflow that has status created")),
        ("start", Ok("running")),
        ("require_input", Ok("input_required")),
        ("require_input", Err("Can not require_input workflow that has status input required")),
        ("resume", Ok("running")),
        ("pause", Ok("paused")),
        ("resume", Ok("running")),
        ("drop", Ok("failed")),
        ("stop", Err("Can not stop workflow that has status failed")),
        ("retry", Ok("running")),
        ("stop", Ok("stopped")),
        ("fly", Err("Can not fly workflow, unsupported event")),
        ("retry", Ok("running")),
        ("finish", Ok("finished")),
        ("retry", Err("Can not retry workflow that has status finished")),
    ] {
        let answer = fire(&sandbox, &id, event);
        match expected {
            Ok(state) => assert_eq!(answer.json()["status"], state, "{event}"),
            Err(words) => {
                assert_eq!((answer.status, answer.text().contains(words)), (400, true), "{event}");
            }
        }
    }
    assert_eq!(fire(&sandbox, &id, "").status, 400);
}

#[test]
fn a_run_is_running_over_rest_from_its_start() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    let mut client = Client::open(&sandbox);
    client.send(&json!({ "startRequest": start(&id, "Look") }));
    let first = client.next().expect("a checkpoint");
    assert_eq!(first["newCheckpoint"]["status"], "CREATED");
    assert_eq!(status(&sandbox, &id), "running");
    client.run(|_| Ok(String::new()));
    assert_eq!(status(&sandbox, &id), "input_required");
    let target = format!("/api/v4/ai/duo_workflows/workflows/{id}/trace.jsonl");
    let trace = raw::get(sandbox.url(), &target, &[("private-token", sandbox.token())]);
    assert_eq!(trace.text().lines().count(), client.log.len());
}

#[test]
fn events_have_a_type_and_a_message() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    let sent = |body: Value| {
        let answer = post(&sandbox, &format!("workflows/{id}/events"), &body);
        (answer.status, answer.text())
    };
    assert_eq!(sent(json!({ "event_type": "resume", "message": "" })).0, 201);
    for (body, words) in [
        (json!({ "message": "x" }), "event_type is missing"),
        (json!({ "event_type": "fly", "message": "x" }), "event_type does not have a valid value"),
        (json!({ "event_type": "resume" }), "message is missing"),
    ] {
        let (status, text) = sent(body);
        assert!(status == 400 && text.contains(words), "{words}: {text}");
    }
}

#[test]
fn each_field_is_checked() {
    let sandbox = sandbox();
    let with = |name: &str, value: Value| {
        let mut order = order();
        order[name] = value;
        let answer = post(&sandbox, "workflows", &order);
        (answer.status, answer.text())
    };
    for (name, value, words) in [
        ("goal", json!("x".repeat(16_385)), "goal is too long (maximum is 16384 characters)"),
        ("environment", json!("moon"), "environment does not have a valid value"),
        ("agent_privileges", json!([9]), "agent_privileges contains an invalid value 9"),
        ("pre_approved_agent_privileges", json!([1, 5]), "contains privilege 5 not present"),
        ("allow_agent_to_request_user", json!("maybe"), "allow_agent_to_request_user is invalid"),
        ("ai_catalog_item_version_id", json!("new"), "ai_catalog_item_version_id is invalid"),
        ("project_id", json!({}), "project_id is invalid"),
    ] {
        let (status, text) = with(name, value);
        assert!(status == 400 && text.contains(words), "{name}: {status} {text}");
    }
    assert_eq!(with("agent_privileges", json!([2, 8])).0, 201);
    let gone = with("project_id", json!("acme/nothing"));
    assert_eq!(gone, (404, r#"{"message":"404 Project Not Found"}"#.to_owned()));
    assert_eq!(with("project_id", json!("mira.okafor/dotfiles")).0, 403);
    let headers = [("private-token", sandbox.token())];
    let target = "/api/v4/ai/duo_workflows/workflows";
    let headers = [headers[0], ("content-type", "text/plain")];
    assert_eq!(raw::send(sandbox.url(), "POST", target, &headers, b"{}").status, 415);
}

#[test]
fn a_workflow_without_a_project_is_in_a_namespace() {
    let sandbox = sandbox();
    let namespace = |body: Value| post(&sandbox, "workflows", &body).json()["namespace_id"].clone();
    assert_eq!(namespace(json!({ "goal": "x", "namespace_id": "acme/shop" })), 8_472_014);
    assert_eq!(namespace(json!({ "goal": "x" })), 8_472_001);
    let gone = post(&sandbox, "workflows", &json!({ "namespace_id": "acme/nothing" }));
    assert_eq!(gone.text(), r#"{"message":"404 Namespace Not Found"}"#);
}

#[test]
fn an_older_instance_knows_no_privilege_8() {
    let sandbox = sandbox();
    let mut order = order();
    order["agent_privileges"] = json!([2, 8]);
    order["goal"] = json!("[[no-privilege-8]] Look around");
    let refused = post(&sandbox, "workflows", &order);
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("agent_privileges contains an invalid value 8"));
    order["agent_privileges"] = json!([1, 2]);
    assert_eq!(post(&sandbox, "workflows", &order).status, 201);
}

#[test]
fn direct_access_is_for_a_seat_and_its_token_opens_the_socket() {
    let sandbox = sandbox();
    let body = json!({
        "workflow_definition": "chat",
        // Not found, and no error: the default namespace counts.
        "root_namespace_id": "gid://gitlab/Group/8472001",
        "project_id": 61_840_217,
    });
    let answer = post(&sandbox, "direct_access", &body);
    assert_eq!(answer.status, 201);
    let answer = answer.json();
    assert!(answer["duo_workflow_service"]["token_expires_at"].is_u64());
    assert!(answer["server_capabilities"].is_array());
    let token = answer["gitlab_rails"]["token"].as_str().expect("a token");
    let opening = Opening::new(&sandbox).with("authorization", &format!("Bearer {token}"));
    assert!(opening.open().is_ok());
    assert_eq!(post(&sandbox, "direct_access", &json!({ "project_id": 1 })).status, 404);
    assert_eq!(post(&sandbox, "direct_access", &json!({})).status, 201);
}

#[test]
fn direct_access_can_be_refused_for_each_reason() {
    let sandbox = sandbox();
    let refused = |token: &str, control: &str| {
        let token = sandbox.token_named(token).expect("a token");
        let headers = [
            ("private-token", token),
            ("content-type", "application/json"),
            ("x-sandbox", control),
        ];
        let target = "/api/v4/ai/duo_workflows/direct_access";
        let answer = raw::send(sandbox.url(), "POST", target, &headers, b"{}");
        (answer.status, answer.text())
    };
    for (token, control, words) in [
        ("no_seat", "", "403 Forbidden"),
        ("ai_features", "", "insufficient_scope"),
        ("api", "no-credits", "USAGE_QUOTA_EXCEEDED: "),
        ("api", "no-billing", "USAGE_BILLING_FORBIDDEN: "),
        ("api", "no-namespace", "Missing default GitLab Duo namespace"),
    ] {
        let (status, text) = refused(token, control);
        assert!(status == 403 && text.contains(words), "{control}: {text}");
    }
}

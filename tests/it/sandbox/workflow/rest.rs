//! Creating workflows and looking at them.

use serde_json::{Value, json};

use super::super::sandbox;
use crate::support::raw;
use crate::support::socket::{Opening, create, post};

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

#[test]
fn a_workflow_is_created_looked_at_and_stopped() {
    let sandbox = sandbox();
    let created = post(&sandbox, "workflows", &order());
    assert_eq!(created.status, 201);
    let created = created.json();
    assert!(created["id"].is_u64());
    assert_eq!(created["status"], "created");
    let token = ("private-token", sandbox.token());
    let target = format!("/api/v4/ai/duo_workflows/workflows/{}", created["id"]);
    assert_eq!(raw::get(sandbox.url(), &target, &[token]).json(), created);
    let patch = |body: &str| {
        let headers = [token, ("content-type", "application/json")];
        raw::send(sandbox.url(), "PATCH", &target, &headers, body.as_bytes())
    };
    assert_eq!(patch(r#"{"status_event":"fly"}"#).status, 400);
    assert_eq!(patch("{}").status, 400);
    assert_eq!(patch(r#"{"status_event":"stop"}"#).json()["status"], "stopped");
    assert_eq!(patch(r#"{"status_event":"stop"}"#).status, 400);
    let other = sandbox.token_named("read_user").expect("a token");
    assert_eq!(raw::get(sandbox.url(), &target, &[("private-token", other)]).status, 403);
    let target = "/api/v4/ai/duo_workflows/workflows/1";
    assert_eq!(raw::get(sandbox.url(), target, &[token]).status, 404);
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
        ("goal", json!(""), "goal is missing"),
        ("goal", json!(1), "goal is invalid"),
        ("goal", json!("x".repeat(16_385)), "goal is too long (maximum is 16384 characters)"),
        ("workflow_definition", json!("chess"), "workflow_definition does not have a valid value"),
        ("workflow_definition", Value::Null, "workflow_definition is missing"),
        ("environment", json!("moon"), "environment does not have a valid value"),
        ("agent_privileges", json!([9]), "agent_privileges does not have a valid value"),
        ("agent_privileges", json!("1"), "agent_privileges is invalid"),
        ("pre_approved_agent_privileges", json!([1, 5]), "pre_approved_agent_privileges has 5"),
        ("allow_agent_to_request_user", json!("yes"), "allow_agent_to_request_user is invalid"),
        ("ai_catalog_item_version_id", json!(3), "ai_catalog_item_version_id does not"),
        ("namespace_id", json!(8_472_001), "namespace_id is not the namespace of the project"),
        ("project_id", json!(true), "project_id is invalid"),
        ("goals", json!("x"), "goals is not a parameter"),
    ] {
        let (status, text) = with(name, value);
        assert!(status == 400 && text.contains(words), "{name}: {status} {text}");
    }
    let gone = |name| with(name, json!("acme/nothing"));
    assert_eq!(gone("project_id"), (404, r#"{"message":"404 Project Not Found"}"#.to_owned()));
    assert_eq!(gone("namespace_id"), (404, r#"{"message":"404 Namespace Not Found"}"#.to_owned()));
    let nowhere = json!({ "goal": "x", "workflow_definition": "chat" });
    let words = "at least one parameter must be provided";
    assert!(post(&sandbox, "workflows", &nowhere).text().contains(words));
    let group = json!({ "goal": "x", "workflow_definition": "chat", "namespace_id": "acme/shop" });
    assert_eq!(post(&sandbox, "workflows", &group).status, 201);
    let headers = [("private-token", sandbox.token())];
    let target = "/api/v4/ai/duo_workflows/workflows";
    assert_eq!(raw::send(sandbox.url(), "POST", target, &headers, b"{}").status, 415);
}

#[test]
fn direct_access_is_for_a_seat_and_its_token_opens_the_socket() {
    let sandbox = sandbox();
    let body = json!({
        "workflow_definition": "chat",
        "root_namespace_id": "gid://gitlab/Group/8472001",
        "project_id": 61_840_217,
    });
    let answer = post(&sandbox, "direct_access", &body);
    assert_eq!(answer.status, 201);
    let answer = answer.json();
    assert!(answer["duo_workflow_service"]["token_expires_at"].is_u64());
    assert!(answer["gitlab_rails"]["token_expires_at"].is_string());
    let token = answer["gitlab_rails"]["token"].as_str().expect("a token");
    let opening = Opening::new(&sandbox).with("authorization", &format!("Bearer {token}"));
    assert!(opening.open().is_ok());

    let refused = |name: &str, value: Value| {
        let mut body = body.clone();
        body[name] = value;
        post(&sandbox, "direct_access", &body).status
    };
    assert_eq!(refused("workflow_definition", json!("chess")), 400);
    assert_eq!(refused("root_namespace_id", json!("gid://gitlab/Group/8472014")), 404);
    assert_eq!(refused("project_id", json!(1)), 404);
    assert_eq!(refused("feature_flags", json!({ "x": 1 })), 400);
    assert_eq!(refused("flags", json!({})), 400);
    let no_seat = sandbox.token_named("no_seat").expect("a token");
    let headers = [("private-token", no_seat), ("content-type", "application/json")];
    for path in ["direct_access", "workflows"] {
        let target = format!("/api/v4/ai/duo_workflows/{path}");
        let answer = raw::send(sandbox.url(), "POST", &target, &headers, b"{}");
        assert_eq!((answer.status, answer.text()), (403, r#"{"message":"403 Forbidden"}"#.into()));
    }
}

#[test]
fn ids_count_up() {
    let sandbox = sandbox();
    assert_ne!(create(&sandbox, &json!({})), create(&sandbox, &json!({})));
}

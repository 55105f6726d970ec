//! The socket's messages against samples of GitLab's own clients and service, where those are.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{Agent, run};
use crate::conformance::data;

fn sample(folder: &Path, name: &str) -> Value {
    let text = fs::read_to_string(folder.join(name)).expect("a sample");
    serde_json::from_str(&text).expect("JSON")
}

fn lines(folder: &Path, name: &str) -> Vec<Value> {
    let text = fs::read_to_string(folder.join(name)).expect("a sample");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Names and types, without what they hold.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| match (name.as_str(), value) {
                ("workflowMetadata" | "tool_args_json", Value::String(text)) => {
                    let inner = serde_json::from_str(text).expect("JSON in text");
                    (name.clone(), json!({ "in text": shape(&inner) }))
                }
                _ => (name.clone(), shape(value)),
            });
            members.collect()
        }
        Value::String(_) => json!("text"),
        Value::Array(_) => json!("list"),
        Value::Number(_) => json!("number"),
        other => other.clone(),
    }
}

#[test]
#[cfg_attr(not(has_schemas), ignore = "GitLab's schemas and samples are not beside the project")]
fn what_begins_and_stops_a_workflow_is_spelt_as_by_gitlabs_clients() {
    let folder = data("gitlab/duo");
    let asking = || {
        Agent::playing(|connection, wire| {
            wire.start();
            if connection == 0 {
                wire.wants_approval("run_command", &json!({ "command": "true" }));
                wire.close(1000, "");
            }
            wire.says("FINISHED", "Done.");
        })
    };
    for (line, name) in
        [("--allow shell", "ws_client_approval.json"), ("", "ws_client_rejection.json")]
    {
        let agent = asking();
        run(&agent.world(), line);
        let [first, second] = agent.seen("startRequest").try_into().expect("two starts");
        let expected = sample(&folder, "ws_client_start_request.json");
        assert_eq!(shape(&first), shape(&expected["startRequest"]), "{name}");
        assert_eq!(shape(&second), shape(&sample(&folder, name)["startRequest"]), "{name}");
    }
    let agent = Agent::playing(|_, wire| {
        wire.start();
        wire.wait_for("stopWorkflow");
    });
    assert_eq!(run(&agent.world(), "--max-duration 1").code, 6);
    let stop = agent.seen("stopWorkflow").pop().expect("a stop");
    assert_eq!(stop, sample(&folder, "ws_client_stop.json")["stopWorkflow"]);
}

#[test]
#[cfg_attr(not(has_schemas), ignore = "GitLab's schemas and samples are not beside the project")]
fn every_action_of_the_service_is_answered_in_the_form_that_it_waits_for() {
    let folder = data("gitlab/duo");
    let actions = lines(&folder, "ws_server_actions.jsonl");
    let played = actions.clone();
    let agent = Agent::playing(move |_, wire| {
        wire.start();
        for action in &played {
            wire.send(action);
            wire.answer(action["requestID"].as_str().expect("an id"));
        }
        wire.says("FINISHED", "Done.");
    });
    let outcome = run(&agent.world(), "--allow all --deny shell --json");
    assert_eq!(outcome.json()["status"], "FINISHED", "{outcome:?}");
    let answers = agent.seen("actionResponse");
    assert_eq!(answers.len(), actions.len());
    let text = shape(&sample(&folder, "ws_client_action_response.json")["actionResponse"]);
    let http = shape(&sample(&folder, "ws_client_http_response.json")["actionResponse"]);
    for (action, answer) in actions.iter().zip(&answers) {
        assert_eq!(action["requestID"], answer["requestID"]);
        let is_http = action.get("runHTTPRequest").is_some();
        assert_eq!(shape(answer), if is_http { http.clone() } else { text.clone() }, "{action}");
    }
    let written = answers[3]["plainTextResponse"]["error"].as_str().unwrap_or("none");
    assert_eq!(written, "", "notes.txt is written");
}

#[test]
#[cfg_attr(not(has_schemas), ignore = "GitLab's schemas and samples are not beside the project")]
fn a_turn_as_the_service_sends_it_is_its_text() {
    let folder = data("gitlab/duo");
    let turn = lines(&folder, "ws_server_chat_turn.jsonl");
    let agent = Agent::playing(move |_, wire| {
        wire.wait_for("startRequest");
        for message in &turn {
            wire.send(message);
        }
    });
    let line = "chat -n -m duo-workflow-default 'Why did pipeline 46 fail?' --json";
    let outcome = agent.world().run(line);
    let result = outcome.json();
    assert_eq!((outcome.code, &result["finish_reason"]), (0, &json!("stop")), "{outcome:?}");
    assert!(result["text"].as_str().is_some_and(|text| text.starts_with("The job")), "{result}");
}

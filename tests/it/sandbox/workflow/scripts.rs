//! The scripts from their start to their end.

use glduo::sandbox::Sandbox;
use serde_json::{Value, json};
use tungstenite::protocol::CloseFrame;

use super::super::sandbox;
use super::status;
use crate::support::socket::{self, Client, create, post, start};

fn text(action: &Value) -> String {
    match () {
        () if action.get("findFiles").is_some() => "docs/README.md\n".to_owned(),
        () if action.get("listDirectory").is_some() => "docs/\nmain.ts\n".to_owned(),
        () => "one\ntwo\n".to_owned(),
    }
}

/// Runs one connection to its close: the last status, and the client.
fn run(sandbox: &Sandbox, request: &Value) -> (String, Client) {
    let mut client = Client::open(sandbox);
    client.send(&json!({ "startRequest": request }));
    let (statuses, code, reason) = client.run(|action| Ok(text(action)));
    assert_eq!((code, reason.as_str()), (1000, ""), "{statuses:?}");
    (statuses.last().cloned().unwrap_or_default(), client)
}

fn development(id: &str, goal: &str) -> Value {
    let mut request = start(id, goal);
    request["workflowDefinition"] = json!("software_development");
    request
}

#[test]
fn an_investigation_only_looks_and_reports_what_it_was_given() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    let mut client = Client::open(&sandbox);
    client.send(&json!({ "startRequest": start(&id, "Why is checkout slow?") }));
    let end = client.run(|action| Ok(text(action)));
    let statuses = ["CREATED", "RUNNING", "INPUT_REQUIRED"].map(str::to_owned).to_vec();
    assert_eq!(end, (statuses, 1000, String::new()));
    assert_eq!(client.actions(), ["listDirectory", "findFiles", "grep", "runReadFile"]);
    assert_eq!(client.answered[3]["runReadFile"], json!({ "filepath": "docs/README.md" }));
    for words in [
        "This is the sandbox's scripted workflow, not an AI",
        "goal: 21 characters: “Why is checkout slow?”",
        "context `agents-md-user-instructions`: 23 characters: “Follow the house rules.”",
        "privileges: 1, 2, 3, 4, 5, 6; approved beforehand: none; tools by name: read_file,",
        "project: acme/shop/storefront (61840217), namespace 8472014",
        "git: remote none, branch main, commit none",
        "context `os_information`: 5 characters",
        "- `read_file` (`docs/README.md`) answered 2 lines: “one two”",
    ] {
        assert!(client.said().contains(words), "{words}: {}", client.said());
    }
}

#[test]
fn checkpoints_hold_the_conversation_so_far_and_grow() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    let mut client = Client::open(&sandbox);
    client.send(&json!({ "startRequest": start(&id, "Look") }));
    let (mut before, mut growing, mut ids) = (Vec::<Value>::new(), 0, Vec::new());
    while let Ok(message) = client.next() {
        ids.push(message["requestID"].to_string());
        let Some(checkpoint) = message.get("newCheckpoint") else {
            client.send(&socket::answer(&message, Ok(text(&message))));
            continue;
        };
        assert_eq!(checkpoint["errors"], json!([]));
        assert!(checkpoint["agent_context_usage"]["Chat Agent"]["total_tokens"].is_u64());
        let log = socket::log(checkpoint);
        for (old, new) in before.iter().zip(&log) {
            assert_eq!(old["message_id"], new["message_id"]);
            let (old, new) = (old["content"].as_str(), new["content"].as_str());
            assert!(new.expect("text").starts_with(old.expect("text")));
            growing += usize::from(old != new);
        }
        assert!(log.len() >= before.len());
        before = log;
    }
    assert!(growing > 5, "it grew {growing} times");
    let kinds: Vec<&str> =
        before.iter().filter_map(|entry| entry["message_type"].as_str()).collect();
    assert_eq!(kinds, ["user", "tool", "tool", "tool", "tool", "agent"]);
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "a requestID came twice");
}

#[test]
fn a_chat_asks_for_approval_by_closing_and_continues_with_an_empty_goal() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    let mut request = start(&id, "Fix the rounding");
    let mut asked = Vec::new();
    let said = loop {
        let (status, client) = run(&sandbox, &request);
        asked.extend(client.actions());
        if status != "TOOL_CALL_APPROVAL_REQUIRED" {
            assert_eq!(status, "INPUT_REQUIRED");
            let users = client.log.iter().filter(|entry| entry["message_type"] == "user").count();
            assert_eq!(users, 1);
            break client.said().to_owned();
        }
        assert_eq!(super::status(&sandbox, &id), "tool_call_approval_required");
        assert_eq!(client.log.last().expect("a request")["message_type"], "request");
        request = start(&id, "");
        request["approval"] = json!({ "approval": {} });
    };
    assert_eq!(asked, ["listDirectory", "runWriteFile", "runEditFile", "runReadFile"]);
    assert!(said.contains("`edit_file` (`glduo-sandbox-notes.md"), "{said}");
}

#[test]
fn a_goal_beside_an_approval_is_a_second_question() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    let mut request = start(&id, "Please do the task: approve one");
    run(&sandbox, &request);
    request["approval"] = json!({ "approval": {} });
    let (_, client) = run(&sandbox, &request);
    let users = client.log.iter().filter(|entry| entry["message_type"] == "user").count();
    assert_eq!((users, client.actions()), (2, vec!["runShellCommand".to_owned()]));
}

#[test]
fn a_rejection_is_shown_as_the_persons_words_and_a_privilege_beforehand_needs_none() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    run(&sandbox, &start(&id, "Fix it"));
    let mut rejected = start(&id, "");
    rejected["approval"] = json!({ "rejection": { "message": "Not here" } });
    let (status, client) = run(&sandbox, &rejected);
    assert_eq!(status, "INPUT_REQUIRED");
    assert!(client.said().contains("was not approved: “Not here”"), "{}", client.said());
    assert!(client.answered.is_empty());
    assert!(client.log.iter().any(|entry| entry["content"] == "Not here"));

    let id = create(&sandbox, &json!({ "pre_approved_agent_privileges": [1] }));
    let mut client = Client::open(&sandbox);
    client.send(&json!({ "startRequest": start(&id, "Fix it") }));
    client.run(|action| match action.get("runWriteFile") {
        Some(_) => Err("denied here".to_owned()),
        None => Ok(String::new()),
    });
    assert_eq!(client.actions(), ["listDirectory", "runWriteFile"]);
    assert!(client.said().contains("failed: “denied here”"), "{}", client.said());
}

#[test]
fn privileges_and_capabilities_decide_which_tools_there_are() {
    let sandbox = sandbox();
    let all = json!({ "pre_approved_agent_privileges": [1, 2, 3, 4, 5, 6] });
    let run = |fields: &Value, capabilities: Value| {
        let id = create(&sandbox, fields);
        let mut request = start(&id, "Run `make -k test`");
        request["clientCapabilities"] = capabilities;
        let (status, client) = run(&sandbox, &request);
        assert_eq!(status, "INPUT_REQUIRED");
        client
    };
    let with_shell = run(&all, json!(["shell_command", "command_timeout"]));
    assert_eq!(with_shell.actions(), ["runShellCommand", "runShellCommand"]);
    let command = json!({ "command": "make -k test", "timeout": "120" });
    assert_eq!(with_shell.answered[1]["runShellCommand"], command);
    assert!(with_shell.said().contains("`get_project`"), "{}", with_shell.said());
    let without = run(&all, json!([]));
    let git = json!({ "program": "git", "arguments": ["status", "--short"], "flags": [] });
    assert_eq!(without.answered[0]["runCommand"], git);
    let reading = run(
        &json!({ "agent_privileges": [2, 8], "pre_approved_agent_privileges": [2, 8] }),
        json!([]),
    );
    assert!(reading.actions().is_empty());
    assert!(reading.said().contains("the workflow lacks the privilege"), "{}", reading.said());
}

#[test]
fn the_service_keeps_some_paths_from_the_agent() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    let mut client = Client::open(&sandbox);
    client.send(&json!({ "startRequest": start(&id, "Look") }));
    client.run(|action| match action.get("findFiles") {
        Some(_) => Ok(".env\n".to_owned()),
        None => Ok(String::new()),
    });
    assert_eq!(client.actions(), ["listDirectory", "findFiles", "grep"]);
    assert!(client.said().contains("Access denied"), "{}", client.said());
}

#[test]
fn a_chat_continues_with_a_new_goal_and_remembers_the_old_one() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    let logs: Vec<Vec<Value>> = ["Look around", "Look again"]
        .into_iter()
        .map(|goal| run(&sandbox, &start(&id, goal)).1.log)
        .collect();
    assert_eq!(logs[0], logs[1][..logs[0].len()]);
    let goals: Vec<&Value> = logs[1]
        .iter()
        .filter(|entry| entry["message_type"] == "user")
        .map(|entry| &entry["content"])
        .collect();
    assert_eq!(goals, ["Look around", "Look again"]);
    let mut ids: Vec<&str> =
        logs[1].iter().filter_map(|entry| entry["message_id"].as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), logs[1].len());
}

/// Loses the connection while the first tool runs, and comes back: the id of the lost action, the
/// last status, and the second client.
fn lost_in_tool(sandbox: &Sandbox, request: &Value) -> (Value, String, Client) {
    let mut client = Client::open(sandbox);
    client.send(&json!({ "startRequest": request }));
    let first = loop {
        let message = client.next().expect("a message");
        if message.get("newCheckpoint").is_none() {
            break message["requestID"].clone();
        }
    };
    drop(client);
    loop {
        let mut client = Client::open(sandbox);
        client.send(&json!({ "startRequest": request }));
        let (statuses, code, _) = client.run(|action| Ok(text(action)));
        // The sandbox has not seen yet that the first one is gone.
        if code != 1013 {
            return (first, statuses.last().cloned().unwrap_or_default(), client);
        }
    }
}

#[test]
fn a_connection_lost_in_a_tool_fails_a_chat_and_repeats_a_development_step() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    let (_, status, client) = lost_in_tool(&sandbox, &start(&id, ""));
    assert_eq!((status.as_str(), client.log.len()), ("FAILED", 1));
    assert_eq!(super::status(&sandbox, &id), "failed");

    let fields = json!({
        "workflow_definition": "software_development",
        "pre_approved_agent_privileges": [1],
        "allow_agent_to_request_user": false,
    });
    let id = create(&sandbox, &fields);
    let (first, status, client) = lost_in_tool(&sandbox, &development(&id, "Look"));
    assert_eq!(status, "FINISHED");
    assert_eq!(client.actions()[0], "listDirectory");
    assert_ne!(client.answered[0]["requestID"], first);
}

#[test]
fn a_stop_stops_and_so_does_a_goodbye_but_both_at_once_fail() {
    let sandbox = sandbox();
    let goodbye = |client: &mut Client| {
        let frame = CloseFrame { code: 1000.into(), reason: "".into() };
        client.web.close(Some(frame)).expect("a close");
        while client.web.read().is_ok() {}
    };
    let stop = json!({ "stopWorkflow": { "reason": "USER_ACTION_TRIGGERED_STOP" } });
    for (stops, leaves, expected) in
        [(true, false, "stopped"), (false, true, "stopped"), (true, true, "failed")]
    {
        let id = create(&sandbox, &json!({}));
        let mut client = Client::open(&sandbox);
        client.send(&json!({ "startRequest": start(&id, "Look") }));
        while client.next().expect("a message").get("listDirectory").is_none() {}
        if stops {
            client.send(&stop);
        }
        if leaves {
            goodbye(&mut client);
        } else {
            let (statuses, code, _) = client.run(|_| panic!("it was stopped"));
            assert_eq!((statuses, code), (vec!["STOPPED".to_owned()], 1000));
            assert!(client.log.is_empty());
        }
        let is_over = || status(&sandbox, &id) != "running";
        for _ in 0..500 {
            if is_over() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        assert_eq!(status(&sandbox, &id), expected, "stop {stops}, goodbye {leaves}");
    }
}

fn decide(sandbox: &Sandbox, id: &str, kind: &str, message: &str) {
    let body = json!({ "event_type": kind, "message": message });
    assert_eq!(post(sandbox, &format!("workflows/{id}/events"), &body).status, 201);
}

#[test]
fn a_plan_is_asked_about_if_the_agent_may_ask() {
    let sandbox = sandbox();
    let mut fields = json!({
        "workflow_definition": "software_development",
        "pre_approved_agent_privileges": [1, 2, 4],
    });
    let id = create(&sandbox, &fields);
    let request = development(&id, "Look");
    let ask = || run(&sandbox, &request).0;
    assert_eq!(ask(), "PLAN_APPROVAL_REQUIRED");
    assert_eq!(status(&sandbox, &id), "plan_approval_required");
    // Without an event the request is repeated, and GitLab takes the workflow for running.
    assert_eq!(ask(), "PLAN_APPROVAL_REQUIRED");
    assert_eq!(status(&sandbox, &id), "running");
    decide(&sandbox, &id, "message", "Shorter");
    assert_eq!(ask(), "PLAN_APPROVAL_REQUIRED");
    decide(&sandbox, &id, "resume", "");
    let (last, client) = run(&sandbox, &request);
    assert_eq!((last.as_str(), status(&sandbox, &id)), ("FINISHED", json!("finished")));
    assert!(client.log.iter().any(|entry| entry["content"] == "Shorter"));

    let id = create(&sandbox, &fields);
    run(&sandbox, &development(&id, "Look"));
    decide(&sandbox, &id, "stop", "");
    assert_eq!(run(&sandbox, &development(&id, "Look")).0, "STOPPED");
    assert_eq!(status(&sandbox, &id), "stopped");

    fields["allow_agent_to_request_user"] = json!(false);
    let id = create(&sandbox, &fields);
    assert_eq!(run(&sandbox, &development(&id, "Look")).0, "FINISHED");
}

#[test]
fn development_ignores_names_of_tools_and_approvals_on_the_socket() {
    let sandbox = sandbox();
    let fields = json!({
        "workflow_definition": "software_development",
        "allow_agent_to_request_user": false,
    });
    let id = create(&sandbox, &fields);
    let mut request = development(&id, "Look");
    assert_eq!(run(&sandbox, &request).0, "TOOL_CALL_APPROVAL_REQUIRED");
    request["approval"] = json!({ "approval": {} });
    let (status, client) = run(&sandbox, &request);
    assert_eq!((status.as_str(), client.answered.len()), ("TOOL_CALL_APPROVAL_REQUIRED", 0));
    decide(&sandbox, &id, "resume", "");
    // Both calls of the message were approved; the next message is asked about again.
    let (status, client) = run(&sandbox, &request);
    assert_eq!((status.as_str(), client.answered.len()), ("TOOL_CALL_APPROVAL_REQUIRED", 2));
}

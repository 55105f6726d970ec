//! The scripts from their start to their end.

use serde_json::{Value, json};

use super::super::sandbox;
use crate::support::raw;
use crate::support::socket::{self, Client, Opening, create, start};

fn text(action: &Value) -> String {
    match () {
        () if action.get("findFiles").is_some() => "docs/README.md\n".to_owned(),
        () if action.get("listDirectory").is_some() => "docs/\nmain.ts\n".to_owned(),
        () => "one\ntwo\n".to_owned(),
    }
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
    let read = &client.answered[3]["runReadFile"];
    assert_eq!(*read, json!({ "filepath": "docs/README.md", "offset": 0, "limit": 20 }));
    for words in [
        "This is the sandbox's scripted workflow, not an AI",
        "goal: 21 characters: “Why is checkout slow?”",
        "instructions (system prompt): 23 characters: “Follow the house rules.”",
        "privileges: 1, 2, 3, 4, 5, 6; approved beforehand: none; tools by name: none",
        "project: acme/shop/storefront (61840217), namespace 8472014",
        "git: remote none, branch main, commit none",
        "context `os_information`: 5 characters",
        "- `read_file` (`docs/README.md`) answered 2 lines: “one two”",
    ] {
        assert!(client.said().contains(words), "{words}: {}", client.said());
    }
}

#[test]
fn snapshots_are_whole_and_grow() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    let mut client = Client::open(&sandbox);
    client.send(&json!({ "startRequest": start(&id, "Look") }));
    let (mut before, mut growing) = (Vec::<Value>::new(), 0);
    while let Ok(message) = client.next() {
        let Some(checkpoint) = message.get("newCheckpoint") else {
            client.send(&socket::answer(&message, Ok(text(&message))));
            continue;
        };
        assert_eq!((&message["requestID"], &checkpoint["errors"]), (&json!(""), &json!([])));
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
    assert_eq!(before[1]["tool_info"]["tool_response"]["status"], "success");
}

fn approve(id: &str, goal: &str, tool: &Value) -> Value {
    let mut start = start(id, goal);
    let arguments = tool["args"].to_string();
    let approval = json!({ "tool_name": tool["name"], "tool_args_json": arguments });
    start["approval"] = json!({ "approval": approval });
    json!({ "startRequest": start })
}

#[test]
fn an_edit_asks_for_approval_by_closing_and_goes_on_with_the_next_connection() {
    let sandbox = sandbox();
    let (id, goal) = (create(&sandbox, &json!({})), "Fix the rounding");
    let mut message = json!({ "startRequest": start(&id, goal) });
    let mut asked = Vec::new();
    let said = loop {
        let mut client = Client::open(&sandbox);
        client.send(&message);
        let (statuses, code, reason) = client.run(|action| Ok(text(action)));
        assert_eq!((code, reason.as_str()), (1000, ""));
        asked.extend(client.actions());
        match statuses.last().map(String::as_str) {
            Some("TOOL_CALL_APPROVAL_REQUIRED") => {
                let request = client.log.last().expect("a request");
                assert_eq!(request["message_type"], "request");
                message = approve(&id, goal, &request["tool_info"]);
            }
            last => {
                assert_eq!(last, Some("INPUT_REQUIRED"));
                break client.said().to_owned();
            }
        }
    };
    assert_eq!(asked, ["listDirectory", "runWriteFile", "runEditFile", "runReadFile"]);
    assert!(said.contains("`edit_file` (`glduo-sandbox-notes.md`) answered"), "{said}");
}

#[test]
fn a_rejection_ends_the_edit_and_a_privilege_beforehand_needs_none() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    let mut client = Client::open(&sandbox);
    client.send(&json!({ "startRequest": start(&id, "Fix it") }));
    client.run(|action| Ok(text(action)));
    let mut rejected = start(&id, "Fix it");
    rejected["approval"] = json!({ "rejection": { "message": "Not here" } });
    let mut client = Client::open(&sandbox);
    client.send(&json!({ "startRequest": rejected }));
    let (statuses, code, _) = client.run(|action| Ok(text(action)));
    assert_eq!((statuses.last().map(String::as_str), code), (Some("INPUT_REQUIRED"), 1000));
    assert!(client.said().contains("was not approved: “Not here”"), "{}", client.said());
    assert!(client.answered.is_empty());

    let id = create(&sandbox, &json!({ "pre_approved_agent_privileges": [1] }));
    let mut client = Client::open(&sandbox);
    client.send(&json!({ "startRequest": start(&id, "Fix it") }));
    client.run(|_| Err("denied here".to_owned()));
    assert_eq!(client.actions(), ["listDirectory", "runWriteFile"]);
    assert!(client.said().contains("failed: “denied here”"), "{}", client.said());
}

#[test]
fn a_privilege_that_was_not_given_is_not_used_and_a_shell_is_a_promise() {
    let sandbox = sandbox();
    let goal = "Run `make -k test`";
    let all = json!({ "pre_approved_agent_privileges": [1, 2, 3, 4, 5, 6] });
    let run = |fields: &Value, capabilities: Value| {
        let id = create(&sandbox, fields);
        let mut request = start(&id, goal);
        request["clientCapabilities"] = capabilities;
        let mut client = Client::open(&sandbox);
        client.send(&json!({ "startRequest": request }));
        let (statuses, ..) = client.run(|action| Ok(text(action)));
        assert_eq!(statuses.last().map(String::as_str), Some("INPUT_REQUIRED"));
        client
    };
    let with_shell = run(&all, json!(["shell_command"]));
    assert_eq!(with_shell.actions(), ["runGitCommand", "runShellCommand", "runHTTPRequest"]);
    assert_eq!(with_shell.answered[1]["runShellCommand"], json!({ "command": "make -k test" }));
    let without = run(&all, json!([]));
    let command = json!({ "program": "make", "flags": ["-k"], "arguments": ["test"] });
    assert_eq!(without.answered[1]["runCommand"], command);
    let reading = run(&json!({ "agent_privileges": [1, 2] }), json!([]));
    assert_eq!(reading.actions(), ["runHTTPRequest"]);
    assert!(reading.said().contains("the workflow has no privilege 4"), "{}", reading.said());
}

#[test]
fn a_workflow_goes_on_with_a_new_goal_and_remembers_the_old_one() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    let mut logs = Vec::new();
    for goal in ["Look around", "Look again"] {
        let mut client = Client::open(&sandbox);
        client.send(&json!({ "startRequest": start(&id, goal) }));
        assert_eq!(client.run(|action| Ok(text(action))).1, 1000);
        logs.push(client.log);
    }
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

#[test]
fn a_lost_connection_leaves_the_workflow_running_and_the_next_one_asks_again() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    let mut client = Client::open(&sandbox);
    client.send(&json!({ "startRequest": start(&id, "Look") }));
    let first = loop {
        let message = client.next().expect("a message");
        if message.get("listDirectory").is_some() {
            break message["requestID"].clone();
        }
    };
    drop(client);
    let mut client = Client::open(&sandbox);
    let (statuses, code) = loop {
        client.send(&json!({ "startRequest": start(&id, "Look") }));
        match client.run(|action| Ok(text(action))) {
            // The sandbox has not seen yet that the first one is gone.
            (_, 1013, _) => client = Client::open(&sandbox),
            (statuses, code, _) => break (statuses, code),
        }
    };
    assert_eq!((statuses, code), (vec!["RUNNING".to_owned(), "INPUT_REQUIRED".to_owned()], 1000));
    assert_ne!(client.answered[0]["requestID"], first);
    let users = client.log.iter().filter(|entry| entry["message_type"] == "user").count();
    assert_eq!(users, 1);
}

fn status(sandbox: &glduo::sandbox::Sandbox, id: &str) -> Value {
    let target = format!("/api/v4/ai/duo_workflows/workflows/{id}");
    raw::get(sandbox.url(), &target, &[("private-token", sandbox.token())]).json()["status"].clone()
}

#[test]
fn a_stop_stops_and_so_does_a_goodbye() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({}));
    let mut client = Client::open(&sandbox);
    client.send(&json!({ "startRequest": start(&id, "Look") }));
    // Both of the first step have gone out.
    while client.next().expect("a message").get("findFiles").is_none() {}
    client.send(&json!({ "stopWorkflow": { "reason": "USER_ACTION_TRIGGERED_STOP" } }));
    let (statuses, code, _) = client.run(|_| panic!("it was stopped"));
    assert_eq!((statuses, code), (vec!["STOPPED".to_owned()], 1000));
    assert_eq!(status(&sandbox, &id), "stopped");

    let id = create(&sandbox, &json!({}));
    let mut client = Client::open(&sandbox);
    client.send(&json!({ "startRequest": start(&id, "Look") }));
    client.next().expect("a message");
    let close = tungstenite::protocol::CloseFrame {
        code: tungstenite::protocol::frame::coding::CloseCode::Normal,
        reason: "".into(),
    };
    client.web.close(Some(close)).expect("a close");
    while client.web.read().is_ok() {}
    let stopped = (0..500).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        status(&sandbox, &id) == "stopped"
    });
    assert!(stopped, "{}", status(&sandbox, &id));
}

#[test]
fn software_development_ends_finished() {
    let sandbox = sandbox();
    let id = create(&sandbox, &json!({ "workflow_definition": "software_development" }));
    let mut request = start(&id, "Look");
    request["workflowDefinition"] = json!("software_development");
    let target = format!("{}?{}", socket::PATH, socket::query("software_development"));
    let mut client = Opening::new(&sandbox).to(target).open().expect("a connection");
    client.send(&json!({ "startRequest": request }));
    assert_eq!(
        client.run(|action| Ok(text(action))).0.last().map(String::as_str),
        Some("FINISHED")
    );
}

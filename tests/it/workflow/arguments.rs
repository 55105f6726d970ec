//! Flags, model names and conversations that fit, and those that do not.

use serde_json::json;

use super::{Agent, run};
use crate::support::model::{Model, says};

#[test]
fn flags_of_chat_models_are_refused_before_anything_is_sent() {
    let agent = Agent::saying("x");
    let world = agent.world();
    for flag in ["--schema {}", "--max-tokens 9", "--temperature 0", "--effort low", "--reasoning"]
    {
        let outcome = run(&world, flag);
        let name = flag.split(' ').next().unwrap_or_default();
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{flag}");
        assert!(outcome.stderr.contains(&format!("{name} is for chat models")), "{outcome:?}");
        assert!(outcome.stderr.contains("hint: leave"), "{outcome:?}");
    }
    assert!(agent.seen("POST /api/v4/ai/duo_workflows/workflows").is_empty());
}

#[test]
fn flags_of_workflow_models_are_refused_with_a_chat_model() {
    let model = Model::answering([says("x")]);
    let world = model.world();
    for flag in ["--allow read", "--deny shell", "-C ."] {
        let outcome = world.run(&format!("chat -n Hi {flag}"));
        assert!(outcome.code == 2 && outcome.stderr.contains("workflow model"), "{outcome:?}");
    }
    assert!(model.questions().is_empty());
}

#[test]
fn names_of_no_tools_are_refused_on_the_line_and_in_files() {
    let agent = Agent::saying("x");
    for (flag, name) in [("--allow edit", "edit"), ("--deny sudo", "sudo"), ("--allow read,x", "x")]
    {
        let outcome = run(&agent.world(), flag);
        assert!(outcome.code == 2 && outcome.stderr.contains(name), "{outcome:?}");
    }
    for (key, name) in [("allow", "mkdir"), ("deny", "sudo")] {
        let config = json!({ "gitlab": { "workflow": { key: [name] } } });
        let outcome = run(&agent.world().user_config(&config.to_string()), "--json");
        assert_eq!((outcome.code, &outcome.error()["code"]), (2, &json!("usage")), "{outcome:?}");
        assert!(outcome.stderr.contains(name) && outcome.stderr.contains("config.json"));
    }
}

#[test]
fn without_a_project_the_ways_to_name_one_are_told() {
    let agent = Agent::saying("x");
    let outcome = run(&agent.world().env("GITLAB_REPO", ""), "");
    assert!(outcome.code == 2 && outcome.stderr.contains("-R GROUP/PROJECT"), "{outcome:?}");
}

#[test]
fn a_model_that_is_not_offered_is_no_other_model() {
    let agent = Agent::saying("x");
    let world = agent.world();
    for (model, code, word) in [
        ("duo-workflow-haiku-4-5", 5, "model_unavailable"),
        ("workflow-haiku-5", 2, "usage"),
        ("duo-workflow-nonsense", 2, "usage"),
    ] {
        let outcome = world.run(&format!("chat -n -m {model} --json Hi"));
        assert_eq!((outcome.code, &outcome.error()["code"]), (code, &json!(word)), "{outcome:?}");
    }
    let result = world.run("chat -n -m duo-workflow-brand-new --json Hi").json();
    assert_eq!(
        (&result["model"], &result["backend_model"]),
        (&json!("duo-workflow-brand-new"), &json!("brand_new"))
    );
    assert_eq!(agent.seen("POST /api/v4/ai/duo_workflows/workflows").len(), 1);
}

#[test]
fn a_conversation_goes_on_in_its_workflow_and_with_no_chat_model() {
    let agent = Agent::saying("Done.");
    let world = agent.world();
    let first = run(&world, "--session s --json").json();
    assert_eq!((&first["session"], &first["workflow_id"]), (&json!("s"), &json!("42")));
    let outcome = world.run("chat -n -c --json More");
    assert_eq!((outcome.code, &outcome.json()["session"]), (0, &json!("s")), "{outcome:?}");
    assert!(!outcome.stderr.contains("privileges"), "{outcome:?}");
    let starts = agent.seen("startRequest");
    assert_eq!((&starts[1]["workflowID"], &starts[1]["goal"]), (&json!("42"), &json!("More")));
    assert_eq!(agent.seen("POST /api/v4/ai/duo_workflows/workflows").len(), 1);
    let outcome = world.run("chat -n -c -m haiku-4-5 More");
    assert!(outcome.code == 2 && outcome.stderr.contains("--session NAME"), "{outcome:?}");
    let outcome = run(&world, "--session s --no-save --allow write");
    assert!(
        outcome.stderr.contains("privileges that its workflow was created with"),
        "{outcome:?}"
    );
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let model = Model::answering([says("a")]);
    let world = model.world().env("GITLAB_REPO", "acme/shop");
    world.run("chat -n Hi --session t");
    let outcome = run(&world, "--session t");
    assert!(outcome.code == 2 && outcome.stderr.contains("chat model"), "{outcome:?}");
}

#[test]
fn a_dry_run_shows_what_would_be_sent_and_sends_nothing() {
    let agent = Agent::saying("x");
    let config = json!({ "gitlab": { "instructions": "Comply." } }).to_string();
    let outcome = run(&agent.world().user_config(&config), "--dry-run --json -s Briefly");
    let rows = outcome.json();
    assert_eq!(rows[0]["policy"]["allowed"], json!(["read", "list", "find", "grep"]));
    assert_eq!(rows[0]["body"]["agent_privileges"], json!([2, 8]));
    let start = &rows[1]["body"]["startRequest"];
    let first = super::instructions("Comply.\n\nBriefly");
    assert_eq!((&start["additional_context"][0], &start["goal"]), (&first, &json!("Tidy")));
    assert!(!outcome.stdout.contains(super::agent::TOKEN));
    let outcome = run(&agent.world(), "--dry-run --deny list --allow run:make");
    let policy = "policy\n  allowed: read, find, grep\n  allowed commands: make\n  denied: list\n  \
                  everything else: refused\n\nPOST ";
    assert!(outcome.stdout.starts_with(policy), "{}", outcome.stdout);
    assert!(agent.seen("POST /api/v4/ai/duo_workflows/workflows").is_empty());
}

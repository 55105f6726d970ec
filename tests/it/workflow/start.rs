//! What a workflow is begun with: instructions first, the project and its namespaces, what git
//! says, and privileges that match the policy.

use glduo::sandbox::Reply;
use serde_json::{Value, json};

use super::{Agent, run};
use crate::support::gitlab::{answering, at_home, storefront};

const CREATE: &str = "POST /api/v4/ai/duo_workflows/workflows";

fn instructions(text: &str) -> String {
    json!({ "gitlab": { "instructions": text } }).to_string()
}

#[test]
fn instructions_are_the_first_context_whatever_is_added() {
    let agent = Agent::saying("x");
    let world = agent.world().user_config(&instructions("Comply."));
    for (more, expected) in [("", "Comply."), ("-s Briefly", "Comply.\n\nBriefly")] {
        assert_eq!(run(&world, more).code, 0);
        let start = agent.seen("startRequest").pop().expect("a start");
        assert_eq!(start["additional_context"][0], super::instructions(expected));
        let context = start["additional_context"].as_array().expect("a list");
        for entry in context {
            assert_eq!(entry["metadata"], "{}", "{entry}");
            assert!(entry["id"].as_str().is_some_and(|id| !id.is_empty()), "{entry}");
        }
        let categories: Vec<&Value> = context.iter().map(|entry| &entry["category"]).collect();
        assert_eq!(categories, ["user_rule", "os_information", "agent_user_environment"]);
    }
}

#[test]
fn instructions_with_a_token_begin_nothing() {
    let agent = Agent::saying("x");
    let token = format!("Use glpat-{} here", "Ab3".repeat(8));
    let outcome = run(&agent.world().user_config(&instructions(&token)), "--json");
    assert_eq!((outcome.code, &outcome.error()["code"]), (2, &json!("usage")), "{outcome:?}");
    assert!(agent.seen(CREATE).is_empty() && !outcome.stderr.contains("Ab3Ab3"));
}

#[test]
fn project_and_namespaces_go_with_every_call() {
    let agent = Agent::saying("x");
    assert_eq!(run(&agent.world(), "").code, 0);
    let create = agent.seen(CREATE).pop().expect("created");
    assert_eq!((&create["project_id"], &create["namespace_id"]), (&json!(7), &json!(3)));
    assert_eq!(create["workflow_definition"], "chat");
    let handshake = agent.seen("handshake").pop().expect("a handshake");
    let handshake = handshake.as_str().unwrap_or_default().to_ascii_lowercase();
    for part in ["project_id=7", "namespace_id=3", "root_namespace_id=3", "x-gitlab-project-id: 7"]
    {
        assert!(handshake.contains(part), "{part} in {handshake}");
    }
    assert!(!handshake.contains("user_selected_model_identifier"), "{handshake}");
    let world = agent.world();
    world.run("chat -n -m duo-workflow-codegen Go");
    let start = agent.seen("startRequest").pop().expect("a start");
    assert_eq!(start["workflowDefinition"], "software_development");
    world.run("chat -n -m duo-workflow-sonnet-5 Go");
    let handshake = agent.seen("handshake").pop().expect("a handshake").to_string();
    assert!(handshake.contains("user_selected_model_identifier=claude_sonnet_5"), "{handshake}");
}

#[test]
fn what_git_says_goes_along_without_user_info() {
    let agent = Agent::saying("x");
    let remote = agent.url().replace("http://", "http://mira:hunter2@");
    let config = format!(
        "[remote \"other\"]\nurl = https://tok:en@github.com/o/r.git\n\
         [remote \"origin\"]\nurl = {remote}/acme/shop.git\n"
    );
    let world = agent
        .world()
        .file("work/.git/config", &config)
        .file("work/.git/HEAD", "ref: refs/heads/tidy\n")
        .file("work/.git/refs/heads/tidy", &format!("{}\n", "ab".repeat(20)));
    assert_eq!(run(&world, "").code, 0);
    let start = agent.seen("startRequest").pop().expect("a start");
    let metadata = start["workflowMetadata"].as_str().expect("text").to_owned();
    let metadata: Value = serde_json::from_str(&metadata).expect("JSON in a string");
    assert_eq!(metadata["git_url"], format!("{}/acme/shop.git", agent.url()));
    assert_eq!(metadata["git_branch"], "tidy");
    assert_eq!(metadata["git_sha"], "ab".repeat(20));
    assert!(!format!("{:?}", agent.seen("startRequest")).contains("hunter2"));
}

#[test]
fn privileges_are_what_the_policy_could_allow() {
    let agent = Agent::saying("x");
    let sent = |more: &str, person: bool| {
        let world = agent.world();
        let world = if person { world.answering(&[]) } else { world };
        assert_eq!(run(&world, more).code, 0);
        let create = agent.seen(CREATE).pop().expect("created");
        let start = agent.seen("startRequest").pop().expect("a start");
        let privileges = ["agent_privileges", "pre_approved_agent_privileges"];
        let [all, free] = privileges.map(|name| create[name].clone());
        (all, free, start["preapproved_tools"].clone())
    };
    let reading = json!(["read_file", "read_files", "list_dir", "find_files", "grep"]);
    assert_eq!(sent("", false), (json!([2, 8]), json!([2, 8]), reading.clone()));
    let git =
        json!(["read_file", "read_files", "list_dir", "find_files", "grep", "run_git_command"]);
    assert_eq!(sent("--allow shell,git", false), (json!([2, 4, 5, 8]), json!([2, 4, 5, 8]), git));
    let writing = json!(["create_file_with_contents", "edit_file", "mkdir"]);
    assert_eq!(sent("--allow write --deny read", false), (json!([1, 2]), json!([2]), writing));
    assert_eq!(sent("--allow write", false).1, json!([1, 2, 8]));
    assert_eq!(
        sent("--allow gitlab --deny read", false),
        (json!([2, 3]), json!([2, 3]), json!([]))
    );
    assert_eq!(sent("", true), (json!([1, 2, 3, 4, 5, 8]), json!([2, 8]), reading.clone()));
    assert_eq!(sent("--no-input", true), (json!([2, 8]), json!([2, 8]), reading));
}

#[test]
fn words_input_and_files_are_the_goal() {
    let agent = Agent::saying("x");
    let world = agent.world().stdin("piped\n").file("work/a.rs", "fn a() {}\n");
    assert_eq!(world.run("chat -m duo-workflow Tidy up -f a.rs").code, 0);
    let start = agent.seen("startRequest").pop().expect("a start");
    let goal = start["goal"].as_str().expect("text").to_owned();
    assert!(goal.starts_with("Tidy up\n\npiped") && goal.contains("fn a() {}"), "{goal}");
}

#[test]
fn the_directory_of_the_run_is_another_by_flag_and_arguments_stay_where_they_are() {
    let agent = Agent::doing(json!({ "runReadFile": { "filepath": "in.txt" } }));
    let world = agent
        .world()
        .env("GITLAB_REPO", "")
        .file("work/sub/in.txt", "inside")
        .file("work/notes.txt", "attached")
        .file("work/sub/.glduo.json", r#"{ "projectId": "acme/shop" }"#);
    let outcome = run(&world, "-C sub -f notes.txt --json");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.json()["text"].to_string().contains("inside"));
    assert!(agent.seen("startRequest")[0]["goal"].to_string().contains("attached"));
}

#[test]
fn a_long_goal_is_cut_where_it_is_a_title_and_an_endless_one_is_refused() {
    let agent = Agent::saying("x");
    let long = "é".repeat(20_000);
    let outcome = agent.world().stdin(long.clone()).run("chat -m duo-workflow Go");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let title = agent.seen(CREATE)[0]["goal"].as_str().expect("text").to_owned();
    assert_eq!(title.chars().count(), 10_000);
    let goal = agent.seen("startRequest")[0]["goal"].as_str().expect("text").to_owned();
    assert_eq!(goal, format!("Go\n\n{long}"));
    let endless = "x".repeat(1 << 20);
    let outcome = agent.world().stdin(endless).run("chat -m duo-workflow --json Go");
    assert_eq!((outcome.code, &outcome.error()["code"]), (1, &json!("context_too_long")));
    assert_eq!(agent.seen(CREATE).len(), 1);
}

#[test]
fn an_instance_without_the_privilege_to_read_only_is_asked_once_more_with_an_older_one() {
    let body =
        json!({ "message": "400 Bad request - Agent privileges contains an invalid value 8" });
    let agent = Agent::saying("x").refusing_once(CREATE, "400 Bad Request", body.clone());
    assert_eq!(run(&agent.world(), "").code, 0);
    let privileges = |create: &Value| {
        (create["agent_privileges"].clone(), create["pre_approved_agent_privileges"].clone())
    };
    let created: Vec<_> = agent.seen(CREATE).iter().map(privileges).collect();
    assert_eq!(created, [(json!([2, 8]), json!([2, 8])), (json!([1, 2]), json!([1, 2]))]);
    let agent = Agent::saying("x").refusing(CREATE, "400 Bad Request", body);
    assert_eq!(run(&agent.world(), "--json").error()["code"], "bad_request");
    assert_eq!(agent.seen(CREATE).len(), 2);
    let other = json!({ "message": "400 Bad request - goal is too long" });
    let agent = Agent::saying("x").refusing(CREATE, "400 Bad Request", other);
    assert_eq!(run(&agent.world(), "").code, 1);
    assert_eq!(agent.seen(CREATE).len(), 1);
}

#[test]
fn the_agent_is_not_let_to_stop_for_its_plan_and_the_namespace_is_a_bare_number() {
    let agent = Agent::saying("x");
    assert_eq!(agent.world().run("chat -n -m duo-workflow-codegen Go").code, 0);
    assert_eq!(agent.seen(CREATE)[0]["allow_agent_to_request_user"], false);
    let access = agent.seen("POST /api/v4/ai/duo_workflows/direct_access");
    assert_eq!(access[0]["root_namespace_id"], "3");
}

#[test]
fn a_personal_namespace_has_no_workflows() {
    let sandbox = storefront();
    let refused =
        at_home(&sandbox).run("chat -n -m duo-workflow-default -R mira.okafor/dotfiles x");
    assert_eq!((refused.code, refused.stdout.as_str()), (5, ""), "{refused:?}");
    assert!(refused.stderr.contains("personal namespace"), "{refused:?}");
    assert!(refused.stderr.contains("hint: move the project to a group"), "{refused:?}");
}

#[test]
fn a_session_belongs_to_its_project_and_its_workflow_to_a_number() {
    let sandbox = storefront();
    let world = at_home(&sandbox);
    let ask =
        |more: &str| world.run(&format!("chat -n -m duo-workflow-default --session s {more} x"));
    assert_eq!(ask("").code, 0);
    let elsewhere = ask("-R acme/shop/price-importer");
    assert_eq!(elsewhere.code, 2, "{elsewhere:?}");
    assert!(elsewhere.stderr.contains("belongs to another project"), "{elsewhere:?}");
    let file = world.path("home/.local/share/glduo/conversations/s.json");
    let text = std::fs::read_to_string(&file).expect("a conversation");
    let id = text.split("\"workflow\":\"").nth(1).and_then(|rest| rest.split('"').next());
    let changed = text.replace(id.expect("an id"), "../1");
    std::fs::write(&file, changed).expect("written");
    let sent = sandbox.requests().len();
    let refused = ask("");
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("is not the id of a workflow"), "{refused:?}");
    let later = sandbox.requests().split_off(sent);
    assert!(later.iter().all(|request| !request.path().contains("/ws")), "{later:?}");
}

#[test]
fn creating_a_workflow_is_never_sent_again() {
    for status in [429, 500, 502, 503, 504] {
        let sandbox = answering(move |request| {
            let creates = request.method == "POST" && request.path().ends_with("/workflows");
            creates.then(|| Reply::message(status, "busy"))
        });
        let failed = at_home(&sandbox).run("chat -n -m duo-workflow-default x");
        assert_eq!(failed.code, 6, "{status}: {failed:?}");
        let sent = sandbox.requests();
        let created = sent.iter().filter(|request| request.path().ends_with("/workflows"));
        assert_eq!(created.count(), 1, "{status}");
    }
}

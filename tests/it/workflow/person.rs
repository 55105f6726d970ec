//! Somebody at the terminal: what they are asked, and what their answer does.

use serde_json::{Value, json};

use super::{Agent, run};

fn shell(command: &str) -> Value {
    json!({ "runShellCommand": { "command": command } })
}

fn twice() -> Agent {
    Agent::playing(|_, wire| {
        wire.start();
        wire.act("1", &shell("echo one >> log"));
        wire.act("2", &shell("echo two >> log"));
        wire.says("FINISHED", "Done.");
    })
}

#[test]
fn the_prompt_shows_the_whole_of_what_would_run() {
    let agent = Agent::doing(shell("ls\x1b[2K\r; rm -rf x\n# allow? y"));
    let world = agent.world().answering(&["n"]);
    assert_eq!(run(&world, "").code, 0, "a person's no is no failure");
    let asked = world.asked.lock().expect("what was asked").clone();
    assert_eq!(
        asked,
        ["The agent wants to\nrun with /bin/sh -c\n| ls\\x1b[2K\\r; rm -rf x\n| # allow? y\n\
          Allow? [y]es once, [a]lways in this run, [N]o: "]
    );
    let answer = &agent.seen("actionResponse")[0]["plainTextResponse"];
    assert!(answer["error"].to_string().contains("the user refused it"), "{answer}");
}

#[test]
fn a_yes_is_for_one_call_and_always_for_the_tool() {
    for (answers, log, asked) in [
        (&["y", "n"][..], Some("one\n"), 2),
        (&["yes", "y"], Some("one\ntwo\n"), 2),
        (&["a"], Some("one\ntwo\n"), 1),
        (&["", "no"], None, 2),
    ] {
        let agent = twice();
        let world = agent.world().answering(answers);
        let outcome = run(&world, "--json");
        assert_eq!(outcome.code, 0, "{answers:?}: {outcome:?}");
        let written = std::fs::read_to_string(world.path("work/log")).ok();
        assert_eq!(written.as_deref(), log, "{answers:?}");
        assert_eq!(world.asked.lock().expect("questions").len(), asked, "{answers:?}");
        assert_eq!(outcome.json()["finish_reason"], "stop");
    }
}

#[test]
fn standard_input_may_be_a_pipe_but_both_outputs_must_be_terminals() {
    let agent = twice();
    let mut world = agent.world().stdin("y\ny\n").answering(&["n", "n"]);
    world.terminal.stdin = false;
    assert_eq!(world.run("chat -m duo-workflow Tidy").code, 0);
    assert_eq!(world.asked.lock().expect("questions").len(), 2);
    assert!(!world.path("work/log").exists());
    for (stdout, stderr) in [(false, true), (true, false)] {
        let mut world = agent.world().answering(&["y", "y"]);
        (world.terminal.stdout, world.terminal.stderr) = (stdout, stderr);
        assert_eq!(run(&world, "").code, 9);
        assert!(world.asked.lock().expect("questions").is_empty());
    }
}

#[test]
fn who_is_not_to_be_asked_is_not_there() {
    for more in ["--no-input", "--json --no-input"] {
        let agent = twice();
        let world = agent.world().answering(&["y", "y"]);
        assert_eq!(run(&world, more).code, 9);
        assert!(world.asked.lock().expect("questions").is_empty());
    }
}

#[test]
fn what_is_denied_is_not_asked() {
    let agent = twice();
    let world = agent.world().answering(&[]);
    assert_eq!(run(&world, "--deny shell").code, 0);
    assert!(agent.seen("actionResponse")[0].to_string().contains("denied"));
}

#[test]
fn an_approval_that_the_service_wants_is_asked_and_sent_with_the_same_start() {
    let agent = || {
        Agent::playing(|count, wire| {
            let start = wire.start();
            if count == 0 {
                wire.wants_approval("run_command", &json!({ "command": "echo one >> log" }));
                wire.close(1000, "");
                return;
            }
            if start["approval"].get("approval").is_some() {
                wire.act("1", &shell("echo one >> log"));
            }
            wire.says("FINISHED", "Done.");
        })
    };
    let yes = agent();
    let world = yes.world().answering(&["y"]);
    let outcome = run(&world, "--json");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(std::fs::read_to_string(world.path("work/log")).expect("a log"), "one\n");
    let starts = yes.seen("startRequest");
    assert_eq!((&starts[0]["goal"], &starts[1]["goal"]), (&json!("Tidy"), &json!("")));
    assert_eq!(starts[1]["approval"]["approval"]["tool_name"], "run_command");
    let no = agent();
    let world = no.world();
    assert_eq!(run(&world, "").code, 9);
    assert!(no.seen("startRequest")[1]["approval"]["rejection"]["message"].is_string());
    assert!(!world.path("work/log").exists());
}

#[test]
fn software_development_is_told_of_a_decision_by_an_event_before_the_next_connection() {
    const EVENTS: &str = "POST /api/v4/ai/duo_workflows/workflows/42/events";
    for (answers, event) in [(&["y"][..], "resume"), (&[][..], "message")] {
        let agent = Agent::playing(|count, wire| {
            wire.start();
            if count == 0 {
                wire.wants_approval("run_command", &json!({ "command": "true" }));
                wire.close(1000, "");
                return;
            }
            wire.says("FINISHED", "Done.");
        });
        let world = agent.world();
        let world = if answers.is_empty() { world } else { world.answering(answers) };
        world.run("chat -n -m duo-workflow-codegen Tidy");
        let events = agent.seen(EVENTS);
        assert_eq!(events.len(), 1, "{events:?}");
        assert_eq!(events[0]["event_type"], event);
        assert!(events[0]["message"].as_str().is_some_and(|text| !text.is_empty()));
        let starts = agent.seen("startRequest");
        assert_eq!((&starts[1]["goal"], starts[1].get("approval")), (&json!("Tidy"), None));
    }
    let agent = Agent::playing(|_, wire| {
        wire.start();
        wire.wants_approval("run_command", &json!({ "command": "true" }));
        wire.close(1000, "");
    });
    let agent = agent.refusing(EVENTS, "400 Bad Request", json!({ "message": "400 Bad request" }));
    let outcome = agent.world().answering(&["y"]).run("chat -n -m duo-workflow-codegen Tidy");
    assert_eq!((outcome.code, agent.seen("startRequest").len()), (1, 1), "{outcome:?}");
}

#[test]
fn a_yes_to_a_command_is_none_to_a_longer_one() {
    let agent = Agent::playing(|count, wire| {
        wire.start();
        if count == 0 {
            wire.wants_approval("run_command", &json!({ "command": "echo one" }));
            wire.close(1000, "");
            return;
        }
        wire.act("1", &shell("echo one; echo evil >> log"));
        wire.says("FINISHED", "Done.");
    });
    let world = agent.world().answering(&["y", "n"]);
    assert_eq!(run(&world, "").code, 0);
    assert_eq!(world.asked.lock().expect("questions").len(), 2);
    assert!(!world.path("work/log").exists());
}

#[test]
fn a_tool_of_gitlabs_is_shown_by_its_name_and_arguments() {
    let agent = Agent::playing(|count, wire| {
        wire.start();
        match count {
            0 => wire.wants_approval("create_issue", &json!({ "title": "Bug" })),
            1 => wire.wants_approval("close_issue", &json!({ "iid": 7 })),
            _ => return wire.says("FINISHED", "Done."),
        }
        wire.close(1000, "");
    });
    let world = agent.world().answering(&["a", "n"]);
    let outcome = run(&world, "");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let asked = world.asked.lock().expect("questions").clone();
    let shown = "run create_issue in GitLab\n| {\n|   \"title\": \"Bug\"\n| }\n";
    assert!(asked[0].contains(shown), "{asked:?}");
    assert!(
        asked[1].contains("run close_issue in GitLab\n| {\n|   \"iid\": 7\n| }\n"),
        "{asked:?}"
    );
    let verdicts = agent.seen("startRequest");
    assert_eq!(verdicts[1]["approval"]["approval"]["tool_name"], "create_issue");
    assert!(verdicts[2]["approval"]["rejection"]["message"].is_string());
}

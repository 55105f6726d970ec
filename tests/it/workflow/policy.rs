//! What an agent gets to do, and what it is told instead: nothing it asks for widens it.

use serde_json::{Value, json};

use super::{Agent, run};
use crate::support::world::World;

/// Asks for this, and how it went: the exit code, whether it was let, and what the agent heard.
fn asked(world: impl Fn(&Agent) -> World, more: &str, action: &Value) -> (u8, bool, String) {
    let agent = Agent::doing(action.clone());
    let outcome = run(&world(&agent), &format!("{more} --json"));
    let tool = outcome.json()["tools"][0].clone();
    let heard = agent.seen("actionResponse")[0].to_string();
    (outcome.code, tool["allowed"] == true, heard)
}

fn plain(agent: &Agent) -> World {
    agent
        .world()
        .file("work/a.txt", "hello\n")
        .file("work/.env", "KEY=hunter2\n")
        .file("outside/secret.txt", "hunter2\n")
}

fn write(path: &str) -> Value {
    json!({ "runWriteFile": { "filepath": path, "contents": "x" } })
}

fn read(path: &str) -> Value {
    json!({ "runReadFile": { "filepath": path } })
}

fn shell(command: &str) -> Value {
    json!({ "runShellCommand": { "command": command } })
}

#[test]
fn reading_is_allowed_and_everything_else_refused_with_9() {
    let (code, allowed, heard) = asked(plain, "", &read("a.txt"));
    assert!(code == 0 && allowed && heard.contains("hello"), "{heard}");
    for action in [
        write("b.txt"),
        json!({ "runEditFile": { "filepath": "a.txt", "oldString": "h", "newString": "j" } }),
        json!({ "mkdir": { "directory_path": "d" } }),
        json!({ "runGitCommand": { "command": "status", "arguments": "" } }),
        shell("true"),
        json!({ "runCommand": { "program": "true", "flags": [], "arguments": [] } }),
        json!({ "runHTTPRequest": { "method": "GET", "path": "/api/v4/user", "body": "" } }),
    ] {
        let (code, allowed, heard) = asked(plain, "", &action);
        assert_eq!((code, allowed), (9, false), "{action}");
        assert!(heard.contains("nobody to ask"), "{action}: {heard}");
    }
}

#[test]
fn a_refusal_leaves_the_result_and_ends_with_tool_denied() {
    let agent = Agent::doing(write("b.txt"));
    let world = plain(&agent);
    let outcome = run(&world, "--json");
    let result = outcome.json();
    assert_eq!(
        (outcome.code, &result["finish_reason"], &result["status"]),
        (9, &json!("tool_denied"), &json!("FINISHED"))
    );
    let args = json!({ "path": "b.txt", "contents": "x" });
    let tool = json!({ "name": "write", "args": args, "allowed": false, "ok": false });
    assert_eq!(result["tools"], json!([tool]));
    let error = outcome.error();
    assert_eq!((&error["code"], &error["exit_code"]), (&json!("tool_denied"), &json!(9)));
    assert!(error["hint"].to_string().contains("--allow write"), "{error}");
    assert!(!world.path("work/b.txt").exists());
    let outcome = run(&plain(&agent), "");
    assert!(outcome.code == 9 && outcome.stdout.starts_with("It said"), "{outcome:?}");
    assert!(outcome.stderr.contains("✗ refused: write b.txt"), "{outcome:?}");
}

#[test]
fn groups_bring_their_tools_and_denials_win() {
    let let_ = |more: &str, action: Value| asked(plain, more, &action).1;
    assert!(let_("--allow write", write("b.txt")));
    assert!(let_("--allow git,write --allow shell", shell("true")));
    assert!(!let_("--allow shell", json!({ "runGitCommand": { "command": "status" } })));
    assert!(!let_("--allow all --deny write", write("b.txt")));
    assert!(!let_("--allow all --deny shell,git", shell("true")));
    assert!(!let_("--deny read", read("a.txt")));
}

/// Like [`asked`] under `--allow RULE`, which may have spaces.
fn ruled(rule: &str, more: &[&str], action: &Value) -> (u8, String) {
    let agent = Agent::doing(action.clone());
    let line = ["chat", "-n", "-m", "duo-workflow-default", "Go", "--allow", rule];
    let outcome = plain(&agent).run_args(&[&line, more].concat());
    let heard = agent.seen("actionResponse").first().map(ToString::to_string);
    (outcome.code, heard.unwrap_or(outcome.stderr))
}

#[test]
fn a_rule_allows_one_command_line_in_both_forms_of_the_protocol() {
    let program = |program: &str, arguments: &[&str]| json!({ "runCommand": { "program": program, "arguments": arguments, "flags": [] } });
    for action in
        [shell("printf a-%s b"), shell("printf  'a-%s'  \"b\""), program("printf", &["a-%s", "b"])]
    {
        let (code, heard) = ruled("run:printf a-%s b", &[], &action);
        assert!(code == 0 && heard.contains("a-b"), "{action}: {heard}");
        assert_eq!(ruled("run:printf a-%s b", &["--deny", "shell"], &action).0, 9);
    }
    for line in [
        "printf a-%s c",
        "printf a-%s b; cat .env",
        "printf a-%s b && cat .env",
        "printf a-%s b | cat - .env",
        "printf a-%s b > a.txt",
        "printf a-%s b\ncat .env",
        "printf a-%s $(cat .env)",
        "printf a-%s b # x",
        "X=1 printf a-%s b",
        "env printf a-%s b",
        "sh -c 'printf a-%s b'",
    ] {
        let (code, heard) = ruled("run:printf a-%s b", &[], &shell(line));
        assert!(code == 9 && heard.contains("nobody to ask"), "{line}: {heard}");
    }
    assert_eq!(ruled("run:printf *", &[], &shell("printf x-y 'z w'")).0, 0);
    for line in ["printf *", "printf ~", "printf '$HOME'", "printf a; id"] {
        assert_eq!(ruled("run:printf *", &[], &shell(line)).0, 9, "{line}");
    }
    assert_eq!(ruled("run:printf a-%s b", &[], &write("b.txt")).0, 9);
}

#[test]
fn an_ill_formed_rule_is_a_usage_error_on_the_line_and_in_the_file() {
    for rule in ["run:", "run:*", "run:a; b", "run:a | b", "run:a $B", "run:a > b", "run:a *.c"] {
        let (code, stderr) = ruled(rule, &[], &shell("true"));
        assert!(code == 2 && stderr.contains("is not one command line"), "{rule}: {stderr}");
    }
    let agent = Agent::doing(shell("printf x"));
    let config = |rule: &str| json!({ "gitlab": { "workflow": { "allow": [rule] } } }).to_string();
    let outcome = run(&plain(&agent).user_config(&config("run:printf x")), "");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let outcome = run(&plain(&agent).user_config(&config("run:a;b")), "");
    assert!(outcome.code == 2 && outcome.stderr.contains("config.json"), "{outcome:?}");
}

#[test]
fn git_that_reads_is_fenced_git_when_it_comes_as_a_command() {
    let git = |arguments: &[&str]| json!({ "runCommand": { "program": "git", "arguments": arguments, "flags": [] } });
    let (code, heard) = ruled("git", &[], &git(&["rev-parse", "--is-inside-work-tree"]));
    assert!(heard.contains("not in a git repository"), "{code}: {heard}");
    for arguments in [&["push"][..], &["show", "HEAD:.env"], &["-c", "core.pager=x", "log"]] {
        let (code, heard) = ruled("git", &[], &git(arguments));
        assert!(code == 9 && heard.contains("nobody to ask"), "{arguments:?}: {heard}");
    }
    let agent = Agent::saying("x");
    assert_eq!(run(&plain(&agent), "--allow git").code, 0);
    let start = &agent.seen("startRequest")[0];
    assert!(!start["clientCapabilities"].to_string().contains("shell_command"), "{start}");
    let create = &agent.seen("POST /api/v4/ai/duo_workflows/workflows")[0];
    assert!(create["agent_privileges"].to_string().contains('4'), "{create}");
}

#[test]
fn the_users_file_allows_and_the_administrators_denial_stays() {
    let allowing = |agent: &Agent| {
        plain(agent).user_config(r#"{ "gitlab": { "workflow": { "allow": ["write"] } } }"#)
    };
    assert_eq!(asked(allowing, "", &write("b.txt")).0, 0);
    assert_eq!(asked(allowing, "--deny write", &write("b.txt")).0, 9);
    let forbidding = |agent: &Agent| {
        allowing(agent)
            .file("etc/glduo/config.json", r#"{ "gitlab": { "workflow": { "deny": ["write"] } } }"#)
    };
    let (code, _, heard) = asked(forbidding, "--allow all", &write("b.txt"));
    assert!(code == 9 && heard.contains("denied by the user's settings"), "{heard}");
}

#[test]
fn a_repository_allows_nothing() {
    let agent = Agent::doing(shell("true"));
    let world = plain(&agent)
        .file("work/.glduo.json", r#"{ "gitlab": { "workflow": { "allow": ["all"] } } }"#);
    let outcome = run(&world, "");
    assert_eq!(outcome.code, 9, "{outcome:?}");
    assert!(outcome.stderr.contains("ignored in a project file: gitlab.workflow.allow"));
}

#[test]
fn what_is_outside_or_secret_is_refused_even_where_all_is_allowed() {
    let world = |agent: &Agent| {
        let world = plain(agent)
            .file("work/.git/HEAD", "ref: refs/heads/main\n")
            .file("work/.git/hooks/keep", "")
            .file("work/.gitignore", "build/\n")
            .file("work/build/x", "hunter2");
        #[cfg(unix)]
        for (link, to) in [("link", "../outside/secret.txt"), ("dir", "../outside")] {
            std::os::unix::fs::symlink(to, world.path("work").join(link)).expect("a link");
        }
        world
    };
    let find = |directory: &str| json!({ "grep": { "pattern": "hunter2,x-y", "search_directory": directory } });
    for action in [
        read("../outside/secret.txt"),
        read("/etc/hostname"),
        read("link"),
        read("dir/secret.txt"),
        read(".git/../../outside/secret.txt"),
        read(".env"),
        read("build/x"),
        read(".git/HEAD"),
        json!({ "runReadFiles": { "filepaths": ["a.txt", "../outside/secret.txt"] } }),
        json!({ "listDirectory": { "directory": "dir" } }),
        find("../outside"),
        write("../outside/new"),
        write("dir/new"),
        write("/tmp/glduo-never"),
        write(".git/hooks/pre-commit"),
        write(".GIT/hooks/pre-commit"),
        write(".glduo.json"),
        json!({ "mkdir": { "directory_path": "dir/new" } }),
        json!({ "runGitCommand": { "command": "push", "arguments": "" } }),
        json!({ "runGitCommand": { "command": "log", "arguments": "--output=x" } }),
        json!({ "runHTTPRequest": { "method": "GET", "path": "https://evil.example/api/v4/user" } }),
        json!({ "runHTTPRequest": { "method": "GET", "path": "//evil.example/api/v4/user" } }),
        json!({ "runHTTPRequest": { "method": "GET", "path": "/users/sign_in" } }),
    ] {
        let (code, allowed, heard) = asked(world, "--allow all,gitlab", &action);
        assert_eq!((code, allowed), (9, false), "{action}: {heard}");
        assert!(!heard.contains("hunter2"), "{action}: {heard}");
    }
    let (_, _, heard) = asked(world, "", &find(""));
    assert!(!heard.contains("KEY="), "{heard}");
}

#[test]
fn a_file_that_the_person_attaches_may_be_read() {
    let (code, allowed, heard) = asked(plain, "-f .env", &read(".env"));
    assert!(code == 0 && allowed && heard.contains("hunter2"), "{heard}");
}

#[test]
fn requests_go_to_the_instance_with_its_credential_and_changes_need_gitlab_by_name() {
    let get = json!({ "runHTTPRequest": { "method": "GET", "path": "/api/v4/user", "body": "" } });
    let (code, _, heard) = asked(plain, "--allow all", &get);
    assert!(code == 0 && heard.contains("mira") && heard.contains("httpResponse"), "{heard}");
    let (code, allowed, heard) = asked(plain, "", &get);
    assert!(code == 9 && !allowed && heard.contains("nobody to ask"), "{heard}");
    assert!(heard.contains("httpResponse") && !heard.contains("plainTextResponse"), "{heard}");
    let post = json!({ "runHTTPRequest": {
        "method": "POST", "path": "/api/v4/projects/7/notes", "body": "{\"body\":\"hi\"}",
    }});
    assert_eq!(asked(plain, "--allow all", &post).0, 9);
    assert_eq!(asked(plain, "--allow gitlab", &post).0, 0);
    let missing = json!({ "runHTTPRequest": { "method": "GET", "path": "/api/v4/none" } });
    let (code, allowed, heard) = asked(plain, "--allow gitlab", &missing);
    assert!(code == 0 && allowed && heard.contains("404"), "{heard}");
}

#[test]
fn a_command_sees_no_credential_and_no_input() {
    let (code, _, heard) = asked(plain, "--allow shell", &shell("env; cat"));
    assert!(code == 0 && heard.contains("PATH="), "{heard}");
    assert!(!heard.contains("GITLAB") && !heard.contains("glpat"), "{heard}");
}

#[test]
fn an_action_is_done_once_however_often_it_is_asked_for() {
    let agent = Agent::playing(|_, wire| {
        wire.start();
        for _ in 0..3 {
            wire.ask("1", &shell("echo x >> log"));
        }
        wire.answer("1");
        wire.act("2", &shell("cat log"));
        wire.says("FINISHED", "Done.");
    });
    let world = agent.world();
    assert_eq!(run(&world, "--allow shell").code, 0);
    assert_eq!(std::fs::read_to_string(world.path("work/log")).expect("a log"), "x\n");
}

#[test]
fn an_action_that_there_is_not_is_answered_at_once() {
    let agent = Agent::doing(json!({ "runMCPTool": { "name": "x", "args": "{}" } }));
    let outcome = run(&agent.world(), "--json");
    let answer = &agent.seen("actionResponse")[0];
    assert_eq!((outcome.code, &answer["requestID"]), (0, &json!("1")), "{outcome:?}");
    assert!(answer["plainTextResponse"]["error"].to_string().contains("runMCPTool"), "{answer}");
}

#[cfg(unix)]
#[test]
fn a_directory_that_becomes_a_link_while_it_is_read_leads_nowhere() {
    let agent = Agent::playing(|_, wire| {
        wire.start();
        for count in 0..200 {
            wire.act(&format!("r{count}"), &read("d/secret.txt"));
        }
        wire.says("FINISHED", "Done.");
    });
    let world = plain(&agent).file("work/kept/secret.txt", "harmless");
    let (work, stops) = (world.path("work"), std::sync::atomic::AtomicBool::new(false));
    std::os::unix::fs::symlink("../outside", work.join("link")).expect("a link");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let step = |from: &str, to: &str| {
                let _ = std::fs::rename(work.join(from), work.join(to));
            };
            while !stops.load(std::sync::atomic::Ordering::SeqCst) {
                step("kept", "d");
                step("d", "kept");
                step("link", "d");
                step("d", "link");
            }
        });
        run(&world, "--allow all");
        stops.store(true, std::sync::atomic::Ordering::SeqCst);
    });
    let heard = agent.seen("actionResponse");
    assert!(heard.len() == 200 && !format!("{heard:?}").contains("hunter2"), "{}", heard.len());
}

#[test]
fn a_flag_that_was_given_is_not_advised_against_a_fence() {
    let hint = |more: &str| {
        let agent = Agent::doing(write(".git/config"));
        let outcome = run(&agent.world(), more);
        assert_eq!(outcome.code, 9, "{outcome:?}");
        outcome.stderr
    };
    assert!(hint("").contains("use --allow write, or"));
    assert!(!hint("--allow write").contains("--allow"));
}

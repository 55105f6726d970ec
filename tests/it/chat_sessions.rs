//! Conversations of `glduo chat`: what is kept, what is sent again, and what is left as it was.

use std::fs;

use serde_json::json;

use crate::support::model::{Model, ends, says, text_of};
use crate::support::world::World;

const FOLDER: &str = "home/.local/share/glduo/conversations";

fn kept(world: &World) -> Vec<String> {
    let entries = fs::read_dir(world.path(FOLDER)).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| !name.contains(".lock")).collect();
    names.sort();
    names
}

fn texts(model: &Model) -> Vec<String> {
    let question = model.questions().pop().expect("a question");
    let turns = question["messages"].as_array().expect("turns").clone();
    turns.iter().map(|turn| text_of(&turn["content"])).collect()
}

#[test]
fn a_named_conversation_goes_on() {
    let model = Model::answering([says("a1"), says("a2"), says("a3")]);
    let world = model.world();
    let run = world.run("chat -n q1 --session s --json");
    assert_eq!(run.json()["session"], "s");
    world.run("chat -n q2 --session s");
    assert_eq!(texts(&model), ["q1", "a1", "q2"]);
    world.run("chat -n q3 --continue");
    assert_eq!(texts(&model), ["q1", "a1", "q2", "a2", "q3"]);
    assert_eq!(kept(&world), ["s.json"]);
}

#[test]
fn a_pipe_keeps_nothing_by_itself_and_a_terminal_does() {
    let model = Model::answering([says("a"), says("b"), says("c"), says("d")]);
    let world = model.world();
    world.run("chat -n q");
    assert_eq!(kept(&world), Vec::<String>::new());
    let world = world.on_terminal(80);
    world.run("chat q");
    world.run("chat other");
    assert_eq!(kept(&world), ["20261123-120000-2.json", "20261123-120000.json"]);
    world.run("chat -c more");
    assert_eq!(texts(&model), ["other", "c", "more"]);
}

#[test]
fn what_is_not_to_be_kept_is_not() {
    let model = Model::answering([says("a"), says("b"), says("c")]);
    let world = model.world().on_terminal(80);
    world.run("chat q --no-save");
    let run = world.run("chat q --session s --no-save --json");
    assert_eq!(run.json()["session"], json!(null));
    let world = world.user_config(r#"{"saveConversations": false}"#);
    let run = world.run("chat q --session s");
    assert!(run.stderr.contains("saveConversations"), "{}", run.stderr);
    assert_eq!(kept(&world), Vec::<String>::new());
}

#[test]
fn a_conversation_keeps_its_model_unless_told_otherwise() {
    let model = Model::answering([says("1"), says("2"), says("3"), says("4")]);
    let world = model.world();
    let used = |line: &str| world.run(line).json()["model"].clone();
    assert_eq!(used("chat -n q -m haiku-4-5 --session s --json"), "duo-chat-haiku-4-5");
    assert_eq!(used("chat -n q --session s --json"), "duo-chat-haiku-4-5");
    assert_eq!(used("chat -n q --session s -m opus-4-5 --json"), "duo-chat-opus-4-5");
    assert_eq!(used("chat -n q -c --json"), "duo-chat-opus-4-5");
}

#[test]
fn a_turn_that_fails_leaves_the_conversation_as_it_was() {
    let cut = || ends(&["half"], Some("max_tokens"));
    let refused = || ends(&["no"], Some("refusal"));
    let model =
        Model::answering([says("a1"), ends(&["half"], None), refused(), cut(), says("   ")]);
    let world = model.world();
    world.run("chat -n q1 --session s");
    let before = fs::read(world.path(FOLDER).join("s.json")).expect("a file");
    for line in
        ["chat -n q2 -c", "chat -n q2 -c", "chat -n q2 -c --fail-on-truncation", "chat -n q2 -c"]
    {
        world.run(line);
        assert_eq!(fs::read(world.path(FOLDER).join("s.json")).expect("a file"), before, "{line}");
    }
}

#[test]
fn continue_with_nothing_there_begins_a_conversation() {
    let model = Model::answering([says("a"), says("b")]);
    let world = model.world();
    let run = world.run("chat -n q -c");
    assert!(run.code == 0 && run.stderr.contains("begins one"), "{}", run.stderr);
    world.run("chat -n r -c");
    assert_eq!(texts(&model), ["q", "a", "r"]);
}

#[cfg(unix)]
#[test]
fn files_are_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let model = Model::answering([says("a")]);
    let world = model.world();
    world.run("chat -n q --session s");
    let mode =
        |path: &str| fs::metadata(world.path(path)).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&format!("{FOLDER}/s.json")), mode(FOLDER)), (0o600, 0o700));
}

#[test]
fn an_answer_that_cannot_be_kept_stands_and_the_run_fails() {
    let model = Model::answering([says("answer"), says("answer")]);
    let world = model.world().file("home/.local/share/glduo/conversations/s.json/in-the-way", "");
    let run = world.run("chat -n q --session s");
    assert_eq!(
        (run.stdout.as_str(), run.code),
        ("", 1),
        "a folder is no conversation: {}",
        run.stderr
    );
    let world =
        model.world().file("home/.local/share/glduo/conversations/conversations.lock/x", "");
    let run = world.run("chat -n q --session s");
    assert_eq!((run.stdout.as_str(), run.code), ("answer\n", 1), "{}", run.stderr);
    let run = world.run("chat -n q --session s --json");
    assert_eq!(
        (&run.json()["session"], &run.error()["code"]),
        (&json!(null), &json!("session_not_saved"))
    );
    let hint = run.error()["hint"].as_str().unwrap_or_default().to_owned();
    assert!(hint.contains("permissions"), "nobody else is writing: {hint}");
}

#[test]
fn a_conversation_that_nobody_named_is_only_warned_of() {
    let model = Model::answering([says("answer")]);
    let world = model.world().on_terminal(80);
    let world = world.file(&format!("{FOLDER}/conversations.lock/x"), "");
    let run = world.run("chat q");
    assert_eq!((run.stdout.as_str(), run.code), ("answer\n", 0));
    assert!(run.stderr.contains("warning: the conversation was not saved"), "{}", run.stderr);
}

#[test]
fn a_damaged_conversation_is_named_and_left_alone() {
    let model = Model::answering([says("a")]);
    let world = model.world().file(&format!("{FOLDER}/s.json"), "{");
    let run = world.run("chat -n q --session s --json");
    assert_eq!((run.code, &run.error()["code"]), (1, &json!("io")));
    assert!(run.stderr.contains("s.json"), "{}", run.stderr);
    assert_eq!(fs::read_to_string(world.path(FOLDER).join("s.json")).expect("a file"), "{");
    assert!(model.questions().is_empty());
}

#[cfg(unix)]
#[test]
fn open_conversations_and_caches_are_closed_and_that_is_said() {
    use std::os::unix::fs::PermissionsExt as _;
    let model = Model::answering([says("a"), says("b"), says("c")]);
    let world = model.world();
    assert_eq!(world.run("chat -n --session s one").code, 0);
    let open =
        [FOLDER, &format!("{FOLDER}/s.json"), "home/.local/share/glduo", "home/.cache/glduo"];
    for path in open {
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(world.path(path), mode).expect("a mode");
    }
    let outcome = world.run("chat -n --session s two");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(outcome.stderr.matches("was open to other users").count(), 4, "{outcome:?}");
    for path in open {
        let mode = fs::metadata(world.path(path)).expect("there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{path}");
    }
    assert!(!world.run("chat -n --session s three").stderr.contains("other users"));
}

#[test]
fn saved_conversations_are_listed_shown_and_deleted() {
    let model = Model::answering([says("a1"), says("a2"), says("b1")]);
    let world = model.world();
    world.run("chat -n first --session alpha");
    world.run("chat -n second --session alpha");
    world.run("chat -n third --session alpine");
    let listed = world.run("conversation list");
    let lines: Vec<Vec<&str>> =
        listed.stdout.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines.len(), 2, "{listed:?}");
    assert_eq!((lines[0][0], lines[0][2], lines[0][4]), ("alpine", "2", "third"));
    assert_eq!((lines[1][0], lines[1][2], lines[1][4]), ("alpha", "4", "first"));

    let shown = world.run("conversation show alpha").stdout;
    assert!(shown.starts_with("you:\nfirst\n\nduo-chat-"), "{shown}");
    assert!(shown.ends_with(":\na2\n"), "{shown}");
    assert_eq!(world.run("conversation show alpi -q .messages[0].text").stdout, "third\n");

    let unclear = world.run("conversation delete alp");
    assert_eq!(unclear.code, 2, "{unclear:?}");
    assert!(unclear.stderr.contains("alpine, alpha"), "{unclear:?}");
    let missing = world.run("conversation show beta --json");
    assert_eq!((missing.code, &missing.error()["code"]), (7, &json!("not_found")));
    assert_eq!(world.run("conversation delete").code, 2);
    assert_eq!(world.run("conversation delete alpha").stderr, "glduo: deleted alpha\n");
    assert_eq!(kept(&world), ["alpine.json"]);
    assert_eq!(world.run("conversation delete --all").code, 0);
    assert!(kept(&world).is_empty());
    assert_eq!(world.run("conversation list --json").stdout, "[]\n");
}

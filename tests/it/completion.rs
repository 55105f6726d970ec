//! `glduo completion`: what a shell offers for a value, known without asking anybody.

use std::path::Path;
use std::process::Command;

use glduo::sandbox::Sandbox;

use crate::support::gitlab::{at_home, storefront};
use crate::support::process::parts;
use crate::support::world::{World, project_folder};

/// The names that are offered.
fn offered(world: &World, kind: &str) -> Vec<String> {
    let outcome = world.run(&format!("completion --values {kind}"));
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{kind}");
    let names = outcome.stdout.lines().map(|line| line.split('\t').next().unwrap_or_default());
    names.map(str::to_owned).collect()
}

/// Somebody who has looked at lists of the storefront.
fn reader(sandbox: &Sandbox) -> World {
    let world = at_home(sandbox).on_terminal(80);
    for line in ["issue list", "mr list", "pipeline list", "models", "mr list"] {
        assert_eq!(world.run(line).code, 0, "{line}");
    }
    world
}

#[test]
fn what_lists_showed_is_offered_without_a_request() {
    let sandbox = storefront();
    let world = reader(&sandbox);
    let before = sandbox.requests().len();
    let told = world.run("completion --values mr").stdout;
    assert!(told.lines().any(|line| line.starts_with("42\tTake discounts")), "{told}");
    assert!(offered(&world, "issue").contains(&"27".to_owned()));
    assert!(offered(&world, "pipeline").contains(&"9008".to_owned()));
    assert_eq!(offered(&world, "projects"), ["acme/shop/storefront"]);
    assert_eq!(sandbox.requests().len(), before);
}

#[test]
fn models_are_the_published_the_configured_and_the_discovered_ones() {
    let sandbox = storefront();
    let listed = reader(&sandbox).run("models --json").json();
    let world = reader(&sandbox).user_config(
        r#"{ "gitlab": { "models": { "ours": { "dialect": "openai_chat", "backend_model": "m" } } } }"#,
    );
    let names = offered(&world, "models");
    assert_eq!(names[0], "duo-chat-haiku-4-5");
    assert!(names.contains(&"ours".to_owned()), "{names:?}");
    for model in listed.as_array().expect("rows") {
        let id = model["id"].as_str().expect("an id");
        assert_eq!(names.iter().filter(|name| *name == id).count(), 1, "{id}");
    }
}

#[test]
fn another_project_and_another_instance_have_their_own() {
    let sandbox = storefront();
    let world = reader(&sandbox);
    let elsewhere = world.run("completion --values mr -R acme/shop/other");
    assert_eq!((elsewhere.stdout.as_str(), elsewhere.code), ("", 0));
    let elsewhere = world.run("completion --values projects --instance https://gitlab.com");
    assert_eq!((elsewhere.stdout.as_str(), elsewhere.code), ("", 0));
}

#[test]
fn scripts_and_who_wants_no_cache_leave_nothing_behind() {
    let sandbox = storefront();
    let script = at_home(&sandbox);
    let careful = at_home(&sandbox).on_terminal(80).env("GLDUO_NO_CACHE", "1");
    for world in [script, careful] {
        assert_eq!(world.run("mr list").code, 0);
        assert!(!world.path("home/.cache/glduo/recent.json").exists());
        assert!(offered(&world, "mr").is_empty());
    }
}

#[test]
fn a_file_of_nonsense_is_no_trouble() {
    let world = World::new().file("home/.cache/glduo/recent.json", "[{\"kind\": 7}]");
    assert!(offered(&world, "projects").is_empty());
}

/// What bash offers behind these words.
#[cfg(unix)]
fn bash(words: &[&str], sandbox: &Sandbox, home: &Path) -> Vec<String> {
    let own = Path::new(env!("CARGO_BIN_EXE_glduo")).parent().expect("its folder");
    let script = "source completions/glduo.bash; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); \
                  _glduo glduo \"${@: -1}\" \"${@: -2:1}\"; printf '%s\\n' \"${COMPREPLY[@]}\"";
    let mut command = Command::new("/bin/bash");
    command.args(["-c", script, "bash"]).args(words).current_dir(project_folder()).env_clear();
    command.env("PATH", format!("{}:/usr/bin:/bin", own.display())).env("HOME", home);
    command.env("GITLAB_INSTANCE_URL", sandbox.url()).env("GITLAB_REPO", sandbox.project());
    let (code, stdout, stderr) = parts(&command.output().expect("an end"));
    assert_eq!((code, stderr.as_str()), (0, ""), "{words:?}");
    stdout.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[cfg(unix)]
#[test]
#[cfg_attr(not(has_bash), ignore = "bash is not installed")]
fn bash_offers_them_where_they_are_taken() {
    if !Path::new("/bin/bash").exists() {
        return;
    }
    let sandbox = storefront();
    let world = reader(&sandbox);
    let home = world.path("home");
    let bash = |words: &[&str]| bash(words, &sandbox, &home);
    assert_eq!(bash(&["glduo", "chat", "-m", "duo-chat-hai"]), ["duo-chat-haiku-4-5"]);
    assert_eq!(bash(&["glduo", "models", "use", "duo-chat-hai"]), ["duo-chat-haiku-4-5"]);
    assert_eq!(bash(&["glduo", "mr", "show", "42"]), ["42"]);
    assert_eq!(bash(&["glduo", "mr", "list", "-R", "ac"]), ["acme/shop/storefront"]);
    assert_eq!(bash(&["glduo", "-R", "ac"]), ["acme/shop/storefront"]);
    assert_eq!(bash(&["glduo", "chat", "--issue", "27"]), ["27"]);
    assert_eq!(bash(&["glduo", "pipeline", "show", "9008"]), ["9008"]);
    assert_eq!(bash(&["glduo", "pipel"]), ["pipeline"]);
}

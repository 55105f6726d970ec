//! `glduo config`: what is in force, and changing the files.

use serde_json::json;

use crate::support::process::{glduo, parts, spawn};
use crate::support::world::{World, project_folder};

fn user_file(world: &World) -> String {
    std::fs::read_to_string(world.path("home/.config/glduo/config.json")).unwrap_or_default()
}

#[test]
fn list_tells_every_value_with_its_origin_and_shows_no_secret() {
    let world = World::new()
        .env("GITLAB_DUO_MODEL", "duo-chat-opus-4-5")
        .user_config(
            r#"{ "gitlab": { "smallModel": "s", "oauth": { "appId": "i", "appSecret": "gloas-very-hidden-secret" } } }"#,
        );
    let outcome = world.run("config list --json");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let rows = outcome.json();
    let row = |key: &str| {
        let mut rows = rows.as_array().expect("rows").iter();
        rows.find(|row| row["key"] == key).cloned().unwrap_or_default()
    };
    let model = json!({ "key": "gitlab.model", "value": "duo-chat-opus-4-5", "origin": "GITLAB_DUO_MODEL" });
    assert_eq!(row("gitlab.model"), model);
    assert_eq!(row("gitlab.instanceUrl")["origin"], "default");
    assert_eq!(row("gitlab.oauth.appSecret")["value"], "[redacted]");
    let origin = row("gitlab.smallModel")["origin"].as_str().unwrap_or_default().to_owned();
    assert!(origin.ends_with(".config/glduo/config.json"), "{origin}");
    for line in ["config list", "config list --user", "config list --user --json"] {
        let outcome = world.run(line);
        assert_eq!(outcome.code, 0, "{line}: {outcome:?}");
        assert!(outcome.stdout.contains("[redacted]"), "{line}: {outcome:?}");
        assert!(!outcome.stdout.contains("very-hidden"), "{line}");
    }
    assert_eq!(world.run("config get gitlab.oauth.appSecret").stdout, "[redacted]\n");
}

#[test]
fn get_prints_the_bare_value_and_says_what_is_not_set() {
    let world = World::new().user_config(r#"{ "projectId": 12345 }"#);
    assert_eq!(world.run("config get gitlab.model").stdout, "duo-chat-sonnet-4-5\n");
    assert_eq!(world.run("config get projectId").stdout, "12345\n");
    assert_eq!(world.run("config get --user projectId").stdout, "12345\n");
    let missing = world.run("config get gitlab.caFile --json");
    assert_eq!((missing.code, missing.stdout.as_str()), (7, ""));
    assert_eq!(missing.error()["code"], "not_found");
}

#[test]
fn set_and_unset_keep_comments_and_unknown_keys() {
    let text = "{\n  // ours\n  \"other\": [1],\n  \"gitlab\": {\n    \"model\": \"duo-chat-haiku-4-5\" // fast\n  }\n}\n";
    let world = World::new().user_config(text);
    let outcome = world.run("config set gitlab.model opus-4-5");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, ""), "{outcome:?}");
    assert_eq!(user_file(&world), text.replace("duo-chat-haiku-4-5", "duo-chat-opus-4-5"));
    assert_eq!(world.run("config set saveConversations false").code, 0);
    assert_eq!(world.run("config get saveConversations").stdout, "false\n");
    assert_eq!(world.run("config unset gitlab.model").code, 0);
    let left = user_file(&world);
    assert!(left.contains("// ours") && left.contains("\"other\": [1]"), "{left}");
    assert_eq!(world.run("config get gitlab.model").stdout, "duo-chat-sonnet-4-5\n");
}

#[test]
fn what_cannot_be_used_is_refused_before_anything_is_written() {
    let world = World::new().env("GITLAB_TOKEN", "plain-secret-of-ours");
    for args in [
        &["config", "set", "gitlab.oauth.appSecret", "x"][..],
        &["config", "set", "gitlab.instructions", "use glpat-AbCdEfGhIjKlMnOpQrSt"],
        &["config", "set", "gitlab.instructions", "use plain-secret-of-ours"],
        &["config", "set", "gitlab.instanceUrl", "https://me:hunter2@host"],
        &["config", "set", "gitlab.oauth.callbackUrl", "https://example.com/callback"],
        &["config", "set", "gitlab.model", "duo-chat-sonet-4-5"],
        &["config", "set", "gitlab.smallModel", "duo-workflow"],
        &["config", "set", "gitlab.workflow.allow", "everything"],
        &["config", "set", "gitlab.workflow.allow", "grep"],
        &["config", "set", "gitlab.workflow.deny", "read,shel"],
        &["config", "set", "saveConversations", "maybe"],
        &["config", "set", "gitlab.model", ""],
        &["config", "set", "--project", "gitlab.instanceUrl", "https://host"],
    ] {
        let outcome = world.run_args(args);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{args:?}: {outcome:?}");
        for secret in ["AbCdEfGh", "plain-secret", "hunter2"] {
            assert!(!outcome.stderr.contains(secret), "{args:?}: {outcome:?}");
        }
    }
    assert_eq!(user_file(&world), "");
    assert!(!world.path("work/.glduo.json").exists());
}

#[test]
fn an_unknown_key_comes_with_the_nearest() {
    let outcome = World::new().run("config get model --json");
    assert_eq!((outcome.code, &outcome.error()["code"]), (2, &json!("usage")));
    let hint = outcome.error()["hint"].as_str().unwrap_or_default().to_owned();
    assert!(hint.starts_with("did you mean gitlab.model"), "{hint}");
}

#[test]
fn a_broken_file_is_left_alone_and_a_wrong_value_can_be_taken_out() {
    let world = World::new().user_config("{ broken");
    for line in ["config set gitlab.model haiku-4-5", "config unset gitlab.model", "config list"] {
        assert_eq!(world.run(line).code, 2, "{line}");
    }
    assert_eq!(user_file(&world), "{ broken");
    let world = World::new().user_config(r#"{ "gitlab": { "model": 5 } }"#);
    assert_eq!(world.run("config get gitlab.model").code, 2);
    assert_eq!(world.run("config unset gitlab.model").code, 0);
    assert_eq!(world.run("config get gitlab.model").code, 0);
}

#[test]
fn a_project_file_stands_at_the_root_of_the_repository() {
    let mut world = World::new().file("work/.git/HEAD", "ref: refs/heads/main\n");
    world.working_directory = world.path("work/deep");
    std::fs::create_dir_all(&world.working_directory).expect("a folder");
    assert_eq!(world.run("config set --project projectId acme/storefront").code, 0);
    let text = std::fs::read_to_string(world.path("work/.glduo.json")).expect("a file");
    assert!(text.contains("\"projectId\": \"acme/storefront\""), "{text}");
    assert_eq!(world.run("config get projectId").stdout, "acme/storefront\n");
    let path = world.run("config path --project").stdout;
    assert!(path.ends_with("work/.glduo.json\n"), "{path}");
    assert!(world.run("config path").stdout.ends_with(".config/glduo/config.json\n"));
}

#[test]
fn the_files_of_the_documentation_are_understood() {
    for (page, blocks) in [("README.md", 1), ("docs/self-hosted.md", 2)] {
        let text = std::fs::read_to_string(project_folder().join(page)).expect(page);
        let files: Vec<&str> = text
            .split("\n```jsonc\n")
            .skip(1)
            .map(|block| block.split("\n```").next().unwrap_or_default())
            .collect();
        assert_eq!(files.len(), blocks, "{page}");
        for file in files {
            let world = World::new().file("etc/glduo/config.json", file);
            let listed = world.run("config list --json -v");
            assert_eq!((listed.code, listed.stderr.as_str()), (0, ""), "{page}: {file}");
            let rows = listed.json();
            let mut rows = rows.as_array().expect("rows").iter();
            let of_file = |row: &serde_json::Value| {
                row["origin"]
                    .as_str()
                    .is_some_and(|origin| origin.ends_with("etc/glduo/config.json"))
            };
            assert!(rows.any(of_file), "{page}: {}", listed.stdout);
            assert_eq!(world.run("models --kind chat").code, 0, "{page}: {file}");
        }
    }
}

#[test]
fn what_a_workflow_may_not_do_is_named_by_group_or_by_tool() {
    let world = World::new();
    assert_eq!(world.run("config set gitlab.workflow.deny shell,grep").code, 0);
    assert_eq!(world.run("config set gitlab.workflow.allow read,git").code, 0);
    let told = world.run("config set gitlab.workflow.deny shel");
    assert!(told.stderr.contains("`shel` names no tools"), "{}", told.stderr);
    assert!(told.stderr.contains("shell, gitlab, all"), "{}", told.stderr);
    assert!(user_file(&world).contains("\"grep\""), "{}", user_file(&world));
    assert_eq!(world.run_args(&["config", "set", "gitlab.workflow.allow", "run:make a"]).code, 0);
    assert!(user_file(&world).contains("\"run:make a\""), "{}", user_file(&world));
    let told = world.run_args(&["config", "set", "gitlab.workflow.allow", "run:make; ls"]);
    assert!(told.code == 2 && told.stderr.contains("one command line"), "{}", told.stderr);
}

#[cfg(unix)]
#[test]
fn a_project_file_that_is_a_link_is_not_followed() {
    let world = World::new().file("elsewhere/target.json", "{}");
    let link = world.path("work/.glduo.json");
    std::os::unix::fs::symlink(world.path("elsewhere/target.json"), &link).expect("a link");
    for line in ["config set --project projectId a/b", "config unset --project projectId"] {
        world.run(line);
        let target = std::fs::read_to_string(world.path("elsewhere/target.json"));
        assert_eq!(target.expect("a file"), "{}", "{line}");
        assert!(link.is_symlink(), "{line}");
    }
    let told = world.run("config set --project projectId a/b");
    assert!(told.code == 1 && told.stderr.contains("symbolic link"), "{told:?}");
    std::fs::remove_file(world.path("elsewhere/target.json")).expect("removed");
    assert_eq!(world.run("config set --project projectId a/b").code, 1, "a dangling link");
    assert!(!world.path("elsewhere/target.json").exists());
}

#[test]
fn settings_that_are_made_side_by_side_are_all_kept() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("repository");
    std::fs::create_dir(&folder).expect("a folder");
    let user = home.path().join(".config/glduo/config.json");
    for (flag, path) in [("--user", user), ("--project", folder.join(".glduo.json"))] {
        for round in 0..10 {
            let _ = std::fs::remove_file(&path);
            let lines = [
                format!("config set {flag} gitlab.instructions kept"),
                format!("config set {flag} gitlab.smallModel duo-chat-haiku-4-5"),
                format!("config set {flag} plugins.opencode-gitlab-plugin.projectId 7"),
                format!("config set {flag} plugins.opencode-gitlab-plugin.defaultView issue"),
                "models use duo-chat-opus-4-5".to_owned(),
            ];
            let children: Vec<_> = lines
                .iter()
                .map(|line| spawn(glduo(line).current_dir(&folder).env("HOME", home.path())))
                .collect();
            for child in children {
                let (code, _, stderr) = parts(&child.wait_with_output().expect("an end"));
                assert_eq!(code, 0, "{stderr}");
            }
            let text = std::fs::read_to_string(&path).expect("the file");
            let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            let plugin = &json["plugins"]["opencode-gitlab-plugin"];
            assert_eq!(json["gitlab"]["instructions"], "kept", "round {round}: {text}");
            assert_eq!(json["gitlab"]["smallModel"], "duo-chat-haiku-4-5", "round {round}: {text}");
            assert_eq!(
                (&plugin["projectId"], &plugin["defaultView"]),
                (&7.into(), &"issue".into())
            );
            if flag == "--user" {
                assert_eq!(json["gitlab"]["model"], "duo-chat-opus-4-5", "round {round}: {text}");
            }
        }
        let names = std::fs::read_dir(path.parent().expect("a folder")).expect("a folder");
        assert_eq!(names.count(), 1, "{flag} leaves its file and nothing else");
    }
}

#[cfg(unix)]
#[test]
fn a_configuration_that_is_a_link_to_nothing_is_written_through() {
    let world = World::new();
    let link = world.path("home/.config/glduo/config.json");
    std::fs::create_dir_all(link.parent().expect("a folder")).expect("a folder");
    let target = world.path("home/dotfiles/glduo.json");
    std::os::unix::fs::symlink(&target, &link).expect("a link");
    assert_eq!(world.run("config set gitlab.model duo-chat-opus-4-5").code, 0);
    assert!(std::fs::symlink_metadata(&link).expect("a link").is_symlink());
    assert!(std::fs::read_to_string(&target).expect("the file").contains("opus"));
}

#[test]
fn a_file_that_could_not_be_read_again_is_not_written() {
    let world = World::new();
    let long = "x".repeat(600_000);
    assert_eq!(world.run_args(&["config", "set", "gitlab.instructions", &long]).code, 0);
    let refused = world.run_args(&["config", "set", "gitlab.caFile", &long]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("larger than 1048576 bytes"), "{}", refused.stderr.len());
    assert_eq!(world.run("config get gitlab.instructions").code, 0);
}

//! `glduo config`: what is in force, and changing the files.

use serde_json::json;

use crate::support::world::World;

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

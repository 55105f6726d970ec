//! The file of credentials: modes, several instances, and files that cannot be read or written.

use std::fs;

use serde_json::json;

use super::{sandbox, store_of, stored, world};
use crate::support::world::World;

/// What a damaged store may look like.
const DAMAGED: [&str; 5] =
    ["", "{", "[]", r#"{"version":99,"connections":{}}"#, r#"{"version":1,"connections":7}"#];

#[cfg(unix)]
#[test]
fn the_store_is_private() {
    use std::os::unix::fs::PermissionsExt as _;

    let sandbox = sandbox();
    let world = world(&sandbox).stdin(sandbox.token());
    assert_eq!(world.run("connect --token").code, 0);
    let mode =
        |path: &std::path::Path| fs::metadata(path).expect("a file").permissions().mode() & 0o7777;
    let folder = store_of(&world).parent().expect("a folder").to_owned();
    assert_eq!(mode(&folder), 0o700);
    let mut names = Vec::new();
    for file in fs::read_dir(&folder).expect("files") {
        let file = file.expect("a file");
        assert_eq!(mode(&file.path()), 0o600, "{file:?}");
        names.push(file.file_name().into_string().expect("text"));
    }
    names.sort();
    assert_eq!(names, ["credentials.json", "credentials.json.lock"]);
}

#[test]
fn the_store_follows_xdg_data_home() {
    let sandbox = sandbox();
    let mut world = world(&sandbox).stdin(sandbox.token());
    let data = world.path("elsewhere");
    world = world.env("XDG_DATA_HOME", &data);
    assert_eq!(world.run("connect --token").code, 0);
    assert!(data.join("glduo/credentials.json").exists() && !store_of(&world).exists());
}

#[test]
fn instances_live_side_by_side_and_the_last_one_is_used() {
    let (one, two) = (sandbox(), sandbox());
    let world = World::new().stdin(one.token());
    for sandbox in [&one, &two] {
        let outcome = world.run(&format!("connect --token --instance {}", sandbox.url()));
        assert_eq!(outcome.code, 0, "{outcome:?}");
    }
    assert_eq!(stored(&world)["connections"].as_object().map(serde_json::Map::len), Some(2));
    let list = world.run("connect list --json").json();
    let row = |url: &str, current: bool| {
        json!({
            "instance_url": url, "username": "mira.okafor", "auth": "pat", "scopes": ["api"],
            "expires_at": null, "current": current,
        })
    };
    assert_eq!(list, json!([row(two.url(), true), row(one.url(), false)]));
    assert_eq!(world.run("connect status --json").json()["instance_url"], two.url());
    let named = world.run(&format!("connect status --json --instance {}", one.url()));
    assert_eq!(named.json()["instance_url"], one.url());
    let before = (one.requests().len(), two.requests().len());
    assert_eq!(world.run("mr list -R acme/shop/storefront -L 1").code, 0);
    assert_eq!((one.requests().len(), two.requests().len()), (before.0, before.1 + 1));
}

#[test]
fn logging_in_again_replaces_only_that_instance() {
    let (one, two) = (sandbox(), sandbox());
    let mut world = World::new().stdin(one.token());
    for sandbox in [&one, &two] {
        assert_eq!(world.run(&format!("connect --token --instance {}", sandbox.url())).code, 0);
    }
    let before = stored(&world);
    world = world.stdin(one.token_named("read_api").expect("a token"));
    assert_eq!(world.run(&format!("connect --token --instance {}", one.url())).code, 0);
    let after = stored(&world);
    assert_eq!(after["connections"][two.url()], before["connections"][two.url()]);
    assert_eq!(after["connections"][one.url()]["scopes"], json!(["read_api"]));
    assert_eq!(after["last"], one.url());
}

#[test]
fn what_a_newer_version_wrote_stays() {
    let sandbox = sandbox();
    let text = r#"{"version":1,"connections":{"https://x.example":{"origin":"https://x.example","kind":"pat","access_token":"t","new":1}},"future":[2]}"#;
    let world = world(&sandbox)
        .stdin(sandbox.token())
        .file("home/.local/share/glduo/credentials.json", text);
    assert_eq!(world.run("connect --token").code, 0);
    assert_eq!(stored(&world)["future"], json!([2]));
    assert_eq!(stored(&world)["connections"]["https://x.example"]["new"], 1);
}

#[test]
fn a_damaged_store_is_named_where_a_credential_is_needed() {
    let sandbox = sandbox();
    for text in DAMAGED {
        let world = world(&sandbox).file("home/.local/share/glduo/credentials.json", text);
        for line in ["mr list -R a/b --json", "connect token --json", "connect list --json"] {
            let outcome = world.run(line);
            assert_eq!((outcome.stdout.as_str(), outcome.code), ("", 4), "{line}: {outcome:?}");
            let message = outcome.error()["message"].to_string();
            assert!(message.contains("credentials.json"), "{message}");
        }
        assert_eq!(fs::read_to_string(store_of(&world)).expect("a store"), text);
    }
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_damaged_store_is_never_overwritten() {
    let sandbox = sandbox();
    for text in DAMAGED {
        let world = world(&sandbox)
            .stdin(sandbox.token())
            .file("home/.local/share/glduo/credentials.json", text);
        for line in ["connect --token --json", "connect logout --json", "connect logout --all"] {
            let outcome = world.run(line);
            let expected = if line.ends_with("--all") { [1, 4] } else { [1, 1] };
            assert!(expected.contains(&outcome.code), "{text} {line}: {outcome:?}");
            assert!(outcome.stderr.contains("credentials.json"), "{outcome:?}");
            if line.starts_with("connect --token") {
                assert_eq!(outcome.error()["code"], "io");
            }
        }
        assert_eq!(fs::read_to_string(store_of(&world)).expect("a store"), text);
    }
}

#[test]
fn beside_a_damaged_store_the_environments_token_works() {
    let sandbox = sandbox();
    let world = world(&sandbox)
        .env("GITLAB_TOKEN", sandbox.token())
        .file("home/.local/share/glduo/credentials.json", "{");
    let outcome = world.run("mr list -R acme/shop/storefront -L 1 --json=iid");
    assert_eq!(outcome.code, 0, "{outcome:?}");
}

#[test]
fn a_folder_in_the_stores_place_is_named() {
    let sandbox = sandbox();
    let world = world(&sandbox).stdin(sandbox.token());
    fs::create_dir_all(store_of(&world)).expect("a folder");
    let outcome = world.run("connect --token --json");
    assert_eq!((outcome.code, &outcome.error()["code"]), (1, &json!("io")), "{outcome:?}");
    let outcome = world.run("mr list -R a/b --json");
    assert_eq!(outcome.code, 4, "{outcome:?}");
    assert!(outcome.stderr.contains("credentials.json"), "{outcome:?}");
}

#[test]
fn a_store_that_cannot_be_made_is_an_io_error() {
    let sandbox = sandbox();
    let mut world = world(&sandbox).stdin(sandbox.token()).file("plain", "a file");
    let below_a_file = world.path("plain/data");
    world = world.env("XDG_DATA_HOME", below_a_file);
    let outcome = world.run("connect --token --json");
    assert_eq!((outcome.code, &outcome.error()["code"]), (1, &json!("io")), "{outcome:?}");
    assert!(outcome.stderr.contains("credentials.json"), "{outcome:?}");
}

#[test]
fn without_a_home_nothing_can_be_kept_and_the_rest_works() {
    let sandbox = sandbox();
    let world = world(&sandbox).env("HOME", "").stdin(sandbox.token());
    let outcome = world.run("connect --token --json");
    assert_eq!((outcome.code, &outcome.error()["code"]), (1, &json!("io")), "{outcome:?}");
    assert!(outcome.error()["hint"].to_string().contains("XDG_DATA_HOME"));
    let outcome = world.run("connect list --json");
    assert_eq!((outcome.stdout.as_str(), outcome.code), ("[]\n", 0));
    let world = world.env("GITLAB_TOKEN", sandbox.token());
    assert_eq!(world.run("mr list -R acme/shop/storefront -L 1").code, 0);
}

#[test]
fn an_entry_moved_to_another_host_gives_its_token_to_nobody() {
    let sandbox = sandbox();
    let text = json!({"version": 1, "connections": {sandbox.url(): {
        "origin": "https://gitlab.example.com", "kind": "pat", "access_token": "glpat-moved",
    }}});
    let world = world(&sandbox).file("home/.local/share/glduo/credentials.json", &text.to_string());
    let outcome = world.run("mr list -R a/b");
    assert_eq!(outcome.code, 4, "{outcome:?}");
    assert!(sandbox.requests().is_empty());
}

#[cfg(unix)]
fn mode(path: &std::path::Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).expect("it is there").permissions().mode() & 0o7777
}

#[cfg(unix)]
fn set_mode(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

#[cfg(unix)]
#[test]
fn an_open_store_is_closed_and_that_is_said_once() {
    let sandbox = sandbox();
    let world = world(&sandbox).stdin(sandbox.token());
    assert_eq!(world.run("connect --token").code, 0);
    let (store, folder) = (store_of(&world), world.path("home/.local/share/glduo"));
    for line in [
        "connect list",
        "connect status",
        "connect token",
        "mr list -L 1 -R acme/shop/storefront",
        "connect --token",
        "connect logout --all",
    ] {
        set_mode(&store, 0o644);
        set_mode(&folder, 0o777);
        let outcome = world.run(line);
        assert_eq!(outcome.code, 0, "{line}: {outcome:?}");
        assert_eq!((mode(&store), mode(&folder)), (0o600, 0o700), "{line}");
        let said: Vec<_> =
            outcome.stderr.lines().filter(|line| line.contains("open to other users")).collect();
        assert_eq!(said.len(), 2, "{line}: {outcome:?}");
        assert!(said[0].contains("glduo was open to other users (mode 0777)"), "{said:?}");
        assert!(said[1].contains("credentials.json was open to other users (mode 0644)"));
        assert!(!world.run("connect list").stderr.contains("other users"));
    }
}

#[cfg(unix)]
#[test]
fn an_open_store_of_another_user_is_refused() {
    let sandbox = sandbox();
    for (what, mode, wanted) in [
        ("home/.local/share/glduo", 0o755, "chmod 700 '"),
        ("home/.local/share/glduo/credentials.json", 0o640, "chmod 600 '"),
    ] {
        let world = world(&sandbox).stdin(sandbox.token());
        assert_eq!(world.run("connect --token").code, 0);
        set_mode(&world.path(what), mode);
        if std::os::unix::fs::chown(world.path(what), Some(65_534), None).is_err() {
            return; // Only root can give a file away.
        }
        let before = sandbox.requests().len();
        for line in ["connect list", "connect token", "mr list -R a/b", "connect --token"] {
            if line == "connect --token" {
                assert_eq!(sandbox.requests().len(), before, "the store's token was not sent");
            }
            let outcome = world.run(&format!("{line} --json"));
            assert_eq!((outcome.stdout.as_str(), outcome.code), ("", 4), "{line}: {outcome:?}");
            let error = outcome.error();
            let message = error["message"].as_str().expect("text");
            assert!(message.contains(what) && message.contains("another user owns it"), "{error}");
            assert!(error["hint"].as_str().expect("text").contains(wanted), "{error}");
        }
        let world = world.env("GITLAB_TOKEN", sandbox.token());
        assert_eq!(world.run("mr list -L 1 -R acme/shop/storefront").code, 0);
    }
}

#[cfg(unix)]
#[test]
fn a_store_that_is_a_link_to_nothing_is_written_through() {
    let sandbox = sandbox();
    let world = world(&sandbox).stdin(sandbox.token());
    let (store, target) = (store_of(&world), world.path("home/dotfiles/credentials.json"));
    fs::create_dir_all(store.parent().expect("a folder")).expect("a folder");
    std::os::unix::fs::symlink(&target, &store).expect("a link");
    assert_eq!(world.run("connect --token").code, 0);
    assert!(fs::symlink_metadata(&store).expect("a link").is_symlink());
    assert_eq!(mode(&target), 0o600);
    assert!(fs::read_to_string(&target).expect("the store").contains(sandbox.token()));
    assert_eq!(world.run("connect token").stdout.trim_end(), sandbox.token());
}

#[test]
fn a_token_that_is_too_long_is_refused_and_not_cut() {
    let sandbox = sandbox();
    let token = format!("glpat-{}", "x".repeat(64 << 10));
    for text in [token.clone(), format!("{token}\n"), format!("{}{token}", " ".repeat(70_000))] {
        for line in ["connect --token --json", "connect --token --no-verify --json"] {
            let world = world(&sandbox).stdin(text.as_str());
            let outcome = world.run(line);
            assert_eq!(outcome.code, 2, "{outcome:?}");
            assert!(outcome.stderr.contains("longer than 65536 bytes"), "{outcome:?}");
            assert!(!store_of(&world).exists() && !outcome.stderr.contains("xxxx"));
        }
    }
    assert!(sandbox.requests().is_empty());
    let world = World::new().env("GITLAB_HOST", sandbox.url()).env("GITLAB_TOKEN", token);
    assert_eq!(world.run("mr list -R a/b").code, 2);
}

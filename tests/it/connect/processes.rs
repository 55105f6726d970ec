//! The real binary, many times at once, on one store.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::place::Place;
use super::{sandbox, store_of};
use crate::support::world::World;

fn glduo(world: &World, instance: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_glduo"));
    command
        .args(args)
        .env_clear()
        .env("HOME", world.path("home"))
        .env("GITLAB_INSTANCE_URL", instance)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Lets the only session of a store end long ago.
fn expire(store: &Path) {
    let mut content: Value = serde_json::from_slice(&fs::read(store).unwrap()).unwrap();
    let entries = content["connections"].as_object_mut().unwrap();
    entries.values_mut().next().unwrap()["expires_at"] = 1_000_000_000.into();
    fs::write(store, content.to_string()).unwrap();
}

#[test]
fn thirty_processes_on_one_expired_token_make_one_refresh() {
    let place = Place::new();
    let world = place.logged_in();
    let url = place.sandbox.url();
    for round in 1..=20 {
        expire(&store_of(&world));
        let children: Vec<Child> = (0..30)
            .map(|_| glduo(&world, url, &["connect", "token"]).spawn().expect("a process"))
            .collect();
        let mut tokens: Vec<Vec<u8>> = Vec::new();
        for child in children {
            let output = child.wait_with_output().expect("an end");
            assert!(output.status.success() && output.stderr.is_empty(), "{round}: {output:?}");
            tokens.push(output.stdout);
        }
        tokens.sort();
        tokens.dedup();
        assert_eq!((tokens.len(), place.refreshes()), (1, round), "round {round}");
    }
    assert_eq!(world.run("connect status --json").code, 0);
}

#[cfg(unix)]
#[test]
fn a_process_killed_while_saving_breaks_nothing() {
    let (one, two) = (sandbox(), sandbox());
    let world = World::new().stdin(one.token());
    assert_eq!(world.run(&format!("connect --token --instance {}", one.url())).code, 0);
    let mut saved = 0;
    for round in 0..60_u64 {
        let args = ["connect", "--token", "--no-verify"];
        let mut command = glduo(&world, two.url(), &args);
        let mut child = command.stdin(Stdio::piped()).spawn().expect("a process");
        let token = format!("glpat-of-round-{round:04}-000000");
        child.stdin.take().expect("a pipe").write_all(token.as_bytes()).expect("written");
        std::thread::sleep(Duration::from_micros(round * 400));
        child.kill().expect("SIGKILL");
        child.wait().expect("an end");
        let content = fs::read(store_of(&world)).expect("a store");
        let content: Value = serde_json::from_slice(&content).expect("whole JSON");
        assert_eq!(content["connections"][one.url()]["access_token"], one.token());
        saved += usize::from(content["connections"][two.url()]["access_token"] == token);
    }
    println!("{saved} of 60 had saved before they were killed");
    // Whoever comes next is not held up by a lock, and cleans up.
    assert_eq!(world.run(&format!("connect --token --instance {}", one.url())).code, 0);
    let folder = store_of(&world).parent().expect("a folder").to_owned();
    let names = fs::read_dir(folder).expect("files").map(|file| file.expect("a file").file_name());
    let mut names: Vec<_> = names.collect();
    names.sort();
    assert_eq!(names, ["credentials.json", "credentials.json.lock"]);
}

#[cfg(unix)]
#[test]
fn a_process_killed_while_it_renews_leaves_the_lock_free() {
    let place = Place::new();
    let world = place.logged_in();
    let url = place.sandbox.url();
    for round in 0..30_u64 {
        expire(&store_of(&world));
        let mut child = glduo(&world, url, &["connect", "token"]).spawn().expect("a process");
        std::thread::sleep(Duration::from_micros(round * 700));
        child.kill().expect("SIGKILL");
        child.wait().expect("an end");
        let content = fs::read(store_of(&world)).expect("a store");
        let content: Value = serde_json::from_slice(&content).expect("whole JSON");
        assert!(content["connections"][url]["access_token"].is_string());
        let next = glduo(&world, url, &["connect", "token"]).output().expect("an end");
        if next.status.success() {
            continue;
        }
        // Killed between GitLab's answer and the store: the pair is lost, and that is told.
        assert_eq!(next.status.code(), Some(4), "{next:?}");
        place.clock.passes();
        assert_eq!(world.run("connect --oauth --scopes api").code, 0);
    }
}

#[test]
fn processes_that_log_in_to_different_instances_lose_no_entry() {
    let world = World::new();
    let instances: Vec<String> = (1..=20).map(|n| format!("http://127.0.0.1:{n}")).collect();
    let children: Vec<Child> = instances
        .iter()
        .map(|instance| {
            let mut command = glduo(&world, instance, &["connect", "--token", "--no-verify"]);
            let mut child = command.stdin(Stdio::piped()).spawn().expect("a process");
            let token = b"glpat-0000000000000000000";
            child.stdin.take().expect("a pipe").write_all(token).expect("written");
            child
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().expect("an end");
        assert!(output.status.success(), "{output:?}");
    }
    let list = world.run("connect list --json").json();
    assert_eq!(list.as_array().map(Vec::len), Some(instances.len()), "{list}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_wait_and_frees_the_port() {
    use std::io::{BufRead as _, BufReader};
    use std::net::{Ipv4Addr, TcpListener};

    let place = Place::new();
    // Its folder has to outlive the process.
    let world = World::new();
    let mut child = glduo(&world, place.sandbox.url(), &["connect", "--no-browser"])
        .env("GITLAB_OAUTH_APP_ID", super::place::PUBLIC)
        .env("GITLAB_OAUTH_CALLBACK_URL", place.callback_url())
        .spawn()
        .expect("a process");
    let stderr = BufReader::new(child.stderr.take().expect("stderr"));
    let address = stderr.lines().nth(1).expect("a second line").expect("text");
    assert!(address.starts_with("http://"), "{address}");
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill").success());
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    TcpListener::bind((Ipv4Addr::LOCALHOST, place.port)).expect("a free port");
}

/// A full disk, to root too: the store can be read and locked, and no byte can be written.
#[cfg(unix)]
#[test]
fn a_full_disk_is_found_out_before_the_refresh_token_is_spent() {
    let place = Place::new();
    let world = place.logged_in();
    expire(&store_of(&world));
    let before = fs::read(store_of(&world)).expect("a store");
    let output = Command::new("/bin/sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" connect token"])
        .arg(env!("CARGO_BIN_EXE_glduo"))
        .env_clear()
        .env("HOME", world.path("home"))
        .env("GITLAB_INSTANCE_URL", place.sandbox.url())
        .output()
        .expect("an end");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("credentials.json"), "{output:?}");
    assert_eq!(place.refreshes(), 0);
    assert_eq!(fs::read(store_of(&world)).expect("a store"), before);
}

//! `glduo sandbox` around a command: its exit code, and what the command sees.

use std::os::unix::ffi::OsStrExt as _;
use std::process::Command;

use crate::support::process::{glduo, parts};

fn around(script: &str) -> Command {
    let mut command = glduo("sandbox --");
    command.args(["/bin/sh", "-c", script]);
    command
}

#[test]
fn the_commands_exit_code_is_ours() {
    for (script, code) in [
        ("exit 0", 0),
        ("exit 7", 7),
        ("exit 255", 255),
        ("kill -9 $$", 137),
        ("kill -TERM $$", 143),
    ] {
        let (ended, _, stderr) = parts(&around(script).output().expect("an end"));
        assert_eq!((ended, stderr.as_str()), (code, ""), "{script}");
    }
    let (code, stdout, stderr) =
        parts(&glduo("sandbox -- /nowhere/at/all").output().expect("an end"));
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.contains("/nowhere/at/all"), "{stderr}");
}

#[test]
fn the_first_journey_works_as_written() {
    let script = "glduo mr list && glduo mr show 42 | glduo chat 'What should a reviewer look at?'";
    let (code, stdout, stderr) = parts(&around(script).output().expect("an end"));
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout.starts_with("44\topened\tAdd EU size 44"), "{stdout}");
    assert!(stdout.lines().count() > 8, "{stdout}");
}

#[test]
fn nothing_of_the_outer_world_gets_in() {
    let mut command = around("env; glduo mr list -L 7 && glduo chat hello >/dev/null");
    let outer = [
        ("GITLAB_TOKEN", "outer-secret"),
        ("GITLAB_ACCESS_TOKEN", "outer-secret"),
        ("GITLAB_OAUTH_APP_SECRET", "outer-secret"),
        ("GITLAB_DUO_INSTRUCTIONS", "outer-secret"),
        ("CI_JOB_TOKEN", "outer-secret"),
        ("CI", "outer-secret"),
        ("CI_SERVER_URL", "https://outer-secret.example.com"),
        ("GITLAB_CI", "true"),
        ("CI_PROJECT_ID", "1"),
        ("GLDUO_CONFIG", "/outer-secret"),
        ("GLDUO_DEBUG", "1"),
        ("HTTP_PROXY", "http://outer-secret:1"),
        ("HTTPS_PROXY", "http://outer-secret:1"),
        ("ALL_PROXY", "http://outer-secret:1"),
        ("http_proxy", "http://outer-secret:1"),
        ("https_proxy", "http://outer-secret:1"),
        ("all_proxy", "http://outer-secret:1"),
        ("NO_PROXY", "outer-secret"),
        ("SSL_CERT_FILE", "/outer-secret"),
        ("NODE_EXTRA_CA_CERTS", "/outer-secret"),
    ];
    let (code, stdout, stderr) =
        parts(&command.envs(outer).env("KEPT", "yes").output().expect("an end"));
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    assert!(!stdout.contains("outer-secret"), "{stdout}");
    assert!(stdout.lines().any(|line| line == "KEPT=yes"), "what is none of ours stays");
    assert!(stdout.contains("44\topened\t"), "{stdout}");
    assert!(stdout.contains("\nGITLAB_INSTANCE_URL=http://127.0.0.1:"), "{stdout}");
}

#[test]
fn a_users_configuration_is_not_read_and_not_written() {
    let home = tempfile::tempdir().expect("a home");
    let config = home.path().join(".config/glduo/config.json");
    std::fs::create_dir_all(config.parent().expect("a parent")).expect("folders");
    std::fs::write(&config, "{broken").expect("a file");
    let mut command = around("glduo mr list -L 7 && glduo chat hello && echo \"$XDG_CONFIG_HOME\"");
    let (code, stdout, stderr) = parts(&command.env("HOME", home.path()).output().expect("an end"));
    assert_eq!((code, stderr.as_str()), (0, ""));
    let place = stdout.lines().last().unwrap_or_default();
    assert!(
        !place.is_empty() && !std::path::Path::new(place).exists(),
        "it is cleaned up: {place}"
    );
    assert_eq!(std::fs::read_dir(home.path()).expect("a home").count(), 1);
}

#[test]
fn its_own_binary_comes_first_on_the_path() {
    let (code, stdout, _) = parts(&around("command -v glduo").output().expect("an end"));
    let found = std::fs::canonicalize(stdout.trim()).expect("a file");
    let own = std::fs::canonicalize(env!("CARGO_BIN_EXE_glduo")).expect("a file");
    assert_eq!((code, found), (0, own));
    let mut without = around("command -v glduo");
    assert_eq!(parts(&without.env_remove("PATH").output().expect("an end")).0, 0);
}

#[test]
fn arguments_reach_the_command_as_they_are() {
    let odd = std::ffi::OsStr::from_bytes(b"\xff --json -R");
    let output = glduo("sandbox -- /usr/bin/printf %s").arg(odd).output().expect("an end");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), odd.as_bytes()));
}

#[test]
fn a_port_that_is_taken_is_said() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let output = glduo(&format!("sandbox --json --port {port} -- true")).output().expect("an end");
    let (code, stdout, stderr) = parts(&output);
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.contains("\"code\":\"port_in_use\""), "{stderr}");
    // The login's port is nothing to the sandbox; somebody else may have it already.
    let _login = std::net::TcpListener::bind("127.0.0.1:42456");
    assert_eq!(parts(&around("glduo mr list").output().expect("an end")).0, 0);
}

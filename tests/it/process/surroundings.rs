//! Machines on which much is missing or odd.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use crate::support::broken::{Broken, End, Script};
use crate::support::gitlab::storefront;
use crate::support::process::{glduo, glduo_at, parts, wait_until};

#[test]
fn the_version_needs_nothing_at_all() {
    let output = glduo("--version").env_clear().output().expect("an end");
    let version = concat!("glduo ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(parts(&output), (0, version.to_owned(), String::new()));
}

#[test]
fn neither_home_nor_certificates_nor_a_language_are_needed() {
    let sandbox = storefront();
    let odd = [
        &[("LANG", "C"), ("LC_ALL", "C")][..],
        &[("HOME", "/nowhere/at/all"), ("XDG_CONFIG_HOME", "/nowhere")],
        &[("SSL_CERT_FILE", "/nowhere.pem"), ("SSL_CERT_DIR", "/nowhere")],
        &[("TERM", "dumb"), ("COLUMNS", "3")],
        &[("TMPDIR", "/nowhere")],
    ];
    for variables in odd {
        let mut command = glduo_at(&sandbox, "mr show 39 --no-diff");
        let output = command.envs(variables.iter().copied()).output().expect("an end");
        let (code, stdout, stderr) = parts(&output);
        assert_eq!((code, stderr.as_str()), (0, ""), "{variables:?}");
        assert!(stdout.contains("Branches:  favicon → main\n"), "{variables:?}: {stdout}");
    }
}

#[test]
fn arguments_and_variables_that_are_no_text_are_usage_errors() {
    let sandbox = storefront();
    let odd = OsStr::from_bytes(b"\xff\xfe");
    for line in ["mr list --label", "mr list -R", "mr show", "chat", "mr", "--instance"] {
        let output = glduo_at(&sandbox, line).arg(odd).output().expect("an end");
        let (code, stdout, stderr) = parts(&output);
        assert_eq!((code, stdout.as_str()), (2, ""), "{line}: {stderr}");
        assert!(stderr.starts_with("glduo: error: "), "{stderr}");
    }
    for name in ["GITLAB_TOKEN", "GITLAB_INSTANCE_URL", "GITLAB_REPO"] {
        let output = glduo_at(&sandbox, "mr list").env(name, odd).output().expect("an end");
        let (code, stdout, stderr) = parts(&output);
        assert_eq!((code, stdout.as_str()), (2, ""), "{name}: {stderr}");
        assert!(stderr.contains(name), "{name}: {stderr}");
    }
    assert_eq!(sandbox.requests().len(), 0);
}

#[test]
fn a_working_directory_that_is_gone_is_no_reason_to_crash() {
    let sandbox = storefront();
    let folder = tempfile::tempdir().expect("a folder");
    let mut shell = std::process::Command::new("/bin/sh");
    let script = "rmdir \"$1\" && exec \"$0\" mr list";
    let output = shell
        .args(["-c", script, env!("CARGO_BIN_EXE_glduo")])
        .arg(folder.path())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("GITLAB_INSTANCE_URL", sandbox.url())
        .env("GITLAB_TOKEN", sandbox.token())
        .env("GITLAB_REPO", sandbox.project())
        .current_dir(folder.path())
        .output()
        .expect("an end");
    let (code, stdout, stderr) = parts(&output);
    assert_eq!((code, stdout.lines().count()), (0, 7), "{stderr}");
}

#[test]
fn tables_off_a_terminal_are_lines() {
    let sandbox = storefront();
    let (code, stdout, _) = parts(
        &glduo_at(&sandbox, "mr list").env("TERM", "xterm-256color").output().expect("an end"),
    );
    assert_eq!((code, stdout.lines().count()), (0, 7));
    assert!(stdout.lines().all(|line| line.split('\t').count() == 7) && !stdout.contains('\x1b'));
}

/// Runs as another user where the tests run as root, whom nothing is kept from.
#[cfg(target_os = "linux")]
#[test]
fn no_other_process_of_the_user_reads_the_environment() {
    use std::os::unix::process::CommandExt as _;
    use std::process::{Command, Stdio};

    let server = Broken::serve(vec![Script::new("", End::HoldOpen)]);
    let program = env!("CARGO_BIN_EXE_glduo");
    let is_root = rustix::process::geteuid().is_root();
    let as_user = |command: &mut Command| {
        if is_root {
            command.uid(65_534).gid(65_534);
        }
    };
    let mut command = glduo("mr list -R a/b");
    command.env("GITLAB_HOST", server.url()).env("GITLAB_TOKEN", "glpat-of-the-environment");
    as_user(&mut command);
    command.current_dir("/").stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else {
        assert!(is_root, "{program} can be run");
        return; // Another user may not come to where it lies.
    };
    wait_until("the request", || !server.requests().is_empty());
    for file in ["environ", "mem", "maps"] {
        let mut reader = Command::new("cat");
        reader.arg(format!("/proc/{}/{file}", child.id())).current_dir("/");
        as_user(&mut reader);
        let output = reader.output().expect("cat");
        let read = String::from_utf8_lossy(&output.stdout);
        assert!(!output.status.success() && read.is_empty(), "{file}: {read}");
    }
    child.kill().expect("killed");
    child.wait().expect("an end");
}

#[test]
fn core_dumps_are_off_and_the_sandboxs_command_has_its_own_limit() {
    let script =
        "ulimit -S -c $(ulimit -H -c); ulimit -c; exec \"$0\" sandbox -- sh -c 'ulimit -c'";
    let output = std::process::Command::new("/bin/sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_glduo")])
        .output()
        .expect("an end");
    let (code, stdout, stderr) = parts(&output);
    let limits: Vec<&str> = stdout.lines().collect();
    assert_eq!((code, limits.len()), (0, 2), "{stdout}{stderr}");
    assert_eq!(limits[0], limits[1]);
}

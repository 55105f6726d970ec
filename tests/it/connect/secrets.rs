//! No secret of a login is anywhere but in the store.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use glduo::sandbox::{Body, Intercept, Received, Reply};
use serde_json::Value;

use super::person::{approve, refuse};
use super::place::{APP_SECRET, CONFIDENTIAL, Place, field};
use super::{person, store_of};
use crate::support::world::Outcome;
use glduo::model::address::Url;

/// Notes every secret that the sandbox gives away, and lets a device be authorized at once.
#[derive(Clone, Default)]
struct Witness(std::sync::Arc<Mutex<BTreeSet<String>>>);

impl Intercept for Witness {
    fn alter(&self, _: &Received, reply: Reply) -> Reply {
        let Body::Whole(body) = &reply.body else { return reply };
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        for name in ["access_token", "refresh_token", "device_code"] {
            let secret = json[name].as_str().map(str::to_owned);
            self.0.lock().unwrap().extend(secret);
        }
        if let Some(page) = json["verification_uri_complete"].as_str() {
            person::decide("authorize", &Url::parse(page).expect("a URL"));
        }
        reply
    }
}

/// Every secret there was: given away, sent, or configured.
fn secrets(place: &Place, witness: &Witness) -> BTreeSet<String> {
    let mut secrets = witness.0.lock().unwrap().clone();
    for grant in place.grants() {
        for name in ["code", "code_verifier", "refresh_token", "client_secret", "device_code"] {
            secrets.extend(field(&grant, name).map(str::to_owned));
        }
    }
    secrets.insert(APP_SECRET.to_owned());
    secrets
}

fn assert_clean(what: &str, text: &str, secrets: &BTreeSet<String>) {
    for secret in secrets {
        assert!(!text.contains(secret.as_str()), "{what} has {secret}: {text}");
    }
}

#[test]
fn no_output_has_a_secret() {
    let witness = Witness::default();
    let place = Place::with(witness.clone());
    let mut world = place
        .world()
        .env("GITLAB_OAUTH_APP_ID", CONFIDENTIAL)
        .env("GITLAB_OAUTH_APP_SECRET", APP_SECRET)
        .in_browser(|page| drop(approve(&page)));
    let mut outcomes: Vec<(&str, Outcome)> = Vec::new();
    let mut run = |world: &crate::support::world::World, line: &'static str, code: u8| {
        let outcome = world.run(line);
        assert_eq!(outcome.code, code, "{line}: {outcome:?}");
        outcomes.push((line, outcome));
    };
    run(&world, "connect --oauth --scopes api -vv", 0);
    run(&world, "connect --oauth --scopes api --json -vv", 0);
    run(&world, "connect status -vv", 0);
    run(&world, "connect status --all --json -vv", 0);
    run(&world, "connect list --json -vv", 0);
    place.clock.advance(Duration::from_hours(3));
    run(&world, "mr list -R acme/shop/storefront -vv", 0);
    run(&world, "mr list -R acme/shop/storefront --json -vv", 0);
    run(&world, "connect --device --scopes api -vv", 0);
    run(&world, "connect logout -vv", 0);
    world = world.in_browser(|page| drop(refuse(&page)));
    run(&world, "connect --oauth -vv", 4);
    run(&world, "mr list -R acme/shop/storefront -vv", 4);
    let secrets = secrets(&place, &witness);
    assert!(secrets.len() > 10, "{secrets:?}");
    for (line, outcome) in &outcomes {
        assert_clean(line, &outcome.stdout, &secrets);
        assert_clean(line, &outcome.stderr, &secrets);
    }
    for page in world.opened.lock().unwrap().iter() {
        assert_clean("the browser's address", page, &secrets);
    }
    // After the logout nothing is left on the disk either.
    assert_files_clean(&world.path(""), None, &secrets);
}

#[test]
fn no_file_but_the_store_has_a_secret() {
    let witness = Witness::default();
    let place = Place::with(witness.clone());
    let world = place.logged_in();
    place.clock.advance(Duration::from_hours(3));
    assert_eq!(world.run("mr list -R acme/shop/storefront -L 1").code, 0);
    let store = store_of(&world);
    assert_files_clean(&world.path(""), Some(&store), &secrets(&place, &witness));
    let kept = fs::read_to_string(&store).expect("a store");
    for grant in place.grants() {
        for name in ["code", "code_verifier", "refresh_token"] {
            let spent = field(&grant, name);
            assert!(spent.is_none_or(|spent| !kept.contains(spent)), "{name} is spent");
        }
    }
}

fn assert_files_clean(folder: &Path, but: Option<&Path>, secrets: &BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            assert_files_clean(&path, but, secrets);
        } else if Some(path.as_path()) != but {
            let bytes = fs::read(&path).expect("a file");
            assert_clean(&path.display().to_string(), &String::from_utf8_lossy(&bytes), secrets);
        }
    }
}

#[test]
fn errors_that_echo_our_request_are_redacted() {
    struct Echo;
    impl Intercept for Echo {
        fn reply(&self, request: &Received) -> Option<Reply> {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            (request.path() == "/oauth/token")
                .then(|| Reply::oauth_error(400, "invalid_request", &body))
        }
    }
    let place = Place::with(Echo);
    let world = place
        .world()
        .env("GITLAB_OAUTH_APP_ID", CONFIDENTIAL)
        .env("GITLAB_OAUTH_APP_SECRET", APP_SECRET)
        .in_browser(|page| drop(approve(&page)));
    for line in ["connect --oauth -vv", "connect --oauth --json -vv"] {
        let outcome = world.run(line);
        assert_eq!(outcome.code, 4, "{outcome:?}");
        let secrets = secrets(&place, &Witness::default());
        assert_clean(line, &outcome.stderr, &secrets);
        assert_clean(line, &outcome.stdout, &secrets);
    }
}

/// A script that is executable.
#[cfg(target_os = "linux")]
fn program(path: &std::path::Path, words: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, words).expect("a script");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a mode");
}

/// Starts the real binary in the world's working directory, for a login in the browser.
#[cfg(target_os = "linux")]
fn login_in_browser(place: &Place, world: &crate::support::world::World) -> std::process::Command {
    use std::process::{Command, Stdio};

    let mut glduo = Command::new(env!("CARGO_BIN_EXE_glduo"));
    glduo
        .args(["connect", "--oauth", "--wait", "20s"])
        .current_dir(&world.working_directory)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", world.path("home"))
        .env("SEEN", world.path("work/seen"))
        .env("GITLAB_INSTANCE_URL", place.sandbox.url())
        .env("GITLAB_OAUTH_APP_ID", CONFIDENTIAL)
        .env("GITLAB_OAUTH_CALLBACK_URL", place.callback_url())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    glduo
}

/// What a browser that was started wrote down.
#[cfg(target_os = "linux")]
fn seen(glduo: &mut std::process::Command, world: &crate::support::world::World) -> String {
    let mut glduo = glduo.spawn().expect("a process");
    let said = (0..500).find_map(|_| {
        std::thread::sleep(Duration::from_millis(20));
        fs::read_to_string(world.path("work/seen")).ok().filter(|said| said.ends_with('\n'))
    });
    glduo.kill().expect("killed");
    glduo.wait().expect("an end");
    said.expect("a browser that was started")
}

#[cfg(target_os = "linux")]
#[test]
fn the_browser_gets_no_secret() {
    let place = Place::new();
    let world = place.world();
    let script = world.path("work/browser");
    let words = "#!/bin/sh\n{ printf '%s\\n' \"$@\"; env; } > \"$SEEN.part\"\nmv \"$SEEN.part\" \"$SEEN\"\n";
    program(&script, words);
    let given = [
        ("GITLAB_OAUTH_APP_SECRET", APP_SECRET),
        ("GITLAB_TOKEN", "glpat-of-the-environment-01"),
        ("GITLAB_ACCESS_TOKEN", "glpat-of-the-environment-02"),
        ("CI_JOB_TOKEN", "glcbt-of-the-environment-03"),
    ];
    let said = seen(login_in_browser(&place, &world).env("BROWSER", &script).envs(given), &world);
    assert!(said.contains("code_challenge="), "{said}");
    assert_clean("the browser", &said, &given.map(|(_, secret)| secret.to_owned()).into());
}

#[cfg(target_os = "linux")]
#[test]
fn no_program_of_the_working_directory_is_a_browser() {
    let place = Place::new();
    let world = place.world();
    for name in ["xdg-open", "gio", "kde-open", "wslview", "x-www-browser", "firefox", "mine"] {
        program(&world.path(&format!("work/{name}")), "#!/bin/sh\necho planted > \"$SEEN\"\n");
    }
    fs::create_dir(world.path("bin")).expect("a folder");
    // As xdg-open does it, by name.
    let words = "#!/bin/sh\nfirefox \"$1\" || echo \"real $PATH\" > \"$SEEN\"\n";
    program(&world.path("bin/xdg-open"), words);
    let bin = world.path("bin").display().to_string();
    for (start, named, secret) in [
        (".:", "", ""),
        (":", "", "glpat-of-the-environment-01"),
        ("", "mine", ""),
        ("./:", "./mine", ""),
        ("../work:", "mine %s:bin/mine", "glpat-of-the-environment-01"),
    ] {
        let _ = fs::remove_file(world.path("work/seen"));
        let mut login = login_in_browser(&place, &world);
        login.env("PATH", format!("{start}{bin}:/usr/bin:/bin:")).env("BROWSER", named);
        login.env("DISPLAY", ":0").env("GITLAB_TOKEN", secret);
        let said = seen(&mut login, &world);
        assert_eq!(said, format!("real {bin}:/usr/bin:/bin\n"), "{start} {named}");
    }
}

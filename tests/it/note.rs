//! `glduo mr note` and `glduo issue note`: someone types that, GitLab is told this.

use std::sync::Arc;

use glduo::sandbox::{Intercept, Plan, Received, Reply, Sandbox};
use serde_json::{Value, json};

use crate::support::world::World;

fn sandbox() -> Sandbox {
    Sandbox::start(Plan { records: true, ..Plan::default() }).expect("a sandbox")
}

fn broken(intercept: impl Intercept + 'static) -> Sandbox {
    let plan = Plan { records: true, intercept: Some(Arc::new(intercept)), ..Plan::default() };
    Sandbox::start(plan).expect("a sandbox")
}

fn world(sandbox: &Sandbox) -> World {
    World::new()
        .env("GITLAB_INSTANCE_URL", sandbox.url())
        .env("GITLAB_TOKEN", sandbox.token())
        .env("GITLAB_REPO", sandbox.project())
}

/// Method and path of every request that was not a read.
fn writes(sandbox: &Sandbox) -> Vec<String> {
    let written = sandbox.requests().into_iter().filter(|request| request.method != "GET");
    written.map(|request| format!("{} {}", request.method, request.path())).collect()
}

/// The comments, oldest first.
fn comments(world: &World, what: &str) -> Vec<Value> {
    let shown = world.run(&format!("{what} -c --json")).json();
    let notes = shown["notes"].as_array().expect("notes").clone();
    notes.into_iter().filter(|note| note["system"] == false).collect()
}

#[test]
fn a_note_gives_its_address() {
    let sandbox = sandbox();
    let world = world(&sandbox);
    let noted = world.run_args(&["mr", "note", "42", "-m", "Looks good\n\nto me"]);
    let page = format!("{}/acme/shop/storefront/-", sandbox.url());
    assert_eq!(noted.stdout, format!("{page}/merge_requests/42#note_2880000017\n"));
    assert_eq!((noted.stderr.as_str(), noted.code), ("", 0));
    let last = comments(&world, "mr show 42").pop().expect("a comment");
    assert_eq!(
        (&last["id"], &last["body"]),
        (&json!(2_880_000_017_u64), &json!("Looks good\n\nto me"))
    );
    let noted = world.run_args(&["issue", "note", "#27", "-m", "- a list"]);
    assert_eq!(noted.stdout, format!("{page}/issues/27#note_2880000034\n"));
    assert!(world.run("issue show 27 -c").stdout.ends_with("Z\n- a list\n"));
}

#[test]
fn json_is_gitlabs_object() {
    let sandbox = sandbox();
    let noted = world(&sandbox).run("issue note 27 -m text --json").json();
    assert_eq!((&noted["body"], &noted["noteable_type"]), (&json!("text"), &json!("Issue")));
    assert_eq!(noted["author"]["username"], "mira.okafor");
    assert_eq!(sandbox.requests().len(), 1, "the address is not needed");
    let fields = world(&sandbox).run("mr note 42 -m text --json=body,noteable_iid");
    assert_eq!(fields.stdout, "{\"body\":\"text\",\"noteable_iid\":42}\n");
}

#[test]
fn the_text_comes_from_a_file_or_from_standard_input() {
    let sandbox = sandbox();
    let world = world(&sandbox).file("work/note.md", "from a file\n").stdin("from a pipe\n");
    let file = world.path("work/note.md");
    let file = file.to_str().expect("a path that is text");
    for (args, body) in [
        (vec!["-f", file], "from a file\n"),
        (vec![], "from a pipe\n"),
        (vec!["-f", "-"], "from a pipe\n"),
        (vec!["-m", "from a flag"], "from a flag"),
    ] {
        let args = [vec!["mr", "note", "42", "-q", ".body|tojson"], args].concat();
        let noted = world.run_args(&args);
        assert_eq!(noted.stdout, format!("{}\n", json!(body)), "{args:?}: {noted:?}");
    }
}

#[test]
fn a_note_without_a_text_is_refused_before_anything_is_sent() {
    let sandbox = sandbox();
    let long = "x".repeat(1_000_001);
    let person = || world(&sandbox).on_terminal(80);
    for (world, args, words) in [
        (world(&sandbox), vec!["mr", "note", "42"], "the note is empty"),
        (world(&sandbox), vec!["mr", "note", "42", "-m", " \n"], "the note is empty"),
        (world(&sandbox).stdin(" \n"), vec!["issue", "note", "27"], "the note is empty"),
        (person(), vec!["mr", "note", "42"], "no note: standard input is a terminal"),
        (person(), vec!["issue", "note", "27"], "no note: standard input is a terminal"),
        (
            world(&sandbox).stdin(long),
            vec!["mr", "note", "42"],
            "longer than the 1000000 characters",
        ),
        (world(&sandbox), vec!["mr", "note", "42", "-m", "a", "-f", "b"], "cannot be used with"),
        (
            world(&sandbox),
            vec!["mr", "note", "42", "-m", "a", "--replace", "a -->"],
            "a key is 1 to 64",
        ),
        (world(&sandbox), vec!["mr", "note", "42", "-m", "a", "--replace", ""], "a key is 1 to 64"),
        (world(&sandbox), vec!["issue", "note", "x", "-m", "a"], "is not the number of an issue"),
        (world(&sandbox), vec!["issue", "note", "-m", "a"], "required"),
    ] {
        let refused = world.run_args(&args);
        assert_eq!((refused.stdout.as_str(), refused.code), ("", 2), "{args:?}: {refused:?}");
        assert!(refused.stderr.contains(words), "{args:?}: {refused:?}");
        assert!(refused.stderr.contains("\nhint: "), "{args:?}: {refused:?}");
    }
    let missing = world(&sandbox).run("mr note 42 -f /nowhere/note.md");
    assert_eq!(missing.code, 1);
    assert!(missing.stderr.contains("/nowhere/note.md cannot be read"), "{missing:?}");
    assert!(sandbox.requests().is_empty());
}

#[test]
fn what_is_not_there_and_what_is_not_allowed_have_their_codes() {
    let sandbox = sandbox();
    for line in ["mr note 999 -m x", "issue note 999 -m x", "issue note 999 -m x --json"] {
        let missing = world(&sandbox).run(line);
        assert_eq!((missing.stdout.as_str(), missing.code), ("", 7), "{line}: {missing:?}");
    }
    let reader = World::new()
        .env("GITLAB_INSTANCE_URL", sandbox.url())
        .env("GITLAB_TOKEN", sandbox.token_named("read_api").expect("a token"))
        .env("GITLAB_REPO", sandbox.project());
    let refused = reader.run("mr note 42 -m x --json");
    assert_eq!((refused.code, refused.error()["code"].clone()), (4, json!("insufficient_scope")));
    let hint = refused.error()["hint"].as_str().unwrap_or_default().to_owned();
    assert!(hint.contains("scope api"), "{hint}");
}

/// Writing fails in one way; reading goes on.
struct Writing(u16);

impl Intercept for Writing {
    fn reply(&self, request: &Received) -> Option<Reply> {
        (request.method != "GET").then(|| Reply::message(self.0, "not now"))
    }
}

#[test]
fn a_note_is_never_sent_twice() {
    for (status, code) in [(429, 6), (500, 6), (502, 6), (503, 6), (504, 6), (401, 4), (409, 1)] {
        let sandbox = broken(Writing(status));
        for line in ["mr note 42 -m x", "issue note 27 -m x --replace k"] {
            let failed = world(&sandbox).run(line);
            assert_eq!((failed.stdout.as_str(), failed.code), ("", code), "{status} {failed:?}");
        }
        assert_eq!(writes(&sandbox).len(), 2, "{status}");
    }
}

#[test]
fn a_text_of_commands_makes_no_note_and_that_is_said() {
    let sandbox = sandbox();
    let commands = world(&sandbox).run("issue note 27 -m /close");
    assert_eq!((commands.stdout.as_str(), commands.code), ("", 0));
    assert!(commands.stderr.contains("no note; GitLab says: Closed this."), "{commands:?}");
    let object = world(&sandbox).run("issue note 27 -m /close --json").json();
    let expected =
        json!({ "commands_changes": { "state_event": "close" }, "summary": ["Closed this."] });
    assert_eq!(object, expected);
}

#[test]
fn text_from_a_file_or_standard_input_runs_no_quick_action() {
    let sandbox = sandbox();
    let text = "Fine.\n/approve\n/close\r\n```\n/close\n```\n/close\n";
    let world = world(&sandbox).stdin(text).file("work/note.md", text);
    let file = world.path("work/note.md");
    let file = file.to_str().expect("a path that is text");
    let safe = "Fine.\n&#47;approve\n&#47;close\r\n```\n/close\n```\n&#47;close\n";
    for args in [
        vec!["mr", "note", "42"],
        vec!["mr", "note", "42", "-f", "-"],
        vec!["mr", "note", "42", "-f", file],
        vec!["issue", "note", "27"],
        vec!["issue", "note", "27", "-f", file],
        vec!["mr", "note", "42", "-f", file, "--replace", "k"],
        vec!["mr", "note", "42", "-f", file, "--replace", "k"],
    ] {
        let noted = world.run_args(&args);
        assert_eq!(noted.code, 0, "{args:?}: {noted:?}");
        let sent = sandbox.requests().into_iter().rfind(|request| request.method != "GET");
        let sent: Value = serde_json::from_slice(&sent.expect("a note").body).expect("JSON");
        let body = sent["body"].as_str().expect("text");
        assert!(body.starts_with(safe.trim_end()), "{args:?}: {body:?}");
        let said = "glduo: posted as text, not run: /approve, /close; --quick-actions lets GitLab";
        assert!(noted.stderr.starts_with(said), "{args:?}: {noted:?}");
    }
}

#[test]
fn text_of_the_user_is_sent_as_it_is() {
    let text = "done\n/close\n";
    for args in [vec!["-m", text], vec!["--quick-actions"], vec!["--quick-actions", "-f", "-"]] {
        let sandbox = sandbox();
        let world = world(&sandbox).stdin(text);
        let noted = world.run_args(&[vec!["issue", "note", "27", "--json"], args].concat());
        assert_eq!((noted.code, noted.stderr.as_str()), (0, ""));
        let sent = sandbox.requests().pop().expect("a note");
        let sent: Value = serde_json::from_slice(&sent.body).expect("JSON");
        assert_eq!(sent["body"], text);
    }
    let many = (0..9).map(|number| format!("/a{number}")).collect::<Vec<_>>().join("\n");
    let sandbox = sandbox();
    let noted = world(&sandbox).stdin(many).run("issue note 27");
    assert!(noted.stderr.contains("not run: /a0, /a1, /a2, /a3, /a4, …;"), "{noted:?}");
}

#[test]
fn a_key_keeps_one_note() {
    let sandbox = sandbox();
    let world = world(&sandbox);
    let before = comments(&world, "mr show 42").len();
    let first = world.run_args(&["mr", "note", "42", "-m", "81 %", "--replace", "coverage"]);
    let other = world.run_args(&["mr", "note", "42", "-m", "slow", "--replace", "bench"]);
    let again = world.run_args(&["mr", "note", "42", "-m", "82 %\n", "--replace", "coverage"]);
    assert_eq!((first.code, &again.stdout), (0, &first.stdout));
    assert_ne!(other.stdout, first.stdout);
    let bodies: Vec<_> =
        comments(&world, "mr show 42")[before..].iter().map(|note| note["body"].clone()).collect();
    let expected = ["82 %\n\n<!-- glduo:note coverage -->", "slow\n\n<!-- glduo:note bench -->"];
    assert_eq!(bodies, expected);
    let notes = "/api/v4/projects/acme%2Fshop%2Fstorefront/merge_requests/42/notes";
    let expected =
        [format!("POST {notes}"), format!("POST {notes}"), format!("PUT {notes}/2880000017")];
    assert_eq!(writes(&sandbox), expected);
}

#[test]
fn a_note_of_someone_else_with_the_same_key_is_left_alone() {
    let sandbox = sandbox();
    let stranger = World::new()
        .env("GITLAB_INSTANCE_URL", sandbox.url())
        .env("GITLAB_TOKEN", sandbox.token_named("no_seat").expect("a token"))
        .env("GITLAB_REPO", sandbox.project());
    let theirs = stranger.run("issue note 27 -m theirs --replace nightly");
    let mine = world(&sandbox).run("issue note 27 -m mine --replace nightly");
    assert_eq!((theirs.code, mine.code), (0, 0), "{theirs:?} {mine:?}");
    assert_ne!(theirs.stdout, mine.stdout);
    assert!(writes(&sandbox).iter().all(|write| write.starts_with("POST ")));
    let bodies = comments(&world(&sandbox), "issue show 27");
    assert!(bodies.iter().any(|note| note["body"] == "theirs\n\n<!-- glduo:note nightly -->"));
}

/// Notes come two a page, so that the earlier one is not on the first.
struct SmallPages;

impl Intercept for SmallPages {
    fn reply(&self, request: &Received) -> Option<Reply> {
        let page_two = request.target.contains("page=2&");
        let me = json!({ "id": 9_214_406, "username": "mira.okafor" });
        let body = "old\r\n\r\n<!-- glduo:note k -->";
        let note = |id: u64, system: bool, body: &str| json!({ "id": id, "author": me, "system": system, "body": body });
        let quoted = "<!-- glduo:note k -->\nwas quoted";
        let rows = if page_two {
            json!([note(3, false, body), note(4, false, body)])
        } else {
            json!([note(1, true, body), note(2, false, quoted), { "id": 9, "author": null, "body": body }])
        };
        let is_list = request.method == "GET" && request.path().ends_with("/notes");
        let reply = Reply::json(200, rows.to_string());
        let next = format!("<{}&page=2&x=1>; rel=\"next\"", request.target);
        is_list.then(|| if page_two { reply } else { reply.with_header("link", next) })
    }
}

#[test]
fn the_oldest_of_my_notes_with_the_key_is_looked_for_on_every_page() {
    let sandbox = broken(SmallPages);
    let replaced = world(&sandbox).run("issue note 27 -m new --replace k");
    // Note 3 is none of the sandbox's own.
    assert_eq!(replaced.code, 7, "{replaced:?}");
    let written = writes(&sandbox);
    assert!(written.len() == 1 && written[0].starts_with("PUT "), "{written:?}");
    assert!(written[0].ends_with("/issues/27/notes/3"), "{written:?}");
}

#[test]
fn a_job_writes_on_its_merge_request_in_the_project_that_owns_it() {
    let sandbox = sandbox();
    let job = World::new()
        .env("GITLAB_CI", "true")
        .env("CI_SERVER_URL", sandbox.url())
        .env("CI_PROJECT_ID", "61840217")
        .env("CI_MERGE_REQUEST_IID", "7")
        .env("CI_MERGE_REQUEST_PROJECT_ID", "61840533");
    let with_token = |name: &str| sandbox.token_named(name).expect("a token").to_owned();
    let refused = World::new()
        .env("GITLAB_CI", "true")
        .env("CI_SERVER_URL", sandbox.url())
        .env("CI_MERGE_REQUEST_IID", "42")
        .env("CI_MERGE_REQUEST_PROJECT_ID", "61840217")
        .env("CI_JOB_TOKEN", with_token("job"))
        .run("mr note -m x --replace k --json");
    assert_eq!(refused.error()["code"], "job_token_unsupported", "{refused:?}");
    assert!(sandbox.requests().is_empty());
    let noted = job.env("GITLAB_TOKEN", with_token("api")).run("mr note -m passed");
    let page = format!("{}/acme/shop/price-importer/-/merge_requests/7", sandbox.url());
    assert_eq!(noted.stdout, format!("{page}#note_2880000017\n"), "{noted:?}");
}

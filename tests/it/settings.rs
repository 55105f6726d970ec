//! Where settings come from and which of them wins, seen by what is asked of whom.

use glduo::sandbox::{Reply, Sandbox};

use crate::support::gitlab::{answering, asked, at_home, connected, storefront};
use crate::support::world::{Outcome, World};

fn instance_config(url: &str) -> String {
    format!(r#"{{ "gitlab": {{ "instanceUrl": "{url}" }} }}"#)
}

/// A way to name something, the nearest first.
type Way = (&'static str, Set);
type Set = Box<dyn Fn(World, &str) -> World>;

fn variable(name: &'static str) -> Set {
    Box::new(move |world, value| world.env(name, value))
}

#[test]
fn the_nearest_name_of_the_instance_wins() {
    let ways: Vec<Way> = vec![
        ("GITLAB_INSTANCE_URL", variable("GITLAB_INSTANCE_URL")),
        ("GITLAB_HOST", variable("GITLAB_HOST")),
        ("GITLAB_URL", variable("GITLAB_URL")),
        (
            "CI_SERVER_URL",
            Box::new(|world, url| world.env("GITLAB_CI", "true").env("CI_SERVER_URL", url)),
        ),
        ("user file", Box::new(|world, url| world.user_config(&instance_config(url)))),
        (
            "administrator's file",
            Box::new(|world, url| world.file("etc/glduo/config.json", &instance_config(url))),
        ),
    ];
    let sandboxes: Vec<Sandbox> = ways.iter().map(|_| storefront()).collect();
    for (first, (name, _)) in ways.iter().enumerate() {
        let plain = World::new()
            .env("GITLAB_TOKEN", sandboxes[0].token())
            .env("GITLAB_REPO", "acme/shop/storefront");
        let named = ways.iter().zip(&sandboxes).skip(first);
        let world = named.fold(plain, |world, ((_, set), sandbox)| set(world, sandbox.url()));
        let before = asked(&sandboxes[first]).len();
        let outcome = world.run("mr list");
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{name}");
        assert_eq!(asked(&sandboxes[first]).len(), before + 1, "{name}");
        let last = &sandboxes[ways.len() - 1];
        let before = asked(last).len();
        let flagged = world.run(&format!("mr list --hostname {}", last.url()));
        assert_eq!((flagged.code, asked(last).len()), (0, before + 1), "--hostname, {name}");
    }
}

#[test]
fn ci_variables_count_in_ci_only_and_empty_ones_never() {
    let sandbox = storefront();
    let world = World::new()
        .env("GITLAB_INSTANCE_URL", "")
        .env("GITLAB_HOST", "")
        .env("GITLAB_TOKEN", "")
        .env("GITLAB_ACCESS_TOKEN", sandbox.token())
        .env("GITLAB_REPO", "")
        .env("GLDUO_CONFIG", "")
        .env("CI_SERVER_URL", "https://wrong.invalid")
        .env("CI_PROJECT_ID", "1")
        .user_config(&format!(
            r#"{{"gitlab":{{"instanceUrl":"{}"}},"plugins":{{"opencode-gitlab-plugin":{{"projectId":"acme/shop/storefront"}}}}}}"#,
            sandbox.url()
        ));
    let outcome = world.run("mr list");
    assert_eq!((outcome.code, outcome.stdout.lines().count()), (0, 7), "{}", outcome.stderr);
}

#[test]
fn the_nearest_name_of_the_project_wins() {
    let sandbox = storefront();
    let remote = format!("[remote \"origin\"]\n\turl = {}/remote/project.git\n", sandbox.url());
    let ways: Vec<Way> = vec![
        ("GITLAB_REPO", Box::new(|world, _| world.env("GITLAB_REPO", "variable/project"))),
        (
            "project file",
            Box::new(|world, _| {
                let text = r#"{"plugins":{"opencode-gitlab-plugin":{"projectId":"file/project"}}}"#;
                world.file("work/.glduo.json", text)
            }),
        ),
        ("CI", Box::new(|world, _| world.env("GITLAB_CI", "true").env("CI_PROJECT_ID", "4711"))),
        (
            "git",
            Box::new(|world, remote| {
                world.file("work/.git/HEAD", "ref: refs/heads/x\n").file("work/.git/config", remote)
            }),
        ),
        (
            "user file",
            Box::new(|world, _| {
                world.user_config(r#"{"plugins":{"opencode-gitlab-plugin":{"projectId":815}}}"#)
            }),
        ),
    ];
    let segments = ["variable%2Fproject", "file%2Fproject", "4711", "remote%2Fproject", "815"];
    for (first, segment) in segments.iter().enumerate() {
        let set = ways.iter().skip(first);
        let world = set.fold(connected(&sandbox), |world, (_, set)| set(world, &remote));
        assert_eq!(world.run("mr list").code, 7, "{}", ways[first].0);
        let last = asked(&sandbox).pop().unwrap_or_default();
        assert!(last.starts_with(&format!("GET projects/{segment}/")), "{}: {last}", ways[first].0);
        let link = format!("{}/link/project/-/merge_requests/3", sandbox.url());
        world.run(&format!("mr show --no-diff {link}"));
        let last = asked(&sandbox).pop().unwrap_or_default();
        assert_eq!(last, "GET projects/link%2Fproject/merge_requests/3", "{}", ways[first].0);
        world.run(&format!("mr show --no-diff -R flag/project {link}"));
        let last = asked(&sandbox).pop().unwrap_or_default();
        assert_eq!(last, "GET projects/flag%2Fproject/merge_requests/3", "{}", ways[first].0);
    }
}

fn broken(outcome: &Outcome, path: &str) {
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{outcome:?}");
    assert!(outcome.stderr.contains(path), "{path} is not in {}", outcome.stderr);
    assert!(outcome.stderr.contains("\nhint: "), "{}", outcome.stderr);
}

#[test]
fn a_broken_file_is_a_usage_error_with_its_place() {
    let sandbox = storefront();
    for file in ["etc/glduo/config.json", "home/.config/glduo/config.json", "work/.glduo.json"] {
        for (text, place) in [
            ("{\n  \"gitlab\": nonsense\n}", ":2:13: "),
            ("{ // a comment\n  \"gitlab\": {\"model\": 5}}\n", ":2:23: gitlab.model must be "),
            ("{\"gitlab\": {", ":1:"),
            ("[]", ":1:1: "),
        ] {
            let world = at_home(&sandbox).file(file, text);
            let path = world.path(file);
            let outcome = world.run("mr list");
            broken(&outcome, &format!("{}{place}", path.display()));
            assert_eq!(world.run("mr list --json").error()["code"], "usage");
        }
    }
    assert_eq!(asked(&sandbox), [""; 0]);
}

#[test]
fn comments_and_unknown_keys_are_welcome() {
    let sandbox = storefront();
    let text = "{\n  // mine\n  /* too */ \"theme\": \"dark\",\n  \"gitlab\": {\"odd\": 1}\n}";
    let world = at_home(&sandbox).user_config(text);
    let outcome = world.run("mr list -L 1 --quiet");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert_eq!(at_home(&sandbox).user_config(text).run("mr list -L 7").stderr, "");
    assert_eq!(at_home(&sandbox).user_config("").run("mr list").code, 0, "nothing is configured");
    let told = world.run("mr list -v").stderr;
    assert!(told.contains("unknown keys: ") && told.contains("theme"), "{told}");
    assert!(told.contains("gitlab.odd"), "{told}");
}

#[test]
fn a_project_file_cannot_say_where_tokens_go() {
    let (sandbox, other) = (storefront(), storefront());
    let text = format!(
        r#"{{"gitlab":{{"instanceUrl":"{0}","aiGatewayUrl":"{0}/-/ai_gateway","caFile":"/nowhere.pem","allowInsecureHttp":true,"oauth":{{"appId":"x"}},"workflow":{{"allow":["shell"]}},"model":"duo-chat-haiku-4-5"}}}}"#,
        other.url()
    );
    let world = at_home(&sandbox).file("work/.glduo.json", &text);
    let outcome = world.run("mr list");
    assert_eq!((outcome.code, outcome.stdout.lines().count()), (0, 7));
    let lead =
        format!("glduo: {}: ignored in a project file: ", world.path("work/.glduo.json").display());
    assert!(outcome.stderr.starts_with(&lead), "{}", outcome.stderr);
    for key in ["instanceUrl", "aiGatewayUrl", "caFile", "oauth", "workflow", "allowInsecureHttp"] {
        assert!(outcome.stderr.contains(key), "{key}: {}", outcome.stderr);
    }
    assert!(!outcome.stderr.contains("gitlab.model"), "{}", outcome.stderr);
    assert_eq!(world.run("chat hello").code, 0);
    assert_eq!(asked(&other), [""; 0]);
    let dry = world.run("chat hello --dry-run").stdout;
    assert!(dry.contains("haiku"), "the model may be chosen: {dry}");
}

#[test]
fn the_model_is_the_flags_then_the_environments_then_the_nearest_files() {
    let sandbox = storefront();
    let file = |model: &str| format!(r#"{{"gitlab":{{"model":"{model}"}}}}"#);
    let model = |world: World, line: &str| {
        let dry = world.run(&format!("chat hello --dry-run {line}")).stdout;
        ["haiku", "sonnet", "opus"].into_iter().find(|name| dry.contains(&format!("claude-{name}")))
    };
    let plain = || at_home(&sandbox);
    assert_eq!(model(plain(), ""), Some("sonnet"));
    assert_eq!(model(plain(), "--small"), Some("haiku"));
    let administrator = || plain().file("etc/glduo/config.json", &file("duo-chat-opus-4-5"));
    assert_eq!(model(administrator(), ""), Some("opus"));
    let user = || administrator().user_config(&file("haiku-4-5"));
    assert_eq!(model(user(), ""), Some("haiku"));
    let project = || user().file("work/.glduo.json", &file("duo-chat-sonnet-4-5"));
    assert_eq!(model(project(), ""), Some("sonnet"));
    let variable = || project().env("GITLAB_DUO_MODEL", "duo-chat-opus-4-5");
    assert_eq!(model(variable(), ""), Some("opus"));
    assert_eq!(model(variable(), "-m duo-chat-haiku-4-5"), Some("haiku"));
    let unknown = variable().run("chat hello -m duo-chat-haiku-4-6");
    assert_eq!((unknown.code, unknown.stdout.as_str()), (2, ""));
    assert!(unknown.stderr.contains("duo-chat-haiku-4-5"), "{}", unknown.stderr);
}

#[test]
fn instructions_of_every_level_come_first_and_in_order() {
    let sandbox = storefront();
    let file = |text: &str| format!(r#"{{"gitlab":{{"instructions":"{text}"}}}}"#);
    let world = at_home(&sandbox)
        .file("etc/glduo/config.json", &file("First."))
        .user_config(&file("Second."))
        .file("work/.glduo.json", &file("Third."))
        .env("GITLAB_DUO_INSTRUCTIONS", "Fourth.")
        .stdin("from a pipe");
    assert_eq!(world.run("chat hello -s Last.").code, 0);
    let requests = sandbox.requests();
    let request = requests.iter().find(|request| request.path().ends_with("/v1/messages"));
    let body = request.and_then(glduo::sandbox::Received::json).expect("a request").to_string();
    let places = ["First.", "Second.", "Third.", "Fourth.", "Last."]
        .map(|text| body.find(text).unwrap_or_else(|| panic!("{text} is not in {body}")));
    assert!(places.is_sorted(), "{body}");
    assert!(body.contains("hello\\n\\nfrom a pipe"), "{body}");
}

#[test]
fn files_that_are_named_must_be_there() {
    let sandbox = storefront();
    let missing = at_home(&sandbox).env("GLDUO_CONFIG", "/nowhere/config.json");
    broken(&missing.run("mr list"), "/nowhere/config.json");
    broken(&at_home(&sandbox).run("mr list --config nowhere.json"), "nowhere.json");
    let world = at_home(&sandbox)
        .file("work/mine.json", r#"{"gitlab":{"model":"duo-chat-opus-4-5"}}"#)
        .file("work/other.json", "{broken")
        .user_config("{broken")
        .env("GLDUO_CONFIG", "other.json");
    let outcome = world.run("chat hello --dry-run --config mine.json");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(outcome.stdout.contains("opus"));
}

#[test]
fn there_need_be_no_home() {
    let sandbox = storefront();
    for home in ["", "/nowhere", "relative"] {
        let outcome = at_home(&sandbox).env("HOME", home).run("mr list -L 7");
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{home:?}");
    }
}

#[test]
fn the_sandbox_is_not_the_administrators() {
    let sandbox = storefront();
    let world = || at_home(&sandbox).file("etc/glduo/config.json", "{broken");
    assert_eq!(world().run("mr list").code, 2);
    let sandboxed = world().env("GLDUO_SANDBOX_URL", sandbox.url()).run("mr list -L 7");
    assert_eq!((sandboxed.code, sandboxed.stderr.as_str()), (0, ""));
    let pretended = world().env("GLDUO_SANDBOX_URL", "http://127.0.0.1:1").run("mr list");
    assert_eq!(pretended.code, 2, "only for the sandbox itself");
    let elsewhere = world()
        .env("GLDUO_SANDBOX_URL", "https://glduo.invalid")
        .env("GITLAB_INSTANCE_URL", "https://glduo.invalid");
    assert_eq!(elsewhere.run("mr list --max-retries 0").code, 2, "a sandbox is on this machine");
}

#[test]
fn plain_http_leaves_this_machine_only_where_the_user_says_so() {
    let world = || World::new().env("GITLAB_TOKEN", "glpat-x");
    let line = "mr list -R a/b --instance http://glduo.invalid --max-retries 0";
    let refused = world().run(line);
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
    assert!(refused.stderr.contains("plain http"), "{}", refused.stderr);
    let config = r#"{"gitlab":{"allowInsecureHttp":true}}"#;
    for world in [
        world().env("GLDUO_ALLOW_INSECURE_HTTP", "1"),
        world().user_config(config),
        world().file("etc/glduo/config.json", config),
    ] {
        let outcome = world.run(line);
        assert_eq!(outcome.code, 6, "the name does not exist: {}", outcome.stderr);
        assert!(outcome.stderr.starts_with("glduo: warning: "), "{}", outcome.stderr);
    }
    let from_project = world().file("work/.glduo.json", config).run(line);
    assert_eq!(from_project.code, 2, "{}", from_project.stderr);
}

#[test]
fn the_path_of_an_instance_is_kept() {
    let sandbox = answering(|request| {
        let rows = request.path().ends_with("/merge_requests");
        Some(Reply::json(200, if rows { "[]" } else { r#"{"id":1,"iid":3}"# }))
    });
    let base = format!("{}/gitlab", sandbox.url());
    let world = World::new()
        .env("GITLAB_HOST", format!("{base}/"))
        .env("GITLAB_TOKEN", "glpat-x")
        .file("work/.git/HEAD", "ref: refs/heads/x\n")
        .file("work/.git/config", &format!("[remote \"origin\"]\n\turl = {base}/a/b.git\n"));
    assert_eq!(world.run("mr list --json").stdout, "[]\n");
    assert_eq!(
        world.run(&format!("mr show --no-diff --json {base}/c/d/-/merge_requests/3")).code,
        0
    );
    let paths: Vec<String> =
        sandbox.requests().iter().map(|request| request.path().to_owned()).collect();
    assert_eq!(
        paths,
        [
            "/gitlab/api/v4/projects/a%2Fb/merge_requests",
            "/gitlab/api/v4/projects/c%2Fd/merge_requests/3"
        ]
    );
    let outside = format!("mr show {}/c/d/-/merge_requests/3", sandbox.url());
    assert_eq!(world.run(&outside).code, 2, "not below the instance's path");
}

#[test]
fn a_ci_job_is_never_asked_for_anything() {
    for variable in ["CI", "GITLAB_CI"] {
        let world = World::new()
            .env("GITLAB_INSTANCE_URL", "https://gitlab.example.com")
            .env(variable, "true")
            .on_terminal(80)
            .answering(&["glpat-typed-by-a-person-01"]);
        let refused = world.run("connect");
        assert_eq!(refused.code, 2, "{variable}: {refused:?}");
        assert!(!refused.stderr.contains("Token"), "{variable}: {refused:?}");
    }
}

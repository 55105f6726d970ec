//! Nothing outside is read or written, git's and our own files are not written, secrets are
//! not read: by paths, links and races alike.

use std::fs;
#[cfg(unix)]
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

const OUTSIDE: &str = "outside the working directory";

/// Every tool that takes a path, on this one.
fn all_on(path: &str) -> [Call; 6] {
    let edit = edit(path, "the outside", "changed");
    [read(path), write(path, "changed"), edit, list(path), grep("outside", path), mkdir(path)]
}

#[test]
fn dots_and_absolute_paths_do_not_lead_out() {
    let world = World::new();
    world.put("work/a/b", "");
    let absolute = world.path("outside/secret").display().to_string();
    let beside = world.path("work-beside").display().to_string();
    for path in ["../outside/secret", "a/../../outside/secret", &absolute, &beside, "/", "/etc"] {
        for call in all_on(path) {
            assert!(world.no(call).ends_with(OUTSIDE), "{path}");
        }
    }
    assert!(!world.path("work-beside").exists());
    assert_eq!(world.get("outside/secret"), "the outside");
}

#[test]
fn an_absolute_path_inside_is_the_same_file() {
    let world = World::new();
    world.put("work/a/b", "inside");
    let absolute = world.path("work/a/../a/b").display().to_string();
    assert_eq!(world.ok(read(&absolute)), "inside");
    assert_eq!(world.ok(read("a/./../a/b")), "inside");
}

#[cfg(unix)]
#[test]
fn links_to_the_outside_are_refused_and_links_inside_followed() {
    let world = World::new();
    world.put("work/a/b", "inside");
    world.link(world.path("outside"), "work/absolute");
    world.link("../outside", "work/relative");
    world.link("../outside/secret", "work/file");
    world.link("../outside/new", "work/new");
    world.link("absolute/secret", "work/through");
    world.link("a", "work/in");
    world.link(world.path("work/a"), "work/in-absolute");
    for path in
        ["absolute/secret", "relative/secret", "file", "through", "new", "absolute/fresh/deep"]
    {
        for call in all_on(path) {
            assert!(world.no(call).ends_with(OUTSIDE), "{path}");
        }
    }
    assert_eq!(world.ok(read("in/b")), "inside");
    assert_eq!(world.ok(read("in-absolute/b")), "inside");
    world.ok(write("in/b", "changed"));
    assert_eq!(world.get("work/a/b"), "changed");
    assert_eq!(fs::read_dir(world.path("outside")).expect("a directory").count(), 1);
    assert!(!world.ok(find("secret")).contains("secret"));
    assert!(!world.ok(grep("the outside", "")).contains("secret"));
    world.link("round", "work/round");
    assert!(world.no(read("round")).contains("too many links"));
}

#[cfg(unix)]
struct StopOnDrop<'a>(&'a AtomicBool);

#[cfg(unix)]
impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Another process swaps a directory, and a file, for a link to the outside and back while the
/// tools are at work.
#[cfg(unix)]
#[test]
fn a_race_with_links_reads_and_writes_nothing_outside() {
    let world = World::new();
    world.put("work/swap/secret", "inside");
    world.put("work/file", "inside");
    let tools = world.tools();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (swap, aside) = (world.path("work/swap"), world.path("work/aside"));
            let (file, other) = (world.path("work/file"), world.path("work/other"));
            while !stop.load(Ordering::Relaxed) {
                let _ = fs::rename(&swap, &aside);
                let _ = std::os::unix::fs::symlink("../outside", &swap);
                let _ = std::os::unix::fs::symlink("../outside/secret", &other);
                let _ = fs::rename(&other, &file);
                let _ = fs::remove_file(&swap);
                let _ = fs::rename(&aside, &swap);
                let _ = fs::write(&other, "inside").and_then(|()| fs::rename(&other, &file));
            }
        });
        // Also after a failed assertion, or the scope would wait for ever.
        let _stop = StopOnDrop(&stop);
        for round in 0..1_000 {
            for call in [
                read("swap/secret"),
                read("file"),
                write("swap/fresh", "x"),
                write("file", "inside"),
                edit("swap/secret", "inside", "inside "),
                edit("swap/secret", "inside ", "inside"),
                list("swap"),
                grep("the outside", "swap"),
                mkdir(&format!("swap/d{}/e", round % 4)),
            ] {
                let text = run(&tools, call.clone()).text;
                assert!(!text.contains("the outside"), "{call:?}: {text}");
            }
        }
    });
    assert_eq!(world.get("outside/secret"), "the outside");
    assert_eq!(fs::read_dir(world.path("outside")).expect("a directory").count(), 1);
}

#[test]
fn the_workspace_stays_what_was_opened() {
    let world = World::new();
    world.put("work/a", "inside");
    let tools = world.tools();
    fs::rename(world.path("work"), world.path("moved")).expect("renamed");
    world.put("work/a", "another");
    assert_eq!(run(&tools, read("a")).text, "inside");
}

#[test]
fn git_is_not_written_in_any_spelling() {
    let world = World::new();
    world.put("work/.git/config", "[core]\n");
    world.put("work/a/b", "");
    for path in [
        ".git/hooks/post-checkout",
        ".GIT/hooks/x",
        ".Git/config",
        "./a/../.git/config",
        ".git./config",
        ".git /config",
        "GIT~1/config",
        ".git::$INDEX_ALLOCATION/config",
        "sub/.git",
        "new/.git/hooks/x",
        ".g\u{200d}it/config",
    ] {
        for call in [write(path, "x"), mkdir(path)] {
            let text = world.no(call);
            assert!(text.ends_with("tools never write git's own files"), "{path}: {text}");
        }
    }
    assert_eq!(world.get("work/.git/config"), "[core]\n");
    assert!(!world.path("work/sub").exists() && !world.path("work/new").exists());
}

#[cfg(unix)]
#[test]
fn git_is_not_written_through_links_pointer_files_or_as_a_bare_repository() {
    let world = World::new();
    world.put("work/.git", "gitdir: real\n");
    world.put("work/real/config", "");
    world.link("real", "work/alias");
    for name in ["HEAD", "objects/x", "refs/x"] {
        world.put(&format!("work/bare/{name}"), "");
    }
    for name in ["HEAD", "commondir"] {
        world.put(&format!("work/tree/{name}"), "");
    }
    for path in ["real/hooks/x", "alias/config", "REAL/x", "bare/config", "bare/hooks/x", "tree/x"]
    {
        assert!(world.no(write(path, "x")).contains("git's own files"), "{path}");
    }
    world.ok(write("realistic", "x"));
    assert!(world.no(read("bare/config-of-a-clone")).contains("git's own files"));
    world.put("work/bare/config", "needle");
    assert!(world.no(read("bare/config")).contains("git's own files"));
    assert_eq!(world.ok(grep("needle", "")), "");
}

/// Every order of four things.
fn orders(of: [&str; 4]) -> Vec<Vec<&str>> {
    let mut orders = vec![Vec::new()];
    for _ in of {
        let longer = orders.iter().flat_map(|order: &Vec<&str>| {
            let left = of.into_iter().filter(|one| !order.contains(one));
            left.map(|one| [order.as_slice(), &[one]].concat()).collect::<Vec<_>>()
        });
        orders = longer.collect();
    }
    orders
}

#[test]
fn no_sequence_of_writes_makes_a_git_directory() {
    for below in ["", "sub/", "new/deep/"] {
        for order in orders(["HEAD", "objects", "refs", "config"]) {
            let world = World::new();
            world.put("work/sub/x", "");
            let tools = world.tools();
            for name in &order {
                let path = format!("{below}{name}");
                let call = match *name {
                    "HEAD" => write(&path, "ref: refs/heads/main\n"),
                    "config" => write(&path, "[core]\n\tfsmonitor = touch pwned\n"),
                    "objects" => mkdir(&path),
                    _ => write(&format!("{path}/heads/x"), ""),
                };
                run(&tools, call);
            }
            let there = |name: &&str| world.path(&format!("work/{below}{name}")).exists();
            let parts = ["HEAD", "objects", "refs"];
            assert_eq!(parts.iter().filter(|name| there(name)).count(), 2, "{below} {order:?}");
        }
    }
    let world = World::new();
    let tools = world.tools();
    assert!(run(&tools, write("t/commondir", "../x")).ok);
    assert!(run(&tools, write("t/HEAD", "ref: x")).text.contains("git's own files"));
    assert!(run(&tools, write("t/head", "ref: x")).text.contains("git's own files"));
}

#[cfg(unix)]
#[test]
fn what_a_git_pointer_leads_to_is_not_written_before_it_exists() {
    let world = World::new();
    world.put("work/sub/.git", "gitdir: ../store\n");
    world.put("work/deep/er/.git", format!("gitdir: {}\n", world.path("work/absolute").display()));
    world.put("work/odd/.git", "gitdir: ../missing/../odd-store\n");
    world.put("work/.gitignore", "ignored/\n");
    world.put("work/ignored/.git", "gitdir: ../ignored-store\n");
    world.put("work/whole/.git/commondir", "../../shared\n");
    fs::create_dir(world.path("work/linked")).expect("a directory");
    world.link("../link-store", "work/linked/.git");
    let tools = world.tools();
    for store in
        ["store", "STORE", "absolute", "odd-store", "ignored-store", "shared", "link-store"]
    {
        for call in [write(&format!("{store}/config"), "x"), mkdir(&format!("{store}/hooks"))] {
            let text = run(&tools, call).text;
            assert!(text.contains("git's own files"), "{store}: {text}");
        }
        assert!(!world.path("work").join(store).exists());
    }
    assert!(run(&tools, write("stores", "x")).ok);
    let world = World::new();
    world.put("work/sub/.git", "gitdir: ..\n");
    assert!(world.no(write("config", "x")).contains("git's own files"));
}

#[test]
fn nothing_is_written_from_inside_a_git_directory() {
    let world = World::new();
    for name in
        ["repo/.git/HEAD", "repo/.git/hooks/x", "bare/HEAD", "bare/objects/x", "bare/refs/x"]
    {
        world.put(name, "");
    }
    for directory in ["repo/.git", "repo/.git/hooks", "bare", "bare/refs"] {
        let inside = Workspace::open(&world.path(directory), &world.boundaries, &world.env);
        let tools = Tools::new(inside.expect("a workspace"), world.env.clone());
        for call in [write("config", "x"), mkdir("hooks/y")] {
            let text = run(&tools, call).text;
            assert!(text.contains("git's own files"), "{directory}: {text}");
        }
    }
}

#[test]
fn what_the_run_writes_into_an_ignore_file_shows_nothing_more() {
    for (path, how) in [
        (".gitignore", write(".gitignore", "")),
        (".gitignore", write(".gitignore", "!*.log\n!build/\n")),
        (".gitignore", edit(".gitignore", "*.log", "x")),
        ("sub/.gitignore", write("sub/.gitignore", "!*.log\n")),
        ("sub/.gitignore", edit("sub/.gitignore", "keep", "!x.log\nkeep")),
        (".gitignore", shell("rm .gitignore sub/.gitignore; echo '!x.log' > sub/.gitignore")),
    ] {
        let world = World::new();
        world.put("work/.gitignore", "*.log\nbuild/\n");
        world.put("work/sub/.gitignore", "keep\n");
        for file in ["x.log", "build/a", "sub/x.log", "sub/keep"] {
            world.put(&format!("work/{file}"), "needle");
        }
        let tools = world.tools();
        assert!(run(&tools, how.clone()).ok, "{how:?}");
        assert!(!path.is_empty());
        for file in ["x.log", "build/a", "sub/x.log", "sub/keep"] {
            let text = run(&tools, read(file)).text;
            assert!(text.contains("ignored by git"), "{how:?}: {file}: {text}");
        }
        assert_eq!(run(&tools, grep("needle", "")).text, "", "{how:?}");
    }
}

#[test]
fn what_the_run_adds_to_an_ignore_file_is_ignored() {
    let world = World::new();
    world.put("work/target/a", "needle");
    let tools = world.tools();
    assert_eq!(run(&tools, grep("needle", "")).text, "target/a:1:needle\n");
    assert!(run(&tools, write(".gitignore", "target/\n")).ok);
    assert_eq!(run(&tools, grep("needle", "")).text, "");
}

#[test]
fn a_hard_link_to_our_own_files_is_not_read() {
    let mut world = World::new();
    world.put("home/.local/share/glduo/credentials.json", "needle");
    world.put("home/.local/share/glduo/deep/er.json", "needle");
    world.put("work/readme", "needle");
    let link = |from: &str, to: &str| fs::hard_link(world.path(from), world.path(to));
    link("home/.local/share/glduo/credentials.json", "work/notes.txt").expect("a link");
    link("home/.local/share/glduo/deep/er.json", "work/more.txt").expect("a link");
    link("work/readme", "work/copy").expect("a link");
    world.boundaries = Boundaries::new(&world.env, Vec::new(), []);
    for path in ["notes.txt", "more.txt"] {
        for call in [read(path), edit(path, "needle", "x"), grep("needle", path)] {
            let outcome = world.run(call.clone());
            assert!(outcome.refused && outcome.text.contains("glduo's own"), "{call:?}");
        }
    }
    assert_eq!(world.ok(grep("needle", "")), "copy:1:needle\nreadme:1:needle\n");
}

#[test]
fn in_a_home_directory_credentials_of_other_tools_are_not_read() {
    let world = World::new();
    let secrets = [
        ".config/gh/hosts.yml",
        ".config/glab-cli/config.yml",
        ".cargo/credentials",
        ".cargo/credentials.toml",
        ".config/gcloud/credentials.db",
        ".netrc",
        ".kube/config",
        ".docker/config.json",
        ".aws/credentials",
        ".azure/accessTokens.json",
        ".npmrc",
        ".pypirc",
        ".ssh/config",
        ".gnupg/private-keys-v1.d/x",
        ".pgpass",
        ".git-credentials",
        ".config/op/config",
        ".terraform.d/credentials.tfrc.json",
    ];
    for path in secrets {
        world.put(&format!("work/{path}"), "needle");
        assert!(world.run(read(path)).refused, "{path}");
        assert!(world.run(grep("needle", path)).refused, "{path}");
    }
    assert_eq!(world.ok(grep("needle", "")), "");
    assert_eq!(world.ok(find("*")), "");
}

#[test]
fn our_own_files_are_neither_written_nor_read() {
    let mut world = World::new();
    world.put("work/.config/glduo/config.json", "{}");
    world.put("work/.glduo.json", "{}");
    let env = Environment::of([("HOME", world.path("work"))]);
    world.boundaries = Boundaries::new(&env, Vec::new(), [world.path("work/my.json")]);
    for path in [
        ".config/glduo/config.json",
        ".config/GLDUO/config.json",
        ".local/share/glduo/credentials.json",
        ".cache/glduo/x",
        "my.json",
        ".glduo.json",
        "sub/.GLDUO.json",
    ] {
        assert!(world.no(write(path, "x")).contains("glduo's own files"), "{path}");
    }
    assert!(world.no(read(".config/glduo/config.json")).contains("glduo's own files"));
    assert_eq!(world.ok(read(".glduo.json")), "{}");
    world.ok(write(".config/other", "x"));
}

#[test]
fn secrets_and_ignored_files_are_read_only_where_they_are_named() {
    let mut world = World::new();
    world.put("work/.git/HEAD", "ref: refs/heads/main\n");
    world.put("work/.git/info/exclude", "private\n");
    world.put("work/.gitignore", "*.log\nbuild/\n");
    world.put("work/sub/.gitignore", "!keep.log\n");
    let kept =
        [".env", ".env.local", "id_rsa", "k.pem", "x.log", "build/a", "private", ".git/HEAD"];
    for path in kept {
        world.put(&format!("work/{path}"), "needle");
    }
    world.put("work/sub/keep.log", "needle");
    for path in kept {
        assert!(world.no(read(path)).contains("not read, because"), "{path}");
        assert!(world.no(edit(path, "needle", "x")).contains("not read, because"), "{path}");
        assert!(world.no(grep("needle", path)).contains("not read, because"), "{path}");
    }
    assert!(world.no(list("build")).contains("ignored by git"));
    assert_eq!(world.ok(grep("needle", "")), "sub/keep.log:1:needle\n");
    assert_eq!(world.ok(find("*.log")), "sub/keep.log\n");
    world.boundaries.named = vec![".env".into(), world.path("work/x.log")];
    assert_eq!(world.ok(read(".env")), "needle");
    assert_eq!(world.ok(read("x.log")), "needle");
    assert!(world.no(read("id_rsa")).contains("keys or passwords"));
    assert!(world.ok(grep("needle", "")).starts_with(".env:1:needle\nsub"));
}

#[cfg(unix)]
#[test]
fn a_link_does_not_give_a_secret_another_name() {
    let world = World::new();
    world.put("work/.env", "needle");
    world.link(".env", "work/readme");
    assert!(world.no(read("readme")).contains("dot-env"));
    assert_eq!(world.ok(grep("needle", "")), "");
}

#[test]
fn ignore_files_above_the_working_directory_count() {
    let mut world = World::new();
    world.put("work/.git/HEAD", "");
    world.put("work/.gitignore", "dist/\n/inner/here\n");
    world.put("work/inner/dist/a", "x");
    world.put("work/inner/here", "x");
    world.put("home/.config/git/ignore", "*.mine\n");
    world.put("work/inner/a.mine", "x");
    let inner = Workspace::open(&world.path("work/inner"), &world.boundaries, &world.env);
    let tools = Tools::new(inner.expect("a workspace"), world.env.clone());
    for path in ["dist/a", "here", "a.mine"] {
        assert!(run(&tools, read(path)).text.contains("ignored by git"), "{path}");
    }
    world.boundaries.named.push("a.mine".into());
}

#[test]
fn what_no_tool_does_here_is_told_from_what_failed() {
    let world = World::new();
    world.put("work/.env", "SECRET=1");
    let refused = |call| world.run(call).refused;
    for call in [read("../x"), read(".env"), write(".git/config", ""), mkdir("/etc/x")] {
        assert!(refused(call.clone()), "{call:?}");
    }
    let many = |paths: [&str; 2]| Call::ReadMany { paths: paths.map(str::to_owned).to_vec() };
    assert!(refused(many(["b", ".env"])) && !refused(many(["b", "c"])));
    assert!(!refused(read("missing")) && !refused(shell("false")) && !refused(list("")));
}

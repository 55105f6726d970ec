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

//! The tools as the workflow service meets them, in real directories with real links, races,
//! processes and repositories.

mod commands;
mod fences;
mod files;
mod git;

use std::fs;
use std::path::Path;

use crate::system::environment::Environment;

use super::{Boundaries, Call, Cancel, Decision, Outcome, Policy, Timeout, Tools, Workspace};

/// A working directory `work` beside a directory `outside` that nothing may reach.
struct World {
    base: tempfile::TempDir,
    boundaries: Boundaries,
    env: Environment,
}

impl World {
    fn new() -> Self {
        let base = tempfile::tempdir().expect("a directory");
        for name in ["work", "outside", "home"] {
            fs::create_dir(base.path().join(name)).expect("a directory");
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let home = base.path().join("home").into_os_string();
        let token = "glpat-not-for-children".into();
        let env = Environment::of([("PATH", path), ("HOME", home), ("GITLAB_TOKEN", token)]);
        let world = Self { base, boundaries: Boundaries::default(), env };
        world.put("outside/secret", "the outside");
        world
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.base.path().join(name)
    }

    fn put(&self, name: &str, contents: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
        fs::write(path, contents).expect("a file");
    }

    fn get(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a file")
    }

    #[cfg(unix)]
    fn link(&self, target: impl AsRef<Path>, name: &str) {
        std::os::unix::fs::symlink(target, self.path(name)).expect("a link");
    }

    fn tools(&self) -> Tools {
        let workspace = Workspace::open(&self.path("work"), &self.boundaries, &self.env);
        Tools::new(workspace.expect("a workspace"), self.env.clone())
    }

    fn run(&self, call: Call) -> Outcome {
        run(&self.tools(), call)
    }

    fn ok(&self, call: Call) -> String {
        let outcome = self.run(call);
        assert!(outcome.ok, "{}", outcome.text);
        outcome.text
    }

    /// Why it was not done.
    fn no(&self, call: Call) -> String {
        let outcome = self.run(call);
        assert!(!outcome.ok, "it was done: {}", outcome.text);
        outcome.text
    }
}

fn run(tools: &Tools, call: Call) -> Outcome {
    run_until(tools, call, &Cancel::default())
}

fn run_until(tools: &Tools, call: Call, cancel: &Cancel) -> Outcome {
    let policy = Policy::new(["all"], Vec::<String>::new(), false).expect("a policy");
    let Decision::Allowed(permit) = policy.decide(call) else {
        panic!("all is allowed");
    };
    tools.run(permit, cancel)
}

fn read(path: &str) -> Call {
    Call::Read { path: path.to_owned(), offset: None, limit: None }
}

fn write(path: &str, contents: &str) -> Call {
    Call::Write { path: path.to_owned(), contents: contents.to_owned() }
}

fn edit(path: &str, old: &str, new: &str) -> Call {
    Call::Edit { path: path.to_owned(), old: old.to_owned(), new: new.to_owned() }
}

fn list(path: &str) -> Call {
    Call::List { path: path.to_owned() }
}

fn find(pattern: &str) -> Call {
    Call::Find { pattern: pattern.to_owned() }
}

fn grep(keyword: &str, directory: &str) -> Call {
    let (keywords, directory) = (vec![keyword.to_owned()], directory.to_owned());
    Call::Grep { keywords, directory, case_insensitive: false }
}

fn mkdir(path: &str) -> Call {
    Call::Mkdir { path: path.to_owned() }
}

fn git(line: &str) -> Call {
    let mut words = super::words(line).expect("closed quotes");
    Call::Git { command: words.remove(0), arguments: words }
}

fn shell(command: &str) -> Call {
    Call::Shell { command: command.to_owned(), timeout: Timeout::default() }
}

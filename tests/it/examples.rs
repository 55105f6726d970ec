//! What the help and the README show can be typed: every example runs against the sandbox.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use crate::support::process::{glduo, parts};
use crate::support::world::project_folder;

/// Files that the examples name.
const FILES: [(&str, &str); 11] = [
    ("CHANGELOG.md", "# Changelog\n"),
    ("coverage.md", "81 percent\n"),
    ("notes.txt", "The cart is slow with many articles.\n"),
    ("reply.json", "true\n"),
    ("report.md", "All is well\n"),
    ("report.txt", "All is well\n"),
    ("review.json", "{\"summary\":\"Fine\",\"comments\":[]}\n"),
    ("src/main.rs", "fn main() {}\n"),
    ("src/cart.rs", "fn cart() {}\n"),
    ("style.md", "Be brief.\n"),
    ("token.txt", "glpat-sandbox-api-0000000001\n"),
];

/// Lines that serve until they are stopped, or wait for a person: (what they begin with, why).
const NEVER_END: [(&str, &str); 3] = [
    ("glduo sandbox --port", "serves until Ctrl-C"),
    ("glduo connect --oauth", "waits for a person with a browser"),
    ("glduo connect --device", "waits for a person with another device"),
];

/// Lines that cannot end with 0 here.
const OTHER_ENDS: [(&str, i32, &str); 11] = [
    ("glduo doctor --instance gitlab.example.com --timeout 3", 6, "there is no such host"),
    ("glduo pipeline show --watch", 3, "the pipeline failed"),
    ("glduo pipeline show --mr 42 -j unit --log --watch", 3, "the job failed"),
    ("glduo conversation show 20261123", 7, "nothing was saved"),
    ("glduo conversation delete 20261123", 7, "nothing was saved"),
    ("glduo chat --session 20261123-120000 \"And then?\"", 0, "a new conversation"),
    ("glduo connect", 2, "nobody is there to be asked"),
    ("glduo connect --instance gitlab.example.com", 2, "nobody is there to be asked"),
    ("glduo connect logout", 4, "there is no connection"),
    ("glduo mr show 42 --diff | git apply", 1, "the files are not there"),
    (
        "glduo chat --schema reply.json -f report.txt \"Fill this in\"",
        1,
        "the sandbox's model answers in text",
    ),
];

/// How many run at the same time: most of them wait for a paced answer.
const AT_ONCE: usize = 6;

#[test]
fn every_example_works() {
    let mut command = glduo::command();
    command.build();
    let mut examples = Vec::new();
    collect(&command, &mut examples);
    assert!(examples.len() > 30, "{examples:?}");
    let of_readme = readme();
    assert!(of_readme.len() > 30, "{of_readme:?}");
    examples.extend(of_readme);
    examples.sort();
    examples.dedup();
    for (line, ..) in OTHER_ENDS {
        assert!(examples.iter().any(|example| example == line), "nothing shows {line}");
    }
    all_work(examples);
}

/// The lines of the README's shell blocks that run glduo, without their comments.
fn readme() -> Vec<String> {
    let page = fs::read_to_string(project_folder().join("README.md")).expect("README.md");
    let mut lines = Vec::new();
    for block in page.split("\n```sh\n").skip(1) {
        let (block, _) = block.split_once("\n```").expect("an end of the block");
        let runs = |line: &&str| line.starts_with("glduo ") || line.contains(" | glduo ");
        let lead = |line: &str| line.split("  #").next().unwrap_or(line).trim().to_owned();
        let of_cargo = |line: &&str| line.starts_with("cargo ");
        lines.extend(block.lines().filter(runs).filter(|line| !of_cargo(line)).map(lead));
    }
    lines
}

/// The lines below `Examples:` in the help of a command and of all below it.
fn collect(command: &clap::Command, examples: &mut Vec<String>) {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let lines = help.lines().skip_while(|line| *line != "Examples:").skip(1);
    for line in lines.take_while(|line| line.starts_with("  ")) {
        if !examples.iter().any(|known| known == line.trim()) {
            examples.push(line.trim().to_owned());
        }
    }
    for inner in command.get_subcommands() {
        collect(inner, examples);
    }
}

fn all_work(mut lines: Vec<String>) {
    lines.retain(|line| !NEVER_END.iter().any(|(start, _)| line.starts_with(start)));
    let waiting = Mutex::new(lines);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(line) = waiting.lock().expect("the lines").pop() else { break };
                    if let Err(why) = run(&line) {
                        failures.lock().expect("the failures").push(format!("{line}\n{why}"));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("the failures");
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// Runs a line as it stands, in a working tree on a branch of the sandbox's project, which is the
/// home folder, too.
fn run(line: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in FILES {
        write(&folder.path().join(name), text);
    }
    fs::create_dir_all(folder.path().join(".local/share/bash-completion/completions"))
        .expect("folders");
    let script = format!("git init -q -b discount-before-shipping . && {line}");
    let mut command = glduo("sandbox --");
    command.args(["/bin/sh", "-c", &script]).current_dir(folder.path()).env("HOME", folder.path());
    let (code, _, stderr) = parts(&command.output().expect("an end"));
    let other = OTHER_ENDS.iter().find(|(other, ..)| *other == line);
    let wanted = other.map_or(0, |(_, code, _)| *code);
    if code == wanted { Ok(()) } else { Err(format!("{code}: {stderr}")) }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    fs::write(path, text).expect("a file");
}

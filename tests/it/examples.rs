//! What the help shows can be typed: every example of every command runs against the sandbox.

use crate::support::process::{glduo, parts};

/// Files that the examples name.
const FILES: [(&str, &str); 5] = [
    ("CHANGELOG.md", "# Changelog\n"),
    ("notes.txt", "The cart is slow with many articles.\n"),
    ("token.txt", "glpat-sandbox-api-0000000001\n"),
    ("coverage.md", "81 percent\n"),
    ("report.md", "All is well\n"),
];

/// Lines that cannot end with 0 here: who watches learns that the pipeline failed, and without a
/// terminal nobody is asked how to connect.
const OTHER_ENDS: [(&str, i32); 3] = [
    ("glduo pipeline show --watch", 3),
    ("glduo pipeline show --mr 42 -j unit --log --watch", 3),
    ("glduo connect --instance gitlab.example.com", 2),
];

/// It waits for a person with a browser.
const WAITS: &str = "glduo connect --device --scopes \"api openid profile\"";

#[test]
fn every_example_of_the_help_works() {
    let mut command = glduo::command();
    command.build();
    let mut examples = Vec::new();
    collect(&command, &mut examples);
    assert!(examples.len() > 30, "{examples:?}");
    let failures: Vec<String> = examples
        .iter()
        .filter(|line| *line != WAITS)
        .filter_map(|line| run(line).err().map(|why| format!("{line}\n{why}")))
        .collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
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

/// Runs a line as it stands, in a working tree on a branch of the sandbox's project.
fn run(line: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in FILES {
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    let script = format!("git init -q -b discount-before-shipping . && {line}");
    let mut command = glduo("sandbox --");
    command.args(["/bin/sh", "-c", &script]).current_dir(folder.path());
    let (code, _, stderr) = parts(&command.output().expect("an end"));
    let wanted = OTHER_ENDS.iter().find(|(other, _)| *other == line).map_or(0, |(_, code)| *code);
    if code == wanted { Ok(()) } else { Err(format!("{code}: {stderr}")) }
}

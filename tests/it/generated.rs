//! Completions, man pages and the README's tables are made from the program's own definitions and
//! committed; this test compares them, and writes them when `GLDUO_REFRESH` is set.

use std::collections::BTreeMap;
use std::fs;
use std::iter;
use std::path::Path;

use clap_complete::{Shell, generate};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

const REFRESH: &str = "GLDUO_REFRESH=1 cargo test --test it generated";
const FOLDERS: [&str; 2] = ["completions", "man"];

/// Path below the package and content of each generated file.
type Files = BTreeMap<String, Vec<u8>>;

#[test]
fn committed_files_are_what_the_program_says() {
    let wanted = generated();
    if std::env::var_os("GLDUO_REFRESH").is_some() {
        write(&wanted);
    }
    let differences = differences(&wanted, &committed());
    assert!(differences.is_empty(), "\n{}\nrefresh with: {REFRESH}\n", differences.join("\n"));
}

#[test]
fn a_changed_a_missing_and_a_stale_file_are_each_named() {
    let files = |pairs: &[(&str, &str)]| -> Files {
        pairs.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    };
    let wanted = files(&[("man/a.1", "one\ntwo\n"), ("man/b.1", ""), ("man/c.1", "same")]);
    let there = files(&[("man/a.1", "one\n2\n"), ("man/c.1", "same"), ("man/d.1", "")]);
    assert_eq!(
        differences(&wanted, &there),
        ["man/a.1:2 differs", "man/b.1 is missing", "man/d.1 is made from nothing any more"]
    );
}

#[test]
fn a_table_is_replaced_between_its_marks_only() {
    let page = "before\n<!-- table: x -->\nold\n<!-- end of table -->\nafter\n";
    let new = "before\n<!-- table: x -->\nnew\n<!-- end of table -->\nafter\n";
    assert_eq!(with_table(page, "x", "new\n"), new);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn generated() -> Files {
    let mut files = Files::new();
    completions(&mut files);
    let mut command = glduo::command().disable_help_subcommand(true);
    command.build();
    let source = format!("glduo {}", command.get_version().unwrap_or_default());
    man_pages(&command, &source, &mut files);
    files.entry("man/glduo.1".to_owned()).or_default().extend(reference_sections());
    for topic in glduo::TOPICS {
        files.insert(format!("man/glduo-{}.7", topic.name), topic_page(topic, &source));
    }
    files.insert("README.md".to_owned(), readme().into_bytes());
    files
}

fn completions(files: &mut Files) {
    let shells = [
        (Shell::Bash, "glduo.bash"),
        (Shell::Zsh, "_glduo"),
        (Shell::Fish, "glduo.fish"),
        (Shell::PowerShell, "_glduo.ps1"),
        (Shell::Elvish, "glduo.elv"),
    ];
    for (shell, name) in shells {
        let mut script = Vec::new();
        generate(shell, &mut with_placeholders(glduo::command()), "glduo", &mut script);
        let script = String::from_utf8(script).expect("UTF-8");
        files.insert(format!("completions/{name}"), asking(shell, &script).into_bytes());
    }
}

/// What `glduo completion --values` knows: its word, the command that takes such a value (any, where none is
/// named), and the argument.
const COMPLETED: [(&str, &str, &str); 9] = [
    ("models", "chat", "model"),
    ("models", "use", "id"),
    ("mr", "chat", "merge_requests"),
    ("issue", "chat", "issues"),
    ("pipeline", "chat", "pipelines"),
    ("mr", "mr", "which"),
    ("issue", "issue", "which"),
    ("pipeline", "pipeline", "which"),
    ("projects", "", "repo"),
];

fn placeholder(word: &str) -> &'static str {
    match word {
        "models" => "COMPLETE-MODELS",
        "mr" => "COMPLETE-MR",
        "issue" => "COMPLETE-ISSUE",
        "pipeline" => "COMPLETE-PIPELINE",
        "projects" => "COMPLETE-PROJECTS",
        other => panic!("no placeholder for {other}"),
    }
}

/// The definition with one possible value, as it were, where the shell is to ask glduo.
fn with_placeholders(command: clap::Command) -> clap::Command {
    below(command, "")
}

fn below(mut command: clap::Command, parent: &str) -> clap::Command {
    let name = command.get_name().to_owned();
    for (word, owner, argument) in COMPLETED {
        let is_owned = owner.is_empty() || owner == name || owner == parent;
        let has = command.get_arguments().any(|one| one.get_id() == argument);
        if is_owned && has {
            command = command.mut_arg(argument, |one| one.value_parser([placeholder(word)]));
        }
    }
    command.mut_subcommands(|inner| below(inner, &name))
}

/// The script with what asks glduo in the place of each placeholder.
fn asking(shell: Shell, script: &str) -> String {
    let mut script = script.to_owned();
    for (word, ..) in COMPLETED {
        let mark = placeholder(word);
        let ask = format!("glduo completion --values {word} 2>/dev/null");
        script = match shell {
            // Names without what is said about them.
            Shell::Bash => script.replace(mark, &format!("$({ask} | cut -f1)")),
            Shell::Zsh => script.replace(
                &format!("({mark})"),
                &format!("{{compadd -- ${{(f)\"$({ask} | cut -f1)\"}}}}"),
            ),
            Shell::Fish => script.replace(&format!("\"{mark}\\t''\""), &format!("\"({ask})\"")),
            _ => script.replace(&format!("'{mark}'"), ""),
        };
    }
    if shell == Shell::Fish {
        script.push_str(&fish_positionals());
    }
    assert!(!script.contains("COMPLETE-"), "{shell} has a placeholder left");
    script
}

/// One page a command, all the way down; `command` is built.
fn man_pages(command: &clap::Command, source: &str, files: &mut Files) {
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
        man_pages(inner, source, files);
    }
    let page = Man::new(command.clone()).source(source);
    let mut text = Vec::new();
    page.render(&mut text).expect("writing to memory");
    files.insert(format!("man/{}", page.get_filename()), text);
}

fn reference_sections() -> Vec<u8> {
    let mut roff = Roff::default();
    for (title, _, entries) in reference() {
        roff.control("SH", [title.to_uppercase().as_str()]);
        for (term, meaning) in entries {
            roff.control("TP", []);
            roff.text([bold(term)]);
            roff.text([roman(meaning.replace('`', ""))]);
        }
    }
    let mut text = Vec::new();
    roff.to_writer(&mut text).expect("writing to memory");
    text
}

/// A page of section 7: paragraphs are filled, indented lines stand as they are.
fn topic_page(topic: &glduo::Topic, source: &str) -> Vec<u8> {
    let name = format!("glduo-{}", topic.name);
    let mut roff = Roff::default();
    roff.control("TH", [name.as_str(), "7", "", source]);
    roff.control("SH", ["NAME"]);
    roff.text([roman(format!("{name} - {}", topic.about))]);
    roff.control("SH", ["DESCRIPTION"]);
    let body = topic.body();
    let lines: Vec<&str> = body.lines().collect();
    for block in lines.split(|line| line.is_empty()) {
        let stands = block.first().is_some_and(|line| line.starts_with("  "));
        roff.control("PP", []);
        if stands {
            roff.control("nf", []);
        }
        for line in block {
            roff.text([roman(*line)]);
        }
        if stands {
            roff.control("fi", []);
        }
    }
    let mut text = Vec::new();
    roff.to_writer(&mut text).expect("writing to memory");
    text
}

/// A list that both README and man page show: title, heading of the first column, entries.
type Reference = (&'static str, &'static str, Vec<(String, &'static str)>);

fn reference() -> [Reference; 3] {
    let named = |entries: &[(&str, &'static str)]| {
        entries.iter().map(|(names, meaning)| ((*names).to_owned(), *meaning)).collect()
    };
    let codes = glduo::EXIT_CODES.iter().map(|(code, meaning)| (code.to_string(), *meaning));
    [
        ("exit status", "code", codes.collect()),
        ("environment", "variable", named(glduo::ENVIRONMENT)),
        ("files", "file", named(glduo::FILES)),
    ]
}

/// The README with its tables made anew.
fn readme() -> String {
    let mut page = fs::read_to_string(root().join("README.md")).expect("README.md");
    for (title, heading, entries) in reference() {
        let rows = entries.iter().map(|(term, meaning)| {
            let (term, meaning) = (term.replace(", ", "`, `"), meaning.replace('|', "\\|"));
            format!("| `{term}` | {meaning} |\n")
        });
        let head = format!("| {heading} | meaning |\n| --- | --- |\n");
        let table = iter::once(head).chain(rows).collect::<String>();
        page = with_table(&page, title, &table);
    }
    page
}

/// `page` with what stands between the marks of the table called `name` replaced.
fn with_table(page: &str, name: &str, table: &str) -> String {
    let mark = format!("<!-- table: {name} -->\n");
    let (before, rest) = page.split_once(&mark).expect("the table's mark");
    let (_, after) = rest.split_once("<!-- end of table -->").expect("the table's end mark");
    format!("{before}{mark}{table}<!-- end of table -->{after}")
}

/// The generator leaves out what has no flag.
fn fish_positionals() -> String {
    let lines = [
        ("models", "use", "models"),
        ("mr", "show note", "mr"),
        ("issue", "show note", "issue"),
        ("pipeline", "show", "pipeline"),
    ];
    let lines = lines.map(|(command, verbs, word)| {
        let seen = format!("__fish_glduo_using_subcommand {command}; and __fish_seen_subcommand_from {verbs}");
        format!("complete -c glduo -n \"{seen}\" -f -a \"(glduo completion --values {word} 2>/dev/null)\"\n")
    });
    lines.concat()
}

fn committed() -> Files {
    let mut files = Files::new();
    let mut paths = vec!["README.md".to_owned()];
    for folder in FOLDERS {
        // A folder that is not there yet is an empty one.
        for entry in fs::read_dir(root().join(folder)).into_iter().flatten() {
            let name = entry.expect("an entry").file_name();
            paths.push(format!("{folder}/{}", name.to_string_lossy()));
        }
    }
    for path in paths {
        let content = fs::read(root().join(&path)).expect("a generated file");
        files.insert(path, content);
    }
    files
}

fn differences(wanted: &Files, there: &Files) -> Vec<String> {
    let mut found = Vec::new();
    for (path, content) in wanted {
        match there.get(path) {
            None => found.push(format!("{path} is missing")),
            Some(old) if old != content => {
                found.push(format!("{path}:{} differs", first_difference(old, content)));
            }
            Some(_) => {}
        }
    }
    let stale = there.keys().filter(|path| !wanted.contains_key(*path));
    found.extend(stale.map(|path| format!("{path} is made from nothing any more")));
    found
}

/// The line, counted from 1, on which two files begin to differ.
fn first_difference(one: &[u8], other: &[u8]) -> usize {
    let same = one.iter().zip(other).take_while(|(a, b)| a == b);
    1 + same.filter(|(byte, _)| **byte == b'\n').count()
}

fn write(wanted: &Files) {
    for folder in FOLDERS {
        fs::create_dir_all(root().join(folder)).expect("a folder for generated files");
    }
    for (path, content) in wanted {
        fs::write(root().join(path), content).expect("writing a generated file");
    }
    for stale in committed().keys().filter(|path| !wanted.contains_key(*path)) {
        fs::remove_file(root().join(stale)).expect("removing a stale file");
    }
}

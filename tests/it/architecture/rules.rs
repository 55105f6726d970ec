//! What may use what, and the pure functions that find breaches of it in `(path, text)` pairs.

use std::collections::BTreeSet;
use std::fmt;

use super::paths::{Path, paths};
use super::source::{self, tokens};

const EVERY_ROOM: &[&str] = &["*"];
const TESTS_ONLY: &[&str] = &[];

/// Each room and the rooms it may use, `*` for every room before it. None may use one that stands
/// after it, so there are no rings. `lib` and `main` count as rooms.
pub(crate) const ROOMS: [(&str, &[&str]); 15] = [
    ("model", &[]),
    ("system", &["model"]),
    ("config", &["model", "system"]),
    ("http", &["model", "system"]),
    ("auth", &["model", "system", "http"]),
    ("gitlab", &["model", "http"]),
    ("duo", &["model", "system", "http", "gitlab"]),
    ("tools", &["model", "system"]),
    ("workflow", &["model", "system", "http", "gitlab", "duo", "tools"]),
    ("view", &["model", "system"]),
    ("sandbox", &["model", "system"]),
    ("commands", EVERY_ROOM),
    // Knows the errors of every room, and none of them knows it.
    ("exit", EVERY_ROOM),
    ("lib", &["model", "system", "commands", "exit"]),
    ("main", &["system", "lib"]),
];

/// Crates and parts of the standard library, and the rooms that may name them.
pub(crate) const OWNERS: &[(&str, &[&str])] = &[
    ("anyhow", &["commands", "exit", "lib"]),
    ("base64", &["auth", "sandbox"]),
    ("boon", &["commands", "sandbox"]),
    ("cap_fs_ext", &["tools"]),
    ("cap_std", &["tools"]),
    ("clap", &["commands", "lib"]),
    ("clap_complete", TESTS_ONLY),
    ("clap_mangen", TESTS_ONLY),
    ("close_fds", &["tools"]),
    ("comfy_table", &["view"]),
    ("ctor", &["system"]),
    ("flate2", &["commands", "sandbox"]),
    ("futures_util", &["http"]),
    ("globset", &["config", "tools"]),
    ("ignore", &["tools"]),
    ("jaq_core", &["view"]),
    ("jaq_fmts", &["view"]),
    ("jaq_json", &["view"]),
    ("jaq_std", &["view"]),
    ("jiff", &["model"]),
    ("jsonc_parser", &["config"]),
    ("memchr", &["http"]),
    ("percent_encoding", &["sandbox"]),
    ("proptest", TESTS_ONLY),
    ("regex", &["tools"]),
    ("reqwest", &["http"]),
    ("ring", &["auth", "gitlab", "duo", "sandbox"]),
    ("rpassword", &["system"]),
    ("rustix", &["system", "tools"]),
    ("rustls", &["http"]),
    ("rustls_native_certs", &["http"]),
    ("serde", EVERY_ROOM),
    ("serde_json", EVERY_ROOM),
    ("signal_hook", &["system"]),
    ("std::env", &["system"]),
    ("std::io::stderr", &["system"]),
    ("std::io::stdin", &["system"]),
    ("std::io::stdout", &["system"]),
    ("std::time::Instant::now", &["system"]),
    ("std::time::SystemTime::now", &["system"]),
    ("tempfile", &["system"]),
    ("terminal_size", &["system"]),
    ("thiserror", EVERY_ROOM),
    ("tiny_http", &["sandbox"]),
    ("tokio", &["http"]),
    ("tokio_tungstenite", &["http"]),
    ("tungstenite", &["sandbox"]),
    ("unicode_width", &["view"]),
    ("url", &["model"]),
    ("webbrowser", &["system"]),
];
const LONGEST_FILE: usize = 600;
const EMPTY_NAMES: [&str; 8] =
    ["util", "utils", "helper", "helpers", "common", "manager", "managers", "misc"];

/// One breach of the rules: where, what, and what would be right.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Breach {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// Edges and foreign names in one file below `src/`.
pub(crate) fn breaches_in_source(path: &str, text: &str) -> Vec<Breach> {
    let breach = |line, what| Breach { path: path.to_owned(), line, what };
    let room = room_of(path);
    let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        let what = format!("`{room}` is no room; give it a row in tests/it/architecture/rules.rs");
        return vec![breach(1, what)];
    };
    let module = module_of(path);
    let mut found = BTreeSet::new();
    for named in paths(&tokens(text)) {
        let what = match target(&module, &named.segments) {
            Target::Room(to) if may_use(room, allowed, to) => None,
            Target::Room(to) => Some(format!(
                "`{room}` names `{to}` ({}); {room} may use {}",
                named.segments.join("::"),
                listed(allowed)
            )),
            Target::AllRooms => Some(format!("`{room}` imports the crate's root; name the room")),
            Target::Outside => foreign(room, &named),
        };
        found.extend(what.map(|what| (named.line, what)));
    }
    found.into_iter().map(|(line, what)| breach(line, what)).collect()
}

fn may_use(room: &str, allowed: &[&str], other: &str) -> bool {
    let place = |room| ROOMS.iter().position(|(name, _)| *name == room);
    room == other || allowed.contains(&other) || allowed == EVERY_ROOM && place(other) < place(room)
}

/// The modules of tests that a file below `src/` declares, as paths without `.rs`.
pub(crate) fn test_modules(path: &str, text: &str) -> Vec<String> {
    let parent: String = module_of(path).iter().flat_map(|part| [part, "/"]).collect();
    let names = source::read(text).test_modules;
    names.into_iter().map(|name| format!("src/{parent}{name}")).collect()
}

/// Whether `path` is the module at `stem` or below it.
pub(crate) fn belongs_to(path: &str, stem: &str) -> bool {
    path.strip_prefix(stem).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

/// The room that a file below `src/` belongs to.
fn room_of(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
}

/// The module that a file below `src/` is.
fn module_of(path: &str) -> Vec<&str> {
    let inside = path.strip_prefix("src/").unwrap_or(path).trim_end_matches(".rs");
    let root = ["lib", "main"].contains(&inside);
    inside.split('/').filter(|part| !root && *part != "mod").collect()
}

#[derive(Debug, PartialEq, Eq)]
enum Target {
    Room(&'static str),
    AllRooms,
    Outside,
}

fn target(module: &[&str], segments: &[String]) -> Target {
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let (mut absolute, rest) = match segments[0] {
        "crate" | "glduo" => (Vec::new(), &segments[1..]),
        "self" | "super" => (module.to_vec(), &segments[..]),
        first if module.is_empty() && is_room(first) => (Vec::new(), &segments[..]),
        _ => return Target::Outside,
    };
    for segment in rest {
        match *segment {
            "self" => {}
            "super" => drop(absolute.pop()),
            segment => absolute.push(segment),
        }
    }
    match absolute.first() {
        None | Some(&"*") => Target::AllRooms,
        Some(first) => Target::Room(
            ROOMS.iter().map(|(room, _)| *room).find(|room| room == first).unwrap_or("lib"),
        ),
    }
}

fn is_room(name: &str) -> bool {
    ROOMS.iter().any(|(room, _)| *room == name)
}

fn foreign(room: &str, named: &Path) -> Option<String> {
    let name = named.segments.join("::");
    let name = name.trim_start_matches("::");
    let (owned, rooms) = OWNERS.iter().find(|(owned, _)| reaches(name, owned))?;
    let may = *rooms == EVERY_ROOM || rooms.contains(&room);
    (!may).then(|| format!("`{room}` names {owned}, which belongs to {}", listed(rooms)))
}

/// Whether `name` is `owned`, something in it, or a `*` that brings it in.
fn reaches(name: &str, owned: &str) -> bool {
    let below = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    below(name, owned) || name.strip_suffix("::*").is_some_and(|outer| below(owned, outer))
}

fn listed(rooms: &[&str]) -> String {
    match rooms {
        [] => "no room".to_owned(),
        ["*"] => "every room before it".to_owned(),
        rooms => rooms.join(", "),
    }
}

/// The direct dependencies of a manifest, each with its line.
fn dependencies(manifest: &str) -> Vec<(usize, &str)> {
    let mut section = "";
    let mut found = Vec::new();
    for (at, line) in manifest.lines().enumerate() {
        let line = line.trim();
        let mut name = None;
        if let Some(head) = line.strip_prefix('[') {
            section = head.trim_end_matches(']');
            name = section.rsplit_once("dependencies.").map(|(_, name)| name);
        } else if section.ends_with("dependencies") && !line.starts_with('#') {
            name = line.split_once('=').map(|(key, _)| key);
        }
        // `serde.workspace = true` is a way to write `serde = { workspace = true }`.
        let key = name.map(|name| name.split('.').next().unwrap_or(name).trim());
        found.extend(key.map(|key| (at + 1, key.trim_matches('"'))));
    }
    found
}

pub(crate) fn direct_dependencies(manifest: &str) -> BTreeSet<String> {
    dependencies(manifest).into_iter().map(|(_, name)| name.to_owned()).collect()
}

pub(crate) fn crates_without_owner(manifest: &str) -> Vec<Breach> {
    let mut found = Vec::new();
    for (line, name) in dependencies(manifest) {
        let key = name.replace('-', "_");
        if !OWNERS.iter().any(|(owned, _)| *owned == key) {
            let what =
                format!("`{key}` has no owner; give it a room in tests/it/architecture/rules.rs");
            found.push(Breach { path: "Cargo.toml".to_owned(), line, what });
        }
    }
    found
}

/// The names in backquotes in the first column of Markdown tables.
pub(crate) fn names_in_table(text: &str) -> BTreeSet<String> {
    let rows = text.lines().filter_map(|line| line.strip_prefix("| "));
    let cells = rows.filter_map(|row| row.split(" | ").next());
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

/// The packages of a lock file with more than one version that is incompatible with the others.
pub(crate) fn several_majors(lock: &str) -> BTreeSet<String> {
    let value = |line: &str, key: &str| {
        let value = line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"')?;
        Some(value.to_owned())
    };
    let (mut seen, mut several) = (BTreeSet::new(), BTreeSet::new());
    let mut name = String::new();
    for line in lock.lines() {
        if let Some(found) = value(line, "name") {
            name = found;
        }
        let Some(version) = value(line, "version").filter(|_| !name.is_empty()) else { continue };
        let kept = if version.starts_with("0.") { 2 } else { 1 };
        let major: Vec<&str> = version.split('.').take(kept).collect();
        seen.insert((name.clone(), major.join(".")));
    }
    for (one, other) in seen.iter().zip(seen.iter().skip(1)) {
        if one.0 == other.0 {
            several.insert(one.0.clone());
        }
    }
    several
}

/// Length and names: of one Rust file below `src/` or `tests/`.
pub(crate) fn breaches_of_shape(path: &str, text: &str) -> Vec<Breach> {
    let breach = |line, what| Breach { path: path.to_owned(), line, what };
    let empty = |name: &str| name.split('_').any(|word| EMPTY_NAMES.contains(&word));
    let mut found = Vec::new();
    let lines = text.lines().count();
    if lines > LONGEST_FILE {
        let what = format!("{lines} lines; more than {LONGEST_FILE} means that a file is missing");
        found.push(breach(lines, what));
    }
    if path.trim_end_matches(".rs").split('/').any(empty) {
        found.push(breach(1, "the name says nothing; say what the file is for".to_owned()));
    }
    for pair in tokens(text).windows(2) {
        if pair[0].text == "mod" && empty(&pair[1].text) {
            let what = format!("`mod {}` says nothing; say what it is for", pair[1].text);
            found.push(breach(pair[1].line, what));
        }
    }
    found
}

//! The rooms of `src/` as a test: who may use whom, which crate belongs where, how long a file may
//! be and which names say nothing. The tables stand in `architecture/rules.rs`.

mod paths;
mod planted;
mod rules;
mod source;

use std::fs;
use std::path::Path;

use rules::Breach;

#[test]
fn rooms_use_only_what_they_may() {
    let files = rust_files("src");
    let tests: Vec<_> =
        files.iter().flat_map(|(path, text)| rules::test_modules(path, text)).collect();
    let shipped =
        files.iter().filter(|(path, _)| !tests.iter().any(|test| rules::belongs_to(path, test)));
    assert_none(shipped.flat_map(|(path, text)| rules::breaches_in_source(path, text)));
}

#[test]
fn every_dependency_has_an_owner() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml");
    assert_none(rules::crates_without_owner(&manifest));
}

#[test]
fn files_are_short_and_their_names_say_something() {
    let files = [rust_files("src"), rust_files("tests")].concat();
    assert_none(files.iter().flat_map(|(path, text)| rules::breaches_of_shape(path, text)));
}

#[test]
fn a_room_uses_only_rooms_before_it() {
    for (at, (room, uses)) in rules::ROOMS.iter().enumerate() {
        let before = |used: &str| rules::ROOMS[..at].iter().any(|(room, _)| *room == used);
        assert!(
            uses.iter().all(|used| *used == "*" || before(used)),
            "{room} makes a ring possible"
        );
    }
}

/// Every package is somebody else's code that we ship or build with: more of them is a decision.
#[test]
fn the_lock_file_stays_small() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock");
    let packages = lock.lines().filter(|line| *line == "[[package]]").count();
    assert!(packages <= 275, "{packages} packages in Cargo.lock; 275 are allowed");
}

#[test]
fn docs_give_a_reason_for_each_dependency_and_each_second_version() {
    let read = |name: &str| fs::read_to_string(root().join(name)).expect(name);
    let docs = read("docs/dependencies.md");
    let (reasons, versions) = docs.split_once("## Packages with two").expect("a third table");
    assert_eq!(rules::names_in_table(reasons), rules::direct_dependencies(&read("Cargo.toml")));
    assert_eq!(rules::names_in_table(versions), rules::several_majors(&read("Cargo.lock")));
}

fn assert_none(breaches: impl IntoIterator<Item = Breach>) {
    let told: Vec<String> = breaches.into_iter().map(|breach| breach.to_string()).collect();
    assert!(told.is_empty(), "\n{}\n", told.join("\n"));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `(path below the package, text)` of every Rust file in a folder, sorted.
fn rust_files(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the package") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let shown =
                    path.strip_prefix(root()).expect("below the package").display().to_string();
                found.push((
                    shown.replace('\\', "/"),
                    fs::read_to_string(&path).expect("Rust source is UTF-8"),
                ));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no Rust files in {folder}");
    found
}

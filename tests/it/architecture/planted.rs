//! Breaches planted on purpose: the rules must find each of them, and nothing else.

use super::rules::{
    belongs_to, breaches_in_source, breaches_of_shape, crates_without_owner, test_modules,
};

/// What is said of a file, `line: text`.
fn said(path: &str, text: &str) -> Vec<String> {
    breaches_in_source(path, text)
        .iter()
        .map(|breach| format!("{}: {}", breach.line, breach.what))
        .collect()
}

fn assert_clean(path: &str, text: &str) {
    assert_eq!(said(path, text), [""; 0], "{path}: {text}");
}

#[test]
fn a_new_edge_says_file_line_both_rooms_and_who_may() {
    let found = breaches_in_source("src/view/table.rs", "//! Tables.\nuse crate::http::Client;\n");
    assert_eq!(
        found[0].to_string(),
        "src/view/table.rs:2: `view` names `http` (crate::http::Client); view may use model, system"
    );
    assert_eq!(found.len(), 1);
}

#[test]
fn an_edge_is_found_however_it_is_written() {
    for text in [
        "use crate::{model, system::{self, notes}, duo::{ask}};",
        "fn f() { crate::duo::ask() }",
        "fn f(ask: &mut super::super::duo::Ask) {}",
        "use super::super::{model, duo};",
        "use super::{super::duo::Ask, table};",
        "use crate::model as m; pub use crate::duo as d; fn f() { d::ask() }",
        "macro_rules! m { () => { $crate::duo::ask() } }",
        "impl From<crate::duo::DuoError> for E {}",
    ] {
        let found = said("src/view/table.rs", text);
        let all = found.iter().all(|what| what.contains("`view` names `duo`"));
        assert!(all && !found.is_empty(), "{text}: {found:?}");
    }
}

#[test]
fn the_root_is_no_way_round() {
    assert_eq!(said("src/view/table.rs", "use crate::*;").len(), 1);
    assert_eq!(said("src/view/table.rs", "use crate as root;").len(), 1);
    assert_eq!(said("src/view/table.rs", "use super::super as root;").len(), 1);
    assert!(said("src/view/table.rs", "use crate::run;")[0].contains("`view` names `lib`"));
}

#[test]
fn the_root_itself_keeps_to_its_row() {
    assert_clean(
        "src/lib.rs",
        "pub mod http; mod exit; pub use exit::EXIT_CODES; fn f() { commands::run() }",
    );
    assert_clean("src/main.rs", "fn main() { glduo::run(glduo::system::System::capture()) }");
    assert!(said("src/lib.rs", "use http::Client;")[0].contains("`lib` names `http`"));
    assert!(said("src/main.rs", "use glduo::http::Client;")[0].contains("`main` names `http`"));
    assert_clean("src/exit/mod.rs", "use crate::{commands::UsageError, http::HttpError};");
    assert!(
        said("src/commands/mr.rs", "use crate::exit::Code;")[0]
            .contains("may use every room before it")
    );
}

#[test]
fn a_room_of_its_own_and_the_rooms_below_are_fine() {
    assert_clean("src/http/mod.rs", "mod client; pub use client::Client; use self::client::Pages;");
    assert_clean(
        "src/http/tls/roots.rs",
        "use super::super::client::Client; use crate::model::address::Url;",
    );
    // Files may be called as rooms are.
    assert_clean(
        "src/commands/sandbox.rs",
        "use super::config::Args; use crate::sandbox::Sandbox;",
    );
    assert_clean("src/tools/mod.rs", "pub mod gitlab; use gitlab::Call;");
}

#[test]
fn what_is_not_shipped_code_is_no_edge() {
    assert_clean(
        "src/model/a.rs",
        "/// As [`crate::http::Client`] does. \"\n/* use crate::duo; */ const A: &str = \"crate::duo::x\";",
    );
    assert_clean(
        "src/model/a.rs",
        "fn f() {}\n#[cfg(test)]\nmod tests { use crate::http::Client; use std::env; }",
    );
    assert_eq!(
        said("src/model/a.rs", "#[cfg(test)]\nmod tests { use a::b; }\nuse crate::http::Client;")
            .len(),
        1
    );
}

#[test]
fn test_modules_in_files_of_their_own_are_known() {
    let text = "#[cfg(test)]\nmod tests;\n#[cfg(test)]\nmod world { mod x; }\nmod shipped;";
    assert_eq!(test_modules("src/http/mod.rs", text), ["src/http/tests"]);
    assert_eq!(test_modules("src/http/tls.rs", text), ["src/http/tls/tests"]);
    assert_eq!(test_modules("src/lib.rs", text), ["src/tests"]);
    assert!(belongs_to("src/http/tests.rs", "src/http/tests"));
    assert!(belongs_to("src/http/tests/a/b.rs", "src/http/tests"));
    assert!(!belongs_to("src/http/tests_of_strength.rs", "src/http/tests"));
}

#[test]
fn a_crate_outside_its_owner_is_found() {
    let found = said("src/duo/ask.rs", "\nuse reqwest::blocking::Response;");
    assert_eq!(found, ["2: `duo` names reqwest, which belongs to http"]);
    for text in [
        "use {serde::Serialize, comfy_table as t};",
        "fn f() -> ::comfy_table::Table {}",
        "extern crate comfy_table;",
        "#[derive(comfy_table::Row)] struct A;",
    ] {
        assert_eq!(said("src/duo/ask.rs", text).len(), 1, "{text}");
    }
    assert!(said("src/view/a.rs", "use clap_mangen::Man;")[0].contains("belongs to no room"));
    assert_clean("src/http/client.rs", "use reqwest::blocking::Client; use serde_json::Value;");
    // Ours, though it is called as a crate is.
    assert_clean("src/gitlab/a.rs", "use crate::model::url; fn f() { url::parse() }");
}

#[test]
fn the_environment_the_streams_and_the_clock_belong_to_system() {
    for text in [
        "fn f() { std::env::var(\"A\") }",
        "use std::{env, fmt};",
        "use std::io; fn f() { io::stdout() }",
        "use std::io::{self as i, Read}; fn f() { i::stdin() }",
        "use std::time::{Duration, SystemTime}; fn f() { SystemTime::now() }",
        "use std::io::*;",
        "use std::*;",
    ] {
        assert_eq!(said("src/http/a.rs", text).len(), 1, "{text}");
        assert_clean("src/system/a.rs", text);
    }
    assert_clean("src/http/a.rs", "use std::io::{self, prelude::*}; fn f() -> io::Result<()> {}");
}

#[test]
fn a_folder_that_is_no_room_is_found() {
    assert!(said("src/cache/mod.rs", "")[0].contains("`cache` is no room"));
}

#[test]
fn a_dependency_without_an_owner_is_found() {
    let manifest = "[package]\nname = \"glduo\"\n[dependencies]\nclap = \"4\"\nleft-pad = { version = \"1\" }\n\
                    [dev-dependencies]\ntempfile = \"3\"\n[target.'cfg(unix)'.dependencies]\nlibc = \"0.2\"\n\
                    [dependencies.chrono]\nversion = \"0.4\"\n[lints.rust]\nunsafe_code = \"forbid\"\n";
    let found: Vec<_> = crates_without_owner(manifest)
        .into_iter()
        .map(|breach| (breach.line, breach.what))
        .collect();
    let names: Vec<_> = found
        .iter()
        .map(|(line, what)| (*line, what.split('`').nth(1).unwrap_or_default()))
        .collect();
    assert_eq!(names, [(5, "left_pad"), (9, "libc"), (10, "chrono")]);
}

#[test]
fn the_601st_line_is_one_too_many() {
    assert_eq!(breaches_of_shape("src/view/a.rs", &"//\n".repeat(600)), []);
    let found = breaches_of_shape("tests/it/a.rs", &"//\n".repeat(601));
    assert_eq!(
        found[0].to_string(),
        "tests/it/a.rs:601: 601 lines; more than 600 means that a file is missing"
    );
}

#[test]
fn names_that_say_nothing_are_found() {
    for path in [
        "src/http/utils.rs",
        "tests/it/common/mod.rs",
        "src/auth/token_manager.rs",
        "src/view/misc.rs",
    ] {
        assert_eq!(breaches_of_shape(path, "").len(), 1, "{path}");
    }
    assert_eq!(breaches_of_shape("src/view/a.rs", "fn f() {}\nmod helpers { }")[0].line, 2);
    assert_eq!(breaches_of_shape("src/view/commons.rs", "mod manager_notes_free;").len(), 1);
    assert_eq!(breaches_of_shape("src/view/utility.rs", "mod commonplace;"), []);
}

#[test]
fn a_second_major_version_is_found() {
    let package = |name: &str, version: &str| {
        format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n")
    };
    let lock = [
        package("a", "0.2.1"),
        package("a", "0.3.0"),
        package("b", "1.2.0"),
        package("b", "1.9.0"),
        package("c", "2.0.0"),
    ];
    let found: Vec<String> = super::rules::several_majors(&lock.concat()).into_iter().collect();
    assert_eq!(found, ["a"]);
}

#[test]
fn names_in_the_first_column_count() {
    let names =
        super::rules::names_in_table("| crate | why |\n| `a`, `b-c` | like `d` |\ntext `e`\n");
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["a", "b-c"]);
}

//! JSON of merge requests: GitLab's own bytes, chosen members, jq, lines.

use glduo::sandbox::{Reply, Sandbox};

use crate::support::gitlab::{answering, asked, at_home, storefront};

/// A row with what a parser that rebuilds it would lose: a number that no float holds, one of
/// trailing zeros, escapes, blanks, a member nobody knows, one that comes twice.
const ROW: &str = r#"{"id":12345678901234567890123,"iid" : 7, "title":"\u00e9\/\ud83d\ude00","weight":1.000,"far":1e400,"new_in_19":{"b":[ 1,2 ],"a":null},"x":1,"x":2}"#;

fn exact() -> Sandbox {
    answering(|request| {
        let path = request.path();
        if path.ends_with("/merge_requests") {
            return Some(Reply::json(200, format!("[{ROW}, {{\"id\":2,\"iid\":2}}]")));
        }
        (path.ends_with("/merge_requests/7")).then(|| Reply::json(200, ROW))
    })
}

#[test]
fn rows_keep_every_byte() {
    let sandbox = exact();
    let world = at_home(&sandbox);
    let list = world.run("mr list --json");
    assert_eq!(list.code, 0);
    assert!(list.stdout.contains(ROW), "{}", list.stdout);
    let rows: Vec<&serde_json::value::RawValue> =
        serde_json::from_str(&list.stdout).expect("an array");
    assert_eq!((rows.len(), rows[0].get()), (2, ROW));
    let lines = world.run("mr list -F ndjson");
    assert_eq!(lines.stdout, format!("{ROW}\n{{\"id\":2,\"iid\":2}}\n"));
    let shown = world.run("mr show 7 --no-diff --json");
    assert_eq!(shown.stdout.trim_end(), ROW);
}

#[test]
fn jq_keeps_big_numbers_exact() {
    let sandbox = exact();
    let world = at_home(&sandbox);
    assert_eq!(world.run("mr list -q .[0].id").stdout, "12345678901234567890123\n");
    assert_eq!(world.run("mr show 7 --no-diff -q .id").stdout, "12345678901234567890123\n");
}

#[test]
fn chosen_fields_come_as_they_are_and_null_where_a_row_has_none() {
    let sandbox = exact();
    let world = at_home(&sandbox);
    let list = world.run("mr list --json=iid,weight,id,nothing -F ndjson");
    let lines: Vec<&str> = list.stdout.lines().collect();
    assert_eq!(
        lines,
        [
            r#"{"iid":7,"weight":1.000,"id":12345678901234567890123,"nothing":null}"#,
            r#"{"iid":2,"weight":null,"id":2,"nothing":null}"#
        ]
    );
    let shown = world.run("mr show 7 --no-diff --json=far,iid");
    assert_eq!(shown.stdout, "{\"far\":1e400,\"iid\":7}\n");
}

#[test]
fn jq_has_every_form_of_output() {
    let sandbox = storefront();
    let world = at_home(&sandbox);
    let run = |expression: &str| world.run_args(&["mr", "list", "-L", "3", "-q", expression]);
    assert_eq!(run(".[].iid").stdout, "44\n43\n42\n");
    assert_eq!(run(".[0].title").stdout, "Add EU size 44 to the size table\n");
    assert_eq!(run("map(.iid)").stdout, "[44,43,42]\n");
    assert_eq!(run(".[] | [.iid, .state] | @tsv").stdout, "44\topened\n43\topened\n42\topened\n");
    assert_eq!(
        run(".[0] | [.title, .iid] | @csv").stdout,
        "\"Add EU size 44 to the size table\",44\n"
    );
    assert_eq!((run("empty").stdout.as_str(), run("empty").code), ("", 0));
    assert_eq!(run("length").stdout, "3\n");
    let each = world.run_args(&["mr", "list", "-L", "2", "-F", "ndjson", "--jq", ".iid + 1"]);
    assert_eq!(each.stdout, "45\n44\n");
    let fields = world.run_args(&["mr", "list", "-L", "1", "--json=iid", "-q", ".[0]|keys"]);
    assert_eq!(fields.stdout, "[\"iid\"]\n");
}

#[test]
fn jq_knows_neither_the_environment_nor_other_inputs() {
    let sandbox = storefront();
    let world = at_home(&sandbox).env("HIDDEN", "do-not-show");
    for expression in ["env", "$ENV", "env.HIDDEN", "input", "[inputs]"] {
        let outcome = world.run_args(&["mr", "list", "-q", expression]);
        assert!(!outcome.stdout.contains("do-not-show"), "{expression}");
        assert_ne!(outcome.code, 0, "{expression}: {}", outcome.stdout);
    }
}

#[test]
fn an_expression_that_does_not_compile_asks_nothing() {
    let sandbox = storefront();
    let world = at_home(&sandbox);
    for command in ["list", "show"] {
        let outcome = world.run_args(&["mr", command, "-q", ".[ | nonsense"]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{command}");
        assert_eq!(outcome.error()["code"], "usage");
    }
    assert_eq!(asked(&sandbox), [""; 0]);
}

#[test]
fn an_expression_that_fails_on_the_data_is_an_error_of_its_own() {
    let sandbox = storefront();
    let outcome = at_home(&sandbox).run_args(&["mr", "list", "-q", ".[0].iid.title"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""));
    assert_eq!(outcome.error()["code"], "jq");
}

#[test]
fn fields_after_a_bare_json_are_a_mistake_with_a_hint() {
    let sandbox = storefront();
    let world = at_home(&sandbox);
    for line in ["mr list --json iid,title", "mr list --json title", "mr show --json iid,title 42"]
    {
        let outcome = world.run(line);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{line}");
        let hint = outcome.error()["hint"].as_str().unwrap_or_default().to_owned();
        assert!(hint.contains("--json="), "{line}: {hint}");
    }
    assert_eq!(asked(&sandbox), [""; 0]);
    let number = world.run("mr show --json 42");
    assert_eq!((number.code, number.json()["iid"].as_u64()), (0, Some(42)));
}

//! How it looks, on a terminal and in a pipe.

use super::place::{NAMES, Place};

#[test]
fn a_pipe_gets_name_status_detail_and_what_to_do() {
    let outcome = Place::new().world().run("doctor");
    let rows: Vec<Vec<&str>> = outcome.stdout.lines().map(|it| it.split('\t').collect()).collect();
    let names: Vec<&str> = rows.iter().map(|row| row[0]).collect();
    assert_eq!((outcome.code, names.as_slice()), (0, NAMES.as_slice()));
    assert!(rows.iter().all(|row| row.len() == 4), "{}", outcome.stdout);
    assert_eq!(rows[12], ["project", "ok", "acme/shop/storefront (GITLAB_REPO)", ""]);
    let failing = Place::new().world_of("read_api").run("doctor").stdout;
    let row = failing.lines().find(|line| line.starts_with("direct_access\tfail\t"));
    assert!(row.is_some_and(|row| row.contains("\tuse a token with scope")), "{failing}");
}

#[test]
fn a_terminal_gets_marks_with_words_hints_below_and_a_summary() {
    let place = Place::new();
    let outcome = place.world_of("read_api").on_terminal(80).run("doctor --color never");
    assert_eq!(outcome.code, 4);
    for line in outcome.stdout.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
    assert!(outcome.stdout.contains(" \u{2713} ok    credential      pat of mira.okafor"));
    assert!(outcome.stdout.contains(" \u{2717} fail  direct_access "), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("\n                         hint: use a token with scope"));
    let summary = outcome.stdout.lines().last().expect("a line");
    assert_eq!(summary, " 11 ok, 1 fail, 3 skip: begin with direct_access");
    let coloured = place.world().on_terminal(80).run("doctor --color always").stdout;
    assert!(coloured.contains("\x1b[32m\u{2713} ok  \x1b[0m"), "{coloured:?}");
}

#[test]
fn fields_jq_and_ndjson_work_as_everywhere() {
    let place = Place::new();
    let world = place.world();
    assert_eq!(world.run("doctor --json=ok").stdout, "{\"ok\":true}\n");
    assert_eq!(world.run("doctor -q .checks[3].name").stdout, "credential\n");
    assert_eq!(world.run("doctor -F ndjson").stdout.lines().count(), 1);
    assert_eq!(world.run("doctor -q .[").code, 2);
    let asked = Place::new();
    asked.world().run("doctor -q .[");
    assert!(asked.sandbox.requests().is_empty());
    let object = world.run("doctor --json").stdout;
    assert!(object.starts_with(
        "{\"ok\":true,\"checks\":[{\"name\":\"configuration\",\"status\":\"ok\",\"detail\":"
    ));
}

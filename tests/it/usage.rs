//! Where flags may stand, what cannot be combined, and how that is told.

use crate::support::gitlab::{asked, at_home, storefront};
use crate::support::world::World;

#[test]
fn global_flags_stand_anywhere() {
    let sandbox = storefront();
    let world = at_home(&sandbox);
    for line in [
        "connect --json status",
        "connect status --json",
        "--json connect status",
        "connect -R acme/shop/storefront --json status",
        "models --json list",
        "--json models --timeout 9 list",
        "mr --json list",
        "ci -R acme/shop/storefront --json ls",
        "config --json list",
    ] {
        let outcome = world.run(line);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{line}");
        assert!(!outcome.json().is_null(), "{line}");
    }
    let told = world.run("connect -v status");
    assert_eq!(told.code, 0, "{told:?}");
    assert!(told.stderr.contains("GET "), "{told:?}");
}

#[test]
fn a_flag_before_the_command_it_is_not_for_is_refused() {
    let world = World::new().stdin("glpat-of-somebody\n");
    for (line, words) in [
        ("connect --token token", "a login"),
        ("connect --oauth status", "a login"),
        ("connect --wait 5m list", "a login"),
        ("models --refresh list", "after"),
        ("models --kind chat list", "after"),
        ("models --refresh use haiku-4-5", "after"),
    ] {
        let outcome = world.run(line);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{line}: {outcome:?}");
        assert!(outcome.stderr.contains(words), "{line}: {outcome:?}");
        assert!(outcome.stderr.contains("\nhint: "), "{line}: {outcome:?}");
    }
}

#[test]
fn without_a_command_there_is_help_for_people_and_one_line_for_programs() {
    let world = World::new();
    for line in ["", "mr", "config"] {
        let outcome = world.run(line);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{line}");
        assert!(outcome.stderr.contains("Commands:"), "{line}: {outcome:?}");
    }
    for (line, help) in [
        ("--json", "glduo"),
        ("-q .", "glduo"),
        ("mr -F ndjson", "glduo mr"),
        ("ci --json", "glduo pipeline"),
    ] {
        let error = world.run(line).error();
        assert_eq!(error["code"], "usage", "{line}");
        assert_eq!(error["message"], "a command is missing", "{line}");
        assert_eq!(error["hint"], format!("see `{help} --help`"), "{line}");
    }
}

#[test]
fn what_is_missing_is_named() {
    let sandbox = storefront();
    let world = at_home(&sandbox).on_terminal(80);
    let missing = world.run("pipeline show --mr 999");
    assert_eq!(missing.code, 7);
    assert!(missing.stderr.contains("!999 of acme/shop/storefront: not found"), "{missing:?}");
    let none = world.run("mr list --all --label nosuch");
    assert_eq!(none.stderr, "glduo: no merge requests match in acme/shop/storefront\n");
    let none = world.run("mr list --label nosuch");
    assert_eq!(none.stderr, "glduo: no opened merge requests match in acme/shop/storefront\n");
}

#[test]
fn a_page_for_a_browser_is_no_json() {
    let sandbox = storefront();
    let world = at_home(&sandbox);
    for line in
        ["mr show 42 -w --json", "issue show 118 -w -q .", "pipeline show latest -w -F ndjson"]
    {
        let outcome = world.run(line);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{line}");
        assert!(
            outcome.error()["hint"].as_str().is_some_and(|hint| hint.contains("--json=web_url"))
        );
    }
    assert!(asked(&sandbox).is_empty());
}

#[test]
fn a_flag_goes_before_the_page_of_another_project_and_says_so() {
    let sandbox = storefront();
    let world = at_home(&sandbox);
    let page = format!("{}/acme/shop/storefront/-/merge_requests/42", sandbox.url());
    let shown =
        |repo: &str| world.run_args(&["mr", "show", "--no-diff", "--json=iid", "-R", repo, &page]);
    let other = shown("acme/shop/price-importer");
    assert_eq!(other.code, 7, "no !42 there: {other:?}");
    assert!(
        other.stderr.starts_with(
            "glduo: --repo acme/shop/price-importer goes before the URL's project acme/shop/storefront\n"
        ),
        "{other:?}"
    );
    for same in ["acme/shop/storefront", "Acme/Shop/Storefront", "61840217"] {
        let outcome = shown(same);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{same}");
    }
}

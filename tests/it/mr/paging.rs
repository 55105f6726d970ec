//! How much of a list comes, with how many requests, and what is said of the rest.

use crate::support::gitlab::{asked, at_home, iids, merge_request, with_merge_requests};

const PATH: &str = "GET projects/acme%2Fshop%2Fstorefront/merge_requests";

/// The line, the first and last row, how many rows, rows a request, how many requests, and
/// what is said.
type List = (&'static str, (u64, u64), usize, u64, usize, &'static str);

/// Of rows 250 to 1.
const LISTS: &[List] = &[
    ("", (250, 221), 30, 30, 1, "glduo: showing 30 of 250; use --paginate\n"),
    ("-L 5", (250, 246), 5, 5, 1, "glduo: showing 5 of 250; use --paginate\n"),
    ("--limit 120", (250, 131), 120, 100, 2, "glduo: showing 120 of 250; use --paginate\n"),
    ("-L 250", (250, 1), 250, 100, 3, ""),
    ("-L 1000", (250, 1), 250, 100, 3, ""),
    ("-L 25 -P 10", (250, 226), 25, 10, 3, "glduo: showing 25 of 250; use --paginate\n"),
    ("-P 7", (250, 221), 30, 7, 5, "glduo: showing 30 of 250; use --paginate\n"),
    ("--paginate", (250, 1), 250, 100, 3, ""),
    ("--paginate -P 50", (250, 1), 250, 50, 5, ""),
    ("-p 3 -P 100", (50, 1), 50, 100, 1, ""),
    ("--page 2", (220, 191), 30, 30, 1, ""),
    ("--page 2 --per-page 10", (240, 231), 10, 10, 1, ""),
];

#[test]
fn limits_pages_and_every_page() {
    let sandbox = with_merge_requests((1..=250).map(merge_request).collect());
    let world = at_home(&sandbox);
    let mut before = 0;
    for (line, ends, count, per_page, requests, said) in LISTS {
        let outcome = world.run(&format!("mr list {line} --json"));
        let rows = iids(&outcome);
        assert_eq!(rows.len(), *count, "{line}");
        assert_eq!((rows[0], rows[rows.len() - 1]), *ends, "{line}");
        assert!(rows.is_sorted_by(|a, b| a > b), "{line} has a row twice");
        assert_eq!(outcome.stderr, *said, "{line}");
        let asked = asked(&sandbox).split_off(before);
        before += asked.len();
        assert_eq!(asked.len(), *requests, "{line}: {asked:?}");
        let wanted = format!("per_page={per_page}");
        assert!(
            asked.iter().all(|one| one.starts_with(PATH) && one.contains(&wanted)),
            "{asked:?}"
        );
    }
}

#[test]
fn a_page_after_the_last_is_empty() {
    let sandbox = with_merge_requests((1..=3).map(merge_request).collect());
    let outcome = at_home(&sandbox).run("mr list -p 2 --json");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "[]\n"));
}

#[test]
fn where_gitlab_does_not_count_there_are_simply_more() {
    let sandbox = with_merge_requests((1..=10_001).map(merge_request).collect());
    let outcome = at_home(&sandbox).run("mr list -L 2");
    let rows = "10001\topened\tChange 10001\tchange-10001\tmain\tmira.okafor\t2026-11-21T10:00:00Z\n\
                10000\topened\tChange 10000\tchange-10000\tmain\tmira.okafor\t2026-11-21T10:00:00Z\n";
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, rows));
    assert_eq!(outcome.stderr, "glduo: showing 2, and there are more; use --paginate\n");
}

#[test]
fn quiet_says_nothing_of_what_is_missing() {
    let sandbox = with_merge_requests((1..=3).map(merge_request).collect());
    let outcome = at_home(&sandbox).run("mr list -L 1 --quiet");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
}

#[test]
fn lines_of_json_come_page_by_page() {
    let sandbox = with_merge_requests((1..=250).map(merge_request).collect());
    let outcome = at_home(&sandbox).run("mr list --paginate -F ndjson");
    let numbers: Vec<u64> = outcome.stdout.lines().map(number).collect();
    assert_eq!((numbers.len(), numbers[0], numbers[249]), (250, 250, 1));
}

fn number(line: &str) -> u64 {
    let row: serde_json::Value = serde_json::from_str(line).expect("an object a line");
    row["iid"].as_u64().expect("a number")
}

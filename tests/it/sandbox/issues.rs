//! Issues over the wire: who reads them, and their keyset pages.

use super::{get_as, sandbox};
use crate::support::raw;

const ISSUES: &str = "projects/61840217/issues";

#[test]
fn issues_are_for_members_with_a_token_that_reads() {
    let sandbox = sandbox();
    let statuses = |path: &str| {
        ["api", "read_api", "read_user", "expired"]
            .map(|token| get_as(&sandbox, token, path).status)
    };
    for path in [ISSUES.to_owned(), format!("{ISSUES}/27"), format!("{ISSUES}/27/notes")] {
        assert_eq!(statuses(&path), [200, 200, 403, 401], "{path}");
        let stranger = raw::get(sandbox.url(), &format!("/api/v4/{path}"), &[]);
        assert_eq!(stranger.status, 404, "{path}");
        let job = sandbox.token_named("job").expect("a job token");
        let by_job = raw::get(sandbox.url(), &format!("/api/v4/{path}"), &[("job-token", job)]);
        assert_eq!(by_job.status, 404, "{path}");
    }
    assert_eq!(get_as(&sandbox, "no_seat", "projects/61840533/issues").status, 404);
    assert_eq!(get_as(&sandbox, "api", &format!("{ISSUES}/999")).status, 404);
    assert_eq!(get_as(&sandbox, "api", &format!("{ISSUES}/x")).status, 400);
}

#[test]
fn keyset_pages_have_a_cursor_and_no_totals() {
    let sandbox = sandbox();
    let start = format!("{ISSUES}?pagination=keyset&per_page=5&order_by=title&sort=asc");
    let (mut path, mut iids, mut pages) = (start, Vec::new(), 0);
    loop {
        let page = get_as(&sandbox, "api", &path);
        assert_eq!(
            (page.status, page.header("x-total"), page.header("x-next-page")),
            (200, None, None)
        );
        let rows = page.json();
        iids.extend(rows.as_array().expect("rows").iter().map(|row| row["iid"].as_u64()));
        pages += 1;
        let Some(link) = page.header("link") else { break };
        assert!(link.ends_with("rel=\"next\"") && link.contains("cursor="), "{link}");
        let (address, _) = link.trim_start_matches('<').split_once('>').expect("an address");
        path = address.split_once("/api/v4/").expect("our own").1.to_owned();
    }
    let offset = get_as(&sandbox, "api", &format!("{ISSUES}?order_by=title&sort=asc")).json();
    let whole: Vec<_> =
        offset.as_array().expect("rows").iter().map(|row| row["iid"].as_u64()).collect();
    assert_eq!((iids, pages), (whole, 3));
}

#[test]
fn either_way_of_paging_has_its_end() {
    let sandbox = sandbox();
    let status = |query: &str| get_as(&sandbox, "api", &format!("{ISSUES}?{query}")).status;
    assert_eq!(status("page=501&per_page=100"), 200);
    let beyond = get_as(&sandbox, "api", &format!("{ISSUES}?page=502&per_page=100"));
    assert_eq!(beyond.status, 405);
    assert!(beyond.text().contains("maximum allowed offset of 50000"), "{}", beyond.text());
    assert_eq!(status("pagination=keyset&order_by=popularity"), 405);
    // A group's list has no keyset pages, so GitLab ignores the parameter.
    assert_eq!(get_as(&sandbox, "api", "groups/acme/issues?pagination=keyset").status, 200);
}

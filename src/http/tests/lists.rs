//! Lists in pages.

use super::support::{Script, Server, World};
use crate::http::{HttpErrorKind, Page};

/// A page of rows with these ids.
fn page(headers: &str, ids: &str) -> Script {
    let ids = ids.trim_matches(['[', ']']).split(',').filter(|id| !id.is_empty());
    let rows: Vec<String> = ids.map(|id| format!(r#"{{"id":{id}}}"#)).collect();
    let head = format!("200 OK\nContent-Type: application/json\n{headers}");
    let head = head.trim_end_matches('\n');
    Script::answer(head, format!("[{}]", rows.join(",")))
}

fn linked(to: &str, body: &str) -> Script {
    page(&format!("Link: <{to}>; rel=\"next\", <{{self}}/l>; rel=\"first\""), body)
}

/// The bodies, and the error that ended the list, if one did.
fn walk(server: &Server, path: &str) -> (Vec<Vec<u8>>, Option<HttpErrorKind>) {
    let world = World::new();
    let mut pages = world.client.pages(server.get(path).with_credential(Some(server.credential())));
    let mut bodies = Vec::new();
    loop {
        match pages.next() {
            Some(Ok(Page { body, .. })) => bodies.push(body),
            Some(Err(error)) => {
                assert!(pages.next().is_none(), "an error ends the list");
                return (bodies, Some(error.kind));
            }
            None => return (bodies, None),
        }
    }
}

#[test]
fn links_are_followed_to_the_end() {
    let first = page("X-Total: 3\nLink: <{self}/l?page=2>; rel=\"next\"", "[1,2]");
    let last = page("Link: <{self}/l>; rel=\"first\"", "[3]");
    let server = Server::start([first, last]);
    let world = World::new();
    let pages: Result<Vec<Page>, _> = world.client.pages(server.get("/l")).collect();
    let pages = pages.expect("two pages");
    assert_eq!((pages[0].total, pages[0].has_next), (Some(3), true));
    assert_eq!((pages[1].total, pages[1].has_next), (None, false));
    assert_eq!(pages[1].url, server.url("/l?page=2"));
}

#[test]
fn the_credential_goes_along() {
    let server = Server::start([linked("/l?page=2", "[1]"), page("", "[2]")]);
    assert_eq!(walk(&server, "/l").0.len(), 2);
    assert!(server.seen().iter().all(|request| request.contains("authorization: Bearer ")));
}

#[test]
fn without_links_the_number_of_the_next_page_will_do() {
    let scripts = [page("X-Next-Page: 2", "[1]"), page("X-Next-Page: \nLink: ", "[2]")];
    let server = Server::start(scripts);
    let (bodies, error) = walk(&server, "/l?not%5Blabels%5D=a+b&page=1&per_page=1");
    assert!(error.is_none() && bodies.len() == 2);
    let asked = "GET /l?not%5Blabels%5D=a+b&page=2&per_page=1 ";
    assert!(server.seen()[1].starts_with(asked), "{}", server.seen()[1]);
}

#[test]
fn an_address_that_the_server_left_unencoded_is_followed() {
    let server = Server::start([linked("/l?search=é&page=2", "[1]"), page("", "[2]")]);
    assert_eq!(walk(&server, "/l").0.len(), 2);
    assert!(server.seen()[1].starts_with("GET /l?search=%C3%A9&page=2 "));
}

#[test]
fn with_links_the_number_does_not_count() {
    let headers = "X-Next-Page: 2\nLink: <{self}/l>; rel=\"first\"";
    assert_eq!(walk(&Server::start([page(headers, "[1]")]), "/l").0.len(), 1);
}

#[test]
fn a_round_trip_is_an_error() {
    let scripts = [linked("{self}/l?page=2", "[1]"), linked("{self}/l", "[2]")];
    let (bodies, error) = walk(&Server::start(scripts), "/l");
    assert_eq!(bodies.len(), 2);
    assert!(matches!(error, Some(HttpErrorKind::Pages { .. })), "{error:?}");
}

#[test]
fn a_page_elsewhere_is_an_error_and_nobody_is_asked() {
    let other = Server::start([page("", "[2]")]);
    let here = Server::start([]).base().replace("http:", "https:");
    let on_other = format!("{}/l?page=2", other.base());
    for to in [
        on_other.as_str(),
        "http://gitlab.invalid/l?page=2",
        "{self}@gitlab.invalid/",
        "http://user:password@{host}/l?page=2",
        &here,
    ] {
        let (bodies, error) = walk(&Server::start([linked(to, "[1]")]), "/l");
        assert_eq!(bodies.len(), 1, "{to}");
        assert!(matches!(error, Some(HttpErrorKind::Pages { .. })), "{to}: {error:?}");
    }
    assert_eq!(other.seen(), Vec::<String>::new());
}

#[test]
fn a_page_that_cannot_be_had_is_an_error_and_not_a_shorter_list() {
    let broken = Script::answer("500 Error\nContent-Type: application/json", "{}");
    let (bodies, error) = walk(&Server::start([linked("/l?page=2", "[1]"), broken]), "/l");
    assert_eq!(bodies.len(), 1);
    assert!(matches!(error, Some(HttpErrorKind::Status { status: 500, .. })), "{error:?}");
    for unreadable in ["Link: /l?page=2; rel=next", "X-Next-Page: two"] {
        let (_, error) = walk(&Server::start([page(unreadable, "[1]")]), "/l");
        assert!(matches!(error, Some(HttpErrorKind::Pages { .. })), "{unreadable}: {error:?}");
    }
}

#[test]
fn who_wants_only_the_first_page_does_not_meet_the_next_ones_trouble() {
    let server = Server::start([linked("https://gitlab.invalid/l?page=2", "[1]")]);
    let world = World::new();
    let first = world.client.pages(server.get("/l")).next().expect("a page").expect("no error");
    assert!(first.has_next);
}

/// How many pages a list has that these headers and ids make, and whether it is complete.
fn outcome(path: &str, scripts: &[(&str, &str)]) -> (usize, bool) {
    let scripts: Vec<Script> = scripts.iter().map(|(headers, ids)| page(headers, ids)).collect();
    let (bodies, error) = walk(&Server::start(scripts), path);
    assert!(matches!(error, None | Some(HttpErrorKind::Pages { .. })), "{error:?}");
    (bodies.len(), error.is_none())
}

#[test]
fn a_list_that_ends_before_the_servers_count_is_incomplete() {
    let count = "X-Total: 6\nX-Total-Pages: 3\nX-Page: 1\nX-Per-Page: 2";
    assert_eq!(outcome("/l?per_page=2", &[(count, "1,2")]), (1, false));
    assert_eq!(outcome("/l?per_page=2", &[("X-Total: 3", "1,2")]), (1, false));
    assert_eq!(outcome("/l?per_page=2", &[("X-Page: 1\nX-Total-Pages: 2", "1,2")]), (1, false));
    assert_eq!(outcome("/l", &[("X-Total: 0\nX-Next-Page: ", "")]), (1, true));
    // Rows before the page that was asked for count as sent.
    assert_eq!(outcome("/l?page=3&per_page=2", &[("X-Total: 6\nX-Page: 3", "5,6")]), (1, true));
    // A row was added meanwhile, so that one comes twice.
    let shifted = [
        ("X-Total: 4\nX-Next-Page: 2", "1,2"),
        ("X-Total: 5\nX-Next-Page: 3", "2,3"),
        ("X-Total: 5", "4"),
    ];
    assert_eq!(outcome("/l?per_page=2", &shifted), (3, true));
}

#[test]
fn without_any_header_a_full_page_asks_for_the_next_one() {
    let pages = [("", "1,2"), ("", "3,4"), ("", "5")];
    assert_eq!(outcome("/l?per_page=2", &pages), (3, true));
    assert_eq!(outcome("/l?per_page=2", &[("", "1,2"), ("", "")]), (2, true));
    assert_eq!(outcome("/l?per_page=3", &[("", "1,2")]), (1, true));
    assert_eq!(outcome("/l?per_page=2", &[("X-Next-Page: ", "1,2")]), (1, true));
}

#[test]
fn pages_that_repeat_themselves_end_the_list() {
    let repeating: Vec<String> = (2..9).map(|page| format!("X-Next-Page: {page}")).collect();
    let repeating: Vec<(&str, &str)> =
        repeating.iter().map(|headers| (headers.as_str(), "1,2")).collect();
    assert_eq!(outcome("/l?per_page=2", &repeating), (3, false));
    let empty: Vec<(&str, &str)> = repeating.iter().map(|(headers, _)| (*headers, "")).collect();
    assert_eq!(outcome("/l?per_page=2", &empty), (2, false));
    assert!(!outcome("/l?per_page=2", &[("", "1,2"), ("", "1,2"), ("", "1,2")]).1);
    let last = [("X-Next-Page: 2", "1,2"), ("X-Next-Page: ", "1,2")];
    assert_eq!(outcome("/l?per_page=2", &last), (2, false));
    let shifted = [("X-Next-Page: 2", "1,2"), ("X-Next-Page: ", "2")];
    assert_eq!(outcome("/l?per_page=2", &shifted), (2, true));
}

#[test]
fn a_link_elsewhere_is_replaced_by_the_number_on_our_own_origin() {
    for link in ["<https://gitlab.invalid/l?page=7>; rel=next", "</l?page=7>", "<<<"] {
        let link = format!("Link: {link}\nX-Next-Page: 2");
        let server = Server::start([page(&link, "1"), page("", "2")]);
        let (bodies, error) = walk(&server, "/l");
        if link.contains("rel") || link.contains("<<<") {
            assert!(error.is_none() && bodies.len() == 2, "{link}: {error:?}");
            assert!(server.seen()[1].starts_with("GET /l?page=2 "), "{link}");
        } else {
            // A header without a next page is the end, whatever the number says.
            assert!(error.is_none() && bodies.len() == 1, "{link}: {error:?}");
        }
    }
}

#[test]
fn pages_requested_ahead_stop_at_the_first_without_a_next_one() {
    let counted =
        |page: u64| format!("X-Total-Pages: 9\nX-Page: {page}\nX-Next-Page: {}", page + 1);
    let scripts = [
        page(&counted(1), "1"),
        page(&counted(2), "2"),
        page("X-Total-Pages: 9\nX-Page: 3\nX-Next-Page: ", "3"),
        page(&counted(4), "4"),
        page(&counted(5), "5"),
        page(&counted(6), "6"),
    ];
    let (bodies, error) = walk(&Server::start(scripts), "/l?per_page=1");
    assert!(bodies.len() <= 6 && matches!(error, Some(HttpErrorKind::Pages { .. })), "{error:?}");
}

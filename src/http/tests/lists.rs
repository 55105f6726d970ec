//! Lists in pages.

use super::support::{Script, Server, World};
use crate::http::{HttpErrorKind, Page};

fn page(headers: &str, body: &str) -> Script {
    Script::answer(&format!("200 OK\nContent-Type: application/json\n{headers}"), body)
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
    let asked = "GET /l?not%5Blabels%5D=a+b&per_page=1&page=2 ";
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

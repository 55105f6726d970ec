//! The person in the browser, and what else comes to the callback's port, on bare sockets.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use glduo::model::address::Url;

use crate::support::raw::{self, Answer};

/// Opens the page of a login and agrees; gives what the browser shows in the end.
pub(super) fn approve(page: &Url) -> String {
    follow(&press("authorize", page))
}

/// Opens the page of a login and refuses.
pub(super) fn refuse(page: &Url) -> String {
    follow(&press("deny", page))
}

/// What GitLab shows at an address.
pub(super) fn open(page: &Url) -> Answer {
    raw::get(&base(page), &target(page), &[])
}

/// Presses a button of a page's form; gives where the browser is sent to.
pub(super) fn press(decision: &str, page: &Url) -> Url {
    let answer = decide(decision, page);
    assert_eq!(answer.status, 302, "{}", answer.text());
    Url::parse(answer.header("location").expect("a place to go")).expect("a URL")
}

/// Presses a button of a page's form.
pub(super) fn decide(decision: &str, page: &Url) -> Answer {
    let shown = open(page);
    assert_eq!(shown.status, 200, "{}", shown.text());
    let html = shown.text();
    let form = html.split("<form method=\"post\"").nth(1).expect("a form");
    let (action, token) = (value(form, "action=\""), value(form, "token\" value=\""));
    assert!(form.contains(&format!("name=\"decision\" value=\"{decision}\"")), "{form}");
    let body = format!("authenticity_token={token}&decision={decision}");
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    raw::send(&base(page), "POST", action, &headers, body.as_bytes())
}

/// What stands between some text and the next quotation mark.
fn value<'h>(html: &'h str, before: &str) -> &'h str {
    html.split(before).nth(1).and_then(|rest| rest.split('"').next()).expect("a value")
}

fn base(url: &Url) -> String {
    format!("http://127.0.0.1:{}", url.port().expect("a port"))
}

/// Path and query.
pub(super) fn target(url: &Url) -> String {
    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
}

/// Goes where GitLab sends the browser, over IPv4.
pub(super) fn follow(callback: &Url) -> String {
    let port = callback.port().expect("a port");
    get(port, &target(callback)).expect("the callback is listened for")
}

/// Asks the callback's port for something, with the right Host.
pub(super) fn get(port: u16, target: &str) -> io::Result<String> {
    let request = format!("GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
    send(Ipv4Addr::LOCALHOST.into(), port, &request)
}

/// Sends some bytes and reads until the other end closes.
pub(super) fn send(address: IpAddr, port: u16, request: &str) -> io::Result<String> {
    let mut stream = connect(address, port)?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// A connection that has said nothing yet.
pub(super) fn connect(address: IpAddr, port: u16) -> io::Result<TcpStream> {
    let wait = Duration::from_secs(20);
    let stream = TcpStream::connect_timeout(&SocketAddr::new(address, port), wait)?;
    stream.set_read_timeout(Some(wait))?;
    Ok(stream)
}

/// A parameter of an address.
pub(super) fn parameter(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.unwrap_or_else(|| panic!("no {name} in {url}")).1.into_owned()
}

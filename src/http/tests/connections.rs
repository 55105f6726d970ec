//! What becomes of connections between requests, and requests side by side.

use std::io::Write as _;
use std::net::TcpListener;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use super::support::{Script, Server, World, read_request};
use crate::http::{Accept, EventReader, Request, Resend};
use crate::model::address::Url;

const KEPT: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]";

fn listen() -> (TcpListener, Url) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    (listener, Url::parse(&format!("http://{address}/")).expect("a URL"))
}

#[test]
fn one_connection_serves_pages_and_streams() {
    let (listener, url) = listen();
    thread::spawn(move || {
        let (mut only, _) = listener.accept().expect("a connection");
        let stream = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\
                      Content-Length: 9\r\n\r\ndata: 1\n\n";
        for answer in [KEPT, KEPT, stream, KEPT] {
            read_request(&mut only).expect("a request on this connection");
            only.write_all(answer.as_bytes()).expect("the client is there");
        }
    });
    let world = World::new();
    let get = Request::get(url);
    world.client.send(&get).expect("an answer");
    world.client.send(&get).expect("an answer");
    let stream = world.client.open(&get.clone().accepting(Accept::EventStream)).expect("a stream");
    let mut events = EventReader::new(stream);
    assert_eq!(events.next_event().expect("no error").expect("an event").data, "1");
    assert_eq!(events.next_event().expect("no error"), None);
    world.client.send(&get).expect("an answer");
}

#[test]
fn a_connection_that_was_closed_meanwhile_is_not_used_again() {
    let server = Server::start(vec![Script::raw(KEPT); 2]);
    let request = Request::post_json(server.url("/"), b"{}".to_vec(), Resend::Never);
    let world = World::new();
    world.client.send(&request).expect("an answer");
    thread::sleep(Duration::from_millis(50));
    world.client.send(&request).expect("an answer by a new connection");
    assert_eq!(server.seen().len(), 2);
}

#[test]
fn threads_send_side_by_side_and_in_any_order() {
    const THREADS: usize = 4;
    let (listener, url) = listen();
    let all_are_there = Arc::new(Barrier::new(THREADS));
    thread::spawn(move || {
        for delay in (0..THREADS as u64).rev() {
            let (mut connection, _) = listener.accept().expect("a connection");
            let all_are_there = Arc::clone(&all_are_there);
            thread::spawn(move || {
                read_request(&mut connection).expect("a request");
                all_are_there.wait();
                thread::sleep(Duration::from_millis(delay * 20));
                connection.write_all(KEPT.as_bytes()).expect("the client is there");
            });
        }
    });
    let world = World::new();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| world.client.send(&Request::get(url.clone())).expect("an answer"));
        }
    });
}

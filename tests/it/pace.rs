//! When things appear, in contrast to what appears.

use std::thread;
use std::time::{Duration, Instant};

use glduo::system::streams::Output;

use crate::support::broken::{Broken, End, Script};
use crate::support::world::{Sink, World};

const TOKEN: &str = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n\
                     Content-Length: 26\r\nConnection: close\r\n\r\n{\"token\":\"t\",\"headers\":{}}";

/// Two pieces of text, then what brings none, then half an event.
const BEGINNING: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n\
    data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"one \"}}\n\n\
    data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"two\"}}\n\n\
    data: {\"type\":\"ping\"}\n\n: a comment\n\ndata: {\"type\":";

#[test]
fn text_appears_before_more_of_the_answer_is_waited_for() {
    for format in ["table", "ndjson"] {
        let server = Broken::serve(vec![
            Script::new(TOKEN, End::Close),
            Script::new(BEGINNING, End::HoldOpen),
        ]);
        let world = World::new()
            .env("GITLAB_INSTANCE_URL", server.url())
            .env("GITLAB_AI_GATEWAY_URL", server.url())
            .env("GITLAB_TOKEN", "glpat-00000000000000000000");
        let (stdout, stderr) = (Sink::default(), Sink::default());
        let (shown, said) = (Output::new(stdout.clone()), Output::new(stderr));
        let appeared = thread::scope(|scope| {
            scope.spawn(|| world.run_onto(&["chat", "-n", "-F", format, "hi"], shown, said));
            let begun = Instant::now();
            while !stdout.text().contains("two") && begun.elapsed() < Duration::from_secs(10) {
                thread::sleep(Duration::from_millis(5));
            }
            let appeared = stdout.text();
            // Ends the answer, and with it the run.
            drop(server);
            appeared
        });
        assert!(appeared.contains("one") && appeared.contains("two"), "{format}: {appeared:?}");
    }
}

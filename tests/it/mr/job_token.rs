//! A CI job with nothing but its own token: what it reaches, and what it is told it does not.

use glduo::sandbox::Sandbox;

use crate::support::gitlab::{asked, storefront};
use crate::support::world::World;

fn job(sandbox: &Sandbox) -> World {
    World::new()
        .env("GITLAB_CI", "true")
        .env("CI", "true")
        .env("CI_SERVER_URL", sandbox.url())
        .env("CI_PROJECT_ID", "61840217")
        .env("CI_JOB_TOKEN", sandbox.token_named("job").expect("a job token"))
}

#[test]
fn lists_and_details_are_reached_with_the_header_for_it() {
    let sandbox = storefront();
    let world = job(&sandbox);
    for (line, start) in [
        ("mr list", "44\topened\t"),
        ("mr show 42 --no-diff", "!42 Take discounts"),
        ("mr show 42 --no-diff -c", "!42 Take discounts"),
    ] {
        let outcome = world.run(line);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{line}");
        assert!(outcome.stdout.starts_with(start), "{line}: {}", outcome.stdout);
    }
    for request in sandbox.requests() {
        assert_eq!(request.header("job-token"), sandbox.token_named("job"));
        assert_eq!(
            (request.header("authorization"), request.header("private-token")),
            (None, None)
        );
    }
}

#[test]
fn what_it_does_not_reach_is_said_before_anything_is_asked() {
    let sandbox = storefront();
    let world = job(&sandbox);
    for line in [
        "mr show 42",
        "mr show 42 --diff",
        "mr list --author @me",
        "mr list -g acme",
        "mr show favicon",
    ] {
        let outcome = world.run(&format!("{line} --json"));
        assert_eq!((outcome.code, outcome.stdout.as_str()), (4, ""), "{line}");
        let error = outcome.error();
        assert_eq!(error["code"], "job_token_unsupported", "{line}");
        assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("GITLAB_TOKEN")), "{line}");
        assert_eq!(asked(&sandbox), [""; 0], "{line}");
    }
}

#[test]
fn it_goes_to_no_other_server() {
    let (sandbox, other) = (storefront(), storefront());
    let outcome = job(&sandbox).run(&format!("mr list -R 61840217 --instance {}", other.url()));
    assert_eq!((outcome.code, outcome.stdout.as_str()), (4, ""));
    assert_eq!(asked(&other), [""; 0]);
}

#[test]
fn a_token_of_a_person_comes_first() {
    let sandbox = storefront();
    let world = job(&sandbox).env("GITLAB_TOKEN", sandbox.token());
    assert_eq!(world.run("mr show 42 --diff").code, 0);
    assert!(sandbox.requests().iter().all(|request| request.header("job-token").is_none()));
}

//! `glduo chat --schema`.

use serde_json::json;

use crate::support::model::{Model, says, text_of};

const SCHEMA: &str =
    r#"{"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}"#;

#[test]
fn the_answer_is_the_json_alone() {
    let model = Model::answering([says("```json\n{\"n\": 1}\n```\n"), says(" {\"n\": 2} ")]);
    let run = model.world().run_args(&["chat", "-n", "x", "--schema", SCHEMA]);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str(), run.code), ("{\"n\": 1}\n", "", 0));
    let world = model.world().file("work/s.json", SCHEMA);
    let run = world.run("chat -n x --schema s.json --json");
    assert_eq!((&run.json()["text"], run.code), (&json!("{\"n\": 2}"), 0));
    let system = model.questions()[1]["system"].as_str().expect("a system prompt").to_owned();
    assert!(system.ends_with(SCHEMA), "{system}");
}

#[test]
fn what_does_not_fit_is_asked_for_once_more() {
    let model = Model::answering([says("{\"n\": \"one\"}"), says("{\"n\": 1}")]);
    let run = model.world().run_args(&["chat", "-n", "-u", "x", "--schema", SCHEMA]);
    assert_eq!((run.stdout.as_str(), run.code), ("{\"n\": 1}\n", 0));
    assert!(run.stderr.contains("20 tokens in, 10 out"), "{}", run.stderr);
    let turns = model.questions()[1]["messages"].clone();
    assert_eq!(
        (text_of(&turns[0]["content"]), text_of(&turns[1]["content"])),
        ("x".to_owned(), "{\"n\": \"one\"}".to_owned())
    );
    assert!(turns[2]["content"].as_str().expect("text").contains("/n"), "{turns}");
}

#[test]
fn after_two_misfits_stdout_stays_empty() {
    for format in ["table", "json", "ndjson"] {
        let model = Model::answering([says("no"), says("{}")]);
        let run = model.world().run_args(&["chat", "-n", "x", "--schema", SCHEMA, "-F", format]);
        assert_eq!(run.code, 1, "{}", run.stderr);
        assert_eq!(model.questions().len(), 2);
        match format {
            "table" => {
                assert_eq!(run.stdout, "");
                assert!(run.stderr.contains("missing properties 'n'"), "{}", run.stderr);
            }
            "json" => {
                assert_eq!(
                    (run.stdout.as_str(), &run.error()["code"]),
                    ("", &json!("schema_mismatch"))
                );
            }
            _ => {
                assert!(!run.stdout.contains("delta"), "{}", run.stdout);
                assert!(
                    run.stdout.lines().last().expect("a line").starts_with(r#"{"type":"error""#)
                );
            }
        }
    }
}

#[test]
fn what_is_no_schema_is_told_before_anything_is_sent() {
    let model = Model::answering([]);
    let world = model.world().file("work/bad.json", "{");
    for schema in
        ["{", r#"{"type": 1}"#, r#"{"$ref": "https://host/x"}"#, "bad.json", "missing.json"]
    {
        let run = world.run_args(&["chat", "-n", "x", "--schema", schema]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{schema}: {}", run.stderr);
    }
    assert!(model.sandbox.requests().is_empty());
}

#[test]
fn a_conversation_keeps_the_answer_that_fits_and_not_the_repair() {
    let model = Model::answering([says("no"), says("{\"n\": 1}"), says("ok")]);
    let world = model.world();
    world.run_args(&["chat", "-n", "x", "--schema", SCHEMA, "--session", "s"]);
    assert_eq!(world.run("chat -n y --session s").code, 0);
    let turns = model.questions()[2]["messages"].clone();
    let texts = [&turns[0], &turns[1], &turns[2]].map(|turn| text_of(&turn["content"]));
    assert_eq!(texts, ["x", "{\"n\": 1}", "y"]);
    assert!(turns[3].is_null(), "{turns}");
}

//! The JSON that is glduo's own is what docs/schemas says, member by member: a member that no
//! schema names fails here, and docs/json.md shows an example of each.

use std::collections::BTreeSet;
use std::fs;

use boon::{Compiler, SchemaIndex, Schemas};
use glduo::exit::Code;
use serde_json::{Value, json};

use crate::support::gitlab::{answering, at_home, storefront};
use crate::support::model::{Model, delta, ends, says, stream};
use crate::support::world::{World, project_folder};

/// Their objects are GitLab's with members of ours, so that any other member is right.
const OPEN: [&str; 3] = ["issue-show", "mr-show", "pipeline-show"];

/// What holds anything, as it is someone else's.
const ANYTHING: [&str; 4] = ["args", "body", "summary", "value"];

/// The schemas of one folder, which refer to each other by name.
struct Contract(Vec<(String, Value)>);

impl Contract {
    fn read() -> Self {
        let folder = project_folder().join("docs/schemas");
        let entries = fs::read_dir(folder).expect("the schemas").map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let text = fs::read_to_string(path).expect("a schema");
            let schema = serde_json::from_str(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
            (name.strip_suffix(".schema.json").expect("its ending").to_owned(), schema)
        });
        Self(entries.collect())
    }

    /// What is wrong with a value, in the eyes of `name` or of `name#/a/part`.
    fn misfit(&self, name: &str, value: &Value) -> Option<String> {
        let (schemas, index) = self.compiled(name);
        schemas.validate(value, index).err().map(|error| format!("{name}: {error:#}\n{value:#}"))
    }

    fn compiled(&self, name: &str) -> (Schemas, SchemaIndex) {
        let (mut compiler, mut schemas) = (Compiler::new(), Schemas::new());
        compiler.enable_format_assertions();
        for (name, schema) in &self.0 {
            compiler.add_resource(&address(name), schema.clone()).expect("a schema");
        }
        let (file, part) = name.split_once('#').unwrap_or((name, ""));
        let index = compiler.compile(&format!("{}#{part}", address(file)), &mut schemas);
        (schemas, index.unwrap_or_else(|why| panic!("{name}: {why}")))
    }

    /// The value fits, and would not with a member more anywhere.
    fn takes(&self, name: &str, value: &Value) {
        if let Some(misfit) = self.misfit(name, value) {
            panic!("{misfit}");
        }
        if !OPEN.contains(&name) {
            for grown in with_one_more(value) {
                assert!(self.misfit(name, &grown).is_some(), "{name} is open: {grown:#}");
            }
        }
    }
}

fn address(name: &str) -> String {
    format!("schema:/{name}.schema.json")
}

/// The value with an undocumented member in one of its objects, once for each.
fn with_one_more(value: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    if let Value::Object(members) = value {
        let mut grown = members.clone();
        grown.insert("undocumented".to_owned(), json!(1));
        all.push(grown.into());
        for (name, inner) in members.iter().filter(|(name, _)| !ANYTHING.contains(&name.as_str())) {
            for inner in with_one_more(inner) {
                let mut outer = members.clone();
                outer.insert(name.clone(), inner);
                all.push(outer.into());
            }
        }
    }
    // The first row stands for the others.
    if let Some((first, rest)) = value.as_array().and_then(|rows| rows.split_first()) {
        let rows = |first| [&[first], rest].concat().into();
        all.extend(with_one_more(first).into_iter().map(rows));
    }
    all
}

fn error_of(world: &World, line: &str) -> Value {
    json!({ "error": world.run(line).error() })
}

#[test]
fn an_answer_and_its_events_are_documented() {
    let contract = Contract::read();
    let thought = stream(&[
        json!({"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 7}}}),
        delta("thinking", "hm"),
        delta("text", "yes"),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}),
        json!({"type": "message_stop"}),
    ]);
    let broken = || ends(&["half"], None);
    let model = Model::answering([says("Hi."), thought, broken(), broken()]);
    let world = model.world();
    contract.takes("chat-result", &world.run("chat -n hello --session s --json").json());
    let mut types = BTreeSet::new();
    for _ in ["whole", "broken"] {
        for line in world.run("chat -n hello --reasoning -F ndjson").stdout.lines() {
            let event: Value = serde_json::from_str(line).expect("JSON");
            types.insert(event["type"].as_str().expect("a type").to_owned());
            contract.takes("chat-event", &event);
        }
    }
    assert_eq!(types, ["delta", "error", "reasoning", "result", "start"].map(String::from).into());
    let error = error_of(&world, "chat -n hello --json");
    assert_eq!(error["error"]["partial"]["text"], "half");
    contract.takes("error", &error);
    contract.takes("chat-dry-run", &world.run("chat -n hello --dry-run --json").json());
}

#[test]
fn a_workflow_and_its_events_are_documented() {
    let (contract, sandbox) = (Contract::read(), storefront());
    let world = at_home(&sandbox);
    let line = "chat -n -m duo-workflow-default Tidy";
    let result = world.run(&format!("{line} --json")).json();
    let tools = result["tools"].as_array().expect("tools");
    assert!(result["workflow_id"].is_string() && !tools.is_empty(), "{result}");
    contract.takes("chat-result", &result);
    let mut types = BTreeSet::new();
    let mut ends = Vec::new();
    for line in
        [format!("{line} -F ndjson"), format!("{line} -F ndjson --allow write --deny edit Fix it")]
    {
        let outcome = world.run(&line);
        for line in outcome.stdout.lines() {
            let event: Value = serde_json::from_str(line).expect("JSON");
            types.insert(event["type"].as_str().expect("a type").to_owned());
            contract.takes("chat-event", &event);
        }
        ends.push(outcome.code);
    }
    assert_eq!(types, ["delta", "result", "start", "status", "tool"].map(String::from).into());
    assert_eq!(ends, [0, 9]);
    let error = error_of(&world, &format!("{line} --allow write --deny edit Fix --json"));
    assert_eq!(error["error"]["code"], "tool_denied");
    contract.takes("error", &error);
    contract.takes("chat-dry-run", &world.run(&format!("{line} --dry-run --json")).json());
}

#[test]
fn what_the_doctor_says_is_documented_whether_it_is_well_or_not() {
    let (contract, sandbox) = (Contract::read(), storefront());
    let report = at_home(&sandbox).run("doctor --json").json();
    assert!(report["checks"].as_array().is_some_and(|checks| checks.len() > 5), "{report}");
    contract.takes("doctor", &report);
    let report = World::new().env("GITLAB_INSTANCE_URL", sandbox.url()).run("doctor --json").json();
    assert_eq!(report["ok"], json!(false));
    contract.takes("doctor", &report);
}

#[test]
fn models_are_documented_wherever_they_are_known_from() {
    let (contract, sandbox) = (Contract::read(), storefront());
    let world = at_home(&sandbox);
    let mut sources = BTreeSet::new();
    for _ in ["asked", "remembered"] {
        let rows = world.run("models --json").json();
        let all = rows.as_array().expect("rows").iter();
        sources.extend(all.map(|row| row["source"].as_str().expect("a source").to_owned()));
        contract.takes("models", &rows);
    }
    assert_eq!(sources, ["builtin", "cache", "server"].map(String::from).into());
}

#[test]
fn connections_are_documented_whether_they_work_or_not() {
    let (contract, sandbox) = (Contract::read(), storefront());
    let home = World::new().env("GITLAB_INSTANCE_URL", sandbox.url());
    let unusable = home.run("connect status --json");
    assert_eq!(unusable.code, 4, "{unusable:?}");
    contract.takes("connect-status", &unusable.json());
    let home = home.stdin(sandbox.token());
    contract.takes("connect-status", &home.run("connect --token --json").json());
    contract.takes("connect-status", &home.run("connect status --json").json());
    contract.takes("connect-status", &home.run("connect status --all --json").json()[0]);
    let stored = home.run("connect list --json").json();
    assert_eq!(stored.as_array().map(Vec::len), Some(1));
    contract.takes("connect-list", &stored);
}

#[test]
fn conversations_and_reviews_are_documented() {
    let contract = Contract::read();
    let model = Model::answering([says("Hi.")]);
    let world = model.world();
    world.run("chat -n hello --session s");
    contract.takes("conversation-list", &world.run("conversation list --json").json());
    contract.takes("conversation-show", &world.run("conversation show s --json").json());
    let review = json!({ "summary": "s", "head_sha": null, "comments": [
        { "path": "src/cart/total.ts", "line": 2, "side": "new", "start_line": null, "body": "b",
          "suggestion": null, "severity": null },
    ] });
    contract.takes("review", &review);
    let sandbox = storefront();
    let world = at_home(&sandbox).stdin(review.to_string());
    contract.takes("mr-review", &world.run("mr review 42 --json").json());
}

#[test]
fn errors_are_documented_with_every_code() {
    let contract = Contract::read();
    let sandbox = answering(|request| {
        request.path().ends_with("/issues").then(|| glduo::sandbox::Reply::json(403, "{}"))
    });
    for line in ["mr show 9999 --json", "issue list --json", "mr list --json --nonsense"] {
        let error = error_of(&at_home(&sandbox), line);
        assert!(error["error"]["code"].is_string(), "{line}: {error}");
        contract.takes("error", &error);
    }
    for code in Code::ALL {
        let misfit = contract.misfit("error#/$defs/code", &json!(code.word()));
        assert_eq!(misfit, None, "a code that no document names");
    }
}

#[test]
fn the_configuration_is_documented() {
    let contract = Contract::read();
    let world = World::new().user_config(r#"{ "projectId": 12345, "saveConversations": false }"#);
    for line in ["config list --json", "config list --user --json"] {
        contract.takes("config-list", &world.run(line).json());
    }
    let one = world.run("config get gitlab.model --json").json();
    contract.takes("config-list#/$defs/setting", &one);
    contract.takes("config-path", &world.run("config path --json").json());
}

#[test]
fn what_is_added_to_gitlabs_objects_is_documented() {
    let (contract, sandbox) = (Contract::read(), storefront());
    let world = at_home(&sandbox);
    for (line, name, added) in [
        ("mr show 42 -c --json", "mr-show", &["diffs", "notes"][..]),
        ("issue show 27 -c --json", "issue-show", &["notes"]),
        (
            "pipeline show --mr 42 --tests --recurse --json",
            "pipeline-show",
            &["jobs", "bridges", "test_report_summary"],
        ),
    ] {
        let object = world.run(line).json();
        for member in added {
            assert!(!object[member].is_null(), "{line}: no {member}");
        }
        contract.takes(name, &object);
    }
}

#[test]
fn every_example_of_the_page_fits_its_schema_and_every_schema_has_one() {
    let contract = Contract::read();
    let page = fs::read_to_string(project_folder().join("docs/json.md")).expect("docs/json.md");
    let mut shown = BTreeSet::new();
    for part in page.split("<!-- schema: ").skip(1) {
        let (name, rest) = part.split_once(" -->\n```json\n").expect("a block behind its mark");
        let (text, _) = rest.split_once("\n```").expect("an end of the block");
        let (name, each_line) =
            name.split_once(',').map_or((name, false), |(name, _)| (name, true));
        let texts = if each_line { text.lines().collect() } else { vec![text] };
        for text in texts {
            let value = serde_json::from_str(text).unwrap_or_else(|why| panic!("{name}: {why}"));
            contract.takes(name, &value);
        }
        shown.insert(name.to_owned());
    }
    let all: BTreeSet<String> = contract.0.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(shown, all);
    for name in all {
        assert!(page.contains(&format!("(schemas/{name}.schema.json)")), "no link to {name}");
    }
}

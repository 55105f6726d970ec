//! One odd field of a row never fails a list: every displayed field of every noun, as table, as
//! text and as JSON.

use std::sync::Arc;

use glduo::sandbox::{Intercept, Plan, Received, Reply, Sandbox};

use crate::support::world::World;

/// Values that no field was documented to have.
const ODD: [&str; 8] = ["null", "30.5", "true", "\"\"", "\"text\"", "[]", "{}", "[null, 1, {}]"];

/// A path that a command requests, its rows, and the fields that are required in them.
struct Noun {
    commands: &'static [&'static str],
    /// The end of the path that is answered with one odd row.
    path: &'static str,
    row: &'static str,
    required: &'static [&'static str],
    is_list: bool,
}

const MERGE_REQUEST: &str = r#"{"id":1,"iid":42,"title":"t","state":"opened","source_branch":"b","target_branch":"main",
    "author":{"username":"ann"},"updated_at":"2026-11-23T14:00:00Z","draft":false,"web_url":"https://h/g/p/-/merge_requests/42",
    "references":{"full":"g/p!42"},"description":"d","created_at":"2026-11-23T14:00:00Z","labels":["x"],"assignees":[{"username":"a"}],
    "reviewers":[],"milestone":{"title":"m"},"detailed_merge_status":"mergeable","user_notes_count":1,
    "head_pipeline":{"id":1,"status":"success"}}"#;
const ISSUE: &str = r#"{"id":1,"iid":7,"title":"t","state":"opened","labels":["x"],"author":{"username":"ann"},
    "updated_at":"2026-11-23T14:00:00Z","web_url":"https://h/g/p/-/issues/7","references":{"full":"g/p#7"},"description":"d",
    "issue_type":"incident","severity":"LOW","confidential":true,"assignees":[{"username":"a"}],"milestone":{"title":"m"},
    "weight":1,"due_date":"2026-11-23","merge_requests_count":1,"user_notes_count":1,"created_at":"2026-11-23T14:00:00Z",
    "closed_at":null,"closed_by":null}"#;
const PIPELINE: &str = r#"{"id":500,"iid":1,"project_id":101,"status":"success","ref":"main","sha":"a1b2","source":"push","name":"n",
    "created_at":"2026-11-23T14:00:00Z","updated_at":"2026-11-23T14:00:00Z","web_url":"https://h/g/p/-/pipelines/500",
    "duration":5,"coverage":"30.5","yaml_errors":"","user":{"username":"ann"}}"#;
const JOB: &str = r#"{"id":900801,"name":"unit","stage":"test","status":"failed","allow_failure":false,"duration":1.5,
    "failure_reason":"script_failure","web_url":"https://h/j","downstream_pipeline":{"id":9,"status":"failed"}}"#;
const NOTE: &str = r#"{"id":1,"body":"b","author":{"username":"ann"},"created_at":"2026-11-23T14:00:00Z","system":false,"internal":false}"#;
const TESTS: &str = r#"{"total":{"time":1.5,"count":1,"success":1,"failed":0,"skipped":0,"error":0},"test_suites":[]}"#;

const NOUNS: [Noun; 8] = [
    Noun {
        commands: &["mr list", "mr list --draft"],
        path: "/merge_requests",
        row: MERGE_REQUEST,
        required: &["id", "iid"],
        is_list: true,
    },
    Noun {
        commands: &["issue list"],
        path: "/issues",
        row: ISSUE,
        required: &["id", "iid"],
        is_list: true,
    },
    Noun {
        commands: &["pipeline list", "pipeline list --name n"],
        path: "/pipelines",
        row: PIPELINE,
        required: &["id"],
        is_list: true,
    },
    Noun {
        commands: &["pipeline show 9008"],
        path: "/pipelines/9008",
        row: PIPELINE,
        required: &["id"],
        is_list: false,
    },
    Noun {
        commands: &["pipeline show 9008"],
        path: "/pipelines/9008/jobs",
        row: JOB,
        required: &["id"],
        is_list: true,
    },
    Noun {
        commands: &["pipeline show 9008"],
        path: "/pipelines/9008/bridges",
        row: JOB,
        required: &["id"],
        is_list: true,
    },
    Noun {
        commands: &["pipeline show 9008 --tests"],
        path: "/test_report_summary",
        row: TESTS,
        required: &[],
        is_list: false,
    },
    Noun {
        commands: &["mr show 42 -c --no-diff"],
        path: "/notes",
        row: NOTE,
        required: &["id"],
        is_list: true,
    },
];

#[derive(Default)]
struct Answer {
    path: std::sync::Mutex<(String, String)>,
}

impl Intercept for Answer {
    fn reply(&self, request: &Received) -> Option<Reply> {
        let answer = self.path.lock().expect("a lock");
        let is_it = !answer.0.is_empty() && request.path().ends_with(&answer.0);
        is_it.then(|| Reply::json(200, answer.1.as_bytes()))
    }
}

#[test]
fn every_displayed_field_may_be_absent_or_odd() {
    let answer = Arc::new(Answer::default());
    let plan = Plan { intercept: Some(Arc::clone(&answer) as _), ..Plan::default() };
    let sandbox = Sandbox::start(plan).expect("a sandbox");
    let world = |terminal: bool| {
        let world = World::new()
            .env("GITLAB_INSTANCE_URL", sandbox.url())
            .env("GITLAB_TOKEN", sandbox.token())
            .env("GITLAB_REPO", sandbox.project());
        if terminal { world.on_terminal(80) } else { world }
    };
    let (pipe, terminal) = (world(false), world(true));
    for noun in NOUNS {
        let row: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(noun.row).expect("a row");
        for field in row.keys().filter(|field| !noun.required.contains(&field.as_str())) {
            for odd in ODD.iter().map(Some).chain([None]) {
                let mut row = row.clone();
                match odd {
                    Some(odd) => {
                        row.insert(field.clone(), serde_json::from_str(odd).expect("JSON"))
                    }
                    None => row.remove(field),
                };
                let row = serde_json::Value::Object(row);
                let body = if noun.is_list { serde_json::json!([row]) } else { row };
                *answer.path.lock().expect("a lock") = (noun.path.to_owned(), body.to_string());
                for command in noun.commands {
                    for (world, flag) in [(&pipe, ""), (&terminal, ""), (&pipe, " --json")] {
                        let outcome = world.run(&format!("{command}{flag}"));
                        assert_eq!(
                            outcome.code, 0,
                            "{command}{flag}, {field}: {odd:?}\n{outcome:?}"
                        );
                    }
                }
            }
        }
    }
}

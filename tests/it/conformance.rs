//! The sandbox's answers against GitLab's own schemas and sample bodies, which lie beside the
//! working copy where the project is developed and nowhere else.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use boon::{Compiler, Schemas};
use glduo::sandbox::{Intercept, Plan, Received, Reply, Sandbox};
use serde_json::{Value, json};

use crate::sandbox::question::Question;
use crate::support::raw;

/// A folder of the data; a test that uses it is ignored if the data is absent, as in a user's
/// clone.
pub(crate) fn data(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(folder)
}

fn ask(sandbox: &Sandbox, path: &str) -> Value {
    let token = format!("Bearer {}", sandbox.token());
    let answer = raw::get(sandbox.url(), &format!("/api/v4/{path}"), &[("authorization", &token)]);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

/// What a schema has against a value.
fn complaint(schemas: &Path, schema: &str, value: &Value) -> Option<String> {
    let file = schemas.join("public_api/v4").join(schema);
    let (mut all, mut compiler) = (Schemas::new(), Compiler::new());
    let file = file.to_str().expect("a path that is text");
    let index =
        compiler.compile(file, &mut all).unwrap_or_else(|error| panic!("{file}: {error:#}"));
    all.validate(value, index).err().map(|error| format!("{error:#}"))
}

fn rows(list: &Value) -> Vec<Value> {
    list.as_array().expect("rows").clone()
}

/// Every answer that has a schema, with its name.
fn answers(sandbox: &Sandbox) -> Vec<(String, &'static str, Value)> {
    let projects =
        ["acme%2Fshop%2Fstorefront", "acme%2Fshop%2Fprice-importer", "acme%2Fshop%2Fgift-cards"];
    let mut paths: Vec<(String, &str)> = vec![
        ("user".into(), "user/public.json"),
        ("metadata".into(), "metadata.json"),
        ("merge_requests?scope=all".into(), "merge_requests.json"),
        ("groups/acme/merge_requests".into(), "merge_requests.json"),
        ("issues?scope=all".into(), "issues.json"),
        ("groups/acme/issues".into(), "issues.json"),
    ];
    for project in projects {
        let list = format!("projects/{project}/merge_requests");
        paths.push((format!("{list}?per_page=100"), "merge_requests.json"));
        paths.push((format!("{list}?with_labels_details=true"), "merge_requests.json"));
        for row in ask(sandbox, &format!("{list}?view=simple")).as_array().expect("rows") {
            paths.push((format!("{list}/{}", row["iid"]), "merge_request.json"));
            paths.push((format!("{list}/{}/notes?per_page=100", row["iid"]), "notes.json"));
        }
    }
    for project in projects {
        let list = format!("projects/{project}/issues");
        paths.push((format!("{list}?per_page=100"), "issues.json"));
        paths.push((format!("{list}?with_labels_details=true&pagination=keyset"), "issues.json"));
        for row in ask(sandbox, &list).as_array().expect("rows") {
            paths.push((format!("{list}/{}", row["iid"]), "issue.json"));
            paths.push((format!("{list}/{}/notes?per_page=100", row["iid"]), "notes.json"));
        }
        let all = format!("projects/{project}/pipelines?per_page=100");
        let children = format!("{all}&source=parent_pipeline");
        for row in [ask(sandbox, &all), ask(sandbox, &children)].iter().flat_map(rows) {
            let one = format!("projects/{project}/pipelines/{}", row["id"]);
            paths.push((format!("{one}/jobs?include_retried=true&per_page=100"), "jobs.json"));
            paths.push((one, "pipeline/detail.json"));
        }
    }
    let mut answers: Vec<_> = paths
        .into_iter()
        .map(|(path, schema)| {
            let body = ask(sandbox, &path);
            (path, schema, body)
        })
        .collect();
    let show = "projects/61840217/merge_requests/42";
    for discussion in ask(sandbox, &format!("{show}/discussions")).as_array().expect("discussions")
    {
        answers.push((format!("{show}/discussions"), "notes.json", discussion["notes"].clone()));
    }
    let pipelines = "projects/61840217/pipelines?per_page=100";
    for row in rows(&ask(sandbox, pipelines)) {
        answers.push((pipelines.into(), "pipeline/basic.json", row));
    }
    let one = "projects/61840217/jobs/900803";
    answers.push((one.into(), "job.json", ask(sandbox, one)));
    for row in ask(sandbox, "merge_requests?scope=all&view=simple").as_array().expect("rows") {
        answers.push(("view=simple".into(), "merge_request_simple.json", row.clone()));
    }
    answers
}

/// New and edited notes, as one list.
fn written(sandbox: &Sandbox) -> Value {
    let token = format!("Bearer {}", sandbox.token());
    let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
    let mut notes = Vec::new();
    for place in ["merge_requests/42", "issues/27"] {
        let path = format!("/api/v4/projects/61840217/{place}/notes");
        let send = |method, path: &str| {
            raw::send(sandbox.url(), method, path, &headers, br#"{"body":"x"}"#).json()
        };
        let new = send("POST", &path);
        notes.push(send("PUT", &format!("{path}/{}", new["id"])));
        notes.push(new);
    }
    Value::Array(notes)
}

#[test]
#[cfg_attr(not(has_schemas), ignore = "GitLab's schemas and samples are not beside the project")]
fn every_answer_fits_its_schema() {
    let schemas = data("schemas");
    let sandbox = Sandbox::start(Plan::default()).expect("a sandbox");
    let mut answers = answers(&sandbox);
    answers.push(("written notes".into(), "notes.json", written(&sandbox)));
    assert!(answers.len() > 40, "only {} answers were looked at", answers.len());
    for (path, schema, body) in answers {
        let complaint = complaint(&schemas, schema, &body);
        assert_eq!(complaint, None, "{path} against {schema}");
    }
}

/// A sandbox with a defect: one field of every row has the wrong type.
struct Defect;

impl Intercept for Defect {
    fn alter(&self, _: &Received, reply: Reply) -> Reply {
        let glduo::sandbox::Body::Whole(body) = &reply.body else {
            return reply;
        };
        let text =
            String::from_utf8_lossy(body).replace("\"upvotes\":", "\"upvotes\":null,\"was\":");
        Reply::json(reply.status, text)
    }
}

#[test]
#[cfg_attr(not(has_schemas), ignore = "GitLab's schemas and samples are not beside the project")]
fn a_wrong_answer_is_found() {
    let schemas = data("schemas");
    let plan = Plan { intercept: Some(Arc::new(Defect)), ..Plan::default() };
    let sandbox = Sandbox::start(plan).expect("a sandbox");
    let rows = ask(&sandbox, "merge_requests");
    let complaint = complaint(&schemas, "merge_requests.json", &rows).unwrap_or_default();
    assert!(complaint.contains("/0/upvotes"), "{complaint}");
}

/// The fields of a sample that an answer lacks or has with another type.
fn differences(sample: &Value, answer: &Value, place: &str) -> Vec<String> {
    match (sample, answer) {
        (Value::Null, _) | (_, Value::Null) => Vec::new(),
        (Value::Object(fields), Value::Object(has)) => fields
            .iter()
            .flat_map(|(name, value)| match has.get(name) {
                Some(own) => differences(value, own, &format!("{place}/{name}")),
                None => vec![format!("{place}/{name}")],
            })
            .collect(),
        // Each item of the sample must be like one of the answer's.
        (Value::Array(items), Value::Array(has)) => items
            .iter()
            .enumerate()
            .flat_map(|(at, item)| {
                let place = format!("{place}/{at}");
                let tries = has.iter().map(|own| differences(item, own, &place));
                tries.min_by_key(Vec::len).unwrap_or_default()
            })
            .collect(),
        _ if std::mem::discriminant(sample) == std::mem::discriminant(answer) => Vec::new(),
        _ => vec![format!("{place} has another type")],
    }
}

/// What a sample has and the sandbox leaves out: fields of no account, and of features that it
/// has no data for.
const LEFT_OUT: &[&str] = &[
    "/skype",
    "/discord",
    "/github",
    "/pronouns",
    "/work_information",
    "/followers",
    "/following",
    "/is_followed",
    "/local_time",
    "/shared_runners_minutes_limit",
    "/scim_identities",
    "/extra_shared_runners_minutes_limit",
    "/rebase_in_progress",
    "/diverged_commits_count",
    "/open_issues_count",
    "/ci_config_path",
    "/_links/issues",
    "/2/artifacts_file",
];

#[test]
#[cfg_attr(not(has_schemas), ignore = "GitLab's schemas and samples are not beside the project")]
fn every_answer_has_the_fields_of_gitlabs_samples() {
    let samples = data("gitlab");
    let sandbox = Sandbox::start(Plan::default()).expect("a sandbox");
    let show = "projects/61840217/merge_requests/42";
    for (sample, path) in [
        ("user.json", "user".to_owned()),
        ("version.json", "version".to_owned()),
        ("metadata.json", "metadata".to_owned()),
        ("personal_access_tokens_self.json", "personal_access_tokens/self".to_owned()),
        ("project.json", "projects/61840217".to_owned()),
        ("merge_requests_list.json", "merge_requests?scope=all".to_owned()),
        ("merge_request_show.json", show.to_owned()),
        ("merge_request_diffs.json", format!("{show}/diffs")),
        ("merge_request_notes.json", format!("{show}/notes?activity_filter=only_comments")),
        ("merge_request_discussions.json", format!("{show}/discussions")),
        ("issues_list.json", "issues?scope=all".to_owned()),
        ("issue_show.json", "projects/61840217/issues/27".to_owned()),
        ("issue_notes.json", "projects/61840217/issues/27/notes".to_owned()),
        ("pipelines_list.json", "projects/61840217/pipelines".to_owned()),
        ("pipeline_show.json", "projects/61840217/pipelines/9001".to_owned()),
        ("pipeline_latest.json", "projects/61840217/pipelines/latest".to_owned()),
        ("pipeline_running.json", "projects/61840217/pipelines/9003".to_owned()),
        ("pipeline_jobs.json", "projects/61840217/pipelines/9008/jobs".to_owned()),
        ("pipeline_bridges.json", "projects/61840217/pipelines/9009/bridges".to_owned()),
        (
            "pipeline_test_report_summary.json",
            "projects/61840217/pipelines/9008/test_report_summary".to_owned(),
        ),
        ("job_failed.json", "projects/61840217/jobs/900803".to_owned()),
        ("merge_request_pipelines.json", format!("{show}/pipelines")),
    ] {
        let mut found = differences(&read(&samples, sample), &ask(&sandbox, &path), "");
        found.retain(|place| !LEFT_OUT.contains(&place.as_str()));
        assert!(found.is_empty(), "{path} lacks of {sample}: {found:?}");
    }
}

fn read(samples: &Path, sample: &str) -> Value {
    let text = fs::read_to_string(samples.join(sample)).expect("a sample");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
#[cfg_attr(not(has_schemas), ignore = "GitLab's schemas and samples are not beside the project")]
fn errors_are_gitlabs_own() {
    let samples = data("gitlab/errors");
    let sandbox = Sandbox::start(Plan::default()).expect("a sandbox");
    let list = "projects/61840217/merge_requests";
    for (sample, status, token, path) in [
        ("401_unauthorized.json", 401, "", "user"),
        ("401_expired_token.json", 401, "expired", "user"),
        ("401_invalid_token.json", 401, "revoked", "user"),
        ("403_forbidden.json", 403, "no_seat", "ai/third_party_agents/direct_access"),
        ("403_insufficient_scope.json", 403, "read_user", list),
        ("404_project.json", 404, "api", "projects/1"),
        ("404_plain.json", 404, "api", &format!("{list}/1")),
        ("404_route.json", 404, "api", "nonsense"),
        ("400_param.json", 400, "api", &format!("{list}?scope=mine")),
    ] {
        let method = if status == 403 && token == "no_seat" { "POST" } else { "GET" };
        let token = sandbox.token_named(token).unwrap_or_default();
        let target = format!("/api/v4/{path}");
        let answer = raw::send(sandbox.url(), method, &target, &[("private-token", token)], b"");
        assert_eq!((answer.status, answer.json()), (status, read(&samples, sample)), "{sample}");
    }
}

#[test]
#[cfg_attr(not(has_schemas), ignore = "GitLab's schemas and samples are not beside the project")]
fn the_gateway_speaks_as_the_samples_do() {
    let samples = data("gitlab/duo");
    let sandbox = Sandbox::start(Plan::default()).expect("a sandbox");
    let question =
        || Question::new(&sandbox).with_body(read(&samples, "anthropic_messages_request.json"));
    let kinds = |stream: &str| {
        let kinds = stream.lines().filter_map(|line| line.strip_prefix("event: "));
        let mut kinds: Vec<String> = kinds.map(str::to_owned).collect();
        kinds.dedup();
        kinds
    };
    let sample = fs::read_to_string(samples.join("anthropic_stream_text.sse")).expect("a sample");
    assert_eq!(kinds(&question().ask(&sandbox).text()), kinds(&sample));
    let whole = question().set("/stream", json!(false)).with("accept", "application/json");
    let wanted = read(&samples, "anthropic_messages_response.json");
    assert_eq!(differences(&wanted, &whole.ask(&sandbox).json(), ""), [""; 0]);
    for (sample, question) in [
        ("error_400_missing_unit_primitive.json", question().without("x-gitlab-unit-primitive")),
        ("error_400_unsupported_model.json", question().set("/model", json!("gpt-5"))),
    ] {
        assert_eq!(question.ask(&sandbox).json(), read(&samples, sample), "{sample}");
    }
}

#[test]
fn differences_from_a_sample_are_found() {
    let sample = json!({ "a": 1, "b": [{ "c": "x" }, { "z": 1 }], "d": null, "e": { "f": true } });
    let answer = json!({ "a": "1", "b": [{}, { "z": 2 }], "d": 3, "e": null, "g": 1 });
    assert_eq!(differences(&sample, &answer, ""), ["/a has another type", "/b/0/c"]);
}

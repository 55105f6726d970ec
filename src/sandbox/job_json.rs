//! A job or bridge as GitLab's REST API shows it.

use serde_json::{Value, json};

use super::call::World;
use super::object::{self, Object};
use super::pipeline_json;
use super::pipeline_run::Run;
use super::seed::{Pipeline, PipelineJob};
use super::users;

/// A job of a pipeline, by its place there.
pub(super) fn job(world: &World, pipeline: &Pipeline, at: usize, job: &PipelineJob) -> String {
    let run = Run::now(world, pipeline);
    let (started, _) = run.job_times(job);
    let runner = started.as_ref().map(|_| runner());
    let manager = started.as_ref().map(|_| runner_manager());
    let log = run.log(job).map(|log| {
        json!({ "file_type": "trace", "size": log.len(), "filename": "job.log", "file_format": null })
    });
    let artifacts = object::array(log.iter().map(Value::to_string));
    shared(world, &run, at, job)
        .raw("artifacts", &artifacts)
        .put("runner", runner)
        .put("runner_manager", manager)
        .put("artifacts_expire_at", None::<&str>)
        .put("archived", false)
        .put("tag_list", ["linux"])
        .end()
}

/// A bridge, with what it started.
pub(super) fn bridge(world: &World, pipeline: &Pipeline, at: usize, job: &PipelineJob) -> String {
    let run = Run::now(world, pipeline);
    let started = |id| world.seed.pipelines.iter().find(|one| one.id == id);
    let child = job.starts.and_then(started).map(|one| pipeline_json::row(world, one).end());
    shared(world, &run, at, job)
        .put("archived", false)
        .raw("downstream_pipeline", child.as_deref().unwrap_or("null"))
        .end()
}

fn shared(world: &World, run: &Run<'_>, at: usize, job: &PipelineJob) -> Object {
    let pipeline = run.pipeline;
    let (started, finished) = run.job_times(job);
    let status = run.job_status(job);
    let project = world.project(pipeline.project).map_or("", |project| project.path.as_str());
    let id = pipeline.job_id(at);
    let took = finished.as_ref().map(|_| f64::from(u32::try_from(job.took).unwrap_or(0)) + 0.25);
    let object = Object::new()
        .put("id", id)
        .put("status", status)
        .put("stage", &job.stage)
        .put("name", &job.name)
        .put("ref", &pipeline.reference)
        .put("tag", pipeline.tag)
        .put("coverage", pipeline.coverage.filter(|_| job.tests.is_some() && finished.is_some()))
        .put("allow_failure", job.allow_failure)
        .put("created_at", run.created_at())
        .put("started_at", &started)
        .put("finished_at", &finished)
        .put("erased_at", None::<&str>)
        .put("duration", took)
        .put("queued_duration", started.as_ref().map(|_| 1.5))
        .raw("user", &users::of_job(world, &pipeline.user))
        .put("commit", commit(world, pipeline, project))
        .raw("pipeline", &pipeline_json::row(world, pipeline).end());
    let object = match &job.failure_reason {
        Some(reason) if status == "failed" => object.put("failure_reason", reason),
        _ => object,
    };
    object
        .put("web_url", format!("{}/{project}/-/jobs/{id}", world.base))
        .put("project", json!({ "ci_job_token_scope_enabled": false }))
}

fn commit(world: &World, pipeline: &Pipeline, project: &str) -> Value {
    let person = world.person(&pipeline.user);
    let (name, email) = person.map_or(("", ""), |one| (one.name.as_str(), one.email.as_str()));
    json!({
        "id": pipeline.sha,
        "short_id": pipeline.sha.get(..8),
        "created_at": pipeline.created_at,
        "parent_ids": [],
        "title": pipeline.title,
        "message": pipeline.title,
        "author_name": name,
        "author_email": email,
        "authored_date": pipeline.created_at,
        "committer_name": name,
        "committer_email": email,
        "committed_date": pipeline.created_at,
        "trailers": {},
        "web_url": format!("{}/{project}/-/commit/{}", world.base, pipeline.sha),
    })
}

fn runner() -> Value {
    json!({
        "id": 12_270_807,
        "description": "blue.sandbox.example",
        "ip_address": null,
        "active": true,
        "paused": false,
        "is_shared": true,
        "runner_type": "instance_type",
        "name": "gitlab-runner",
        "online": true,
        "status": "online",
    })
}

fn runner_manager() -> Value {
    json!({
        "id": 48_120_331,
        "system_id": "s_0a1b2c3d4e5f",
        "version": "18.5.0",
        "revision": "bda84871",
        "platform": "linux",
        "architecture": "amd64",
        "created_at": "2026-10-20T08:00:00.000Z",
        "contacted_at": "2026-11-23T11:58:30.000Z",
        "ip_address": "127.0.0.1",
        "status": "online",
    })
}

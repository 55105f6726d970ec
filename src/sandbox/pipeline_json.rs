//! A pipeline as GitLab's REST API shows it, in a list and on its own.

use serde_json::json;

use super::call::World;
use super::object::Object;
use super::pipeline_run::Run;
use super::seed::Pipeline;
use super::users;

/// One element of a list, and what other objects show of it.
pub(super) fn row(world: &World, pipeline: &Pipeline) -> Object {
    let run = Run::now(world, pipeline);
    Object::new()
        .put("id", pipeline.id)
        .put("iid", pipeline.iid)
        .put("project_id", pipeline.project)
        .put("sha", &pipeline.sha)
        .put("ref", &pipeline.reference)
        .put("status", run.status())
        .put("source", &pipeline.source)
        .put("created_at", run.created_at())
        .put("updated_at", run.updated_at())
        .put("web_url", format!("{}{}", world.base, path(world, pipeline)))
        .put("name", &pipeline.name)
}

/// A pipeline on its own.
pub(super) fn page(world: &World, pipeline: &Pipeline) -> String {
    let run = Run::now(world, pipeline);
    let coverage = pipeline.coverage.filter(|_| run.is_over());
    row(world, pipeline)
        .put("before_sha", "0".repeat(40))
        .put("tag", pipeline.tag)
        .put("yaml_errors", None::<&str>)
        .raw("user", &users::basic(world, Some(&pipeline.user)))
        .put("started_at", run.started_at())
        .put("finished_at", run.finished_at())
        .put("committed_at", None::<&str>)
        .put("duration", run.finished_at().and(Some(run.length())))
        .put("queued_duration", run.started_at().and(Some(2)))
        .put("coverage", coverage.map(|percent| format!("{percent:.1}")))
        .put("detailed_status", detailed_status(world, pipeline, run.status()))
        .put("archived", false)
        .end()
}

fn path(world: &World, pipeline: &Pipeline) -> String {
    let project = world.project(pipeline.project).map_or("", |project| project.path.as_str());
    format!("/{project}/-/pipelines/{}", pipeline.id)
}

fn detailed_status(world: &World, pipeline: &Pipeline, status: &str) -> serde_json::Value {
    let failed = |job: &super::seed::PipelineJob| job.status == "failed" && !job.retried;
    let warns = status == "success" && pipeline.jobs.iter().any(failed);
    let (text, label) = match status {
        "success" if warns => ("Warning", "passed with warnings"),
        "success" => ("Passed", "passed"),
        "manual" => ("Blocked", "waiting for manual action"),
        "scheduled" => ("Delayed", "waiting for delayed job"),
        "canceled" => ("Canceled", "canceled"),
        "failed" => ("Failed", "failed"),
        "running" => ("Running", "running"),
        "pending" => ("Pending", "pending"),
        "skipped" => ("Skipped", "skipped"),
        _ => ("Created", "created"),
    };
    let group = if warns { "success-with-warnings" } else { status };
    let icon = if warns { "status_warning".to_owned() } else { format!("status_{status}") };
    json!({
        "favicon": format!("/assets/ci_favicons/favicon_{icon}.png"),
        "icon": icon,
        "text": text,
        "label": label,
        "group": group,
        "tooltip": label,
        "has_details": true,
        "details_path": path(world, pipeline),
        "illustration": null,
    })
}

//! Jobs, bridges and logs (GitLab documentation, "Jobs API").

use super::call::{Answer, Call};
use super::job_json;
use super::paging::{self, Window};
use super::pipeline_run::Run;
use super::pipelines;
use super::reply::Reply;
use super::seed::{Pipeline, PipelineJob};
use crate::model::pipeline::STATUSES;

type Placed<'a> = (usize, &'a PipelineJob);

/// `GET …/pipelines/:pipeline/jobs`: newest first, bridges never among them.
pub(super) fn of_pipeline(call: &Call<'_>) -> Answer {
    let pipeline = pipelines::find(call, call.project()?)?;
    let mut params = call.params();
    let with_retried = params.boolean("include_retried").unwrap_or(false);
    listed(
        call,
        params,
        pipeline,
        |job| !job.bridge && (with_retried || !job.retried),
        job_json::job,
    )
}

/// `GET …/pipelines/:pipeline/bridges`.
pub(super) fn bridges(call: &Call<'_>) -> Answer {
    let pipeline = pipelines::find(call, call.project()?)?;
    listed(call, call.params(), pipeline, |job| job.bridge, job_json::bridge)
}

fn listed<'a>(
    call: &'a Call<'_>,
    mut params: super::query::Params<'a>,
    pipeline: &Pipeline,
    is_wanted: impl Fn(&PipelineJob) -> bool,
    render: fn(&super::call::World, &Pipeline, usize, &PipelineJob) -> String,
) -> Answer {
    let scope = params.list("scope");
    let is_status = |word: &&str| STATUSES.iter().any(|(status, _)| status == word);
    if !scope.iter().all(is_status) {
        params.problem("scope does not have a valid value".to_owned());
    }
    let window = Window::read(&mut params);
    params.finish()?;
    let run = Run::now(call.world, pipeline);
    let mut found: Vec<Placed<'_>> = pipeline
        .jobs
        .iter()
        .enumerate()
        .filter(|(_, job)| is_wanted(job))
        .filter(|(_, job)| scope.is_empty() || scope.contains(&run.job_status(job)))
        .collect();
    found.reverse();
    Ok(paging::page(call, window, &found, |(at, job)| render(call.world, pipeline, *at, job)))
}

/// `GET …/jobs/:job`.
pub(super) fn show(call: &Call<'_>) -> Answer {
    let (pipeline, at, job) = find(call)?;
    Ok(Reply::json(200, job_json::job(call.world, pipeline, at, job)))
}

/// `GET …/jobs/:job/trace`.
pub(super) fn trace(call: &Call<'_>) -> Answer {
    let (pipeline, _, job) = find(call)?;
    let mut params = call.params();
    let offset = params.integer("byte_offset").unwrap_or(0);
    let limit = params.integer("byte_limit");
    if offset < 0 {
        params.problem("byte_offset does not have a valid value".to_owned());
    }
    if limit.is_some_and(|limit| !(1..=512_000).contains(&limit)) {
        params.problem("byte_limit does not have a valid value".to_owned());
    }
    params.finish()?;
    let log = Run::now(call.world, pipeline).log(job);
    let log = log.ok_or_else(|| Reply::message(404, "404 Not Found"))?;
    let rest = log.get(usize::try_from(offset).unwrap_or(usize::MAX)..).unwrap_or_default();
    let most = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(rest.len());
    Ok(Reply::whole(200, "text/plain", &rest[..most.min(rest.len())]))
}

/// The job that the path names. A bridge is none.
fn find<'a>(call: &Call<'a>) -> Result<(&'a Pipeline, usize, &'a PipelineJob), Reply> {
    let project = call.project()?;
    let number = call.captures.get(1).map_or("", String::as_str);
    let id: u64 = number.parse().map_err(|_| Reply::error(400, "job_id is invalid"))?;
    let mine = call.world.seed.pipelines.iter().filter(|one| one.project == project.id);
    let placed = |one: &'a Pipeline| {
        let at = one
            .jobs
            .iter()
            .enumerate()
            .position(|(at, job)| one.job_id(at) == id && !job.bridge)?;
        Some((one, at, &one.jobs[at]))
    };
    let found = mine.into_iter().find_map(placed);
    let (pipeline, at, job) = found.ok_or_else(|| Reply::message(404, "404 Not found"))?;
    call.world.runs.begin(pipeline, call.world.clock.now());
    Ok((pipeline, at, job))
}

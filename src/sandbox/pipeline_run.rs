//! Pipelines at a moment: most stand still, some move while they are looked at.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::call::World;
use super::seed::{Pipeline, PipelineJob};
use crate::model::timestamp;

/// Seconds that a pipeline that moves stays `created`; after them it is `pending` until its
/// first job runs.
const CREATED: u64 = 2;

/// When pipelines that move were first looked at.
#[derive(Default)]
pub(super) struct Runs(Mutex<HashMap<u64, SystemTime>>);

impl Runs {
    /// Begins it, unless it has begun.
    pub(super) fn begin(&self, pipeline: &Pipeline, now: SystemTime) {
        if pipeline.moves {
            self.lock().entry(pipeline.id).or_insert(now);
        }
    }

    fn begun(&self, pipeline: &Pipeline) -> Option<SystemTime> {
        self.lock().get(&pipeline.id).copied()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, SystemTime>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A pipeline at this moment.
pub(super) struct Run<'a> {
    pub(super) pipeline: &'a Pipeline,
    start: SystemTime,
    /// Seconds since the start, for one that moves.
    elapsed: Option<u64>,
}

impl<'a> Run<'a> {
    pub(super) fn now(world: &World, pipeline: &'a Pipeline) -> Self {
        let begun = world.runs.begun(pipeline);
        let written = timestamp::parse_iso(&pipeline.created_at);
        let since = |begun| world.clock.now().duration_since(begun).unwrap_or_default().as_secs();
        let elapsed = pipeline.moves.then(|| begun.map_or(0, since));
        Self { pipeline, start: begun.or(written).unwrap_or(SystemTime::UNIX_EPOCH), elapsed }
    }

    /// The whole run's status.
    pub(super) fn status(&self) -> &'a str {
        let Some(elapsed) = self.elapsed else { return &self.pipeline.status };
        match elapsed {
            _ if elapsed >= self.length() => &self.pipeline.status,
            _ if elapsed < CREATED => "created",
            _ if self.first_start().is_none_or(|first| elapsed < first) => "pending",
            _ => "running",
        }
    }

    /// One job's status.
    pub(super) fn job_status(&self, job: &'a PipelineJob) -> &'a str {
        let Some(elapsed) = self.elapsed else { return &job.status };
        match elapsed {
            _ if elapsed >= job.after + job.took => &job.status,
            _ if elapsed >= job.after => "running",
            _ if elapsed + CREATED >= job.after && job.took > 0 => "pending",
            _ => "created",
        }
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.status(), "success" | "failed" | "canceled" | "skipped")
    }

    /// What the job has printed so far.
    pub(super) fn log(&self, job: &'a PipelineJob) -> Option<&'a [u8]> {
        let log = job.log.as_ref()?.as_bytes();
        match self.job_status(job) {
            "created" | "pending" => None,
            "running" if self.elapsed.is_some() => {
                let ran = self.elapsed.unwrap_or(0).saturating_sub(job.after) + 1;
                let part = log.len() as u64 * ran / (job.took + 1);
                Some(&log[..usize::try_from(part).unwrap_or(log.len()).min(log.len())])
            }
            _ => Some(log),
        }
    }

    fn first_start(&self) -> Option<u64> {
        self.pipeline.jobs.iter().filter(|job| job.took > 0).map(|job| job.after).min()
    }

    /// Seconds from the start to the end of the last job.
    pub(super) fn length(&self) -> u64 {
        self.pipeline.jobs.iter().map(|job| job.after + job.took).max().unwrap_or(0)
    }

    pub(super) fn created_at(&self) -> Option<String> {
        self.at(0)
    }

    pub(super) fn started_at(&self) -> Option<String> {
        let has_run = !matches!(self.status(), "created" | "pending" | "skipped" | "scheduled");
        self.first_start().filter(|_| has_run).and_then(|first| self.at(first))
    }

    pub(super) fn finished_at(&self) -> Option<String> {
        self.at(self.length()).filter(|_| self.is_over())
    }

    pub(super) fn updated_at(&self) -> Option<String> {
        let length = self.length();
        self.at(self.elapsed.map_or(length, |elapsed| elapsed.min(length)))
    }

    /// When a job began and ended.
    pub(super) fn job_times(&self, job: &PipelineJob) -> (Option<String>, Option<String>) {
        let over = |status| matches!(status, "success" | "failed" | "canceled");
        let status = match self.elapsed {
            Some(elapsed) if elapsed < job.after => "created",
            Some(elapsed) if elapsed < job.after + job.took => "running",
            _ => job.status.as_str(),
        };
        let has_run = job.took > 0 && (over(status) || status == "running");
        let start = self.at(job.after).filter(|_| has_run);
        let end = self.at(job.after + job.took).filter(|_| has_run && over(status));
        (start, end)
    }

    fn at(&self, seconds: u64) -> Option<String> {
        let time = self.start.checked_add(Duration::from_secs(seconds))?;
        timestamp::to_iso_utc(time).map(|text| text.replace('Z', ".000Z"))
    }
}

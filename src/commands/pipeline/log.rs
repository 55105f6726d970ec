//! The logs of jobs.

use super::follow::FollowedLog;
use super::target;
use crate::commands::context::Context;
use crate::gitlab::{self, Gitlab, GitlabError};
use crate::model::pipeline::Job;
use crate::model::project::ProjectRef;
use crate::view::pipeline_page::Parts;
use crate::view::stdout::Stdout;
use crate::view::trace::{LogWriter, heading};

/// A job without a log: it has not begun, or never ran, or its log was erased.
#[derive(Debug, thiserror::Error)]
#[error("{name} (job {id}) has no log: it is {status}")]
pub(crate) struct NoLog {
    /// The job's id.
    pub(crate) id: u64,
    /// Its name.
    pub(crate) name: String,
    /// Its status.
    pub(crate) status: String,
}

impl NoLog {
    pub(super) fn of(job: &Job<'_>) -> Self {
        Self { id: job.id, name: job.name.to_string(), status: job.status.to_string() }
    }
}

/// How logs are wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct LogForm {
    /// The server's bytes, also of several jobs.
    pub(super) raw: bool,
    /// Only this many lines at the end of each.
    pub(super) tail: Option<usize>,
}

/// Prints the log of each failed job, this CI job's own left out.
pub(super) struct FailedLogs<'c> {
    pub(super) gitlab: &'c Gitlab<'c>,
    pub(super) context: &'c Context<'c>,
    pub(super) form: LogForm,
    pub(super) recurse: bool,
}

impl FailedLogs<'_> {
    /// Tells how many there were.
    pub(super) fn print(
        &self,
        project: &ProjectRef,
        parts: &Parts,
        stdout: &mut Stdout,
    ) -> anyhow::Result<usize> {
        let mut jobs = read_jobs(&parts.jobs)?;
        jobs.sort_by_key(|job| job.id);
        let own = own_job(self.context);
        let mut count = self.name_yaml_errors(parts)?;
        for job in jobs.iter().filter(|job| job.has_failed() && Some(job.id) != own) {
            self.print_one(project, job, stdout)?;
            count += 1;
        }
        count += self.name_failed_bridges(parts)?;
        for (_, child) in &parts.children {
            let home = target::read(&child.body)?.project_id.map(ProjectRef::Id);
            count += self.print(&home.unwrap_or_else(|| project.clone()), child, stdout)?;
        }
        Ok(count)
    }

    fn print_one(
        &self,
        project: &ProjectRef,
        job: &Job<'_>,
        stdout: &mut Stdout,
    ) -> anyhow::Result<()> {
        heading(job, stdout)?;
        let lead = (!self.form.raw).then_some(&*job.name);
        let mut writer = LogWriter::new(stdout, lead, self.form.tail);
        let mut log = FollowedLog::default();
        let written = log.write_new(project, job.id, self.gitlab, &mut writer);
        // What came before an error is shown too.
        writer.finish()?;
        if !written? {
            self.context.notes().note(&NoLog::of(job).to_string());
        }
        Ok(())
    }

    /// Names what GitLab has against the configuration: such a pipeline has no jobs.
    fn name_yaml_errors(&self, parts: &Parts) -> anyhow::Result<usize> {
        let pipeline = target::read(&parts.body)?;
        let Some(errors) = pipeline.yaml_errors.as_deref().filter(|errors| !errors.is_empty())
        else {
            return Ok(0);
        };
        let note = format!("pipeline {}: the CI configuration is invalid: {errors}", pipeline.id);
        self.context.notes().note(&note);
        Ok(1)
    }

    /// Names failed jobs that start other pipelines, which have no log, and failed child
    /// pipelines whose logs are not printed.
    fn name_failed_bridges(&self, parts: &Parts) -> anyhow::Result<usize> {
        let mut count = 0;
        for bridge in read_jobs(&parts.bridges)? {
            let (id, name) = (bridge.id, &bridge.name);
            match &bridge.downstream_pipeline {
                Some(child) if child.status == "failed" && !self.recurse => {
                    self.context.notes().note(&format!(
                        "pipeline {}, which {name} started, failed too; --recurse prints its logs",
                        child.id
                    ));
                }
                None if bridge.has_failed() => {
                    let reason = bridge.failure_reason.as_deref().unwrap_or("failed");
                    let reason = reason.replace('_', " ");
                    let note = format!("trigger job {name} ({id}) started no pipeline: {reason}");
                    self.context.notes().note(&note);
                    count += 1;
                }
                _ => {}
            }
        }
        Ok(count)
    }
}

/// The CI job that we run in.
pub(super) fn own_job(context: &Context<'_>) -> Option<u64> {
    let env = context.env();
    env.get("CI_JOB_ID").filter(|_| env.is_gitlab_ci())?.parse().ok()
}

/// Reads an array of GitLab's job objects.
pub(super) fn read_jobs(body: &[u8]) -> Result<Vec<Job<'_>>, GitlabError> {
    gitlab::decode("the jobs", body)
}

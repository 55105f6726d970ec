//! GitLab's objects as text for a model: fetched side by side, each in one or more parts.

use std::fmt::Write as _;
use std::thread;

use anyhow::Context as _;

use super::attached::{Kind, Wanted};
use super::budget::{Matters, TOTAL};
use crate::commands::mr;
use crate::gitlab::{
    self, AttachedIssue, AttachedJob, AttachedPipeline, Gitlab, GitlabError, ReviewedMergeRequest,
    TraceEnd,
};
use crate::model::change::ChangeFacts;
use crate::model::merge_request::{MergeRequestDetails, MergeRequestRow};
use crate::model::project::ProjectRef;
use crate::model::rows::BadShape;
use crate::system::clock::Clock;
use crate::view::trace::LogFilter;

/// The most failed jobs of a pipeline whose logs are fetched.
const LOGS: usize = 10;

/// A text with a place of its own in the prompt.
pub(super) struct Part {
    pub(super) title: String,
    /// The info string of its fence.
    pub(super) language: &'static str,
    pub(super) text: String,
    pub(super) matters: Matters,
    /// Bytes that were not even fetched into `text`.
    pub(super) left_out: u64,
    /// What the user should know about it.
    pub(super) notes: Vec<String>,
}

impl Part {
    fn new(title: String, language: &'static str, text: String) -> Self {
        let matters = Matters::Beginning;
        Self { title, language, text, matters, left_out: 0, notes: Vec::new() }
    }
}

/// Everything that is wanted, in the order given; the first failure by that order where one
/// fails.
pub(super) fn fetch(
    wanted: &[Wanted],
    gitlab: &Gitlab<'_>,
    clock: &dyn Clock,
) -> anyhow::Result<Vec<Part>> {
    let parts = side_by_side(wanted, |one| {
        let parts = match one.kind {
            Kind::MergeRequest => merge_request(one, gitlab, clock),
            Kind::Issue => issue(one, gitlab),
            Kind::Pipeline => pipeline(one, gitlab),
            Kind::Job => job(one, gitlab),
        };
        parts.with_context(|| one.title())
    });
    Ok(parts.into_iter().collect::<anyhow::Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// A thread for each; a thread that panics panics here.
fn side_by_side<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    thread::scope(|scope| {
        let threads: Vec<_> = items.iter().map(|item| scope.spawn(|| work(item))).collect();
        let joined = threads.into_iter().map(thread::ScopedJoinHandle::join);
        joined.map(|done| done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

fn merge_request(
    one: &Wanted,
    gitlab: &Gitlab<'_>,
    clock: &dyn Clock,
) -> anyhow::Result<Vec<Part>> {
    let (body, facts) = mr::merge_request(&one.project, one.id, gitlab, clock)?;
    let shape = |error: serde_json::Error| BadShape::Member(error.to_string());
    let row: MergeRequestRow<'_> = serde_json::from_slice(&body).map_err(shape)?;
    let details: MergeRequestDetails<'_> = serde_json::from_slice(&body).map_err(shape)?;
    let author = row.author.as_ref().map_or("(deleted)", |author| author.username.as_ref());
    let reviewed: ReviewedMergeRequest = gitlab::decode("the merge request", &body)?;
    let head = reviewed.diff_refs.map(|refs| refs.head_sha).unwrap_or_default();
    let text = format!(
        "!{} {}\nState: {}\nAuthor: {author}\nBranches: {} -> {}\nHead commit (head_sha): {head}\n\
         Labels: {}\nURL: {}\n\n{}\n",
        row.iid,
        row.title,
        row.state,
        row.source_branch,
        row.target_branch,
        details.labels.join(", "),
        row.web_url,
        details.description.as_deref().unwrap_or_default().trim_end(),
    );
    Ok(vec![Part::new(one.title(), "", text), changes(one, &facts, gitlab)?])
}

/// The diff. What GitLab leaves out of it is said to the model too.
fn changes(one: &Wanted, facts: &ChangeFacts, gitlab: &Gitlab<'_>) -> anyhow::Result<Part> {
    let patch = mr::patch(&one.project, one.id, facts, gitlab)?;
    let mut text = String::from_utf8_lossy(&patch.bytes).into_owned();
    let mut notes = Vec::new();
    if !patch.gaps.is_complete() {
        let note = patch.gaps.to_string();
        text.insert_str(0, &format!("# {note}\n"));
        notes.push(note);
    }
    let title = format!("the changes of {}", one.title());
    Ok(Part { notes, matters: Matters::Files, ..Part::new(title, "diff", text) })
}

fn issue(one: &Wanted, gitlab: &Gitlab<'_>) -> anyhow::Result<Vec<Part>> {
    let issue: AttachedIssue = gitlab.attached_issue(&one.project, one.id)?;
    let author = issue.author.as_ref().map_or("(deleted)", |author| author.username.as_str());
    let text = format!(
        "#{} {}\nState: {}\nAuthor: {author}\nLabels: {}\nURL: {}\n\n{}\n",
        issue.iid,
        issue.title,
        issue.state,
        issue.labels.join(", "),
        issue.web_url,
        issue.description.as_deref().unwrap_or_default().trim_end(),
    );
    Ok(vec![Part::new(one.title(), "", text)])
}

fn pipeline(one: &Wanted, gitlab: &Gitlab<'_>) -> anyhow::Result<Vec<Part>> {
    let pipeline = gitlab.attached_pipeline(&one.project, one.id)?;
    let jobs = gitlab.attached_jobs(&one.project, one.id)?;
    let failed: Vec<AttachedJob> =
        jobs.iter().filter(|job| job.status == "failed").cloned().collect();
    let mut summary = Part::new(one.title(), "", pipeline_text(&pipeline, &jobs));
    if failed.len() > LOGS {
        let note = format!("{} jobs failed; the logs of the first {LOGS} go along", failed.len());
        summary.notes.push(note);
    }
    let fetched = &failed[..failed.len().min(LOGS)];
    let logs = side_by_side(fetched, |job| log(&one.project, job, gitlab));
    let mut parts = vec![summary];
    for log in logs {
        parts.push(log?);
    }
    Ok(parts)
}

fn pipeline_text(pipeline: &AttachedPipeline, jobs: &[AttachedJob]) -> String {
    let mut text = format!(
        "Pipeline {}: {}\nRef: {}\nCommit: {}\nURL: {}\n",
        pipeline.id,
        pipeline.status,
        pipeline.reference.as_deref().unwrap_or_default(),
        pipeline.sha.as_deref().unwrap_or_default(),
        pipeline.web_url,
    );
    // Writing to a string cannot fail.
    if let Some(errors) = &pipeline.yaml_errors {
        let _ = writeln!(text, "Configuration errors: {errors}");
    }
    text.push_str("Jobs:\n");
    for job in jobs {
        let _ = writeln!(text, "- {}", job_line(job));
    }
    text
}

fn job_line(job: &AttachedJob) -> String {
    let reason = job.failure_reason.as_ref().map(|reason| format!(", {reason}"));
    let allowed = if job.allow_failure { ", allowed to fail" } else { "" };
    format!("{} ({}): {}{}{allowed}", job.name, job.stage, job.status, reason.unwrap_or_default())
}

fn job(one: &Wanted, gitlab: &Gitlab<'_>) -> anyhow::Result<Vec<Part>> {
    let job = gitlab.attached_job(&one.project, one.id)?;
    let summary = format!("Job {}: {}\nURL: {}\n", job.id, job_line(&job), job.web_url);
    Ok(vec![Part::new(one.title(), "", summary), log(&one.project, &job, gitlab)?])
}

/// The end of the log, where the failure stands. A job without a log has an empty one.
fn log(project: &ProjectRef, job: &AttachedJob, gitlab: &Gitlab<'_>) -> anyhow::Result<Part> {
    let title = format!("the log of job {} ({})", job.id, job.name);
    // Colours and markers are part of what is fetched and no part of what is kept.
    let end = match gitlab.attached_trace(project, job.id, TOTAL * 2) {
        Err(GitlabError::Refused(refusal)) if refusal.status == 404 => TraceEnd::default(),
        end => end.with_context(|| title.clone())?,
    };
    let mut filter = LogFilter::new(false, None);
    let mut text = String::new();
    filter.push(&end.bytes, &mut text);
    filter.finish(&mut text);
    let part = Part::new(title, "", text);
    Ok(Part { matters: Matters::End, left_out: end.left_out, ..part })
}

//! `glduo pipeline show --job`: one job of a pipeline, or its log.

use anyhow::Context as _;

use super::family::{Collector, Wanted};
use super::follow::FollowedLog;
use super::log::{self, NoLog};
use super::progress::Progress;
use super::show::{ShowArgs, Verdict};
use super::target;
use super::watch::{self, Seen};
use crate::commands::context::Context;
use crate::commands::usage::UsageError;
use crate::commands::web;
use crate::gitlab::{Gitlab, GitlabError};
use crate::model::pipeline::Job;
use crate::model::project::ProjectRef;
use crate::model::web_link::{Target, WebLink, looks_like_link};
use crate::view::output::{Printer, is_closed_pipe};
use crate::view::pipeline_page::{Parts, print_job};
use crate::view::trace::LogWriter;

/// No job of that name.
#[derive(Debug, thiserror::Error)]
#[error("pipeline {pipeline} has no job {name:?}")]
pub(crate) struct NoJob {
    /// What was asked for.
    pub(crate) name: String,
    /// Where it was looked for.
    pub(crate) pipeline: u64,
}

/// One job.
struct JobTarget {
    project: ProjectRef,
    id: u64,
}

pub(super) fn run(
    args: &ShowArgs,
    named: &str,
    gitlab: &Gitlab<'_>,
    printer: &mut Printer,
    context: &Context<'_>,
) -> anyhow::Result<u8> {
    let job = find(args, named, gitlab, context)?;
    if args.watch && log::own_job(context) == Some(job.id) {
        let message = format!("job {} is this job: it would wait for itself", job.id);
        return Err(UsageError::new(message, "watch another job").into());
    }
    show(args, &job, gitlab, printer, context)
        .with_context(|| format!("job {} of {}", job.id, job.project))
}

fn show(
    args: &ShowArgs,
    target: &JobTarget,
    gitlab: &Gitlab<'_>,
    printer: &mut Printer,
    context: &Context<'_>,
) -> anyhow::Result<u8> {
    let fetch = || gitlab.job(&target.project, target.id);
    if args.log && args.watch {
        let status = follow(args, target, gitlab, printer, context)?;
        return Verdict::of(&status, args).after(Ok(()));
    }
    if args.watch {
        let progress = Progress::new(context);
        let seen = watch::until_over(args.limits(), &progress, context, || seen(fetch()?.body))?;
        return Verdict::of(&seen.status, args).after(Ok(print_job(&seen.body, printer)?));
    }
    let body = fetch()?.body;
    let job = read(&body)?;
    let verdict = Verdict::of(&job.status, args);
    if args.web {
        return verdict.after(web::open(&job.web_url, printer, context));
    }
    if !args.log {
        return verdict.after(print_job(&body, printer).map_err(Into::into));
    }
    let mut writer = LogWriter::new(&mut printer.stdout, None, args.tail());
    let written = FollowedLog::default().write_new(&target.project, target.id, gitlab, &mut writer);
    // What came before an error is shown too.
    let finished = writer.finish().map_err(anyhow::Error::from);
    let is_there = finished.and(written);
    verdict.after(match is_there {
        Ok(false) => Err(NoLog::of(&job).into()),
        other => other.map(drop),
    })
}

/// Writes the log as it grows until the job is over, and tells how that ended. When nobody
/// reads on, only the end is waited for.
fn follow(
    args: &ShowArgs,
    target: &JobTarget,
    gitlab: &Gitlab<'_>,
    printer: &mut Printer,
    context: &Context<'_>,
) -> anyhow::Result<String> {
    let mut log = FollowedLog::default();
    let mut writer = Some(LogWriter::new(&mut printer.stdout, None, args.tail()));
    let progress = Progress::silent(context);
    let last = watch::until_over(args.limits(), &progress, context, || {
        // The status first: what comes after the end of the job is the whole log.
        let seen = seen(gitlab.job(&target.project, target.id)?.body)?;
        if let Some(open) = &mut writer {
            match log.write_new(&target.project, target.id, gitlab, open) {
                Err(error) if error.chain().any(is_closed_pipe) => writer = None,
                other => drop(other?),
            }
        }
        Ok(seen)
    });
    match writer.map(LogWriter::finish) {
        Some(Err(error)) if !is_closed_pipe(&error) => Err(error.into()),
        _ => Ok(last?.status),
    }
}

fn seen(body: Vec<u8>) -> anyhow::Result<Seen> {
    let job = read(&body)?;
    let line = format!("job {} ({}) {}", job.id, job.name, job.status.replace('_', " "));
    let status = job.status.to_string();
    Ok(Seen { body, status, line, rest: None })
}

fn read(body: &[u8]) -> Result<Job<'_>, GitlabError> {
    serde_json::from_slice(body)
        .map_err(|error| GitlabError::Shape { what: "the job", reason: error.to_string() })
}

/// A number is the id of any job of the project, a URL any job at all; a name is looked up in
/// the pipeline.
fn find(
    args: &ShowArgs,
    named: &str,
    gitlab: &Gitlab<'_>,
    context: &Context<'_>,
) -> anyhow::Result<JobTarget> {
    if looks_like_link(named) {
        return of_link(named, context);
    }
    if let Ok(id) = named.parse() {
        let link = args.which.as_deref().filter(|which| looks_like_link(which));
        let instance = &context.settings()?.instance.value;
        let link = link.map(|link| WebLink::parse(link, instance)).transpose()?;
        return Ok(JobTarget { project: context.project(link.as_ref())?, id });
    }
    let pipeline = target::resolve(args, gitlab, context)?;
    let wanted = Wanted { retried: false, children: args.recurse, tests: false };
    let body = format!("{{\"id\":{}}}", pipeline.id).into_bytes();
    let parts = Collector::new(gitlab, context, wanted)
        .collect(&pipeline.project, pipeline.id, body)
        .with_context(|| format!("pipeline {} of {}", pipeline.id, pipeline.project))?;
    match named_in(named, &pipeline.project, &parts)? {
        Some(found) => Ok(found),
        None => Err(NoJob { name: named.to_owned(), pipeline: pipeline.id }.into()),
    }
}

fn of_link(link: &str, context: &Context<'_>) -> anyhow::Result<JobTarget> {
    let link = WebLink::parse(link, &context.settings()?.instance.value)?;
    let Target::Job(id) = link.target else {
        let message = format!("the URL is a page of {}, not a job", link.project);
        return Err(UsageError::new(message, "such a URL ends in /-/jobs/900101").into());
    };
    Ok(JobTarget { project: context.project(Some(&link))?, id })
}

fn named_in(name: &str, project: &ProjectRef, parts: &Parts) -> anyhow::Result<Option<JobTarget>> {
    let jobs = log::read_jobs(&parts.jobs)?;
    if let Some(job) = jobs.iter().filter(|job| job.name == name).max_by_key(|job| job.id) {
        return Ok(Some(JobTarget { project: project.clone(), id: job.id }));
    }
    if let Some(bridge) = log::read_jobs(&parts.bridges)?.iter().find(|job| job.name == name) {
        let child = bridge.downstream_pipeline.as_ref().map(|child| child.id);
        let hint = child.map_or_else(
            || "it has started none yet".to_owned(),
            |id| format!("glduo pipeline show {id}"),
        );
        let message = format!("{name:?} starts another pipeline and has no log of its own");
        return Err(UsageError::new(message, hint).into());
    }
    for (_, child) in &parts.children {
        let home = target::read(&child.body)?.project_id.map(ProjectRef::Id);
        let home = home.unwrap_or_else(|| project.clone());
        if let Some(found) = named_in(name, &home, child)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

//! `glduo pipeline show`.

use std::time::Duration;

use anyhow::Context as _;
use clap::Args;

use super::family::{Collector, Wanted};
use super::job;
use super::log::{self, FailedLogs, LogForm};
use super::progress::Progress;
use super::target::{self, PipelineTarget};
use super::watch::{self, Limits, Seen};
use crate::commands::context::Context;
use crate::commands::globals::parse_duration;
use crate::commands::usage::UsageError;
use crate::commands::web;
use crate::gitlab::{Gitlab, rate_limit_wait};
use crate::model::pipeline::Standing;
use crate::view::output::{Format, Printer, is_closed_pipe};
use crate::view::pipeline::progress as progress_line;

/// Which pipeline, and what of it.
#[derive(Args, Debug)]
#[command(after_help = "\
Without a name: the pipeline of this CI job, else the newest of the current
branch, else of its merge request.

Examples:
  glduo pipeline show --watch
  glduo pipeline show 9001 --exit-status --json=status,web_url
  glduo pipeline show latest -b main --log-failed --tail 50
  glduo pipeline show --mr 42 -j unit --log --watch")]
pub(super) struct ShowArgs {
    /// An id, a URL, or latest
    #[arg(value_name = "ID|URL|latest")]
    pub(super) which: Option<String>,

    /// The newest pipeline of this branch, else of its merge request
    #[arg(short = 'b', long, value_name = "BRANCH", conflicts_with = "mr")]
    pub(super) branch: Option<String>,

    /// The newest pipeline of this merge request
    #[arg(long, value_name = "IID", value_parser = parse_iid)]
    pub(super) mr: Option<u64>,

    /// End with 0 for success or skipped, 3 for failed or canceled, 8 for not finished or manual
    #[arg(long)]
    pub(super) exit_status: bool,

    /// Wait until it is over; implies --exit-status
    #[arg(long, conflicts_with = "web")]
    pub(super) watch: bool,

    /// How often to look
    #[arg(short = 'i', long, value_name = "DUR", default_value = "5s", value_parser = parse_duration)]
    interval: Duration,

    /// How long to wait at most; then end with 8
    #[arg(long, value_name = "DUR", default_value = "1h", value_parser = parse_duration)]
    wait_timeout: Duration,

    /// Print the logs of the failed jobs
    #[arg(long, group = "logs", conflicts_with_all = ["job", "tests", "web"])]
    log_failed: bool,

    /// Only the last lines of each log
    #[arg(long, value_name = "N", requires = "logs", value_parser = clap::value_parser!(u32).range(1..))]
    tail: Option<u32>,

    /// This job alone
    #[arg(short = 'j', long, value_name = "ID|NAME|URL", conflicts_with = "tests")]
    job: Option<String>,

    /// Print the job's log
    #[arg(long, group = "logs", requires = "job", conflicts_with = "web")]
    pub(super) log: bool,

    /// The server's bytes, section markers and control sequences left in, except on a terminal
    #[arg(long, requires = "logs")]
    raw: bool,

    /// With the pipelines that it started
    #[arg(long)]
    pub(super) recurse: bool,

    /// With the summary of its tests
    #[arg(long, conflicts_with = "web")]
    tests: bool,

    /// Open it in the browser, or print its URL
    #[arg(short = 'w', long)]
    pub(super) web: bool,
}

fn parse_iid(text: &str) -> Result<u64, String> {
    let number = text.strip_prefix('!').unwrap_or(text);
    number.parse().map_err(|_| "a merge request is named by its number, 42 or !42".to_owned())
}

impl ShowArgs {
    pub(super) fn limits(&self) -> Limits {
        Limits { interval: self.interval, wait: self.wait_timeout }
    }

    pub(super) fn tail(&self) -> Option<usize> {
        self.tail.map(|lines| usize::try_from(lines).unwrap_or(usize::MAX))
    }
}

/// The exit code that a status stands for, where that was asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdict(Option<u8>);

impl Verdict {
    pub(super) fn of(status: &str, args: &ShowArgs) -> Self {
        let asked = args.exit_status || args.watch;
        let code = match Standing::of(status) {
            Standing::Succeeded => 0,
            Standing::Failed => 3,
            Standing::Blocked | Standing::Unfinished => 8,
        };
        Self(asked.then_some(code))
    }

    /// The exit code once the answer was printed. That nobody reads on changes no verdict.
    pub(super) fn after(self, printed: anyhow::Result<()>) -> anyhow::Result<u8> {
        match (printed, self.0) {
            (Err(error), Some(code)) if error.chain().any(is_closed_pipe) => Ok(code),
            (Err(error), _) => Err(error),
            (Ok(()), code) => Ok(code.unwrap_or(0)),
        }
    }
}

pub(super) fn run(args: &ShowArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    let mut printer = context.printer()?;
    web::check(args.web, &printer)?;
    if (args.log || args.log_failed) && printer.format() != Format::Table {
        let message = "a log is text and has no JSON form";
        return Err(UsageError::new(message, "leave out --json, --jq and -F").into());
    }
    let gitlab = context.gitlab()?;
    gitlab.check_pipelines()?;
    if let Some(named) = &args.job {
        return job::run(args, named, &gitlab, &mut printer, context);
    }
    let target = target::resolve(args, &gitlab, context)?;
    if args.watch && is_own(&target, context)? {
        let message = format!(
            "pipeline {} is the one that this job belongs to: it would wait for itself",
            target.id
        );
        return Err(UsageError::new(message, "watch another pipeline, or one job: -j NAME").into());
    }
    let (project, id) = (target.project.clone(), target.id);
    show(args, target, &gitlab, &mut printer, context)
        .with_context(|| format!("pipeline {id} of {project}"))
}

/// Whether we run in a job of this pipeline, which cannot end before us.
fn is_own(target: &PipelineTarget, context: &Context<'_>) -> anyhow::Result<bool> {
    let own = context.settings()?.own_pipeline(context.env())?;
    Ok(context.env().is_gitlab_ci() && own == Some(target.id))
}

fn show(
    args: &ShowArgs,
    target: PipelineTarget,
    gitlab: &Gitlab<'_>,
    printer: &mut Printer,
    context: &Context<'_>,
) -> anyhow::Result<u8> {
    let (project, id) = (target.project.clone(), target.id);
    let body = match target.body {
        _ if args.watch => watch(args, &target, gitlab, context)?,
        Some(body) => body,
        None => gitlab.pipeline(&project, id)?.body,
    };
    let pipeline = target::read(&body)?;
    let verdict = Verdict::of(&pipeline.status, args);
    if args.web {
        return verdict.after(web::open(&pipeline.web_url, printer, context));
    }
    let for_people = printer.format() == Format::Table;
    let wanted = Wanted {
        // Only people are shown retried jobs: GitLab's objects do not tell them apart.
        retried: for_people && !args.log_failed,
        children: args.recurse,
        tests: args.tests && (!for_people || printer.stdout.is_terminal),
    };
    if args.tests && !wanted.tests {
        context.notes().note("the columns have no room for the tests; --json adds them");
    }
    let parts = Collector::new(gitlab, context, wanted).collect(&project, id, body.clone())?;
    if !args.log_failed {
        let outcome = parts.print(context.clock().now(), printer);
        return verdict.after(outcome.map_err(Into::into));
    }
    let form = LogForm { raw: args.raw, tail: args.tail() };
    let logs = FailedLogs { gitlab, context, form, recurse: args.recurse };
    let outcome = logs.print(&project, &parts, &mut printer.stdout).map(|count| {
        if count == 0 {
            context.notes().note(&format!("pipeline {id} has no failed jobs"));
        }
    });
    verdict.after(outcome)
}

/// Waits until the pipeline is over, and gives its own object.
fn watch(
    args: &ShowArgs,
    target: &PipelineTarget,
    gitlab: &Gitlab<'_>,
    context: &Context<'_>,
) -> anyhow::Result<Vec<u8>> {
    let progress = Progress::new(context);
    let look = || {
        let answer = gitlab.pipeline(&target.project, target.id)?;
        let rest = rate_limit_wait(&answer, context.clock().now());
        let pipeline = target::read(&answer.body)?;
        // What the jobs do is a courtesy; the pipeline's own status is what counts.
        let jobs =
            progress.is_shown().then(|| gitlab.pipeline_jobs(&target.project, target.id, false));
        let jobs = jobs.and_then(Result::ok).unwrap_or_default();
        let jobs = log::read_jobs(&jobs).unwrap_or_default();
        let (line, status) = (progress_line(&pipeline, &jobs), pipeline.status.to_string());
        Ok(Seen { status, line, rest, body: answer.body })
    };
    Ok(watch::until_over(args.limits(), &progress, context, look)?.body)
}

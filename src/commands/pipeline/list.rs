//! `glduo pipeline list`.

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use crate::commands::context::Context;
use crate::commands::list::{self, People, SortDirection};
use crate::commands::paging::PagingArgs;
use crate::gitlab::{Order, PipelineFilter};
use crate::model::pipeline::STATUSES;
use crate::view::pipeline::Pipelines;

/// Which pipelines.
#[derive(Args, Debug, Default)]
#[command(after_help = "\
Child pipelines are left out unless --source parent_pipeline asks for them.

Examples:
  glduo pipeline list --ref main --status failed
  glduo pipeline list -u @me --updated-after 1d --json=id,status,web_url")]
pub(super) struct ListArgs {
    /// Only this status: running, success, failed, canceled, manual, …
    #[arg(short = 's', long, value_name = "STATUS", value_parser = parse_status)]
    status: Option<String>,

    /// Of this branch or tag
    #[arg(short = 'r', long = "ref", value_name = "REF")]
    reference: Option<String>,

    /// Of this commit
    #[arg(long, value_name = "SHA")]
    sha: Option<String>,

    /// Started by this: push, web, schedule, merge_request_event, parent_pipeline, …
    #[arg(long, value_name = "SOURCE")]
    source: Option<String>,

    /// Started by this username or @me
    #[arg(short = 'u', long, value_name = "USER")]
    username: Option<String>,

    /// Of exactly this name
    #[arg(short = 'n', long, value_name = "NAME")]
    name: Option<String>,

    /// Only these; branches and tags: the newest of each
    #[arg(long, value_name = "SCOPE")]
    scope: Option<Scope>,

    /// Updated after: a date, a time, or an age such as 12h, 3d, 2w
    #[arg(short = 'a', long, value_name = "WHEN")]
    updated_after: Option<String>,

    /// Updated before
    #[arg(short = 'b', long, value_name = "WHEN")]
    updated_before: Option<String>,

    /// Order by this field [default: id]
    #[arg(short = 'o', long, value_name = "FIELD")]
    order: Option<OrderBy>,

    /// Which end comes first [default: desc]
    #[arg(long, value_name = "DIRECTION")]
    sort: Option<SortDirection>,

    #[command(flatten)]
    paging: PagingArgs,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Scope {
    Running,
    Pending,
    Finished,
    Branches,
    Tags,
}

impl Scope {
    fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Pending => "pending",
            Self::Finished => "finished",
            Self::Branches => "branches",
            Self::Tags => "tags",
        }
    }
}

#[derive(ValueEnum, Clone, Copy, Debug)]
#[value(rename_all = "snake_case")]
enum OrderBy {
    Id,
    Status,
    Ref,
    #[value(alias = "updated")]
    UpdatedAt,
    UserId,
}

impl OrderBy {
    fn word(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Status => "status",
            Self::Ref => "ref",
            Self::UpdatedAt => "updated_at",
            Self::UserId => "user_id",
        }
    }
}

/// GitLab spells `canceled` with one l.
fn parse_status(text: &str) -> Result<String, String> {
    let word = if text == "cancelled" { "canceled" } else { text };
    if STATUSES.iter().any(|(known, _)| *known == word) {
        return Ok(word.to_owned());
    }
    let words: Vec<&str> = STATUSES.iter().map(|(word, _)| *word).collect();
    Err(format!("a status is one of {}", words.join(", ")))
}

pub(super) fn run(args: &ListArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    let mut printer = context.printer()?;
    let filter = args.filter(context)?;
    let project = context.project(None)?;
    let gitlab = context.gitlab()?;
    gitlab.check_pipelines()?;
    let username = People::new(&gitlab).named(args.username.as_deref())?;
    let filter = PipelineFilter { username, ..filter };
    let listing = Pipelines { name: filter.name.clone(), now: context.clock().now() };
    let pages = gitlab.pipelines(&project, &filter, args.paging.paging())?;
    let nothing = format!("no pipelines match in {project}");
    list::print(pages, listing, &args.paging, &nothing, &mut printer, context)
        .with_context(|| format!("pipelines of {project}"))
}

impl ListArgs {
    /// What can be said without asking GitLab.
    fn filter(&self, context: &Context<'_>) -> anyhow::Result<PipelineFilter> {
        let when = |text: &Option<String>, flag| list::when(text.as_deref(), flag, context);
        Ok(PipelineFilter {
            scope: self.scope.map(Scope::word),
            status: self.status.clone(),
            reference: self.reference.clone(),
            sha: self.sha.clone(),
            source: self.source.clone(),
            username: None,
            name: self.name.clone(),
            updated: (
                when(&self.updated_after, "--updated-after")?,
                when(&self.updated_before, "--updated-before")?,
            ),
            order: Order {
                by: self.order.map(OrderBy::word),
                sort: self.sort.map(SortDirection::word),
            },
        })
    }
}

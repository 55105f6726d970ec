//! `glduo mr list`.

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use crate::commands::context::Context;
use crate::commands::list::{self, FilterArgs, People};
use crate::commands::paging::PagingArgs;
use crate::gitlab::{MergeRequestFilter, Place, State};
use crate::view::merge_request::MergeRequests;

/// Which merge requests.
#[derive(Args, Debug, Default)]
#[command(after_help = "\
Examples:
  glduo mr list --reviewer @me
  glduo mr list --label bug --not-label wontfix --json=iid,title
  glduo mr list -g acme --merged --updated-after 7d -q '.[].web_url'")]
pub(super) struct ListArgs {
    /// Only this state [default: opened]
    #[arg(long, value_name = "STATE")]
    state: Option<StateArg>,

    /// Every state
    #[arg(short = 'A', long, conflicts_with_all = ["state", "closed", "merged"])]
    all: bool,

    /// Closed without a merge
    #[arg(short = 'c', long, conflicts_with_all = ["state", "merged"])]
    closed: bool,

    /// Merged
    #[arg(short = 'M', long, conflicts_with = "state")]
    merged: bool,

    /// Reviewed by this username, @me, None or Any
    #[arg(short = 'r', long, value_name = "USER")]
    reviewer: Option<String>,

    /// From this branch
    #[arg(short = 's', long, value_name = "BRANCH")]
    source_branch: Option<String>,

    /// Into this branch
    #[arg(short = 't', long, value_name = "BRANCH")]
    target_branch: Option<String>,

    /// Drafts only
    #[arg(short = 'd', long, conflicts_with = "not_draft")]
    draft: bool,

    /// No drafts
    #[arg(long)]
    not_draft: bool,

    /// Order by this field [default: created_at]
    #[arg(short = 'o', long, value_name = "FIELD")]
    order: Option<OrderBy>,

    #[command(flatten)]
    shared: FilterArgs,

    #[command(flatten)]
    paging: PagingArgs,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum StateArg {
    Opened,
    Closed,
    Merged,
    Locked,
    All,
}

/// GitLab's fields; the short spellings are those of other tools.
#[derive(ValueEnum, Clone, Copy, Debug)]
#[value(rename_all = "snake_case")]
enum OrderBy {
    #[value(alias = "created")]
    CreatedAt,
    #[value(alias = "updated")]
    UpdatedAt,
    #[value(alias = "merged")]
    MergedAt,
    Title,
    Priority,
    LabelPriority,
    MilestoneDue,
    Popularity,
}

impl OrderBy {
    fn word(self) -> &'static str {
        match self {
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
            Self::MergedAt => "merged_at",
            Self::Title => "title",
            Self::Priority => "priority",
            Self::LabelPriority => "label_priority",
            Self::MilestoneDue => "milestone_due",
            Self::Popularity => "popularity",
        }
    }
}

pub(super) fn run(args: &ListArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    let mut printer = context.printer()?;
    let filter = args.filter(context)?;
    let place = args.shared.place(context)?;
    let gitlab = context.gitlab()?;
    let people = People::new(&gitlab);
    let filter = MergeRequestFilter {
        reviewer: people.named(args.reviewer.as_deref())?,
        shared: args.shared.with_people(filter.shared, &people)?,
        ..filter
    };
    let listing = MergeRequests {
        across_projects: matches!(place, Place::Group(_)),
        draft: filter.draft,
        now: context.clock().now(),
    };
    let pages = gitlab.merge_requests(&place, &filter, args.paging.paging())?;
    let nothing = match filter.state {
        State::All => format!("no merge requests match in {place}"),
        state => format!("no {} merge requests match in {place}", state.word()),
    };
    list::print(pages, listing, &args.paging, &nothing, &mut printer, context)
        .with_context(|| format!("merge requests of {place}"))
}

impl ListArgs {
    /// What can be said without asking GitLab.
    fn filter(&self, context: &Context<'_>) -> anyhow::Result<MergeRequestFilter> {
        Ok(MergeRequestFilter {
            state: self.state(),
            shared: self.shared.filter(self.order.map(OrderBy::word), context)?,
            reviewer: None,
            source_branch: self.source_branch.clone(),
            target_branch: self.target_branch.clone(),
            draft: self.draft.then_some(true).or(self.not_draft.then_some(false)),
        })
    }

    fn state(&self) -> State {
        match self.state {
            _ if self.all => State::All,
            _ if self.closed => State::Closed,
            _ if self.merged => State::Merged,
            None | Some(StateArg::Opened) => State::Opened,
            Some(StateArg::Closed) => State::Closed,
            Some(StateArg::Merged) => State::Merged,
            Some(StateArg::Locked) => State::Locked,
            Some(StateArg::All) => State::All,
        }
    }
}

//! `glduo issue list`.

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use crate::commands::context::Context;
use crate::commands::list::{self, FilterArgs, People};
use crate::commands::paging::PagingArgs;
use crate::gitlab::{IssueFilter, IssueState, Place};
use crate::view::issue::Issues;

/// Which issues.
#[derive(Args, Debug, Default)]
#[command(after_help = "\
Examples:
  glduo issue list --assignee @me
  glduo issue list --label bug --search login --in title --json=iid,title
  glduo issue list -g acme --closed --type incident -q '.[].web_url'")]
pub(super) struct ListArgs {
    /// Only this state [default: opened]
    #[arg(long, value_name = "STATE")]
    state: Option<StateArg>,

    /// Every state
    #[arg(short = 'A', long, conflicts_with_all = ["state", "closed"])]
    all: bool,

    /// Closed
    #[arg(short = 'c', long, conflicts_with = "state")]
    closed: bool,

    /// Only this kind of issue
    #[arg(long = "type", alias = "issue-type", value_name = "TYPE")]
    kind: Option<Kind>,

    /// Confidential ones only
    #[arg(long)]
    confidential: bool,

    /// Where --search looks [default: both]
    #[arg(long = "in", value_name = "FIELD", requires = "search")]
    searched: Option<Searched>,

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
    All,
}

/// GitLab's words.
#[derive(ValueEnum, Clone, Copy, Debug)]
#[value(rename_all = "snake_case")]
enum Kind {
    Issue,
    Incident,
    TestCase,
    Requirement,
    Task,
    Ticket,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Incident => "incident",
            Self::TestCase => "test_case",
            Self::Requirement => "requirement",
            Self::Task => "task",
            Self::Ticket => "ticket",
        }
    }
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Searched {
    Title,
    Description,
    Both,
}

impl Searched {
    /// GitLab looks in both unless told otherwise.
    fn word(self) -> Option<&'static str> {
        match self {
            Self::Title => Some("title"),
            Self::Description => Some("description"),
            Self::Both => None,
        }
    }
}

/// GitLab's fields; the short spellings are those of other tools.
#[derive(ValueEnum, Clone, Copy, Debug)]
#[value(rename_all = "snake_case")]
enum OrderBy {
    #[value(alias = "created")]
    CreatedAt,
    #[value(alias = "updated")]
    UpdatedAt,
    Title,
    #[value(alias = "due")]
    DueDate,
    Priority,
    LabelPriority,
    MilestoneDue,
    Popularity,
    RelativePosition,
    Weight,
}

impl OrderBy {
    fn word(self) -> &'static str {
        match self {
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
            Self::Title => "title",
            Self::DueDate => "due_date",
            Self::Priority => "priority",
            Self::LabelPriority => "label_priority",
            Self::MilestoneDue => "milestone_due",
            Self::Popularity => "popularity",
            Self::RelativePosition => "relative_position",
            Self::Weight => "weight",
        }
    }
}

pub(super) fn run(args: &ListArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    let mut printer = context.printer()?;
    let filter = args.filter(context)?;
    let place = args.shared.place(context)?;
    let gitlab = context.gitlab()?;
    let people = People::new(&gitlab);
    let filter = IssueFilter { shared: args.shared.with_people(filter.shared, &people)?, ..filter };
    let across_projects = matches!(place, Place::Group(_));
    let listing = Issues { across_projects, now: context.clock().now() };
    let pages = gitlab.issues(&place, &filter, args.paging.paging())?;
    let nothing = match filter.state {
        IssueState::All => format!("no issues match in {place}"),
        state => format!("no {} issues match in {place}", state.word()),
    };
    list::print(pages, listing, &args.paging, &nothing, &mut printer, context)
        .with_context(|| format!("issues of {place}"))
}

impl ListArgs {
    /// What can be said without asking GitLab.
    fn filter(&self, context: &Context<'_>) -> anyhow::Result<IssueFilter> {
        Ok(IssueFilter {
            state: self.state(),
            shared: self.shared.filter(self.order.map(OrderBy::word), context)?,
            kind: self.kind.map(Kind::word),
            confidential: self.confidential,
            searched: self.searched.and_then(Searched::word),
        })
    }

    fn state(&self) -> IssueState {
        match self.state {
            _ if self.all => IssueState::All,
            _ if self.closed => IssueState::Closed,
            None | Some(StateArg::Opened) => IssueState::Opened,
            Some(StateArg::Closed) => IssueState::Closed,
            Some(StateArg::All) => IssueState::All,
        }
    }
}

//! What every list has: people and times in its filters, and the way its pages are printed.

use std::cell::OnceCell;

use clap::{Args, ValueEnum};

use super::context::Context;
use super::paging::PagingArgs;
use super::recent;
use super::usage::UsageError;
use crate::gitlab::{Gitlab, ListFilter, ListPages, Order, Place};
use crate::model::project::parse_group;
use crate::model::timestamp;
use crate::model::web_link::{group_of, looks_like_link};
use crate::view::list::Listing;
use crate::view::output::{Format, Printer};

/// Which end of a list comes first.
#[derive(ValueEnum, Clone, Copy, Debug)]
pub(super) enum SortDirection {
    /// Oldest or smallest
    Asc,
    /// Newest or largest
    Desc,
}

impl SortDirection {
    /// GitLab's word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Asc => "asc",
            Self::Desc => "desc",
        }
    }
}

/// The flags that lists of merge requests and of issues have alike.
#[derive(Args, Debug, Default)]
pub(super) struct FilterArgs {
    /// Assigned to this username, @me, None or Any
    #[arg(short = 'a', long, value_name = "USER")]
    assignee: Option<String>,

    /// Written by this username or @me
    #[arg(long, value_name = "USER")]
    author: Option<String>,

    /// With all of these labels, or None or Any
    #[arg(short = 'l', long, value_name = "LABEL", value_delimiter = ',')]
    label: Vec<String>,

    /// With none of these labels
    #[arg(long, value_name = "LABEL", value_delimiter = ',')]
    not_label: Vec<String>,

    /// In the milestone of this title, or None or Any
    #[arg(short = 'm', long, value_name = "TITLE")]
    milestone: Option<String>,

    /// With this text in title or description
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,

    /// Created after: a date, a time, or an age such as 12h, 3d, 2w
    #[arg(long, value_name = "WHEN")]
    created_after: Option<String>,

    /// Created before
    #[arg(long, value_name = "WHEN")]
    created_before: Option<String>,

    /// Updated after
    #[arg(long, value_name = "WHEN")]
    updated_after: Option<String>,

    /// Updated before
    #[arg(long, value_name = "WHEN")]
    updated_before: Option<String>,

    /// Which end comes first [default: desc]
    #[arg(long, value_name = "DIRECTION")]
    sort: Option<SortDirection>,

    /// All projects of this group and its subgroups
    #[arg(short = 'g', long, value_name = "PATH", conflicts_with = "repo", value_parser = parse_group)]
    group: Option<String>,
}

impl FilterArgs {
    /// What can be said without asking GitLab, ordered by one of its fields.
    pub(super) fn filter(
        &self,
        order: Option<&'static str>,
        context: &Context<'_>,
    ) -> anyhow::Result<ListFilter> {
        let when = |text: &Option<String>, flag| when(text.as_deref(), flag, context);
        Ok(ListFilter {
            author: None,
            assignee: None,
            labels: self.label.clone(),
            not_labels: self.not_label.clone(),
            milestone: self.milestone.clone(),
            search: self.search.clone(),
            created: (
                when(&self.created_after, "--created-after")?,
                when(&self.created_before, "--created-before")?,
            ),
            updated: (
                when(&self.updated_after, "--updated-after")?,
                when(&self.updated_before, "--updated-before")?,
            ),
            order: Order { by: order, sort: self.sort.map(SortDirection::word) },
        })
    }

    /// The same with the people in it, one of whom may be `@me`.
    pub(super) fn with_people(
        &self,
        filter: ListFilter,
        people: &People<'_>,
    ) -> anyhow::Result<ListFilter> {
        Ok(ListFilter {
            author: people.named(self.author.as_deref())?,
            assignee: people.named(self.assignee.as_deref())?,
            ..filter
        })
    }

    /// Where to look.
    pub(super) fn place(&self, context: &Context<'_>) -> anyhow::Result<Place> {
        Ok(match &self.group {
            Some(link) if looks_like_link(link) => {
                Place::Group(group_of(link, &context.settings()?.instance.value)?)
            }
            Some(group) => Place::Group(group.clone()),
            None => Place::Project(context.project(None)?),
        })
    }
}

/// Turns `@me` into the username, asking GitLab at most once.
pub(super) struct People<'g> {
    gitlab: &'g Gitlab<'g>,
    me: OnceCell<String>,
}

impl<'g> People<'g> {
    pub(super) fn new(gitlab: &'g Gitlab<'g>) -> Self {
        Self { gitlab, me: OnceCell::new() }
    }

    /// A username as a filter takes it; `None` and `Any` in GitLab's spelling.
    pub(super) fn named(&self, name: Option<&str>) -> anyhow::Result<Option<String>> {
        let Some(name) = name else { return Ok(None) };
        if name == "@me" {
            if self.me.get().is_none() {
                let me = self.gitlab.current_user()?.username;
                return Ok(Some(self.me.get_or_init(|| me).clone()));
            }
            return Ok(self.me.get().cloned());
        }
        Ok(Some(match name.to_ascii_lowercase().as_str() {
            "none" => "None".to_owned(),
            "any" => "Any".to_owned(),
            _ => name.trim_start_matches('@').to_owned(),
        }))
    }
}

/// A point in time as a filter takes it.
pub(super) fn when(
    text: Option<&str>,
    flag: &str,
    context: &Context<'_>,
) -> anyhow::Result<Option<String>> {
    let Some(text) = text else { return Ok(None) };
    let time = timestamp::parse_given(text, context.clock().now());
    match time.and_then(timestamp::to_iso_utc) {
        Some(time) => Ok(Some(time)),
        None => Err(UsageError::new(
            format!("{flag} does not understand {text:?}"),
            "a time is 2026-11-23, 2026-11-23T18:00:00Z, or an age such as 12h, 3d, 2w",
        )
        .into()),
    }
}

/// Prints pages as they come, and says on stderr where the list goes on. `nothing` is what
/// stands on a terminal for an empty list.
pub(super) fn print<L: Listing>(
    pages: ListPages<'_>,
    listing: L,
    paging: &PagingArgs,
    nothing: &str,
    printer: &mut Printer,
    context: &Context<'_>,
) -> anyhow::Result<u8> {
    let for_people = printer.format() == Format::Table && context.terminal().stdout;
    let mut list = printer.list(listing, paging.limit());
    let (mut total, mut has_more, mut is_first) = (None, false, true);
    let progress = context.progress();
    for page in pages.at_most(paging.most_pages()) {
        let page = page?;
        list.rows(page.rows())?;
        if std::mem::take(&mut is_first) {
            recent::remember_rows(&page.body, context)?;
        }
        total = total.or(page.total);
        has_more = page.has_next;
        progress.say(&fetched(list.given(), total));
        if list.is_full() || paging.is_one_page() {
            break;
        }
    }
    let unasked = list.unasked();
    let given = list.finish()?;
    if given == 0 && for_people {
        context.notes().note(nothing);
    }
    if paging.is_whole() {
        return Ok(0);
    }
    match total.filter(|_| unasked == 0) {
        Some(total) if total > given => {
            context.notes().note(&format!("showing {given} of {total}; use --paginate"));
        }
        None if has_more => {
            context.notes().note(&format!("showing {given}, and there are more; use --paginate"));
        }
        _ => {}
    }
    Ok(0)
}

fn fetched(rows: u64, total: Option<u64>) -> String {
    match total {
        Some(total) => format!("fetched {rows} of {total}"),
        None => format!("fetched {rows}"),
    }
}

//! What every list has: people and times in its filters, and the way its pages are printed.

use std::cell::OnceCell;

use clap::ValueEnum;

use super::context::Context;
use super::paging::PagingArgs;
use super::usage::UsageError;
use crate::gitlab::{Gitlab, ListPages};
use crate::model::timestamp;
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
    let (mut total, mut has_more) = (None, false);
    let mut progress = context.progress();
    pages.each(paging.most_pages(), |page| -> anyhow::Result<bool> {
        progress.clear();
        list.page(&page.body)?;
        total = total.or(page.total);
        has_more = page.has_next;
        if paging.is_long() {
            progress.show(&fetched(list.given(), total));
        }
        Ok(!list.is_full())
    })?;
    progress.clear();
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

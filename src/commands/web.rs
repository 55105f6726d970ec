//! `-w`: showing a page of GitLab's.

use super::context::Context;
use super::usage::UsageError;
use crate::model::address::{Origin, Url};
use crate::view::output::{Format, Printer};

/// Refuses a page together with JSON: it would be neither.
pub(super) fn check(web: bool, printer: &Printer) -> Result<(), UsageError> {
    if web && printer.format() != Format::Table {
        let message = "--web shows a page, and JSON is for programs";
        return Err(UsageError::new(message, "for its address: --json=web_url"));
    }
    Ok(())
}

/// Opens the page where a person and a browser are there; else prints its address. Only pages
/// of the instance are opened: the address comes from a server's answer.
pub(super) fn open(page: &str, printer: &mut Printer, context: &Context<'_>) -> anyhow::Result<()> {
    let instance = &context.settings()?.instance.value;
    let url = Url::parse(page).ok();
    let own = url.filter(|url| Origin::of(url).as_ref() == Some(&instance.origin()));
    let watched = context.terminal().stdout && context.browser().is_available();
    match own.filter(|_| watched) {
        Some(url) if context.browser().open(&url).is_ok() => {
            context.notes().note(&format!("opened {url}"));
            Ok(())
        }
        _ => Ok(printer.text(&format!("{page}\n"))?),
    }
}

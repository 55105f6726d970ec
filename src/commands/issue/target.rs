//! Which issue is meant.

use crate::commands::context::Context;
use crate::commands::usage::UsageError;
use crate::gitlab::Noteable;
use crate::model::project::ProjectRef;
use crate::model::web_link::{Target, WebLink};

/// One issue.
pub(super) struct IssueTarget {
    pub(super) project: ProjectRef,
    pub(super) iid: u64,
}

impl IssueTarget {
    /// The same as what notes are on.
    pub(super) fn noteable(&self) -> Noteable<'_> {
        Noteable::Issue(&self.project, self.iid)
    }
}

/// A number, `#` and a number, or a URL.
pub(super) fn resolve(named: &str, context: &Context<'_>) -> anyhow::Result<IssueTarget> {
    if let Some(link) = WebLink::named(named, &context.settings()?.instance.value) {
        return of_link(&link?, context);
    }
    let number = named.strip_prefix('#').unwrap_or(named);
    match number.parse() {
        Ok(iid) => Ok(IssueTarget { project: context.project(None)?, iid }),
        Err(_) => Err(UsageError::new(
            format!("{named:?} is not the number of an issue"),
            "write it as 42, '#42' or a URL",
        )
        .into()),
    }
}

fn of_link(link: &WebLink, context: &Context<'_>) -> anyhow::Result<IssueTarget> {
    let Target::Issue(iid) = link.target else {
        let message = format!("the URL is a page of {}, not an issue", link.project);
        return Err(UsageError::new(
            message,
            "such a URL ends in /-/issues/42 or /-/work_items/42",
        )
        .into());
    };
    Ok(IssueTarget { project: context.project(Some(link))?, iid })
}

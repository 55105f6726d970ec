//! Which merge request is meant.

use crate::commands::context::Context;
use crate::commands::usage::UsageError;
use crate::gitlab::{Gitlab, Noteable};
use crate::model::project::ProjectRef;
use crate::model::web_link::{Target, WebLink, looks_like_link};

/// No merge request has this branch as its source.
#[derive(Debug, thiserror::Error)]
#[error("no merge request of the branch {branch} in {project}")]
pub(crate) struct NoMergeRequest {
    /// The branch.
    pub(crate) branch: String,
    /// The project that was searched.
    pub(crate) project: ProjectRef,
}

/// One merge request.
pub(super) struct MergeRequestTarget {
    pub(super) project: ProjectRef,
    pub(super) iid: u64,
}

impl MergeRequestTarget {
    /// The same as what notes are on.
    pub(super) fn noteable(&self) -> Noteable<'_> {
        Noteable::MergeRequest(&self.project, self.iid)
    }
}

/// A number, `!` and a number, a URL or a branch; without any of them the CI job's merge
/// request, then the current branch's.
pub(super) fn resolve(
    named: Option<&str>,
    gitlab: &Gitlab<'_>,
    context: &Context<'_>,
) -> anyhow::Result<MergeRequestTarget> {
    let Some(named) = named else {
        return of_surroundings(gitlab, context);
    };
    if looks_like_link(named) {
        return of_link(named, context);
    }
    let project = context.project(None)?;
    let number = named.strip_prefix('!').unwrap_or(named);
    if let Ok(iid) = number.parse() {
        return Ok(MergeRequestTarget { project, iid });
    }
    if named.starts_with('!') {
        let message = format!("{named:?} is not the number of a merge request");
        return Err(UsageError::new(message, "write it as 42, !42, a URL or a branch").into());
    }
    of_branch(named.to_owned(), project, gitlab)
}

fn of_link(link: &str, context: &Context<'_>) -> anyhow::Result<MergeRequestTarget> {
    let link = WebLink::parse(link, &context.settings()?.instance.value)?;
    let Target::MergeRequest(iid) = link.target else {
        let message = format!("the URL is a page of {}, not a merge request", link.project);
        return Err(UsageError::new(message, "such a URL ends in /-/merge_requests/42").into());
    };
    Ok(MergeRequestTarget { project: context.project(Some(&link))?, iid })
}

fn of_surroundings(
    gitlab: &Gitlab<'_>,
    context: &Context<'_>,
) -> anyhow::Result<MergeRequestTarget> {
    let settings = context.settings()?;
    if let Some(found) = settings.merge_request_from_ci(context.env())? {
        return Ok(MergeRequestTarget { project: found.project.value, iid: found.iid.value });
    }
    let Some(branch) = settings.current_branch(context.env()) else {
        return Err(UsageError::new(
            "no merge request is named, and there is no current branch to look it up by",
            "name it: 42, !42, a URL or a branch",
        )
        .into());
    };
    of_branch(branch.value, context.project(None)?, gitlab)
}

fn of_branch(
    branch: String,
    project: ProjectRef,
    gitlab: &Gitlab<'_>,
) -> anyhow::Result<MergeRequestTarget> {
    match gitlab.merge_request_of_branch(&project, &branch)? {
        Some(iid) => Ok(MergeRequestTarget { project, iid }),
        None => Err(NoMergeRequest { branch, project }.into()),
    }
}

//! Which merge request is meant.

use std::fmt;

use anyhow::Context as _;

use crate::commands::context::Context;
use crate::commands::usage::UsageError;
use crate::config::SourceBranch;
use crate::gitlab::{BranchMergeRequest, Gitlab, Noteable, State};
use crate::model::project::ProjectRef;
use crate::model::web_link::{Target, WebLink};

/// What a merge request that a branch stands for is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::commands) enum Purpose {
    /// A person looks at it: a closed or merged one is better than none.
    Show,
    /// Something is written to it, decided by it, or sent to a model: it has to be open.
    Act,
}

/// No merge request comes from this branch.
#[derive(Debug, thiserror::Error)]
#[error("no {open}merge request of the branch {branch} in {project}{unused}")]
pub(crate) struct NoMergeRequest {
    /// The branch.
    pub(crate) branch: String,
    /// The project that was searched.
    pub(crate) project: ProjectRef,
    /// `open ` if only those were looked for.
    open: &'static str,
    /// What else there is.
    pub(crate) unused: Unused,
}

/// Merge requests that come from branches of the same name in other projects.
#[derive(Debug, Default)]
pub(crate) struct Unused(Vec<BranchMergeRequest>);

impl Unused {
    /// The newest one.
    pub(crate) fn first(&self) -> Option<u64> {
        self.0.first().map(|row| row.iid)
    }
}

impl fmt::Display for Unused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        f.write_str("; not used because the branch is in another project: ")?;
        f.write_str(&listed(&self.0))
    }
}

/// `!42 into main, !43 into stable`.
fn listed(rows: &[BranchMergeRequest]) -> String {
    let words: Vec<String> =
        rows.iter().map(|row| format!("!{} into {}", row.iid, row.target_branch)).collect();
    words.join(", ")
}

/// One merge request.
pub(in crate::commands) struct MergeRequestTarget {
    pub(in crate::commands) project: ProjectRef,
    pub(in crate::commands) iid: u64,
}

impl MergeRequestTarget {
    /// The same as what notes are on.
    pub(super) fn noteable(&self) -> Noteable<'_> {
        Noteable::MergeRequest(&self.project, self.iid)
    }
}

/// A number, `!` and a number, a URL or a branch; without any of them the CI job's merge
/// request, then the current branch's.
pub(in crate::commands) fn resolve(
    named: Option<&str>,
    purpose: Purpose,
    gitlab: &Gitlab<'_>,
    context: &Context<'_>,
) -> anyhow::Result<MergeRequestTarget> {
    let Some(named) = named else {
        return of_surroundings(purpose, gitlab, context);
    };
    if let Some(link) = WebLink::named(named, &context.settings()?.instance.value) {
        return of_link(&link?, context);
    }
    let number = named.strip_prefix('!').unwrap_or(named);
    if let Ok(iid) = number.parse() {
        return Ok(MergeRequestTarget { project: context.project(None)?, iid });
    }
    if named.starts_with('!') {
        let message = format!("{named:?} is not the number of a merge request");
        return Err(UsageError::new(message, "write it as 42, !42, a URL or a branch").into());
    }
    let settings = context.settings()?;
    let project = settings.project(context.env(), None)?;
    let branch = settings.named_branch(named, &project);
    Ok(of_branch(&branch, project.value, purpose, gitlab, context)??)
}

fn of_link(link: &WebLink, context: &Context<'_>) -> anyhow::Result<MergeRequestTarget> {
    let Target::MergeRequest(iid) = link.target else {
        let message = format!("the URL is a page of {}, not a merge request", link.project);
        return Err(UsageError::new(message, "such a URL ends in /-/merge_requests/42").into());
    };
    Ok(MergeRequestTarget { project: context.project(Some(link))?, iid })
}

fn of_surroundings(
    purpose: Purpose,
    gitlab: &Gitlab<'_>,
    context: &Context<'_>,
) -> anyhow::Result<MergeRequestTarget> {
    let settings = context.settings()?;
    if let Some((project, iid)) = settings.merge_request_from_ci(context.env())? {
        return Ok(MergeRequestTarget { project, iid });
    }
    let project = settings.project(context.env(), None)?;
    let Some(branch) = settings.current_branch(context.env(), &project)? else {
        return Err(UsageError::new(
            "no merge request is named, and there is no current branch to look it up by",
            "name it: 42, !42, a URL or a branch",
        )
        .into());
    };
    Ok(of_branch(&branch, project.value, purpose, gitlab, context)??)
}

/// The merge request that comes from this very branch: its source project is the one that the
/// branch is pushed to.
pub(in crate::commands) fn of_branch(
    branch: &SourceBranch,
    project: ProjectRef,
    purpose: Purpose,
    gitlab: &Gitlab<'_>,
    context: &Context<'_>,
) -> anyhow::Result<Result<MergeRequestTarget, NoMergeRequest>> {
    if let Some((project, iid)) = branch.merge_request.clone() {
        return Ok(Ok(MergeRequestTarget { project, iid }));
    }
    let source = source_id(branch, gitlab)?;
    let rows = |state| -> anyhow::Result<(Vec<_>, Vec<_>)> {
        let rows = gitlab.merge_requests_of_branch(&project, &branch.name, state)?;
        Ok(rows.into_iter().partition(|row| row.comes_from(source)))
    };
    let (own, mut foreign) = rows(State::Opened)?;
    let mut found = match own.as_slice() {
        [] => None,
        [only] => Some(only.iid),
        several => return Err(ambiguous(branch, several).into()),
    };
    let mut open = "open ";
    if found.is_none() && purpose == Purpose::Show {
        let (own, others) = rows(State::All)?;
        if let Some(newest) = own.first() {
            context.notes().note(&format!(
                "the branch {} has no open merge request; showing its newest, !{}, which is {}",
                branch.name, newest.iid, newest.state
            ));
            found = Some(newest.iid);
        }
        (open, foreign) = ("", others);
    }
    let (branch, unused) = (branch.name.clone(), Unused(foreign));
    Ok(match found {
        Some(iid) => Ok(MergeRequestTarget { project, iid }),
        None => Err(NoMergeRequest { branch, project, open, unused }),
    })
}

/// The id of the project that the branch is pushed to; `None` if that is the project in use.
pub(in crate::commands) fn source_id(
    branch: &SourceBranch,
    gitlab: &Gitlab<'_>,
) -> anyhow::Result<Option<u64>> {
    let Some(project) = &branch.pushed_to else { return Ok(None) };
    let id = gitlab.project_id(project);
    let what = || format!("project {project}, which the branch {} is pushed to", branch.name);
    Ok(Some(id.with_context(what)?))
}

fn ambiguous(branch: &SourceBranch, rows: &[BranchMergeRequest]) -> UsageError {
    let message = format!(
        "the branch {} has {} open merge requests: {}",
        branch.name,
        rows.len(),
        listed(rows)
    );
    UsageError::new(message, format!("name one by its number, such as !{}", rows[0].iid))
}

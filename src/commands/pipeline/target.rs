//! Which pipeline is meant.

use anyhow::Context as _;

use super::show::ShowArgs;
use crate::commands::context::Context;
use crate::commands::mr::{self, NoMergeRequest, Purpose, Unused};
use crate::commands::usage::UsageError;
use crate::config::SourceBranch;
use crate::gitlab::{self, Gitlab, GitlabError};
use crate::model::pipeline::Pipeline;
use crate::model::project::ProjectRef;
use crate::model::web_link::{Target, WebLink, looks_like_link};

/// A newest commit that has no pipeline.
#[derive(Debug, thiserror::Error)]
#[error("no pipeline for the newest commit of {of} in {project}{unused}")]
pub(crate) struct NoPipeline {
    /// A branch or merge request.
    pub(crate) of: String,
    /// The project that was searched.
    pub(crate) project: ProjectRef,
    /// Merge requests that it was not taken from.
    pub(crate) unused: Unused,
}

/// One pipeline.
pub(in crate::commands) struct PipelineTarget {
    pub(in crate::commands) project: ProjectRef,
    pub(in crate::commands) id: u64,
    /// Its own object, where finding it brought it along.
    pub(super) body: Option<Vec<u8>>,
}

impl PipelineTarget {
    fn known(project: ProjectRef, id: u64) -> Self {
        Self { project, id, body: None }
    }
}

const NAMES: &str = "name it: 46, a URL, latest, -b BRANCH or --mr IID";

/// An id, a URL, `latest`, a branch or a merge request; without any of them the CI job's own
/// pipeline, then the newest of the current branch, then of its merge request.
pub(super) fn resolve(
    args: &ShowArgs,
    gitlab: &Gitlab<'_>,
    context: &Context<'_>,
) -> anyhow::Result<PipelineTarget> {
    let is_gate = args.exit_status || args.watch;
    let purpose = if is_gate { Purpose::Act } else { Purpose::Show };
    match (args.which.as_deref(), args.mr, args.branch.as_deref()) {
        (Some("latest"), None, branch) => latest(branch, gitlab, context),
        (Some(link), None, None) if looks_like_link(link) => of_link(link, gitlab, context),
        (Some(id), None, None) => match id.strip_prefix('#').unwrap_or(id).parse() {
            Ok(id) => Ok(PipelineTarget::known(context.project(None)?, id)),
            Err(_) => {
                Err(UsageError::new(format!("{id:?} is not the id of a pipeline"), NAMES).into())
            }
        },
        (Some(_), ..) => Err(UsageError::new(
            "a pipeline that is named by its id or URL needs no branch or merge request",
            NAMES,
        )
        .into()),
        (None, Some(iid), _) => of_merge_request(context.project(None)?, iid, gitlab),
        (None, None, Some(branch)) => of_branch(branch, purpose, gitlab, context),
        (None, None, None) => of_surroundings(purpose, gitlab, context),
    }
}

fn latest(
    branch: Option<&str>,
    gitlab: &Gitlab<'_>,
    context: &Context<'_>,
) -> anyhow::Result<PipelineTarget> {
    let project = context.project(None)?;
    let found = newest(branch, &project, gitlab)?;
    let of = branch.unwrap_or("the default branch").to_owned();
    Ok(found.ok_or(NoPipeline { of, project, unused: Unused::default() })?)
}

fn of_link(
    link: &str,
    gitlab: &Gitlab<'_>,
    context: &Context<'_>,
) -> anyhow::Result<PipelineTarget> {
    let link = WebLink::parse(link, &context.settings()?.instance.value)?;
    let project = || context.project(Some(&link));
    match link.target {
        Target::Pipeline(id) => Ok(PipelineTarget::known(project()?, id)),
        Target::MergeRequest(iid) => of_merge_request(project()?, iid, gitlab),
        Target::Job(id) => {
            let message = "the URL is that of a job, not of a pipeline";
            Err(UsageError::new(
                message,
                format!("write it as -j URL, or -R {} -j {id}", link.project),
            )
            .into())
        }
        Target::Issue(_) | Target::Project => {
            let message = format!("the URL is a page of {}, not a pipeline", link.project);
            Err(UsageError::new(message, "such a URL ends in /-/pipelines/46").into())
        }
    }
}

/// The CI job's own pipeline, then the newest of the current branch, then of its merge request.
/// A branch that is pushed to another project has only that of its merge request.
pub(in crate::commands) fn of_surroundings(
    purpose: Purpose,
    gitlab: &Gitlab<'_>,
    context: &Context<'_>,
) -> anyhow::Result<PipelineTarget> {
    let settings = context.settings()?;
    let project = settings.project(context.env(), None)?;
    if let Some(id) = settings.pipeline_from_ci(context.env(), &project.value)? {
        return Ok(PipelineTarget::known(project.value, id));
    }
    let Some(branch) = settings.current_branch(context.env(), &project)? else {
        let message = "no pipeline is named, and there is no current branch to look it up by";
        return Err(UsageError::new(message, NAMES).into());
    };
    let is_elsewhere = mr::source_id(&branch, gitlab)?
        .is_some_and(|source| !project.value.is_same(&ProjectRef::Id(source)));
    if !is_elsewhere && let Some(found) = newest(Some(&branch.name), &project.value, gitlab)? {
        return Ok(found);
    }
    of_source(&branch, project.value, purpose, gitlab, context)
}

fn of_branch(
    branch: &str,
    purpose: Purpose,
    gitlab: &Gitlab<'_>,
    context: &Context<'_>,
) -> anyhow::Result<PipelineTarget> {
    let settings = context.settings()?;
    let project = settings.project(context.env(), None)?;
    if let Some(found) = newest(Some(branch), &project.value, gitlab)? {
        return Ok(found);
    }
    let branch = settings.named_branch(branch, &project);
    of_source(&branch, project.value, purpose, gitlab, context)
}

fn of_source(
    branch: &SourceBranch,
    project: ProjectRef,
    purpose: Purpose,
    gitlab: &Gitlab<'_>,
    context: &Context<'_>,
) -> anyhow::Result<PipelineTarget> {
    match mr::of_branch(branch, project, purpose, gitlab, context)? {
        Ok(found) => of_merge_request(found.project, found.iid, gitlab),
        Err(NoMergeRequest { branch, project, unused, .. }) => {
            Err(NoPipeline { of: branch, project, unused }.into())
        }
    }
}

fn of_merge_request(
    project: ProjectRef,
    iid: u64,
    gitlab: &Gitlab<'_>,
) -> anyhow::Result<PipelineTarget> {
    let found = gitlab.pipeline_of_merge_request(&project, iid);
    let found = found.with_context(|| format!("merge request !{iid} of {project}"))?;
    let none = || NoPipeline { of: format!("!{iid}"), project, unused: Unused::default() };
    let (project, id) = found.ok_or_else(none)?;
    Ok(PipelineTarget::known(project, id))
}

fn newest(
    branch: Option<&str>,
    project: &ProjectRef,
    gitlab: &Gitlab<'_>,
) -> anyhow::Result<Option<PipelineTarget>> {
    let Some(answer) = gitlab.latest_pipeline(project, branch)? else {
        return Ok(None);
    };
    let id = read(&answer.body)?.id;
    Ok(Some(PipelineTarget { project: project.clone(), id, body: Some(answer.body) }))
}

/// Reads GitLab's pipeline object.
pub(super) fn read(body: &[u8]) -> Result<Pipeline<'_>, GitlabError> {
    gitlab::decode("the pipeline", body)
}

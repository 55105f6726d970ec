//! What the project's top-level group offers: from GitLab, from what is remembered, or unknown.

use std::sync::Arc;

use crate::commands::context::Context;
use crate::commands::credential::is_not_connected;
use crate::config::ConfigError;
use crate::duo::{Catalogue, Discovery, Offer, WorkflowModel};
use crate::gitlab::{Gitlab, GitlabError, OfferedModel};
use crate::model::project::ProjectRef;
use crate::model::timestamp;

/// Asks GitLab now.
pub(super) fn asked(context: &Context<'_>) -> anyhow::Result<Offer> {
    let project = context.project(None)?;
    let gitlab = context.gitlab()?;
    let offer = discovery(&gitlab, &project, context)?.ask()?;
    say_if_none(&offer, context);
    Ok(offer)
}

/// What is known without failing: of ten minutes ago at most, else from one try to ask, else
/// of any age, else nothing. What stands for an answer is said on one line.
pub(super) fn known(context: &Context<'_>) -> anyhow::Result<Option<Offer>> {
    let Some(project) = project(context)? else { return Ok(None) };
    let client = context.client_that_tries_once()?;
    let gitlab = match context.gitlab_by(&client) {
        Ok(gitlab) => gitlab,
        Err(error) if is_not_connected(&error) => {
            context.notes().note(&format!("{error}; showing the built-in models"));
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let discovery = discovery(&gitlab, &project, context)?;
    if let Some(offer) = discovery.fresh() {
        return Ok(Some(offer));
    }
    match discovery.ask() {
        Ok(offer) => {
            say_if_none(&offer, context);
            Ok(Some(offer))
        }
        Err(error) => {
            let offer = discovery.remembered();
            let then = offer.as_ref().and_then(|offer| timestamp::to_iso_utc(offer.fetched_at));
            let shown = match then {
                Some(time) => format!("the models of {time}"),
                None => "the built-in models".to_owned(),
            };
            let reason = words(&error);
            context.notes().note(&format!("showing {shown}, GitLab did not tell: {reason}"));
            Ok(offer)
        }
    }
}

/// Models that are offered and in no published table.
pub(in crate::commands) fn unpublished(
    catalogue: &Catalogue,
    offer: Option<&Offer>,
) -> Vec<WorkflowModel> {
    let models = offer.and_then(|offer| offer.models.as_ref());
    let is_new = |model: &&OfferedModel| {
        !catalogue.workflow.iter().any(|own| own.reference == model.reference)
    };
    let new = models.map(|models| models.all()).unwrap_or_default().into_iter().filter(is_new);
    new.map(|model| WorkflowModel {
        id: model_id(&model.reference).into(),
        name: model.name.clone().into(),
        description: format!("GitLab's agent with {}", model.name).into(),
        reference: model.reference.clone().into(),
    })
    .collect()
}

/// What the group of this project offers: of ten minutes ago at most, else GitLab is asked.
pub(in crate::commands) fn of_project(
    gitlab: &Gitlab<'_>,
    project: &ProjectRef,
    context: &Context<'_>,
) -> anyhow::Result<Offer> {
    let discovery = discovery(gitlab, project, context)?;
    match discovery.fresh() {
        Some(offer) => Ok(offer),
        None => Ok(discovery.ask()?),
    }
}

/// The id of a workflow model that is in no published table.
pub(in crate::commands) fn model_id(reference: &str) -> String {
    format!("duo-workflow-{}", reference.replace(['/', '_'], "-"))
}

fn discovery<'d>(
    gitlab: &'d Gitlab<'d>,
    project: &'d ProjectRef,
    context: &Context<'_>,
) -> anyhow::Result<Discovery<'d>> {
    Ok(Discovery::new(
        gitlab,
        project,
        context.cache_directory()?,
        Arc::clone(context.shared_clock()),
    ))
}

/// None is needed: chat models are the same everywhere.
fn project(context: &Context<'_>) -> anyhow::Result<Option<ProjectRef>> {
    match context.project(None) {
        Ok(project) => Ok(Some(project)),
        Err(error) if matches!(error.downcast_ref(), Some(ConfigError::NoProject { .. })) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn say_if_none(offer: &Offer, context: &Context<'_>) {
    if offer.models.is_none() {
        context.notes().note("GitLab offers no workflow models of this project's group to choose from; showing the built-in models");
    }
}

fn words(error: &GitlabError) -> String {
    match error {
        GitlabError::Refused(refusal) if refusal.words.is_empty() => {
            format!("HTTP {}", refusal.status)
        }
        GitlabError::Refused(refusal) => refusal.words.clone(),
        other => other.to_string(),
    }
}

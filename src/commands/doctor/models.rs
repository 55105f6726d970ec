//! Whether the models that are configured are there.

use std::sync::Arc;

use super::Trouble;
use super::account::needed;
use super::bench::Bench;
use super::finding::Finding;
use crate::commands::models::model_id;
use crate::config::Setting;
use crate::duo::{Catalogue, Discovery, Model, ModelError};
use crate::model::scopes::Abilities;

/// The model of a chat.
pub(super) fn model(bench: &Bench<'_>) -> anyhow::Result<Finding> {
    offered(bench, bench.settings.map(|settings| &settings.model), true)
}

/// The model of `--small`.
pub(super) fn small_model(bench: &Bench<'_>) -> anyhow::Result<Finding> {
    offered(bench, bench.settings.map(|settings| &settings.small_model), false)
}

fn offered(
    bench: &Bench<'_>,
    name: Option<&Setting<String>>,
    may_be_workflow: bool,
) -> anyhow::Result<Finding> {
    let Some((settings, name)) = bench.settings.zip(name) else {
        return Ok(Finding::skip("the configuration cannot be used"));
    };
    if !bench.survey.is_certain(&name.source) {
        return Ok(Finding::skip("the configuration leaves open which model is meant"));
    }
    let catalogue = Catalogue::new(&settings.models)?;
    match catalogue.find(&name.value) {
        Ok(model) => of_gateway(bench, model, name),
        Err(ModelError::Workflow { id }) if may_be_workflow => {
            of_group(bench, id, &catalogue, name)
        }
        Err(error) => Err(anyhow::Error::from(error).context(name.source.to_string())),
    }
}

/// The gateway is asked whether it passes the name on.
fn of_gateway(bench: &Bench<'_>, model: &Model, name: &Setting<String>) -> anyhow::Result<Finding> {
    let named = format!("{} ({})", model.id, name.source);
    let unknown = |why| Ok(Finding::skip(format!("{named} is a known model; {why}")));
    let client = needed!(bench.client());
    let Ok(gitlab) = bench.gitlab(&client) else {
        return unknown("without a good credential the gateway cannot be asked for it");
    };
    let duo = needed!(bench.duo(&client, &gitlab));
    let Some(pass) = bench.facts.pass.get() else {
        return unknown("without direct access the gateway cannot be asked for it");
    };
    if bench.facts.is_gateway_there.get().is_none() {
        return unknown("the gateway does not answer");
    }
    duo.offers(model, pass).map_err(|error| anyhow::Error::from(error).context(named.clone()))?;
    Ok(Finding::ok(format!("{named} is offered by the gateway, as {}", model.backend)))
}

/// The project's top-level group is asked what it offers its agent.
fn of_group(
    bench: &Bench<'_>,
    id: String,
    catalogue: &Catalogue,
    name: &Setting<String>,
) -> anyhow::Result<Finding> {
    let named = format!("{id} ({})", name.source);
    let scopes = bench.facts.token.get().and_then(|token| token.scopes.as_deref());
    if Abilities::from_scopes(scopes).workflow == Some(false) {
        return Err(Trouble::Scope { what: "workflow models", wanted: "api" }.into());
    }
    let published = catalogue.find_workflow(&id).map(|model| model.reference.to_string());
    if published.as_deref() == Some("default") {
        return Ok(Finding::ok(format!("{named} is whatever GitLab's agent uses")));
    }
    let client = needed!(bench.client());
    let gitlab = match bench.gitlab(&client) {
        Ok(gitlab) => gitlab,
        Err(skipped) => return Ok(Finding::skip(format!("{named}: {}", skipped.detail))),
    };
    let Some(project) = bench.facts.project.get() else {
        let skipped = Finding::skip(format!("{named}: which group to ask is not known"));
        return Ok(skipped.hint("name a project of that group with -R"));
    };
    let offer = match Discovery::new(&gitlab, project, None, Arc::clone(bench.clock)).ask() {
        Ok(offer) => offer.models,
        Err(error) if error.is_about_scope() => None,
        Err(error) => return Err(anyhow::Error::from(error).context(named)),
    };
    let Some(offer) = offer else {
        return Ok(Finding::skip(format!("{named}: GitLab does not tell what it offers")));
    };
    let id_of = |reference: &str| {
        let known = catalogue.workflow.iter().find(|model| model.reference == reference);
        known.map_or_else(|| model_id(reference), |model| model.id.to_string())
    };
    let offered: Vec<String> =
        offer.all().into_iter().map(|model| id_of(&model.reference)).collect();
    if offered.contains(&id) {
        return Ok(Finding::ok(format!("{named} is offered by the group of {project}")));
    }
    Err(Trouble::NotOffered { id, offered }.into())
}

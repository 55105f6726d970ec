//! Which workflow model a name stands for, and whether GitLab offers it here.

use crate::commands::context::Context;
use crate::commands::models::offer;
use crate::duo::{ModelError, Offer, WorkflowModel};
use crate::gitlab::{Gitlab, OfferedModels};
use crate::model::project::ProjectRef;

/// What GitLab calls the model that the group chose.
const GROUPS_CHOICE: &str = "default";
/// GitLab's software development flow; every other model is its agent for all things.
pub(super) const CODE_GENERATION: &str = "duo-workflow-codegen";

/// A workflow model that may be used.
pub(super) struct Chosen {
    pub(super) id: String,
    /// GitLab's name of the flow.
    pub(super) definition: &'static str,
    /// What the service is asked for; `None` leaves the choice to GitLab.
    pub(super) reference: Option<String>,
}

impl Chosen {
    /// A model of the table, as far as it is known without asking.
    pub(super) fn published(id: &str, context: &Context<'_>) -> anyhow::Result<Option<Self>> {
        Ok(context.catalogue()?.find_workflow(id).map(Self::of))
    }

    /// A model that only GitLab can tell of; it is called by its id until then.
    pub(super) fn unpublished(id: &str) -> Self {
        Self { id: id.to_owned(), definition: "chat", reference: Some("[looked up]".to_owned()) }
    }

    fn of(model: &WorkflowModel) -> Self {
        let definition = if model.id == CODE_GENERATION { "software_development" } else { "chat" };
        let reference = Some(model.reference.to_string()).filter(|name| name != GROUPS_CHOICE);
        Self { id: model.id.to_string(), definition, reference }
    }
}

/// The model of that id. One that stands for another than the group's choice has to be offered.
pub(super) fn find(
    id: &str,
    gitlab: &Gitlab<'_>,
    project: &ProjectRef,
    context: &Context<'_>,
) -> anyhow::Result<Chosen> {
    let published = Chosen::published(id, context)?;
    if let Some(chosen) = published {
        let Some(reference) = &chosen.reference else { return Ok(chosen) };
        let offer = offer::of_project(gitlab, project, context)?;
        check(&chosen.id, reference, &offer)?;
        return Ok(chosen);
    }
    let offer = offer::of_project(gitlab, project, context)?;
    let catalogue = context.catalogue()?;
    let offered = offer::unpublished(&catalogue, Some(&offer));
    let model = offered.iter().find(|model| model.id.eq_ignore_ascii_case(id));
    let chosen = Chosen::of(model.ok_or_else(|| catalogue.unknown(id))?);
    check(&chosen.id, chosen.reference.as_deref().unwrap_or_default(), &offer)?;
    Ok(chosen)
}

/// GitLab takes another model without a word where this one may not be chosen.
fn check(id: &str, reference: &str, offer: &Offer) -> Result<(), ModelError> {
    let models = offer.models.as_ref();
    let given = models.and_then(|models: &OfferedModels| models.effective(Some(reference)));
    if given.is_some_and(|given| given.reference == reference) {
        return Ok(());
    }
    let given = given.map(|given| given.name.clone());
    Err(ModelError::NotOffered { id: id.to_owned(), given })
}

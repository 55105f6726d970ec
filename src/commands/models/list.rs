//! `glduo models list`.

use std::borrow::Cow;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::offer;
use crate::commands::context::Context;
use crate::commands::recent;
use crate::duo::{
    self, Catalogue, Definitions, Model, ModelError, ModelStatus, Offer, WorkflowModel,
};
use crate::gitlab::OfferedModel;
use crate::model::timestamp;
use crate::system::clock::Deadline;
use crate::view::models::{ModelRow, Models};

/// Which models.
#[derive(Args, Debug, Default, PartialEq)]
#[command(after_help = "\
Chat models are built in. The workflow models that the project's top-level group offers are
asked for, and remembered for 10 minutes.

Examples:
  glduo models --kind chat
  glduo models --refresh --json -q '.[] | select(.source == \"server\").id'
  glduo models use haiku-4-5")]
pub(super) struct ListArgs {
    /// Ask GitLab again, and fail where it does not answer
    #[arg(long)]
    refresh: bool,

    /// Which kind [default: all]
    #[arg(long, value_name = "KIND", default_value = "all", hide_default_value = true)]
    kind: Kind,
}

#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    /// Answers through the AI gateway
    Chat,
    /// Works as GitLab's agent
    Workflow,
    /// Both
    #[default]
    All,
}

pub(super) fn run(args: &ListArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    let mut printer = context.printer()?;
    let catalogue = context.catalogue()?;
    let offer = match args.kind {
        _ if args.refresh => Some(offer::asked(context)?),
        Kind::Chat => None,
        Kind::Workflow | Kind::All => offer::known(context)?,
    };
    let rows = Rows {
        default: settled(&catalogue, &context.settings()?.model.value),
        small: settled(&catalogue, &context.settings()?.small_model.value),
        offer: offer.as_ref(),
        definitions: if args.refresh { definitions(context)? } else { Definitions::default() },
    };
    let unpublished = offer::unpublished(&catalogue, offer.as_ref());
    let mut all = Vec::new();
    if args.kind != Kind::Workflow {
        all.extend(catalogue.chat.iter().map(|model| rows.chat(model)));
    }
    if args.kind != Kind::Chat {
        all.extend(catalogue.workflow.iter().map(|model| rows.workflow(model)));
        all.extend(unpublished.iter().map(|model| rows.workflow(model)));
    }
    let is_offer_known = offer.as_ref().is_some_and(|offer| offer.models.is_some());
    let mut list = printer.list(Models { is_offer_known }, None);
    list.page(&serde_json::to_vec(&all)?)?;
    list.finish()?;
    let new = unpublished.iter().map(|model| (&*model.id, &*model.description));
    recent::remember_models(new, context)?;
    Ok(0)
}

/// The whole id that a configured name stands for; a name of nothing stays as it is.
fn settled(catalogue: &Catalogue, name: &str) -> String {
    match catalogue.find(name) {
        Ok(model) => model.id.to_string(),
        Err(ModelError::Workflow { id }) => id,
        Err(_) => name.to_owned(),
    }
}

/// How long the gateway's list is waited for, which only adds to what is known.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the gateway says of its models; nothing if it cannot be reached.
fn definitions(context: &Context<'_>) -> anyhow::Result<Definitions> {
    let gateway = &context.settings()?.gateway.value;
    let client = context.client_that_tries_once()?.until(Deadline::after(PATIENCE));
    match duo::definitions(&client, gateway) {
        Ok(definitions) => Ok(definitions),
        Err(error) => {
            let notes = context.notes();
            notes.note(&format!("the AI gateway did not list its models: {error}"));
            Ok(Definitions::default())
        }
    }
}

struct Rows<'o> {
    default: String,
    small: String,
    offer: Option<&'o Offer>,
    definitions: Definitions,
}

impl Rows<'_> {
    fn chat<'m>(&self, model: &'m Model) -> ModelRow<'m> {
        ModelRow {
            id: (&*model.id).into(),
            kind: "chat".into(),
            name: (&*model.name).into(),
            description: (&*model.description).into(),
            provider: model.dialect.provider().into(),
            backend_model: Some((&*model.backend).into()),
            reference: None,
            default: *model.id == *self.default,
            small: *model.id == *self.small,
            pinned: false,
            source: "builtin".into(),
            fetched_at: None,
            status: self.status(model.identifier.as_deref(), model.status),
            cost_indicator: self.cost(model.identifier.as_deref()),
            context: model.context,
            max_output: model.max_output,
        }
    }

    fn workflow<'m>(&self, model: &'m WorkflowModel) -> ModelRow<'m> {
        let offered = self.offered(&model.reference);
        let offer = offered.and(self.offer);
        let source = match offer {
            Some(offer) if offer.is_cached => "cache",
            Some(_) => "server",
            None => "builtin",
        };
        let pinned = self.offer.and_then(|offer| offer.models.as_ref()?.pinned.as_ref());
        ModelRow {
            id: (&*model.id).into(),
            kind: "workflow".into(),
            name: offered
                .map_or_else(|| (&*model.name).into(), |offered| offered.name.clone().into()),
            description: (&*model.description).into(),
            provider: "workflow".into(),
            backend_model: Some((&*model.reference).into()),
            reference: Some((&*model.reference).into()),
            default: *model.id == *self.default,
            small: *model.id == *self.small,
            pinned: pinned.is_some_and(|pinned| pinned.reference == model.reference),
            source: source.into(),
            fetched_at: offer
                .and_then(|offer| timestamp::to_iso_utc(offer.fetched_at))
                .map(Into::into),
            status: self.status(Some(&model.reference), None),
            cost_indicator: self.cost(Some(&model.reference)),
            context: None,
            max_output: None,
        }
    }

    fn status<'m>(
        &self,
        identifier: Option<&str>,
        published: Option<ModelStatus>,
    ) -> Option<Cow<'m, str>> {
        let defined = identifier.and_then(|identifier| self.definitions.get(identifier));
        let is_deprecated = defined.is_some_and(|defined| defined.is_deprecated);
        let status = is_deprecated.then_some(ModelStatus::Deprecated).or(published);
        status.map(|status| status.as_str().into())
    }

    fn cost<'m>(&self, identifier: Option<&str>) -> Option<Cow<'m, str>> {
        self.definitions.get(identifier?)?.cost_indicator.clone().map(Into::into)
    }

    fn offered(&self, reference: &str) -> Option<&OfferedModel> {
        let all = self.offer?.models.as_ref()?.all();
        all.into_iter().find(|model| model.reference == reference)
    }
}

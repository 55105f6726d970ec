//! `glduo models use`.

use clap::Args;

use super::offer;
use crate::commands::context::Context;
use crate::commands::usage::UsageError;
use crate::config::{FileLevel, Source, edit};
use crate::duo::ModelError;

/// Which model.
#[derive(Args, Debug)]
pub(super) struct UseArgs {
    /// The model; the prefix may be left out
    #[arg(value_name = "ID")]
    id: String,
}

pub(super) fn run(args: &UseArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    let id = whole_id(&args.id, context)?;
    let settings = context.settings()?;
    let Some(file) = &settings.user_file else {
        let message = "there is no place for the user configuration: HOME is not set";
        return Err(UsageError::new(message, "set HOME, or name a file with --config").into());
    };
    edit::set_text(file, "gitlab.model", &id, context.clock())?;
    context.notes().note(&format!("{id} is the model now, in {}", file.display()));
    let above = match &settings.model.source {
        source @ (Source::Env(_) | Source::Flag(_) | Source::File(FileLevel::Project, _)) => {
            Some(source.to_string())
        }
        _ => None,
    };
    if let Some(source) = above.filter(|_| settings.model.value != id) {
        context.notes().warn(&format!("here {source} goes before it: {}", settings.model.value));
    }
    Ok(0)
}

/// The id of a model that there is. What only discovery knows is looked for there.
fn whole_id(name: &str, context: &Context<'_>) -> anyhow::Result<String> {
    let catalogue = context.catalogue()?;
    let wanted = name.trim().to_ascii_lowercase();
    match catalogue.find(&wanted) {
        Ok(model) => return Ok(model.id.to_string()),
        Err(ModelError::Workflow { id }) if catalogue.find_workflow(&id).is_some() => {
            return Ok(id);
        }
        Err(_) => {}
    }
    let offer = offer::known(context)?;
    let offered = offer::unpublished(&catalogue, offer.as_ref());
    let found = offered.into_iter().find(|model| {
        *model.id == *wanted || model.id.strip_prefix("duo-workflow-") == Some(wanted.as_str())
    });
    Ok(found.map(|model| model.id.into_owned()).ok_or_else(|| catalogue.unknown(name))?)
}

//! `glduo config set` and `unset`. Neither needs settings that can be made: a wrong value has to
//! be mended with them.

use clap::Args;
use serde_json::Value;

use super::{Level, key, place};
use crate::auth;
use crate::commands::context::Context;
use crate::commands::usage::UsageError;
use crate::config::edit::EditableFile;
use crate::config::{ConfigError, FileLevel, JOB_TOKEN_VARIABLE, Key, Source, TOKEN_VARIABLES};
use crate::duo::{Catalogue, ModelError};
use crate::model::address::{BaseUrl, presentable};
use crate::model::token_shape;
use crate::tools::{PermissionError, Policy};

/// What is set to what.
#[derive(Args, Debug)]
pub(super) struct SetArgs {
    /// The key, such as gitlab.model
    key: String,

    /// Its value
    #[arg(allow_hyphen_values = true)]
    value: String,

    #[command(flatten)]
    level: Level,
}

/// What is taken out.
#[derive(Args, Debug)]
pub(super) struct UnsetArgs {
    /// The key, such as gitlab.model
    key: String,

    #[command(flatten)]
    level: Level,
}

pub(super) fn set(args: &SetArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    let key = key(&args.key)?;
    let level = args.level.or_user();
    refuse_secret(key, &args.value, context)?;
    if level == FileLevel::Project && !key.in_project {
        let message = format!("{} is ignored in a project file", key.name);
        return Err(UsageError::new(message, "set it with --user").into());
    }
    if args.value.trim().is_empty() {
        let hint = format!("glduo config unset {}", key.name);
        return Err(UsageError::new("the value is empty", hint).into());
    }
    let value = key.value_of(&args.value).map_err(|expected| {
        UsageError::new(format!("{} must be {expected}", key.name), "see glduo config --help")
    })?;
    let value = checked(key, value, context)?;
    let path = place(level, context)?;
    EditableFile { path: &path, level }.set(key.name, &value, context.clock())?;
    context.notes().note(&format!("{} is set in {}", key.name, path.display()));
    tell_of_what_goes_before(key, level, context);
    Ok(0)
}

pub(super) fn unset(args: &UnsetArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    let key = key(&args.key)?;
    let level = args.level.or_user();
    let path = place(level, context)?;
    let was_there = EditableFile { path: &path, level }.unset(key.name, context.clock())?;
    let what = if was_there { "is no longer" } else { "was not" };
    context.notes().note(&format!("{} {what} set in {}", key.name, path.display()));
    Ok(0)
}

/// A file of settings is copied, committed and pasted; no secret belongs there.
fn refuse_secret(key: &Key, value: &str, context: &Context<'_>) -> Result<(), UsageError> {
    if key.is_secret() {
        let message = format!("{} is a secret, which config does not write", key.name);
        return Err(UsageError::new(message, "set GITLAB_OAUTH_APP_SECRET for glduo connect"));
    }
    let hint = "keep tokens in GITLAB_TOKEN, or log in with glduo connect";
    if let Some(found) = token_shape::find(value, 0) {
        let message = format!("the value holds a {}, which config does not write", found.name);
        return Err(UsageError::new(message, hint));
    }
    let env = context.env();
    let names = TOKEN_VARIABLES.into_iter().chain([JOB_TOKEN_VARIABLE]);
    let mut tokens = names.filter_map(|name| Some((name, env.get(name)?.trim())));
    match tokens.find(|(_, token)| token.len() >= 6 && value.contains(token)) {
        Some((name, _)) => {
            let message =
                format!("the value holds the token in {name}, which config does not write");
            Err(UsageError::new(message, hint))
        }
        None => Ok(()),
    }
}

/// The value if the program could use it; a model's id as a whole.
fn checked(key: &Key, value: Value, context: &Context<'_>) -> anyhow::Result<Value> {
    let text = value.as_str().unwrap_or_default();
    match key.name {
        "gitlab.instanceUrl" | "gitlab.aiGatewayUrl" => {
            BaseUrl::parse(text).map_err(|reason| ConfigError::Address {
                shown: presentable(text.trim()),
                from: Source::Argument,
                reason,
            })?;
        }
        "gitlab.oauth.callbackUrl" => auth::check_callback_url(text)?,
        "gitlab.model" => return Ok(Value::from(model(text, true, context)?)),
        "gitlab.smallModel" => return Ok(Value::from(model(text, false, context)?)),
        "gitlab.workflow.allow" => check_tools(Policy::new(texts(&value), [""; 0], false))?,
        "gitlab.workflow.deny" => check_tools(Policy::new([""; 0], texts(&value), false))?,
        _ => {}
    }
    Ok(value)
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// A wrong name would otherwise only be found in the middle of a run.
fn check_tools(policy: Result<Policy, PermissionError>) -> Result<(), UsageError> {
    policy.map(drop).map_err(|error| {
        UsageError::new(error.to_string(), "see the list of groups in glduo help workflow")
    })
}

fn model(name: &str, may_be_workflow: bool, context: &Context<'_>) -> Result<String, ModelError> {
    // Settings that cannot be made are mended by this very command.
    let catalogue = match context.catalogue() {
        Ok(catalogue) => catalogue,
        Err(_) => Catalogue::new(&[])?,
    };
    match catalogue.find(name) {
        Ok(model) => Ok(model.id.to_string()),
        Err(ModelError::Workflow { id }) if may_be_workflow => Ok(id),
        Err(error) => Err(error),
    }
}

/// What was just set may not be what holds here.
fn tell_of_what_goes_before(key: &Key, level: FileLevel, context: &Context<'_>) {
    let Ok(Ok(held)) = context.settings().map(|settings| settings.in_force(context.env())) else {
        return;
    };
    let adds_up =
        matches!(key.name, "gitlab.instructions" | "gitlab.caFile" | "gitlab.workflow.deny");
    let is_nearer = |source: &Source| match source {
        Source::Flag(_) | Source::Env(_) | Source::GitRemote(_) => true,
        Source::File(file, _) => *file == FileLevel::Project && level == FileLevel::User,
        _ => false,
    };
    let mut of_key = held.iter().filter(|held| held.key == key.canonical() && !adds_up);
    if let Some(other) = of_key.find(|held| is_nearer(&held.source)) {
        context.notes().warn(&format!("here {} goes before it", other.source));
    }
}

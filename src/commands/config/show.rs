//! `glduo config get`, `list` and `path`.

use clap::Args;
use serde_json::json;

use super::{Level, NotSet, key, place};
use crate::commands::context::Context;
use crate::config::FileLevel;
use crate::config::edit::EditableFile;
use crate::view::output::Format;
use crate::view::setting::{SettingRow, SettingRows};

/// Which value.
#[derive(Args, Debug)]
pub(super) struct GetArgs {
    /// The key, such as gitlab.model
    key: String,

    #[command(flatten)]
    level: Level,
}

/// Which values.
#[derive(Args, Debug)]
pub(super) struct ListArgs {
    #[command(flatten)]
    level: Level,
}

/// Which file.
#[derive(Args, Debug)]
pub(super) struct PathArgs {
    #[command(flatten)]
    level: Level,
}

pub(super) fn get(args: &GetArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    let key = key(&args.key)?;
    let mut printer = context.printer()?;
    let level = args.level.named();
    let wanted = if level.is_some() { key.name } else { key.canonical() };
    let mut rows = rows(level, context)?;
    rows.retain(|row| row.key == wanted);
    if rows.is_empty() {
        return Err(NotSet { key: key.name }.into());
    }
    if printer.format() == Format::Table {
        for row in &rows {
            printer.text(&format!("{}\n", row.value_text()))?;
        }
    } else if let [row] = rows.as_slice() {
        printer.object(&serde_json::to_vec(row)?, &[])?;
    } else {
        let rows: Result<Vec<String>, _> = rows.iter().map(serde_json::to_string).collect();
        printer.objects(&rows?)?;
    }
    Ok(0)
}

pub(super) fn list(args: &ListArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    let mut printer = context.printer()?;
    let rows = rows(args.level.named(), context)?;
    let mut list = printer.list(SettingRows, None);
    list.page(&serde_json::to_vec(&rows)?)?;
    list.finish()?;
    Ok(0)
}

pub(super) fn path(args: &PathArgs, context: &Context<'_>) -> anyhow::Result<u8> {
    let mut printer = context.printer()?;
    let level = args.level.or_user();
    let path = place(level, context)?;
    if printer.format() == Format::Table {
        printer.text(&format!("{}\n", path.display()))?;
    } else {
        let exists = path.exists();
        let object = json!({ "level": level.to_string(), "path": path, "exists": exists });
        printer.object(object.to_string().as_bytes(), &[])?;
    }
    Ok(0)
}

/// What is in force, or what stands in one file.
fn rows(
    level: Option<FileLevel>,
    context: &Context<'_>,
) -> anyhow::Result<Vec<SettingRow<'static>>> {
    let Some(level) = level else {
        let held = context.settings()?.in_force(context.env())?;
        let row = |held: crate::config::InForce| SettingRow {
            key: held.key.into(),
            value: held.value,
            origin: held.source.to_string().into(),
        };
        return Ok(held.into_iter().map(row).collect());
    };
    let path = place(level, context)?;
    let origin = path.display().to_string();
    let values = EditableFile { path: &path, level }.values()?;
    let row = |(name, value)| {
        let is_secret = crate::config::key(name).is_some_and(crate::config::Key::is_secret);
        let value = if is_secret { json!("[redacted]") } else { value };
        SettingRow { key: name.into(), value, origin: origin.clone().into() }
    };
    Ok(values.into_iter().map(row).collect())
}

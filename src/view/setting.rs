//! Settings in force, in lists.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::layout::Fit;
use super::list::Listing;
use super::style::Paint;
use super::table::{Cell, Column};
use crate::model::rows::BadShape;

/// One setting, the members in the documented order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SettingRow<'a> {
    /// With its sections, `gitlab.model`.
    pub key: Cow<'a, str>,
    /// What holds; `"[redacted]"` for a secret.
    pub value: Value,
    /// The flag, variable, file or git remote that says so, or `default`.
    pub origin: Cow<'a, str>,
}

impl SettingRow<'_> {
    /// The value as one would type it: a text without quotes, anything else as JSON.
    pub fn value_text(&self) -> String {
        match &self.value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }
}

/// A list of settings.
#[derive(Debug, Clone, Copy)]
pub struct SettingRows;

impl Listing for SettingRows {
    fn columns(&self) -> Vec<Column> {
        let column = |heading, fit| Column { heading, fit };
        vec![
            column("KEY", Fit::Whole),
            column("VALUE", Fit::Cut(20)),
            column("ORIGIN", Fit::Cut(12)),
        ]
    }

    fn cells<'r>(&self, row: &'r str) -> Result<Vec<Cell<'r>>, BadShape> {
        let row = read(row)?;
        let value = row.value_text();
        Ok(vec![
            Cell::plain(row.key),
            Cell::plain(value),
            Cell { paint: Some(Paint::Dim), ..Cell::plain(row.origin) },
        ])
    }

    fn fields<'r>(&self, row: &'r str) -> Result<Vec<Cow<'r, str>>, BadShape> {
        let row = read(row)?;
        let value = row.value_text().into();
        Ok(vec![row.key, value, row.origin])
    }
}

fn read(row: &str) -> Result<SettingRow<'_>, BadShape> {
    let unreadable = |error: serde_json::Error| BadShape::Member(error.to_string());
    serde_json::from_str(row).map_err(unreadable)
}

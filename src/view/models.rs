//! Duo models in lists.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::layout::Fit;
use super::list::Listing;
use super::style::Paint;
use super::table::{Cell, Column};
use crate::model::rows::BadShape;

/// One model, the members in the documented order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ModelRow<'a> {
    /// The id that users name.
    pub id: Cow<'a, str>,
    /// `chat` or `workflow`.
    pub kind: Cow<'a, str>,
    /// The name for people.
    pub name: Cow<'a, str>,
    /// For whom it is.
    pub description: Cow<'a, str>,
    /// `anthropic`, `openai` or `workflow`.
    pub provider: Cow<'a, str>,
    /// What the provider calls it.
    pub backend_model: Option<Cow<'a, str>>,
    /// What a workflow is started with.
    #[serde(rename = "ref")]
    pub reference: Option<Cow<'a, str>>,
    /// A chat uses it where no flag names another.
    pub default: bool,
    /// `--small` uses it.
    pub small: bool,
    /// The administrator leaves no other choice.
    pub pinned: bool,
    /// `builtin`, `server` or `cache`.
    pub source: Cow<'a, str>,
    /// When GitLab said so, ISO 8601; `null` where it is built in.
    pub fetched_at: Option<Cow<'a, str>>,
    /// `deprecated`, `unconfirmed` or nothing.
    pub status: Option<Cow<'a, str>>,
    /// The gateway's sign for what it costs, `$` to `$$$`.
    pub cost_indicator: Option<Cow<'a, str>>,
    /// The longest input and answer together, in tokens.
    pub context: Option<u64>,
    /// The longest answer, in tokens.
    pub max_output: Option<u64>,
}

/// A list of models.
#[derive(Debug, Clone, Copy)]
pub struct Models {
    /// It is known what GitLab offers, so that the rest is known not to be offered.
    pub is_offer_known: bool,
}

impl Models {
    fn note(self, row: &ModelRow<'_>) -> String {
        let is_missing = self.is_offer_known
            && row.source == "builtin"
            && row.reference.as_deref().is_some_and(|reference| reference != "default");
        let notes = [
            (row.default, "default"),
            (row.small, "small"),
            (row.pinned, "pinned"),
            (is_missing, "not offered"),
            (row.status.as_deref() == Some("deprecated"), "deprecated"),
            (row.status.as_deref() == Some("unconfirmed"), "unconfirmed"),
        ];
        let notes: Vec<&str> =
            notes.into_iter().filter_map(|(holds, note)| holds.then_some(note)).collect();
        notes.join(", ")
    }
}

impl Listing for Models {
    fn columns(&self) -> Vec<Column> {
        let column = |heading, fit| Column { heading, fit };
        vec![
            column("ID", Fit::Whole),
            column("KIND", Fit::Whole),
            column("DESCRIPTION", Fit::Cut(12)),
            column("NOTE", Fit::Whole),
        ]
    }

    fn cells<'r>(&self, row: &'r str) -> Result<Vec<Cell<'r>>, BadShape> {
        let row = read(row)?;
        let note = self.note(&row);
        let is_chosen = row.default || row.small || row.pinned;
        let paint = if is_chosen { Paint::Opened } else { Paint::Dim };
        Ok(vec![
            Cell { paint: row.default.then_some(Paint::Heading), ..Cell::plain(row.id) },
            Cell { paint: Some(Paint::Dim), ..Cell::plain(row.kind) },
            Cell::plain(row.description),
            Cell { paint: Some(paint), ..Cell::plain(note) },
        ])
    }

    fn fields<'r>(&self, row: &'r str) -> Result<Vec<Cow<'r, str>>, BadShape> {
        let row = read(row)?;
        let note = self.note(&row);
        Ok(vec![row.id, row.kind, row.description, note.into()])
    }
}

fn read(row: &str) -> Result<ModelRow<'_>, BadShape> {
    let unreadable = |error: serde_json::Error| BadShape::Member(error.to_string());
    serde_json::from_str(row).map_err(unreadable)
}

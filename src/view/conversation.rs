//! Saved conversations in lists.

use std::borrow::Cow;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::layout::Fit;
use super::list::{Listing, read_row};
use super::style::Paint;
use super::table::{Cell, Column};
use super::time::{iso_text, relative_text};
use crate::model::rows::BadShape;

/// One conversation, the members in the documented order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ConversationRow<'a> {
    pub name: Cow<'a, str>,
    /// The model that answered last.
    pub model: Cow<'a, str>,
    /// `None` for a chat model.
    pub workflow_id: Option<Cow<'a, str>>,
    /// Questions and answers together.
    pub messages: u64,
    /// ISO 8601.
    pub updated_at: Cow<'a, str>,
    /// The first question.
    pub title: Cow<'a, str>,
}

/// A list of conversations.
#[derive(Debug, Clone, Copy)]
pub struct ConversationRows {
    pub now: SystemTime,
}

impl Listing for ConversationRows {
    fn columns(&self) -> Vec<Column> {
        let column = |heading, fit| Column { heading, fit };
        vec![
            column("NAME", Fit::Whole),
            column("MODEL", Fit::Whole),
            column("MESSAGES", Fit::Whole),
            column("UPDATED", Fit::Whole),
            column("TITLE", Fit::Cut(12)),
        ]
    }

    fn cells<'r>(&self, row: &'r str) -> Result<Vec<Cell<'r>>, BadShape> {
        let row: ConversationRow<'_> = read_row(row)?;
        let updated = relative_text(&row.updated_at, self.now).into_owned();
        Ok(vec![
            Cell { paint: Some(Paint::Heading), ..Cell::plain(row.name) },
            Cell { paint: Some(Paint::Dim), ..Cell::plain(row.model) },
            Cell::plain(row.messages.to_string()),
            Cell { paint: Some(Paint::Dim), ..Cell::plain(updated) },
            Cell::plain(row.title),
        ])
    }

    fn fields<'r>(&self, row: &'r str) -> Result<Vec<Cow<'r, str>>, BadShape> {
        let row: ConversationRow<'_> = read_row(row)?;
        let updated = iso_text(&row.updated_at).into_owned();
        Ok(vec![row.name, row.model, row.messages.to_string().into(), updated.into(), row.title])
    }
}

//! Printing a list page by page: a table, tab-separated lines or JSON.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json_rows::JsonRows;
use super::output::{Format, Printer, ViewError};
use super::rows::{BadShape, RowSplitter};
use super::table::{Cell, Column, Table, push_line};
use crate::model::merge_request::References;

/// What a list of one kind of thing looks like.
pub trait Listing {
    /// The columns on a terminal.
    fn columns(&self) -> Vec<Column>;

    /// One row on a terminal, a cell for each of [`Listing::columns`].
    fn cells<'r>(&self, row: &'r RawValue) -> Result<Vec<Cell<'r>>, BadShape>;

    /// Whether a row is one of those asked for. Older servers do not know every filter and send
    /// rows that newer ones would have left out.
    fn keeps(&self, row: &RawValue) -> Result<bool, BadShape> {
        let _ = row;
        Ok(true)
    }

    /// One row in a pipe: the documented columns.
    fn fields<'r>(&self, row: &'r RawValue) -> Result<Vec<Cow<'r, str>>, BadShape>;
}

/// Reads what is shown of a row.
pub(super) fn read_row<'r, T: Deserialize<'r>>(row: &'r RawValue) -> Result<T, BadShape> {
    serde_json::from_str(row.get()).map_err(|error| BadShape::Member(error.to_string()))
}

/// The reference with the project in it, where rows of several projects stand together.
pub(super) fn reference<'r>(
    references: Option<&References<'r>>,
    across_projects: bool,
) -> Option<Cow<'r, str>> {
    let full = references?.full.clone();
    (across_projects && !full.is_empty()).then_some(full)
}

/// A list on its way out. Only [`ListPrinter::finish`] closes a JSON array.
pub struct ListPrinter<'p, L> {
    printer: &'p mut Printer,
    listing: L,
    splitter: RowSplitter,
    table: Table,
    json: JsonRows,
}

impl<'p, L: Listing> ListPrinter<'p, L> {
    pub(super) fn new(printer: &'p mut Printer, listing: L, limit: Option<u64>) -> Self {
        let table = Table::new(listing.columns(), printer.stdout.width, printer.stdout.style);
        let splitter = RowSplitter::new(limit);
        Self { printer, listing, splitter, table, json: JsonRows::default() }
    }

    /// Prints the new rows of a page, a JSON array as GitLab sent it.
    pub fn page(&mut self, body: &[u8]) -> Result<(), ViewError> {
        let listing = &self.listing;
        let rows = self.splitter.split(body, |row| listing.keeps(row))?;
        match self.printer.format {
            Format::Table if self.printer.stdout.is_terminal => self.table_rows(&rows)?,
            Format::Table => self.lines(&rows)?,
            Format::Json | Format::Ndjson => {
                for row in rows {
                    self.json.row(row.get(), &self.printer.shape, &mut self.printer.stdout)?;
                }
            }
        }
        Ok(self.printer.stdout.flush()?)
    }

    fn table_rows(&mut self, rows: &[&RawValue]) -> Result<(), ViewError> {
        let cells = rows.iter().map(|row| self.listing.cells(row));
        let rendered = self.table.page(cells.collect::<Result<_, _>>()?);
        Ok(self.printer.stdout.exact(rendered.as_bytes())?)
    }

    fn lines(&mut self, rows: &[&RawValue]) -> Result<(), ViewError> {
        let mut lines = String::new();
        for row in rows {
            push_line(&mut lines, &self.listing.fields(row)?);
        }
        Ok(self.printer.stdout.exact(lines.as_bytes())?)
    }

    /// Whether the limit is reached and no further page is needed.
    pub fn is_full(&self) -> bool {
        self.splitter.is_full()
    }

    /// How many rows were printed so far.
    pub fn given(&self) -> u64 {
        self.splitter.given()
    }

    /// How many rows the server sent that were not asked for.
    pub fn unasked(&self) -> u64 {
        self.splitter.unasked()
    }

    /// Ends the list after its last page and tells how many rows were printed.
    pub fn finish(self) -> Result<u64, ViewError> {
        if self.printer.format != Format::Table {
            self.json.finish(&self.printer.shape, &mut self.printer.stdout)?;
        }
        self.printer.stdout.flush()?;
        Ok(self.splitter.given())
    }
}

//! Printing a list page by page: a table, tab-separated lines or JSON.

use std::borrow::Cow;

use serde::Deserialize;

use super::json_rows::JsonRows;
use super::output::{Format, Printer, ViewError};
use super::table::{Cell, Column, Table, push_painted};
use crate::model::merge_request::References;
use crate::model::rows::{self, BadShape};

/// What a list of one kind of thing looks like.
pub trait Listing {
    /// The columns on a terminal.
    fn columns(&self) -> Vec<Column>;

    /// One row on a terminal, a cell for each of [`Listing::columns`].
    fn cells<'r>(&self, row: &'r str) -> Result<Vec<Cell<'r>>, BadShape>;

    /// Whether a row is one of those asked for. Older servers do not know every filter and send
    /// rows that newer ones would have left out.
    fn keeps(&self, row: &str) -> Result<bool, BadShape> {
        let _ = row;
        Ok(true)
    }

    /// One row in a pipe: the documented columns.
    fn fields<'r>(&self, row: &'r str) -> Result<Vec<Cow<'r, str>>, BadShape>;
}

/// Reads what is shown of a row.
pub(super) fn read_row<'r, T: Deserialize<'r>>(row: &'r str) -> Result<T, BadShape> {
    serde_json::from_str(row).map_err(|error| BadShape::Member(error.to_string()))
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
    /// How many more rows are wanted; `None` for all.
    remaining: Option<u64>,
    given: u64,
    unasked: u64,
    table: Table,
    json: JsonRows,
}

impl<'p, L: Listing> ListPrinter<'p, L> {
    pub(super) fn new(printer: &'p mut Printer, listing: L, limit: Option<u64>) -> Self {
        let table = Table::new(listing.columns(), printer.stdout.width, printer.stdout.style);
        let json = JsonRows::default();
        Self { printer, listing, remaining: limit, given: 0, unasked: 0, table, json }
    }

    /// Prints the rows of a JSON array.
    pub fn page(&mut self, body: &[u8]) -> Result<(), ViewError> {
        let rows = rows::split(body)?;
        let text = |row: rows::Row| std::str::from_utf8(&body[row.range]).ok();
        self.rows(rows.into_iter().filter_map(text))
    }

    /// Prints rows, JSON objects as GitLab sent them, as far as they are wanted.
    pub fn rows<'r>(&mut self, rows: impl Iterator<Item = &'r str>) -> Result<(), ViewError> {
        let mut wanted = Vec::new();
        for row in rows {
            if self.is_full() {
                break;
            }
            if !self.listing.keeps(row)? {
                self.unasked += 1;
                continue;
            }
            self.remaining = self.remaining.map(|remaining| remaining - 1);
            self.given += 1;
            wanted.push(row);
        }
        match self.printer.format {
            Format::Table if self.printer.stdout.is_terminal => self.table_rows(&wanted)?,
            Format::Table => self.lines(&wanted)?,
            Format::Json | Format::Ndjson => {
                for row in wanted {
                    self.json.row(row, &self.printer.shape, &mut self.printer.stdout)?;
                }
            }
        }
        Ok(self.printer.stdout.flush()?)
    }

    fn table_rows(&mut self, rows: &[&str]) -> Result<(), ViewError> {
        let cells = rows.iter().map(|row| self.listing.cells(row));
        let rendered = self.table.page(cells.collect::<Result<_, _>>()?);
        Ok(self.printer.stdout.exact(rendered.as_bytes())?)
    }

    fn lines(&mut self, rows: &[&str]) -> Result<(), ViewError> {
        let style = self.printer.stdout.style;
        let mut lines = String::new();
        for row in rows {
            let mut paints = Vec::new();
            if style.color {
                // The first two columns are the same on a terminal: the number and the state.
                let cells = self.listing.cells(row)?;
                paints.extend(cells.into_iter().take(2).map(|cell| cell.paint));
            }
            push_painted(&mut lines, &self.listing.fields(row)?, &paints, style);
        }
        Ok(self.printer.stdout.exact(lines.as_bytes())?)
    }

    /// Whether the limit is reached and no further page is needed.
    pub fn is_full(&self) -> bool {
        self.remaining == Some(0)
    }

    /// How many rows were printed so far.
    pub fn given(&self) -> u64 {
        self.given
    }

    /// How many rows the server sent that were not asked for.
    pub fn unasked(&self) -> u64 {
        self.unasked
    }

    /// Ends the list after its last page and tells how many rows were printed.
    pub fn finish(self) -> Result<u64, ViewError> {
        if self.printer.format != Format::Table {
            self.json.finish(&self.printer.shape, &mut self.printer.stdout)?;
        }
        self.printer.stdout.flush()?;
        Ok(self.given)
    }
}

//! Tables: aligned and fitted to the terminal for people, tab-separated for programs.

use std::borrow::Cow;

use comfy_table::{ColumnConstraint, Width};

use super::layout::{Fit, cut, fit, width};
use super::style::{LINK_END, Paint, RESET, Style};
use crate::model::harmless::{Keep, field, harmless};

/// Columns between two columns.
const GAP: usize = 2;

/// What stands around a cell while the table is laid out: of no width, and never in a cell,
/// because the sanitiser escapes them. Colours and links take their place afterwards, since
/// the layout would count their sequences as text.
const CELL_START: char = '\u{2061}';
const CELL_END: char = '\u{2062}';

/// One column of a table on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The heading.
    pub heading: &'static str,
    /// How it may be made narrower.
    pub fit: Fit,
}

/// One cell of a table on a terminal.
#[derive(Debug, Clone, Default)]
pub struct Cell<'t> {
    /// The text, as it came.
    pub text: Cow<'t, str>,
    /// What it means.
    pub paint: Option<Paint>,
    /// The page behind it.
    pub link: Option<Cow<'t, str>>,
}

impl<'t> Cell<'t> {
    /// Plain text.
    pub fn plain(text: impl Into<Cow<'t, str>>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// A table on a terminal, rendered a page of rows at a time so that memory does not grow with
/// the list. Columns never become narrower from one page to the next.
#[derive(Debug)]
pub struct Table {
    columns: Vec<Column>,
    room: usize,
    style: Style,
    natural: Vec<usize>,
    headed: bool,
}

impl Table {
    /// A table of these columns for a terminal this wide.
    pub fn new(columns: Vec<Column>, terminal_width: usize, style: Style) -> Self {
        let gaps = GAP * columns.len().saturating_sub(1);
        let natural = columns.iter().map(|column| width(column.heading)).collect();
        let room = terminal_width.saturating_sub(gaps);
        Self { columns, room, style, natural, headed: false }
    }

    /// The lines of the next rows, the heading before the first ones. No rows, no lines.
    pub fn page(&mut self, mut rows: Vec<Vec<Cell<'_>>>) -> String {
        if rows.is_empty() {
            return String::new();
        }
        if !self.headed {
            let heading = |column: &Column| Cell {
                paint: Some(Paint::Heading),
                ..Cell::plain(column.heading)
            };
            rows.insert(0, self.columns.iter().map(heading).collect());
            self.headed = true;
        }
        let rows: Vec<Vec<Cell<'_>>> =
            rows.into_iter().map(|row| row.into_iter().map(clean).collect()).collect();
        let widths = self.widths(&rows);
        let mut table = comfy_table::Table::new();
        table.load_preset(comfy_table::presets::NOTHING);
        for row in &rows {
            table.add_row(row.iter().zip(&widths).map(|(cell, width)| marked(cell, *width)));
        }
        set_widths(&mut table, &widths);
        let mut styles = rows
            .iter()
            .flatten()
            .filter(|cell| !cell.text.is_empty())
            .map(|cell| self.around(cell));
        let mut lines = String::new();
        for line in table.lines() {
            put_styles(line.trim_end(), &mut styles, &mut lines);
            lines.push('\n');
        }
        lines
    }

    fn widths(&mut self, rows: &[Vec<Cell<'_>>]) -> Vec<usize> {
        for row in rows {
            for (natural, cell) in self.natural.iter_mut().zip(row) {
                *natural = (*natural).max(width(&cell.text));
            }
        }
        let fits: Vec<Fit> = self.columns.iter().map(|column| column.fit).collect();
        fit(&self.natural, &fits, self.room)
    }

    /// The sequences before and after a cell.
    fn around(&self, cell: &Cell<'_>) -> (String, &'static str, &'static str) {
        let link = cell.link.as_deref().and_then(|address| self.style.link_start(address));
        let link_end = if link.is_some() { LINK_END } else { "" };
        let mut start = link.unwrap_or_default();
        match cell.paint.filter(|_| self.style.color) {
            Some(paint) => {
                start.push_str(paint.sgr());
                (start, RESET, link_end)
            }
            None => (start, "", link_end),
        }
    }
}

fn clean(cell: Cell<'_>) -> Cell<'_> {
    match harmless(&cell.text, Keep::Line) {
        Cow::Borrowed(_) => cell,
        Cow::Owned(text) => Cell { text: Cow::Owned(text), ..cell },
    }
}

/// An empty cell has nothing to colour, and without marks the end of its line can be trimmed.
fn marked(cell: &Cell<'_>, width: usize) -> String {
    if cell.text.is_empty() {
        return String::new();
    }
    format!("{CELL_START}{}{CELL_END}", cut(&cell.text, width))
}

fn set_widths(table: &mut comfy_table::Table, widths: &[usize]) {
    for (column, width) in table.column_iter_mut().zip(widths) {
        // The gap counts as part of the column.
        let columns = u16::try_from(*width + GAP).unwrap_or(u16::MAX);
        column.set_padding((0, 2));
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(columns)));
    }
}

fn put_styles(
    line: &str,
    styles: &mut impl Iterator<Item = (String, &'static str, &'static str)>,
    into: &mut String,
) {
    let mut ends = ("", "");
    for c in line.chars() {
        match c {
            CELL_START => {
                let (start, end, link_end) = styles.next().unwrap_or_default();
                into.push_str(&start);
                ends = (end, link_end);
            }
            CELL_END => {
                into.push_str(ends.0);
                into.push_str(ends.1);
            }
            c => into.push(c),
        }
    }
}

/// Adds one tab-separated line, every value on it whatever it holds.
pub fn push_line(lines: &mut String, values: &[Cow<'_, str>]) {
    push_painted(lines, values, &[], Style::default());
}

/// As [`push_line`], with colors of the first values if the style has color.
pub fn push_painted(
    lines: &mut String,
    values: &[Cow<'_, str>],
    paints: &[Option<Paint>],
    style: Style,
) {
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            lines.push('\t');
        }
        let clean = field(value);
        let painted = paints.get(at).copied().flatten().map(|paint| style.paint(paint, &clean));
        lines.push_str(painted.as_deref().unwrap_or(&clean));
    }
    lines.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLORED: Style = Style { color: true, links: true };

    fn columns() -> Vec<Column> {
        vec![
            Column { heading: "MR", fit: Fit::Whole },
            Column { heading: "TITLE", fit: Fit::Cut(8) },
            Column { heading: "BY", fit: Fit::Whole },
        ]
    }

    fn row(texts: [&str; 3]) -> Vec<Cell<'_>> {
        texts.into_iter().map(Cell::plain).collect()
    }

    #[test]
    fn columns_are_aligned_by_what_they_take_on_screen() {
        let mut table = Table::new(columns(), 80, Style::default());
        let rows = vec![row(["!1", "日本語 ünï", "ann"]), row(["!200", "plain", "bob"])];
        let expected = "MR    TITLE       BY\n!1    日本語 ünï  ann\n!200  plain       bob\n";
        assert_eq!(table.page(rows), expected);
    }

    #[test]
    fn titles_are_cut_to_fit_and_the_rest_is_whole() {
        let mut table = Table::new(columns(), 24, Style::default());
        let rendered = table.page(vec![row(["!123456", "a title that is too long", "ann"])]);
        assert_eq!(rendered, "MR       TITLE       BY\n!123456  a title t…  ann\n");
        assert!(rendered.lines().all(|line| width(line) <= 24));
    }

    #[test]
    fn the_heading_comes_once_and_later_pages_keep_the_columns() {
        let mut table = Table::new(columns(), 80, Style::default());
        assert_eq!(table.page(Vec::new()), "");
        assert_eq!(table.page(vec![row(["!1", "wide enough", "ann"])]).lines().count(), 2);
        assert_eq!(table.page(vec![row(["!2", "small", "bob"])]), "!2  small        bob\n");
    }

    #[test]
    fn colours_and_links_stand_around_the_text_and_change_no_width() {
        let cells = vec![
            Cell {
                text: "!1".into(),
                paint: Some(Paint::Opened),
                link: Some("https://host/1".into()),
            },
            Cell::plain("plain"),
            Cell { paint: Some(Paint::Dim), ..Cell::plain("ann") },
        ];
        let rendered = Table::new(columns(), 80, COLORED).page(vec![cells]);
        let line = rendered.lines().nth(1);
        let expected =
            "\x1b]8;;https://host/1\x1b\\\x1b[32m!1\x1b[0m\x1b]8;;\x1b\\  plain  \x1b[2mann\x1b[0m";
        assert_eq!(line, Some(expected));
    }

    #[test]
    fn hostile_titles_cannot_leave_their_cell() {
        let title = "a\x1b[2Jb\nc\u{2061}\u{2062}\u{202e}";
        let rendered = Table::new(columns(), 80, COLORED).page(vec![row(["!1", title, "ann"])]);
        assert_eq!(rendered.lines().count(), 2);
        assert!(rendered.contains("a\\x1b[2Jb\\nc\\u{2061}\\u{2062}\\u{202e}"), "{rendered}");
    }

    #[test]
    fn a_piped_row_is_one_line_of_its_columns() {
        let mut lines = String::new();
        push_line(&mut lines, &["1".into(), "a\tb\r\nc\x1b".into(), "".into()]);
        assert_eq!(lines, "1\ta b  c\\x1b\t\n");
    }
}

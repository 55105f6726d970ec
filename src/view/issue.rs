//! Issues in lists.

use std::borrow::Cow;
use std::time::SystemTime;

use super::layout::Fit;
use super::list::{Listing, read_row, reference};
use super::style::Paint;
use super::table::{Cell, Column};
use super::time::{iso_text, relative_text};
use crate::model::issue::IssueRow;
use crate::model::rows::BadShape;

/// A list of issues.
#[derive(Debug, Clone, Copy)]
pub struct Issues {
    /// Whether rows of several projects stand together and each has to name its own.
    pub across_projects: bool,
    /// The present, for ages.
    pub now: SystemTime,
}

impl Listing for Issues {
    fn columns(&self) -> Vec<Column> {
        let column = |heading, fit| Column { heading, fit };
        vec![
            column("ISSUE", Fit::Whole),
            column("STATE", Fit::Whole),
            column("TITLE", Fit::CutLess(12)),
            column("LABELS", Fit::Cut(8)),
            column("AUTHOR", Fit::Cut(6)),
            column("UPDATED", Fit::Whole),
        ]
    }

    fn cells<'r>(&self, row: &'r str) -> Result<Vec<Cell<'r>>, BadShape> {
        let row: IssueRow<'r> = read_row(row)?;
        let number = reference(row.references.as_ref(), self.across_projects)
            .unwrap_or_else(|| format!("#{}", row.iid).into());
        let paint = Paint::of_state(&row.state);
        let updated = row.updated_at.as_deref().map(|time| relative_text(time, self.now));
        let updated = updated.unwrap_or_default().into_owned();
        Ok(vec![
            Cell { text: number, paint, link: Some(row.web_url) },
            Cell { paint, ..Cell::plain(row.state) },
            Cell::plain(row.title),
            Cell { paint: Some(Paint::Dim), ..Cell::plain(row.labels.join(", ")) },
            Cell::plain(row.author.map_or_else(Cow::default, |author| author.username)),
            Cell { paint: Some(Paint::Dim), ..Cell::plain(updated) },
        ])
    }

    fn fields<'r>(&self, row: &'r str) -> Result<Vec<Cow<'r, str>>, BadShape> {
        let row: IssueRow<'r> = read_row(row)?;
        let updated = row.updated_at.as_deref().map(iso_text).unwrap_or_default().into_owned();
        Ok(vec![
            row.iid.to_string().into(),
            row.state,
            row.title,
            row.labels.join(",").into(),
            row.author.map_or_else(Cow::default, |author| author.username),
            updated.into(),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::super::output::{Format, Printer};
    use super::super::stdout::Stdout;
    use super::super::stdout::tests::{Written, pipe, terminal};
    use super::*;
    use crate::model::timestamp::parse_iso;

    const PAGE: &str = r#"[
        {"id":1,"iid":42,"title":"Fix the\tlogin","state":"opened","labels":["bug","p::1"],
         "author":{"id":9,"username":"ann"},"updated_at":"2026-11-23T14:00:00.123+02:00",
         "web_url":"https://host/g/p/-/issues/42","references":{"full":"g/p#42"}},
        {"id":2,"iid":7,"title":"Done","state":"closed","labels":[],"author":null,"updated_at":null}
    ]"#;

    fn printed((stdout, written): (Stdout, Written), across_projects: bool) -> String {
        let now = parse_iso("2026-11-23T15:00:01Z").expect("a time");
        let mut printer = Printer::new(Format::Table, None, None, stdout);
        let mut list = printer.list(Issues { across_projects, now }, Some(30));
        list.page(PAGE.as_bytes()).expect("printed");
        assert_eq!(list.finish().expect("finished"), 2);
        written.text()
    }

    #[test]
    fn a_terminal_gets_a_table() {
        let expected = "\
ISSUE  STATE   TITLE           LABELS     AUTHOR  UPDATED
#42    opened  Fix the\\tlogin  bug, p::1  ann     3 hours ago
#7     closed  Done\n";
        assert_eq!(printed(terminal(), false), expected);
        assert!(printed(terminal(), true).contains("\ng/p#42  opened"));
    }

    #[test]
    fn a_pipe_gets_the_documented_columns() {
        let expected = "\
42\topened\tFix the login\tbug,p::1\tann\t2026-11-23T12:00:00Z
7\tclosed\tDone\t\t\t\n";
        assert_eq!(printed(pipe(), false), expected);
    }
}

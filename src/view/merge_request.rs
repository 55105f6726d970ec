//! Merge requests in lists.

use std::borrow::Cow;
use std::time::SystemTime;

use super::layout::Fit;
use super::list::{Listing, read_row, reference};
use super::style::Paint;
use super::table::{Cell, Column};
use super::time::{iso_text, relative_text};
use crate::model::merge_request::MergeRequestRow;
use crate::model::rows::BadShape;

/// A list of merge requests.
#[derive(Debug, Clone, Copy)]
pub struct MergeRequests {
    /// Whether rows of several projects stand together and each has to name its own.
    pub across_projects: bool,
    /// Drafts only, or no drafts: instances before 18 may not know the filter.
    pub draft: Option<bool>,
    /// The present, for ages.
    pub now: SystemTime,
}

impl Listing for MergeRequests {
    fn columns(&self) -> Vec<Column> {
        let column = |heading, fit| Column { heading, fit };
        vec![
            column("MR", Fit::Whole),
            column("STATE", Fit::Whole),
            column("TITLE", Fit::CutLess(10)),
            column("BRANCHES", Fit::Cut(8)),
            column("AUTHOR", Fit::Cut(4)),
            column("UPDATED", Fit::Whole),
        ]
    }

    fn keeps(&self, row: &str) -> Result<bool, BadShape> {
        Ok(match self.draft {
            Some(wanted) => {
                let row: MergeRequestRow<'_> = read_row(row)?;
                row.draft.is_none_or(|draft| draft == wanted)
            }
            None => true,
        })
    }

    fn cells<'r>(&self, row: &'r str) -> Result<Vec<Cell<'r>>, BadShape> {
        let row: MergeRequestRow<'r> = read_row(row)?;
        let number = reference(row.references.as_ref(), self.across_projects)
            .unwrap_or_else(|| format!("!{}", row.iid).into());
        let (word, paint) = state(&row);
        let branches = format!("{} → {}", row.source_branch, row.target_branch);
        let updated = row.updated_at.as_deref().map(|time| relative_text(time, self.now));
        let updated = updated.unwrap_or_default().into_owned();
        Ok(vec![
            Cell { text: number, paint, link: Some(row.web_url) },
            Cell { paint, ..Cell::plain(word) },
            Cell::plain(row.title),
            Cell::plain(branches),
            Cell::plain(row.author.map_or_else(Cow::default, |author| author.username)),
            Cell { paint: Some(Paint::Dim), ..Cell::plain(updated) },
        ])
    }

    fn fields<'r>(&self, row: &'r str) -> Result<Vec<Cow<'r, str>>, BadShape> {
        let row: MergeRequestRow<'r> = read_row(row)?;
        let updated = row.updated_at.as_deref().map(iso_text).unwrap_or_default().into_owned();
        Ok(vec![
            row.iid.to_string().into(),
            row.state,
            row.title,
            row.source_branch,
            row.target_branch,
            row.author.map_or_else(Cow::default, |author| author.username),
            updated.into(),
        ])
    }
}

/// The word for where it stands and its colour; an open draft is called one.
pub(super) fn state<'r>(row: &MergeRequestRow<'r>) -> (Cow<'r, str>, Option<Paint>) {
    if row.draft == Some(true) && row.state == "opened" {
        (Cow::Borrowed("draft"), Some(Paint::Dim))
    } else {
        (row.state.clone(), Paint::of_state(&row.state))
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
        {"id":1,"iid":42,"title":"Fix the\tlogin","state":"opened","source_branch":"fix","target_branch":"main",
         "author":{"id":9,"username":"ann","name":"Ann"},"updated_at":"2026-11-23T14:00:00.123+02:00",
         "draft":true,"web_url":"https://host/g/p/-/merge_requests/42","references":{"full":"g/p!42"}},
        {"id":2,"iid":7,"title":"Done","state":"merged","source_branch":"x","target_branch":"main",
         "author":null,"updated_at":null,"big":1e400}
    ]"#;

    fn printed(
        (stdout, written): (Stdout, Written),
        across_projects: bool,
        format: Format,
    ) -> String {
        let now = parse_iso("2026-11-23T15:00:01Z").expect("a time");
        let mut printer = Printer::new(format, None, None, stdout);
        let mut list = printer.list(MergeRequests { across_projects, draft: None, now }, Some(30));
        list.page(PAGE.as_bytes()).expect("printed");
        assert_eq!(list.finish().expect("finished"), 2);
        written.text()
    }

    #[test]
    fn a_terminal_gets_a_table() {
        let expected = "\
MR   STATE   TITLE           BRANCHES    AUTHOR  UPDATED
!42  draft   Fix the\\tlogin  fix → main  ann     3 hours ago
!7   merged  Done            x → main\n";
        assert_eq!(printed(terminal(), false, Format::Table), expected);
        assert!(printed(terminal(), true, Format::Table).contains("\ng/p!42  draft"));
    }

    #[test]
    fn a_pipe_gets_the_documented_columns() {
        let expected = "\
42\topened\tFix the login\tfix\tmain\tann\t2026-11-23T12:00:00Z
7\tmerged\tDone\tx\tmain\t\t\n";
        assert_eq!(printed(pipe(), false, Format::Table), expected);
    }

    #[test]
    fn json_is_the_servers_own() {
        let json = printed(pipe(), false, Format::Json);
        assert!(json.starts_with("[{\"id\":1,") && json.ends_with(",\"big\":1e400}]\n"), "{json}");
        assert_eq!(printed(pipe(), false, Format::Ndjson).lines().count(), 2);
    }

    #[test]
    fn a_row_without_its_number_is_refused() {
        let row = r#"{"id":1}"#;
        let list =
            MergeRequests { across_projects: false, draft: None, now: SystemTime::UNIX_EPOCH };
        assert!(matches!(list.fields(row), Err(BadShape::Member(_))));
    }
}

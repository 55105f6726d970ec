//! How an answer is asked for, and the printer that gives it so.

use super::jq::JqError;
use super::json;
use super::json_rows::{JsonRows, JsonShape};
use super::list::{ListPrinter, Listing};
use super::stdout::{OutputError, Stdout};
use crate::model::rows::BadShape;

/// What `--output` says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// A table or a page for people, tab-separated in a pipe.
    #[default]
    Table,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Ndjson,
}

/// An answer could not be printed.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// Standard output.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// What came is not what GitLab documents.
    #[error(transparent)]
    Shape(#[from] BadShape),
    /// The jq expression.
    #[error(transparent)]
    Jq(#[from] JqError),
}

/// Whether this cause of an error is that the reader of standard output has had enough.
pub fn is_closed_pipe(cause: &(dyn std::error::Error + 'static)) -> bool {
    let output = cause.downcast_ref::<OutputError>();
    let view = cause.downcast_ref::<ViewError>();
    matches!(output, Some(OutputError::ClosedPipe))
        || matches!(view, Some(ViewError::Output(OutputError::ClosedPipe)))
}

/// Prints one answer the way the flags say.
pub struct Printer {
    pub(super) format: Format,
    pub(super) shape: JsonShape,
    /// Where it goes.
    pub stdout: Stdout,
}

impl Printer {
    /// A printer for this format; fields and filter make JSON of a table.
    pub fn new(
        format: Format,
        fields: Option<json::Fields>,
        filter: Option<super::jq::Filter>,
        stdout: Stdout,
    ) -> Self {
        let json = fields.is_some() || filter.is_some();
        let format = if json && format == Format::Table { Format::Json } else { format };
        Self {
            format,
            shape: JsonShape { lines: format == Format::Ndjson, fields, filter },
            stdout,
        }
    }

    /// What is printed.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Prints rows of a list page by page, at most `limit` of them.
    pub fn list<L: Listing>(&mut self, listing: L, limit: Option<u64>) -> ListPrinter<'_, L> {
        ListPrinter::new(self, listing, limit)
    }

    /// Prints one object as JSON: GitLab's bytes with members added at the end.
    pub fn object(&mut self, body: &[u8], members: &[(&str, &[u8])]) -> Result<(), ViewError> {
        let object = json::with_members(body, members)?;
        self.shape.print_object(&object, &mut self.stdout)?;
        Ok(self.stdout.flush()?)
    }

    /// Prints JSON objects that are ours as a list.
    pub fn objects<T: AsRef<str>>(&mut self, objects: &[T]) -> Result<(), ViewError> {
        let mut rows = JsonRows::default();
        for object in objects {
            rows.row(object.as_ref(), &self.shape, &mut self.stdout)?;
        }
        rows.finish(&self.shape, &mut self.stdout)?;
        Ok(self.stdout.flush()?)
    }

    /// Prints text that may hold what is not ours.
    pub fn text(&mut self, text: &str) -> Result<(), ViewError> {
        self.stdout.text(text.as_bytes())?;
        Ok(self.stdout.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::jq::Filter;
    use super::super::stdout::tests::pipe;
    use super::*;

    fn object(format: Format, fields: &[&str], filter: Option<&str>) -> String {
        let (stdout, written) = pipe();
        let fields = json::Fields::new(fields.iter().map(|name| (*name).to_owned()));
        let filter = filter.map(|expression| Filter::compile(expression, None).expect("compiles"));
        let mut printer = Printer::new(format, fields, filter, stdout);
        let body = b"{\"iid\": 7,\n\"title\":\"a\"}";
        printer.object(body, &[("notes", b"[{\"id\":1}]")]).expect("printed");
        written.text()
    }

    #[test]
    fn one_object_keeps_its_bytes() {
        let whole = "{\"iid\": 7,\n\"title\":\"a\",\"notes\":[{\"id\":1}]}\n";
        assert_eq!(object(Format::Json, &[], None), whole);
        assert_eq!(object(Format::Ndjson, &[], None), whole.replacen('\n', " ", 1));
    }

    #[test]
    fn fields_and_filters_make_json_of_a_table() {
        assert_eq!(object(Format::Table, &["notes"], None), "{\"notes\":[{\"id\":1}]}\n");
        assert_eq!(object(Format::Table, &[], Some(".title")), "a\n");
        assert_eq!(object(Format::Json, &["iid"], Some(".title")), "null\n");
    }

    #[test]
    fn our_own_objects_are_a_list_too() {
        let (stdout, written) = pipe();
        let mut printer = Printer::new(Format::Json, None, None, stdout);
        printer.objects(&["{\"a\":1}", "{\"a\":2}"]).expect("printed");
        assert_eq!(written.text(), "[{\"a\":1},{\"a\":2}]\n");
    }
}

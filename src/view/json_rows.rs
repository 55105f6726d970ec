//! Rows of JSON on standard output as they come: one array, one object a line, or through a jq
//! expression.

use super::jq::Filter;
use super::json::{Fields, one_line};
use super::output::ViewError;
use super::stdout::Stdout;

/// What JSON is to become.
#[derive(Default)]
pub struct JsonShape {
    /// One object a line instead of one array.
    pub lines: bool,
    /// Only these members.
    pub fields: Option<Fields>,
    /// Run on each line where [`JsonShape::lines`] is set, else on the whole.
    pub filter: Option<Filter>,
}

impl JsonShape {
    /// Prints one JSON object.
    pub fn print_object(&self, object: &str, stdout: &mut Stdout) -> Result<(), ViewError> {
        let selected = match &self.fields {
            Some(fields) => &fields.select(object)?,
            None => object,
        };
        match &self.filter {
            Some(filter) => filter.print(selected.as_bytes(), stdout)?,
            None if self.lines => stdout.json(one_line(selected).as_bytes())?,
            None => stdout.json(selected.as_bytes())?,
        }
        if self.filter.is_none() {
            stdout.exact(b"\n")?;
        }
        Ok(())
    }
}

/// Rows on their way out. An array is closed by [`JsonRows::finish`] only: what a failure leaves
/// is empty or no complete JSON.
#[derive(Default)]
pub struct JsonRows {
    /// Whether the array was opened.
    open: bool,
    /// The array so far, where a jq expression is to see the whole of it.
    document: Vec<u8>,
}

impl JsonRows {
    /// Prints one row, an object, or keeps it for the expression.
    pub fn row(&mut self, row: &str, shape: &JsonShape, out: &mut Stdout) -> Result<(), ViewError> {
        if shape.lines {
            return shape.print_object(row, out);
        }
        let lead: &[u8] = if self.open { b"," } else { b"[" };
        self.open = true;
        let selected = match &shape.fields {
            Some(fields) => &fields.select(row)?,
            None => row,
        };
        if shape.filter.is_some() {
            self.document.extend_from_slice(lead);
            self.document.extend_from_slice(selected.as_bytes());
        } else {
            out.exact(lead)?;
            out.json(selected.as_bytes())?;
        }
        Ok(())
    }

    /// Ends the list after its last row.
    pub fn finish(mut self, shape: &JsonShape, out: &mut Stdout) -> Result<(), ViewError> {
        if shape.lines {
            return Ok(());
        }
        let end: &[u8] = if self.open { b"]" } else { b"[]" };
        if let Some(filter) = &shape.filter {
            self.document.extend_from_slice(end);
            filter.print(&self.document, out)
        } else {
            out.exact(end)?;
            Ok(out.exact(b"\n")?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::stdout::tests::pipe;
    use super::*;

    const ROWS: [&str; 2] = ["{\"id\":1,\n \"n\": 1e400}", "{\"id\":2,\"n\":30.10}"];

    fn printed(rows: &[&str], shape: &JsonShape) -> String {
        let (mut stdout, written) = pipe();
        let mut json = JsonRows::default();
        for row in rows {
            json.row(row, shape, &mut stdout).expect("printed");
        }
        json.finish(shape, &mut stdout).expect("printed");
        stdout.flush().expect("flushed");
        written.text()
    }

    fn shape(lines: bool, fields: &[&str], filter: Option<&str>) -> JsonShape {
        JsonShape {
            lines,
            fields: Fields::new(fields.iter().map(|name| (*name).to_owned())),
            filter: filter.map(|expression| Filter::compile(expression, None).expect("compiles")),
        }
    }

    #[test]
    fn an_array_has_the_rows_own_bytes() {
        let array = "[{\"id\":1,\n \"n\": 1e400},{\"id\":2,\"n\":30.10}]\n";
        assert_eq!(printed(&ROWS, &shape(false, &[], None)), array);
        assert_eq!(printed(&[], &shape(false, &[], None)), "[]\n");
        assert_eq!(printed(&ROWS, &shape(false, &["n"], None)), "[{\"n\":1e400},{\"n\":30.10}]\n");
    }

    #[test]
    fn lines_are_one_row_each() {
        let lines = "{\"id\":1,  \"n\": 1e400}\n{\"id\":2,\"n\":30.10}\n";
        assert_eq!(printed(&ROWS, &shape(true, &[], None)), lines);
        assert_eq!(printed(&[], &shape(true, &[], None)), "");
    }

    #[test]
    fn an_expression_sees_the_whole_array_or_each_line() {
        assert_eq!(printed(&ROWS, &shape(false, &[], Some("length"))), "2\n");
        assert_eq!(printed(&[], &shape(false, &[], Some("length"))), "0\n");
        assert_eq!(printed(&ROWS, &shape(true, &[], Some(".id"))), "1\n2\n");
        assert_eq!(
            printed(&ROWS, &shape(true, &["n"], Some("."))),
            "{\"n\":1e400}\n{\"n\":30.10}\n"
        );
    }

    #[test]
    fn a_list_that_was_not_finished_is_no_complete_json() {
        let (mut stdout, written) = pipe();
        let mut json = JsonRows::default();
        json.row(ROWS[1], &JsonShape::default(), &mut stdout).expect("printed");
        stdout.flush().expect("flushed");
        assert_eq!(written.text(), "[{\"id\":2,\"n\":30.10}");
    }
}

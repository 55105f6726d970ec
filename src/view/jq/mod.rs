//! `--jq`: expressions over JSON, compiled before anything is fetched, without access to the
//! environment, to other inputs or to the standard streams.

mod compile;
mod functions;

use jaq_core::data::JustLut;
use jaq_core::{Ctx, Exn, Vars};
use jaq_json::write::{self, Pp};
use jaq_json::{Val, read};

use super::output::ViewError;
use super::stdout::{OutputError, Stdout};

/// Levels of nesting that are let through: the reader recurses.
const DEEPEST: usize = 512;

/// Characters of a message about data, which may quote all of it.
const LONGEST_MESSAGE: usize = 300;

/// What is wrong with an expression, or with data for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JqError {
    /// The expression does not compile.
    #[error("{message} at line {line}, column {column}")]
    Syntax {
        /// What was expected, or is not defined.
        message: String,
        /// From 1.
        line: usize,
        /// From 1, in characters.
        column: usize,
    },
    /// The expression fails on the data.
    #[error("{message}")]
    Data {
        /// The expression's own message; may quote the data.
        message: String,
    },
    /// The data is nested deeper than this many levels.
    #[error("the JSON is nested deeper than {limit} levels")]
    TooDeep {
        /// The most that is read.
        limit: usize,
    },
}

type Data = JustLut<Val>;

/// A compiled expression.
pub struct Filter {
    compiled: jaq_core::Filter<Data>,
}

impl Filter {
    /// Compiles an expression.
    pub fn compile(expression: &str) -> Result<Self, JqError> {
        // Reading the definitions of the standard library is most of the work, and plain paths
        // need none of them.
        let compiled = compile::compile(expression, [])
            .or_else(|_| compile::compile(expression, functions::definitions()))?;
        Ok(Self { compiled })
    }

    /// Runs on one valid JSON document and prints each result as it comes: strings raw, all
    /// else as compact JSON, a line each.
    pub fn print(&self, json: &[u8], stdout: &mut Stdout) -> Result<(), ViewError> {
        let printed = self.print_results(json, stdout);
        if printed.is_err() {
            // What came before a failure on the data is an answer too.
            stdout.flush()?;
        }
        printed
    }

    fn print_results(&self, json: &[u8], stdout: &mut Stdout) -> Result<(), ViewError> {
        if is_deeper_than(DEEPEST, json) {
            return Err(JqError::TooDeep { limit: DEEPEST }.into());
        }
        let data_error = |message: String| JqError::Data { message };
        let input = read::parse_single(json).map_err(|error| data_error(error.to_string()))?;
        let context = Ctx::<Data>::new(&self.compiled.lut, Vars::new([]));
        for result in self.compiled.id.run((context, input)) {
            match result {
                Ok(value) => print_value(&value, stdout)?,
                Err(exception) => return Err(data_error(message_of(exception)).into()),
            }
        }
        Ok(())
    }
}

fn print_value(value: &Val, stdout: &mut Stdout) -> Result<(), OutputError> {
    if let Val::TStr(text) = value {
        stdout.text(text)?;
    } else {
        let mut json = Vec::new();
        write::write(&mut json, &Pp::default(), 0, value)?;
        stdout.json(&json)?;
    }
    stdout.exact(b"\n")
}

fn message_of(exception: Exn<'_, Val>) -> String {
    let Ok(error) = exception.get_err() else {
        return "it was stopped".to_owned();
    };
    let message = match error.into_val() {
        Val::TStr(text) => String::from_utf8_lossy(&text).into_owned(),
        other => other.to_string(),
    };
    match message.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message,
    }
}

/// Whether brackets, those in strings left out, are nested deeper than this.
fn is_deeper_than(limit: usize, json: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::stdout::tests::{closed_pipe, pipe, terminal};

    fn run(expression: &str, json: &str) -> String {
        let (mut stdout, written) = pipe();
        let filter = Filter::compile(expression).expect("compiles");
        filter.print(json.as_bytes(), &mut stdout).expect("runs");
        stdout.flush().expect("flushed");
        written.text()
    }

    fn syntax(expression: &str) -> (String, usize, usize) {
        match Filter::compile(expression).err() {
            Some(JqError::Syntax { message, line, column }) => (message, line, column),
            other => panic!("{expression}: {other:?}"),
        }
    }

    fn failure(expression: &str, json: &str) -> (ViewError, String) {
        let (mut stdout, written) = pipe();
        let filter = Filter::compile(expression).expect("compiles");
        let error = filter.print(json.as_bytes(), &mut stdout).expect_err("fails");
        (error, written.text())
    }

    #[test]
    fn strings_are_raw_and_the_rest_is_compact() {
        assert_eq!(
            run(".[] | .a", r#"[{"a":"x\ny"},{"a":{"b": [1, null]}}]"#),
            "x\ny\n{\"b\":[1,null]}\n"
        );
        assert_eq!(run("map(select(.n > 1)) | length", r#"[{"n":1},{"n":2}]"#), "1\n");
        assert_eq!(run("limit(2; repeat(1)), first(range(5))", "null"), "1\n1\n0\n");
    }

    #[test]
    fn numbers_stay_exact() {
        let numbers = "[12345678901234567890,30.10,1e400]";
        assert_eq!(run(".", numbers), format!("{numbers}\n"));
        assert_eq!(run(".[0] + 1", numbers), "12345678901234567891\n");
    }

    #[test]
    fn tables_can_be_written() {
        let row = r#"["a\tb", 1, null, true, "q\"q"]"#;
        assert_eq!(run("@tsv", row), "a\\tb\t1\t\ttrue\tq\"q\n");
        assert_eq!(run("@csv", row), "\"a\tb\",1,,true,\"q\"\"q\"\n");
        assert_eq!(run(r#"@tsv "\([.a, 2])!""#, r#"{"a":1}"#), "1\t2!\n");
        let (error, _) = failure("@csv", "{}");
        assert_eq!(error.to_string(), "cannot write CSV: expected table row (array), found {}");
    }

    #[test]
    fn neither_environment_nor_other_inputs_are_known() {
        for name in [
            "env",
            "$ENV",
            "input",
            "inputs",
            "input_filename",
            "debug",
            "stderr",
            "halt",
            "halt_error",
        ] {
            let (message, line, column) = syntax(name);
            assert!(message.ends_with("is not defined"), "{name}: {message}");
            assert_eq!((line, column), (1, 1));
        }
        for import in ["include \"a\"; .", "import \"a\" as $x; $x", "import \"a\" as x; ."] {
            assert!(
                syntax(import).0.contains("no files") || syntax(import).0.contains("not supported")
            );
        }
    }

    #[test]
    fn a_bad_expression_is_told_with_its_place() {
        assert_eq!(syntax(".a |"), ("expected term, found the end".to_owned(), 1, 5));
        assert_eq!(syntax(".a |\n \"é\" | nope(1)"), ("nope/1 is not defined".to_owned(), 2, 8));
        assert_eq!(syntax("[.a"), ("expected closing bracket, found the end".to_owned(), 1, 4));
        assert_eq!(syntax("").1, 1);
    }

    #[test]
    fn a_failure_on_the_data_comes_after_what_came_before_it() {
        let (error, printed) = failure(".[] | .a", r#"[{"a":1},7]"#);
        assert_eq!(printed, "1\n");
        assert!(
            matches!(error, ViewError::Jq(JqError::Data { ref message }) if message == "cannot index 7 with \"a\""),
            "{error}"
        );
        let long = format!(r#""{}""#, "x".repeat(1000));
        assert!(failure(".a", &long).0.to_string().chars().count() <= LONGEST_MESSAGE + 1);
        assert_eq!(failure("error(\"mine\")", "null").0.to_string(), "mine");
    }

    #[test]
    fn deep_nesting_is_refused_before_it_is_read() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(run("flatten", &nested(DEEPEST)), "[]\n");
        let (error, _) = failure(".", &nested(200_000));
        assert!(matches!(error, ViewError::Jq(JqError::TooDeep { limit: DEEPEST })));
        for lead in ["", "#\"\n"] {
            let text = serde_json::Value::from(lead.to_owned() + &nested(200_000)).to_string();
            let (error, _) = failure("fromjson", &text);
            assert!(error.to_string().starts_with("cannot parse"), "{error}");
        }
        assert_eq!(run("length", &format!(r#"["\"[{{\\",{}]"#, nested(3))), "2\n");
    }

    #[test]
    fn raw_strings_are_harmless_on_a_terminal() {
        let (mut stdout, written) = terminal();
        let filter = Filter::compile(".[], .").expect("compiles");
        filter.print(r#"["\u001b[2J\u202e"]"#.as_bytes(), &mut stdout).expect("runs");
        stdout.flush().expect("flushed");
        assert_eq!(written.text(), "\\x1b[2J\\u{202e}\n[\"\\u001b[2J\\u202e\"]\n");
    }

    #[test]
    fn text_that_is_no_json_is_an_error_once() {
        for expression in ["tonumber", "fromjson"] {
            let (error, _) = failure(expression, r#""v1.2 of it""#);
            assert!(error.to_string().starts_with("cannot parse"), "{expression}: {error}");
        }
        assert_eq!(run("[.[] | try fromjson catch \"no\"]", r#"["1 x", "2"]"#), "[1,\"no\",2]\n");
    }

    #[test]
    fn an_endless_answer_ends_with_its_reader() {
        let filter = Filter::compile("repeat(\"y\")").expect("compiles");
        let printed = filter.print(b"null", &mut closed_pipe());
        assert!(matches!(printed, Err(ViewError::Output(OutputError::ClosedPipe))));
    }
}

//! `--jq`: expressions over JSON, compiled before anything is requested, without access to the
//! environment, to other inputs or to standard output.

mod compile;
mod functions;
mod value;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use jaq_core::data::HasLut;
use jaq_core::{Ctx, DataT, Exn, Lut, Vars};
use jaq_json::{Val, read};

use super::output::ViewError;
use super::stdout::{OutputError, Stdout};
use crate::system::notes::Notes;
use value::Value;

/// The most levels of nesting in data and in expressions: reading, printing and dropping recurse.
const DEEPEST: usize = 512;

/// The most bytes of stack that a running expression may use, so that a recursion without end
/// is an error. A main thread has 8 MiB, a test 2.
const MOST_STACK: usize = if cfg!(test) { 1 << 20 } else { 4 << 20 };

/// The longest message about data, which may quote all of it, in characters.
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

/// What a running expression has access to.
struct Data;

impl DataT for Data {
    type V<'a> = Value;
    type Data<'a> = Run<'a>;
}

/// One run of an expression.
#[derive(Clone)]
struct Run<'a> {
    lut: &'a Lut<Data>,
    /// The address of the stack where the run began.
    stack: usize,
    notes: Option<&'a Notes>,
}

/// How a run that needs too much stack ends. The library has no other way out of a recursion.
struct StackUsedUp;

impl<'a> HasLut<'a, Data> for Run<'a> {
    fn lut(&self) -> &'a Lut<Data> {
        if self.stack.abs_diff(stack_address()) > MOST_STACK {
            resume_unwind(Box::new(StackUsedUp));
        }
        self.lut
    }
}

impl Run<'_> {
    fn debug(&self, json: &[u8]) {
        if let Some(notes) = self.notes {
            notes.json(&notes.redactor().redact(&String::from_utf8_lossy(json)));
        }
    }
}

fn stack_address() -> usize {
    let here = 0_u8;
    std::ptr::from_ref(&here).addr()
}

/// A compiled expression.
pub struct Filter {
    compiled: jaq_core::Filter<Data>,
    notes: Option<Notes>,
}

impl Filter {
    /// Compiles an expression. What it says with `debug` goes to the notes.
    pub fn compile(expression: &str, notes: Option<Notes>) -> Result<Self, JqError> {
        Ok(Self { compiled: compile::compile(expression)?, notes })
    }

    /// Runs on one valid JSON document and prints each result as it comes: strings raw, all
    /// else as compact JSON, a line each.
    pub fn print(&self, json: &[u8], stdout: &mut Stdout) -> Result<(), ViewError> {
        let run = AssertUnwindSafe(|| self.print_results(json, &mut *stdout));
        let printed = catch_unwind(run).unwrap_or_else(|cause| {
            let message = match cause.downcast_ref() {
                Some(StackUsedUp) => "the expression recurses too deep",
                None => "the expression failed on this data",
            };
            Err(JqError::Data { message: message.to_owned() }.into())
        });
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
        let (lut, notes) = (&self.compiled.lut, self.notes.as_ref());
        let run = Run { lut, stack: stack_address(), notes };
        let context = Ctx::<Data>::new(run, Vars::new([compile::location()]));
        for result in self.compiled.id.run((context, Value::new(input))) {
            match result.and_then(|value| Ok(value.checked()?)) {
                Ok(value) => print_value(&value.val, stdout)?,
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
        stdout.json(&functions::to_json(value))?;
    }
    stdout.exact(b"\n")
}

fn message_of(exception: Exn<'_, Value>) -> String {
    let Ok(error) = exception.get_err() else {
        return "it was stopped".to_owned();
    };
    let message = match error.into_val().val {
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
        let filter = Filter::compile(expression, None).expect("compiles");
        filter.print(json.as_bytes(), &mut stdout).expect("runs");
        stdout.flush().expect("flushed");
        written.text()
    }

    fn syntax(expression: &str) -> (String, usize, usize) {
        match Filter::compile(expression, None).err() {
            Some(JqError::Syntax { message, line, column }) => (message, line, column),
            other => panic!("{expression}: {other:?}"),
        }
    }

    fn failure(expression: &str, json: &str) -> (ViewError, String) {
        let (mut stdout, written) = pipe();
        let filter = Filter::compile(expression, None).expect("compiles");
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
        for name in
            ["env", "$ENV", "input", "inputs", "input_filename", "stderr", "halt", "halt_error"]
        {
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
    fn what_builds_too_much_fails_and_no_more() {
        for expression in [
            "\"abc\" * 9223372036854775807",
            "9223372036854775807 * \"abc\"",
            "\"abc\" * 1e300",
            "def f: 1 + f; f",
            "def f: [f]; f",
            "def f: {a: f}; f",
            "def f: . as $x | f + $x; f",
            "def f: if f then 1 else 2 end; f",
            "def f: (.[0] |= f); [1] | f",
            "reduce range(100000) as $i (0; [.])",
            "reduce range(100000) as $i (0; {a: .})",
            "reduce range(100000) as $i (null; .a = .)",
            "last(limit(100000; 0 | recurse([.])))",
            "\"x\" | until(false; . + .)",
            "[0] | until(false; . + .)",
            ".[9223372036854775807] = 1",
            "9223372036854775807 | localtime",
            "-9223372036854775808 | gmtime",
            "1e300 | todate",
            "[1e300, 1, 1, 1, 1, 1, 1, 1] | mktime",
            "9223372036854775807 | strftime(\"%Y\")",
        ] {
            let (error, _) = failure(expression, "null");
            let message = error.to_string();
            assert!(message.chars().count() <= LONGEST_MESSAGE + 1, "{expression}: {message}");
        }
        assert_eq!(run("[limit(3; repeat(1))] | length", "null"), "3\n");
        assert_eq!(
            run("def fac: if . < 2 then 1 else . * (. - 1 | fac) end; 20 | fac", "null"),
            "2432902008176640000\n"
        );
        assert_eq!(run("reduce range(100000) as $i ([]; [., $i] | .[1:]) | length", "null"), "1\n");
        assert_eq!(run("last(range(100000))", "null"), "99999\n");
    }

    #[test]
    fn an_expression_that_is_too_long_or_too_deep_does_not_compile() {
        let nested = |open: &str, close: &str| open.repeat(10_000) + "1" + &close.repeat(10_000);
        for expression in [
            nested("[", "]"),
            nested("(", ")"),
            nested("{a:", "}"),
            nested("-", ""),
            nested("1+", ""),
            nested("if 1 then ", " end"),
            nested("try ", ""),
            "[".repeat(10_000),
            "\"\\(".repeat(10_000),
            "1".repeat(100_000),
        ] {
            let (mut stdout, _) = pipe();
            if let Ok(filter) = Filter::compile(&expression, None) {
                assert!(filter.print(b"null", &mut stdout).is_err(), "{}", &expression[..20]);
            }
        }
    }

    #[test]
    fn numbers_are_written_as_json() {
        assert_eq!(run("[nan, infinite] | .[0], (.[1] > 1e308)", "null"), "null\ntrue\n");
        assert_eq!(run("4 / 2, (9 | sqrt), 1.10", "null"), "2\n3\n1.10\n");
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
        let filter = Filter::compile(".[], .", None).expect("compiles");
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
        let texts = r#"["1 x", "2", "3 4", "", " 5 "]"#;
        for expression in ["tonumber", "fromjson"] {
            let tried = format!("[.[] | try {expression} catch \"no\"]");
            assert_eq!(run(&tried, texts), "[\"no\",2,\"no\",\"no\",5]\n");
        }
    }

    #[test]
    fn an_endless_answer_ends_with_its_reader() {
        let filter = Filter::compile("repeat(\"y\")", None).expect("compiles");
        let printed = filter.print(b"null", &mut closed_pipe());
        assert!(matches!(printed, Err(ViewError::Output(OutputError::ClosedPipe))));
    }
}

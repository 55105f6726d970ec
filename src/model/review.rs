//! A review of a merge request as `glduo mr review` reads it: a summary and remarks on lines.

use std::fmt;

use serde_json::{Map, Value};

/// The JSON Schema that a model's answer should match. It is stricter than [`Review::parse`], as
/// the structured output of model providers requires.
pub const SCHEMA: &str = include_str!("../../docs/schemas/review.schema.json");

/// A review before it is placed on a merge request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Markdown.
    pub summary: String,
    /// The head commit that was reviewed, complete or abbreviated.
    pub head_sha: Option<String>,
    /// In the order of the document.
    pub comments: Vec<ReviewComment>,
}

/// One remark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewComment {
    /// As the document has it.
    pub path: String,
    /// The last line of the remark; `None` for a remark on the whole file.
    pub line: Option<i64>,
    pub side: Side,
    /// The first line of a remark on several.
    pub start_line: Option<i64>,
    /// Markdown.
    pub body: String,
    /// Replaces the lines of the remark.
    pub suggestion: Option<String>,
    pub severity: Option<String>,
}

/// The version of a file that a line number counts in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Side {
    Old,
    #[default]
    New,
}

/// Why a document is not a review.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {reason}", place(.pointer))]
pub struct InvalidReview {
    /// JSON pointer (RFC 6901) of the faulty value; empty for the whole document.
    pub pointer: String,
    pub reason: String,
}

fn place(pointer: &str) -> &str {
    if pointer.is_empty() { "the document" } else { pointer }
}

impl Review {
    /// Parses a document. Fails if a required member is missing or a known one has another type;
    /// ignores unknown members.
    pub fn parse(text: &str) -> Result<Self, InvalidReview> {
        let document: Value = serde_json::from_str(text).map_err(|error| InvalidReview {
            pointer: String::new(),
            reason: format!("not JSON: {error}"),
        })?;
        let document = Object::new(&document, String::new())?;
        let comments = document.required("comments")?;
        let at = document.pointer("comments");
        let Value::Array(comments) = comments else {
            return Err(expected("an array", comments, at));
        };
        let comments = comments.iter().enumerate().map(|(index, comment)| {
            ReviewComment::read(&Object::new(comment, format!("{at}/{index}"))?)
        });
        Ok(Self {
            summary: document.text("summary")?.ok_or_else(|| document.missing("summary"))?,
            head_sha: document.text("head_sha")?.filter(|sha| !sha.trim().is_empty()),
            comments: comments.collect::<Result<_, _>>()?,
        })
    }
}

impl ReviewComment {
    fn read(comment: &Object<'_>) -> Result<Self, InvalidReview> {
        let side = match comment.text("side")?.as_deref() {
            None | Some("new") => Side::New,
            Some("old") => Side::Old,
            Some(other) => {
                let reason = format!("expected \"new\" or \"old\", got {other:?}");
                return Err(InvalidReview { pointer: comment.pointer("side"), reason });
            }
        };
        let filled = |name| {
            let text = comment.text(name)?.ok_or_else(|| comment.missing(name))?;
            if text.trim().is_empty() {
                let reason = "expected text, got an empty string".to_owned();
                return Err(InvalidReview { pointer: comment.pointer(name), reason });
            }
            Ok(text)
        };
        let (line, start_line) = (comment.integer("line")?, comment.integer("start_line")?);
        let (line, start_line) = match (line, start_line) {
            (Some(line), Some(start)) if start > line => (Some(start), Some(line)),
            (Some(line), Some(start)) if start == line => (Some(line), None),
            (None, Some(start)) => (Some(start), None),
            other => other,
        };
        Ok(Self {
            path: filled("path")?,
            line,
            side,
            start_line,
            body: filled("body")?,
            suggestion: comment.text("suggestion")?,
            severity: comment.text("severity")?.filter(|word| !word.trim().is_empty()),
        })
    }

    /// The place as people write it: `src/lib.rs:7`, or the path alone for the whole file.
    pub fn place(&self) -> String {
        match self.line {
            Some(line) => format!("{}:{line}", self.path),
            None => self.path.clone(),
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Old => "old",
            Self::New => "new",
        })
    }
}

struct Object<'v> {
    members: &'v Map<String, Value>,
    pointer: String,
}

impl<'v> Object<'v> {
    fn new(value: &'v Value, pointer: String) -> Result<Self, InvalidReview> {
        match value {
            Value::Object(members) => Ok(Self { members, pointer }),
            other => Err(expected("an object", other, pointer)),
        }
    }

    fn pointer(&self, name: &str) -> String {
        format!("{}/{name}", self.pointer)
    }

    fn missing(&self, name: &str) -> InvalidReview {
        InvalidReview { pointer: self.pointer(name), reason: "missing".to_owned() }
    }

    fn required(&self, name: &str) -> Result<&'v Value, InvalidReview> {
        self.members.get(name).ok_or_else(|| self.missing(name))
    }

    /// `None` if the member is absent or null.
    fn text(&self, name: &str) -> Result<Option<String>, InvalidReview> {
        match self.members.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => Err(expected("a string", other, self.pointer(name))),
        }
    }

    /// `None` if the member is absent or null; `7.0` is an integer as in JSON Schema.
    fn integer(&self, name: &str) -> Result<Option<i64>, InvalidReview> {
        let value = match self.members.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(value) => value,
        };
        let whole = value.as_f64().filter(|number| number.fract() == 0.0);
        #[expect(clippy::cast_possible_truncation, reason = "saturates; no file has such a line")]
        let number = value.as_i64().or_else(|| whole.map(|number| number as i64));
        number.map(Some).ok_or_else(|| expected("an integer", value, self.pointer(name)))
    }
}

fn expected(what: &str, got: &Value, pointer: String) -> InvalidReview {
    let got = match got {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    InvalidReview { pointer, reason: format!("expected {what}, got {got}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_review_needs_a_summary_and_comments_and_ignores_the_unknown() {
        let review = Review::parse(
            r#"{"summary":"Fine","x":1,"comments":[
                {"path":"a.rs","line":7.0,"start_line":9,"body":"B","y":[]},
                {"path":"b.rs","body":"whole file","side":"old","severity":null}]}"#,
        )
        .expect("a review");
        assert_eq!((review.summary.as_str(), &review.head_sha), ("Fine", &None));
        let [first, second] = review.comments.as_slice() else { panic!("two comments") };
        assert_eq!((first.line, first.start_line, first.side), (Some(9), Some(7), Side::New));
        assert_eq!((second.line, second.side), (None, Side::Old));
        assert_eq!((first.place().as_str(), second.place().as_str()), ("a.rs:9", "b.rs"));
    }

    #[test]
    fn a_fault_is_named_by_its_json_pointer() {
        for (text, pointer, reason) in [
            ("nope", "", "not JSON"),
            ("[]", "", "expected an object, got an array"),
            (r#"{"comments":[]}"#, "/summary", "missing"),
            (r#"{"summary":"s"}"#, "/comments", "missing"),
            (r#"{"summary":1,"comments":[]}"#, "/summary", "expected a string, got a number"),
            (r#"{"summary":"s","comments":{}}"#, "/comments", "expected an array"),
            (r#"{"summary":"s","comments":[7]}"#, "/comments/0", "expected an object"),
            (r#"{"summary":"s","comments":[{"path":"a"}]}"#, "/comments/0/body", "missing"),
            (
                r#"{"summary":"s","comments":[{"path":"a","body":" "}]}"#,
                "/comments/0/body",
                "empty",
            ),
            (r#"{"summary":"s","comments":[{"body":"b"}]}"#, "/comments/0/path", "missing"),
            (
                r#"{"summary":"s","comments":[{"path":"a","body":"b","line":"7"}]}"#,
                "/comments/0/line",
                "expected an integer, got a string",
            ),
            (
                r#"{"summary":"s","comments":[{"path":"a","body":"b","line":7.5}]}"#,
                "/comments/0/line",
                "expected an integer, got a number",
            ),
            (
                r#"{"summary":"s","comments":[{"path":"a","body":"b","side":"both"}]}"#,
                "/comments/0/side",
                "expected \"new\" or \"old\"",
            ),
        ] {
            let fault = Review::parse(text).expect_err(text);
            assert_eq!(fault.pointer, pointer, "{text}");
            assert!(fault.reason.contains(reason), "{text}: {}", fault.reason);
        }
    }
}

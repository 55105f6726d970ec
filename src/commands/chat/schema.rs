//! `--schema`: an answer that is JSON of a given shape.

use boon::{CompileError, Compiler, SchemaIndex, Schemas, SchemeUrlLoader, ValidationError};
use serde_json::Value;

use super::files;
use crate::commands::context::Context;
use crate::commands::usage::UsageError;
use crate::model::conversation::{Conversation, Role};
use crate::model::fenced::first_block;

/// A name for the schema inside the validator; nothing is fetched from it.
const PLACE: &str = "schema:/given";

/// How many of the things that do not fit are told.
const TOLD: usize = 5;

/// An answer that does not fit, after it was asked for a second time.
#[derive(Debug, thiserror::Error)]
#[error("the answer does not fit the schema: {reason}")]
pub(crate) struct SchemaMismatch {
    /// What does not fit.
    pub(crate) reason: String,
}

/// A JSON Schema (json-schema.org, drafts 4 to 2020-12), compiled.
pub(super) struct Schema {
    text: String,
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    /// Reads the schema itself, or the file that it is in.
    pub(super) fn read(argument: &str, context: &Context<'_>) -> anyhow::Result<Self> {
        let is_json = argument.trim_start().starts_with(['{', '[']);
        let text =
            if is_json { argument.to_owned() } else { files::text("--schema", argument, context)? };
        Ok(Self::compile(text.trim().to_owned())?)
    }

    fn compile(text: String) -> Result<Self, UsageError> {
        let bad = |reason: String| {
            let message = format!("--schema is no JSON Schema: {reason}");
            UsageError::new(message, "see https://json-schema.org; references lead to itself only")
        };
        let value: Value = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
        if !matches!(value, Value::Object(_) | Value::Bool(_)) {
            return Err(bad("it is neither an object nor true or false".to_owned()));
        }
        let (mut compiler, mut schemas) = (Compiler::new(), Schemas::new());
        // A schema from anywhere shall make us read no file and no address.
        compiler.use_loader(Box::new(SchemeUrlLoader::new()));
        let refused = |error: CompileError| match &error {
            CompileError::ValidationError { src, .. } => bad(misfits(src)),
            _ => bad(one_line(&error.to_string())),
        };
        compiler.add_resource(PLACE, value).map_err(refused)?;
        let index = compiler.compile(PLACE, &mut schemas).map_err(refused)?;
        Ok(Self { text, schemas, index })
    }

    /// Whether an object of the answer has a member `line`, so that the model has to know the numbers
    /// of lines.
    pub(super) fn has_line(&self) -> bool {
        fn find(value: &Value) -> bool {
            match value {
                Value::Object(members) => {
                    let properties = members.get("properties").and_then(|all| all.get("line"));
                    properties.is_some() || members.values().any(find)
                }
                Value::Array(items) => items.iter().any(find),
                _ => false,
            }
        }
        serde_json::from_str(&self.text).is_ok_and(|value| find(&value))
    }

    /// What the model is told, after everything else in the system prompt.
    pub(super) fn instructions(&self) -> String {
        format!(
            "Answer with one JSON value that fits the JSON Schema below and with nothing else: \
             no words before or after it and no code fence.\n\n{}",
            self.text
        )
    }

    /// The JSON of an answer, a fence around it taken off, or what does not fit.
    pub(super) fn json(&self, answer: &str) -> Result<String, SchemaMismatch> {
        let whole = answer.trim().to_owned();
        let parsed = serde_json::from_str::<Value>(&whole);
        let (text, value) = match (parsed, first_block(answer)) {
            (Ok(value), _) => (whole, value),
            (Err(_), Some(block)) => {
                let block = block.trim().to_owned();
                let value = serde_json::from_str(&block).map_err(|error| no_json(&error))?;
                (block, value)
            }
            (Err(error), None) => return Err(no_json(&error)),
        };
        match self.schemas.validate(&value, self.index) {
            Ok(()) => Ok(text),
            Err(error) => Err(SchemaMismatch { reason: misfits(&error) }),
        }
    }

    /// The conversation with which the answer is asked for once more.
    pub(super) fn repair(
        asked: &Conversation,
        answer: &str,
        mismatch: &SchemaMismatch,
    ) -> Conversation {
        // No provider takes a turn without text.
        let answer = if answer.trim().is_empty() { "(no answer)" } else { answer };
        let request = format!(
            "That does not fit the JSON Schema: {}. Answer again with the corrected JSON value \
             alone.",
            mismatch.reason
        );
        asked.clone().with(Role::Assistant, answer).with(Role::User, request)
    }
}

fn no_json(error: &serde_json::Error) -> SchemaMismatch {
    SchemaMismatch { reason: format!("it is not JSON: {error}") }
}

/// The things that do not fit, without the groups that they stand in.
fn misfits(error: &ValidationError<'_, '_>) -> String {
    let mut found = Vec::new();
    collect(error, &mut found);
    let more = found.len().saturating_sub(TOLD);
    found.truncate(TOLD);
    if more > 0 {
        found.push(format!("and {more} more"));
    }
    found.join("; ")
}

fn collect(error: &ValidationError<'_, '_>, found: &mut Vec<String>) {
    if error.causes.is_empty() {
        let place = error.instance_location.to_string();
        let place = if place.is_empty() { "the whole" } else { &place };
        found.push(one_line(&format!("{place}: {}", error.kind)));
    }
    for cause in &error.causes {
        collect(cause, found);
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = r#"{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"],"additionalProperties":false}"#;

    fn reason(answer: &str) -> String {
        let schema = Schema::compile(SCHEMA.into()).expect("a schema");
        schema.json(answer).expect_err("a mismatch").reason
    }

    #[test]
    fn json_is_taken_as_it_stands_and_out_of_its_fence() {
        let schema = Schema::compile(SCHEMA.into()).expect("a schema");
        let json = |answer| schema.json(answer).expect("it fits");
        assert_eq!(json(" {\"n\": 12345678901234567890}\n"), "{\"n\": 12345678901234567890}");
        assert_eq!(json("Sure:\n```json\n{\"n\": 1}\n```\nDone."), "{\"n\": 1}");
    }

    #[test]
    fn what_does_not_fit_is_told() {
        assert!(reason("no").starts_with("it is not JSON: "));
        assert!(reason("{\"n\": \"x\"}").contains("/n: want integer, but got string"));
        assert!(reason("{}").contains("missing properties 'n'"), "{}", reason("{}"));
        assert!(reason("```\nno\n```").starts_with("it is not JSON: "));
    }

    #[test]
    fn what_is_no_schema_is_refused_and_nothing_is_fetched() {
        for bad in [
            "[1]",
            "3",
            "{",
            r#"{"type":"strange"}"#,
            r#"{"$ref":"file:///etc/passwd"}"#,
            r#"{"$ref":"https://example.com/schema.json"}"#,
            r#"{"minimum":"x"}"#,
        ] {
            assert!(Schema::compile(bad.into()).is_err(), "{bad}");
        }
        let strange = r#"{"properties":{"n":{"type":"strange"}}}"#;
        let Err(error) = Schema::compile(strange.into()) else { panic!("it was taken") };
        assert!(error.to_string().contains("/properties/n/type: "), "{error}");
        assert!(
            Schema::compile(r##"{"$ref":"#/$defs/a","$defs":{"a":{"type":"null"}}}"##.into())
                .is_ok()
        );
    }
}

//! The rows of a page of a list, each with its own bytes.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A body that is not what GitLab documents for it. Nothing here recurses into a body, so its
/// nesting may be of any depth.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadShape {
    /// It is not JSON.
    #[error("it is not JSON: {reason} at line {line}, column {column}")]
    NotJson {
        /// What the parser says.
        reason: String,
        /// From 1.
        line: usize,
        /// From 1, in bytes.
        column: usize,
    },
    /// A page of a list is JSON but no array.
    #[error("it is not a JSON array")]
    NotAnArray,
    /// A row or a single answer is JSON but no object.
    #[error("it is not a JSON object")]
    NotAnObject,
    /// An object lacks a member or has one of the wrong type.
    #[error("{0}")]
    Member(String),
}

impl BadShape {
    /// What a failed parse means; `otherwise` is for valid JSON of the wrong kind.
    pub fn of(error: &serde_json::Error, otherwise: Self) -> Self {
        if error.is_data() {
            return otherwise;
        }
        let text = error.to_string();
        let reason = text.split(" at line ").next().unwrap_or_default().to_owned();
        Self::NotJson { reason, line: error.line(), column: error.column() }
    }
}

/// One row of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its numeric `id`, if it has one.
    pub id: Option<u64>,
    /// Its bytes in the page.
    pub range: Range<usize>,
}

/// Splits a page, a JSON array of objects.
pub fn split(page: &[u8]) -> Result<Vec<Row>, BadShape> {
    let rows: Vec<&RawValue> =
        serde_json::from_slice(page).map_err(|error| BadShape::of(&error, BadShape::NotAnArray))?;
    let row = |raw: &RawValue| {
        let start = raw.get().as_ptr().addr() - page.as_ptr().addr();
        Ok(Row { id: id_of(raw)?, range: start..start + raw.get().len() })
    };
    rows.into_iter().map(row).collect()
}
/// The row's `id`. GitLab puts it first, so reading stops there and what the parser says of the
/// unread rest is ignored: the whole row was already found to be valid JSON.
fn id_of(row: &RawValue) -> Result<Option<u64>, BadShape> {
    if !row.get().starts_with('{') {
        return Err(BadShape::NotAnObject);
    }
    let mut id = None;
    let mut deserializer = serde_json::Deserializer::from_str(row.get());
    let _ = IdSeed(&mut id).deserialize(&mut deserializer);
    Ok(id)
}

struct IdSeed<'i>(&'i mut Option<u64>);

impl<'de> DeserializeSeed<'de> for IdSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for IdSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key { is_id }) = map.next_key()? {
            if is_id {
                *self.0 = map.next_value().ok();
                return Ok(());
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

struct Key {
    is_id: bool,
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<'de, str>::deserialize(deserializer)?;
        Ok(Self { is_id: name == "id" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(page: &str) -> Vec<&str> {
        let rows = split(page.as_bytes()).expect("rows");
        rows.into_iter().map(|row| &page[row.range]).collect()
    }

    fn ids(page: &str) -> Vec<Option<u64>> {
        split(page.as_bytes()).expect("rows").into_iter().map(|row| row.id).collect()
    }

    #[test]
    fn rows_keep_their_bytes() {
        let page = r#"[ {"id":1, "n": 1e400},{"a":{"id":1},"id" : 12345678901234567890} ]"#;
        let expected = [r#"{"id":1, "n": 1e400}"#, r#"{"a":{"id":1},"id" : 12345678901234567890}"#];
        assert_eq!(texts(page), expected);
        assert_eq!(ids(page), [Some(1), Some(12_345_678_901_234_567_890)]);
        assert_eq!(ids(r#"[{"\u0069d":3},{},{"id":"x"},{"id":null},{"id":-1}]"#)[0], Some(3));
        assert!(ids(r#"[{},{"id":"x"},{"id":null},{"id":-1}]"#).iter().all(Option::is_none));
    }

    #[test]
    fn what_is_no_list_of_objects_is_refused() {
        let refused = |page: &str| split(page.as_bytes()).unwrap_err();
        assert_eq!(refused(r#"{"message":"404"}"#), BadShape::NotAnArray);
        assert_eq!(refused("[1]"), BadShape::NotAnObject);
        assert_eq!(refused("[null]"), BadShape::NotAnObject);
        let cut_short =
            BadShape::NotJson { reason: "EOF while parsing an object".into(), line: 2, column: 7 };
        assert_eq!(refused("[\n{\"id\":1"), cut_short);
        assert!(matches!(refused("<html>"), BadShape::NotJson { line: 1, column: 1, .. }));
    }

    #[test]
    fn deep_nesting_does_not_use_up_the_stack() {
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(texts(&format!(r#"[{{"deep":{deep},"id":7}}]"#)).len(), 1);
    }
}

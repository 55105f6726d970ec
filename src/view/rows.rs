//! The rows of a list as they lie in GitLab's pages: each with its own bytes, none twice, no
//! more than asked for.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

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
    /// What a failed parse means, where `otherwise` tells what valid JSON of the wrong kind is.
    pub(super) fn of(error: &serde_json::Error, otherwise: Self) -> Self {
        if error.is_data() {
            return otherwise;
        }
        let text = error.to_string();
        let reason = text.split(" at line ").next().unwrap_or_default().to_owned();
        Self::NotJson { reason, line: error.line(), column: error.column() }
    }
}

/// Takes pages apart and remembers what was given: the list can shift while its pages are
/// fetched, so that a row comes twice.
#[derive(Debug, Default)]
pub struct RowSplitter {
    remaining: Option<u64>,
    seen: HashSet<u64>,
    given: u64,
    unasked: u64,
}

impl RowSplitter {
    /// Gives out at most `limit` rows; all where it is `None`.
    pub fn new(limit: Option<u64>) -> Self {
        Self { remaining: limit, ..Self::default() }
    }

    /// The new rows of the next page that are wanted, in its order. Rows without a numeric `id`
    /// all count as new.
    pub fn split<'p>(
        &mut self,
        page: &'p [u8],
        is_wanted: impl Fn(&RawValue) -> Result<bool, BadShape>,
    ) -> Result<Vec<&'p RawValue>, BadShape> {
        let all: Vec<&RawValue> = serde_json::from_slice(page)
            .map_err(|error| BadShape::of(&error, BadShape::NotAnArray))?;
        let mut rows = Vec::with_capacity(all.len());
        for row in all {
            let id = id_of(row)?;
            if self.is_full() || id.is_some_and(|id| !self.seen.insert(id)) {
                continue;
            }
            if !is_wanted(row)? {
                self.unasked += 1;
                continue;
            }
            self.remaining = self.remaining.map(|remaining| remaining - 1);
            self.given += 1;
            rows.push(row);
        }
        Ok(rows)
    }

    /// Whether the limit is reached and no further page is needed.
    pub fn is_full(&self) -> bool {
        self.remaining == Some(0)
    }

    /// How many rows were not wanted.
    pub fn unasked(&self) -> u64 {
        self.unasked
    }

    /// How many rows were given out.
    pub fn given(&self) -> u64 {
        self.given
    }
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

    fn split(splitter: &mut RowSplitter, page: &str) -> Vec<String> {
        let rows = splitter.split(page.as_bytes(), |_| Ok(true)).expect("rows");
        rows.iter().map(|row| row.get().to_owned()).collect()
    }

    #[test]
    fn rows_keep_their_bytes_and_come_once() {
        let mut splitter = RowSplitter::new(None);
        let first = split(
            &mut splitter,
            r#"[ {"id":1, "n": 1e400},{"a":{"id":1},"id" : 12345678901234567890} ]"#,
        );
        assert_eq!(
            first,
            [r#"{"id":1, "n": 1e400}"#, r#"{"a":{"id":1},"id" : 12345678901234567890}"#]
        );
        let second =
            split(&mut splitter, r#"[{"id":1},{"\u0069d":12345678901234567890},{"id":3}]"#);
        assert_eq!(second, [r#"{"id":3}"#]);
        assert_eq!(splitter.given(), 3);
    }

    #[test]
    fn rows_without_a_numeric_id_are_all_kept() {
        let page = r#"[{},{},{"id":"x"},{"id":"x"},{"id":null},{"id":-1},{"id":-1}]"#;
        assert_eq!(split(&mut RowSplitter::new(None), page).len(), 7);
    }

    #[test]
    fn the_limit_counts_over_pages_and_repeats_do_not_count() {
        let mut splitter = RowSplitter::new(Some(3));
        assert_eq!(split(&mut splitter, r#"[{"id":1},{"id":1},{"id":2}]"#).len(), 2);
        assert!(!splitter.is_full());
        assert_eq!(split(&mut splitter, r#"[{"id":2},{"id":3},{"id":4}]"#), [r#"{"id":3}"#]);
        assert!(splitter.is_full());
    }

    #[test]
    fn what_is_no_list_of_objects_is_refused() {
        let refused =
            |page: &str| RowSplitter::new(None).split(page.as_bytes(), |_| Ok(true)).unwrap_err();
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
        let page = format!(r#"[{{"deep":{deep},"id":7}}]"#);
        assert_eq!(split(&mut RowSplitter::new(None), &page).len(), 1);
    }
}

//! GitLab's JSON objects as they came: members chosen or added without rebuilding the rest, so
//! that big ids and the spelling of numbers stay exact.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::model::rows::BadShape;

/// The top-level members that were asked for, in that order and each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields(Vec<String>);

impl Fields {
    /// `None` where no name is given: everything is wanted.
    pub fn new(names: impl IntoIterator<Item = String>) -> Option<Self> {
        let mut fields: Vec<String> = Vec::new();
        for name in names {
            if !fields.contains(&name) {
                fields.push(name);
            }
        }
        (!fields.is_empty()).then_some(Self(fields))
    }

    /// An object with these members only, their values as they lie in `object`, `null` where it
    /// has none.
    pub fn select(&self, object: &str) -> Result<String, BadShape> {
        let mut deserializer = serde_json::Deserializer::from_str(object);
        let values = deserializer
            .deserialize_map(Members(&self.0))
            .map_err(|error| BadShape::of(&error, BadShape::NotAnObject))?;
        let mut selected = String::from("{");
        for (name, value) in self.0.iter().zip(values) {
            push_member(&mut selected, name, value.map_or("null", RawValue::get));
        }
        selected.push('}');
        Ok(selected)
    }
}

struct Members<'f>(&'f [String]);

impl<'de> Visitor<'de> for Members<'_> {
    type Value = Vec<Option<&'de RawValue>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values = vec![None; self.0.len()];
        while let Some(Name(name)) = map.next_key()? {
            match self.0.iter().position(|field| *field == name) {
                Some(at) => values[at] = Some(map.next_value()?),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(values)
    }
}

/// A member's name, borrowed unless it holds escapes.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// The object with members added at its end, each a name and the JSON of its value.
pub fn with_members(object: &[u8], members: &[(&str, &[u8])]) -> Result<String, BadShape> {
    let mut whole = String::from(check_object(object)?);
    whole.truncate(whole.len() - 1);
    whole.truncate(whole.trim_end().len());
    for (name, value) in members {
        let value: &RawValue = serde_json::from_slice(value)
            .map_err(|error| BadShape::of(&error, BadShape::Member((*name).to_owned())))?;
        push_member(&mut whole, name, value.get());
    }
    whole.push('}');
    Ok(whole)
}

/// The object with another value, JSON too, for a member that it has; the others keep theirs.
pub(super) fn replacing(object: &str, name: &str, value: &str) -> Result<String, BadShape> {
    let mut deserializer = serde_json::Deserializer::from_str(object);
    let members = deserializer
        .deserialize_map(AllMembers)
        .map_err(|error| BadShape::of(&error, BadShape::NotAnObject))?;
    let mut replaced = String::from("{");
    for (own, raw) in members {
        push_member(&mut replaced, &own, if own == name { value } else { raw.get() });
    }
    replaced.push('}');
    Ok(replaced)
}

struct AllMembers;

impl<'de> Visitor<'de> for AllMembers {
    type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((Name(name), value)) = map.next_entry()? {
            members.push((name, value));
        }
        Ok(members)
    }
}

/// The text of a JSON object, from its opening to its closing brace.
pub(super) fn check_object(object: &[u8]) -> Result<&str, BadShape> {
    let raw: &RawValue = serde_json::from_slice(object)
        .map_err(|error| BadShape::of(&error, BadShape::NotAnObject))?;
    if raw.get().starts_with('{') { Ok(raw.get()) } else { Err(BadShape::NotAnObject) }
}

fn push_member(object: &mut String, name: &str, value: &str) {
    if !object.ends_with('{') {
        object.push(',');
    }
    object.push_str(&quoted(name));
    object.push(':');
    object.push_str(value);
}

/// A text as a JSON string.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// JSON on one line: line breaks in valid JSON are mere space between its parts.
pub(super) fn one_line(json: &str) -> Cow<'_, str> {
    if json.contains(['\n', '\r']) {
        Cow::Owned(json.replace(['\n', '\r'], " "))
    } else {
        Cow::Borrowed(json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(names: &[&str]) -> Fields {
        Fields::new(names.iter().map(|name| (*name).to_owned())).expect("names")
    }

    #[test]
    fn fields_come_in_the_asked_order_with_their_own_bytes() {
        let row = r#"{"a":{"x": [1, 2]},"n":30.10,"b":1e400,"id":12345678901234567890}"#;
        let selected = fields(&["id", "b", "missing", "n", "a", "b"]).select(row);
        let expected =
            r#"{"id":12345678901234567890,"b":1e400,"missing":null,"n":30.10,"a":{"x": [1, 2]}}"#;
        assert_eq!(selected.as_deref(), Ok(expected));
        assert_eq!(fields(&["é\""]).select(r#"{"\u00e9\"":1}"#).as_deref(), Ok(r#"{"é\"":1}"#));
        assert_eq!(fields(&["a"]).select("[1]"), Err(BadShape::NotAnObject));
        assert_eq!(Fields::new(Vec::new()), None);
    }

    #[test]
    fn members_are_added_without_touching_the_others() {
        let object = b" {\"id\":1, \"n\":1e400\n}\n";
        let whole = with_members(object, &[("diffs", b"[ ]"), ("notes", b" [1]")]);
        assert_eq!(whole.as_deref(), Ok(r#"{"id":1, "n":1e400,"diffs":[ ],"notes":[1]}"#));
        assert_eq!(with_members(b"{ }", &[("a", b"1")]).as_deref(), Ok(r#"{"a":1}"#));
        assert_eq!(with_members(b"{}", &[]).as_deref(), Ok("{}"));
        assert_eq!(with_members(b"[]", &[]), Err(BadShape::NotAnObject));
        assert!(matches!(with_members(b"{} {}", &[]), Err(BadShape::NotJson { .. })));
        assert!(matches!(with_members(b"{}", &[("a", b"[")]), Err(BadShape::NotJson { .. })));
    }

    #[test]
    fn one_member_is_replaced_and_the_others_keep_their_bytes() {
        let object = r#"{"id": 12345678901234567890, "child" : null,"n":1e400}"#;
        let replaced = replacing(object, "child", r#"{"id":30.10}"#);
        let expected = r#"{"id":12345678901234567890,"child":{"id":30.10},"n":1e400}"#;
        assert_eq!(replaced.as_deref(), Ok(expected));
        assert_eq!(replacing("[1]", "child", "1"), Err(BadShape::NotAnObject));
    }

    #[test]
    fn one_line_stays_one_line() {
        assert_eq!(one_line("{\r\n \"a\\n\": 1}"), "{   \"a\\n\": 1}");
    }
}

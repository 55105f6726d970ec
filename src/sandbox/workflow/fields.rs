//! JSON objects read field by field, each by its name and type. What nobody read is refused,
//! which GitLab does not do, so that a misspelt field cannot be lost unnoticed.

use serde_json::{Map, Value};

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It has another type.
    Type(String),
    /// It is not there.
    Missing(String),
    /// Nobody knows it.
    Unknown(String),
    /// Its value cannot be.
    Value(String),
}

/// An object that is being read. `null` counts as not given, as in protobuf's JSON.
pub(super) struct Fields<'v> {
    object: &'v Map<String, Value>,
    read: Vec<&'static str>,
}

impl<'v> Fields<'v> {
    /// The fields of an object; `name` says what it is.
    pub(super) fn of(value: &'v Value, name: &str) -> Result<Self, Wrong> {
        let object = value.as_object().ok_or_else(|| Wrong::Type(name.to_owned()))?;
        Ok(Self { object, read: Vec::new() })
    }

    pub(super) fn any(&mut self, name: &'static str) -> Option<&'v Value> {
        self.read.push(name);
        self.object.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<&'v str>, Wrong> {
        self.typed(name, Value::as_str)
    }

    /// A text that must be there and must not be blank.
    pub(super) fn words(&mut self, name: &'static str) -> Result<&'v str, Wrong> {
        let text = self.text(name)?.filter(|text| !text.trim().is_empty());
        text.ok_or_else(|| Wrong::Missing(name.to_owned()))
    }

    /// A text that must be there and may be empty.
    pub(super) fn string(&mut self, name: &'static str) -> Result<&'v str, Wrong> {
        self.text(name)?.ok_or_else(|| Wrong::Missing(name.to_owned()))
    }

    /// JSON in a text.
    pub(super) fn json(&mut self, name: &'static str) -> Result<Value, Wrong> {
        let text = self.string(name)?;
        serde_json::from_str(text).map_err(|_| Wrong::Value(format!("{name} is no JSON")))
    }

    pub(super) fn flag(&mut self, name: &'static str) -> Result<Option<bool>, Wrong> {
        self.typed(name, Value::as_bool)
    }

    pub(super) fn number(&mut self, name: &'static str) -> Result<Option<u64>, Wrong> {
        self.typed(name, Value::as_u64)
    }

    /// An array; an empty one where it is not given.
    pub(super) fn list(&mut self, name: &'static str) -> Result<&'v [Value], Wrong> {
        Ok(self.typed(name, Value::as_array)?.map_or(&[], Vec::as_slice))
    }

    /// An array of texts.
    pub(super) fn texts(&mut self, name: &'static str) -> Result<Vec<String>, Wrong> {
        let texts = self.list(name)?.iter().map(|item| item.as_str().map(str::to_owned));
        texts.collect::<Option<_>>().ok_or_else(|| Wrong::Type(name.to_owned()))
    }

    /// One of some words.
    pub(super) fn one_of(
        &mut self,
        name: &'static str,
        words: &[&str],
    ) -> Result<Option<&'v str>, Wrong> {
        match self.text(name)? {
            Some(word) if !words.contains(&word) => {
                Err(Wrong::Value(format!("{name} does not have a valid value")))
            }
            word => Ok(word),
        }
    }

    /// Ends the reading.
    pub(super) fn finish(self) -> Result<(), Wrong> {
        match self.object.keys().find(|name| !self.read.contains(&name.as_str())) {
            Some(name) => Err(Wrong::Unknown(name.clone())),
            None => Ok(()),
        }
    }

    fn typed<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&'v Value) -> Option<T>,
    ) -> Result<Option<T>, Wrong> {
        let value = self.any(name);
        value.map(|value| read(value).ok_or_else(|| Wrong::Type(name.to_owned()))).transpose()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_is_known_by_name_and_type() {
        let value = json!({ "a": "x", "b": 1, "c": null, "d": ["y"], "e": "{}", "f": "" });
        let mut fields = Fields::of(&value, "it").expect("an object");
        assert_eq!(fields.words("a"), Ok("x"));
        assert_eq!(fields.text("b"), Err(Wrong::Type("b".into())));
        assert_eq!(fields.flag("c"), Ok(None));
        assert_eq!(fields.texts("d"), Ok(vec!["y".to_owned()]));
        assert_eq!(fields.json("e"), Ok(json!({})));
        assert_eq!(fields.words("f"), Err(Wrong::Missing("f".into())));
        assert_eq!(fields.string("f"), Ok(""));
        assert_eq!(fields.one_of("a", &["y"]).map_err(|_| ()), Err(()));
        assert_eq!(fields.finish(), Ok(()));
        assert_eq!(
            Fields::of(&value, "it").expect("an object").finish(),
            Err(Wrong::Unknown("a".into()))
        );
        assert_eq!(Fields::of(&json!([]), "it").err(), Some(Wrong::Type("it".into())));
    }
}

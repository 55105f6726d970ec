//! JSON objects whose fields stand in the order in which GitLab sends them.

use serde::Serialize;

/// An object under construction.
pub(super) struct Object(String);

impl Object {
    pub(super) fn new() -> Self {
        Self(String::from("{"))
    }

    /// Adds a field.
    pub(super) fn put(self, name: &str, value: impl Serialize) -> Self {
        // Only maps with keys that are no strings fail, and no caller has one.
        let json = serde_json::to_string(&value).unwrap_or_else(|_| String::from("null"));
        self.raw(name, &json)
    }

    /// Adds a field whose value is JSON already. Names are ours and need no escaping.
    pub(super) fn raw(mut self, name: &str, json: &str) -> Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push('"');
        self.0.push_str(name);
        self.0.push_str("\":");
        self.0.push_str(json);
        self
    }

    pub(super) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// An array of values that are JSON already.
pub(super) fn array(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<String> = items.into_iter().collect();
    format!("[{}]", items.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order_and_text_is_escaped() {
        let object = Object::new().put("z", 1).raw("a", "[]").put("m", "\"\n").end();
        assert_eq!(object, r#"{"z":1,"a":[],"m":"\"\n"}"#);
        assert_eq!(Object::new().end(), "{}");
        assert_eq!(array(["1".to_owned(), object]), r#"[1,{"z":1,"a":[],"m":"\"\n"}]"#);
        assert_eq!(array([]), "[]");
    }
}

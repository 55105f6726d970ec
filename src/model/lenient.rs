//! Display fields of GitLab's objects, read leniently: servers from 15.x on differ, and one odd
//! value must not cost a whole list. Used with `#[serde(default, deserialize_with = …)]`.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Text, or another scalar as it is written. `null`, lists and objects are blank.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'de, str>, D::Error> {
    Ok(scalar(<&RawValue>::deserialize(deserializer)?.get()).unwrap_or_default())
}

/// As [`text`]; `None` for what is blank.
pub fn some_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Cow<'de, str>>, D::Error> {
    Ok(scalar(<&RawValue>::deserialize(deserializer)?.get()))
}

/// As [`text`], owned.
pub fn string<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    text(deserializer).map(Cow::into_owned)
}

/// As [`some_text`], owned.
pub fn some_string<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(some_text(deserializer)?.map(Cow::into_owned))
}

/// The texts of a list, or one text; blank ones are omitted.
pub fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Cow<'de, str>>, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?.get();
    let elements: Vec<&RawValue> = serde_json::from_str(raw).unwrap_or_default();
    // With details, a label is an object with a name.
    let name = |raw: &'de RawValue| serde_json::from_str(raw.get()).ok().map(|Named { name }| name);
    let of_list = elements.into_iter().filter_map(|one| scalar(one.get()).or_else(|| name(one)));
    Ok(scalar(raw).into_iter().chain(of_list).collect())
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

/// A number, also one in a string; `None` for anything else.
pub fn number<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr,
{
    let raw = <&RawValue>::deserialize(deserializer)?.get();
    Ok(scalar(raw).and_then(|text| text.trim().parse().ok()))
}

/// As [`number`]; the default for anything else.
pub fn count<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr + Default,
{
    number(deserializer).map(Option::unwrap_or_default)
}

/// A truth value, also as a string or number; `None` for anything else.
pub fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?.get();
    Ok(match scalar(raw).as_deref() {
        Some("true" | "1") => Some(true),
        Some("false" | "0") => Some(false),
        _ => None,
    })
}

/// An object; `None` if it is none or lacks what it must have.
pub fn object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(serde_json::from_str(<&RawValue>::deserialize(deserializer)?.get()).ok())
}

/// As [`object`]; the default if it is none.
pub fn object_or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    object(deserializer).map(Option::unwrap_or_default)
}

/// As [`objects`]; `None` if it is no list.
pub fn some_objects<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let raw = <&RawValue>::deserialize(deserializer)?;
    Ok(raw.get().starts_with('[').then(|| usable(raw.get())))
}

/// The usable objects of a list.
pub fn objects<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(usable(<&RawValue>::deserialize(deserializer)?.get()))
}

fn usable<'de, T: Deserialize<'de>>(list: &'de str) -> Vec<T> {
    let elements: Vec<&RawValue> = serde_json::from_str(list).unwrap_or_default();
    elements.into_iter().filter_map(|one| serde_json::from_str(one.get()).ok()).collect()
}

/// A JSON scalar as text.
fn scalar(raw: &str) -> Option<Cow<'_, str>> {
    match raw.as_bytes().first()? {
        b'"' => serde_json::from_str::<Text<'_>>(raw).ok().map(|Text(text)| text),
        b'{' | b'[' | b'n' => None,
        _ => Some(Cow::Borrowed(raw)),
    }
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Shown<'a> {
        #[serde(borrow, deserialize_with = "text")]
        text: Cow<'a, str>,
        #[serde(borrow, deserialize_with = "some_text")]
        some: Option<Cow<'a, str>>,
        #[serde(borrow, deserialize_with = "texts")]
        labels: Vec<Cow<'a, str>>,
        #[serde(deserialize_with = "number")]
        number: Option<f64>,
        #[serde(deserialize_with = "flag")]
        flag: Option<bool>,
    }

    #[test]
    fn a_scalar_is_shown_as_it_is_and_everything_else_is_blank() {
        for (json, shown) in [
            (r#""a\nb""#, "a\nb"),
            ("30.50", "30.50"),
            ("12345678901234567890123", "12345678901234567890123"),
            ("true", "true"),
            ("null", ""),
            ("[1]", ""),
            ("{}", ""),
        ] {
            let object = format!(r#"{{"text":{json},"some":{json}}}"#);
            let read: Shown<'_> = serde_json::from_str(&object).expect(json);
            assert_eq!((&*read.text, read.some.as_deref().unwrap_or_default()), (shown, shown));
        }
    }

    #[test]
    fn lists_numbers_and_flags_take_what_is_usable() {
        let object = r#"{"labels":["a",1,null,{"id":1,"name":"b"},[]],"number":"1.5","flag":1}"#;
        let read: Shown<'_> = serde_json::from_str(object).expect("an object");
        assert_eq!(read.labels, ["a", "1", "b"]);
        assert_eq!((read.number, read.flag), (Some(1.5), Some(true)));
        let object = r#"{"labels":null,"number":"x","flag":{}}"#;
        let read: Shown<'_> = serde_json::from_str(object).expect("an object");
        assert!(read.labels.is_empty() && read.number.is_none() && read.flag.is_none());
        let read: Shown<'_> = serde_json::from_str(r#"{"labels":"only"}"#).expect("an object");
        assert_eq!(read.labels, ["only"]);
    }
}

//! The parameters of a request, checked as GitLab checks them: every problem is collected, and
//! one answer names them all. Parameters that GitLab does not know are ignored.

use std::time::SystemTime;

use serde_json::Value;

use super::received::Received;
use super::reply::Reply;
use crate::model::timestamp;

/// Names and values of a query, decoded.
pub(super) type Pairs = Vec<(String, String)>;

/// Decodes `%XX`; `None` where the result is not UTF-8 or an escape is broken.
pub(super) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let hex = std::str::from_utf8(rest.get(..2)?).ok()?;
        if !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(hex, 16).ok()?);
        rest = &rest[2..];
    }
    String::from_utf8(bytes).ok()
}

/// Splits a query (`a=1&b[]=2`); `None` where it is not well encoded.
pub(super) fn pairs(query: &str) -> Option<Pairs> {
    let form = |text: &str| decoded(&text.replace('+', " "));
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((form(name)?, form(value)?))
        })
        .collect()
}

/// Names and values of a body, JSON or a form. An array of JSON becomes `name[]`, as in a form;
/// `null` counts as absent.
pub(super) fn body(request: &Received) -> Result<Pairs, Reply> {
    let kind = request.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let bad = || Reply::error(400, "The request body could not be parsed");
    match kind {
        "application/json" => {
            let Some(Value::Object(object)) = request.json() else { return Err(bad()) };
            let mut pairs = Pairs::new();
            for (name, value) in object {
                match value {
                    Value::Null => {}
                    Value::Array(items) => {
                        let name = format!("{name}[]");
                        for item in items {
                            pairs.push((name.clone(), scalar(&name, item)?));
                        }
                    }
                    value => pairs.push((name.clone(), scalar(&name, value)?)),
                }
            }
            Ok(pairs)
        }
        "" | "application/x-www-form-urlencoded" => {
            let text = std::str::from_utf8(&request.body).map_err(|_| bad())?;
            pairs(text).ok_or_else(bad)
        }
        other => {
            let words = format!("The provided content-type '{other}' is not supported.");
            Err(Reply::error(415, &words))
        }
    }
}

fn scalar(name: &str, value: Value) -> Result<String, Reply> {
    match value {
        Value::String(text) => Ok(text),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        _ => Err(Reply::error(400, &format!("{name} is invalid"))),
    }
}

/// Reads parameters by name and remembers what was wrong with them.
pub(super) struct Params<'a> {
    pairs: &'a [(String, String)],
    problems: Vec<String>,
}

impl<'a> Params<'a> {
    pub(super) fn new(pairs: &'a [(String, String)]) -> Self {
        Self { pairs, problems: Vec::new() }
    }

    /// A single value; the last one counts, as in Rack. Blank counts as not given.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.given(name).filter(|value| !value.trim().is_empty())
    }

    fn given(&self, name: &str) -> Option<&'a str> {
        let found = self.pairs.iter().rev().find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A list: `name[]=a&name[]=b` or `name=a,b`.
    pub(super) fn list(&self, name: &str) -> Vec<&'a str> {
        let many = format!("{name}[]");
        let given = self.pairs.iter().filter(|(given, _)| given == name || *given == many);
        let values = given.flat_map(|(_, value)| value.split(','));
        values.map(str::trim).filter(|value| !value.is_empty()).collect()
    }

    /// One of some words.
    pub(super) fn one_of(&mut self, name: &'static str, words: &[&str]) -> Option<&'a str> {
        let value = self.given(name)?;
        if words.contains(&value) {
            return Some(value);
        }
        self.problem(format!("{name} does not have a valid value"));
        None
    }

    /// A whole number.
    pub(super) fn integer(&mut self, name: &'static str) -> Option<i64> {
        let value = self.text(name)?;
        let parsed = value.parse().ok();
        if parsed.is_none() {
            self.problem(format!("{name} is invalid"));
        }
        parsed
    }

    /// What Grape takes for a boolean.
    pub(super) fn boolean(&mut self, name: &'static str) -> Option<bool> {
        match self.text(name)?.to_ascii_lowercase().as_str() {
            "true" | "t" | "1" | "on" | "y" | "yes" => Some(true),
            "false" | "f" | "0" | "off" | "n" | "no" => Some(false),
            _ => {
                self.problem(format!("{name} is invalid"));
                None
            }
        }
    }

    /// An ISO 8601 time or date.
    pub(super) fn time(&mut self, name: &'static str) -> Option<SystemTime> {
        let value = self.text(name)?;
        let starts_with_year =
            value.len() >= 10 && value.as_bytes()[..4].iter().all(u8::is_ascii_digit);
        let parsed = timestamp::parse_given(value, SystemTime::UNIX_EPOCH);
        let parsed = parsed.filter(|_| starts_with_year);
        if parsed.is_none() {
            self.problem(format!("{name} is invalid"));
        }
        parsed
    }

    /// Parameters of which only one may be given.
    pub(super) fn exclusive(&mut self, names: &[&str]) {
        let is_given = |name: &&str| {
            self.pairs.iter().any(|(given, _)| given.strip_suffix("[]").unwrap_or(given) == *name)
        };
        let given: Vec<&str> = names.iter().filter(|name| is_given(name)).copied().collect();
        if given.len() > 1 {
            self.problem(format!("{} are mutually exclusive", given.join(", ")));
        }
    }

    /// Something wrong that the caller found.
    pub(super) fn problem(&mut self, text: String) {
        self.problems.push(text);
    }

    /// Ends the reading: an answer with every problem, or nothing.
    pub(super) fn finish(self) -> Result<(), Reply> {
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(Reply::error(400, &self.problems.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::reply::Body;

    fn words(reply: Result<(), Reply>) -> String {
        match reply.err().map(|reply| reply.body) {
            Some(Body::Whole(body)) => String::from_utf8_lossy(&body).into_owned(),
            _ => String::new(),
        }
    }

    #[test]
    fn encoding_is_undone_once() {
        assert_eq!(decoded("a%2Fb%252Fc").as_deref(), Some("a/b%2Fc"));
        assert_eq!(decoded("a+b").as_deref(), Some("a+b"));
        assert_eq!(decoded("%C3%B6").as_deref(), Some("ö"));
        for broken in ["%", "%4", "%zz", "%+1", "%ff"] {
            assert_eq!(decoded(broken), None, "{broken}");
        }
        let read = pairs("a=1+2&not%5Blabels%5D=x%2By&b").expect("pairs");
        let expected = [("a", "1 2"), ("not[labels]", "x+y"), ("b", "")];
        assert_eq!(read, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn every_problem_is_named_in_one_answer() {
        let pairs =
            pairs("scope=mine&draft=maybe&page=x&since=1&created_after=soon").expect("pairs");
        let mut params = Params::new(&pairs);
        params.one_of("scope", &["all"]);
        params.boolean("draft");
        params.integer("page");
        params.time("created_after");
        assert_eq!(
            words(params.finish()),
            r#"{"error":"scope does not have a valid value, draft is invalid, page is invalid, created_after is invalid"}"#
        );
    }

    #[test]
    fn booleans_are_grapes_in_any_case() {
        for (text, expected) in [
            ("1", true),
            ("On", true),
            ("T", true),
            ("TRUE", true),
            ("y", true),
            ("Yes", true),
            ("0", false),
            ("No", false),
        ] {
            let pairs = [("draft".to_owned(), text.to_owned())];
            assert_eq!(Params::new(&pairs).boolean("draft"), Some(expected), "{text}");
        }
    }

    #[test]
    fn lists_come_in_both_forms_and_ages_are_no_times() {
        let pairs = pairs("iids[]=1&iids[]=2&labels=a,%20b&t=2026-11-01&u=3d").expect("pairs");
        let mut params = Params::new(&pairs);
        assert_eq!(params.list("iids"), ["1", "2"]);
        assert_eq!(params.list("labels"), ["a", "b"]);
        assert!(params.time("t").is_some());
        assert_eq!(params.time("u"), None);
        assert_eq!(words(params.finish()), r#"{"error":"u is invalid"}"#);
    }

    #[test]
    fn two_ways_to_name_one_thing_exclude_each_other() {
        let pairs = pairs("assignee_id=1&assignee_username[]=a").expect("pairs");
        let mut params = Params::new(&pairs);
        params.exclusive(&["assignee_id", "assignee_username"]);
        params.integer("assignee_id");
        params.list("assignee_username");
        let expected = r#"{"error":"assignee_id, assignee_username are mutually exclusive"}"#;
        assert_eq!(words(params.finish()), expected);
    }
}

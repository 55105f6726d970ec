//! The functions that an expression may use: the standard library without what reaches outside,
//! and what jq 1.7 defines differently or in addition.

use jaq_core::native::{self, Fun, bome, run, unary, v};
use jaq_core::{Error, RunPtr, load};
use jaq_fmts::write::tabular::Row;
use jaq_json::{Val, read, write};
use jaq_std::ValT as _;

use super::value::{Value, finite};
use super::{DEEPEST, Data, is_deeper_than};

/// Functions of the standard library that are omitted: they reach the environment, the standard
/// streams or the exit code.
const OMITTED: [&str; 6] = ["env", "halt", "halt_error", "stderr", "stderr_empty", "debug_empty"];

/// Functions that jq 1.7 has and the library lacks or defines differently.
const PRELUDE: &str = include_str!("prelude.jq");

/// The functions that are written in the language itself. Later ones take precedence.
pub(super) fn definitions() -> impl Iterator<Item = load::parse::Def<&'static str>> {
    let own = load::parse(PRELUDE, |parser| parser.defs()).unwrap_or_default();
    let kept = |def: &load::parse::Def<&str>| !OMITTED.contains(&def.name) && def.name != "debug";
    jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs()).filter(kept).chain(own)
}

/// Native functions that the prelude wraps, and the names by which it calls them.
const RENAMED: [(&str, &str); 7] = [
    ("gmtime", "library_gmtime"),
    ("localtime", "library_localtime"),
    ("strftime", "library_strftime"),
    ("strflocaltime", "library_strflocaltime"),
    ("mktime", "library_mktime"),
    ("reverse", "library_reverse"),
    ("limit", "library_limit"),
];

/// The other functions, with or without those that the prelude wraps.
pub(super) fn native(with_prelude: bool) -> impl Iterator<Item = Fun<Data>> {
    let own: [native::Filter<RunPtr<Data>>; 12] = [
        ("fromjson", v(0), |cv| bome(from_json(&cv.1))),
        ("tojson", v(0), |cv| bome(Ok(Value::from_utf8_bytes(to_json(&cv.1.val))))),
        ("@csv", v(0), |cv| bome(tabular(&cv.1, "CSV", Row::write_csv))),
        ("@tsv", v(0), |cv| bome(tabular(&cv.1, "TSV", Row::write_tsv))),
        ("length", v(0), |cv| bome(length(&cv.1))),
        ("contains", v(1), |cv| unary(cv, |a, b| contains(&a.val, &b.val).map(Value::from))),
        ("has", v(1), |cv| unary(cv, |value, key| has(&value, &key).map(Value::from))),
        ("indices", v(1), |cv| unary(cv, |value, part| indices(&value, &part))),
        ("bsearch", v(1), |cv| unary(cv, |value, wanted| bsearch(&value, &wanted))),
        ("ltrimstr", v(1), |cv| {
            unary(cv, |text, part| Ok(trimmed(&text, &part, <[u8]>::strip_prefix)))
        }),
        ("rtrimstr", v(1), |cv| {
            unary(cv, |text, part| Ok(trimmed(&text, &part, <[u8]>::strip_suffix)))
        }),
        ("library_debug", v(0), |cv| {
            cv.0.data().debug(&to_json(&cv.1.val));
            bome(Ok(cv.1))
        }),
    ];
    let names: Vec<&str> = own.iter().map(|(name, ..)| *name).collect();
    let is_wrapped = |name: &str| RENAMED.iter().any(|(library, _)| *library == name);
    let kept = move |(name, ..): &Fun<Data>| {
        !OMITTED.contains(name) && !names.contains(name) && (with_prelude || !is_wrapped(name))
    };
    let library = || jaq_core::funs().chain(jaq_std::funs());
    let renamed = |(name, arguments, run): Fun<Data>| {
        let (_, other) = RENAMED.iter().find(|(library, _)| *library == name)?;
        Some((*other, arguments, run))
    };
    let own = own.into_iter().map(run::<Data>);
    library().filter(kept).chain(library().filter_map(renamed)).chain(own)
}

/// As in jq, where a text is one value, and with a limit on the nesting: it is data from the
/// network.
fn from_json(value: &Value) -> Result<Value, Error<Value>> {
    let fail = |error: String| Error::str(format!("cannot parse {value} as JSON: {error}"));
    let Val::TStr(bytes) = &value.val else { return Err(Error::typ(value.clone(), "string")) };
    if !is_readable(bytes) {
        return Err(fail("it is nested too deep".into()));
    }
    read::parse_single(bytes).map(Value::new).map_err(|error| fail(error.to_string()))
}

/// The library reads more than JSON, comments for one, in which [`is_deeper_than`] would lose
/// its way: a text with many brackets must be JSON.
fn is_readable(text: &[u8]) -> bool {
    let brackets = text.iter().filter(|byte| matches!(byte, b'[' | b'{')).count();
    let is_json = || serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok();
    brackets <= DEEPEST || (is_json() && !is_deeper_than(DEEPEST, text))
}

pub(super) fn to_json(value: &Val) -> Vec<u8> {
    let mut json = Vec::new();
    // Writing to memory cannot fail.
    let _ = write::write(&mut json, &write::Pp::default(), 0, &finite(value));
    json
}

fn tabular(
    value: &Value,
    format: &str,
    write: fn(&Row, &mut dyn std::io::Write) -> std::io::Result<()>,
) -> Result<Value, Error<Value>> {
    let fail = |reason: String| Error::str(format!("cannot write {format}: {reason}"));
    let row = Row::try_from(&value.val).map_err(|error| fail(error.to_string()))?;
    let mut line = Vec::new();
    write(&row, &mut line).map_err(|error| fail(error.to_string()))?;
    Ok(Value::from_utf8_bytes(line))
}

fn length(value: &Value) -> Result<Value, Error<Value>> {
    Ok(match &value.val {
        Val::Null => Value::from(0_usize),
        Val::Num(_) if value.as_f64().is_some_and(|number| number < 0.0) => {
            return -value.clone();
        }
        Val::Num(_) => value.clone(),
        Val::TStr(text) => Value::from(String::from_utf8_lossy(text).chars().count()),
        Val::BStr(bytes) => Value::from(bytes.len()),
        Val::Arr(array) => Value::from(array.len()),
        Val::Obj(object) => Value::from(object.len()),
        Val::Bool(_) => return Err(Error::str(format_args!("{value} has no length"))),
    })
}

fn contains(whole: &Val, part: &Val) -> Result<bool, Error<Value>> {
    let fits = |a: &Val, b: &Val| contains(a, b).unwrap_or(false);
    match (whole, part) {
        (Val::TStr(whole), Val::TStr(part)) => Ok(find(whole, part).is_some()),
        (Val::Arr(whole), Val::Arr(part)) => {
            Ok(part.iter().all(|part| whole.iter().any(|whole| fits(whole, part))))
        }
        (Val::Obj(whole), Val::Obj(part)) => {
            Ok(part.iter().all(|(key, part)| whole.get(key).is_some_and(|whole| fits(whole, part))))
        }
        (whole, part) if whole == part => Ok(true),
        (Val::Num(_), Val::Num(_)) | (Val::Null, Val::Null) | (Val::Bool(_), Val::Bool(_)) => {
            Ok(false)
        }
        _ => Err(Error::str(format_args!(
            "{whole} and {part} cannot have their containment checked"
        ))),
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    String::from_utf8_lossy(text).find(&*String::from_utf8_lossy(part))
}

fn has(value: &Value, key: &Value) -> Result<bool, Error<Value>> {
    match (&value.val, &key.val) {
        (Val::Obj(object), Val::TStr(_)) => Ok(object.contains_key(&key.val)),
        (Val::Arr(array), Val::Num(_)) => {
            let index = key.as_f64().unwrap_or(-1.0);
            #[expect(clippy::cast_precision_loss)]
            Ok(index >= 0.0 && index < array.len() as f64)
        }
        _ => Err(Error::index(value.clone(), key.clone())),
    }
}

/// Where a part begins, in characters of a string or elements of an array.
fn indices(value: &Value, part: &Value) -> Result<Value, Error<Value>> {
    match (&value.val, &part.val) {
        (Val::Null, _) => Ok(Value::new(Val::Null)),
        (Val::TStr(text), Val::TStr(part)) => {
            let (text, part) = (String::from_utf8_lossy(text), String::from_utf8_lossy(part));
            let Some(first) = part.chars().next() else { return Ok(Value::new(Val::Null)) };
            let starts = |(at, (byte, c)): (usize, (usize, char))| {
                (c == first && text[byte..].starts_with(&*part)).then_some(Value::from(at))
            };
            Ok(text.char_indices().enumerate().filter_map(starts).collect())
        }
        (Val::Arr(_), Val::Arr(part)) if part.is_empty() => Ok(Value::new(Val::Null)),
        (Val::Arr(array), Val::Arr(part)) => {
            let windows = array.windows(part.len()).enumerate();
            Ok(windows.filter(|(_, window)| **window == ***part).map(|(at, _)| at.into()).collect())
        }
        (Val::Arr(array), part) => {
            let elements = array.iter().enumerate();
            Ok(elements.filter(|(_, element)| *element == part).map(|(at, _)| at.into()).collect())
        }
        _ => Err(Error::index(value.clone(), part.clone())),
    }
}

fn bsearch(value: &Value, wanted: &Value) -> Result<Value, Error<Value>> {
    let Val::Arr(array) = &value.val else { return Err(Error::typ(value.clone(), "array")) };
    let signed = |at: usize| isize::try_from(at).unwrap_or(isize::MAX);
    Ok(match array.binary_search(&wanted.val) {
        Ok(at) => Value::from(at),
        Err(at) => Value::from(-1 - signed(at)),
    })
}

/// As in jq, anything but a string stays as it is.
fn trimmed(
    text: &Value,
    part: &Value,
    strip: impl for<'t> Fn(&'t [u8], &[u8]) -> Option<&'t [u8]>,
) -> Value {
    let stripped = match (text.as_bytes(), part.as_bytes()) {
        (Some(bytes), Some(part)) => strip(bytes, part).map(|rest| text.as_sub_str(rest)),
        _ => None,
    };
    stripped.unwrap_or_else(|| text.clone())
}

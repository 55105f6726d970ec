//! The functions that an expression may use: the standard library less what reaches outside.

use jaq_core::native::{self, Fun, bome, run, v};
use jaq_core::{Error, RunPtr, load};
use jaq_fmts::write::tabular::Row;
use jaq_json::{Val, read};

use super::{DEEPEST, Data, is_deeper_than};

/// Functions of the standard library that are left out: they reach the environment, the
/// standard streams or the exit code.
const LEFT_OUT: [&str; 7] =
    ["env", "halt", "halt_error", "debug", "debug_empty", "stderr", "stderr_empty"];

/// Those that are written in the language itself.
pub(super) fn definitions() -> impl Iterator<Item = load::parse::Def<&'static str>> {
    let kept = |def: &load::parse::Def<&str>| !LEFT_OUT.contains(&def.name);
    jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs()).filter(kept)
}

/// Those that are not.
pub(super) fn native() -> impl Iterator<Item = Fun<Data>> {
    let kept = |(name, ..): &Fun<Data>| !LEFT_OUT.contains(name) && *name != "fromjson";
    let own: [native::Filter<RunPtr<Data>>; 3] = [
        ("fromjson", v(0), |cv| bome(from_json(&cv.1))),
        ("@csv", v(0), |cv| bome(tabular(&cv.1, "CSV", Row::write_csv))),
        ("@tsv", v(0), |cv| bome(tabular(&cv.1, "TSV", Row::write_tsv))),
    ];
    let standard = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    standard.filter(kept).chain(own.into_iter().map(run::<Data>))
}

/// As in jq, where a text is one value, and with a limit on the nesting: it is data from the
/// network.
fn from_json(value: &Val) -> Result<Val, Error<Val>> {
    let fail = |error: String| Error::str(format!("cannot parse {value} as JSON: {error}"));
    let bytes = match value.try_as_utf8_bytes_owned() {
        Ok(bytes) if !is_readable(&bytes) => Err(fail("it is nested too deep".into())),
        other => other,
    };
    bytes.and_then(|bytes| read::parse_single(&bytes).map_err(|error| fail(error.to_string())))
}

/// The library reads more than JSON, comments for one, in which [`is_deeper_than`] would lose
/// its way: a text with many brackets has to be JSON.
fn is_readable(text: &[u8]) -> bool {
    let brackets = text.iter().filter(|byte| matches!(byte, b'[' | b'{')).count();
    let is_json = || serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok();
    brackets <= DEEPEST || (is_json() && !is_deeper_than(DEEPEST, text))
}

fn tabular(
    value: &Val,
    format: &str,
    write: fn(&Row, &mut dyn std::io::Write) -> std::io::Result<()>,
) -> Result<Val, Error<Val>> {
    let fail = |reason: String| Error::str(format!("cannot write {format}: {reason}"));
    let row = Row::try_from(value).map_err(|error| fail(error.to_string()))?;
    let mut line = Vec::new();
    write(&row, &mut line).map_err(|error| fail(error.to_string()))?;
    Ok(Val::utf8_str(line))
}

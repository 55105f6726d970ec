//! The functions that an expression may use: the standard library less what reaches outside.

use jaq_core::native::{self, Fun, bome, run, v};
use jaq_core::{Error, Exn, RunPtr, ValX, load};
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
        ("fromjson", v(0), |cv| from_json(&cv.1)),
        ("@csv", v(0), |cv| bome(tabular(&cv.1, "CSV", Row::write_csv))),
        ("@tsv", v(0), |cv| bome(tabular(&cv.1, "TSV", Row::write_tsv))),
    ];
    let standard = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    standard.filter(kept).chain(own.into_iter().map(run::<Data>))
}

/// As the library's own, with a limit on the nesting: the text is data from the network.
fn from_json<'a>(value: &Val) -> Box<dyn Iterator<Item = ValX<'a, Val>> + 'a> {
    let fail = |error: String| Error::str(format!("cannot parse {value} as JSON: {error}"));
    let bytes = match value.try_as_utf8_bytes_owned() {
        Ok(bytes) if !is_readable(&bytes) => Err(fail("it is nested too deep".into())),
        other => other,
    };
    match bytes {
        Ok(bytes) => {
            let mut values: Vec<ValX<'a, Val>> = Vec::new();
            for value in read::parse_many(&bytes) {
                let failed = value.is_err();
                values.push(value.map_err(|error| Exn::from(fail(error.to_string()))));
                // The reader does not go past what it cannot read: it would fail for ever.
                if failed {
                    break;
                }
            }
            Box::new(values.into_iter())
        }
        Err(error) => bome(Err(error)),
    }
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

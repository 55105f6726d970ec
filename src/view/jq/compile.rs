//! Compiling an expression, and where in it the library found fault.

use jaq_core::Compiler;
use jaq_core::load::{self, Arena, File, Loader};

use super::{Data, JqError, functions};

/// Compiles an expression that may use these definitions and the native functions.
pub(super) fn compile(
    expression: &str,
    definitions: impl IntoIterator<Item = load::parse::Def<&'static str>>,
) -> Result<jaq_core::Filter<Data>, JqError> {
    let arena = Arena::default();
    let program = File { code: expression, path: () };
    let modules = Loader::new(definitions)
        .load(&arena, program)
        .map_err(|errors| first_error(expression, &errors, load_error))?;
    load::import(&modules, |_| Err("there are no files to import from".to_owned()))
        .map_err(|errors| first_error(expression, &errors, load_error))?;
    Compiler::default()
        .with_funs(functions::native())
        .compile(modules)
        .map_err(|errors| first_error(expression, &errors, compile_error))
}

/// What the library says of the expression, as the place in it and words.
fn first_error<'s, E>(
    expression: &'s str,
    errors: &load::Errors<&'s str, (), E>,
    describe: impl Fn(&E) -> Option<(&'s str, String)>,
) -> JqError {
    let described = errors.iter().rev().find_map(|(_, error)| describe(error));
    let (place, message) = described.unwrap_or(("", "it does not compile".to_owned()));
    // The place is a part of the expression; by its address the library tells where.
    let offset = (place.as_ptr() as usize).checked_sub(expression.as_ptr() as usize);
    let before = offset.and_then(|offset| expression.get(..offset)).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    JqError::Syntax {
        message,
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}

fn load_error<'s>(error: &load::Error<&'s str>) -> Option<(&'s str, String)> {
    match error {
        load::Error::Io(errors) => {
            errors.first().map(|(place, reason)| (*place, format!("{place}: {reason}")))
        }
        load::Error::Lex(errors) => {
            let (expected, found) = errors.first()?;
            Some((*found, unexpected(expected.as_str(), found)))
        }
        load::Error::Parse(errors) => {
            let (expected, found) = errors.first()?;
            Some((*found, unexpected(expected.as_str(), found)))
        }
    }
}

fn unexpected(expected: &str, found: &str) -> String {
    format!("expected {expected}, found {}", shown(found))
}

fn compile_error<'s>(
    errors: &Vec<(&'s str, jaq_core::compile::Undefined)>,
) -> Option<(&'s str, String)> {
    use jaq_core::compile::Undefined;
    errors.first().map(|(name, undefined)| match undefined {
        Undefined::Filter(arity) if *arity > 0 => (*name, format!("{name}/{arity} is not defined")),
        _ => (*name, format!("{} {name} is not defined", undefined.as_str())),
    })
}

fn shown(found: &str) -> String {
    let line = found.lines().next().unwrap_or_default();
    match line.chars().take(20).collect::<String>() {
        text if text.is_empty() => "the end".to_owned(),
        text => format!("`{text}`"),
    }
}

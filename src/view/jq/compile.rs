//! Compiling an expression, and where in it the library found fault.

use std::thread;

use jaq_core::Compiler;
use jaq_core::load::{self, Arena, File, Loader};
use jaq_json::{Map, Val};

use super::value::Value;
use super::{DEEPEST, Data, JqError, functions};

/// Longer expressions are refused: compiling recurses, for a chain of operators too.
const LONGEST: usize = 24 << 10;

/// Bytes of stack that compiling needs at most for each byte of the expression.
const STACK_A_BYTE: usize = 32 << 10;

/// Compiles an expression on a stack that suffices for it.
pub(super) fn compile(expression: &str) -> Result<jaq_core::Filter<Data>, JqError> {
    let refused = |message: String| JqError::Syntax { message, line: 1, column: 1 };
    if expression.len() > LONGEST {
        return Err(refused(format!("the expression is longer than {LONGEST} bytes")));
    }
    if nesting(expression) > DEEPEST {
        return Err(refused(format!("brackets are nested deeper than {DEEPEST} levels")));
    }
    // Reading the definitions of the standard library is most of the work, and plain paths need
    // none of them.
    let both = || {
        compile_with(expression, [], false)
            .or_else(|_| compile_with(expression, functions::definitions(), true))
    };
    if expression.len() < 100 {
        return both();
    }
    let stack = (2 << 20) + expression.len() * STACK_A_BYTE;
    thread::scope(|scope| {
        let builder = thread::Builder::new().stack_size(stack);
        let compiling = builder.spawn_scoped(scope, both).map_err(|error| error.to_string());
        let compiled = compiling.and_then(|thread| thread.join().map_err(|_| String::new()));
        compiled.unwrap_or_else(|_| Err(refused("the expression is too complex".to_owned())))
    })
}

/// The most brackets that are open at once, wherever they stand.
fn nesting(expression: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in expression.bytes() {
        match byte {
            b'[' | b'{' | b'(' => depth += 1,
            b']' | b'}' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// `$__loc__`: glduo's expressions have one line as a rule.
pub(super) fn location() -> Value {
    let text = |text: &'static str| Val::utf8_str(text);
    let members = [(text("file"), text("<top-level>")), (text("line"), Val::from(1_usize))];
    Value::new(Val::obj(Map::from_iter(members)))
}

/// Compiles an expression that may use these definitions and the native functions.
fn compile_with(
    expression: &str,
    definitions: impl IntoIterator<Item = load::parse::Def<&'static str>>,
    with_prelude: bool,
) -> Result<jaq_core::Filter<Data>, JqError> {
    let arena = Arena::default();
    let program = File { code: expression, path: () };
    let modules = Loader::new(definitions)
        .load(&arena, program)
        .map_err(|errors| first_error(expression, &errors, load_error))?;
    load::import(&modules, |_| Err("there are no files to import from".to_owned()))
        .map_err(|errors| first_error(expression, &errors, load_error))?;
    Compiler::default()
        .with_funs(functions::native(with_prelude))
        .with_global_vars(["$__loc__"])
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

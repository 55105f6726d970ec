//! Environment variables as settings: text or an error, never silently nothing.

use super::error::ConfigError;
use super::source::{Setting, Source};
use crate::system::environment::Environment;

/// The first of the variables that is set, with its name. One that is set but not UTF-8 is an
/// error, since going on without it would send a request somewhere else than was meant.
pub(super) fn named<'e>(
    env: &'e Environment,
    names: &[&'static str],
) -> Result<Option<(&'static str, &'e str)>, ConfigError> {
    for name in names {
        if let Some(value) = env.get_os(name) {
            let expected = "UTF-8 text";
            let text = value.to_str().ok_or(ConfigError::Variable { name, expected })?;
            return Ok(Some((name, text)));
        }
    }
    Ok(None)
}

/// The first of the variables that is set, as a setting.
pub(super) fn first(
    env: &Environment,
    names: &[&'static str],
) -> Result<Option<Setting<String>>, ConfigError> {
    let setting = |(name, text): (_, &str)| Setting::new(text.to_owned(), Source::Env(name));
    Ok(named(env, names)?.map(setting))
}

/// The order of every text: a flag, else the first variable that is set, else a file.
pub(super) fn settle(
    flag: Option<(&'static str, &String)>,
    env: &Environment,
    names: &[&'static str],
    configured: Option<Setting<String>>,
) -> Result<Option<Setting<String>>, ConfigError> {
    if let Some((name, text)) = flag {
        return Ok(Some(Setting::new(text.clone(), Source::Flag(name))));
    }
    Ok(first(env, names)?.or(configured))
}

/// A variable that holds a number.
pub(super) fn number(env: &Environment, name: &'static str) -> Result<Option<u64>, ConfigError> {
    let Some((name, text)) = named(env, &[name])? else {
        return Ok(None);
    };
    let expected = "a number";
    let number = text.trim().parse();
    number.map(Some).map_err(|_| ConfigError::Variable { name, expected })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_is_unset_and_a_number_is_a_number() {
        let env = Environment::of([("A", ""), ("B", "7"), ("C", "x")]);
        assert!(first(&env, &["A"]).is_ok_and(|found| found.is_none()));
        let found = first(&env, &["A", "B"]).expect("text").expect("set");
        assert_eq!((found.value.as_str(), found.source), ("7", Source::Env("B")));
        assert!(number(&env, "B").is_ok_and(|number| number == Some(7)));
        assert!(matches!(number(&env, "C"), Err(ConfigError::Variable { name: "C", .. })));
    }

    #[cfg(unix)]
    #[test]
    fn text_that_is_not_utf_8_is_an_error() {
        use std::os::unix::ffi::OsStringExt as _;
        let broken = std::ffi::OsString::from_vec(vec![0xff]);
        let env = Environment::of([("GITLAB_HOST", broken)]);
        assert!(first(&env, &["GITLAB_HOST"]).is_err());
    }
}

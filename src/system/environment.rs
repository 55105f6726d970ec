//! A snapshot of the environment variables, and the directories that follow from them.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// Operating system and processor, as Rust names them.
pub const PLATFORM: (&str, &str) = (std::env::consts::OS, std::env::consts::ARCH);

/// The environment at the start of the run. An empty variable counts as unset: GitLab CI sets
/// protected variables to nothing where they may not be seen.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
}

impl Environment {
    /// The real one.
    pub fn capture() -> Self {
        Self { variables: std::env::vars_os().collect() }
    }

    /// One made by hand.
    pub fn of<K: Into<OsString>, V: Into<OsString>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        Self { variables: pairs.into_iter().map(|(k, v)| (k.into(), v.into())).collect() }
    }

    /// A variable that is set, not empty and valid UTF-8.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_os(name)?.to_str()
    }

    /// A variable that is set and not empty.
    pub fn get_os(&self, name: &str) -> Option<&OsStr> {
        let value = self.variables.get(OsStr::new(name))?;
        (!value.is_empty()).then_some(value)
    }

    /// The first of the names that is set, with the name.
    pub fn first(&self, names: &[&'static str]) -> Option<(&'static str, &str)> {
        names.iter().find_map(|name| Some((*name, self.get(name)?)))
    }

    /// Whether a variable is set to something that means yes.
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| !matches!(value, "0" | "false" | "no" | "off"))
    }

    /// Whether this is a GitLab CI job.
    pub fn is_gitlab_ci(&self) -> bool {
        self.get("GITLAB_CI") == Some("true")
    }

    /// Every variable.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.variables.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// `$XDG_CONFIG_HOME/glduo`, else `~/.config/glduo`; `None` without a home.
    pub fn config_directory(&self) -> Option<PathBuf> {
        self.xdg("XDG_CONFIG_HOME", ".config").map(|base| base.join("glduo"))
    }

    /// `$XDG_DATA_HOME`, else `~/.local/share`; `None` without a home.
    pub fn data_home(&self) -> Option<PathBuf> {
        self.xdg("XDG_DATA_HOME", ".local/share")
    }

    /// `$XDG_CACHE_HOME/glduo`, else `~/.cache/glduo`; `None` without a home.
    pub fn cache_directory(&self) -> Option<PathBuf> {
        self.xdg("XDG_CACHE_HOME", ".cache").map(|base| base.join("glduo"))
    }

    /// A relative path in an XDG variable is to be ignored (XDG Base Directory Specification).
    fn xdg(&self, name: &str, below_home: &str) -> Option<PathBuf> {
        let set = self.get_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        set.or_else(|| {
            let home = self.get_os("HOME").or_else(|| self.get_os("USERPROFILE"))?;
            let home = PathBuf::from(home);
            home.is_absolute().then(|| home.join(below_home))
        })
    }
}

/// The working directory; `.` where it was removed under us.
pub fn working_directory() -> PathBuf {
    std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."))
}

/// Where this program lies.
pub fn executable() -> Option<PathBuf> {
    std::env::current_exe().ok()
}

/// The arguments, the program's own name first.
pub fn arguments() -> Vec<OsString> {
    std::env::args_os().collect()
}

/// The system's directory for temporary files.
pub fn temporary_directory() -> PathBuf {
    std::env::temp_dir()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let env = Environment::of([("A", ""), ("B", "x"), ("C", "0")]);
        assert_eq!(env.get("A"), None);
        assert_eq!(env.first(&["A", "B"]), Some(("B", "x")));
        assert!(env.is_on("B") && !env.is_on("C") && !env.is_on("A"));
    }

    #[test]
    fn directories_follow_xdg_and_need_a_home() {
        let env = Environment::of([("HOME", "/home/me"), ("XDG_CONFIG_HOME", "relative")]);
        assert_eq!(env.config_directory(), Some("/home/me/.config/glduo".into()));
        let env = Environment::of([("XDG_CACHE_HOME", "/c")]);
        assert_eq!(env.cache_directory(), Some("/c/glduo".into()));
        assert_eq!(env.config_directory(), None);
    }
}

//! Programs on PATH, never in the working directory: in someone else's repository it may have a
//! program of any name.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::environment::Environment;

/// The directories of PATH, without its relative and empty elements.
#[derive(Debug, Clone)]
pub struct SearchPath(Vec<PathBuf>);

impl SearchPath {
    /// The one of this environment.
    pub fn new(env: &Environment) -> Self {
        let path = env.get_os("PATH").unwrap_or(OsStr::new("/usr/local/bin:/usr/bin:/bin"));
        Self(std::env::split_paths(path).filter(|directory| directory.is_absolute()).collect())
    }

    /// PATH for the environment of a child.
    pub fn to_variable(&self) -> OsString {
        // What was split at the separators has none.
        std::env::join_paths(&self.0).unwrap_or_default()
    }

    /// The absolute path of a program that is given by its name, or by an absolute path.
    pub fn find(&self, program: impl AsRef<OsStr>) -> Option<PathBuf> {
        let path = Path::new(program.as_ref());
        let candidates: Vec<PathBuf> = if path.is_absolute() {
            vec![path.to_owned()]
        } else if path.file_name() == Some(path.as_os_str()) {
            self.0.iter().map(|directory| directory.join(path)).collect()
        } else {
            Vec::new()
        };
        let named = candidates
            .into_iter()
            .map(|file| if cfg!(windows) { file.with_added_extension("exe") } else { file });
        named.into_iter().find(|file| is_executable(file))
    }
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let facts = file.metadata();
    facts.is_ok_and(|facts| facts.is_file() && facts.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &Path) -> bool {
    file.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn programs_are_found_in_absolute_directories_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let tool = folder.path().join("tool");
        std::fs::write(&tool, "").expect("written");
        let path = format!(".::relative:{}:", folder.path().display());
        let path = SearchPath::new(&Environment::of([("PATH", path)]));
        assert_eq!(path.to_variable(), folder.path());
        assert_eq!(path.find("tool"), None, "it is not executable");
        std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).expect("set");
        assert_eq!(path.find("tool"), Some(tool.clone()));
        assert_eq!(path.find(&tool), Some(tool.clone()));
        // This package's own directory is the working directory of tests.
        for name in ["", ".", "..", "./tool", "x/tool", "tool/", "build.rs", "./build.rs", "absent"]
        {
            assert_eq!(path.find(name), None, "{name}");
        }
        assert_eq!(path.find(folder.path()), None, "a directory");
    }
}

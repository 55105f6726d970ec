//! Git for reading in a repository that somebody else may have configured. Git gets a directory
//! for the shared part of the repository that is made for this call: objects and references are
//! links, the configuration is ours. So no key of the repository's configuration can name a
//! program or a file. Nothing is fetched.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::system::environment::Environment;
use crate::system::programs::SearchPath;
use crate::system::temporary::TemporaryFolder;

use super::Cancel;
use super::boundaries::secret_patterns;
use super::command::outcome;
use super::error::ToolError;
use super::git_arguments::{Named, Reading, named_in};
use super::output::Outcome;
use super::process::{End, Ended, Job, run, variables};
use super::repository::Repository;
use super::workspace::Workspace;

const TIME: Duration = Duration::from_mins(1);

/// What git looks for in the shared part of a repository and we let it find. Not among them:
/// `config`, `config.worktree` and `hooks`.
const SHARED: [&str; 7] = ["objects", "refs", "packed-refs", "logs", "info", "shallow", "reftable"];

/// Keys that say how the repository is stored, by the values that they may have.
const FORMAT: [(&str, &[&str]); 5] = [
    ("core.repositoryformatversion", &["0", "1"]),
    ("extensions.objectformat", &["sha1", "sha256"]),
    ("extensions.compatobjectformat", &["sha1", "sha256"]),
    ("extensions.refstorage", &["files", "reftable"]),
    ("extensions.relativeworktrees", &["true", "false"]),
];

/// Keys that change what reading commands say and name neither file nor program; a `*` stands
/// for a subsection.
const HARMLESS: [&str; 11] = [
    "core.autocrlf",
    "core.eol",
    "core.filemode",
    "core.ignorecase",
    "core.precomposeunicode",
    "core.quotepath",
    "core.sparsecheckout",
    "core.symlinks",
    "branch.*.merge",
    "branch.*.remote",
    "remote.*.fetch",
];
/// How many of the harmless settings are passed on; they go through the environment.
const SETTINGS: usize = 1_000;

/// Variables besides those that every child has. The configuration of the user and of the system
/// may name programs too, and reading does not need it.
const VARIABLES: [(&str, &str); 12] = [
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_SYSTEM", "/dev/null"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("HOME", "/dev/null"),
    ("XDG_CONFIG_HOME", "/dev/null"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_PAGER", "cat"),
    ("GIT_EDITOR", "false"),
];

/// Runs one of the reading commands.
pub(super) fn git(
    workspace: &Workspace,
    command: &str,
    arguments: &[String],
    env: &Environment,
    cancel: &Cancel,
) -> Result<Outcome, ToolError> {
    let reading = Reading::named(command)?;
    reading.check(arguments)?;
    let git = Git::open(workspace, env, cancel)?;
    // Git compares files of revisions with one another and takes no patterns for that.
    let compares_files = reading.name == "diff"
        && named_in(arguments).any(|(_, named)| matches!(named, Named::AtRevision(_)));
    for (argument, named) in named_in(arguments) {
        if let Some(why) = git.withheld(reading, argument, named, compares_files)? {
            let (command, argument) = (command.to_owned(), argument.to_owned());
            return Err(ToolError::GitArgument { command, argument, why });
        }
    }
    let mut line = vec![OsString::from("--no-pager"), command.into()];
    line.extend(reading.before.iter().map(OsString::from));
    line.extend(arguments.iter().map(OsString::from));
    if reading.shows_contents(arguments) && !compares_files {
        let left_out = secret_patterns();
        line.extend(left_out.map(|pattern| format!(":(top,exclude,icase,glob){pattern}").into()));
    }
    outcome(git.run(line)?, TIME)
}

/// The program, and what it runs on.
struct Git<'a> {
    program: PathBuf,
    workspace: &'a Workspace,
    repository: &'a Repository,
    /// In the place of the repository's shared part.
    common: TemporaryFolder,
    variables: Vec<(OsString, OsString)>,
    cancel: &'a Cancel,
}

impl<'a> Git<'a> {
    fn open(
        workspace: &'a Workspace,
        env: &Environment,
        cancel: &'a Cancel,
    ) -> Result<Self, ToolError> {
        let failed = |error| ToolError::io("git", error);
        let repository = workspace.repository().ok_or(ToolError::NoRepository)?;
        let program = SearchPath::new(env).find("git");
        let program = program.ok_or_else(|| ToolError::NoProgram { program: "git".to_owned() })?;
        let common = TemporaryFolder::new().map_err(failed)?;
        for name in SHARED {
            let target = repository.common.join(name);
            if target.exists() {
                link(&target, &common.path().join(name)).map_err(failed)?;
            }
        }
        let mut variables = variables(env);
        variables.retain(|(name, _)| name != "HOME");
        variables.extend(VARIABLES.map(|(name, value)| (name.into(), value.into())));
        let mut git = Self { program, workspace, repository, common, variables, cancel };
        let settings = git.configured()?;
        let file = git.common.path().join("config");
        fs::write(file, format_of(&settings)).map_err(failed)?;
        git.add_repository(&settings);
        Ok(git)
    }

    /// What the repository's configuration has for [`FORMAT`] and [`HARMLESS`], the file read as
    /// data: without its includes, and by a git that is in no repository.
    fn configured(&self) -> Result<Vec<(String, String)>, ToolError> {
        let format = FORMAT.map(|(key, _)| key).join("|");
        let harmless = HARMLESS.join("|").replace('*', ".*");
        let all = self.matching(&format!("^({format}|{harmless})$"))?;
        match all {
            Some(all) => Ok(all),
            // More branches than one answer holds: they get no upstream.
            None => Ok(self.matching(&format!("^({format})$"))?.unwrap_or_default()),
        }
    }

    /// The settings with these keys; `None` if they are too many.
    fn matching(&self, keys: &str) -> Result<Option<Vec<(String, String)>>, ToolError> {
        let file = self.repository.common.join("config");
        if !file.is_file() {
            return Ok(Some(Vec::new()));
        }
        let mut line: Vec<OsString> = ["config", "--file"].map(OsString::from).to_vec();
        line.push(file.into());
        line.extend(["--no-includes", "-z", "--get-regexp", keys].map(OsString::from));
        let mut variables = self.variables.clone();
        variables.push(("GIT_DIR".into(), self.common.path().into()));
        let ended = self.spawn(line, self.common.path(), variables)?;
        match ended.how {
            End::Exited(status) if status.success() && !ended.complete => return Ok(None),
            End::Exited(status) if status.success() => {}
            // There are none.
            End::Exited(status) if status.code() == Some(1) && ended.output.is_empty() => {}
            End::Exited(_) => return Err(ToolError::GitConfiguration { said: ended.output }),
            _ => return outcome(ended, TIME).map(|_| None),
        }
        let entries = ended.output.split_terminator('\0');
        let pairs = entries.filter_map(|entry| entry.split_once('\n'));
        Ok(Some(pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()))
    }

    /// Points git to the repository, with these settings.
    fn add_repository(&mut self, settings: &[(String, String)]) {
        let is_format = |key: &str| FORMAT.iter().any(|(name, _)| *name == key);
        let settings = settings.iter().filter(|(key, _)| !is_format(key)).take(SETTINGS);
        let settings: Vec<_> = settings.collect();
        for (at, (key, value)) in settings.iter().enumerate() {
            self.variables.push((format!("GIT_CONFIG_KEY_{at}").into(), key.into()));
            self.variables.push((format!("GIT_CONFIG_VALUE_{at}").into(), value.into()));
        }
        let paths = [
            ("GIT_DIR", self.repository.git.as_path()),
            ("GIT_COMMON_DIR", self.common.path()),
            ("GIT_WORK_TREE", self.repository.top.as_path()),
        ];
        let paths = paths.map(|(name, path)| (OsString::from(name), path.into()));
        self.variables.extend(paths);
        self.variables.push(("GIT_CONFIG_COUNT".into(), settings.len().to_string().into()));
    }

    fn run(&self, line: Vec<OsString>) -> Result<Ended, ToolError> {
        self.spawn(line, self.workspace.directory(), self.variables.clone())
    }

    fn spawn(
        &self,
        arguments: Vec<OsString>,
        directory: &Path,
        variables: Vec<(OsString, OsString)>,
    ) -> Result<Ended, ToolError> {
        let job = Job { program: &self.program, arguments, directory, variables, time: TIME };
        run(job, self.cancel).map_err(|error| ToolError::io("git", error))
    }

    /// Why what an argument names is not shown, if it is not.
    fn withheld(
        &self,
        reading: &Reading,
        argument: &str,
        named: Named<'_>,
        compares_files: bool,
    ) -> Result<Option<&'static str>, ToolError> {
        let secret = |path: PathBuf| {
            let read = path.to_str().map(|path| self.workspace.resolve_to_read(path));
            matches!(read, Some(Err(ToolError::Withheld { .. })))
        };
        let here = self.workspace.directory();
        let is_secret = match named {
            Named::Path(path) => secret(here.join(path)),
            Named::AtRevision(path) if path.starts_with("./") => secret(here.join(path)),
            Named::AtRevision(path) => secret(self.repository.top.join(path)),
            Named::Any(argument) => secret(here.join(argument)),
        };
        if is_secret {
            return Ok(Some("it is secret or ignored, and not shown"));
        }
        if !reading.shows_objects() {
            return Ok(None);
        }
        Ok(match named {
            // The paths in a tree begin at the tree: patterns for secrets would not fit them.
            Named::AtRevision(_) if compares_files => {
                (!self.is_type(argument, "blob")?).then_some("a path at a revision must be a file")
            }
            Named::Path(_) | Named::AtRevision(_) => None,
            Named::Any(_) => {
                for object in self.revisions(argument)? {
                    if compares_files {
                        return Ok(Some("a file is compared with a file only"));
                    }
                    if !self.is_type(&format!("{object}^{{}}"), "commit")? {
                        return Ok(Some(
                            "only commits, tags of commits and REVISION:PATH are shown",
                        ));
                    }
                }
                None
            }
        })
    }

    /// The objects that an argument stands for, a range for several; none if it is a path.
    fn revisions(&self, argument: &str) -> Result<Vec<String>, ToolError> {
        let ended =
            self.run(["rev-parse", "--revs-only", argument].map(OsString::from).to_vec())?;
        match ended.how {
            End::Exited(status) if status.success() && ended.complete => {
                let objects = ended.output.lines().map(|line| line.trim_start_matches('^'));
                Ok(objects.map(str::to_owned).collect())
            }
            End::Exited(_) => Ok(Vec::new()),
            _ => outcome(ended, TIME).map(|_| Vec::new()),
        }
    }

    fn is_type(&self, object: &str, kind: &str) -> Result<bool, ToolError> {
        let ended = self.run(["cat-file", "-t", object].map(OsString::from).to_vec())?;
        Ok(matches!(ended.how, End::Exited(status) if status.success())
            && ended.output.trim_end() == kind)
    }
}

/// A configuration with nothing but the format of the repository.
fn format_of(settings: &[(String, String)]) -> String {
    let mut text = "[core]\n\tbare = false\n".to_owned();
    for (key, values) in FORMAT {
        let value = settings.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value);
        if let (Some(value), Some((section, name))) = (value, key.split_once('.'))
            && values.contains(&value.as_str())
        {
            text.extend(["[", section, "]\n\t", name, " = ", value, "\n"]);
        }
    }
    text
}

#[cfg(unix)]
fn link(target: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, at)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

//! Git for reading in a repository that somebody else may have configured: nothing that its
//! configuration names is run, nothing outside its work tree is read, nothing is fetched.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use crate::system::environment::Environment;

use super::Cancel;
use super::boundaries::secret_patterns;
use super::command::outcome;
use super::error::ToolError;
use super::git_arguments::Reading;
use super::output::Outcome;
use super::process::{End, Ended, Job, program, run, variables};
use super::repository::Repository;
use super::workspace::Workspace;

const TIME: Duration = Duration::from_mins(1);

/// What the repository's configuration may not say. An empty value or one that is no program
/// takes the place of each program that a reading command could start.
const CONFIGURATION: [&str; 31] = [
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.editor=false",
    "core.askPass=",
    "core.sshCommand=false",
    "core.gitProxy=",
    "core.attributesFile=/dev/null",
    "core.alternateRefsCommand=",
    "credential.helper=",
    "protocol.allow=never",
    "protocol.ext.allow=never",
    "diff.external=",
    "diff.orderFile=/dev/null",
    "diff.submodule=short",
    "diff.ignoreSubmodules=all",
    "status.submoduleSummary=false",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "safe.bareRepository=explicit",
    "gpg.program=/dev/null",
    "gpg.openpgp.program=/dev/null",
    "gpg.x509.program=/dev/null",
    "gpg.ssh.program=/dev/null",
    "log.showSignature=false",
    "format.pretty=medium",
    "blame.ignoreRevsFile=",
    "mailmap.file=/dev/null",
    "color.ui=false",
    "column.ui=never",
    "maintenance.auto=false",
];

/// Variables over those that every child has. The person's own configuration stays out: it is
/// not needed for reading, and may name programs too.
const VARIABLES: [(&str, &str); 17] = [
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
    ("GIT_PROTOCOL_FROM_USER", "0"),
    ("GIT_SSH_COMMAND", "false"),
    ("GIT_ASKPASS", "false"),
    ("GIT_EDITOR", "false"),
    ("GIT_PAGER", "cat"),
    ("PAGER", "cat"),
    ("GIT_FLUSH", "0"),
];

/// One of the reading commands.
pub(super) fn git(
    workspace: &Workspace,
    command: &str,
    arguments: &[String],
    env: &Environment,
    cancel: &Cancel,
) -> Result<Outcome, ToolError> {
    let reading = Reading::named(command)?;
    reading.check(arguments)?;
    let git = Git::find(workspace, env)?;
    let mut line = vec![OsString::from("--no-pager")];
    for filter in git.filters(cancel)? {
        line.extend(["-c".into(), filter.into()]);
    }
    line.push(command.into());
    line.extend(reading.before.iter().map(OsString::from));
    line.extend(arguments.iter().map(OsString::from));
    if reading.shows_contents(arguments) {
        let left_out = secret_patterns();
        line.extend(left_out.map(|pattern| format!(":(top,exclude,icase,glob){pattern}").into()));
    }
    outcome(git.run(line, cancel)?, TIME)
}

/// The program, and what it is run on.
struct Git<'a> {
    program: std::path::PathBuf,
    repository: &'a Repository,
    directory: &'a Path,
    env: &'a Environment,
}

impl<'a> Git<'a> {
    fn find(workspace: &'a Workspace, env: &'a Environment) -> Result<Self, ToolError> {
        let repository = workspace.repository().ok_or(ToolError::NoRepository)?;
        let program = program("git", env);
        let program = program.ok_or_else(|| ToolError::NoProgram { program: "git".to_owned() })?;
        Ok(Self { program, repository, directory: workspace.directory(), env })
    }

    fn run(&self, line: Vec<OsString>, cancel: &Cancel) -> Result<Ended, ToolError> {
        let mut arguments = Vec::new();
        for setting in CONFIGURATION {
            arguments.extend(["-c".into(), setting.into()]);
        }
        arguments.extend(line);
        let mut variables = variables(self.env);
        variables.retain(|(name, _)| name != "HOME");
        variables.extend(VARIABLES.map(|(name, value)| (name.into(), value.into())));
        // The configuration could name any directory as the work tree.
        let top = &self.repository.top;
        variables.push(("GIT_WORK_TREE".into(), top.into()));
        if let Some(above) = top.parent() {
            variables.push(("GIT_CEILING_DIRECTORIES".into(), above.into()));
        }
        let directory = self.directory;
        let job = Job { program: &self.program, arguments, directory, variables, time: TIME };
        run(job, cancel).map_err(|error| ToolError::io("git", error))
    }

    /// Settings that turn off each filter which the configuration defines: git runs them to
    /// compare the work tree, and has no one switch for all.
    fn filters(&self, cancel: &Cancel) -> Result<Vec<String>, ToolError> {
        let line = ["config", "-z", "--name-only", "--get-regexp", r"^filter\."];
        let ended = self.run(line.map(OsString::from).to_vec(), cancel)?;
        match ended.how {
            End::Exited(status) if status.success() && ended.complete => {}
            // There are none.
            End::Exited(status) if status.code() == Some(1) && ended.output.is_empty() => {
                return Ok(Vec::new());
            }
            End::Exited(_) => return Err(ToolError::GitConfiguration { said: ended.output }),
            _ => return outcome(ended, TIME).map(|_| Vec::new()),
        }
        let mut settings = Vec::new();
        for name in ended.output.split_terminator('\0') {
            if name.contains(['=', '\u{fffd}', '\n']) {
                return Err(ToolError::GitConfiguration { said: name.to_owned() });
            }
            let Some((driver, _)) = name.rsplit_once('.') else { continue };
            for (what, value) in
                [("clean", ""), ("smudge", ""), ("process", ""), ("required", "false")]
            {
                settings.push(format!("{driver}.{what}={value}"));
            }
        }
        settings.sort_unstable();
        settings.dedup();
        Ok(settings)
    }
}

//! Programs and shell lines, exactly as they were approved.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::system::environment::Environment;
use crate::system::programs::SearchPath;

use super::Cancel;
use super::error::ToolError;
use super::output::Outcome;
use super::process::{End, Ended, Job, run, variables};

/// Runs a program with its arguments as received.
pub(super) fn command(
    name: &str,
    arguments: &[String],
    directory: &Path,
    env: &Environment,
    time: Duration,
    cancel: &Cancel,
) -> Result<Outcome, ToolError> {
    let program = if name.contains('/') {
        // As in a shell: a name with a slash is a path from the working directory.
        let path = directory.join(name);
        path.is_file().then_some(path)
    } else {
        SearchPath::new(env).find(name)
    };
    let program = program.ok_or_else(|| ToolError::NoProgram { program: name.to_owned() })?;
    let arguments = arguments.iter().map(OsString::from).collect();
    spawn(&program, arguments, directory, env, time, cancel)
}

/// Runs the exact line, given to the shell as one argument.
pub(super) fn shell(
    line: &str,
    directory: &Path,
    env: &Environment,
    time: Duration,
    cancel: &Cancel,
) -> Result<Outcome, ToolError> {
    let shell = PathBuf::from("/bin/sh");
    spawn(&shell, vec!["-c".into(), line.into()], directory, env, time, cancel)
}

fn spawn(
    program: &Path,
    arguments: Vec<OsString>,
    directory: &Path,
    env: &Environment,
    time: Duration,
    cancel: &Cancel,
) -> Result<Outcome, ToolError> {
    let job = Job { program, arguments, directory, variables: variables(env), time };
    let ended =
        run(job, cancel).map_err(|error| ToolError::io(&program.to_string_lossy(), error))?;
    outcome(ended, time)
}

/// The output, followed by how the process ended if it failed.
pub(super) fn outcome(ended: Ended, time: Duration) -> Result<Outcome, ToolError> {
    let how = match ended.how {
        End::Exited(status) if status.success() => {
            return Ok(Outcome::done(ended.output));
        }
        End::Exited(status) => status.to_string(),
        End::TimedOut => format!("killed after {} s", time.as_secs_f64()),
        End::Flooded => "killed: it printed too much".to_owned(),
        End::Cancelled => return Err(ToolError::Cancelled),
    };
    let mut text = ended.output;
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(Outcome::failed(text + "[" + &how + "]"))
}

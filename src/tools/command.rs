//! Programs and shell lines, exactly as they were approved.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::system::environment::Environment;

use super::Cancel;
use super::error::ToolError;
use super::output::Outcome;
use super::process::{End, Ended, Job, program, run, variables};

/// A program with its arguments, each as it came.
pub(super) fn command(
    name: &str,
    arguments: &[String],
    directory: &Path,
    env: &Environment,
    time: Duration,
    cancel: &Cancel,
) -> Result<Outcome, ToolError> {
    let program = if name.contains('/') {
        // As a shell has it: a name with a slash is a path from where it stands.
        let path = directory.join(name);
        path.is_file().then_some(path)
    } else {
        program(name, env)
    };
    let program = program.ok_or_else(|| ToolError::NoProgram { program: name.to_owned() })?;
    let arguments = arguments.iter().map(OsString::from).collect();
    spawn(&program, arguments, directory, env, time, cancel)
}

/// The exact line, given to the shell as one argument.
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

/// The output, and under it how the process ended if not well.
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

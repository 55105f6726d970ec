//! One child process: in its own process group, with a clean environment and nothing on its
//! standard input. When it ends, is cancelled or takes too long, every process it started ends too.

use std::ffi::{OsStr, OsString};
use std::io::{self, PipeReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::system::clock::Deadline;
use crate::system::environment::Environment;
use crate::system::orphans;
use crate::system::programs::SearchPath;

use super::Cancel;
use super::output::{Ends, TEXT_BYTES};

/// How often a silent child is checked.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// How long to wait for output after the child ended.
const AFTERWARDS: Duration = Duration::from_millis(500);
/// How long processes that left the group may take to end.
const ORPHANS: Duration = Duration::from_secs(2);
/// How much a child may print, in bytes.
const FLOOD: u64 = 64 << 20;
/// Variables that children inherit; none of these names is one of a credential.
const VARIABLES: [&str; 7] = ["HOME", "LANG", "LANGUAGE", "LOGNAME", "TMPDIR", "TZ", "USER"];

pub(super) struct Job<'a> {
    /// An absolute path.
    pub(super) program: &'a Path,
    pub(super) arguments: Vec<OsString>,
    pub(super) directory: &'a Path,
    /// The complete environment.
    pub(super) variables: Vec<(OsString, OsString)>,
    pub(super) time: Duration,
}

#[derive(Debug)]
pub(super) struct Ended {
    /// Standard output and standard error in the order they arrived, cut in the middle.
    pub(super) output: String,
    /// Whether `output` is all of it.
    pub(super) complete: bool,
    pub(super) how: End,
}

/// Why a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Exited(ExitStatus),
    TimedOut,
    /// It printed more than the limit.
    Flooded,
    Cancelled,
}

/// The environment of a child: no credentials, no terminal, and only absolute directories on PATH.
pub(super) fn variables(env: &Environment) -> Vec<(OsString, OsString)> {
    let kept = |name: &OsStr| {
        VARIABLES.iter().any(|kept| name == *kept)
            || name.to_str().is_some_and(|name| name.starts_with("LC_"))
    };
    let mut variables: Vec<_> = env
        .iter()
        .filter(|(name, _)| kept(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    variables.push(("TERM".into(), "dumb".into()));
    variables.push(("PATH".into(), SearchPath::new(env).to_variable()));
    variables
}

/// Runs a program until it ends or is ended.
pub(super) fn run(job: Job<'_>, cancel: &Cancel) -> io::Result<Ended> {
    let deadline = Deadline::after(job.time);
    let (reader, child) = start(job)?;
    let mut group = Group { child };
    let pieces = read_in_background(reader)?;
    let mut output = Ends::new(TEXT_BYTES);
    let mut open = true;
    let end = loop {
        if group.has_exited()? {
            break None;
        }
        if cancel.is_cancelled() {
            break Some(End::Cancelled);
        }
        if deadline.has_passed() {
            break Some(End::TimedOut);
        }
        if output.total > FLOOD {
            break Some(End::Flooded);
        }
        open = open && take(&pieces, &mut output, LOOK_EVERY);
        if !open {
            // It ends now as a rule.
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    let status = group.end()?;
    orphans::end_all(ORPHANS);
    // A process that left the group may hold the pipe open forever.
    let afterwards = Deadline::after(AFTERWARDS);
    while open && !afterwards.has_passed() && output.total <= 2 * FLOOD {
        open = take(&pieces, &mut output, LOOK_EVERY);
    }
    let how = end.unwrap_or(End::Exited(status));
    Ok(Ended { output: output.text(), complete: !open && output.is_whole(), how })
}

fn start(job: Job<'_>) -> io::Result<(PipeReader, Child)> {
    let (reader, writer) = io::pipe()?;
    let mut command = Command::new(job.program);
    command
        .args(job.arguments)
        .current_dir(job.directory)
        .env_clear()
        .envs(job.variables)
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer);
    #[cfg(unix)]
    {
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        // Our own descriptors close themselves; inherited ones may not.
        close_fds::set_fds_cloexec_threadsafe(3, &[]);
    }
    orphans::adopt();
    let child = command.spawn()?;
    Ok((reader, child))
}

fn read_in_background(mut reader: PipeReader) -> io::Result<Receiver<Vec<u8>>> {
    // Few pieces: a flood waits in the pipe, not in memory.
    let (sender, pieces) = mpsc::sync_channel(4);
    std::thread::Builder::new().name("output".to_owned()).spawn(move || {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(length @ 1..) = reader.read(&mut buffer) {
            if sender.send(buffer[..length].to_vec()).is_err() {
                break;
            }
        }
    })?;
    Ok(pieces)
}

/// Takes one piece of output. Returns whether there may be more.
fn take(pieces: &Receiver<Vec<u8>>, output: &mut Ends, patience: Duration) -> bool {
    match pieces.recv_timeout(patience) {
        Ok(piece) => output.push(&piece),
        Err(RecvTimeoutError::Timeout) => {}
        Err(RecvTimeoutError::Disconnected) => return false,
    }
    true
}

/// A child and its process group, ended on drop.
struct Group {
    child: Child,
}

#[cfg(unix)]
impl Group {
    fn leader(&self) -> Option<rustix::process::Pid> {
        rustix::process::Pid::from_raw(self.child.id().cast_signed())
    }

    /// Does not reap the child: its number must stay in use until the group is killed.
    fn has_exited(&mut self) -> io::Result<bool> {
        use rustix::process::{WaitId, WaitIdOptions, waitid};
        let Some(leader) = self.leader() else { return Ok(true) };
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(waitid(WaitId::Pid(leader), options)?.is_some())
    }

    fn end(&mut self) -> io::Result<ExitStatus> {
        if let Some(leader) = self.leader() {
            // An empty group is no error.
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
        self.child.wait()
    }
}

#[cfg(not(unix))]
impl Group {
    fn has_exited(&mut self) -> io::Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    fn end(&mut self) -> io::Result<ExitStatus> {
        let _ = self.child.kill();
        self.child.wait()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // After a regular end the child was reaped and its number may be in use again.
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.end();
            orphans::end_all(ORPHANS);
        }
    }
}

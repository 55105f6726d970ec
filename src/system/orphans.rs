//! Processes whose parent ended. If this process is the glduo binary itself, it can adopt those that
//! its children leave behind, also the ones that began a session of their own, and end them.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether every child of this process is glduo's, which is not so in a test binary.
static IS_OURS: AtomicBool = AtomicBool::new(false);

/// Says that this process is the glduo binary and has no children but its own.
pub fn claim_this_process() {
    IS_OURS.store(true, Ordering::SeqCst);
}

/// Makes this process the parent of what its descendants leave behind. Without effect outside
/// Linux and in a process that was not claimed.
pub fn adopt() {
    #[cfg(target_os = "linux")]
    if IS_OURS.load(Ordering::SeqCst) {
        // Without it only the process group of a child is ended.
        let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
    }
}

/// Kills and reaps every descendant of this process, or gives up after `patience`. Without effect
/// where [`adopt`] has none.
pub fn end_all(patience: std::time::Duration) {
    #[cfg(target_os = "linux")]
    if IS_OURS.load(Ordering::SeqCst) {
        linux::end_all(patience);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = patience;
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::time::Duration;

    use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

    use crate::system::clock::Deadline;

    /// A descendant is a child, or becomes one when its parent is reaped, so all are gone when
    /// there is no child left.
    pub(super) fn end_all(patience: Duration) {
        let deadline = Deadline::after(patience);
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
        while !deadline.has_passed() {
            match waitid(WaitId::All, options) {
                Ok(Some(_)) => {}
                Ok(None) => {
                    for child in children() {
                        // One that is gone already needs nothing more.
                        let _ = kill_process(child, Signal::KILL);
                    }
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(_) => break,
            }
        }
    }

    /// The children of this process. Not from `/proc/self/task/*/children`, which not every kernel
    /// has.
    fn children() -> Vec<Pid> {
        let own = rustix::process::getpid();
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let processes = numbers.filter_map(Pid::from_raw);
        processes.filter(|process| parent_of(*process) == Some(own)).collect()
    }

    /// The second field after the name, which stands in parentheses and may have any in it.
    fn parent_of(process: Pid) -> Option<Pid> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", process.as_raw_pid())).ok()?;
        let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?;
        Pid::from_raw(parent.parse().ok()?)
    }
}

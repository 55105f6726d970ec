//! Keeps the memory of this process, which holds tokens, from other processes.

/// What [`Hardening::apply`] changed. The default has changed nothing.
#[derive(Debug, Default)]
pub struct Hardening {
    /// The limit on the size of core dumps before.
    #[cfg(unix)]
    core: Option<rustix::process::Rlimit>,
}

impl Hardening {
    /// Turns core dumps off. On Linux other processes of the same user, such as a command that a
    /// workflow may run, can no longer read memory and environment (PR_SET_DUMPABLE, prctl(2)).
    /// What cannot be changed stays.
    pub fn apply() -> Self {
        #[cfg(target_os = "linux")]
        let _ = rustix::process::set_dumpable_behavior(NOT_DUMPABLE);
        #[cfg(unix)]
        {
            use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
            let core = getrlimit(Resource::Core);
            let none = Rlimit { current: Some(0), maximum: core.maximum };
            Self { core: setrlimit(Resource::Core, none).is_ok().then_some(core) }
        }
        #[cfg(not(unix))]
        Self::default()
    }

    /// Takes it back, for a process that holds no token of the user's and whose children are to
    /// find everything as it was.
    pub fn lift(&self) {
        #[cfg(unix)]
        if let Some(core) = &self.core {
            use rustix::process::{Resource, setrlimit};
            let _ = setrlimit(Resource::Core, *core);
            #[cfg(target_os = "linux")]
            let _ = rustix::process::set_dumpable_behavior(DUMPABLE);
        }
    }
}

#[cfg(target_os = "linux")]
const NOT_DUMPABLE: rustix::process::DumpableBehavior =
    rustix::process::DumpableBehavior::NotDumpable;
#[cfg(target_os = "linux")]
const DUMPABLE: rustix::process::DumpableBehavior = rustix::process::DumpableBehavior::Dumpable;

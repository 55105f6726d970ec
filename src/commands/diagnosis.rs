//! What an error comes down to, for a command that goes on after it. The table of codes stands in
//! `exit`, which knows every room's errors and which no command may know: whoever starts the
//! program hands its door in.

/// An error in words, with the exit code that it would end a run with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Diagnosis {
    /// The exit code.
    pub(crate) exit: u8,
    /// What happened.
    pub(crate) message: String,
    /// What to do next.
    pub(crate) hint: Option<String>,
}

/// Finds out what an error comes down to.
pub(crate) type Diagnose = fn(&anyhow::Error) -> Diagnosis;

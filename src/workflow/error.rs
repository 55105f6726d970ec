//! How a workflow can end other than well, as facts.

use crate::duo::DuoError;
use crate::gitlab::GitlabError;

/// A workflow that did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum WorkflowError {
    /// GitLab did not let it begin, or go on.
    #[error(transparent)]
    Duo(DuoError),
    /// The service says that it failed.
    #[error("the workflow failed: {reason}")]
    Failed {
        /// The service's words; empty where it gave none.
        reason: String,
    },
    /// It was stopped or paused, not by us.
    #[error("the workflow was stopped ({status})")]
    Stopped {
        /// The service's word for it.
        status: String,
    },
    /// The plan needs an approval that cannot be given here.
    #[error("the workflow waits for an approval of its plan")]
    PlanApproval,
    /// No GitLab Credits are left.
    #[error("the GitLab Credits are used up: {reason}")]
    NoCredits {
        /// The service's words.
        reason: String,
    },
    /// The service could not use the start request.
    #[error("the workflow service refused the request: {reason}")]
    Invalid {
        /// The service's words.
        reason: String,
    },
    /// The workflow is held by another connection, and was after all repeats.
    #[error("another connection holds the workflow")]
    Held,
    /// The connection ended before the workflow did.
    #[error("the connection to the workflow ended before the workflow did: {how}")]
    Lost {
        /// How.
        how: Lost,
        /// How many tools had done their work by then, and how many were refused.
        done: (usize, usize),
    },
    /// The time that it was given is over; it was told to stop.
    #[error("the workflow took longer than {seconds} s and was stopped")]
    OutOfTime {
        /// The limit.
        seconds: u64,
        /// How many tools had done their work by then, and how many were refused.
        done: (usize, usize),
    },
}

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// The server closed it.
    #[error("close code {code}{}{reason}", if reason.is_empty() { "" } else { ": " })]
    Closed {
        /// RFC 6455 §7.4.
        code: u16,
        /// The server's words.
        reason: String,
    },
    /// It broke.
    #[error("{0}")]
    Broken(String),
    /// Nothing came for so many seconds.
    #[error("nothing came for {0} s")]
    Silent(u64),
    /// What came is not the protocol.
    #[error("what came is not understood: {0}")]
    Malformed(String),
}

impl From<GitlabError> for WorkflowError {
    fn from(error: GitlabError) -> Self {
        Self::Duo(crate::duo::of_direct_access(error))
    }
}

//! The Duo Workflow Service: a conversation over a websocket in which a server's agent works
//! with the tools of this machine, each call behind the policy.

mod approval;
mod checkpoint;
mod error;
mod protocol;
mod session;
mod socket;
mod worker;

pub use checkpoint::Status;
pub use error::{Lost, WorkflowError};
pub use protocol::{GitFacts, Start};
pub use session::{Answer, Event, Limits, Session, ToolUse};

//! The Duo Workflow Service: a conversation over a WebSocket in which GitLab's agent works with
//! the tools of this machine, each call behind the policy.
//!
//! Make a [`Session`] and call [`Session::next_event`] until it returns [`Event::End`] or an error.
//! It connects, reconnects, answers pings, decides by the policy and runs tools. It returns within
//! a quarter of a second, and at once if something came, a tool is done, a timer is over or
//! [`Session::notify`] was notified. A signal handler therefore keeps the signal and notifies; the
//! caller sees the signal at [`Event::Waiting`] and calls [`Session::stop`].
//!
//! After [`Event::Ask`] the caller continues to call `next_event` while the person thinks: the
//! service closes after 30 s without a pong. The prompt belongs on another thread, which notifies
//! when it has the answer for [`Session::answer`]. A session that is dropped cancels its tool.

mod approval;
mod calls;
mod checkpoint;
mod connection;
mod decisions;
mod error;
mod event;
mod http_tool;
mod incoming;
mod protocol;
mod reply;
mod session;
#[cfg(test)]
mod tests;
mod tool_run;

pub use checkpoint::Status;
pub use error::{Loss, WorkflowError};
pub use event::{Event, Limits, PersonAnswer, ToolUse};
pub use protocol::{GitFacts, Start};
pub use session::Session;

//! The Duo Workflow Service: a conversation over a websocket in which a server's agent works
//! with the tools of this machine, each call behind the policy.
//!
//! How a [`Session`] is driven: made with [`Session::begin`], which sends nothing, then
//! [`Session::next_event`] again and again until it gives [`Event::End`] or an error. `next` connects,
//! reconnects, answers pings, decides by the policy and runs tools; it returns within a quarter
//! of a second, at once when something came, a tool is done, a time is over or
//! [`Session::bell`] was rung. So a signal is kept and the bell rung; the loop sees the signal
//! at [`Event::Waiting`] and calls [`Session::stop`], which tells the service, kills children
//! and says goodbye.
//!
//! [`Event::Ask`] leaves the session to go on with reading: `next` has to be called while the
//! person thinks, or the service hangs up after 30 s. The prompt belongs on another thread,
//! which rings the bell; then [`Session::answer`]. A session that is dropped cancels its tool.

mod approval;
mod checkpoint;
mod decisions;
mod error;
mod event;
mod handshake;
mod http_tool;
mod inflow;
mod line;
mod protocol;
mod reading;
mod requests;
mod session;
mod socket;
#[cfg(test)]
mod tests;
mod worker;

pub use checkpoint::Status;
pub use error::{Lost, WorkflowError};
pub use event::{Answer, Event, Limits, ToolUse};
pub use protocol::{GitFacts, Start};
pub use session::Session;

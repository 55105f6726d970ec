//! The Duo Workflow Service as GitLab shows it to clients: workflows are created over REST and
//! run over a websocket, where a script in the agent's place asks for the client's tools. What
//! it takes, refuses and sends follows sessions that were recorded with the real service.

mod agent;
mod conversation;
mod events;
mod handshake;
mod ledger;
mod log;
mod report;
mod rest;
mod script;
mod socket;
mod tools;

pub(super) use conversation::converse;
pub(super) use handshake::{Opened, accept, open};
pub(super) use ledger::Workflows;
pub(super) use rest::{create, create_event, direct_access, show, trace, update};
pub use socket::Stream;

/// The path of the socket on the instance.
pub(super) const PATH: &str = "/api/v4/ai/duo_workflows/ws";

//! The Duo Workflow Service as GitLab shows it to clients: workflows are created over REST and
//! happen over a websocket, where a script in the agent's place asks for the client's tools.

mod action;
mod agent;
mod answers;
mod checkpoint;
mod conversation;
mod direct_access;
mod fields;
mod handshake;
mod ledger;
mod platform;
mod report;
mod script;
mod socket;
mod start;
mod workflows;

pub(super) use conversation::converse;
pub(super) use direct_access::grant;
pub(super) use handshake::{Opened, accept, open};
pub(super) use ledger::Workflows;
pub use socket::Stream;
pub(super) use workflows::{create, decide, show, update};

/// The path of the socket on the instance.
pub(super) const PATH: &str = "/api/v4/ai/duo_workflows/ws";

/// The flows that run here: a chat with tools, and software development.
const DEFINITIONS: [&str; 2] = ["chat", "software_development"];

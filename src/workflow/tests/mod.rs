//! The room as a whole, against a service that plays what a test scripted.

mod approvals;
mod frames;
mod handshakes;
mod losses;
mod support;

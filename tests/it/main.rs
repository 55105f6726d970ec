//! The integration tests, one binary so that they link once. `support` has what they share;
//! `sandbox` and `conformance` test the stand-in server that the others are tested with.

// Clippy knows a test by its attribute; what the tests call is test code too.
#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::unwrap_used)]

mod chat;
mod chat_input;
mod chat_schema;
mod chat_sessions;
mod conformance;
mod sandbox;
mod support;

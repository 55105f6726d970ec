//! The integration tests, one binary so that they link once. `support` has what they share;
//! `sandbox` and `conformance` test the stand-in server that the others are tested with;
//! `connect` tests logging in; `architecture` and `generated` test the project itself.

// Clippy knows a test by its attribute; what the tests call is test code too.
#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::unwrap_used)]

mod architecture;
mod conformance;
mod connect;
mod generated;
mod sandbox;
mod support;

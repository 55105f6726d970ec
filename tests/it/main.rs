//! The integration tests, one binary so that they link once. `support` has what they share;
//! `sandbox` and `conformance` test the stand-in server that the others are tested with;
//! `architecture`, `generated` and `package` test the project itself; `connect`, `mr` and the other nouns
//! test their command; `gateway_errors` what is made of recorded errors; `examples` and `help` what the help shows; `errors`, `pages`, `output`, `pace`, `secrets`, `settings` and `usage`
//! test what holds for every command, `process` and `parallel` the real binary.

// Clippy knows a test by its attribute; what the tests call is test code too.
#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::unwrap_used)]

mod architecture;
mod chat;
mod chat_input;
mod chat_schema;
mod chat_sessions;
mod chat_streams;
#[cfg(unix)]
mod ci;
mod completion;
mod config;
mod conformance;
mod connect;
mod dialects;
mod doctor;
mod errors;
#[cfg(unix)]
mod examples;
mod gateway_address;
mod gateway_errors;
#[cfg(unix)]
mod generated;
#[cfg(unix)]
mod help;
mod issue;
mod job_log;
mod jq;
mod lenient;
mod models;
mod mr;
mod note;
mod output;
mod pace;
mod package;
mod pages;
#[cfg(unix)]
mod parallel;
mod pipeline;
#[cfg(unix)]
mod process;
mod progress;
mod properties;
mod sandbox;
mod schemas;
mod secrets;
mod settings;
mod side_by_side;
mod strangers;
mod support;
mod usage;
mod watch;
mod workflow;

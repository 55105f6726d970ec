//! A command-line client for GitLab Duo: [`run`] is the whole program, given its arguments and
//! the world.

pub mod auth;
mod commands;
pub mod config;
pub mod duo;
pub mod exit;
pub mod gitlab;
pub mod http;
pub mod model;
pub mod sandbox;
pub mod system;
pub mod tools;
pub mod view;
pub mod workflow;

use std::ffi::OsString;
use std::io::Write as _;

use model::redact::Redactor;
use system::System;
use system::notes::{Notes, Verbosity};
use system::progress::Progress;

pub use commands::{ENVIRONMENT, EXIT_CODES, FILES, TOPICS, Topic};

/// The definition of the command line, for completions and man pages.
pub fn command() -> clap::Command {
    commands::definition()
}

/// Runs glduo with these arguments, the program's name first, and gives the exit code.
pub fn run(args: Vec<OsString>, system: &mut System) -> u8 {
    let json = commands::wants_json(&args);
    let progress = Progress::new(&system.stderr, system.terminal, &system.interrupts);
    system.stderr = progress.beside(system.stderr.clone());
    if system.terminal.stdout {
        system.stdout = progress.beside(system.stdout.clone());
    }
    let notes = Notes::new(system.stderr.clone(), Verbosity::default(), Redactor::default())
        .with_progress(progress);
    let outcome = commands::run(args, system, &notes, exit::diagnose);
    let flush = |code| match system.stdout.flush() {
        // What the command found stays true when nobody reads on.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(code),
    };
    match outcome.and_then(flush) {
        Ok(code) => code,
        Err(error) => exit::conclude(&error, json, &notes, &mut system.stdout),
    }
}

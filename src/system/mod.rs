//! The outside world as one value: environment, streams, terminal facts, clock, browser and
//! prompt. `main` captures the real one; tests build one by hand.

pub mod browser;
pub mod clock;
pub mod environment;
pub mod hardening;
pub mod interrupt;
pub mod notes;
pub mod notify;
pub mod orphans;
pub mod private_file;
pub mod programs;
pub mod progress;
pub mod prompt;
pub mod streams;
pub mod temporary;
pub mod terminal;

use std::path::PathBuf;
use std::sync::Arc;

use browser::Browser;
use clock::Clock;
use environment::Environment;
use hardening::Hardening;
use interrupt::Interrupts;
use prompt::Prompt;
use streams::{Input, Output};
use terminal::Terminal;

/// Everything a run may touch outside its own memory, the network and files left out.
pub struct System {
    /// The environment variables as they were at the start.
    pub env: Environment,
    /// Standard input.
    pub stdin: Input,
    /// Standard output: the answer and nothing else.
    pub stdout: Output,
    /// Standard error: notes, progress, prompts and errors.
    pub stderr: Output,
    /// What is known of the terminals behind the three streams.
    pub terminal: Terminal,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Shows a page to the person.
    pub browser: Box<dyn Browser>,
    /// Asks the person.
    pub prompt: Box<dyn Prompt>,
    /// What SIGHUP, SIGINT and SIGTERM do.
    pub interrupts: Interrupts,
    /// What keeps other processes from reading the memory.
    pub hardening: Hardening,
    /// The working directory at the start.
    pub working_directory: PathBuf,
    /// The administrator's configuration file, `/etc/glduo/config.json`.
    pub administrator_file: PathBuf,
    /// The program itself, for the sandbox's PATH; unknown on some systems.
    pub executable: Option<PathBuf>,
}

impl System {
    /// The real world, captured once.
    pub fn capture(interrupts: Interrupts, hardening: Hardening) -> Self {
        let env = Environment::capture();
        let terminal = Terminal::capture(&env);
        Self {
            stdin: Input::standard(),
            stdout: Output::standard_output(),
            stderr: Output::standard_error(),
            terminal,
            clock: Arc::new(clock::RealClock),
            browser: Box::new(browser::DesktopBrowser::new(&env)),
            prompt: Box::new(prompt::TerminalPrompt::new(&interrupts)),
            interrupts,
            hardening,
            working_directory: environment::working_directory(),
            administrator_file: PathBuf::from("/etc/glduo/config.json"),
            executable: environment::executable(),
            env,
        }
    }

    /// A world without streams and terminals, for unit tests.
    #[cfg(test)]
    pub(crate) fn for_tests(env: Environment, working_directory: PathBuf) -> Self {
        Self {
            stdin: Input::new(std::io::empty()),
            stdout: Output::new(std::io::sink()),
            stderr: Output::new(std::io::sink()),
            terminal: Terminal::default(),
            clock: Arc::new(clock::RealClock),
            browser: Box::new(browser::DesktopBrowser::new(&env)),
            prompt: Box::new(prompt::Nobody),
            interrupts: Interrupts::default(),
            hardening: Hardening::default(),
            administrator_file: working_directory.join("no-administrator-file"),
            working_directory,
            executable: None,
            env,
        }
    }
}

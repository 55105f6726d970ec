//! What is known of the terminals behind the standard streams.

use std::io::IsTerminal as _;

use super::environment::Environment;

/// Asked once at the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Terminal {
    /// Standard input is a terminal: someone could type.
    pub stdin: bool,
    /// Standard output is a terminal: someone reads the answer there.
    pub stdout: bool,
    /// Standard error is a terminal: someone sees notes and prompts.
    pub stderr: bool,
    /// Columns of the terminal on standard output; not probed off a terminal.
    pub width: Option<u16>,
    /// `TERM=dumb` or unset: no colour, no cursor movement.
    pub dumb: bool,
}

impl Terminal {
    /// The real ones.
    pub fn capture(env: &Environment) -> Self {
        let stdout = std::io::stdout().is_terminal();
        Self {
            stdin: std::io::stdin().is_terminal(),
            stdout,
            stderr: std::io::stderr().is_terminal(),
            width: if stdout { width(env) } else { None },
            dumb: env.get("TERM").is_none_or(|term| term == "dumb"),
        }
    }

    /// Whether a person is there to answer a prompt.
    pub fn can_prompt(&self) -> bool {
        self.stdin && self.stderr
    }
}

fn width(env: &Environment) -> Option<u16> {
    let stated = env.get("COLUMNS").and_then(|columns| columns.parse().ok());
    let probed = || Some(terminal_size::terminal_size()?.0.0);
    stated.or_else(probed).filter(|columns| *columns > 0)
}

//! Asking the person at the terminal.

use std::fs;
use std::io::{self, BufRead as _, BufReader};

use super::interrupt::Interrupts;

/// Asks questions. Callers ask only where [`super::terminal::Terminal::can_prompt`] says that
/// someone is there and no flag forbids it.
pub trait Prompt: Send {
    /// Asks and reads one line; an end of input is `UnexpectedEof`.
    fn line(&mut self, question: &str) -> io::Result<String>;
    /// Asks on the controlling terminal, wherever standard input comes from, and reads one
    /// line there; an end of input is an empty one.
    fn line_on_terminal(&mut self, question: &str) -> io::Result<String> {
        self.line(question)
    }
    /// Whether there is a controlling terminal to ask on.
    fn has_terminal(&self) -> bool {
        true
    }
    /// Asks and reads one line that is not shown while it is typed; an end of input is
    /// `UnexpectedEof`.
    fn hidden(&mut self, question: &str) -> io::Result<String>;
}

/// A place where nobody is.
#[derive(Debug)]
pub struct Nobody;

impl Prompt for Nobody {
    fn line(&mut self, _: &str) -> io::Result<String> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn hidden(&mut self, question: &str) -> io::Result<String> {
        self.line(question)
    }

    fn has_terminal(&self) -> bool {
        false
    }
}

/// The controlling terminal.
#[derive(Debug)]
pub struct TerminalPrompt {
    interrupts: Interrupts,
}

impl TerminalPrompt {
    /// The terminal, put right again before a signal ends the process.
    pub fn new(interrupts: &Interrupts) -> Self {
        Self { interrupts: interrupts.clone() }
    }
}

impl Prompt for TerminalPrompt {
    fn line(&mut self, question: &str) -> io::Result<String> {
        let mut stderr = io::stderr();
        io::Write::write_all(&mut stderr, question.as_bytes())?;
        io::Write::flush(&mut stderr)?;
        let mut answer = String::new();
        if io::stdin().read_line(&mut answer)? == 0 {
            return Err(left_without_an_answer());
        }
        Ok(answer.trim_end_matches(['\r', '\n']).to_owned())
    }

    fn has_terminal(&self) -> bool {
        fs::OpenOptions::new().read(true).write(true).open("/dev/tty").is_ok()
    }

    fn line_on_terminal(&mut self, question: &str) -> io::Result<String> {
        let mut terminal = fs::OpenOptions::new().read(true).write(true).open("/dev/tty")?;
        // What was typed before the question is no answer to it.
        #[cfg(unix)]
        rustix::termios::tcflush(&terminal, rustix::termios::QueueSelector::IFlush)?;
        io::Write::write_all(&mut terminal, question.as_bytes())?;
        io::Write::flush(&mut terminal)?;
        let mut answer = String::new();
        BufReader::new(terminal).read_line(&mut answer)?;
        Ok(answer.trim_end_matches(['\r', '\n']).to_owned())
    }

    fn hidden(&mut self, question: &str) -> io::Result<String> {
        match self.interrupts.restoring(as_it_is_now(), || rpassword::prompt_password(question))? {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(left_without_an_answer())
            }
            answer => answer,
        }
    }
}

/// The end of input (Ctrl-D); ends the line of the question.
fn left_without_an_answer() -> io::Error {
    let _ = io::Write::write_all(&mut io::stderr(), b"\n");
    io::ErrorKind::UnexpectedEof.into()
}

/// Restores the current state of the controlling terminal.
#[cfg(unix)]
fn as_it_is_now() -> impl FnOnce() + Send + 'static {
    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
    let terminal = fs::OpenOptions::new().read(true).write(true).open("/dev/tty");
    let now = terminal.and_then(|terminal| Ok((tcgetattr(&terminal)?, terminal)));
    move || {
        if let Ok((state, mut terminal)) = now {
            let _ = tcsetattr(&terminal, OptionalActions::Now, &state);
            let _ = io::Write::write_all(&mut terminal, b"\n");
        }
    }
}

#[cfg(not(unix))]
fn as_it_is_now() -> impl FnOnce() + Send + 'static {
    || ()
}

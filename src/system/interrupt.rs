//! What SIGINT and SIGTERM do: end the run with the codes of the contract, 130 and 143.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::streams::Output;

/// The signal that came first.
#[derive(Clone, Debug, Default)]
pub struct Kept(Arc<AtomicI32>);

impl Kept {
    /// The exit code that the contract has for it; `None` while there was none.
    pub fn exit_code(&self) -> Option<u8> {
        match self.0.load(Ordering::SeqCst) {
            0 => None,
            signal => u8::try_from(128 + signal).ok(),
        }
    }
}

/// What both signals do at the moment. The default does nothing about signals.
#[derive(Clone, Debug, Default)]
pub struct Interrupts {
    /// Whether SIGINT ends the process in its handler.
    interrupt_ends: Arc<AtomicBool>,
    /// Whether SIGTERM does.
    terminate_ends: Arc<AtomicBool>,
    installed: bool,
}

impl Interrupts {
    /// From here on both signals end the process at once, with an exit code instead of by the
    /// signal itself. Costs two system calls and no thread.
    pub fn install() -> io::Result<Self> {
        let ends = || Arc::new(AtomicBool::new(true));
        let interrupts = Self { interrupt_ends: ends(), terminate_ends: ends(), installed: true };
        for (signal, code, ends) in
            [(SIGINT, 130, &interrupts.interrupt_ends), (SIGTERM, 143, &interrupts.terminate_ends)]
        {
            signal_hook::flag::register_conditional_shutdown(signal, code, Arc::clone(ends))?;
        }
        Ok(interrupts)
    }

    /// From here on the first signal is only kept, for a run that has to end something on
    /// another machine first; a second one ends the process at once.
    pub fn keep_first(&self) -> io::Result<Kept> {
        self.keep_first_and(|| ())
    }

    /// The same, and does this once the signal is kept, such as to wake who waits.
    pub fn keep_first_and(&self, then: impl FnOnce() + Send + 'static) -> io::Result<Kept> {
        let kept = Kept::default();
        if !self.installed {
            return Ok(kept);
        }
        let switches = [Arc::clone(&self.interrupt_ends), Arc::clone(&self.terminate_ends)];
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        for ends in &switches {
            ends.store(false, Ordering::SeqCst);
        }
        let signal = Arc::clone(&kept.0);
        std::thread::spawn(move || {
            if let Some(first) = signals.forever().next() {
                for ends in &switches {
                    ends.store(true, Ordering::SeqCst);
                }
                signal.store(first, Ordering::SeqCst);
                then();
            }
        });
        Ok(kept)
    }

    /// Leaves SIGINT to a child process, which the terminal sends it too; we end when it ends.
    pub fn leave_interrupt_to_child(&self) {
        self.interrupt_ends.store(false, Ordering::SeqCst);
    }

    /// Lets the first signal end the line on this stream before it ends the process, so that
    /// the shell's prompt does not stand behind half an answer; a second one ends it at once.
    pub fn end_line_first(&self, stream: Output) -> io::Result<()> {
        self.write_first(stream, "\n")
    }

    /// The same with other text, such as the end of a colour and of the line.
    pub fn write_first(&self, mut stream: Output, text: &'static str) -> io::Result<()> {
        if !self.installed {
            return Ok(());
        }
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        let switches = [Arc::clone(&self.interrupt_ends), Arc::clone(&self.terminate_ends)];
        let set = |switches: &[Arc<AtomicBool>; 2], to| {
            for ends in switches {
                ends.store(to, Ordering::SeqCst);
            }
        };
        set(&switches, false);
        std::thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                set(&switches, true);
                let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
                std::process::exit(128 + signal);
            }
        });
        Ok(())
    }
}

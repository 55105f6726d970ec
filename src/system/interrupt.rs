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
    /// Whether the first is kept for a run that ends by itself.
    is_kept: Arc<AtomicBool>,
    installed: bool,
}

impl Interrupts {
    /// From here on both signals end the process at once, with an exit code instead of by the
    /// signal itself. Costs two system calls and no thread.
    pub fn install() -> io::Result<Self> {
        let ends = || Arc::new(AtomicBool::new(true));
        let interrupts = Self {
            interrupt_ends: ends(),
            terminate_ends: ends(),
            is_kept: Arc::default(),
            installed: true,
        };
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
        self.is_kept.store(true, Ordering::SeqCst);
        for ends in &switches {
            ends.store(false, Ordering::SeqCst);
        }
        let signal = Arc::clone(&kept.0);
        std::thread::spawn(move || {
            if let Some(first) = signals.forever().next() {
                signal.store(first, Ordering::SeqCst);
                // Before a second one can end the process.
                then();
                for ends in &switches {
                    ends.store(true, Ordering::SeqCst);
                }
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

    /// The same with other text, such as the end of a colour and of the line. Where the first
    /// signal is kept, it is written and ends nothing.
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
        let is_kept = Arc::clone(&self.is_kept);
        if !is_kept.load(Ordering::SeqCst) {
            set(&switches, false);
        }
        std::thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                let is_kept = is_kept.load(Ordering::SeqCst);
                if !is_kept {
                    set(&switches, true);
                }
                let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
                if !is_kept {
                    std::process::exit(128 + signal);
                }
            }
        });
        Ok(())
    }

    /// Does some work on what has to be put right again, such as a terminal that shows nothing
    /// of what is typed: a signal meanwhile does that first, and then ends the process.
    pub fn restoring<T>(
        &self,
        restore: impl FnOnce() + Send + 'static,
        work: impl FnOnce() -> T,
    ) -> io::Result<T> {
        if !self.installed {
            return Ok(work());
        }
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        let handle = signals.handle();
        let switches = [&self.interrupt_ends, &self.terminate_ends];
        let before = switches.map(|ends| ends.swap(false, Ordering::SeqCst));
        let watcher = std::thread::spawn(move || {
            let first = signals.forever().next();
            // One that comes as the work ends is not lost.
            if let Some(signal) = first.or_else(|| signals.pending().next()) {
                restore();
                std::process::exit(128 + signal);
            }
        });
        let done = work();
        for (ends, before) in switches.into_iter().zip(before) {
            ends.store(before, Ordering::SeqCst);
        }
        handle.close();
        // A signal that was on its way ends the process here.
        let _ = watcher.join();
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use super::*;
    use crate::system::clock::Deadline;

    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("a lock").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A handler that ended the process would end this test with it.
    #[test]
    fn what_is_written_first_ends_no_run_that_keeps_the_signal() {
        let (interrupts, screen) =
            (Interrupts { installed: true, ..Interrupts::default() }, Screen::default());
        let write = || interrupts.write_first(Output::new(screen.clone()), "|");
        write().expect("a handler");
        let kept = interrupts.keep_first().expect("a handler");
        write().expect("a handler");
        assert!(!interrupts.terminate_ends.load(Ordering::SeqCst));
        signal_hook::low_level::raise(SIGTERM).expect("raised");
        let until = Deadline::after(Duration::from_secs(20));
        let is_over = || {
            screen.0.lock().expect("a lock").len() == 2
                && kept.exit_code() == Some(143)
                && interrupts.terminate_ends.load(Ordering::SeqCst)
        };
        while !is_over() && !until.has_passed() {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(is_over());
    }
}

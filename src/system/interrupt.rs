//! What SIGHUP, SIGINT and SIGTERM do: they end the run with exit code 129, 130 or 143.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXFSZ};
use signal_hook::flag;
use signal_hook::iterator::Signals;

use super::streams::Output;

/// The signals that end a run.
const SIGNALS: [i32; 3] = [SIGHUP, SIGINT, SIGTERM];

/// The signal that came first.
#[derive(Clone, Debug, Default)]
pub struct Kept(Arc<AtomicI32>);

impl Kept {
    /// The exit code of the signal; `None` while there was none.
    pub fn exit_code(&self) -> Option<u8> {
        match self.0.load(Ordering::SeqCst) {
            0 => None,
            signal => u8::try_from(128 + signal).ok(),
        }
    }
}

/// One of [`SIGNALS`] with a handler.
#[derive(Clone, Debug)]
struct Handled {
    signal: i32,
    /// Whether the handler ends the process.
    ends: Arc<AtomicBool>,
}

/// What the signals do at the moment. The default handles none.
#[derive(Clone, Debug, Default)]
pub struct Interrupts {
    handled: Vec<Handled>,
    /// Whether the first signal is kept for a run that ends by itself.
    is_kept: Arc<AtomicBool>,
}

impl Interrupts {
    /// From here on the signals end the process at once, with an exit code instead of by the
    /// signal itself. A SIGHUP that is ignored, as by nohup, stays ignored. A write that makes a
    /// file too large fails instead of ending the process. Starts no thread.
    pub fn install() -> io::Result<Self> {
        flag::register(SIGXFSZ, Arc::default())?;
        let mut interrupts = Self::default();
        for signal in SIGNALS {
            if signal == SIGHUP && is_ignored(signal) {
                continue;
            }
            let ends = Arc::new(AtomicBool::new(true));
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&ends))?;
            interrupts.handled.push(Handled { signal, ends });
        }
        Ok(interrupts)
    }

    /// From here on the first signal is only kept, for a run that has to end something on
    /// another machine first; a second one ends the process at once.
    pub fn keep_first(&self) -> io::Result<Kept> {
        self.keep_first_and(|| ())
    }

    /// As [`Self::keep_first`], and calls `then` once the signal is kept, such as to wake a
    /// waiting thread.
    pub fn keep_first_and(&self, then: impl FnOnce() + Send + 'static) -> io::Result<Kept> {
        let kept = Kept::default();
        if self.handled.is_empty() {
            return Ok(kept);
        }
        let mut signals = self.signals()?;
        self.is_kept.store(true, Ordering::SeqCst);
        self.set_ends(false);
        let (signal, interrupts) = (Arc::clone(&kept.0), self.clone());
        std::thread::spawn(move || {
            if let Some(first) = signals.forever().next() {
                signal.store(first, Ordering::SeqCst);
                // Before a second one can end the process.
                then();
                interrupts.set_ends(true);
            }
        });
        Ok(kept)
    }

    /// Leaves SIGINT to a child process, which the terminal sends it too; we end when it ends.
    pub fn leave_interrupt_to_child(&self) {
        for handled in self.handled.iter().filter(|handled| handled.signal == SIGINT) {
            handled.ends.store(false, Ordering::SeqCst);
        }
    }

    /// Lets the first signal end the line on this stream before it ends the process, so that
    /// the shell's prompt does not follow half an answer; a second one ends the process at once.
    pub fn end_line_first(&self, stream: Output) -> io::Result<()> {
        self.write_first(stream, "\n")
    }

    /// As [`Self::end_line_first`] with other text, such as the end of a color and of the line.
    /// If the first signal is kept, the text is written and the process goes on.
    pub fn write_first(&self, mut stream: Output, text: &'static str) -> io::Result<()> {
        if self.handled.is_empty() {
            return Ok(());
        }
        let mut signals = self.signals()?;
        let interrupts = self.clone();
        if !self.is_kept.load(Ordering::SeqCst) {
            self.set_ends(false);
        }
        std::thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                let is_kept = interrupts.is_kept.load(Ordering::SeqCst);
                if !is_kept {
                    interrupts.set_ends(true);
                }
                let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
                if !is_kept {
                    std::process::exit(128 + signal);
                }
            }
        });
        Ok(())
    }

    /// Does work that changes something which a signal must restore, such as a terminal that
    /// does not show what is typed: a signal meanwhile calls `restore` and ends the process.
    pub fn restoring<T>(
        &self,
        restore: impl FnOnce() + Send + 'static,
        work: impl FnOnce() -> T,
    ) -> io::Result<T> {
        if self.handled.is_empty() {
            return Ok(work());
        }
        let mut signals = self.signals()?;
        // The terminal sends it too. Afterwards it does again what it did before.
        let is_over = Arc::new(AtomicBool::new(false));
        flag::register_conditional_default(SIGQUIT, Arc::clone(&is_over))?;
        signals.add_signal(SIGQUIT)?;
        let handle = signals.handle();
        let before: Vec<bool> =
            self.handled.iter().map(|it| it.ends.swap(false, Ordering::SeqCst)).collect();
        let watcher = std::thread::spawn(move || {
            let first = signals.forever().next();
            // One that comes as the work ends is not lost.
            if let Some(signal) = first.or_else(|| signals.pending().next()) {
                restore();
                std::process::exit(128 + signal);
            }
        });
        let done = work();
        is_over.store(true, Ordering::SeqCst);
        for (handled, before) in self.handled.iter().zip(before) {
            handled.ends.store(before, Ordering::SeqCst);
        }
        handle.close();
        // A signal that was on its way ends the process here.
        let _ = watcher.join();
        Ok(done)
    }

    fn signals(&self) -> io::Result<Signals> {
        Signals::new(self.handled.iter().map(|handled| handled.signal))
    }

    fn set_ends(&self, ends: bool) {
        for handled in &self.handled {
            handled.ends.store(ends, Ordering::SeqCst);
        }
    }
}

/// Whether the process ignores a signal. Known on Linux only, whose mask of ignored signals is
/// a hexadecimal number (proc_pid_status(5)).
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
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
        let handled = SIGNALS.map(|signal| Handled { signal, ends: Arc::default() }).to_vec();
        let interrupts = Interrupts { handled, ..Interrupts::default() };
        let screen = Screen::default();
        let write = || interrupts.write_first(Output::new(screen.clone()), "|");
        write().expect("a handler");
        let kept = interrupts.keep_first().expect("a handler");
        write().expect("a handler");
        let ends = |it: &Handled| it.ends.load(Ordering::SeqCst);
        assert!(!interrupts.handled.iter().any(ends));
        signal_hook::low_level::raise(SIGTERM).expect("raised");
        let until = Deadline::after(Duration::from_secs(20));
        let is_over = || {
            screen.0.lock().expect("a lock").len() == 2
                && kept.exit_code() == Some(143)
                && interrupts.handled.iter().all(ends)
        };
        while !is_over() && !until.has_passed() {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(is_over());
    }
}

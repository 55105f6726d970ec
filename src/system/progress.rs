//! One line on a terminal's standard error while something is waited for: there after half a
//! second, out of the way of everything else that is written, gone without a trace afterwards.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::interrupt::Interrupts;
use super::streams::Output;
use super::terminal::Terminal;
use crate::model::harmless::{Keep, harmless};

/// A wait that is shorter needs no line.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long each picture of the spinner stands.
const FRAME: Duration = Duration::from_millis(100);

/// Waits with less than this between them are one.
const PAUSE: Duration = Duration::from_millis(100);

const FRAMES: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

const ERASE: &str = "\r\x1b[K";

/// What is waited for where nobody says more.
const USUAL: &str = "waiting for GitLab";

/// Columns that the text may take where the terminal does not tell its own.
const COLUMNS: u16 = 80;

/// The line. Clones are the same line; where nobody watches there is none.
#[derive(Clone, Default)]
pub struct Progress(Option<Arc<Line>>);

struct Line {
    stderr: Output,
    columns: usize,
    interrupts: Interrupts,
    state: Mutex<State>,
}

struct State {
    /// How many wait at the moment.
    waiting: usize,
    /// When they began, or when something else was last written.
    since: Instant,
    /// When the last of them ended.
    ended: Instant,
    text: String,
    /// Something else has begun a line on this terminal and not ended it.
    is_taken: bool,
    is_shown: bool,
    is_drawn_by_thread: bool,
    has_handler: bool,
}

/// Somebody waits, until this is dropped.
#[must_use = "the wait ends when this is dropped"]
pub struct Wait(Progress);

impl Progress {
    /// A line on this stream, if that is a terminal which can move its cursor.
    pub fn new(stderr: &Output, terminal: Terminal, interrupts: &Interrupts) -> Self {
        if !terminal.stderr || terminal.dumb {
            return Self::default();
        }
        let now = Instant::now();
        let state = State {
            waiting: 0,
            since: now,
            ended: now,
            text: USUAL.to_owned(),
            is_taken: false,
            is_shown: false,
            is_drawn_by_thread: false,
            has_handler: false,
        };
        Self(Some(Arc::new(Line {
            stderr: stderr.clone(),
            columns: usize::from(terminal.width.unwrap_or(COLUMNS)),
            interrupts: interrupts.clone(),
            state: Mutex::new(state),
        })))
    }

    /// A stream to the same terminal, for which the line makes way.
    #[must_use]
    pub fn beside(&self, stream: Output) -> Output {
        match &self.0 {
            Some(line) => Output::new(Beside { stream, line: Arc::clone(line) }),
            None => stream,
        }
    }

    /// What is waited for from here on; shown when the wait is long.
    pub fn say(&self, text: &str) {
        if let Some(line) = &self.0 {
            line.state().text = harmless(text, Keep::Line).into_owned();
        }
    }

    /// Back to what is usually waited for.
    pub fn say_the_usual(&self) {
        self.say(USUAL);
    }

    /// A wait begins.
    pub fn wait(&self) -> Wait {
        if let Some(line) = &self.0 {
            line.begin();
        }
        Wait(self.clone())
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        if let Some(line) = &self.0.0 {
            line.end();
        }
    }
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(self: &Arc<Self>) {
        let mut state = self.state();
        state.waiting += 1;
        if state.waiting == 1 && state.ended.elapsed() > PAUSE {
            state.since = Instant::now();
        }
        if !state.is_drawn_by_thread {
            let line = Arc::clone(self);
            let thread = std::thread::Builder::new().spawn(move || line.draw());
            // Without a thread there is no line, no more.
            state.is_drawn_by_thread = thread.is_ok();
        }
    }

    fn end(&self) {
        let mut state = self.state();
        state.waiting -= 1;
        if state.waiting == 0 {
            state.ended = Instant::now();
            self.erase(&mut state);
        }
    }

    /// Draws while somebody waits, and ends soon after.
    fn draw(self: &Arc<Self>) {
        for frame in FRAMES.iter().cycle() {
            let mut state = self.state();
            if state.waiting == 0 && state.ended.elapsed() > PAUSE {
                state.is_drawn_by_thread = false;
                return;
            }
            let left = PATIENCE.saturating_sub(state.since.elapsed());
            if state.waiting > 0 && left.is_zero() && !state.is_taken {
                self.show(*frame, &mut state);
            }
            drop(state);
            std::thread::sleep(if left.is_zero() { FRAME } else { left });
        }
    }

    /// A failed write is no error: the answer matters more than what is said beside it.
    fn show(self: &Arc<Self>, frame: char, state: &mut State) {
        if !state.has_handler {
            state.has_handler = true;
            // What is written nowhere still makes the line go.
            let stderr = Beside { stream: self.stderr.clone(), line: Arc::clone(self) };
            let _ = self.interrupts.write_first(Output::new(stderr), "");
        }
        let text: String = state.text.chars().take(self.columns.saturating_sub(3)).collect();
        self.write(&format!("{ERASE}{frame} {text}"));
        state.is_shown = true;
    }

    fn erase(&self, state: &mut State) {
        if state.is_shown {
            self.write(ERASE);
            state.is_shown = false;
        }
    }

    fn write(&self, text: &str) {
        let mut stderr = self.stderr.lock();
        let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    }
}

/// A stream to the terminal of the line.
struct Beside {
    stream: Output,
    line: Arc<Line>,
}

impl Write for Beside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.line.state();
        self.line.erase(&mut state);
        let written = self.stream.write(bytes)?;
        state.since = Instant::now();
        if let Some(last) = bytes[..written].last() {
            // Who erases a line of their own leaves it free.
            state.is_taken = *last != b'\n' && !bytes[..written].ends_with(b"K");
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.line.erase(&mut self.line.state());
        self.stream.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Screen {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().expect("a lock").clone()).expect("UTF-8")
        }
    }

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("a lock").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn watched() -> (Progress, Screen, Output) {
        let screen = Screen::default();
        let output = Output::new(screen.clone());
        let terminal = Terminal { stderr: true, width: Some(20), ..Terminal::default() };
        (Progress::new(&output, terminal, &Interrupts::default()), screen, output)
    }

    const LONG: Duration = Duration::from_millis(900);

    #[test]
    fn a_long_wait_has_a_line_that_fits_and_goes() {
        let (progress, screen, _) = watched();
        progress.say("waiting for a very long name");
        let wait = progress.wait();
        std::thread::sleep(LONG);
        drop(wait);
        let text = screen.text();
        assert!(text.contains(" waiting for a ver\r"), "{text:?}");
        assert!(text.ends_with(ERASE), "{text:?}");
    }

    #[test]
    fn a_short_wait_has_none() {
        let (progress, screen, _) = watched();
        drop(progress.wait());
        std::thread::sleep(LONG);
        assert_eq!(screen.text(), "");
    }

    #[test]
    fn it_makes_way_for_what_is_written_and_stays_away_from_half_a_line() {
        let (progress, screen, output) = watched();
        let mut beside = progress.beside(output);
        let wait = progress.wait();
        std::thread::sleep(LONG);
        beside.write_all(b"half a line").expect("written");
        let text = screen.text();
        assert!(text.ends_with(&format!("{ERASE}half a line")), "{text:?}");
        std::thread::sleep(LONG);
        assert_eq!(screen.text(), text);
        drop(wait);
        assert_eq!(screen.text(), text);
    }

    #[test]
    fn where_nobody_watches_there_is_none() {
        for terminal in [
            Terminal { stdout: true, ..Terminal::default() },
            Terminal { stderr: true, dumb: true, ..Terminal::default() },
        ] {
            let output = Output::new(Screen::default());
            assert!(Progress::new(&output, terminal, &Interrupts::default()).0.is_none());
        }
    }
}

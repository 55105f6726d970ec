//! A world made by hand, in which `glduo::run` runs like any function: its own environment,
//! streams, terminal, clock, browser and folders.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{self, Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use glduo::model::address::Url;
use glduo::model::timestamp;
use glduo::system::System;
use glduo::system::browser::Browser;
use glduo::system::clock::Clock;
use glduo::system::environment::Environment;
use glduo::system::hardening::Hardening;
use glduo::system::interrupt::Interrupts;
use glduo::system::prompt::Prompt;
use glduo::system::streams::{Input, Output};
use glduo::system::terminal::Terminal;

/// What a run printed, and its exit code.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: u8,
}

impl Outcome {
    /// The error object that JSON output puts on the last line of standard error.
    pub(crate) fn error(&self) -> serde_json::Value {
        let last = self.stderr.lines().last().expect("a line on stderr");
        let json: serde_json::Value = serde_json::from_str(last).expect("JSON on the last line");
        json["error"].clone()
    }

    /// Standard output as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The world. Every run in it starts afresh with the same environment and folders.
pub(crate) struct World {
    env: Vec<(OsString, OsString)>,
    stdin: Vec<u8>,
    pub(crate) terminal: Terminal,
    pub(crate) clock: Arc<StillClock>,
    pub(crate) opened: Arc<Mutex<Vec<String>>>,
    pub(crate) has_browser: bool,
    person: Option<Person>,
    answers: Vec<String>,
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
    pub(crate) working_directory: PathBuf,
    folder: tempfile::TempDir,
}

impl World {
    /// Nothing set but a home of its own; no terminal anywhere.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let home = folder.path().join("home");
        let working_directory = folder.path().join("work");
        std::fs::create_dir_all(&home).expect("a home");
        std::fs::create_dir_all(&working_directory).expect("a working directory");
        Self {
            env: vec![("HOME".into(), home.into())],
            stdin: Vec::new(),
            terminal: Terminal { dumb: true, ..Terminal::default() },
            clock: Arc::new(StillClock::default()),
            opened: Arc::default(),
            has_browser: false,
            person: None,
            answers: Vec::new(),
            asked: Arc::default(),
            working_directory,
            folder,
        }
    }

    /// With a variable.
    pub(crate) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// With something on standard input.
    pub(crate) fn stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdin = text.into();
        self
    }

    /// With a person at a terminal of this width.
    pub(crate) fn on_terminal(mut self, width: u16) -> Self {
        self.terminal =
            Terminal { stdin: true, stdout: true, stderr: true, width: Some(width), dumb: false };
        self
    }

    /// With a browser in which somebody does this with every page that opens. Time passes
    /// while glduo waits for them.
    pub(crate) fn in_browser(mut self, person: impl Fn(Url) + Send + Sync + 'static) -> Self {
        self.has_browser = true;
        self.person = Some(Arc::new(person));
        self.clock.passes();
        self
    }

    /// With somebody at the terminal who answers this, in order.
    pub(crate) fn answering(mut self, answers: &[&str]) -> Self {
        self.answers = answers.iter().map(|answer| (*answer).to_owned()).collect();
        self.on_terminal(80)
    }

    /// A file of the administrator's, the user's or the project's, below the world's folder.
    /// Below the home directory it is private.
    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        let is_private = path.starts_with("home/");
        let path = self.path(path);
        let folder = path.parent().expect("a parent");
        std::fs::create_dir_all(folder).expect("folders");
        std::fs::write(&path, text).expect("a file");
        #[cfg(unix)]
        if is_private {
            use std::os::unix::fs::PermissionsExt as _;
            for (path, mode) in [(folder, 0o700), (&path, 0o600)] {
                let mode = std::fs::Permissions::from_mode(mode);
                std::fs::set_permissions(path, mode).expect("a mode");
            }
        }
        self
    }

    /// The user's configuration.
    pub(crate) fn user_config(self, text: &str) -> Self {
        self.file("home/.config/glduo/config.json", text)
    }

    /// A path below the world's folder: `home/…`, `work/…`, `etc/…`.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Runs glduo as a shell would, the line split at blanks.
    pub(crate) fn run(&self, line: &str) -> Outcome {
        self.run_args(&line.split_whitespace().collect::<Vec<_>>())
    }

    /// Runs glduo with these arguments.
    pub(crate) fn run_args(&self, args: &[&str]) -> Outcome {
        let (stdout, stderr) = (Sink::default(), Sink::default());
        let code = self.run_onto(args, Output::new(stdout.clone()), Output::new(stderr.clone()));
        Outcome { stdout: stdout.text(), stderr: stderr.text(), code }
    }

    /// Runs glduo on streams of the test's own.
    pub(crate) fn run_onto(&self, args: &[&str], stdout: Output, stderr: Output) -> u8 {
        let mut system = System {
            env: Environment::of(self.env.iter().cloned()),
            stdin: Input::new(Cursor::new(self.stdin.clone())),
            stdout,
            stderr,
            terminal: self.terminal,
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            browser: Box::new(RecordingBrowser {
                available: self.has_browser,
                opened: Arc::clone(&self.opened),
                person: self.person.clone(),
            }),
            prompt: Box::new(ScriptedPrompt {
                answers: self.answers.iter().cloned().collect(),
                asked: Arc::clone(&self.asked),
            }),
            interrupts: Interrupts::default(),
            hardening: Hardening::default(),
            working_directory: self.working_directory.clone(),
            administrator_file: self.path("etc/glduo/config.json"),
            executable: None,
        };
        let args = std::iter::once("glduo").chain(args.iter().copied()).map(OsString::from);
        glduo::run(args.collect(), &mut system)
    }
}

/// A stream that a test reads afterwards.
#[derive(Clone, Default)]
pub(crate) struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("no panic while writing").clone()).expect("UTF-8")
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic while writing").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A clock that stands at 2026-11-23T12:00:00Z, and moves on only where someone sleeps, which
/// takes next to no time unless somebody else has to do something meanwhile.
pub(crate) struct StillClock {
    now: Mutex<SystemTime>,
    passes: AtomicBool,
}

impl Default for StillClock {
    fn default() -> Self {
        let start = timestamp::parse_iso("2026-11-23T12:00:00Z").expect("a time");
        Self { now: Mutex::new(start), passes: AtomicBool::default() }
    }
}

impl StillClock {
    /// Sleeping takes its time from now on.
    pub(crate) fn passes(&self) {
        self.passes.store(true, Ordering::SeqCst);
    }

    /// Sleeping takes no time from now on.
    pub(crate) fn stands(&self) {
        self.passes.store(false, Ordering::SeqCst);
    }

    /// Puts it forward.
    pub(crate) fn advance(&self, duration: Duration) {
        *self.now.lock().expect("no panic in a clock") += duration;
    }
}

impl Clock for StillClock {
    fn now(&self) -> SystemTime {
        *self.now.lock().expect("no panic in a clock")
    }

    fn sleep(&self, duration: Duration) {
        // A process that another test just started has our locks until it runs its own program.
        let least = Duration::from_micros(50);
        let passes = self.passes.load(Ordering::SeqCst);
        std::thread::sleep(if passes { duration } else { least });
        self.advance(duration);
    }
}

type Person = Arc<dyn Fn(Url) + Send + Sync>;

struct RecordingBrowser {
    available: bool,
    opened: Arc<Mutex<Vec<String>>>,
    person: Option<Person>,
}

impl Browser for RecordingBrowser {
    fn is_available(&self) -> bool {
        self.available
    }

    fn open(&self, page: &Url) -> io::Result<()> {
        self.opened.lock().expect("no panic in a browser").push(page.to_string());
        if let Some(person) = self.person.clone() {
            let page = page.clone();
            std::thread::spawn(move || person(page));
        }
        Ok(())
    }
}

struct ScriptedPrompt {
    answers: VecDeque<String>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Prompt for ScriptedPrompt {
    fn line(&mut self, question: &str) -> io::Result<String> {
        self.asked.lock().expect("no panic in a prompt").push(question.to_owned());
        let answer = self.answers.pop_front();
        Ok(answer.unwrap_or_else(|| panic!("nobody is there to answer {question:?}")))
    }

    fn hidden(&mut self, question: &str) -> io::Result<String> {
        self.line(&format!("(hidden) {question}"))
    }
}

/// The folder of the project, for fixtures.
pub(crate) fn project_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

//! Showing a web page to the person at this machine.

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use super::environment::Environment;
use super::programs::SearchPath;
use crate::model::address::Url;

/// Opens pages.
pub trait Browser: Send {
    /// Whether there is one that could open.
    fn is_available(&self) -> bool;
    /// Opens a page without waiting for it to be closed.
    fn open(&self, page: &Url) -> io::Result<()>;
}

/// Variables that no other program gets.
const SECRETS: [&str; 4] =
    ["GITLAB_TOKEN", "GITLAB_ACCESS_TOKEN", "GITLAB_OAUTH_APP_SECRET", "CI_JOB_TOKEN"];
/// Programs that open pages on a Unix desktop, after those of `BROWSER`.
const OPENERS: [&[&str]; 5] =
    [&["xdg-open"], &["gio", "open"], &["kde-open"], &["wslview"], &["x-www-browser"]];
/// How long an opener takes to report that it found no browser.
const SOON: Duration = Duration::from_millis(300);

/// The desktop's default browser.
#[derive(Debug)]
pub struct DesktopBrowser {
    available: bool,
    path: SearchPath,
    named: Option<OsString>,
}

impl DesktopBrowser {
    /// On Unix without macOS a browser needs a display or the BROWSER variable.
    pub fn new(env: &Environment) -> Self {
        let named = ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER"];
        Self {
            available: !IS_UNIX_DESKTOP || env.first(&named).is_some(),
            path: SearchPath::new(env),
            named: env.get_os("BROWSER").map(OsStr::to_owned),
        }
    }
}

const IS_UNIX_DESKTOP: bool = cfg!(all(unix, not(target_os = "macos")));

impl Browser for DesktopBrowser {
    fn is_available(&self) -> bool {
        self.available
    }

    fn open(&self, page: &Url) -> io::Result<()> {
        if !matches!(page.scheme(), "http" | "https") {
            return Err(io::Error::other("only http and https pages are opened"));
        }
        self.start(page)
    }
}

impl DesktopBrowser {
    /// Starts the first program of `BROWSER`, else of [`OPENERS`], that finds a browser.
    #[cfg(all(unix, not(target_os = "macos")))]
    fn start(&self, page: &Url) -> io::Result<()> {
        let named = self.named.as_deref().and_then(OsStr::to_str).unwrap_or_default().split(':');
        let named = named.map(|line| line.split_whitespace().collect::<Vec<_>>());
        let known = OPENERS.iter().map(|words| words.to_vec());
        let lines = named.chain(known);
        for mut command in lines.filter_map(|words| command(&words, page, &self.path)) {
            if command.spawn().is_ok_and(goes_on) {
                return Ok(());
            }
        }
        Err(io::Error::new(io::ErrorKind::NotFound, "no browser was found"))
    }

    /// webbrowser uses the system's own interface; `suppress_output`, its default, hides the
    /// messages of the browser.
    #[cfg(not(all(unix, not(target_os = "macos"))))]
    fn start(&self, page: &Url) -> io::Result<()> {
        let options = webbrowser::BrowserOptions::default();
        webbrowser::open_browser_with_options(webbrowser::Browser::Default, page.as_str(), &options)
    }
}

/// A line such as those in `BROWSER`; the page replaces `%s`, or is the last argument. `None` if
/// there is no such program.
fn command(words: &[&str], page: &Url, path: &SearchPath) -> Option<Command> {
    let (program, rest) = words.split_first()?;
    let mut command = Command::new(path.find(program)?);
    command.args(rest.iter().map(|word| word.replace("%s", page.as_str())));
    if !rest.iter().any(|word| word.contains("%s")) {
        command.arg(page.as_str());
    }
    for name in SECRETS {
        command.env_remove(name);
    }
    // xdg-open is a script that starts programs by their names.
    command.env("PATH", path.to_variable());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Some(command)
}

/// Whether a program is running, or has succeeded already.
fn goes_on(mut child: Child) -> bool {
    thread::sleep(SOON);
    child.try_wait().is_ok_and(|status| status.is_none_or(|status| status.success()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &[&str]) -> Vec<String> {
        let page = Url::parse("http://h/?a=1&b=$(x)").expect("a URL");
        let path = SearchPath::new(&Environment::default());
        let command = command(line, &page, &path).expect("a command");
        command.get_args().map(|word| word.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn the_page_is_one_argument_in_its_place_or_at_the_end() {
        let page = "http://h/?a=1&b=$(x)";
        assert_eq!(words(&["sh", "--new-tab"]), ["--new-tab", page]);
        assert_eq!(words(&["/bin/sh", "--url=%s", "-q"]), [&format!("--url={page}"), "-q"]);
    }

    #[test]
    fn only_web_pages_are_opened() {
        let browser = DesktopBrowser::new(&Environment::of([("BROWSER", "/nowhere/x")]));
        let page = Url::parse("file:///etc/passwd").expect("a URL");
        assert!(browser.is_available() && browser.open(&page).is_err());
    }
}

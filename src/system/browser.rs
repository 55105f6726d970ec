//! Showing a web page to the person at this machine.

use std::io;

use super::environment::Environment;
use crate::model::address::Url;

/// Opens pages.
pub trait Browser: Send {
    /// Whether there is one that could open.
    fn is_available(&self) -> bool;
    /// Opens a page without waiting for it to be closed.
    fn open(&self, page: &Url) -> io::Result<()>;
}

/// The desktop's default browser.
#[derive(Debug)]
pub struct DesktopBrowser {
    available: bool,
}

impl DesktopBrowser {
    /// On Unix without macOS a browser needs a display or the BROWSER variable.
    pub fn new(env: &Environment) -> Self {
        let unix_desktop = cfg!(all(unix, not(target_os = "macos")));
        let named = ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER"];
        Self { available: !unix_desktop || env.first(&named).is_some() }
    }
}

impl Browser for DesktopBrowser {
    fn is_available(&self) -> bool {
        self.available
    }

    fn open(&self, page: &Url) -> io::Result<()> {
        if !matches!(page.scheme(), "http" | "https") {
            return Err(io::Error::other("only http and https pages are opened"));
        }
        // webbrowser runs no shell and takes the URL as one argument; `suppress_output` keeps
        // the browser's own messages off our streams.
        let options = webbrowser::BrowserOptions::default();
        webbrowser::open_browser_with_options(webbrowser::Browser::Default, page.as_str(), &options)
    }
}

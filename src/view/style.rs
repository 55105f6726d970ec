//! Whether an answer is coloured and linked, and the few colours that have a meaning.

use std::borrow::Cow;

use crate::model::address::Url;
use crate::system::environment::Environment;
use crate::system::terminal::Terminal;

/// What `--color` says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// On a terminal that can, unless the environment says otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Which stream is written to: each is a terminal or not by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// What a piece of text means; the colour follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// Open, running well, added lines: green.
    Opened,
    /// Closed, failed, removed lines: red.
    Closed,
    /// Merged: magenta.
    Merged,
    /// Not ready yet, or of minor interest: dim.
    Dim,
    /// Headings and titles: bold.
    Heading,
    /// Where a change stands in its file: cyan.
    Place,
    /// What to do next: yellow.
    Hint,
    /// Stressed in running text: italic.
    Emphasis,
}

impl Paint {
    /// What a state word of GitLab looks like; an unknown one is left plain.
    pub fn of_state(state: &str) -> Option<Self> {
        match state {
            "opened" => Some(Self::Opened),
            "closed" | "locked" => Some(Self::Closed),
            "merged" => Some(Self::Merged),
            _ => None,
        }
    }

    /// The SGR sequence that begins it (ECMA-48 §8.3.117).
    pub fn sgr(self) -> &'static str {
        match self {
            Self::Opened => "\x1b[32m",
            Self::Closed => "\x1b[31m",
            Self::Merged => "\x1b[35m",
            Self::Dim => "\x1b[2m",
            Self::Heading => "\x1b[1m",
            Self::Place => "\x1b[36m",
            Self::Hint => "\x1b[33m",
            Self::Emphasis => "\x1b[3m",
        }
    }
}

/// The sequence that ends every [`Paint`].
pub const RESET: &str = "\x1b[0m";

/// The same with the end of the line, for a run that is broken off anywhere.
pub const RESET_LINE: &str = "\x1b[0m\n";

/// The sequence that ends a link.
pub const LINK_END: &str = "\x1b]8;;\x1b\\";

/// What may be written besides text; [`Style::default`] is plain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// Colours.
    pub color: bool,
    /// OSC 8 hyperlinks.
    pub links: bool,
}

impl Style {
    /// Decides for one stream. A flag comes before the environment, `NO_COLOR` before
    /// `CLICOLOR_FORCE` (no-color.org, bixense.com/clicolors).
    pub fn decide(
        choice: ColorChoice,
        env: &Environment,
        terminal: &Terminal,
        stream: Stream,
    ) -> Self {
        let is_terminal = match stream {
            Stream::Stdout => terminal.stdout,
            Stream::Stderr => terminal.stderr,
        };
        let color = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if env.get_os("NO_COLOR").is_some() => false,
            ColorChoice::Auto if env.is_on("CLICOLOR_FORCE") => true,
            ColorChoice::Auto => is_terminal && !terminal.dumb,
        };
        let links = color && is_terminal && !terminal.dumb && shows_links(env);
        Self { color, links }
    }

    /// The text in its colour, or as it is where there is none.
    pub fn paint<'t>(&self, paint: Paint, text: &'t str) -> Cow<'t, str> {
        if self.color && !text.is_empty() {
            Cow::Owned(format!("{}{text}{RESET}", paint.sgr()))
        } else {
            Cow::Borrowed(text)
        }
    }

    /// The sequence that begins a link; `None` where links are off or the address is not one
    /// that is safe to offer for a click.
    pub fn link_start(&self, address: &str) -> Option<String> {
        if !self.links {
            return None;
        }
        let url = safe_link(address)?;
        Some(format!("\x1b]8;;{url}\x1b\\"))
    }
}

/// Only terminals known to show OSC 8 links: others print the address as litter. Multiplexers
/// pass on the variables of the terminal around them but not always the links.
fn shows_links(env: &Environment) -> bool {
    let term = env.get("TERM").unwrap_or_default();
    if term.starts_with("screen") || term.starts_with("tmux") || env.get("CI").is_some() {
        return false;
    }
    let vte = env.get("VTE_VERSION").and_then(|version| version.parse::<u32>().ok());
    let program = env.get("TERM_PROGRAM").unwrap_or_default();
    vte.is_some_and(|version| version >= 5000)
        || matches!(program, "iTerm.app" | "WezTerm" | "vscode" | "ghostty" | "Hyper")
        || matches!(term, "xterm-kitty" | "xterm-ghostty" | "alacritty" | "foot")
        || ["WT_SESSION", "KONSOLE_VERSION", "DOMTERM"].iter().any(|name| env.get(name).is_some())
}

/// An http or https address, encoded so that it holds visible ASCII only.
fn safe_link(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let plain = url.username().is_empty() && url.password().is_none();
    let shown = String::from(url);
    let web = shown.starts_with("https://") || shown.starts_with("http://");
    (web && plain && shown.bytes().all(|byte| byte.is_ascii_graphic())).then_some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(choice: ColorChoice, env: &[(&str, &str)], stdout: bool) -> Style {
        let terminal = Terminal { stdout, ..Terminal::default() };
        Style::decide(choice, &Environment::of(env.iter().copied()), &terminal, Stream::Stdout)
    }

    #[test]
    fn flags_come_before_the_environment_and_that_before_the_terminal() {
        use ColorChoice::{Always, Auto, Never};
        assert!(decide(Auto, &[], true).color);
        assert!(!decide(Auto, &[], false).color);
        assert!(!decide(Auto, &[("NO_COLOR", "1")], true).color);
        assert!(decide(Auto, &[("NO_COLOR", "")], true).color);
        assert!(decide(Auto, &[("CLICOLOR_FORCE", "1")], false).color);
        assert!(!decide(Auto, &[("CLICOLOR_FORCE", "0")], false).color);
        assert!(!decide(Auto, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], true).color);
        assert!(decide(Always, &[("NO_COLOR", "1")], false).color);
        assert!(!decide(Never, &[("CLICOLOR_FORCE", "1")], true).color);
    }

    #[test]
    fn each_stream_is_judged_by_itself_and_a_dumb_terminal_stays_plain() {
        let env = Environment::default();
        let piped = Terminal { stderr: true, ..Terminal::default() };
        let of = |terminal, stream| Style::decide(ColorChoice::Auto, &env, terminal, stream).color;
        assert!(of(&piped, Stream::Stderr) && !of(&piped, Stream::Stdout));
        let dumb = Terminal { stdout: true, dumb: true, ..Terminal::default() };
        assert!(!of(&dumb, Stream::Stdout));
    }

    #[test]
    fn links_are_for_terminals_known_to_show_them() {
        let auto = ColorChoice::Auto;
        assert!(decide(auto, &[("VTE_VERSION", "7006")], true).links);
        assert!(!decide(auto, &[("VTE_VERSION", "7006"), ("TERM", "screen-256color")], true).links);
        assert!(!decide(auto, &[("TERM", "xterm-256color")], true).links);
        assert!(!decide(ColorChoice::Always, &[("VTE_VERSION", "7006")], false).links);
    }

    #[test]
    fn a_link_is_a_plain_web_address_without_control_characters() {
        let style = Style { color: true, links: true };
        let start = style.link_start("https://host/g/p/-/merge_requests/1");
        assert_eq!(start.as_deref(), Some("\x1b]8;;https://host/g/p/-/merge_requests/1\x1b\\"));
        assert_eq!(style.link_start("javascript:alert(1)"), None);
        assert_eq!(style.link_start("https://gitlab.com@evil.example/"), None);
        let hostile = style.link_start("https://host/\x1b]0;x\x07\u{202e}").expect("encoded");
        assert_eq!(hostile, "\x1b]8;;https://host/%1B]0;x%07%E2%80%AE\x1b\\");
        assert_eq!(Style::default().link_start("https://host/"), None);
    }

    #[test]
    fn plain_style_leaves_text_alone() {
        assert_eq!(Style::default().paint(Paint::Merged, "merged"), "merged");
        let colored = Style { color: true, links: false };
        assert_eq!(colored.paint(Paint::Merged, "merged"), "\x1b[35mmerged\x1b[0m");
    }
}

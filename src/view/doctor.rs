//! What is well and what is not between this machine and an answer: for people, in a pipe, and
//! the shape of its JSON.

use serde::Serialize;

use super::layout::width;
use super::stdout::{OutputError, Stdout};
use super::style::Paint;
use super::table::push_line;
use crate::model::harmless::{Keep, harmless};

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// It is well.
    Ok,
    /// It works, and should be looked at.
    Warn,
    /// It does not work.
    Fail,
    /// It cannot be known.
    Skip,
}

impl Health {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }

    /// A mark to see at a glance; the word stands beside it.
    fn mark(self) -> &'static str {
        match self {
            Self::Ok => "\u{2713}",
            Self::Warn => "!",
            Self::Fail => "\u{2717}",
            Self::Skip => "-",
        }
    }

    fn paint(self) -> Paint {
        match self {
            Self::Ok => Paint::Opened,
            Self::Warn => Paint::Hint,
            Self::Fail => Paint::Closed,
            Self::Skip => Paint::Dim,
        }
    }
}

/// One check, the members in the documented order.
#[derive(Debug, Clone, Serialize)]
pub struct Checked {
    /// What was checked, in lower case with underscores.
    pub name: &'static str,
    /// What came of it.
    pub status: Health,
    /// What was found.
    pub detail: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// How long it took.
    pub duration_ms: u64,
}

impl Checked {
    /// The hint, for people: what is well needs nothing to be done.
    fn to_do(&self) -> Option<&str> {
        self.hint.as_deref().filter(|_| self.status != Health::Ok)
    }
}

/// All checks, in their order.
#[derive(Debug, Clone, Serialize)]
pub struct Examination {
    /// None failed.
    pub ok: bool,
    /// Every one of them.
    pub checks: Vec<Checked>,
}

/// Prints the checks: marked and fitted on a terminal, and in a pipe one a line, tab-separated:
/// name, status, detail, hint; the last is empty where nothing is to be done.
pub fn print_examination(
    examination: &Examination,
    stdout: &mut Stdout,
) -> Result<(), OutputError> {
    if !stdout.is_terminal {
        let mut lines = String::new();
        for check in &examination.checks {
            let hint = check.to_do().unwrap_or_default();
            let fields = [check.name, check.status.word(), &check.detail, hint];
            push_line(&mut lines, &fields.map(Into::into));
        }
        stdout.exact(lines.as_bytes())?;
        return stdout.flush();
    }
    let longest = examination.checks.iter().map(|check| check.name.len()).max().unwrap_or(0);
    for check in &examination.checks {
        print_check(check, longest, stdout)?;
    }
    print_summary(&examination.checks, stdout)?;
    stdout.flush()
}

/// Columns of the mark, the word and the blanks around them.
const BEFORE_NAME: usize = 9;

fn print_check(check: &Checked, longest: usize, stdout: &mut Stdout) -> Result<(), OutputError> {
    let (style, status) = (stdout.style, check.status);
    let state = format!("{} {:<4}", status.mark(), status.word());
    let name = format!("{:<longest$}", check.name);
    let indent = BEFORE_NAME + longest + 2;
    let room = stdout.width.saturating_sub(indent).max(24);
    let mut paragraphs = vec![(None, wrapped(&check.detail, room))];
    if let Some(hint) = check.to_do() {
        paragraphs.push((Some(Paint::Hint), wrapped(&format!("hint: {hint}"), room)));
    }
    let head = format!(" {}  {name}  ", style.paint(status.paint(), &state));
    stdout.exact(head.as_bytes())?;
    let lines =
        paragraphs.iter().flat_map(|(paint, lines)| lines.iter().map(move |it| (paint, it)));
    for (at, (paint, line)) in lines.enumerate() {
        if at > 0 {
            stdout.exact(" ".repeat(indent).as_bytes())?;
        }
        let line = harmless(line, Keep::Line);
        let shown = paint.map_or_else(|| line.clone(), |paint| style.paint(paint, &line));
        stdout.exact(shown.as_bytes())?;
        stdout.exact(b"\n")?;
    }
    Ok(())
}

/// The text in lines of so many columns, broken between words; a longer word stands alone.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let fits = lines
            .last()
            .is_none_or(|line| line.is_empty() || width(line) + 1 + width(word) <= room);
        if !fits {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

fn print_summary(checks: &[Checked], stdout: &mut Stdout) -> Result<(), OutputError> {
    let count = |health: Health| checks.iter().filter(|check| check.status == health).count();
    let parts = [Health::Ok, Health::Warn, Health::Fail, Health::Skip];
    let counts = parts.map(|health| (count(health), health));
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, health)| format!("{count} {}", health.word()))
        .collect();
    let first = checks.iter().find(|check| check.status == Health::Fail);
    let (paint, verdict) = match first {
        Some(check) => (Paint::Closed, format!("begin with {}", check.name)),
        None if count(Health::Warn) > 0 => (Paint::Hint, "it works".to_owned()),
        None => (Paint::Opened, "all that can be known is well".to_owned()),
    };
    let line = format!("{}: {verdict}", counts.join(", "));
    let style = stdout.style;
    stdout.exact(format!("\n {}\n", style.paint(paint, &line)).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_never_inside_one() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(
            wrapped("https://gitlab.example.com is far", 10),
            ["https://gitlab.example.com", "is far"]
        );
        assert_eq!(wrapped("", 5), [""]);
    }
}

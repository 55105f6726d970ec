//! Text to lines: carriage returns, GitLab's section marks, and what stands before each line.

use crate::model::harmless::field;
use crate::view::style::RESET;

/// A line that is longer is given out in parts.
const LONGEST_LINE: usize = 64 << 10;

/// Colours of overwritten text that are kept; more of them are reset instead.
const MOST_COLORS: usize = 256;

/// The line that is being read.
#[derive(Debug)]
pub(super) struct Lines {
    color: bool,
    /// Ends in a tab; empty where lines have none.
    lead: String,
    line: String,
    /// A part of the line is out already.
    is_begun: bool,
    /// What comes next overwrites the line.
    returned: bool,
    had_mark: bool,
    color_is_on: bool,
}

impl Lines {
    pub(super) fn new(color: bool, lead: Option<&str>) -> Self {
        let lead = lead.map(|lead| format!("{}\t", field(lead))).unwrap_or_default();
        Self {
            color,
            lead,
            line: String::new(),
            is_begun: false,
            returned: false,
            had_mark: false,
            color_is_on: false,
        }
    }

    pub(super) fn text(&mut self, text: &str, shown: &mut String) {
        if std::mem::take(&mut self.returned) {
            self.line = colors(&self.line);
        }
        self.line.push_str(text);
        if self.line.len() > LONGEST_LINE {
            self.begin(shown);
        }
    }

    /// Colour with these parameters (SGR).
    pub(super) fn color(&mut self, parameters: &str) {
        if self.color {
            self.line.extend(["\x1b[", parameters, "m"]);
            let sets = |part: &str| !part.trim_matches('0').is_empty();
            self.color_is_on = parameters.split([';', ':']).any(sets);
        }
    }

    /// A section mark is one only with its carriage return.
    pub(super) fn carriage_return(&mut self) {
        match mark_at_end(&self.line) {
            Some(start) => {
                self.line.truncate(start);
                self.had_mark = true;
            }
            None => self.returned = true,
        }
    }

    pub(super) fn line_feed(&mut self, shown: &mut String) {
        self.returned = false;
        // A line that held a mark alone is none; colours in it go on to the next one.
        if std::mem::take(&mut self.had_mark) && !self.is_begun && !has_text(&self.line) {
            return;
        }
        self.begin(shown);
        shown.push('\n');
        self.is_begun = false;
    }

    pub(super) fn finish(&mut self, shown: &mut String) {
        if self.is_begun || has_text(&self.line) {
            self.begin(shown);
            shown.push('\n');
        } else {
            shown.push_str(&self.line);
        }
        if self.color_is_on {
            shown.push_str(RESET);
        }
        let lead = std::mem::take(&mut self.lead);
        *self = Self { lead, ..Self::new(self.color, None) };
    }

    fn begin(&mut self, shown: &mut String) {
        if !std::mem::replace(&mut self.is_begun, true) {
            shown.push_str(&self.lead);
        }
        shown.push_str(&self.line);
        self.line.clear();
    }
}

/// Where a section mark begins that the line ends with:
/// `section_start:1700000000:name[collapsed=true]` (GitLab documentation, "Job logs").
fn mark_at_end(line: &str) -> Option<usize> {
    let start = line.rfind("section_start:").into_iter().chain(line.rfind("section_end:")).max()?;
    let (_, rest) = line[start..].split_once(':')?;
    let (time, name) = rest.split_once(':')?;
    let (name, options) = name.split_once('[').map_or((name, "]"), |(name, rest)| (name, rest));
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let is_mark = !time.is_empty()
        && time.bytes().all(|byte| byte.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(is_name)
        && options.find(']') == Some(options.len() - 1);
    is_mark.then_some(start)
}

/// Whether there is more than colour. The only control sequences in a line are ours.
fn has_text(line: &str) -> bool {
    line.split('\x1b').enumerate().any(|(at, part)| match part.split_once('m') {
        Some((_, text)) if at > 0 => !text.is_empty(),
        _ => !part.is_empty(),
    })
}

/// The colours of a line without its text.
fn colors(line: &str) -> String {
    let mut kept = String::new();
    for (parameters, _) in line.split('\x1b').skip(1).filter_map(|part| part.split_once('m')) {
        kept.extend(["\x1b", parameters, "m"]);
    }
    if kept.len() > MOST_COLORS { RESET.to_owned() } else { kept }
}

//! Turns text into lines: carriage returns, GitLab's section markers, and the prefix of each line.

use crate::model::harmless::field;
use crate::view::style::RESET;

/// A longer line is written in parts.
const LONGEST_LINE: usize = 64 << 10;

/// The most bytes of color sequences without text that are held. More are replaced with a reset.
const MOST_COLORS: usize = 256;

/// The line that is being read. It holds text and our own color sequences, nothing else.
#[derive(Debug)]
pub(super) struct Lines {
    color: bool,
    /// Ends in a tab, or is empty.
    lead: String,
    line: String,
    /// How many bytes of the line are text.
    text: usize,
    /// A part of the line is already written.
    is_begun: bool,
    /// The next text overwrites the line.
    returned: bool,
    had_marker: bool,
    color_is_on: bool,
}

impl Lines {
    pub(super) fn new(color: bool, lead: Option<&str>) -> Self {
        let lead = lead.map(|lead| format!("{}\t", field(lead))).unwrap_or_default();
        Self {
            color,
            lead,
            line: String::new(),
            text: 0,
            is_begun: false,
            returned: false,
            had_marker: false,
            color_is_on: false,
        }
    }

    pub(super) fn text(&mut self, text: &str, shown: &mut String) {
        if std::mem::take(&mut self.returned) {
            self.line = colors(&self.line);
            self.text = 0;
        }
        self.line.push_str(text);
        self.text += text.len();
        self.limit(shown);
    }

    /// A color sequence (SGR) with these parameters.
    pub(super) fn color(&mut self, parameters: &str, shown: &mut String) {
        if !self.color {
            return;
        }
        if self.text == 0 && self.line.len() > MOST_COLORS {
            RESET.clone_into(&mut self.line);
        }
        self.line.extend(["\x1b[", parameters, "m"]);
        let sets = |part: &str| !part.trim_matches('0').is_empty();
        self.color_is_on = parameters.split([';', ':']).any(sets);
        self.limit(shown);
    }

    /// A section marker counts only if a carriage return ends it. A second return in a row ends
    /// none, so the line is not searched again.
    pub(super) fn carriage_return(&mut self) {
        if self.returned {
            return;
        }
        match marker_at_end(&self.line) {
            Some(start) => {
                self.text -= self.line.len() - start;
                self.line.truncate(start);
                self.had_marker = true;
            }
            None => self.returned = true,
        }
    }

    pub(super) fn line_feed(&mut self, shown: &mut String) {
        self.returned = false;
        // A line with nothing but a marker is omitted; its colors continue on the next line.
        if std::mem::take(&mut self.had_marker) && !self.is_begun && self.text == 0 {
            return;
        }
        self.begin(shown);
        shown.push('\n');
        self.is_begun = false;
    }

    pub(super) fn finish(&mut self, shown: &mut String) {
        if self.is_begun || self.text > 0 {
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

    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.line.capacity()
    }

    fn limit(&mut self, shown: &mut String) {
        if self.line.len() > LONGEST_LINE {
            self.begin(shown);
        }
    }

    fn begin(&mut self, shown: &mut String) {
        if !std::mem::replace(&mut self.is_begun, true) {
            shown.push_str(&self.lead);
        }
        shown.push_str(&self.line);
        self.line.clear();
        self.text = 0;
    }
}

/// Where the section marker begins that the line ends with:
/// `section_start:1700000000:name[collapsed=true]` (GitLab documentation, "Job logs"). Reads
/// backwards, so that a long line in front costs nothing.
fn marker_at_end(line: &str) -> Option<usize> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let head = match line.strip_suffix(']') {
        Some(options) => {
            options
                .rsplit_once(['[', ']', '\x1b'])
                .filter(|(head, _)| options[head.len()..].starts_with('['))?
                .0
        }
        None => line,
    };
    let head = cut_end(head, is_name)?.strip_suffix(':')?;
    let head = cut_end(head, |c| c.is_ascii_digit())?;
    ["section_start:", "section_end:"].iter().find_map(|kind| head.strip_suffix(kind)).map(str::len)
}

/// The text without the characters of this kind at its end, of which there must be one.
fn cut_end(text: &str, is_kind: impl Fn(char) -> bool) -> Option<&str> {
    let head = text.trim_end_matches(is_kind);
    (head.len() < text.len()).then_some(head)
}

/// The color sequences of a line without its text.
fn colors(line: &str) -> String {
    let mut kept = String::new();
    for (parameters, _) in line.split('\x1b').skip(1).filter_map(|part| part.split_once('m')) {
        kept.extend(["\x1b", parameters, "m"]);
    }
    if kept.len() > MOST_COLORS { RESET.to_owned() } else { kept }
}

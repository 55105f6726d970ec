//! Markdown as it streams: what stands on the terminal is the text itself with colours around
//! it, so that nothing is lost where the text only looks like Markdown.

use super::style::{Paint, RESET};
use crate::model::fenced::Fence;

/// Styles text that comes in pieces. Every character is given out as soon as it is known what
/// it begins: only the signs at the start of a line and runs of delimiters are held back.
#[derive(Debug, Default)]
pub struct MarkdownStream {
    /// The signs of this line or run that are not understood yet.
    held: String,
    at: At,
    fence: Option<Fence>,
    line: Look,
    span: Look,
    /// The backticks that began a code span.
    ticks: usize,
    previous: Option<char>,
    shown: Look,
}

/// Where in a line the next character stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum At {
    #[default]
    LineStart,
    /// In a line that may open or close a block; it is whole before that is known.
    FenceLine,
    Text,
}

/// What text looks like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Look {
    bold: bool,
    italic: bool,
    code: bool,
    dim: bool,
}

impl Look {
    const HEADING: Self = Self { bold: true, italic: false, code: false, dim: false };
    const CODE: Self = Self { bold: false, italic: false, code: true, dim: false };
    const DIM: Self = Self { bold: false, italic: false, code: false, dim: true };

    fn and(self, other: Self) -> Self {
        Self {
            bold: self.bold || other.bold,
            italic: self.italic || other.italic,
            code: self.code || other.code,
            dim: self.dim || other.dim,
        }
    }
}

impl MarkdownStream {
    /// What can be shown after this piece; the text is harmless already.
    pub fn push(&mut self, piece: &str) -> String {
        let mut out = String::with_capacity(piece.len() + piece.len() / 4);
        for c in piece.chars() {
            self.take(c, &mut out);
        }
        out
    }

    /// What was held back when the text ended, and the end of every colour.
    pub fn finish(&mut self) -> String {
        let mut out = String::new();
        self.settle(None, &mut out);
        self.show(Look::default(), "", &mut out);
        *self = Self::default();
        out
    }

    fn take(&mut self, c: char, out: &mut String) {
        if c == '\n' {
            self.settle(None, out);
            self.show(Look::default(), "\n", out);
            let fence = self.fence;
            *self = Self { fence, ..Self::default() };
            return;
        }
        match self.at {
            At::LineStart => self.line_start(c, out),
            At::FenceLine => self.fence_line(c, out),
            At::Text => self.text(c, out),
        }
    }

    /// Signs that tell what a line is: they are few, so they are held back until it is known.
    fn line_start(&mut self, c: char, out: &mut String) {
        let signs = self.held.trim_start_matches(' ');
        let goes_on = match (self.fence, signs.chars().next()) {
            (_, None) => " `~".contains(c) || (self.fence.is_none() && is_sign(c)),
            (Some(_), Some(first)) => c == first,
            (None, Some('`' | '~')) => signs.starts_with(c),
            (None, Some('#')) => c == '#',
            (None, Some(first)) => {
                first.is_ascii_digit() && (c.is_ascii_digit() || ".)".contains(c))
            }
        };
        if goes_on && self.held.len() < 100 {
            self.held.push(c);
        } else if is_fence_run(signs) && (self.fence.is_some() || c != '`') {
            self.at = At::FenceLine;
            self.fence_line(c, out);
        } else {
            self.settle(Some(c), out);
            self.take(c, out);
        }
    }

    /// Inside a block only blanks may follow the signs of its end.
    fn fence_line(&mut self, c: char, out: &mut String) {
        if self.fence.is_some() && !c.is_whitespace() {
            self.release_code(out);
            self.text(c, out);
        } else if self.held.len() < 200 {
            self.held.push(c);
        } else {
            self.settle(Some(c), out);
            self.text(c, out);
        }
    }

    fn release_code(&mut self, out: &mut String) {
        let held = std::mem::take(&mut self.held);
        self.show(Look::CODE, &held, out);
        self.at = At::Text;
    }

    /// Gives out what is held back, `next` being what follows it in the line.
    fn settle(&mut self, next: Option<char>, out: &mut String) {
        match self.at {
            At::LineStart | At::FenceLine => self.settle_line(next, out),
            At::Text => self.settle_run(next, out),
        }
        self.at = At::Text;
    }

    fn settle_line(&mut self, next: Option<char>, out: &mut String) {
        if let Some(open) = self.fence {
            if next.is_none() && open.is_closed_by(&self.held) {
                self.fence = None;
                let held = std::mem::take(&mut self.held);
                self.show(Look::DIM, &held, out);
            } else {
                self.release_code(out);
            }
            return;
        }
        if let Some(opened) = Fence::opening(&self.held).filter(|_| next.is_none()) {
            self.fence = Some(opened);
            let held = std::mem::take(&mut self.held);
            self.show(Look::DIM, &held, out);
            return;
        }
        let blank_follows = next.is_none_or(char::is_whitespace);
        let signs = self.held.trim_start_matches(' ').to_owned();
        let (lead, look) = match signs.chars().next() {
            Some('#') if signs.len() <= 6 && blank_follows => (Look::HEADING, Look::HEADING),
            Some('-' | '+' | '*') if blank_follows => (Look::DIM, Look::default()),
            Some(c) if c.is_ascii_digit() && blank_follows && signs.ends_with(['.', ')']) => {
                (Look::DIM, Look::default())
            }
            Some('>') => (Look::DIM, Look { italic: true, ..Look::default() }),
            // Delimiters of running text: understood as such with what follows.
            _ => {
                let from = self.held.len() - signs.len();
                let spaces = self.held.drain(..from).collect::<String>();
                self.show(Look::default(), &spaces, out);
                // More of the same may follow, as in `**`.
                if next.is_none() || !signs.chars().all(|c| "*`".contains(c)) {
                    self.settle_run(next, out);
                }
                return;
            }
        };
        self.line = look;
        let held = std::mem::take(&mut self.held);
        self.show(lead, &held, out);
    }

    fn text(&mut self, c: char, out: &mut String) {
        if self.fence.is_some() {
            return self.show(Look::CODE, c.encode_utf8(&mut [0; 4]), out);
        }
        let goes_on = self.held.is_empty() || self.held.starts_with(c);
        let is_delimiter = c == '`' || (self.ticks == 0 && matches!(c, '*' | '_'));
        if is_delimiter && goes_on && self.held.len() < 100 {
            return self.held.push(c);
        }
        self.settle_run(Some(c), out);
        if is_delimiter {
            return self.held.push(c);
        }
        let look = self.line.and(self.span);
        self.show(look, c.encode_utf8(&mut [0; 4]), out);
        self.previous = Some(c);
    }

    /// A run of delimiters opens or closes a span (CommonMark §6.1 and §6.2, less what needs a
    /// look ahead): to open it must stand before and not within a word.
    fn settle_run(&mut self, next: Option<char>, out: &mut String) {
        let run = std::mem::take(&mut self.held);
        let Some(sign) = run.chars().next() else { return };
        let before = self.span;
        let opens = next.is_some_and(|c| !c.is_whitespace())
            && !self.previous.is_some_and(char::is_alphanumeric);
        if sign == '`' {
            if self.ticks == run.len() {
                self.ticks = 0;
                self.span.code = false;
            } else if self.ticks == 0 && next.is_some() {
                self.ticks = run.len();
                self.span.code = true;
            }
        } else if "*_".contains(sign) {
            let closes = self.previous.is_some_and(|c| !c.is_whitespace())
                && (sign == '*' || !next.is_some_and(char::is_alphanumeric));
            let turned = |on: bool, applies: bool| {
                if applies { (on && !closes) || (!on && opens) } else { on }
            };
            self.span.bold = turned(self.span.bold, matches!(run.len(), 2 | 3));
            self.span.italic = turned(self.span.italic, matches!(run.len(), 1 | 3));
        }
        let look = self.line.and(before).and(self.span);
        self.show(look, &run, out);
        self.previous = Some(sign);
    }

    fn show(&mut self, look: Look, text: &str, out: &mut String) {
        if look != self.shown {
            if self.shown != Look::default() {
                out.push_str(RESET);
            }
            for (is_on, paint) in [
                (look.bold, Paint::Heading),
                (look.italic, Paint::Emphasis),
                (look.code, Paint::Place),
                (look.dim, Paint::Dim),
            ] {
                if is_on {
                    out.push_str(paint.sgr());
                }
            }
            self.shown = look;
        }
        out.push_str(text);
    }
}

/// What can begin a line that is more than running text, besides fences.
fn is_sign(c: char) -> bool {
    c.is_ascii_digit() || "#-+*>".contains(c)
}

fn is_fence_run(signs: &str) -> bool {
    let sign = signs.chars().next();
    signs.len() >= 3
        && sign.is_some_and(|sign| "`~".contains(sign) && signs.chars().all(|c| c == sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn styled(text: &str) -> String {
        let mut stream = MarkdownStream::default();
        stream.push(text) + &stream.finish()
    }

    /// The colours as short tags.
    fn tagged(text: &str) -> String {
        [
            ("\x1b[0m", "⟩"),
            ("\x1b[1m", "⟨b "),
            ("\x1b[3m", "⟨i "),
            ("\x1b[36m", "⟨c "),
            ("\x1b[2m", "⟨d "),
        ]
        .iter()
        .fold(styled(text), |text, (sgr, tag)| text.replace(sgr, tag))
    }

    fn plain(styled: &str) -> String {
        ["\x1b[0m", "\x1b[1m", "\x1b[3m", "\x1b[36m", "\x1b[2m"]
            .iter()
            .fold(styled.to_owned(), |text, sgr| text.replace(sgr, ""))
    }

    #[test]
    fn headings_lists_quotes_emphasis_and_code_are_styled() {
        assert_eq!(tagged("## Why\nso"), "⟨b ## Why⟩\nso");
        assert_eq!(tagged("- one\n  * two\n12. three"), "⟨d -⟩ one\n⟨d   *⟩ two\n⟨d 12.⟩ three");
        assert_eq!(tagged("a **b c** d"), "a ⟨b **b c**⟩ d");
        assert_eq!(tagged("*a* _b_ ***c***"), "⟨i *a*⟩ ⟨i _b_⟩ ⟨b ⟨i ***c***⟩");
        assert_eq!(tagged("**a** b"), "⟨b **a**⟩ b");
        assert_eq!(tagged("run `ls *x*` now"), "run ⟨c `ls *x*`⟩ now");
        assert_eq!(tagged("``a ` b`` c"), "⟨c ``a ` b``⟩ c");
        assert_eq!(tagged("> said"), "⟨d >⟩⟨i  said⟩");
    }

    #[test]
    fn a_fenced_block_is_code_to_its_own_end() {
        let text = "```rust\n# **x**\n``\n~~~\n````\nafter *x*";
        let expected = "⟨d ```rust⟩\n⟨c # **x**⟩\n⟨c ``⟩\n⟨c ~~~⟩\n⟨d ````⟩\nafter ⟨i *x*⟩";
        assert_eq!(tagged(text), expected);
        assert_eq!(tagged("```\n```x\n```"), "⟨d ```⟩\n⟨c ```x⟩\n⟨d ```⟩");
    }

    #[test]
    fn what_only_looks_like_markdown_is_left_alone() {
        for text in [
            "2 * 3 ** 4",
            "snake_case_name",
            "a#b",
            "#hashtag",
            "-flag",
            "1.5 GB",
            "x*y*z",
            "####### seven",
            "3 items",
            "* ",
            "",
        ] {
            assert_eq!(plain(&styled(text)), text);
        }
        for text in ["2 * 3 ** 4", "snake_case_name", "#hashtag", "-flag", "1.5 GB", "x*y"] {
            assert_eq!(styled(text), text);
        }
    }

    #[test]
    fn a_span_that_is_never_closed_ends_with_its_line() {
        assert_eq!(tagged("**open\nnext"), "⟨b **open⟩\nnext");
        assert_eq!(tagged("a `b\nc"), "a ⟨c `b⟩\nc");
    }

    #[test]
    fn every_way_to_cut_the_text_shows_the_same_and_loses_nothing() {
        let text = "# T `c` **b**\n\n1. *x*\n   ```sh\n   ls `x`\n   ```\n> q\n``span`` ~~~ _e_\n```\nö **\n``` \n***all*** `";
        let whole = styled(text);
        assert_eq!(plain(&whole), text);
        for (cut, _) in text.char_indices() {
            let mut stream = MarkdownStream::default();
            let shown = stream.push(&text[..cut]) + &stream.push(&text[cut..]) + &stream.finish();
            assert_eq!(shown, whole, "cut at {cut}");
        }
    }

    #[test]
    fn words_are_shown_as_they_come() {
        let mut stream = MarkdownStream::default();
        assert_eq!(stream.push("Hel"), "Hel");
        assert_eq!(stream.push("lo **"), "lo ");
        assert_eq!(stream.push("wor"), "\x1b[1m**wor");
        assert_eq!(stream.push("ld**"), "ld");
        assert_eq!(stream.finish(), "**\x1b[0m");
    }
}

//! Fenced code blocks of Markdown (CommonMark §4.5): putting text into one, and taking the
//! first one out.

/// The text in a fence that nothing in it can close, with an info string after the opening.
pub fn fence(info: &str, text: &str) -> String {
    let ticks = "`".repeat(longest_run(text).max(2) + 1);
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{ticks}{info}\n{text}{end}{ticks}")
}

/// The longest run of backticks anywhere in the text.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// The text of the first fenced block, with its last line end; `None` if there is no block. One
/// that is not closed ends with the text.
pub fn first_block(text: &str) -> Option<String> {
    let mut lines = text.split_inclusive('\n');
    while let Some(line) = lines.next() {
        let Some(opening) = Fence::opening(line) else { continue };
        let mut block = String::new();
        for line in lines.by_ref() {
            if opening.is_closed_by(line) {
                return Some(block);
            }
            block.push_str(opening.unindented(line));
        }
        return Some(block);
    }
    None
}

/// The line that opens a block. Blocks inside lists are indented as far as the list's text is,
/// so any indentation is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fence {
    indent: usize,
    sign: char,
    length: usize,
}

impl Fence {
    /// Reads an opening line: three or more backticks or tildes.
    pub fn opening(line: &str) -> Option<Self> {
        let text = line.trim_start_matches(' ');
        let sign = text.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let info = text.trim_start_matches(sign);
        let length = text.len() - info.len();
        // An info string with backticks in it makes the line a code span.
        let is_span = sign == '`' && info.contains('`');
        (length >= 3 && !is_span).then_some(Self { indent: line.len() - text.len(), sign, length })
    }

    /// Whether a line closes the block.
    pub fn is_closed_by(&self, line: &str) -> bool {
        let text = line.trim();
        text.len() >= self.length && text.chars().all(|c| c == self.sign)
    }

    /// The line less the indentation that it owes to the fence's own.
    fn unindented<'l>(&self, line: &'l str) -> &'l str {
        let spaces = line.len() - line.trim_start_matches(' ').len();
        &line[spaces.min(self.indent)..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_closes_its_fence() {
        assert_eq!(fence("rs", "fn x() {}"), "```rs\nfn x() {}\n```");
        assert_eq!(fence("", "a\n"), "```\na\n```");
        assert_eq!(fence("md", "````\nx\n````\n"), "`````md\n````\nx\n````\n`````");
        for text in ["", "`", "```", "x ``````` y", "```\n"] {
            let block = first_block(&fence("", text)).expect("a block");
            assert_eq!(block.trim_end_matches('\n'), text.trim_end_matches('\n'), "{text:?}");
        }
    }

    #[test]
    fn the_first_closed_block_is_taken() {
        assert_eq!(first_block("Here:\n```sh\nls\n```\n```\nno\n```").as_deref(), Some("ls\n"));
        assert_eq!(first_block("~~~\n```\n~~~~\n").as_deref(), Some("```\n"));
        assert_eq!(
            first_block("1. x\n\n   ```\n   a\n     b\n   ```\n").as_deref(),
            Some("a\n  b\n")
        );
        assert_eq!(first_block("```\n```\n").as_deref(), Some(""));
        assert_eq!(first_block("````\n```\nx\n````").as_deref(), Some("```\nx\n"));
    }

    #[test]
    fn spans_are_no_blocks_and_an_open_block_ends_with_the_text() {
        for text in ["", "plain", "``` a ``` b", "``\nx\n``"] {
            assert_eq!(first_block(text), None, "{text}");
        }
        assert_eq!(first_block("Here:\n```sh\nls\npwd").as_deref(), Some("ls\npwd"));
        assert_eq!(first_block("```sh").as_deref(), Some(""));
    }
}

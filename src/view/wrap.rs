//! Breaking Markdown's prose between words where a terminal would break it inside of them.

use std::borrow::Cow;

use super::layout::width;

/// The text in lines of at most `columns` columns as far as its words allow it. Code and tables
/// are left alone: a break would make something else of them.
pub fn wrapped(text: &str, columns: usize) -> Cow<'_, str> {
    if text.lines().all(|line| width(line) <= columns) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    let mut fence: Option<&str> = None;
    for line in text.split_inclusive('\n') {
        let start = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark));
        let is_code = fence.is_some() || mark.is_some();
        if mark.is_some() && (fence.is_none() || fence == mark) {
            fence = if fence.is_none() { mark } else { None };
        }
        let is_laid_out = line.starts_with("    ") || line.contains('\t') || start.starts_with('|');
        if is_code || is_laid_out || width(line.trim_end()) <= columns {
            out.push_str(line);
        } else {
            push_line(&mut out, line, columns);
        }
    }
    Cow::Owned(out)
}

fn push_line(out: &mut String, line: &str, columns: usize) {
    let lead = lead(line);
    let (marker, prose) = line.split_at(lead.len());
    // A quotation goes on as one; below a list's mark there is nothing.
    let next = marker.replace(|c| c != '>', " ");
    out.push_str(marker);
    let mut taken = width(marker);
    let mut is_first = true;
    for piece in prose.split_inclusive(' ') {
        let word = width(piece.trim_end());
        if !is_first && taken + word > columns {
            out.truncate(out.trim_end_matches(' ').len());
            out.push('\n');
            out.push_str(&next);
            taken = width(&next);
        }
        out.push_str(piece);
        taken += width(piece);
        is_first = false;
    }
}

/// The blanks and the mark of a list or quotation that a line begins with.
fn lead(line: &str) -> &str {
    let prose = line.trim_start_matches([' ', '>']);
    let after_number = prose.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_numbered = after_number.len() < prose.len();
    let marks: &[&str] = if is_numbered { &[". ", ") "] } else { &["- ", "* ", "+ "] };
    let rest = marks.iter().find_map(|mark| after_number.strip_prefix(mark)).unwrap_or(prose);
    &line[..line.len() - rest.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_breaks_between_words() {
        assert_eq!(wrapped("one two three", 7), "one two\nthree");
        assert_eq!(wrapped("one two  three\n\nfour\n", 8), "one two\nthree\n\nfour\n");
        assert_eq!(wrapped("日本 の題 名", 7), "日本\nの題 名");
        assert!(matches!(wrapped("one two", 7), Cow::Borrowed(_)));
    }

    #[test]
    fn a_word_too_long_is_left_whole() {
        let link = "see https://gitlab.example.com/a/b now";
        assert_eq!(wrapped(link, 10), "see\nhttps://gitlab.example.com/a/b\nnow");
        assert_eq!(wrapped("abcdefgh", 3), "abcdefgh");
    }

    #[test]
    fn lists_and_quotations_keep_their_shape() {
        assert_eq!(wrapped("- one two three", 10), "- one two\n  three");
        assert_eq!(wrapped("  12. one two three", 13), "  12. one two\n      three");
        assert_eq!(wrapped("> one two three", 10), "> one two\n> three");
        assert_eq!(wrapped("> - one two three", 12), "> - one two\n>   three");
        assert_eq!(wrapped("2026 was a good year", 12), "2026 was a\ngood year");
    }

    #[test]
    fn code_and_tables_are_left_alone() {
        for text in [
            "```\none two three\n~~~\none two three\n```\n",
            "    one two three",
            "| one | two | three |",
            "one\ttwo three four",
        ] {
            assert_eq!(wrapped(text, 8), text);
        }
        assert_eq!(wrapped("```\na b c d e\n```\na b c d e", 5), "```\na b c d e\n```\na b c\nd e");
    }
}

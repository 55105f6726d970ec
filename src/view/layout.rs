//! How wide text is on a terminal, and cutting it to fit.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::model::harmless::{Keep, harmless};

/// The columns that a text takes.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The text in at most `columns` columns, an ellipsis where something was left out.
pub fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let Some(room) = columns.checked_sub(1) else {
        return Cow::Borrowed("");
    };
    let mut taken = 0;
    let mut fits = |(_, c): &(usize, char)| {
        taken += c.width().unwrap_or(0);
        taken <= room
    };
    let end =
        text.char_indices().take_while(&mut fits).last().map_or(0, |(at, c)| at + c.len_utf8());
    let mut kept = &text[..end];
    // A sequence can be wider than its characters one by one (emoji with a variation selector).
    while width(kept) > room {
        let shorter = kept.char_indices().next_back().map_or(0, |(at, _)| at);
        kept = &kept[..shorter];
    }
    // A joiner at the end would join the ellipsis.
    Cow::Owned(format!("{}…", kept.trim_end_matches(['\u{200d}', ' '])))
}

/// How a column may be made narrower.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// Never: what stands there is of no use in part.
    Whole,
    /// Down to this many columns.
    Cut(usize),
    /// The same, and left twice as wide as the others: what people read first.
    CutLess(usize),
}

/// The widths that columns get where they take `natural` columns by themselves and `room`
/// columns are there, gaps left out. The widest that may be cut give first. On a terminal too
/// narrow even so the sum stays over `room`.
pub fn fit(natural: &[usize], fits: &[Fit], room: usize) -> Vec<usize> {
    let total: usize = natural.iter().sum();
    if total <= room {
        return natural.to_vec();
    }
    let at = |level: usize| -> Vec<usize> {
        let narrowed = natural.iter().zip(fits).map(|(width, fit)| match fit {
            Fit::Whole => *width,
            Fit::Cut(least) => (*width).min(level.max(*least)),
            Fit::CutLess(least) => (*width).min((2 * level).max(*least)),
        });
        narrowed.collect()
    };
    let widest = natural.iter().copied().max().unwrap_or(0);
    let fitting = (0..=widest).rev().find(|level| at(*level).iter().sum::<usize>() <= room);
    let mut widths = at(fitting.unwrap_or(0));
    give_rest(&mut widths, natural, fits, room);
    widths
}

/// Cutting all to one level can leave a few columns over; the first cut ones get them.
fn give_rest(widths: &mut [usize], natural: &[usize], fits: &[Fit], room: usize) {
    let mut rest = room.saturating_sub(widths.iter().sum());
    for ((width, natural), fit) in widths.iter_mut().zip(natural).zip(fits) {
        if *fit != Fit::Whole && *width < *natural && rest > 0 {
            let given = rest.min(*natural - *width);
            *width += given;
            rest -= given;
        }
    }
}

/// Facts one after another, `taken` columns already used in the first line: a fact that does not
/// fit begins a line of its own.
pub(super) fn in_lines(facts: &[String], taken: usize, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = taken;
    for fact in facts {
        let needed = width(&harmless(fact, Keep::Line)) + 3;
        if used + needed > columns && used > 0 {
            lines.push(String::new());
            used = 0;
        }
        used += needed;
        if let Some(line) = lines.last_mut() {
            line.push_str(if line.is_empty() { "· " } else { " · " });
            line.push_str(fact);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_counts_columns_not_bytes() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("longer", 5), "long…");
        assert_eq!(cut("日本語の題名", 6), "日本…");
        assert_eq!(cut("日本語の題名", 12), "日本語の題名");
        assert_eq!(cut("word next", 6), "word…");
        assert_eq!(cut("abc", 0), "");
    }

    #[test]
    fn a_cut_text_is_never_wider_than_asked() {
        let texts = [
            "👩\u{200d}🚀👩\u{200d}🚀👩\u{200d}🚀 rockets",
            "❤️❤️❤️❤️❤️❤️",
            "e\u{301}e\u{301}e\u{301}e\u{301}",
            "ﷺﷺﷺ",
        ];
        for text in texts {
            for columns in 0..12 {
                assert!(width(&cut(text, columns)) <= columns, "{text} in {columns}");
            }
        }
    }

    #[test]
    fn the_widest_columns_give_first_and_whole_ones_never() {
        let fits = [Fit::Whole, Fit::Cut(8), Fit::Cut(4), Fit::Whole];
        assert_eq!(fit(&[4, 50, 10, 12], &fits, 100), [4, 50, 10, 12]);
        assert_eq!(fit(&[4, 50, 10, 12], &fits, 60), [4, 34, 10, 12]);
        assert_eq!(fit(&[4, 50, 40, 12], &fits, 57), [4, 21, 20, 12]);
        assert_eq!(fit(&[4, 50, 10, 12], &fits, 10), [4, 8, 4, 12]);
        let fits = [Fit::CutLess(8), Fit::Cut(4)];
        assert_eq!(fit(&[50, 40], &fits, 100), [50, 40]);
        assert_eq!(fit(&[50, 40], &fits, 60), [40, 20]);
        assert_eq!(fit(&[20, 40], &fits, 45), [20, 25]);
        assert_eq!(fit(&[50, 40], &fits, 5), [8, 4]);
    }

    #[test]
    fn a_heading_that_is_too_long_goes_on_below_between_two_facts() {
        let facts = ["main", "a91957a8", "push", "took 2m 3s"].map(str::to_owned);
        let told = in_lines(&facts, 18, 40);
        assert_eq!(told, ["· main · a91957a8", "· push · took 2m 3s"]);
        assert_eq!(in_lines(&facts, 18, 48), ["· main · a91957a8 · push", "· took 2m 3s"]);
        assert_eq!(in_lines(&facts, 18, usize::MAX).len(), 1);
        assert_eq!(in_lines(&[], 18, 40), [""]);
    }
}

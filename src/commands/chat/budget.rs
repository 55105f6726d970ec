//! How much of GitLab's text goes with a question.

use std::borrow::Cow;

/// The most bytes of GitLab's text that go with a question: 100,000 tokens or so, half of the
/// smallest context that Duo's chat models have.
pub(super) const TOTAL: usize = 400_000;

/// Which end of a text matters more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Matters {
    /// Descriptions and diffs begin with what they are.
    Beginning,
    /// A log ends with what went wrong.
    End,
}

/// The bytes that texts of these lengths get of `total`: all get the same, and what a short one
/// leaves goes to the longer ones.
pub(super) fn shares(lengths: &[usize], total: usize) -> Vec<usize> {
    let sum = |level: usize| lengths.iter().map(|length| (*length).min(level)).sum::<usize>();
    let (mut fits, mut too_much) = (0, total.saturating_add(1));
    while too_much - fits > 1 {
        let level = fits + (too_much - fits) / 2;
        if sum(level) <= total { fits = level } else { too_much = level }
    }
    lengths.iter().map(|length| (*length).min(fits)).collect()
}

/// At most `room` bytes of a text, whole lines, with a line that says how many bytes are
/// missing, `before` of which were never there; and that number.
pub(super) fn cut(text: &str, room: usize, matters: Matters, before: u64) -> (Cow<'_, str>, u64) {
    if text.len() <= room && before == 0 {
        return (Cow::Borrowed(text), 0);
    }
    let missing = |kept: &str| before + (text.len() - kept.len()) as u64;
    match matters {
        Matters::Beginning => {
            let kept = &text[..text.floor_char_boundary(room)];
            let kept = kept.rfind('\n').map_or(kept, |end| &kept[..=end]);
            let missing = missing(kept);
            (Cow::Owned(format!("{kept}[… {missing} bytes left out …]\n")), missing)
        }
        Matters::End => {
            let kept = &text[text.ceil_char_boundary(text.len().saturating_sub(room))..];
            let kept = kept.find('\n').map_or(kept, |end| &kept[end + 1..]);
            let missing = missing(kept);
            (Cow::Owned(format!("[… {missing} bytes left out …]\n{kept}")), missing)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_leave_their_share_to_the_long_ones() {
        assert_eq!(shares(&[10, 20], 100), [10, 20]);
        assert_eq!(shares(&[10, 500, 500], 110), [10, 50, 50]);
        assert_eq!(shares(&[500, 500, 500], 100), [33, 33, 33]);
        assert_eq!(shares(&[], 100), Vec::<usize>::new());
    }

    #[test]
    fn whole_lines_stay_and_what_is_missing_is_said() {
        let text = "one\ntwo\nthrée\n";
        let cut = |text, room, matters, before| {
            let (text, missing) = cut(text, room, matters, before);
            (text.into_owned(), missing)
        };
        let own = |text: &str, missing| (text.to_owned(), missing);
        assert_eq!(cut(text, 99, Matters::End, 0), own(text, 0));
        let beginning = own("one\ntwo\n[… 7 bytes left out …]\n", 7);
        assert_eq!(cut(text, 9, Matters::Beginning, 0), beginning);
        assert_eq!(cut(text, 9, Matters::End, 0), own("[… 8 bytes left out …]\nthrée\n", 8));
        assert_eq!(cut(text, 99, Matters::End, 5).1, 9, "half a line goes too");
        let letters = "ééé";
        assert_eq!(cut(letters, 3, Matters::Beginning, 0).0, "é[… 4 bytes left out …]\n");
        assert_eq!(cut(letters, 3, Matters::End, 0).0, "[… 4 bytes left out …]\né");
        assert_eq!(cut("", 0, Matters::End, 9), own("[… 9 bytes left out …]\n", 9));
    }
}

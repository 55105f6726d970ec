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
    /// A change is cut by whole files, the largest first.
    Files,
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
        Matters::Files => {
            let (kept, left_out) = small_files(text, room);
            let missing = missing(&kept);
            let note = format!("# Not shown, too large: {}\n", left_out.join(", "));
            (Cow::Owned(note + &kept), missing)
        }
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

/// The files of a patch that fit, in their order, and the names of the others. The small ones go
/// first, so that as many as possible are complete.
pub(super) fn small_files(patch: &str, room: usize) -> (String, Vec<&str>) {
    let later = patch.match_indices("\ndiff --git ").map(|(at, _)| at + 1);
    let starts: Vec<usize> = std::iter::once(0).chain(later).collect();
    let ends = starts.iter().skip(1).copied().chain([patch.len()]);
    let files: Vec<&str> = starts.iter().zip(ends).map(|(from, to)| &patch[*from..to]).collect();
    let mut by_size: Vec<usize> = (0..files.len()).collect();
    by_size.sort_by_key(|index| files[*index].len());
    let mut left = room;
    let mut fits = vec![false; files.len()];
    for index in by_size {
        let Some(rest) = left.checked_sub(files[index].len()) else { break };
        (left, fits[index]) = (rest, true);
    }
    let kept = files.iter().zip(&fits).filter(|(_, fits)| **fits).map(|(file, _)| *file).collect();
    let left_out = files.iter().zip(&fits).filter(|(_, fits)| !**fits);
    (kept, left_out.map(|(file, _)| file_name(file)).collect())
}

fn file_name(section: &str) -> &str {
    let heading = section.lines().next().unwrap_or_default();
    heading.rsplit_once(" b/").map_or(heading, |(_, name)| name)
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
    fn a_change_is_cut_by_whole_files_the_largest_first() {
        let file = |name: &str, lines: usize| {
            format!("diff --git a/{name} b/{name}\n@@ -1 +1 @@\n{}", "+x\n".repeat(lines))
        };
        let (small, large, last) = (file("small", 2), file("large", 200), file("last", 3));
        let patch = [small.as_str(), &large, &last].concat();
        let (kept, left_out) = small_files(&patch, 200);
        assert_eq!((kept, left_out.as_slice()), (small.clone() + &last, ["large"].as_slice()));
        let (text, missing) = cut(&patch, 200, Matters::Files, 0);
        assert_eq!(text, format!("# Not shown, too large: large\n{small}{last}"));
        assert_eq!(missing, large.len() as u64);
        assert_eq!(cut(&patch, patch.len(), Matters::Files, 0), (Cow::Borrowed(patch.as_str()), 0));
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

//! Job logs on their way to people and line-based programs: a streaming filter that leaves
//! text, and colour if wished, and takes out everything else that a log can hold.

mod controls;
mod lines;
mod stamps;
mod tail;
mod writer;

pub use tail::Tail;
pub use writer::{LogWriter, heading};

use controls::Controls;
use lines::Lines;
use stamps::Stamps;

/// Filters a log that arrives in pieces; where it is cut makes no difference. Of control
/// sequences only colour stays, GitLab's section marks and the time stamps of newer runners go,
/// what a carriage return overwrites is left out as on a terminal. At most 64 KiB are held back.
#[derive(Debug)]
pub struct LogFilter {
    stamps: Stamps,
    controls: Controls,
    lines: Lines,
    bytes: Vec<u8>,
}

impl LogFilter {
    /// A filter for one log. With a lead, every line begins with it and a tab.
    pub fn new(color: bool, lead: Option<&str>) -> Self {
        Self {
            stamps: Stamps::default(),
            controls: Controls::default(),
            lines: Lines::new(color, lead),
            bytes: Vec::new(),
        }
    }

    /// Adds what can be shown after this piece.
    pub fn push(&mut self, piece: &[u8], shown: &mut String) {
        self.bytes.clear();
        self.stamps.push(piece, &mut self.bytes);
        self.controls.push(&self.bytes, &mut self.lines, shown);
    }

    /// Adds what was still held back; a last line is ended.
    pub fn finish(&mut self, shown: &mut String) {
        self.bytes.clear();
        self.stamps.finish(&mut self.bytes);
        self.controls.push(&self.bytes, &mut self.lines, shown);
        self.controls.finish(&mut self.lines, shown);
        self.lines.finish(shown);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filtered(pieces: &[&[u8]], color: bool, lead: Option<&str>) -> String {
        let mut filter = LogFilter::new(color, lead);
        let mut shown = String::new();
        for piece in pieces {
            filter.push(piece, &mut shown);
        }
        filter.finish(&mut shown);
        shown
    }

    fn plain(log: &str) -> String {
        filtered(&[log.as_bytes()], false, None)
    }

    const LOG: &str = "\x1b[0KRunning with gitlab-runner 16.11.1 (535ced5f)\x1b[0;m\n\
        section_start:1700000000:step_script[collapsed=true]\r\x1b[0K\x1b[0K\x1b[36;1mExecuting\x1b[0;m\n\
        \x1b[32;1m$ make é test\x1b[0;m\r\n 10%\r 50%\r100%\n\
        no newline at its endsection_end:1700000009:step_script\r\x1b[0K\n\
        section_end:1700000009:a.b-c\r\x1b[0K\n\x1b[31;1mERROR: Job failed: exit code 1\n\x1b[0;m";

    #[test]
    fn a_terminal_keeps_colour_and_nothing_else() {
        let expected = "Running with gitlab-runner 16.11.1 (535ced5f)\x1b[0;m\n\
            \x1b[36;1mExecuting\x1b[0;m\n\x1b[32;1m$ make é test\x1b[0;m\n100%\n\
            no newline at its end\n\x1b[31;1mERROR: Job failed: exit code 1\n\x1b[0;m";
        assert_eq!(filtered(&[LOG.as_bytes()], true, None), expected);
    }

    #[test]
    fn lines_for_programs_have_their_job_and_no_colour() {
        let expected = "unit\tRunning with gitlab-runner 16.11.1 (535ced5f)\nunit\tExecuting\n\
            unit\t$ make é test\nunit\t100%\nunit\tno newline at its end\n\
            unit\tERROR: Job failed: exit code 1\n";
        assert_eq!(filtered(&[LOG.as_bytes()], false, Some("unit")), expected);
    }

    const HOSTILE: &str = "a\x1b]0;title\x07b\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\\x1b[2J\x1b[?25l\
        \x1bPq\x1b\\c\u{9b}31md\u{202e}e\x08\x7f\x1b(B\x1b=f\n\
        \x1b]0;never ended\nnext\x1b[31\nlast\x1b[38;2;1;2;3mx\x1b[1";

    #[test]
    fn every_way_to_cut_the_input_shows_the_same() {
        let stamped = "2024-05-22T12:43:46.962646Z 00O one\n2024-05-22T12:43:46.962646Z 00O+ more\r\n\
            2024-05-22T12:43:46.962646Z 01E+two\n2024-05-22T12:43 no stamp\n";
        for log in [LOG, HOSTILE, stamped] {
            for color in [true, false] {
                let log = log.as_bytes();
                let whole = filtered(&[log], color, None);
                for cut in 0..=log.len() {
                    let (head, tail) = log.split_at(cut);
                    assert_eq!(filtered(&[head, tail], color, None), whole, "cut at {cut}");
                }
                let bytes: Vec<&[u8]> = log.chunks(1).collect();
                assert_eq!(filtered(&bytes, color, None), whole);
            }
        }
    }

    #[test]
    fn what_is_never_ended_does_not_eat_the_rest() {
        let expected =
            "ablinkcd\\u{202e}ef\n0;never ended\nnext31\nlast\x1b[38;2;1;2;3mx1\n\x1b[0m";
        assert_eq!(
            filtered(&[HOSTILE.as_bytes()], true, None).replacen("\x1b[31m", "", 1),
            expected
        );
        let long = format!("\x1b]0;{}\nend", "x".repeat(10_000));
        assert!(plain(&long).ends_with("x\nend\n"));
        assert!(plain("\x1b]0;open").contains("open"));
    }

    #[test]
    fn stamps_of_newer_runners_go_and_parts_of_a_line_are_joined() {
        let log = "2024-05-22T12:43:46.962646Z 00O section_start:1716381826:prepare\r\n\
            2024-05-22T12:43:46.962650Z 00O+\x1b[0K\x1b[36;1mPreparing\x1b[0;m\n\
            2024-05-22T12:43:46.962651Z 01E to stderr\n2024-05-22T12:43:46.962651Z by itself\n";
        assert_eq!(plain(log), "Preparing\nto stderr\n2024-05-22T12:43:46.962651Z by itself\n");
    }

    #[test]
    fn carriage_returns_show_what_a_terminal_would() {
        assert_eq!(plain("1%\r2%\r3%\r\ndone"), "3%\ndone\n");
        assert_eq!(plain("kept\r\r\n"), "kept\n");
        let coloured = filtered(&[b"\x1b[32mold\rnew\n"], true, None);
        assert_eq!(coloured, "\x1b[32mnew\n\x1b[0m");
    }

    #[test]
    fn a_mark_is_one_only_where_gitlab_would_see_one() {
        assert_eq!(plain("echo section_start:1:x\n"), "echo section_start:1:x\n");
        assert_eq!(plain("section_start:now:x\rnext\n"), "next\n");
        assert_eq!(plain("\n\n"), "\n\n");
    }

    #[test]
    fn a_malformed_marker_is_text() {
        for text in [
            "section_end:1:b[",
            "section_start:0:a[",
            "section_start:0:a]",
            "section_start:0:[x]",
            "section_start::a",
            "section_end:1:",
            "section_end:1",
            "section_end:1:é",
            "[]",
            "]",
        ] {
            assert_eq!(plain(&format!("{text}\r\nnext")), format!("{text}\nnext\n"));
            assert_eq!(plain(&format!("{text}\rover")), "over\n", "{text}");
        }
        assert_eq!(plain("asection_end:1:b[]\rc\n"), "ac\n");
    }

    /// Each of these took time with the square of its length.
    #[test]
    fn a_log_of_one_repeated_piece_takes_linear_time_and_bounded_memory() {
        let long = "x".repeat(60_000);
        for piece in [
            "\r",
            "\r\x1b[1m",
            "\x1b[1m",
            "x\r",
            "section_start:",
            "section_start:1:a\r",
            "section_start:1:a[b]\r",
            "section_start:1:a\r\n\x1b[1m",
            "]\r",
            "[\r",
            "\x1b]0;",
            "\x1bP",
            "\x1b[",
            "\u{9b}",
        ] {
            let mut filter = LogFilter::new(true, None);
            let mut shown = String::new();
            filter.push(long.as_bytes(), &mut shown);
            for _ in 0..200 {
                filter.push(piece.repeat(1000).as_bytes(), &mut shown);
                assert!(filter.lines.held() <= 128 << 10, "{piece:?}");
                shown.clear();
            }
            filter.finish(&mut shown);
        }
    }

    #[test]
    fn a_line_without_end_is_not_held_back() {
        let mut filter = LogFilter::new(false, Some("j"));
        let (mut shown, piece) = (String::new(), vec![b'x'; 40_000]);
        for _ in 0..10 {
            filter.push(&piece, &mut shown);
        }
        assert!(shown.len() > 300_000, "{}", shown.len());
        filter.finish(&mut shown);
        assert_eq!((shown.len(), shown.matches('\t').count()), (400_003, 1));
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        assert_eq!(
            filtered(&[b"a\xffb\xe2\x82", b"\xac\xe2"], false, None),
            "a\u{fffd}b€\u{fffd}\n"
        );
    }
}

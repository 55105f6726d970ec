//! The Markdown of a review's notes.

use crate::model::fenced::fence;
use crate::model::review::ReviewComment;

/// A comment on the diff. `lines_above` is what [`super::change::Placement`] says.
pub(super) fn comment(comment: &ReviewComment, lines_above: Option<u64>) -> String {
    let mut text = with_severity(comment);
    if let Some(suggestion) = &comment.suggestion {
        let info = lines_above.filter(|_| comment.line.is_some());
        let info = info.map_or_else(String::new, |above| format!("suggestion:-{above}+0"));
        text.push_str("\n\n");
        text.push_str(&fence(&info, suggestion));
    }
    text
}

/// The summary, and below it each comment that has no place on the diff.
pub(super) fn summary(summary: &str, outside: &[&ReviewComment]) -> String {
    let mut text = summary.trim_end().to_owned();
    for (index, comment) in outside.iter().enumerate() {
        if index == 0 {
            text.push_str("\n\n**Outside the changed lines**");
        }
        text.push_str("\n\n");
        text.push_str(&place(comment));
        text.push_str("\n\n");
        text.push_str(&self::comment(comment, None));
    }
    text.trim_start().to_owned()
}

fn place(comment: &ReviewComment) -> String {
    let path = code_span(&comment.path);
    match (comment.start_line, comment.line) {
        (_, None) => path,
        (Some(start), Some(line)) => format!("{path}, lines {start} to {line}"),
        (None, Some(line)) => format!("{path}, line {line}"),
    }
}

/// One line of code that nothing in it can close (CommonMark §6.1).
fn code_span(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest + 1);
    let space = if text.contains('`') { " " } else { "" };
    format!("{ticks}{space}{text}{space}{ticks}")
}

fn with_severity(comment: &ReviewComment) -> String {
    let body = comment.body.trim();
    match &comment.severity {
        Some(severity) => {
            let severity = severity.split_whitespace().collect::<Vec<_>>().join(" ");
            format!("**{}:** {body}", severity.replace('*', "\\*"))
        }
        None => body.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::review::Side;

    fn remark(line: Option<i64>, suggestion: Option<&str>) -> ReviewComment {
        ReviewComment {
            path: "src/a.rs".to_owned(),
            line,
            side: Side::New,
            start_line: None,
            body: "Why?\n".to_owned(),
            suggestion: suggestion.map(str::to_owned),
            severity: None,
        }
    }

    #[test]
    fn a_suggestion_covers_the_lines_of_the_remark() {
        let one = comment(&remark(Some(7), Some("let x = 2;")), Some(0));
        assert_eq!(one, "Why?\n\n```suggestion:-0+0\nlet x = 2;\n```");
        let three = comment(&remark(Some(7), Some("```\ncode\n```\n")), Some(2));
        assert_eq!(three, "Why?\n\n````suggestion:-2+0\n```\ncode\n```\n````");
        let deletion = comment(&remark(Some(7), Some("")), Some(0));
        assert_eq!(deletion, "Why?\n\n```suggestion:-0+0\n```");
    }

    #[test]
    fn a_suggestion_that_cannot_be_applied_is_plain_code() {
        assert_eq!(comment(&remark(Some(7), Some("x")), None), "Why?\n\n```\nx\n```");
        assert_eq!(comment(&remark(None, Some("x")), Some(0)), "Why?\n\n```\nx\n```");
    }

    #[test]
    fn the_summary_has_what_is_outside_the_diff() {
        let severe = ReviewComment { severity: Some("high".to_owned()), ..remark(Some(9), None) };
        let range = ReviewComment { start_line: Some(3), ..remark(Some(5), None) };
        let named = ReviewComment { path: "a`b".to_owned(), ..remark(None, None) };
        let text = summary("Fine.\n", &[&severe, &range, &named]);
        let expected = "Fine.\n\n**Outside the changed lines**\n\n`src/a.rs`, line 9\n\n\
            **high:** Why?\n\n`src/a.rs`, lines 3 to 5\n\nWhy?\n\n`` a`b ``\n\nWhy?";
        assert_eq!(text, expected);
        assert_eq!(summary("Fine.", &[]), "Fine.");
        assert!(summary("", &[&named]).starts_with("**Outside"));
    }
}

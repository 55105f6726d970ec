//! Recognising what was put into a prompt: a diff, JSON, rows, a log, fenced blocks.

use serde_json::Value;

use super::diff::{self, FileChange};

/// How much one file changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change<'a> {
    pub(super) file: FileChange<'a>,
    pub(super) added: usize,
    pub(super) removed: usize,
}

/// The files of a diff somewhere in the text.
pub(super) fn changes(text: &str) -> Vec<Change<'_>> {
    let count = |file: FileChange<'_>, sign| {
        file.text.lines().filter(|line| line.starts_with(sign)).count()
    };
    let change = |file| Change { file, added: count(file, '+'), removed: count(file, '-') };
    diff::files(text).into_iter().map(change).collect()
}

/// What is in the text besides a diff, one line each.
pub(super) fn others(text: &str, has_diff: bool) -> Vec<String> {
    let mut found = Vec::new();
    found.extend(fenced(text));
    found.extend(json(text));
    found.extend(rows(text));
    if found.is_empty() && !has_diff {
        found.extend(log(text));
    }
    found
}

fn fenced(text: &str) -> Option<String> {
    let fences = text.lines().filter(|line| line.trim_start().starts_with("```")).count();
    (fences >= 2).then(|| format!("{} in fences", counted(fences / 2, "block")))
}

/// The first JSON document that starts a line.
fn json(text: &str) -> Option<String> {
    let starts = text.match_indices(['{', '[']).map(|(at, _)| at);
    let at_line_start = |at: &usize| *at == 0 || text.as_bytes()[at - 1] == b'\n';
    let mut documents = starts.filter(at_line_start).take(50).filter_map(|at| {
        serde_json::Deserializer::from_str(&text[at..]).into_iter::<Value>().next()?.ok()
    });
    documents.find_map(|document| match document {
        Value::Object(object) if !object.is_empty() => {
            Some(format!("a JSON object with {}", keys(object.keys())))
        }
        Value::Array(items) => {
            let first = items.first().and_then(Value::as_object);
            let keys = first.map(|item| format!(", the first with {}", keys(item.keys())));
            Some(format!(
                "a JSON array of {}{}",
                counted(items.len(), "item"),
                keys.unwrap_or_default()
            ))
        }
        _ => None,
    })
}

fn keys<'k>(keys: impl ExactSizeIterator<Item = &'k String>) -> String {
    let count = keys.len();
    let shown: Vec<String> = keys.take(5).map(|key| format!("`{key}`")).collect();
    let more = if count > 5 { ", …" } else { "" };
    format!("{} ({}{more})", counted(count, "field"), shown.join(", "))
}

/// Lines of tab-separated columns, as lists print them into a pipe.
fn rows(text: &str) -> Option<String> {
    let widths = text.lines().map(|line| line.matches('\t').count()).filter(|tabs| *tabs >= 3);
    let widths: Vec<usize> = widths.collect();
    let columns = widths.first()? + 1;
    Some(format!("{} of {columns} tab-separated columns", counted(widths.len(), "row")))
}

fn log(text: &str) -> Option<String> {
    let is_stamped = |line: &str| {
        line.len() > 10
            && line.as_bytes()[..4].iter().all(u8::is_ascii_digit)
            && line.as_bytes()[4] == b'-'
    };
    let is_marked = |line: &str| line.contains("section_start:") || line.contains("section_end:");
    let says_error = |line: &&str| {
        let line = line.to_lowercase();
        ["error", "fatal", "failed", "panicked"].iter().any(|word| line.contains(word))
    };
    let lines = text.lines().count();
    let stamped = text.lines().filter(|line| is_stamped(line)).count();
    let errors: Vec<&str> = text.lines().filter(says_error).collect();
    if stamped < 3 && !text.lines().any(is_marked) && (lines < 10 || errors.is_empty()) {
        return None;
    }
    let first = errors.first().map(|line| format!("; the first: “{}”", excerpt(line, 80)));
    let errors = counted(errors.len(), "line");
    Some(format!(
        "a log of {}, {errors} with an error in it{}",
        counted(lines, "line"),
        first.unwrap_or_default()
    ))
}

/// `1 file`, `2 files`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The beginning of a text as one line of at most so many characters.
pub(super) fn excerpt(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_recognised() {
        assert_eq!(others("why?\n\n```sh\nls\n```\n", false), ["1 block in fences"]);
        let array = "sum up\n\n[{\"id\": 1, \"iid\": 2}, {}]\n";
        assert_eq!(
            others(array, false),
            ["a JSON array of 2 items, the first with 2 fields (`id`, `iid`)"]
        );
        assert_eq!(
            others("x\n\n42\topened\tTitle\ta\n41\tmerged\tT\tb\n", false),
            ["2 rows of 4 tab-separated columns"]
        );
        let log = "2026-11-23 a\n2026-11-23 b\n2026-11-23 error: no\n";
        assert_eq!(
            others(log, false),
            ["a log of 3 lines, 1 line with an error in it; the first: “2026-11-23 error: no”"]
        );
    }

    #[test]
    fn prose_is_no_attachment() {
        assert!(others("What does [this] mean? {braces}\nAn error?", false).is_empty());
        assert!(others("", false).is_empty());
    }

    #[test]
    fn lines_of_a_diff_are_counted() {
        let text = "look:\n\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n-a\n+b\n+c\n";
        let changes = changes(text);
        assert_eq!((changes[0].added, changes[0].removed), (2, 1));
    }

    #[test]
    fn an_excerpt_is_one_line_and_cut_between_characters() {
        assert_eq!(excerpt("a\n b\t c", 80), "a b c");
        assert_eq!(excerpt("äöüß", 2), "äö…");
    }
}

//! The sandbox's model: a script that says so and reports what reached it, so that people see
//! what leaves their machine. The same request always gets the same answer.

use std::fmt::Write as _;

use super::attachments::{self, Change, counted, excerpt};
use super::diff;
use super::prompt::{Prompt, Turn};
use super::seed::{MergeRequest, Seed};

/// How files in a diff are shown before the rest is only counted.
const NAMED: usize = 6;

/// Part of the JSON Schema of a review.
const REVIEW: &str = "\"title\": \"Review of a merge request\"";
/// A file of the demo merge request.
const REVIEWED: &str = "src/cart/total.ts";

/// A review with a comment on each kind of line and one outside the diff, for a change that has
/// the demo merge request's file; for any other a review without comments.
fn demo_review(changes: &[Change<'_>]) -> String {
    let comment = |line: u64, side: &str, body: &str| {
        serde_json::json!({
            "path": REVIEWED, "line": line, "side": side, "start_line": null, "body": body,
            "suggestion": null, "severity": "low",
        })
    };
    let is_demo = changes.iter().any(|change| change.file.new_path == REVIEWED);
    let comments = if is_demo {
        vec![
            comment(6, "new", "The script comments on an added line."),
            comment(16, "old", "The script comments on a removed line."),
            comment(8, "new", "The script comments on an unchanged line."),
            comment(400, "new", "The script comments on a line that the diff does not show."),
        ]
    } else {
        Vec::new()
    };
    let summary =
        "This is the sandbox's scripted model, not an AI: it comments on one line of each kind.";
    serde_json::json!({ "summary": summary, "head_sha": null, "comments": comments }).to_string()
}

/// The answer to a prompt, as Markdown.
pub(super) fn answer(seed: &Seed, prompt: &Prompt) -> String {
    let question = prompt.turns.iter().rfind(|turn| turn.is_user);
    let question = question.map_or("", |turn| turn.text.as_str());
    let changes = attachments::changes(question);
    if prompt.system.iter().any(|text| text.contains(REVIEW)) {
        return demo_review(&changes);
    }
    let mut text = String::from(
        "This is the sandbox's scripted model, not an AI: it reports what reached it.\n\n**What left your machine**\n\n",
    );
    for line in received(prompt, question, &changes) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "- {line}");
    }
    if !changes.is_empty() {
        let _ = write!(
            text,
            "\n**What the script says about the diff**\n\n{}\n",
            review(seed, &changes)
        );
    }
    text
}

fn received(prompt: &Prompt, question: &str, changes: &[Change<'_>]) -> Vec<String> {
    let streamed = if prompt.stream { "streamed" } else { "in one piece" };
    let mut lines = vec![
        format!("model: `{}`, at most {} tokens, {streamed}", prompt.model, prompt.max_tokens),
        instructions(&prompt.system),
        format!(
            "prompt: {} in {}, about {} tokens with the instructions",
            counted(characters(&prompt.turns), "character"),
            counted(prompt.turns.len(), "message"),
            prompt.input_tokens(),
        ),
        format!("question: “{}”", excerpt(question.split("\n\n").next().unwrap_or_default(), 120)),
    ];
    if !changes.is_empty() {
        lines.push(format!("attached: {}", summary(changes)));
    }
    let others = attachments::others(question, !changes.is_empty());
    lines.extend(others.into_iter().map(|other| format!("attached: {other}")));
    lines
}

fn characters(turns: &[Turn]) -> usize {
    turns.iter().map(|turn| turn.text.chars().count()).sum()
}

fn instructions(system: &[String]) -> String {
    if system.is_empty() {
        return "instructions (system prompt): none".to_owned();
    }
    let count: usize = system.iter().map(|text| text.chars().count()).sum();
    let quoted: Vec<String> =
        system.iter().map(|text| format!("“{}”", excerpt(text, 160))).collect();
    format!(
        "instructions (system prompt): {}: {}",
        counted(count, "character"),
        quoted.join(", then ")
    )
}

fn summary(changes: &[Change<'_>]) -> String {
    let (added, removed) =
        changes.iter().fold((0, 0), |sum, change| (sum.0 + change.added, sum.1 + change.removed));
    let named = changes.iter().take(NAMED).map(|change| format!("`{}`", change.file.new_path));
    let mut list = named.collect::<Vec<_>>().join(", ");
    if changes.len() > NAMED {
        let _ = write!(list, " and {} more", changes.len() - NAMED);
    }
    format!("a diff of {} (+{added} −{removed}): {list}", counted(changes.len(), "file"))
}

fn review(seed: &Seed, changes: &[Change<'_>]) -> String {
    match seed.merge_requests.iter().find(|mr| is_of(mr, changes)) {
        Some(MergeRequest { iid, review: Some(review), .. }) => {
            format!("It knows !{iid} by heart. {review}")
        }
        _ => observations(changes),
    }
}

/// Whether a diff is that of a merge request: the same files, files left out aside.
fn is_of(mr: &MergeRequest, changes: &[Change<'_>]) -> bool {
    let own: Vec<&str> = diff::files(&mr.diff).iter().map(|file| file.new_path).collect();
    own.len() == changes.len() + mr.collapsed.len() + mr.too_large.len()
        && changes.iter().all(|change| own.contains(&change.file.new_path))
}

/// What can be said of any diff without understanding it.
fn observations(changes: &[Change<'_>]) -> String {
    let mut said = Vec::new();
    if let Some(largest) = changes.iter().max_by_key(|change| change.added + change.removed) {
        said.push(format!(
            "Start with `{}` (+{} −{}), the largest change.",
            largest.file.new_path, largest.added, largest.removed
        ));
    }
    for change in changes.iter().filter(|change| change.file.is_deleted) {
        said.push(format!("`{}` goes: does anything still use it?", change.file.old_path));
    }
    let is_test = |change: &Change<'_>| {
        ["test", "spec"].iter().any(|word| change.file.new_path.contains(word))
    };
    if !changes.iter().any(is_test) {
        said.push("No test changes with it.".to_owned());
    }
    if changes.iter().any(|change| {
        change.file.text.lines().any(|line| line.starts_with('+') && line.contains("TODO"))
    }) {
        said.push("It adds a TODO.".to_owned());
    }
    said.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(system: &[&str], text: &str) -> String {
        let prompt = Prompt {
            system: system.iter().map(|text| (*text).to_owned()).collect(),
            turns: vec![Turn { is_user: true, text: text.into() }],
            ..Prompt::default()
        };
        answer(&Seed::storefront().expect("the seed"), &prompt)
    }

    #[test]
    fn it_says_what_it_is_and_what_it_was_given() {
        let answer = asked(&["Never show a key.", "Be short."], "What is new?");
        assert!(answer.starts_with("This is the sandbox's scripted model, not an AI"), "{answer}");
        assert!(
            answer.contains("26 characters: “Never show a key.”, then “Be short.”"),
            "{answer}"
        );
        assert!(
            answer.contains("- prompt: 12 characters in 1 message, about 10 tokens"),
            "{answer}"
        );
        assert!(answer.contains("- question: “What is new?”"), "{answer}");
        assert!(asked(&[], "Hi").contains("(system prompt): none"));
    }

    #[test]
    fn a_diff_of_the_seed_is_reviewed_and_another_one_is_looked_over() {
        let seed = Seed::storefront().expect("the seed");
        let known = seed.merge_requests.iter().find(|mr| mr.iid == 42).expect("!42");
        let answer = asked(&[], &format!("Review this.\n\n{}", known.diff));
        assert!(answer.contains("attached: a diff of 8 files (+"), "{answer}");
        assert!(answer.contains("It knows !42 by heart. `src/cart/total.ts`"), "{answer}");
        let other = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+// TODO\n";
        let answer = asked(&[], other);
        let words =
            "Start with `x` (+1 −0), the largest change. No test changes with it. It adds a TODO.";
        assert!(answer.ends_with(&format!("{words}\n")), "{answer}");
    }
}

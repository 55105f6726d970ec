//! What the model behind the agents says: a recorded script for `Please do the task: NAME`, else
//! one of three that the words of the goal choose. Placeholders in a script stand for words of
//! the goal and for what the tools answered.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::tools::Call;

/// Messages by name of the script. The recorded ones follow sessions with the real service, with
/// invented texts.
const SCRIPTS: &str = include_str!("scripts.json");
/// A goal that names a recorded session.
const TASK: &str = "Please do the task: ";
const END: &str = "(script at its end)";

/// A goal with one of these words is about a change of files.
const EDITING: &str =
    "add change create edit fix implement refactor remove rename replace update write";
/// And with one of these, about running things.
const RUNNING: &str = "api branch build command commit execute git run test";
/// How much of the goal is searched for names, in characters.
const HEAD: usize = 400;

/// A message of the model. Without calls the agent's turn is over.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Message {
    /// The agent of `software_development` that gets it.
    pub(super) agent: String,
    pub(super) say: String,
    pub(super) calls: Vec<Call>,
    pub(super) trouble: Option<Trouble>,
    /// Whether it says what reached the sandbox.
    pub(super) is_report: bool,
}

/// What goes wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Trouble {
    /// The model cannot be reached.
    Failure,
    /// It calls a tool that does not exist, and the service asks it again.
    Retracted,
    /// The service is shut down.
    Shutdown,
}

/// What a workflow works at.
#[derive(Debug, Clone, Default)]
pub(super) struct Turn {
    pub(super) goal: String,
    /// The recorded script, which a workflow keeps over its turns.
    recorded: Option<String>,
    /// How many messages the model has sent.
    pub(super) step: usize,
    /// And in the turns before, for names of calls that do not come twice.
    earlier: usize,
    /// Every call of the turn and its outcome.
    pub(super) done: Vec<(Call, Outcome)>,
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// What the client or the service answered.
    Answered(Result<String, String>),
    /// Approval was refused, with these words.
    Rejected(String),
    /// The tool does not exist in this workflow.
    Missing,
}

impl Turn {
    /// The turn for a new goal, after an earlier one of the same workflow.
    pub(super) fn begin(self, goal: &str) -> Self {
        let goal = goal.to_owned();
        if self.recorded.is_some() {
            return Self { goal, done: Vec::new(), ..self };
        }
        let named = goal.strip_prefix(TASK).filter(|name| !messages(name).is_empty());
        let earlier = self.earlier + self.step;
        Self { recorded: named.map(str::to_owned), goal, earlier, ..Self::default() }
    }

    /// The id of a call of the message that is due.
    pub(super) fn call_id(&self, index: usize) -> String {
        format!("call_{}_{index}", self.earlier + self.step)
    }

    /// The script that the words of the goal choose.
    pub(super) fn kind(&self) -> &'static str {
        let goal = self.goal.to_lowercase();
        let has = |words: &str| {
            let mut given = goal.split(|letter: char| !letter.is_alphanumeric());
            given.any(|word| words.split(' ').any(|known| known == word))
        };
        match () {
            () if has(EDITING) => "(edit)",
            () if has(RUNNING) => "(commands)",
            () => "(investigation)",
        }
    }

    /// The model's next message to a chat, or to an agent of `software_development`.
    pub(super) fn message(&self, is_development: bool) -> Message {
        if let Some(name) = &self.recorded {
            let end = Message { say: END.to_owned(), ..Message::default() };
            return messages(name).get(self.step).cloned().unwrap_or(end);
        }
        let first = if is_development { messages("(planning)") } else { Vec::new() };
        let mut all = first.into_iter().chain(messages(self.kind()));
        let report =
            Message { agent: "executor".to_owned(), is_report: true, ..Message::default() };
        let Some(mut message) = all.nth(self.step) else { return report };
        let filled = message.calls.iter_mut().all(|call| self.fill(&mut call.arguments));
        let failed = |(_, outcome): &(Call, Outcome)| !matches!(outcome, Outcome::Answered(Ok(_)));
        let gave_up = self.kind() == "(edit)" && self.done.last().is_some_and(failed);
        if filled && !gave_up { message } else { report }
    }

    /// Fills the placeholders of a call; false if there is nothing for one.
    fn fill(&self, arguments: &mut Value) -> bool {
        let texts = arguments.as_object_mut().into_iter().flat_map(|all| all.values_mut());
        for value in texts {
            let found = match value.as_str() {
                Some("{goal}") => Some(self.goal.as_str()),
                Some("{file}") => Some(self.file_name().unwrap_or("README*")),
                Some("{word}") => Some(self.longest_word().unwrap_or("TODO")),
                Some("{command}") => {
                    Some(quoted(self.head()).unwrap_or("echo hello from the sandbox"))
                }
                Some("{found}") => self.found(),
                _ => continue,
            };
            match found {
                Some(text) => *value = json!(text),
                None => return false,
            }
        }
        true
    }

    fn head(&self) -> &str {
        let end = self.goal.char_indices().nth(HEAD).map_or(self.goal.len(), |(end, _)| end);
        &self.goal[..end]
    }

    /// The name of a file in the goal, without its directories.
    fn file_name(&self) -> Option<&str> {
        let words = self.head().split_whitespace();
        let mut words = words.map(|word| {
            word.trim_matches(|letter: char| !letter.is_alphanumeric() && letter != '.')
                .trim_end_matches('.')
        });
        let path = words.find(|word| {
            let parts = word.rsplit_once('.');
            !word.contains(':')
                && parts.is_some_and(|(_, end)| end.chars().all(char::is_alphanumeric))
        });
        path.map(|path| path.rsplit('/').next().unwrap_or(path))
    }

    /// The longest word, the first of several.
    fn longest_word(&self) -> Option<&str> {
        let words = self.head().split(|letter: char| !letter.is_alphanumeric());
        let words: Vec<&str> = words.filter(|word| word.chars().count() > 3).collect();
        words.into_iter().rev().max_by_key(|word| word.len())
    }

    /// The first file that was found, else the first one of the list.
    fn found(&self) -> Option<&str> {
        let lines = |tool: &str| {
            let done = self.done.iter().find(|(call, _)| call.tool == tool);
            let answer = done.and_then(|(_, outcome)| match outcome {
                Outcome::Answered(Ok(text)) => Some(text.as_str()),
                _ => None,
            });
            answer.unwrap_or_default().lines()
        };
        let is_file = |line: &&str| !line.is_empty() && !line.ends_with(['/', '@', ']']);
        lines("find_files").find(is_file).or_else(|| lines("list_dir").find(is_file))
    }
}

/// The messages of a script; none if there is no such script.
fn messages(name: &str) -> Vec<Message> {
    // A unit test reads it all.
    let all: BTreeMap<String, Vec<Message>> = serde_json::from_str(SCRIPTS).unwrap_or_default();
    all.get(name).cloned().unwrap_or_default()
}

/// What stands between the first two backticks.
fn quoted(text: &str) -> Option<&str> {
    text.split('`')
        .nth(1)
        .filter(|quoted| !quoted.trim().is_empty() && text.matches('`').count() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subjects(turn: &Turn) -> Vec<String> {
        turn.message(false).calls.iter().map(Call::subject).collect()
    }

    fn answered(mut turn: Turn, answers: &[Result<&str, &str>]) -> Turn {
        let calls = turn.message(false).calls;
        turn.done.extend(calls.into_iter().zip(answers).map(|(call, answer)| {
            let answer = answer.map(str::to_owned).map_err(str::to_owned);
            (call, Outcome::Answered(answer))
        }));
        turn.step += 1;
        turn
    }

    fn about(goal: &str) -> Turn {
        Turn::default().begin(goal)
    }

    #[test]
    fn whole_words_choose_the_script() {
        let kind = |goal| about(goal).kind();
        assert_eq!(kind("Why is the cart slow?"), "(investigation)");
        assert_eq!(kind("Fix the rounding."), "(edit)");
        assert_eq!(kind("Run `make test`, please"), "(commands)");
        assert_eq!(kind("What are prefixes and gits?"), "(investigation)");
    }

    #[test]
    fn every_script_can_be_read_and_a_recorded_one_is_kept_over_turns() {
        assert_eq!(messages("sd full").len(), 8);
        let mut turn = about("Please do the task: two turns tool");
        turn.step = 2;
        assert_eq!(subjects(&turn.begin("And the other file?")), ["README.md"]);
    }

    #[test]
    fn an_investigation_reads_what_it_found() {
        let turn = about("What does src/cart/total.ts round?");
        assert_eq!(subjects(&turn), [".", "total.ts"]);
        let turn = answered(turn, &[Ok("a/\n"), Ok("src/cart/total.ts\n")]);
        assert_eq!(turn.message(false).calls[0].text("keywords"), "total");
        let turn = answered(turn, &[Err("no")]);
        assert_eq!(subjects(&turn), ["src/cart/total.ts"]);
        assert!(answered(turn, &[Ok("")]).message(false).is_report);
    }

    #[test]
    fn an_edit_ends_when_it_is_refused() {
        let turn = answered(about("Fix it"), &[Ok("[empty]\n")]);
        assert!(answered(turn.clone(), &[Err("denied")]).message(false).is_report);
        assert_eq!(answered(turn, &[Ok("written")]).message(false).calls[0].tool, "edit_file");
    }

    #[test]
    fn a_command_in_backticks_is_the_one_that_is_run() {
        let line = |goal| {
            let mut turn = about(goal);
            turn.step = 1;
            subjects(&turn).remove(0)
        };
        assert_eq!(line("Run `make -k test`."), "make -k test");
        assert_eq!(line("Run it ` now"), "echo hello from the sandbox");
    }
}

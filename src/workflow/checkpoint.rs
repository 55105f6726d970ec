//! Checkpoints: each is the whole of the conversation so far, out of which comes what is new.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Where a workflow stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It goes on: created, running, or a word that is not known.
    Working(String),
    /// The agent's turn is over.
    InputRequired,
    /// Done.
    Finished,
    /// Failed.
    Failed,
    /// Stopped or paused, with the word for it.
    Stopped(String),
    /// A tool needs approval; the server closes the connection.
    ToolApproval,
    /// The plan needs approval.
    PlanApproval,
}

impl Status {
    pub(super) fn read(word: &str) -> Self {
        match word {
            "INPUT_REQUIRED" => Self::InputRequired,
            "FINISHED" | "COMPLETED" => Self::Finished,
            "FAILED" => Self::Failed,
            "STOPPED" | "CANCELLED" | "PAUSED" => Self::Stopped(word.to_owned()),
            "TOOL_CALL_APPROVAL_REQUIRED" => Self::ToolApproval,
            "PLAN_APPROVAL_REQUIRED" => Self::PlanApproval,
            other => Self::Working(other.to_owned()),
        }
    }

    /// Whether a turn that was asked for can be over with it.
    pub(super) fn ends_a_turn(&self) -> bool {
        !matches!(self, Self::Working(_) | Self::ToolApproval)
    }

    /// The service's word for it.
    pub fn word(&self) -> &str {
        match self {
            Self::Working(word) | Self::Stopped(word) => word,
            Self::InputRequired => "INPUT_REQUIRED",
            Self::Finished => "FINISHED",
            Self::Failed => "FAILED",
            Self::ToolApproval => "TOOL_CALL_APPROVAL_REQUIRED",
            Self::PlanApproval => "PLAN_APPROVAL_REQUIRED",
        }
    }
}

/// An entry of the conversation; a field of another type than is known counts as missing.
struct Entry<'a> {
    kind: &'a str,
    sub_kind: &'a str,
    content: &'a str,
    /// The message's id, else its place.
    key: String,
    tool: Option<&'a Value>,
}

impl<'a> Entry<'a> {
    fn read((at, entry): (usize, &'a Value)) -> Self {
        let text = |name| entry.get(name).and_then(Value::as_str).unwrap_or_default();
        let key = match text("message_id") {
            "" => format!("#{at}"),
            id => id.to_owned(),
        };
        Self {
            kind: text("message_type"),
            sub_kind: text("message_sub_type"),
            content: text("content"),
            key,
            tool: entry.get("tool_info"),
        }
    }

    fn is_said(&self) -> bool {
        self.kind == "agent" && self.sub_kind != "reasoning" && !self.content.is_empty()
    }
}

/// A tool that the service wants approval for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    /// Which entry of the conversation asks.
    pub(super) entry: String,
    pub(super) name: String,
    pub(super) arguments: Value,
}

/// What was shown of the conversation.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    goal: String,
    /// The workflow had turns before this one, which are not shown again.
    resumes: bool,
    /// How many questions there were before this turn's, once a snapshot told.
    questions_before: Option<usize>,
    /// This turn's question stands in the conversation.
    begun: bool,
    /// By message, as it stood in the last snapshot.
    shown: BTreeMap<String, String>,
    has_shown: bool,
    /// What the agent said in this turn, as it stands now.
    text: String,
    wanted: Vec<Wanted>,
    asked: BTreeSet<String>,
}

impl Transcript {
    pub(super) fn new(goal: &str, resumes: bool) -> Self {
        Self { goal: goal.trim().to_owned(), resumes, ..Self::default() }
    }

    /// Takes in a snapshot and gives what is to be printed. A text that does not begin as it
    /// did is printed anew. The first snapshot of a workflow that goes on can be the end of
    /// its last turn.
    pub(super) fn take(&mut self, checkpoint: &str, ends_a_turn: bool) -> Result<String, String> {
        if checkpoint.is_empty() {
            return Ok(String::new());
        }
        let checkpoint: Value =
            serde_json::from_str(checkpoint).map_err(|error| format!("a checkpoint: {error}"))?;
        let log = checkpoint.pointer("/channel_values/ui_chat_log").and_then(Value::as_array);
        let log: Vec<Entry<'_>> = log.into_iter().flatten().enumerate().map(Entry::read).collect();
        if log.is_empty() {
            return Ok(String::new());
        }
        self.find_turn(&log, ends_a_turn);
        if !self.is_current() {
            return Ok(String::new());
        }
        let question = log.iter().rposition(|entry| entry.kind == "user");
        let turn = &log[question.map_or(0, |at| at + 1)..];
        self.wanted = trailing_requests(&log);
        Ok(self.show(turn.iter().filter(|entry| entry.is_said())))
    }

    fn find_turn(&mut self, log: &[Entry<'_>], ends_a_turn: bool) {
        let questions = || log.iter().filter(|entry| entry.kind == "user");
        let count = questions().count();
        let is_ours = questions().next_back().is_some_and(|last| last.content.trim() == self.goal);
        let own = usize::from(is_ours && !ends_a_turn);
        let before = *self.questions_before.get_or_insert(count - own);
        self.begun |= count > before;
    }

    fn show<'a>(&mut self, said: impl Iterator<Item = &'a Entry<'a>>) -> String {
        let (mut new, mut text, mut shown) = (String::new(), String::new(), BTreeMap::new());
        for entry in said {
            let content = entry.content;
            match self.shown.get(&entry.key) {
                Some(before) if content.starts_with(before) => {
                    new.push_str(&content[before.len()..]);
                }
                _ => {
                    new.push_str(if self.has_shown { "\n\n" } else { "" });
                    new.push_str(content);
                }
            }
            self.has_shown = true;
            text.push_str(if text.is_empty() { "" } else { "\n\n" });
            text.push_str(content);
            shown.insert(entry.key.clone(), content.to_owned());
        }
        self.shown = shown;
        self.text = text;
        new
    }

    /// What the agent said in this turn.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether what is said of the workflow's state can be of this turn.
    pub(super) fn is_current(&self) -> bool {
        self.begun || !self.resumes
    }

    /// The tools that wait for approval, each given out once: a new connection begins with the
    /// checkpoint that ended the last one.
    pub(super) fn take_wanted(&mut self) -> Vec<Wanted> {
        let asked = &mut self.asked;
        let wanted = std::mem::take(&mut self.wanted).into_iter();
        wanted.filter(|wanted| asked.insert(wanted.key())).collect()
    }
}

impl Wanted {
    /// A request that is the same in name and place and not in what it asks for is another one.
    fn key(&self) -> String {
        format!("{} {} {}", self.entry, self.name, self.arguments)
    }
}

fn trailing_requests(log: &[Entry<'_>]) -> Vec<Wanted> {
    let requests = log.iter().rev().take_while(|entry| entry.kind == "request");
    let mut wanted: Vec<Wanted> = requests.filter_map(Wanted::read).collect();
    wanted.reverse();
    wanted
}

impl Wanted {
    fn read(entry: &Entry<'_>) -> Option<Self> {
        let tool = entry.tool?;
        let name = tool.get("name").and_then(Value::as_str).filter(|name| !name.is_empty())?;
        let arguments = match tool.get("args") {
            // JSON in a string, as elsewhere in this protocol.
            Some(Value::String(text)) => {
                serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone()))
            }
            Some(arguments) => arguments.clone(),
            None => Value::Null,
        };
        Some(Self { entry: entry.key.clone(), name: name.to_owned(), arguments })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn log(entries: &[(&str, &str, &str)]) -> String {
        let entry = |(kind, id, text): &(&str, &str, &str)| json!({ "message_type": kind, "message_id": id, "content": text, "tool_info": null });
        let entries: Vec<Value> = entries.iter().map(entry).collect();
        json!({ "channel_values": { "ui_chat_log": entries, "plan": {} } }).to_string()
    }

    #[test]
    fn only_what_is_new_is_shown_and_a_rewrite_is_shown_anew() {
        let mut transcript = Transcript::new("Why?", false);
        let mut take =
            |text| transcript.take(&log(&[("user", "u", "Why?"), ("agent", "a", text)]), false);
        assert_eq!(take("The j"), Ok("The j".into()));
        assert_eq!(take("The job é"), Ok("ob é".into()));
        assert_eq!(take("The job é"), Ok(String::new()));
        assert_eq!(take("No: the tests"), Ok("\n\nNo: the tests".into()));
        assert_eq!(transcript.take("", false), Ok(String::new()));
        assert_eq!(transcript.text(), "No: the tests");
        assert!(transcript.take("[", false).is_err());
    }

    #[test]
    fn earlier_turns_are_not_shown_again() {
        let mut transcript = Transcript::new("And now?", true);
        let old = [("user", "u", "Why?"), ("agent", "a", "Old.")];
        assert_eq!(transcript.take(&log(&old), true), Ok(String::new()));
        assert!(!transcript.is_current());
        let all = [old[0], old[1], ("user", "v", "And now?"), ("agent", "b", "New.")];
        assert_eq!(transcript.take(&log(&all), false), Ok("New.".into()));
        assert!(transcript.is_current());
    }

    #[test]
    fn the_same_question_again_is_another_turn() {
        let mut transcript = Transcript::new("Go on", true);
        let old = [("user", "u", "Go on"), ("agent", "a", "Old.")];
        assert_eq!(transcript.take(&log(&old), true), Ok(String::new()));
        assert_eq!(transcript.take(&log(&old), false), Ok(String::new()));
        assert!(!transcript.is_current());
        let all = [old[0], old[1], ("user", "v", "Go on"), ("agent", "b", "New.")];
        assert_eq!(transcript.take(&log(&all), false), Ok("New.".into()));
        assert!(transcript.is_current());
    }

    #[test]
    fn fields_of_other_types_cost_their_entry_and_no_more() {
        let odd = json!({ "channel_values": { "plan": null, "ui_chat_log": [
            { "message_type": "tool", "content": ["x"], "tool_info": "read" },
            { "message_type": "agent", "content": "Yes.", "message_id": 7 },
            { "message_type": "request", "tool_info": { "name": null } },
            { "message_type": "request", "tool_info": { "name": "mkdir", "args": "{\"directory_path\":\"a\"}" } },
        ] } });
        let mut transcript = Transcript::new("x", false);
        assert_eq!(transcript.take(&odd.to_string(), false), Ok("Yes.".into()));
        let wanted = transcript.take_wanted();
        assert_eq!(wanted.len(), 1);
        assert_eq!(wanted[0].arguments, json!({ "directory_path": "a" }));
        assert_eq!(transcript.take("{}", false), Ok(String::new()));
    }

    #[test]
    fn approval_is_asked_for_once_however_often_the_checkpoint_comes() {
        let checkpoint = json!({ "channel_values": { "ui_chat_log": [{
            "message_type": "request", "message_id": "r", "content": "?",
            "tool_info": { "name": "run_command", "args": { "command": "make" } },
        }] } });
        let mut transcript = Transcript::new("x", false);
        for expected in [1, 0] {
            transcript.take(&checkpoint.to_string(), false).expect("a checkpoint");
            assert_eq!(transcript.take_wanted().len(), expected);
        }
    }

    #[test]
    fn a_state_that_is_not_known_is_no_end() {
        assert_eq!(Status::read("DREAMING"), Status::Working("DREAMING".into()));
        assert_eq!(Status::read("CANCELLED"), Status::Stopped("CANCELLED".into()));
        assert_eq!(Status::read("COMPLETED"), Status::Finished);
    }
}

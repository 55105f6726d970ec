//! Checkpoints: each is the whole of the conversation so far, out of which comes what is new.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
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

#[derive(Deserialize, Default)]
#[serde(default)]
struct Checkpoint {
    channel_values: Channels,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Channels {
    ui_chat_log: Vec<Entry>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    message_type: String,
    message_sub_type: Option<String>,
    content: Option<String>,
    message_id: Option<String>,
    tool_info: Option<ToolInfo>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ToolInfo {
    name: String,
    args: Value,
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
    /// This turn's question stands in the conversation.
    begun: bool,
    shown: BTreeMap<String, String>,
    /// What the agent said in this turn, as it stands now.
    text: String,
    wanted: Vec<Wanted>,
    answered: BTreeSet<String>,
}

impl Transcript {
    pub(super) fn new(goal: &str, resumes: bool) -> Self {
        Self { goal: goal.trim().to_owned(), resumes, ..Self::default() }
    }

    /// Takes in a snapshot and gives what is to be printed. A text that does not begin as it
    /// did is printed anew.
    pub(super) fn take(&mut self, checkpoint: &str) -> Result<String, String> {
        if checkpoint.is_empty() {
            return Ok(String::new());
        }
        let log = serde_json::from_str::<Checkpoint>(checkpoint)
            .map_err(|error| format!("a checkpoint: {error}"))?
            .channel_values
            .ui_chat_log;
        let question = log.iter().rposition(|entry| entry.message_type == "user");
        let asked = question.and_then(|at| log[at].content.as_deref()).map(str::trim);
        self.begun |= asked.is_some_and(|asked| asked == self.goal);
        if self.resumes && !self.begun {
            return Ok(String::new());
        }
        let first = question.map_or(0, |at| at + 1);
        let turn = || log.iter().enumerate().skip(first);
        let said = |entry: &Entry| {
            let is_reasoning = entry.message_sub_type.as_deref() == Some("reasoning");
            entry.message_type == "agent" && !is_reasoning
        };
        let mut new = String::new();
        let mut whole = String::new();
        for (at, entry) in turn().filter(|(_, entry)| said(entry)) {
            let content = entry.content.as_deref().unwrap_or_default();
            if !content.is_empty() {
                self.show(&entry.key(at), content, &mut new);
                whole.push_str(if whole.is_empty() { "" } else { "\n\n" });
                whole.push_str(content);
            }
        }
        self.text = whole;
        self.wanted = trailing_requests(&log);
        Ok(new)
    }

    fn show(&mut self, key: &str, content: &str, new: &mut String) {
        let is_first = self.shown.is_empty();
        match self.shown.get(key) {
            Some(shown) if content.starts_with(shown) => new.push_str(&content[shown.len()..]),
            _ => {
                new.push_str(if is_first { "" } else { "\n\n" });
                new.push_str(content);
            }
        }
        self.shown.insert(key.to_owned(), content.to_owned());
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
        let answered = &mut self.answered;
        let wanted = std::mem::take(&mut self.wanted).into_iter();
        wanted.filter(|wanted| answered.insert(wanted.entry.clone())).collect()
    }
}

impl Entry {
    fn key(&self, at: usize) -> String {
        self.message_id.clone().unwrap_or_else(|| format!("#{at}"))
    }
}

fn trailing_requests(log: &[Entry]) -> Vec<Wanted> {
    let mut wanted: Vec<Wanted> = log
        .iter()
        .enumerate()
        .rev()
        .take_while(|(_, entry)| entry.message_type == "request")
        .filter_map(|(at, entry)| {
            let tool = entry.tool_info.as_ref()?;
            Some(Wanted {
                entry: entry.key(at),
                name: tool.name.clone(),
                arguments: tool.args.clone(),
            })
        })
        .collect();
    wanted.reverse();
    wanted
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
        let mut take = |text| transcript.take(&log(&[("user", "u", "Why?"), ("agent", "a", text)]));
        assert_eq!(take("The j"), Ok("The j".into()));
        assert_eq!(take("The job é"), Ok("ob é".into()));
        assert_eq!(take("The job é"), Ok(String::new()));
        assert_eq!(take("No: the tests"), Ok("\n\nNo: the tests".into()));
        assert_eq!(transcript.take(""), Ok(String::new()));
        assert_eq!(transcript.text(), "No: the tests");
        assert!(transcript.take("[").is_err());
    }

    #[test]
    fn earlier_turns_are_not_shown_again() {
        let mut transcript = Transcript::new("And now?", true);
        let old = [("user", "u", "Why?"), ("agent", "a", "Old.")];
        assert_eq!(transcript.take(&log(&old)), Ok(String::new()));
        assert!(!transcript.is_current());
        let all = [old[0], old[1], ("user", "v", "And now?"), ("agent", "b", "New.")];
        assert_eq!(transcript.take(&log(&all)), Ok("New.".into()));
        assert!(transcript.is_current());
    }

    #[test]
    fn approval_is_asked_for_once_however_often_the_checkpoint_comes() {
        let checkpoint = json!({ "channel_values": { "ui_chat_log": [{
            "message_type": "request", "message_id": "r", "content": "?",
            "tool_info": { "name": "run_command", "args": { "command": "make" } },
        }] } });
        let mut transcript = Transcript::new("x", false);
        for expected in [1, 0] {
            transcript.take(&checkpoint.to_string()).expect("a checkpoint");
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

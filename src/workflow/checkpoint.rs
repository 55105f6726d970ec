//! Checkpoints: the log of a workflow, from which new text, retracted text and requests come.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The status of a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Created, running, or an unknown word.
    Working(String),
    /// The agent's turn is over.
    InputRequired,
    Finished,
    Failed,
    /// Stopped or paused, with the service's word.
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

    /// Whether a turn can end with it.
    pub(super) fn ends_a_turn(&self) -> bool {
        !matches!(self, Self::Working(_) | Self::ToolApproval)
    }

    /// The service's word for it.
    pub fn as_str(&self) -> &str {
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

/// An entry of the log; a field of an unexpected type counts as missing.
#[derive(Debug, Clone, Default, PartialEq)]
struct Entry {
    kind: String,
    sub_kind: String,
    content: String,
    /// The message's id, or its position if it has none.
    id: String,
    tool: Option<Value>,
}

impl Entry {
    fn read((at, entry): (usize, &Value)) -> Self {
        let text = |name| entry.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let id = match text("message_id") {
            id if id.is_empty() => format!("#{at}"),
            id => id,
        };
        Self {
            kind: text("message_type"),
            sub_kind: text("message_sub_type"),
            content: text("content"),
            id,
            tool: entry.get("tool_info").cloned(),
        }
    }

    fn is_said(&self) -> bool {
        self.kind == "agent" && self.sub_kind != "reasoning" && !self.content.is_empty()
    }

    /// A request and the tool that it was for have the same id.
    fn is_same_as(&self, other: &Self) -> bool {
        (&self.kind, &self.id) == (&other.kind, &other.id)
    }
}

/// A tool that the service asks approval for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    /// The id of the entry that asks.
    pub(super) entry: String,
    pub(super) name: String,
    pub(super) arguments: Value,
}

/// What a checkpoint changes for a reader of the answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// How many characters at the end are no longer part of the answer.
    pub(super) retracted: usize,
    /// What follows then.
    pub(super) text: String,
}

/// The log of a workflow as its checkpoints tell it, and what of it was shown.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    goal: String,
    /// The workflow had turns before this one, which are not shown again.
    resumes: bool,
    log: Vec<Entry>,
    plan: Vec<String>,
    /// How many questions there were before this turn's, once a checkpoint told.
    questions_before: Option<usize>,
    /// This turn's question is in the log.
    begun: bool,
    /// The agent's entries of this turn with their text.
    shown: Vec<(String, String)>,
    /// The last size of each agent's context, in tokens.
    contexts: BTreeMap<String, u64>,
    failure: String,
    asked: BTreeSet<String>,
}

const SEPARATOR: &str = "\n\n";

impl Transcript {
    pub(super) fn new(goal: &str, resumes: bool) -> Self {
        Self { goal: goal.trim().to_owned(), resumes, ..Self::default() }
    }

    /// Takes in a checkpoint. Fails, and changes nothing, if it cannot be read. The first
    /// checkpoint of a workflow that had turns before can still be the end of its last turn.
    pub(super) fn take(
        &mut self,
        status: &Status,
        checkpoint: &str,
        legacy_content: &str,
    ) -> Result<Change, String> {
        if !checkpoint.is_empty() {
            let checkpoint: Value = serde_json::from_str(checkpoint)
                .map_err(|error| format!("a checkpoint is not JSON: {error}"))?;
            let values = checkpoint.get("channel_values");
            if !checkpoint.is_object() || values.is_some_and(|values| !values.is_object()) {
                return Err("a checkpoint has no channel_values".to_owned());
            }
            let list = |pointer| {
                checkpoint.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
            };
            let steps = list("/channel_values/plan/steps");
            let steps = steps.filter_map(|step| step.get("description")?.as_str());
            self.plan = steps.map(str::to_owned).collect();
            let log = list("/channel_values/ui_chat_log").enumerate().map(Entry::read);
            self.merge(status, log.collect());
            self.find_turn(status.ends_a_turn());
        }
        if !self.is_current() {
            return Ok(Change::default());
        }
        let mut said: Vec<(String, String)> = self.said();
        if said.is_empty() && self.shown.is_empty() && !legacy_content.is_empty() {
            said.push((String::new(), legacy_content.to_owned()));
        }
        if said.is_empty() && checkpoint.is_empty() {
            return Ok(Change::default());
        }
        Ok(self.show(said))
    }

    /// Without incremental streaming a checkpoint has the whole log, with it the entries from
    /// the last one of the checkpoint before. A failure's has only the error; a stop's nothing.
    fn merge(&mut self, status: &Status, log: Vec<Entry>) {
        if *status == Status::Failed {
            let is_new = |entry: &Entry| !self.log.iter().any(|one| one.is_same_as(entry));
            let failures = log.iter().filter(|entry| entry.kind == "agent" && is_new(entry));
            let failures: Vec<&str> = failures.map(|entry| entry.content.as_str()).collect();
            self.failure = failures.join(SEPARATOR);
            return;
        }
        let Some(first) = log.first() else { return };
        let at = self.log.iter().rposition(|entry| entry.is_same_as(first));
        // The last entry vanished, and another one took its place.
        self.log.truncate(at.unwrap_or(self.log.len().saturating_sub(1)));
        self.log.extend(log);
    }

    fn find_turn(&mut self, ends_a_turn: bool) {
        let questions = || self.log.iter().filter(|entry| entry.kind == "user");
        let count = questions().count();
        let is_ours = questions().next_back().is_some_and(|last| last.content.trim() == self.goal);
        let own = usize::from(is_ours && !ends_a_turn);
        let earlier = if self.resumes { count - own } else { 0 };
        self.begun |= count > *self.questions_before.get_or_insert(earlier);
    }

    /// The agent's entries of this turn. Later user entries are objections, not questions.
    fn said(&self) -> Vec<(String, String)> {
        let questions = self.log.iter().enumerate().filter(|(_, entry)| entry.kind == "user");
        let question = questions.map(|(at, _)| at).nth(self.questions_before.unwrap_or(0));
        let start = question.filter(|_| self.resumes).map_or(0, |at| at + 1);
        let said = self.log[start..].iter().filter(|entry| entry.is_said());
        said.map(|entry| (entry.id.clone(), entry.content.clone())).collect()
    }

    /// An entry that vanished or begins differently is taken back with all that follows.
    fn show(&mut self, said: Vec<(String, String)>) -> Change {
        let is_kept = |((id, before), (new_id, now)): (&(String, String), &(String, String))| {
            id == new_id && now.starts_with(before.as_str())
        };
        let kept = self.shown.iter().zip(&said).take_while(|pair| is_kept(*pair)).count();
        let length = |entries: &[(String, String)]| {
            let characters: usize = entries.iter().map(|(_, text)| text.chars().count()).sum();
            characters + SEPARATOR.len() * entries.len().saturating_sub(1)
        };
        let retracted = length(&self.shown) - length(&self.shown[..kept]);
        let mut text = String::new();
        for (at, (_, now)) in said.iter().enumerate() {
            let before = self.shown.get(at).filter(|_| at < kept).map(|(_, before)| before.len());
            if before.is_none() && at > 0 {
                text.push_str(SEPARATOR);
            }
            text.push_str(&now[before.unwrap_or(0)..]);
        }
        self.shown = said;
        Change { retracted, text }
    }

    /// What the agent said in this turn.
    pub(super) fn text(&self) -> String {
        let texts: Vec<&str> = self.shown.iter().map(|(_, text)| text.as_str()).collect();
        texts.join(SEPARATOR)
    }

    /// The service's words for a failure; empty if it gave none.
    pub(super) fn failure(&self) -> &str {
        self.failure.trim()
    }

    /// The descriptions of the plan's steps.
    pub(super) fn plan(&self) -> &[String] {
        &self.plan
    }

    /// Takes in how large each agent's context is.
    pub(super) fn take_contexts(&mut self, contexts: BTreeMap<String, u64>) {
        self.contexts.extend(contexts);
    }

    /// The size of all agents' contexts in tokens, the only figure that the service gives.
    pub(super) fn context_tokens(&self) -> Option<u64> {
        (!self.contexts.is_empty()).then(|| self.contexts.values().sum())
    }

    /// Whether the service has this turn's question, so that it must not be sent again.
    pub(super) fn has_question(&self) -> bool {
        self.begun
    }

    /// Whether a status can be about this turn.
    pub(super) fn is_current(&self) -> bool {
        self.begun || !self.resumes
    }

    /// The tools that wait for approval, each returned once: a new connection begins with the
    /// checkpoint that ended the last one. Fails if a request cannot be read.
    pub(super) fn take_wanted(&mut self) -> Result<Vec<Wanted>, String> {
        let requests = self.log.iter().rev().take_while(|entry| entry.kind == "request");
        let mut wanted: Vec<Wanted> = requests.map(Wanted::read).collect::<Result<_, _>>()?;
        wanted.reverse();
        wanted.retain(|wanted| self.asked.insert(wanted.key()));
        Ok(wanted)
    }
}

impl Wanted {
    /// A request that differs in its arguments alone is another one.
    fn key(&self) -> String {
        format!("{} {} {}", self.entry, self.name, self.arguments)
    }

    fn read(entry: &Entry) -> Result<Self, String> {
        let name = entry.tool.as_ref().and_then(|tool| tool.get("name")?.as_str());
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return Err("a request for approval names no tool".to_owned());
        };
        let arguments = match entry.tool.as_ref().and_then(|tool| tool.get("args")) {
            // JSON in a string, as elsewhere in this protocol.
            Some(Value::String(text)) => {
                serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone()))
            }
            Some(arguments) => arguments.clone(),
            None => Value::Null,
        };
        Ok(Self { entry: entry.id.clone(), name: name.to_owned(), arguments })
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

    fn take(transcript: &mut Transcript, entries: &[(&str, &str, &str)]) -> (usize, String) {
        let working = Status::read("RUNNING");
        let change = transcript.take(&working, &log(entries), "").expect("a checkpoint");
        (change.retracted, change.text)
    }

    #[test]
    fn only_new_text_is_shown_and_a_rewrite_takes_the_entry_back() {
        let mut transcript = Transcript::new("Why?", false);
        let mut says = |text| take(&mut transcript, &[("user", "u", "Why?"), ("agent", "a", text)]);
        assert_eq!(says("The j"), (0, "The j".into()));
        assert_eq!(says("The job é"), (0, "ob é".into()));
        assert_eq!(says("The job é"), (0, String::new()));
        assert_eq!(says("No: the tests"), (9, "No: the tests".into()));
        assert_eq!(transcript.take(&Status::Finished, "", ""), Ok(Change::default()));
        assert_eq!(transcript.text(), "No: the tests");
        for unreadable in ["[", "[]", r#"{"channel_values":1}"#] {
            assert!(transcript.take(&Status::Finished, unreadable, "").is_err());
        }
    }

    #[test]
    fn an_entry_that_vanishes_is_taken_back_even_if_the_next_begins_the_same() {
        let mut transcript = Transcript::new("Why?", false);
        let (user, first) = (("user", "u", "Why?"), ("agent", "a", "First."));
        assert_eq!(take(&mut transcript, &[user, first, ("agent", "b", "No ")]).1, "First.\n\nNo ");
        let change = take(&mut transcript, &[user, first, ("agent", "c", "No moon.")]);
        assert_eq!(change, (5, "\n\nNo moon.".into()));
        assert_eq!(take(&mut transcript, &[user]), (16, String::new()));
        assert_eq!(transcript.text(), "");
    }

    #[test]
    fn an_incremental_checkpoint_begins_with_the_last_entry_of_the_one_before() {
        let mut transcript = Transcript::new("Why?", false);
        take(&mut transcript, &[("user", "u", "Why?"), ("agent", "a", "I ")]);
        let grown = take(&mut transcript, &[("agent", "a", "I read."), ("tool", "t", "")]);
        assert_eq!(grown, (0, "read.".into()));
        let next = take(&mut transcript, &[("tool", "t", ""), ("agent", "b", "No ")]);
        assert_eq!(next, (0, "\n\nNo ".into()));
        let replaced = take(&mut transcript, &[("agent", "c", "Yes.")]);
        assert_eq!(replaced, (5, "\n\nYes.".into()));
        assert_eq!(transcript.text(), "I read.\n\nYes.");
    }

    #[test]
    fn a_request_and_its_tool_share_an_id_and_are_told_apart() {
        let mut transcript = Transcript::new("Why?", false);
        take(&mut transcript, &[("user", "u", "Why?"), ("request", "c", "")]);
        take(&mut transcript, &[("request", "c", ""), ("agent", "a", "Now."), ("tool", "c", "")]);
        assert_eq!(take(&mut transcript, &[("tool", "c", "")]), (0, String::new()));
        assert_eq!(transcript.text(), "Now.");
    }

    #[test]
    fn a_failure_and_a_stop_leave_what_was_said() {
        let mut transcript = Transcript::new("Why?", false);
        take(&mut transcript, &[("user", "u", "Why?"), ("agent", "a", "Half")]);
        let error = log(&[("agent", "error-1", "It broke.")]);
        assert_eq!(transcript.take(&Status::Failed, &error, ""), Ok(Change::default()));
        let stopped = Status::read("STOPPED");
        assert_eq!(transcript.take(&stopped, &log(&[]), ""), Ok(Change::default()));
        assert_eq!((transcript.text().as_str(), transcript.failure()), ("Half", "It broke."));
    }

    #[test]
    fn legacy_content_is_the_text_if_the_log_has_none() {
        let mut transcript = Transcript::new("Why?", false);
        let working = Status::read("RUNNING");
        let change = transcript.take(&working, "", "Old way").expect("a checkpoint");
        assert_eq!(change.text, "Old way");
        let change = transcript.take(&working, &log(&[("agent", "a", "New way")]), "Old way");
        assert_eq!(change, Ok(Change { retracted: 7, text: "New way".into() }));
    }

    #[test]
    fn earlier_turns_are_not_shown_again() {
        let mut transcript = Transcript::new("And now?", true);
        let old = [("user", "u", "Why?"), ("agent", "a", "Old.")];
        let ended = transcript.take(&Status::InputRequired, &log(&old), "");
        assert_eq!(ended, Ok(Change::default()));
        assert!(!transcript.is_current());
        let all = [old[0], old[1], ("user", "v", "And now?"), ("agent", "b", "New.")];
        assert_eq!(take(&mut transcript, &all).1, "New.");
        assert!(transcript.is_current());
        let objected = [&all[..], &[("user", "w", "no"), ("agent", "c", "Not then.")]].concat();
        assert_eq!(take(&mut transcript, &objected).1, "\n\nNot then.");
        assert_eq!(transcript.text(), "New.\n\nNot then.");
    }

    #[test]
    fn the_same_question_again_is_another_turn() {
        let mut transcript = Transcript::new("Go on", true);
        let old = [("user", "u", "Go on"), ("agent", "a", "Old.")];
        let ended = transcript.take(&Status::InputRequired, &log(&old), "");
        assert_eq!(ended, Ok(Change::default()));
        assert_eq!(take(&mut transcript, &old), (0, String::new()));
        assert!(!transcript.is_current());
        let all = [old[0], old[1], ("user", "v", "Go on"), ("agent", "b", "New.")];
        assert_eq!(take(&mut transcript, &all).1, "New.");
        assert!(transcript.is_current());
    }

    #[test]
    fn fields_of_other_types_cost_their_entry_and_no_more() {
        let odd = json!({ "channel_values": { "plan": null, "ui_chat_log": [
            { "message_type": "tool", "content": ["x"], "tool_info": "read" },
            { "message_type": "agent", "content": "Yes.", "message_id": 7 },
            { "message_type": "request", "tool_info": { "name": "mkdir", "args": "{\"directory_path\":\"a\"}" } },
        ] } });
        let mut transcript = Transcript::new("x", false);
        let working = Status::read("RUNNING");
        let change = transcript.take(&working, &odd.to_string(), "").expect("a checkpoint");
        assert_eq!(change.text, "Yes.");
        let wanted = transcript.take_wanted().expect("a request");
        assert_eq!(wanted.len(), 1);
        assert_eq!(wanted[0].arguments, json!({ "directory_path": "a" }));
        let nameless = log(&[("request", "r", "?")]);
        transcript.take(&working, &nameless, "").expect("a checkpoint");
        assert!(transcript.take_wanted().is_err());
    }

    #[test]
    fn approval_is_asked_for_once_however_often_the_checkpoint_comes() {
        let checkpoint = json!({ "channel_values": { "ui_chat_log": [{
            "message_type": "request", "message_id": "r", "content": "?",
            "tool_info": { "name": "run_command", "args": { "command": "make" } },
        }] } });
        let mut transcript = Transcript::new("x", false);
        for expected in [1, 0] {
            let taken = transcript.take(&Status::ToolApproval, &checkpoint.to_string(), "");
            taken.expect("a checkpoint");
            assert_eq!(transcript.take_wanted().expect("requests").len(), expected);
        }
    }

    #[test]
    fn the_size_of_the_context_is_the_sum_of_the_agents_last_ones() {
        let mut transcript = Transcript::new("x", false);
        assert_eq!(transcript.context_tokens(), None);
        for (agent, tokens) in [("planner", 40), ("executor", 7), ("planner", 50)] {
            transcript.take_contexts([(agent.to_owned(), tokens)].into());
        }
        assert_eq!(transcript.context_tokens(), Some(57));
    }

    #[test]
    fn an_unknown_status_is_no_end() {
        assert_eq!(Status::read("DREAMING"), Status::Working("DREAMING".into()));
        assert_eq!(Status::read("CANCELLED"), Status::Stopped("CANCELLED".into()));
        assert_eq!(Status::read("COMPLETED"), Status::Finished);
    }
}

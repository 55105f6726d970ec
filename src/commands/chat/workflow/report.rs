//! What a run shows: the agent's text on standard output, what its tools do beside it, and the
//! result at the end.

use std::time::SystemTime;

use serde_json::Value;
use serde_json::value::RawValue;

use super::super::arguments::ChatArgs;
use super::model::Chosen;
use crate::commands::context::Context;
use crate::model::fenced::first_block;
use crate::system::notes::{Notes, Verbosity};
use crate::view::chat::{ChatPrinter, ChatResult, TokenUsage};
use crate::view::output::{Format, Printer, ViewError};
use crate::view::workflow::{ToolRow, WorkflowResult};
use crate::workflow::{Event, ToolUse};

/// The most characters of a line about a tool.
const LINE: usize = 200;

/// What a run shows.
pub(super) struct Report<'p> {
    printer: ChatPrinter<'p>,
    format: Format,
    notes: Notes,
    extracts: bool,
    /// Whether text waits for the end.
    holds_back: bool,
    pub(super) asked: Asked<'p>,
    tools: Vec<ToolRow>,
}

/// What is known before the end.
#[derive(Clone, Copy)]
pub(super) struct Asked<'p> {
    pub(super) model: &'p Chosen,
    pub(super) workflow_id: &'p str,
    pub(super) started: SystemTime,
}

/// How a run stood at its end.
#[derive(Clone, Copy)]
pub(super) struct Standing<'s> {
    pub(super) text: &'s str,
    pub(super) status: &'s str,
    /// A word of the contract.
    pub(super) finish_reason: &'static str,
    /// The size of the agents' contexts.
    pub(super) context_tokens: Option<u64>,
}

impl<'p> Report<'p> {
    pub(super) fn start(
        args: &ChatArgs,
        asked: Asked<'p>,
        printer: &'p mut Printer,
        context: &Context<'_>,
    ) -> Result<Self, ViewError> {
        let format = printer.format();
        let extracts = args.answer.extract;
        let holds_back = args.no_stream || (extracts && format == Format::Table);
        Ok(Self {
            printer: ChatPrinter::start(printer, args.answer.plain || extracts)?,
            format,
            notes: context.notes().clone(),
            extracts,
            holds_back,
            asked,
            tools: Vec::new(),
        })
    }

    /// Shows what happened.
    pub(super) fn event(&mut self, event: Event) -> Result<(), ViewError> {
        match event {
            Event::Text(_) | Event::Retracted(_) if self.holds_back => Ok(()),
            Event::Text(text) => {
                self.printer.delta(&text)?;
                self.printer.flush()
            }
            Event::Status(status) => self.printer.status(status.as_str()),
            Event::Retracted(characters) => self.retract(characters),
            Event::Note(text) => {
                self.printer.make_way()?;
                self.notes.note(&text);
                Ok(())
            }
            Event::Begun(what) => self.tell("▸ ", &what),
            Event::Tool(used) => self.tool(used),
            Event::Waiting | Event::Ask(_) | Event::AskPlan(_) | Event::End(_) => Ok(()),
        }
    }

    /// Ends the line of the answer on a terminal, where something else is to be shown.
    pub(super) fn make_way(&mut self) -> Result<(), ViewError> {
        self.printer.make_way()
    }

    /// Marks text that the service took back. A pipe has it already.
    fn retract(&mut self, characters: usize) -> Result<(), ViewError> {
        self.printer.retract(characters)?;
        if self.format == Format::Table && !self.printer.is_terminal() {
            self.notes.note(&format!(
                "the service took back the last {characters} characters of the answer; \
                 they are already printed"
            ));
        }
        Ok(())
    }

    fn tool(&mut self, used: ToolUse) -> Result<(), ViewError> {
        if !used.allowed {
            self.tell("✗ refused: ", &used.what)?;
        } else if !used.ok {
            self.tell("✗ failed: ", &used.what)?;
        }
        self.add(used);
        self.tools.last().map_or(Ok(()), |row| self.printer.tool(row))
    }

    fn add(&mut self, used: ToolUse) {
        let ToolUse { name, args, allowed, ok, .. } = used;
        self.tools.push(ToolRow { name, args, allowed, ok });
    }

    /// What a tool does, in a line; its text is no news to who reads along.
    fn tell(&mut self, lead: &str, what: &str) -> Result<(), ViewError> {
        if self.notes.verbosity() < Verbosity::Normal {
            return Ok(());
        }
        self.printer.make_way()?;
        let line = brief(what);
        let shown: String = line.chars().take(LINE).collect();
        let more = if shown.len() < line.len() { " …" } else { "" };
        self.notes.trace(Verbosity::Normal, &format!("{lead}{shown}{more}"));
        Ok(())
    }

    /// The tools so far; those of the session that no event told of are taken in.
    pub(super) fn settle_tools(&mut self, uses: &[ToolUse]) {
        for used in uses.iter().skip(self.tools.len()) {
            self.add(used.clone());
        }
    }

    /// Prints the result.
    pub(super) fn result(
        &mut self,
        standing: Standing<'_>,
        session: Option<&str>,
        context: &Context<'_>,
    ) -> Result<(), ViewError> {
        let text = self.shown(standing.text);
        if self.holds_back {
            self.printer.delta(&text)?;
        }
        let result =
            self.asked.result(Standing { text: &text, ..standing }, &self.tools, session, context);
        self.printer.result(&result)
    }

    /// Ends what was begun on standard output without a result; the result as far as it came,
    /// where the error is to have it.
    pub(super) fn break_off(
        &mut self,
        standing: Standing<'_>,
        context: &Context<'_>,
    ) -> anyhow::Result<Option<Box<RawValue>>> {
        let text = self.shown(standing.text);
        if self.format == Format::Table {
            if self.holds_back {
                self.printer.delta(&text)?;
            }
            self.printer.break_off()?;
            return Ok(None);
        }
        let result =
            self.asked.result(Standing { text: &text, ..standing }, &self.tools, None, context);
        Ok(Some(serde_json::value::to_raw_value(&result)?))
    }

    /// Whether standard output has events, the last of which tells of the end.
    pub(super) fn has_events(&self) -> bool {
        self.format == Format::Ndjson
    }

    fn shown(&self, text: &str) -> String {
        let block = self.extracts.then(|| first_block(text)).flatten();
        block.unwrap_or_else(|| text.to_owned())
    }

    /// What was done on this machine, where the run ended otherwise than well.
    pub(super) fn summary(&self) -> Option<String> {
        let done = |names: &[&str], member: &str| -> Vec<String> {
            let rows = self.tools.iter().filter(|row| row.ok && names.contains(&row.name.as_str()));
            let mut all: Vec<String> = rows.filter_map(|row| text(&row.args, member)).collect();
            all.dedup();
            all
        };
        let changed = done(&["write", "edit", "mkdir"], "path");
        let ran = self.tools.iter().filter(|row| row.allowed).filter_map(command);
        let ran: Vec<String> = ran.collect();
        let refused = self.tools.iter().filter(|row| !row.allowed).count();
        let parts = [
            (!changed.is_empty()).then(|| format!("changed {}", changed.join(", "))),
            (!ran.is_empty()).then(|| format!("ran {}", ran.join("; "))),
            (refused > 0).then(|| format!("{refused} refused")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let count = self.tools.len();
        match (count, parts.is_empty()) {
            (0, _) => None,
            (1, true) => Some("before that: one tool, which changed nothing here".to_owned()),
            (_, true) => Some(format!("before that: {count} tools, which changed nothing here")),
            (_, false) => Some(format!("before that: {}", parts.join("; "))),
        }
    }
}

impl Asked<'_> {
    fn result<'r>(
        &'r self,
        standing: Standing<'r>,
        tools: &'r [ToolRow],
        session: Option<&'r str>,
        context: &Context<'_>,
    ) -> ChatResult<'r> {
        let took = context.clock().now().duration_since(self.started).unwrap_or_default();
        ChatResult {
            id: Some(self.workflow_id),
            model: &self.model.id,
            backend_model: self.model.reference.as_deref(),
            provider: Some("workflow"),
            text: standing.text,
            finish_reason: standing.finish_reason,
            usage: TokenUsage { input_tokens: standing.context_tokens, ..TokenUsage::default() },
            duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            session,
            request_id: None,
            workflow: Some(WorkflowResult {
                workflow_id: self.workflow_id,
                status: standing.status,
                tools,
            }),
        }
    }
}

/// The first line, or the first of the shell's.
pub(super) fn brief(what: &str) -> String {
    let mut lines = what.lines();
    let first = lines.next().unwrap_or_default();
    let command = lines.next().and_then(|line| line.strip_prefix("| "));
    match command.filter(|_| first == "run with /bin/sh -c") {
        Some(command) => format!("run {command}"),
        None => first.trim_end_matches(": replace").to_owned(),
    }
}

fn text(args: &Value, member: &str) -> Option<String> {
    args.get(member)?.as_str().map(str::to_owned)
}

/// The command line of a tool that ran one.
fn command(row: &ToolRow) -> Option<String> {
    match row.name.as_str() {
        "shell" => text(&row.args, "command"),
        "command" => {
            let arguments = row.args.get("arguments")?.as_array()?.iter().filter_map(Value::as_str);
            let program = row.args.get("program")?.as_str()?;
            Some(std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" "))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_says_what_a_tool_does() {
        assert_eq!(brief("read a.rs"), "read a.rs");
        assert_eq!(brief("edit a.rs: replace\n| a\nby\n| b"), "edit a.rs");
        assert_eq!(brief("run with /bin/sh -c\n| make\n| make test"), "run make");
        assert_eq!(brief("write a (4 bytes)\n| x"), "write a (4 bytes)");
    }

    #[test]
    fn a_command_is_told_of_as_it_ran() {
        let row =
            |name: &str, args| ToolRow { name: name.to_owned(), args, allowed: true, ok: true };
        let shell = row("shell", json!({ "command": "make; ls" }));
        assert_eq!(command(&shell).as_deref(), Some("make; ls"));
        let program = row("command", json!({ "program": "cargo", "arguments": ["test", "-q"] }));
        assert_eq!(command(&program).as_deref(), Some("cargo test -q"));
        assert_eq!(command(&row("write", json!({ "path": "a" }))), None);
    }
}

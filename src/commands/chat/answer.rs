//! Printing an answer as it comes, and what its end means for the exit code.

use std::time::{Duration, SystemTime};

use serde_json::value::RawValue;

use super::arguments::AnswerArgs;
use super::schema::SchemaMismatch;
use super::usage_line::{self, sum};
use crate::commands::context::Context;
use crate::duo::{DuoError, Event, FinishReason, Model, Outcome, Reply, Usage};
use crate::model::fenced::first_block;
use crate::system::clock::Deadline;
use crate::view::chat::{ChatPrinter, ChatResult, LineEnd, TokenUsage};
use crate::view::output::{Format, Printer};

/// An answer that is not a whole one; the reason is the error below it.
#[derive(Debug, thiserror::Error)]
#[error("")]
pub(crate) struct BrokenAnswer {
    /// The result as far as it came; `None` for text, which is printed already.
    pub(crate) partial: Option<Box<RawValue>>,
    /// Whether standard output has events, the last of which tells of the error.
    pub(crate) as_event: bool,
    /// The URL that answered, where an answer had begun.
    pub(crate) url: Option<String>,
    /// The gateway's `x-request-id` of the answer, where one had begun.
    pub(crate) request_id: Option<String>,
}

/// The answer ends at its length limit, and that was not to be.
#[derive(Debug, thiserror::Error)]
#[error("the answer ends at its length limit")]
pub(crate) struct Truncated;

/// The answer takes longer than was allowed.
#[derive(Debug, thiserror::Error)]
#[error("the answer was not complete after {} s", limit.as_secs())]
pub(crate) struct TooSlow {
    limit: Duration,
}

/// How an answer is to be shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// Only the first fenced block.
    extracts: bool,
    /// Nothing of the answer is shown before it is found to be right.
    has_schema: bool,
    reasoning: bool,
    usage: bool,
    fails_on_truncation: bool,
    plain: bool,
    /// Whether the text is needed when the answer is whole.
    keeps_text: bool,
}

impl Manner {
    pub(super) fn new(args: &AnswerArgs, is_kept: bool) -> Self {
        Self {
            extracts: args.extract,
            has_schema: args.schema.is_some(),
            reasoning: args.reasoning,
            usage: args.usage,
            fails_on_truncation: args.fail_on_truncation,
            plain: args.plain || args.extract || args.schema.is_some(),
            keeps_text: is_kept,
        }
    }

    /// Whether text waits for the end of the answer.
    fn holds_back(self, format: Format) -> bool {
        self.has_schema || (self.extracts && format == Format::Table)
    }
}

/// One answer on its way to standard output.
pub(super) struct Answer<'p> {
    asked: Asked<'p>,
    manner: Manner,
    format: Format,
    printer: ChatPrinter<'p>,
    /// What came; not kept where nobody needs it, since it can be long.
    text: String,
    /// Of the earlier try, if there was one.
    used: Usage,
    /// Of everything together.
    time_limit: Option<(Duration, Deadline)>,
}

impl<'p> Answer<'p> {
    pub(super) fn start(
        model: &'p Model,
        started: SystemTime,
        manner: Manner,
        printer: &'p mut Printer,
        time_limit: Option<(Duration, Deadline)>,
    ) -> anyhow::Result<Self> {
        let format = printer.format();
        let printer = ChatPrinter::start(printer, manner.plain)?;
        let asked = Asked { model, started };
        let (text, used) = (String::new(), Usage::default());
        Ok(Self { asked, manner, format, printer, text, used, time_limit })
    }

    /// Takes in a reply to its end and prints what may be printed at once. An answer that
    /// cannot stand is an error, and what was begun on standard output is ended.
    pub(super) fn receive(
        &mut self,
        reply: Result<Reply, DuoError>,
        context: &Context<'_>,
    ) -> anyhow::Result<Outcome> {
        let mut reply = match reply {
            Ok(reply) => reply,
            Err(error) => {
                return Err(self.fail(self.cause(error), &Outcome::default(), context)?);
            }
        };
        loop {
            // What came is shown before more is waited for.
            let next = match reply.buffered_event() {
                Ok(None) => {
                    self.printer.flush()?;
                    reply.next_event()
                }
                come => come,
            };
            match next {
                Ok(Some(event)) => self.event(&event)?,
                Ok(None) => break,
                Err(error) => {
                    return Err(self.fail(self.cause(error), &reply.outcome(), context)?);
                }
            }
        }
        let outcome = Outcome { usage: sum(self.used, reply.outcome().usage), ..reply.outcome() };
        let error: anyhow::Error = match &outcome.finish {
            Some(FinishReason::Length) if self.manner.fails_on_truncation => Truncated.into(),
            _ => return Ok(outcome),
        };
        Err(self.fail(error, &outcome, context)?)
    }

    /// What ends the line on standard output if the run is interrupted.
    pub(super) fn line_end(&self) -> LineEnd {
        self.printer.line_end()
    }

    /// What came, if it is kept.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The answer is this part of what came.
    pub(super) fn set_text(&mut self, text: String) {
        self.text = text;
    }

    /// Forgets a try that is followed by another, less what it used.
    pub(super) fn begin_again(&mut self, outcome: &Outcome) {
        self.used = outcome.usage;
        self.text.clear();
    }

    /// The time limit of the whole answer, if it has passed, explains whatever failed.
    fn cause(&self, error: DuoError) -> anyhow::Error {
        match self.time_limit {
            Some((limit, deadline)) if deadline.has_passed() => TooSlow { limit }.into(),
            _ => error.into(),
        }
    }

    fn event(&mut self, event: &Event) -> anyhow::Result<()> {
        let holds_back = self.manner.holds_back(self.format);
        match event {
            Event::Text(text) => {
                if holds_back || self.manner.keeps_text || self.format != Format::Table {
                    self.text.push_str(text);
                }
                if !holds_back {
                    self.printer.delta(text)?;
                }
            }
            Event::Reasoning(text) if self.manner.reasoning => {
                if !holds_back || self.format == Format::Ndjson {
                    self.printer.reasoning(text)?;
                }
            }
            Event::Reasoning(_) => {}
        }
        Ok(())
    }

    /// Prints what is left to print of an answer that stands.
    pub(super) fn finish(
        &mut self,
        outcome: &Outcome,
        session: Option<&str>,
        context: &Context<'_>,
    ) -> anyhow::Result<()> {
        let shown = self.shown();
        if self.manner.holds_back(self.format) {
            self.printer.delta(&shown)?;
        }
        let reason = outcome.finish.as_ref().map_or("stop", FinishReason::as_str);
        let result = self.asked.result(&shown, outcome, reason, session, context);
        self.printer.result(&result)?;
        match &outcome.finish {
            Some(FinishReason::Length) => {
                context.notes().note("the answer ends here because its length limit was reached");
            }
            Some(FinishReason::Other(word)) => {
                context.notes().note(&format!("the answer ended with the stop reason {word:?}"));
            }
            _ => {}
        }
        self.tell_usage(outcome, context);
        Ok(())
    }

    /// Ends an answer that does not fit its schema, of which standard output gets nothing.
    pub(super) fn mismatch(
        &mut self,
        mismatch: SchemaMismatch,
        outcome: &Outcome,
        context: &Context<'_>,
    ) -> anyhow::Result<anyhow::Error> {
        self.fail(mismatch.into(), outcome, context)
    }

    fn shown(&self) -> String {
        let block = self.manner.extracts.then(|| first_block(&self.text)).flatten();
        block.unwrap_or_else(|| self.text.clone())
    }

    /// Ends what was begun on standard output; the error with what came.
    fn fail(
        &mut self,
        error: anyhow::Error,
        outcome: &Outcome,
        context: &Context<'_>,
    ) -> anyhow::Result<anyhow::Error> {
        let shown = self.shown();
        if self.format == Format::Table && self.manner.extracts && !shown.trim().is_empty() {
            self.printer.delta(&shown)?;
        }
        let partial = match self.format {
            Format::Table => None,
            _ if self.text.is_empty() && outcome.id.is_none() => None,
            _ => {
                let reason = reason_of(&error, outcome);
                let result = self.asked.result(&self.text, outcome, reason, None, context);
                Some(serde_json::value::to_raw_value(&result)?)
            }
        };
        let as_event = self.format == Format::Ndjson;
        self.printer.break_off()?;
        self.tell_usage(outcome, context);
        let (url, request_id) = (outcome.url.clone(), outcome.request_id.clone());
        Ok(error.context(BrokenAnswer { partial, as_event, url, request_id }))
    }

    fn tell_usage(&self, outcome: &Outcome, context: &Context<'_>) {
        if let Some(line) = usage_line::of(&outcome.usage).filter(|_| self.manner.usage) {
            context.notes().note(&line);
        }
    }
}

/// Why an answer that does not stand ended, in JSON.
fn reason_of<'o>(error: &anyhow::Error, outcome: &'o Outcome) -> &'o str {
    let is_whole = error.is::<Truncated>() || error.is::<SchemaMismatch>();
    match &outcome.finish {
        Some(finish) if is_whole => finish.as_str(),
        Some(FinishReason::Refusal) => "refusal",
        _ => "incomplete",
    }
}

/// What was known before the answer.
struct Asked<'p> {
    model: &'p Model,
    started: SystemTime,
}

impl Asked<'_> {
    fn result<'r>(
        &'r self,
        text: &'r str,
        outcome: &'r Outcome,
        finish_reason: &'r str,
        session: Option<&'r str>,
        context: &Context<'_>,
    ) -> ChatResult<'r> {
        let took = context.clock().now().duration_since(self.started).unwrap_or_default();
        ChatResult {
            id: outcome.id.as_deref(),
            model: &self.model.id,
            backend_model: Some(&self.model.backend),
            provider: Some(self.model.dialect.provider()),
            text,
            finish_reason,
            usage: TokenUsage {
                input_tokens: outcome.usage.input_tokens,
                output_tokens: outcome.usage.output_tokens,
                cache_read_tokens: outcome.usage.cache_read_tokens,
                cache_write_tokens: outcome.usage.cache_write_tokens,
            },
            duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            session,
            request_id: outcome.request_id.as_deref(),
            workflow: None,
        }
    }
}

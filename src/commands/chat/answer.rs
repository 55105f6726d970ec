//! Printing an answer as it comes, and what its end means for the exit code.

use std::time::SystemTime;

use serde_json::value::RawValue;

use crate::commands::context::Context;
use crate::duo::{DuoError, Event, FinishReason, Model, Outcome, Reply};
use crate::view::chat::{ChatPrinter, ChatResult, TokenUsage};
use crate::view::output::{Format, Printer};

/// An answer that is not a whole one; the reason is the error below it.
#[derive(Debug, thiserror::Error)]
#[error("")]
pub(crate) struct BrokenAnswer {
    /// The result as far as it came; `None` for text, which is printed already.
    pub(crate) partial: Option<Box<RawValue>>,
    /// Whether standard output has events, the last of which tells of the error.
    pub(crate) as_event: bool,
}

/// The model declined.
#[derive(Debug, thiserror::Error)]
#[error("the model declined to answer")]
pub(crate) struct Refused;

/// One answer on its way to standard output.
pub(super) struct Answer<'p> {
    asked: Asked<'p>,
    format: Format,
    printer: ChatPrinter<'p>,
    /// What came, for JSON; text is not kept.
    text: String,
}

impl<'p> Answer<'p> {
    pub(super) fn start(
        model: &'p Model,
        started: SystemTime,
        printer: &'p mut Printer,
    ) -> anyhow::Result<Self> {
        let format = printer.format();
        let printer = ChatPrinter::start(printer)?;
        Ok(Self { asked: Asked { model, started }, format, printer, text: String::new() })
    }

    /// Prints the reply to its end.
    pub(super) fn print(
        mut self,
        reply: Result<Reply, DuoError>,
        context: &Context<'_>,
    ) -> anyhow::Result<u8> {
        let mut reply = match reply {
            Ok(reply) => reply,
            Err(error) => return self.fail(error.into(), &Outcome::default(), context),
        };
        loop {
            let next = match reply.buffered_event() {
                Ok(None) => {
                    self.printer.flush()?;
                    reply.next_event()
                }
                come => come,
            };
            match next {
                Ok(Some(event)) => self.event(&event)?,
                Ok(None) => return self.finish(&reply.outcome(), context),
                Err(error) => return self.fail(error.into(), &reply.outcome(), context),
            }
        }
    }

    fn event(&mut self, event: &Event) -> anyhow::Result<()> {
        match event {
            Event::Text(text) => {
                if self.format != Format::Table {
                    self.text.push_str(text);
                }
                self.printer.delta(text)?;
            }
            // Never on standard output as text.
            Event::Reasoning(text) if self.format != Format::Table => {
                self.printer.reasoning(text)?;
            }
            Event::Reasoning(_) => {}
        }
        Ok(())
    }

    fn finish(self, outcome: &Outcome, context: &Context<'_>) -> anyhow::Result<u8> {
        match outcome.finish.unwrap_or(FinishReason::Stop) {
            FinishReason::Refusal => self.fail(Refused.into(), outcome, context),
            FinishReason::Incomplete => self.fail(DuoError::CutShort.into(), outcome, context),
            reason => {
                let result = self.asked.result(&self.text, outcome, reason, context);
                self.printer.result(&result)?;
                if reason == FinishReason::Length {
                    context
                        .notes()
                        .note("the answer ends here because its length limit was reached");
                }
                Ok(0)
            }
        }
    }

    /// Ends what was begun on standard output and hands the error on with what came.
    fn fail(
        self,
        error: anyhow::Error,
        outcome: &Outcome,
        context: &Context<'_>,
    ) -> anyhow::Result<u8> {
        let refused = error.is::<Refused>();
        let reason = if refused { FinishReason::Refusal } else { FinishReason::Incomplete };
        let partial = match self.format {
            Format::Table => None,
            _ if self.text.is_empty() && outcome.id.is_none() => None,
            _ => {
                let result = self.asked.result(&self.text, outcome, reason, context);
                Some(serde_json::value::to_raw_value(&result)?)
            }
        };
        let as_event = self.format == Format::Ndjson;
        self.printer.break_off()?;
        Err(error.context(BrokenAnswer { partial, as_event }))
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
        reason: FinishReason,
        context: &Context<'_>,
    ) -> ChatResult<'r> {
        let took = context.clock().now().duration_since(self.started).unwrap_or_default();
        ChatResult {
            id: outcome.id.as_deref(),
            model: &self.model.id,
            backend_model: Some(&self.model.backend),
            provider: Some(self.model.dialect.provider()),
            text,
            finish_reason: reason.word(),
            usage: TokenUsage {
                input_tokens: outcome.usage.input_tokens,
                output_tokens: outcome.usage.output_tokens,
                cache_read_tokens: outcome.usage.cache_read_tokens,
                cache_write_tokens: outcome.usage.cache_write_tokens,
            },
            duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            session: None,
            request_id: outcome.request_id.as_deref(),
        }
    }
}

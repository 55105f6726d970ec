//! A model's answer as it comes: text for people, exact bytes in a pipe, or JSON events.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use super::markdown::MarkdownStream;
use super::output::{Format, Printer, ViewError};
use super::stdout::OutputError;
use super::style::{Paint, RESET};
use super::workflow::{ToolRow, WorkflowResult};
use crate::model::harmless::HarmlessStream;
use crate::system::streams::Output;

/// What was used, in tokens; `null` where the provider did not say.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct TokenUsage {
    /// All of the input, cached parts included.
    pub input_tokens: Option<u64>,
    /// The answer.
    pub output_tokens: Option<u64>,
    /// Input read from the provider's cache.
    pub cache_read_tokens: Option<u64>,
    /// Input written to the provider's cache.
    pub cache_write_tokens: Option<u64>,
}

/// The whole of an answer, the members in the documented order.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct ChatResult<'a> {
    /// The provider's id of the answer.
    pub id: Option<&'a str>,
    /// The Duo model.
    pub model: &'a str,
    /// The provider's model.
    pub backend_model: Option<&'a str>,
    /// Whose model it is.
    pub provider: Option<&'a str>,
    /// The answer.
    pub text: &'a str,
    /// `stop`, `length`, `refusal`, `incomplete` or `tool_denied`.
    pub finish_reason: &'a str,
    /// Tokens.
    pub usage: TokenUsage,
    /// From the question to the end of the answer.
    pub duration_ms: u64,
    /// The conversation it was kept in.
    pub session: Option<&'a str>,
    /// The gateway's `x-request-id`.
    pub request_id: Option<&'a str>,
    /// Of a workflow.
    #[serde(flatten)]
    pub workflow: Option<WorkflowResult<'a>>,
}

/// A line of `-F ndjson`.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event<'a> {
    Start,
    Delta { text: &'a str },
    Reasoning { text: &'a str },
    Tool(&'a ToolRow),
    Status { status: &'a str },
    Retract { chars: usize },
    Result(&'a ChatResult<'a>),
}

/// What the last piece of text was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Showing {
    Nothing,
    Reasoning,
    Answer,
}

/// Prints one answer. Text goes out piece by piece, at the latest with [`ChatPrinter::flush`];
/// JSON waits for the result.
pub struct ChatPrinter<'p> {
    printer: &'p mut Printer,
    harmless: HarmlessStream,
    /// On a terminal with colours, unless the answer is to be plain.
    markdown: Option<MarkdownStream>,
    showing: Showing,
    line_open: bool,
    /// What was sent on its way ends inside a line, and nothing is being sent.
    rests_in_line: Arc<AtomicBool>,
    /// Something else stands above on the terminal, so that no blank line is needed.
    resumes: bool,
}

impl<'p> ChatPrinter<'p> {
    /// Begins an answer. On a terminal that shows colours it is styled as Markdown, unless
    /// `plain`.
    pub fn start(printer: &'p mut Printer, plain: bool) -> Result<Self, ViewError> {
        let styled = printer.stdout.is_terminal && printer.stdout.style.color && !plain;
        let mut chat = Self {
            printer,
            harmless: HarmlessStream::default(),
            markdown: styled.then(MarkdownStream::default),
            showing: Showing::Nothing,
            line_open: false,
            rests_in_line: Arc::default(),
            resumes: false,
        };
        chat.event(&Event::Start)?;
        Ok(chat)
    }

    /// A piece of the answer.
    pub fn delta(&mut self, text: &str) -> Result<(), ViewError> {
        match self.printer.format() {
            Format::Table => Ok(self.piece(Showing::Answer, text)?),
            Format::Json => Ok(()),
            Format::Ndjson => self.event(&Event::Delta { text }),
        }
    }

    /// A piece of what the model thought on the way. As text it is for `--reasoning` only: the
    /// caller leaves it out otherwise.
    pub fn reasoning(&mut self, text: &str) -> Result<(), ViewError> {
        match self.printer.format() {
            Format::Table => Ok(self.piece(Showing::Reasoning, text)?),
            Format::Json => Ok(()),
            Format::Ndjson => self.event(&Event::Reasoning { text }),
        }
    }

    /// A tool that is done with, or was refused. Text leaves it to standard error.
    pub fn tool(&mut self, tool: &ToolRow) -> Result<(), ViewError> {
        self.event(&Event::Tool(tool))
    }

    /// Where a workflow stands.
    pub fn status(&mut self, status: &str) -> Result<(), ViewError> {
        self.event(&Event::Status { status })
    }

    /// The last so many characters are no longer part of the answer: an event, or a mark on a
    /// terminal. A pipe has them already and gets a blank line.
    pub fn retract(&mut self, chars: usize) -> Result<(), ViewError> {
        self.event(&Event::Retract { chars })?;
        if self.printer.format() != Format::Table {
            return Ok(());
        }
        self.end_line()?;
        self.resumes = true;
        if !self.is_terminal() {
            return Ok(self.printer.stdout.exact(b"\n")?);
        }
        let mark = format!("[the last {chars} characters were taken back]");
        let paint = self.printer.stdout.style.color.then(|| (Paint::Dim.sgr(), RESET));
        let (start, end) = paint.unwrap_or_default();
        self.printer.stdout.exact(format!("{start}{mark}{end}\n").as_bytes())?;
        self.flush()
    }

    /// Whether a person reads along.
    pub fn is_terminal(&self) -> bool {
        self.printer.stdout.is_terminal
    }

    /// Shows what came so far and, on a terminal, ends its line for what is not of the answer.
    pub fn make_way(&mut self) -> Result<(), ViewError> {
        if self.printer.format() == Format::Table && self.printer.stdout.is_terminal {
            self.resumes |= self.showing != Showing::Nothing;
            self.end_line()?;
        }
        self.flush()
    }

    /// Shows what came so far; due before every wait for more.
    pub fn flush(&mut self) -> Result<(), ViewError> {
        self.rests_in_line.store(false, Ordering::SeqCst);
        self.printer.stdout.flush()?;
        self.rests_in_line.store(self.line_open, Ordering::SeqCst);
        Ok(())
    }

    /// What ends the line if the run is interrupted.
    pub fn line_end(&self) -> LineEnd {
        let rests_in_line = Arc::clone(&self.rests_in_line);
        LineEnd { stdout: self.printer.stdout.stream(), rests_in_line }
    }

    /// Ends a whole answer.
    pub fn result(&mut self, result: &ChatResult<'_>) -> Result<(), ViewError> {
        match self.printer.format() {
            Format::Table => Ok(self.end_text()?),
            Format::Json => {
                let object = to_json(result)?;
                self.printer.object(object.as_bytes(), &[])
            }
            Format::Ndjson => self.event(&Event::Result(result)),
        }
    }

    /// Ends an answer that broke off: the line that was begun, and nothing else.
    pub fn break_off(&mut self) -> Result<(), ViewError> {
        Ok(self.end_text()?)
    }

    fn event(&mut self, event: &Event<'_>) -> Result<(), ViewError> {
        if self.printer.format() != Format::Ndjson {
            return Ok(());
        }
        let object = to_json(event)?;
        self.printer.object(object.as_bytes(), &[])
    }

    fn piece(&mut self, kind: Showing, text: &str) -> Result<(), OutputError> {
        let text = if self.resumes { text.trim_start_matches('\n') } else { text };
        if text.is_empty() {
            return Ok(());
        }
        self.resumes = false;
        if self.showing != kind {
            self.turn_to(kind)?;
        }
        if self.printer.stdout.is_terminal {
            let shown = self.harmless.push(text.as_bytes());
            self.show(&shown)?;
        } else {
            self.write(text)?;
        }
        Ok(())
    }

    /// A blank line and a colour keep apart what was thought and what is said.
    fn turn_to(&mut self, kind: Showing) -> Result<(), OutputError> {
        if self.showing != Showing::Nothing {
            self.end_line()?;
            self.printer.stdout.exact(b"\n")?;
        }
        if kind == Showing::Reasoning && self.printer.stdout.style.color {
            self.printer.stdout.exact(Paint::Dim.sgr().as_bytes())?;
        }
        self.showing = kind;
        Ok(())
    }

    fn end_text(&mut self) -> Result<(), OutputError> {
        self.end_line()?;
        self.printer.stdout.flush()
    }

    fn end_line(&mut self) -> Result<(), OutputError> {
        let held_back = self.harmless.finish();
        self.show(&held_back)?;
        if let Some(markdown) = self.markdown.as_mut().filter(|_| self.showing == Showing::Answer) {
            let held_back = markdown.finish();
            self.printer.stdout.exact(held_back.as_bytes())?;
        }
        if self.showing == Showing::Reasoning && self.printer.stdout.style.color {
            self.printer.stdout.exact(RESET.as_bytes())?;
        }
        if std::mem::take(&mut self.line_open) { self.printer.stdout.exact(b"\n") } else { Ok(()) }
    }

    /// Harmless text, styled where it is the answer's.
    fn show(&mut self, text: &str) -> Result<(), OutputError> {
        match self.markdown.as_mut().filter(|_| self.showing == Showing::Answer) {
            Some(markdown) => {
                let styled = markdown.push(text);
                if !text.is_empty() {
                    self.line_open = !text.ends_with('\n');
                }
                self.printer.stdout.exact(styled.as_bytes())
            }
            None => self.write(text),
        }
    }

    fn write(&mut self, text: &str) -> Result<(), OutputError> {
        self.rests_in_line.store(false, Ordering::SeqCst);
        if !text.is_empty() {
            self.line_open = !text.ends_with('\n');
        }
        self.printer.stdout.exact(text.as_bytes())
    }
}

/// A stream that writes a line feed to standard output, whatever it is given, if the text there
/// ends inside a line.
pub struct LineEnd {
    stdout: Output,
    rests_in_line: Arc<AtomicBool>,
}

impl Write for LineEnd {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.rests_in_line.swap(false, Ordering::SeqCst) {
            self.stdout.write_all(b"\n")?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writing plain data as JSON into memory fails only where memory does.
fn to_json(value: &impl Serialize) -> Result<String, OutputError> {
    serde_json::to_string(value).map_err(|error| OutputError::Io(error.into()))
}

#[cfg(test)]
mod tests {
    use super::super::stdout::Stdout;
    use super::super::stdout::tests::{Written, pipe, terminal};
    use super::*;

    const RESULT: ChatResult<'_> = ChatResult {
        id: Some("msg_1"),
        model: "duo-chat-sonnet-4-5",
        backend_model: None,
        provider: Some("anthropic"),
        text: "Hi\n",
        finish_reason: "stop",
        usage: TokenUsage {
            input_tokens: Some(12),
            output_tokens: Some(3),
            cache_read_tokens: None,
            cache_write_tokens: None,
        },
        duration_ms: 5,
        session: None,
        request_id: None,
        workflow: None,
    };

    const OBJECT: &str = r#""id":"msg_1","model":"duo-chat-sonnet-4-5","backend_model":null,"provider":"anthropic","text":"Hi\n","finish_reason":"stop","usage":{"input_tokens":12,"output_tokens":3,"cache_read_tokens":null,"cache_write_tokens":null},"duration_ms":5,"session":null,"request_id":null}"#;

    fn printer((stdout, written): (Stdout, Written), format: Format) -> (Printer, Written) {
        (Printer::new(format, None, None, stdout), written)
    }

    #[test]
    fn a_pipe_gets_the_exact_bytes_when_told_and_a_last_line_end() {
        let (mut printer, written) = printer(pipe(), Format::Table);
        let mut chat = ChatPrinter::start(&mut printer, false).expect("started");
        chat.delta("a\x1b[1m\r").and_then(|()| chat.flush()).expect("printed");
        assert_eq!(written.text(), "a\x1b[1m\r");
        chat.delta("\nb").expect("printed");
        chat.result(&RESULT).expect("ended");
        assert_eq!(written.text(), "a\x1b[1m\r\nb\n");
    }

    #[test]
    fn an_answer_with_its_own_line_end_gets_no_other() {
        let (mut printer, written) = printer(pipe(), Format::Table);
        let mut chat = ChatPrinter::start(&mut printer, false).expect("started");
        chat.delta("a\n").and_then(|()| chat.delta("")).expect("printed");
        chat.break_off().expect("ended");
        assert_eq!(written.text(), "a\n");
        let (mut printer, written) = self::printer(pipe(), Format::Table);
        ChatPrinter::start(&mut printer, false)
            .and_then(|mut chat| chat.break_off())
            .expect("ended");
        assert_eq!(written.text(), "");
    }

    #[test]
    fn a_terminal_gets_nothing_that_it_would_obey() {
        let (mut printer, written) = printer(terminal(), Format::Table);
        let mut chat = ChatPrinter::start(&mut printer, false).expect("started");
        chat.delta("a\x1b[2J\r").and_then(|()| chat.delta("\nb\r")).expect("printed");
        chat.break_off().expect("ended");
        assert_eq!(written.text(), "a\\x1b[2J\nb\\r\n");
    }

    #[test]
    fn a_terminal_with_colours_gets_markdown_unless_it_is_to_be_plain() {
        for (plain, expected) in
            [(false, "\x1b[1m# a\\x1b[2J\x1b[0m\nb\n"), (true, "# a\\x1b[2J\nb\n")]
        {
            let (mut printer, written) = printer(terminal(), Format::Table);
            printer.stdout.style.color = true;
            let mut chat = ChatPrinter::start(&mut printer, plain).expect("started");
            chat.delta("# a\x1b").and_then(|()| chat.delta("[2J\nb")).expect("printed");
            chat.break_off().expect("ended");
            assert_eq!(written.text(), expected);
        }
    }

    #[test]
    fn reasoning_stands_apart_from_the_answer() {
        let (mut printer, written) = printer(pipe(), Format::Table);
        let mut chat = ChatPrinter::start(&mut printer, false).expect("started");
        chat.reasoning("hm").and_then(|()| chat.delta("yes")).expect("printed");
        chat.result(&RESULT).expect("ended");
        assert_eq!(written.text(), "hm\n\nyes\n");
    }

    #[test]
    fn json_is_the_result_alone() {
        let (mut printer, written) = printer(pipe(), Format::Json);
        let mut chat = ChatPrinter::start(&mut printer, false).expect("started");
        chat.delta("Hi").expect("printed");
        assert_eq!(written.text(), "");
        chat.result(&RESULT).expect("ended");
        assert_eq!(written.text(), format!("{{{OBJECT}\n"));
    }

    #[test]
    fn ndjson_is_an_event_a_line() {
        let (mut printer, written) = printer(pipe(), Format::Ndjson);
        let mut chat = ChatPrinter::start(&mut printer, false).expect("started");
        chat.reasoning("hm").and_then(|()| chat.delta("a\nb")).expect("printed");
        chat.result(&RESULT).expect("ended");
        let expected = format!(
            "{{\"type\":\"start\"}}\n{{\"type\":\"reasoning\",\"text\":\"hm\"}}\n\
             {{\"type\":\"delta\",\"text\":\"a\\nb\"}}\n{{\"type\":\"result\",{OBJECT}\n"
        );
        assert_eq!(written.text(), expected);
    }
}

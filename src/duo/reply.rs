//! An answer as it comes, and how it ends, whatever protocol carries it.

use std::collections::{HashMap, VecDeque};

use super::catalogue::Dialect;
use super::dialect::BadEvent;
use super::error::{self, DuoError, Shortfall};
use crate::http::{EventReader, Stream};

/// The most bytes of an answer that is not streamed.
const LARGEST_ANSWER: usize = 64 << 20;

/// A piece of an answer, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Text of the answer.
    Text(String),
    /// What the model thought, or said before its final answer.
    Reasoning(String),
}

/// What was used, in tokens; `None` if the provider did not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// All of the input, cached parts included.
    pub input_tokens: Option<u64>,
    /// The answer.
    pub output_tokens: Option<u64>,
    /// Input read from the provider's cache.
    pub cache_read_tokens: Option<u64>,
    /// Input written to the provider's cache.
    pub cache_write_tokens: Option<u64>,
}

/// Why an answer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FinishReason {
    /// It was complete.
    Stop,
    /// The limit of tokens or of the context was reached.
    Length,
    /// The model or a filter declined.
    Refusal,
    /// What came is not the complete answer.
    Incomplete,
    /// The provider's own word, which glduo does not know.
    Other(String),
}

impl FinishReason {
    /// The word in JSON.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::Refusal => "refusal",
            Self::Incomplete => "incomplete",
            Self::Other(word) => word,
        }
    }
}

/// What is known of an answer besides its text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The provider's id of the answer.
    pub id: Option<String>,
    /// Why it ended.
    pub finish: Option<FinishReason>,
    /// What was used.
    pub usage: Usage,
    /// The URL that answered, without its query.
    pub url: Option<String>,
    /// The gateway's `x-request-id`.
    pub request_id: Option<String>,
}

/// Where in a message text belongs: what came of it as deltas is not given out again when it
/// comes as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Channel {
    /// A part of the answer.
    Text(u64),
    /// A part in which the model declines.
    Refusal(u64),
    /// A part of what it thought, or of the summary of that.
    Thought(u64),
    Summary(u64),
}

/// A message of the answer, or a stretch of thought.
#[derive(Debug, Default)]
pub(super) struct Item {
    id: Option<String>,
    index: Option<u64>,
    /// Text that is not the answer.
    pub(super) is_commentary: bool,
    pub(super) is_message: bool,
    /// Bytes given out.
    given: HashMap<Channel, usize>,
}

/// What the reader of a protocol has taken in.
#[derive(Debug, Default)]
pub(super) struct ReplyState {
    pub(super) outcome: Outcome,
    pub(super) ready: VecDeque<Event>,
    /// The provider's end event came.
    pub(super) ended: bool,
    /// A part was marked as the model's refusal.
    pub(super) is_refused: bool,
    /// Why it declined.
    pub(super) refusal: Option<String>,
    /// The provider's own word for the end.
    stop_word: Option<String>,
    /// Input that is neither read from nor written to a cache (Anthropic).
    pub(super) plain_input: Option<u64>,
    pub(super) items: Vec<Item>,
    /// The texts of several items are one text, and not set apart by a blank line.
    pub(super) joins_items: bool,
    has_text: bool,
    last_text: Option<usize>,
    last_thought: Option<(usize, Channel)>,
    /// The line feeds at the end of the text so far, two at most.
    line_feeds: usize,
}

impl ReplyState {
    /// The item of this index, else of this id, else a new one.
    pub(super) fn item(&mut self, index: Option<u64>, id: Option<&str>) -> usize {
        let by_index = |item: &Item| index.is_some() && item.index == index;
        let by_id = |item: &Item| id.is_some() && item.id.as_deref() == id;
        let found = self.items.iter().position(by_index);
        let found = found.or_else(|| self.items.iter().position(by_id));
        found.unwrap_or_else(|| {
            self.items.push(Item { id: id.map(str::to_owned), index, ..Item::default() });
            self.items.len() - 1
        })
    }

    /// The item of this id.
    pub(super) fn item_named(&self, id: &str) -> Option<usize> {
        self.items.iter().position(|item| item.id.as_deref() == Some(id))
    }

    /// Text that follows what came of its item so far.
    pub(super) fn delta(&mut self, at: usize, channel: Channel, text: &str) {
        if text.is_empty() {
            return;
        }
        *self.items[at].given.entry(channel).or_default() += text.len();
        let is_thought = matches!(channel, Channel::Thought(_) | Channel::Summary(_));
        if is_thought || self.items[at].is_commentary {
            let here = (at, channel);
            let is_new = self.last_thought.replace(here).is_some_and(|last| last != here);
            let gap = if is_new { "\n\n" } else { "" };
            self.ready.push_back(Event::Reasoning(format!("{gap}{text}")));
            return;
        }
        self.is_refused |= matches!(channel, Channel::Refusal(_));
        let is_new = self.last_text.replace(at).is_some_and(|last| last != at);
        let gap = if is_new && !self.joins_items { &"\n\n"[self.line_feeds.min(2)..] } else { "" };
        self.has_text |= !text.trim().is_empty();
        let trailing = text.len() - text.trim_end_matches('\n').len();
        let all = trailing == text.len();
        self.line_feeds = if all { self.line_feeds + trailing } else { trailing };
        self.ready.push_back(Event::Text(format!("{gap}{text}")));
    }

    /// Text of an item from its beginning: what the deltas had not given is given out.
    pub(super) fn whole(&mut self, at: usize, channel: Channel, text: &str) {
        let given = self.items[at].given.get(&channel).copied().unwrap_or(0);
        if let Some(rest) = text.get(given..) {
            self.delta(at, channel, rest);
        }
    }

    /// The provider's word for why the answer ends.
    pub(super) fn stop(&mut self, word: &str) {
        let finish = match word {
            _ if self.is_refused => FinishReason::Refusal,
            "end_turn" | "stop" | "stop_sequence" | "completed" => FinishReason::Stop,
            "max_tokens" | "length" | "max_output_tokens" | "model_context_window_exceeded" => {
                FinishReason::Length
            }
            "refusal" | "content_filter" => FinishReason::Refusal,
            // No tool was offered, and glduo does not continue a paused turn.
            "tool_use" | "tool_calls" | "function_call" | "pause_turn" | "incomplete"
            | "cancelled" | "canceled" | "in_progress" | "queued" => FinishReason::Incomplete,
            other => FinishReason::Other(other.to_owned()),
        };
        self.outcome.finish = Some(finish);
        self.stop_word = Some(word.to_owned());
    }

    /// Whether the answer is complete, once nothing more comes.
    fn conclude(&mut self) -> Result<(), DuoError> {
        let word = || self.stop_word.clone().unwrap_or_default();
        let shortfall = match &self.outcome.finish {
            None => Shortfall::CutOff,
            Some(FinishReason::Refusal) => {
                return Err(DuoError::Declined { reason: self.refusal.take() });
            }
            Some(FinishReason::Incomplete) => match word().as_str() {
                "tool_use" | "tool_calls" | "function_call" => Shortfall::ToolUse,
                "pause_turn" => Shortfall::Paused,
                _ => Shortfall::Stopped(word()),
            },
            Some(FinishReason::Length) if !self.has_text => Shortfall::NoTextAtLimit(word()),
            Some(_) if !self.has_text => Shortfall::NoText(word()),
            Some(_) => return Ok(()),
        };
        Err(DuoError::Incomplete(shortfall))
    }
}

/// An answer as it comes.
pub struct Reply {
    dialect: Dialect,
    events: Box<EventReader>,
    state: ReplyState,
    over: bool,
}

impl Reply {
    pub(super) fn new(dialect: Dialect, stream: Stream) -> Self {
        let events = Box::new(EventReader::new(stream));
        Self { dialect, events, state: ReplyState::default(), over: false }
    }

    /// The next event; `None` if the answer is complete. An answer that ends in any other way is
    /// an error, after everything that came was given out.
    pub fn next_event(&mut self) -> Result<Option<Event>, DuoError> {
        loop {
            if let Some(event) = self.state.ready.pop_front() {
                return Ok(Some(event));
            }
            if self.over {
                return self.state.conclude().map(|()| None);
            }
            self.read()?;
        }
    }

    /// The next event if it has come already; `None` if [`Reply::next_event`] would have to
    /// wait for it, or has nothing more to give.
    pub fn buffered_event(&mut self) -> Result<Option<Event>, DuoError> {
        while self.state.ready.is_empty() && !self.over {
            if !self.events.has_buffered_event() {
                return Ok(None);
            }
            self.read()?;
        }
        self.next_event()
    }

    /// What is known so far.
    pub fn outcome(&self) -> Outcome {
        let stream = self.events.stream();
        Outcome {
            url: Some(stream.place()),
            request_id: stream.request_id().map(str::to_owned),
            ..self.state.outcome.clone()
        }
    }

    /// Takes in what comes next. After a stop reason the answer is complete: whatever is missing
    /// or wrong then, it is no error any more.
    fn read(&mut self) -> Result<(), DuoError> {
        let taken = self.take();
        let is_complete = self.state.outcome.finish.is_some();
        self.over = self.state.ended || (is_complete && taken.is_err());
        match taken {
            Ok(true) => Ok(()),
            Ok(false) => {
                self.over = true;
                Ok(())
            }
            Err(_) if is_complete => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Takes in one event or a complete answer; false at the end of the body.
    fn take(&mut self) -> Result<bool, DuoError> {
        if self.events.is_json().map_err(DuoError::Gateway)? {
            let body = self.events.read_rest(LARGEST_ANSWER).map_err(DuoError::Gateway)?;
            let text = String::from_utf8_lossy(&body);
            let read = self.dialect.read("message", &text, &mut self.state);
            read.map_err(|bad| self.error(bad))?;
            return Ok(false);
        }
        let Some(event) = self.events.next_event().map_err(DuoError::Gateway)? else {
            return Ok(false);
        };
        let read = self.dialect.read(&event.name, &event.data, &mut self.state);
        if read.map_err(|bad| self.error(bad))? {
            self.events.content_came();
        }
        Ok(true)
    }

    fn error(&self, bad: BadEvent) -> DuoError {
        let stream = self.events.stream();
        match bad {
            BadEvent::Refused(refused) => {
                let request_id = stream.request_id().map(str::to_owned);
                error::from_stream(&refused, stream.place(), request_id)
            }
            BadEvent::Unreadable(reason) => DuoError::Malformed { reason },
        }
    }
}

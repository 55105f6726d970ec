//! Event streams as the WHATWG HTML standard defines them (§9.2.6, "Interpreting an event
//! stream"), parsed as the bytes come.

use std::borrow::Cow;
use std::ops::Range;

/// How much is read at once; more brought nothing when measured.
const CHUNK: usize = 64 << 10;
/// The largest event that is taken, in bytes. Comments and unknown fields are discarded as they
/// come, and may have any length.
pub(super) const LARGEST_EVENT: usize = 64 << 20;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One event. Bytes that are not UTF-8 are U+FFFD. Its `id` and `retry` fields matter only to
/// a client that reconnects, which ours must not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event<'a> {
    /// The event's type, `message` where the server gave none.
    pub name: Cow<'a, str>,
    /// The data, several lines joined by line feeds.
    pub data: Cow<'a, str>,
}

/// An event grew beyond what is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventTooLarge;

/// Bytes in, events out, whatever pieces the bytes come in.
#[derive(Debug, Default)]
pub struct SseParser {
    /// The first `end` bytes are input; what lies before `line` and `data` has been used.
    buffer: Vec<u8>,
    end: usize,
    /// Where the line being read begins.
    line: usize,
    /// Up to where it is known to have no end.
    scanned: usize,
    /// The last line ended in a carriage return: a line feed right after it belongs to it.
    after_return: bool,
    /// The beginning of the line was discarded, and the rest of it will be.
    skips_line: bool,
    /// The place of a byte order mark is behind us.
    started: bool,
    name: Vec<u8>,
    data: Data,
    /// The event in `name` and `data` is complete and was given out.
    complete: bool,
}

/// The data of an event. Most have one line, which need not be copied.
#[derive(Debug, Default)]
enum Data {
    #[default]
    None,
    InBuffer(Range<usize>),
    Joined(Vec<u8>),
}

impl SseParser {
    /// Adds input.
    pub fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = self.room();
            let count = room.len().min(bytes.len());
            room[..count].copy_from_slice(&bytes[..count]);
            self.filled(count);
            bytes = &bytes[count..];
        }
    }

    /// The next complete event of the input so far.
    pub fn next_event(&mut self) -> Result<Option<Event<'_>>, EventTooLarge> {
        Ok(if self.advance()? { Some(self.current()) } else { None })
    }

    /// Where to put input; [`SseParser::filled`] tells how much was put there.
    pub(super) fn room(&mut self) -> &mut [u8] {
        let used = match &self.data {
            Data::InBuffer(range) => range.start,
            Data::None | Data::Joined(_) => self.line,
        };
        if used > 0 {
            self.remove(0..used);
        }
        // Comments between the data and the end of its event.
        if let Data::InBuffer(data) = &self.data
            && data.end < self.line
        {
            self.remove(data.end..self.line);
        }
        if self.buffer.len() < self.end + CHUNK / 2 {
            self.buffer.resize(self.end + CHUNK, 0);
        }
        &mut self.buffer[self.end..]
    }

    /// Removes bytes that have been used, with nothing unused before them but the data.
    fn remove(&mut self, used: Range<usize>) {
        let length = used.len();
        self.buffer.copy_within(used.end..self.end, used.start);
        self.end -= length;
        self.line -= length;
        self.scanned -= length;
        if let Data::InBuffer(data) = &mut self.data
            && data.start >= used.end
        {
            *data = data.start - length..data.end - length;
        }
    }

    /// The first byte that is not blank, of input that nothing was read from yet.
    pub(super) fn first_byte(&self) -> Option<u8> {
        let input = &self.buffer[..self.end];
        let input = input.strip_prefix(BYTE_ORDER_MARK).unwrap_or(input);
        input.iter().copied().find(|byte| !byte.is_ascii_whitespace())
    }

    /// The input that nothing was read from yet.
    pub(super) fn into_input(self) -> Vec<u8> {
        let mut input = self.buffer;
        input.truncate(self.end);
        match input.strip_prefix(BYTE_ORDER_MARK) {
            Some(rest) => rest.to_vec(),
            None => input,
        }
    }

    pub(super) fn filled(&mut self, count: usize) {
        self.end += count;
    }

    /// Goes on to the next complete event; false where more input is needed.
    pub(super) fn advance(&mut self) -> Result<bool, EventTooLarge> {
        if std::mem::take(&mut self.complete) {
            self.forget();
        }
        while let Some(line) = self.take_line() {
            if !line.is_empty() {
                self.take_field(line);
            } else if matches!(self.data, Data::None) {
                self.forget();
            } else {
                self.complete = true;
                return Ok(true);
            }
            if self.size() > LARGEST_EVENT {
                return Err(EventTooLarge);
            }
        }
        if self.size() > LARGEST_EVENT { Err(EventTooLarge) } else { Ok(false) }
    }

    /// The event that [`SseParser::advance`] found.
    pub(super) fn current(&self) -> Event<'_> {
        let name: &[u8] = if self.name.is_empty() { b"message" } else { &self.name };
        let data = match &self.data {
            Data::None => &[],
            Data::InBuffer(range) => &self.buffer[range.clone()],
            Data::Joined(data) => data.as_slice(),
        };
        Event { name: text(name), data: text(data) }
    }

    fn forget(&mut self) {
        self.name.clear();
        self.data = Data::None;
    }

    /// Bytes held for the event that is being read.
    fn size(&self) -> usize {
        let data = match &self.data {
            Data::None => 0,
            Data::InBuffer(range) => range.len(),
            Data::Joined(data) => data.len(),
        };
        self.name.len() + data + self.scanned - self.line
    }

    /// The next whole line without its end: LF, CR or CRLF. A CR ends the line at once, since
    /// waiting for a possible LF could hold an event back.
    fn take_line(&mut self) -> Option<Range<usize>> {
        if !self.skip_start() {
            return None;
        }
        self.skip_line_feed();
        loop {
            let rest = &self.buffer[self.scanned..self.end];
            let Some(length) = memchr::memchr2(b'\n', b'\r', rest) else {
                self.skips_line |= is_ignored(&self.buffer[self.line..self.end]);
                if self.skips_line {
                    self.end = self.line;
                }
                self.scanned = self.end;
                return None;
            };
            let line = self.line..self.scanned + length;
            self.after_return = self.buffer[line.end] == b'\r';
            self.line = line.end + 1;
            self.scanned = self.line;
            if !std::mem::take(&mut self.skips_line) {
                return Some(line);
            }
            self.skip_line_feed();
        }
    }

    /// Passes over the line feed of a CRLF.
    fn skip_line_feed(&mut self) {
        if self.after_return && self.line < self.end {
            self.after_return = false;
            if self.buffer[self.line] == b'\n' {
                self.line += 1;
                self.scanned = self.line;
            }
        }
    }

    /// Passes over a byte order mark; false while there may still be one to come.
    fn skip_start(&mut self) -> bool {
        if self.started {
            return true;
        }
        let input = &self.buffer[..self.end];
        if input.len() < BYTE_ORDER_MARK.len() && BYTE_ORDER_MARK.starts_with(input) {
            return false;
        }
        self.started = true;
        if input.starts_with(BYTE_ORDER_MARK) {
            self.line = BYTE_ORDER_MARK.len();
            self.scanned = self.line;
        }
        true
    }

    fn take_field(&mut self, line: Range<usize>) {
        let bytes = &self.buffer[line.clone()];
        let colon = bytes.iter().position(|byte| *byte == b':').unwrap_or(bytes.len());
        let after = bytes.get(colon + 1..).unwrap_or_default();
        let value = line.end - after.len() + usize::from(after.starts_with(b" "))..line.end;
        match &bytes[..colon] {
            b"data" => self.take_data(value),
            b"event" => {
                self.name.clear();
                self.name.extend_from_slice(&self.buffer[value]);
            }
            // Comments have an empty name; `id`, `retry` and unknown fields do nothing here.
            _ => {}
        }
    }

    fn take_data(&mut self, value: Range<usize>) {
        self.data = match std::mem::take(&mut self.data) {
            Data::None => Data::InBuffer(value),
            Data::InBuffer(first) => {
                Data::Joined([&self.buffer[first], &self.buffer[value]].join(&b'\n'))
            }
            Data::Joined(mut data) => {
                data.push(b'\n');
                data.extend_from_slice(&self.buffer[value]);
                Data::Joined(data)
            }
        };
    }
}

/// Whether the beginning of a line shows that it is neither data nor an event's name.
fn is_ignored(line: &[u8]) -> bool {
    match line.iter().take(6).position(|byte| *byte == b':') {
        Some(colon) => !matches!(&line[..colon], b"data" | b"event"),
        None => line.len() > 5,
    }
}

/// Checks first, which goes many bytes at a time where replacing goes one by one.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Owned = (String, String);

    fn drain(parser: &mut SseParser, events: &mut Vec<Owned>) {
        while let Some(event) = parser.next_event().expect("events of ordinary size") {
            events.push((event.name.into_owned(), event.data.into_owned()));
        }
    }

    fn events_of(pieces: &[&[u8]]) -> Vec<Owned> {
        let mut parser = SseParser::default();
        let mut events = Vec::new();
        for piece in pieces {
            parser.push(piece);
            drain(&mut parser, &mut events);
        }
        events
    }

    fn events(input: &str) -> Vec<Owned> {
        events_of(&[input.as_bytes()])
    }

    fn message(data: &str) -> Owned {
        ("message".to_owned(), data.to_owned())
    }

    #[test]
    fn the_examples_of_the_standard() {
        let input = "data: YHOO\ndata: +2\ndata: 10\n\n";
        assert_eq!(events(input), [message("YHOO\n+2\n10")]);
        let input = ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n";
        let expected = ["first event", "second event", " third event"].map(message);
        assert_eq!(events(input), expected);
        assert_eq!(events("data\n\ndata\ndata\n\ndata:"), ["", "\n"].map(message));
        assert_eq!(events("data:test\n\ndata: test\n\n"), ["test", "test"].map(message));
    }

    #[test]
    fn types_are_per_event_and_an_event_without_data_is_none() {
        let input = "event: a\ndata: 1\n\nevent: b\n\ndata: 2\n\nevent: c\nevent: d\ndata: 3\n\n";
        let expected = [("a", "1"), ("message", "2"), ("d", "3")];
        assert_eq!(events(input), expected.map(|(name, data)| (name.to_owned(), data.to_owned())));
    }

    #[test]
    fn every_way_to_cut_the_input_gives_the_same() {
        let input = "\u{feff}event: é\r\ndata: ✓1\rdata: 2\n\r\n:c\r\r\ndata: x\n\ndatax: no\ndata:y: z\r\r";
        let whole = events(input);
        let expected = [("é", "✓1\n2"), ("message", "x"), ("message", "y: z")];
        assert_eq!(whole, expected.map(|(name, data)| (name.to_owned(), data.to_owned())));
        let bytes = input.as_bytes();
        for cut in 0..=bytes.len() {
            assert_eq!(events_of(&[&bytes[..cut], &bytes[cut..]]), whole, "cut at {cut}");
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(events_of(&single), whole);
    }

    #[test]
    fn an_event_is_there_as_soon_as_its_blank_line_is() {
        let mut parser = SseParser::default();
        for (piece, expected) in [("data: 1\r", 0), ("\r", 1), ("\ndata: 2\n", 0), ("\n", 1)] {
            parser.push(piece.as_bytes());
            let mut events = Vec::new();
            drain(&mut parser, &mut events);
            assert_eq!(events.len(), expected, "{piece:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced_and_a_late_mark_is_no_mark() {
        assert_eq!(events_of(&[b"data: a\xff\n\n"]), [message("a\u{fffd}")]);
        assert_eq!(events("data: 1\n\n\u{feff}data: 2\n\n"), [message("1")]);
    }

    #[test]
    fn one_line_of_data_is_not_copied() {
        let mut parser = SseParser::default();
        parser.push(b"data: x\n\n");
        let event = parser.next_event().expect("no overflow").expect("an event");
        assert!(matches!(event.data, Cow::Borrowed("x")));
    }

    #[test]
    fn an_endless_event_is_refused_and_endless_comments_are_not() {
        let line = format!("data: {}\n", "x".repeat(CHUNK));
        let flood = |line: &str| {
            let mut parser = SseParser::default();
            for _ in 0..=LARGEST_EVENT / CHUNK {
                parser.push(line.as_bytes());
                parser.next_event()?;
            }
            Ok(parser.buffer.len())
        };
        assert_eq!(flood(&line), Err(EventTooLarge));
        assert_eq!(flood(&line.replace('\n', "")), Err(EventTooLarge));
        let comments = flood(&line.replace("data", "")).expect("no event at all");
        assert!(comments <= 4 * CHUNK, "{comments}");
        for one in [":", "retry: ", "unknown", ":\n", "data-x: 1\n"] {
            let mut parser = SseParser::default();
            parser.push(b"data: a\n");
            let flood = one.repeat(CHUNK / one.len());
            for _ in 0..40 {
                parser.push(flood.as_bytes());
                assert_eq!(parser.next_event(), Ok(None), "{one:?}");
            }
            assert!(parser.buffer.len() <= 4 * CHUNK, "{one:?}: {}", parser.buffer.len());
            parser.push(if one.ends_with('\n') { b"" } else { b"\r\n" });
            parser.push(b"data: b\r\n\r\n");
            let event = parser.next_event().expect("no overflow").expect("an event");
            assert_eq!(event.data, "a\nb", "{one:?}");
        }
    }
}

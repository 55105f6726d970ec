//! What holds for every input, tried with generated ones. The seed is fixed, so that a run is like
//! the next; PROPTEST_CASES tries more.

use std::fmt::Write as _;

use glduo::config::FileLevel;
use glduo::config::edit::EditableFile;
use glduo::http::SseParser;
use glduo::model::diff_lines::diff_lines;
use glduo::model::fenced::{fence, first_block};
use glduo::model::harmless::{HarmlessStream, Keep, harmless, is_harmful};
use glduo::model::project::ProjectRef;
use glduo::model::redact::Redactor;
use glduo::model::remote::Remote;
use glduo::model::secret::Secret;
use glduo::model::token_shape;
use glduo::system::clock::RealClock;
use glduo::view::markdown::MarkdownStream;
use glduo::view::trace::LogFilter;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|count| count.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(128),
        rng_seed: RngSeed::Fixed(7),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Bytes in which the given pieces are frequent.
fn bytes_with(pieces: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => select(pieces).prop_map(|piece| piece.as_bytes().to_vec()),
        2 => "[a-z ]{0,8}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..4),
    ];
    vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn text_with(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    bytes_with(pieces).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// The bytes in pieces of the given lengths, over and over.
fn cut<'b>(bytes: &'b [u8], lengths: &[usize]) -> Vec<&'b [u8]> {
    let mut rest = bytes;
    let mut pieces = Vec::new();
    for length in lengths.iter().cycle() {
        if rest.is_empty() || lengths.iter().all(|length| *length == 0) {
            break;
        }
        let (piece, after) = rest.split_at((*length).min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

fn lengths() -> impl Strategy<Value = Vec<usize>> {
    vec(0_usize..9, 1..6)
}

const HOSTILE: &[&str] = &[
    "\x1b[31m",
    "\x1b]0;title\x07",
    "\u{202e}",
    "\u{200b}",
    "\u{e0041}",
    "\u{9b}",
    "\r",
    "\n",
    "\t",
    "\u{feff}",
    "é",
    "日本",
    "👩‍👩‍👧",
    "\0",
    "\x7f",
    "\u{2066}",
];

fn sanitized(bytes: &[u8], lengths: &[usize]) -> String {
    let mut stream = HarmlessStream::default();
    let pieces = cut(bytes, lengths);
    let mut shown: String = pieces.iter().map(|piece| stream.push(piece)).collect();
    shown.push_str(&stream.finish());
    shown
}

const LOG: &[&str] = &[
    "\x1b[0K",
    "\x1b[32;1m",
    "\x1b[0m",
    "\x1b]8;;https://x\x1b\\",
    "\r",
    "\r\n",
    "\n",
    "section_start:1700000000:a[collapsed=true]\r",
    "section_end:1:b[\r",
    "section_start:0:a[",
    "section_end:1700000009:a.b-c\r\x1b[0K",
    "2026-11-27T10:00:00.000000Z 00O ",
    "100%",
    "\u{9b}2J",
];

fn filtered(bytes: &[u8], lengths: &[usize], color: bool) -> String {
    let mut filter = LogFilter::new(color, Some("job"));
    let mut shown = String::new();
    for piece in cut(bytes, lengths) {
        filter.push(piece, &mut shown);
    }
    filter.finish(&mut shown);
    shown
}

/// The text without sequences that only set colors.
fn without_colors(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_digit() && !matches!(c, ';' | ':'));
        if let Some(end) = end.filter(|end| part[*end..].starts_with('m')) {
            plain.push_str(&part[end + 1..]);
        } else {
            plain.push_str("\x1b[");
            plain.push_str(part);
        }
    }
    plain
}

const MARKDOWN: &[&str] = &[
    "# ",
    "## ",
    "**",
    "*",
    "_",
    "`",
    "```",
    "~~~",
    "\n",
    "\n\n",
    "- ",
    "1. ",
    "> ",
    "[a](b)",
    "|a|b|\n",
    "path/to/*.rs",
    "\\*",
    "    ",
    "<b>",
    "***",
];

fn styled(text: &str, lengths: &[usize]) -> String {
    let mut stream = MarkdownStream::default();
    let letters: Vec<String> = text.chars().map(String::from).collect();
    let mut rest = letters.as_slice();
    let mut out = String::new();
    for length in lengths.iter().cycle() {
        if rest.is_empty() || lengths.iter().all(|length| *length == 0) {
            break;
        }
        let (piece, after) = rest.split_at((*length).min(rest.len()));
        out.push_str(&stream.push(&piece.concat()));
        rest = after;
    }
    out.push_str(&stream.push(&rest.concat()));
    out.push_str(&stream.finish());
    out
}

const STREAM: &[&str] = &[
    "data:",
    "data: ",
    "event: a\n",
    "\n",
    "\n\n",
    "\r",
    "\r\n",
    "\r\r",
    ": comment\n",
    "id: 1\n",
    "retry: 5\n",
    "data\n",
    "datax: 1\n",
    "\u{feff}",
    "{\"a\":1}",
    "é",
];

/// The events of a stream by the text of the WHATWG HTML standard, §9.2.6, as simple as can be.
fn events_by_the_standard(bytes: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (mut events, mut name, mut data) = (Vec::new(), String::new(), None::<String>);
    // What follows the last line end is an incomplete line.
    let lines = text.rsplit_once('\n').map_or("", |(lines, _)| lines);
    let complete = text.contains('\n');
    for line in lines.split('\n').filter(|_| complete) {
        if line.is_empty() {
            if let Some(data) = data.take() {
                let name = if name.is_empty() { "message".to_owned() } else { name.clone() };
                events.push((name, data));
            }
            name.clear();
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut name),
            "data" => match &mut data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => data = Some(value.to_owned()),
            },
            _ => {}
        }
    }
    events
}

fn events(bytes: &[u8], lengths: &[usize]) -> Vec<(String, String)> {
    let mut parser = SseParser::default();
    let mut all = Vec::new();
    for piece in cut(bytes, lengths) {
        parser.push(piece);
        while let Some(event) = parser.next_event().expect("small events") {
            all.push((event.name.into_owned(), event.data.into_owned()));
        }
    }
    all
}

/// Keys of the configuration and values that fit them.
const SETTINGS: &[(&str, &str)] = &[
    ("gitlab.model", "duo-chat-haiku-4-5"),
    ("gitlab.smallModel", "duo-chat-sonnet-4-5"),
    ("gitlab.instanceUrl", "https://gitlab.example.com"),
    ("gitlab.instructions", "Say \"no\" // twice"),
];

/// A configuration file with these settings and a comment at each place that can have one.
fn commented(settings: &[(&str, &str)]) -> String {
    let mut text = "// first\n{ // second\n  /* third */ \"gitlab\": { // fourth\n".to_owned();
    for (index, (key, value)) in settings.iter().enumerate() {
        let (name, value) = (key.trim_start_matches("gitlab."), serde_json::json!(value));
        let comma = if index + 1 < settings.len() { "," } else { "" };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "    // before {index}");
        let _ = writeln!(text, "    \"{name}\": /* in {index} */ {value}{comma} // behind {index}");
    }
    text + "  } // fifth\n} // sixth\n"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..config() })]

    #[test]
    fn a_changed_setting_leaves_every_other_value_and_comment(
        present in proptest::sample::subsequence(SETTINGS, 0..=SETTINGS.len()),
        changed in select(SETTINGS),
        value in "[ -~]{1,20}",
    ) {
        let folder = tempfile::tempdir().expect("a directory");
        let path = folder.path().join("config.json");
        let before = commented(&present);
        std::fs::write(&path, &before).expect("written");
        let file = EditableFile { path: &path, level: FileLevel::User };
        let value = if changed.0 == "gitlab.instructions" { value.as_str() } else { changed.1 };
        file.set(changed.0, &serde_json::json!(value), &RealClock).expect("set");
        let text = std::fs::read_to_string(&path).expect("a file");
        for comment in before.split(['\n', '*']).filter_map(|line| line.split_once("// ")) {
            let words = comment.1;
            prop_assert!(words.contains("twice") || text.contains(words), "{words} is lost: {text}");
        }
        let values = file.values().expect("a configuration");
        for (key, expected) in present.iter().filter(|(key, _)| *key != changed.0) {
            let found = values.iter().find(|(name, _)| name == key);
            prop_assert_eq!(found.map(|(_, value)| value.clone()), Some(serde_json::json!(expected)));
        }
        let found = values.iter().find(|(name, _)| *name == changed.0);
        prop_assert_eq!(found.map(|(_, found)| found.clone()), Some(serde_json::json!(value)));
        prop_assert!(file.unset(changed.0, &RealClock).expect("unset"));
        let values = file.values().expect("a configuration");
        prop_assert!(values.iter().all(|(name, _)| *name != changed.0));
        prop_assert_eq!(values.len(), present.iter().filter(|(key, _)| *key != changed.0).count());
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn sanitized_text_has_no_harmful_character_wherever_it_is_cut(
        bytes in bytes_with(HOSTILE), lengths in lengths()
    ) {
        let shown = sanitized(&bytes, &lengths);
        prop_assert!(!shown.chars().any(|c| is_harmful(c) && !matches!(c, '\n' | '\t')), "{shown:?}");
        prop_assert_eq!(&shown, &sanitized(&bytes, &[usize::MAX]));
        prop_assert_eq!(harmless(&shown, Keep::Text).into_owned(), shown.clone(), "idempotent");
        let line = harmless(&shown, Keep::Line).into_owned();
        prop_assert!(!line.chars().any(is_harmful), "{line:?}");
    }

    #[test]
    fn a_learned_secret_never_survives(
        secret in "[A-Za-z0-9_./+=-]{8,40}",
        other in "[A-Za-z0-9_-]{8,12}",
        around in text_with(&["token=", "Bearer ", "glpat-", "eyJ.", "name: ", "\"", "&code=", "https://u:p@h/"]),
    ) {
        let redactor = Redactor::default();
        // A shorter one that begins like it must not leave the end of the longer one.
        redactor.learn(&Secret::new(secret[..8].to_owned()));
        redactor.learn(&Secret::new(secret.clone()));
        redactor.learn(&Secret::new(other.clone()));
        let text = format!("{around}{secret}{around}{other}\n{secret}{other}");
        let shown = redactor.redact(&text).into_owned();
        prop_assert!(!shown.contains(&secret), "{shown}");
        prop_assert!(!shown.contains(&other), "{shown}");
        if secret.len() > 14 {
            prop_assert!(!shown.contains(&secret[8..]), "{shown}");
        }
    }

    #[test]
    fn a_log_shows_text_and_colors_only_wherever_it_is_cut(
        bytes in bytes_with(LOG), lengths in lengths(), color in any::<bool>()
    ) {
        let shown = filtered(&bytes, &lengths, color);
        prop_assert_eq!(&shown, &filtered(&bytes, &[usize::MAX], color));
        let plain = if color { without_colors(&shown) } else { shown };
        let is_control = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
        prop_assert!(!plain.chars().any(is_control), "{plain:?}");
        prop_assert!(plain.split_inclusive('\n').all(|line| line.starts_with("job\t")), "{plain:?}");
    }

    #[test]
    fn markdown_looks_the_same_wherever_it_is_cut(text in text_with(MARKDOWN), lengths in lengths()) {
        prop_assert_eq!(styled(&text, &lengths), styled(&text, &[usize::MAX]));
    }

    #[test]
    fn event_streams_are_read_as_the_standard_says(
        bytes in bytes_with(STREAM), lengths in lengths()
    ) {
        prop_assert_eq!(events(&bytes, &lengths), events_by_the_standard(&bytes));
    }

    #[test]
    fn a_fence_holds_any_text(text in text_with(&["```", "````", "~~~", "\n", "`", "a\n"])) {
        let fenced = fence("", &text);
        let inside = first_block(&fenced).expect("a block");
        let expected = if text.is_empty() || text.ends_with('\n') { text } else { text + "\n" };
        prop_assert_eq!(inside, expected);
    }

    #[test]
    fn parsers_of_names_and_addresses_never_panic(
        text in text_with(&["https://", "ssh://", "git@", "[", "]", ":", "//", "/-/", "%2F", "..", "acme", ".git", "!", "#", "@", "::1"])
    ) {
        let _ = ProjectRef::parse(&text);
        let _ = Remote::parse(&text);
        let _ = glduo::model::address::BaseUrl::parse(&text);
        let _ = glduo::model::project::parse_group(&text);
        let _ = token_shape::find(&text, 0);
        let base = glduo::model::address::BaseUrl::parse("https://gitlab.example.com/x").expect("one");
        let _ = glduo::model::web_link::WebLink::parse(&text, &base);
    }

    #[test]
    fn lines_of_a_diff_are_numbered_without_gaps(
        text in text_with(&["@@ -1,3 +1,4 @@\n", "@@ -0,0 +1 @@\n", "+a\n", "-b\n", " c\n", "\\ No newline\n", "\n"])
    ) {
        let lines = diff_lines(&text);
        for pair in lines.windows(2) {
            let (old, new) = (pair[1].old.checked_sub(pair[0].old), pair[1].new.checked_sub(pair[0].new));
            // Either the next line or the start of another hunk.
            let follows = matches!((old, new), (Some(0..=1), Some(0..=1)));
            prop_assert!(follows || pair[1].old <= 1, "{pair:?}");
        }
    }
}

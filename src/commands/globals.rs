//! The flags that every command takes.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};

/// Flags before or after the command's name.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Globals {
    /// The project
    #[arg(short = 'R', long, global = true, value_name = "GROUP/PROJECT|ID|URL")]
    pub repo: Option<String>,

    /// The GitLab instance; a bare host means https
    #[arg(long, visible_alias = "hostname", global = true, value_name = "URL")]
    pub instance: Option<String>,

    /// JSON on stdout; with =a,b only these top-level fields
    #[arg(
        long,
        global = true,
        value_name = "FIELDS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        value_parser = parse_fields,
    )]
    pub json: Option<Fields>,

    /// Filter the JSON with a jq expression; implies --json
    #[arg(short = 'q', long, global = true, value_name = "EXPR")]
    pub jq: Option<String>,

    /// How the answer is printed
    #[arg(short = 'F', long, global = true, value_name = "FORMAT", hide_possible_values = false)]
    pub output: Option<OutputFormat>,

    /// The user configuration file
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h
    #[arg(long, global = true, value_name = "DUR", value_parser = parse_duration)]
    pub timeout: Option<Duration>,

    /// How often a failed request is sent again
    #[arg(long, global = true, value_name = "N")]
    pub max_retries: Option<u32>,

    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN")]
    pub color: Option<Color>,

    /// Never prompt
    #[arg(long, global = true)]
    pub no_input: bool,

    /// Show requests and timings on stderr; twice: headers and bodies too
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,

    /// No notes on stderr, errors only
    #[arg(long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
}

/// `table`, `json` or `ndjson`.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutputFormat {
    /// A table for people, tab-separated in a pipe
    #[value(alias = "text")]
    Table,
    /// One JSON document
    Json,
    /// One JSON object a line, as it comes
    Ndjson,
}

/// When to use colour.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Color {
    /// On a terminal that can
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The fields behind `--json=`; empty for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields(pub(crate) Vec<String>);

fn parse_fields(text: &str) -> Result<Fields, String> {
    if text.is_empty() {
        return Ok(Fields::default());
    }
    let fields: Vec<String> = text.split(',').map(|field| field.trim().to_owned()).collect();
    if fields.iter().any(String::is_empty) {
        return Err("field names are separated by single commas".to_owned());
    }
    Ok(Fields(fields))
}

/// Reads `90`, `90s`, `5m` or `1h`.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err("a duration is 90, 90s, 5m or 1h".to_owned()),
    };
    let count: u64 = digits.parse().map_err(|_| "a duration is 90, 90s, 5m or 1h".to_owned())?;
    match count.checked_mul(unit).filter(|seconds| (1..=31_536_000).contains(seconds)) {
        Some(seconds) => Ok(Duration::from_secs(seconds)),
        None => Err("a duration is from one second to a year".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        assert_eq!(parse_duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("5m"), Ok(Duration::from_mins(5)));
        assert_eq!(parse_duration("1h"), Ok(Duration::from_hours(1)));
        for bad in ["", "0", "-1", "5 m", "5d", "m", "1.5s", "99999999999999999999", "é"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn fields_are_separated_by_commas() {
        assert_eq!(parse_fields("iid,title"), Ok(Fields(vec!["iid".into(), "title".into()])));
        assert!(parse_fields("iid,,title").is_err());
    }
}

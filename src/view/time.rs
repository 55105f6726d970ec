//! Points in time: how long ago for people, ISO 8601 UTC for programs.

use std::borrow::Cow;
use std::time::SystemTime;

use crate::model::timestamp;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const MONTH: u64 = 30 * DAY;
const YEAR: u64 = 365 * DAY;

/// `3 minutes ago`, `in 2 days`; a difference under a minute is `just now`, so that clocks
/// slightly apart do not show.
pub fn relative(time: SystemTime, now: SystemTime) -> String {
    let (distance, past) = match now.duration_since(time) {
        Ok(age) => (age, true),
        Err(ahead) => (ahead.duration(), false),
    };
    let seconds = distance.as_secs();
    let units =
        [(YEAR, "year"), (MONTH, "month"), (DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")];
    let Some((unit, name)) = units.into_iter().find(|(unit, _)| seconds >= *unit) else {
        return "just now".to_owned();
    };
    let count = seconds / unit;
    let plural = if count == 1 { "" } else { "s" };
    if past { format!("{count} {name}{plural} ago") } else { format!("in {count} {name}{plural}") }
}

/// A time as GitLab wrote it, for people; what cannot be read is shown as it came.
pub fn relative_text(text: &str, now: SystemTime) -> Cow<'_, str> {
    match timestamp::parse_iso(text) {
        Some(time) => Cow::Owned(relative(time, now)),
        None => Cow::Borrowed(text),
    }
}

/// A time as GitLab wrote it, in UTC with whole seconds; what cannot be read stays as it came.
pub fn iso_text(text: &str) -> Cow<'_, str> {
    match timestamp::parse_iso(text).and_then(timestamp::to_iso_utc) {
        Some(iso) => Cow::Owned(iso),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_the_largest_whole_unit() {
        let now = timestamp::parse_iso("2026-11-23T12:00:00Z").expect("a time");
        let told = |text| relative_text(text, now).into_owned();
        assert_eq!(told("2026-11-23T11:59:01Z"), "just now");
        assert_eq!(told("2026-11-23T11:59:00Z"), "1 minute ago");
        assert_eq!(told("2026-11-23T09:30:00+01:00"), "3 hours ago");
        assert_eq!(told("2026-11-21T12:00:00.000Z"), "2 days ago");
        assert_eq!(told("2026-10-01T12:00:00Z"), "1 month ago");
        assert_eq!(told("2017-04-29T08:46:00.000Z"), "9 years ago");
        assert_eq!(told("2026-11-23T12:00:30Z"), "just now");
        assert_eq!(told("2026-11-25T12:00:00Z"), "in 2 days");
        assert_eq!(told("soon"), "soon");
    }

    #[test]
    fn programs_get_utc_with_whole_seconds() {
        assert_eq!(iso_text("2026-01-01T00:30:00.123+02:00"), "2025-12-31T22:30:00Z");
        assert_eq!(iso_text("soon"), "soon");
    }
}

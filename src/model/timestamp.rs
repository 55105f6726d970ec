//! Points in time as GitLab and HTTP write them.

use std::time::{Duration, SystemTime};

/// Reads an ISO 8601 time with `Z` or an offset, as GitLab sends it.
pub fn parse_iso(text: &str) -> Option<SystemTime> {
    let timestamp: jiff::Timestamp = text.parse().ok()?;
    Some(SystemTime::from(timestamp))
}

/// The same point in time in UTC with whole seconds, `2026-11-23T18:00:00Z`.
pub fn to_iso_utc(time: SystemTime) -> Option<String> {
    let timestamp = jiff::Timestamp::try_from(time).ok()?;
    Some(timestamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// Reads the date of an HTTP header (RFC 9110 §5.6.7).
pub fn parse_http_date(text: &str) -> Option<SystemTime> {
    let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(SystemTime::from(zoned.timestamp()))
}

/// The same point in time as a header has it (RFC 9110 §5.6.7).
pub fn to_http_date(time: SystemTime) -> Option<String> {
    let timestamp = jiff::Timestamp::try_from(time).ok()?;
    Some(timestamp.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
}

/// Reads what a user gives for a point in time: an ISO 8601 date (its first moment, UTC), an
/// ISO 8601 time, or an age (`90m`, `12h`, `3d`, `2w`) before now.
pub fn parse_given(text: &str, now: SystemTime) -> Option<SystemTime> {
    if let Some(time) = parse_iso(text) {
        return Some(time);
    }
    if let Ok(date) = text.parse::<jiff::civil::Date>() {
        let zoned = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        return Some(SystemTime::from(zoned.timestamp()));
    }
    let unit_at = text.len().checked_sub(1).filter(|at| text.is_char_boundary(*at))?;
    let (count, unit) = text.split_at(unit_at);
    let seconds = match unit {
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    let age = count.parse::<u64>().ok()?.checked_mul(seconds)?;
    now.checked_sub(Duration::from_secs(age))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Option<String> {
        to_iso_utc(parse_iso(text)?)
    }

    #[test]
    fn offsets_become_utc() {
        assert_eq!(utc("2017-04-29T08:46:00.000Z").as_deref(), Some("2017-04-29T08:46:00Z"));
        assert_eq!(utc("2026-01-01T00:30:00.123+02:00").as_deref(), Some("2025-12-31T22:30:00Z"));
        assert_eq!(utc("yesterday"), None);
    }

    #[test]
    fn http_dates_are_read() {
        let time = parse_http_date("Tue, 05 Jan 2021 11:00:00 GMT");
        assert_eq!(time.and_then(to_iso_utc).as_deref(), Some("2021-01-05T11:00:00Z"));
    }

    #[test]
    fn http_dates_are_written_as_they_are_read() {
        let text = "Tue, 05 Jan 2021 11:00:00 GMT";
        assert_eq!(parse_http_date(text).and_then(to_http_date).as_deref(), Some(text));
    }

    #[test]
    fn dates_times_and_ages_are_taken_from_users() {
        let now = parse_iso("2026-11-23T12:00:00Z").expect("a time");
        let given = |text| parse_given(text, now).and_then(to_iso_utc);
        assert_eq!(given("2026-11-01").as_deref(), Some("2026-11-01T00:00:00Z"));
        assert_eq!(given("2d").as_deref(), Some("2026-11-21T12:00:00Z"));
        assert_eq!(given("2026-11-01T10:00:00+02:00").as_deref(), Some("2026-11-01T08:00:00Z"));
        assert_eq!(given("soon"), None);
        assert_eq!(given("é"), None);
        assert_eq!(given(""), None);
    }
}

//! Whether a request that failed is sent again, and after how long: one table, one backoff.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime};

use super::error::{HttpErrorKind, Phase};
use super::request::Resend;
use crate::model::timestamp::parse_http_date;

/// The first wait; each further one is twice as long.
const BASE: Duration = Duration::from_millis(500);
/// The longest wait that is chosen here.
const LONGEST: Duration = Duration::from_secs(20);
/// The longest wait that a server may ask for.
const LONGEST_ASKED: Duration = Duration::from_mins(1);

/// How long to wait before the request is sent again, after `repeats` repeats; `None` where it
/// must not be, or where the server wants more patience than there is.
pub(super) fn wait(kind: &HttpErrorKind, resend: Resend, repeats: u32) -> Option<Duration> {
    if !may_repeat(kind, resend) {
        return None;
    }
    match kind {
        HttpErrorKind::Status { retry_after: Some(asked), .. } => {
            (*asked <= LONGEST_ASKED).then_some(*asked)
        }
        _ => Some(backoff(repeats)),
    }
}

/// What is sent again, and what never is: one table.
fn may_repeat(kind: &HttpErrorKind, resend: Resend) -> bool {
    let idempotent = resend == Resend::Idempotent;
    match kind {
        _ if resend == Resend::Never => false,
        HttpErrorKind::Dns { .. }
        | HttpErrorKind::Connect { .. }
        | HttpErrorKind::Timeout { phase: Phase::Connect, .. }
        | HttpErrorKind::Status { status: 429 | 503, .. } => true,
        HttpErrorKind::Interrupted { .. } | HttpErrorKind::Status { status: 502 | 504, .. } => {
            idempotent
        }
        // The model providers' "overloaded"; GitLab's REST API does not know it.
        HttpErrorKind::Status { status: 529, .. } => !idempotent,
        _ => false,
    }
}

/// Doubling from [`BASE`] to [`LONGEST`], of which half is left to chance, so that forty
/// copies that failed together do not come back together.
fn backoff(repeats: u32) -> Duration {
    let whole = BASE.saturating_mul(2_u32.saturating_pow(repeats)).min(LONGEST);
    // The standard library seeds each of these from the operating system.
    let permille = u32::try_from(RandomState::new().hash_one(repeats) % 1_001).unwrap_or(0);
    whole / 2 + whole / 2 * permille / 1_000
}

/// What is said before a wait; `number` is the repeat that follows.
pub(super) fn announcement(kind: &HttpErrorKind, wait: Duration, number: u32, most: u32) -> String {
    let trouble = match kind {
        HttpErrorKind::Status { status: status @ (429 | 503 | 529), .. } => {
            format!("the server is busy (HTTP {status})")
        }
        HttpErrorKind::Status { status, .. } => format!("GitLab answered HTTP {status}"),
        other => other.to_string(),
    };
    let seconds = match wait.subsec_millis() {
        0 => wait.as_secs().to_string(),
        _ => format!("{:.1}", wait.as_secs_f64()),
    };
    format!("{trouble}; trying again in {seconds} s ({number} of {most})")
}

/// Reads `Retry-After` in both its forms (RFC 9110 §10.2.3); a date is measured against the
/// answer's own `date`, since clocks differ, and against `now` only without one.
pub(super) fn asked_wait(
    retry_after: Option<&str>,
    date: Option<&str>,
    now: SystemTime,
) -> Option<Duration> {
    let asked = retry_after?.trim();
    if !asked.is_empty() && asked.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit mean: not today.
        return Some(Duration::from_secs(asked.parse().unwrap_or(u64::MAX)));
    }
    let until = parse_http_date(asked)?;
    let from = date.and_then(parse_http_date).unwrap_or(now);
    Some(until.duration_since(from).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::tls_failure::TlsFailure;
    use super::*;

    fn status(status: u16, retry_after: Option<u64>) -> HttpErrorKind {
        let retry_after = retry_after.map(Duration::from_secs);
        HttpErrorKind::Status { status, body: Vec::new(), retry_after, is_html: false }
    }

    fn timeout(phase: Phase) -> HttpErrorKind {
        HttpErrorKind::Timeout { phase, limit: Duration::from_secs(1) }
    }

    fn text() -> String {
        "words".to_owned()
    }

    #[test]
    fn the_table_of_what_is_sent_again() {
        let rows = [
            (HttpErrorKind::Dns { host: text() }, true, true),
            (HttpErrorKind::Connect { reason: text() }, true, true),
            (timeout(Phase::Connect), true, true),
            (timeout(Phase::Total), false, false),
            (timeout(Phase::Idle), false, false),
            (HttpErrorKind::Interrupted { reason: text() }, true, false),
            (HttpErrorKind::Tls { failure: TlsFailure::UnknownIssuer }, false, false),
            (HttpErrorKind::Malformed { reason: text() }, false, false),
            (status(401, None), false, false),
            (status(429, None), true, true),
            (status(500, None), false, false),
            (status(502, None), true, false),
            (status(503, None), true, true),
            (status(504, None), true, false),
            (status(529, None), false, true),
        ];
        for (kind, idempotent, when_not_taken) in rows {
            let repeats = |resend| wait(&kind, resend, 0).is_some();
            assert_eq!(repeats(Resend::Idempotent), idempotent, "idempotent {kind}");
            assert_eq!(repeats(Resend::WhenNotTaken), when_not_taken, "when not taken {kind}");
            assert!(!repeats(Resend::Never), "never {kind}");
        }
    }

    #[test]
    fn the_wait_doubles_and_half_of_it_is_chance() {
        for (repeats, whole) in [(0, 500), (1, 1_000), (5, 16_000), (6, 20_000), (99, 20_000)] {
            let waits: Vec<_> = (0..50).map(|_| backoff(repeats).as_millis()).collect();
            assert!(waits.iter().all(|wait| (whole / 2..=whole).contains(wait)), "{waits:?}");
            assert!(waits.iter().any(|wait| *wait != waits[0]), "{waits:?}");
        }
    }

    #[test]
    fn the_servers_own_wait_is_obeyed_up_to_a_minute() {
        let asked = |seconds| wait(&status(429, Some(seconds)), Resend::Idempotent, 4);
        assert_eq!(asked(0), Some(Duration::ZERO));
        assert_eq!(asked(60), Some(Duration::from_mins(1)));
        assert_eq!(asked(61), None);
    }

    #[test]
    fn both_forms_of_retry_after_are_read() {
        let now = SystemTime::UNIX_EPOCH;
        let seconds = |value, date| asked_wait(Some(value), date, now).map(|wait| wait.as_secs());
        let date = Some("Mon, 23 Nov 2026 12:00:00 GMT");
        assert_eq!(seconds(" 2 ", None), Some(2));
        assert_eq!(seconds("Mon, 23 Nov 2026 12:00:30 GMT", date), Some(30));
        assert_eq!(seconds("Mon, 23 Nov 2026 11:00:00 GMT", date), Some(0));
        assert_eq!(seconds("Thu, 01 Jan 1970 00:01:00 GMT", None), Some(60));
        assert_eq!(seconds("99999999999999999999999", None), Some(u64::MAX));
        assert_eq!(seconds("-1", None), None);
        assert_eq!(seconds("", None), None);
        assert_eq!(asked_wait(None, date, now), None);
    }

    #[test]
    fn waits_are_announced_in_one_line() {
        let said = |kind, millis| announcement(&kind, Duration::from_millis(millis), 1, 3);
        let busy = "the server is busy (HTTP 429); trying again in 2 s (1 of 3)";
        assert_eq!(said(status(429, None), 2_000), busy);
        let gone = "GitLab answered HTTP 502; trying again in 0.4 s (1 of 3)";
        assert_eq!(said(status(502, None), 430), gone);
        let refused = HttpErrorKind::Connect { reason: "refused".to_owned() };
        assert_eq!(said(refused, 1_000), "no connection: refused; trying again in 1 s (1 of 3)");
    }
}

//! Waiting until a pipeline or job is over.

use std::time::{Duration, SystemTime};

use super::progress::Progress;
use crate::commands::context::Context;
use crate::gitlab::{GitlabError, RefusalKind};
use crate::http::{HttpError, HttpErrorKind};
use crate::model::pipeline::Standing;

/// How long a server may be in trouble.
const PATIENCE: Duration = Duration::from_mins(5);

/// The longest pause where nothing changes for long.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The wait ran out.
#[derive(Debug, thiserror::Error)]
#[error("still {status} after {} s", waited.as_secs())]
pub(crate) struct StillPending {
    /// Its last known status.
    pub(crate) status: String,
    /// How long it was watched.
    pub(crate) waited: Duration,
}

/// How it stands at one moment.
pub(super) struct Seen {
    pub(super) body: Vec<u8>,
    pub(super) status: String,
    /// One line for people.
    pub(super) line: String,
    /// How long the server would like to be left alone.
    pub(super) rest: Option<Duration>,
}

/// How long and how often.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) interval: Duration,
    pub(super) wait: Duration,
}

/// Looks again and again until what it sees is over. Trouble of the server is survived for
/// five minutes; every other error, "not found" among them, ends it at once.
pub(super) fn until_over(
    limits: Limits,
    progress: &Progress<'_>,
    context: &Context<'_>,
    mut look: impl FnMut() -> anyhow::Result<Seen>,
) -> anyhow::Result<Seen> {
    let clock = context.clock();
    let started = clock.now();
    let age = |since: SystemTime| clock.now().duration_since(since).unwrap_or_default();
    let (mut line, mut status, mut changed) = (String::new(), None, started);
    let mut in_trouble: Option<SystemTime> = None;
    loop {
        let mut failed = None;
        let asked = clock.now();
        let pause = match look() {
            Ok(seen) => {
                in_trouble = None;
                if seen.line != line {
                    changed = clock.now();
                    progress.change(&seen.line);
                    line.clone_from(&seen.line);
                }
                if Standing::of(&seen.status).is_over() {
                    return Ok(seen);
                }
                status = Some(seen.status);
                pause(limits.interval, age(changed)).max(seen.rest.unwrap_or_default())
            }
            Err(error) => {
                let since = *in_trouble.get_or_insert(asked);
                let left = PATIENCE.saturating_sub(age(since));
                let Some(pause) = trouble(&error, limits.interval, left) else {
                    return Err(error);
                };
                if progress.is_shown() {
                    let seconds = left.as_secs();
                    context.notes().note(&format!("{error:#}; trying for {seconds} s more"));
                }
                failed = Some(error);
                pause
            }
        };
        let left = limits.wait.saturating_sub(age(started));
        if left.is_zero() {
            return Err(match (status, failed) {
                (None, Some(error)) => error,
                (status, _) => {
                    let status = status.unwrap_or_default();
                    StillPending { status, waited: age(started) }.into()
                }
            });
        }
        progress.sleep(pause.min(left), &line);
    }
}

/// The pause grows where nothing has changed for long: twice as long after two minutes, four
/// times after ten.
fn pause(interval: Duration, unchanged: Duration) -> Duration {
    let factor = match unchanged.as_secs() {
        0..120 => 1,
        120..600 => 2,
        _ => 4,
    };
    (interval * factor).min(LONGEST_PAUSE.max(interval))
}

/// How long to wait before the next look; `None` where there is no use in one, or where the
/// server asks for more patience than is left.
fn trouble(error: &anyhow::Error, interval: Duration, left: Duration) -> Option<Duration> {
    if left.is_zero() {
        return None;
    }
    match passing(error)?.asked_wait {
        Some(asked) => (asked <= left).then(|| asked.max(interval)),
        None => Some(interval.min(left)),
    }
}

/// Trouble that may pass by itself.
struct Passing {
    /// What the server says.
    asked_wait: Option<Duration>,
}

fn passing(error: &anyhow::Error) -> Option<Passing> {
    error.chain().find_map(|cause| {
        let http = match cause.downcast_ref::<GitlabError>() {
            Some(GitlabError::Refused(refusal)) => {
                let passes = matches!(refusal.kind, RefusalKind::RateLimited | RefusalKind::Server);
                return passes.then_some(Passing { asked_wait: refusal.retry_after });
            }
            Some(GitlabError::Http(http)) => http,
            Some(_) => return None,
            None => cause.downcast_ref::<HttpError>()?,
        };
        match &http.kind {
            // A refusal that is not GitLab's is a proxy's.
            HttpErrorKind::Status { retry_after, .. } => Some(Passing { asked_wait: *retry_after }),
            HttpErrorKind::Dns { .. }
            | HttpErrorKind::Connect { .. }
            | HttpErrorKind::Interrupted { .. }
            | HttpErrorKind::Timeout { .. }
            | HttpErrorKind::WrongContent { .. }
            | HttpErrorKind::Malformed { .. } => Some(Passing { asked_wait: None }),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_where_nothing_changes() {
        let seconds = |interval, unchanged| {
            pause(Duration::from_secs(interval), Duration::from_secs(unchanged)).as_secs()
        };
        assert_eq!(
            [0, 119, 120, 599, 600, 9_999].map(|age| seconds(5, age)),
            [5, 5, 10, 10, 20, 20]
        );
        assert_eq!((seconds(20, 600), seconds(60, 600)), (30, 60));
    }

    fn failed(kind: HttpErrorKind) -> anyhow::Error {
        GitlabError::from(HttpError { url: String::new(), request_id: None, answer: None, kind })
            .into()
    }

    fn status(status: u16, seconds: Option<u64>) -> anyhow::Error {
        let retry_after = seconds.map(Duration::from_secs);
        let body = b"{}".to_vec();
        failed(HttpErrorKind::Status { status, body, retry_after, is_html: false })
    }

    #[test]
    fn trouble_passes_and_everything_else_does_not() {
        let wait = |error, left| {
            trouble(&error, Duration::from_secs(5), Duration::from_secs(left))
                .map(|wait| wait.as_secs())
        };
        assert_eq!(wait(status(502, None), 300), Some(5));
        assert_eq!(wait(status(500, None), 3), Some(3));
        assert_eq!(wait(status(500, None), 0), None);
        assert_eq!(wait(status(429, Some(120)), 300), Some(120));
        assert_eq!(wait(status(429, Some(120)), 60), None);
        assert_eq!(wait(failed(HttpErrorKind::Dns { host: "h".into() }), 300), Some(5));
        for lasting in [401, 403, 404, 400] {
            assert_eq!(wait(status(lasting, None), 300), None, "{lasting}");
        }
        assert_eq!(wait(failed(HttpErrorKind::InsecureHttp), 300), None);
        assert_eq!(wait(anyhow::anyhow!("else"), 300), None);
    }
}

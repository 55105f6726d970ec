//! Pipelines in lists, and what statuses and durations look like.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::SystemTime;

use super::layout::Fit;
use super::list::Listing;
use super::style::Paint;
use super::table::{Cell, Column};
use super::time::{iso_text, relative_text};
use crate::model::pipeline::{Job, Pipeline, Standing};
use crate::model::rows::BadShape;

/// A list of pipelines.
#[derive(Debug, Clone)]
pub struct Pipelines {
    /// Only those of this name: instances before 16.9 do not know the filter.
    pub name: Option<String>,
    /// The present, for ages.
    pub now: SystemTime,
}

impl Listing for Pipelines {
    fn columns(&self) -> Vec<Column> {
        let column = |heading, fit| Column { heading, fit };
        vec![
            column("PIPELINE", Fit::Whole),
            column("STATUS", Fit::Whole),
            column("REF", Fit::Cut(12)),
            column("COMMIT", Fit::Whole),
            column("SOURCE", Fit::Cut(6)),
            column("NAME", Fit::Cut(6)),
            column("UPDATED", Fit::Whole),
        ]
    }

    fn keeps(&self, row: &str) -> Result<bool, BadShape> {
        Ok(match &self.name {
            Some(name) => read(row)?.name.is_some_and(|own| own == name.as_str()),
            None => true,
        })
    }

    fn cells<'r>(&self, row: &'r str) -> Result<Vec<Cell<'r>>, BadShape> {
        let row = read(row)?;
        let paint = paint_of(&row.status);
        let updated = row.updated_at.as_deref().map(|time| relative_text(time, self.now));
        let updated = updated.unwrap_or_default().into_owned();
        let commit = short(&row.sha).to_owned();
        Ok(vec![
            Cell { text: row.id.to_string().into(), paint, link: Some(row.web_url) },
            Cell { paint, ..Cell::plain(row.status) },
            Cell::plain(reference(&row.reference).into_owned()),
            Cell { paint: Some(Paint::Dim), ..Cell::plain(commit) },
            Cell::plain(row.source.unwrap_or_default()),
            Cell::plain(row.name.unwrap_or_default()),
            Cell { paint: Some(Paint::Dim), ..Cell::plain(updated) },
        ])
    }

    fn fields<'r>(&self, row: &'r str) -> Result<Vec<Cow<'r, str>>, BadShape> {
        let row = read(row)?;
        let updated = row.updated_at.as_deref().map(iso_text).unwrap_or_default().into_owned();
        Ok(vec![
            row.id.to_string().into(),
            row.status,
            row.reference,
            row.sha,
            row.source.unwrap_or_default(),
            updated.into(),
        ])
    }
}

fn read(row: &str) -> Result<Pipeline<'_>, BadShape> {
    let unreadable = |error: serde_json::Error| BadShape::Member(error.to_string());
    serde_json::from_str(row).map_err(unreadable)
}

/// What a status of a pipeline or job looks like; an unknown one is left plain.
pub(super) fn paint_of(status: &str) -> Option<Paint> {
    match (status, Standing::of(status)) {
        ("canceled" | "skipped" | "created", _) => Some(Paint::Dim),
        ("running", _) => Some(Paint::Place),
        (_, Standing::Succeeded) => Some(Paint::Opened),
        (_, Standing::Failed) => Some(Paint::Closed),
        (_, Standing::Blocked) => Some(Paint::Hint),
        (_, Standing::Unfinished) => None,
    }
}

/// The beginning of a commit's id.
pub(super) fn short(sha: &str) -> &str {
    sha.get(..8).unwrap_or(sha)
}

/// A branch or tag as it is; a merge request's ref by its number.
pub(super) fn reference(reference: &str) -> Cow<'_, str> {
    let request = reference.strip_prefix("refs/merge-requests/");
    match request.and_then(|rest| rest.split_once('/')) {
        Some((iid, "head")) => Cow::Owned(format!("!{iid}")),
        Some((iid, kind)) => Cow::Owned(format!("!{iid} ({kind})")),
        None => Cow::Borrowed(reference),
    }
}

/// `42s`, `3m 20s`, `1h 5m`.
pub fn duration(seconds: f64) -> String {
    // Below one year, and a negative one is zero.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = seconds.clamp(0.0, 31_536_000.0).round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m {seconds}s"),
        (hours, minutes, _) => format!("{hours}h {minutes}m"),
    }
}

/// What a pipeline is at, in one line; `jobs` may be unknown.
pub fn progress(pipeline: &Pipeline<'_>, jobs: &[Job<'_>]) -> String {
    let mut line = format!("pipeline {} {}", pipeline.id, pipeline.status.replace('_', " "));
    if jobs.is_empty() {
        return line;
    }
    let over = jobs.iter().filter(|job| Standing::of(&job.status).is_over()).count();
    let allowed = |job: &Job<'_>| job.allow_failure == Some(true);
    let failed = |allows: bool| -> Vec<&str> {
        let fits = |job: &&Job<'_>| job.has_failed() && allowed(job) == allows;
        jobs.iter().filter(fits).map(|job| &*job.name).collect()
    };
    let running: Vec<&str> =
        jobs.iter().filter(|job| job.status == "running").map(|job| &*job.name).collect();
    // Writing to a string cannot fail.
    let _ = write!(line, ": {over} of {} jobs done", jobs.len());
    for (word, names) in
        [("failed", failed(false)), ("failed, as allowed", failed(true)), ("running", running)]
    {
        if !names.is_empty() {
            let _ = write!(line, "; {word}: {}", names.join(", "));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::super::output::{Format, Printer};
    use super::super::stdout::tests::{pipe, terminal};
    use super::*;
    use crate::model::timestamp::parse_iso;

    const PAGE: &str = r#"[
        {"id":48,"status":"failed","ref":"refs/merge-requests/1/head","sha":"eb94b618fb5865b2","source":"merge_request_event",
         "name":null,"updated_at":"2026-11-23T14:00:00.123+02:00","web_url":"https://host/g/p/-/pipelines/48"},
        {"id":47,"status":"a_new_one","ref":"ma\tin","sha":"a91957a8","name":"Build"}
    ]"#;

    fn list(name: Option<&str>) -> Pipelines {
        let now = parse_iso("2026-11-23T15:00:01Z").expect("a time");
        Pipelines { name: name.map(str::to_owned), now }
    }

    #[test]
    fn a_terminal_gets_a_table_and_a_pipe_the_documented_columns() {
        let (stdout, written) = terminal();
        let mut printer = Printer::new(Format::Table, None, None, stdout);
        let mut rows = printer.list(list(None), None);
        rows.page(PAGE.as_bytes()).and_then(|()| rows.finish()).expect("printed");
        let expected = "\
PIPELINE  STATUS     REF     COMMIT    SOURCE               NAME   UPDATED
48        failed     !1      eb94b618  merge_request_event         3 hours ago
47        a_new_one  ma\\tin  a91957a8                       Build\n";
        assert_eq!(written.text(), expected);
        let (stdout, written) = pipe();
        let mut printer = Printer::new(Format::Table, None, None, stdout);
        let mut rows = printer.list(list(None), None);
        rows.page(PAGE.as_bytes()).and_then(|()| rows.finish()).expect("printed");
        let expected = "\
48\tfailed\trefs/merge-requests/1/head\teb94b618fb5865b2\tmerge_request_event\t2026-11-23T12:00:00Z
47\ta_new_one\tma in\ta91957a8\t\t\n";
        assert_eq!(written.text(), expected);
    }

    #[test]
    fn other_names_are_left_out_where_the_server_did_not() {
        let (stdout, written) = pipe();
        let mut printer = Printer::new(Format::Table, None, None, stdout);
        let mut rows = printer.list(list(Some("Build")), None);
        rows.page(PAGE.as_bytes()).and_then(|()| rows.finish()).expect("printed");
        assert!(written.text().starts_with("47\t") && written.text().lines().count() == 1);
    }

    #[test]
    fn durations_have_two_units_at_most() {
        let told = [0.2, 42.4, 200.0, 3900.0, -3.0].map(duration);
        assert_eq!(told, ["0s", "42s", "3m 20s", "1h 5m", "0s"]);
    }
}

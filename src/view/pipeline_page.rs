//! One pipeline: its line and its jobs by stage for people, its jobs as lines for programs, and
//! the parts that JSON adds to GitLab's object.

use std::borrow::Cow;
use std::time::SystemTime;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json;
use super::layout::{in_lines, width};
use super::output::{Format, Printer, ViewError};
use super::pipeline::{duration, paint_of, reference, short};
use super::stdout::{OutputError, Stdout};
use super::style::Paint;
use super::table::push_painted;
use super::time::relative_text;
use crate::model::harmless::{Keep, harmless};
use crate::model::pipeline::{Job, Pipeline, TestSummary, split_retried};
use crate::model::rows::BadShape;

/// A pipeline with what belongs to it, as GitLab sent it.
#[derive(Debug, Default)]
pub struct Parts {
    /// The pipeline's own object.
    pub body: Vec<u8>,
    /// An array of its jobs, retried ones among them or not.
    pub jobs: Vec<u8>,
    /// An array of its bridges.
    pub bridges: Vec<u8>,
    /// The summary of its tests, where asked for.
    pub tests: Option<Vec<u8>>,
    /// What its bridges started, each by the bridge's id.
    pub children: Vec<(u64, Parts)>,
}

impl Parts {
    /// Prints it as the flags say.
    pub fn print(&self, now: SystemTime, printer: &mut Printer) -> Result<(), ViewError> {
        if printer.format() != Format::Table {
            let bridges = self.bridges_with_children()?;
            let mut members: Vec<(&str, &[u8])> =
                vec![("jobs", &self.jobs), ("bridges", bridges.as_bytes())];
            members.extend(self.tests.as_deref().map(|tests| ("test_report_summary", tests)));
            return printer.object(&self.body, &members);
        }
        if printer.stdout.is_terminal {
            Page { stdout: &mut printer.stdout, now }.pipeline(self, "")?;
        } else {
            self.lines(&mut printer.stdout)?;
        }
        Ok(printer.stdout.flush()?)
    }

    /// The bridges, each child with its own jobs and bridges inside its object.
    fn bridges_with_children(&self) -> Result<String, BadShape> {
        let rows: Vec<&RawValue> = read(&self.bridges)?;
        let mut bridges = Vec::new();
        for row in rows {
            let bridge: Job<'_> = read(row.get().as_bytes())?;
            let child = self.children.iter().find(|(id, _)| *id == bridge.id);
            bridges.push(match child {
                Some((_, child)) => {
                    let below = child.bridges_with_children()?;
                    let members: [(&str, &[u8]); 2] =
                        [("jobs", &child.jobs), ("bridges", below.as_bytes())];
                    let object = json::with_members(&child.body, &members)?;
                    json::replacing(row.get(), "downstream_pipeline", &object)?
                }
                None => row.get().to_owned(),
            });
        }
        Ok(format!("[{}]", bridges.join(",")))
    }

    /// `id stage name status duration`, one line a job or bridge, children's after their
    /// parent's.
    fn lines(&self, stdout: &mut Stdout) -> Result<(), ViewError> {
        let (jobs, _) = self.read_jobs()?;
        let mut lines = String::new();
        for job in &jobs {
            let seconds = job.duration.map(|seconds| seconds.to_string()).unwrap_or_default();
            let paint = paint_of(&job.status);
            push_painted(
                &mut lines,
                &[
                    job.id.to_string().into(),
                    Cow::Borrowed(&*job.stage),
                    Cow::Borrowed(&*job.name),
                    Cow::Borrowed(&*job.status),
                    seconds.into(),
                ],
                &[paint, None, None, paint],
                stdout.style,
            );
        }
        stdout.exact(lines.as_bytes())?;
        self.children.iter().try_for_each(|(_, child)| child.lines(stdout))
    }

    /// Current jobs and bridges, and retried ones.
    fn read_jobs(&self) -> Result<(Vec<Job<'_>>, Vec<Job<'_>>), BadShape> {
        let mut jobs: Vec<Job<'_>> = read(&self.jobs)?;
        jobs.extend(read::<Vec<Job<'_>>>(&self.bridges)?);
        Ok(split_retried(jobs))
    }
}

/// Prints one job or bridge: its line for people, its columns for programs.
pub fn print_job(body: &[u8], printer: &mut Printer) -> Result<(), ViewError> {
    if printer.format() != Format::Table {
        return printer.object(body, &[]);
    }
    let jobs = [b"[", body, b"]"].concat();
    let parts = Parts { jobs, bridges: b"[]".to_vec(), ..Parts::default() };
    if printer.stdout.is_terminal {
        let (jobs, _) = parts.read_jobs()?;
        Page { stdout: &mut printer.stdout, now: SystemTime::UNIX_EPOCH }.stages(&jobs, "")?;
    } else {
        parts.lines(&mut printer.stdout)?;
    }
    Ok(printer.stdout.flush()?)
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, BadShape> {
    serde_json::from_slice(body)
        .map_err(|error| BadShape::of(&error, BadShape::Member(error.to_string())))
}

struct Page<'s> {
    stdout: &'s mut Stdout,
    now: SystemTime,
}

impl Page<'_> {
    fn pipeline(&mut self, parts: &Parts, indent: &str) -> Result<(), ViewError> {
        let pipeline: Pipeline<'_> = read(&parts.body)?;
        self.heading(&pipeline, indent)?;
        let (jobs, retried) = parts.read_jobs()?;
        self.stages(&jobs, indent)?;
        if !retried.is_empty() {
            self.line(indent, &[(Some(Paint::Dim), "retried")])?;
            self.jobs(&retried, indent, width_of(&retried))?;
        }
        if let Some(tests) = &parts.tests {
            self.tests(&read(tests)?)?;
        }
        for (_, child) in &parts.children {
            self.stdout.exact(b"\n")?;
            self.pipeline(child, &format!("{indent}  "))?;
        }
        Ok(())
    }

    fn heading(&mut self, pipeline: &Pipeline<'_>, indent: &str) -> Result<(), OutputError> {
        let mut facts = vec![
            reference(&pipeline.reference).into_owned(),
            short(&pipeline.sha).to_owned(),
            pipeline.source.as_deref().unwrap_or_default().replace('_', " "),
            pipeline.name.as_deref().unwrap_or_default().to_owned(),
        ];
        facts.extend(pipeline.user.as_ref().map(|user| format!("by {}", user.username)));
        let time = pipeline.created_at.as_deref().map(|time| relative_text(time, self.now));
        facts.push(time.unwrap_or_default().into_owned());
        facts.extend(pipeline.duration.map(|seconds| format!("took {}", duration(seconds))));
        facts.extend(pipeline.coverage.as_deref().map(|percent| format!("coverage {percent} %")));
        facts.retain(|fact| !fact.is_empty());
        let id = format!("Pipeline {}", pipeline.id);
        let status = paint_of(&pipeline.status);
        let taken = width(indent) + width(&id) + width(&pipeline.status) + 2;
        let columns = if self.stdout.is_terminal { self.stdout.width } else { usize::MAX };
        let mut lines = in_lines(&facts, taken, columns).into_iter();
        let first = lines.next().unwrap_or_default();
        self.line(
            indent,
            &[(Some(Paint::Heading), &id), (status, &pipeline.status), (None, &first)],
        )?;
        lines.try_for_each(|line| self.line(indent, &[(None, &line)]))?;
        if let Some(errors) = &pipeline.yaml_errors {
            self.line(indent, &[(Some(Paint::Closed), errors)])?;
        }
        if pipeline.web_url.is_empty() {
            return Ok(());
        }
        self.line(indent, &[(Some(Paint::Dim), &pipeline.web_url)])
    }

    /// Jobs below the names of their stages, which come in the order of their first jobs.
    fn stages(&mut self, jobs: &[Job<'_>], indent: &str) -> Result<(), OutputError> {
        let mut stages: Vec<&str> = Vec::new();
        for job in jobs {
            if !stages.contains(&&*job.stage) {
                stages.push(&job.stage);
            }
        }
        let columns = width_of(jobs);
        for stage in stages {
            self.line(indent, &[(Some(Paint::Heading), stage)])?;
            let here: Vec<Job<'_>> =
                jobs.iter().filter(|job| job.stage == stage).cloned().collect();
            self.jobs(&here, indent, columns)?;
        }
        Ok(())
    }

    fn jobs(
        &mut self,
        jobs: &[Job<'_>],
        indent: &str,
        (of_status, of_name): (usize, usize),
    ) -> Result<(), OutputError> {
        for job in jobs {
            let took = job.duration.map(duration).unwrap_or_default();
            let mut more = Vec::new();
            more.extend(job.failure_reason.as_deref().map(|reason| reason.replace('_', " ")));
            if job.has_failed() && job.allow_failure == Some(true) {
                more.push("allowed to fail".to_owned());
            }
            if let Some(child) = &job.downstream_pipeline {
                more.push(format!("→ pipeline {} {}", child.id, child.status));
            }
            let paint = match job.allow_failure {
                Some(true) if job.has_failed() => Some(Paint::Hint),
                _ => paint_of(&job.status),
            };
            let id = job.id.to_string();
            self.line(
                &format!("{indent}  "),
                &[
                    (paint, &padded(&job.status, of_status)),
                    (None, &padded(&job.name, of_name)),
                    (Some(Paint::Dim), &padded(&took, 7)),
                    (Some(Paint::Dim), &id),
                    (paint, &more.join(", ")),
                ],
            )?;
        }
        Ok(())
    }

    fn tests(&mut self, summary: &TestSummary<'_>) -> Result<(), OutputError> {
        let total = &summary.total;
        let wrong = total.failed + total.error;
        let text = format!(
            "{} of {} passed, {} failed, {} skipped, in {}",
            total.success,
            total.count,
            wrong,
            total.skipped,
            duration(total.time)
        );
        let paint = if wrong > 0 { Paint::Closed } else { Paint::Opened };
        self.line("", &[(Some(Paint::Heading), "tests")])?;
        self.line("  ", &[(Some(paint), &text)])?;
        for suite in &summary.test_suites {
            let wrong = suite.failed_count + suite.error_count;
            if let Some(error) = &suite.suite_error {
                let text = format!("{}: {error}", suite.name);
                self.line("  ", &[(Some(Paint::Closed), &text)])?;
            } else if wrong > 0 {
                let text = format!("{}: {wrong} of {} failed", suite.name, suite.total_count);
                self.line("  ", &[(None, &text)])?;
            }
        }
        Ok(())
    }

    /// Parts with a space between them, none for empty ones.
    fn line(&mut self, indent: &str, parts: &[(Option<Paint>, &str)]) -> Result<(), OutputError> {
        let last = parts.iter().rposition(|(_, text)| !text.trim().is_empty());
        let mut line = indent.to_owned();
        for (at, (paint, text)) in parts.iter().enumerate().take(last.map_or(0, |at| at + 1)) {
            if at > 0 {
                line.push(' ');
            }
            let text = if Some(at) == last { text.trim_end() } else { text };
            let clean = harmless(text, Keep::Line);
            match paint {
                Some(paint) => line.push_str(&self.stdout.style.paint(*paint, &clean)),
                None => line.push_str(&clean),
            }
        }
        line.push('\n');
        self.stdout.exact(line.as_bytes())
    }
}

/// The widest status and the widest name.
fn width_of(jobs: &[Job<'_>]) -> (usize, usize) {
    let widest = |of: fn(&Job<'_>) -> usize| jobs.iter().map(of).max().unwrap_or(0);
    (
        widest(|job| width(&harmless(&job.status, Keep::Line))),
        widest(|job| width(&harmless(&job.name, Keep::Line))),
    )
}

fn padded(text: &str, columns: usize) -> String {
    let clean = harmless(text, Keep::Line);
    let missing = columns.saturating_sub(width(&clean));
    format!("{clean}{}", " ".repeat(missing))
}

#[cfg(test)]
mod tests {
    use super::super::stdout::tests::{pipe, terminal};
    use super::*;

    fn parts() -> Parts {
        let child = Parts {
            body: br#"{"id":50,"status":"failed","n":1e400}"#.to_vec(),
            jobs: br#"[{"id":60,"name":"deep","stage":"test","status":"failed","failure_reason":"script_failure"}]"#.to_vec(),
            bridges: b"[]".to_vec(),
            ..Parts::default()
        };
        Parts {
            body: br#"{"id":46,"status":"failed","ref":"main","sha":"a91957a858320c0e","source":"push","duration":123,"web_url":"https://host/46"}"#.to_vec(),
            jobs: br#"[
              {"id":9,"name":"unit","stage":"test","status":"failed","duration":12.5,"failure_reason":"script_failure"},
              {"id":8,"name":"li\u001bnt","stage":"test","status":"failed","allow_failure":true,"duration":3},
              {"id":5,"name":"build","stage":"build","status":"success","duration":60},
              {"id":6,"name":"unit","stage":"test","status":"failed","duration":11}]"#.to_vec(),
            bridges: br#"[{"id":10,"name":"more","stage":"deploy","status":"failed","downstream_pipeline":{"id":50,"status":"failed"},"z":1}]"#.to_vec(),
            tests: Some(br#"{"total":{"time":2,"count":5,"success":3,"failed":1,"error":1,"skipped":0},"test_suites":[{"name":"unit","total_count":5,"failed_count":2}]}"#.to_vec()),
            children: vec![(10, child)],
        }
    }

    fn printed(format: Format, on_terminal: bool) -> String {
        let (stdout, written) = if on_terminal { terminal() } else { pipe() };
        let mut printer = Printer::new(format, None, None, stdout);
        parts().print(SystemTime::UNIX_EPOCH, &mut printer).expect("printed");
        written.text()
    }

    #[test]
    fn people_see_jobs_by_stage_and_retried_ones_apart() {
        let expected = "\
Pipeline 46 failed · main · a91957a8 · push · took 2m 3s
https://host/46
build
  success build    1m 0s   5
test
  failed  li\\x1bnt 3s      8 allowed to fail
  failed  unit     13s     9 script failure
deploy
  failed  more             10 → pipeline 50 failed
retried
  failed unit 11s     6
tests
  3 of 5 passed, 2 failed, 0 skipped, in 2s
  unit: 2 of 5 failed

  Pipeline 50 failed
  test
    failed deep         60 script failure\n";
        assert_eq!(printed(Format::Table, true), expected);
    }

    #[test]
    fn programs_get_the_current_jobs_with_fixed_columns() {
        let expected = "5\tbuild\tbuild\tsuccess\t60\n8\ttest\tli\\x1bnt\tfailed\t3\n\
            9\ttest\tunit\tfailed\t12.5\n10\tdeploy\tmore\tfailed\t\n60\ttest\tdeep\tfailed\t\n";
        assert_eq!(printed(Format::Table, false), expected);
    }

    #[test]
    fn json_has_the_children_inside_their_bridges() {
        let text = printed(Format::Json, false);
        assert!(text.contains(
            r#""downstream_pipeline":{"id":50,"status":"failed","n":1e400,"jobs":[{"id":60"#
        ));
        assert!(text.contains(r#""bridges":[]},"z":1}],"test_report_summary":{"#), "{text}");
    }
}

//! Pipelines, their jobs and the jobs that start other pipelines, as GitLab's REST API
//! describes them; and the one table of what their statuses mean.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;

use super::lenient;
use super::merge_request::User;

/// What a status means for whoever waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Over, and nothing is wrong.
    Succeeded,
    /// Over, and it did not do what it should.
    Failed,
    /// Goes on only when a person acts.
    Blocked,
    /// Goes on by itself.
    Unfinished,
}

/// Every status of GitLab 19.5 (GitLab documentation, "Pipelines API", "Jobs API").
pub const STATUSES: &[(&str, Standing)] = &[
    ("created", Standing::Unfinished),
    ("waiting_for_resource", Standing::Unfinished),
    ("preparing", Standing::Unfinished),
    ("waiting_for_callback", Standing::Unfinished),
    ("pending", Standing::Unfinished),
    ("running", Standing::Unfinished),
    ("success", Standing::Succeeded),
    ("failed", Standing::Failed),
    ("canceling", Standing::Unfinished),
    ("canceled", Standing::Failed),
    ("skipped", Standing::Succeeded),
    ("manual", Standing::Blocked),
    ("scheduled", Standing::Unfinished),
];

impl Standing {
    /// What a status means. One that is not in the table is newer than we are, and nobody knows
    /// that it is over.
    pub fn of(status: &str) -> Self {
        let known = STATUSES.iter().find(|(word, _)| *word == status);
        known.map_or(Self::Unfinished, |(_, standing)| *standing)
    }

    /// Whether nothing more happens by itself.
    pub fn is_over(self) -> bool {
        self != Self::Unfinished
    }
}

/// A pipeline, in a list or on its own; what only its own page tells is absent in a list.
#[derive(Debug, Clone, Deserialize)]
pub struct Pipeline<'a> {
    /// The global id.
    pub id: u64,
    /// The project it runs in.
    #[serde(default, deserialize_with = "lenient::number")]
    pub project_id: Option<u64>,
    /// One of [`STATUSES`], or what newer servers add.
    #[serde(borrow, default, deserialize_with = "lenient::text")]
    pub status: Cow<'a, str>,
    /// A branch, a tag or `refs/merge-requests/N/head`.
    #[serde(borrow, default, deserialize_with = "lenient::text", rename = "ref")]
    pub reference: Cow<'a, str>,
    /// The commit.
    #[serde(borrow, default, deserialize_with = "lenient::text")]
    pub sha: Cow<'a, str>,
    /// What started it: `push`, `schedule`, …
    #[serde(borrow, default, deserialize_with = "lenient::some_text")]
    pub source: Option<Cow<'a, str>>,
    /// What `workflow:name` calls it (GitLab 16.3).
    #[serde(borrow, default, deserialize_with = "lenient::some_text")]
    pub name: Option<Cow<'a, str>>,
    /// ISO 8601.
    #[serde(borrow, default, deserialize_with = "lenient::some_text")]
    pub created_at: Option<Cow<'a, str>>,
    /// ISO 8601.
    #[serde(borrow, default, deserialize_with = "lenient::some_text")]
    pub updated_at: Option<Cow<'a, str>>,
    /// The page in the browser.
    #[serde(borrow, default, deserialize_with = "lenient::text")]
    pub web_url: Cow<'a, str>,
    /// Seconds that its jobs took.
    #[serde(default, deserialize_with = "lenient::number")]
    pub duration: Option<f64>,
    /// Percent, as text.
    #[serde(borrow, default, deserialize_with = "lenient::some_text")]
    pub coverage: Option<Cow<'a, str>>,
    /// Why the configuration cannot be used.
    #[serde(borrow, default, deserialize_with = "lenient::some_text")]
    pub yaml_errors: Option<Cow<'a, str>>,
    /// Who started it.
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub user: Option<User<'a>>,
}

/// A job, or a bridge: a job that starts another pipeline.
#[derive(Debug, Clone, Deserialize)]
pub struct Job<'a> {
    /// The global id.
    pub id: u64,
    /// Unique among the current jobs of a pipeline.
    #[serde(borrow, default, deserialize_with = "lenient::text")]
    pub name: Cow<'a, str>,
    /// The stage it belongs to.
    #[serde(borrow, default, deserialize_with = "lenient::text")]
    pub stage: Cow<'a, str>,
    /// One of [`STATUSES`], or what newer servers add.
    #[serde(borrow, default, deserialize_with = "lenient::text")]
    pub status: Cow<'a, str>,
    /// A failure that does not count.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub allow_failure: Option<bool>,
    /// Seconds.
    #[serde(default, deserialize_with = "lenient::number")]
    pub duration: Option<f64>,
    /// `script_failure`, …: on failed jobs only.
    #[serde(borrow, default, deserialize_with = "lenient::some_text")]
    pub failure_reason: Option<Cow<'a, str>>,
    /// The page in the browser.
    #[serde(borrow, default, deserialize_with = "lenient::text")]
    pub web_url: Cow<'a, str>,
    /// What a bridge started; null until it did.
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    pub downstream_pipeline: Option<Pipeline<'a>>,
}

impl Job<'_> {
    /// Whether it failed; a canceled job did not.
    pub fn has_failed(&self) -> bool {
        self.status == "failed"
    }
}

/// The current jobs and those that were retried, told apart by name: of each name the newest
/// is current. Both in the order of their stages, and there as GitLab made them.
pub fn split_retried(mut jobs: Vec<Job<'_>>) -> (Vec<Job<'_>>, Vec<Job<'_>>) {
    jobs.sort_by_key(|job| job.id);
    let mut stages: HashMap<String, usize> = HashMap::new();
    let mut newest: HashMap<String, u64> = HashMap::new();
    for (at, job) in jobs.iter().enumerate() {
        // A retried job comes late, but its stage began with its first try.
        stages.entry(job.stage.to_string()).or_insert(at);
        newest.insert(job.name.to_string(), job.id);
    }
    jobs.sort_by_key(|job| stages.get(&*job.stage).copied());
    jobs.into_iter().partition(|job| newest.get(&*job.name) == Some(&job.id))
}

/// How many tests a pipeline ran, and how they ended.
#[derive(Debug, Deserialize)]
pub struct TestSummary<'a> {
    /// All suites together.
    #[serde(default, deserialize_with = "lenient::object_or_default")]
    pub total: TestTotal,
    /// One a job that reported tests.
    #[serde(borrow, default, deserialize_with = "lenient::objects")]
    pub test_suites: Vec<TestSuite<'a>>,
}

/// The counts of a whole report.
#[derive(Debug, Default, Deserialize)]
pub struct TestTotal {
    /// Seconds.
    #[serde(default, deserialize_with = "lenient::count")]
    pub time: f64,
    /// All of them.
    #[serde(default, deserialize_with = "lenient::count")]
    pub count: u64,
    /// Passed.
    #[serde(default, deserialize_with = "lenient::count")]
    pub success: u64,
    /// Failed.
    #[serde(default, deserialize_with = "lenient::count")]
    pub failed: u64,
    /// Not run.
    #[serde(default, deserialize_with = "lenient::count")]
    pub skipped: u64,
    /// Broken before they could fail.
    #[serde(default, deserialize_with = "lenient::count")]
    pub error: u64,
}

/// The counts of one job's report.
#[derive(Debug, Deserialize)]
pub struct TestSuite<'a> {
    /// The job's name.
    #[serde(borrow, default, deserialize_with = "lenient::text")]
    pub name: Cow<'a, str>,
    /// All of them.
    #[serde(default, deserialize_with = "lenient::count")]
    pub total_count: u64,
    /// Failed.
    #[serde(default, deserialize_with = "lenient::count")]
    pub failed_count: u64,
    /// Broken before they could fail.
    #[serde(default, deserialize_with = "lenient::count")]
    pub error_count: u64,
    /// Why the report could not be read.
    #[serde(borrow, default, deserialize_with = "lenient::some_text")]
    pub suite_error: Option<Cow<'a, str>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_to_be_over_is_over() {
        for (status, standing) in [
            ("success", Standing::Succeeded),
            ("skipped", Standing::Succeeded),
            ("failed", Standing::Failed),
            ("canceled", Standing::Failed),
            ("manual", Standing::Blocked),
            ("canceling", Standing::Unfinished),
            ("scheduled", Standing::Unfinished),
            ("waiting_for_callback", Standing::Unfinished),
            ("passed_with_flying_colours", Standing::Unfinished),
            ("Success", Standing::Unfinished),
            ("", Standing::Unfinished),
        ] {
            assert_eq!(Standing::of(status), standing, "{status:?}");
        }
        assert!(Standing::Blocked.is_over() && !Standing::Unfinished.is_over());
    }

    #[test]
    fn of_each_name_the_newest_is_current() {
        let rows = r#"[{"id":9,"name":"unit","stage":"a"},{"id":4,"name":"unit","stage":"a"},
            {"id":5,"name":"lint","stage":"b"},{"id":7,"name":"unit","stage":"a"}]"#;
        let (current, retried) = split_retried(serde_json::from_str(rows).expect("jobs"));
        let ids = |jobs: &[Job<'_>]| jobs.iter().map(|job| job.id).collect::<Vec<_>>();
        assert_eq!((ids(&current), ids(&retried)), (vec![9, 5], vec![4, 7]));
    }

    #[test]
    fn an_object_of_an_old_server_is_enough() {
        let row = r#"{"id":1,"status":"failed","ref":"main","sha":"a","web_url":"x","duration":null,"user":null}"#;
        let pipeline: Pipeline<'_> = serde_json::from_str(row).expect("a pipeline");
        assert!(pipeline.user.is_none() && pipeline.source.is_none());
    }
}

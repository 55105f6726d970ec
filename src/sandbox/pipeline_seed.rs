//! Pipelines as the seed describes them.

/// A pipeline.
#[derive(Debug, Clone, Default)]
pub struct Pipeline {
    /// The global id.
    pub id: u64,
    /// The number in its project.
    pub iid: u64,
    /// The id of its project.
    pub project: u64,
    /// How it stands; of one that moves, how it ends.
    pub status: String,
    /// A branch, a tag or `refs/merge-requests/N/head`.
    pub reference: String,
    /// Whether that is a tag.
    pub tag: bool,
    /// The commit.
    pub sha: String,
    /// The first line of the commit's message.
    pub title: String,
    /// What started it.
    pub source: String,
    /// What its configuration calls it.
    pub name: Option<String>,
    /// Who started it.
    pub user: String,
    /// When.
    pub created_at: String,
    /// Percent.
    pub coverage: Option<f64>,
    /// It begins when it is first looked at, and runs in real time.
    pub moves: bool,
    /// In the order of their making, bridges among them.
    pub jobs: Vec<PipelineJob>,
}

/// A job, or a bridge.
#[derive(Debug, Clone, Default)]
pub struct PipelineJob {
    /// Unique among the jobs that were not retried.
    pub name: String,
    /// Its stage.
    pub stage: String,
    /// How it stands; of one that moves, how it ends.
    pub status: String,
    /// Seconds from the start of the pipeline to its own.
    pub after: u64,
    /// Seconds that it took; 0 for one that never ran.
    pub took: u64,
    /// Why it failed.
    pub failure_reason: Option<String>,
    /// Its failure does not count.
    pub allow_failure: bool,
    /// A later one took its place.
    pub retried: bool,
    /// What it printed; `None` where there is no log.
    pub log: Option<String>,
    /// Passed, failed and skipped tests, where it reported them.
    pub tests: Option<(u64, u64, u64)>,
    /// It is a bridge, and started this pipeline or will start one.
    pub bridge: bool,
    /// The pipeline that a bridge started.
    pub starts: Option<u64>,
}

impl Pipeline {
    /// The global id of its job at this place.
    pub(super) fn job_id(&self, at: usize) -> u64 {
        self.id * 100 + at as u64 + 1
    }
}

//! A pipeline's jobs and bridges, and with them the pipelines that it started.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::commands::context::Context;
use crate::gitlab::{self, Gitlab, GitlabError};
use crate::model::project::ProjectRef;
use crate::view::pipeline_page::Parts;

/// Children of children are looked at down to here; GitLab itself starts two levels of child
/// pipelines, and other projects' below them.
const DEEPEST: usize = 8;

/// What is fetched with a pipeline.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) retried: bool,
    pub(super) children: bool,
    pub(super) tests: bool,
}

/// Where a bridge leads.
#[derive(Deserialize)]
struct Bridge<'a> {
    id: u64,
    #[serde(borrow, default)]
    downstream_pipeline: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Downstream {
    id: u64,
    #[serde(default)]
    project_id: Option<u64>,
}

/// Fetches all of them, each pipeline once.
pub(super) struct Collector<'c> {
    gitlab: &'c Gitlab<'c>,
    context: &'c Context<'c>,
    wanted: Wanted,
    visited: HashSet<u64>,
}

impl<'c> Collector<'c> {
    pub(super) fn new(gitlab: &'c Gitlab<'c>, context: &'c Context<'c>, wanted: Wanted) -> Self {
        Self { gitlab, context, wanted, visited: HashSet::new() }
    }

    /// The pipeline whose own object is `body`.
    pub(super) fn collect(
        &mut self,
        project: &ProjectRef,
        id: u64,
        body: Vec<u8>,
    ) -> Result<Parts, GitlabError> {
        self.visited.insert(id);
        let mut parts = self.below(project, id, body, 0)?;
        if self.wanted.tests {
            parts.tests = Some(self.gitlab.test_report_summary(project, id)?.body);
        }
        Ok(parts)
    }

    fn below(
        &mut self,
        project: &ProjectRef,
        id: u64,
        body: Vec<u8>,
        depth: usize,
    ) -> Result<Parts, GitlabError> {
        let jobs = self.gitlab.pipeline_jobs(project, id, self.wanted.retried)?;
        let bridges = self.gitlab.pipeline_bridges(project, id)?;
        let mut parts = Parts { body, jobs, bridges, ..Parts::default() };
        if self.wanted.children && depth < DEEPEST {
            parts.children = self.children(project, &parts.bridges, depth + 1)?;
        }
        Ok(parts)
    }

    fn children(
        &mut self,
        project: &ProjectRef,
        bridges: &[u8],
        depth: usize,
    ) -> Result<Vec<(u64, Parts)>, GitlabError> {
        let mut bridges: Vec<Bridge<'_>> = gitlab::decode("the bridges", bridges)?;
        bridges.sort_by_key(|bridge| bridge.id);
        let mut children = Vec::new();
        for bridge in bridges {
            let Some(object) = bridge.downstream_pipeline else { continue };
            let child: Downstream = gitlab::decode("a child pipeline", object.get().as_bytes())?;
            if !self.visited.insert(child.id) {
                continue;
            }
            let home = child.project_id.map_or_else(|| project.clone(), ProjectRef::Id);
            let body = object.get().as_bytes().to_vec();
            match self.below(&home, child.id, body, depth) {
                Ok(parts) => children.push((bridge.id, parts)),
                Err(error) if is_hidden(&error) => self.context.notes().warn(&format!(
                    "pipeline {} of project {home} is hidden from this account and left out",
                    child.id
                )),
                Err(error) => return Err(error),
            }
        }
        Ok(children)
    }
}

/// Whether another project does not let us look.
fn is_hidden(error: &GitlabError) -> bool {
    let GitlabError::Refused(refusal) = error else { return false };
    matches!(refusal.status, 403 | 404)
}

//! The change of a merge request, and whether it is all there.

use std::time::Duration;

use crate::gitlab::{self, Gitlab};
use crate::model::change::{ChangeFacts, Gaps};
use crate::model::project::ProjectRef;
use crate::system::clock::Clock;
use crate::view::patch;

/// How often and with what pauses GitLab is asked whether it has prepared a merge request.
const LOOKS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

/// GitLab does not give the whole change.
#[derive(Debug, thiserror::Error)]
#[error("{gaps}")]
pub(crate) struct IncompleteChange {
    /// What is left out.
    pub(crate) gaps: Gaps,
    /// The merge request's number.
    pub(crate) iid: u64,
}

/// A change as one text.
pub(in crate::commands) struct Patch {
    pub(in crate::commands) bytes: Vec<u8>,
    pub(in crate::commands) gaps: Gaps,
}

/// The merge request, and what it says about its change. One that GitLab is still preparing is
/// asked for again for a few seconds.
pub(in crate::commands) fn merge_request(
    project: &ProjectRef,
    iid: u64,
    gitlab: &Gitlab<'_>,
    clock: &dyn Clock,
) -> anyhow::Result<(Vec<u8>, ChangeFacts)> {
    let mut looks = 1;
    loop {
        let body = gitlab.merge_request(project, iid)?.body;
        let facts: ChangeFacts = gitlab::decode("the merge request", &body)?;
        if !facts.is_being_prepared() || looks == LOOKS {
            return Ok((body, facts));
        }
        looks += 1;
        clock.sleep(PAUSE);
    }
}

/// The change as GitLab's own patch, else made of its rows.
pub(in crate::commands) fn patch(
    project: &ProjectRef,
    iid: u64,
    facts: &ChangeFacts,
    gitlab: &Gitlab<'_>,
) -> anyhow::Result<Patch> {
    if let Some(bytes) = gitlab.merge_request_patch(project, iid)? {
        let gaps = Gaps::of_patch(&bytes, facts);
        return Ok(Patch { bytes, gaps });
    }
    let diffs = gitlab.merge_request_diffs(project, iid)?;
    let gaps = Gaps::of_files(&diffs.files, diffs.overflows, facts);
    Ok(Patch { bytes: patch::patch(&diffs.files).into_bytes(), gaps })
}

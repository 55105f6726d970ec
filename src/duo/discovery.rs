//! What a project's root group offers its agent, remembered for ten minutes.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::seal::Account;
use crate::gitlab::{Gitlab, GitlabError, OfferedModels, RootNamespace};
use crate::model::project::ProjectRef;
use crate::system::clock::Clock;
use crate::system::private_file::PrivateFile;

const LIFE: Duration = Duration::from_mins(10);
/// More than any offer, in bytes.
const LIMIT: u64 = 1 << 20;

/// What was offered, and when GitLab said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The models; `None` where the project is personal, or its instance knows no such list.
    pub models: Option<OfferedModels>,
    /// By our clock.
    pub fetched_at: SystemTime,
    /// It was remembered, not asked for in this run.
    pub is_cached: bool,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    models: Option<OfferedModels>,
    /// Seconds.
    fetched_at: u64,
}

/// Finds out what is offered.
pub struct Discovery<'a> {
    gitlab: &'a Gitlab<'a>,
    project: &'a ProjectRef,
    directory: Option<PathBuf>,
    clock: Arc<dyn Clock>,
}

impl<'a> Discovery<'a> {
    /// For the namespace of this project; without a directory nothing is remembered.
    pub fn new(
        gitlab: &'a Gitlab<'a>,
        project: &'a ProjectRef,
        directory: Option<PathBuf>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { gitlab, project, directory, clock }
    }

    /// What was offered at most ten minutes ago.
    pub fn fresh(&self) -> Option<Offer> {
        let offer = self.remembered()?;
        let age = self.clock.now().duration_since(offer.fetched_at).ok()?;
        (age < LIFE).then_some(offer)
    }

    /// What was offered the last time, however long ago.
    pub fn remembered(&self) -> Option<Offer> {
        let (file, account) = self.place()?;
        let kept = account.open(&file.read().ok()??)?;
        let kept: Kept = serde_json::from_slice(&kept).ok()?;
        let fetched_at = UNIX_EPOCH.checked_add(Duration::from_secs(kept.fetched_at))?;
        Some(Offer { models: kept.models, fetched_at, is_cached: true })
    }

    /// Asks GitLab.
    pub fn ask(&self) -> Result<Offer, GitlabError> {
        let models = match self.gitlab.root_namespace(self.project)? {
            RootNamespace::Personal => None,
            RootNamespace::Group(id) => self.gitlab.offered_models(id)?,
        };
        let offer = Offer { models, fetched_at: self.clock.now(), is_cached: false };
        // What cannot be kept is asked for again.
        let _ = self.keep(&offer);
        Ok(offer)
    }

    fn keep(&self, offer: &Offer) -> Option<()> {
        let (file, account) = self.place()?;
        let fetched_at = offer.fetched_at.duration_since(UNIX_EPOCH).ok()?.as_secs();
        let kept = Kept { models: offer.models.clone(), fetched_at };
        file.write(&account.seal(serde_json::to_vec(&kept).ok()?)?).ok()
    }

    /// A root group is known by the first segment of a path without asking; a number is all
    /// that is known of a project that is named by one.
    fn place(&self) -> Option<(PrivateFile, Account)> {
        let directory = self.directory.as_ref()?;
        let account = Account::of(self.gitlab)?;
        let namespace = match self.project {
            ProjectRef::Id(id) => format!("project {id}"),
            ProjectRef::Path(path) => path.split('/').next().unwrap_or(path).to_ascii_lowercase(),
        };
        let name = format!("models-{}", account.id_below(&namespace)?);
        Some((PrivateFile::new(directory.join(name), LIMIT), account))
    }
}

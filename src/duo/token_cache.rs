//! Gateway tokens between processes, so that a loop of questions asks GitLab once. On disk they
//! are sealed: nothing there is of use without the instance token.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::seal::Account;
use crate::gitlab::{DirectAccess, Gitlab};
use crate::model::secret::Secret;
use crate::system::clock::Clock;
use crate::system::private_file::PrivateFile;

/// For how long a token is used again, unless GitLab says that it ends earlier.
const LIFE: Duration = Duration::from_mins(25);
/// More than any token with its headers, in bytes.
const LIMIT: u64 = 64 << 10;
const PREFIX: &str = "gateway-token-";

/// Keeps the last gateway token of each account, or nothing. Whatever goes wrong with it costs
/// one more request and is no error.
pub struct TokenCache {
    directory: Option<PathBuf>,
    clock: Arc<dyn Clock>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    token: String,
    headers: BTreeMap<String, String>,
    /// When it came, by our clock, in seconds.
    since: u64,
    /// When it ends, by GitLab's.
    #[serde(default)]
    expires_at: Option<u64>,
}

impl TokenCache {
    /// In this directory; without one nothing is kept.
    pub fn new(directory: Option<PathBuf>, clock: Arc<dyn Clock>) -> Self {
        Self { directory, clock }
    }

    /// Where it keeps them.
    pub(super) fn directory(&self) -> Option<&PathBuf> {
        self.directory.as_ref()
    }

    /// The token of this account that is still good as far as is known here.
    pub(super) fn get(&self, gitlab: &Gitlab<'_>) -> Option<DirectAccess> {
        let (file, account) = self.place(gitlab)?;
        let sealed = file.read().ok()??;
        let kept: Kept = serde_json::from_slice(&account.open(&sealed)?).ok()?;
        // One from the future was kept by another clock, and its age is not known.
        let age = self.clock.now().duration_since(UNIX_EPOCH + Duration::from_secs(kept.since));
        let end = kept.expires_at.and_then(|end| UNIX_EPOCH.checked_add(Duration::from_secs(end)));
        if age.ok()? >= LIFE || end.is_some_and(|end| end <= self.clock.now()) {
            return None;
        }
        let token = Secret::from_token_text(&kept.token).ok()?;
        Some(DirectAccess { token, headers: kept.headers, expires_at: kept.expires_at })
    }

    /// Keeps a token that just came.
    pub(super) fn put(&self, gitlab: &Gitlab<'_>, access: &DirectAccess) -> Option<()> {
        let (file, account) = self.place(gitlab)?;
        let since = self.clock.now().duration_since(UNIX_EPOCH).ok()?.as_secs();
        let token = access.token.expose().to_owned();
        let (headers, expires_at) = (access.headers.clone(), access.expires_at);
        let kept = Kept { token, headers, since, expires_at };
        self.remove_old(file.path());
        file.write(&account.seal(serde_json::to_vec(&kept).ok()?)?).ok()
    }

    /// Drops a token that the gateway did not take.
    pub(super) fn forget(&self, gitlab: &Gitlab<'_>) {
        if let Some((file, _)) = self.place(gitlab) {
            // Where it cannot be removed the next one replaces it.
            let _ = fs::remove_file(file.path());
        }
    }

    fn place(&self, gitlab: &Gitlab<'_>) -> Option<(PrivateFile, Account)> {
        let directory = self.directory.as_ref()?;
        let account = Account::of(gitlab)?;
        let path = directory.join(format!("{PREFIX}{}", account.id()));
        Some((PrivateFile::new(path, LIMIT), account))
    }

    /// Other accounts' that are of no use any more: instance tokens come and go.
    fn remove_old(&self, own: &Path) {
        let Some(directory) = &self.directory else { return };
        let now = self.clock.now();
        let is_old = |entry: &fs::DirEntry| {
            let name = entry.file_name();
            let changed = entry.metadata().and_then(|facts| facts.modified());
            let age = |at: SystemTime| now.duration_since(at).unwrap_or_default();
            name.to_string_lossy().starts_with(PREFIX)
                && entry.path() != own
                && changed.is_ok_and(|at| age(at) > LIFE)
        };
        for entry in fs::read_dir(directory).into_iter().flatten().flatten().filter(is_old) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

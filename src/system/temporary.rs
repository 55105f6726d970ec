//! Folders that are private to this run and gone after it.

use std::io;
use std::path::Path;

/// A folder that only this user can enter, removed when dropped.
#[derive(Debug)]
pub struct TemporaryFolder(tempfile::TempDir);

impl TemporaryFolder {
    /// Makes one in the system's place for temporary files.
    pub fn new() -> io::Result<Self> {
        tempfile::Builder::new().prefix("glduo-").tempdir().map(Self)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

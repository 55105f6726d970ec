//! Files that only their owner can read, replaced as a whole or not at all, and the kernel lock
//! that goes with each: for settings, credentials, caches and conversations.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::clock::Clock;

/// The mean time between two looks at a lock that somebody else holds.
const LOOK_EVERY: Duration = Duration::from_millis(25);
/// What is written to find out whether there is room for the file itself, in bytes.
const PROBE: usize = 16 << 10;

/// A file at a fixed place, which need not exist.
#[derive(Debug, Clone)]
pub struct PrivateFile {
    path: PathBuf,
}

/// The lock of a file, until it is dropped or its holder dies.
#[derive(Debug)]
pub struct LockedFile {
    file: PrivateFile,
    _lock: File,
}

/// Why a lock was not had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else held it for the whole time.
    #[error("another process held the lock for {} s", .waited.as_secs())]
    TimedOut {
        /// How long it was waited for.
        waited: Duration,
    },
    /// The lock's own file cannot be opened, or the file system has no locks.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl PrivateFile {
    /// The file at this place; nothing is touched yet. Where the place is a symbolic link to
    /// a file, it is that file which is replaced, so that the link stays.
    pub fn new(path: PathBuf) -> Self {
        let path = fs::canonicalize(&path).unwrap_or(path);
        Self { path }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All of it; `None` where there is no such file. One of more than `limit` bytes is an
    /// error.
    pub fn read(&self, limit: u64) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            let reason = format!("it is larger than {limit} bytes");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
        }
        Ok(Some(bytes))
    }

    /// Whether others than the owner may read or write it; false where that is not known.
    pub fn is_open_to_others(&self) -> bool {
        mode(&self.path).is_some_and(|mode| mode & 0o077 != 0)
    }

    /// Whether others than the owner may look into its directory or change what is there; false
    /// where that is not known.
    pub fn is_directory_open_to_others(&self) -> bool {
        mode(self.directory()).is_some_and(|mode| mode & 0o077 != 0)
    }

    /// Replaces it as a whole: who reads at any moment, or after a crash, has the old bytes or
    /// the new ones.
    pub fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let temporary = self.temporary(bytes)?;
        temporary.persist(&self.path).map_err(|error| error.error)?;
        sync_directory(self.directory());
        Ok(())
    }

    /// Replaces it like [`Self::write`], but as open to others as it was; a new one is private.
    pub fn write_as_open(&self, bytes: &[u8]) -> io::Result<()> {
        self.write_with(bytes, None)
    }

    /// The same, and a new one is as open as this process makes files: for what belongs to a
    /// working tree.
    pub fn write_shared(&self, bytes: &[u8]) -> io::Result<()> {
        self.write_with(bytes, Some(0o666))
    }

    /// `new` is the mode of a file that is not there yet, less what the process masks.
    fn write_with(&self, bytes: &[u8], new: Option<u32>) -> io::Result<()> {
        let temporary = match (fs::metadata(&self.path), new) {
            (Ok(facts), _) => {
                let temporary = self.temporary(bytes)?;
                temporary.as_file().set_permissions(facts.permissions())?;
                temporary
            }
            (Err(_), Some(mode)) => self.temporary_of(bytes, mode)?,
            (Err(_), None) => self.temporary(bytes)?,
        };
        temporary.persist(&self.path).map_err(|error| error.error)?;
        sync_directory(self.directory());
        Ok(())
    }

    /// Does what [`Self::write`] does except for the last step, so that the file stays as it
    /// is and nothing is left behind.
    pub fn probe_writable(&self) -> io::Result<()> {
        if self.path.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        self.temporary(&[b' '; PROBE])?.close()
    }

    /// Takes the lock, waiting for who holds it. All that is done under it should be short:
    /// others wait no longer than `patience` either.
    pub fn lock(&self, patience: Duration, clock: &dyn Clock) -> Result<LockedFile, LockError> {
        create_private_directory(self.directory())?;
        let lock = open_lock(&self.beside(".lock"))?;
        let mut waited = Duration::ZERO;
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(error.into()),
                Err(TryLockError::WouldBlock) if waited >= patience => {
                    return Err(LockError::TimedOut { waited });
                }
                Err(TryLockError::WouldBlock) => {}
            }
            let pause = LOOK_EVERY.mul_f64(jitter()).min(patience.saturating_sub(waited));
            clock.sleep(pause);
            waited += pause;
        }
        Ok(LockedFile { file: self.clone(), _lock: lock })
    }

    fn directory(&self) -> &Path {
        match self.path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        }
    }

    fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        self.directory().join(self.name() + suffix)
    }

    fn temporary_prefix(&self) -> String {
        format!(".{}.", self.name())
    }

    /// A synced file in the same directory with these bytes, 0600 from its first moment, gone
    /// when dropped.
    fn temporary(&self, bytes: &[u8]) -> io::Result<tempfile::NamedTempFile> {
        self.temporary_of(bytes, 0o600)
    }

    fn temporary_of(&self, bytes: &[u8], mode: u32) -> io::Result<tempfile::NamedTempFile> {
        create_private_directory(self.directory())?;
        let (prefix, mut builder) = (self.temporary_prefix(), tempfile::Builder::new());
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
        #[cfg(not(unix))]
        let _ = mode;
        let temporary =
            builder.prefix(&prefix).suffix(TEMPORARY_SUFFIX).tempfile_in(self.directory());
        let mut temporary = temporary.map_err(without_its_name)?;
        temporary.write_all(bytes).map_err(without_its_name)?;
        temporary.as_file().sync_all()?;
        Ok(temporary)
    }
}

/// tempfile puts the random name of the file behind the system's words, where people look for
/// the name that they know.
fn without_its_name(error: io::Error) -> io::Error {
    match error.to_string().split_once(" at path ") {
        Some((words, _)) => io::Error::new(error.kind(), words),
        None => error,
    }
}

const TEMPORARY_SUFFIX: &str = ".tmp";

impl LockedFile {
    /// As [`PrivateFile::read`].
    pub fn read(&self, limit: u64) -> io::Result<Option<Vec<u8>>> {
        self.file.read(limit)
    }

    /// As [`PrivateFile::probe_writable`].
    pub fn probe_writable(&self) -> io::Result<()> {
        self.file.probe_writable()
    }

    /// As [`PrivateFile::write`]. What writers that were killed left behind is removed too:
    /// it may hold secrets, and under the lock there is no living writer.
    pub fn write(&self, bytes: &[u8]) -> io::Result<()> {
        self.remove_leftovers();
        self.file.write(bytes)
    }

    /// Where one cannot be removed the file itself can still be written.
    fn remove_leftovers(&self) {
        let prefix = self.file.temporary_prefix();
        let is_leftover = |entry: &fs::DirEntry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with(&prefix) && name.ends_with(TEMPORARY_SUFFIX)
        };
        let entries = fs::read_dir(self.file.directory()).into_iter().flatten();
        for entry in entries.flatten().filter(is_leftover) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Between a half and one and a half, so that waiters do not look in step.
fn jitter() -> f64 {
    // The standard library seeds each of these from the operating system.
    let permille = RandomState::new().hash_one(()) % 1_000;
    0.5 + f64::from(u16::try_from(permille).unwrap_or(0)) / 1_000.0
}

fn create_private_directory(directory: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(directory)
}

/// The lock's file stays for ever: removing it would let two processes lock two files.
fn open_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.read(true).write(true).create(true).truncate(false).open(path)
}

#[cfg(unix)]
fn mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(fs::metadata(path).ok()?.permissions().mode())
}

#[cfg(not(unix))]
fn mode(_: &Path) -> Option<u32> {
    None
}

/// Makes the new name last through a power cut, where directories can be synced.
fn sync_directory(directory: &Path) {
    if cfg!(unix) {
        let _ = File::open(directory).and_then(|directory| directory.sync_all());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::clock::RealClock;

    const PATIENCE: Duration = Duration::from_millis(120);

    fn world() -> (tempfile::TempDir, PrivateFile) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = PrivateFile::new(folder.path().join("deep/down/store.json"));
        (folder, file)
    }

    fn names(file: &PrivateFile) -> Vec<String> {
        let entries = fs::read_dir(file.directory()).expect("a directory");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<String> = names.map(|name| name.into_string().expect("UTF-8")).collect();
        names.sort();
        names
    }

    #[test]
    fn what_was_written_is_read_and_what_is_missing_is_none() {
        let (_folder, file) = world();
        assert_eq!(file.read(9).expect("no error"), None);
        file.write(b"one").expect("written");
        file.write(b"two").expect("written again");
        assert_eq!(file.read(3).expect("read").as_deref(), Some(&b"two"[..]));
        assert!(file.read(2).is_err(), "larger than the limit");
        assert_eq!(names(&file), ["store.json"]);
    }

    #[cfg(unix)]
    #[test]
    fn file_directory_and_lock_are_private() {
        let (_folder, file) = world();
        file.lock(PATIENCE, &RealClock)
            .and_then(|locked| Ok(locked.write(b"x")?))
            .expect("written");
        let bits = |path: &Path| mode(path).map(|mode| mode & 0o777);
        assert_eq!(bits(file.path()), Some(0o600));
        assert_eq!(bits(file.directory()), Some(0o700));
        assert_eq!(bits(&file.beside(".lock")), Some(0o600));
        assert!(!file.is_open_to_others());
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_stays_and_its_target_is_replaced() {
        let (folder, file) = world();
        file.write(b"old").expect("written");
        let link = folder.path().join("link.json");
        std::os::unix::fs::symlink(file.path(), &link).expect("a link");
        PrivateFile::new(link.clone()).write(b"new").expect("written");
        assert!(fs::symlink_metadata(&link).expect("a link").is_symlink());
        assert_eq!(fs::read(file.path()).expect("the target"), b"new");
    }

    #[test]
    fn what_a_killed_writer_left_is_gone_after_the_next_write() {
        let (_folder, file) = world();
        file.write(b"whole").expect("written");
        fs::write(file.directory().join(".store.json.kIlLeD.tmp"), b"ha").expect("a leftover");
        assert_eq!(file.read(9).expect("read").as_deref(), Some(&b"whole"[..]));
        let locked = file.lock(PATIENCE, &RealClock).expect("the lock");
        locked.write(b"next").expect("written");
        assert_eq!(names(&file), ["store.json", "store.json.lock"]);
    }

    #[test]
    fn only_one_holds_the_lock_and_the_wait_for_it_ends() {
        let (_folder, file) = world();
        let held = file.lock(PATIENCE, &RealClock).expect("the lock");
        let second = file.lock(PATIENCE, &RealClock);
        assert!(matches!(second, Err(LockError::TimedOut { waited }) if waited == PATIENCE));
        drop(held);
        assert!(file.lock(Duration::ZERO, &RealClock).is_ok());
    }

    #[test]
    fn a_file_that_cannot_be_written_is_found_out_and_left_alone() {
        let (_folder, file) = world();
        file.write(b"kept").expect("written");
        file.probe_writable().expect("writable");
        assert_eq!(file.read(9).expect("read").as_deref(), Some(&b"kept"[..]));
        assert_eq!(names(&file), ["store.json"]);
        let full = PrivateFile::new(PathBuf::from("/proc/self/store.json"));
        let words = full.probe_writable().expect_err("no files are made there").to_string();
        assert!(!words.contains(TEMPORARY_SUFFIX), "{words}");
        let below_a_file = PrivateFile::new(file.path().join("below"));
        assert!(below_a_file.probe_writable().is_err());
        assert!(PrivateFile::new(file.directory().to_owned()).probe_writable().is_err());
    }
}

//! Files that only their owner can read, replaced atomically, and the kernel lock of each: for
//! settings, credentials, caches and conversations.

use std::fmt;
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

/// How many symbolic links are followed to a target that does not exist; the kernel's own limit.
const MOST_LINKS: u8 = 40;

/// A file at a fixed path, which need not exist.
#[derive(Debug, Clone)]
pub struct PrivateFile {
    /// Every symbolic link is followed, also to a target that does not exist yet.
    path: PathBuf,
    /// The directory of the path as it was given, which is another one if the file is a link.
    named_in: PathBuf,
    /// In bytes.
    limit: u64,
}

/// The lock of a file, until it is dropped or its holder dies.
#[derive(Debug)]
pub struct LockedFile {
    file: PrivateFile,
    _lock: File,
}

/// A file or directory that other users could read or change until now.
#[derive(Debug)]
pub struct Closed {
    path: PathBuf,
    mode: u32,
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, mode) = (self.path.display(), self.mode);
        write!(f, "{path} was open to other users (mode {mode:04o}); it is closed to them now")
    }
}

/// Other users can read or change a file or directory, and this process cannot prevent it.
#[derive(Debug, thiserror::Error)]
#[error("{} is open to other users (mode {mode:04o}): {reason}", .path.display())]
pub struct OpenToOthers {
    /// The file or directory.
    pub path: PathBuf,
    mode: u32,
    /// The mode that it should have.
    pub wanted: u32,
    reason: String,
}

/// Why a lock was not acquired.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process held it for the whole time.
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
    /// The file at this path, of at most `limit` bytes; nothing is touched yet. If the path is
    /// a symbolic link, its target is read and replaced, and the link stays.
    pub fn new(path: PathBuf, limit: u64) -> Self {
        let named_in = parent(&path).to_owned();
        let path = follow_links(&path, MOST_LINKS).unwrap_or(path);
        Self { path, named_in, limit }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All bytes; `None` if there is no such file. Fails if there are more than the limit.
    pub fn read(&self) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.take(self.limit.saturating_add(1)).read_to_end(&mut bytes)?;
        self.check_size(&bytes)?;
        Ok(Some(bytes))
    }

    /// Also before writing, so that what was written can be read.
    fn check_size(&self, bytes: &[u8]) -> io::Result<()> {
        if bytes.len() as u64 <= self.limit {
            return Ok(());
        }
        let reason = format!("it is larger than {} bytes", self.limit);
        Err(io::Error::new(io::ErrorKind::FileTooLarge, reason))
    }

    /// Takes all rights to the file and its directory from other users, and returns what they
    /// could use until now. Fails if another user owns it, or if the file system keeps the mode.
    pub fn close_to_others(&self) -> Result<Vec<Closed>, OpenToOthers> {
        let mut closed = Vec::new();
        // The directory first: from then on nobody else can put another file in its place.
        closed.extend(close_directory(&self.named_in)?);
        let is_link = |named_in: PathBuf| named_in != self.directory();
        if fs::canonicalize(&self.named_in).is_ok_and(is_link) && !is_sticky(self.directory()) {
            // The target of a link is in a directory that glduo did not make, such as one of
            // dotfiles. Others may read it, and write to it if its sticky bit, as that of /tmp,
            // keeps them from replacing files of this user.
            closed.extend(close(self.directory(), 0o022, 0o755)?);
        }
        closed.extend(close(&self.path, 0o077, 0o600)?);
        Ok(closed)
    }

    /// Replaces it atomically: a reader at any moment, also after a crash, gets the old bytes
    /// or the new ones. Fails if there are more than the limit.
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
        let most = usize::try_from(self.limit).unwrap_or(PROBE);
        self.temporary(&[b' '; PROBE][..most.min(PROBE)])?.close()
    }

    /// Takes the lock, waiting for who holds it. All that is done under it should be short:
    /// others wait no longer than `patience` either.
    pub fn lock(&self, patience: Duration, clock: &dyn Clock) -> Result<LockedFile, LockError> {
        create_private_directory(self.directory())?;
        let lock = open_lock(&self.beside(".lock"))?;
        acquire(&lock, patience, clock)?;
        Ok(LockedFile { file: self.clone(), _lock: lock })
    }

    /// Takes a lock on the directory of the file, which leaves no other file there. It is held
    /// until the handle is dropped. `None` if the directory cannot be locked, as on NFS.
    pub fn lock_directory(
        &self,
        patience: Duration,
        clock: &dyn Clock,
    ) -> Result<Option<File>, LockError> {
        // If it cannot be made, the writer of the file says why.
        let _ = create_private_directory(self.directory());
        let Ok(directory) = File::open(self.directory()) else { return Ok(None) };
        match acquire(&directory, patience, clock) {
            Ok(()) => Ok(Some(directory)),
            Err(LockError::Io(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn directory(&self) -> &Path {
        parent(&self.path)
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
        self.check_size(bytes)?;
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
    pub fn read(&self) -> io::Result<Option<Vec<u8>>> {
        self.file.read()
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

fn acquire(lock: &File, patience: Duration, clock: &dyn Clock) -> Result<(), LockError> {
    let mut waited = Duration::ZERO;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(()),
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

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."))
}

/// The path without symbolic links, also if its last parts do not exist. `None` if there are too
/// many links.
fn follow_links(path: &Path, left: u8) -> Option<PathBuf> {
    if let Ok(path) = fs::canonicalize(path) {
        return Some(path);
    }
    let directory = follow_links(parent(path), left)?;
    match fs::read_link(path) {
        Ok(target) => follow_links(&directory.join(target), left.checked_sub(1)?),
        Err(_) => Some(directory.join(path.file_name()?)),
    }
}

/// Takes all rights to a directory from other users. Fails as [`PrivateFile::close_to_others`].
pub fn close_directory(path: &Path) -> Result<Option<Closed>, OpenToOthers> {
    close(path, 0o077, 0o700)
}

/// Takes the bits of `forbidden` from other users; a mode that has one of them becomes what
/// `kept` leaves of it. What is missing is open to nobody.
#[cfg(unix)]
fn close(path: &Path, forbidden: u32, kept: u32) -> Result<Option<Closed>, OpenToOthers> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let facts = |path| fs::metadata(path).map(|facts| (facts.mode() & 0o7777, facts.uid()));
    let (mode, owner) = match facts(path) {
        Ok((mode, owner)) if mode & forbidden != 0 => (mode, owner),
        _ => return Ok(None),
    };
    let wanted = mode & kept;
    let failed = |reason: String| OpenToOthers { path: path.to_owned(), mode, wanted, reason };
    if owner != rustix::process::geteuid().as_raw() {
        return Err(failed("another user owns it".to_owned()));
    }
    let changed = fs::set_permissions(path, fs::Permissions::from_mode(wanted));
    changed.map_err(|error| failed(format!("its mode cannot be changed: {error}")))?;
    match facts(path) {
        Ok((mode, _)) if mode & forbidden == 0 => {}
        _ => return Err(failed("its file system has no modes".to_owned())),
    }
    Ok(Some(Closed { path: path.to_owned(), mode }))
}

#[cfg(unix)]
fn is_sticky(directory: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(directory).is_ok_and(|facts| facts.mode() & 0o1000 != 0)
}

#[cfg(not(unix))]
fn is_sticky(_: &Path) -> bool {
    true
}

#[cfg(not(unix))]
fn close(_: &Path, _: u32, _: u32) -> Result<Option<Closed>, OpenToOthers> {
    Ok(None)
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
        let file = PrivateFile::new(folder.path().join("deep/down/store.json"), 16);
        (folder, file)
    }

    #[cfg(unix)]
    fn mode(path: &Path) -> u32 {
        use std::os::unix::fs::PermissionsExt as _;
        fs::metadata(path).expect("it is there").permissions().mode() & 0o7777
    }

    #[cfg(unix)]
    fn set_mode(path: &Path, mode: u32) {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
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
        assert_eq!(file.read().expect("no error"), None);
        file.write(b"one").expect("written");
        file.write(b"two").expect("written again");
        assert_eq!(file.read().expect("read").as_deref(), Some(&b"two"[..]));
        assert_eq!(names(&file), ["store.json"]);
    }

    #[test]
    fn the_limit_holds_for_reading_and_writing() {
        let (_folder, file) = world();
        file.write(&[b'x'; 16]).expect("written");
        let too_large = |error: io::Error| error.kind() == io::ErrorKind::FileTooLarge;
        for write in [PrivateFile::write, PrivateFile::write_as_open, PrivateFile::write_shared] {
            assert!(write(&file, &[b'y'; 17]).is_err_and(too_large));
        }
        assert_eq!(file.read().expect("read").as_deref(), Some(&[b'x'; 16][..]));
        fs::write(file.path(), [b'x'; 17]).expect("written");
        assert!(file.read().is_err_and(too_large));
    }

    #[cfg(unix)]
    #[test]
    fn file_directory_and_lock_are_private() {
        let (_folder, file) = world();
        file.lock(PATIENCE, &RealClock)
            .and_then(|locked| Ok(locked.write(b"x")?))
            .expect("written");
        assert_eq!(mode(file.path()), 0o600);
        assert_eq!(mode(file.directory()), 0o700);
        assert_eq!(mode(&file.beside(".lock")), 0o600);
        assert!(file.close_to_others().expect("ours").is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn what_is_open_is_closed_and_named_once() {
        let (_folder, file) = world();
        file.write(b"x").expect("written");
        for (directory, store) in [(0o777, 0o644), (0o755, 0o600), (0o700, 0o602), (0o2770, 0o660)]
        {
            set_mode(file.directory(), directory);
            set_mode(file.path(), store);
            let closed = file.close_to_others().expect("ours");
            let open = [directory, store].iter().filter(|mode| **mode & 0o077 != 0).count();
            assert_eq!(closed.len(), open, "{closed:?}");
            assert_eq!((mode(file.directory()), mode(file.path())), (0o700, 0o600));
            assert!(file.close_to_others().expect("ours").is_empty());
        }
        let closed = Closed { path: "/a".into(), mode: 0o644 }.to_string();
        assert_eq!(closed, "/a was open to other users (mode 0644); it is closed to them now");
    }

    #[cfg(unix)]
    #[test]
    fn what_another_user_owns_is_refused() {
        // Root's directories are open to all, and the tests change nothing in them.
        let (uid, open) = (rustix::process::geteuid().as_raw(), Path::new("/usr"));
        if uid == 0 {
            let (_folder, file) = world();
            file.write(b"x").expect("written");
            std::os::unix::fs::chown(file.path(), Some(65_534), None).expect("given away");
            assert!(file.close_to_others().expect("closed already").is_empty());
            set_mode(file.path(), 0o640);
            let refused = file.close_to_others().expect_err("another user's");
            assert_eq!((refused.path.as_path(), refused.wanted), (file.path(), 0o600));
            assert_eq!(mode(file.path()), 0o640);
        } else {
            let refused = close_directory(open).expect_err("another user's");
            assert_eq!((refused.path.as_path(), refused.wanted), (open, 0o700));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_stays_and_its_target_is_replaced() {
        let (folder, file) = world();
        file.write(b"old").expect("written");
        let link = folder.path().join("link.json");
        std::os::unix::fs::symlink(file.path(), &link).expect("a link");
        PrivateFile::new(link.clone(), 9).write(b"new").expect("written");
        assert!(fs::symlink_metadata(&link).expect("a link").is_symlink());
        assert_eq!(fs::read(file.path()).expect("the target"), b"new");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_nothing_is_written_through() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        // A link to a link to a file, and a directory that is a link; all end in nothing.
        for (link, target) in [("a", "far/off/store"), ("b", "./a"), ("d", "far/other")] {
            std::os::unix::fs::symlink(target, at(link)).expect("a link");
        }
        for (name, target) in
            [("a", "far/off/store"), ("b", "far/off/store"), ("d/x", "far/other/x")]
        {
            PrivateFile::new(at(name), 9).write(name.as_bytes()).expect("written");
            assert_eq!(fs::read(at(target)).expect("the target"), name.as_bytes());
            assert_eq!(mode(&at(target)), 0o600);
        }
        for link in ["a", "b", "d"] {
            assert!(fs::symlink_metadata(at(link)).expect("a link").is_symlink(), "{link}");
        }
        assert_eq!((mode(&at("far/off")), mode(&at("far/other"))), (0o700, 0o700));
        std::os::unix::fs::symlink("ring", at("ring")).expect("a link");
        assert!(PrivateFile::new(at("ring"), 9).read().is_err());
    }

    #[cfg(unix)]
    #[test]
    fn the_directory_that_a_link_leads_to_may_be_read_and_not_written_by_others() {
        let (folder, file) = world();
        file.write(b"x").expect("written");
        let named_in = folder.path().join("glduo");
        fs::create_dir(&named_in).expect("a directory");
        std::os::unix::fs::symlink(file.path(), named_in.join("link")).expect("a link");
        for open in [0o755, 0o777] {
            set_mode(file.directory(), open);
            set_mode(&named_in, open);
            let linked = PrivateFile::new(named_in.join("link"), 9);
            linked.close_to_others().expect("ours");
            assert_eq!((mode(file.directory()), mode(&named_in)), (0o755, 0o700));
        }
        set_mode(file.directory(), 0o1777);
        let linked = PrivateFile::new(named_in.join("link"), 9);
        assert!(linked.close_to_others().expect("sticky").is_empty());
        assert_eq!(mode(file.directory()), 0o1777);
    }

    #[test]
    fn what_a_killed_writer_left_is_gone_after_the_next_write() {
        let (_folder, file) = world();
        file.write(b"whole").expect("written");
        fs::write(file.directory().join(".store.json.kIlLeD.tmp"), b"ha").expect("a leftover");
        assert_eq!(file.read().expect("read").as_deref(), Some(&b"whole"[..]));
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
        assert_eq!(file.read().expect("read").as_deref(), Some(&b"kept"[..]));
        assert_eq!(names(&file), ["store.json"]);
        let full = PrivateFile::new(PathBuf::from("/proc/self/store.json"), 9);
        let words = full.probe_writable().expect_err("no files are made there").to_string();
        assert!(!words.contains(TEMPORARY_SUFFIX), "{words}");
        let below_a_file = PrivateFile::new(file.path().join("below"), 9);
        assert!(below_a_file.probe_writable().is_err());
        assert!(PrivateFile::new(file.directory().to_owned(), 9).probe_writable().is_err());
    }
}

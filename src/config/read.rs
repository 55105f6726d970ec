//! Reading small files that others may have put there: bounded, and never a pipe or a device
//! where only a file can be meant.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

/// The largest configuration file that is read, in bytes.
pub(super) const LIMIT: u64 = 1024 * 1024;

/// The largest git file that is read, in bytes: packed references can be long.
const GIT_LIMIT: u64 = 256 << 20;

/// What may be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Regular files only: a pipe planted in a working tree would never end.
    RegularFile,
    /// Whatever the user named, `/dev/null` and a shell's `<(…)` among it, but no folder.
    AnyStream,
}

/// Why there are no bytes.
#[derive(Debug)]
pub(super) enum ReadError {
    /// There is nothing of that name.
    Missing,
    /// The folder it would be in may not be entered, so nobody knows whether it is there.
    OutOfReach(io::Error),
    /// It is there but of another kind.
    NotAFile,
    /// It has more bytes than the limit.
    TooLarge,
    /// It is there but cannot be read.
    Io(io::Error),
}

/// All bytes of a file.
pub(super) fn bytes(path: &Path, kind: Kind) -> Result<Vec<u8>, ReadError> {
    bytes_up_to(LIMIT, path, kind)
}

fn bytes_up_to(limit: u64, path: &Path, kind: Kind) -> Result<Vec<u8>, ReadError> {
    let facts = fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ReadError::Missing,
        io::ErrorKind::PermissionDenied => ReadError::OutOfReach(error),
        _ => ReadError::Io(error),
    })?;
    if facts.is_dir() || (kind == Kind::RegularFile && !facts.is_file()) {
        return Err(ReadError::NotAFile);
    }
    let file = File::open(path).map_err(ReadError::Io)?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(ReadError::Io)?;
    if bytes.len() as u64 > limit {
        return Err(ReadError::TooLarge);
    }
    Ok(bytes)
}

/// A git file's text; `None` for whatever keeps it from being read.
pub(super) fn git_text(path: &Path) -> Option<String> {
    let bytes = bytes_up_to(GIT_LIMIT, path, Kind::RegularFile).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_devices_and_large_files_are_not_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name| folder.path().join(name);
        fs::write(at("large"), vec![b' '; 1024 * 1024 + 1]).expect("written");
        fs::write(at("small"), "x").expect("written");
        let read = |name, kind| bytes(&at(name), kind);
        assert!(matches!(read("", Kind::AnyStream), Err(ReadError::NotAFile)));
        assert!(matches!(read("absent", Kind::AnyStream), Err(ReadError::Missing)));
        assert!(matches!(read("small/below", Kind::AnyStream), Err(ReadError::Missing)));
        assert!(matches!(read("large", Kind::RegularFile), Err(ReadError::TooLarge)));
        assert_eq!(git_text(&at("large")).map(|text| text.len()), Some(1024 * 1024 + 1));
        assert!(read("small", Kind::RegularFile).is_ok_and(|bytes| bytes == b"x"));
        #[cfg(unix)]
        {
            let null = Path::new("/dev/null");
            assert!(matches!(bytes(null, Kind::RegularFile), Err(ReadError::NotAFile)));
            assert!(bytes(null, Kind::AnyStream).is_ok_and(|bytes| bytes.is_empty()));
        }
    }
}

//! The working directory as an open handle: every path of the service is walked below it name
//! by name, each name opened relative to the directory before it and never through a link.

use std::collections::{HashMap, HashSet, VecDeque};
use std::ffi::{OsStr, OsString};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use cap_fs_ext::{DirExt as _, FollowSymlinks, MetadataExt as _, OpenOptionsFollowExt as _};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, Metadata, OpenOptions};

use crate::system::environment::Environment;

use super::boundaries::{Boundaries, Fence, folded, is_git};
use super::error::{Protected, ToolError, Withheld};
use super::ignored::{IgnoreFile, Ignored};
use super::repository::{IGNORE_FILE_BYTES, Repository, directories_of, dot_gits_below};

/// As many links as Linux follows in one path.
const LINKS: usize = 40;
const NAMES: usize = 256;

/// A directory that tools work in, and cannot leave.
#[derive(Debug)]
pub struct Workspace {
    root: Dir,
    /// Where it is, for children and for ignore patterns; no file is opened by it.
    directory: PathBuf,
    repository: Option<Repository>,
    /// Whether the directory itself is git's: in a `.git`, or in a repository without one.
    is_git: bool,
    fence: Fence,
    /// What every `.git` below leads to, found before the first write; no names stand for the
    /// working directory.
    git: OnceLock<Vec<Vec<String>>>,
    /// Our own files, by which a hard link to them is known.
    ours: Vec<PathBuf>,
    our_identities: OnceLock<HashSet<(u64, u64)>>,
    ignored: Ignored,
    /// The ignore files that the run came by, as they were then, by directory.
    ignore_files: Mutex<HashMap<PathBuf, IgnoreFile>>,
}

/// Where a path leads after every link and `..` in it.
#[derive(Debug)]
pub(super) struct Place {
    /// The handles from the root to the last directory there is.
    directories: Vec<Dir>,
    /// The true path, relative to the working directory; empty for itself.
    pub(super) path: PathBuf,
    pub(super) kind: Kind,
}

/// What is at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// The last handle.
    Directory,
    /// Something else than a directory or a link, by its name in the last handle.
    Entry(OsString),
    /// These names are missing below the last handle.
    Missing(Vec<OsString>),
}

impl Place {
    /// The last directory on the way that is there.
    pub(super) fn directory(&self) -> Option<&Dir> {
        self.directories.last()
    }

    /// Whether the last directory becomes a git directory by the name that is missing in it. New
    /// directories get one entry each, which makes none of them one.
    fn completes_git_directory(&self) -> bool {
        let (Kind::Missing(names), Some(directory)) = (&self.kind, self.directory()) else {
            return false;
        };
        let new = names.first().map(|name| folded(Path::new(name)).concat()).unwrap_or_default();
        makes_git_directory(|name| {
            name.eq_ignore_ascii_case(&new) || directory.symlink_metadata(name).is_ok()
        })
    }
}

impl Workspace {
    /// Opens a directory, which stays the workspace whatever is renamed or linked afterwards.
    pub fn open(directory: &Path, boundaries: &Boundaries, env: &Environment) -> io::Result<Self> {
        let root = Dir::open_ambient_dir(directory, ambient_authority())?;
        let directory = std::fs::canonicalize(directory)?;
        let repository = Repository::around(&directory);
        let ignored = Ignored::above(&directory, repository.as_ref(), env);
        let mut workspace = Self {
            is_git: folded(&directory).iter().any(|name| is_git(name))
                || directory.ancestors().any(is_git_directory_at),
            root,
            directory,
            repository,
            fence: Fence::default(),
            git: OnceLock::new(),
            ours: boundaries.ours.clone(),
            our_identities: OnceLock::new(),
            ignored,
            ignore_files: Mutex::default(),
        };
        let git = workspace.repository.iter().flat_map(|found| [&found.git, &found.common]);
        let git = git.filter_map(|path| workspace.below(path));
        let git = git.filter(|names| !names.is_empty()).collect();
        let ours = boundaries.ours.iter().filter_map(|path| workspace.below(path));
        let ours = ours.filter(|names| !names.is_empty()).collect();
        let named = boundaries.named.iter().filter_map(|path| {
            let place = workspace.resolve(path.to_str()?).ok()?;
            Some(place.path)
        });
        workspace.fence = Fence { named: named.collect(), ours, git };
        Ok(workspace)
    }

    /// Where it is.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    pub(super) fn repository(&self) -> Option<&Repository> {
        self.repository.as_ref()
    }

    /// The folded names of a path below the working directory, which need not exist; none for the
    /// working directory itself. `None` if it is elsewhere.
    fn below(&self, path: &Path) -> Option<Vec<String>> {
        let existing = path.ancestors().find(|above| above.exists())?;
        let mut true_path = std::fs::canonicalize(existing).ok()?;
        for component in path.strip_prefix(existing).ok()?.components() {
            match component {
                Component::ParentDir => drop(true_path.pop()),
                other => true_path.push(other),
            }
        }
        Some(folded(true_path.strip_prefix(&self.directory).ok()?))
    }

    /// What every `.git` below the working directory leads to, as it was before the first write.
    fn git_directories(&self) -> &[Vec<String>] {
        self.git.get_or_init(|| {
            let found = dot_gits_below(&self.root).into_iter();
            let led_to = found.flat_map(|path| directories_of(&self.directory.join(path)));
            led_to.filter_map(|path| self.below(&path)).collect()
        })
    }

    /// The names of an absolute path below whatever directory on it is the workspace itself.
    fn inside<'p>(&self, path: &'p Path) -> Option<&'p Path> {
        let identity = |metadata: &Metadata| (metadata.dev(), metadata.ino());
        let ours = identity(&self.root.dir_metadata().ok()?);
        let is_root = |above: &&Path| {
            Dir::open_ambient_dir(above, ambient_authority())
                .and_then(|dir| dir.dir_metadata())
                .is_ok_and(|metadata| identity(&metadata) == ours)
        };
        path.strip_prefix(path.ancestors().find(is_root)?).ok()
    }

    /// Walks a path. A link is read and its target walked in its place, so that the path that
    /// results is the true one; a name swapped for a link meanwhile fails to open.
    pub(super) fn resolve(&self, asked: &str) -> Result<Place, ToolError> {
        let mut walk = Walk::new(self, asked)?;
        walk.prepend(Path::new(asked))?;
        while let Some(step) = walk.rest.pop_front() {
            match step {
                Step::Up => walk.up()?,
                Step::Name(name) => {
                    if let Some(kind) = walk.enter(name)? {
                        return Ok(walk.end(kind));
                    }
                }
            }
        }
        Ok(walk.end(Kind::Directory))
    }

    /// [`Self::resolve`] for reading, or why this is not read.
    pub(super) fn resolve_to_read(&self, asked: &str) -> Result<Place, ToolError> {
        let place = self.resolve(asked)?;
        let is_directory = place.kind == Kind::Directory;
        let withheld = self.fence.withholds(&place.path).or_else(|| {
            if self.fence.names(&place.path) {
                None
            } else if place.directories.iter().skip(1).any(is_git_directory) {
                Some(Withheld::Git)
            } else {
                self.ignores(&place, is_directory).then_some(Withheld::Ignored)
            }
        });
        match withheld {
            Some(what) => Err(ToolError::Withheld { path: asked.to_owned(), what }),
            None => Ok(place),
        }
    }

    /// [`Self::resolve`] for writing, or why this is not written.
    pub(super) fn resolve_to_write(&self, asked: &str) -> Result<Place, ToolError> {
        let place = self.resolve(asked)?;
        let names = folded(&place.path);
        let is_git = self.is_git
            || place.directories.iter().any(is_git_directory)
            || place.completes_git_directory()
            || self.git_directories().iter().any(|git| names.starts_with(git));
        if let Some(what) = self.fence.protects(&place.path).or(is_git.then_some(Protected::Git)) {
            return Err(ToolError::Protected { path: asked.to_owned(), what });
        }
        if names.last().is_some_and(|name| name == ".gitignore") {
            // Remembers what it says before it is written.
            self.ignores(&place, false);
        }
        Ok(place)
    }

    /// Opens a regular file for reading, whatever its name; not one of ours, of which a hard link
    /// would be a copy under another name.
    pub(super) fn open_to_read(&self, directory: &Dir, name: &OsStr) -> io::Result<File> {
        let file = open_file(directory, name)?;
        let metadata = file.metadata()?;
        if metadata.nlink() > 1 && self.our_identities().contains(&(metadata.dev(), metadata.ino()))
        {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, Withheld::Ours));
        }
        Ok(file)
    }

    fn our_identities(&self) -> &HashSet<(u64, u64)> {
        self.our_identities.get_or_init(|| {
            let mut identities = HashSet::new();
            let mut waiting = self.ours.clone();
            while let Some(path) = waiting.pop() {
                let Some(parent) = path.parent() else { continue };
                let Some(name) = path.file_name() else { continue };
                let Ok(parent) = Dir::open_ambient_dir(parent, ambient_authority()) else {
                    continue;
                };
                match parent.symlink_metadata(name) {
                    Ok(metadata) if metadata.is_dir() => {
                        let entries = parent.read_dir(name).into_iter().flatten().flatten();
                        waiting.extend(entries.map(|entry| path.join(entry.file_name())));
                    }
                    Ok(metadata) => drop(identities.insert((metadata.dev(), metadata.ino()))),
                    Err(_) => {}
                }
            }
            identities
        })
    }

    /// Whether an entry found below a directory of the workspace is kept from reading, ignore
    /// files included.
    pub(super) fn keeps(&self, path: &Path, is_directory: bool, ignored: &Ignored) -> bool {
        !self.fence.names(path)
            && (self.fence.withholds(path).is_some()
                || ignored.holds(&self.directory.join(path), is_directory))
    }

    /// The patterns that hold in a directory of the workspace.
    pub(super) fn ignored_in(&self, place: &Place) -> Ignored {
        let mut ignored = self.ignored.clone();
        let mut names = place.path.iter();
        let mut path = self.directory.clone();
        for directory in &place.directories {
            ignored.add(self.ignore_file(directory, &path));
            path.extend(names.next());
        }
        ignored
    }

    /// `ignored` with the patterns of a directory one further down, at this true path.
    pub(super) fn ignored_below(&self, ignored: &Ignored, dir: &Dir, path: &Path) -> Ignored {
        let mut ignored = ignored.clone();
        ignored.add(self.ignore_file(dir, &self.directory.join(path)));
        ignored
    }

    /// The ignore file of a directory, with what it said when the run first came by.
    fn ignore_file(&self, directory: &Dir, path: &Path) -> IgnoreFile {
        let latest = read_ignore_file(directory, path);
        let mut seen = self.ignore_files.lock().unwrap_or_else(PoisonError::into_inner);
        seen.entry(path.to_owned()).or_insert_with(|| latest.clone()).now(latest)
    }

    /// What git ignores is ignored with all that is below it.
    fn ignores(&self, place: &Place, is_directory: bool) -> bool {
        let mut ignored = self.ignored.clone();
        let mut path = self.directory.clone();
        let count = place.path.iter().count();
        for (at, name) in place.path.iter().enumerate() {
            if let Some(directory) = place.directories.get(at) {
                ignored.add(self.ignore_file(directory, &path));
            }
            path.push(name);
            if ignored.holds(&path, at + 1 < count || is_directory) {
                return true;
            }
        }
        false
    }
}

enum Step {
    Up,
    Name(OsString),
}

/// A path being walked.
struct Walk<'a> {
    workspace: &'a Workspace,
    asked: &'a str,
    directories: Vec<Dir>,
    names: Vec<OsString>,
    rest: VecDeque<Step>,
    links: usize,
}

impl<'a> Walk<'a> {
    fn new(workspace: &'a Workspace, asked: &'a str) -> Result<Self, ToolError> {
        let root = workspace.root.try_clone().map_err(|error| ToolError::io(asked, error))?;
        let (names, rest) = (Vec::new(), VecDeque::new());
        Ok(Self { workspace, asked, directories: vec![root], names, rest, links: 0 })
    }

    fn outside(&self) -> ToolError {
        ToolError::Outside { path: self.asked.to_owned() }
    }

    fn failed(&self, error: io::Error) -> ToolError {
        ToolError::io(self.asked, error)
    }

    fn here(&self) -> Result<&Dir, ToolError> {
        self.directories.last().ok_or_else(|| self.outside())
    }

    /// Puts a path before what is left to walk; an absolute one starts at the root again.
    fn prepend(&mut self, path: &Path) -> Result<(), ToolError> {
        let mut relative = path;
        if path.has_root() || path.is_absolute() {
            relative = self.workspace.inside(path).ok_or_else(|| self.outside())?;
            self.directories.truncate(1);
            self.names.clear();
        }
        let mut steps = Vec::new();
        for component in relative.components() {
            match component {
                Component::CurDir => {}
                Component::ParentDir => steps.push(Step::Up),
                Component::Normal(name) => steps.push(Step::Name(name.to_owned())),
                Component::Prefix(_) | Component::RootDir => return Err(self.outside()),
            }
        }
        for step in steps.into_iter().rev() {
            self.rest.push_front(step);
        }
        if self.rest.len() + self.names.len() > NAMES {
            return Err(self.failed(io::ErrorKind::InvalidFilename.into()));
        }
        Ok(())
    }

    fn up(&mut self) -> Result<(), ToolError> {
        self.directories.pop();
        self.names.pop().map(|_| ()).ok_or_else(|| self.outside())
    }

    /// One name further; what ends the walk is given back.
    fn enter(&mut self, name: OsString) -> Result<Option<Kind>, ToolError> {
        let metadata = match self.here()?.symlink_metadata(&name) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return self.missing(name).map(Some);
            }
            Err(error) => return Err(self.failed(error)),
        };
        if metadata.is_symlink() {
            self.links += 1;
            if self.links > LINKS {
                return Err(self.failed(io::Error::other("too many links")));
            }
            let target = self.here()?.read_link_contents(&name);
            let target = target.map_err(|error| self.failed(error))?;
            self.prepend(&target)?;
            return Ok(None);
        }
        if metadata.is_dir() {
            let directory = self.here()?.open_dir_nofollow(&name);
            self.directories.push(directory.map_err(|error| self.failed(error))?);
            self.names.push(name);
            return Ok(None);
        }
        if !self.rest.is_empty() {
            return Err(ToolError::NotADirectory { path: self.asked.to_owned() });
        }
        self.names.push(name.clone());
        Ok(Some(Kind::Entry(name)))
    }

    fn missing(&mut self, name: OsString) -> Result<Kind, ToolError> {
        let mut missing = vec![name];
        for step in self.rest.drain(..) {
            match step {
                Step::Name(name) => missing.push(name),
                Step::Up => return Err(ToolError::NotFound { path: self.asked.to_owned() }),
            }
        }
        self.names.extend(missing.iter().cloned());
        Ok(Kind::Missing(missing))
    }

    fn end(self, kind: Kind) -> Place {
        Place { directories: self.directories, path: self.names.iter().collect(), kind }
    }
}

/// A regular file in a directory, never through a link and without waiting for whoever is to
/// write into a pipe.
pub(super) fn open_file(directory: &Dir, name: &OsStr) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).follow(FollowSymlinks::No);
    #[cfg(unix)]
    {
        let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        cap_std::fs::OpenOptionsExt::custom_flags(&mut options, flags);
    }
    let file = directory.open_with(name, &options)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::IsADirectory.into()) }
}

fn read_ignore_file(directory: &Dir, path: &Path) -> IgnoreFile {
    let Ok(file) = open_file(directory, OsStr::new(".gitignore")) else {
        return IgnoreFile::default();
    };
    let mut bytes = Vec::new();
    match file.take(IGNORE_FILE_BYTES).read_to_end(&mut bytes) {
        Ok(_) => IgnoreFile::parse(path, &String::from_utf8_lossy(&bytes)),
        Err(_) => IgnoreFile::default(),
    }
}

/// Whether a directory with these names is what git takes for a repository without a work tree,
/// or for the part of one that a linked work tree has of its own: programs named in its
/// configuration are run.
fn makes_git_directory(has: impl Fn(&str) -> bool) -> bool {
    has("HEAD") && (has("commondir") || has("objects") && has("refs"))
}

pub(super) fn is_git_directory(directory: &Dir) -> bool {
    makes_git_directory(|name| directory.symlink_metadata(name).is_ok())
}

fn is_git_directory_at(path: &Path) -> bool {
    makes_git_directory(|name| path.join(name).symlink_metadata().is_ok())
}

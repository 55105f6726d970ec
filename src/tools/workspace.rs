//! The working directory as an open handle: every path of the service is walked below it name
//! by name, each name opened relative to the directory before it and never through a link.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use cap_fs_ext::{DirExt as _, FollowSymlinks, MetadataExt as _, OpenOptionsFollowExt as _};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, Metadata, OpenOptions};

use crate::system::environment::Environment;

use super::boundaries::{Boundaries, Fence, folded};
use super::error::{Protected, ToolError, Withheld};
use super::ignored::Ignored;
use super::repository::{IGNORE_FILE_BYTES, Repository};

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
    fence: Fence,
    ignored: Ignored,
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
}

impl Workspace {
    /// Opens a directory, which stays the workspace whatever is renamed or linked afterwards.
    pub fn open(directory: &Path, boundaries: &Boundaries, env: &Environment) -> io::Result<Self> {
        let root = Dir::open_ambient_dir(directory, ambient_authority())?;
        let directory = std::fs::canonicalize(directory)?;
        let repository = Repository::around(&directory);
        let ignored = Ignored::above(&directory, repository.as_ref(), env);
        let mut workspace = Self { root, directory, repository, fence: Fence::default(), ignored };
        let git = workspace.repository.iter().flat_map(|found| [&found.git, &found.common]);
        let git = git.filter_map(|path| workspace.below(path)).collect();
        let ours = boundaries.ours.iter().filter_map(|path| workspace.below(path)).collect();
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

    /// The folded names of a path of ours below the working directory; `None` where it is
    /// elsewhere, or would be the working directory itself.
    fn below(&self, path: &Path) -> Option<Vec<String>> {
        let existing = path.ancestors().find(|above| above.exists())?;
        let rest = path.strip_prefix(existing).ok()?;
        let true_path = std::fs::canonicalize(existing).ok()?.join(rest);
        let names = folded(true_path.strip_prefix(&self.directory).ok()?);
        (!names.is_empty()).then_some(names)
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
            let ignored = !self.fence.names(&place.path) && self.ignores(&place, is_directory);
            ignored.then_some(Withheld::Ignored)
        });
        match withheld {
            Some(what) => Err(ToolError::Withheld { path: asked.to_owned(), what }),
            None => Ok(place),
        }
    }

    /// [`Self::resolve`] for writing, or why this is not written.
    pub(super) fn resolve_to_write(&self, asked: &str) -> Result<Place, ToolError> {
        let place = self.resolve(asked)?;
        let repository = place.directories.iter().skip(1).any(is_git_directory);
        let protected = self.fence.protects(&place.path);
        match protected.or(repository.then_some(Protected::Git)) {
            Some(what) => Err(ToolError::Protected { path: asked.to_owned(), what }),
            None => Ok(place),
        }
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
            add_ignore_file(&mut ignored, directory, &path);
            path.extend(names.next());
        }
        ignored
    }

    /// `ignored` with the patterns of a directory one further down, at this true path.
    pub(super) fn ignored_below(&self, ignored: &Ignored, dir: &Dir, path: &Path) -> Ignored {
        let mut ignored = ignored.clone();
        add_ignore_file(&mut ignored, dir, &self.directory.join(path));
        ignored
    }

    /// What git ignores is ignored with all that is below it.
    fn ignores(&self, place: &Place, is_directory: bool) -> bool {
        let mut ignored = self.ignored.clone();
        let mut path = self.directory.clone();
        let count = place.path.iter().count();
        for (at, name) in place.path.iter().enumerate() {
            if let Some(directory) = place.directories.get(at) {
                add_ignore_file(&mut ignored, directory, &path);
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

fn add_ignore_file(ignored: &mut Ignored, directory: &Dir, path: &Path) {
    let Ok(file) = open_file(directory, OsStr::new(".gitignore")) else { return };
    let mut bytes = Vec::new();
    if file.take(IGNORE_FILE_BYTES).read_to_end(&mut bytes).is_ok() {
        ignored.add(path, &String::from_utf8_lossy(&bytes));
    }
}

/// What git takes for a repository without a work tree, or for the part of one that a linked
/// work tree has of its own: programs named in its configuration are run.
fn is_git_directory(directory: &Dir) -> bool {
    let has = |name: &str| directory.symlink_metadata(name).is_ok();
    has("HEAD") && (has("commondir") || has("objects") && has("refs"))
}

//! Finding files by name and lines by keyword, directory by directory below the handle. No link is
//! followed, nothing withheld is opened, and time, entries and depth are limited.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use cap_fs_ext::DirExt as _;
use cap_std::fs::Dir;
use globset::{GlobBuilder, GlobMatcher};
use regex::bytes::{Regex, RegexBuilder};

use crate::system::clock::Deadline;

use super::Cancel;
use super::error::ToolError;
use super::files::text_reader;
use super::ignored::Ignored;
use super::output::{Lines, cut};
use super::workspace::{Kind, Place, Workspace, is_git_directory};

const TIME: Duration = Duration::from_secs(20);
const MATCHES: usize = 1_000;
/// Entries looked at.
const ENTRIES: usize = 500_000;
/// Directories below one another; each is an open handle.
const DEPTH: usize = 128;
/// How much of a line is searched, in bytes.
const LINE: u64 = 64 << 10;
/// What is shown of a line, in bytes.
const SHOWN: usize = 400;
/// A compiled pattern, in bytes.
const PATTERN: usize = 1 << 20;
const CUT: &str = "[incomplete: there may be more matches; narrow the search]\n";

/// Files whose name, or whose path if the pattern has a `/`, fits a glob; empty if none.
pub(super) fn find(
    workspace: &Workspace,
    pattern: &str,
    cancel: &Cancel,
) -> Result<String, ToolError> {
    let whole_path = pattern.contains('/');
    let glob = glob(pattern.trim_start_matches("./"))?;
    let place = workspace.resolve_to_read("")?;
    let mut lines = Lines::new(MATCHES);
    let end = search(workspace, &place, cancel, &mut |_, name, path| {
        let fits = if whole_path { glob.is_match(path) } else { glob.is_match(Path::new(name)) };
        let room = !fits || lines.push(&path.to_string_lossy());
        if room { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    lines.full |= end.is_break();
    Ok(lines.finish(CUT))
}

/// Goes through the workspace once, so that its ignore files are remembered as they are now.
pub(super) fn remember_ignore_files(workspace: &Workspace, cancel: &Cancel) {
    if let Ok(place) = workspace.resolve("") {
        // What is beyond the limits of a search no search finds either.
        let _ = search(workspace, &place, cancel, &mut |_, _, _| ControlFlow::Continue(()));
    }
}

fn glob(pattern: &str) -> Result<GlobMatcher, ToolError> {
    let glob = GlobBuilder::new(pattern).literal_separator(true).build();
    let glob = glob.map_err(|error| ToolError::Pattern { reason: error.to_string() })?;
    Ok(glob.compile_matcher())
}

/// Lines with one of the keywords, each taken literally, as `path:number:line`; empty if none.
pub(super) fn grep(
    workspace: &Workspace,
    keywords: &[String],
    directory: &str,
    case_insensitive: bool,
    cancel: &Cancel,
) -> Result<String, ToolError> {
    if keywords.is_empty() {
        return Err(ToolError::Pattern { reason: "no keyword is given".to_owned() });
    }
    let any: Vec<String> = keywords.iter().map(|keyword| regex::escape(keyword)).collect();
    let regex = RegexBuilder::new(&any.join("|"))
        .case_insensitive(case_insensitive)
        .size_limit(PATTERN)
        .build()
        .map_err(|error| ToolError::Pattern { reason: error.to_string() })?;
    let place = workspace.resolve_to_read(directory)?;
    let mut lines = Lines::new(MATCHES);
    let deadline = Deadline::after(TIME);
    let stop = || cancel.is_cancelled() || deadline.has_passed();
    let end = if place.kind == Kind::Directory {
        search(workspace, &place, cancel, &mut |directory, name, path| {
            let Ok(file) = workspace.open_to_read(directory, name) else {
                return ControlFlow::Continue(());
            };
            grep_file(BufReader::new(file), path, &regex, &mut lines, &stop)
        })
    } else {
        grep_file(
            text_reader(workspace, &place, directory)?,
            &place.path,
            &regex,
            &mut lines,
            &stop,
        )
    };
    lines.full |= end.is_break();
    Ok(lines.finish(CUT))
}

fn grep_file<R: std::io::Read>(
    mut reader: BufReader<R>,
    path: &Path,
    regex: &Regex,
    lines: &mut Lines,
    stop: &dyn Fn() -> bool,
) -> ControlFlow<()> {
    if reader.fill_buf().is_ok_and(|start| start.contains(&0)) {
        return ControlFlow::Continue(());
    }
    let path = path.to_string_lossy();
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        if !matches!(reader.by_ref().take(LINE).read_until(b'\n', &mut line), Ok(1..)) {
            break;
        }
        let whole = line.ends_with(b"\n");
        let text = line.trim_ascii_end();
        if regex.is_match(text) {
            let text = String::from_utf8_lossy(text);
            if !lines.push(&format!("{path}:{number}:{}", cut(&text, SHOWN))) {
                return ControlFlow::Break(());
            }
        }
        if !whole && reader.skip_until(b'\n').is_err() {
            break;
        }
        if number % 1_024 == 0 && stop() {
            return ControlFlow::Break(());
        }
    }
    ControlFlow::Continue(())
}

/// Called for each file of a search: its directory, its name there and its true path.
type Visit<'a> = &'a mut dyn FnMut(&Dir, &OsString, &Path) -> ControlFlow<()>;

fn search(
    workspace: &Workspace,
    place: &Place,
    cancel: &Cancel,
    visit: Visit<'_>,
) -> ControlFlow<()> {
    let (Kind::Directory, Some(directory)) = (&place.kind, place.directory()) else {
        return ControlFlow::Continue(());
    };
    let mut search =
        Search { workspace, cancel, deadline: Deadline::after(TIME), left: ENTRIES, visit };
    search.directory(directory, &place.path, &workspace.ignored_in(place), DEPTH)
}

struct Search<'a> {
    workspace: &'a Workspace,
    cancel: &'a Cancel,
    deadline: Deadline,
    left: usize,
    visit: Visit<'a>,
}

impl Search<'_> {
    fn directory(
        &mut self,
        directory: &Dir,
        path: &Path,
        ignored: &Ignored,
        depth: usize,
    ) -> ControlFlow<()> {
        if depth == 0 || self.cancel.is_cancelled() || self.deadline.has_passed() {
            return ControlFlow::Break(());
        }
        for (name, is_directory) in self.entries(directory)? {
            let path = path.join(&name);
            if self.workspace.keeps(&path, is_directory, ignored) {
                continue;
            }
            if !is_directory {
                (self.visit)(directory, &name, &path)?;
                if self.deadline.has_passed() {
                    return ControlFlow::Break(());
                }
            } else if let Ok(below) = directory.open_dir_nofollow(&name)
                && !is_git_directory(&below)
            {
                let ignored = self.workspace.ignored_below(ignored, &below, &path);
                self.directory(&below, &path, &ignored, depth - 1)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Files and directories, sorted; one that cannot be read has none.
    fn entries(&mut self, directory: &Dir) -> ControlFlow<(), Vec<(OsString, bool)>> {
        let mut found = Vec::new();
        for entry in directory.entries().into_iter().flatten().flatten() {
            if self.left == 0 {
                return ControlFlow::Break(());
            }
            self.left -= 1;
            if let Ok(kind) = entry.file_type()
                && (kind.is_dir() || kind.is_file())
            {
                found.push((entry.file_name(), kind.is_dir()));
            }
        }
        found.sort_unstable();
        ControlFlow::Continue(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_counts_as_one_and_is_shown_in_part() {
        let text = format!("{}needle\nneedle {}\n", "x".repeat(200_000), "y".repeat(1_000));
        let mut lines = Lines::new(9);
        let regex = Regex::new("needle").expect("a pattern");
        let reader = BufReader::new(text.as_bytes());
        let end = grep_file(reader, Path::new("f"), &regex, &mut lines, &|| false);
        assert!(end.is_continue());
        let shown = lines.finish("");
        assert!(shown.starts_with("f:2:needle y") && shown.len() < 420, "{shown}");
    }

    #[test]
    fn no_keyword_and_far_too_many_are_refused() {
        let workspace = tempfile::tempdir().expect("a directory");
        let open = Workspace::open(
            workspace.path(),
            &crate::tools::Boundaries::default(),
            &crate::system::environment::Environment::default(),
        );
        let workspace = open.expect("a workspace");
        let flood: Vec<String> = (0..90_000).map(|number| format!("keyword{number}")).collect();
        for keywords in [&[][..], flood.as_slice()] {
            let answer = grep(&workspace, keywords, "", true, &Cancel::default());
            assert!(matches!(answer, Err(ToolError::Pattern { .. })));
        }
        assert!(glob("[").is_err());
    }
}
